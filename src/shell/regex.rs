//! Regular expressions of `grep` and `sed`, basic and extended: small, and bounded in what they may cost.

/// An expression.
#[derive(Clone, Debug)]
pub struct Regex {
    node: Node,
    fold: bool,
}

#[derive(Clone, Debug)]
enum Node {
    /// One of these sequences.
    Any(Vec<Vec<Node>>),
    /// So many of a node: at least, at most.
    Repeat(Box<Node>, usize, usize),
    /// A part that can be referred to.
    Group(usize, Box<Node>),
    Char(char),
    Dot,
    /// A set, or all but a set.
    Set(bool, Vec<(char, char)>),
    Start,
    End,
    /// The edge of a word.
    Edge,
}

/// Where an expression was found: its whole, then its groups.
pub type Found = Vec<Option<(usize, usize)>>;

/// Steps after which a search is given up.
const BUDGET: usize = 200_000;

impl Regex {
    /// An expression as `grep` reads it: `\(`, `\|`, `\+` are operators.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn basic(text: &str) -> Result<Regex, &'static str> {
        Regex::read(text, false)
    }

    /// An expression as `grep -E` reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn extended(text: &str) -> Result<Regex, &'static str> {
        Regex::read(text, true)
    }

    /// An expression that is only text.
    pub fn fixed(text: &str) -> Regex {
        Regex { node: Node::Any(vec![text.chars().map(Node::Char).collect()]), fold: false }
    }

    /// The same for letters of either case.
    pub fn ignoring_case(mut self) -> Regex {
        self.fold = true;
        self
    }

    fn read(text: &str, extended: bool) -> Result<Regex, &'static str> {
        let mut parser = Parser { chars: text.chars().collect(), at: 0, groups: 0, extended, depth: 0 };
        let node = parser.alternatives()?;
        if parser.at < parser.chars.len() {
            return Err("Unmatched ) or \\)");
        }
        Ok(Regex { node, fold: false })
    }

    /// The first place at or after `from` (in characters) where it is found.
    pub fn find(&self, text: &str, from: usize) -> Option<Found> {
        let chars: Vec<char> = text.chars().collect();
        let mut matcher = Matcher { text: &chars, fold: self.fold, groups: vec![None; 10], steps: 0 };
        for start in from..=chars.len() {
            matcher.groups.fill(None);
            let mut end = None;
            let whole = matcher.node(&self.node, start, &mut |_, at| {
                end = Some(at);
                true
            });
            if let Some(end) = end.filter(|_| whole) {
                matcher.groups[0] = Some((start, end));
                return Some(matcher.groups);
            }
        }
        None
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    groups: usize,
    extended: bool,
    depth: usize,
}

impl Parser {
    /// Whether an operator stands here: bare in extended expressions, with a backslash in basic ones.
    fn operator(&mut self, c: char) -> bool {
        let length = if self.extended { 1 } else { 2 };
        let here = self.chars.get(self.at..(self.at + length).min(self.chars.len())).unwrap_or_default();
        let found = match here {
            [first] => self.extended && *first == c,
            ['\\', second] => !self.extended && *second == c,
            _ => false,
        };
        self.at += if found { length } else { 0 };
        found
    }

    fn peek_operator(&mut self, c: char) -> bool {
        let at = self.at;
        let found = self.operator(c);
        self.at = at;
        found
    }

    fn alternatives(&mut self) -> Result<Node, &'static str> {
        self.depth += 1;
        if self.depth > 30 {
            return Err("Regular expression too big");
        }
        let mut all = vec![self.sequence()?];
        while self.operator('|') {
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(Node::Any(all))
    }

