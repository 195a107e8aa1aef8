//! Template text to nodes.

use super::{Bound, Node};

/// Models `client-go/util/jsonpath/parser.go`: its grammar and its error texts.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, String> {
    let mut nodes = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    loop {
        let open = rest.iter().position(|c| *c == '{');
        let literal: String = rest.iter().take(open.unwrap_or(rest.len())).collect();
        if !literal.is_empty() {
            nodes.push(Node::Text(literal));
        }
        let Some(open) = open else { return Ok(nodes) };
        let mut action = Action { chars: &rest, at: open + 1, nodes: Vec::new() };
        action.parse()?;
        let at = action.at;
        nodes.push(Node::List(action.nodes));
        rest.drain(..at);
    }
}

/// Parses `text` as the inside of one `{…}`. As upstream, what follows a closing brace inside `text` is dropped.
fn parse_action(text: &str) -> Result<Vec<Node>, String> {
    match parse(&format!("{{{text}}}"))?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

struct Action<'a> {
    chars: &'a [char],
    at: usize,
    nodes: Vec<Node>,
}

impl Action<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.chars.get(self.at + i) == Some(&c))
    }

    fn slice(&self, from: usize, to: usize) -> String {
        self.chars.get(from..to.min(self.chars.len())).map_or_else(String::new, |chars| chars.iter().collect())
    }

    /// Parses up to and over the closing brace.
    fn parse(&mut self) -> Result<(), String> {
        loop {
            if self.starts_with("[?(") {
                self.filter()?;
                continue;
            }
            if self.starts_with("..") {
                self.recursive()?;
                continue;
            }
            let Some(c) = self.peek() else { return Err("unclosed action".to_owned()) };
            match c {
                '}' => {
                    self.at += 1;
                    return Ok(());
                }
                '\r' | '\n' => return Err("unclosed action".to_owned()),
                ' ' | '@' | '$' => self.at += 1,
                '[' => self.array()?,
                '"' | '\'' => self.quote(c)?,
                '.' => {
                    self.at += 1;
                    self.field();
                }
                c if c == '+' || c == '-' || c.is_numeric() => self.number()?,
                c if c == '_' || c.is_alphabetic() => self.identifier(),
                c => return Err(format!("unrecognized character in action: U+{:04X} '{c}'", c as u32)),
            }
        }
    }

    fn identifier(&mut self) {
        let from = self.at;
        while !is_terminator(self.peek()) {
            self.at += 1;
        }
        let word = self.slice(from, self.at);
        self.nodes.push(match word.as_str() {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            _ => Node::Identifier(word),
        });
    }

    fn recursive(&mut self) -> Result<(), String> {
        if self.nodes.last() == Some(&Node::Recursive) {
            return Err("invalid multiple recursive descent".to_owned());
        }
        self.at += 2;
        self.nodes.push(Node::Recursive);
        if self.peek().is_some_and(|c| c == '_' || c.is_alphanumeric()) {
            self.field();
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        let from = self.at;
        self.at += usize::from(matches!(self.peek(), Some('+' | '-')));
        while self.peek().is_some_and(|c| c == '.' || c.is_numeric()) {
            self.at += 1;
        }
        let text = self.slice(from, self.at);
        let node = text.parse().map(Node::Int).or_else(|_| text.parse().map(Node::Float));
        self.nodes.push(node.map_err(|_| format!("cannot parse number {text}"))?);
        Ok(())
    }

    fn field(&mut self) {
        let from = self.at;
        loop {
            let c = self.peek();
            if is_terminator(c) {
                break;
            }
            self.at += if c == Some('\\') { 2 } else { 1 };
        }
        self.at = self.at.min(self.chars.len());
        let text = self.slice(from, self.at);
        self.nodes.push(if text == "*" { Node::Wildcard } else { Node::Field(text.replace('\\', "")) });
    }

    fn quote(&mut self, end: char) -> Result<(), String> {
        let from = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None | Some('\n') => return Err("unterminated quoted string".to_owned()),
                Some(c) => {
                    self.at += 1;
                    if c == end && self.chars.get(self.at - 2) != Some(&'\\') {
                        break;
                    }
                }
            }
        }
        let text = self.slice(from, self.at);
        let unquoted = unquote(&self.slice(from + 1, self.at - 1), end);
        self.nodes.push(Node::Text(unquoted.ok_or_else(|| format!("unquote string {text} error invalid syntax"))?));
        Ok(())
    }

    fn array(&mut self) -> Result<(), String> {
        let from = self.at + 1;
        loop {
            match self.peek() {
                None | Some('\n') => return Err("unterminated array".to_owned()),
                Some(']') => break,
                Some(_) => self.at += 1,
            }
        }
        let mut text = self.slice(from, self.at);
        self.at += 1;
        if text == "*" {
            text = ":".to_owned();
        }
        if text.contains(',') {
            let parts: Result<Vec<_>, _> =
                text.split(',').map(|part| parse_action(&format!("[{}]", part.trim_matches(' ')))).collect();
            self.nodes.push(Node::Union(parts?));
            return Ok(());
        }
        if let Some(key) = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).filter(|t| !t.contains('\'')) {
            self.nodes.extend(parse_action(&format!(".{key}"))?);
            return Ok(());
        }
        self.nodes.push(Node::Array(bounds(&text)?));
        Ok(())
    }

    fn filter(&mut self) -> Result<(), String> {
        self.at += 3;
        let from = self.at;
        let mut quote = None;
        let mut closed = false;
        loop {
            match self.peek() {
                None | Some('\n') => return Err("unterminated filter".to_owned()),
                Some(c @ ('"' | '\'')) => match quote {
                    None => quote = Some(c),
                    Some(open) if open == c && self.chars.get(self.at - 1) != Some(&'\\') => closed = true,
                    Some(_) => {}
                },
                Some(')') if quote.is_some() == closed => break,
                Some(_) => {}
            }
            self.at += 1;
        }
        let text = self.slice(from, self.at);
        self.at += 1;
        if self.peek() != Some(']') {
            return Err("unclosed array expect ]".to_owned());
        }
        self.at += 1;
        self.nodes.push(match split_comparison(&text) {
            None => Node::Filter { left: parse_action(&text)?, right: Vec::new(), operator: "exists".to_owned() },
            Some((left, operator, right)) => {
                Node::Filter { left: parse_action(left)?, right: parse_action(right)?, operator: operator.to_owned() }
            }
        });
        Ok(())
    }
}

