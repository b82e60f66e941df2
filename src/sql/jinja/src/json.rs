//! JSON in and out: how values cross to the host, and what `tojson` writes.

use crate::fail;
use crate::fault::Outcome;
use crate::objects::Callable;
use crate::text::{to_str, write_float};
use crate::value::{nested, Dict, Key, Str, Text, Value};
use std::fmt::Write;
use std::rc::Rc;

/// Reads JSON of the host. An object with `__text__` prints as that; one with `__function__` or `__method__`
/// can be called.
pub fn parse(text: &str) -> Outcome<Value> {
    let mut parser = Parser { text, at: 0, keys: Vec::new() };
    let value = parser.value()?;
    parser.space();
    if parser.at < text.len() {
        fail!("JSON goes on after its end, at byte {}", parser.at);
    }
    Ok(value)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// Keys of late: the objects of a list have the same ones, and share them.
    keys: Vec<Str>,
}

const KEYS_MAX: usize = 16;

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.byte(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// Steps over a sign, if it is next.
    fn skip(&mut self, sign: u8) -> bool {
        self.space();
        let found = self.byte() == sign;
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Outcome<Value> {
        self.space();
        let (word, value) = match self.byte() {
            b'"' => return Ok(Value::str(self.string()?)),
            b'{' => return nested(|| self.object()),
            b'[' => return nested(|| self.array()),
            b'-' | b'0'..=b'9' => return self.number(),
            b'n' => ("null", Value::None),
            b't' => ("true", Value::Bool(true)),
            _ => ("false", Value::Bool(false)),
        };
        if !self.rest().starts_with(word) {
            fail!("a JSON value was expected at byte {}", self.at);
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Outcome<Value> {
        let rest = self.rest();
        let is_part = |c: char| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
        let digits = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        self.at += digits.len();
        if !digits.contains(['.', 'e', 'E']) {
            if let Ok(value) = digits.parse() {
                return Ok(Value::Int(value));
            }
        }
        match digits.parse() {
            Ok(value) => Ok(Value::Float(value)),
            Err(_) => fail!("'{digits}' is no JSON number"),
        }
    }

    fn array(&mut self) -> Outcome<Value> {
        self.at += 1;
        let mut items = Vec::new();
        if self.skip(b']') {
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value()?);
            if self.skip(b']') {
                return Ok(Value::list(items));
            }
            if !self.skip(b',') {
                fail!("JSON: ',' or ']' was expected at byte {}", self.at);
            }
        }
    }

    fn object(&mut self) -> Outcome<Value> {
        self.at += 1;
        let mut dict = Dict::default();
        let mut is_special = false;
        if self.skip(b'}') {
            return Ok(Value::dict(dict));
        }
        loop {
            self.space();
            if self.byte() != b'"' {
                fail!("JSON: a key was expected at byte {}", self.at);
            }
            let key = self.key()?;
            if !self.skip(b':') {
                fail!("JSON: ':' was expected at byte {}", self.at);
            }
            is_special |= key.starts_with("__");
            dict.insert(Key::str(key), self.value()?);
            if self.skip(b'}') {
                return Ok(if is_special { special(dict) } else { Value::dict(dict) });
            }
            if !self.skip(b',') {
                fail!("JSON: ',' or '}}' was expected at byte {}", self.at);
            }
        }
    }

    fn key(&mut self) -> Outcome<Str> {
        let bytes = &self.text.as_bytes()[self.at + 1..];
        if let Some(known) = self.keys.iter().find(|known| is_before_quote(bytes, known.as_bytes())) {
            self.at += known.len() + 2;
            return Ok(known.clone());
        }
        let key = self.string()?;
        if self.keys.len() < KEYS_MAX && !key.contains(['"', '\\']) {
            self.keys.push(key.clone());
        }
        Ok(key)
    }

    fn string(&mut self) -> Outcome<Str> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let Some(plain) = rest.bytes().position(|c| matches!(c, b'"' | b'\\')) else {
                fail!("a JSON string without its end");
            };
            self.at += plain + 1;
            if rest.as_bytes()[plain] == b'\\' {
                out.push_str(&rest[..plain]);
                out.push(self.escape()?);
            } else if out.is_empty() {
                return Ok(rest[..plain].into());
            } else {
                out.push_str(&rest[..plain]);
                return Ok(out.into());
            }
        }
    }

    fn escape(&mut self) -> Outcome<char> {
        let c = self.rest().bytes().next().unwrap_or(0);
        self.at += 1;
        Ok(match c {
            b'"' | b'\\' | b'/' => c as char,
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let mut code = self.hex()?;
                if (0xd800..0xdc00).contains(&code) && self.rest().starts_with("\\u") {
                    self.at += 2;
                    let low = self.hex()?;
                    code = 0x10000 + ((code - 0xd800) << 10) + low.wrapping_sub(0xdc00) % 0x400;
                }
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => fail!("a JSON string has an unknown escape at byte {}", self.at),
        })
    }

    fn hex(&mut self) -> Outcome<u32> {
        let digits = self.rest().get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        match digits {
            Some(code) => Ok(code),
            None => fail!("a JSON string has a broken \\u escape at byte {}", self.at),
        }
    }
}

fn is_before_quote(bytes: &[u8], known: &[u8]) -> bool {
    bytes.get(known.len()) == Some(&b'"') && bytes.starts_with(known)
}

