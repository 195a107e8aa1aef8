//! Keys without `?`: whether `a` was a key shows only when the `:` comes.

use super::cursor::Mark;
use super::{Scanner, Step};

/// A place where a key may have started.
#[derive(Clone, Copy, Default)]
pub(super) struct SimpleKey {
    pub possible: bool,
    /// In a block mapping at its indentation there can be nothing but a key.
    pub required: bool,
    pub token: usize,
    pub mark: Mark,
}

const NO_COLON: &str = "could not find expected ':'";

impl Scanner<'_> {
    /// A key must end on its line and within 1024 characters.
    pub(super) fn simple_key_is_valid(&mut self, level: usize) -> Step<bool> {
        let Some(key) = self.simple_keys.get(level).copied() else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line < self.cursor.mark.line || key.mark.index + 1024 < self.cursor.mark.index {
            if key.required {
                return self.refuse(key.mark, NO_COLON);
            }
            if let Some(key) = self.simple_keys.get_mut(level) {
                key.possible = false;
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// Remembers that a key may start here.
    pub(super) fn save_simple_key(&mut self) -> Step {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let required = self.flow_level == 0 && self.indent == self.cursor.mark.column as isize;
        let token = self.taken + self.tokens.len();
        self.remove_simple_key()?;
        self.simple_keys_by_token.insert(token, self.simple_keys.len().saturating_sub(1));
        if let Some(key) = self.simple_keys.last_mut() {
            *key = SimpleKey { possible: true, required, token, mark: self.cursor.mark };
        }
        Ok(())
    }

    /// No key started on this flow level after all.
    pub(super) fn remove_simple_key(&mut self) -> Step {
        let Some(key) = self.simple_keys.last().copied() else { return Ok(()) };
        if key.possible {
            if key.required {
                return self.refuse(key.mark, NO_COLON);
            }
            self.forget_simple_key();
        }
        Ok(())
    }

    /// Drops the candidate of this flow level.
    pub(super) fn forget_simple_key(&mut self) {
        if let Some(key) = self.simple_keys.last_mut() {
            key.possible = false;
            self.simple_keys_by_token.remove(&key.token);
        }
    }
}
