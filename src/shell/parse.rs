//! From words and operators to commands.

use super::lex::{Lexer, Token};
use super::syntax::{Command, Item, Part, Pipeline, Script, Simple, Stage, When, Word};
use std::rc::Rc;

/// Why a text is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// It ends inside what this opened; a console may ask for more lines.
    Unfinished(String),
    /// This stands where a command should.
    Unexpected(String),
    /// `${…}` that says nothing.
    BadSubstitution(String),
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SyntaxError::Unfinished(_) => f.write_str("syntax error: unexpected end of file"),
            SyntaxError::Unexpected(token) => write!(f, "syntax error near unexpected token `{token}'"),
            SyntaxError::BadSubstitution(text) => write!(f, "{text}: bad substitution"),
        }
    }
}

/// Reads a script.
pub fn parse(text: &str) -> Result<Script, SyntaxError> {
    let mut parser = Parser { lexer: Lexer::new(text), next: None, start: 0, depth: 0 };
    let script = parser.list(&[])?;
    match parser.peek()? {
        Token::End => Ok(script),
        token => Err(unexpected(&token)),
    }
}

/// Reads a script within a text, up to an operator that closes it. Says where the text goes on.
pub(super) fn parse_at(chars: Rc<[char]>, at: usize, close: &'static str) -> Result<(Script, usize), SyntaxError> {
    let mut parser = Parser { lexer: Lexer::at(chars, at), next: None, start: 0, depth: 0 };
    let script = parser.list(&[])?;
    match parser.peek()? {
        Token::Operator(found) if found == close => Ok((script, parser.lexer.at)),
        Token::End => Err(SyntaxError::Unfinished("$(".to_owned())),
        token => Err(unexpected(&token)),
    }
}

/// How deep commands may stand in each other.
const DEEPEST: usize = 50;

struct Parser {
    lexer: Lexer,
    next: Option<Token>,
    /// Where the token in `next` begins.
    start: usize,
    depth: usize,
}

fn unexpected(token: &Token) -> SyntaxError {
    match token {
        Token::Word(word) => SyntaxError::Unexpected(word.literal().unwrap_or("word").to_owned()),
        Token::Operator("\n") | Token::Redirect(_) => SyntaxError::Unexpected("newline".to_owned()),
        Token::Operator(operator) => SyntaxError::Unexpected((*operator).to_owned()),
        Token::End => SyntaxError::Unfinished("|".to_owned()),
    }
}

impl Parser {
    fn peek(&mut self) -> Result<Token, SyntaxError> {
        if self.next.is_none() {
            let before = self.lexer.at;
            self.start = before;
            self.next = Some(self.lexer.token()?);
        }
        Ok(self.next.clone().unwrap_or(Token::End))
    }

    fn advance(&mut self) {
        self.next = None;
    }

    /// Whether the next token is this word, unquoted.
    fn is_word(&mut self, words: &[&str]) -> Result<bool, SyntaxError> {
        Ok(matches!(self.peek()?, Token::Word(word) if word.literal().is_some_and(|text| words.contains(&text))))
    }

    fn require(&mut self, word: &'static str) -> Result<(), SyntaxError> {
        if self.is_word(&[word])? {
            self.advance();
            return Ok(());
        }
        match self.peek()? {
            Token::End => Err(SyntaxError::Unfinished(word.to_owned())),
            token => Err(unexpected(&token)),
        }
    }

    fn skip_line_ends(&mut self) -> Result<(), SyntaxError> {
        while self.peek()? == Token::Operator("\n") {
            self.advance();
        }
        Ok(())
    }

