//! Places in a text.

/// A place in the whole text that was given to [`super::load`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pos {
    /// Bytes from the start of the text.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in code points, from 1.
    pub column: usize,
}

impl Default for Pos {
    fn default() -> Pos {
        Pos { offset: 0, line: 1, column: 1 }
    }
}

/// A stretch of text; `end` is the place just behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first character.
    pub start: Pos,
    /// Just behind the last character.
    pub end: Pos,
}

impl Span {
    /// The stretch from `start` to `end`.
    pub fn new(start: Pos, end: Pos) -> Span {
        Span { start, end }
    }

    /// The empty stretch at one place.
    pub fn at(pos: Pos) -> Span {
        Span { start: pos, end: pos }
    }
}
