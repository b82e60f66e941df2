//! Cuts a file into its top-level blocks: macros, tests, materializations, snapshots, docs. The rest of the
//! file is left out. Only tags are looked at, so that the text of docs need not be a template.

use crate::fault::{Fault, Outcome};
use std::sync::Arc;

/// Where in the source something is wrong, and what.
type Found<T> = Result<T, (usize, String)>;

macro_rules! wrong {
    ($at:expr, $($text:tt)*) => {
        return Err(($at, format!($($text)*)))
    };
}

pub struct Block {
    pub kind: &'static str,
    pub name: String,
    /// What follows the name in the opening tag: `(a, b=1)`, `, adapter='bigquery'`.
    pub header: String,
    pub body: String,
    /// Where the opening tag begins, where the body does.
    pub line: u32,
    pub body_line: u32,
    /// The whitespace signs of the two tags, `-` or `+` or nothing, in the order in which they stand.
    pub signs: [&'static str; 4],
}

const KINDS: [&str; 7] = ["macro", "test", "data_test", "materialization", "snapshot", "docs", "analysis"];

struct Tag<'s> {
    word: &'s str,
    /// What follows the word, up to the end of the tag.
    rest: &'s str,
    start: usize,
    end: usize,
    signs: [&'static str; 2],
}

pub fn split(name: &Arc<str>, source: &str) -> Outcome<Vec<Block>> {
    find_blocks(source).map_err(|(at, message)| Fault::new(message).at(name, line_at(source, at)))
}

fn find_blocks(source: &str) -> Found<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(tag) = next_tag(source, at)? {
        at = tag.end;
        let Some(kind) = KINDS.iter().find(|kind| **kind == tag.word) else {
            continue;
        };
        let close = closing_tag(source, &tag, kind)?;
        let (name, header) = name_of(tag.rest);
        if name.is_empty() {
            wrong!(tag.start, "{kind} without a name");
        }
        blocks.push(Block {
            kind,
            name: name.into(),
            header: header.into(),
            body: source[tag.end..close.start].into(),
            line: line_at(source, tag.start),
            body_line: line_at(source, tag.end),
            signs: [tag.signs[0], tag.signs[1], close.signs[0], close.signs[1]],
        });
        at = close.end;
    }
    Ok(blocks)
}

fn line_at(source: &str, position: usize) -> u32 {
    source.as_bytes()[..position].iter().filter(|c| **c == b'\n').count() as u32 + 1
}

fn name_of(rest: &str) -> (&str, &str) {
    let rest = rest.trim();
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    (&rest[..end], rest[end..].trim())
}

/// The tag that ends a block, past those of the same kind inside of it.
fn closing_tag<'s>(source: &'s str, open: &Tag, kind: &str) -> Found<Tag<'s>> {
    let (mut depth, mut at) = (1, open.end);
    let end_word = format!("end{kind}");
    // The text of docs is free; only its own end counts there.
    let next = |at| if kind == "docs" { find_tag(source, at, &end_word) } else { next_tag(source, at) };
    while let Some(tag) = next(at)? {
        at = tag.end;
        if tag.word == end_word {
            depth -= 1;
        } else if tag.word == kind {
            depth += 1;
        }
        if depth == 0 {
            return Ok(tag);
        }
    }
    wrong!(open.start, "{kind} without {end_word}")
}

/// The next `{% … %}`, past comments, expressions and raw text.
fn next_tag(source: &str, mut at: usize) -> Found<Option<Tag<'_>>> {
    loop {
        let Some(found) = source[at..].find('{') else {
            return Ok(None);
        };
        let start = at + found;
        at = start + 2;
        match source.as_bytes().get(start + 1) {
            Some(b'#') => match source[at..].find("#}") {
                Some(end) => at += end + 2,
                None => wrong!(start, "a comment without its end"),
            },
            Some(b'{') => at = end_of_tag(source, at, "}}", start)?,
            Some(b'%') => {
                let tag = read_tag(source, start)?;
                if tag.word != "raw" {
                    return Ok(Some(tag));
                }
                match find_tag(source, tag.end, "endraw")? {
                    Some(end) => at = end.end,
                    None => wrong!(start, "raw without endraw"),
                }
            }
            _ => at = start + 1,
        }
    }
}

/// The next tag with the given word, whatever stands before it.
fn find_tag<'s>(source: &'s str, mut at: usize, word: &str) -> Found<Option<Tag<'s>>> {
    while let Some(found) = source[at..].find("{%") {
        let start = at + found;
        let inside = source[start + 2..].trim_start_matches(['-', '+']).trim_start();
        if inside.strip_prefix(word).is_some_and(|rest| rest.trim_start().starts_with(['-', '+', '%'])) {
            return read_tag(source, start).map(Some);
        }
        at = start + 2;
    }
    Ok(None)
}

fn read_tag(source: &str, start: usize) -> Found<Tag<'_>> {
    let end = end_of_tag(source, start + 2, "%}", start)?;
    let mut inside = &source[start + 2..end - 2];
    let mut signs = ["", ""];
    for sign in ["-", "+"] {
        if let Some(rest) = inside.strip_prefix(sign) {
            (inside, signs[0]) = (rest, sign);
        }
        if let Some(rest) = inside.strip_suffix(sign) {
            (inside, signs[1]) = (rest, sign);
        }
    }
    let inside = inside.trim_start();
    let length = inside.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(inside.len());
    Ok(Tag { word: &inside[..length], rest: &inside[length..], start, end, signs })
}

/// Behind the end of a tag; strings in it may hold anything.
fn end_of_tag(source: &str, from: usize, end: &str, start: usize) -> Found<usize> {
    let bytes = source.as_bytes();
    let mut at = from;
    let mut quote = None;
    let mut braces = 0;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, c @ (b'"' | b'\'')) => quote = Some(c),
            (None, b'{') => braces += 1,
            (None, b'}') if braces > 0 => braces -= 1,
            (None, _) if source[at..].as_bytes().starts_with(end.as_bytes()) => return Ok(at + 2),
            _ => {}
        }
        at += 1;
    }
    wrong!(start, "a tag without its end")
}
