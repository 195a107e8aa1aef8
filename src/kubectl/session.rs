//! A console: its files, its namespace, and the jobs that typed lines become.

use super::exec::{Exec, Output, Process};
use super::lexer::{self, LexError, Pipeline, When};
use super::shell;
use crate::api::schema::Descriptions;
use crate::base::time::{Duration, SimTime};
use crate::msg;
use crate::sim::Engine;
use std::collections::{BTreeMap, VecDeque};

/// How long a command takes: the next one of the same line finds a cluster that had this time to react, as it does when a
/// person or a script calls kubectl.
const COMMAND_TIME: Duration = Duration::from_millis(100);

/// A console's state between commands.
#[derive(Clone, Debug)]
pub struct Session {
    /// The namespace of the current context.
    pub namespace: String,
    /// Files by name.
    pub files: BTreeMap<String, String>,
    /// What `$NAME` stands for.
    pub variables: BTreeMap<String, String>,
    /// The API's documentation, or where it is.
    pub documentation: Documentation,
}

/// Where the API's documentation is: it is large, and few ask for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Documentation {
    /// Nobody fetches it; natively it is built in.
    #[default]
    BuiltIn,
    /// It is fetched when a command first asks for it.
    OnDemand,
    /// A command waits for it.
    Wanted,
    /// It came.
    Here(Descriptions),
    /// It did not come. It is fetched again when another command asks.
    Missing,
}

impl Default for Session {
    fn default() -> Session {
        Session {
            namespace: "default".to_owned(),
            files: BTreeMap::new(),
            variables: BTreeMap::new(),
            documentation: Documentation::default(),
        }
    }
}

impl Session {
    /// Begins to run a line; nothing happens before the job is polled.
    pub fn start(&self, line: &str) -> Job {
        let line = line.strip_prefix("$ ").unwrap_or(line);
        let script = lexer::lex(line, &self.variables);
        Job { script: script.map(VecDeque::from), current: None, exit: 0, resume_at: None }
    }

    /// The files that a path names: a file, or those of a directory with an ending that kubectl reads.
    pub(super) fn files_at(&self, path: &str) -> Vec<(String, &str)> {
        let plain = path.trim_start_matches("./");
        if let Some(text) = self.files.get(plain).or_else(|| self.files.get(path)) {
            return vec![(path.to_owned(), text)];
        }
        let directory = match plain.trim_end_matches('/') {
            "" | "." => String::new(),
            name => format!("{name}/"),
        };
        let readable = |name: &str| [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
        let inside = |name: &str| name.strip_prefix(&directory).is_some_and(|rest| !rest.contains('/'));
        self.files
            .iter()
            .filter(|(name, _)| inside(name) && readable(name))
            .map(|(name, text)| (name.clone(), text.as_str()))
            .collect()
    }
}

/// A line that runs.
pub struct Job {
    script: Result<VecDeque<Pipeline>, LexError>,
    current: Option<Current>,
    exit: i32,
    /// The next command waits until then.
    resume_at: Option<SimTime>,
}

/// A pipeline that runs: its commands run one after the other, each with what the one before printed.
struct Current {
    pipeline: Pipeline,
    at: usize,
    stdin: Option<String>,
    process: Option<Box<dyn Process>>,
}

impl Job {
    /// Goes on as far as it can without time passing, and says the exit code when all is over.
    pub fn poll(&mut self, session: &mut Session, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        loop {
            if self.resume_at.is_some_and(|at| engine.now() < at) {
                return None;
            }
            self.resume_at = None;
            if let Some(current) = &mut self.current {
                let exit = current.poll(session, engine, output)?;
                self.exit = exit;
                self.current = None;
                self.resume_at = Some(engine.now().after(COMMAND_TIME));
                continue;
            }
            let script = match &mut self.script {
                Ok(script) => script,
                Err(error) => {
                    refuse(error, output);
                    self.exit = 2;
                    self.script = Ok(VecDeque::new());
                    return Some(2);
                }
            };
            let Some(pipeline) = script.pop_front() else { return Some(self.exit) };
            let runs = match pipeline.when {
                When::Always => true,
                When::IfOk => self.exit == 0,
                When::IfFailed => self.exit != 0,
            };
            if runs {
                self.current = Some(Current { pipeline, at: 0, stdin: None, process: None });
            }
        }
    }

    /// Whether all commands have run, and only the time that the last one takes is still to pass.
    pub fn is_over(&self) -> bool {
        self.current.is_none() && self.script.as_ref().is_ok_and(VecDeque::is_empty)
    }

    /// When it must be polled even if nothing changes; `None`: only a change of the cluster matters.
    pub fn wakes_at(&self) -> Option<SimTime> {
        let process = self.current.as_ref().and_then(|current| current.process.as_ref());
        self.resume_at.or_else(|| process.and_then(|process| process.wakes_at()))
    }

    /// Lets time pass until the job is over, and says its exit code; `None` when nothing will ever end it.
    pub fn run_to_end(mut self, session: &mut Session, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        /// A job that nothing but changes can end is given up when the cluster has been idle for so long.
        const PATIENCE: Duration = Duration::from_secs(3600);
        loop {
            if let Some(exit) = self.poll(session, engine, output) {
                return Some(exit);
            }
            let limit = self.wakes_at().unwrap_or_else(|| engine.now().after(PATIENCE));
            if !engine.step(limit) {
                engine.advance_to(limit, &mut || true);
                if self.wakes_at().is_none() {
                    return self.poll(session, engine, output);
                }
            }
        }
    }
}

impl Current {
    fn poll(&mut self, session: &mut Session, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        loop {
            let last = self.at + 1 >= self.pipeline.commands.len();
            let mut inner = Output::default();
            let target = if last { &mut *output } else { &mut inner };
            let exit = match &mut self.process {
                Some(process) => process.poll(engine, target),
                None => {
                    let Some(command) = self.pipeline.commands.get(self.at) else { return Some(0) };
                    target.begin_command();
                    let stdin = command.here.clone().or_else(|| self.stdin.take());
                    match shell::run(&command.words, stdin, session, engine, target) {
                        // It is run anew when the documentation is here.
                        Exec::Done(_) if session.documentation == Documentation::Wanted => return None,
                        Exec::Done(exit) => Some(exit),
                        Exec::Running(process) => {
                            self.process = Some(process);
                            continue;
                        }
                    }
                }
            };
            if !last {
                self.stdin.get_or_insert_default().push_str(&inner.take_out());
                output.pieces.append(&mut inner.pieces);
            }
            let exit = exit?;
            self.process = None;
            self.at += 1;
            if last {
                return Some(exit);
            }
        }
    }
}

fn refuse(error: &LexError, output: &mut Output) {
    match error {
        LexError::Unfinished(open) => output.hint(msg!("console.unfinished", open = open)),
        LexError::Unexpected(token) => {
            output.err_line(format!("bash: syntax error near unexpected token `{token}'"));
        }
        LexError::Refused(refused) => output.hint(refused.msg()),
    }
}
