//! What a command line does, as far as it can be read from its words: `sleep 3600`, `sh -c "..."`, `tail -f /dev/null`.

use super::behaviour::{Appetite, Calls, Exit, FileChange, Listener, Program};
use super::pi;
use std::time::Duration;

/// How long a command takes that does something and ends.
const MOMENT: Duration = Duration::from_millis(50);

/// Commands that do their work and end well.
const SHORT: &[&str] = &[
    "true", "echo", "printf", "ls", "cat", "date", "env", "printenv", "hostname", "id", "whoami", "uname", "pwd",
    "touch", "rm", "mkdir", "cp", "mv", "chmod", "chown", "nslookup", "dig", "curl", "wget", "ping", "expr", "seq",
    "grep", "sed", "awk", "head", "wc", "test", "[", "cd", "set", "export", "ln", "kill", "sync", "perl", "python",
    "python3", "node",
];

/// What the words do, or none when they say nothing that is known here: the image has to tell then.
///
/// `interactive` tells whether the container has a standing input (`stdin: true`), on which a shell waits.
pub fn read(argv: &[&str], interactive: bool) -> Option<Program> {
    let (program, args) = argv.split_first()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    match name {
        "sh" | "bash" | "ash" | "dash" => match args {
            ["-c" | "-ec" | "-xc" | "-exc" | "-lc", script, ..] => Some(script_of(script)),
            [] if interactive => Some(Program::deaf()),
            [] => Some(Program::ends(MOMENT, 0)),
            _ => None,
        },
        "sleep" => Some(Sleep::of(args).map_or_else(Program::deaf, |span| Program::ends(span, 0))),
        "tail" if args.iter().any(|arg| arg.starts_with("-f") || arg.starts_with("-F")) => Some(Program::deaf()),
        "false" => Some(Program::ends(MOMENT, 1)),
        "pause" => Some(Program::idle()),
        "tini" | "dumb-init" | "exec" | "nohup" | "timeout" | "env" if args.len() > 1 => {
            let rest: Vec<&str> = args.iter().copied().skip_while(|arg| arg.starts_with('-')).collect();
            let read = read(&rest, interactive)?;
            let forwards = matches!(name, "tini" | "dumb-init") && read.on_term.is_none();
            let on_term = if forwards { Some(Exit { after: Duration::ZERO, code: 143 }) } else { read.on_term };
            Some(Program { on_term, ..read })
        }
        "python" | "python3" if args.contains(&"http.server") || args.contains(&"SimpleHTTPServer") => {
            let port = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(8000);
            let bound = args.iter().position(|arg| matches!(*arg, "--bind" | "-b")).and_then(|at| args.get(at + 1));
            let mut program = serving(port, "Directory listing of {pod}\n");
            program.listeners.iter_mut().for_each(|one| one.loopback = bound.is_some_and(|host| is_loopback(host)));
            Some(program)
        }
        "nc" | "ncat" | "netcat" if args.iter().any(|arg| arg.starts_with("-l") || *arg == "-k") => {
            let port = args.iter().find_map(|arg| arg.parse().ok())?;
            let listener = Listener { loopback: args.iter().any(|arg| is_loopback(arg)), ..Listener::silent(port) };
            Some(Program { listeners: vec![listener], ..Program::deaf() })
        }
        "httpd" if args.contains(&"-f") => {
            let port = args.iter().find_map(|arg| arg.trim_start_matches("-p").rsplit(':').next()?.parse().ok());
            let mut program = serving(port.unwrap_or(80), "Hello from {pod}\n");
            let bound = args.iter().any(|arg| arg.split_once(':').is_some_and(|(host, _)| is_loopback(host)));
            program.listeners.iter_mut().for_each(|one| one.loopback = bound);
            Some(program)
        }
        "perl" if pi::asked(args).is_some() => Some(Program::ends(pi::asked(args).map_or(MOMENT, pi::takes), 0)),
        _ if SHORT.contains(&name) => Some(Program::ends(MOMENT, 0)),
        _ => None,
    }
}

/// Whether an address is reached only from inside the pod.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn serving(port: i32, body: &str) -> Program {
    let appetite = Appetite::default();
    Program { listeners: vec![Listener::http(port, body)], start: MOMENT, appetite, ..Program::deaf() }
}

/// The time that `sleep` takes.
struct Sleep;

