//! Whether a session printed what a document says, apart from what differs from run to run.
//!
//! Put aside, and nothing else: random name endings (not pod-template-hashes), pod IPs, cluster IPs and node ports that
//! the document does not name, ages, times, uids and resourceVersions, the widths of columns, the order of table rows and
//! of addresses, all lines of `rollout status` but the last, and on which node a pod was put.

use super::{ConsoleDoc, Step};
use crate::base::Order;
use std::collections::BTreeSet;

/// What a document itself names, and what therefore must be equal.
#[derive(Clone, Debug, Default)]
pub struct Named {
    words: BTreeSet<String>,
}

impl Named {
    /// The addresses and numbers of a document's files and commands.
    pub fn by(doc: &ConsoleDoc) -> Named {
        let texts = doc.files.values().map(String::as_str).chain(doc.steps.iter().map(|step| step.command.as_str()));
        let words = texts.flat_map(|text| text.split(|c: char| !c.is_ascii_digit() && c != '.'));
        Named { words: words.filter(|word| !word.is_empty()).map(str::to_owned).collect() }
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(word)
    }
}

/// How what was printed differs from what the step says; `None` when it does not.
pub fn difference(step: &Step, printed: &str, named: &Named) -> Option<String> {
    let expected = comparable(&step.command, &step.output, named);
    let actual = comparable(&step.command, printed, named);
    (expected != actual).then(|| describe(&step.output, printed, &expected, &actual))
}

/// The lines of an output in a form that is equal for equal behaviour.
fn comparable(command: &str, output: &str, named: &Named) -> Vec<String> {
    // A document does not show the empty lines at the end of an output.
    let mut lines: Vec<&str> = output.trim_end_matches(['\n', '\r']).lines().collect();
    if command.contains("rollout status") {
        lines.drain(..lines.len().saturating_sub(1));
    }
    let wide = command.contains("wide");
    let mut lines: Vec<String> = lines.into_iter().map(|line| comparable_line(line, wide, named)).collect();
    sort_tables(&mut lines);
    lines
}

fn comparable_line(line: &str, wide: bool, named: &Named) -> String {
    let mut out = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        out.push_str(&"  "[..spaces.min(2)]);
        rest = &rest[spaces..];
        let length = date_length(rest).unwrap_or_else(|| rest.find(' ').unwrap_or(rest.len()));
        let title = out.trim();
        let token = match title.trim_matches('"') {
            "resourceVersion:" | "resourceVersion\":" => "<version>".to_owned(),
            _ => comparable_token(&rest[..length], title.ends_with(':'), wide, named),
        };
        out.push_str(&token);
        rest = &rest[length..];
    }
    out
}

/// The length of a date as `kubectl describe` prints it, `Fri, 20 Nov 2026 19:52:17 +0000`, at the start of `text`.
fn date_length(text: &str) -> Option<usize> {
    const PATTERN: &str = "Aaa, 00 Aaa 0000 00:00:00 +0000";
    matches_pattern(text.get(..PATTERN.len())?, PATTERN).then_some(PATTERN.len())
}

/// Whether `text` has letters where the pattern has letters and digits where it has `0`.
fn matches_pattern(text: &str, pattern: &str) -> bool {
    text.chars().count() == pattern.chars().count()
        && text.chars().zip(pattern.chars()).all(|(c, wanted)| match wanted {
            '0' => c.is_ascii_digit(),
            'A' | 'a' => c.is_ascii_alphabetic(),
            other => c == other,
        })
}

fn comparable_token(token: &str, after_title: bool, wide: bool, named: &Named) -> String {
    if date_length(token).is_some() {
        return "<time>".to_owned();
    }
    let bare = token.trim_matches(|c| matches!(c, '(' | ')' | ',' | '"'));
    // After a title stands a value that must be equal, such as `cpu: 500m`; ages stand in tables and brackets.
    if !after_title && is_age(bare) {
        return token.replacen(bare, "<age>", 1);
    }
    if wide && bare.strip_prefix("node-").is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit())) {
        return token.replacen(bare, "<node>", 1);
    }
    let parts: Vec<String> = token.split(',').map(|part| comparable_part(part, named)).collect();
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if parts.len() > 1
        && token.split(',').all(|part| part.starts_with(|c: char| c.is_ascii_digit()) && part.contains('.'))
    {
        parts.order();
    }
    parts.join(",")
}

