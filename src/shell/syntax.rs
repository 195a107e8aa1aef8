//! What a script is made of.

use std::cell::OnceCell;
use std::rc::Rc;

/// Commands one after the other.
pub type Script = Rc<[Item]>;

/// A pipeline, and when it runs.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// Seen from the exit code of the one before it.
    pub when: When,
    /// Whether it runs beside what follows (`&`).
    pub background: bool,
    /// Its commands.
    pub pipeline: Rc<Pipeline>,
    /// Its text, for the list of jobs.
    pub text: String,
}

/// When a pipeline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After `;` or a line end.
    Always,
    /// After `&&`.
    IfOk,
    /// After `||`.
    IfFailed,
}

/// Commands joined by `|`.
#[derive(Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// `!` in front.
    pub negated: bool,
    /// Never empty.
    pub stages: Vec<Stage>,
}

/// A command of a pipeline.
#[derive(Debug, PartialEq, Eq)]
pub struct Stage {
    /// The command.
    pub command: Command,
    /// Where its streams go.
    pub redirects: Vec<Redirect>,
}

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Words, with assignments in front.
    Simple(Rc<Simple>),
    /// `for NAME in WORDS; do …; done`.
    For {
        /// The variable.
        name: String,
        /// What it becomes.
        words: Rc<[Word]>,
        /// What is done each time.
        body: Script,
    },
    /// `while …; do …; done`.
    While {
        /// `until`: goes on while the condition fails.
        until: bool,
        /// The condition.
        condition: Script,
        /// What is done each time.
        body: Script,
    },
    /// `if …; then …; elif …; else …; fi`.
    If {
        /// Conditions and what is done when they hold.
        arms: Rc<[(Script, Script)]>,
        /// What is done otherwise.
        otherwise: Script,
    },
    /// `case WORD in PATTERN) …;; esac`.
    Case {
        /// What is looked at.
        word: Rc<Word>,
        /// Patterns and what is done when one fits.
        arms: Rc<[(Vec<Word>, Script)]>,
    },
    /// `{ …; }`.
    Group(Script),
    /// `( … )`.
    Subshell(Script),
}

/// Words, with assignments in front.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// `NAME=value`.
    pub assignments: Vec<(String, Word)>,
    /// The command and its arguments.
    pub words: Vec<Word>,
}

/// A word before it is expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word(pub Vec<Part>);

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text; braces and stars in quoted text mean themselves.
    Text {
        /// The text.
        text: String,
        /// Whether it was quoted.
        quoted: bool,
    },
    /// `$NAME`, `${NAME:-word}`, `$1`, `$?`.
    Variable {
        /// The name.
        name: String,
        /// What is done to its value.
        change: Option<(Change, Rc<Word>)>,
        /// In quotes its value is not cut at spaces.
        quoted: bool,
    },
    /// `$(…)`.
    Output {
        /// The commands.
        script: Script,
        /// In quotes what they print is not cut at spaces.
        quoted: bool,
    },
    /// `$((…))`.
    Number(Rc<Word>),
}

/// What `${NAME…}` does to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// `:-`: another value for an empty one.
    Default,
    /// `:=`: the same, and the variable keeps it.
    Assign,
    /// `:+`: another value for one that is not empty.
    Alternative,
    /// `#`, `##`: a pattern is taken off the front.
    TrimStart(bool),
    /// `%`, `%%`: a pattern is taken off the end.
    TrimEnd(bool),
    /// `#` in front: the length.
    Length,
    /// `:?`: an error for an empty one.
    Required,
}

/// Where a stream goes to or comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// `>`, `>>`, `2>`: into a file.
    File {
        /// 1 or 2; 0 for both (`&>`).
        stream: u8,
        /// `>>`.
        append: bool,
        /// Its name.
        target: Word,
    },
    /// `2>&1`.
    ErrorToOutput,
    /// `>&2`.
    OutputToError,
    /// `<`: from a file.
    Input(Word),
    /// A here-document or `<<<`: this text.
    Here(Rc<OnceCell<Word>>),
}

impl Word {
    /// A word that is only this text.
    pub fn quoted(text: &str) -> Word {
        Word(vec![Part::Text { text: text.to_owned(), quoted: true }])
    }

    /// The text of a word without anything to expand.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text { text, quoted: false }] => Some(text),
            _ => None,
        }
    }
}
