//! Filters of text. Any value is turned into text first.

use super::flag;
use crate::call::Args;
use crate::fail;
use crate::fault::Outcome;
use crate::format::{format_percent, mapping};
use crate::render::Frame;
use crate::strings::{self, count_of, int_of, text_of, Side};
use crate::text::to_str;
use crate::value::Value;

fn changed(value: &Value, args: Args, what: &str, change: impl Fn(&str) -> String) -> Outcome<Value> {
    args.none(what)?;
    Ok(Value::str(change(&to_str(value)?)))
}

pub fn string(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    changed(&value, args, "string", str::to_string)
}

pub fn upper(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    changed(&value, args, "upper", str::to_uppercase)
}

pub fn lower(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    changed(&value, args, "lower", str::to_lowercase)
}

pub fn capitalize(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    changed(&value, args, "capitalize", strings::capitalize)
}

/// A capital after spaces, hyphens and opening brackets; not, as str.title() has it, after an apostrophe.
pub fn title(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    changed(&value, args, "title", |text| {
        let mut out = String::with_capacity(text.len());
        let mut is_first = true;
        for c in text.chars() {
            if is_first {
                out.extend(c.to_uppercase());
            } else {
                out.extend(c.to_lowercase());
            }
            is_first = c.is_whitespace() || matches!(c, '-' | '(' | '{' | '[' | '<');
        }
        out
    })
}

pub fn escape(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    changed(&value, args, "escape", |text| {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&#34;"),
                '\'' => out.push_str("&#39;"),
                c => out.push(c),
            }
        }
        out
    })
}

pub fn striptags(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    changed(&value, args, "striptags", |text| {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('<') {
            let end = if rest[start..].starts_with("<!--") { "-->" } else { ">" };
            let Some(length) = rest[start..].find(end) else { break };
            out.push_str(&rest[..start]);
            rest = &rest[start + length + end.len()..];
        }
        out.push_str(rest);
        let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
        [("&lt;", "<"), ("&gt;", ">"), ("&#34;", "\""), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
            .iter()
            .fold(words, |text, (entity, plain)| text.replace(entity, plain))
    })
}

pub fn trim(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [chars] = args.bind("trim", ["chars"])?;
    let chars = match chars {
        None | Some(Value::None) => None,
        Some(chars) => Some(text_of(&chars, "chars")?),
    };
    Ok(Value::str(strings::strip(&to_str(&value)?, chars.as_deref(), Side::Both)))
}

pub fn replace(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [old, new, count] = args.bind("replace", ["old", "new", "count"])?;
    let (Some(old), Some(new)) = (old, new) else {
        fail!("replace needs what to replace, and by what");
    };
    let count = match count {
        None | Some(Value::None) => -1,
        Some(count) => int_of(&count, "count")?,
    };
    let (old, new) = (to_str(&old)?, to_str(&new)?);
    Ok(Value::str(strings::replace(&to_str(&value)?, &old, &new, usize::try_from(count).ok())))
}

pub fn center(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [width] = args.bind("center", ["width"])?;
    let width = width.map_or(Ok(80), |width| count_of(&width, "width"))?;
    Ok(Value::str(strings::center(&to_str(&value)?, width, ' ')))
}

pub fn format(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    if !args.positional.is_empty() && !args.named.is_empty() {
        fail!("can't handle positional and keyword arguments at the same time");
    }
    let given = match args.named.is_empty() {
        true => Value::tuple(args.positional),
        false => mapping(args.named),
    };
    Ok(Value::str(format_percent(&to_str(&value)?, &given)?))
}

pub fn indent(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [width, first, blank] = args.bind("indent", ["width", "first", "blank"])?;
    let (first, blank) = (flag(first)?, flag(blank)?);
    let margin = match width {
        None => "    ".to_string(),
        Some(Value::Str(margin)) => margin.to_string(),
        Some(width) => " ".repeat(count_of(&width, "width")?),
    };
    // Jinja takes text alone here; whatever else there is has no lines.
    let text = [&*text_of(&value, "what is indented")?, "\n"].concat();
    let mut out = String::with_capacity(text.len());
    for (index, line) in strings::lines(&text).into_iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if (index == 0 && first) || (index > 0 && (blank || !line.is_empty())) {
            out.push_str(&margin);
        }
        out.push_str(line);
    }
    Ok(Value::str(out))
}

