//! One field of a format: its width, sign, digits.

use crate::fail;
use crate::fault::Outcome;

const WIDTH_MAX: usize = 1_000_000; // of one field; a mistake should not take all memory

/// What stands between the sign of a field and its type, in either way of writing.
#[derive(Default, Clone)]
pub(super) struct Spec {
    pub(super) fill: Option<char>,
    pub(super) align: Option<char>,
    pub(super) sign: Option<char>,
    pub(super) alternate: bool,
    pub(super) zero: bool,
    pub(super) width: usize,
    pub(super) grouping: Option<char>,
    pub(super) precision: Option<usize>,
    pub(super) kind: Option<char>,
}

pub(super) fn bounded(number: i128) -> Outcome<usize> {
    if !(0..=WIDTH_MAX as i128).contains(&number) {
        fail!("a width of {number}, at most {WIDTH_MAX} are allowed");
    }
    Ok(number as usize)
}

pub(super) fn cut(text: String, precision: Option<usize>) -> String {
    match precision {
        Some(length) => text.chars().take(length).collect(),
        None => text,
    }
}

pub(super) fn with_sign(negative: bool, digits: String, spec: &Spec) -> String {
    match (negative, spec.sign) {
        (true, _) => format!("-{digits}"),
        (false, Some(sign @ ('+' | ' '))) => format!("{sign}{digits}"),
        _ => digits,
    }
}

pub(super) fn radix_digits(number: i128, kind: char, prefix: bool) -> String {
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
pub(super) fn float_digits(number: f64, kind: char, precision: usize, alternate: bool) -> String {
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

pub(super) fn exponent_digits(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

pub(super) fn general_digits(number: f64, precision: usize, alternate: bool) -> String {
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

pub(super) fn pad(body: &str, spec: &Spec, out: &mut String) {
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

/// Sets a mark between the digits before the point.
pub(super) fn group(digits: &str, mark: char, every: usize) -> String {
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
