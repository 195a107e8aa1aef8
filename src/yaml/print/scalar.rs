//! How text is written: plain, in quotes, or as a block.

use super::{Emitter, WIDTH};
use crate::yaml::resolve::is_plain_text;

/// A way to write text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// `|`
    Literal,
}

/// What characters a text has, as far as its style depends on it.
///
/// Models `yaml_emitter_analyze_scalar`.
pub(super) struct Analysis {
    pub multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What go-yaml writes as it is; beyond the basic plane it escapes.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

impl Analysis {
    pub fn of(text: &str) -> Analysis {
        let indicators = text.starts_with("---") || text.starts_with("...") || has_block_indicators(text);
        let special = text.chars().any(|c| !is_printable(c));
        let multiline = text.chars().any(is_break);
        let edge = |c: char| c == ' ' || is_break(c);
        let edges = text.starts_with(edge) || text.ends_with(edge);
        let pairs = || text.chars().zip(text.chars().skip(1));
        let space_before_break = pairs().any(|(a, b)| a == ' ' && is_break(b));
        let space_after_break = pairs().any(|(a, b)| is_break(a) && b == ' ');
        let single = !(space_after_break || space_before_break || special);
        Analysis {
            multiline,
            plain: single && !edges && !multiline && !indicators,
            single,
            block: !(text.is_empty() || text.ends_with(' ') || space_before_break || special),
        }
    }

    /// Models `encoder.stringv` and `yaml_emitter_select_scalar_style`.
    pub fn style(&self, text: &str, key: bool) -> Style {
        if text.contains('\n') {
            return if self.block && !key { Style::Literal } else { Style::Double };
        }
        if (key && self.multiline) || !is_plain_text(text) || is_base_60(text) {
            return Style::Double;
        }
        match (self.plain, self.single) {
            (true, _) => Style::Plain,
            (false, true) => Style::Single,
            (false, false) => Style::Double,
        }
    }
}

/// Characters that mean something to YAML where they stand.
fn has_block_indicators(text: &str) -> bool {
    let mut previous_blank = true;
    let mut rest = text.chars();
    let mut first = true;
    while let Some(c) = rest.next() {
        let blank_follows = rest.as_str().chars().next().is_none_or(|next| next == ' ' || next == '\t');
        let indicator = match c {
            '#' => previous_blank,
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
            '?' | '-' => first && blank_follows,
            ':' => blank_follows,
            _ => false,
        };
        if indicator {
            return true;
        }
        previous_blank = c == ' ' || c == '\t' || c == '\0' || is_break(c);
        first = false;
    }
    false
}

/// A number of base 60, as `12:30:45`: YAML 1.1 has them, and though go-yaml does not read them, it quotes them.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (number, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut groups = number.split(':');
    let digit_or_line = |b: u8| b.is_ascii_digit() || b == b'_';
    let first = groups.next().unwrap_or_default();
    let minutes = |group: &str| matches!(group.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    number.contains(':')
        && first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(digit_or_line)
        && groups.all(minutes)
        && fraction.bytes().all(digit_or_line)
}

impl Emitter {
    /// Starts a text: a space parts it from what stands before.
    fn open(&mut self, quote: &str) {
        self.indicator(quote, true, false);
    }

    fn close(&mut self, quote: &str) {
        self.indicator(quote, false, false);
    }

    pub(super) fn write_plain(&mut self, text: &str, fold: bool) {
        if !self.white_space {
            self.put(' ');
        }
        self.write_folded(text, fold, false);
        self.white_space = false;
        self.indention = false;
    }

    pub(super) fn write_single(&mut self, text: &str, fold: bool) {
        self.open("'");
        self.write_folded(text, fold, true);
        self.close("'");
    }

    /// Writes a text that may be folded at single spaces, and whose line breaks are doubled so that they stay.
    fn write_folded(&mut self, text: &str, fold: bool, quoted: bool) {
        let mut spaces = false;
        let mut breaks = false;
        for (at, c) in text.char_indices() {
            let next_is_space = text.get(at + c.len_utf8()..).is_some_and(|rest| rest.starts_with(' '));
            if c == ' ' {
                let inside = !quoted || (at > 0 && at + 1 < text.len());
                if fold && !spaces && self.column > WIDTH && inside && !next_is_space {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.put_break();
                }
                self.write_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if quoted && c == '\'' {
                    self.put(c);
                }
                self.put(c);
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
    }

    pub(super) fn write_double(&mut self, text: &str, fold: bool) {
        self.open("\"");
        // A byte order mark at the start makes go-yaml escape every character.
        let escape_all = text.starts_with('\u{feff}');
        let mut spaces = false;
        for (at, c) in text.char_indices() {
            let last = at + c.len_utf8() >= text.len();
            if escape_all || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                escape(c).chars().for_each(|c| self.put(c));
                spaces = false;
            } else if c == ' ' {
                if fold && !spaces && self.column > WIDTH && at > 0 && !last {
                    self.write_indent();
                    if text.get(at + 1..).is_some_and(|rest| rest.starts_with(' ')) {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
        self.close("\"");
    }

    pub(super) fn write_literal(&mut self, text: &str) {
        self.open("|");
        if text.starts_with([' ', '\n']) || text.starts_with(is_break) {
            self.indicator("2", false, false);
        }
        let mut from_end = text.chars().rev();
        match (from_end.next().is_some_and(is_break), from_end.next()) {
            (false, _) => self.indicator("-", false, false),
            (true, None) => self.indicator("+", false, false),
            (true, Some(c)) if is_break(c) => self.indicator("+", false, false),
            (true, Some(_)) => {}
        }
        self.put_break();
        self.indention = true;
        self.white_space = true;
        let mut breaks = true;
        for c in text.chars() {
            if is_break(c) {
                self.write_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(c);
                self.indention = false;
                breaks = false;
            }
        }
    }
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => "0",
        '\x07' => "a",
        '\x08' => "b",
        '\t' => "t",
        '\n' => "n",
        '\x0b' => "v",
        '\x0c' => "f",
        '\r' => "r",
        '\x1b' => "e",
        '"' => "\"",
        '\\' => "\\",
        '\u{85}' => "N",
        '\u{a0}' => "_",
        '\u{2028}' => "L",
        '\u{2029}' => "P",
        _ => "",
    };
    match u32::from(c) {
        _ if !short.is_empty() => format!("\\{short}"),
        code @ ..0x100 => format!("\\x{code:02X}"),
        code @ ..0x10000 => format!("\\u{code:04X}"),
        code => format!("\\U{code:08X}"),
    }
}
