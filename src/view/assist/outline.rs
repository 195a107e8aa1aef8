//! What stands where in a document, read line by line: also of a text that is no YAML yet, because somebody is typing it.
//!
//! It knows indentation, `- `, `key: value`, block scalars and flow collections of one line. What it does not understand it
//! passes over; the real reader is `yaml`.

use crate::base::path::Step;
use std::ops::Range;

/// One key of a mapping, or one item of a list. Ranges are bytes of the whole text.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where in the object.
    pub path: Vec<Step>,
    /// The key as it is written; of an item its dash.
    pub key: Range<usize>,
    /// What stands behind it on the line, without a comment; empty if nothing does.
    pub value: Range<usize>,
    /// The column of the key or the dash, from 0.
    pub column: usize,
    /// Where its line begins.
    pub line: usize,
    /// It stands in a flow collection: `{a: b}`.
    pub flow: bool,
}

/// The entries of one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// In the order of the text.
    pub entries: Vec<Entry>,
}

/// What is being typed at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A key, or the begin of an item.
    Key,
    /// The value of a key, or a scalar item.
    Value,
}

/// Where the cursor stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// For a key the mapping in which it will stand, else the value.
    pub path: Vec<Step>,
    /// What is typed there.
    pub role: Role,
    /// The word up to the cursor, a quotation mark included.
    pub word: Range<usize>,
    /// The column at which the key would stand, from 0.
    pub column: usize,
    /// It would stand behind a dash on its line.
    pub dashed: bool,
    /// A list has its dashes at this column: another item could begin here.
    pub list: Option<Vec<Step>>,
    /// It stands in a flow collection.
    pub flow: bool,
    /// Where its line begins.
    pub line: usize,
}

#[derive(Clone, Debug)]
struct Level {
    column: usize,
    step: Step,
}

impl Level {
    fn is_item(&self) -> bool {
        matches!(self.step, Step::Index(_))
    }
}

/// The document around a byte of the text: from behind the separator before it to the separator after it.
pub fn document_at(text: &str, offset: usize) -> Range<usize> {
    let mut range = 0..text.len();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            if at > offset || at == offset && at > 0 {
                range.end = at;
                break;
            }
            range.start = at + line.len();
        }
        at += line.len();
    }
    range.start.min(range.end)..range.end
}

/// All documents of a text.
pub fn documents(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut at, mut start) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            found.push(start..at);
            start = at + line.len();
        }
        at += line.len();
    }
    found.push(start..text.len());
    found.retain(|range| text.get(range.clone()).is_some_and(|part| !part.trim().is_empty()));
    found
}

/// Reads the document that stands in `range` of the text.
pub fn read(text: &str, range: Range<usize>) -> Outline {
    Scan::run(text, range, None).0
}

/// The same, and where the cursor stands; nowhere in a comment or in the lines of a block scalar.
pub fn read_at(text: &str, range: Range<usize>, cursor: usize) -> (Outline, Option<Place>) {
    Scan::run(text, range, Some(cursor))
}

struct Scan<'t> {
    text: &'t str,
    stack: Vec<Level>,
    /// Lines deeper than this belong to a scalar or a flow collection that began above.
    inside: Option<usize>,
    out: Outline,
}

impl<'t> Scan<'t> {
    fn run(text: &'t str, range: Range<usize>, cursor: Option<usize>) -> (Outline, Option<Place>) {
        let mut scan = Scan { text, stack: Vec::new(), inside: None, out: Outline::default() };
        let mut place = None;
        let mut at = range.start;
        let body = text.get(range.clone()).unwrap_or_default();
        // A text that ends with a line break has an empty line behind it.
        let last = body.is_empty() || body.ends_with('\n');
        for line in body.split_inclusive('\n').chain(last.then_some("")) {
            let content = line.trim_end_matches(['\n', '\r']);
            if let Some(cursor) = cursor.filter(|cursor| (at..=at + content.len()).contains(cursor)) {
                place = scan.place(at, content, cursor - at);
            }
            scan.line(at, content);
            at += line.len();
        }
        (scan.out, place)
    }

