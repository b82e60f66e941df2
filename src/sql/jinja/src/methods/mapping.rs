//! dict's methods.

use crate::call::{merge, Args};
use crate::fail;
use crate::fault::Outcome;
use crate::value::{Dict, Key, Value, View, ViewOf};
use std::cell::RefCell;
use std::rc::Rc;

pub const NAMES: [&str; 10] =
    ["clear", "copy", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"];

/// Those that change nothing.
pub const READING: [&str; 4] = ["get", "items", "keys", "values"];

pub fn call(dict: &Rc<RefCell<Dict>>, name: &str, mut args: Args) -> Outcome<Value> {
    let view = |of: ViewOf, args: Args| {
        args.none(name)?;
        Ok(Value::View(Rc::new(View { of, dict: dict.clone() })))
    };
    match name {
        "items" => view(ViewOf::Items, args),
        "keys" => view(ViewOf::Keys, args),
        "values" => view(ViewOf::Values, args),
        "get" => {
            let [key, default] = args.bind("get", ["key", "default"])?;
            let key = required(key, name)?;
            let found = dict.borrow().get(&key).cloned();
            Ok(found.or(default).unwrap_or(Value::None))
        }
        "setdefault" => {
            let [key, default] = args.bind("setdefault", ["key", "default"])?;
            let key = required(key, name)?;
            let mut dict = dict.borrow_mut();
            Ok(dict.entry(key).or_insert(default.unwrap_or(Value::None)).clone())
        }
        "pop" => {
            let [key, default] = args.bind("pop", ["key", "default"])?;
            let key = required(key, name)?;
            let found = dict.borrow_mut().shift_remove(&key);
            match found.or(default) {
                Some(value) => Ok(value),
                None => fail!("pop: the dict has no such key"),
            }
        }
        "popitem" => {
            args.none("popitem")?;
            let last = dict.borrow_mut().pop();
            match last {
                Some((key, value)) => Ok(Value::tuple(vec![key.to_value(), value])),
                None => fail!("popitem(): dictionary is empty"),
            }
        }
        "update" => {
            let named = std::mem::take(&mut args.named);
            let [other] = args.bind("update", ["other"])?;
            let mut merged = Dict::default();
            if let Some(other) = other {
                merge(&mut merged, &other)?;
            }
            merged.extend(named.into_iter().map(|(name, value)| (Key::str(name), value)));
            dict.borrow_mut().extend(merged);
            Ok(Value::None)
        }
        "clear" => {
            args.none("clear")?;
            dict.borrow_mut().clear();
            Ok(Value::None)
        }
        _ => {
            args.none("copy")?;
            Ok(Value::dict(dict.borrow().clone()))
        }
    }
}

fn required(key: Option<Value>, method: &str) -> Outcome<Key> {
    match key {
        Some(key) => Key::new(key),
        None => fail!("{method} needs a key"),
    }
}