impl Sleep {
    /// The sum of the arguments, each with an optional unit; none when it sleeps for ever.
    fn of(args: &[&str]) -> Option<Duration> {
        args.iter().try_fold(Duration::ZERO, |sum, arg| {
            if arg.starts_with("inf") {
                return None;
            }
            let (number, unit) = match arg.char_indices().next_back() {
                Some((at, 'm')) => (arg.get(..at)?, 60.0),
                Some((at, 'h')) => (arg.get(..at)?, 3600.0),
                Some((at, 'd')) => (arg.get(..at)?, 86_400.0),
                Some((at, 's')) => (arg.get(..at)?, 1.0),
                _ => (*arg, 1.0),
            };
            let seconds: f64 = number.parse().unwrap_or(0.0) * unit;
            let span = Duration::try_from_secs_f64(seconds.min(1e9)).unwrap_or(Duration::ZERO);
            Some(sum + span)
        })
    }
}

/// What a shell script does, read from its commands in order. An endless loop, or a command that never ends, is where it
/// stays. A shell with number 1 does not hear SIGTERM, unless the script sets a trap.
fn script_of(script: &str) -> Program {
    let mut at = Duration::ZERO;
    let mut code = 0;
    let mut whole = Program::deaf();
    if script.contains("trap ") {
        whole.on_term = Some(Exit { after: Duration::ZERO, code: 0 });
    }
    for line in script.split([';', '\n', '|']).flat_map(|part| part.split("&&")) {
        let line = line.trim().trim_end_matches('&').trim();
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect();
        let words = match words.as_slice() {
            ["do" | "then" | "else" | "(" | "{" | "!", rest @ ..] => rest,
            all => all,
        };
        for (file, exists) in files(words) {
            whole.files.push(FileChange { after: at, path: file.into(), exists });
        }
        match words {
            [] | ["done" | "fi" | "esac" | "}" | ")", ..] => {}
            ["while", "true" | ":" | "sleep" | "[", ..] | ["until", "false", ..] => {
                whole.calls = calls(script);
                if whole.calls.is_some() {
                    whole.appetite.cpu = 20;
                }
                return whole;
            }
            ["exit", number, ..] => {
                whole.exit = Some(Exit { after: at + MOMENT, code: number.parse().unwrap_or(0) });
                return whole;
            }
            ["exit"] => break,
            words => {
                let Some(command) = read(words, false) else {
                    code = 0;
                    continue;
                };
                let Some(exit) = command.exit else {
                    let files = std::mem::take(&mut whole.files);
                    let on_term = whole.on_term.or(command.on_term.filter(|_| words.first() == Some(&"exec")));
                    return Program { files, on_term, start: at + command.start, ..command };
                };
                if matches!(words.first(), Some(&"sleep")) {
                    at += exit.after;
                }
                code = exit.code;
            }
        }
    }
    whole.exit = Some(Exit { after: at + MOMENT, code });
    whole
}

/// The requests that an endless loop sends: the first client program in it, and what it sleeps between two.
fn calls(script: &str) -> Option<Calls> {
    let words: Vec<&str> = script.split([' ', ';', '\n', '&', '|']).filter(|word| !word.is_empty()).collect();
    let client = words.iter().position(|word| matches!(*word, "wget" | "curl"))?;
    let url = words
        .get(client + 1..)?
        .iter()
        .map(|word| word.trim_matches(['"', '\'']))
        .find(|word| !word.starts_with(['-', '>', '/']) && !word.contains("/dev/") && *word != "done")?;
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?']).next()?;
    let pauses = words.iter().zip(words.iter().skip(1)).filter(|(word, _)| **word == "sleep");
    let pause = pauses.filter_map(|(_, span)| Sleep::of(&[span])).sum();
    Some(Calls { host: host.into(), pause })
}

/// The files that a command makes or removes.
fn files<'a>(words: &[&'a str]) -> Vec<(&'a str, bool)> {
    let paths = |words: &[&'a str], exists| {
        words.iter().filter(|word| !word.starts_with('-')).map(|word| (*word, exists)).collect::<Vec<_>>()
    };
    match words {
        ["touch", rest @ ..] => paths(rest, true),
        ["rm", rest @ ..] => paths(rest, false),
        _ => {
            let target = words.iter().position(|word| matches!(*word, ">" | ">>")).and_then(|at| words.get(at + 1));
            target.map(|path| vec![(*path, true)]).unwrap_or_default()
        }
    }
}

