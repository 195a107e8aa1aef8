//! What the page needs of a session.

use super::{Command, Frame};
use crate::base::Str;
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

    /// How a console line can go on: what could stand instead of its last word.
    fn complete(&mut self, _line: &str) -> Vec<Str> {
        Vec::new()
    }
}
