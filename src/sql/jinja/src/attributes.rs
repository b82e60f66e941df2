//! `object.name` and `object[key]`, and which of them Jinja tries first.

use crate::call::Args;
use crate::fail;
use crate::fault::Outcome;
use crate::methods;
use crate::objects::{Callable, Joined, Macro};
use crate::operators;
use crate::render::Frame;
use crate::value::{Key, Str, Value};
use std::rc::Rc;

fn callable(callable: Callable) -> Value {
    Value::Callable(Rc::new(callable))
}

/// How Jinja names an object in "'dict object' has no attribute 'x'".
fn described(value: &Value) -> String {
    match value {
        Value::None => "None".into(),
        Value::Text(_) => "object".into(),
        Value::Callable(value) => match &**value {
            Callable::Host(name) | Callable::Package(name) => name.to_string(),
            other => other.describe(),
        },
        other => format!("{} object", other.type_name()),
    }
}

impl Frame<'_> {
    /// An attribute, else an item, else undefined.
    pub fn attribute(&self, object: &Value, name: &Str) -> Outcome<Value> {
        if methods::exists(object.defined()?, name) {
            return Ok(callable(Callable::Method { object: object.clone(), name: name.clone() }));
        }
        self.plain_attribute(object, name)
    }

    /// The same for a name that is no method.
    pub fn plain_attribute(&self, object: &Value, name: &Str) -> Outcome<Value> {
        match object.known()? {
            Value::Dict(dict) => {
                if let Some(value) = dict.borrow().get(&**name) {
                    return Ok(value.clone());
                }
            }
            _ => {
                if let Some(value) = self.own_attribute(object, name) {
                    return Ok(value);
                }
            }
        }
        Ok(Value::undefined(format!("'{}' has no attribute '{name}'", described(object))))
    }

    /// What Python would call an attribute; items of a dict are none.
    pub fn own_attribute(&self, object: &Value, name: &Str) -> Option<Value> {
        match object {
            Value::Namespace(dict) => dict.borrow().get(&**name).cloned(),
            Value::Tuple(tuple) => {
                let index = tuple.names.iter().position(|known| **known == **name)?;
                tuple.items.get(index).cloned()
            }
            Value::Text(text) => match text.attributes.get(&**name)? {
                Value::Callable(found) => match &**found {
                    Callable::HostMethod { name, object: Value::None } => {
                        let (name, object) = (name.clone(), object.clone());
                        Some(callable(Callable::HostMethod { name, object }))
                    }
                    _ => Some(Value::Callable(found.clone())),
                },
                value => Some(value.clone()),
            },
            Value::Loop(state) => state.attribute(name),
            Value::Module(module) => module.exports.get(&**name).cloned(),
            Value::Joined(joined) => match &**joined {
                Joined::Cycler { items, position } if **name == *"current" => {
                    Some(items[position.get()].clone())
                }
                _ => None,
            },
            Value::Callable(found) => match &**found {
                Callable::Macro(value) => macro_attribute(value, name),
                Callable::Package(package) => self
                    .render
                    .find_in_package(package, name)
                    .or_else(|| self.render.find_host(&format!("{package}.{name}"))),
                Callable::Context => Some(self.variable(name)).filter(|value| !value.is_undefined()),
                Callable::Host(object) => self.render.find_host(&format!("{object}.{name}")),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a package or the context has a name, or a host's object a function.
    pub fn has_member(&self, object: &Value, name: &Value) -> Outcome<bool> {
        match name {
            Value::Str(name) => Ok(self.own_attribute(object, name).is_some()),
            other => fail!("a name is a string, not {}", other.type_name()),
        }
    }

    /// An item, else an attribute, else undefined.
    pub fn item(&self, object: &Value, key: &Value) -> Outcome<Value> {
        key.defined()?;
        let found = match object.known()? {
            Value::Dict(dict) => match Key::new(key.clone()) {
                Ok(key) => dict.borrow().get(&key).cloned(),
                Err(_) => None,
            },
            Value::List(list) => at(key, list.borrow().len()).map(|index| list.borrow()[index].clone()),
            Value::Tuple(tuple) => at(key, tuple.items.len()).map(|index| tuple.items[index].clone()),
            Value::Range(range) => at(key, range.len()).map(|index| range.at(index)),
            Value::Str(text) => at(key, text.chars().count())
                .and_then(|index| text.chars().nth(index))
                .map(|c| Value::str(c.to_string())),
            _ => None,
        };
        if let Some(value) = found {
            return Ok(value);
        }
        if let Value::Str(name) = key {
            return self.attribute(object, name);
        }
        let mut message = format!("{} has no element ", described(object));
        crate::text::write_repr(key, &mut message)?;
        Ok(Value::undefined(message))
    }

    /// `"address.city"` or an index, as filters take it: items before attributes. The default, if there is
    /// one, stands for every part that is undefined.
    pub fn path(&self, object: &Value, path: &Value, default: Option<&Value>) -> Outcome<Value> {
        let parts = match path.as_str() {
            Some(path) => path.split('.').map(part).collect(),
            None => vec![path.clone()],
        };
        let mut value = object.clone();
        for part in parts {
            value = self.item(&value, &part)?;
            if let (true, Some(default)) = (value.is_undefined(), default) {
                value = default.clone();
            }
        }
        Ok(value)
    }

    pub fn slice(&self, object: &Value, parts: [Option<Value>; 3]) -> Outcome<Value> {
        operators::slice(object, parts)
    }
}

/// A part of a path: a number where it is all digits.
fn part(text: &str) -> Value {
    match text.parse() {
        Ok(index) if text.bytes().all(|c| c.is_ascii_digit()) => Value::Int(index),
        _ => Value::str(text),
    }
}

fn at(key: &Value, length: usize) -> Option<usize> {
    let index = key.as_int()?;
    let index = if index < 0 { index + length as i128 } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

fn macro_attribute(value: &Macro, name: &str) -> Option<Value> {
    let definition = &value.definition;
    Some(match name {
        "name" => Value::Str(definition.name.clone()),
        "arguments" => {
            Value::tuple(definition.parameters.iter().map(|p| Value::Str(p.name.clone())).collect())
        }
        "caller" => Value::Bool(definition.uses_caller),
        "catch_kwargs" => Value::Bool(definition.uses_kwargs),
        "catch_varargs" => Value::Bool(definition.uses_varargs),
        _ => return None,
    })
}

pub fn member_of_joined(joined: &Joined, name: &str, args: Args) -> Outcome<Value> {
    match (joined, name) {
        (Joined::Cycler { items, position }, "next") => {
            args.none("next")?;
            let current = items[position.get()].clone();
            position.set((position.get() + 1) % items.len());
            Ok(current)
        }
        (Joined::Cycler { position, .. }, "reset") => {
            args.none("reset")?;
            position.set(0);
            Ok(Value::None)
        }
        _ => fail!("the object has no method '{name}'"),
    }
}
