//! Variables: a chain of scopes, from the innermost loop to the context of the render.

use crate::value::{Dict, Str, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// Shared, since a macro keeps the scopes around its definition and sees what is set in them later.
pub struct Scope {
    variables: RefCell<Vec<(Str, Value)>>,
    outer: Outer,
}

enum Outer {
    Scope(Rc<Scope>),
    /// What the host gave for this render.
    Context(Dict),
}

impl Scope {
    pub fn root(context: Dict) -> Rc<Scope> {
        Rc::new(Scope { variables: RefCell::default(), outer: Outer::Context(context) })
    }

    pub fn inside(outer: &Rc<Scope>) -> Rc<Scope> {
        Rc::new(Scope { variables: RefCell::default(), outer: Outer::Scope(outer.clone()) })
    }

    pub fn find(&self, name: &str) -> Option<Value> {
        let mut scope = self;
        loop {
            if let Some((_, value)) = scope.variables.borrow().iter().find(|(key, _)| **key == *name) {
                return Some(value.clone());
            }
            match &scope.outer {
                Outer::Scope(outer) => scope = outer,
                Outer::Context(context) => return context.get(name).cloned(),
            }
        }
    }

    pub fn set(&self, name: &Str, value: Value) {
        let mut variables = self.variables.borrow_mut();
        match variables.iter_mut().find(|(key, _)| key == name) {
            Some(variable) => variable.1 = value,
            None => variables.push((name.clone(), value)),
        }
    }

    /// The scope's own variables, without those further out.
    pub fn own(&self) -> Vec<(Str, Value)> {
        self.variables.borrow().clone()
    }

    /// Forgets the scope's own variables: the next round of a loop begins anew.
    pub fn clear(&self) {
        self.variables.borrow_mut().clear();
    }
}