/// `@.a=="b"` into its three parts, none of them empty.
fn split_comparison(text: &str) -> Option<(&str, &str, &str)> {
    let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
    let start = text.find(is_operator).filter(|start| *start > 0)?;
    let length = text[start..].find(|c| !is_operator(c))?;
    Some((&text[..start], &text[start..start + length], &text[start + length..]))
}

fn bounds(text: &str) -> Result<[Bound; 3], String> {
    let invalid = || format!("invalid array index {text}");
    let parts: Vec<&str> = text.split(':').collect();
    let is_number = |part: &&str| part.strip_prefix('-').unwrap_or(part).chars().all(|c| c.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(is_number) {
        return Err(invalid());
    }
    let mut bounds = [Bound::default(); 3];
    for (bound, part) in bounds.iter_mut().zip(&parts) {
        if !part.is_empty() {
            let value = part.parse().map_err(|_| format!("array index {part} is not a number"))?;
            *bound = Bound { value, known: true, derived: false };
        }
    }
    if parts.len() == 1 {
        bounds[1] = Bound { value: bounds[0].value.saturating_add(1), known: true, derived: true };
    }
    Ok(bounds)
}

fn is_terminator(c: Option<char>) -> bool {
    matches!(c, None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}'))
}

/// Go's `strconv.Unquote` of what stands between quotes, with either quote allowed around a whole string.
fn unquote(text: &str, quote: char) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == quote {
            return None;
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        out.push(match chars.next()? {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '\\' => '\\',
            escaped @ ('"' | '\'') => Some(escaped).filter(|escaped| *escaped == quote)?,
            'x' => code(&mut chars, 0, 2, 16)?,
            'u' => code(&mut chars, 0, 4, 16)?,
            'U' => code(&mut chars, 0, 8, 16)?,
            digit => code(&mut chars, digit.to_digit(8)?, 2, 8)?,
        });
    }
    Some(out)
}

/// The character whose number goes on with `digits` digits.
fn code(chars: &mut std::str::Chars<'_>, start: u32, digits: usize, radix: u32) -> Option<char> {
    let number =
        (0..digits).try_fold(start, |number, _| number.checked_mul(radix)?.checked_add(chars.next()?.to_digit(radix)?));
    char::from_u32(number?)
}