/// Whether a command run inside the container succeeds `since` its start; none when it cannot be told.
pub fn exec_succeeds(argv: &[&str], program: &Program, since: Duration) -> Option<bool> {
    let (name, args) = argv.split_first()?;
    match (name.rsplit('/').next().unwrap_or(name), args) {
        ("cat" | "ls" | "stat", [.., path]) => program.file(path, since),
        ("test" | "[", [flag, path, ..]) if matches!(*flag, "-f" | "-e" | "-s" | "-r") => program.file(path, since),
        ("sh" | "bash", ["-c", script, ..]) => {
            let last = script.split([';', '\n']).next_back()?;
            let words: Vec<&str> = last.split_whitespace().collect();
            match words.as_slice() {
                ["exit", code] => Some(*code == "0"),
                words => exec_succeeds(words, program, since),
            }
        }
        ("true", _) => Some(true),
        ("false", _) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// `ends after code`, or `runs`, and whether it hears SIGTERM, and where it listens.
    fn shape(argv: &[&str]) -> String {
        let Some(program) = read(argv, false) else { return "unknown".to_owned() };
        let mut out = match program.exit {
            Some(exit) => format!("ends {}s {}", exit.after.as_secs(), exit.code),
            None => "runs".to_owned(),
        };
        if program.on_term.is_none() && program.exit.is_none() {
            out.push_str(" deaf");
        }
        for listener in &program.listeners {
            out.push_str(&format!(" {}:{}", if listener.loopback { "lo" } else { "" }, listener.port));
        }
        out
    }

    #[test]
    fn reads_commands() {
        let table: &[(&[&str], &str)] = &[
            (&["sleep", "3600"], "ends 3600s 0"),
            (&["sleep", "1h", "30m"], "ends 5400s 0"),
            (&["/bin/sleep", "infinity"], "runs deaf"),
            (&["tail", "-f", "/dev/null"], "runs deaf"),
            (&["sh"], "ends 0s 0"),
            (&["false"], "ends 0s 1"),
            (&["echo", "hi"], "ends 0s 0"),
            (&["/bin/sh", "-c", "echo hi; exit 3"], "ends 0s 3"),
            (&["sh", "-c", "sleep 5 && exit 1"], "ends 5s 1"),
            (&["sh", "-c", "while true; do date; sleep 1; done"], "runs deaf"),
            (&["sh", "-c", "echo start; sleep infinity"], "runs deaf"),
            (&["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 1; done"], "runs"),
            (&["sh", "-c", "sleep 2\nfalse"], "ends 2s 1"),
            (&["python3", "-m", "http.server", "8080"], "runs deaf :8080"),
            (&["sh", "-c", "python -m http.server 9000"], "runs deaf :9000"),
            (&["nc", "-lk", "-p", "7000"], "runs deaf :7000"),
            (&["nc", "-l", "127.0.0.1", "7000"], "runs deaf lo:7000"),
            (&["python3", "-m", "http.server", "8080", "--bind", "127.0.0.1"], "runs deaf lo:8080"),
            (&["httpd", "-f", "-p", "127.0.0.1:8080"], "runs deaf lo:8080"),
            (&["httpd", "-f", "-p", "8080"], "runs deaf :8080"),
            (&["tini", "--", "sleep", "infinity"], "runs"),
            (&["/my/app", "--port", "80"], "unknown"),
            (&[], "unknown"),
        ];
        for (argv, expected) in table {
            assert_eq!(shape(argv), *expected, "{argv:?}");
        }
        assert_eq!(read(&["sh"], true), Some(Program::deaf()));
    }

    #[test]
    fn loops_send_requests() {
        for (script, host, millis) in [
            ("while sleep 0.01; do wget -q -O- http://php-apache; done", "php-apache", 10),
            ("while true; do curl -s http://web.shop:8080/x > /dev/null; sleep 0.5; done", "web.shop:8080", 500),
            ("while true; do wget -q -O - web; done", "web", 0),
        ] {
            let calls = read(&["sh", "-c", script], false).and_then(|program| program.calls).unwrap();
            assert_eq!((&*calls.host, calls.pause), (host, Duration::from_millis(millis)), "{script}");
        }
        assert_eq!(read(&["sh", "-c", "while true; do date; done"], false).and_then(|program| program.calls), None);
    }

    /// The liveness example of the documentation.
    #[test]
    fn files_come_and_go() {
        let script = "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600";
        let program = read(&["/bin/sh", "-c", script], false).unwrap();
        let probe = |at| exec_succeeds(&["cat", "/tmp/healthy"], &program, secs(at));
        assert_eq!((probe(0), probe(29), probe(30), probe(500)), (Some(true), Some(true), Some(false), Some(false)));
        assert_eq!(exec_succeeds(&["cat", "/tmp/other"], &program, secs(1)), None);
        assert_eq!(program.exit.map(|exit| exit.after.as_secs()), Some(630));
    }
}
