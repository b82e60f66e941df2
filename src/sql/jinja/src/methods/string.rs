//! str's methods.

use crate::call::Args;
use crate::fail;
use crate::fault::Outcome;
use crate::format::format_braces;
use crate::strings::{self, count_of, int_of, text_of, values, Side};
use crate::value::Value;

pub const NAMES: [&str; 42] = [
    "capitalize",
    "casefold",
    "center",
    "count",
    "endswith",
    "find",
    "format",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isspace",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "upper",
    "zfill",
    "expandtabs",
    "encode",
];

pub fn call(text: &str, name: &str, args: Args) -> Outcome<Value> {
    let changed = |args: Args, change: &dyn Fn(&str) -> String| {
        args.none(name)?;
        Ok(Value::str(change(text)))
    };
    let is = |args: Args, every: &dyn Fn(char) -> bool| {
        args.none(name)?;
        Ok(Value::Bool(!text.is_empty() && text.chars().all(every)))
    };
    match name {
        "upper" => changed(args, &|text| text.to_uppercase()),
        "lower" | "casefold" => changed(args, &|text| text.to_lowercase()),
        "capitalize" => changed(args, &strings::capitalize),
        "title" => changed(args, &strings::title),
        "swapcase" => changed(args, &strings::swapcase),
        "strip" => stripped(text, args, Side::Both),
        "lstrip" => stripped(text, args, Side::Left),
        "rstrip" => stripped(text, args, Side::Right),
        "split" | "rsplit" => split(text, name == "rsplit", args),
        "splitlines" => {
            let [keep] = args.bind(name, ["keepends"])?;
            let keep = keep.map_or(Ok(false), |keep| keep.is_true())?;
            let lines = if keep { strings::lines_with_ends(text) } else { strings::lines(text) };
            Ok(Value::list(values(lines)))
        }
        "partition" | "rpartition" => {
            let separator = text_of(&args.one(name, "sep")?, "a separator")?;
            if separator.is_empty() {
                fail!("empty separator");
            }
            let last = name == "rpartition";
            let cut = if last { text.rsplit_once(&*separator) } else { text.split_once(&*separator) };
            Ok(Value::tuple(values(match cut {
                Some((before, after)) => [before, &separator, after],
                None if last => ["", "", text],
                None => [text, "", ""],
            })))
        }
        "join" => {
            let mut parts = Vec::new();
            for (index, item) in args.one(name, "iterable")?.items()?.iter().enumerate() {
                parts.push(text_of(item, &format!("sequence item {index}"))?);
            }
            Ok(Value::str(parts.join(text)))
        }
        "replace" => {
            let [old, new, count] = args.bind(name, ["old", "new", "count"])?;
            let (Some(old), Some(new)) = (old, new) else {
                fail!("replace needs what to replace, and by what");
            };
            let count = count.map_or(Ok(-1), |count| int_of(&count, "a count"))?;
            let (old, new) = (text_of(&old, "replace() argument 1")?, text_of(&new, "replace() argument 2")?);
            Ok(Value::str(strings::replace(text, &old, &new, usize::try_from(count).ok())))
        }
        "startswith" | "endswith" => edge(text, name == "endswith", args),
        "removeprefix" => {
            let prefix = text_of(&args.one(name, "prefix")?, "a prefix")?;
            Ok(Value::str(text.strip_prefix(&*prefix).unwrap_or(text)))
        }
        "removesuffix" => {
            let suffix = text_of(&args.one(name, "suffix")?, "a suffix")?;
            Ok(Value::str(text.strip_suffix(&*suffix).unwrap_or(text)))
        }
        "find" | "rfind" | "index" | "rindex" => find(text, name, args),
        "count" => {
            let part = text_of(&args.one(name, "sub")?, "what is counted")?;
            let count = if part.is_empty() { text.chars().count() + 1 } else { text.matches(&*part).count() };
            Ok(Value::Int(count as i128))
        }
        "center" | "ljust" | "rjust" => {
            let [width, fill] = args.bind(name, ["width", "fillchar"])?;
            let width = count_of(&width.unwrap_or(Value::None), "a width")?;
            let fill = fill.map_or(Ok(" ".into()), |fill| text_of(&fill, "the fill character"))?;
            let Some(fill) = fill.chars().next() else {
                fail!("The fill character must be exactly one character long");
            };
            let missing = width.saturating_sub(text.chars().count());
            let filled = || std::iter::repeat_n(fill, missing);
            Ok(Value::str(match name {
                "ljust" => text.chars().chain(filled()).collect(),
                "rjust" => filled().chain(text.chars()).collect(),
                _ => strings::center(text, width, fill),
            }))
        }
        "zfill" => {
            let width = count_of(&args.one(name, "width")?, "a width")?;
            let digits = text.trim_start_matches(['+', '-']);
            let sign = if text.len() - digits.len() == 1 { &text[..1] } else { "" };
            let missing = width.saturating_sub(text.chars().count());
            Ok(Value::str(format!("{sign}{}{}", "0".repeat(missing), &text[sign.len()..])))
        }
        "format" => Ok(Value::str(format_braces(text, &args)?)),
        "isalpha" => is(args, &char::is_alphabetic),
        "isalnum" => is(args, &char::is_alphanumeric),
        "isdecimal" | "isdigit" | "isnumeric" => is(args, &char::is_numeric),
        "isspace" => is(args, &char::is_whitespace),
        "isascii" => args.none(name).map(|()| Value::Bool(text.is_ascii())),
        "isidentifier" => {
            let is_start = text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
            let is_name = is_start && text.chars().all(|c| c.is_alphanumeric() || c == '_');
            args.none(name).map(|()| Value::Bool(is_name))
        }
        "islower" => args.none(name).map(|()| Value::Bool(is_lower(text))),
        "isupper" => args.none(name).map(|()| Value::Bool(is_upper(text))),
        _ => fail!("the method str.{name} is not supported"),
    }
}

