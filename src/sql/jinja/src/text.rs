//! How values print: Python's str() and repr(), to the byte.

use crate::fault::Outcome;
use crate::value::{nested, Key, Value, ViewOf};
use std::borrow::Cow;
use std::fmt::Write;

/// str(value), appended.
pub fn write_str(value: &Value, out: &mut String) -> Outcome<()> {
    match value.defined()? {
        Value::Str(text) => out.push_str(text),
        Value::Blank(_) => {}
        other => write_repr(other, out)?,
    }
    Ok(())
}

/// str(value); borrowed where it is text already.
pub fn to_str(value: &Value) -> Outcome<Cow<'_, str>> {
    if let Some(text) = value.as_str() {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::new();
    write_str(value, &mut out)?;
    Ok(Cow::Owned(out))
}

/// repr(value), appended.
pub fn write_repr(value: &Value, out: &mut String) -> Outcome<()> {
    match value {
        Value::Undefined(_) | Value::Blank(_) => out.push_str("Undefined"),
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(value) => write!(out, "{value}").unwrap(),
        Value::Float(value) => write_float(*value, out),
        Value::Str(text) => write_quoted(text, out),
        Value::Text(object) => out.push_str(&object.text),
        Value::List(list) => write_list(&list.borrow(), "[", "]", out)?,
        Value::Tuple(tuple) => {
            let end = if tuple.items.len() == 1 { ",)" } else { ")" };
            write_list(&tuple.items, "(", end, out)?
        }
        Value::Dict(dict) => {
            let dict = dict.borrow();
            write_pairs(dict.iter(), "{", "}", out)?
        }
        Value::Namespace(dict) => {
            let dict = dict.borrow();
            write_pairs(dict.iter(), "<Namespace {", "}>", out)?
        }
        Value::View(view) => {
            out.push_str(match view.of {
                ViewOf::Keys => "dict_keys(",
                ViewOf::Values => "dict_values(",
                ViewOf::Items => "dict_items(",
            });
            write_list(&view.items(), "[", "])", out)?
        }
        Value::Range(range) => {
            write!(out, "range({}, {}", range.start, range.stop).unwrap();
            if range.step != 1 {
                write!(out, ", {}", range.step).unwrap();
            }
            out.push(')');
        }
        Value::Module(module) => out.push_str(&module.text),
        Value::Loop(state) => {
            write!(out, "<LoopContext {}/{}>", state.index0.get() + 1, state.items.len()).unwrap()
        }
        Value::Callable(callable) => out.push_str(&callable.describe()),
        Value::Stream(stream) => write!(out, "<generator object {}>", stream.kind).unwrap(),
        Value::Joined(_) => out.push_str("<object>"),
    }
    Ok(())
}

fn write_list(items: &[Value], start: &str, end: &str, out: &mut String) -> Outcome<()> {
    out.push_str(start);
    nested(|| {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            write_repr(item, out)?;
        }
        Ok(())
    })?;
    out.push_str(end);
    Ok(())
}

fn write_pairs<'v>(
    pairs: impl Iterator<Item = (&'v Key, &'v Value)>,
    start: &str,
    end: &str,
    out: &mut String,
) -> Outcome<()> {
    out.push_str(start);
    nested(|| {
        for (index, (key, value)) in pairs.enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            write_repr(key.value(), out)?;
            out.push_str(": ");
            write_repr(value, out)?;
        }
        Ok(())
    })?;
    out.push_str(end);
    Ok(())
}

/// The shortest digits that mean this number, with Python's choice between 0.0001 and 1e-05.
pub fn write_float(value: f64, out: &mut String) {
    if value.is_nan() {
        return out.push_str("nan");
    }
    if value.is_infinite() {
        return out.push_str(if value > 0.0 { "inf" } else { "-inf" });
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    if (-4..16).contains(&exponent) {
        write!(out, "{value:?}").unwrap();
    } else {
        write!(out, "{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()).unwrap();
    }
}

/// A string literal as Python's repr() writes it.
pub fn write_quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c if (c as u32) < 0x100 => write!(out, "\\x{:02x}", c as u32).unwrap(),
            c if (c as u32) < 0x10000 => write!(out, "\\u{:04x}", c as u32).unwrap(),
            c => write!(out, "\\U{:08x}", c as u32).unwrap(),
        }
    }
    out.push(quote);
}

/// str.isprintable() but for unassigned code points: controls, formats, separators and private use are not.
fn is_printable(c: char) -> bool {
    !(c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c as u32,
            0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e
            | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff0..=0xfffb | 0xfffe | 0xffff
            | 0xe0000..=0xe007f | 0xf0000..=0x10ffff))
}
