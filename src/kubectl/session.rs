//! A console: its files, its namespace, and the jobs that typed lines become.

use super::console::Machinery;
use super::exec::{Output, Process};
use super::kubeconfig::KubeConfig;
use crate::api::schema::Descriptions;
use crate::base::time::{Duration, SimTime};
use crate::msg;
use crate::shell::expand::Env;
use crate::shell::machine::Machine;
use crate::shell::parse::{SyntaxError, parse};
use crate::shell::syntax::Script;
use crate::sim::Engine;
use std::collections::BTreeMap;

/// A console's state between commands.
pub struct Session {
    /// The namespace of the current context.
    pub namespace: String,
    /// Files by name.
    pub files: BTreeMap<String, String>,
    /// What its shell remembers.
    pub env: Env,
    /// The API's documentation, or where it is.
    pub documentation: Documentation,
    /// Files that commands wrote since somebody asked last: the page shows them in its editor.
    pub written: Vec<String>,
    /// A file that a command wants to have in front of the user (`kubectl edit`, `vi`).
    pub opened: Option<String>,
    /// Jobs that were begun with `&`.
    pub background: Vec<(String, Job)>,
    /// Ports of this machine that lead into pods.
    pub forwards: Vec<Forward>,
    /// The kubeconfig file.
    pub config: KubeConfig,
    /// Whether there is an editor that shows files.
    pub in_page: bool,
}

/// A port of the user's machine that leads into a pod, while `kubectl port-forward` runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The port here.
    pub local: u16,
    /// The pod.
    pub pod: crate::api::kinds::Key,
    /// Its port.
    pub remote: u16,
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
        let aliases = BTreeMap::from([("k".to_owned(), "kubectl".to_owned())]);
        let arguments = vec!["bash".to_owned()];
        Session {
            namespace: "default".to_owned(),
            files: BTreeMap::new(),
            env: Env { bash: true, aliases, arguments, ..Env::default() },
            documentation: Documentation::default(),
            written: Vec::new(),
            opened: None,
            background: Vec::new(),
            forwards: Vec::new(),
            config: KubeConfig::default(),
            in_page: false,
        }
    }
}

impl Session {
    /// Begins to run a line; nothing happens before the job is polled.
    pub fn start(&self, line: &str) -> Job {
        let line = line.strip_prefix("$ ").unwrap_or(line);
        Job { machine: parse(line).map(Machine::new), machinery: Machinery::default(), env: None }
    }

    /// A file's text.
    pub fn file(&self, path: &str) -> Option<&String> {
        self.files.get(path.trim_start_matches("./")).or_else(|| self.files.get(path))
    }

    /// Writes a file; the page's editor will have it.
    pub fn write_file(&mut self, path: &str, text: String) {
        let path = path.trim_start_matches("./");
        self.files.insert(path.to_owned(), text);
        self.written.retain(|name| name != path);
        self.written.push(path.to_owned());
    }

    /// The files of a directory: their names in it, and their texts.
    pub fn directory(&self, path: &str) -> Vec<(&str, &str)> {
        let directory = match path.trim_start_matches("./").trim_end_matches('/') {
            "" | "." => String::new(),
            name => format!("{name}/"),
        };
        let inside = self.files.iter().filter_map(|(name, text)| Some((name.strip_prefix(&directory)?, text.as_str())));
        inside.filter(|(name, _)| !name.contains('/')).collect()
    }

    /// The files that a path names: a file, or those of a directory with an ending that kubectl reads.
    pub(super) fn files_at(&self, path: &str) -> Vec<(String, &str)> {
        if let Some(text) = self.file(path) {
            return vec![(path.to_owned(), text)];
        }
        let readable = |name: &str| [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
        let front = match path.trim_start_matches("./").trim_end_matches('/') {
            "" | "." => String::new(),
            name => format!("{name}/"),
        };
        self.directory(path)
            .into_iter()
            .filter(|(name, _)| readable(name))
            .map(|(name, text)| (format!("{front}{name}"), text))
            .collect()
    }
}

/// A line that runs.
pub struct Job {
    machine: Result<Machine, SyntaxError>,
    machinery: Machinery,
    /// A job beside others has a shell of its own.
    env: Option<Env>,
}

impl Job {
    /// A script that runs beside the others.
    pub(super) fn beside(script: Script, env: &Env) -> Job {
        Job { machine: Ok(Machine::new(script)), machinery: Machinery::default(), env: Some(env.clone()) }
    }

