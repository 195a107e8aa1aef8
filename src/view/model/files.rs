//! The editor's files, and what is wrong with them.

use super::{Shared, Text};
use crate::base::Str;

/// Names a file for as long as it is open; a rename keeps it.
pub type FileId = u32;

/// The open files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilesView {
    /// In the order of the tabs.
    pub files: Vec<Shared<FileView>>,
    /// The one in front.
    pub active: FileId,
}

impl FilesView {
    /// The file in front.
    pub fn front(&self) -> Option<&Shared<FileView>> {
        self.files.iter().find(|file| file.id == self.active)
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileView {
    /// Its id.
    pub id: FileId,
    /// Its name, `web.yaml`.
    pub name: Str,
    /// Its text.
    pub text: Str,
    /// Grows when the *session* changed the text (loaded, fixed), not when the user typed: then the editor takes it over.
    pub revision: u64,
    /// Its text differs from what was applied.
    pub changed: bool,
    /// What is wrong with it, by line.
    pub diagnostics: Vec<Diagnostic>,
}

/// One thing that is wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// How serious.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// The API server's own words, or ours.
    pub message: Text,
    /// What can be done about it.
    pub fixes: Vec<FixView>,
}

/// A stretch of a file. Lines and columns count from 1, columns in Unicode characters; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last.
    pub end_column: u32,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceView {
    /// Which file.
    pub file: FileId,
    /// Its name.
    pub name: Str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It will be rejected.
    Error,
    /// It will do something other than it seems to.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The word the style sheets and the editor know it by.
    pub fn class(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// A quick fix.
#[derive(Clone, Debug, PartialEq)]
pub struct FixView {
    /// What [`super::Command::ApplyFix`] wants.
    pub id: Str,
    /// What it will do, in a few words.
    pub label: Text,
}
