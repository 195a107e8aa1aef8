//! The user's own machine: which programs it has, and what waiting means there.

use super::cmd;
use super::exec::{Exec, Output, Piece, Process};
use super::playground;
use super::session::{Documentation, Forward, Job, Session};
use crate::base::time::{Duration, SimTime};
use crate::msg;
use crate::network::route::{Client, Target};
use crate::network::view;
use crate::shell::expand::{Env, matches};
use crate::shell::machine::{Begun, Host, Input};
use crate::shell::syntax::Script;
use crate::shell::tools::{self, FileKind};
use crate::sim::Engine;

/// How long a command takes: the next one of the same line finds a cluster that had this time to react, as it does when a
/// person or a script calls kubectl.
const COMMAND_TIME: Duration = Duration::from_millis(100);

/// What a job keeps between polls, beside its script.
#[derive(Default)]
pub(super) struct Machinery {
    /// The program that runs.
    pub(super) process: Option<Box<dyn Process>>,
    /// The next command waits until then.
    pub(super) resume_at: Option<SimTime>,
    /// Whether the last command had to do with the cluster.
    worked: bool,
    /// What is run anew when the documentation is here.
    pub(super) again: Option<(Vec<String>, Option<String>)>,
}

impl Machinery {
    /// The machine, for one poll.
    pub(super) fn host<'a>(&'a mut self, session: &'a mut Session, engine: &'a mut Engine) -> Console<'a> {
        Console { machinery: self, session, engine }
    }
}

/// The user's machine.
pub(super) struct Console<'a> {
    machinery: &'a mut Machinery,
    session: &'a mut Session,
    engine: &'a mut Engine,
}

