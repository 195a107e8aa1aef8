//! What a shell does itself: variables, tests, loops' ends, and the printing that costs nothing.

use super::expand::Env;
use super::machine::{Host, Input};
use super::output::Output;
use super::tools::{self, FileKind};

/// What a command of the shell's own means for what follows.
pub(super) enum Control {
    /// It is over.
    Exit(i32),
    /// The shell ends.
    Leave(i32),
    /// Out of so many loops.
    Break(usize),
    /// On to the next round of the loop that is so many levels up.
    Continue(usize),
    /// These commands run.
    Eval(String),
}

/// Runs a command of the shell's own; `None` when it is none.
pub(super) fn run(
    words: &[String],
    input: &mut Input,
    env: &mut Env,
    host: &mut dyn Host,
    output: &mut Output,
) -> Option<Control> {
    let (name, args) = words.split_first()?;
    let first = args.first().map(String::as_str);
    let number = |default: i32| first.and_then(|text| text.parse::<i32>().ok()).unwrap_or(default);
    let levels = usize::try_from(number(1)).unwrap_or(1).max(1);
    let exit = match name.as_str() {
        ":" | "true" => 0,
        "false" => 1,
        "echo" => {
            output.out(tools::echo(args));
            0
        }
        "printf" => return Some(Control::Exit(tools::printf(args, output))),
        "test" => condition(args, env, host),
        "[" => match args.split_last() {
            Some((last, args)) if last == "]" => condition(args, env, host),
            _ => {
                output.err_line("sh: [: missing ]");
                2
            }
        },
        "[[" => match args.split_last() {
            Some((last, args)) if last == "]]" => condition(args, env, host),
            _ => 2,
        },
        "exit" | "logout" | "return" => return Some(Control::Leave(number(env.exit))),
        "break" => return Some(Control::Break(levels)),
        "continue" => return Some(Control::Continue(levels)),
        "export" | "local" | "readonly" | "declare" => {
            for pair in args.iter().filter(|arg| !arg.starts_with('-')) {
                if let Some((name, value)) = pair.split_once('=') {
                    env.variables.insert(name.to_owned(), value.to_owned());
                }
            }
            if first.is_none() || first == Some("-p") {
                for (name, value) in &env.variables {
                    output.line(format!("declare -x {name}=\"{value}\""));
                }
            }
            0
        }
        "unset" => {
            for name in args {
                env.variables.remove(name);
            }
            0
        }
        "set" if first.is_none() => {
            for (name, value) in &env.variables {
                output.line(format!("{name}='{value}'"));
            }
            0
        }
        "set" if first == Some("--") => {
            env.arguments.truncate(1);
            env.arguments.extend(args.iter().skip(1).cloned());
            0
        }
        // Options that change nothing here, and handlers of signals that never come.
        "set" | "shopt" | "trap" | "ulimit" | "umask" | "wait" | "complete" | "hash" | "stty" => 0,
        "shift" => {
            let count = levels.min(env.arguments.len().saturating_sub(1));
            env.arguments.drain(1..1 + count);
            0
        }
        "cd" => change_directory(first, env, host, output),
        "pwd" => {
            output.line(if env.directory.is_empty() { "/home/user" } else { &env.directory });
            0
        }
        "read" => read(args, input, env),
        "eval" => return Some(Control::Eval(args.join(" "))),
        "alias" => alias(args, env, output),
        "unalias" => {
            for name in args {
                env.aliases.remove(name);
            }
            0
        }
        _ => return None,
    };
    Some(Control::Exit(exit))
}

