//! From text to tokens.

use super::parse::{Parsed, SyntaxError};
use super::value::Val;
use std::rc::Rc;

/// Longer texts are refused.
const LONGEST: usize = 20_000;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Sign(&'static str),
    Word(String),
    Value(Val),
    End,
}

/// Longer signs first.
const SIGNS: [&str; 29] = [
    "&&", "||", "==", "!=", "<=", ">=", ".?", "[?", "{?", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ",", ".",
    "(", ")", "[", "]", "{", "}", "=", "|",
];

/// The tokens of a text, each with the character at which it begins.
pub(super) fn tokens(text: &str) -> Parsed<Vec<(usize, Token)>> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LONGEST {
        return Err(SyntaxError { at: 0, text: "expression code point size exceeds limit".to_owned() });
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let start = at;
        let rest = chars.get(at..).unwrap_or_default();
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        if rest.starts_with(&['/', '/']) {
            at += rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
            continue;
        }
        let token = match quoted(rest) {
            Some(read) => {
                let (value, length) = read.map_err(|text| SyntaxError { at: start, text })?;
                at += length;
                Token::Value(value)
            }
            None if c.is_ascii_digit() || (c == '.' && rest.get(1).is_some_and(char::is_ascii_digit)) => {
                let (value, length) =
                    number(rest).ok_or_else(|| SyntaxError { at: start, text: "invalid number".into() })?;
                at += length;
                Token::Value(value)
            }
            None if c.is_ascii_alphabetic() || c == '_' => {
                let word: String = rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
                at += word.len();
                Token::Word(word)
            }
            None => {
                let sign = SIGNS.iter().find(|sign| rest.iter().copied().take(sign.len()).eq(sign.chars()));
                let Some(sign) = sign else {
                    return Err(SyntaxError { at, text: format!("Syntax error: token recognition error at: '{c}'") });
                };
                at += sign.len();
                Token::Sign(sign)
            }
        };
        found.push((start, token));
    }
    found.push((chars.len(), Token::End));
    Ok(found)
}

fn number(chars: &[char]) -> Option<(Val, usize)> {
    let hex = matches!(chars, ['0', 'x' | 'X', ..]);
    let digits = |from: usize| {
        let rest = chars.get(from..).unwrap_or_default();
        rest.iter().take_while(|c| if hex { c.is_ascii_hexdigit() } else { c.is_ascii_digit() }).count()
    };
    let mut end = if hex { 2 + digits(2) } else { digits(0) };
    let mut real = false;
    if !hex && chars.get(end) == Some(&'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
        real = true;
    }
    if !hex && matches!(chars.get(end), Some('e' | 'E')) {
        let sign = usize::from(matches!(chars.get(end + 1), Some('+' | '-')));
        if digits(end + 1 + sign) > 0 {
            end += 1 + sign + digits(end + 1 + sign);
            real = true;
        }
    }
    let text: String = chars.get(..end)?.iter().collect();
    if real {
        return Some((Val::Double(text.parse().ok()?), end));
    }
    let value = if hex { u64::from_str_radix(text.get(2..)?, 16).ok()? } else { text.parse::<u64>().ok()? };
    if matches!(chars.get(end), Some('u' | 'U')) {
        return Some((Val::Uint(value), end + 1));
    }
    match i64::try_from(value) {
        Ok(value) => Some((Val::Int(value), end)),
        // The smallest number has a minus before it.
        Err(_) if value == i64::MAX as u64 + 1 => Some((Val::Uint(value), end)),
        Err(_) => None,
    }
}

/// A text or bytes in quotes, and how many characters it takes; `None` if none begins here.
fn quoted(chars: &[char]) -> Option<Result<(Val, usize), String>> {
    let prefix = chars.iter().take_while(|c| "rRbB".contains(**c)).count();
    let quote = *chars.get(prefix).filter(|c| prefix <= 2 && matches!(c, '"' | '\''))?;
    let flag = |wanted: char| chars.iter().take(prefix).any(|c| c.eq_ignore_ascii_case(&wanted));
    let (raw, bytes) = (flag('r'), flag('b'));
    let triple = chars.get(prefix..prefix + 3).is_some_and(|c| c.iter().all(|c| *c == quote));
    let width = if triple { 3 } else { 1 };
    let mut at = prefix + width;
    let mut out = String::new();
    loop {
        let rest = chars.get(at..).unwrap_or_default();
        if rest.len() >= width && rest.iter().take(width).all(|c| *c == quote) {
            at += width;
            break;
        }
        match rest {
            [] => return Some(Err("Syntax error: unterminated text".to_owned())),
            ['\\', ..] if !raw => match escape(rest) {
                Some((c, length)) => {
                    out.push(c);
                    at += length;
                }
                None => return Some(Err("Syntax error: invalid escape".to_owned())),
            },
            [c, ..] => {
                out.push(*c);
                at += 1;
            }
        }
    }
    let value = if bytes { Val::Bytes(Rc::new(out.into_bytes())) } else { Val::text(&out) };
    Some(Ok((value, at)))
}

fn escape(chars: &[char]) -> Option<(char, usize)> {
    let code = |from: usize, length: usize, radix: u32| {
        let text: String = chars.get(from..from + length)?.iter().collect();
        Some((char::from_u32(u32::from_str_radix(&text, radix).ok()?)?, from + length))
    };
    Some(match chars.get(1)? {
        'n' => ('\n', 2),
        't' => ('\t', 2),
        'r' => ('\r', 2),
        'a' => ('\x07', 2),
        'b' => ('\x08', 2),
        'f' => ('\x0c', 2),
        'v' => ('\x0b', 2),
        c @ ('\\' | '"' | '\'' | '?' | '`') => (*c, 2),
        'x' | 'X' => return code(2, 2, 16),
        'u' => return code(2, 4, 16),
        'U' => return code(2, 8, 16),
        '0'..='3' => return code(1, 3, 8),
        _ => return None,
    })
}