impl Host for Console<'_> {
    fn start(&mut self, words: &[String], input: &mut Input, env: &mut Env, output: &mut Output) -> Begun {
        let Some((program, args)) = words.split_first() else { return Begun::Done(0) };
        let name = program.rsplit('/').next().unwrap_or(program);
        self.machinery.worked =
            matches!(name, "kubectl" | "sleep") || crate::network::programs::PROGRAMS.contains(&name);
        let exec = match name {
            "kubectl" => {
                // Only what reads its standard input takes it: a loop around it may still need the rest.
                let reads = args.iter().any(|arg| matches!(arg.as_str(), "-" | "-f-" | "--filename=-" | "--stdin"))
                    || args.iter().any(|arg| arg.len() < 4 && arg.starts_with('-') && arg[1..].contains('i'));
                let stdin = input.text.take_if(|_| reads);
                // The shell's memory is the session's while a command looks at it.
                std::mem::swap(env, &mut self.session.env);
                let exec = cmd::run(args, stdin.clone(), self.session, self.engine, output);
                std::mem::swap(env, &mut self.session.env);
                if self.session.documentation == Documentation::Wanted {
                    self.machinery.again = Some((args.to_vec(), stdin));
                    return Begun::Running;
                }
                exec
            }
            "sleep" => match sleep(args) {
                Ok(span) => Exec::Running(Box::new(Sleep { until: self.engine.now().after(span) })),
                Err(problem) => {
                    output.err_line(format!("sleep: {problem}"));
                    Exec::Done(1)
                }
            },
            "watch" => return watch(args, output),
            "timeout" => return self.timeout(args, input, env, output),
            "bash" | "sh" | "zsh" => return script_of(args, input, self.session),
            "source" | "." => match args.first().and_then(|path| self.session.file(path)).cloned() {
                Some(text) => return Begun::Script(text, vec!["bash".to_owned()]),
                None => {
                    let path = args.first().map_or("", String::as_str);
                    output.err_line(format!("bash: {path}: No such file or directory"));
                    Exec::Done(1)
                }
            },
            "which" | "type" | "command" => self.which(name, args, output),
            "ls" => self.list(args, output),
            "rm" => self.remove(args, output),
            "mkdir" => Exec::Done(0),
            "env" | "printenv" => {
                for (name, value) in &env.variables {
                    output.line(format!("{name}={value}"));
                }
                Exec::Done(0)
            }
            "whoami" => {
                output.line("user");
                Exec::Done(0)
            }
            "hostname" => {
                output.line("laptop");
                Exec::Done(0)
            }
            "vi" | "vim" | "nano" | "code" | "emacs" => self.open(args, output),
            "jobs" => {
                for (number, (text, _)) in self.session.background.iter().enumerate() {
                    output.line(format!("[{}]+  Running                 {text} &", number + 1));
                }
                Exec::Done(0)
            }
            "kill" | "pkill" | "killall" => self.kill(output),
            "fg" => match self.session.background.pop() {
                Some((text, mut job)) => {
                    output.line(text);
                    match job.process().is_some() {
                        true => Exec::Running(Box::new(Foreground(job))),
                        false => Exec::Done(0),
                    }
                }
                None => {
                    output.err_line("bash: fg: current: no such job");
                    Exec::Done(1)
                }
            },
            name if playground::NAMES.contains(&name) => {
                let exit = playground::run(name, args, &self.session.namespace, self.engine, output);
                Exec::Done(exit.unwrap_or(127))
            }
            name if crate::network::programs::PROGRAMS.contains(&name) => self.client(name, args, output),
            name if tools::NAMES.contains(&name) => return Begun::Tool,
            _ => {
                let near = crate::base::text::nearest(name, ["kubectl", "curl", "grep", "watch", "clear", "alias"]);
                if let Some(near) = near {
                    output.hint(msg!("console.did-you-mean", word = near));
                }
                return Begun::NotFound(format!("bash: {program}: command not found"));
            }
        };
        match exec {
            Exec::Done(exit) => Begun::Done(exit),
            Exec::Running(process) => {
                self.machinery.process = Some(process);
                Begun::Running
            }
        }
    }

    fn poll(&mut self, output: &mut Output) -> Option<i32> {
        if self.session.documentation == Documentation::Wanted {
            return None;
        }
        if let Some((args, stdin)) = self.machinery.again.take() {
            match cmd::run(&args, stdin, self.session, self.engine, output) {
                Exec::Done(exit) => return Some(exit),
                Exec::Running(process) => self.machinery.process = Some(process),
            }
        }
        let Some(process) = &mut self.machinery.process else { return Some(0) };
        let exit = process.poll(self.engine, output)?;
        process.interrupt(&mut self.session.forwards, self.engine, &mut Output::default());
        self.machinery.process = None;
        Some(exit)
    }

    fn read(&mut self, path: &str, _: &Env) -> Result<String, &'static str> {
        match self.session.file(path) {
            Some(text) => Ok(text.clone()),
            None if !self.session.directory(path).is_empty() => Err("Is a directory"),
            None => Err("No such file or directory"),
        }
    }

    fn write(&mut self, path: &str, text: &str, append: bool, _: &Env) -> Result<(), &'static str> {
        if path.ends_with('/') {
            return Err("Is a directory");
        }
        let before = if append { self.session.file(path).cloned().unwrap_or_default() } else { String::new() };
        self.session.write_file(path, before + text);
        Ok(())
    }

    fn files(&mut self, pattern: &str, _: &Env) -> Vec<String> {
        let names = self.session.files.keys();
        names.filter(|name| matches(pattern.trim_start_matches("./"), name)).cloned().collect()
    }

    fn exists(&mut self, path: &str, _: &Env) -> Option<FileKind> {
        match (self.session.file(path), self.session.directory(path).is_empty()) {
            (Some(_), _) => Some(FileKind::File),
            (None, false) => Some(FileKind::Directory),
            (None, true) => None,
        }
    }

    fn background(&mut self, script: Script, text: &str, env: &mut Env, output: &mut Output) {
        self.session.background.push((text.to_owned(), Job::beside(script, env)));
        let number = self.session.background.len();
        output.line(format!("[{number}] {}", 40_000 + number));
    }

    fn rest(&mut self, tired: bool) -> bool {
        let rests = tired || std::mem::take(&mut self.machinery.worked);
        if rests {
            self.machinery.resume_at = Some(self.engine.now().after(COMMAND_TIME));
        }
        rests
    }

    fn seconds(&self) -> i64 {
        self.engine.now().timestamp().0
    }
}

