//! Regular expressions as paths use them: literals, `.`, classes, groups with captures, `|`, repetition, `^` and `$`.
//! Case does not matter, as in nginx's `~*`. Matching tries what comes first first, as PCRE does, and gives up after so many
//! steps.

use std::ops::Range;

/// What can be matched one after the other, and the alternatives of that.
type Choices = Vec<Vec<Piece>>;
/// The groups of a match; 0 is the whole of it.
pub type Groups = Vec<Option<Range<usize>>>;

/// Steps after which a match is given up.
const STEPS: u32 = 20_000;
/// Groups may stand in groups so deep.
const DEPTH: u8 = 20;

#[derive(Clone, Debug)]
struct Piece {
    what: What,
    least: u32,
    most: u32,
    lazy: bool,
}

#[derive(Clone, Debug)]
enum What {
    Char(char),
    Any,
    /// Ranges, and whether the class is of what is not in them.
    Class(Vec<(char, char)>, bool),
    /// The number of the group, if it captures.
    Group(Choices, Option<usize>),
    Start,
    End,
}

/// A regular expression.
#[derive(Clone, Debug)]
pub struct Regex {
    choices: Choices,
    groups: usize,
}

struct Parser<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    groups: usize,
}

impl Parser<'_> {
    fn choices(&mut self, depth: u8) -> Option<Choices> {
        let mut choices = vec![Vec::new()];
        while let Some(c) = self.rest.peek().copied() {
            match c {
                ')' => break,
                '|' => {
                    self.rest.next();
                    choices.push(Vec::new());
                }
                _ => {
                    let piece = self.piece(depth)?;
                    choices.last_mut()?.push(piece);
                }
            }
        }
        Some(choices)
    }

    fn piece(&mut self, depth: u8) -> Option<Piece> {
        let what = match self.rest.next()? {
            '.' => What::Any,
            '^' => What::Start,
            '$' => What::End,
            '[' => self.class()?,
            '(' => self.group(depth.checked_sub(1)?)?,
            '\\' => escaped(self.rest.next()?),
            '*' | '+' | '?' => return None,
            c => What::Char(c),
        };
        let (least, most) = match self.rest.peek() {
            Some('*') => (0, u32::MAX),
            Some('+') => (1, u32::MAX),
            Some('?') => (0, 1),
            Some('{') => self.counts()?,
            _ => return Some(Piece { what, least: 1, most: 1, lazy: false }),
        };
        self.rest.next();
        let lazy = self.rest.next_if_eq(&'?').is_some();
        Some(Piece { what, least, most, lazy })
    }

    /// `{2}`, `{2,}`, `{2,5}`, up to the brace that ends it.
    fn counts(&mut self) -> Option<(u32, u32)> {
        self.rest.next();
        let mut text = String::new();
        while *self.rest.peek()? != '}' {
            text.push(self.rest.next()?);
        }
        let (least, most) = text.split_once(',').unwrap_or((&text, &text));
        let most = if most.is_empty() { u32::MAX } else { most.parse().ok()? };
        Some((least.parse().ok()?, most))
    }

    fn group(&mut self, depth: u8) -> Option<What> {
        let mut number = None;
        if self.rest.next_if_eq(&'?').is_some() {
            match self.rest.next()? {
                ':' => {}
                // A named group is a group.
                '<' | 'P' => {
                    while self.rest.next()? != '>' {}
                    number = Some(());
                }
                _ => return None,
            }
        } else {
            number = Some(());
        }
        let number = number.map(|()| {
            self.groups += 1;
            self.groups
        });
        let choices = self.choices(depth)?;
        (self.rest.next()? == ')').then_some(What::Group(choices, number))
    }

    fn class(&mut self) -> Option<What> {
        let not = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        loop {
            let first = match self.rest.next()? {
                ']' if !ranges.is_empty() => return Some(What::Class(ranges, not)),
                '\\' => match escaped(self.rest.next()?) {
                    What::Class(more, false) => {
                        ranges.extend(more);
                        continue;
                    }
                    What::Char(c) => c,
                    _ => return None,
                },
                c => c,
            };
            let mut last = first;
            if self.rest.peek() == Some(&'-') {
                self.rest.next();
                match self.rest.peek() {
                    Some(']') => ranges.push(('-', '-')),
                    _ => last = self.rest.next()?,
                }
            }
            ranges.push((first, last));
        }
    }
}

fn escaped(c: char) -> What {
    let word = vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
    let space = vec![(' ', ' '), ('\t', '\r')];
    match c {
        'd' | 'D' => What::Class(vec![('0', '9')], c == 'D'),
        'w' | 'W' => What::Class(word, c == 'W'),
        's' | 'S' => What::Class(space, c == 'S'),
        c => What::Char(c),
    }
}

/// A match that is being tried.
struct Matcher<'t> {
    text: &'t [char],
    groups: Vec<Option<(usize, usize)>>,
    steps: u32,
}

