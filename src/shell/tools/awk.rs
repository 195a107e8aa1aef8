//! `awk`, as it stands at the end of pipelines: patterns, `print`, `printf`, sums in variables, `BEGIN` and `END`.

use super::{Tool, print};
use crate::shell::output::Output;
use crate::shell::regex::Regex;
use std::collections::BTreeMap;

enum Expr {
    Text(String),
    Number(f64),
    Pattern(Regex),
    Variable(String),
    Field(Box<Expr>),
    Not(Box<Expr>),
    Call(String, Vec<Expr>),
    /// Operator, left, right.
    Two(&'static str, Box<Expr>, Box<Expr>),
}

enum Statement {
    Print(Vec<Expr>),
    Printf(Vec<Expr>),
    /// Variable (or field), operator, value.
    Set(Expr, &'static str, Expr),
    If(Expr, Vec<Statement>, Vec<Statement>),
    Next,
    Exit,
}

enum When {
    Begin,
    End,
    Each(Option<Expr>),
}

/// Runs `awk`.
pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let (options, mut rest) = tool.options("Fv");
    if rest.is_empty() {
        tool.output.err_line("usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]");
        return 2;
    }
    let program = rest.remove(0);
    let rules = match (Parser { tokens: tokens(&program), at: 0, depth: 0 }).program() {
        Ok(rules) => rules,
        Err(near) => {
            tool.output
                .err_line(format!("awk: syntax error at source line 1\n context is\n\t{program}\n\t>>> {near} <<<"));
            return 2;
        }
    };
    let mut state = State::default();
    for (letter, value) in &options {
        match (letter, value.split_once('=')) {
            ('v', Some((name, value))) => drop(state.variables.insert(name.to_owned(), value.to_owned())),
            ('F', _) => drop(state.variables.insert("FS".to_owned(), value.replace("\\t", "\t"))),
            _ => {}
        }
    }
    let only_begin = rules.iter().all(|(when, _)| matches!(when, When::Begin));
    let files: Vec<&str> = rest.iter().map(String::as_str).collect();
    for (_, body) in rules.iter().filter(|(when, _)| matches!(when, When::Begin)) {
        state.run(body, tool.output);
    }
    if only_begin {
        return 0;
    }
    let (text, exit) = tool.text(&files);
    for (place, line) in text.lines().enumerate() {
        state.variables.insert("NR".to_owned(), (place + 1).to_string());
        state.set_line(line);
        for (when, body) in &rules {
            let When::Each(pattern) = when else { continue };
            if pattern.as_ref().is_none_or(|pattern| state.truth(pattern)) && !state.run(body, tool.output) {
                break;
            }
        }
        if state.exited {
            break;
        }
    }
    for (_, body) in rules.iter().filter(|(when, _)| matches!(when, When::End)) {
        state.run(body, tool.output);
    }
    exit
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(String),
    Number(f64),
    Pattern(String),
    Word(String),
    Sign(&'static str),
}

const SIGNS: [&str; 32] = [
    "&&", "||", "==", "!=", "<=", ">=", "+=", "-=", "*=", "++", "--", "!~", "~", "<", ">", "=", "+", "-", "*", "/",
    "%", "!", "(", ")", "{", "}", ",", ";", "$", "\n", "?", ":",
];

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = |rest: &str, holds: fn(char) -> bool| rest.find(|c: char| !holds(c)).unwrap_or(rest.len());
        // After a value `/` divides; elsewhere it begins a pattern.
        let after_value =
            matches!(tokens.last(), Some(Token::Text(_) | Token::Number(_) | Token::Word(_) | Token::Sign(")")));
        match c {
            ' ' | '\t' | '\r' => rest = &rest[1..],
            '"' | '/' if c == '"' || !after_value => {
                let mut text = String::new();
                let mut chars = rest[1..].char_indices();
                let mut length = rest.len();
                while let Some((at, letter)) = chars.next() {
                    match letter {
                        letter if letter == c => {
                            length = at + 2;
                            break;
                        }
                        '\\' => match chars.next() {
                            Some((_, 'n')) if c == '"' => text.push('\n'),
                            Some((_, 't')) if c == '"' => text.push('\t'),
                            Some((_, '/')) if c == '/' => text.push('/'),
                            Some((_, other)) if c == '/' => text.extend(['\\', other]),
                            Some((_, other)) => text.push(other),
                            None => {}
                        },
                        letter => text.push(letter),
                    }
                }
                rest = rest.get(length..).unwrap_or_default();
                tokens.push(if c == '"' { Token::Text(text) } else { Token::Pattern(text) });
            }
            c if c.is_ascii_digit() || c == '.' => {
                let length = end(rest, |c| c.is_ascii_digit() || c == '.').max(1);
                tokens.push(Token::Number(rest[..length].parse().unwrap_or(0.0)));
                rest = &rest[length..];
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let length = end(rest, |c| c.is_ascii_alphanumeric() || c == '_');
                tokens.push(Token::Word(rest[..length].to_owned()));
                rest = &rest[length..];
            }
            c => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => {
                    tokens.push(Token::Sign(sign));
                    rest = &rest[sign.len()..];
                }
                None => rest = &rest[c.len_utf8()..],
            },
        }
    }
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// What a program consists of: when something is done, and what.
type Rules = Vec<(When, Vec<Statement>)>;