    /// Whether the line belongs to what began above it.
    fn is_inside(&mut self, content: &str) -> bool {
        let Some(column) = self.inside else { return false };
        if content.trim().is_empty() || indent(content) > column {
            return true;
        }
        self.inside = None;
        false
    }

    fn line(&mut self, at: usize, content: &str) {
        if self.is_inside(content) || content.trim().is_empty() || content.trim_start().starts_with('#') {
            return;
        }
        let mut column = indent(content);
        let mut rest = content.get(column..).unwrap_or_default();
        while let Some(after) = dash(rest) {
            self.item(column);
            self.push(at, column, at + column..at + column + 1, at + content.len()..at + content.len());
            column += rest.len() - after.len();
            rest = after;
        }
        let Some((key, value)) = split_key(rest) else {
            let end = trim_comment(rest).len();
            if let Some(item) = self.out.entries.last_mut().filter(|entry| entry.line == at && end > 0) {
                item.value = at + column..at + column + end;
            }
            return;
        };
        self.key(column, unquoted(&rest[..key]));
        let from = column + value;
        let shown = trim_comment(&rest[value..]);
        let range = at + from..at + from + shown.len();
        self.push(at, column, at + column..at + column + key, range.clone());
        match shown.as_bytes().first() {
            Some(b'|' | b'>') => self.inside = Some(column),
            Some(b'{' | b'[') => {
                let path = self.path();
                let closed = self.flow(at, range, path);
                self.inside = (!closed).then_some(column);
            }
            _ => {}
        }
    }

    fn path(&self) -> Vec<Step> {
        self.stack.iter().map(|level| level.step.clone()).collect()
    }

    fn push(&mut self, line: usize, column: usize, key: Range<usize>, value: Range<usize>) {
        let path = self.path();
        self.out.entries.push(Entry { path, key, value, column, line, flow: false });
    }

    /// Goes to the next item of the list whose dashes stand at a column.
    fn item(&mut self, column: usize) {
        self.leave(column, true);
        match self.stack.last_mut() {
            Some(Level { column: at, step: Step::Index(index) }) if *at == column => *index += 1,
            _ => self.stack.push(Level { column, step: Step::Index(0) }),
        }
    }

    fn key(&mut self, column: usize, name: &str) {
        self.leave(column, false);
        self.stack.push(Level { column, step: Step::Field(name.to_owned()) });
    }

    /// Leaves what ended before something at this column. The dashes of a list may stand at the column of its key.
    fn leave(&mut self, column: usize, for_item: bool) {
        while self.stack.last().is_some_and(|top| top.column > column || top.column == column && !for_item) {
            self.stack.pop();
        }
    }

