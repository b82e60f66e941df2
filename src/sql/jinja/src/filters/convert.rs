//! Filters of numbers, and those that make one type of another.

use super::flag;
use crate::call::Args;
use crate::fail;
use crate::fault::Outcome;
use crate::json::{self, Style};
use crate::render::Frame;
use crate::strings::{count_of, int_of};
use crate::value::Value;

pub fn unchanged(_: &Frame, value: Value, _: Args) -> Outcome<Value> {
    Ok(value)
}

pub fn default(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [default, boolean] = args.bind("default", ["default_value", "boolean"])?;
    if value.is_undefined() || (flag(boolean)? && !value.is_true()?) {
        return Ok(default.unwrap_or_else(|| Value::str("")));
    }
    Ok(value)
}

pub fn abs(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    args.none("abs")?;
    match (value.defined()?, value.as_int()) {
        (Value::Float(number), _) => Ok(Value::Float(number.abs())),
        (_, Some(number)) => Ok(Value::Int(number.abs())),
        _ => fail!("bad operand type for abs(): '{}'", value.type_name()),
    }
}

pub fn int(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [default, base] = args.bind("int", ["default", "base"])?;
    let base = base.map_or(Ok(10), |base| int_of(&base, "base"))?;
    let whole = |number: f64| number.is_finite().then(|| Value::Int(number.trunc() as i128));
    let found = match value.defined()? {
        Value::Str(text) => match parse_int(text, base) {
            Some(number) => Some(Value::Int(number)),
            None => parse_float(text).and_then(whole),
        },
        Value::Float(number) => whole(*number),
        other => other.as_int().map(Value::Int),
    };
    Ok(found.or(default).unwrap_or(Value::Int(0)))
}

/// Python's int(text, base).
fn parse_int(text: &str, base: i128) -> Option<i128> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let marks: &[&str] = match base {
        2 => &["0b", "0B"],
        8 => &["0o", "0O"],
        16 => &["0x", "0X"],
        3..=36 => &[],
        _ => return None,
    };
    let digits = marks.iter().find_map(|mark| digits.strip_prefix(mark)).unwrap_or(digits);
    let digits = without_underscores(digits)?;
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    i128::from_str_radix(&format!("{sign}{digits}"), base as u32).ok()
}

/// Python's float(text).
fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let bare = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if !bare.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && !matches!(&bare[..], "inf" | "infinity" | "nan")
    {
        return None;
    }
    without_underscores(text)?.parse().ok()
}

/// Underscores may stand between two digits.
fn without_underscores(digits: &str) -> Option<String> {
    if digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
        return None;
    }
    Some(digits.replace('_', ""))
}

pub fn float(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [default] = args.bind("float", ["default"])?;
    let found = match value.defined()? {
        Value::Str(text) => parse_float(text),
        other => other.as_number(),
    };
    Ok(found.map(Value::Float).or(default).unwrap_or(Value::Float(0.0)))
}

pub fn round(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [precision, method] = args.bind("round", ["precision", "method"])?;
    let precision = precision.map_or(Ok(0), |precision| int_of(&precision, "precision"))?;
    let method = method.unwrap_or_else(|| Value::str("common"));
    let Some(number) = value.defined()?.as_number() else {
        fail!("type {} doesn't define __round__ method", value.type_name());
    };
    let Ok(digits) = i32::try_from(precision.clamp(-400, 400)) else {
        fail!("a precision of {precision}");
    };
    let scale = 10f64.powi(digits);
    match method.as_str() {
        Some("common") => Ok(match value.as_int() {
            Some(whole) if digits >= 0 => Value::Int(whole),
            Some(whole) => Value::Int(round_int(whole, digits)),
            None => Value::Float(round_float(number, digits)),
        }),
        Some("ceil") => Ok(Value::Float((number * scale).ceil() / scale)),
        Some("floor") => Ok(Value::Float((number * scale).floor() / scale)),
        _ => fail!("method must be common, ceil or floor"),
    }
}

/// The nearest number with so many digits; of two as near, the one that ends even.
fn round_float(number: f64, digits: i32) -> f64 {
    if !number.is_finite() || digits > 308 {
        return number;
    }
    if digits >= 0 {
        return format!("{number:.0$}", digits as usize).parse().unwrap_or(number);
    }
    let scale = 10f64.powi(-digits);
    (number / scale).round_ties_even() * scale
}

fn round_int(number: i128, digits: i32) -> i128 {
    let Some(scale) = 10i128.checked_pow(digits.unsigned_abs()) else {
        return 0;
    };
    let rest = number.rem_euclid(scale);
    let low = number - rest;
    let up = match (rest * 2).cmp(&scale) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => (low / scale) % 2 != 0,
    };
    if up {
        low + scale
    } else {
        low
    }
}

pub fn filesizeformat(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [binary] = args.bind("filesizeformat", ["binary"])?;
    let bytes = match value.defined()? {
        Value::Str(text) => parse_float(text),
        other => other.as_number(),
    };
    let Some(bytes) = bytes else {
        fail!("a size is a number, not {}", value.type_name());
    };
    let (base, units) = match flag(binary)? {
        true => (1024.0, ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]),
        false => (1000.0, ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]),
    };
    if bytes == 1.0 {
        return Ok(Value::str("1 Byte"));
    }
    if bytes < base {
        return Ok(Value::str(format!("{} Bytes", bytes as i128)));
    }
    let mut unit = base;
    let mut name = units[0];
    for next in units {
        (name, unit) = (next, unit * base);
        if bytes < unit {
            break;
        }
    }
    Ok(Value::str(format!("{:.1} {name}", base * bytes / unit)))
}

const FOR_PAGES: Style =
    Style { item_end: ", ", key_end: ": ", sorted: true, ascii: true, indent: None, for_host: false };

pub fn tojson(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [indent] = args.bind("tojson", ["indent"])?;
    let indent = match indent {
        None | Some(Value::None) => None,
        Some(indent) => Some(count_of(&indent, "indent")?),
    };
    let mut out = String::new();
    json::write(&value, &Style { indent, ..FOR_PAGES }, 0, &mut out)?;
    // Safe inside of HTML, which is how Jinja writes it everywhere.
    for (plain, escaped) in [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\'', "\\u0027")] {
        if out.contains(plain) {
            out = out.replace(plain, escaped);
        }
    }
    Ok(Value::str(out))
}
