//! `$((1 + 2 * i))`.

use std::collections::BTreeMap;

/// The value of an expression; a name stands for its variable, an unset one for zero.
///
/// # Errors
/// The rest of the text that is not understood, or `division by 0`.
pub fn evaluate(text: &str, variables: &BTreeMap<String, String>) -> Result<i64, String> {
    let mut reader = Reader { rest: text.trim(), variables, depth: 0 };
    let value = reader.level(0)?;
    match reader.rest.trim() {
        "" => Ok(value),
        rest => Err(format!("{text}: syntax error in expression (error token is \"{rest}\")")),
    }
}

struct Reader<'a> {
    rest: &'a str,
    variables: &'a BTreeMap<String, String>,
    depth: usize,
}

/// Operators by how tightly they bind, the loosest first.
const LEVELS: [&[&str]; 6] = [&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

impl Reader<'_> {
    fn level(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.atom() };
        let mut left = self.level(level + 1)?;
        loop {
            self.rest = self.rest.trim_start();
            let Some(operator) = operators.iter().find(|operator| self.rest.starts_with(**operator)) else {
                return Ok(left);
            };
            self.rest = &self.rest[operator.len()..];
            let right = self.level(level + 1)?;
            left = match *operator {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                _ if right == 0 => return Err("division by 0".to_owned()),
                "/" => left.wrapping_div(right),
                _ => left.wrapping_rem(right),
            };
        }
    }

    fn atom(&mut self) -> Result<i64, String> {
        self.rest = self.rest.trim_start();
        self.depth += 1;
        if self.depth > 200 {
            return Err("expression recursion level exceeded".to_owned());
        }
        let first = self.rest.chars().next();

        match first {
            Some('(') => {
                self.rest = &self.rest[1..];
                let value = self.level(0)?;
                self.rest = self.rest.trim_start();
                match self.rest.strip_prefix(')') {
                    Some(rest) => self.rest = rest,
                    None => return Err("missing `)'".to_owned()),
                }
                Ok(value)
            }
            Some('-') => {
                self.rest = &self.rest[1..];
                Ok(self.atom()?.wrapping_neg())
            }
            Some('!') => {
                self.rest = &self.rest[1..];
                Ok(i64::from(self.atom()? == 0))
            }
            Some('+') => {
                self.rest = &self.rest[1..];
                self.atom()
            }
            Some(c) if c.is_ascii_alphanumeric() || c == '_' => {
                let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
                let word = &self.rest[..end];
                self.rest = &self.rest[end..];
                if c.is_ascii_digit() {
                    return word.parse().map_err(|_| format!("{word}: value too great for base"));
                }
                Ok(self.variables.get(word).and_then(|text| text.trim().parse().ok()).unwrap_or(0))
            }
            _ => Err(format!("syntax error: operand expected (error token is \"{}\")", self.rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let variables = BTreeMap::from([("i".to_owned(), "4".to_owned())]);
        for (text, expected) in [
            ("1+2*3", "7"),
            ("(1+2)*3", "9"),
            ("i + 1", "5"),
            ("i>3 && i<5", "1"),
            ("-i % 3", "-1"),
            ("none", "0"),
            ("1/0", "division by 0"),
            ("1 2", "1 2: syntax error in expression (error token is \"2\")"),
        ] {
            let shown = evaluate(text, &variables).map_or_else(|error| error, |value| value.to_string());
            assert_eq!(shown, expected, "{text}");
        }
    }
}
