//! Python's text functions that filters and methods share. Positions count characters.

use crate::fail;
use crate::fault::Outcome;
use crate::value::{Items, Value};

/// str.splitlines() without the ends.
pub fn lines(text: &str) -> Vec<&str> {
    lines_with_ends(text).into_iter().map(|line| line.trim_end_matches(is_line_end)).collect()
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub fn lines_with_ends(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(is_line_end) {
        let mark = rest[at..].chars().next().map_or(1, char::len_utf8);
        let end = if rest[at..].starts_with("\r\n") { at + 2 } else { at + mark };
        found.push(&rest[..end]);
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        found.push(rest);
    }
    found
}

pub fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect(),
        None => String::new(),
    }
}

/// str.title(): a capital after everything that is no letter.
pub fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for c in text.chars() {
        if in_word {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        in_word = c.is_alphabetic();
    }
    out
}

pub fn swapcase(text: &str) -> String {
    let swap = |c: char| -> String {
        if c.is_uppercase() {
            c.to_lowercase().collect()
        } else {
            c.to_uppercase().collect()
        }
    };
    text.chars().map(swap).collect()
}

#[derive(Clone, Copy, PartialEq)]
pub enum Side {
    Left,
    Right,
    Both,
}

/// str.strip() and its like; without characters, whitespace.
pub fn strip<'t>(text: &'t str, chars: Option<&str>, side: Side) -> &'t str {
    let drop = |c: char| match chars {
        Some(chars) => chars.contains(c),
        None => c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}'),
    };
    let text = if side == Side::Right { text } else { text.trim_start_matches(drop) };
    if side == Side::Left {
        text
    } else {
        text.trim_end_matches(drop)
    }
}

pub fn split_words(text: &str, limit: Option<usize>) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = strip(text, None, Side::Left);
    while !rest.is_empty() {
        if limit.is_some_and(|limit| words.len() == limit) {
            words.push(strip(rest, None, Side::Right));
            break;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        words.push(&rest[..end]);
        rest = strip(&rest[end..], None, Side::Left);
    }
    words
}

pub fn rsplit_words(text: &str, limit: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = strip(text, None, Side::Right);
    while !rest.is_empty() {
        if words.len() == limit {
            words.push(strip(rest, None, Side::Left));
            break;
        }
        let start = rest.char_indices().rev().find(|(_, c)| c.is_whitespace());
        let start = start.map_or(0, |(at, c)| at + c.len_utf8());
        words.push(&rest[start..]);
        rest = strip(&rest[..start], None, Side::Right);
    }
    words.reverse();
    words
}

pub fn replace(text: &str, old: &str, new: &str, limit: Option<usize>) -> String {
    match limit {
        Some(limit) => text.replacen(old, new, limit),
        None => text.replace(old, new),
    }
}

pub fn center(text: &str, width: usize, fill: char) -> String {
    let length = text.chars().count();
    if width <= length {
        return text.into();
    }
    let missing = width - length;
    let left = missing / 2 + (missing & width & 1);
    let filled = |count: usize| std::iter::repeat_n(fill, count);
    filled(left).chain(text.chars()).chain(filled(missing - left)).collect()
}

pub fn values<'t>(texts: impl IntoIterator<Item = &'t str>) -> Items {
    texts.into_iter().map(Value::str).collect()
}

/// Where `part` begins in a text, in characters, between two bounds as Python reads them.
pub fn find(text: &str, part: &str, start: i128, stop: i128, last: bool) -> Option<usize> {
    let length = text.chars().count() as i128;
    let clamp = |bound: i128| if bound < 0 { (bound + length).max(0) } else { bound.min(length) };
    let (start, stop) = (clamp(start), clamp(stop));
    if start > stop {
        return None;
    }
    let byte =
        |position: i128| text.char_indices().nth(position as usize).map_or(text.len(), |(index, _)| index);
    let window = &text[byte(start)..byte(stop)];
    let found = if last { window.rfind(part) } else { window.find(part) };
    found.map(|index| window[..index].chars().count() + start as usize)
}

/// An argument that must be text.
pub fn text_of(value: &Value, what: &str) -> Outcome<std::sync::Arc<str>> {
    match value.defined()? {
        Value::Str(text) => Ok(text.clone()),
        Value::Text(object) => Ok(object.text.clone()),
        other => fail!("{what} must be str, not {}", other.type_name()),
    }
}

/// An argument that must be a whole number.
pub fn int_of(value: &Value, what: &str) -> Outcome<i128> {
    match value.defined()?.as_int() {
        Some(number) => Ok(number),
        None => fail!("{what} must be int, not {}", value.type_name()),
    }
}

/// A number of items or characters: not too many, and what is below zero is zero.
pub fn count_of(value: &Value, what: &str) -> Outcome<usize> {
    let count = int_of(value, what)?;
    if count > crate::value::ITEMS_MAX {
        fail!("{what} is {count}, at most {} are allowed", crate::value::ITEMS_MAX);
    }
    Ok(count.max(0) as usize)
}
