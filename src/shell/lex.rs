//! From text to words and operators.

use super::parse::{SyntaxError, parse_at};
use super::syntax::{Change, Part, Redirect, Word};
use std::cell::OnceCell;
use std::rc::Rc;

/// A word or an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word.
    Word(Word),
    /// `|`, `&&`, `||`, `;`, `;;`, `&`, `(`, `)`, or a line end.
    Operator(&'static str),
    /// A redirection; the text of a here-document is filled in at the line end.
    Redirect(Redirect),
    /// The end of the text.
    End,
}

/// Operators, the longer ones first.
const OPERATORS: [&str; 10] = ["&&", "||", ";;", "|", ";", "&", "(", ")", "\n", "\r\n"];

/// Reads tokens one after the other.
pub struct Lexer {
    pub(super) chars: Rc<[char]>,
    pub(super) at: usize,
    /// Here-documents whose text begins at the next line.
    waiting: Vec<HereDocument>,
}

struct HereDocument {
    /// The line that ends it.
    end: String,
    strip_tabs: bool,
    /// Whether `$` in it means itself.
    quoted: bool,
    text: Rc<OnceCell<Word>>,
}

impl Lexer {
    /// A lexer at the beginning of a text.
    pub fn new(text: &str) -> Lexer {
        Lexer { chars: text.chars().collect(), at: 0, waiting: Vec::new() }
    }

    pub(super) fn at(chars: Rc<[char]>, at: usize) -> Lexer {
        Lexer { chars, at, waiting: Vec::new() }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = wanted.chars().enumerate().all(|(i, c)| self.chars.get(self.at + i) == Some(&c));
        self.at += if found { wanted.chars().count() } else { 0 };
        found
    }

