//! A container as the place where a shell runs.

use super::tree::Tree;
use super::{Inside, programs};
use crate::base::time::{Duration, SimTime};
use crate::network::programs::{APPLETS, Run};
use crate::network::route::Client;
use crate::network::view;
use crate::shell::expand::{Env, matches};
use crate::shell::machine::{Begun, Host, Input};
use crate::shell::output::{Output, Piece};
use crate::shell::syntax::Script;
use crate::shell::tools::{self, FileKind, absolute};
use crate::sim::Engine;

/// What a program that takes its time leaves behind.
#[derive(Default)]
pub(super) struct Waiting {
    /// When it ends.
    pub(super) until: Option<SimTime>,
    /// What it has printed by then.
    run: Option<Run>,
}

/// A container, for one poll.
pub(super) struct Container<'a> {
    pub(super) inside: &'a Inside,
    pub(super) engine: &'a mut Engine,
    pub(super) waiting: &'a mut Waiting,
}

/// How long a program takes that only looks around, so that loops without a `sleep` do not stop the world.
const MOMENT: Duration = Duration::from_millis(2);

impl Container<'_> {
    /// Its files.
    pub(super) fn tree(&mut self) -> Tree {
        Tree::of(self.inside, self.engine)
    }

    /// Waits for some time.
    pub(super) fn wait(&mut self, span: Duration) -> Begun {
        self.waiting.until = Some(self.engine.now().after(span));
        Begun::Running
    }

    /// Ends a program after some time with an exit code.
    pub(super) fn end_with(&mut self, exit: u8, took: Duration) -> Begun {
        self.waiting.run = Some(Run { exit, ..Run::default() });
        self.wait(took)
    }

    /// Its place in the network.
    pub(super) fn client(&self) -> Client {
        Client::Pod(view::Key::new(&self.inside.key.namespace, &self.inside.key.name))
    }

    /// Runs a network program; its output shows when it ends.
    pub(super) fn network(&mut self, words: &[&str]) -> Option<Begun> {
        let client = self.client();
        let is_applet = words.first().is_some_and(|name| APPLETS.contains(name));
        let words: Vec<&str> =
            self.inside.applets.filter(|_| is_applet).into_iter().chain(words.iter().copied()).collect();
        let run = self.engine.program(&client, &words)?;
        let took = run.took;
        self.waiting.run = Some(run);
        Some(self.wait(took))
    }
}

impl Host for Container<'_> {
    fn start(&mut self, words: &[String], input: &mut Input, env: &mut Env, output: &mut Output) -> Begun {
        let Some((program, args)) = words.split_first() else { return Begun::Done(0) };
        let name = program.rsplit('/').next().unwrap_or(program);
        if program.contains('/') && !self.inside.has(program) {
            // A script that somebody wrote.
            let path = absolute(program, &env.directory);
            if let Ok(text) = self.tree().read(&path) {
                return Begun::Script(text, words.to_vec());
            }
            return Begun::NotFound(format!("{}: {program}: No such file or directory", shell_name(env)));
        }
        if !self.inside.has(name) && !matches!(name, "sh" | "." | "source" | "exec" | "command" | "type") {
            return Begun::NotFound(match env.bash {
                true => format!("bash: line 1: {program}: command not found"),
                false => format!("sh: {program}: not found"),
            });
        }
        programs::run(self, name, args, input, env, output)
    }

    fn poll(&mut self, output: &mut Output) -> Option<i32> {
        if self.waiting.until.is_some_and(|until| self.engine.now() < until) {
            return None;
        }
        self.waiting.until = None;
        let Some(run) = self.waiting.run.take() else { return Some(0) };
        if !run.stdout.is_empty() {
            output.out(run.stdout);
        }
        if !run.stderr.is_empty() {
            output.pieces.push(Piece::Err(run.stderr));
        }
        Some(i32::from(run.exit))
    }

    fn read(&mut self, path: &str, env: &Env) -> Result<String, &'static str> {
        if path == "/dev/null" {
            return Ok(String::new());
        }
        let path = absolute(path, &env.directory);
        self.tree().read(&path)
    }

    fn write(&mut self, path: &str, text: &str, append: bool, env: &Env) -> Result<(), &'static str> {
        let path = absolute(path, &env.directory);
        // What goes to the main process's output stands in the container's log in reality; here it is only gone.
        if path.starts_with("/dev/") || path.starts_with("/proc/1/fd/") {
            return Ok(());
        }
        let mut tree = self.tree();
        let before = if append { tree.read(&path).unwrap_or_default() } else { String::new() };
        tree.write(&path, Some(&(before + text)), self.engine)
    }

    fn files(&mut self, pattern: &str, env: &Env) -> Vec<String> {
        let whole = absolute(pattern, &env.directory);
        let Some((front, last)) = whole.rsplit_once('/') else { return Vec::new() };
        let shown = |name: &str| match pattern.rsplit_once('/') {
            Some((front, _)) => format!("{front}/{name}"),
            None => name.to_owned(),
        };
        let listed = self.tree().list(front);
        let visible = listed.into_iter().filter(|(name, _)| !name.starts_with('.') && matches(last, name));
        visible.map(|(name, _)| shown(&name)).collect()
    }

    fn exists(&mut self, path: &str, env: &Env) -> Option<FileKind> {
        let path = absolute(path, &env.directory);
        self.tree().kind(&path)
    }

    fn background(&mut self, _: Script, _: &str, _: &mut Env, _: &mut Output) {}

    fn rest(&mut self, tired: bool) -> bool {
        if tired {
            self.waiting.until = Some(self.engine.now().after(MOMENT));
        }
        tired
    }

    fn seconds(&self) -> i64 {
        self.engine.now().timestamp().0
    }
}

/// How a shell calls itself when it complains.
pub(super) fn shell_name(env: &Env) -> &'static str {
    if env.bash { "bash" } else { "sh" }
}

/// Whether one of the shell's own tools may run.
pub(super) fn is_tool(name: &str) -> bool {
    tools::NAMES.contains(&name)
}
