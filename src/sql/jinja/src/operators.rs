//! Python's operators.

use crate::fail;
use crate::fault::Outcome;
use crate::format::format_percent;
use crate::program::{Comparison, Operator};
use crate::text::to_str;
use crate::value::{Items, Key, Range, Value, ITEMS_MAX};
use std::cmp::Ordering;
use std::rc::Rc;

pub fn binary(operator: Operator, left: Value, right: Value) -> Outcome<Value> {
    if !matches!(operator, Operator::Concatenate) {
        left.known()?;
        right.known()?;
    }
    match operator {
        Operator::Add => add(&left, &right),
        Operator::Subtract => arithmetic("-", &left, &right, i128::checked_sub, |a, b| a - b),
        Operator::Multiply => multiply(&left, &right),
        Operator::Divide => divide(&left, &right),
        Operator::FloorDivide => floor_divide(&left, &right),
        Operator::Remainder => remainder(&left, &right),
        Operator::Power => power(&left, &right),
        Operator::Concatenate => {
            let (left, right) = (to_str(&left)?, to_str(&right)?);
            Ok(Value::str([left.as_ref(), right.as_ref()].concat()))
        }
    }
}

fn unsupported(operator: &str, left: &Value, right: &Value) -> Outcome<Value> {
    fail!("unsupported operand type(s) for {operator}: '{}' and '{}'", left.type_name(), right.type_name())
}

fn arithmetic(
    operator: &str,
    left: &Value,
    right: &Value,
    integers: fn(i128, i128) -> Option<i128>,
    floats: fn(f64, f64) -> f64,
) -> Outcome<Value> {
    if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
        return match integers(a, b) {
            Some(result) => Ok(Value::Int(result)),
            None => fail!("{a} {operator} {b} is too large a number"),
        };
    }
    match (left.as_number(), right.as_number()) {
        (Some(a), Some(b)) => Ok(Value::Float(floats(a, b))),
        _ => unsupported(operator, left, right),
    }
}

pub fn add(left: &Value, right: &Value) -> Outcome<Value> {
    match (left, right) {
        (Value::Str(a), Value::Str(b)) => Ok(Value::str([&**a, &**b].concat())),
        (Value::Str(_), other) => {
            fail!("can only concatenate str (not \"{}\") to str; use ~", other.type_name())
        }
        (Value::List(a), Value::List(b)) => Ok(Value::list([&a.borrow()[..], &b.borrow()[..]].concat())),
        (Value::Tuple(a), Value::Tuple(b)) => Ok(Value::tuple([&a.items[..], &b.items[..]].concat())),
        _ => arithmetic("+", left, right, i128::checked_add, |a, b| a + b),
    }
}

fn multiply(left: &Value, right: &Value) -> Outcome<Value> {
    match (left, right) {
        (Value::Str(_) | Value::List(_) | Value::Tuple(_), count) if count.as_int().is_some() => {
            repeat(left, count.as_int().unwrap_or(0))
        }
        (count, Value::Str(_) | Value::List(_) | Value::Tuple(_)) if count.as_int().is_some() => {
            repeat(right, count.as_int().unwrap_or(0))
        }
        _ => arithmetic("*", left, right, i128::checked_mul, |a, b| a * b),
    }
}

fn repeat(value: &Value, count: i128) -> Outcome<Value> {
    let count = count.max(0);
    if count.saturating_mul(value.len().unwrap_or(0) as i128) > ITEMS_MAX {
        fail!("a repetition of more than {ITEMS_MAX} items");
    }
    let repeated = |items: &[Value]| -> Items {
        std::iter::repeat_n(items, count as usize).flatten().cloned().collect()
    };
    Ok(match value {
        Value::List(list) => Value::list(repeated(&list.borrow())),
        Value::Tuple(tuple) => Value::tuple(repeated(&tuple.items)),
        other => Value::str(to_str(other)?.repeat(count as usize)),
    })
}

fn divide(left: &Value, right: &Value) -> Outcome<Value> {
    match (left.as_number(), right.as_number()) {
        (Some(_), Some(0.0)) => fail!("division by zero"),
        (Some(a), Some(b)) => Ok(Value::Float(a / b)),
        _ => unsupported("/", left, right),
    }
}

fn floor_divide(left: &Value, right: &Value) -> Outcome<Value> {
    if right.as_number() == Some(0.0) && left.as_number().is_some() {
        fail!("integer division or modulo by zero");
    }
    arithmetic(
        "//",
        left,
        right,
        |a, b| {
            let quotient = a.checked_div(b)?;
            Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
        },
        |a, b| (a / b).floor(),
    )
}

fn remainder(left: &Value, right: &Value) -> Outcome<Value> {
    if let Value::Str(text) = left {
        return Ok(Value::str(format_percent(text, right)?));
    }
    if right.as_number() == Some(0.0) && left.as_number().is_some() {
        fail!("integer division or modulo by zero");
    }
    arithmetic(
        "%",
        left,
        right,
        |a, b| a.checked_rem(b).map(|rest| if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }),
        |a, b| {
            let rest = a % b;
            if rest != 0.0 && (rest < 0.0) != (b < 0.0) {
                rest + b
            } else {
                rest
            }
        },
    )
}