    fn sequence(&mut self) -> Result<Vec<Node>, &'static str> {
        let mut nodes: Vec<Node> = Vec::new();
        while self.at < self.chars.len() && !self.peek_operator('|') && !self.peek_operator(')') {
            let node = self.atom(nodes.is_empty())?;
            nodes.push(node);
            self.repeats(&mut nodes)?;
        }
        Ok(nodes)
    }

    fn repeats(&mut self, nodes: &mut Vec<Node>) -> Result<(), &'static str> {
        loop {
            let (least, most) = if self.chars.get(self.at) == Some(&'*') {
                self.at += 1;
                (0, usize::MAX)
            } else if self.operator('+') {
                (1, usize::MAX)
            } else if self.operator('?') {
                (0, 1)
            } else if self.operator('{') {
                self.counts()?
            } else {
                return Ok(());
            };
            if let Some(node) = nodes.pop() {
                nodes.push(Node::Repeat(Box::new(node), least, most));
            }
        }
    }

    fn counts(&mut self) -> Result<(usize, usize), &'static str> {
        let rest: String = self.chars[self.at..].iter().collect();
        let end = rest.find(if self.extended { "}" } else { "\\}" }).ok_or("Unmatched { or \\{")?;
        let inside = &rest[..end];
        self.at += end + if self.extended { 1 } else { 2 };
        let number = |text: &str| text.parse::<usize>().map(|n| n.min(1000)).map_err(|_| "Invalid content of \\{\\}");
        match inside.split_once(',') {
            None => number(inside).map(|n| (n, n)),
            Some((least, "")) => Ok((number(least)?, usize::MAX)),
            Some((least, most)) => Ok((if least.is_empty() { 0 } else { number(least)? }, number(most)?)),
        }
    }

    fn atom(&mut self, first: bool) -> Result<Node, &'static str> {
        if self.operator('(') {
            self.groups += 1;
            let number = self.groups;
            let node = self.alternatives()?;
            return match self.operator(')') {
                true => Ok(Node::Group(number, Box::new(node))),
                false => Err("Unmatched ( or \\("),
            };
        }
        let c = self.chars.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        Ok(match c {
            '.' => Node::Dot,
            '^' if self.extended || first => Node::Start,
            '$' if self.extended
                || self.at >= self.chars.len()
                || self.peek_operator(')')
                || self.peek_operator('|') =>
            {
                Node::End
            }
            '[' => return self.set(),
            '\\' => {
                let c = self.chars.get(self.at).copied().ok_or("Trailing backslash")?;
                self.at += 1;
                let word = vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
                match c {
                    'w' => Node::Set(true, word),
                    'W' => Node::Set(false, word),
                    's' => Node::Set(true, vec![(' ', ' '), ('\t', '\t')]),
                    'S' => Node::Set(false, vec![(' ', ' '), ('\t', '\t')]),
                    'd' => Node::Set(true, vec![('0', '9')]),
                    'b' | '<' | '>' => Node::Edge,
                    't' => Node::Char('\t'),
                    'n' => Node::Char('\n'),
                    c => Node::Char(c),
                }
            }
            c => Node::Char(c),
        })
    }

    fn set(&mut self) -> Result<Node, &'static str> {
        let within = self.chars.get(self.at) != Some(&'^');
        self.at += usize::from(!within);
        let mut ranges = Vec::new();
        let start = self.at;
        loop {
            let c = self.chars.get(self.at).copied().ok_or("Unmatched [, [^, [:, [., or [=")?;
            self.at += 1;
            match c {
                ']' if self.at > start + 1 => return Ok(Node::Set(within, ranges)),
                '[' if self.chars.get(self.at) == Some(&':') => {
                    let rest: String = self.chars[self.at + 1..].iter().collect();
                    let end = rest.find(":]").ok_or("Unmatched [, [^, [:, [., or [=")?;
                    self.at += end + 3;
                    ranges.extend(match &rest[..end] {
                        "digit" => vec![('0', '9')],
                        "alpha" => vec![('a', 'z'), ('A', 'Z')],
                        "lower" => vec![('a', 'z')],
                        "upper" => vec![('A', 'Z')],
                        "space" | "blank" => vec![(' ', ' '), ('\t', '\r')],
                        _ => vec![('a', 'z'), ('A', 'Z'), ('0', '9')],
                    });
                }
                c => match (self.chars.get(self.at), self.chars.get(self.at + 1)) {
                    (Some('-'), Some(last)) if *last != ']' => {
                        ranges.push((c, *last));
                        self.at += 2;
                    }
                    _ => ranges.push((c, c)),
                },
            }
        }
    }
}

struct Matcher<'t> {
    text: &'t [char],
    fold: bool,
    groups: Found,
    steps: usize,
}

/// What must follow.
type Next<'n, 't> = &'n mut dyn FnMut(&mut Matcher<'t>, usize) -> bool;

