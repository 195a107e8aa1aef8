//! From text to a tree.

use super::value::Val;
use std::rc::Rc;

/// Deeper trees are refused, so that no text can exhaust the stack.
const DEEPEST: usize = 60;
/// Longer texts are refused.
const LONGEST: usize = 20_000;

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
        let (whole, dots) = (text.lines().nth(line).unwrap_or_default(), ".".repeat(column));
        format!("ERROR: <input>:{}:{}: {}\n | {whole}\n | {dots}^", line + 1, column + 1, self.text)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Expr {
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

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Sign(&'static str),
    Word(String),
    Value(Val),
    End,
}

/// What an expression can begin with, in the words of the parser.
const EXPECTED: &str = " expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, \
                        STRING, BYTES, IDENTIFIER}";

/// Longer signs first.
const SIGNS: [&str; 29] = [
    "&&", "||", "==", "!=", "<=", ">=", ".?", "[?", "{?", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ",", ".",
    "(", ")", "[", "]", "{", "}", "=", "|",
];

/// Operators of two operands by how tightly they bind.
const LEVELS: [&[&str]; 5] =
    [&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">", "in"], &["+", "-"], &["*", "/", "%"]];

const LOOPS: [&str; 9] =
    ["all", "exists", "exists_one", "existsOne", "map", "filter", "transformList", "transformMap", "optMap"];

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
    match expr {
        Expr::Value(_) => false,
        Expr::Name(found) => found == name,
        Expr::Select(a, ..) | Expr::Has(a, _) | Expr::Not(a) | Expr::Negative(a) => uses(a, name),
        Expr::Index(a, b, _) | Expr::Binary(_, a, b) => uses(a, name) || uses(b, name),
        Expr::Call(target, _, args) => target.as_ref().is_some_and(|target| uses(target, name)) || any(args),
        Expr::List(items) => items.iter().any(|(item, _)| uses(item, name)),
        Expr::Map(items) => items.iter().any(|(key, value, _)| uses(key, name) || uses(value, name)),
        Expr::If(a, b, c) => uses(a, name) || uses(b, name) || uses(c, name),
        Expr::Loop(inner) => {
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

type Parsed<T = Expr> = Result<T, SyntaxError>;

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(_, token)| token)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
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
        let at = self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(at, _)| *at);
        let text = match self.peek() {
            Token::End => "mismatched input '<EOF>'".to_owned(),
            Token::Sign(sign) => format!("mismatched input '{sign}'"),
            Token::Word(word) => format!("mismatched input '{word}'"),
            Token::Value(_) => "mismatched input".to_owned(),
        };
        SyntaxError { at, text: format!("Syntax error: {text}") }
    }

    fn expr(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(SyntaxError { at: 0, text: "expression is nested too deeply".to_owned() });
        }
        let condition = self.binary(0)?;
        let expr = if self.take("?") {
            let yes = self.binary(0)?;
            self.want(":")?;
            Expr::If(Box::new(condition), Box::new(yes), Box::new(self.expr()?))
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
            self.at += 1;
            length += 1;
            if length > DEEPEST {
                return Err(SyntaxError { at: 0, text: "expression is nested too deeply".to_owned() });
            }
            let right = self.binary(level + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        let (mut nots, mut minuses) = (0, 0);
        while self.take("!") {
            nots += 1;
        }
        while nots == 0 && self.take("-") {
            minuses += 1;
        }
        let mut expr = self.member()?;
        if minuses % 2 == 1 {
            expr = match expr {
                Expr::Value(Val::Uint(number)) if number == i64::MAX as u64 + 1 => Expr::Value(Val::Int(i64::MIN)),
                other => Expr::Negative(Box::new(other)),
            };
        }
        Ok(if nots % 2 == 1 { Expr::Not(Box::new(expr)) } else { expr })
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
            if self.take(".") || self.take(".?") {
                let Token::Word(name) = self.next() else {
                    self.at -= 1;
                    return Err(self.unexpected());
                };
                expr = if !optional && self.take("(") {
                    let args = self.arguments(")")?;
                    self.call(expr, name, args)?
                } else {
                    Expr::Select(Box::new(expr), name, optional)
                };
            } else if self.take("[") || self.take("[?") {
                let index = self.expr()?;
                self.want("]")?;
                expr = Expr::Index(Box::new(expr), Box::new(index), optional);
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

    /// A call of a member, or a macro that looks like one.
    fn call(&mut self, target: Expr, name: String, mut args: Vec<Expr>) -> Parsed {
        if let (Expr::Name(space), "bind", 3) = (&target, name.as_str(), args.len())
            && space == "cel"
        {
            let body = args.pop();
            let (value, variable) = (args.pop(), args.pop());
            if let (Some(Expr::Name(variable)), Some(value)) = (variable, value) {
                let inner = Loop { kind: "bind", over: value, names: vec![variable], condition: None, body };
                return Ok(Expr::Loop(Box::new(inner)));
            }
            return Err(self.unexpected());
        }
        let kind = LOOPS.iter().copied().chain(["optFlatMap"]).find(|kind| *kind == name);
        let Some(kind) = kind.filter(|_| matches!(args.first(), Some(Expr::Name(_)))) else {
            return Ok(Expr::Call(Some(Box::new(target)), name, args));
        };
        let exprs = match kind {
            "map" | "transformList" | "transformMap" => 1..=2,
            _ => 1..=1,
        };
        let both = args.len() > 2 && matches!(args.get(1), Some(Expr::Name(_))) && !matches!(kind, "map" | "filter");
        let mut rest = args.split_off(if both { 2 } else { 1 });
        if !exprs.contains(&rest.len()) {
            return Err(SyntaxError { at: 0, text: format!("wrong number of arguments of {name}()") });
        }
        let names: Vec<String> = args
            .into_iter()
            .filter_map(|arg| match arg {
                Expr::Name(name) => Some(name),
                _ => None,
            })
            .collect();
        let last = rest.pop();
        let (condition, body) = match kind {
            "map" | "transformList" | "transformMap" => (rest.pop(), last),
            "optMap" | "optFlatMap" => (None, last),
            _ => (last, None),
        };
        let kind = if kind == "existsOne" { "exists_one" } else { kind };
        Ok(Expr::Loop(Box::new(Loop { kind, over: target, names, condition, body })))
    }

    fn primary(&mut self) -> Parsed {
        let open = self.at;
        match self.next() {
            Token::Value(value) => Ok(Expr::Value(value)),
            Token::Sign("(") => {
                let expr = self.expr()?;
                self.want(")")?;
                Ok(expr)
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
                Ok(Expr::List(items))
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
                Ok(Expr::Map(items))
            }
            Token::Word(word) => match word.as_str() {
                "true" => Ok(Expr::Value(Val::Bool(true))),
                "false" => Ok(Expr::Value(Val::Bool(false))),
                "null" => Ok(Expr::Value(Val::Null)),
                "in" => {
                    self.at = open;
                    Err(self.unexpected())
                }
                _ if self.take("(") => {
                    let mut args = self.arguments(")")?;
                    match (word.as_str(), args.len()) {
                        ("has", 1) => match args.pop() {
                            Some(Expr::Select(of, field, false)) => Ok(Expr::Has(of, field)),
                            _ => Err(SyntaxError { at: 0, text: "invalid argument to has() macro".to_owned() }),
                        },
                        _ => Ok(Expr::Call(None, word, args)),
                    }
                }
                _ => Ok(Expr::Name(word)),
            },
            _ => {
                self.at = open;
                let mut error = self.unexpected();
                error.text.push_str(EXPECTED);
                Err(error)
            }
        }
    }
}

fn tokens(text: &str) -> Parsed<Vec<(usize, Token)>> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LONGEST {
        return Err(SyntaxError { at: 0, text: "expression code point size exceeds limit".to_owned() });
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let start = at;
        let rest = chars.get(at..).unwrap_or_default();
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        if rest.starts_with(&['/', '/']) {
            at += rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
            continue;
        }
        let token = match quoted(rest) {
            Some(read) => {
                let (value, length) = read.map_err(|text| SyntaxError { at: start, text })?;
                at += length;
                Token::Value(value)
            }
            None if c.is_ascii_digit() || (c == '.' && rest.get(1).is_some_and(char::is_ascii_digit)) => {
                let (value, length) =
                    number(rest).ok_or_else(|| SyntaxError { at: start, text: "invalid number".into() })?;
                at += length;
                Token::Value(value)
            }
            None if c.is_ascii_alphabetic() || c == '_' => {
                let word: String = rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
                at += word.len();
                Token::Word(word)
            }
            None => {
                let sign = SIGNS.iter().find(|sign| rest.iter().copied().take(sign.len()).eq(sign.chars()));
                let Some(sign) = sign else {
                    return Err(SyntaxError { at, text: format!("Syntax error: token recognition error at: '{c}'") });
                };
                at += sign.len();
                Token::Sign(sign)
            }
        };
        found.push((start, token));
    }
    found.push((chars.len(), Token::End));
    Ok(found)
}

fn number(chars: &[char]) -> Option<(Val, usize)> {
    let hex = matches!(chars, ['0', 'x' | 'X', ..]);
    let digits = |from: usize| {
        let rest = chars.get(from..).unwrap_or_default();
        rest.iter().take_while(|c| if hex { c.is_ascii_hexdigit() } else { c.is_ascii_digit() }).count()
    };
    let mut end = if hex { 2 + digits(2) } else { digits(0) };
    let mut real = false;
    if !hex && chars.get(end) == Some(&'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
        real = true;
    }
    if !hex && matches!(chars.get(end), Some('e' | 'E')) {
        let sign = usize::from(matches!(chars.get(end + 1), Some('+' | '-')));
        if digits(end + 1 + sign) > 0 {
            end += 1 + sign + digits(end + 1 + sign);
            real = true;
        }
    }
    let text: String = chars.get(..end)?.iter().collect();
    if real {
        return Some((Val::Double(text.parse().ok()?), end));
    }
    let value = if hex { u64::from_str_radix(text.get(2..)?, 16).ok()? } else { text.parse::<u64>().ok()? };
    if matches!(chars.get(end), Some('u' | 'U')) {
        return Some((Val::Uint(value), end + 1));
    }
    match i64::try_from(value) {
        Ok(value) => Some((Val::Int(value), end)),
        // The smallest number has a minus before it.
        Err(_) if value == i64::MAX as u64 + 1 => Some((Val::Uint(value), end)),
        Err(_) => None,
    }
}

/// A text or bytes in quotes, and how many characters it takes; `None` if none begins here.
fn quoted(chars: &[char]) -> Option<Result<(Val, usize), String>> {
    let prefix = chars.iter().take_while(|c| "rRbB".contains(**c)).count();
    let quote = *chars.get(prefix).filter(|c| prefix <= 2 && matches!(c, '"' | '\''))?;
    let flag = |wanted: char| chars.iter().take(prefix).any(|c| c.eq_ignore_ascii_case(&wanted));
    let (raw, bytes) = (flag('r'), flag('b'));
    let triple = chars.get(prefix..prefix + 3).is_some_and(|c| c.iter().all(|c| *c == quote));
    let width = if triple { 3 } else { 1 };
    let mut at = prefix + width;
    let mut out = String::new();
    loop {
        let rest = chars.get(at..).unwrap_or_default();
        if rest.len() >= width && rest.iter().take(width).all(|c| *c == quote) {
            at += width;
            break;
        }
        match rest {
            [] => return Some(Err("Syntax error: unterminated text".to_owned())),
            ['\\', ..] if !raw => match escape(rest) {
                Some((c, length)) => {
                    out.push(c);
                    at += length;
                }
                None => return Some(Err("Syntax error: invalid escape".to_owned())),
            },
            [c, ..] => {
                out.push(*c);
                at += 1;
            }
        }
    }
    let value = if bytes { Val::Bytes(Rc::new(out.into_bytes())) } else { Val::text(&out) };
    Some(Ok((value, at)))
}

fn escape(chars: &[char]) -> Option<(char, usize)> {
    let code = |from: usize, length: usize, radix: u32| {
        let text: String = chars.get(from..from + length)?.iter().collect();
        Some((char::from_u32(u32::from_str_radix(&text, radix).ok()?)?, from + length))
    };
    Some(match chars.get(1)? {
        'n' => ('\n', 2),
        't' => ('\t', 2),
        'r' => ('\r', 2),
        'a' => ('\x07', 2),
        'b' => ('\x08', 2),
        'f' => ('\x0c', 2),
        'v' => ('\x0b', 2),
        c @ ('\\' | '"' | '\'' | '?' | '`') => (*c, 2),
        'x' | 'X' => return code(2, 2, 16),
        'u' => return code(2, 4, 16),
        'U' => return code(2, 8, 16),
        '0'..='3' => return code(1, 3, 8),
        _ => return None,
    })
}