fn change_directory(to: Option<&str>, env: &mut Env, host: &mut dyn Host, output: &mut Output) -> i32 {
    if env.directory.is_empty() {
        // The user's machine has one directory.
        return match to {
            None | Some("." | "~" | "/home/user") => 0,
            Some(path) => {
                output.err_line(format!("bash: cd: {path}: No such file or directory"));
                1
            }
        };
    }
    let path = tools::absolute(to.unwrap_or("/root"), &env.directory);
    match host.exists(&path, env) {
        Some(FileKind::Directory) => {
            env.directory = path;
            0
        }
        found => {
            let (to, shell) = (to.unwrap_or("/root"), if env.bash { "bash: cd:" } else { "sh: cd: can't cd to" });
            let why = if found.is_some() { "Not a directory" } else { "No such file or directory" };
            output.err_line(format!("{shell} {to}: {why}"));
            1
        }
    }
}

/// Takes a line of the input.
fn read(args: &[String], input: &mut Input, env: &mut Env) -> i32 {
    let Some(text) = input.text.as_mut().filter(|text| !text.is_empty()) else { return 1 };
    let end = text.find('\n').unwrap_or(text.len());
    let line = text[..end].to_owned();
    text.drain(..(end + 1).min(text.len()));
    let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let mut rest = line.trim();
    for (i, name) in names.iter().enumerate() {
        let cut = rest.find(char::is_whitespace).filter(|_| i + 1 < names.len()).unwrap_or(rest.len());
        env.variables.insert((*name).clone(), rest[..cut].to_owned());
        rest = rest[cut..].trim_start();
    }
    0
}

fn alias(args: &[String], env: &mut Env, output: &mut Output) -> i32 {
    let mut exit = 0;
    if args.is_empty() {
        for (name, text) in &env.aliases {
            output.line(format!("alias {name}='{text}'"));
        }
    }
    for arg in args {
        match arg.split_once('=') {
            Some((name, text)) => drop(env.aliases.insert(name.to_owned(), text.to_owned())),
            None => match env.aliases.get(arg) {
                Some(text) => output.line(format!("alias {arg}='{text}'")),
                None => {
                    output.err_line(format!("bash: alias: {arg}: not found"));
                    exit = 1;
                }
            },
        }
    }
    exit
}

/// `test`: 0 when it holds.
fn condition(args: &[String], env: &Env, host: &mut dyn Host) -> i32 {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    i32::from(!holds(&words, env, host))
}

fn holds(words: &[&str], env: &Env, host: &mut dyn Host) -> bool {
    for (sign, all) in [(["-o", "||"], false), (["-a", "&&"], true)] {
        if let Some(place) = words.iter().position(|word| sign.contains(word)) {
            let (left, right) = (holds(&words[..place], env, host), holds(&words[place + 1..], env, host));
            return if all { left && right } else { left || right };
        }
    }
    match words {
        [] => false,
        ["!", rest @ ..] => !holds(rest, env, host),
        [word] => !word.is_empty(),
        ["-n", word] => !word.is_empty(),
        ["-z", word] => word.is_empty(),
        ["-f" | "-s" | "-r" | "-w", path] => host.exists(path, env) == Some(FileKind::File),
        ["-d", path] => host.exists(path, env) == Some(FileKind::Directory),
        ["-e" | "-x", path] => host.exists(path, env).is_some(),
        [left, sign, right] => {
            let numbers = left.trim().parse::<i64>().ok().zip(right.trim().parse::<i64>().ok());
            let compare = |holds: fn(i64, i64) -> bool| numbers.is_some_and(|(left, right)| holds(left, right));
            match *sign {
                "=" => left == right,
                "==" => super::expand::matches(right, left),
                "!=" => left != right,
                "<" => left < right,
                ">" => left > right,
                "=~" => super::regex::Regex::extended(right).is_ok_and(|regex| regex.find(left, 0).is_some()),
                "-eq" => compare(|a, b| a == b),
                "-ne" => compare(|a, b| a != b),
                "-lt" => compare(|a, b| a < b),
                "-le" => compare(|a, b| a <= b),
                "-gt" => compare(|a, b| a > b),
                "-ge" => compare(|a, b| a >= b),
                _ => false,
            }
        }
        _ => false,
    }
}