impl Console<'_> {
    /// curl and its like, on the user's machine. What goes to a forwarded port arrives in the pod.
    fn client(&mut self, name: &str, args: &[String], output: &mut Output) -> Exec {
        let mut words: Vec<String> = std::iter::once(name.to_owned()).chain(args.iter().cloned()).collect();
        let mut client = Client::Laptop;
        for word in &mut words {
            for forward in &self.session.forwards {
                for host in ["localhost", "127.0.0.1"] {
                    let here = format!("{host}:{}", forward.local);
                    let rest = word.split_once(here.as_str()).map(|(_, rest)| rest.to_owned());
                    if rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit())) {
                        client = Client::Pod(view::Key::new(&forward.pod.namespace, &forward.pod.name));
                        // The forwarding job says so, not the program.
                        output.err_line(format!("Handling connection for {}", forward.local));
                        *word = word.replace(&here, &format!("{host}:{}", forward.remote));
                    }
                }
            }
        }
        if client == Client::Laptop && matches!(name, "curl" | "wget") {
            let target = words.iter().skip(1).filter_map(|word| Target::parse(word).ok());
            let own = target.into_iter().find(|target| matches!(&*target.host, "localhost" | "127.0.0.1"));
            // Nothing listens on the user's own machine.
            if let Some(target) = own {
                let (host, port) = (&target.host, target.port);
                let silent = words.iter().any(|word| word == "-s" || word == "--silent");
                match name {
                    "curl" if silent => {}
                    "curl" => output.err_line(format!(
                        "curl: (7) Failed to connect to {host} port {port} after 0 ms: Couldn't connect to server"
                    )),
                    _ => output.err_line(format!("wget: can't connect to remote host ({host}): Connection refused")),
                }
                return Exec::Done(if name == "curl" { 7 } else { 1 });
            }
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some(run) = self.engine.program(&client, &words) else { return Exec::Done(127) };
        Exec::Running(Box::new(Later { at: self.engine.now().after(run.took), run: Some(run) }))
    }

    /// `timeout 5 COMMAND`: ends the command, if it has not ended by itself.
    fn timeout(&mut self, args: &[String], input: &mut Input, env: &mut Env, output: &mut Output) -> Begun {
        let (flags, rest) = args.split_at(args.iter().take_while(|arg| arg.starts_with('-')).count());
        let Some((span, command)) = rest.split_first().filter(|(_, command)| !command.is_empty() && flags.is_empty())
        else {
            output.err_line("timeout: missing operand\nTry 'timeout --help' for more information.");
            return Begun::Done(125);
        };
        let Ok(span) = sleep(std::slice::from_ref(span)) else {
            output.err_line(format!("timeout: invalid time interval '{span}'"));
            return Begun::Done(125);
        };
        let begun = self.start(command, input, env, output);
        if let (Begun::Running, Some(inner)) = (&begun, self.machinery.process.take()) {
            let until = self.engine.now().after(span);
            self.machinery.process = Some(Box::new(Limited { inner, until }));
        }
        begun
    }

    fn which(&mut self, name: &str, args: &[String], output: &mut Output) -> Exec {
        let mut exit = 0;
        for arg in args.iter().filter(|arg| !arg.starts_with('-')) {
            let known = arg == "kubectl"
                || tools::NAMES.contains(&arg.as_str())
                || crate::network::programs::PROGRAMS.contains(&arg.as_str());
            match (known, name) {
                (true, "type") => output.line(format!("{arg} is /usr/bin/{arg}")),
                (true, _) => output.line(format!("/usr/bin/{arg}")),
                (false, "type") => {
                    output.err_line(format!("bash: type: {arg}: not found"));
                    exit = 1;
                }
                (false, _) => exit = 1,
            }
        }
        Exec::Done(exit)
    }

    fn list(&mut self, args: &[String], output: &mut Output) -> Exec {
        let paths: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
        let mut exit = 0;
        if paths.is_empty() {
            self.session.files.keys().for_each(|file| output.line(file));
        }
        for path in paths {
            match (self.session.file(path), self.session.directory(path)) {
                (Some(_), _) => output.line(path),
                (None, inside) if inside.is_empty() => {
                    output.err_line(format!("ls: cannot access '{path}': No such file or directory"));
                    exit = 2;
                }
                (None, inside) => inside.iter().for_each(|(name, _)| output.line(name)),
            }
        }
        Exec::Done(exit)
    }

    fn remove(&mut self, args: &[String], output: &mut Output) -> Exec {
        let mut exit = 0;
        let force = args.iter().any(|arg| arg.starts_with('-') && arg.contains('f'));
        for path in args.iter().filter(|arg| !arg.starts_with('-')) {
            let name = path.trim_start_matches("./");
            if self.session.files.remove(name).is_some() {
                self.session.written.push(name.to_owned());
            } else if !force {
                output.err_line(format!("rm: cannot remove '{path}': No such file or directory"));
                exit = 1;
            }
        }
        Exec::Done(exit)
    }

    /// An editor: the page has one.
    fn open(&mut self, args: &[String], output: &mut Output) -> Exec {
        if let Some(path) = args.iter().find(|arg| !arg.starts_with('-')) {
            if self.session.file(path).is_none() {
                self.session.write_file(path, String::new());
            }
            self.session.opened = Some(path.trim_start_matches("./").to_owned());
            output.hint(msg!("console.opened", file = path));
        }
        Exec::Done(0)
    }

    fn kill(&mut self, output: &mut Output) -> Exec {
        match self.session.background.pop() {
            Some((text, mut job)) => {
                job.interrupt(self.session, self.engine, &mut Output::default());
                output.line(format!("[{}]+  Terminated              {text}", self.session.background.len() + 1));
                Exec::Done(0)
            }
            None => {
                output.err_line("bash: kill: no such job");
                Exec::Done(1)
            }
        }
    }
}

