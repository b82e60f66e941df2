//! The values that are more than data: what can be called, loops, namespaces of other templates.

use crate::program::{For, MacroDefinition, Unit};
use crate::scope::Scope;
use crate::value::{Dict, Items, Str, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

pub enum Callable {
    Macro(Macro),
    /// A function of the host, or the object that such functions are methods of, by its dotted name.
    Host(Str),
    /// A method of a host's object: the object becomes its first argument.
    HostMethod {
        name: Str,
        object: Value,
    },
    /// A method of a Python type that has been taken from its object.
    Method {
        object: Value,
        name: Str,
    },
    /// `range`, `dict` and so on; `return`.
    Builtin(&'static str),
    /// The macros of a package, and host functions of the same name.
    Package(Str),
    /// dbt's `context`: everything that has a name here, by its name.
    Context,
}

/// A macro and the variables around it.
#[derive(Clone)]
pub struct Macro {
    pub definition: Arc<MacroDefinition>,
    pub unit: Arc<Unit>,
    pub scope: Rc<Scope>,
    pub is_caller: bool,
}

/// `joiner` and `cycler`.
pub enum Joined {
    Joiner { separator: Value, used: Cell<bool> },
    Cycler { items: Items, position: Cell<usize> },
}

/// `loop`.
pub struct Loop {
    pub items: Items,
    pub index0: Cell<usize>,
    pub depth0: usize,
    pub last_changed: RefCell<Option<Items>>,
    pub recursion: Option<Recursion>,
}

pub struct Recursion {
    pub body: Arc<For>,
    pub unit: Arc<Unit>,
    pub scope: Rc<Scope>,
}

/// An imported template: its top-level names, and what it printed.
pub struct Module {
    pub exports: Dict,
    pub text: String,
}

impl Callable {
    pub fn type_name(&self) -> &'static str {
        match self {
            Callable::Macro(_) => "Macro",
            Callable::Host(_) | Callable::Builtin(_) => "function",
            Callable::Package(_) => "package",
            Callable::Context => "context",
            _ => "method",
        }
    }

    /// The same function: values of it are made whenever its name is looked up.
    pub fn same_as(&self, other: &Callable) -> bool {
        match (self, other) {
            (Callable::Macro(a), Callable::Macro(b)) => {
                Arc::ptr_eq(&a.definition, &b.definition) && Rc::ptr_eq(&a.scope, &b.scope)
            }
            (Callable::Host(a), Callable::Host(b)) => a == b,
            (Callable::HostMethod { name: a, object: x }, Callable::HostMethod { name: b, object: y }) => {
                a == b && x.same_as(y)
            }
            (Callable::Builtin(a), Callable::Builtin(b)) => a == b,
            _ => false,
        }
    }

    pub fn describe(&self) -> String {
        match self {
            Callable::Macro(value) => format!("<Macro {:?}>", value.definition.name).replace('"', "'"),
            Callable::Host(name) | Callable::HostMethod { name, .. } => format!("<function {name}>"),
            Callable::Method { name, .. } => format!("<method {name}>"),
            Callable::Builtin(name) => format!("<function {name}>"),
            Callable::Package(name) => format!("<package {name}>"),
            Callable::Context => "<context>".into(),
        }
    }
}

impl Loop {
    pub fn attribute(&self, name: &str) -> Option<Value> {
        let (index0, length) = (self.index0.get(), self.items.len());
        let int = |value: usize| Value::Int(value as i128);
        Some(match name {
            "index" => int(index0 + 1),
            "index0" => int(index0),
            "revindex" => int(length - index0),
            "revindex0" => int(length - index0 - 1),
            "first" => Value::Bool(index0 == 0),
            "last" => Value::Bool(index0 + 1 == length),
            "length" => int(length),
            "depth" => int(self.depth0 + 1),
            "depth0" => int(self.depth0),
            "previtem" if index0 == 0 => Value::undefined("there is no previous item"),
            "previtem" => self.items[index0 - 1].clone(),
            "nextitem" if index0 + 1 == length => Value::undefined("there is no next item"),
            "nextitem" => self.items[index0 + 1].clone(),
            _ => return None,
        })
    }
}
