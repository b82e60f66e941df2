//! `"{}".format(x)`

use super::field::{bounded, cut, float_digits, general_digits, group, pad, radix_digits, with_sign, Spec};
use crate::call::Args;
use crate::fail;
use crate::fault::Outcome;
use crate::text::{to_str, write_repr, write_str};
use crate::value::{Key, Value};
use std::collections::VecDeque;

/// `text.format(…)`
pub fn format_braces(text: &str, args: &Args) -> Outcome<String> {
    let mut counter = 0;
    let mut out = String::new();
    fill_braces(text, args, &mut counter, 2, &mut out)?;
    Ok(out)
}

fn fill_braces(text: &str, args: &Args, counter: &mut usize, depth: usize, out: &mut String) -> Outcome<()> {
    if depth == 0 && text.contains(['{', '}']) {
        fail!("Max string recursion exceeded");
    }
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            fail!("Single '}}' encountered in format string");
        }
        let end = field_end(rest)?;
        let field = &rest[..end];
        rest = &rest[end + 1..];
        let (field, spec) = field.split_once(':').unwrap_or((field, ""));
        let (name, conversion) = field.split_once('!').unwrap_or((field, ""));
        let mut value = field_value(name, args, counter)?;
        match conversion {
            "" => {}
            "s" => value = Value::str(to_str(&value)?.as_ref()),
            "r" | "a" => {
                let mut text = String::new();
                write_repr(&value, &mut text)?;
                value = Value::str(text);
            }
            other => fail!("Unknown conversion specifier {other}"),
        }
        let mut filled = String::new();
        fill_braces(spec, args, counter, depth - 1, &mut filled)?;
        format_value(&value, &filled, out)?;
    }
    out.push_str(rest);
    Ok(())
}

fn field_end(text: &str) -> Outcome<usize> {
    let mut depth = 0;
    for (index, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Ok(index),
            '}' => depth -= 1,
            _ => {}
        }
    }
    fail!("expected '}}' before end of string")
}

/// `0`, `name`, `` (the next one), each with `[key]` and `.attribute` behind it.
fn field_value(field: &str, args: &Args, counter: &mut usize) -> Outcome<Value> {
    let end = field.find(['.', '[']).unwrap_or(field.len());
    let (name, mut path) = field.split_at(end);
    let index = if name.is_empty() {
        *counter += 1;
        Some(*counter - 1)
    } else {
        name.parse::<usize>().ok()
    };
    let found = match index {
        Some(index) => args.positional.get(index).cloned(),
        None => args.named.iter().find(|(known, _)| **known == *name).map(|(_, value)| value.clone()),
    };
    let Some(mut value) = found else {
        match index {
            Some(index) => fail!("Replacement index {index} out of range for positional args"),
            None => fail!("the format string names '{name}', which was not given"),
        }
    };
    while !path.is_empty() {
        let key;
        if let Some(rest) = path.strip_prefix('[') {
            let Some(end) = rest.find(']') else { fail!("Missing ']' in format string") };
            (key, path) = (&rest[..end], &rest[end + 1..]);
        } else {
            let rest = &path[1..];
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            (key, path) = rest.split_at(end);
        }
        value = member(&value, key)?;
    }
    Ok(value)
}

fn member(value: &Value, key: &str) -> Outcome<Value> {
    let found = match value {
        Value::Dict(dict) | Value::Namespace(dict) => match key.parse::<i128>() {
            Ok(number) => dict.borrow().get(&Key::new(Value::Int(number))?).cloned(),
            Err(_) => dict.borrow().get(key).cloned(),
        },
        Value::Text(object) => object.attributes.get(key).cloned(),
        Value::List(_) | Value::Tuple(_) => {
            key.parse::<usize>().ok().and_then(|index| value.items().ok()?.get(index).cloned())
        }
        _ => None,
    };
    match found {
        Some(value) => Ok(value),
        None => fail!("'{}' object has no '{key}' to format", value.type_name()),
    }
}