/// A time as objects carry it.
const TIMESTAMP: &str = "0000-00-00T00:00:00Z";

/// Replaces what differs from run to run inside one word.
fn comparable_part(part: &str, named: &Named) -> String {
    let mut out = String::new();
    let mut rest = part;
    while let Some(c) = rest.chars().next() {
        if rest.get(..TIMESTAMP.len()).is_some_and(|start| matches_pattern(start, TIMESTAMP)) {
            out.push_str("<time>");
            rest = &rest[TIMESTAMP.len()..];
            continue;
        }
        let word_end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-').unwrap_or(rest.len());
        if word_end == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let version = out.ends_with("\"resourceVersion\":\"");
        out.push_str(&if version { "<version>".to_owned() } else { comparable_word(&rest[..word_end], named) });
        rest = &rest[word_end..];
    }
    out
}

fn comparable_word(word: &str, named: &Named) -> String {
    const UID: &str = "00000000-0000-0000-0000-000000000000";
    let is_uid = word.len() == UID.len()
        && word
            .chars()
            .zip(UID.chars())
            .all(|(c, wanted)| if wanted == '-' { c == '-' } else { c.is_ascii_hexdigit() });
    if is_uid {
        return "<uid>".to_owned();
    }
    if let Some(ip) = ipv4(word) {
        return match ip {
            [10, 244, ..] => "<pod-ip>".to_owned(),
            [10, 0, ..] if !named.has(word) => "<cluster-ip>".to_owned(),
            _ => word.to_owned(),
        };
    }
    if word.len() == 5 && !named.has(word) && word.parse::<u32>().is_ok_and(|port| (30_000..32_768).contains(&port)) {
        return "<node-port>".to_owned();
    }
    match word.rsplit_once('-') {
        Some((name, end)) if !name.is_empty() && is_random(end) => format!("{name}-?????"),
        _ => word.to_owned(),
    }
}

fn ipv4(word: &str) -> Option<[u8; 4]> {
    word.parse::<std::net::Ipv4Addr>().ok().map(|ip| ip.octets())
}

/// The endings that Kubernetes gives to generated names.
fn is_random(text: &str) -> bool {
    text.len() == 5 && text.chars().all(|c| "bcdfghjklmnpqrstvwxz2456789".contains(c))
}

/// `5s`, `2m5s`, `3d4h`, `<unknown>` is none.
fn is_age(text: &str) -> bool {
    let mut rest = text;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 || !rest[digits..].starts_with(['s', 'm', 'h', 'd', 'y']) {
            return false;
        }
        rest = &rest[digits + 1..];
        parts += 1;
    }
    (1..=2).contains(&parts)
}

/// Sorts the rows below a line of headers or dashes, down to the next empty or less indented line.
fn sort_tables(lines: &mut [String]) {
    let mut at = 0;
    while at < lines.len() {
        let header = lines.get(at).cloned().unwrap_or_default();
        at += 1;
        if !is_header(&header) {
            continue;
        }
        let indent = |line: &str| line.len() - line.trim_start().len();
        let below = lines.get(at..).unwrap_or_default();
        // Only tables at the margin or of events are in an order that names and times decide.
        let rows = below.iter().take_while(|line| !line.is_empty() && indent(line) == indent(&header)).count();
        if let Some(rows) = lines.get_mut(at..at + rows) {
            rows.order();
        }
        at += rows;
    }
}

fn is_header(line: &str) -> bool {
    let columns: Vec<&str> = line.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
    let headline = |column: &&str| {
        column.starts_with(|c: char| c.is_ascii_uppercase())
            && column.chars().all(|c| c.is_ascii_uppercase() || " -_()/".contains(c))
    };
    let dashes = |column: &&str| column.starts_with("--") && column.chars().all(|c| c == '-');
    !columns.is_empty() && (columns.iter().all(headline) || columns.iter().all(dashes))
}