/// What an object of the host means.
fn special(mut dict: Dict) -> Value {
    if let Some(Value::Str(text)) = dict.shift_remove("__text__") {
        return Value::Text(Rc::new(Text { text, attributes: dict }));
    }
    let callable = match (dict.get("__function__"), dict.get("__method__")) {
        (Some(Value::Str(name)), _) => Callable::Host(name.clone()),
        (_, Some(Value::Str(name))) => Callable::HostMethod { name: name.clone(), object: Value::None },
        _ => return Value::dict(dict),
    };
    Value::Callable(Rc::new(callable))
}

/// How JSON is written.
pub struct Style {
    pub item_end: &'static str,
    pub key_end: &'static str,
    pub sorted: bool,
    pub ascii: bool,
    pub indent: Option<usize>,
    /// For the host, objects keep what they are; `tojson` has no place for them.
    pub for_host: bool,
}

const FOR_HOST: Style =
    Style { item_end: ",", key_end: ":", sorted: false, ascii: false, indent: None, for_host: true };

pub fn to_host(value: &Value) -> Outcome<String> {
    let mut out = String::new();
    write(value, &FOR_HOST, 0, &mut out)?;
    Ok(out)
}

pub fn write(value: &Value, style: &Style, depth: usize, out: &mut String) -> Outcome<()> {
    match value.defined()? {
        Value::None => out.push_str("null"),
        Value::Blank(_) if style.for_host => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => write!(out, "{value}").unwrap(),
        Value::Float(value) if value.is_finite() => write_float(*value, out),
        Value::Float(_) if style.for_host => out.push_str("null"),
        Value::Float(value) if value.is_nan() => out.push_str("NaN"),
        Value::Float(value) => out.push_str(if *value > 0.0 { "Infinity" } else { "-Infinity" }),
        Value::Str(text) => write_string(text, style, out),
        Value::List(list) => write_items(&list.borrow(), style, depth, out)?,
        Value::Tuple(tuple) => write_items(&tuple.items, style, depth, out)?,
        Value::Dict(dict) => write_pairs(&dict.borrow(), None, style, depth, out)?,
        Value::Namespace(dict) if style.for_host => write_pairs(&dict.borrow(), None, style, depth, out)?,
        Value::Text(object) if style.for_host => {
            write_pairs(&object.attributes, Some(("__text__", &object.text)), style, depth, out)?
        }
        Value::Text(object) => write_string(&object.text, style, out),
        Value::View(_) | Value::Range(_) | Value::Stream(_) if style.for_host => {
            write_items(&value.items()?, style, depth, out)?
        }
        Value::Callable(callable) if style.for_host => {
            let (key, name) = match &**callable {
                Callable::Macro(value) => ("__macro__", &value.definition.name),
                Callable::Host(name) => ("__function__", name),
                Callable::HostMethod { name, .. } => ("__method__", name),
                _ => fail!("a {} cannot be given to a function", callable.type_name()),
            };
            write_pairs(&Dict::default(), Some((key, name)), style, depth, out)?
        }
        other => fail!("Object of type {} is not JSON serializable", other.type_name()),
    }
    Ok(())
}

fn write_items(items: &[Value], style: &Style, depth: usize, out: &mut String) -> Outcome<()> {
    out.push('[');
    nested(|| {
        for (index, item) in items.iter().enumerate() {
            separate(index, style, depth, out);
            write(item, style, depth + 1, out)?;
        }
        Ok(())
    })?;
    if !items.is_empty() {
        new_line(style, depth, out);
    }
    out.push(']');
    Ok(())
}

fn write_pairs(
    dict: &Dict,
    first: Option<(&str, &str)>,
    style: &Style,
    depth: usize,
    out: &mut String,
) -> Outcome<()> {
    let mut pairs: Vec<(&Key, &Value)> = dict.iter().collect();
    if style.sorted {
        let mut problem = None;
        pairs.sort_by(|(a, _), (b, _)| match a.value().compare(b.value(), "<") {
            Ok(order) => order.unwrap_or(std::cmp::Ordering::Equal),
            Err(fault) => {
                problem = Some(fault);
                std::cmp::Ordering::Equal
            }
        });
        if let Some(fault) = problem {
            return Err(fault);
        }
    }
    out.push('{');
    let mut index = 0;
    if let Some((key, text)) = first {
        write_string(key, style, out);
        out.push_str(style.key_end);
        write_string(text, style, out);
        index = 1;
    }
    nested(|| {
        for (key, value) in pairs {
            separate(index, style, depth, out);
            write_string(&key_text(key.value())?, style, out);
            out.push_str(style.key_end);
            write(value, style, depth + 1, out)?;
            index += 1;
        }
        Ok(())
    })?;
    if index > 0 {
        new_line(style, depth, out);
    }
    out.push('}');
    Ok(())
}

fn key_text(key: &Value) -> Outcome<std::borrow::Cow<'_, str>> {
    Ok(match key {
        Value::None => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Str(_) | Value::Text(_) | Value::Int(_) | Value::Float(_) => to_str(key)?,
        other => fail!("keys must be str, int, float, bool or None, not {}", other.type_name()),
    })
}

fn separate(index: usize, style: &Style, depth: usize, out: &mut String) {
    if index > 0 {
        out.push_str(if style.indent.is_some() { "," } else { style.item_end });
    }
    new_line(style, depth + 1, out);
}

fn new_line(style: &Style, depth: usize, out: &mut String) {
    if let Some(indent) = style.indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent * depth));
    }
}

fn write_string(text: &str, style: &Style, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || (style.ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").unwrap();
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
