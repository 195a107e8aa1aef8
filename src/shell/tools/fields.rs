//! `cut`, `tr`, `sort`, `uniq`, `column`.

use super::{Tool, value_of};
use crate::base::Order;

/// `1,3-4`, `2-`: whether a place (counted from 1) is meant.
fn is_in(list: &str, place: usize) -> bool {
    list.split(',').any(|range| match range.split_once('-') {
        None => range.parse() == Ok(place),
        Some((from, to)) => {
            place >= from.parse().unwrap_or(1) && (to.is_empty() || to.parse().is_ok_and(|to| place <= to))
        }
    })
}

pub(super) fn cut(tool: &mut Tool<'_>) -> i32 {
    let (options, rest) = tool.options("dfcb");
    let delimiter = value_of(&options, 'd').filter(|text| !text.is_empty()).unwrap_or("\t").to_owned();
    let fields = value_of(&options, 'f').map(str::to_owned);
    let letters = value_of(&options, 'c').or(value_of(&options, 'b')).map(str::to_owned);
    let only = options.iter().any(|(letter, _)| *letter == 's');
    let files: Vec<&str> = rest.iter().map(String::as_str).collect();
    let (text, exit) = tool.text(&files);
    for line in text.lines() {
        let cut = match (&letters, &fields) {
            (Some(list), _) => {
                line.chars().enumerate().filter(|(at, _)| is_in(list, at + 1)).map(|(_, c)| c).collect::<String>()
            }
            (None, Some(_)) if !line.contains(&delimiter) => {
                if only {
                    continue;
                }
                line.to_owned()
            }
            (None, Some(list)) => {
                let parts = line.split(delimiter.as_str()).enumerate().filter(|(at, _)| is_in(list, at + 1));
                parts.map(|(_, part)| part).collect::<Vec<_>>().join(&delimiter)
            }
            (None, None) => {
                tool.complain("you must specify a list of bytes, characters, or fields");
                tool.output.err_line("Try 'cut --help' for more information.");
                return 1;
            }
        };
        tool.output.line(cut);
    }
    exit
}

/// `a-z`, `[:upper:]` and `\n` as letters.
fn letters(text: &str) -> Vec<char> {
    let text = text
        .replace("[:upper:]", "A-Z")
        .replace("[:lower:]", "a-z")
        .replace("[:digit:]", "0-9")
        .replace("[:alnum:]", "a-zA-Z0-9")
        .replace("[:space:]", " \t\n")
        .replace("\\n", "\n")
        .replace("\\t", "\t");
    let chars: Vec<char> = text.chars().collect();
    let mut letters = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(last)) => {
                letters.extend(c..=*last);
                at += 3;
            }
            _ => {
                letters.push(c);
                at += 1;
            }
        }
    }
    letters
}

pub(super) fn tr(tool: &mut Tool<'_>) -> i32 {
    let (options, rest) = tool.options("");
    let has = |letter: char| options.iter().any(|(known, _)| *known == letter);
    let from = letters(rest.first().map_or("", String::as_str));
    let to = letters(rest.get(1).map_or("", String::as_str));
    let is_meant = |c: char| from.contains(&c) != has('c');
    let text = tool.input.text.take().unwrap_or_default();
    let mut out = String::new();
    for c in text.chars() {
        let changed = match (is_meant(c), from.iter().position(|known| *known == c)) {
            (true, _) if has('d') => continue,
            (true, Some(place)) => to.get(place).or(to.last()).copied().unwrap_or(c),
            (true, None) => to.last().copied().unwrap_or(c),
            (false, _) => c,
        };
        let squeezed = if to.is_empty() { is_meant(changed) } else { to.contains(&changed) };
        if has('s') && squeezed && out.ends_with(changed) {
            continue;
        }
        out.push(changed);
    }
    tool.output.out(out);
    0
}

pub(super) fn sort(tool: &mut Tool<'_>) -> i32 {
    let (options, rest) = tool.options("kt");
    let has = |letter: char| options.iter().any(|(known, _)| *known == letter);
    let key = value_of(&options, 'k').unwrap_or_default().to_owned();
    let numeric = has('n') || has('h') || key.contains('n');
    let reverse = has('r') || key.contains('r');
    let place: usize =
        key.split([',', '.']).next().unwrap_or_default().trim_end_matches(char::is_alphabetic).parse().unwrap_or(0);
    let separator = value_of(&options, 't').map(str::to_owned);
    let files: Vec<&str> = rest.iter().map(String::as_str).collect();
    let (text, exit) = tool.text(&files);
    let key_of = |line: &str| -> String {
        if place == 0 {
            return line.to_owned();
        }
        match &separator {
            Some(separator) => line.split(separator.as_str()).skip(place - 1).collect::<Vec<_>>().join(separator),
            None => line.split_whitespace().skip(place - 1).collect::<Vec<_>>().join(" "),
        }
    };
    let number_of = |text: &str| -> f64 {
        let text = text.trim_start();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(text.len());
        let unit = match text[end..].chars().next().filter(|_| has('h')) {
            Some('K' | 'k') => 1e3,
            Some('M') => 1e6,
            Some('G') => 1e9,
            _ => 1.0,
        };
        text[..end].parse().unwrap_or(0.0) * unit
    };
    let mut lines: Vec<&str> = text.lines().collect();
    lines.order_by(|a, b| {
        let (x, y) = (key_of(a), key_of(b));
        let order = if numeric { number_of(&x).total_cmp(&number_of(&y)) } else { x.cmp(&y) };
        let order = if has('f') { x.to_lowercase().cmp(&y.to_lowercase()) } else { order };
        let order = order.then_with(|| if has('s') || has('u') { std::cmp::Ordering::Equal } else { a.cmp(b) });
        if reverse { order.reverse() } else { order }
    });
    if has('u') {
        lines.dedup_by_key(|line| key_of(line));
    }
    lines.iter().for_each(|line| tool.output.line(line));
    exit
}

pub(super) fn uniq(tool: &mut Tool<'_>) -> i32 {
    let (options, rest) = tool.options("");
    let has = |letter: char| options.iter().any(|(known, _)| *known == letter);
    let files: Vec<&str> = rest.iter().map(String::as_str).collect();
    let (text, exit) = tool.text(&files);
    let lines: Vec<&str> = text.lines().collect();
    for group in lines.chunk_by(|a, b| a == b) {
        if (has('d') && group.len() < 2) || (has('u') && group.len() > 1) {
            continue;
        }
        let count = if has('c') { format!("{:>7} ", group.len()) } else { String::new() };
        tool.output.line(format!("{count}{}", group.first().copied().unwrap_or_default()));
    }
    exit
}

pub(super) fn column(tool: &mut Tool<'_>) -> i32 {
    let (options, rest) = tool.options("so");
    let separator = value_of(&options, 's').map(str::to_owned);
    let files: Vec<&str> = rest.iter().map(String::as_str).collect();
    let (text, exit) = tool.text(&files);
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| match &separator {
            Some(separator) => line.split(|c| separator.contains(c)).collect(),
            None => line.split_whitespace().collect(),
        })
        .collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        tool.output.line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    exit
}
