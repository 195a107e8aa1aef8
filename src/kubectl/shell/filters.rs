//! `grep`, `head`, `wc` and their like: enough of each for what is piped out of kubectl.

use crate::kubectl::exec::Output;
use crate::kubectl::session::Session;

/// Runs a small program; `None` when there is no such program.
pub(super) fn run(
    name: &str,
    args: &[String],
    stdin: Option<&str>,
    session: &Session,
    output: &mut Output,
) -> Option<i32> {
    let stdin = stdin.unwrap_or_default();
    match name {
        "echo" => output.line(args.join(" ")),
        "ls" => session.files.keys().for_each(|file| output.line(file)),
        "cat" => return Some(cat(args, stdin, session, output)),
        "grep" => return Some(grep(args, stdin, output)),
        "head" => lines(stdin).take(count(args)).for_each(|line| output.line(line)),
        "tail" => {
            let all: Vec<&str> = lines(stdin).collect();
            all.iter().skip(all.len().saturating_sub(count(args))).for_each(|line| output.line(line));
        }
        "wc" if args.first().is_some_and(|arg| arg == "-l") => output.line(lines(stdin).count()),
        "wc" => {
            let words = stdin.split_whitespace().count();
            output.line(format!("{:>7} {words:>7} {:>7}", lines(stdin).count(), stdin.len()));
        }
        "sort" => {
            let mut all: Vec<&str> = lines(stdin).collect();
            all.sort_unstable();
            if args.iter().any(|arg| arg == "-r") {
                all.reverse();
            }
            if args.iter().any(|arg| arg == "-u") {
                all.dedup();
            }
            all.iter().for_each(|line| output.line(line));
        }
        _ => return None,
    }
    Some(0)
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
}

/// `-n 5`, `-n5` or `-5`; ten by default.
fn count(args: &[String]) -> usize {
    let number = args.iter().find_map(|arg| arg.trim_start_matches(['-', 'n']).parse().ok());
    number.unwrap_or(10)
}

fn cat(args: &[String], stdin: &str, session: &Session, output: &mut Output) -> i32 {
    if args.is_empty() {
        output.out(stdin);
    }
    let mut exit = 0;
    for file in args {
        match session.files.get(file.trim_start_matches("./")) {
            Some(text) => output.out(text),
            None => {
                output.err_line(format!("cat: {file}: No such file or directory"));
                exit = 1;
            }
        }
    }
    exit
}

/// Plain text only, with `-i`, `-v`, `-c` and `-n`-free output; alternatives as `-E 'a|b'`.
fn grep(args: &[String], stdin: &str, output: &mut Output) -> i32 {
    let (flags, words): (Vec<&String>, Vec<&String>) = args.iter().partition(|arg| arg.starts_with('-'));
    let has = |letter: char| flags.iter().any(|flag| flag.contains(letter));
    let Some(pattern) = words.first() else {
        output.err_line("Usage: grep [OPTION]... PATTERNS [FILE]...");
        return 2;
    };
    let fold = |text: &str| if has('i') { text.to_lowercase() } else { text.to_owned() };
    let wanted: Vec<String> = fold(pattern).split(['|']).map(|part| part.trim_end_matches('\\').to_owned()).collect();
    let found: Vec<&str> =
        lines(stdin).filter(|line| wanted.iter().any(|part| fold(line).contains(part.as_str())) != has('v')).collect();
    if has('c') {
        output.line(found.len());
    } else {
        found.iter().for_each(|line| output.line(line));
    }
    i32::from(found.is_empty())
}