/// `bash FILE`, `bash -c '…'`, or a script that is piped in.
fn script_of(args: &[String], input: &mut Input, session: &Session) -> Begun {
    match args {
        [flag, script, rest @ ..] if flag.starts_with('-') && flag.ends_with('c') => {
            let mut arguments = rest.to_vec();
            if arguments.is_empty() {
                arguments.push("bash".to_owned());
            }
            Begun::Script(script.clone(), arguments)
        }
        [file, ..] if !file.starts_with('-') => match session.file(file) {
            Some(text) => Begun::Script(text.clone(), args.to_vec()),
            None => Begun::NotFound(format!("bash: {file}: No such file or directory")),
        },
        _ => Begun::Script(input.text.take().unwrap_or_default(), vec!["bash".to_owned()]),
    }
}

/// `watch`: the command again and again, on a cleared screen.
fn watch(args: &[String], output: &mut Output) -> Begun {
    let mut seconds = "2".to_owned();
    let mut title = true;
    let mut rest = args.iter();
    let mut words: Vec<String> = Vec::new();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-n" | "--interval" => seconds = rest.next().cloned().unwrap_or(seconds),
            "-t" | "--no-title" => title = false,
            flag if flag.starts_with("-n") => seconds = flag[2..].to_owned(),
            flag if flag.starts_with('-') => {}
            _ => {
                words.push(arg.clone());
                words.extend(rest.by_ref().cloned());
            }
        }
    }
    if words.is_empty() {
        output.err_line("Usage:\n watch [options] command");
        return Begun::Done(1);
    }
    let number: f64 = seconds.parse().unwrap_or(2.0);
    let quoted = |word: &String| format!("'{}'", word.replace('\'', "'\\''"));
    // One word is a script; several are a command.
    let command = match words.as_slice() {
        [script] => script.clone(),
        words => words.iter().map(quoted).collect::<Vec<_>>().join(" "),
    };
    let head = format!("Every {number:.1}s: {}", words.join(" "));
    let head = if title { format!("echo {}; echo; ", quoted(&head)) } else { String::new() };
    Begun::Script(format!("while :; do clear; {head}{command}\nsleep {seconds}; done"), vec!["watch".to_owned()])
}

/// How long `sleep` sleeps: the sum of its arguments.
///
/// # Errors
/// What `sleep` says.
pub(super) fn sleep(args: &[String]) -> Result<Duration, String> {
    let seconds = |text: &String| {
        let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
        let scale = match unit {
            "" | "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            "inf" | "infinity" if number.is_empty() => return Some(f64::from(u32::MAX)),
            _ => return None,
        };
        number.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0).map(|number| number * scale)
    };
    if args.is_empty() {
        return Err("missing operand".to_owned());
    }
    let mut total = 0.0;
    for arg in args {
        total += seconds(arg).ok_or_else(|| format!("invalid time interval '{arg}'"))?;
    }
    Ok(Duration::try_from_secs_f64(total).unwrap_or(Duration::from_secs(u32::MAX.into())))
}

/// A command that is ended when its time is over.
struct Limited {
    inner: Box<dyn Process>,
    until: SimTime,
}

impl Process for Limited {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        let ended = self.inner.poll(engine, output);
        // What `timeout` returns for a command that it ended.
        ended.or_else(|| (engine.now() >= self.until).then_some(124))
    }

    fn wakes_at(&self) -> Option<SimTime> {
        Some(self.inner.wakes_at().map_or(self.until, |at| at.min(self.until)))
    }

    fn prompt(&self) -> Option<String> {
        self.inner.prompt()
    }

    fn type_line(&mut self, line: Option<&str>) {
        self.inner.type_line(line);
    }

    fn interrupt(&mut self, forwards: &mut Vec<Forward>, engine: &mut Engine, output: &mut Output) -> bool {
        self.inner.interrupt(forwards, engine, output)
    }
}

struct Sleep {
    until: SimTime,
}

impl Process for Sleep {
    fn poll(&mut self, engine: &mut Engine, _: &mut Output) -> Option<i32> {
        (engine.now() >= self.until).then_some(0)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        Some(self.until)
    }
}

/// A client program, whose output shows when it ends.
struct Later {
    run: Option<crate::network::programs::Run>,
    at: SimTime,
}

impl Process for Later {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        if engine.now() < self.at {
            return None;
        }
        let run = self.run.take()?;
        if !run.stdout.is_empty() {
            output.out(run.stdout);
        }
        if !run.stderr.is_empty() {
            output.pieces.push(Piece::Err(run.stderr));
        }
        Some(i32::from(run.exit))
    }

    fn wakes_at(&self) -> Option<SimTime> {
        Some(self.at)
    }
}

/// A job that was brought back with `fg`.
struct Foreground(Job);

impl Process for Foreground {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        self.0.process()?.poll(engine, output)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        self.0.wakes_at()
    }
}
