//! The nodes of a template.

use super::functions;
use super::lex::{Placed, Token, lex};
use crate::base::Value;
use crate::base::text::go_quote;

/// A part of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Text that is printed as it stands.
    Text(String),
    /// `{{pipeline}}`.
    Action(Pipe),
    /// `{{if}}`, `{{range}}` and `{{with}}`: what is looked at, what then, what else.
    Branch(Branch, Pipe, Vec<Node>, Vec<Node>),
    /// `{{define}}`.
    Define(String, Vec<Node>),
    /// `{{template}}`.
    Template(String, Option<Pipe>, Place),
    /// `{{break}}`.
    Break,
    /// `{{continue}}`.
    Continue,
}

/// Which kind of branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    /// `{{if}}`.
    If,
    /// `{{range}}`.
    Range,
    /// `{{with}}`.
    With,
}

/// `$a, $b := one | two`.
#[derive(Clone, Debug)]
pub(super) struct Pipe {
    /// The variables that are set.
    pub(super) variables: Vec<String>,
    /// Whether they are new.
    pub(super) declares: bool,
    /// The commands, each with what stands in it.
    pub(super) commands: Vec<Command>,
    /// Where it stands.
    pub(super) place: Place,
}

/// A function with its arguments, or one value.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// What it is made of.
    pub(super) words: Vec<Operand>,
    /// Where it stands.
    pub(super) place: Place,
}

/// A value of a command.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    /// What it begins with.
    pub(super) base: Base,
    /// The fields that follow.
    pub(super) fields: Vec<String>,
    /// Where it stands.
    pub(super) place: Place,
}

/// What a value begins with.
#[derive(Clone, Debug)]
pub(super) enum Base {
    /// `.`.
    Dot,
    /// `$x`.
    Variable(String),
    /// A function.
    Function(String),
    /// A constant.
    Constant(Value),
    /// `(pipeline)`.
    Group(Box<Pipe>),
}

/// Where something stands, and how it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// `1:11`: line and column.
    pub(super) at: String,
    /// `.metadata.name`.
    pub(super) text: String,
}

/// Deeper templates are refused, so that none can use up the stack.
const DEEPEST: usize = 64;

/// Parses a template.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, String> {
    let wrong = |(error, at): (String, usize)| {
        format!("template: output:{}: {error}", 1 + text.get(..at).unwrap_or(text).matches('\n').count())
    };
    let tokens = lex(text).map_err(wrong)?;
    let mut parser = Parser { text, tokens, next: 0, variables: vec![String::new()], loops: 0, depth: 0 };
    let (nodes, end) = parser.list().map_err(wrong)?;
    match end {
        None => Ok(nodes),
        Some(word) => Err(wrong((format!("unexpected {{{{{word}}}}}"), parser.at()))),
    }
}

type Parsed<T> = Result<T, (String, usize)>;

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Placed>,
    next: usize,
    /// The variables that are known.
    variables: Vec<String>,
    loops: usize,
    depth: usize,
}

