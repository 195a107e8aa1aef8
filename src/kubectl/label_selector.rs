//! Label selectors as they are written on the command line: `app=web,tier in (a,b),!old`.
//!
//! Models `apimachinery/pkg/labels/selector.go`, its error texts included. `x>1` and `x<1` are known there too.

use crate::api::meta::Labels;
use crate::base::{Fields, Value};
use serde_json::json;

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    NotExists,
    Greater,
    Less,
}

/// A parsed selector; an empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

impl Selector {
    /// Reads a selector. The error is Kubernetes' text.
    pub fn parse(text: &str) -> Result<Selector, String> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        parser.selector().map(Selector)
    }

    /// The same as a field of an object. Models `metav1.ParseToLabelSelector`.
    pub fn to_label_selector(&self) -> Value {
        let (mut labels, mut expressions) = (Fields::new(), Vec::new());
        for requirement in &self.0 {
            let operator = match (requirement.operator, requirement.values.as_slice()) {
                (Operator::In, [value]) => {
                    labels.insert(requirement.key.clone(), value.as_str().into());
                    continue;
                }
                (Operator::In, _) => "In",
                (Operator::NotIn, _) => "NotIn",
                (Operator::Exists, _) => "Exists",
                _ => "DoesNotExist",
            };
            let mut expression = json!({"key": requirement.key, "operator": operator});
            if !requirement.values.is_empty() {
                expression["values"] = requirement.values.clone().into();
            }
            expressions.push(expression);
        }
        let mut selector = json!({});
        if !expressions.is_empty() {
            selector["matchExpressions"] = expressions.into();
        }
        if !labels.is_empty() {
            selector["matchLabels"] = labels.into();
        }
        selector
    }

    /// Whether labels satisfy it.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| requirement.matches(labels))
    }
}

impl Requirement {
    fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let listed = |value: &str| self.values.iter().any(|wanted| wanted == value);
        let numbers = || Some((value?.parse::<i64>().ok()?, self.values.first()?.parse::<i64>().ok()?));
        match self.operator {
            Operator::In => value.is_some_and(|value| listed(value)),
            Operator::NotIn => value.is_none_or(|value| !listed(value)),
            Operator::Exists => value.is_some(),
            Operator::NotExists => value.is_none(),
            Operator::Greater => numbers().is_some_and(|(value, bound)| value > bound),
            Operator::Less => numbers().is_some_and(|(value, bound)| value < bound),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(&'static str),
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Token::Word(word) => word,
            Token::Sign(sign) => sign,
        }
    }
}

