//! `"%s" % x`

use super::field::{bounded, cut, float_digits, pad, radix_digits, with_sign, Spec};
use crate::fail;
use crate::fault::Outcome;
use crate::text::{write_repr, write_str};
use crate::value::{Key, Str, Value};
use std::collections::VecDeque;

/// `text % value`
pub fn format_percent(text: &str, value: &Value) -> Outcome<String> {
    let is_tuple = matches!(value, Value::Tuple(_));
    let mut given: VecDeque<Value> = if is_tuple { value.items()?.into() } else { [value.clone()].into() };
    // Python takes what has items for a mapping, whose rest may go unused.
    let mut used_names = matches!(value, Value::Dict(_) | Value::List(_) | Value::Range(_));
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let mut named = None;
        if let Some(after) = rest.strip_prefix('(') {
            let Some(end) = after.find(')') else { fail!("incomplete format key") };
            let Value::Dict(dict) = value else { fail!("format requires a mapping") };
            let Some(found) = dict.borrow().get(&after[..end]).cloned() else {
                fail!("the mapping has no '{}'", &after[..end])
            };
            named = Some(found);
            used_names = true;
            rest = &after[end + 1..];
        }
        let mut next = || match given.pop_front() {
            Some(value) => Ok(value),
            None => fail!("not enough arguments for format string"),
        };
        let (spec, after) = percent_spec(rest, &mut next)?;
        rest = after;
        match spec.kind {
            Some('%') => out.push('%'),
            _ => {
                let value = match named {
                    Some(value) => value,
                    None => next()?,
                };
                percent_field(&value, spec, &mut out)?;
            }
        }
    }
    out.push_str(rest);
    if !given.is_empty() && !used_names {
        fail!("not all arguments converted during string formatting");
    }
    Ok(out)
}

fn percent_spec<'t>(text: &'t str, next: &mut dyn FnMut() -> Outcome<Value>) -> Outcome<(Spec, &'t str)> {
    let mut spec = Spec::default();
    let mut rest = text.chars();
    let mut current = rest.next();
    while let Some(c) = current {
        match c {
            '-' => spec.align = Some('<'),
            '0' => spec.zero = true,
            '#' => spec.alternate = true,
            '+' => spec.sign = Some('+'),
            ' ' => spec.sign = spec.sign.or(Some(' ')),
            _ => break,
        }
        current = rest.next();
    }
    let mut number = |current: &mut Option<char>, rest: &mut std::str::Chars| -> Outcome<usize> {
        if *current == Some('*') {
            *current = rest.next();
            return match next()?.as_int() {
                Some(width) => bounded(width),
                None => fail!("* wants int"),
            };
        }
        let mut number = 0;
        while let Some(digit) = current.and_then(|c| c.to_digit(10)) {
            number = bounded(number as i128 * 10 + digit as i128)?;
            *current = rest.next();
        }
        Ok(number)
    };
    spec.width = number(&mut current, &mut rest)?;
    if current == Some('.') {
        current = rest.next();
        spec.precision = Some(number(&mut current, &mut rest)?);
    }
    while matches!(current, Some('h' | 'l' | 'L')) {
        current = rest.next();
    }
    match current {
        None => fail!("incomplete format"),
        kind => spec.kind = kind,
    }
    Ok((spec, rest.as_str()))
}

fn percent_field(value: &Value, mut spec: Spec, out: &mut String) -> Outcome<()> {
    value.defined()?;
    let kind = spec.kind.unwrap_or('s');
    spec.align = spec.align.or(Some('>'));
    let needs_number = |what: &str| match value.as_number() {
        Some(number) => Ok(number),
        None => fail!("%{kind} format: {what} is required, not {}", value.type_name()),
    };
    let body = match kind {
        's' | 'r' | 'a' => {
            let mut text = String::new();
            if kind == 's' {
                write_str(value, &mut text)?;
            } else {
                write_repr(value, &mut text)?;
            }
            spec.zero = false;
            cut(text, spec.precision)
        }
        'c' => match (value, value.as_int()) {
            (_, Some(code)) => match u32::try_from(code).ok().and_then(char::from_u32) {
                Some(c) => c.to_string(),
                None => fail!("%c arg not in range(0x110000)"),
            },
            (Value::Str(text), _) if text.chars().count() == 1 => text.to_string(),
            _ => fail!("%c requires int or char"),
        },
        'd' | 'i' | 'u' => {
            let number = needs_number("a real number")?;
            let integer = value.as_int().unwrap_or(number.trunc() as i128);
            let digits = format!("{:0>1$}", integer.unsigned_abs(), spec.precision.unwrap_or(0));
            with_sign(integer < 0, digits, &spec)
        }
        'x' | 'X' | 'o' => match value.as_int() {
            Some(number) => with_sign(number < 0, radix_digits(number, kind, spec.alternate), &spec),
            None => fail!("%{kind} format: an integer is required, not {}", value.type_name()),
        },
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let number = needs_number("a real number")?;
            with_sign(
                number.is_sign_negative() && !number.is_nan(),
                float_digits(number.abs(), kind, spec.precision.unwrap_or(6), spec.alternate),
                &spec,
            )
        }
        other => fail!("unsupported format character '{other}'"),
    };
    if spec.zero && spec.align == Some('>') {
        (spec.fill, spec.align) = (Some('0'), Some('='));
    }
    pad(&body, &spec, out);
    Ok(())
}

/// The named arguments of a call as the one mapping that `%` takes.
pub fn mapping(named: Vec<(Str, Value)>) -> Value {
    Value::dict(named.into_iter().map(|(name, value)| (Key::str(name), value)).collect())
}
