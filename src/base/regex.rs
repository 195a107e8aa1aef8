//! Regular expressions as Go reads them (RE2): no back references, and time that grows with the text, not with its powers.
//!
//! A pattern becomes a small program that is run over the text with all its alternatives side by side.
//!
//! Models `regexp/syntax` and `regexp` of Go's standard library.

mod parse;

/// The most instructions of a pattern; Go has a limit of its own on repetition.
const LARGEST: usize = 20_000;
/// The most steps of a match: a larger one is given up, and counts as a match.
const MOST_STEPS: usize = 20_000_000;

/// A pattern.
#[derive(Clone, Debug)]
pub struct Regex(Vec<Step>);

/// Ranges of characters, both ends included.
type Ranges = Vec<(char, char)>;

#[derive(Clone, Debug)]
enum Step {
    One(Ranges),
    Is(Place),
    /// Go on at both places.
    Fork(usize, usize),
    Jump(usize),
    Found,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordEdge,
    NoWordEdge,
}

#[derive(Clone, Debug)]
enum Node {
    One(Ranges),
    Is(Place),
    Row(Vec<Node>),
    Either(Vec<Node>),
    /// How often at least and at most, and whether as often as possible.
    Repeat(Box<Node>, u32, Option<u32>, bool),
}

impl Regex {
    /// Reads a pattern. The error is Go's text.
    pub fn new(pattern: &str) -> Result<Regex, String> {
        let node = parse::parse(pattern)?;
        let mut steps = Vec::new();
        compile(&node, &mut steps);
        if steps.len() > LARGEST {
            return Err("error parsing regexp: expression too large".to_owned());
        }
        steps.push(Step::Found);
        Ok(Regex(steps))
    }

    /// Whether the pattern matches anywhere in the text.
    pub fn matches(&self, text: &str) -> bool {
        if text.len().saturating_mul(self.0.len()) > MOST_STEPS {
            return true;
        }
        let chars: Vec<char> = text.chars().collect();
        let (mut now, mut next) = (Threads::new(self.0.len()), Threads::new(self.0.len()));
        for at in 0..=chars.len() {
            if self.follow(0, at, &chars, &mut now) {
                return true;
            }
            let Some(c) = chars.get(at) else { return false };
            for place in std::mem::take(&mut now.places) {
                if let Some(Step::One(ranges)) = self.0.get(place)
                    && ranges.iter().any(|(low, high)| low <= c && c <= high)
                    && self.follow(place + 1, at + 1, &chars, &mut next)
                {
                    return true;
                }
            }
            now.seen.fill(false);
            std::mem::swap(&mut now, &mut next);
        }
        false
    }

    /// The parts of a text that match, from left to right, at most so many.
    pub fn find_all(&self, text: &str, most: usize) -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        let (mut found, mut from, mut left) = (Vec::new(), 0, MOST_STEPS);
        while found.len() < most
            && let Some((start, end)) = self.find(&chars, from, &mut left)
        {
            found.push(chars.get(start..end).unwrap_or_default().iter().collect());
            // Behind an empty match the next character is skipped.
            from = if end == start { end + 1 } else { end };
        }
        found
    }

    /// The first match that begins at `from` or behind it: where it begins and ends.
    fn find(&self, chars: &[char], from: usize, left: &mut usize) -> Option<(usize, usize)> {
        (from..=chars.len()).find_map(|start| {
            let mut end = None;
            let mut now = Threads::new(self.0.len());
            self.follow(0, start, chars, &mut now);
            for at in start..=chars.len() {
                let mut next = Threads::new(self.0.len());
                *left = left.checked_sub(self.0.len() + now.places.len())?;
                // Alternatives are in the order in which they are preferred; a match cuts off those behind it.
                for place in now.places {
                    match (self.0.get(place), chars.get(at)) {
                        (Some(Step::Found), _) => {
                            end = Some(at);
                            break;
                        }
                        (Some(Step::One(ranges)), Some(c))
                            if ranges.iter().any(|(low, high)| low <= c && c <= high)
                                && self.follow(place + 1, at + 1, chars, &mut next) =>
                        {
                            break;
                        }
                        _ => {}
                    }
                }
                if next.places.is_empty() {
                    break;
                }
                now = next;
            }
            end.map(|end| (start, end))
        })
    }

    /// Adds the places that can be reached without reading on; says whether the end is among them.
    fn follow(&self, start: usize, at: usize, chars: &[char], threads: &mut Threads) -> bool {
        let mut open = vec![start];
        while let Some(place) = open.pop() {
            if threads.seen.get(place).copied().unwrap_or(true) {
                continue;
            }
            if let Some(seen) = threads.seen.get_mut(place) {
                *seen = true;
            }
            match self.0.get(place) {
                Some(Step::One(_)) => threads.places.push(place),
                Some(Step::Is(wanted)) if wanted.is(at, chars) => open.push(place + 1),
                Some(Step::Is(_)) | None => {}
                Some(Step::Fork(a, b)) => open.extend([*b, *a]),
                Some(Step::Jump(to)) => open.push(*to),
                Some(Step::Found) => {
                    threads.places.push(place);
                    return true;
                }
            }
        }
        false
    }
}

/// Where the alternatives stand.
struct Threads {
    places: Vec<usize>,
    seen: Vec<bool>,
}

impl Threads {
    fn new(size: usize) -> Threads {
        Threads { places: Vec::new(), seen: vec![false; size] }
    }
}