    /// Pipelines up to one of these words, a closing operator or the end.
    fn list(&mut self, ends: &[&str]) -> Result<Script, SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(SyntaxError::Unexpected("(".to_owned()));
        }
        let mut items: Vec<Item> = Vec::new();
        let mut when = When::Always;
        loop {
            self.skip_line_ends()?;
            let over = matches!(self.peek()?, Token::End | Token::Operator(")" | ";;")) || self.is_word(ends)?;
            if over {
                if when != When::Always {
                    return Err(unexpected(&self.peek()?));
                }
                break;
            }
            let from = self.start;
            let pipeline = Rc::new(self.pipeline()?);
            let token = self.peek()?;
            let text = self.lexer.text(from, self.start).trim().to_owned();
            let background = token == Token::Operator("&");
            items.push(Item { when, background, pipeline, text });
            when = When::Always;
            match token {
                Token::Operator("&&") => when = When::IfOk,
                Token::Operator("||") => when = When::IfFailed,
                Token::Operator(";" | "&" | "\n") => {}
                Token::End | Token::Operator(")" | ";;") => continue,
                token => return Err(unexpected(&token)),
            }
            self.advance();
        }
        self.depth -= 1;
        Ok(items.into())
    }

    fn pipeline(&mut self) -> Result<Pipeline, SyntaxError> {
        let negated = self.is_word(&["!"])?;
        if negated {
            self.advance();
        }
        let mut stages = vec![self.stage()?];
        while self.peek()? == Token::Operator("|") {
            self.advance();
            self.skip_line_ends()?;
            stages.push(self.stage()?);
        }
        Ok(Pipeline { negated, stages })
    }

    fn stage(&mut self) -> Result<Stage, SyntaxError> {
        let mut redirects = Vec::new();
        let command = match self.peek()? {
            Token::Operator("(") => {
                self.advance();
                let body = self.list(&[])?;
                self.close_subshell()?;
                Command::Subshell(body)
            }
            Token::Word(word) => match word.literal() {
                Some("{") => {
                    self.advance();
                    let body = self.list(&["}"])?;
                    self.require("}")?;
                    Command::Group(body)
                }
                Some("for") => self.for_loop()?,
                Some("while") => self.while_loop(false)?,
                Some("until") => self.while_loop(true)?,
                Some("if") => self.if_command()?,
                Some("case") => self.case_command()?,
                Some("do" | "done" | "then" | "else" | "elif" | "fi" | "esac" | "}") => {
                    return Err(unexpected(&Token::Word(word)));
                }
                _ => return self.simple(),
            },
            Token::Redirect(_) => return self.simple(),
            token => return Err(unexpected(&token)),
        };
        while let Token::Redirect(redirect) = self.peek()? {
            self.advance();
            redirects.push(redirect);
        }
        Ok(Stage { command, redirects })
    }

    fn close_subshell(&mut self) -> Result<(), SyntaxError> {
        match self.peek()? {
            Token::Operator(")") => {
                self.advance();
                Ok(())
            }
            Token::End => Err(SyntaxError::Unfinished("(".to_owned())),
            token => Err(unexpected(&token)),
        }
    }

    fn simple(&mut self) -> Result<Stage, SyntaxError> {
        let mut simple = Simple::default();
        let mut redirects = Vec::new();
        loop {
            match self.peek()? {
                Token::Word(word) => {
                    self.advance();
                    match assignment(&word).filter(|_| simple.words.is_empty()) {
                        Some(assignment) => simple.assignments.push(assignment),
                        None => simple.words.push(word),
                    }
                }
                Token::Redirect(redirect) => {
                    self.advance();
                    redirects.push(redirect);
                }
                _ => return Ok(Stage { command: Command::Simple(Rc::new(simple)), redirects }),
            }
        }
    }

    fn for_loop(&mut self) -> Result<Command, SyntaxError> {
        self.advance();
        let name = match self.peek()? {
            Token::Word(word) => word.literal().unwrap_or_default().to_owned(),
            token => return Err(unexpected(&token)),
        };
        self.advance();
        self.skip_line_ends()?;
        let mut words = Vec::new();
        if self.is_word(&["in"])? {
            self.advance();
            while let Token::Word(word) = self.peek()? {
                self.advance();
                words.push(word);
            }
        }
        let body = self.body()?;
        Ok(Command::For { name, words: words.into(), body })
    }

    fn while_loop(&mut self, until: bool) -> Result<Command, SyntaxError> {
        self.advance();
        let condition = self.list(&["do"])?;
        let body = self.body()?;
        Ok(Command::While { until, condition, body })
    }

    /// `; do …; done`.
    fn body(&mut self) -> Result<Script, SyntaxError> {
        while matches!(self.peek()?, Token::Operator(";" | "\n")) {
            self.advance();
        }
        self.require("do")?;
        let body = self.list(&["done"])?;
        self.require("done")?;
        Ok(body)
    }

    fn if_command(&mut self) -> Result<Command, SyntaxError> {
        let mut arms = Vec::new();
        loop {
            self.advance();
            let condition = self.list(&["then"])?;
            self.require("then")?;
            let body = self.list(&["elif", "else", "fi"])?;
            arms.push((condition, body));
            if !self.is_word(&["elif"])? {
                break;
            }
        }
        let mut otherwise: Script = Rc::new([]);
        if self.is_word(&["else"])? {
            self.advance();
            otherwise = self.list(&["fi"])?;
        }
        self.require("fi")?;
        Ok(Command::If { arms: arms.into(), otherwise })
    }

    fn case_command(&mut self) -> Result<Command, SyntaxError> {
        self.advance();
        let Token::Word(word) = self.peek()? else { return Err(unexpected(&self.peek()?)) };
        self.advance();
        self.skip_line_ends()?;
        self.require("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_line_ends()?;
            if self.is_word(&["esac"])? {
                self.advance();
                return Ok(Command::Case { word: Rc::new(word), arms: arms.into() });
            }
            if self.peek()? == Token::Operator("(") {
                self.advance();
            }
            let mut patterns = Vec::new();
            loop {
                match self.peek()? {
                    Token::Word(pattern) => patterns.push(pattern),
                    Token::End => return Err(SyntaxError::Unfinished("case".to_owned())),
                    token => return Err(unexpected(&token)),
                }
                self.advance();
                match self.peek()? {
                    Token::Operator("|") => self.advance(),
                    Token::Operator(")") => break,
                    Token::End => return Err(SyntaxError::Unfinished("case".to_owned())),
                    token => return Err(unexpected(&token)),
                }
            }
            self.advance();
            let body = self.list(&["esac"])?;
            if self.peek()? == Token::Operator(";;") {
                self.advance();
            }
            arms.push((patterns, body));
        }
    }
}

/// `NAME=value`.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Text { text, quoted: false }) = word.0.first() else { return None };
    let (name, value) = text.split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let mut rest = word.clone();
    rest.0[0] = Part::Text { text: value.to_owned(), quoted: true };
    is_name.then(|| (name.to_owned(), rest))
}
