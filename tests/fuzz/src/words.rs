//! Changes of any text.

use crate::rng::Rng;

/// Pieces that break things.
pub const PIECES: [&str; 46] = [
    "null",
    "{}",
    "[]",
    "-1",
    "0",
    "65536",
    "2147483648",
    "99999999999999999999",
    "1e400",
    "-0.0",
    "\"\"",
    "true",
    "yes",
    "0o17",
    "~",
    "\n",
    "  ",
    "- ",
    ": ",
    "&a ",
    "*a",
    "<<: *a",
    "---\n",
    "!!binary x",
    "!!str ",
    "{a: b}",
    "[[[[",
    "{{{{",
    "0x1F",
    "\u{0}",
    "\u{feff}",
    "é",
    "😀",
    "\t",
    "# ",
    "|\n",
    ">-\n",
    "a.b/c",
    "!",
    "'",
    "\"",
    "\\",
    "%",
    "2001-01-01T00:00:00Z",
    "100m",
    "\r\n",
];

/// A text changed in a few places; parts come from `others`.
pub fn change(rng: &mut Rng, text: &str, others: &[String], alphabet: &[&str]) -> String {
    let mut text = text.to_owned();
    for _ in 0..=rng.below(4) {
        text = match rng.below(if text.contains('\n') { 10 } else { 3 }) {
            0..=2 => characters(rng, &text, others, alphabet),
            _ => lines(rng, &text, others),
        };
    }
    text
}

/// Replaces a few characters by a piece, another part of the text, or a part of another.
fn characters(rng: &mut Rng, text: &str, others: &[String], alphabet: &[&str]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let start = rng.below(chars.len() + 1);
    let end = (start + if rng.once_in(3) { 0 } else { rng.below(12) }).min(chars.len());
    let part = |rng: &mut Rng, from: &[char]| {
        let at = rng.below(from.len() + 1);
        from[at..(at + 1 + rng.below(24)).min(from.len())].to_vec()
    };
    let new: Vec<char> = match rng.below(6) {
        0 => part(rng, &chars),
        1 => {
            let other: Vec<char> = rng.of(others).map(|other| other.chars().collect()).unwrap_or_default();
            part(rng, &other)
        }
        2 => rng.of(&PIECES).into_iter().flat_map(|piece| piece.chars()).collect(),
        3 => Vec::new(),
        _ => rng.of(alphabet).into_iter().flat_map(|piece| piece.chars()).collect(),
    };
    chars.splice(start..end, new);
    chars.into_iter().collect()
}

/// Removes, doubles, moves, indents or replaces lines, or takes some of another text.
fn lines(rng: &mut Rng, text: &str, others: &[String]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = rng.below(lines.len());
    let end = (at + 1 + rng.below(4)).min(lines.len());
    match rng.below(8) {
        0 => drop(lines.drain(at..end)),
        1 => {
            let some = lines[at..end].to_vec();
            lines.splice(end..end, some);
        }
        2 => {
            let some: Vec<String> = lines.drain(at..end).collect();
            let to = rng.below(lines.len() + 1);
            lines.splice(to..to, some);
        }
        3 => lines[at..end].iter_mut().for_each(|line| line.insert_str(0, "  ")),
        4 => lines[at..end].iter_mut().for_each(|line| *line = line.strip_prefix("  ").unwrap_or(line).to_owned()),
        5 | 6 => {
            if let Some((key, _)) = lines[at].split_once(':') {
                let values = ["", "\"\"", "[]", "{}", "null", "-1", "a", "Always", "1Gi", "80", "true", "|", "- a"];
                let value = rng.of(&values).or(rng.of(&PIECES)).copied().unwrap_or_default();
                lines[at] = format!("{key}: {value}");
            }
        }
        _ => {
            let other: Vec<String> =
                rng.of(others).map(|other| other.lines().map(str::to_owned).collect()).unwrap_or_default();
            let from = rng.below(other.len());
            let some = other.get(from..(from + 1 + rng.below(8)).min(other.len())).unwrap_or_default().to_vec();
            lines.splice(at..(at + rng.below(2)).min(end), some);
        }
    }
    lines.join("\n") + "\n"
}