const SIGNS: [&str; 9] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', '\r', '\n']);
    while let Some(first) = rest.chars().next() {
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        let length = match sign {
            Some(sign) => sign.len(),
            None => rest.find(|c: char| " \t\r\n=!(),><".contains(c)).unwrap_or(rest.len()).max(first.len_utf8()),
        };
        tokens.push(sign.map_or_else(|| Token::Word(rest[..length].to_owned()), |sign| Token::Sign(sign)));
        rest = rest[length..].trim_start_matches([' ', '\t', '\r', '\n']);
    }
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn selector(&mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        loop {
            match self.peek() {
                None => return Ok(requirements),
                Some(Token::Word(_)) | Some(Token::Sign("!")) => requirements.push(self.requirement()?),
                Some(other) => {
                    return Err(format!("found '{}', expected: !, identifier, or 'end of string'", other.text()));
                }
            }
            match self.next() {
                None => return Ok(requirements),
                Some(Token::Sign(",")) => {
                    if !matches!(self.peek(), Some(Token::Word(_) | Token::Sign("!"))) {
                        let found = self.peek().map_or("", Token::text);
                        return Err(format!("found '{found}', expected: identifier after ','"));
                    }
                }
                Some(other) => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek() == Some(&Token::Sign("!"));
        self.at += usize::from(negated);
        let key = match self.next() {
            Some(Token::Word(key)) => key,
            other => {
                let found = other.as_ref().map_or("", Token::text);
                return Err(format!("found '{found}', expected: identifier"));
            }
        };
        check_key(&key)?;
        let requirement = |operator, values| Requirement { key: key.clone(), operator, values };
        if negated {
            return Ok(requirement(Operator::NotExists, Vec::new()));
        }
        let operator = match self.peek() {
            None | Some(Token::Sign(",")) => return Ok(requirement(Operator::Exists, Vec::new())),
            Some(token) => match token.text() {
                "=" | "==" | "in" => Operator::In,
                "!=" | "notin" => Operator::NotIn,
                ">" => Operator::Greater,
                "<" => Operator::Less,
                found => {
                    return Err(format!("found '{found}', expected: in, notin, =, ==, !=, gt, lt"));
                }
            },
        };
        let set = matches!(self.next(), Some(Token::Word(_)));
        let values = if set { self.set()? } else { vec![self.value()?] };
        for value in &values {
            check_value(&key, value)?;
        }
        Ok(requirement(operator, values))
    }

    /// A value may be left out: `app=`.
    fn value(&mut self) -> Result<String, String> {
        match self.peek() {
            None | Some(Token::Sign(",")) => Ok(String::new()),
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            Some(other) => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }

    fn set(&mut self) -> Result<Vec<String>, String> {
        match self.next() {
            Some(Token::Sign("(")) => {}
            other => return Err(format!("found '{}' expected: '('", other.as_ref().map_or("", Token::text))),
        }
        let mut values = Vec::new();
        loop {
            match self.next() {
                Some(Token::Word(word)) => {
                    values.push(word);
                    match self.next() {
                        Some(Token::Sign(",")) => {}
                        Some(Token::Sign(")")) => return Ok(values),
                        other => {
                            let found = other.as_ref().map_or("", Token::text);
                            return Err(format!("found '{found}', expected: ',' or ')'"));
                        }
                    }
                }
                Some(Token::Sign(",")) => values.push(String::new()),
                Some(Token::Sign(")")) => {
                    values.push(String::new());
                    return Ok(values);
                }
                other => {
                    let found = other.as_ref().map_or("", Token::text);
                    return Err(format!("found '{found}', expected: ',', ')' or identifier"));
                }
            }
        }
    }
}

const NAME_RULE: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                         alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                         '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
                          must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
                          regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn is_name(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let edge = |c: char| c.is_ascii_alphanumeric();
    !text.is_empty() && text.chars().all(inside) && text.starts_with(edge) && text.ends_with(edge)
}

fn check_key(key: &str) -> Result<(), String> {
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    if is_name(name) {
        return Ok(());
    }
    Err(format!("key: Invalid value: {}: {NAME_RULE}", crate::base::text::go_quote(key)))
}

/// Whether a text may be the value of a label. The error is Kubernetes' text.
pub fn check_label_value(value: &str) -> Result<(), String> {
    if value.len() > 63 {
        return Err("must be no more than 63 bytes".to_owned());
    }
    if value.is_empty() || is_name(value) { Ok(()) } else { Err(VALUE_RULE.to_owned()) }
}

fn check_value(key: &str, value: &str) -> Result<(), String> {
    let quoted = crate::base::text::go_quote(value);
    if value.len() > 63 {
        return Err(format!("values[0][{key}]: Invalid value: {quoted}: must be no more than 63 bytes"));
    }
    if value.is_empty() || is_name(value) {
        return Ok(());
    }
    Err(format!("values[0][{key}]: Invalid value: {quoted}: {VALUE_RULE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_match() {
        let labels: Labels = [("app", "web"), ("tier", "a"), ("n", "5")].into_iter().collect();
        let table = [
            ("", Ok(true)),
            ("app=web", Ok(true)),
            ("app==web,tier!=b", Ok(true)),
            ("app!=web", Ok(false)),
            ("app", Ok(true)),
            ("!app", Ok(false)),
            ("tier in (a, b)", Ok(true)),
            ("tier notin (a)", Ok(false)),
            ("nope notin (a)", Ok(true)),
            ("n>4", Ok(true)),
            ("n<4", Ok(false)),
            ("app=", Ok(false)),
            ("app=A,,", Err("found ',', expected: identifier after ','")),
            ("app=web,", Err("found '', expected: identifier after ','")),
            ("=a", Err("found '=', expected: !, identifier, or 'end of string'")),
            ("a b", Err("found 'b', expected: in, notin, =, ==, !=, gt, lt")),
            ("a in b", Err("found 'b' expected: '('")),
        ];
        for (text, expected) in table {
            let got = Selector::parse(text).map(|selector| selector.matches(&labels));
            assert_eq!(got, expected.map_err(str::to_owned), "{text}");
        }
    }
}