/// What is still to be matched after a piece.
type Next<'n> = &'n mut dyn FnMut(&mut Matcher<'_>, usize) -> bool;

impl Matcher<'_> {
    fn choices(&mut self, choices: &Choices, at: usize, next: Next<'_>) -> bool {
        choices.iter().any(|pieces| self.pieces(pieces, at, next))
    }

    fn pieces(&mut self, pieces: &[Piece], at: usize, next: Next<'_>) -> bool {
        match pieces.split_first() {
            None => next(self, at),
            Some((piece, rest)) => self.repeat(piece, 0, at, &mut |matcher, at| matcher.pieces(rest, at, next)),
        }
    }

    fn repeat(&mut self, piece: &Piece, done: u32, at: usize, next: Next<'_>) -> bool {
        self.steps += 1;
        if self.steps > STEPS {
            return false;
        }
        let enough = done >= piece.least;
        if piece.lazy && enough && next(self, at) {
            return true;
        }
        let saved = self.groups.clone();
        if done < piece.most
            && self.once(&piece.what, at, &mut |matcher, to| {
                // What matches nothing would be repeated for ever.
                (to > at || done < piece.least) && matcher.repeat(piece, done + 1, to, next)
            })
        {
            return true;
        }
        self.groups = saved;
        enough && !piece.lazy && next(self, at)
    }

    fn once(&mut self, what: &What, at: usize, next: Next<'_>) -> bool {
        let here = self.text.get(at).copied();
        let fits = match what {
            What::Start => return at == 0 && next(self, at),
            What::End => return here.is_none() && next(self, at),
            What::Group(choices, number) => {
                return self.choices(choices, at, &mut |matcher, to| {
                    if let Some(place) = number.and_then(|number| matcher.groups.get_mut(number)) {
                        *place = Some((at, to));
                    }
                    next(matcher, to)
                });
            }
            What::Char(c) => here.is_some_and(|here| here.eq_ignore_ascii_case(c)),
            What::Any => here.is_some_and(|here| here != '\n'),
            What::Class(ranges, not) => here.is_some_and(|here| {
                let cases = [here, here.to_ascii_lowercase(), here.to_ascii_uppercase()];
                ranges.iter().any(|(first, last)| cases.iter().any(|c| (first..=last).contains(&c))) != *not
            }),
        };
        fits && next(self, at + 1)
    }
}

impl Regex {
    /// Reads an expression; `None` when it is none, or uses what is not known here.
    pub fn new(text: &str) -> Option<Regex> {
        let mut parser = Parser { rest: text.chars().peekable(), groups: 0 };
        let choices = parser.choices(DEPTH)?;
        parser.rest.next().is_none().then_some(Regex { choices, groups: parser.groups })
    }

    /// The first match in a text: its groups as ranges of bytes.
    pub fn search(&self, text: &str) -> Option<Groups> {
        let chars: Vec<char> = text.chars().collect();
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        for start in 0..=chars.len() {
            let mut matcher = Matcher { text: &chars, groups: vec![None; self.groups + 1], steps: 0 };
            let mut end = None;
            let found = matcher.choices(&self.choices, start, &mut |_, at| {
                end = Some(at);
                true
            });
            if found && let Some(end) = end {
                if let Some(whole) = matcher.groups.first_mut() {
                    *whole = Some((start, end));
                }
                let range = |(from, to): (usize, usize)| Some(*places.get(from)?..*places.get(to)?);
                return Some(matcher.groups.into_iter().map(|group| group.and_then(range)).collect());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_pcre_does() {
        let table = [
            ("^/api", "/API/x", Some(vec!["/API"])),
            ("^/something(/|$)(.*)", "/something/new?", Some(vec!["/something/new?", "/", "new?"])),
            ("^/something(/|$)(.*)", "/something", Some(vec!["/something", "", ""])),
            ("^/something(/|$)(.*)", "/somethingelse", None),
            ("^/foo/bar/[A-Z0-9]{3}", "/foo/bar/1ab", Some(vec!["/foo/bar/1ab"])),
            ("^/foo/bar/[A-Z0-9]{3}", "/foo/bar/1a", None),
            ("/v(\\d+)/(?:users|items)/([^/]+)", "/x/v12/items/a-b/c", Some(vec!["/v12/items/a-b", "12", "a-b"])),
            ("^/(a|ab)(c|bcd)(d*)$", "/abcd", Some(vec!["/abcd", "a", "bcd", ""])),
            ("^/.+?/", "/a/b/", Some(vec!["/a/"])),
            ("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", None),
            ("^/\\.well-known", "/.well-known", Some(vec!["/.well-known"])),
        ];
        for (pattern, text, expected) in table {
            let found = Regex::new(pattern).unwrap().search(text);
            let found = found.map(|groups| {
                groups.into_iter().map(|range| range.map_or("", |range| &text[range])).collect::<Vec<_>>()
            });
            assert_eq!(found, expected, "{pattern} {text}");
        }
        for bad in ["(", "*a", "[a", "a)", "(?=x)"] {
            assert!(Regex::new(bad).is_none(), "{bad}");
        }
    }
}
