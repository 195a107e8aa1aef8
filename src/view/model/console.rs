//! The console's transcript.

use super::{Shared, Text};
use crate::base::Str;

/// The console.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConsoleView {
    /// Commands with what they printed, oldest first.
    pub entries: Vec<Shared<ConsoleEntry>>,
    /// A command still runs (`-w`, `logs -f`, `rollout status`): Ctrl-C stops it.
    pub busy: bool,
    /// Before the cursor: `$`, or `/ #` in a pod's shell.
    pub prompt: Option<Str>,
}

/// One command with what it printed.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsoleEntry {
    /// Its number.
    pub id: u64,
    /// The prompt and the line that was typed; nothing for what was not typed (Apply's output).
    pub command: Option<Str>,
    /// What was printed, line by line.
    pub lines: Vec<ConsoleLine>,
}

/// One printed line, without its line end.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsoleLine {
    /// Which voice.
    pub kind: LineKind,
    /// The line; a hint is said in the reader's language.
    pub text: Text,
}

/// Whose voice a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// The playground's own hint, not Kubernetes'.
    Hint,
}