/// Operators by how tightly they bind, the loosest first; the empty one joins texts.
const LEVELS: [&[&str]; 6] =
    [&["||"], &["&&"], &["~", "!~", "==", "!=", "<=", ">=", "<", ">"], &[""], &["+", "-"], &["*", "/", "%"]];

impl Parser {
    fn sign(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(sign)) if *sign == wanted);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word == wanted);
        self.at += usize::from(found);
        found
    }

    fn near(&self) -> String {
        self.tokens.get(self.at).map_or("end of file".to_owned(), |token| format!("{token:?}"))
    }

    fn skip(&mut self) {
        while self.sign(";") || self.sign("\n") {}
    }

    fn program(&mut self) -> Result<Rules, String> {
        let mut rules = Vec::new();
        loop {
            self.skip();
            if self.at >= self.tokens.len() {
                return Ok(rules);
            }
            let when = match () {
                () if self.word("BEGIN") => When::Begin,
                () if self.word("END") => When::End,
                () if self.tokens.get(self.at) == Some(&Token::Sign("{")) => When::Each(None),
                () => When::Each(Some(self.expr(0)?)),
            };
            let body = match self.sign("{") {
                true => self.block()?,
                false => vec![Statement::Print(Vec::new())],
            };
            rules.push((when, body));
        }
    }

    /// Statements up to `}`.
    fn block(&mut self) -> Result<Vec<Statement>, String> {
        let mut statements = Vec::new();
        loop {
            self.skip();
            if self.sign("}") {
                return Ok(statements);
            }
            if self.at >= self.tokens.len() {
                return Err(self.near());
            }
            statements.push(self.statement()?);
        }
    }

    fn statement(&mut self) -> Result<Statement, String> {
        self.depth += 1;
        if self.depth > 2_000 {
            return Err(self.near());
        }
        if self.word("next") {
            return Ok(Statement::Next);
        }
        if self.word("exit") {
            return Ok(Statement::Exit);
        }
        if self.word("if") {
            if !self.sign("(") {
                return Err(self.near());
            }
            let condition = self.expr(0)?;
            if !self.sign(")") {
                return Err(self.near());
            }
            let then = self.body()?;
            self.skip();
            let otherwise = if self.word("else") { self.body()? } else { Vec::new() };
            return Ok(Statement::If(condition, then, otherwise));
        }
        if self.word("print") {
            return self.list().map(Statement::Print);
        }
        if self.word("printf") {
            return self.list().map(Statement::Printf);
        }
        let target = self.atom()?;
        for sign in ["=", "+=", "-=", "*="] {
            if self.sign(sign) {
                return Ok(Statement::Set(target, sign_of(sign), self.expr(0)?));
            }
        }
        if self.sign("++") {
            return Ok(Statement::Set(target, "+=", Expr::Number(1.0)));
        }
        if self.sign("--") {
            return Ok(Statement::Set(target, "-=", Expr::Number(1.0)));
        }
        Err(self.near())
    }

    fn body(&mut self) -> Result<Vec<Statement>, String> {
        if self.sign("{") { self.block() } else { self.statement().map(|statement| vec![statement]) }
    }

    fn list(&mut self) -> Result<Vec<Expr>, String> {
        let mut list = Vec::new();
        let ends = |token: Option<&Token>| matches!(token, None | Some(Token::Sign(";" | "\n" | "}")));
        if ends(self.tokens.get(self.at)) {
            return Ok(list);
        }
        loop {
            list.push(self.expr(0)?);
            if !self.sign(",") {
                return Ok(list);
            }
        }
    }

    fn expr(&mut self, level: usize) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > 20_000 {
            return Err(self.near());
        }
        let Some(operators) = LEVELS.get(level) else { return self.atom() };
        let mut left = self.expr(level + 1)?;
        'more: loop {
            for operator in *operators {
                let joins = operator.is_empty()
                    && matches!(
                        self.tokens.get(self.at),
                        Some(Token::Text(_) | Token::Number(_) | Token::Sign("$" | "("))
                    )
                    || operator.is_empty()
                        && matches!(self.tokens.get(self.at), Some(Token::Word(word)) if !matches!(word.as_str(), "else"));
                if joins || (!operator.is_empty() && self.sign(operator)) {
                    let right = self.expr(level + 1)?;
                    left = Expr::Two(operator, Box::new(left), Box::new(right));
                    continue 'more;
                }
            }
            return Ok(left);
        }
    }

    fn atom(&mut self) -> Result<Expr, String> {
        if self.sign("!") {
            return Ok(Expr::Not(Box::new(self.atom()?)));
        }
        if self.sign("-") {
            return Ok(Expr::Two("-", Box::new(Expr::Number(0.0)), Box::new(self.atom()?)));
        }
        if self.sign("$") {
            return Ok(Expr::Field(Box::new(self.atom()?)));
        }
        if self.sign("(") {
            let inside = self.expr(0)?;
            return if self.sign(")") { Ok(inside) } else { Err(self.near()) };
        }
        let token = self.tokens.get(self.at).cloned().ok_or_else(|| self.near())?;
        self.at += 1;
        Ok(match token {
            Token::Text(text) => Expr::Text(text),
            Token::Number(number) => Expr::Number(number),
            Token::Pattern(text) => Expr::Pattern(Regex::extended(&text).map_err(str::to_owned)?),
            Token::Word(name) if self.sign("(") => {
                let mut args = Vec::new();
                while !self.sign(")") {
                    args.push(self.expr(0)?);
                    if !self.sign(",") && self.tokens.get(self.at) != Some(&Token::Sign(")")) {
                        return Err(self.near());
                    }
                }
                Expr::Call(name, args)
            }
            Token::Word(name) => Expr::Variable(name),
            Token::Sign(_) => {
                self.at -= 1;
                return Err(self.near());
            }
        })
    }
}

