//! Where a shell runs.

use super::expand::Env;
use super::output::Output;
use super::syntax::Script;
use super::tools;

/// What a command is given beside its words.
#[derive(Debug, Default)]
pub struct Input {
    /// What is piped into it, or a here-document; `None` when it has only the terminal.
    pub text: Option<String>,
}

/// What became of a command that a host was asked to start.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is over.
    Done(i32),
    /// It goes on: [`Host::poll`] says when it ends.
    Running,
    /// It is one of the shell's own [`tools`].
    Tool,
    /// It is another script, for a shell of its own with these arguments.
    Script(String, Vec<String>),
    /// There is no such program; this is what the shell says.
    NotFound(String),
}

/// Where a shell runs: its programs, its files, and what waiting means.
pub trait Host {
    /// Starts a program. What it prints goes to `output`.
    fn start(&mut self, words: &[String], input: &mut Input, env: &mut Env, output: &mut Output) -> Begun;
    /// Lets the program that was started last go on; its exit code when it is over.
    fn poll(&mut self, output: &mut Output) -> Option<i32>;
    /// A file's text.
    ///
    /// # Errors
    /// What the system says, such as `No such file or directory`.
    fn read(&mut self, path: &str, env: &Env) -> Result<String, &'static str>;
    /// Writes a file, or adds to it.
    ///
    /// # Errors
    /// What the system says.
    fn write(&mut self, path: &str, text: &str, append: bool, env: &Env) -> Result<(), &'static str>;
    /// The files that a pattern with stars matches.
    fn files(&mut self, pattern: &str, env: &Env) -> Vec<String>;
    /// Whether there is a file or directory.
    fn exists(&mut self, path: &str, env: &Env) -> Option<tools::FileKind>;
    /// Runs a pipeline beside the others.
    fn background(&mut self, script: Script, text: &str, env: &mut Env, output: &mut Output);
    /// A program has ended, or (`tired`) many steps were done in no time: says whether the shell must wait before it goes on.
    fn rest(&mut self, tired: bool) -> bool;
    /// The date, in seconds since 1970.
    fn seconds(&self) -> i64;
}
