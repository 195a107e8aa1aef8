//! `sed`: `s/a/b/g`, `p`, `d`, `q` with line numbers and patterns, `-n`, `-i`, `-E`.

use super::Tool;
use crate::shell::regex::Regex;

enum Address {
    Line(usize),
    Last,
    Pattern(Regex),
}

enum Deed {
    Replace { regex: Regex, with: String, all: bool, print: bool },
    Print,
    Delete,
    Quit,
    Append(String),
    Insert(String),
    Change(String),
}

struct Command {
    from: Option<Address>,
    to: Option<Address>,
    deed: Deed,
    /// Whether a range is under way.
    inside: std::cell::Cell<bool>,
}

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let extended = tool.args.iter().any(|arg| arg == "-E" || arg == "-r");
    let quiet = tool.args.iter().any(|arg| arg == "-n");
    let in_place = tool.args.iter().any(|arg| arg == "-i" || arg.starts_with("-i."));
    let mut scripts = Vec::new();
    let mut files: Vec<&str> = Vec::new();
    let mut args = tool.args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-e" => scripts.extend(args.next().cloned()),
            flag if flag.starts_with('-') && flag.len() > 1 => {}
            file => files.push(file),
        }
    }
    if scripts.is_empty() {
        if files.is_empty() {
            tool.output.err_line("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...");
            return 1;
        }
        scripts.push(files.remove(0).to_owned());
    }
    let mut commands = Vec::new();
    for (number, script) in scripts.iter().enumerate() {
        if let Err((at, why)) = read(script, extended, &mut commands) {
            let letter = script.chars().nth(at.saturating_sub(1)).filter(|_| why == "unknown command");
            let letter = letter.map(|letter| format!(": `{letter}'")).unwrap_or_default();
            tool.complain(&format!("-e expression #{}, char {at}: {why}{letter}", number + 1));
            return 1;
        }
    }
    if in_place {
        let mut exit = 0;
        for file in files {
            let (texts, read) = tool.texts(&[file]);
            exit |= read;
            for (name, text) in texts {
                let edited = edit(&text, &commands, quiet);
                if let Err(why) = tool.host.write(&name, &edited, false, tool.env) {
                    tool.complain(&format!("couldn't open file {name}: {why}"));
                    exit = 4;
                }
            }
        }
        return exit;
    }
    let (text, exit) = tool.text(&files);
    let edited = edit(&text, &commands, quiet);
    if !edited.is_empty() {
        tool.output.out(edited);
    }
    exit
}

/// Reads the commands of a script. The error is the place and what is wrong there.
fn read(script: &str, extended: bool, commands: &mut Vec<Command>) -> Result<(), (usize, &'static str)> {
    let chars: Vec<char> = script.chars().collect();
    let mut at = 0;
    let skip = |at: &mut usize, what: &[char]| {
        while chars.get(*at).is_some_and(|c| what.contains(c)) {
            *at += 1;
        }
    };
    let regex = |text: &str, fold: bool| {
        let regex = if extended { Regex::extended(text) } else { Regex::basic(text) };
        regex.map(|regex| if fold { regex.ignoring_case() } else { regex })
    };
    // The text up to a delimiter; `\` before one takes its meaning away.
    let until = |at: &mut usize, end: char| -> Option<String> {
        let mut text = String::new();
        while let Some(c) = chars.get(*at).copied() {
            *at += 1;
            match c {
                c if c == end => return Some(text),
                '\\' if chars.get(*at) == Some(&end) && end != '\\' => {
                    text.push(end);
                    *at += 1;
                }
                '\\' => {
                    text.push('\\');
                    text.extend(chars.get(*at));
                    *at += 1;
                }
                c => text.push(c),
            }
        }
        None
    };
    loop {
        skip(&mut at, &[' ', ';', '\n', '\t']);
        if at >= chars.len() {
            return Ok(());
        }
        let address = |at: &mut usize| -> Result<Option<Address>, (usize, &'static str)> {
            Ok(match chars.get(*at) {
                Some('$') => {
                    *at += 1;
                    Some(Address::Last)
                }
                Some('/') => {
                    *at += 1;
                    let text = until(at, '/').ok_or((*at, "unterminated address regex"))?;
                    Some(Address::Pattern(regex(&text, false).map_err(|why| (*at, why))?))
                }
                Some(c) if c.is_ascii_digit() => {
                    let start = *at;
                    while chars.get(*at).is_some_and(char::is_ascii_digit) {
                        *at += 1;
                    }
                    let text: String = chars[start..*at].iter().collect();
                    Some(Address::Line(text.parse().unwrap_or(usize::MAX)))
                }
                _ => None,
            })
        };
        let from = address(&mut at)?;
        let mut to = None;
        if chars.get(at) == Some(&',') {
            at += 1;
            to = address(&mut at)?;
        }
        skip(&mut at, &[' ']);
        let letter = chars.get(at).copied().ok_or((at, "missing command"))?;
        at += 1;
        let rest_of_line = |at: &mut usize| {
            skip(at, &[' ', '\\', '\n']);
            let start = *at;
            *at = chars[start..].iter().position(|c| *c == '\n').map_or(chars.len(), |length| start + length);
            chars[start..*at].iter().collect::<String>()
        };
        let deed = match letter {
            'p' => Deed::Print,
            'd' => Deed::Delete,
            'q' => Deed::Quit,
            'a' => Deed::Append(rest_of_line(&mut at)),
            'i' => Deed::Insert(rest_of_line(&mut at)),
            'c' => Deed::Change(rest_of_line(&mut at)),
            's' => {
                let end = chars.get(at).copied().ok_or((at, "unterminated `s' command"))?;
                at += 1;
                let pattern = until(&mut at, end).ok_or((chars.len(), "unterminated `s' command"))?;
                let with = until(&mut at, end).ok_or((chars.len(), "unterminated `s' command"))?;
                let start = at;
                while chars.get(at).is_some_and(|c| c.is_alphanumeric()) {
                    at += 1;
                }
                let flags: String = chars[start..at].iter().collect();
                if let Some(place) = flags.find(|c: char| !"gpiI0123456789".contains(c)) {
                    return Err((start + place + 1, "unknown option to `s'"));
                }
                let regex = regex(&pattern, flags.contains(['i', 'I'])).map_err(|why| (at, why))?;
                Deed::Replace { regex, with, all: flags.contains('g'), print: flags.contains('p') }
            }
            _ => return Err((at, "unknown command")),
        };
        commands.push(Command { from, to, deed, inside: false.into() });
    }
}

