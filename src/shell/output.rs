//! What was printed, and by whom.

use crate::base::msg::Msg;
use std::collections::BTreeSet;

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Standard output.
    Out(String),
    /// Standard error.
    Err(String),
    /// A remark of the playground's own: shown in another manner, never part of a recorded session.
    Hint(Msg),
}

/// Output in the order in which it was printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The pieces.
    pub pieces: Vec<Piece>,
    /// Warnings that the running command has printed: each is printed once.
    warned: BTreeSet<String>,
}

impl Output {
    /// Prints text as it is.
    pub fn out(&mut self, text: impl Into<String>) {
        self.pieces.push(Piece::Out(text.into()));
    }

    /// Prints a line.
    pub fn line(&mut self, text: impl std::fmt::Display) {
        self.out(format!("{text}\n"));
    }

    /// Prints a line to standard error.
    pub fn err_line(&mut self, text: impl std::fmt::Display) {
        self.pieces.push(Piece::Err(format!("{text}\n")));
    }

    /// Prints a warning of the API server, unless the running command has done so.
    pub fn warning(&mut self, text: &str) {
        if self.warned.insert(text.to_owned()) {
            self.err_line(format!("Warning: {text}"));
        }
    }

    /// Another command begins.
    pub fn begin_command(&mut self) {
        self.warned.clear();
    }

    /// Adds a remark.
    pub fn hint(&mut self, msg: Msg) {
        self.pieces.push(Piece::Hint(msg));
    }

    /// Standard output and standard error together, as a terminal shows them.
    pub fn terminal(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Out(text) | Piece::Err(text) => text.clone(),
            Piece::Hint(_) => String::new(),
        };
        self.pieces.iter().map(text).collect()
    }

    /// Takes standard output away, for the next command of a pipeline.
    pub fn take_out(&mut self) -> String {
        let mut taken = String::new();
        self.pieces.retain(|piece| match piece {
            Piece::Out(text) => {
                taken.push_str(text);
                false
            }
            _ => true,
        });
        taken
    }

    /// The same with standard error.
    pub fn take_err(&mut self) -> String {
        let mut taken = String::new();
        self.pieces.retain(|piece| match piece {
            Piece::Err(text) => {
                taken.push_str(text);
                false
            }
            _ => true,
        });
        taken
    }

    /// Adds what another output holds.
    pub fn append(&mut self, other: &mut Output) {
        self.pieces.append(&mut other.pieces);
    }
}
