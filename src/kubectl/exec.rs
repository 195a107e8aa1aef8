//! What a command gives back: output in pieces, and either an exit code or a process that goes on.

use super::session::Forward;
use crate::base::time::SimTime;
use crate::sim::Engine;

pub use crate::shell::output::{Output, Piece};

/// A command that goes on while time passes: `rollout status`, `wait`, `sleep`.
pub trait Process {
    /// Looks at the cluster, prints what there is to print, and says the exit code when it is over.
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32>;

    /// When it must be polled even if nothing changes; `None`: only a change of the cluster matters.
    fn wakes_at(&self) -> Option<SimTime>;

    /// What stands before the cursor, when it waits for somebody to type.
    fn prompt(&self) -> Option<String> {
        None
    }

    /// A line was typed; `None` is the end of all input (Ctrl-D).
    fn type_line(&mut self, _: Option<&str>) {}

    /// Ctrl-C was pressed. Says whether the process goes on.
    fn interrupt(&mut self, _: &mut Vec<Forward>, _: &mut Engine, _: &mut Output) -> bool {
        false
    }
}

/// What became of a command.
pub enum Exec {
    /// It is over; 0 is success.
    Done(i32),
    /// It goes on.
    Running(Box<dyn Process>),
}
