//! What Jinja2 takes and minijinja's parser does not, written so that both understand it. Every line stays
//! where it is.

use minijinja::machinery::{tokenize, Span, Token};
use minijinja::syntax::SyntaxConfig;
use std::borrow::Cow;

/// Stands around what `{% do %}` evaluates, since minijinja wants a call there.
pub const DO: &str = "__do";

/// - `{% if x: %}`, with a colon as in Python
/// - `{{ 1, 2 }}`, `{% for x in 1, 2 %}` and `x[1, 2]`, tuples without parentheses
/// - `+x`, as twice minus
/// - `{% do x %}` with any expression
pub fn plain(source: &str) -> Cow<'_, str> {
    let mut tokens = Vec::new();
    for token in tokenize(source, false, SyntaxConfig::default()) {
        match token {
            Ok(token) => tokens.push(token),
            Err(_) => return source.into(), // the parser will say what is wrong, and where
        }
    }
    let mut edits = Vec::new();
    let mut start = 0;
    for (index, (token, _)) in tokens.iter().enumerate() {
        match token {
            Token::VariableStart | Token::BlockStart => start = index + 1,
            Token::VariableEnd => rewrite_expression(&tokens[start..index], &mut edits),
            Token::BlockEnd => rewrite_block(&tokens[start..index], &mut edits),
            _ => {}
        }
    }
    apply(source, edits)
}

/// So many bytes at a place become a text.
type Edit = (u32, u32, &'static str);
type Spanned<'t> = (Token<'t>, Span);

fn apply(source: &str, mut edits: Vec<Edit>) -> Cow<'_, str> {
    if edits.is_empty() {
        return source.into();
    }
    edits.sort_by_key(|(at, ..)| *at); // stable: what was asked for first stands first
    let mut out = String::with_capacity(source.len() + 16);
    let mut done = 0;
    for (at, removed, text) in edits {
        out.push_str(&source[done..at as usize]);
        out.push_str(text);
        done = (at + removed) as usize;
    }
    out.push_str(&source[done..]);
    out.into()
}

fn rewrite_expression(tokens: &[Spanned], edits: &mut Vec<Edit>) {
    if has_comma(tokens) {
        wrap(tokens, "(", ")", edits);
    }
    rewrite_operands(tokens, edits);
}

fn rewrite_block(all: &[Spanned], edits: &mut Vec<Edit>) {
    let Some(((Token::Ident(statement), _), mut tokens)) = all.split_first() else {
        return;
    };
    let mut colon = None;
    if let Some(((Token::Colon, span), before)) = tokens.split_last() {
        colon = Some((span.start_offset, 1, ""));
        tokens = before;
    }
    match *statement {
        "do" if has_comma(tokens) => wrap(tokens, "__do((", "))", edits),
        "do" => wrap(tokens, "__do(", ")", edits),
        "for" => {
            let is_in = |(token, _): &Spanned| matches!(token, Token::Ident("in"));
            let is_end = |(token, _): &Spanned| matches!(token, Token::Ident("if" | "recursive"));
            let from = tokens.iter().position(is_in).map_or(tokens.len(), |at| at + 1);
            let to = position_outside(&tokens[from..], is_end).map_or(tokens.len(), |at| from + at);
            if has_comma(&tokens[from..to]) {
                wrap(&tokens[from..to], "(", ")", edits);
            }
        }
        _ => {}
    }
    rewrite_operands(tokens, edits);
    edits.extend(colon); // behind what is inserted before it
}

fn wrap(tokens: &[Spanned], open: &'static str, close: &'static str, edits: &mut Vec<Edit>) {
    if let (Some((_, first)), Some((_, last))) = (tokens.first(), tokens.last()) {
        edits.push((first.start_offset, 0, open));
        edits.push((last.end_offset, 0, close));
    }
}

fn is_open(token: &Token) -> bool {
    matches!(token, Token::ParenOpen | Token::BracketOpen | Token::BraceOpen)
}

fn is_close(token: &Token) -> bool {
    matches!(token, Token::ParenClose | Token::BracketClose | Token::BraceClose)
}

/// The first token that is wanted and stands in no bracket.
fn position_outside(tokens: &[Spanned], wanted: impl Fn(&Spanned) -> bool) -> Option<usize> {
    let mut depth = 0;
    for (index, spanned) in tokens.iter().enumerate() {
        if is_close(&spanned.0) {
            depth -= 1;
        } else if depth == 0 && wanted(spanned) {
            return Some(index);
        }
        if is_open(&spanned.0) {
            depth += 1;
        }
    }
    None
}

fn has_comma(tokens: &[Spanned]) -> bool {
    position_outside(tokens, |(token, _)| matches!(token, Token::Comma)).is_some()
}

/// Whether an operand ends with this token, so that a plus behind it adds and a bracket subscripts.
fn ends_operand(token: &Token) -> bool {
    match token {
        Token::Ident(name) => !matches!(*name, "and" | "or" | "not" | "in" | "is" | "if" | "else"),
        Token::Str(_) | Token::String(_) | Token::Int(_) | Token::Int128(_) | Token::Float(_) => true,
        other => is_close(other),
    }
}

fn rewrite_operands(tokens: &[Spanned], edits: &mut Vec<Edit>) {
    for (index, (token, span)) in tokens.iter().enumerate() {
        let follows_operand = index > 0 && ends_operand(&tokens[index - 1].0);
        match token {
            Token::Plus if !follows_operand => edits.push((span.start_offset, 1, "- -")),
            Token::BracketOpen if follows_operand => {
                let inside = &tokens[index + 1..];
                let end = position_outside_end(inside);
                if has_comma(&inside[..end]) {
                    wrap(&inside[..end], "(", ")", edits);
                }
            }
            _ => {}
        }
    }
}

/// Where the bracket that was open before these tokens closes.
fn position_outside_end(tokens: &[Spanned]) -> usize {
    let mut depth = 0;
    for (index, (token, _)) in tokens.iter().enumerate() {
        if is_close(token) {
            if depth == 0 {
                return index;
            }
            depth -= 1;
        } else if is_open(token) {
            depth += 1;
        }
    }
    tokens.len()
}