    /// The text between two places.
    pub(super) fn text(&self, from: usize, to: usize) -> String {
        self.chars.get(from..to).unwrap_or_default().iter().collect()
    }

    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t') => self.at += 1,
                Some('\\') if self.chars.get(self.at + 1) == Some(&'\n') => self.at += 2,
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// The next token.
    pub fn token(&mut self) -> Result<Token, SyntaxError> {
        self.skip_blanks();
        if self.at >= self.chars.len() {
            return match self.waiting.first() {
                Some(open) => Err(SyntaxError::Unfinished(format!("<<{}", open.end))),
                None => Ok(Token::End),
            };
        }
        if let Some(redirect) = self.redirect()? {
            return Ok(redirect);
        }
        for operator in OPERATORS {
            if self.eat(operator) {
                if operator.ends_with('\n') {
                    self.read_here()?;
                    return Ok(Token::Operator("\n"));
                }
                return Ok(Token::Operator(operator));
            }
        }
        Ok(Token::Word(self.word(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>'))?))
    }

    fn redirect(&mut self) -> Result<Option<Token>, SyntaxError> {
        let start = self.at;
        let both = self.eat("&>");
        let stream = match self.peek() {
            _ if both => 0,
            Some('2') if self.chars.get(self.at + 1) == Some(&'>') => 2,
            Some('1') if self.chars.get(self.at + 1) == Some(&'>') => 1,
            Some('>') => 1,
            Some('<') => {
                self.at += 1;
                return self.input().map(|redirect| Some(Token::Redirect(redirect)));
            }
            _ => return Ok(None),
        };
        if !both {
            self.at = start + if self.peek() == Some('>') { 1 } else { 2 };
        }
        if self.eat("&1") {
            return Ok(Some(Token::Redirect(Redirect::ErrorToOutput)));
        }
        if self.eat("&2") {
            return Ok(Some(Token::Redirect(Redirect::OutputToError)));
        }
        let append = self.eat(">");
        let target = self.target()?;
        Ok(Some(Token::Redirect(Redirect::File { stream, append, target })))
    }

    /// After `<`.
    fn input(&mut self) -> Result<Redirect, SyntaxError> {
        if self.eat("<<") {
            let mut word = self.target()?;
            word.0.push(Part::Text { text: "\n".to_owned(), quoted: true });
            return Ok(Redirect::Here(Rc::new(OnceCell::from(word))));
        }
        if self.eat("<") {
            let strip_tabs = self.eat("-");
            let end = self.target()?;
            let quoted = end.0.iter().any(|part| matches!(part, Part::Text { quoted: true, .. }));
            let end: String = end
                .0
                .iter()
                .map(|part| match part {
                    Part::Text { text, .. } => text.clone(),
                    Part::Variable { name, .. } => format!("${name}"),
                    _ => String::new(),
                })
                .collect();
            let text = Rc::new(OnceCell::new());
            self.waiting.push(HereDocument { end, strip_tabs, quoted, text: text.clone() });
            return Ok(Redirect::Here(text));
        }
        Ok(Redirect::Input(self.target()?))
    }

    fn target(&mut self) -> Result<Word, SyntaxError> {
        self.skip_blanks();
        let word = self.word(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>'))?;
        match word.0.is_empty() {
            true if self.at >= self.chars.len() => Err(SyntaxError::Unexpected("newline".to_owned())),
            true => Err(SyntaxError::Unexpected(self.peek().map_or("newline".to_owned(), |c| match c {
                '\n' => "newline".to_owned(),
                c => c.to_string(),
            }))),
            false => Ok(word),
        }
    }

    fn read_here(&mut self) -> Result<(), SyntaxError> {
        for HereDocument { end, strip_tabs, quoted, text: place } in std::mem::take(&mut self.waiting) {
            let mut text = String::new();
            loop {
                if self.at >= self.chars.len() {
                    return Err(SyntaxError::Unfinished(format!("<<{end}")));
                }
                let rest = &self.chars[self.at..];
                let length = rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
                let line: String = rest[..length].iter().collect();
                self.at += (length + 1).min(rest.len());
                let line = line.strip_suffix('\r').unwrap_or(&line);
                let line = if strip_tabs { line.trim_start_matches('\t') } else { line };
                if line == end {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            let word = if quoted { Word::quoted(&text) } else { Lexer::new(&text).here_word()? };
            // Nobody else fills it.
            let _ = place.set(word);
        }
        Ok(())
    }

    /// The text of a here-document, in which only `$` and a backslash before it mean something.
    fn here_word(&mut self) -> Result<Word, SyntaxError> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                '$' => self.dollar(true, &mut parts)?,
                '`' => self.backquote(true, &mut parts)?,
                '\\' if matches!(self.chars.get(self.at + 1), Some('$' | '`' | '\\')) => {
                    push(&mut parts, self.chars[self.at + 1], true);
                    self.at += 2;
                }
                c => {
                    push(&mut parts, c, true);
                    self.at += 1;
                }
            }
        }
        Ok(Word(parts))
    }

    /// `$'a\tb\n'`: text with escapes.
    fn escaped(&mut self, parts: &mut Vec<Part>) -> Result<(), SyntaxError> {
        self.at += 2;
        let mut text = String::new();
        loop {
            let c = self.peek().ok_or_else(|| SyntaxError::Unfinished("'".to_owned()))?;
            self.at += 1;
            match c {
                '\'' => break,
                '\\' => match self.peek() {
                    None => return Err(SyntaxError::Unfinished("'".to_owned())),
                    Some(escape) => {
                        self.at += 1;
                        match escape {
                            'n' => text.push('\n'),
                            't' => text.push('\t'),
                            'r' => text.push('\r'),
                            'e' | 'E' => text.push('\u{1b}'),
                            '\\' | '\'' | '"' | '?' => text.push(escape),
                            'x' => text.extend(self.code(16, 2)),
                            'u' => text.extend(self.code(16, 4)),
                            '0'..='7' => {
                                self.at -= 1;
                                text.extend(self.code(8, 3));
                            }
                            other => text.extend(['\\', other]),
                        }
                    }
                },
                c => text.push(c),
            }
        }
        parts.push(Part::Text { text, quoted: true });
        Ok(())
    }

    /// The character of a number of at most so many digits.
    fn code(&mut self, radix: u32, digits: usize) -> Option<char> {
        let mut number = 0;
        for _ in 0..digits {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(radix)) else { break };
            number = number * radix + digit;
            self.at += 1;
        }
        char::from_u32(number)
    }

    /// A word up to a character that ends it.
    pub(super) fn word(&mut self, ends: impl Fn(char) -> bool) -> Result<Word, SyntaxError> {
        let mut parts: Vec<Part> = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                c if ends(c) => break,
                '\'' => {
                    self.at += 1;
                    let rest = &self.chars[self.at..];
                    let Some(length) = rest.iter().position(|c| *c == '\'') else {
                        return Err(SyntaxError::Unfinished("'".to_owned()));
                    };
                    let text = rest[..length].iter().collect();
                    parts.push(Part::Text { text, quoted: true });
                    self.at += length + 1;
                }
                '"' => self.double_quoted(&mut parts)?,
                '$' if self.chars.get(self.at + 1) == Some(&'\'') => self.escaped(&mut parts)?,
                '$' => self.dollar(false, &mut parts)?,
                '`' => self.backquote(false, &mut parts)?,
                '\\' => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') => {}
                        Some(escaped) => push(&mut parts, escaped, true),
                        None => return Err(SyntaxError::Unfinished("\\".to_owned())),
                    }
                    self.at += 1;
                }
                c => {
                    push(&mut parts, c, false);
                    self.at += 1;
                }
            }
        }
        Ok(Word(parts))
    }

    fn double_quoted(&mut self, parts: &mut Vec<Part>) -> Result<(), SyntaxError> {
        self.at += 1;
        parts.push(Part::Text { text: String::new(), quoted: true });
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(());
                }
                '$' => self.dollar(true, parts)?,
                '`' => self.backquote(true, parts)?,
                '\\' => {
                    self.at += 1;
                    match self.peek() {
                        Some(escaped @ ('"' | '\\' | '$' | '`')) => push(parts, escaped, true),
                        Some('\n') => {}
                        Some(other) => {
                            push(parts, '\\', true);
                            push(parts, other, true);
                        }
                        None => break,
                    }
                    self.at += 1;
                }
                c => {
                    push(parts, c, true);
                    self.at += 1;
                }
            }
        }
        Err(SyntaxError::Unfinished("\"".to_owned()))
    }

    /// Commands in backquotes.
    fn backquote(&mut self, quoted: bool, parts: &mut Vec<Part>) -> Result<(), SyntaxError> {
        let rest = &self.chars[self.at + 1..];
        let Some(length) = rest.iter().position(|c| *c == '`') else {
            return Err(SyntaxError::Unfinished("`".to_owned()));
        };
        let text: String = rest[..length].iter().collect();
        self.at += length + 2;
        parts.push(Part::Output { script: super::parse::parse(&text)?, quoted });
        Ok(())
    }

    /// What begins with `$`.
    fn dollar(&mut self, quoted: bool, parts: &mut Vec<Part>) -> Result<(), SyntaxError> {
        self.at += 1;
        if self.eat("((") {
            let word = self.arithmetic()?;
            parts.push(Part::Number(Rc::new(word)));
            return Ok(());
        }
        if self.eat("(") {
            let (script, at) = parse_at(self.chars.clone(), self.at, ")")?;
            self.at = at;
            parts.push(Part::Output { script, quoted });
            return Ok(());
        }
        if self.eat("{") {
            return self.braced(quoted, parts);
        }
        let name = self.name();
        if name.is_empty() {
            push(parts, '$', true);
        } else {
            parts.push(Part::Variable { name, change: None, quoted });
        }
        Ok(())
    }

    fn name(&mut self) -> String {
        let start = self.at;
        match self.peek() {
            Some('?' | '$' | '#' | '@' | '*' | '!' | '0'..='9') => self.at += 1,
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                    self.at += 1;
                }
            }
            _ => {}
        }
        self.text(start, self.at)
    }

    /// After `${`.
    fn braced(&mut self, quoted: bool, parts: &mut Vec<Part>) -> Result<(), SyntaxError> {
        let length = self.peek() == Some('#') && self.chars.get(self.at + 1) != Some(&'}');
        if length {
            self.at += 1;
        }
        let name = self.name();
        const CHANGES: [(&str, Change); 11] = [
            (":-", Change::Default),
            (":=", Change::Assign),
            (":+", Change::Alternative),
            (":?", Change::Required),
            ("##", Change::TrimStart(true)),
            ("#", Change::TrimStart(false)),
            ("%%", Change::TrimEnd(true)),
            ("%", Change::TrimEnd(false)),
            ("-", Change::Default),
            ("=", Change::Assign),
            ("+", Change::Alternative),
        ];
        let change = CHANGES.into_iter().find(|(sign, _)| self.eat(sign)).map(|(_, change)| change);
        let change = match change {
            Some(change) => Some((change, Rc::new(self.word(|c| c == '}')?))),
            None => length.then(|| (Change::Length, Rc::default())),
        };
        if name.is_empty() || !self.eat("}") {
            return match self.peek() {
                None => Err(SyntaxError::Unfinished("${".to_owned())),
                Some(_) => Err(SyntaxError::BadSubstitution(format!("${{{name}"))),
            };
        }
        parts.push(Part::Variable { name, change, quoted });
        Ok(())
    }

    /// After `$((`, up to `))`.
    fn arithmetic(&mut self) -> Result<Word, SyntaxError> {
        let mut parts = Vec::new();
        let mut depth = 0;
        while let Some(c) = self.peek() {
            match c {
                ')' if depth == 0 => {
                    return if self.eat("))") { Ok(Word(parts)) } else { Err(SyntaxError::Unexpected(")".to_owned())) };
                }
                '$' => {
                    self.dollar(true, &mut parts)?;
                    continue;
                }
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            push(&mut parts, c, true);
            self.at += 1;
        }
        Err(SyntaxError::Unfinished("$((".to_owned()))
    }
}

/// Adds a character to the text that a word ends with.
fn push(parts: &mut Vec<Part>, c: char, quoted: bool) {
    match parts.last_mut() {
        Some(Part::Text { text, quoted: same }) if *same == quoted => text.push(c),
        _ => parts.push(Part::Text { text: c.to_string(), quoted }),
    }
}