pub fn truncate(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let [length, killwords, end, leeway] = args.bind("truncate", ["length", "killwords", "end", "leeway"])?;
    let length = length.map_or(Ok(255), |length| count_of(&length, "length"))?;
    let end = end.map_or(Ok("...".into()), |end| text_of(&end, "end"))?;
    let leeway = match leeway {
        None | Some(Value::None) => 5,
        Some(leeway) => count_of(&leeway, "leeway")?,
    };
    let end_length = end.chars().count();
    if length < end_length {
        fail!("expected length >= {end_length}, got {length}");
    }
    if value.len().is_some_and(|seen| seen <= length + leeway) {
        return Ok(value); // a list as well
    }
    let text = text_of(&value, "what is truncated")?;
    let kept: String = text.chars().take(length - end_length).collect();
    let kept = match flag(killwords)? {
        true => &kept[..],
        false => kept.rsplit_once(' ').map_or(&kept[..], |(before, _)| before),
    };
    Ok(Value::str([kept, &end].concat()))
}

pub fn wordcount(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    args.none("wordcount")?;
    let text = to_str(&value)?;
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    Ok(Value::Int(words.filter(|word| !word.is_empty()).count() as i128))
}

pub fn urlencode(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    args.none("urlencode")?;
    let pairs = match value.defined()? {
        Value::Dict(dict) => {
            dict.borrow().iter().map(|(key, value)| (key.to_value(), value.clone())).collect::<Vec<_>>()
        }
        other if other.as_str().is_some() || !other.is_iterable() => {
            return Ok(Value::str(quoted(&to_str(&value)?, "/")));
        }
        other => {
            let mut pairs = Vec::new();
            for pair in other.items()? {
                match &pair.items()?[..] {
                    [key, value] => pairs.push((key.clone(), value.clone())),
                    _ => fail!("urlencode takes pairs"),
                }
            }
            pairs
        }
    };
    let mut parts = Vec::new();
    for (key, value) in &pairs {
        let part = format!("{}={}", quoted(&to_str(key)?, ""), quoted(&to_str(value)?, ""));
        parts.push(part.replace("%20", "+"));
    }
    Ok(Value::str(parts.join("&")))
}

fn quoted(text: &str, safe: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let c = byte as char;
        if c.is_ascii_alphanumeric() || "_.-~".contains(c) || safe.contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

pub fn wordwrap(_: &Frame, value: Value, args: Args) -> Outcome<Value> {
    let names = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [width, break_long, wrapstring, on_hyphens] = args.bind("wordwrap", names)?;
    let text = text_of(&value, "what is wrapped")?;
    let width = width.map_or(Ok(79), |width| count_of(&width, "width"))?.max(1);
    let break_long = break_long.map_or(Ok(true), |yes| yes.is_true())?;
    let on_hyphens = on_hyphens.map_or(Ok(true), |yes| yes.is_true())?;
    let wrapstring = match wrapstring {
        None | Some(Value::None) => "\n".into(),
        Some(text) => text_of(&text, "wrapstring")?,
    };
    let mut wrapped = Vec::new();
    for line in strings::lines(&text) {
        wrapped.push(wrap(line, width, break_long, on_hyphens).join(&*wrapstring));
    }
    Ok(Value::str(wrapped.join(&*wrapstring)))
}

/// Lines of at most `width` characters. A space at a break is dropped, except at the very start.
fn wrap(text: &str, width: usize, break_long: bool, on_hyphens: bool) -> Vec<String> {
    let mut chunks: Vec<String> = chunks(text, on_hyphens);
    chunks.reverse();
    let length = |text: &str| text.chars().count();
    let mut lines: Vec<String> = Vec::new();
    while let Some(next) = chunks.last() {
        if next.trim().is_empty() && !lines.is_empty() {
            chunks.pop();
            continue;
        }
        let mut line = Vec::new();
        let mut used = 0;
        while let Some(next) = chunks.last() {
            if used + length(next) > width {
                break;
            }
            used += length(next);
            line.extend(chunks.pop());
        }
        if let Some(next) = chunks.last_mut() {
            if length(next) > width && break_long {
                let room = (width - used).max(usize::from(used == 0));
                line.push(next.chars().take(room).collect());
                *next = next.chars().skip(room).collect();
            } else if length(next) > width && line.is_empty() {
                line.extend(chunks.pop());
            }
        }
        if line.last().is_some_and(|last| last.trim().is_empty()) {
            line.pop();
        }
        if !line.is_empty() {
            lines.push(line.concat());
        }
    }
    lines
}

/// Words and the spaces between them; a hyphen between letters ends a chunk.
fn chunks(text: &str, on_hyphens: bool) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let mut current = String::new();
    for (index, c) in chars.iter().enumerate() {
        let starts = current.chars().last().is_some_and(|last| last.is_whitespace() != c.is_whitespace());
        if starts {
            found.push(std::mem::take(&mut current));
        }
        current.push(*c);
        let is_letter = |index: usize| chars.get(index).is_some_and(|c| c.is_alphabetic());
        if on_hyphens && *c == '-' && index >= 2 && is_letter(index - 1) && is_letter(index + 1) {
            found.push(std::mem::take(&mut current));
        }
    }
    if !current.is_empty() {
        found.push(current);
    }
    found
}
