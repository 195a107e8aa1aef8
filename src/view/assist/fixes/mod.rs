//! How slips are mended: edits of the text, each with a few words that say what it does.
//!
//! | file | which slips |
//! |---|---|
//! | [`indent`] | indentation, tabs |
//! | [`fields`] | fields that are unknown, doubled, in the wrong place or of the wrong type |
//! | [`identity`] | `apiVersion` and `kind`: missing, misspelt, gone |
//! | [`network`] | selectors and labels, node ports, target ports |
//!
//! None of them knows what is wrong: that is said by `session::diagnostics`, which asks here what can be done about it.

pub mod fields;
pub mod identity;
pub mod indent;
pub mod network;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use super::outline::{Entry, Outline};
use crate::base::Order;
use crate::base::msg::Msg;
use crate::base::path::{FieldPath, Step};
use std::ops::Range;

/// A stretch of the text and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// In bytes of the text.
    pub range: Range<usize>,
    /// What stands there afterwards.
    pub insert: String,
}

/// One way to mend.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What it does, in a few words.
    pub label: Msg,
    /// In any order; they do not overlap.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix of one edit.
    pub fn one(label: Msg, range: Range<usize>, insert: impl Into<String>) -> Fix {
        Fix { label, edits: vec![Edit { range, insert: insert.into() }] }
    }
}

/// The text after some edits.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.order_by_key(|edit| edit.range.start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.range.start).unwrap_or_default());
        out.push_str(&edit.insert);
        at = at.max(edit.range.end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// A path of the API server as a path of the text, where keys of maps are keys like others.
pub fn steps(path: &FieldPath) -> Vec<Step> {
    let step = |step: &Step| match step {
        Step::Key(name) => Step::Field(name.clone()),
        other => other.clone(),
    };
    path.0.iter().map(step).collect()
}

impl Outline {
    /// The entry at a path, the last one of several.
    pub fn at(&self, path: &[Step]) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.path == path)
    }
}

/// The lines of an entry: its own and all that hangs below it.
pub(super) fn block(text: &str, entry: &Entry) -> Range<usize> {
    let rest = text.get(entry.line..).unwrap_or_default();
    let mut end = entry.line;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        let content = line.trim_start_matches(' ');
        let column = line.len() - content.len();
        let belongs = content.trim().is_empty()
            || column > entry.column
            || column == entry.column && (content.starts_with("- ") || content.trim_end() == "-");
        if number > 0 && (!belongs || line.starts_with("---")) {
            break;
        }
        end += line.len();
    }
    // Blank lines at the end part it from what comes next.
    let lines = text.get(entry.line..end).unwrap_or_default();
    let kept = lines.trim_end();
    let kept = lines.get(kept.len()..).and_then(|rest| rest.find('\n')).map_or(lines.len(), |at| kept.len() + at + 1);
    entry.line..entry.line + kept
}

/// Whether an entry begins its line: before it stand only blanks.
pub(super) fn begins_line(text: &str, entry: &Entry) -> bool {
    !entry.flow && text.get(entry.line..entry.key.start).is_some_and(|before| before.trim().is_empty())
}

/// Edits that move all lines of a range to the right, or to the left.
pub(super) fn shift(text: &str, range: Range<usize>, by: isize) -> Vec<Edit> {
    let mut at = range.start;
    let mut edits = Vec::new();
    for line in text.get(range).unwrap_or_default().split_inclusive('\n') {
        let column = line.len() - line.trim_start_matches(' ').len();
        if !line.trim().is_empty() {
            let spaces = usize::try_from(by).unwrap_or(0);
            let gone = usize::try_from(-by).unwrap_or(0).min(column);
            edits.push(Edit { range: at..at + gone, insert: " ".repeat(spaces) });
        }
        at += line.len();
    }
    edits
}