impl<'t> Matcher<'t> {
    fn node(&mut self, node: &Node, at: usize, next: Next<'_, 't>) -> bool {
        self.steps += 1;
        if self.steps > BUDGET {
            return false;
        }
        let one = match node {
            Node::Any(all) => return all.iter().any(|sequence| self.sequence(sequence, at, next)),
            Node::Repeat(node, least, most) => return self.repeat(node, (*least, *most), at, next),
            Node::Group(number, node) => {
                let number = *number;
                return self.node(node, at, &mut |matcher, end| {
                    let before = matcher.groups.get(number).copied().flatten();
                    if let Some(group) = matcher.groups.get_mut(number) {
                        *group = Some((at, end));
                    }
                    let fits = next(matcher, end);
                    if let Some(group) = matcher.groups.get_mut(number).filter(|_| !fits) {
                        *group = before;
                    }
                    fits
                });
            }
            Node::Start => return at == 0 && next(self, at),
            Node::End => return at == self.text.len() && next(self, at),
            Node::Edge => {
                let is_word = |place: Option<usize>| {
                    place.and_then(|place| self.text.get(place)).is_some_and(|c| c.is_alphanumeric() || *c == '_')
                };
                return is_word(at.checked_sub(1)) != is_word(Some(at)) && next(self, at);
            }
            one => one,
        };
        let Some(c) = self.text.get(at).copied() else { return false };
        let fits = match one {
            Node::Char(wanted) if self.fold => wanted.to_lowercase().eq(c.to_lowercase()),
            Node::Char(wanted) => *wanted == c,
            Node::Set(within, ranges) => {
                let holds = |c: char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
                let other = if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
                (holds(c) || (self.fold && holds(other))) == *within
            }
            _ => true,
        };
        fits && next(self, at + 1)
    }

    fn sequence(&mut self, nodes: &[Node], at: usize, next: Next<'_, 't>) -> bool {
        match nodes {
            [] => next(self, at),
            [node, rest @ ..] => self.node(node, at, &mut |matcher, at| matcher.sequence(rest, at, next)),
        }
    }

    fn repeat(&mut self, node: &Node, (least, most): (usize, usize), at: usize, next: Next<'_, 't>) -> bool {
        // A node of one character, which most are, is counted in a loop: no depth grows with the text.
        if matches!(node, Node::Char(_) | Node::Dot | Node::Set(..)) {
            let mut ends = vec![at];
            while ends.len() <= most {
                let here = ends.last().copied().unwrap_or(at);
                if !self.node(node, here, &mut |_, _| true) {
                    break;
                }
                ends.push(here + 1);
            }
            return ends.into_iter().enumerate().rev().any(|(count, end)| count >= least && next(self, end));
        }
        if most > 0 && at < self.text.len() {
            let fewer = (least.saturating_sub(1), most.saturating_sub(1));
            let more = self.node(node, at, &mut |matcher, end| end > at && matcher.repeat(node, fewer, end, next));
            if more {
                return true;
            }
        }
        least == 0 && next(self, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_where() {
        let found = |regex: Result<Regex, &'static str>, text: &str| match regex {
            Err(error) => error.to_owned(),
            Ok(regex) => regex.find(text, 0).map_or("-".to_owned(), |groups| {
                let shown: Vec<String> = groups.iter().flatten().map(|(a, b)| format!("{a}-{b}")).collect();
                shown.join(" ")
            }),
        };
        for (pattern, text, expected) in [
            ("a|b+", "xbbb", "1-4"),
            ("^web-[0-9a-f]+$", "web-12ab", "0-8"),
            ("^web$", "web2", "-"),
            ("(a)(b|c)", "zac", "1-3 1-2 2-3"),
            ("x{2,3}", "axxxx", "1-4"),
            ("[^ ]+ *Running", "pod  1/1   Running", "5-18"),
            ("(ab)*c", "ababc", "0-5 2-4"),
            (r"\bfoo\b", "a foo b", "2-5"),
            ("a(", "a", "Unmatched ( or \\("),
        ] {
            assert_eq!(found(Regex::extended(pattern), text), expected, "{pattern}");
        }
        for (pattern, text, expected) in
            [("a|b", "a|b", "0-3"), (r"a\|b", "b", "0-1"), ("a+", "aa+", "1-3"), (r"\(x\)y", "xy", "0-2 0-1")]
        {
            assert_eq!(found(Regex::basic(pattern), text), expected, "{pattern}");
        }
    }
}
