//! list's methods.

use crate::call::Args;
use crate::fail;
use crate::fault::Outcome;
use crate::filters::sorted;
use crate::strings::int_of;
use crate::value::{Items, Value};
use std::cell::RefCell;

pub const NAMES: [&str; 11] =
    ["append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"];

pub fn call(list: &RefCell<Items>, name: &str, args: Args) -> Outcome<Value> {
    match name {
        "append" => {
            let item = args.one("append", "object")?;
            list.borrow_mut().push(item);
        }
        "extend" => {
            let items = args.one("extend", "iterable")?.items()?;
            list.borrow_mut().extend(items);
        }
        "insert" => {
            let [Some(index), Some(item)] = args.bind("insert", ["index", "object"])? else {
                fail!("insert needs an index and an object");
            };
            let index = int_of(&index, "an index")?;
            let length = list.borrow().len() as i128;
            let at = if index < 0 { index + length } else { index }.clamp(0, length);
            list.borrow_mut().insert(at as usize, item);
        }
        "pop" => {
            let [index] = args.bind("pop", ["index"])?;
            let index = index.map_or(Ok(-1), |index| int_of(&index, "an index"))?;
            let length = list.borrow().len() as i128;
            let at = if index < 0 { index + length } else { index };
            if length == 0 {
                fail!("pop from empty list");
            }
            if !(0..length).contains(&at) {
                fail!("pop index out of range");
            }
            return Ok(list.borrow_mut().remove(at as usize));
        }
        "remove" => {
            let item = args.one("remove", "value")?;
            let Some(at) = list.borrow().iter().position(|known| known.equals(&item)) else {
                fail!("list.remove(x): x not in list");
            };
            list.borrow_mut().remove(at);
        }
        "clear" => {
            args.none("clear")?;
            list.borrow_mut().clear();
        }
        "copy" => {
            args.none("copy")?;
            return Ok(Value::list(list.borrow().clone()));
        }
        "reverse" => {
            args.none("reverse")?;
            list.borrow_mut().reverse();
        }
        "sort" => {
            let [reverse] = args.bind("sort", ["reverse"])?;
            let reverse = reverse.map_or(Ok(false), |reverse| reverse.is_true())?;
            let items = list.borrow().clone();
            *list.borrow_mut() = sorted(items, reverse, |item| Ok(item.clone()))?;
        }
        _ => return call_fixed(&list.borrow(), name, args),
    }
    Ok(Value::None)
}

/// `count` and `index`, which tuples have as well.
pub fn call_fixed(items: &[Value], name: &str, args: Args) -> Outcome<Value> {
    let item = args.one(name, "value")?;
    if name == "count" {
        return Ok(Value::Int(items.iter().filter(|known| known.equals(&item)).count() as i128));
    }
    match items.iter().position(|known| known.equals(&item)) {
        Some(at) => Ok(Value::Int(at as i128)),
        None => fail!("the value is not in the list"),
    }
}
