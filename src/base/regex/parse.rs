//! From a pattern's text to its tree.

use super::{Node, Place, Ranges};
use crate::base::Order;

/// Deeper groups are refused.
const DEEPEST: usize = 200;
/// The highest count of a repetition.
const MOST_REPEATS: u32 = 1000;
/// The most that nested repetitions may come to.
const MOST_NESTED: u64 = 100_000;

const DIGIT: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
const SPACE: &[(char, char)] = &[('\t', '\n'), ('\x0c', '\r'), (' ', ' ')];

pub(super) fn parse(pattern: &str) -> Result<Node, String> {
    let mut parser = Parser { text: pattern, at: 0, flags: Flags::default(), depth: 0 };
    let node = parser.either().map_err(|error| format!("error parsing regexp: {error}"))?;
    if parser.peek().is_some() {
        return Err(format!("error parsing regexp: unexpected ): `{pattern}`"));
    }
    if size(&node) > MOST_NESTED {
        return Err("error parsing regexp: expression too large".to_owned());
    }
    Ok(node)
}

/// How many steps the tree comes to.
fn size(node: &Node) -> u64 {
    match node {
        Node::One(_) | Node::Is(_) => 1,
        Node::Row(nodes) | Node::Either(nodes) => nodes.iter().map(size).fold(1, u64::saturating_add),
        Node::Repeat(inner, least, most, _) => {
            size(inner).saturating_add(1).saturating_mul(u64::from(most.unwrap_or(*least).max(1)))
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Flags {
    /// `i`: letters of both cases.
    fold: bool,
    /// `s`: a dot is also a line end.
    dot_all: bool,
    /// `m`: `^` and `$` at each line.
    lines: bool,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    flags: Flags,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    fn since(&self, start: usize) -> &str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn either(&mut self) -> Result<Node, String> {
        let mut branches = vec![self.row()?];
        while self.eat("|") {
            branches.push(self.row()?);
        }
        Ok(if branches.len() == 1 { branches.remove(0) } else { Node::Either(branches) })
    }

    fn row(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while let Some(c) = self.peek() {
            if c == '|' || c == ')' {
                break;
            }
            let start = self.at;
            if matches!(c, '*' | '+' | '?') {
                return Err(format!("missing argument to repetition operator: `{c}`"));
            }
            let Some(atom) = self.atom(start)? else { continue };
            nodes.push(self.repeated(atom)?);
        }
        Ok(Node::Row(nodes))
    }

    fn repeated(&mut self, mut node: Node) -> Result<Node, String> {
        let mut first = None;
        loop {
            let start = self.at;
            let Some((least, most)) = self.repeat()? else { return Ok(node) };
            let greedy = !self.eat("?");
            if let Some(first) = first {
                return Err(format!("invalid nested repetition operator: `{}`", self.since(first)));
            }
            first = Some(start);
            node = Node::Repeat(Box::new(node), least, most, greedy);
        }
    }

    /// `*`, `+`, `?` or `{n,m}`; a brace that is no repetition stands for itself.
    fn repeat(&mut self) -> Result<Option<(u32, Option<u32>)>, String> {
        for (sign, counts) in [("*", (0, None)), ("+", (1, None)), ("?", (0, Some(1)))] {
            if self.eat(sign) {
                return Ok(Some(counts));
            }
        }
        let Some((inside, _)) = self.rest().strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
            return Ok(None);
        };
        let (low, high) = inside.split_once(',').unwrap_or((inside, inside));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(low) || !(high.is_empty() || is_number(high)) {
            return Ok(None);
        }
        let count = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
        let (least, most) = (count(low), (!high.is_empty()).then(|| count(high)));
        if least > MOST_REPEATS || most.is_some_and(|most| most > MOST_REPEATS || most < least) {
            return Err(format!("invalid repeat count: `{{{inside}}}`"));
        }
        self.at += inside.len() + 2;
        Ok(Some((least, most)))
    }

    /// One thing that may be repeated; nothing for a group that only sets flags.
    fn atom(&mut self, start: usize) -> Result<Option<Node>, String> {
        let node = match self.next() {
            Some('(') => return self.group(start),
            Some('[') => Node::One(self.class(start)?),
            Some('.') if self.flags.dot_all => Node::One(vec![('\0', char::MAX)]),
            Some('.') => Node::One(inverted(&[('\n', '\n')])),
            Some('^') => Node::Is(if self.flags.lines { Place::LineStart } else { Place::TextStart }),
            Some('$') => Node::Is(if self.flags.lines { Place::LineEnd } else { Place::TextEnd }),
            Some('\\') => self.escape(start)?,
            Some(c) => Node::One(self.folded(vec![(c, c)])),
            None => Node::Row(Vec::new()),
        };
        Ok(Some(node))
    }

    fn group(&mut self, start: usize) -> Result<Option<Node>, String> {
        let outer = self.flags;
        if self.eat("?") {
            let named =
                self.eat("P<") || (!self.rest().starts_with("<=") && !self.rest().starts_with("<!") && self.eat("<"));
            if named {
                let end = self.rest().find('>').ok_or_else(|| format!("invalid named capture: `{}`", self.text))?;
                self.at += end + 1;
            } else if self.set_flags(start)? {
                return Ok(None);
            }
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("expression nests too deeply: `{}`", self.text));
        }
        let inner = self.either()?;
        self.depth -= 1;
        self.flags = outer;
        if !self.eat(")") {
            return Err(format!("missing closing ): `{}`", self.text));
        }
        Ok(Some(inner))
    }

    /// `i-s:` or `i)`: says whether the group ends here.
    fn set_flags(&mut self, start: usize) -> Result<bool, String> {
        let mut on = true;
        loop {
            let c = self.next();
            match c {
                Some('i') => self.flags.fold = on,
                Some('s') => self.flags.dot_all = on,
                Some('m') => self.flags.lines = on,
                Some('U') => {}
                Some('-') if on => on = false,
                Some(':') => return Ok(false),
                Some(')') => return Ok(true),
                _ => return Err(format!("invalid or unsupported Perl syntax: `{}`", self.since(start))),
            }
        }
    }

    fn escape(&mut self, start: usize) -> Result<Node, String> {
        let Some(c) = self.next() else { return Err("trailing backslash at end of expression: ``".to_owned()) };
        let place = match c {
            'A' => Some(Place::TextStart),
            'z' => Some(Place::TextEnd),
            'b' => Some(Place::WordEdge),
            'B' => Some(Place::NoWordEdge),
            _ => None,
        };
        if let Some(place) = place {
            return Ok(Node::Is(place));
        }
        if c == 'Q' {
            let quoted = self.rest().split("\\E").next().unwrap_or_default().to_owned();
            self.at += quoted.len();
            self.eat("\\E");
            return Ok(Node::Row(quoted.chars().map(|c| Node::One(self.folded(vec![(c, c)]))).collect()));
        }
        let ranges = self.escaped(start, c)?;
        Ok(Node::One(self.folded(ranges)))
    }

    /// What may also stand in brackets.
    fn escaped(&mut self, start: usize, c: char) -> Result<Ranges, String> {
        let one = |c: char| Ok(vec![(c, c)]);
        match c {
            'd' => Ok(DIGIT.to_vec()),
            'D' => Ok(inverted(DIGIT)),
            'w' => Ok(WORD.to_vec()),
            'W' => Ok(inverted(WORD)),
            's' => Ok(SPACE.to_vec()),
            'S' => Ok(inverted(SPACE)),
            'p' | 'P' => self.property(start, c == 'P'),
            'a' => one('\x07'),
            'f' => one('\x0c'),
            't' => one('\t'),
            'n' => one('\n'),
            'r' => one('\r'),
            'v' => one('\x0b'),
            'x' => {
                let digits = if self.eat("{") {
                    let digits = self.rest().split('}').next().unwrap_or_default().to_owned();
                    self.at += digits.len() + 1;
                    digits
                } else {
                    let digits: String = self.rest().chars().take(2).collect();
                    self.at += digits.len();
                    digits
                };
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                code.map(|c| vec![(c, c)]).ok_or_else(|| format!("invalid escape sequence: `{}`", self.since(start)))
            }
            '0'..='7' => {
                let mut code = u32::from(c) - u32::from('0');
                while let Some(digit) = self.peek().and_then(|c| c.to_digit(8)).filter(|_| code < 64) {
                    code = code * 8 + digit;
                    self.at += 1;
                }
                one(char::from_u32(code).unwrap_or('\0'))
            }
            c if !c.is_alphanumeric() => one(c),
            _ => Err(format!("invalid escape sequence: `{}`", self.since(start))),
        }
    }

    /// `\pL`, `\p{Lu}`: letters, digits and spaces of all scripts, as far as Rust tells them apart.
    fn property(&mut self, start: usize, mut negated: bool) -> Result<Ranges, String> {
        let name = if self.eat("{") {
            let name = self.rest().split('}').next().unwrap_or_default().to_owned();
            self.at += name.len() + 1;
            name
        } else {
            self.next().map(String::from).unwrap_or_default()
        };
        let bare = name.trim_start_matches('^');
        negated ^= bare != name;
        let is: fn(char) -> bool = match bare {
            "L" | "Letter" => char::is_alphabetic,
            "Lu" | "Upper" => char::is_uppercase,
            "Ll" | "Lower" => char::is_lowercase,
            "N" | "Nd" => char::is_numeric,
            "Z" | "Zs" => char::is_whitespace,
            "P" | "S" => |c| c.is_ascii_punctuation(),
            "C" | "Cc" => char::is_control,
            _ => return Err(format!("invalid character class range: `{}`", self.since(start))),
        };
        let mut ranges = Ranges::new();
        for c in ('\0'..='\u{ffff}').filter(|c| is(*c) != negated) {
            match ranges.last_mut() {
                Some((_, high)) if u32::from(*high) + 1 == u32::from(c) => *high = c,
                _ => ranges.push((c, c)),
            }
        }
        Ok(ranges)
    }

    fn class(&mut self, start: usize) -> Result<Ranges, String> {
        let missing = |text: &str| format!("missing closing ]: `{}`", text.get(start..).unwrap_or_default());
        let negated = self.eat("^");
        let mut ranges = Ranges::new();
        let mut first = true;
        loop {
            let at = self.at;
            let Some(c) = self.next() else { return Err(missing(self.text)) };
            if c == ']' && !first {
                break;
            }
            first = false;
            if c == '['
                && let Some(name) = self.rest().strip_prefix(':').and_then(|rest| rest.split_once(":]"))
            {
                let name = name.0.to_owned();
                self.at += name.len() + 3;
                ranges.extend(posix(&name).ok_or_else(|| format!("invalid character class range: `[:{name}:]`"))?);
                continue;
            }
            let mut low = self.member(at, c)?;
            let range = self.rest().starts_with('-') && !self.rest().starts_with("-]");
            if let (true, [(from, _)]) = (range, low.as_slice()) {
                let from = *from;
                self.at += 1;
                let Some(c) = self.next() else { return Err(missing(self.text)) };
                let high = self.member(at, c)?;
                let Some((to, _)) = high.first().filter(|(to, _)| *to >= from && high.len() == 1) else {
                    return Err(format!("invalid character class range: `{}`", self.since(at)));
                };
                low = vec![(from, *to)];
            }
            ranges.extend(low);
        }
        let ranges = self.folded(ranges);
        Ok(if negated { inverted(&ranges) } else { ranges })
    }

    fn member(&mut self, start: usize, c: char) -> Result<Ranges, String> {
        if c != '\\' {
            return Ok(vec![(c, c)]);
        }
        let Some(c) = self.next() else { return Err("trailing backslash at end of expression: ``".to_owned()) };
        self.escaped(start, c)
    }

    /// The ranges with the letters of the other case, if case does not matter.
    fn folded(&self, mut ranges: Ranges) -> Ranges {
        if self.flags.fold {
            let letters = |low: char, high: char, from: char, to: char| (low.max(from), high.min(to));
            for (low, high) in ranges.clone() {
                let (a, z) = letters(low, high, 'a', 'z');
                ranges.push((a.to_ascii_uppercase(), z.to_ascii_uppercase()));
                let (a, z) = letters(low, high, 'A', 'Z');
                ranges.push((a.to_ascii_lowercase(), z.to_ascii_lowercase()));
            }
            ranges.retain(|(low, high)| low <= high);
        }
        ranges
    }
}

fn posix(name: &str) -> Option<Ranges> {
    let (negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\x7f')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        "digit" => DIGIT,
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => WORD,
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    };
    Some(if negated { inverted(ranges) } else { ranges.to_vec() })
}

/// All characters but these.
fn inverted(ranges: &[(char, char)]) -> Ranges {
    let mut sorted = ranges.to_vec();
    sorted.order();
    let mut result = Ranges::new();
    let mut next = Some('\0');
    for (low, high) in sorted {
        let Some(from) = next else { break };
        if low > from
            && let Some(before) = ('\0'..low).next_back()
        {
            result.push((from, before));
        }
        if high >= from {
            next = (high..=char::MAX).nth(1);
        }
    }
    result.extend(next.map(|from| (from, char::MAX)));
    result
}