/// Python's format(value, spec).
fn format_value(value: &Value, spec: &str, out: &mut String) -> Outcome<()> {
    value.defined()?;
    if spec.is_empty() {
        return write_str(value, out);
    }
    let mut spec = braces_spec(spec, value)?;
    if spec.zero {
        spec.fill = spec.fill.or(Some('0'));
        spec.align = spec.align.or(Some(if matches!(value, Value::Str(_)) { '<' } else { '=' }));
    }
    let kind = spec.kind;
    let unknown =
        || fail!("Unknown format code '{}' for object of type '{}'", kind.unwrap_or(' '), value.type_name());
    let body = match value {
        Value::Str(text) => {
            if !matches!(kind, None | Some('s')) {
                return unknown();
            }
            spec.align = spec.align.or(Some('<'));
            cut(text.to_string(), spec.precision)
        }
        Value::Int(_) | Value::Bool(_) | Value::Float(_) => {
            spec.align = spec.align.or(Some('>'));
            match number_digits(value, &spec) {
                Some((negative, digits)) => with_sign(negative, digits, &spec),
                None => return unknown(),
            }
        }
        _ => fail!("unsupported format string passed to {}.__format__", value.type_name()),
    };
    pad(&body, &spec, out);
    Ok(())
}

fn number_digits(value: &Value, spec: &Spec) -> Option<(bool, String)> {
    let number = value.as_number()?;
    let negative = number.is_sign_negative() && !number.is_nan();
    let grouped = |digits: String, every: usize| match spec.grouping {
        Some(mark) => group(&digits, mark, every),
        None => digits,
    };
    let kind = spec.kind.unwrap_or(if value.as_int().is_some() { 'd' } else { '\0' });
    Some(match (kind, value.as_int()) {
        ('d' | 'n', Some(integer)) => (integer < 0, grouped(integer.unsigned_abs().to_string(), 3)),
        ('x' | 'X' | 'o' | 'b', Some(integer)) => {
            let mark = radix_digits(0, kind, true);
            let digits = grouped(radix_digits(integer, kind, false), 4);
            (integer < 0, if spec.alternate { [&mark[..2], &digits].concat() } else { digits })
        }
        ('c', Some(integer)) => (false, u32::try_from(integer).ok().and_then(char::from_u32)?.to_string()),
        ('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n', _) => {
            let kind = if kind == 'n' { 'g' } else { kind };
            let digits = float_digits(number.abs(), kind, spec.precision.unwrap_or(6), spec.alternate);
            (negative, grouped(digits, 3))
        }
        ('%', _) => {
            let digits = float_digits(number.abs() * 100.0, 'f', spec.precision.unwrap_or(6), false);
            (negative, grouped(digits, 3) + "%")
        }
        ('\0', None) => {
            let mut digits = String::new();
            match spec.precision {
                None => crate::text::write_float(number.abs(), &mut digits),
                Some(precision) => {
                    digits = general_digits(number.abs(), precision.max(1), false);
                    if !digits.contains(['.', 'e', 'n', 'i']) {
                        digits.push_str(".0");
                    }
                }
            }
            (negative, grouped(digits, 3))
        }
        _ => return None,
    })
}

/// `[[fill]align][sign][#][0][width][grouping][.precision][type]`
fn braces_spec(text: &str, value: &Value) -> Outcome<Spec> {
    let mut spec = Spec::default();
    let mut rest: VecDeque<char> = text.chars().collect();
    let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '^' | '='));
    if is_align(rest.get(1)) {
        spec.fill = rest.pop_front();
    }
    if is_align(rest.front()) {
        spec.align = rest.pop_front();
    }
    if matches!(rest.front(), Some('+' | '-' | ' ')) {
        spec.sign = rest.pop_front();
    }
    spec.alternate = rest.front() == Some(&'#') && rest.pop_front().is_some();
    spec.zero = rest.front() == Some(&'0') && rest.pop_front().is_some();
    let number = |rest: &mut VecDeque<char>| -> Outcome<Option<usize>> {
        let mut number = None;
        while let Some(digit) = rest.front().and_then(|c| c.to_digit(10)) {
            number = Some(bounded(number.unwrap_or(0) as i128 * 10 + digit as i128)?);
            rest.pop_front();
        }
        Ok(number)
    };
    spec.width = number(&mut rest)?.unwrap_or(0);
    if matches!(rest.front(), Some(',' | '_')) {
        spec.grouping = rest.pop_front();
    }
    if rest.front() == Some(&'.') {
        rest.pop_front();
        spec.precision = number(&mut rest)?;
        if spec.precision.is_none() {
            fail!("Format specifier missing precision");
        }
    }
    spec.kind = rest.pop_front();
    if !rest.is_empty() {
        fail!("Invalid format specifier '{text}' for object of type '{}'", value.type_name());
    }
    Ok(spec)
}
