//! Help while a manifest is written: how a line can go on, what a field means, how a slip is mended, what an apply will do.
//!
//! All of it is plain functions of a text, a place in it and the cluster; the editor in the page only shows what they say.
//!
//! | file | what it answers |
//! |---|---|
//! | [`outline`] | what stands where, also in a text that is no YAML yet |
//! | [`spot`] | which field that is, and what its value names |
//! | [`ground`] | the words in use: labels, names, ports, images, of the cluster and of the files |
//! | [`complete`] | how the line can go on |
//! | [`hover`] | what stands here: documentation, type, default, what it resolves to |
//! | `custom` | the two for kinds that users define |
//! | [`fixes`] | how what is wrong can be mended |
//! | [`changes`] | what an apply will change |
//!
//! Start with [`complete`].

pub mod changes;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod changes_tests;
pub mod complete;
mod custom;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod custom_tests;
pub mod fixes;
pub mod ground;
pub mod hover;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod hover_tests;
pub mod outline;
pub mod spot;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

/// The byte of a line and column that count from 1, columns in Unicode characters; clamped into the text.
pub fn offset(text: &str, line: u32, column: u32) -> usize {
    let mut at = 0;
    for _ in 1..line.max(1) {
        match text.get(at..).and_then(|rest| rest.find('\n')) {
            Some(end) => at += end + 1,
            None => return text.len(),
        }
    }
    let rest = text.get(at..).unwrap_or_default();
    let rest = rest.split('\n').next().unwrap_or_default();
    let within = rest.char_indices().nth(usize::try_from(column.max(1) - 1).unwrap_or(usize::MAX));
    at + within.map_or(rest.len(), |(byte, _)| byte)
}

/// The line and column of a byte, counted as by [`offset`].
pub fn line_column(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (number(line), number(column))
}
