//! Scalars in `'single'` and `"double"` quotes.

use super::cursor::Mark;
use super::token::TokenKind;
use super::{Scanner, Step};

/// White space between two words of a scalar that may span lines: one line break folds into a space.
#[derive(Default)]
pub(super) struct Gap {
    /// Blanks on the line, when no line break came.
    pub blanks: String,
    /// The first line break.
    pub first_break: String,
    /// The other line breaks.
    pub other_breaks: String,
    pub breaks: bool,
}

impl Gap {
    /// Adds what the gap means to the text, and empties it.
    pub fn fold(&mut self, text: &mut String) {
        if !self.breaks {
            text.push_str(&self.blanks);
        } else if !self.first_break.starts_with('\n') {
            text.push_str(&self.first_break);
            text.push_str(&self.other_breaks);
        } else if self.other_breaks.is_empty() {
            text.push(' ');
        } else {
            text.push_str(&self.other_breaks);
        }
        *self = Gap::default();
    }
}

impl Scanner<'_> {
    pub(super) fn fetch_quoted(&mut self, single: bool) -> Step {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let quote = if single { b'\'' } else { b'"' };
        let start = self.cursor.mark;
        self.cursor.skip();
        let mut text = String::new();
        loop {
            self.cursor.need(4)?;
            if self.cursor.at_document_indicator(b'-') || self.cursor.at_document_indicator(b'.') {
                return self.refuse(start, "found unexpected document indicator");
            }
            if self.cursor.is_end() {
                return self.refuse(start, "found unexpected end of stream");
            }
            let mut gap = Gap { breaks: self.quoted_word(single, start, &mut text)?, ..Gap::default() };
            self.cursor.need(1)?;
            if self.cursor.byte(0) == quote {
                break;
            }
            while self.cursor.is_blank(0) || self.cursor.is_break(0) {
                self.pass_white_space(&mut gap)?;
            }
            gap.fold_quoted(&mut text);
        }
        self.cursor.skip();
        self.push(TokenKind::Scalar { text, plain: false }, start);
        Ok(())
    }

    /// One blank or line break of a gap.
    pub(super) fn pass_white_space(&mut self, gap: &mut Gap) -> Step {
        if self.cursor.is_blank(0) {
            if gap.breaks {
                self.cursor.skip();
            } else {
                self.cursor.read(&mut gap.blanks);
            }
        } else {
            self.cursor.need(2)?;
            if gap.breaks {
                self.cursor.read_line(&mut gap.other_breaks);
            } else {
                gap.blanks.clear();
                self.cursor.read_line(&mut gap.first_break);
                gap.breaks = true;
            }
        }
        self.cursor.need(1)
    }

    /// Characters up to white space or the closing quote. Says whether an escaped line break ended them.
    fn quoted_word(&mut self, single: bool, start: Mark, text: &mut String) -> Step<bool> {
        while !self.cursor.is_blank_break_or_end(0) {
            match self.cursor.byte(0) {
                b'\'' if single && self.cursor.byte(1) == b'\'' => {
                    text.push('\'');
                    self.cursor.skip();
                    self.cursor.skip();
                }
                b'\'' if single => break,
                b'"' if !single => break,
                b'\\' if !single && self.cursor.is_break(1) => {
                    self.cursor.need(3)?;
                    self.cursor.skip();
                    self.cursor.skip_line();
                    return Ok(true);
                }
                b'\\' if !single => self.escape(start, text)?,
                _ => self.cursor.read(text),
            }
            self.cursor.need(2)?;
        }
        Ok(false)
    }

    fn escape(&mut self, start: Mark, text: &mut String) -> Step {
        let digits = match self.cursor.byte(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        if digits == 0 {
            text.push(match self.cursor.byte(1) {
                b'0' => '\0',
                b'a' => '\x07',
                b'b' => '\x08',
                b't' | b'\t' => '\t',
                b'n' => '\n',
                b'v' => '\x0b',
                b'f' => '\x0c',
                b'r' => '\r',
                b'e' => '\x1b',
                same @ (b' ' | b'"' | b'\'' | b'\\') => char::from(same),
                b'N' => '\u{85}',
                b'_' => '\u{a0}',
                b'L' => '\u{2028}',
                b'P' => '\u{2029}',
                _ => return self.refuse(start, "found unknown escape character"),
            });
        }
        self.cursor.skip();
        self.cursor.skip();
        if digits == 0 {
            return Ok(());
        }
        self.cursor.need(digits)?;
        let mut code: u32 = 0;
        for i in 0..digits {
            let Some(digit) = char::from(self.cursor.byte(i)).to_digit(16) else {
                return self.refuse(start, "did not find expected hexdecimal number");
            };
            code = code << 4 | digit;
        }
        let Some(c) = char::from_u32(code) else {
            return self.refuse(start, "found invalid Unicode character escape code");
        };
        text.push(c);
        (0..digits).for_each(|_| self.cursor.skip());
        Ok(())
    }
}

impl Gap {
    /// As [`Gap::fold`]; an escaped line break alone leaves no space.
    fn fold_quoted(&mut self, text: &mut String) {
        if self.breaks && self.first_break.is_empty() {
            text.push_str(&self.other_breaks);
            *self = Gap::default();
        } else {
            self.fold(text);
        }
    }
}