    /// The entries of a flow collection on one line; whether it is closed.
    fn flow(&mut self, line: usize, range: Range<usize>, path: Vec<Step>) -> bool {
        let Some(text) = self.text.get(range.clone()) else { return true };
        let mut open: Vec<(u8, Vec<Step>, usize)> = Vec::new();
        let mut begin = 0;
        let mut quote = None;
        let mut current = path;
        for (at, byte) in text.bytes().enumerate() {
            match (quote, byte) {
                (Some(mark), _) => quote = (mark != byte).then_some(mark),
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'{' | b'[') => {
                    open.push((byte, current.clone(), 0));
                    if byte == b'[' {
                        current.push(Step::Index(0));
                    }
                    begin = at + 1;
                }
                (None, b'}' | b']' | b',') => {
                    let Some((kind, above, count)) = open.last_mut() else { return true };
                    let part = text.get(begin..at).unwrap_or_default();
                    let from = range.start + begin;
                    self.out.entries.extend(flow_entry(line, from, part, above, *count, *kind == b'['));
                    *count += 1;
                    begin = at + 1;
                    current = above.clone();
                    if byte == b',' {
                        if *kind == b'[' {
                            current.push(Step::Index(*count));
                        }
                    } else {
                        open.pop();
                        begin = text.len();
                        if open.is_empty() {
                            return true;
                        }
                    }
                }
                (None, b':') => {
                    if let Some((b'{', above, _)) = open.last() {
                        let key = text.get(begin..at).unwrap_or_default().trim();
                        current = above.clone();
                        current.push(Step::Field(unquoted(key).to_owned()));
                    }
                }
                _ => {}
            }
        }
        false
    }

    fn place(&mut self, at: usize, content: &str, cursor: usize) -> Option<Place> {
        let before = content.get(..cursor)?;
        let blank = content.trim().is_empty();
        if self.inside.is_some_and(|column| cursor > column && (blank || indent(content) > column)) {
            return None;
        }
        if trim_comment(before).len() < before.trim_end().len() {
            return None;
        }
        let kept = self.stack.clone();
        let place = self.place_on_line(at, before);
        self.stack = kept;
        place
    }

    fn place_on_line(&mut self, at: usize, before: &str) -> Option<Place> {
        let mut column = indent(before);
        let mut rest = before.get(column..)?;
        let mut dashed = false;
        while let Some(after) = dash(rest).filter(|_| rest.len() > 1) {
            self.item(column);
            dashed = true;
            column += rest.len() - after.len();
            rest = after;
        }
        if rest == "-" || rest.starts_with(['{', '[']) {
            return None;
        }
        let place = |path, role, word, column, list, flow| {
            Some(Place { path, role, word, column, dashed, list, flow, line: at })
        };
        if let Some((key, value)) = split_key(rest) {
            if value == rest.len() && rest.ends_with(':') {
                return None;
            }
            self.key(column, unquoted(&rest[..key]));
            let from = at + column + value;
            let text = &rest[value..];
            if text.starts_with(['{', '[']) {
                return self.place_in_flow(from, text, column, at);
            }
            return place(self.path(), Role::Value, from..from + text.len(), column, None, false);
        }
        let list = |scan: &Scan<'_>| {
            let item = scan.stack.iter().position(|level| level.is_item() && level.column == column)?;
            Some(scan.stack.iter().take(item).map(|level| level.step.clone()).collect())
        };
        let list = if dashed { None } else { list(self) };
        let word = at + column..at + column + rest.len();
        self.leave(column, false);
        place(self.path(), Role::Key, word, column, list, false)
    }

    fn place_in_flow(&mut self, from: usize, text: &str, column: usize, line: usize) -> Option<Place> {
        let mut open: Vec<(u8, usize)> = Vec::new();
        let mut path = self.path();
        let mut begin = 0;
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'{' | b'[' => {
                    open.push((byte, path.len()));
                    if byte == b'[' {
                        path.push(Step::Index(0));
                    }
                    begin = at + 1;
                }
                b',' => {
                    let (kind, depth) = *open.last()?;
                    let next = match path.get(depth) {
                        Some(Step::Index(index)) => index + 1,
                        _ => 0,
                    };
                    path.truncate(depth);
                    if kind == b'[' {
                        path.push(Step::Index(next));
                    }
                    begin = at + 1;
                }
                b'}' | b']' => path.truncate(open.pop()?.1),
                b':' => {
                    let name = unquoted(text.get(begin..at)?.trim());
                    path.push(Step::Field(name.to_owned()));
                    begin = at + 1;
                }
                _ => {}
            }
        }
        let (kind, depth) = open.last().copied()?;
        let word = text.get(begin..)?;
        let start = from + begin + (word.len() - word.trim_start().len());
        let role = if kind == b'{' && path.len() == depth { Role::Key } else { Role::Value };
        Some(Place { path, role, word: start..from + text.len(), column, dashed: false, list: None, flow: true, line })
    }
}

