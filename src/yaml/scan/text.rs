//! Scalars without quotes: plain ones, and the blocks behind `|` and `>`.

use super::cursor::Mark;
use super::quoted::Gap;
use super::token::TokenKind;
use super::{Scanner, Step};

/// What a block scalar does with the line breaks at its end.
#[derive(Clone, Copy, PartialEq)]
enum Chomp {
    /// `-`: drop all.
    Strip,
    /// Keep one.
    Clip,
    /// `+`: keep all.
    Keep,
}

impl Scanner<'_> {
    pub(super) fn fetch_plain(&mut self) -> Step {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let indent = self.indent + 1;
        let start = self.cursor.mark;
        let mut end = start;
        let mut text = String::new();
        let mut gap = Gap::default();
        loop {
            self.cursor.need(4)?;
            if self.cursor.at_document_indicator(b'-') || self.cursor.at_document_indicator(b'.') {
                break;
            }
            if self.cursor.byte(0) == b'#' {
                break;
            }
            while !self.cursor.is_blank_break_or_end(0) && !self.ends_plain() {
                if gap.breaks || !gap.blanks.is_empty() {
                    gap.fold(&mut text);
                }
                self.cursor.read(&mut text);
                end = self.cursor.mark;
                self.cursor.need(2)?;
            }
            if !(self.cursor.is_blank(0) || self.cursor.is_break(0)) {
                break;
            }
            self.cursor.need(1)?;
            while self.cursor.is_blank(0) || self.cursor.is_break(0) {
                let outside = (self.cursor.mark.column as isize) < indent;
                if gap.breaks && outside && self.cursor.byte(0) == b'\t' {
                    return self.refuse(start, "found a tab character that violates indentation");
                }
                self.pass_white_space(&mut gap)?;
            }
            if self.flow_level == 0 && (self.cursor.mark.column as isize) < indent {
                break;
            }
        }
        self.push(TokenKind::Scalar { text, plain: true }, start);
        if let Some(token) = self.tokens.back_mut() {
            token.end = end;
        }
        if gap.breaks {
            self.simple_key_allowed = true;
        }
        Ok(())
    }

    fn ends_plain(&self) -> bool {
        match self.cursor.byte(0) {
            b':' => self.cursor.is_blank_break_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow_level > 0,
            _ => false,
        }
    }

    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Step {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.cursor.mark;
        self.cursor.skip();
        self.cursor.need(1)?;
        let (chomp, increment) = self.block_scalar_head(start)?;
        self.end_line(start)?;
        let mut end = self.cursor.mark;
        let mut indent = match increment {
            0 => 0,
            increment => self.indent.max(0) as usize + increment,
        };
        let mut text = String::new();
        let mut leading_break = String::new();
        let mut breaks = String::new();
        self.block_scalar_breaks(&mut indent, &mut breaks, start, &mut end)?;
        self.cursor.need(1)?;
        let mut after_blank = false;
        while self.cursor.mark.column == indent && !self.cursor.is_end() {
            let blank = self.cursor.is_blank(0);
            if !literal && leading_break.starts_with('\n') && !after_blank && !blank {
                if breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(&leading_break);
            }
            leading_break.clear();
            text.push_str(&breaks);
            breaks.clear();
            after_blank = blank;
            while !self.cursor.is_break_or_end(0) {
                self.cursor.read(&mut text);
                self.cursor.need(1)?;
            }
            self.cursor.need(2)?;
            self.cursor.read_line(&mut leading_break);
            self.block_scalar_breaks(&mut indent, &mut breaks, start, &mut end)?;
        }
        if chomp != Chomp::Strip {
            text.push_str(&leading_break);
        }
        if chomp == Chomp::Keep {
            text.push_str(&breaks);
        }
        self.push(TokenKind::Scalar { text, plain: false }, start);
        if let Some(token) = self.tokens.back_mut() {
            token.end = end;
        }
        Ok(())
    }

    /// The chomping and the indentation behind `|` or `>`, in either order.
    fn block_scalar_head(&mut self, start: Mark) -> Step<(Chomp, usize)> {
        let chomp = self.chomp();
        if chomp.is_some() {
            self.cursor.need(1)?;
        }
        let mut increment = 0;
        if self.cursor.byte(0).is_ascii_digit() {
            if self.cursor.byte(0) == b'0' {
                return self.refuse(start, "found an indentation indicator equal to 0");
            }
            increment = usize::from(self.cursor.byte(0) - b'0');
            self.cursor.skip();
        }
        if chomp.is_none() && increment > 0 {
            self.cursor.need(1)?;
            return Ok((self.chomp().unwrap_or(Chomp::Clip), increment));
        }
        Ok((chomp.unwrap_or(Chomp::Clip), increment))
    }

    fn chomp(&mut self) -> Option<Chomp> {
        let chomp = match self.cursor.byte(0) {
            b'+' => Chomp::Keep,
            b'-' => Chomp::Strip,
            _ => return None,
        };
        self.cursor.skip();
        Some(chomp)
    }

    /// Passes indentation and empty lines; finds the indentation when it is not known yet (0).
    fn block_scalar_breaks(&mut self, indent: &mut usize, breaks: &mut String, start: Mark, end: &mut Mark) -> Step {
        *end = self.cursor.mark;
        let mut widest = 0;
        loop {
            self.cursor.need(1)?;
            while (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.byte(0) == b' ' {
                self.cursor.skip();
                self.cursor.need(1)?;
            }
            widest = widest.max(self.cursor.mark.column);
            if (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.byte(0) == b'\t' {
                return self.refuse(start, "found a tab character where an indentation space is expected");
            }
            if !self.cursor.is_break(0) {
                break;
            }
            self.cursor.need(2)?;
            self.cursor.read_line(breaks);
            *end = self.cursor.mark;
        }
        if *indent == 0 {
            *indent = widest.max((self.indent + 1).max(1) as usize);
        }
        Ok(())
    }
}