    /// Goes on as far as it can without time passing, and says the exit code when all is over.
    pub fn poll(&mut self, session: &mut Session, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        if self.machinery.resume_at.is_some_and(|at| engine.now() < at) {
            return None;
        }
        self.machinery.resume_at = None;
        let machine = match &mut self.machine {
            Ok(machine) => machine,
            Err(error) => {
                refuse(error, output);
                session.env.exit = 2;
                self.machine = Ok(Machine::default());
                return Some(2);
            }
        };
        let mut env = match &mut self.env {
            Some(env) => std::mem::take(env),
            None => std::mem::take(&mut session.env),
        };
        let exit = machine.poll(&mut env, &mut self.machinery.host(session, engine), output);
        match &mut self.env {
            Some(own) => *own = env,
            None => session.env = env,
        }
        exit
    }

    /// Whether all commands have run, and only the time that the last one takes is still to pass.
    pub fn is_over(&self) -> bool {
        self.machinery.process.is_none()
            && self.machinery.again.is_none()
            && self.machine.as_ref().is_ok_and(Machine::is_over)
    }

    /// When it must be polled even if nothing changes; `None`: only a change of the cluster matters.
    pub fn wakes_at(&self) -> Option<SimTime> {
        self.machinery.resume_at.or_else(|| self.machinery.process.as_ref().and_then(|process| process.wakes_at()))
    }

    /// What stands before the cursor, when the job waits for somebody to type.
    pub fn prompt(&self) -> Option<String> {
        self.machinery.process.as_ref().and_then(|process| process.prompt())
    }

    /// Hands a typed line to the job; `None` is the end of all input (Ctrl-D).
    pub fn type_line(&mut self, line: Option<&str>) {
        if let Some(process) = &mut self.machinery.process {
            process.type_line(line);
        }
    }

    /// Ctrl-C. Says whether the job goes on: a shell in a container does.
    pub fn interrupt(&mut self, session: &mut Session, engine: &mut Engine, output: &mut Output) -> bool {
        self.machinery.process.as_mut().is_some_and(|process| process.interrupt(&mut session.forwards, engine, output))
    }

    /// The process that runs, when it has something to change in its session.
    pub(super) fn process(&mut self) -> Option<&mut Box<dyn Process>> {
        self.machinery.process.as_mut()
    }

    /// Lets time pass until the job is over, and says its exit code; `None` when nothing will ever end it.
    pub fn run_to_end(mut self, session: &mut Session, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        /// A job that nothing but changes can end is given up when the cluster has been idle for so long.
        const PATIENCE: Duration = Duration::from_secs(3600);
        /// And one that never tires (a loop without end) after so long.
        const LONGEST: Duration = Duration::from_secs(14 * 24 * 3600);
        /// Or after so many looks.
        const LOOKS: usize = 50_000;
        let given_up = engine.now().after(LONGEST);
        for _ in 0..LOOKS {
            if let Some(exit) = self.poll(session, engine, output) {
                session.poll_background(engine, output);
                return Some(exit);
            }
            if self.prompt().is_some() {
                // Nobody is there to type.
                self.type_line(None);
                continue;
            }
            session.poll_background(engine, output);
            let limit = self.wakes_at().unwrap_or_else(|| engine.now().after(PATIENCE));
            if limit > given_up {
                return None;
            }
            if !engine.step(limit) {
                engine.advance_to(limit, &mut || true);
                if self.wakes_at().is_none() {
                    return self.poll(session, engine, output);
                }
            }
        }
        None
    }
}

impl Session {
    /// Lets the jobs that were begun with `&` go on.
    pub fn poll_background(&mut self, engine: &mut Engine, output: &mut Output) {
        let mut jobs = std::mem::take(&mut self.background);
        jobs.retain_mut(|(text, job)| match job.poll(self, engine, output) {
            None => true,
            Some(exit) => {
                let how = if exit == 0 { "Done".to_owned() } else { format!("Exit {exit}") };
                output.line(format!("[1]+  {how:<24}{text}"));
                false
            }
        });
        jobs.append(&mut self.background);
        self.background = jobs;
    }
}

fn refuse(error: &SyntaxError, output: &mut Output) {
    match error {
        SyntaxError::Unfinished(open) => output.hint(msg!("console.unfinished", open = open)),
        other => output.err_line(format!("bash: {other}")),
    }
}
