//! From words to arguments: variables, outputs of commands, numbers, braces and stars.

use super::arith;
use super::parse::parse;
use super::syntax::{Change, Command, Part, Script, Simple, Stage, Word};
use std::collections::{BTreeMap, VecDeque};

/// What a shell remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Env {
    /// `NAME=value`.
    pub variables: BTreeMap<String, String>,
    /// `$1`, `$2`, …; the first is `$0`.
    pub arguments: Vec<String>,
    /// The exit code of the last command.
    pub exit: i32,
    /// The directory; empty on the user's machine, where files have no folders above them.
    pub directory: String,
    /// Other names of commands.
    pub aliases: BTreeMap<String, String>,
    /// Whether it is bash, which knows `{1..3}`.
    pub bash: bool,
    /// Whether `exit` ended it.
    pub left: bool,
}

/// The commands whose output words need, in order.
pub fn outputs<'a>(words: impl IntoIterator<Item = &'a Word>) -> Vec<Script> {
    let mut found = Vec::new();
    for word in words {
        collect(word, &mut found);
    }
    found
}

fn collect(word: &Word, found: &mut Vec<Script>) {
    for part in &word.0 {
        match part {
            Part::Output { script, .. } => found.push(script.clone()),
            Part::Variable { change: Some((_, word)), .. } | Part::Number(word) => collect(word, found),
            Part::Text { .. } | Part::Variable { .. } => {}
        }
    }
}

/// Expands words with what commands in them printed. `files` gives the files that a pattern with stars matches.
pub struct Expander<'a> {
    /// What the shell remembers; `${NAME:=x}` changes it.
    pub env: &'a mut Env,
    /// What the commands in words printed, in order.
    pub outputs: VecDeque<String>,
    /// What went wrong.
    pub problem: Option<String>,
}

/// A piece of an expanded word.
struct Piece {
    text: String,
    quoted: bool,
    /// It came from a variable or a command: it is cut at spaces.
    cut: bool,
}

impl Expander<'_> {
    /// The arguments that words become.
    pub fn words(&mut self, words: &[Word], files: &mut dyn FnMut(&str) -> Vec<String>) -> Vec<String> {
        let mut arguments = Vec::new();
        for word in words {
            let words = if self.env.bash { braces(word) } else { vec![word.clone()] };
            for word in &words {
                self.word(word, files, &mut arguments);
            }
        }
        arguments
    }

    fn word(&mut self, word: &Word, files: &mut dyn FnMut(&str) -> Vec<String>, arguments: &mut Vec<String>) {
        // `"$@"` is all arguments, each whole.
        if let [Part::Text { text, quoted: true }, Part::Variable { name, change: None, quoted: true }] =
            word.0.as_slice()
            && text.is_empty()
            && name == "@"
        {
            arguments.extend(self.env.arguments.iter().skip(1).cloned());
            return;
        }
        let pieces = self.pieces(word);
        let mut fields: Vec<(String, bool)> = Vec::new();
        let mut open = false;
        for piece in pieces {
            if !piece.cut {
                if !open {
                    fields.push((String::new(), false));
                    open = true;
                }
                if let Some((field, stars)) = fields.last_mut() {
                    field.push_str(&piece.text);
                    *stars |= !piece.quoted && piece.text.contains(['*', '?']);
                }
                continue;
            }
            if piece.text.starts_with([' ', '\t', '\n']) {
                open = false;
            }
            for (i, field) in piece.text.split_whitespace().enumerate() {
                match fields.last_mut().filter(|_| open && i == 0) {
                    Some((last, _)) => last.push_str(field),
                    None => fields.push((field.to_owned(), false)),
                }
                open = true;
            }
            if piece.text.ends_with([' ', '\t', '\n']) {
                open = false;
            }
        }
        for (field, stars) in fields {
            let found = if stars { files(&field) } else { Vec::new() };
            if found.is_empty() { arguments.push(field) } else { arguments.extend(found) }
        }
    }

    /// The text of a word that is not cut: a value, a file name, a here-document.
    pub fn text(&mut self, word: &Word) -> String {
        self.pieces(word).into_iter().map(|piece| piece.text).collect()
    }

    fn pieces(&mut self, word: &Word) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for part in &word.0 {
            let piece = match part {
                Part::Text { text, quoted } => Piece { text: text.clone(), quoted: *quoted, cut: false },
                Part::Output { quoted, .. } => {
                    let text = self.outputs.pop_front().unwrap_or_default();
                    Piece { text: text.trim_end_matches('\n').to_owned(), quoted: *quoted, cut: !quoted }
                }
                Part::Number(word) => {
                    let text = self.text(word);
                    let value = arith::evaluate(&text, &self.env.variables).unwrap_or_else(|problem| {
                        self.problem = Some(problem);
                        0
                    });
                    Piece { text: value.to_string(), quoted: true, cut: false }
                }
                Part::Variable { name, change, quoted } => {
                    let text = self.variable(name, change.as_ref().map(|(change, word)| (*change, &**word)));
                    Piece { text, quoted: *quoted, cut: !quoted }
                }
            };
            pieces.push(piece);
        }
        pieces
    }

    fn variable(&mut self, name: &str, change: Option<(Change, &Word)>) -> String {
        let env = &*self.env;
        let value = match name {
            "?" => env.exit.to_string(),
            "$" => "4711".to_owned(),
            "!" => String::new(),
            "#" => env.arguments.len().saturating_sub(1).to_string(),
            "@" | "*" => env.arguments.get(1..).unwrap_or_default().join(" "),
            "PWD" if !env.directory.is_empty() => env.directory.clone(),
            digit if digit.bytes().all(|byte| byte.is_ascii_digit()) => {
                digit.parse::<usize>().ok().and_then(|place| env.arguments.get(place)).cloned().unwrap_or_default()
            }
            name => env.variables.get(name).cloned().unwrap_or_default(),
        };
        let Some((change, word)) = change else { return value };
        let other = self.text(word);
        match change {
            Change::Default if value.is_empty() => other,
            Change::Assign if value.is_empty() => {
                self.env.variables.insert(name.to_owned(), other.clone());
                other
            }
            Change::Required if value.is_empty() => {
                let why = if other.is_empty() { "parameter null or not set".to_owned() } else { other };
                self.problem = Some(format!("{name}: {why}"));
                value
            }
            Change::Alternative => {
                if value.is_empty() {
                    String::new()
                } else {
                    other
                }
            }
            Change::Length => value.chars().count().to_string(),
            Change::TrimStart(longest) => trim(&value, &other, longest, true),
            Change::TrimEnd(longest) => trim(&value, &other, longest, false),
            Change::Default | Change::Assign | Change::Required => value,
        }
    }
}