/// Lines that are on one side only, marked `-` (expected) and `+` (printed).
fn describe(expected: &str, printed: &str, expected_form: &[String], printed_form: &[String]) -> String {
    let mut out = String::new();
    let mut unmatched: Vec<&String> = printed_form.iter().collect();
    let mut missing = Vec::new();
    for line in expected_form {
        match unmatched.iter().position(|other| *other == line) {
            Some(i) => drop(unmatched.remove(i)),
            None => missing.push(line),
        }
    }
    for line in &missing {
        out.push_str(&format!("  - {line}\n"));
    }
    for line in &unmatched {
        out.push_str(&format!("  + {line}\n"));
    }
    if out.is_empty() {
        out.push_str("  the lines are in another order\n");
    }
    let indented = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    out.push_str(&format!("  expected:\n{}  printed:\n{}", indented(expected), indented(printed)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(command: &str, expected: &str, printed: &str) -> bool {
        let step = Step { line: 1, command: command.to_owned(), output: expected.to_owned() };
        let file = "nodePort: 30007\nclusterIP: 10.0.0.99\n".to_owned();
        let doc = ConsoleDoc { files: [("f".to_owned(), file)].into(), ..ConsoleDoc::default() };
        difference(&step, printed, &Named::by(&doc)).is_none()
    }

    #[test]
    fn what_differs_from_run_to_run_is_put_aside() {
        let get = "kubectl get pods";
        let table = [
            (true, get, "NAME      AGE\nweb-x4z5w   5s\n", "NAME   AGE\nweb-bcdfg  2m5s\n"),
            (false, get, "NAME\nweb-547c57c5b5\n", "NAME\nweb-547c57c5b6\n"),
            (true, get, "NAME\nweb-547c57c5b5-dmrnz\n", "NAME\nweb-547c57c5b5-bbbbb\n"),
            (false, get, "NAME\nweb-547c57c5b5-dmrnz\n", "NAME\nweb-547c57c5b6-bbbbb\n"),
            (false, get, "NAME\nweb-front\n", "NAME\nweb-backs\n"),
            (true, get, "NAME   X\nb   1\na   2\n", "NAME   X\na   2\nb   1\n"),
            (false, get, "b\na\n", "a\nb\n"),
            (false, get, "NAME   READY\na   1/1\n", "NAME   READY\na   0/1\n"),
            (true, get, "x 10.244.1.2,10.244.3.4 y\n", "x 10.244.9.9,10.244.9.8 y\n"),
            (true, get, "IP:  10.0.3.4\n", "IP:  10.0.77.4\n"),
            (false, get, "IP:  10.0.0.99\n", "IP:  10.0.77.4\n"),
            (false, get, "  cpu:  500m\n", "  cpu:  100m\n"),
            (true, get, "  resourceVersion: \"12\"\n", "  resourceVersion: \"7\"\n"),
            (true, get, "80:31234/TCP\n", "80:30001/TCP\n"),
            (false, get, "80:30007/TCP\n", "80:30001/TCP\n"),
            (false, get, "80:31234/TCP\n", "81:31234/TCP\n"),
            (true, get, "E:  10.4.5.6:9376,10.1.2.3:9376\n", "E:  10.1.2.3:9376,10.4.5.6:9376\n"),
            (true, get, "C:  Fri, 20 Nov 2026 19:52:17 +0000\n", "C:  Thu, 01 Jan 2026 00:00:17 +0000\n"),
            (true, get, "t: \"2026-01-01T00:00:00Z\"\n", "t: \"2027-02-03T04:05:06Z\"\n"),
            (false, get, "Liveness: delay=0s timeout=1s\n", "Liveness: delay=1s timeout=1s\n"),
            (true, get, "0/1   1 (5s ago)\n", "0/1   1 (2m ago)\n"),
            (true, "kubectl rollout status x", "Waiting\ndone\n", "done\n"),
            (false, "kubectl rollout status x", "Waiting\ndone\n", "Waiting\n"),
            (true, "kubectl get pods -o wide", "a  node-1\n", "a  node-3\n"),
            (false, get, "a  node-1\n", "a  node-3\n"),
            (false, get, "x\n", ""),
        ];
        for (equal, command, expected, printed) in table {
            assert_eq!(same(command, expected, printed), equal, "{expected:?} {printed:?}");
        }
    }
}
