//! What the scanner produces.

use super::cursor::Mark;

/// A token and where it stands.
pub(in crate::yaml) struct Token {
    pub kind: TokenKind,
    pub start: Mark,
    pub end: Mark,
}

/// The kinds of tokens of YAML 1.1.
#[derive(Debug, PartialEq)]
pub(in crate::yaml) enum TokenKind {
    StreamStart,
    StreamEnd,
    /// `%YAML major.minor`
    Version(u8, u8),
    /// `%TAG handle prefix`
    TagDirective(String, String),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    /// Handle and suffix.
    Tag(String, String),
    Scalar {
        text: String,
        plain: bool,
    },
}