fn edit(text: &str, commands: &[Command], quiet: bool) -> String {
    let mut out = String::new();
    let lines: Vec<&str> = text.lines().collect();
    'lines: for (place, line) in lines.iter().enumerate() {
        let mut line = (*line).to_owned();
        let (mut after, mut quit) = (String::new(), false);
        for command in commands {
            if !command.applies(place + 1, lines.len(), &line) {
                continue;
            }
            match &command.deed {
                Deed::Print => out.push_str(&format!("{line}\n")),
                Deed::Delete => continue 'lines,
                Deed::Quit => quit = true,
                Deed::Append(text) => after.push_str(&format!("{text}\n")),
                Deed::Insert(text) => out.push_str(&format!("{text}\n")),
                Deed::Change(text) => {
                    out.push_str(&format!("{text}\n"));
                    continue 'lines;
                }
                Deed::Replace { regex, with, all, print } => {
                    if let Some(changed) = replace(regex, with, *all, &line) {
                        line = changed;
                        if *print {
                            out.push_str(&format!("{line}\n"));
                        }
                    }
                }
            }
        }
        if !quiet {
            out.push_str(&line);
            out.push('\n');
        }
        out.push_str(&after);
        if quit {
            break;
        }
    }
    // A last line without an end keeps none.
    if !text.ends_with('\n') && out.ends_with('\n') {
        out.pop();
    }
    out
}

impl Command {
    fn applies(&self, number: usize, last: usize, line: &str) -> bool {
        let fits = |address: &Address| match address {
            Address::Line(wanted) => *wanted == number,
            Address::Last => number == last,
            Address::Pattern(regex) => regex.find(line, 0).is_some(),
        };
        let Some(from) = &self.from else { return true };
        let Some(to) = &self.to else { return fits(from) };
        if self.inside.get() {
            let over = match to {
                Address::Line(wanted) => number >= *wanted,
                to => fits(to),
            };
            self.inside.set(!over);
            return true;
        }
        let begins = fits(from);
        let ends_at_once = matches!(to, Address::Line(wanted) if *wanted <= number);
        self.inside.set(begins && !ends_at_once);
        begins
    }
}

/// A line with what an expression matches replaced; `None` when it matches nothing.
fn replace(regex: &Regex, with: &str, all: bool, line: &str) -> Option<String> {
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    let mut any = false;
    while at <= chars.len() {
        let Some(groups) = regex.find(line, at) else { break };
        let Some((from, to)) = groups.first().copied().flatten() else { break };
        any = true;
        out.extend(&chars[at..from]);
        let mut letters = with.chars();
        while let Some(c) = letters.next() {
            let group = match c {
                '&' => 0,
                '\\' => match letters.next() {
                    Some(digit) if digit.is_ascii_digit() => digit as usize - '0' as usize,
                    Some('n') => {
                        out.push('\n');
                        continue;
                    }
                    Some('t') => {
                        out.push('\t');
                        continue;
                    }
                    Some(other) => {
                        out.push(other);
                        continue;
                    }
                    None => continue,
                },
                c => {
                    out.push(c);
                    continue;
                }
            };
            if let Some((from, to)) = groups.get(group).copied().flatten() {
                out.extend(&chars[from..to]);
            }
        }
        at = to;
        if to == from {
            out.extend(chars.get(at));
            at += 1;
        }
        if !all {
            break;
        }
    }
    out.extend(chars.get(at..).unwrap_or_default());
    any.then_some(out)
}
