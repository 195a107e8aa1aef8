//! `grep`, `egrep` and `fgrep`.

use super::{Tool, value_of};
use crate::shell::regex::Regex;

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let (options, mut rest) = tool.options("ABCem");
    let has = |letter: char| options.iter().any(|(known, _)| *known == letter);
    let mut patterns: Vec<String> =
        options.iter().filter(|(letter, _)| *letter == 'e').map(|(_, text)| text.clone()).collect();
    if patterns.is_empty() {
        if rest.is_empty() {
            tool.output.err_line("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.");
            return 2;
        }
        patterns = rest.remove(0).split('\n').map(str::to_owned).collect();
    }
    let mut regexes = Vec::new();
    for pattern in &patterns {
        let read = match () {
            () if has('F') || tool.name == "fgrep" => Ok(Regex::fixed(pattern)),
            () if has('E') || has('P') || tool.name == "egrep" => Regex::extended(pattern),
            () => Regex::basic(pattern),
        };
        match read {
            Ok(regex) => regexes.push(if has('i') { regex.ignoring_case() } else { regex }),
            Err(why) => {
                tool.complain(why);
                return 2;
            }
        }
    }
    let files: Vec<&str> = rest.iter().map(String::as_str).collect();
    let (texts, mut exit) = tool.texts(&files);
    let number = |letter: char| value_of(&options, letter).and_then(|text| text.parse::<usize>().ok());
    let around = number('C').unwrap_or(0);
    let (before, after) = (number('B').unwrap_or(around), number('A').unwrap_or(around));
    let most = number('m').unwrap_or(usize::MAX);
    let mut any = false;
    for (name, text) in &texts {
        let prefix = if texts.len() > 1 && !has('h') { format!("{name}:") } else { String::new() };
        let lines: Vec<&str> = text.lines().collect();
        let fits = |line: &str| {
            let found = regexes.iter().any(|regex| match regex.find(line, 0) {
                Some(groups) => {
                    !(has('x') && groups.first() != Some(&Some((0, line.chars().count()))))
                        && (!has('w') || whole_word(line, groups.first().copied().flatten()))
                }
                None => false,
            });
            found != has('v')
        };
        let hits: Vec<usize> =
            lines.iter().enumerate().filter(|(_, line)| fits(line)).map(|(place, _)| place).take(most).collect();
        any |= !hits.is_empty();
        if has('q') {
            continue;
        }
        if has('c') {
            tool.output.line(format!("{prefix}{}", hits.len()));
            continue;
        }
        if has('l') {
            if !hits.is_empty() {
                tool.output.line(name);
            }
            continue;
        }
        let mut printed: Option<usize> = None;
        for (index, hit) in hits.iter().enumerate() {
            let from = hit.saturating_sub(before).max(printed.map_or(0, |last| last + 1));
            let next = hits.get(index + 1).copied().unwrap_or(lines.len());
            let to =
                (hit + after).min(lines.len().saturating_sub(1)).min(if after > 0 { next.max(*hit) } else { *hit });
            if printed.is_some_and(|last| from > last + 1) && before + after > 0 {
                tool.output.line("--");
            }
            for place in from..=to {
                if printed.is_some_and(|last| place <= last) {
                    continue;
                }
                printed = Some(place);
                let line = lines.get(place).copied().unwrap_or_default();
                let sign = if hits.contains(&place) { ':' } else { '-' };
                let label = if has('n') { format!("{}{sign}", place + 1) } else { String::new() };
                if has('o') && !has('v') {
                    for part in parts(&regexes, line) {
                        tool.output.line(format!("{prefix}{label}{part}"));
                    }
                } else {
                    tool.output.line(format!("{prefix}{label}{line}"));
                }
            }
        }
    }
    if exit == 0 {
        exit = i32::from(!any);
    } else {
        exit = 2;
    }
    exit
}

fn whole_word(line: &str, found: Option<(usize, usize)>) -> bool {
    let chars: Vec<char> = line.chars().collect();
    let is_word = |place: usize| chars.get(place).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    found.is_some_and(|(from, to)| !(is_word(to) || from > 0 && is_word(from - 1)))
}

/// The parts of a line that an expression matches.
fn parts(regexes: &[Regex], line: &str) -> Vec<String> {
    let chars: Vec<char> = line.chars().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while at <= chars.len() {
        let found = regexes.iter().filter_map(|regex| regex.find(line, at)?.first().copied().flatten());
        let Some((from, to)) = found.min_by_key(|(from, to)| (*from, std::cmp::Reverse(*to))) else { break };
        if to > from {
            parts.push(chars[from..to].iter().collect());
        }
        at = to.max(from + 1);
    }
    parts
}
