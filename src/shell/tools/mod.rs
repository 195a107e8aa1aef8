//! The small programs that stand beside a shell: functions from text to text.

mod awk;
mod fields;
mod grep;
mod lines;
mod print;
mod sed;

pub use lines::xargs;
pub use print::{date, echo, printf};

use super::expand::Env;
use super::machine::{Host, Input};
use super::output::Output;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// The names of all of them.
pub const NAMES: [&str; 29] = [
    "awk", "base64", "basename", "cat", "clear", "column", "cut", "date", "dirname", "egrep", "expr", "fgrep", "grep",
    "head", "mkdir", "nl", "rev", "sed", "seq", "sort", "tac", "tail", "tee", "touch", "tr", "uniq", "wc", "xargs",
    "rm",
];

/// A program that is at work.
pub(super) struct Tool<'t> {
    /// Its name.
    pub(super) name: &'t str,
    /// Its arguments.
    pub(super) args: &'t [String],
    /// What is piped into it.
    pub(super) input: &'t mut Input,
    /// Its shell.
    pub(super) env: &'t mut Env,
    /// Where it runs.
    pub(super) host: &'t mut dyn Host,
    /// Where it prints.
    pub(super) output: &'t mut Output,
}

/// Runs a program of [`NAMES`].
pub(super) fn run(words: &[String], input: &mut Input, env: &mut Env, host: &mut dyn Host, output: &mut Output) -> i32 {
    let Some((name, args)) = words.split_first() else { return 0 };
    let name = name.rsplit('/').next().unwrap_or(name);
    let mut tool = Tool { name, args, input, env, host, output };
    match name {
        "grep" | "egrep" | "fgrep" => grep::run(&mut tool),
        "sed" => sed::run(&mut tool),
        "awk" => awk::run(&mut tool),
        "cut" => fields::cut(&mut tool),
        "tr" => fields::tr(&mut tool),
        "sort" => fields::sort(&mut tool),
        "uniq" => fields::uniq(&mut tool),
        "column" => fields::column(&mut tool),
        "date" => print::run_date(&mut tool),
        "seq" => print::seq(&mut tool),
        "expr" => print::expr(&mut tool),
        "base64" => print::base64(&mut tool),
        "clear" => {
            tool.output.out("\u{1b}[H\u{1b}[2J");
            0
        }
        _ => lines::run(&mut tool),
    }
}

/// Whether a program gives a line for a line, so that it can work while more is still to come.
pub fn is_streaming(words: &[String]) -> bool {
    match words.first().map(String::as_str) {
        Some("grep" | "egrep" | "fgrep") => !words.iter().any(|word| {
            word.starts_with('-') && !word.starts_with("--") && word.contains(['c', 'q', 'A', 'B', 'C', 'm'])
        }),
        Some("sed" | "cut" | "tr" | "cat") => true,
        Some("awk") => !words.iter().any(|word| word.contains("END") || word.contains("BEGIN") || word.contains("NR")),
        _ => false,
    }
}

impl Tool<'_> {
    /// The text of files, or of the input when there are none. Files that cannot be read are told of.
    pub(super) fn texts(&mut self, files: &[&str]) -> (Vec<(String, String)>, i32) {
        if files.is_empty() || files == ["-"] {
            return (vec![("-".to_owned(), self.input.text.take().unwrap_or_default())], 0);
        }
        let mut exit = 0;
        let mut texts = Vec::new();
        for file in files {
            match self.host.read(file, self.env) {
                Ok(text) => texts.push(((*file).to_owned(), text)),
                Err(why) => {
                    self.complain(&format!("{file}: {why}"));
                    exit = 1;
                }
            }
        }
        (texts, exit)
    }

    /// The same in one piece.
    pub(super) fn text(&mut self, files: &[&str]) -> (String, i32) {
        let (texts, exit) = self.texts(files);
        (texts.into_iter().map(|(_, text)| text).collect(), exit)
    }

    /// `grep: …` on standard error.
    pub(super) fn complain(&mut self, text: &str) {
        self.output.err_line(format!("{}: {text}", self.name));
    }

    /// Options and what is left. `with_value` are the letters that take the next word.
    pub(super) fn options(&self, with_value: &str) -> (Vec<(char, String)>, Vec<String>) {
        let (mut options, mut rest) = (Vec::new(), Vec::new());
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            match arg.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                Some("-") => {
                    rest.extend(args.cloned());
                    break;
                }
                Some(letters) if !letters.starts_with('-') => {
                    let mut letters = letters.chars();
                    while let Some(letter) = letters.next() {
                        if !with_value.contains(letter) {
                            options.push((letter, String::new()));
                            continue;
                        }
                        let value = match letters.as_str() {
                            "" => args.next().cloned().unwrap_or_default(),
                            value => value.to_owned(),
                        };
                        options.push((letter, value));
                        break;
                    }
                }
                Some(long) => {
                    let (name, value) = long.trim_start_matches('-').split_once('=').unwrap_or((long, ""));
                    let letter = LONG.iter().find(|(long, _)| *long == name.trim_start_matches('-'));
                    options.extend(letter.map(|(_, letter)| (*letter, value.to_owned())));
                }
                None => rest.push(arg.clone()),
            }
        }
        (options, rest)
    }
}

/// Long names of options.
const LONG: [(&str, char); 11] = [
    ("ignore-case", 'i'),
    ("invert-match", 'v'),
    ("count", 'c'),
    ("only-matching", 'o'),
    ("line-number", 'n'),
    ("quiet", 'q'),
    ("extended-regexp", 'E'),
    ("reverse", 'r'),
    ("unique", 'u'),
    ("lines", 'n'),
    ("decode", 'd'),
];

/// The value of an option.
pub(super) fn value_of(options: &[(char, String)], letter: char) -> Option<&str> {
    options.iter().rev().find(|(known, _)| *known == letter).map(|(_, value)| value.as_str())
}

/// A path seen from a directory, without `.` and `..`.
pub fn absolute(path: &str, directory: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
