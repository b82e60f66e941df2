//! Python's two ways to fill in a text: `"%s" % x` and `"{}".format(x)`.

use crate::call::Args;
use crate::fail;
use crate::fault::Outcome;
use crate::text::{to_str, write_repr, write_str};
use crate::value::{Key, Str, Value};
use std::collections::VecDeque;

const WIDTH_MAX: usize = 1_000_000; // of one field; a mistake should not take all memory

/// What stands between the sign of a field and its type, in either way of writing.
#[derive(Default, Clone)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

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

fn bounded(number: i128) -> Outcome<usize> {
    if !(0..=WIDTH_MAX as i128).contains(&number) {
        fail!("a width of {number}, at most {WIDTH_MAX} are allowed");
    }
    Ok(number as usize)
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

fn cut(text: String, precision: Option<usize>) -> String {
    match precision {
        Some(length) => text.chars().take(length).collect(),
        None => text,
    }
}

fn with_sign(negative: bool, digits: String, spec: &Spec) -> String {
    match (negative, spec.sign) {
        (true, _) => format!("-{digits}"),
        (false, Some(sign @ ('+' | ' '))) => format!("{sign}{digits}"),
        _ => digits,
    }
}

fn radix_digits(number: i128, kind: char, prefix: bool) -> String {
    let number = number.unsigned_abs();
    let (digits, mark) = match kind {
        'x' => (format!("{number:x}"), "0x"),
        'X' => (format!("{number:X}"), "0X"),
        'o' => (format!("{number:o}"), "0o"),
        _ => (format!("{number:b}"), "0b"),
    };
    if prefix {
        return [mark, &digits].concat();
    }
    digits
}

/// The digits of a number that is not negative.
fn float_digits(number: f64, kind: char, precision: usize, alternate: bool) -> String {
    let text = if !number.is_finite() {
        if number.is_nan() { "nan" } else { "inf" }.to_string()
    } else {
        match kind.to_ascii_lowercase() {
            'e' => exponent_digits(number, precision),
            'g' => general_digits(number, precision.max(1), alternate),
            _ => format!("{number:.precision$}"),
        }
    };
    if kind.is_ascii_uppercase() {
        return text.to_uppercase();
    }
    text
}

fn exponent_digits(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn general_digits(number: f64, precision: usize, alternate: bool) -> String {
    let scientific = exponent_digits(number, precision - 1);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    let short = |digits: &str| match digits.contains('.') && !alternate {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => digits.to_string(),
    };
    if power < -4 || power >= precision as i32 {
        return format!("{}e{exponent}", short(digits));
    }
    short(&format!("{number:.0$}", (precision as i32 - 1 - power) as usize))
}

fn pad(body: &str, spec: &Spec, out: &mut String) {
    let missing = spec.width.saturating_sub(body.chars().count());
    let fill = spec.fill.unwrap_or(' ');
    let filled = |count: usize| std::iter::repeat_n(fill, count);
    let (before, after) = match spec.align {
        Some('<') => (0, missing),
        Some('^') => (missing / 2, missing - missing / 2),
        _ => (missing, 0),
    };
    if spec.align == Some('=') {
        let marks = body.len() - body.trim_start_matches(['+', '-', ' ']).len();
        let marks = match body.get(marks..marks + 2) {
            Some("0x" | "0X" | "0o" | "0b") if spec.alternate => marks + 2,
            _ => marks,
        };
        out.push_str(&body[..marks]);
        out.extend(filled(missing));
        out.push_str(&body[marks..]);
        return;
    }
    out.extend(filled(before));
    out.push_str(body);
    out.extend(filled(after));
}

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

/// Sets a mark between the digits before the point.
fn group(digits: &str, mark: char, every: usize) -> String {
    let end = digits.find(|c: char| !c.is_ascii_hexdigit() || c == 'e').unwrap_or(digits.len());
    let mut out = String::new();
    for (index, c) in digits[..end].chars().enumerate() {
        if index > 0 && (end - index) % every == 0 {
            out.push(mark);
        }
        out.push(c);
    }
    out + &digits[end..]
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

/// The named arguments of a call as the one mapping that `%` takes.
pub fn mapping(named: Vec<(Str, Value)>) -> Value {
    Value::dict(named.into_iter().map(|(name, value)| (Key::str(name), value)).collect())
}
