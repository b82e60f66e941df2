//! Why a template could not be rendered; also the way by which `return(value)`, `break` and `continue` leave.

use crate::value::Value;
use std::sync::Arc;

pub type Outcome<T> = Result<T, Fault>;

/// What the caller can do about a problem; the numbers are part of the C interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The template is wrong.
    Template = 1,
    /// A template that was named does not exist.
    NotFound = 2,
    /// A function of the host failed; the host has kept its own error.
    Call = 3,
}

/// Boxed, because every expression answers with one.
pub struct Fault(Box<Inner>);

enum Inner {
    Problem(Problem),
    Return(Value),
    Leave(Leave),
}

/// How the body of a loop ends early.
#[derive(Clone, Copy, PartialEq)]
pub enum Leave {
    Continue,
    Break,
}

pub struct Problem {
    pub kind: Kind,
    pub message: String,
    /// Template and line; the innermost one that knew it.
    pub place: Option<(Arc<str>, u32)>,
    /// Where the macro or template in which it happened was called from, innermost first.
    pub callers: Vec<(Arc<str>, u32)>,
}

const CALLERS_MAX: usize = 8; // a message is for reading; deeper recursion says nothing new

impl Fault {
    pub fn new(message: impl Into<String>) -> Fault {
        Fault::of(Kind::Template, message)
    }

    pub fn of(kind: Kind, message: impl Into<String>) -> Fault {
        Fault(Box::new(Inner::Problem(Problem {
            kind,
            message: message.into(),
            place: None,
            callers: Vec::new(),
        })))
    }

    pub fn returning(value: Value) -> Fault {
        Fault(Box::new(Inner::Return(value)))
    }

    pub fn leaving(leave: Leave) -> Fault {
        Fault(Box::new(Inner::Leave(leave)))
    }

    /// Says where it happened, unless something further inside has said so.
    pub fn at(mut self, template: &Arc<str>, line: u32) -> Fault {
        if let Inner::Problem(problem) = &mut *self.0 {
            if problem.place.is_none() {
                problem.place = Some((template.clone(), line));
            }
        }
        self
    }

    /// The fault has left a macro or an included template: the next place is its caller's.
    pub fn called_from(mut self, template: &Arc<str>, line: u32) -> Fault {
        if let Inner::Problem(problem) = &mut *self.0 {
            if problem.place.is_some() && problem.callers.len() < CALLERS_MAX {
                problem.callers.push((template.clone(), line));
            }
        }
        self
    }

    /// Says which function it was about.
    pub fn within(mut self, name: &str) -> Fault {
        if let Inner::Problem(problem) = &mut *self.0 {
            problem.message = format!("{name}: {}", problem.message);
        }
        self
    }

    /// A macro ends here: what it returned, or the problem that goes on.
    pub fn into_returned(self) -> Outcome<Value> {
        match *self.0 {
            Inner::Return(value) => Ok(value),
            other => Err(Fault(Box::new(other))),
        }
    }

    /// A loop's round ends here: by `continue`, by `break`, or by what goes on.
    pub fn into_left(self) -> Outcome<Leave> {
        match *self.0 {
            Inner::Leave(leave) => Ok(leave),
            other => Err(Fault(Box::new(other))),
        }
    }

    pub fn into_problem(self) -> Problem {
        match *self.0 {
            Inner::Problem(problem) => problem,
            Inner::Return(_) => Fault::new("return() outside of a macro").into_problem(),
            Inner::Leave(_) => Fault::new("break or continue outside of a loop").into_problem(),
        }
    }

    pub fn is_not_found(&self) -> bool {
        matches!(&*self.0, Inner::Problem(problem) if problem.kind == Kind::NotFound)
    }
}

impl Problem {
    /// `name:line` and, for what was called from elsewhere, the chain of callers.
    pub fn location(&self) -> String {
        let Some((template, line)) = &self.place else {
            return String::new();
        };
        let mut text = format!("{template}:{line}");
        for (index, (template, line)) in self.callers.iter().enumerate() {
            text.push_str(if index == 0 { " (called from " } else { ", from " });
            text.push_str(&format!("{template}:{line}"));
        }
        if !self.callers.is_empty() {
            text.push(')');
        }
        text
    }
}

/// `fail!("…", …)` leaves the function with a problem of the template.
#[macro_export]
macro_rules! fail {
    ($($text:tt)*) => {
        return Err($crate::fault::Fault::new(format!($($text)*)))
    };
}
