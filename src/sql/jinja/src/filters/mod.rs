//! Jinja's filters. Each takes the value before the bar and the arguments in the parentheses.

mod convert;
mod sequence;
mod text;

use crate::call::Args;
use crate::fail;
use crate::fault::{Fault, Outcome};
use crate::program::Filter;
use crate::render::Frame;
use crate::text::to_str;
use crate::value::{Items, Value};
use std::cmp::Ordering;

/// A filter by its name.
pub fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "abs" => convert::abs,
        "attr" => sequence::attr,
        "batch" => sequence::batch,
        "capitalize" => text::capitalize,
        "center" => text::center,
        "count" | "length" => sequence::length,
        "d" | "default" => convert::default,
        "dictsort" => sequence::dictsort,
        "e" | "escape" | "forceescape" => text::escape,
        "filesizeformat" => convert::filesizeformat,
        "first" => sequence::first,
        "float" => convert::float,
        "format" => text::format,
        "groupby" => sequence::groupby,
        "indent" => text::indent,
        "int" => convert::int,
        "items" => sequence::items,
        "join" => sequence::join,
        "last" => sequence::last,
        "list" => sequence::list,
        "lower" => text::lower,
        "map" => sequence::map,
        "max" => sequence::max,
        "min" => sequence::min,
        "reject" => sequence::reject,
        "rejectattr" => sequence::rejectattr,
        "replace" => text::replace,
        "reverse" => sequence::reverse,
        "round" => convert::round,
        "select" => sequence::select,
        "selectattr" => sequence::selectattr,
        "slice" => sequence::slice,
        "sort" => sequence::sort,
        "string" | "safe" => text::string,
        "striptags" => text::striptags,
        "sum" => sequence::sum,
        "title" => text::title,
        "tojson" => convert::tojson,
        "trim" => text::trim,
        "truncate" => text::truncate,
        "unique" => sequence::unique,
        "upper" => text::upper,
        "urlencode" => text::urlencode,
        "wordcount" => text::wordcount,
        "wordwrap" => text::wordwrap,
        // dbt's; outside of its YAML they change nothing.
        "as_bool" | "as_native" | "as_number" | "as_text" => convert::unchanged,
        _ => return None,
    })
}

/// A filter by a name that is known only when the template runs, as `map` takes it.
pub fn run(frame: &Frame, name: &Value, value: Value, args: Args) -> Outcome<Value> {
    match name.as_str().and_then(find) {
        Some(filter) => filter(frame, value, args),
        None => fail!("there is no filter '{}'", to_str(name)?),
    }
}

/// Sorts by keys, keeping the order of what is equal, also when reversed.
pub fn sorted(items: Items, reverse: bool, mut key: impl FnMut(&Value) -> Outcome<Value>) -> Outcome<Items> {
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        keyed.push((key(&item)?, item));
    }
    let mut problem: Option<Fault> = None;
    keyed.sort_by(|(a, _), (b, _)| {
        let order = match a.compare(b, "<") {
            Ok(order) => order.unwrap_or(Ordering::Equal),
            Err(fault) => {
                problem.get_or_insert(fault);
                Ordering::Equal
            }
        };
        if reverse {
            order.reverse()
        } else {
            order
        }
    });
    match problem {
        Some(fault) => Err(fault),
        None => Ok(keyed.into_iter().map(|(_, item)| item).collect()),
    }
}

/// Text compares without case, unless a filter is told otherwise.
pub fn without_case(value: Value) -> Value {
    match &value {
        Value::Str(text) => Value::str(text.to_lowercase()),
        _ => value,
    }
}

/// An argument that may be missing or true or false.
pub fn flag(value: Option<Value>) -> Outcome<bool> {
    value.map_or(Ok(false), |value| value.is_true())
}
