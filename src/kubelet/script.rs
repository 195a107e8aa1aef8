//! What a container's command does and prints, found out by running it in the head: the same shell as everywhere, on a
//! clock of its own.

use super::pi;
use crate::base::time::{Duration, SimTime};
use crate::shell::expand::Env;
use crate::shell::machine::{Begun, Host, Input, Machine};
use crate::shell::output::{Output, Piece};
use crate::shell::syntax::{Command, Item, Pipeline, Script, Simple, Stage, When, Word};
use crate::shell::tools::{self, FileKind, absolute};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What a program that needs the network leaves behind: what it prints, its exit code, how long it takes.
pub struct Answer {
    /// What it prints.
    pub output: Output,
    /// Its exit code.
    pub exit: i32,
    /// How long it takes.
    pub took: Duration,
}

/// Runs programs that need the network.
pub type Programs<'a> = &'a mut dyn FnMut(&[String], SimTime) -> Option<Answer>;

/// A line that was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: SimTime,
    /// What, without its end.
    pub text: String,
}

/// A command that runs in the head.
pub struct Performance {
    machine: Machine,
    env: Env,
    clock: Clock,
    /// What was printed since the last line end.
    open: String,
    /// When it ended, and with which exit code.
    pub end: Option<(SimTime, i32)>,
    /// Commands that were looked at.
    steps: usize,
}

/// What the head keeps of the container.
struct Clock {
    now: SimTime,
    until: Option<SimTime>,
    exit: i32,
    /// What a program printed that ends at `until`.
    later: Output,
    files: BTreeMap<String, String>,
}

/// After so many commands a script is taken for one that does the same for ever; what it prints later is not known.
const MOST: usize = 400_000;
/// How long a program takes that does not wait for anything.
const MOMENT: Duration = Duration::from_millis(2);

impl Performance {
    /// A command that starts at `since` with these variables and these files, by path.
    pub fn new(
        argv: &[String],
        variables: Vec<(String, String)>,
        since: SimTime,
        files: BTreeMap<String, String>,
    ) -> Performance {
        let words = argv.iter().map(|word| Word::quoted(word)).collect();
        let simple = Simple { assignments: Vec::new(), words };
        let stage = Stage { command: Command::Simple(Rc::new(simple)), redirects: Vec::new() };
        let pipeline = Rc::new(Pipeline { negated: false, stages: vec![stage] });
        let script: Script = Rc::new([Item { when: When::Always, background: false, pipeline, text: String::new() }]);
        let name = argv.first().map_or("sh", |word| word.rsplit('/').next().unwrap_or(word));
        Performance {
            machine: Machine::new(script),
            env: Env {
                bash: name == "bash",
                arguments: vec![name.to_owned()],
                directory: "/".to_owned(),
                variables: variables.into_iter().collect(),
                ..Env::default()
            },
            clock: Clock { now: since, until: None, exit: 0, later: Output::default(), files },
            open: String::new(),
            end: None,
            steps: 0,
        }
    }

    /// Goes on to a moment, and says what was printed on the way.
    pub fn until(&mut self, moment: SimTime, programs: Programs<'_>) -> Vec<Line> {
        let mut lines = Vec::new();
        while self.end.is_none() && self.steps < MOST {
            if let Some(until) = self.clock.until {
                if until > moment {
                    break;
                }
                self.clock.now = until;
            } else if self.clock.now > moment {
                break;
            }
            let mut output = Output::default();
            let mut host = Head { clock: &mut self.clock, programs };
            let exit = self.machine.poll(&mut self.env, &mut host, &mut output);
            self.steps += 1;
            let at = self.clock.now;
            self.print(output, at, &mut lines);
            if let Some(exit) = exit {
                self.end = Some((at, exit));
                if !self.open.is_empty() {
                    lines.push(Line { at, text: std::mem::take(&mut self.open) });
                }
            }
        }
        lines
    }

    /// When it goes on, if it waits.
    pub fn next(&self) -> Option<SimTime> {
        self.clock.until.filter(|_| self.end.is_none())
    }

    fn print(&mut self, output: Output, at: SimTime, lines: &mut Vec<Line>) {
        for piece in output.pieces {
            let (Piece::Out(text) | Piece::Err(text)) = piece else { continue };
            for part in text.split_inclusive('\n') {
                self.open.push_str(part);
                if self.open.ends_with('\n') {
                    self.open.pop();
                    lines.push(Line { at, text: std::mem::take(&mut self.open) });
                }
            }
        }
    }
}

/// The container as the script finds it.
struct Head<'a, 'p> {
    clock: &'a mut Clock,
    programs: Programs<'p>,
}

impl Head<'_, '_> {
    /// `ls`: the names of files, one in a line.
    fn list(&self, args: &[String], env: &Env, output: &mut Output) -> i32 {
        let mut paths: Vec<&str> = args.iter().filter(|arg| !arg.starts_with('-')).map(String::as_str).collect();
        if paths.is_empty() {
            paths.push(".");
        }
        let mut exit = 0;
        for path in paths {
            let whole = absolute(path, &env.directory);
            let below = format!("{}/", whole.trim_end_matches('/'));
            let inside = self.clock.files.range(below.clone()..).map_while(|(file, _)| file.strip_prefix(&below));
            let names: BTreeSet<&str> = inside.filter_map(|rest| rest.split('/').next()).collect();
            let visible = |name: &&&str| !name.starts_with('.');
            if self.clock.files.contains_key(&whole) {
                output.line(path);
            } else if names.is_empty() {
                output.err_line(format!("ls: {path}: No such file or directory"));
                exit = 1;
            } else {
                names.iter().filter(visible).for_each(|name| output.line(name));
            }
        }
        exit
    }
}

