//! A command or a shell in a container, as a process of the console.

use super::Inside;
use super::host::{Container, Waiting};
use crate::base::text::go_quote;
use crate::base::time::SimTime;
use crate::kubectl::exec::{Output, Process};
use crate::kubectl::session::Forward;
use crate::shell::expand::Env;
use crate::shell::machine::{Host, Machine};
use crate::shell::parse::parse;
use crate::shell::syntax::{Command, Item, Pipeline, Simple, Stage, When, Word};
use crate::sim::Engine;
use std::collections::VecDeque;
use std::rc::Rc;

/// Somebody's command in a container.
pub(in crate::kubectl) struct Running {
    inside: Inside,
    machine: Machine,
    waiting: Waiting,
    env: Env,
    /// A shell that reads what is typed.
    interactive: bool,
    typed: VecDeque<Option<String>>,
    /// Lines that were typed and are not finished.
    open: String,
    /// Whether a script runs now.
    busy: bool,
    /// It is the container's own program: it does not end with it.
    attached: bool,
}

/// Why a command cannot be begun.
pub(in crate::kubectl) struct NoProgram(pub(in crate::kubectl) String);

impl Running {
    /// Begins a command. With `typing` a bare shell waits for somebody to type.
    ///
    /// # Errors
    /// The image has no such program.
    pub(in crate::kubectl) fn new(
        inside: Inside,
        command: &[String],
        input: Option<String>,
        typing: bool,
        engine: &mut Engine,
    ) -> Result<Running, NoProgram> {
        let program = command.first().cloned().unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or(&program).to_owned();
        let is_shell = matches!(name.as_str(), "sh" | "bash" | "ash" | "dash");
        let mut env = Env {
            variables: inside.variables(engine),
            arguments: vec![name.clone()],
            directory: inside.directory.clone(),
            bash: matches!(name.as_str(), "bash") || (!is_shell && inside.shell == "bash"),
            ..Env::default()
        };
        let mut waiting = Waiting::default();
        let mut host = Container { inside: &inside, engine, waiting: &mut waiting };
        let written = program.contains('/') && host.exists(&program, &env).is_some();
        if !inside.has(&program) && !written {
            return Err(NoProgram(match program.starts_with('/') {
                true => format!("exec: {}: stat {program}: no such file or directory", go_quote(&program)),
                false => format!("exec: {}: executable file not found in $PATH", go_quote(&program)),
            }));
        }
        let interactive = is_shell && command.iter().skip(1).all(|arg| matches!(arg.as_str(), "-i" | "-l")) && typing;
        let machine = match (interactive, is_shell && command.len() == 1) {
            (true, _) => Machine::default(),
            // A shell without a terminal reads a script from its input.
            (false, true) => Machine::new(parse(&input.clone().unwrap_or_default()).unwrap_or_else(|_| Rc::new([]))),
            (false, false) => Machine::with_input(of_words(command), input),
        };
        env.exit = 0;
        Ok(Running {
            inside,
            machine,
            waiting,
            env,
            interactive,
            typed: VecDeque::new(),
            open: String::new(),
            busy: !interactive,
            attached: false,
        })
    }
}

impl Running {
    /// The same as the container's own program.
    pub(in crate::kubectl) fn attached(self) -> Running {
        Running { attached: true, ..self }
    }
}

/// A script that is one command with these words.
fn of_words(words: &[String]) -> Rc<[Item]> {
    let simple = Simple { assignments: Vec::new(), words: words.iter().map(|word| Word::quoted(word)).collect() };
    let stage = Stage { command: Command::Simple(Rc::new(simple)), redirects: Vec::new() };
    let pipeline = Rc::new(Pipeline { negated: false, stages: vec![stage] });
    Rc::new([Item { when: When::Always, background: false, pipeline, text: String::new() }])
}

impl Process for Running {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        loop {
            // The container was restarted or is gone: everything in it has been killed.
            let alive = self.inside.pod(engine).is_some_and(|pod| {
                let statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
                let mut statuses = statuses.into_iter();
                statuses.any(|status| status.container_id == self.inside.id && status.state.running.is_some())
            });
            if !alive && !self.attached {
                return Some(137);
            }
            if self.busy {
                let mut host = Container { inside: &self.inside, engine, waiting: &mut self.waiting };
                if host.waiting.until.is_some_and(|until| host.engine.now() < until) {
                    return None;
                }
                let exit = self.machine.poll(&mut self.env, &mut host, output)?;
                self.busy = false;
                if !self.interactive || self.env.left {
                    return Some(exit);
                }
            }
            let line = self.typed.pop_front()?;
            let Some(line) = line else { return Some(self.env.exit) };
            self.open.push_str(&line);
            match parse(&self.open) {
                Ok(script) => {
                    self.machine = Machine::new(script);
                    self.busy = true;
                    self.open.clear();
                }
                Err(crate::shell::parse::SyntaxError::Unfinished(_)) => self.open.push('\n'),
                Err(error) => {
                    output.err_line(format!("sh: {error}"));
                    self.env.exit = 2;
                    self.open.clear();
                }
            }
        }
    }

    fn wakes_at(&self) -> Option<SimTime> {
        self.waiting.until
    }

    fn prompt(&self) -> Option<String> {
        if !self.interactive || self.busy || !self.typed.is_empty() {
            return None;
        }
        if !self.open.is_empty() {
            return Some("> ".to_owned());
        }
        let host = self.env.variables.get("HOSTNAME").map_or("", String::as_str);
        let prompt = match self.env.bash {
            false if self.inside.prompt.starts_with("root@") => "# ",
            _ => &self.inside.prompt,
        };
        Some(prompt.replace("{host}", host).replace("{dir}", &self.env.directory))
    }

    fn type_line(&mut self, line: Option<&str>) {
        self.typed.push_back(line.map(str::to_owned));
    }

    fn interrupt(&mut self, _: &mut Vec<Forward>, _: &mut Engine, output: &mut Output) -> bool {
        if !self.interactive {
            return false;
        }
        output.line("^C");
        self.machine = Machine::default();
        self.waiting = Waiting::default();
        self.busy = false;
        self.open.clear();
        self.env.exit = 130;
        true
    }
}