fn sign_of(sign: &str) -> &'static str {
    SIGNS.iter().find(|known| **known == sign).copied().unwrap_or("=")
}

#[derive(Default)]
struct State {
    variables: BTreeMap<String, String>,
    line: String,
    fields: Vec<String>,
    exited: bool,
}

impl State {
    fn set_line(&mut self, line: &str) {
        let separator = self.variables.get("FS").map_or(" ", String::as_str);
        self.fields = match separator {
            " " => line.split_whitespace().map(str::to_owned).collect(),
            _ if line.is_empty() => Vec::new(),
            text if text.chars().count() == 1 => line.split(text).map(str::to_owned).collect(),
            text => match Regex::extended(text) {
                Ok(regex) => split_by(&regex, line),
                Err(_) => vec![line.to_owned()],
            },
        };
        line.clone_into(&mut self.line);
    }

    /// Runs statements; false when the rest of the rules does not concern this line.
    fn run(&mut self, statements: &[Statement], output: &mut Output) -> bool {
        for statement in statements {
            match statement {
                Statement::Print(list) if list.is_empty() => output.line(&self.line),
                Statement::Print(list) => {
                    let texts: Vec<String> = list.iter().map(|expr| self.text(expr)).collect();
                    let between = self.variables.get("OFS").map_or(" ", String::as_str);
                    output.line(texts.join(between));
                }
                Statement::Printf(list) => {
                    let texts: Vec<String> = list.iter().map(|expr| self.text(expr)).collect();
                    print::printf(&texts, output);
                }
                Statement::Set(target, sign, value) => {
                    let old = number(&self.text(target));
                    let value = match *sign {
                        "=" => self.text(value),
                        "+=" => shown(old + number(&self.text(value))),
                        "-=" => shown(old - number(&self.text(value))),
                        _ => shown(old * number(&self.text(value))),
                    };
                    match target {
                        Expr::Field(place) => {
                            let place = number(&self.text(place)) as usize;
                            if let Some(field) = place.checked_sub(1).and_then(|place| self.fields.get_mut(place)) {
                                *field = value;
                                self.line = self.fields.join(self.variables.get("OFS").map_or(" ", String::as_str));
                            }
                        }
                        Expr::Variable(name) => drop(self.variables.insert(name.clone(), value)),
                        _ => {}
                    }
                }
                Statement::If(condition, then, otherwise) => {
                    let body = if self.truth(condition) { then } else { otherwise };
                    if !self.run(body, output) {
                        return false;
                    }
                }
                Statement::Next => return false,
                Statement::Exit => {
                    self.exited = true;
                    return false;
                }
            }
        }
        true
    }