impl Parser<'_> {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |(_, at)| *at)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += 1;
        token
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(&Token::Space) {
            self.next += 1;
        }
    }

    fn fail<T>(&self, text: impl Into<String>) -> Parsed<T> {
        Err((text.into(), self.at()))
    }

    fn place(&self, from: usize, at: usize) -> Place {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = 1 + before.matches('\n').count();
        let column = before.rfind('\n').map_or(at, |end| at - end - 1);
        let text = self.text.get(from..self.end()).unwrap_or_default().trim_end().to_owned();
        Place { at: format!("{line}:{column}"), text }
    }

    /// Where what was read so far ends.
    fn end(&self) -> usize {
        self.at()
    }

    /// Nodes up to the end, or to `{{end}}` or `{{else`, which is told.
    fn list(&mut self) -> Parsed<(Vec<Node>, Option<String>)> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fail("exceeded max depth");
        }
        let mut nodes = Vec::new();
        let end = loop {
            match self.take() {
                None => break None,
                Some(Token::Text(text)) => nodes.push(Node::Text(text)),
                _ => {
                    self.skip_space();
                    match self.peek() {
                        Some(Token::Word(word)) if matches!(word.as_str(), "end" | "else") => {
                            let word = word.clone();
                            self.next += 1;
                            self.skip_space();
                            if word == "end" {
                                self.close("end")?;
                            }
                            break Some(word);
                        }
                        _ => nodes.push(self.action()?),
                    }
                }
            }
        };
        self.depth -= 1;
        Ok((nodes, end))
    }

    fn close(&mut self, context: &str) -> Parsed<()> {
        self.skip_space();
        match self.take() {
            Some(Token::Close) => Ok(()),
            _ => self.fail(format!("unexpected token in {context}")),
        }
    }

    fn action(&mut self) -> Parsed<Node> {
        let word = match self.peek() {
            Some(Token::Word(word)) => word.clone(),
            _ => String::new(),
        };
        let branch = match word.as_str() {
            "if" => Branch::If,
            "range" => Branch::Range,
            "with" => Branch::With,
            "break" | "continue" if self.loops == 0 => {
                return self.fail(format!("{{{{{word}}}}} outside {{{{range}}}}"));
            }
            "break" | "continue" => {
                self.next += 1;
                self.close(&word)?;
                return Ok(if word == "break" { Node::Break } else { Node::Continue });
            }
            "define" | "block" => {
                self.next += 1;
                return self.define(word == "block");
            }
            "template" => {
                let from = self.at();
                self.next += 1;
                let name = self.name("template clause")?;
                self.skip_space();
                let pipe = match self.peek() {
                    Some(Token::Close) => None,
                    _ => Some(self.pipe("template clause", false)?),
                };
                let place = self.place(from, from);
                self.close("template clause")?;
                return Ok(Node::Template(name, pipe, place));
            }
            _ => {
                let pipe = self.pipe("command", false)?;
                self.close("command")?;
                return Ok(Node::Action(pipe));
            }
        };
        self.next += 1;
        self.branch(branch, &word)
    }

    fn branch(&mut self, branch: Branch, word: &str) -> Parsed<Node> {
        let known = self.variables.len();
        let pipe = self.pipe(word, branch == Branch::Range)?;
        self.close(word)?;
        let in_range = usize::from(branch == Branch::Range);
        self.loops += in_range;
        let (then, end) = self.list()?;
        self.loops -= in_range;
        let otherwise = match end.as_deref() {
            None => return self.fail("unexpected EOF"),
            Some("end") => Vec::new(),
            Some(_) => match self.peek() {
                // `{{else if}}` and `{{else with}}` are a branch of their own, which takes the end.
                Some(Token::Word(next)) if matches!(next.as_str(), "if" | "with") => {
                    let next = next.clone();
                    self.next += 1;
                    let inner = if next == "if" { Branch::If } else { Branch::With };
                    vec![self.branch(inner, &next)?]
                }
                _ => {
                    self.close("else")?;
                    match self.list()? {
                        (nodes, Some(end)) if end == "end" => nodes,
                        (_, None) => return self.fail("unexpected EOF"),
                        _ => return self.fail("expected end; found {{else}}"),
                    }
                }
            },
        };
        self.variables.truncate(known);
        Ok(Node::Branch(branch, pipe, then, otherwise))
    }

    fn name(&mut self, context: &str) -> Parsed<String> {
        self.skip_space();
        match self.take() {
            Some(Token::Text2(name)) => Ok(name),
            _ => self.fail(format!("unexpected token in {context}")),
        }
    }

    fn define(&mut self, block: bool) -> Parsed<Node> {
        let from = self.at();
        let name = self.name("define clause")?;
        self.skip_space();
        let pipe = if block { Some(self.pipe("block clause", false)?) } else { None };
        let place = self.place(from, from);
        self.close("define clause")?;
        let known = std::mem::replace(&mut self.variables, vec![String::new()]);
        let (nodes, end) = self.list()?;
        self.variables = known;
        if end.as_deref() != Some("end") {
            return self.fail("unexpected EOF");
        }
        if !block {
            return Ok(Node::Define(name, nodes));
        }
        let call = Node::Template(name.clone(), pipe, place.clone());
        let always = Operand { base: Base::Constant(true.into()), fields: Vec::new(), place: place.clone() };
        let commands = vec![Command { words: vec![always], place: place.clone() }];
        let pipe = Pipe { variables: Vec::new(), declares: false, commands, place };
        Ok(Node::Branch(Branch::If, pipe, vec![Node::Define(name, nodes), call], Vec::new()))
    }

    fn pipe(&mut self, context: &str, is_range: bool) -> Parsed<Pipe> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fail("exceeded max depth");
        }
        self.skip_space();
        let from = self.at();
        let (variables, declares) = self.targets(is_range);
        let mut commands = Vec::new();
        loop {
            self.skip_space();
            if matches!(self.peek(), Some(Token::Close | Token::Right) | None) {
                break;
            }
            commands.push(self.command(context)?);
            self.skip_space();
            if self.peek() == Some(&Token::Pipe) {
                self.next += 1;
                self.skip_space();
                if matches!(self.peek(), Some(Token::Close | Token::Right) | None) {
                    return self.fail(format!("missing value for {context}"));
                }
            }
        }
        if commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        if declares {
            self.variables.extend(variables.iter().cloned());
        }
        self.depth -= 1;
        Ok(Pipe { variables, declares, commands, place: self.place(from, from) })
    }

    /// `$a, $b :=`, if it stands there.
    fn targets(&mut self, is_range: bool) -> (Vec<String>, bool) {
        let start = self.next;
        let mut names = Vec::new();
        while let Some(Token::Variable(name)) = self.peek().cloned() {
            self.next += 1;
            names.push(name);
            self.skip_space();
            match self.peek() {
                Some(Token::Declare) => {
                    self.next += 1;
                    return (names, true);
                }
                Some(Token::Assign) => {
                    self.next += 1;
                    return (names, false);
                }
                Some(Token::Comma) if is_range && names.len() == 1 => {
                    self.next += 1;
                    self.skip_space();
                }
                _ => break,
            }
        }
        self.next = start;
        (Vec::new(), false)
    }

    fn command(&mut self, context: &str) -> Parsed<Command> {
        let from = self.at();
        let mut words = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(Token::Pipe | Token::Close | Token::Right) | None => break,
                _ => words.push(self.operand(context)?),
            }
        }
        Ok(Command { words, place: self.place(from, from) })
    }

    fn operand(&mut self, context: &str) -> Parsed<Operand> {
        let from = self.at();
        let mut at = from;
        let mut fields = Vec::new();
        let base = match self.take() {
            Some(Token::Dot) => Base::Dot,
            Some(Token::Field(name)) => {
                fields.push(name);
                Base::Dot
            }
            Some(Token::Variable(name)) => {
                if !self.variables.contains(&name) {
                    self.next -= 1;
                    return self.fail(format!("undefined variable {}", go_quote(&format!("${name}"))));
                }
                Base::Variable(name)
            }
            Some(Token::Text2(text)) => Base::Constant(text.into()),
            Some(Token::Number(text)) => match number(&text) {
                Some(number) => Base::Constant(number),
                None => return self.fail(format!("bad number syntax: {}", go_quote(&text))),
            },
            Some(Token::Word(word)) => match word.as_str() {
                "true" => Base::Constant(true.into()),
                "false" => Base::Constant(false.into()),
                "nil" => Base::Constant(Value::Null),
                name if functions::NAMES.contains(&name) => Base::Function(word),
                name => {
                    self.next -= 1;
                    return self.fail(format!("function {} not defined", go_quote(name)));
                }
            },
            Some(Token::Left) => {
                let pipe = self.pipe("parenthesized pipeline", false)?;
                if self.take() != Some(Token::Right) {
                    return self.fail("unclosed left paren");
                }
                Base::Group(Box::new(pipe))
            }
            _ => {
                self.next -= 1;
                return self.fail(format!("unexpected token in {context}"));
            }
        };
        // Go names a chain by the place of its second link.
        if matches!(self.peek(), Some(Token::Field(_))) && !fields.is_empty() {
            at = self.at();
        }
        while let Some(Token::Field(name)) = self.peek().cloned() {
            self.next += 1;
            fields.push(name);
        }
        Ok(Operand { base, fields, place: self.place(from, at) })
    }
}

fn number(text: &str) -> Option<Value> {
    let digits = text.replace('_', "");
    if let Ok(number) = digits.parse::<i64>() {
        return Some(number.into());
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(Value::from);
    }
    digits.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from)
}