impl Host for Head<'_, '_> {
    fn start(&mut self, words: &[String], input: &mut Input, env: &mut Env, output: &mut Output) -> Begun {
        let Some((program, args)) = words.split_first() else { return Begun::Done(0) };
        let name = program.rsplit('/').next().unwrap_or(program);
        match name {
            "sh" | "bash" | "ash" | "dash" => match args {
                [flag, script, rest @ ..] if flag.starts_with('-') && flag.ends_with('c') => {
                    let mut arguments = rest.to_vec();
                    if arguments.is_empty() {
                        arguments.push(name.to_owned());
                    }
                    Begun::Script(script.clone(), arguments)
                }
                [file, ..] if !file.starts_with('-') => match self.read(file, env) {
                    Ok(text) => Begun::Script(text, args.to_vec()),
                    Err(why) => Begun::NotFound(format!("{name}: {file}: {why}")),
                },
                _ => Begun::Script(input.text.take().unwrap_or_default(), vec![name.to_owned()]),
            },
            "exec" | "nohup" | "time" | "command" | "tini" | "dumb-init" => {
                let rest = args.iter().skip_while(|arg| arg.starts_with('-'));
                let quoted: Vec<String> = rest.map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
                Begun::Script(quoted.join(" "), vec![name.to_owned()])
            }
            "sleep" => {
                let seconds = |text: &String| {
                    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
                    let scale = match &text[end..] {
                        "m" => 60.0,
                        "h" => 3600.0,
                        "d" => 86_400.0,
                        _ => 1.0,
                    };
                    text[..end].parse::<f64>().unwrap_or(1e9) * scale
                };
                let total: f64 = args.iter().map(seconds).sum();
                let span = Duration::try_from_secs_f64(total.clamp(0.0, 1e9)).unwrap_or_default();
                self.wait(span, 0)
            }
            "tail" if args.iter().any(|arg| arg.starts_with("-f") || arg.starts_with("-F")) => {
                self.wait(Duration::from_secs(1_000_000_000), 0)
            }
            "hostname" => {
                output.line(env.variables.get("HOSTNAME").map_or("", String::as_str));
                Begun::Done(0)
            }
            "env" | "printenv" if args.is_empty() => {
                for (name, value) in &env.variables {
                    output.line(format!("{name}={value}"));
                }
                Begun::Done(0)
            }
            "ls" => Begun::Done(self.list(args, env, output)),
            "whoami" => {
                output.line("root");
                Begun::Done(0)
            }
            "perl" => match pi::asked(&args.iter().map(String::as_str).collect::<Vec<_>>()) {
                Some(count) => {
                    self.clock.later.line(pi::digits(count));
                    self.wait(pi::takes(count), 0)
                }
                None => Begun::Done(0),
            },
            "rm" => {
                for path in args.iter().filter(|arg| !arg.starts_with('-')) {
                    self.clock.files.remove(&absolute(path, &env.directory));
                }
                Begun::Done(0)
            }
            name if name != "rm" && tools::NAMES.contains(&name) => Begun::Tool,
            _ => match (self.programs)(words, self.clock.now) {
                Some(answer) => {
                    self.clock.later = answer.output;
                    self.wait(answer.took, answer.exit)
                }
                None => Begun::Done(0),
            },
        }
    }

    fn poll(&mut self, output: &mut Output) -> Option<i32> {
        if self.clock.until.is_some_and(|until| self.clock.now < until) {
            return None;
        }
        self.clock.until = None;
        output.append(&mut self.clock.later);
        Some(self.clock.exit)
    }

    fn read(&mut self, path: &str, env: &Env) -> Result<String, &'static str> {
        self.clock.files.get(&absolute(path, &env.directory)).cloned().ok_or("No such file or directory")
    }

    fn write(&mut self, path: &str, text: &str, append: bool, env: &Env) -> Result<(), &'static str> {
        let file = self.clock.files.entry(absolute(path, &env.directory)).or_default();
        if !append {
            file.clear();
        }
        file.push_str(text);
        Ok(())
    }

    fn files(&mut self, _: &str, _: &Env) -> Vec<String> {
        Vec::new()
    }

    fn exists(&mut self, path: &str, env: &Env) -> Option<FileKind> {
        self.clock.files.contains_key(&absolute(path, &env.directory)).then_some(FileKind::File)
    }

    fn background(&mut self, _: Script, _: &str, _: &mut Env, _: &mut Output) {}

    fn rest(&mut self, tired: bool) -> bool {
        if tired {
            self.clock.now = self.clock.now.after(MOMENT);
        }
        tired
    }

    fn seconds(&self) -> i64 {
        self.clock.now.timestamp().0
    }
}

impl Head<'_, '_> {
    fn wait(&mut self, span: Duration, exit: i32) -> Begun {
        self.clock.exit = exit;
        self.clock.until = Some(self.clock.now.after(span));
        Begun::Running
    }
}