fn power(left: &Value, right: &Value) -> Outcome<Value> {
    if left.as_number() == Some(0.0) && right.as_number().is_some_and(|exponent| exponent < 0.0) {
        fail!("0.0 cannot be raised to a negative power");
    }
    if matches!((left.as_int(), right.as_int()), (Some(_), Some(exponent)) if exponent < 0) {
        return power(&Value::Float(left.as_number().unwrap_or(0.0)), right);
    }
    let integers = |a: i128, b: i128| match u32::try_from(b) {
        Ok(exponent) => a.checked_pow(exponent),
        Err(_) => matches!(a, 0 | 1).then_some(a),
    };
    match arithmetic("** or pow()", left, right, integers, f64::powf)? {
        Value::Float(result) if result.is_infinite() => fail!("the power is too large a number"),
        result => Ok(result),
    }
}

pub fn negate(value: Value) -> Outcome<Value> {
    match value.defined()? {
        Value::Float(number) => Ok(Value::Float(-number)),
        other => match other.as_int() {
            Some(number) => Ok(Value::Int(-number)),
            None => fail!("bad operand type for unary -: '{}'", other.type_name()),
        },
    }
}

pub fn compare(comparison: Comparison, left: &Value, right: &Value) -> Outcome<bool> {
    left.defined()?;
    right.defined()?;
    let ordered = |sign: &str, wanted: fn(Ordering) -> bool| {
        left.compare(right, sign).map(|order| order.is_some_and(wanted))
    };
    match comparison {
        Comparison::Equal => Ok(left.equals(right)),
        Comparison::NotEqual => Ok(!left.equals(right)),
        Comparison::Less => ordered("<", Ordering::is_lt),
        Comparison::LessOrEqual => ordered("<=", Ordering::is_le),
        Comparison::Greater => ordered(">", Ordering::is_gt),
        Comparison::GreaterOrEqual => ordered(">=", Ordering::is_ge),
        Comparison::In => contains(right, left),
        Comparison::NotIn => contains(right, left).map(|found| !found),
    }
}

/// Python's `item in container`.
pub fn contains(container: &Value, item: &Value) -> Outcome<bool> {
    Ok(match container {
        Value::Str(text) => match item {
            Value::Str(part) => text.contains(&**part),
            _ => fail!("'in <string>' requires string as left operand, not {}", item.type_name()),
        },
        Value::Dict(dict) => dict.borrow().contains_key(&Key::new(item.clone())?),
        other => other.items()?.iter().any(|found| found.equals(item)),
    })
}

/// `value[start:stop:step]`, where each part may be missing or none.
pub fn slice(value: &Value, parts: [Option<Value>; 3]) -> Outcome<Value> {
    let mut bounds = [None; 3];
    for (bound, part) in bounds.iter_mut().zip(&parts) {
        *bound = match part {
            None | Some(Value::None) => None,
            Some(part) => match part.defined()?.as_int() {
                Some(number) => Some(number),
                None => fail!("slice indices must be integers or None, not {}", part.type_name()),
            },
        };
    }
    let length = match value.defined()? {
        Value::Str(_) | Value::List(_) | Value::Tuple(_) | Value::Range(_) => value.len().unwrap_or(0),
        other => return Ok(Value::undefined(format!("'{}' object cannot be sliced", other.type_name()))),
    };
    let (start, stop, step) = indices(length as i128, bounds)?;
    if let Value::Range(range) = value {
        let at = |index: i128| range.start + range.step * index;
        let sliced = Range { start: at(start), stop: at(stop), step: range.step * step };
        return Ok(Value::Range(Rc::new(sliced)));
    }
    let items = value.items()?;
    let picked = Range { start, stop, step }.indices().map(|index| items[index].clone()).collect::<Items>();
    Ok(match value {
        Value::Str(_) => {
            let mut text = String::new();
            for item in &picked {
                text.push_str(item.as_str().unwrap_or_default());
            }
            Value::str(text)
        }
        Value::Tuple(_) => Value::tuple(picked),
        _ => Value::list(picked),
    })
}

/// The bounds of a slice as those of a range over existing places.
fn indices(length: i128, [start, stop, step]: [Option<i128>; 3]) -> Outcome<(i128, i128, i128)> {
    let step = step.unwrap_or(1);
    if step == 0 {
        fail!("slice step cannot be zero");
    }
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: Option<i128>, absent: i128| match bound {
        None => absent,
        Some(bound) if bound < 0 => (bound + length).clamp(low, high),
        Some(bound) => bound.clamp(low, high),
    };
    let (first, last) = if step > 0 { (low, high) } else { (high, low) };
    Ok((clamp(start, first), clamp(stop, last), step))
}
