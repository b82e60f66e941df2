//! Jinja's tests: what stands after `is`.

use crate::call::Args;
use crate::fail;
use crate::fault::Outcome;
use crate::filters;
use crate::methods::{is_lower, is_upper};
use crate::operators::{compare, contains};
use crate::program::{Comparison, Test};
use crate::render::Frame;
use crate::strings::int_of;
use crate::text::to_str;
use crate::value::Value;

/// A test by its name.
pub fn find(name: &str) -> Option<Test> {
    Some(match name {
        "defined" => |_, value, args| args.none("defined").map(|()| !value.is_undefined()),
        "undefined" => |_, value, args| args.none("undefined").map(|()| value.is_undefined()),
        "none" => |_, value, args| args.none("none").map(|()| matches!(value, Value::None)),
        "boolean" => |_, value, args| args.none("boolean").map(|()| matches!(value, Value::Bool(_))),
        "true" => |_, value, args| args.none("true").map(|()| matches!(value, Value::Bool(true))),
        "false" => |_, value, args| args.none("false").map(|()| matches!(value, Value::Bool(false))),
        "integer" => |_, value, args| args.none("integer").map(|()| matches!(value, Value::Int(_))),
        "float" => |_, value, args| args.none("float").map(|()| matches!(value, Value::Float(_))),
        "number" => |_, value, args| args.none("number").map(|()| value.as_number().is_some()),
        "string" => |_, value, args| args.none("string").map(|()| matches!(value, Value::Str(_))),
        "mapping" => |_, value, args| args.none("mapping").map(|()| is_mapping(value)),
        "sequence" => |_, value, args| args.none("sequence").map(|()| is_sequence(value)),
        "iterable" => |_, value, args| {
            args.none("iterable")?;
            Ok(value.defined()?.is_iterable())
        },
        "callable" => |_, value, args| {
            let found = value.is_undefined() || matches!(value, Value::Callable(_) | Value::Joined(_));
            args.none("callable").map(|()| found)
        },
        "escaped" => |_, _, args| args.none("escaped").map(|()| false),
        "sameas" => |_, value, args| Ok(value.same_as(&args.one("sameas", "other")?)),
        "lower" => |_, value, args| {
            args.none("lower")?;
            Ok(is_lower(&to_str(value)?))
        },
        "upper" => |_, value, args| {
            args.none("upper")?;
            Ok(is_upper(&to_str(value)?))
        },
        "odd" => |_, value, args| args.none("odd").and_then(|()| Ok(remainder(value, 2)? == 1)),
        "even" => |_, value, args| args.none("even").and_then(|()| Ok(remainder(value, 2)? == 0)),
        "divisibleby" => |_, value, args| {
            let number = int_of(&args.one("divisibleby", "num")?, "a divisor")?;
            Ok(remainder(value, number)? == 0)
        },
        "filter" => |_, value, args| {
            args.none("filter")?;
            Ok(value.as_str().is_some_and(|name| filters::find(name).is_some()))
        },
        "test" => |_, value, args| {
            args.none("test")?;
            Ok(value.as_str().is_some_and(|name| find(name).is_some()))
        },
        "in" => |_, value, args| {
            value.defined()?;
            contains(args.one("in", "seq")?.defined()?, value)
        },
        "eq" | "equalto" | "==" => |_, value, args| comparing(value, Comparison::Equal, args),
        "ne" | "!=" => |_, value, args| comparing(value, Comparison::NotEqual, args),
        "lt" | "lessthan" | "<" => |_, value, args| comparing(value, Comparison::Less, args),
        "le" | "<=" => |_, value, args| comparing(value, Comparison::LessOrEqual, args),
        "gt" | "greaterthan" | ">" => |_, value, args| comparing(value, Comparison::Greater, args),
        "ge" | ">=" => |_, value, args| comparing(value, Comparison::GreaterOrEqual, args),
        _ => return None,
    })
}

/// A test by a name that is known only when the template runs, as `select` takes it.
pub fn run(frame: &Frame, name: &Value, value: &Value, args: Args) -> Outcome<bool> {
    match name.as_str().and_then(find) {
        Some(test) => test(frame, value, args),
        None => fail!("there is no test '{}'", to_str(name)?),
    }
}

fn comparing(value: &Value, comparison: Comparison, args: Args) -> Outcome<bool> {
    compare(comparison, value, &args.one("a comparison", "other")?)
}

/// An object of the host is one by its attributes, as dbt's relations are.
fn is_mapping(value: &Value) -> bool {
    match value {
        Value::Text(object) => !object.attributes.is_empty(),
        other => matches!(other, Value::Dict(_)),
    }
}

fn is_sequence(value: &Value) -> bool {
    use Value::*;
    matches!(value, Str(_) | List(_) | Tuple(_) | Dict(_) | Range(_))
}

fn remainder(value: &Value, by: i128) -> Outcome<i128> {
    if by == 0 {
        fail!("integer division or modulo by zero");
    }
    match value.defined()? {
        Value::Float(number) if number.fract() == 0.0 => Ok((*number as i128).rem_euclid(by.abs())),
        Value::Float(_) => Ok(-1), // neither odd nor even
        other => Ok(int_of(other, "the number")?.rem_euclid(by.abs())),
    }
}
