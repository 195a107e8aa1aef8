//! Tokens that are marks of structure: indentation, brackets, `-`, `?`, `:`, `---`.

use super::cursor::Mark;
use super::simple_keys::SimpleKey;
use super::token::{Token, TokenKind};
use super::{MAX_DEPTH, Scanner, Step};

impl Scanner<'_> {
    fn too_deep<T>(&self) -> Step<T> {
        let context = self.simple_keys.last().map_or(self.cursor.mark, |key| key.mark);
        self.refuse(context, &format!("exceeded max depth of {MAX_DEPTH}"))
    }

    /// Opens a block collection when the column is further in. `before` is the number of the token it must precede.
    fn roll_indent(&mut self, mark: Mark, before: Option<usize>, kind: TokenKind) -> Step {
        let column = mark.column as isize;
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return self.too_deep();
        }
        self.insert(before, Token { kind, start: mark, end: mark });
        Ok(())
    }

    fn insert(&mut self, before: Option<usize>, token: Token) {
        let at = before.map_or(self.tokens.len(), |number| number.saturating_sub(self.taken));
        self.tokens.insert(at.min(self.tokens.len()), token);
    }

    /// Closes the block collections that are further in than the column.
    pub(super) fn unroll_indent(&mut self, column: isize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn leave_all(&mut self) -> Step {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        Ok(())
    }

    /// Takes `length` characters as a token.
    fn indicator(&mut self, kind: TokenKind, length: usize) {
        let start = self.cursor.mark;
        (0..length).for_each(|_| self.cursor.skip());
        self.push(kind, start);
    }

    pub(super) fn fetch_stream_end(&mut self) -> Step {
        if self.cursor.mark.column != 0 {
            self.cursor.mark.column = 0;
            self.cursor.mark.line += 1;
        }
        self.leave_all()?;
        self.push(TokenKind::StreamEnd, self.cursor.mark);
        Ok(())
    }

    pub(super) fn fetch_directive(&mut self) -> Step {
        self.leave_all()?;
        self.scan_directive()
    }

    pub(super) fn fetch_document_indicator(&mut self, kind: TokenKind) -> Step {
        self.leave_all()?;
        self.indicator(kind, 3);
        Ok(())
    }

    pub(super) fn fetch_flow_start(&mut self, kind: TokenKind) -> Step {
        self.save_simple_key()?;
        let token = self.taken + self.tokens.len();
        self.simple_keys.push(SimpleKey { possible: false, required: false, token, mark: self.cursor.mark });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return self.too_deep();
        }
        self.simple_key_allowed = true;
        self.indicator(kind, 1);
        Ok(())
    }

    pub(super) fn fetch_flow_end(&mut self, kind: TokenKind) -> Step {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            if let Some(key) = self.simple_keys.pop() {
                self.simple_keys_by_token.remove(&key.token);
            }
        }
        self.simple_key_allowed = false;
        self.indicator(kind, 1);
        Ok(())
    }

    pub(super) fn fetch_flow_entry(&mut self) -> Step {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.indicator(TokenKind::FlowEntry, 1);
        Ok(())
    }

    /// A `-` inside brackets is a fault too, but of grammar: the parser knows what surrounds it.
    pub(super) fn fetch_block_entry(&mut self) -> Step {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.refuse(self.cursor.mark, "block sequence entries are not allowed in this context");
            }
            self.roll_indent(self.cursor.mark, None, TokenKind::BlockSequenceStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    pub(super) fn fetch_key(&mut self) -> Step {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.refuse(self.cursor.mark, "mapping keys are not allowed in this context");
            }
            self.roll_indent(self.cursor.mark, None, TokenKind::BlockMappingStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.indicator(TokenKind::Key, 1);
        Ok(())
    }

    pub(super) fn fetch_value(&mut self) -> Step {
        let level = self.simple_keys.len().saturating_sub(1);
        let key = self.simple_keys.last().copied().unwrap_or_default();
        if self.simple_key_is_valid(level)? {
            self.insert(Some(key.token), Token { kind: TokenKind::Key, start: key.mark, end: key.mark });
            self.roll_indent(key.mark, Some(key.token), TokenKind::BlockMappingStart)?;
            self.forget_simple_key();
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.refuse(self.cursor.mark, "mapping values are not allowed in this context");
                }
                self.roll_indent(self.cursor.mark, None, TokenKind::BlockMappingStart)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.indicator(TokenKind::Value, 1);
        Ok(())
    }
}
