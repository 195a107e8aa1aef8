//! From text to a tree.

use super::lex::{Token, tokens};
use super::value::Val;

/// Deeper trees are refused, so that no text can exhaust the stack.
const DEEPEST: usize = 60;

/// A rule that has been read.
#[derive(Clone, Debug)]
pub struct Program(pub(super) Expr);

/// Why a text is no expression, and at which character.
#[derive(Clone, Debug, PartialEq)]
pub struct SyntaxError {
    /// The place, from 0.
    pub at: usize,
    /// The words.
    pub text: String,
}

impl SyntaxError {
    /// The error with its place in the text, as the compiler prints it.
    pub fn shown(&self, text: &str) -> String {
        let before: String = text.chars().take(self.at).collect();
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let whole = text.split('\n').nth(line).unwrap_or_default().replace('\t', " ");
        let dots: String = whole.chars().take(column).map(|c| if c.is_ascii() { '.' } else { '\u{ff0e}' }).collect();
        format!("ERROR: <input>:{}:{}: {}\n | {whole}\n | {dots}^", line + 1, column + 1, self.text)
    }
}

/// A part of an expression.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    /// The character that the compiler names when it speaks of the part: its operator, dot or bracket.
    pub at: usize,
    pub node: Node,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Value(Val),
    Name(String),
    /// `a.b`, and with `true` the optional `a.?b`.
    Select(Box<Expr>, String, bool),
    /// `has(a.b)`.
    Has(Box<Expr>, String),
    /// `a[b]`, and with `true` `a[?b]`.
    Index(Box<Expr>, Box<Expr>, bool),
    Call(Option<Box<Expr>>, String, Vec<Expr>),
    /// Items; those with `true` are left out when they are optional and empty.
    List(Vec<(Expr, bool)>),
    Map(Vec<(Expr, Expr, bool)>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Loop(Box<Loop>),
}

/// A macro that goes over a list or a map.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    pub kind: &'static str,
    pub over: Expr,
    /// One name, or two: index or key, and value.
    pub names: Vec<String>,
    pub condition: Option<Expr>,
    pub body: Option<Expr>,
}

/// What an expression can begin with, in the words of the parser.
const EXPECTED: &str = " expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, \
                        STRING, BYTES, IDENTIFIER}";

/// Operators of two operands by how tightly they bind.
const LEVELS: [&[&str]; 5] =
    [&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">", "in"], &["+", "-"], &["*", "/", "%"]];

const LOOPS: [&str; 11] = [
    "all",
    "exists",
    "exists_one",
    "map",
    "filter",
    "transformList",
    "transformMap",
    "transformMapEntry",
    "optMap",
    "optFlatMap",
    "sortBy",
];

impl Program {
    /// Reads an expression.
    pub fn new(text: &str) -> Result<Program, SyntaxError> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens, at: 0, depth: 0 };
        let expr = parser.expr()?;
        match parser.peek() {
            Token::End => Ok(Program(expr)),
            _ => Err(parser.unexpected()),
        }
    }

    /// Whether the expression names this variable.
    pub fn uses(&self, name: &str) -> bool {
        uses(&self.0, name)
    }
}

