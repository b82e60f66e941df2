//! Filters of lists and dicts.

use super::{flag, run, sorted, without_case};
use crate::call::Args;
use crate::checks;
use crate::fail;
use crate::fault::Outcome;
use crate::operators;
use crate::render::Frame;
use crate::strings::{count_of, int_of};
use crate::text::{to_str, write_str};
use crate::value::{Items, Key, Str, Tuple, Value};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::rc::Rc;

const GENERATOR: &str = "generator";

/// The attribute of a filter: a path into each item, or the item itself.
struct Getter<'f> {
    frame: &'f Frame<'f>,
    paths: Vec<Value>,
    default: Option<Value>,
    with_case: bool,
}

impl<'f> Getter<'f> {
    fn new(frame: &'f Frame, attribute: Option<Value>, with_case: bool) -> Getter<'f> {
        let paths = attribute.filter(|path| !matches!(path, Value::None)).into_iter().collect();
        Getter { frame, paths, default: None, with_case }
    }

    /// One of several, separated by commas.
    fn of_many(frame: &'f Frame, attribute: Option<Value>, with_case: bool) -> Getter<'f> {
        let mut getter = Getter::new(frame, attribute, with_case);
        if let [Value::Str(paths)] = &getter.paths[..] {
            getter.paths = paths.split(',').map(Value::str).collect();
        }
        getter
    }

    fn get(&self, item: &Value) -> Outcome<Value> {
        let mut found = Items::new();
        for path in &self.paths {
            found.push(self.frame.path(item, path, self.default.as_ref())?);
        }
        let cased = |value: Value| if self.with_case { value } else { without_case(value) };
        Ok(match found.len() {
            0 => cased(item.clone()),
            1 => cased(found.remove(0)),
            _ => Value::tuple(found.into_iter().map(cased).collect()),
        })
    }
}

pub fn list(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    args.none("list")?;
    Ok(Value::list(value.items()?))
}

pub fn items(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    args.none("items")?;
    match &value {
        Value::Undefined(_) | Value::Blank(_) => Ok(Value::stream(GENERATOR, Items::new())),
        Value::Dict(dict) => {
            let pairs = dict.borrow();
            let pairs = pairs.iter().map(|(key, value)| Value::tuple(vec![key.to_value(), value.clone()]));
            Ok(Value::stream(GENERATOR, pairs.collect()))
        }
        _ => fail!("Can only get item pairs from a mapping."),
    }
}

pub fn length(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    args.none("length")?;
    match value.defined()?.len() {
        Some(length) => Ok(Value::Int(length as i128)),
        None => fail!("object of type '{}' has no len()", value.type_name()),
    }
}

pub fn first(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    args.none("first")?;
    let first = value.items()?.into_iter().next();
    Ok(first.unwrap_or_else(|| Value::undefined("No first item, sequence was empty.")))
}

pub fn last(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    args.none("last")?;
    if let Value::Stream(stream) = &value {
        fail!("'{}' object is not reversible; make it a list first", stream.kind);
    }
    let last = value.items()?.pop();
    Ok(last.unwrap_or_else(|| Value::undefined("No last item, sequence was empty.")))
}

pub fn reverse(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    args.none("reverse")?;
    if let Value::Str(text) = &value {
        return Ok(Value::str(text.chars().rev().collect::<String>()));
    }
    let mut items = value.items()?;
    items.reverse();
    Ok(match value {
        Value::Stream(_) => Value::list(items),
        _ => Value::stream("list_reverseiterator", items),
    })
}

pub fn join(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [separator, attribute] = args.bind("join", ["d", "attribute"])?;
    let separator = separator.unwrap_or_else(|| Value::str(""));
    let separator = to_str(&separator)?;
    let getter = Getter::new(frame, attribute, true);
    let mut out = String::new();
    for (index, item) in value.items()?.iter().enumerate() {
        if index > 0 {
            out.push_str(&separator);
        }
        write_str(&getter.get(item)?, &mut out)?;
    }
    Ok(Value::str(out))
}

pub fn sort(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [reverse, with_case, attribute] = args.bind("sort", ["reverse", "case_sensitive", "attribute"])?;
    let getter = Getter::of_many(frame, attribute, flag(with_case)?);
    Ok(Value::list(sorted(value.items()?, flag(reverse)?, |item| getter.get(item))?))
}

pub fn dictsort(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [with_case, by, reverse] = args.bind("dictsort", ["case_sensitive", "by", "reverse"])?;
    let Value::Dict(dict) = value.defined()? else {
        fail!("dictsort sorts a dict, not {}", value.type_name());
    };
    let index = match by.as_ref().map_or(Some("key"), |by| by.as_str()) {
        Some("key") => 0,
        Some("value") => 1,
        _ => fail!("You can only sort by either \"key\" or \"value\""),
    };
    let with_case = flag(with_case)?;
    let pairs: Items = {
        let dict = dict.borrow();
        dict.iter().map(|(key, value)| Value::tuple(vec![key.to_value(), value.clone()])).collect()
    };
    let key = |pair: &Value| {
        let part = pair.items()?.swap_remove(index);
        Ok(if with_case { part } else { without_case(part) })
    };
    Ok(Value::list(sorted(pairs, flag(reverse)?, key)?))
}

pub fn unique(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [with_case, attribute] = args.bind("unique", ["case_sensitive", "attribute"])?;
    let getter = Getter::new(frame, attribute, flag(with_case)?);
    let mut seen = HashSet::new();
    let mut kept = Items::new();
    for item in value.items()? {
        if seen.insert(Key::new(getter.get(&item)?)?) {
            kept.push(item);
        }
    }
    Ok(Value::stream(GENERATOR, kept))
}

pub fn groupby(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let names = ["attribute", "default", "case_sensitive"];
    let [attribute, default, with_case] = args.bind("groupby", names)?;
    if attribute.is_none() {
        fail!("groupby needs an attribute");
    }
    let mut getter = Getter::new(frame, attribute, flag(with_case)?);
    getter.default = default.filter(|default| !matches!(default, Value::None));
    let mut groups: Vec<(Value, Items)> = Vec::new();
    for item in sorted(value.items()?, false, |item| getter.get(item))? {
        let key = getter.get(&item)?;
        match groups.last_mut() {
            Some((last, items)) if last.equals(&key) => items.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    getter.with_case = true;
    let mut named = Items::new();
    for (_, items) in groups {
        let items = vec![getter.get(&items[0])?, Value::list(items)];
        named.push(Value::Tuple(Rc::new(Tuple { items, names: &["grouper", "list"] })));
    }
    Ok(Value::list(named))
}

pub fn min(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    extreme(frame, value, args, Ordering::Less)
}

pub fn max(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    extreme(frame, value, args, Ordering::Greater)
}

fn extreme(frame: &Frame, value: Value, args: Args, wanted: Ordering) -> Outcome<Value> {
    let [with_case, attribute] = args.bind("min or max", ["case_sensitive", "attribute"])?;
    let getter = Getter::new(frame, attribute, flag(with_case)?);
    let mut best: Option<(Value, Value)> = None;
    for item in value.items()? {
        let key = getter.get(&item)?;
        let better = match &best {
            Some((held, _)) => key.compare(held, "<")? == Some(wanted),
            None => true,
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map_or_else(|| Value::undefined("No aggregated item, sequence was empty."), |(_, item)| item))
}

pub fn sum(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [attribute, start] = args.bind("sum", ["attribute", "start"])?;
    let getter = Getter::new(frame, attribute, true);
    let mut total = start.unwrap_or(Value::Int(0));
    for item in value.items()? {
        let item = getter.get(&item)?;
        total = operators::add(total.defined()?, item.defined()?)?;
    }
    Ok(total)
}

pub fn batch(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [size, fill] = args.bind("batch", ["linecount", "fill_with"])?;
    let size = count_of(&size.unwrap_or(Value::None), "linecount")?;
    let mut batches: Vec<Items> = Vec::new();
    for item in value.items()? {
        match batches.last_mut() {
            Some(batch) if batch.len() != size => batch.push(item),
            _ => batches.push(vec![item]),
        }
    }
    if let (Some(batch), Some(fill)) = (batches.last_mut(), fill.filter(|f| !matches!(f, Value::None))) {
        if batch.len() < size {
            batch.resize(size, fill);
        }
    }
    Ok(Value::stream(GENERATOR, batches.into_iter().map(Value::list).collect()))
}

pub fn slice(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [slices, fill] = args.bind("slice", ["slices", "fill_with"])?;
    let slices = int_of(&slices.unwrap_or(Value::None), "slices")?;
    let items = value.items()?;
    let Some(count) = usize::try_from(slices).ok().filter(|count| *count > 0) else {
        fail!("integer division or modulo by zero");
    };
    let (size, longer) = (items.len() / count, items.len() % count);
    let mut rest = items.into_iter();
    let mut made = Items::new();
    for number in 0..count {
        let wanted = size + usize::from(number < longer);
        let mut part: Items = rest.by_ref().take(wanted).collect();
        match &fill {
            Some(fill) if !matches!(fill, Value::None) && number >= longer => part.push(fill.clone()),
            _ => {}
        }
        made.push(Value::list(part));
    }
    Ok(Value::stream(GENERATOR, made))
}

pub fn attr(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let name = args.one("attr", "name")?;
    let name: Str = to_str(&name)?.as_ref().into();
    if crate::methods::exists(value.defined()?, &name) {
        return frame.attribute(&value, &name);
    }
    Ok(frame.own_attribute(&value, &name).unwrap_or_else(|| {
        Value::undefined(format!("'{} object' has no attribute '{name}'", value.type_name()))
    }))
}

/// `map` and `select` take anything that is false for an empty list, even none.
fn items_if_any(value: &Value) -> Outcome<Items> {
    match value.is_true()? {
        true => value.items(),
        false => Ok(Items::new()),
    }
}

pub fn map(frame: &Frame, value: Value, mut args: Args) -> Outcome<Value> {
    let mut mapped = Items::new();
    if args.positional.is_empty() && args.named.iter().any(|(name, _)| **name == *"attribute") {
        let [attribute, default] = args.bind("map", ["attribute", "default"])?;
        let mut getter = Getter::new(frame, attribute, true);
        getter.default = default.filter(|default| !matches!(default, Value::None));
        for item in items_if_any(&value)? {
            mapped.push(getter.get(&item)?);
        }
        return Ok(Value::stream(GENERATOR, mapped));
    }
    if args.positional.is_empty() {
        fail!("map requires a filter argument");
    }
    let filter = args.positional.remove(0);
    for item in items_if_any(&value)? {
        let args = Args { positional: args.positional.clone(), named: args.named.clone() };
        mapped.push(run(frame, &filter, item, args)?);
    }
    Ok(Value::stream(GENERATOR, mapped))
}

pub fn select(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    pick(frame, value, args, true, false)
}

pub fn reject(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    pick(frame, value, args, false, false)
}

pub fn selectattr(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    pick(frame, value, args, true, true)
}

pub fn rejectattr(frame: &Frame, value: Value, args: Args) -> Outcome<Value> {
    pick(frame, value, args, false, true)
}

fn pick(frame: &Frame, value: Value, mut args: Args, wanted: bool, by_attribute: bool) -> Outcome<Value> {
    let attribute = match by_attribute {
        true if args.positional.is_empty() => fail!("Missing parameter for attribute name"),
        true => Some(args.positional.remove(0)),
        false => None,
    };
    let getter = Getter::new(frame, attribute, true);
    let test = match args.positional.is_empty() {
        true => None,
        false => Some(args.positional.remove(0)),
    };
    let mut kept = Items::new();
    for item in items_if_any(&value)? {
        let tested = getter.get(&item)?;
        let holds = match &test {
            None => tested.is_true()?,
            Some(test) => {
                let args = Args { positional: args.positional.clone(), named: args.named.clone() };
                checks::run(frame, test, &tested, args)?
            }
        };
        if holds == wanted {
            kept.push(item);
        }
    }
    Ok(Value::stream(GENERATOR, kept))
}
