//! The text of one document, read character by character.

use super::Step;
use crate::yaml::chunks::Chunk;
use crate::yaml::error::{Fault, Stage};
use crate::yaml::pos::Pos;

/// A place in the document that is being scanned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::yaml) struct Mark {
    /// Bytes from the start of the document.
    pub offset: usize,
    /// Code points from the start of the document.
    pub index: usize,
    /// Line inside the document, from 0.
    pub line: usize,
    /// Column in code points, from 0.
    pub column: usize,
}

/// Reads a document forward. Behind its end stand NULs, which YAML forbids inside, so that looking ahead is always possible.
pub(in crate::yaml) struct Cursor<'t> {
    chunk: Chunk<'t>,
    /// The next character.
    pub mark: Mark,
    /// The first forbidden character, and the start of the read that would bring it in.
    forbidden: Option<(usize, usize)>,
}

/// How many bytes go-yaml reads at once; a forbidden character is told when its read is due.
const READ: usize = 512;

impl<'t> Cursor<'t> {
    pub fn new(chunk: Chunk<'t>) -> Cursor<'t> {
        // A byte order mark tells the encoding and is no character; anywhere else it is one.
        let offset = if chunk.text.starts_with('\u{feff}') { 3 } else { 0 };
        Cursor { chunk, mark: Mark { offset, ..Mark::default() }, forbidden: forbidden(chunk.text) }
    }

    /// The byte that stands `ahead` bytes further. kubectl ends the last line when the text does not.
    pub fn byte(&self, ahead: usize) -> u8 {
        let at = self.mark.offset + ahead;
        match self.chunk.text.as_bytes().get(at) {
            Some(byte) => *byte,
            None if at == self.chunk.text.len() && !self.chunk.text.ends_with('\n') => b'\n',
            None => 0,
        }
    }

    /// Models `yaml_parser_update_buffer`: the scanner wants to see this many characters.
    pub fn need(&self, characters: usize) -> Step {
        let Some((due, at)) = self.forbidden else { return Ok(()) };
        let readable = self.chunk.text.get(self.mark.offset..due).unwrap_or_default();
        if readable.chars().take(characters).count() == characters {
            return Ok(());
        }
        let mut ahead = Cursor { chunk: self.chunk, mark: self.mark, forbidden: None };
        while ahead.mark.offset < at {
            ahead.step();
        }
        Err(Box::new(Fault {
            stage: Stage::Reader,
            problem: "control characters are not allowed".to_owned(),
            at: ahead.pos(ahead.mark),
            line: 0,
            context_line: 0,
        }))
    }

    /// The place in the whole text.
    pub fn pos(&self, mark: Mark) -> Pos {
        let first = if mark.line == 0 { self.chunk.start.column - 1 } else { 0 };
        Pos {
            // The line end that kubectl adds is not in the text.
            offset: self.chunk.start.offset + mark.offset.min(self.chunk.text.len()),
            line: self.chunk.start.line + mark.line,
            column: first + mark.column + 1,
        }
    }

    fn width(&self) -> usize {
        match self.byte(0) {
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            _ => 4,
        }
    }

    /// Passes one character, whatever it is.
    fn step(&mut self) {
        if self.is_break(0) { self.skip_line() } else { self.skip() }
    }

    /// Passes a character that is no line break.
    pub fn skip(&mut self) {
        self.mark.offset += self.width();
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Passes a line break.
    pub fn skip_line(&mut self) {
        if self.byte(0) == b'\r' && self.byte(1) == b'\n' {
            self.mark.offset += 2;
            self.mark.index += 2;
        } else if self.is_break(0) {
            self.mark.offset += self.width();
            self.mark.index += 1;
        } else {
            return;
        }
        self.mark.column = 0;
        self.mark.line += 1;
    }

    /// Copies a character that is no line break.
    pub fn read(&mut self, out: &mut String) {
        let start = self.mark.offset;
        self.skip();
        out.push_str(self.chunk.text.get(start..self.mark.offset).unwrap_or_default());
    }

    /// Copies a line break; all but U+2028 and U+2029 become `\n`.
    pub fn read_line(&mut self, out: &mut String) {
        if !self.is_break(0) {
            return;
        }
        let start = self.mark.offset;
        match self.byte(0) {
            0xe2 => out.push_str(self.chunk.text.get(start..start + 3).unwrap_or_default()),
            _ => out.push('\n'),
        }
        self.skip_line();
    }

    pub fn is_break(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b'\r' | b'\n' => true,
            0xc2 => self.byte(ahead + 1) == 0x85,
            0xe2 => self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xa8 | 0xa9),
            _ => false,
        }
    }

    pub fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    pub fn is_end(&self) -> bool {
        self.byte(0) == 0
    }

    pub fn is_break_or_end(&self, ahead: usize) -> bool {
        self.byte(ahead) == 0 || self.is_break(ahead)
    }

    pub fn is_blank_break_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }

    /// A letter, a digit, `_` or `-`.
    pub fn is_word(&self) -> bool {
        let byte = self.byte(0);
        byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
    }

    /// Are the next three characters `---` or `...`, alone at the start of a line?
    pub fn at_document_indicator(&self, indicator: u8) -> bool {
        self.mark.column == 0 && (0..3).all(|i| self.byte(i) == indicator) && self.is_blank_break_or_end(3)
    }

    /// Passes spaces and tabs.
    pub fn skip_blanks(&mut self) -> Step {
        self.need(1)?;
        while self.is_blank(0) {
            self.skip();
            self.need(1)?;
        }
        Ok(())
    }

    /// Passes a comment up to the end of its line, if there is one.
    pub fn skip_comment(&mut self) -> Step {
        if self.byte(0) == b'#' {
            while !self.is_break_or_end(0) {
                self.skip();
                self.need(1)?;
            }
        }
        Ok(())
    }
}

/// Models `yaml_parser_update_buffer`: what YAML does not allow, and in which read it comes.
fn forbidden(text: &str) -> Option<(usize, usize)> {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    let at = text.char_indices().find(|(_, c)| !allowed(*c))?.0;
    let mut due = 0;
    loop {
        let mut next = due + READ;
        while !text.is_char_boundary(next.min(text.len())) {
            next -= 1;
        }
        if at < next {
            return Some((due, at));
        }
        due = next;
    }
}