fn uses(expr: &Expr, name: &str) -> bool {
    let any = |list: &[Expr]| list.iter().any(|expr| uses(expr, name));
    match &expr.node {
        Node::Value(_) => false,
        Node::Name(found) => found == name,
        Node::Select(a, ..) | Node::Has(a, _) | Node::Not(a) | Node::Negative(a) => uses(a, name),
        Node::Index(a, b, _) | Node::Binary(_, a, b) => uses(a, name) || uses(b, name),
        Node::Call(target, _, args) => target.as_ref().is_some_and(|target| uses(target, name)) || any(args),
        Node::List(items) => items.iter().any(|(item, _)| uses(item, name)),
        Node::Map(items) => items.iter().any(|(key, value, _)| uses(key, name) || uses(value, name)),
        Node::If(a, b, c) => uses(a, name) || uses(b, name) || uses(c, name),
        Node::Loop(inner) => {
            uses(&inner.over, name)
                || [&inner.condition, &inner.body].into_iter().flatten().any(|expr| uses(expr, name))
        }
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

pub(super) type Parsed<T = Expr> = Result<T, SyntaxError>;

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(_, token)| token)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    /// The character at which the next token begins.
    fn here(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(at, _)| *at)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn want(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> SyntaxError {
        let text = match self.peek() {
            Token::End => "mismatched input '<EOF>'".to_owned(),
            Token::Sign(sign) => format!("mismatched input '{sign}'"),
            Token::Word(word) => format!("mismatched input '{word}'"),
            Token::Value(_) => "mismatched input".to_owned(),
        };
        SyntaxError { at: self.here(), text: format!("Syntax error: {text}") }
    }

    fn expr(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(SyntaxError { at: 0, text: "expression is nested too deeply".to_owned() });
        }
        let condition = self.binary(0)?;
        let at = self.here();
        let expr = if self.take("?") {
            let yes = self.binary(0)?;
            self.want(":")?;
            node(at, Node::If(Box::new(condition), Box::new(yes), Box::new(self.expr()?)))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn operator(&self, level: usize) -> Option<&'static str> {
        let found = match self.peek() {
            Token::Sign(sign) => sign,
            Token::Word(word) if word == "in" => "in",
            _ => return None,
        };
        LEVELS.get(level)?.iter().copied().find(|operator| *operator == found)
    }

    fn binary(&mut self, level: usize) -> Parsed {
        if level == LEVELS.len() {
            return self.unary();
        }
        let mut left = self.binary(level + 1)?;
        let mut length = 0;
        while let Some(operator) = self.operator(level) {
            let at = self.here();
            self.at += 1;
            length += 1;
            if length > DEEPEST {
                return Err(SyntaxError { at: 0, text: "expression is nested too deeply".to_owned() });
            }
            let right = self.binary(level + 1)?;
            left = node(at, Node::Binary(operator, Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        let at = self.here();
        let (mut nots, mut minuses) = (0, 0);
        while self.take("!") {
            nots += 1;
        }
        while nots == 0 && self.take("-") {
            minuses += 1;
        }
        let mut expr = self.member()?;
        if minuses % 2 == 1 {
            expr = match expr.node {
                Node::Value(Val::Uint(number)) if number == i64::MAX as u64 + 1 => {
                    node(at, Node::Value(Val::Int(i64::MIN)))
                }
                Node::Value(Val::Int(number)) => node(at, Node::Value(Val::Int(-number))),
                Node::Value(Val::Double(number)) => node(at, Node::Value(Val::Double(-number))),
                _ => node(at, Node::Negative(Box::new(expr))),
            };
        }
        Ok(if nots % 2 == 1 { node(at, Node::Not(Box::new(expr))) } else { expr })
    }

    fn member(&mut self) -> Parsed {
        let mut expr = self.primary()?;
        let mut length = 0;
        loop {
            length += 1;
            if length > DEEPEST {
                return Err(SyntaxError { at: 0, text: "expression is nested too deeply".to_owned() });
            }
            let optional = matches!(self.peek(), Token::Sign(".?" | "[?"));
            let at = self.here();
            if self.take(".") || self.take(".?") {
                let Token::Word(name) = self.next() else {
                    self.at -= 1;
                    return Err(self.unexpected());
                };
                let open = self.here();
                expr = if !optional && self.take("(") {
                    let args = self.arguments(")")?;
                    call(open, expr, name, args)?
                } else {
                    node(at, Node::Select(Box::new(expr), name, optional))
                };
            } else if self.take("[") || self.take("[?") {
                let index = self.expr()?;
                self.want("]")?;
                expr = node(at, Node::Index(Box::new(expr), Box::new(index), optional));
            } else {
                return Ok(expr);
            }
        }
    }

    fn arguments(&mut self, end: &str) -> Parsed<Vec<Expr>> {
        let mut args = Vec::new();
        while !self.take(end) {
            args.push(self.expr()?);
            if !self.take(",") {
                self.want(end)?;
                break;
            }
        }
        Ok(args)
    }

    fn primary(&mut self) -> Parsed {
        let (open, at) = (self.at, self.here());
        let found = match self.next() {
            Token::Value(value) => Node::Value(value),
            Token::Sign("(") => {
                let expr = self.expr()?;
                self.want(")")?;
                return Ok(expr);
            }
            Token::Sign("[" | "[?") => {
                self.at = open + 1;
                let mut optional = matches!(self.tokens.get(open), Some((_, Token::Sign("[?"))));
                let mut items = Vec::new();
                while optional || !self.take("]") {
                    items.push((self.expr()?, optional));
                    if !self.take(",") {
                        self.want("]")?;
                        break;
                    }
                    optional = self.take("?");
                }
                Node::List(items)
            }
            Token::Sign(sign @ ("{" | "{?")) => {
                let mut optional = sign == "{?";
                let mut items = Vec::new();
                while optional || !self.take("}") {
                    let key = self.expr()?;
                    self.want(":")?;
                    items.push((key, self.expr()?, optional));
                    if !self.take(",") {
                        self.want("}")?;
                        break;
                    }
                    optional = self.take("?");
                }
                Node::Map(items)
            }
            Token::Word(word) => match word.as_str() {
                "true" => Node::Value(Val::Bool(true)),
                "false" => Node::Value(Val::Bool(false)),
                "null" => Node::Value(Val::Null),
                "in" => {
                    self.at = open;
                    return Err(self.unexpected());
                }
                _ if matches!(self.peek(), Token::Sign("(")) => {
                    let open = self.here();
                    self.at += 1;
                    let mut args = self.arguments(")")?;
                    return match (word.as_str(), args.len(), args.pop()) {
                        ("has", 1, Some(Expr { node: Node::Select(of, field, false), .. })) => {
                            Ok(node(open, Node::Has(of, field)))
                        }
                        ("has", 1, Some(arg)) => {
                            Err(SyntaxError { at: arg.at, text: "invalid argument to has() macro".to_owned() })
                        }
                        (_, _, last) => {
                            args.extend(last);
                            Ok(node(open, Node::Call(None, word, args)))
                        }
                    };
                }
                _ => Node::Name(word),
            },
            _ => {
                self.at = open;
                let mut error = self.unexpected();
                error.text.push_str(EXPECTED);
                return Err(error);
            }
        };
        Ok(node(at, found))
    }
}

fn node(at: usize, node: Node) -> Expr {
    Expr { at, node }
}

/// A call of a member, or a macro that looks like one: which one, the number of its arguments says too.
fn call(at: usize, target: Expr, name: String, mut args: Vec<Expr>) -> Parsed {
    let kind = match (name.as_str(), args.len()) {
        ("all" | "exists", 2 | 3) => name.as_str(),
        ("exists_one" | "existsOne", 2) | ("existsOne", 3) => "exists_one",
        ("map", 2 | 3) | ("filter", 2) | ("transformList" | "transformMap" | "transformMapEntry", 3 | 4) => &name,
        ("optMap" | "optFlatMap" | "sortBy", 2) => &name,
        _ => return Ok(node(at, Node::Call(Some(Box::new(target)), name, args))),
    };
    let kind = LOOPS.iter().copied().find(|known| *known == kind).unwrap_or_default();
    let both = kind.starts_with("transform") || (args.len() == 3 && kind != "map");
    let mut rest = args.split_off(if both { 2 } else { 1 });
    let mut names = Vec::new();
    for arg in args {
        match arg.node {
            Node::Name(name) => names.push(name),
            _ => return Err(SyntaxError { at: arg.at, text: "argument must be a simple name".to_owned() }),
        }
    }
    let last = rest.pop();
    let (condition, body) = match kind {
        "all" | "exists" | "exists_one" | "filter" => (last, None),
        _ => (rest.pop(), last),
    };
    Ok(node(at, Node::Loop(Box::new(Loop { kind, over: target, names, condition, body }))))
}