/// Takes what a pattern matches off one end.
fn trim(value: &str, pattern: &str, longest: bool, start: bool) -> String {
    let mut places: Vec<usize> = value.char_indices().map(|(place, _)| place).chain([value.len()]).collect();
    // From the shortest match to the longest: at the front that means from the left.
    if start == longest {
        places.reverse();
    }
    let fits = |place: &usize| {
        let (front, back) = value.split_at(*place);
        matches(pattern, if start { front } else { back })
    };
    match places.iter().find(|place| fits(place)) {
        Some(place) if start => value[*place..].to_owned(),
        Some(place) => value[..*place].to_owned(),
        None => value.to_owned(),
    }
}

/// Whether a text matches a pattern of `*`, `?` and `[abc]`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let fits = match (pattern.get(p), text.get(t)) {
            (Some('*'), _) => {
                star = Some((p, t));
                p += 1;
                continue;
            }
            (None, None) => return true,
            (Some('?'), Some(_)) => Some(p + 1),
            (Some('['), Some(c)) => match pattern[p..].iter().position(|c| *c == ']') {
                Some(end) => pattern[p + 1..p + end].contains(c).then_some(p + end + 1),
                None => (*c == '[').then_some(p + 1),
            },
            (Some(a), Some(b)) if a == b => Some(p + 1),
            _ => None,
        };
        match (fits, star) {
            (Some(next), _) => {
                p = next;
                t += 1;
            }
            (None, Some((at, from))) if from < text.len() => {
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
            _ => return false,
        }
    }
}

/// `a{b,c}d` becomes `abd acd`, `{1..3}` becomes `1 2 3`. Braces in quotes mean themselves, and so do those without a
/// comma or two dots.
fn braces(word: &Word) -> Vec<Word> {
    /// More words than this are not made of one.
    const MOST: i64 = 10_000;
    for (place, part) in word.0.iter().enumerate() {
        let Part::Text { text, quoted: false } = part else { continue };
        let Some((open, close)) = pair(text) else { continue };
        let inside = &text[open + 1..close];
        let alternatives: Vec<String> = match inside.split_once("..").map(|(a, b)| (a.parse::<i64>(), b.parse::<i64>()))
        {
            Some((Ok(a), Ok(b))) if (a - b).abs() < MOST => {
                let forward = a.min(b)..=a.max(b);
                let mut all: Vec<String> = forward.map(|number| number.to_string()).collect();
                if a > b {
                    all.reverse();
                }
                all
            }
            _ if inside.contains(',') => inside.split(',').map(str::to_owned).collect(),
            _ => continue,
        };
        let made = alternatives.iter().flat_map(|alternative| {
            let mut made = word.clone();
            let text = format!("{}{alternative}{}", &text[..open], &text[close + 1..]);
            made.0[place] = Part::Text { text, quoted: false };
            braces(&made)
        });
        return made.collect();
    }
    vec![word.clone()]
}

/// The first pair of braces that stand directly around a text.
fn pair(text: &str) -> Option<(usize, usize)> {
    let close = text.char_indices().find(|(at, c)| {
        let before = &text[..*at];
        *c == '}' && before.rfind('{').is_some_and(|open| before[open..].contains(',') || before[open..].contains(".."))
    })?;
    Some((text[..close.0].rfind('{')?, close.0))
}

/// Puts what an alias stands for in place of the first word.
pub(super) fn unalias(simple: &Simple, words: &mut Vec<String>, env: &mut Env) {
    let Some(name) = simple.words.first().and_then(Word::literal) else { return };
    let Some(text) = env.aliases.get(name).cloned() else { return };
    let Ok(script) = parse(&text) else { return };
    let [item] = &*script else { return };
    let [Stage { command: Command::Simple(meant), .. }] = item.pipeline.stages.as_slice() else { return };
    let mut expander = Expander { env, outputs: VecDeque::new(), problem: None };
    let meant = expander.words(&meant.words, &mut |_| Vec::new());
    words.splice(..1, meant);
}
