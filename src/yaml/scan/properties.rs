//! Tokens that say something of a node or a document: `&anchor`, `*alias`, `!tag`, `%YAML`, `%TAG`.

use super::cursor::Mark;
use super::token::TokenKind;
use super::{Scanner, Step};

const DIRECTIVE: &str = "did not find expected comment or line break";

impl Scanner<'_> {
    /// `%YAML 1.1` or `%TAG handle prefix`, to the end of the line.
    pub(super) fn scan_directive(&mut self) -> Step {
        let start = self.cursor.mark;
        self.cursor.skip();
        self.cursor.need(1)?;
        let name = self.word()?;
        if name.is_empty() {
            return self.refuse(start, "could not find expected directive name");
        }
        if !self.cursor.is_blank_break_or_end(0) {
            return self.refuse(start, "found unexpected non-alphabetical character");
        }
        let kind = match name.as_str() {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return self.refuse(start, "found unknown directive name"),
        };
        let end = self.cursor.mark;
        self.push(kind, start);
        if let Some(token) = self.tokens.back_mut() {
            token.end = end;
        }
        self.end_line(start)
    }

    /// Passes what may stand behind a directive or the head of a block scalar: blanks and a comment.
    pub(super) fn end_line(&mut self, start: Mark) -> Step {
        self.cursor.skip_blanks()?;
        self.cursor.skip_comment()?;
        if !self.cursor.is_break_or_end(0) {
            return self.refuse(start, DIRECTIVE);
        }
        if self.cursor.is_break(0) {
            self.cursor.need(2)?;
            self.cursor.skip_line();
        }
        Ok(())
    }

    /// Letters, digits, `_` and `-`, as many as there are.
    fn word(&mut self) -> Step<String> {
        let mut word = String::new();
        while self.cursor.is_word() {
            self.cursor.read(&mut word);
            self.cursor.need(1)?;
        }
        Ok(word)
    }

    fn scan_version(&mut self, start: Mark) -> Step<TokenKind> {
        self.cursor.skip_blanks()?;
        let major = self.scan_version_number(start)?;
        if self.cursor.byte(0) != b'.' {
            return self.refuse(start, "did not find expected digit or '.' character");
        }
        self.cursor.skip();
        Ok(TokenKind::Version(major, self.scan_version_number(start)?))
    }

    /// At most two digits.
    fn scan_version_number(&mut self, start: Mark) -> Step<u8> {
        self.cursor.need(1)?;
        let mut digits = 0;
        let mut number = 0;
        while self.cursor.byte(0).is_ascii_digit() {
            digits += 1;
            if digits > 2 {
                return self.refuse(start, "found extremely long version number");
            }
            number = number * 10 + (self.cursor.byte(0) - b'0');
            self.cursor.skip();
            self.cursor.need(1)?;
        }
        if digits == 0 {
            return self.refuse(start, "did not find expected version number");
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Step<TokenKind> {
        self.cursor.skip_blanks()?;
        let handle = self.scan_tag_handle(true, start)?;
        self.cursor.need(1)?;
        if !self.cursor.is_blank(0) {
            return self.refuse(start, "did not find expected whitespace");
        }
        self.cursor.skip_blanks()?;
        let prefix = self.scan_tag_uri("", start)?;
        self.end_of_tag(start)?;
        Ok(TokenKind::TagDirective(handle, prefix))
    }

    fn end_of_tag(&mut self, start: Mark) -> Step {
        self.cursor.need(1)?;
        if !self.cursor.is_blank_break_or_end(0) {
            return self.refuse(start, "did not find expected whitespace or line break");
        }
        Ok(())
    }

    /// `&name` or `*name`.
    pub(super) fn fetch_anchor(&mut self, alias: bool) -> Step {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        self.cursor.skip();
        self.cursor.need(1)?;
        let name = self.word()?;
        let may_follow = matches!(self.cursor.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !(may_follow || self.cursor.is_blank_break_or_end(0)) {
            return self.refuse(start, "did not find expected alphabetic or numeric character");
        }
        self.push(if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    /// `!<uri>`, `!suffix`, `!handle!suffix` or `!`.
    pub(super) fn fetch_tag(&mut self) -> Step {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        self.cursor.need(2)?;
        let (handle, suffix) = if self.cursor.byte(1) == b'<' {
            self.cursor.skip();
            self.cursor.skip();
            let suffix = self.scan_tag_uri("", start)?;
            if self.cursor.byte(0) != b'>' {
                return self.refuse(start, "did not find the expected '>'");
            }
            self.cursor.skip();
            (String::new(), suffix)
        } else {
            let handle = self.scan_tag_handle(false, start)?;
            if handle.len() > 1 && handle.ends_with('!') {
                let suffix = self.scan_tag_uri("", start)?;
                (handle, suffix)
            } else {
                match self.scan_tag_uri(&handle, start)? {
                    // The tag `!` itself.
                    suffix if suffix.is_empty() => (suffix, handle),
                    suffix => ("!".to_owned(), suffix),
                }
            }
        };
        self.end_of_tag(start)?;
        self.push(TokenKind::Tag(handle, suffix), start);
        Ok(())
    }

    fn scan_tag_handle(&mut self, directive: bool, start: Mark) -> Step<String> {
        const BANG: &str = "did not find expected '!'";
        self.cursor.need(1)?;
        if self.cursor.byte(0) != b'!' {
            return self.refuse(start, BANG);
        }
        self.cursor.skip();
        self.cursor.need(1)?;
        let mut handle = format!("!{}", self.word()?);
        if self.cursor.byte(0) == b'!' {
            self.cursor.read(&mut handle);
        } else if directive && handle != "!" {
            return self.refuse(start, BANG);
        }
        Ok(handle)
    }

    /// Reads the rest of a tag. `head` is what was taken for a handle and was none.
    fn scan_tag_uri(&mut self, head: &str, start: Mark) -> Step<String> {
        let mut uri: Vec<u8> = head.as_bytes().get(1..).unwrap_or_default().to_vec();
        let mut found = !head.is_empty();
        self.cursor.need(1)?;
        while self.cursor.is_word() || b";/?:@&=+$,.!~*'()[]%".contains(&self.cursor.byte(0)) {
            if self.cursor.byte(0) == b'%' {
                self.scan_uri_escape(start, &mut uri)?;
            } else {
                uri.push(self.cursor.byte(0));
                self.cursor.skip();
            }
            self.cursor.need(1)?;
            found = true;
        }
        if !found {
            return self.refuse(start, "did not find expected tag URI");
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    /// The `%xx` groups of one character.
    fn scan_uri_escape(&mut self, start: Mark, uri: &mut Vec<u8>) -> Step {
        let mut left = None;
        while left != Some(0) {
            self.cursor.need(3)?;
            let digits = [1, 2].map(|i| char::from(self.cursor.byte(i)).to_digit(16));
            let (b'%', [Some(high), Some(low)]) = (self.cursor.byte(0), digits) else {
                return self.refuse(start, "did not find URI escaped octet");
            };
            let octet = (high * 16 + low) as u8;
            left = match (left, octet) {
                (None, 0..0x80) => Some(0),
                (None, 0xc0..0xe0) => Some(1),
                (None, 0xe0..0xf0) => Some(2),
                (None, 0xf0..0xf8) => Some(3),
                (None, _) => return self.refuse(start, "found an incorrect leading UTF-8 octet"),
                (Some(left), 0x80..0xc0) => Some(left - 1),
                (Some(_), _) => return self.refuse(start, "found an incorrect trailing UTF-8 octet"),
            };
            uri.push(octet);
            (0..3).for_each(|_| self.cursor.skip());
        }
        Ok(())
    }
}
