//! What the page needs of a session.

use super::files::FileId;
use super::request::Ask;
use super::{Command, Frame};
use crate::base::Str;
use crate::sim::share::ShareError;
use crate::view::assist::changes::Changes;
use crate::view::assist::complete::Completion;
use crate::view::assist::hover::Hover;
use crate::view::build::api_log::Exchange;
use std::rc::Rc;

/// The session as the page sees it: commands in, frames out, and a few questions with an answer at once.
pub trait Backend {
    /// Takes one wish. Its effect shows in the next frame.
    fn command(&mut self, command: Command);

    /// Lets `real_ms` of real time pass (less when time stands still), working at most `budget_ms` by `clock` (real
    /// milliseconds). Answers whether [`frame`](Backend::frame) changed since the last call.
    fn advance(&mut self, real_ms: f64, budget_ms: f64, clock: &dyn Fn() -> f64) -> bool;

    /// What to show now. The same pointer for as long as nothing changed.
    fn frame(&self) -> Rc<Frame>;

    /// Whether a command waits for the documentation of the API: [`Command::Documentation`] brings it.
    fn wants_documentation(&self) -> bool {
        false
    }

    /// How a console line can go on: what could stand instead of its last word.
    fn complete(&mut self, _line: &str) -> Vec<Str> {
        Vec::new()
    }

    /// How the text of a file can go on at a byte of it. The text is the editor's, newer than the session's by a frame.
    fn completions(&self, _file: FileId, _text: &str, _at: usize) -> Option<Completion> {
        None
    }

    /// What stands at a byte of the text of a file.
    fn hover(&self, _file: FileId, _text: &str, _at: usize) -> Option<Hover> {
        None
    }

    /// Whether [`hover`](Backend::hover) has the documentation of fields; [`Command::Documentation`] brings it.
    fn has_descriptions(&self) -> bool {
        true
    }

    /// What an apply of the files will change.
    fn changes(&self) -> Changes {
        Changes::default()
    }

    /// The session as a text, for a link and across a reload: see [`crate::view::session::visit`]. `ask` is what stands in the
    /// request form.
    fn visit(&self, _ask: Ask) -> Result<String, ShareError> {
        Ok(String::new())
    }

    /// A request to the API server in full, by its number.
    fn exchange(&self, _number: u64) -> Option<Exchange> {
        None
    }
}