fn flow_entry(line: usize, from: usize, part: &str, above: &[Step], index: usize, list: bool) -> Option<Entry> {
    let lead = part.len() - part.trim_start().len();
    let (from, part) = (from + lead, part.trim());
    let mut path = above.to_vec();
    let entry = |path, key: Range<usize>, value| Some(Entry { path, key, value, column: 0, line, flow: true });
    if part.is_empty() {
        return None;
    }
    if list {
        path.push(Step::Index(index));
        return entry(path, from..from, from..from + part.len());
    }
    let (key, value) = part.split_once(':')?;
    path.push(Step::Field(unquoted(key.trim()).to_owned()));
    let start = from + key.len() + 1 + (value.len() - value.trim_start().len());
    entry(path, from..from + key.trim_end().len(), start..from + part.len())
}

/// Leading spaces; a tab is one column, wherever it leads.
fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// What stands behind a dash that begins an item.
fn dash(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('-')?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim_start_matches(' '))
}

/// Where the key of `key: value` ends and its value begins.
fn split_key(text: &str) -> Option<(usize, usize)> {
    if text.starts_with(['{', '[', '#', '|', '>', '&', '*']) {
        return None;
    }
    let quote = text.bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
    let from = match quote {
        Some(mark) => text.bytes().skip(1).position(|byte| byte == mark)? + 2,
        None => 0,
    };
    let colon = text.get(from..)?.match_indices(':').map(|(at, _)| from + at).find(|at| {
        matches!(text.as_bytes().get(at + 1), None | Some(b' ')) && !text.get(..*at).unwrap_or_default().contains(" #")
    })?;
    let value = text.get(colon + 1..)?;
    Some((text.get(..colon)?.trim_end().len(), colon + 1 + value.len() - value.trim_start().len()))
}

/// The text without a comment and the blanks before it.
fn trim_comment(text: &str) -> &str {
    let quote = text.trim_start().bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
    let from = match quote {
        Some(mark) => {
            let open = text.len() - text.trim_start().len() + 1;
            text.get(open..).and_then(|rest| rest.find(char::from(mark))).map_or(text.len(), |at| open + at)
        }
        None => 0,
    };
    let comment = text.get(from..).and_then(|rest| {
        let inside = rest.find(" #").map(|at| from + at);
        if from == 0 && rest.starts_with('#') { Some(0) } else { inside }
    });
    text.get(..comment.unwrap_or(text.len())).unwrap_or_default().trim_end()
}

/// A scalar without its quotation marks.
pub fn unquoted(text: &str) -> &str {
    let open = text.strip_prefix(['"', '\'']).unwrap_or(text);
    if open.len() == text.len() { text } else { open.strip_suffix(['"', '\'']).unwrap_or(open) }
}

impl Outline {
    /// The entry at a path of fields: `["metadata", "name"]`.
    pub fn get(&self, path: &[&str]) -> Option<&Entry> {
        self.entries.iter().find(|entry| {
            entry.path.len() == path.len()
                && entry.path.iter().zip(path).all(|(step, name)| matches!(step, Step::Field(field) if field == name))
        })
    }

    /// The scalar at a path of fields; empty if there is none.
    pub fn text<'t>(&self, text: &'t str, path: &[&str]) -> &'t str {
        self.get(path).map_or("", |entry| entry.text(text))
    }

    /// What stands directly in the mapping or list at a path.
    pub fn children<'a>(&'a self, path: &'a [Step]) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.path.len() == path.len() + 1 && entry.path.starts_with(path))
    }
}

impl Entry {
    /// The name of the key; nothing for an item.
    pub fn name(&self) -> Option<&str> {
        match self.path.last() {
            Some(Step::Field(name)) => Some(name),
            _ => None,
        }
    }

    /// The scalar behind it, without quotation marks.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        unquoted(text.get(self.value.clone()).unwrap_or_default())
    }
}