    fn truth(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Pattern(regex) => regex.find(&self.line, 0).is_some(),
            Expr::Text(text) => !text.is_empty(),
            expr => {
                let text = self.text(expr);
                text.parse::<f64>().map_or(!text.is_empty(), |number| number != 0.0)
            }
        }
    }

    fn text(&self, expr: &Expr) -> String {
        match expr {
            Expr::Text(text) => text.clone(),
            Expr::Number(number) => shown(*number),
            Expr::Pattern(_) => shown(f64::from(u8::from(self.truth(expr)))),
            Expr::Variable(name) if name == "NF" => self.fields.len().to_string(),
            Expr::Variable(name) => self.variables.get(name).cloned().unwrap_or_default(),
            Expr::Field(place) => match number(&self.text(place)) as usize {
                0 => self.line.clone(),
                place => self.fields.get(place - 1).cloned().unwrap_or_default(),
            },
            Expr::Not(inner) => u8::from(!self.truth(inner)).to_string(),
            Expr::Call(name, args) => self.function(name, args),
            Expr::Two(operator, left, right) => self.two(operator, left, right),
        }
    }

    fn function(&self, name: &str, args: &[Expr]) -> String {
        let texts: Vec<String> = args.iter().map(|expr| self.text(expr)).collect();
        let text = |place: usize| texts.get(place).map_or("", String::as_str);
        match name {
            "length" if args.is_empty() => self.line.chars().count().to_string(),
            "length" => text(0).chars().count().to_string(),
            "toupper" => text(0).to_uppercase(),
            "tolower" => text(0).to_lowercase(),
            "int" => shown(number(text(0)).trunc()),
            "index" => text(0).find(text(1)).map_or(0, |at| text(0)[..at].chars().count() + 1).to_string(),
            "substr" => {
                let from = (number(text(1)) as usize).max(1) - 1;
                let count = texts.get(2).map_or(usize::MAX, |text| number(text) as usize);
                text(0).chars().skip(from).take(count).collect()
            }
            "sprintf" => {
                let mut output = Output::default();
                print::printf(&texts, &mut output);
                output.take_out()
            }
            _ => String::new(),
        }
    }

    fn two(&self, operator: &str, left: &Expr, right: &Expr) -> String {
        let truth = |holds: bool| u8::from(holds).to_string();
        match operator {
            "&&" => return truth(self.truth(left) && self.truth(right)),
            "||" => return truth(self.truth(left) || self.truth(right)),
            "~" | "!~" => {
                let text = self.text(left);
                let found = match right {
                    Expr::Pattern(regex) => regex.find(&text, 0).is_some(),
                    other => Regex::extended(&self.text(other)).is_ok_and(|regex| regex.find(&text, 0).is_some()),
                };
                return truth(found == (operator == "~"));
            }
            _ => {}
        }
        let (a, b) = (self.text(left), self.text(right));
        let both = a.trim().parse::<f64>().ok().zip(b.trim().parse::<f64>().ok());
        let order = both.map_or_else(|| Some(a.cmp(&b)), |(a, b)| a.partial_cmp(&b));
        let (x, y) = (number(&a), number(&b));
        match operator {
            "" => a + &b,
            "==" => truth(order.is_some_and(std::cmp::Ordering::is_eq)),
            "!=" => truth(order.is_some_and(std::cmp::Ordering::is_ne)),
            "<" => truth(order.is_some_and(std::cmp::Ordering::is_lt)),
            "<=" => truth(order.is_some_and(std::cmp::Ordering::is_le)),
            ">" => truth(order.is_some_and(std::cmp::Ordering::is_gt)),
            ">=" => truth(order.is_some_and(std::cmp::Ordering::is_ge)),
            "+" => shown(x + y),
            "-" => shown(x - y),
            "*" => shown(x * y),
            "/" => shown(x / y),
            _ => shown(x % y),
        }
    }
}

/// The number that a text begins with.
fn number(text: &str) -> f64 {
    let text = text.trim();
    let length =
        text.char_indices().find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && matches!(c, '-' | '+'))));
    text[..length.map_or(text.len(), |(at, _)| at)].parse().unwrap_or(0.0)
}

fn shown(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e16 {
        return format!("{number:.0}");
    }
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn split_by(regex: &Regex, line: &str) -> Vec<String> {
    let chars: Vec<char> = line.chars().collect();
    let (mut fields, mut start, mut at) = (Vec::new(), 0, 0);
    while at <= chars.len() {
        let found = regex.find(line, at).and_then(|groups| groups.first().copied().flatten());
        let Some((from, to)) = found.filter(|(from, to)| to > from) else { break };
        fields.push(chars[start..from].iter().collect());
        start = to;
        at = to;
    }
    fields.push(chars[start..].iter().collect());
    fields
}
