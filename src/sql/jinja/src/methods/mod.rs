//! The methods of Python's types that templates call. Lists and dicts really change.

mod list;
mod mapping;
mod string;

use crate::call::Args;
use crate::fault::Outcome;
use crate::value::Value;
use std::cell::RefCell;
use std::rc::Rc;
pub use string::{is_lower, is_upper};

/// Whether any type has a method of that name.
pub fn is_name(name: &str) -> bool {
    string::NAMES.contains(&name)
        || list::NAMES.contains(&name)
        || mapping::NAMES.contains(&name)
        || matches!(name, "cycle" | "changed" | "is_integer")
}

/// Whether `value.name` is a method; for a dict it then hides a key of that name, as in Python.
pub fn exists(value: &Value, name: &str) -> bool {
    match value {
        Value::Str(_) => string::NAMES.contains(&name),
        Value::List(_) => list::NAMES.contains(&name),
        Value::Tuple(tuple) => matches!(name, "count" | "index") && !tuple.names.contains(&name),
        Value::Range(_) => matches!(name, "count" | "index"),
        Value::Dict(_) => mapping::NAMES.contains(&name),
        Value::Loop(_) => matches!(name, "cycle" | "changed"),
        Value::Text(object) => mapping::READING.contains(&name) && !object.attributes.contains_key(name),
        Value::Int(_) | Value::Float(_) => name == "is_integer",
        _ => false,
    }
}

/// Calls a method; nothing if there is none of that name.
pub fn call(value: &Value, name: &str, args: Args) -> Option<Outcome<Value>> {
    if !exists(value, name) {
        return None;
    }
    Some(match value {
        Value::Str(text) => string::call(text, name, args),
        Value::List(items) => list::call(items, name, args),
        Value::Tuple(tuple) => list::call_fixed(&tuple.items, name, args),
        Value::Range(_) => match value.items() {
            Ok(items) => list::call_fixed(&items, name, args),
            Err(fault) => Err(fault),
        },
        Value::Dict(dict) => mapping::call(dict, name, args),
        Value::Text(object) => mapping::call(&Rc::new(RefCell::new(object.attributes.clone())), name, args),
        Value::Loop(state) => crate::call::loop_method(state, name, args),
        number => {
            let whole = number.as_number().is_some_and(|number| number.fract() == 0.0);
            args.none(name).map(|()| Value::Bool(whole))
        }
    })
}