pub fn is_lower(text: &str) -> bool {
    text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)
}

pub fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

fn stripped(text: &str, args: Args, side: Side) -> Outcome<Value> {
    let [chars] = args.bind("strip", ["chars"])?;
    let chars = match chars {
        None | Some(Value::None) => None,
        Some(chars) => Some(text_of(&chars, "what is stripped")?),
    };
    Ok(Value::str(strings::strip(text, chars.as_deref(), side)))
}

fn split(text: &str, from_right: bool, args: Args) -> Outcome<Value> {
    let [separator, limit] = args.bind("split", ["sep", "maxsplit"])?;
    let limit = limit.map_or(Ok(-1), |limit| int_of(&limit, "maxsplit"))?;
    let limit = usize::try_from(limit).ok();
    let separator = match separator {
        None | Some(Value::None) => {
            return Ok(Value::list(values(match limit {
                Some(limit) if from_right => strings::rsplit_words(text, limit),
                limit => strings::split_words(text, limit),
            })))
        }
        Some(separator) => text_of(&separator, "a separator")?,
    };
    if separator.is_empty() {
        fail!("empty separator");
    }
    let parts: Vec<&str> = match limit {
        None => text.split(&*separator).collect(),
        Some(limit) if from_right => {
            let mut parts: Vec<&str> = text.rsplitn(limit + 1, &*separator).collect();
            parts.reverse();
            parts
        }
        Some(limit) => text.splitn(limit + 1, &*separator).collect(),
    };
    Ok(Value::list(values(parts)))
}

fn edge(text: &str, at_end: bool, args: Args) -> Outcome<Value> {
    let wanted = args.one(if at_end { "endswith" } else { "startswith" }, "prefix")?;
    let wanted = match &wanted {
        Value::Tuple(tuple) => tuple.items.clone(),
        _ => vec![wanted],
    };
    for part in wanted {
        let part = text_of(&part, "what a text starts or ends with")?;
        if if at_end { text.ends_with(&*part) } else { text.starts_with(&*part) } {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn find(text: &str, name: &str, args: Args) -> Outcome<Value> {
    let [part, start, stop] = args.bind(name, ["sub", "start", "end"])?;
    let part = text_of(&part.unwrap_or(Value::None), "what is searched")?;
    let start = start.map_or(Ok(0), |start| int_of(&start, "a start"))?;
    let stop = stop.map_or(Ok(i64::MAX as i128), |stop| int_of(&stop, "an end"))?;
    match strings::find(text, &part, start, stop, name.starts_with('r')) {
        Some(at) => Ok(Value::Int(at as i128)),
        None if name.ends_with("find") => Ok(Value::Int(-1)),
        None => fail!("substring not found"),
    }
}