impl Place {
    fn is(self, at: usize, chars: &[char]) -> bool {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let word = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_');
        let edge = word(before) != word(chars.get(at));
        match self {
            Place::TextStart => at == 0,
            Place::TextEnd => at == chars.len(),
            Place::LineStart => before.is_none_or(|c| *c == '\n'),
            Place::LineEnd => chars.get(at).is_none_or(|c| *c == '\n'),
            Place::WordEdge => edge,
            Place::NoWordEdge => !edge,
        }
    }
}

fn compile(node: &Node, steps: &mut Vec<Step>) {
    if steps.len() > LARGEST {
        return;
    }
    match node {
        Node::One(ranges) => steps.push(Step::One(ranges.clone())),
        Node::Is(place) => steps.push(Step::Is(*place)),
        Node::Row(nodes) => nodes.iter().for_each(|node| compile(node, steps)),
        Node::Either(nodes) => {
            let mut ends = Vec::new();
            for (i, node) in nodes.iter().enumerate() {
                if i + 1 < nodes.len() {
                    let fork = reserve(steps);
                    compile(node, steps);
                    ends.push(reserve(steps));
                    let end = steps.len();
                    set(steps, fork, Step::Fork(fork + 1, end));
                } else {
                    compile(node, steps);
                }
            }
            for end in ends {
                let after = steps.len();
                set(steps, end, Step::Jump(after));
            }
        }
        Node::Repeat(inner, least, most, greedy) => {
            let fork_at =
                |go_on: usize, end: usize| if *greedy { Step::Fork(go_on, end) } else { Step::Fork(end, go_on) };
            for _ in 0..*least {
                compile(inner, steps);
            }
            match most {
                None => {
                    let fork = reserve(steps);
                    compile(inner, steps);
                    steps.push(Step::Jump(fork));
                    let end = steps.len();
                    set(steps, fork, fork_at(fork + 1, end));
                }
                Some(most) => {
                    let forks: Vec<usize> = (*least..*most)
                        .map(|_| {
                            let fork = reserve(steps);
                            compile(inner, steps);
                            fork
                        })
                        .collect();
                    for fork in forks {
                        let end = steps.len();
                        set(steps, fork, fork_at(fork + 1, end));
                    }
                }
            }
        }
    }
}

fn reserve(steps: &mut Vec<Step>) -> usize {
    steps.push(Step::Found);
    steps.len() - 1
}

fn set(steps: &mut [Step], at: usize, step: Step) {
    if let Some(place) = steps.get_mut(at) {
        *place = step;
    }
}

#[cfg(test)]
mod tests {
    use super::Regex;

    #[test]
    fn matches_as_go() {
        for (pattern, yes, no) in [
            ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", &["a", "a-b", "9"][..], &["", "-a", "a-", "A"][..]),
            (r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$", &["* * * * */5", "1 2 3 4 5"], &["* * * *", "x"]),
            ("b", &["abc"], &["ac"]),
            (r"^\d{2,3}$", &["12", "123"], &["1", "1234"]),
            ("(?i)^on|off$", &["ON", "the OFF"], &["no"]),
            (r"^[^\s:]+:\d+$", &["a:1"], &["a b:1", "a:"]),
            (r"\bcat\b", &["a cat."], &["concat"]),
            ("^(a|ab)(c|bcd)$", &["abcd", "ac", "abc"], &["abd"]),
            ("^[[:alpha:]_]+$", &["a_B"], &["a1"]),
            (r"^\p{L}+$", &["é"], &["1"]),
            ("^(a*)*$", &["", "aaaa"], &["b"]),
            (r"^.+\.(png|jpe?g)$", &["x.jpg", "y.jpeg"], &["x.gif", ".png"]),
            ("^x{0}$", &[""], &["x"]),
            ("", &["", "a"], &[]),
        ] {
            let regex = Regex::new(pattern).unwrap();
            for text in yes {
                assert!(regex.matches(text), "{pattern} {text}");
            }
            for text in no {
                assert!(!regex.matches(text), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn parts_are_found_from_left_to_right() {
        let all = |pattern: &str, text: &str| Regex::new(pattern).unwrap().find_all(text, 9).join("|");
        assert_eq!(all("[0-9]+", "a1b22c333"), "1|22|333");
        assert_eq!(all("a|ab", "abab"), "a|a");
        assert_eq!(all("a+?", "aa"), "a|a");
        assert_eq!(all("(ab)*c?", "ababc"), "ababc|");
        assert_eq!(all("x", "abc"), "");
        assert_eq!(all("^a", "aaa"), "a");
    }

    #[test]
    fn mistakes_in_gos_words() {
        for (pattern, expected) in [
            ("[a-", "missing closing ]: `[a-`"),
            ("(a", "missing closing ): `(a`"),
            ("a)", "unexpected ): `a)`"),
            ("*a", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            (r"a\", "trailing backslash at end of expression: ``"),
            (r"\y", r"invalid escape sequence: `\y`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
        ] {
            assert_eq!(Regex::new(pattern).unwrap_err(), format!("error parsing regexp: {expected}"), "{pattern}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let nested = "(".repeat(5000) + &")".repeat(5000);
        assert!(Regex::new(&nested).is_err());
        assert!(Regex::new("((a{1000}){1000}){1000}").is_err());
        assert!(!Regex::new("(a?){50}a{50}$b").unwrap().matches(&"a".repeat(2000)));
    }
}
