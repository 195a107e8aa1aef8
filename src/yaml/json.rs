//! JSON as kubectl reads it when a stream starts with `{`: Go's decoder, with its errors, plus spans.
//!
//! Models `encoding/json.Decoder` and its `scanner.go`.

use std::collections::BTreeMap;

use serde_json::Number;

use crate::base::path::FieldPath;
use crate::base::text::go_quote;
use crate::base::{Fields, Value};

use super::number::float_value;
use super::pos::{Pos, Span};
use super::spans::{Children, FieldSpan, SpanNode, SpanTree};
use super::{Document, Duplicate, MAX_DEPTH};

/// Why Go's decoder stopped.
#[derive(Debug, PartialEq)]
pub(super) enum JsonError {
    /// Nothing but white space was left.
    Eof,
    /// The text ends inside a value.
    UnexpectedEof,
    /// A wrong character.
    Syntax(String),
}

/// Reads one JSON value after another.
pub(super) struct JsonReader<'t> {
    text: &'t str,
    /// The next character.
    pub pos: Pos,
    spans: Vec<SpanNode>,
    duplicates: Vec<Duplicate>,
    depth: usize,
}

type Read<T> = Result<T, JsonError>;

const VALUE: &str = "looking for beginning of value";

impl<'t> JsonReader<'t> {
    pub fn new(text: &'t str, pos: Pos) -> JsonReader<'t> {
        JsonReader { text, pos, spans: Vec::new(), duplicates: Vec::new(), depth: 0 }
    }

    /// The next value of the stream.
    pub fn next(&mut self) -> Read<Document> {
        self.spans.clear();
        self.duplicates.clear();
        self.depth = 0;
        self.white_space();
        if self.peek().is_none() {
            return Err(JsonError::Eof);
        }
        let (value, root) = self.value(&FieldPath::root())?;
        let spans = SpanTree { nodes: std::mem::take(&mut self.spans), root };
        let span = spans.value(&FieldPath::root());
        Ok(Document { value, spans, duplicates: std::mem::take(&mut self.duplicates), span })
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.pos.offset..)?.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos.offset += c.len_utf8();
        self.pos.column += 1;
        if c == '\n' {
            self.pos.line += 1;
            self.pos.column = 1;
        }
        Some(c)
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\r' | '\n')) {
            self.bump();
        }
    }

    /// The fault of the next character. Go looks at bytes, and shows one as the character of that number.
    fn refuse<T>(&self, context: &str) -> Read<T> {
        let Some(byte) = self.text.as_bytes().get(self.pos.offset).copied() else {
            return Err(JsonError::UnexpectedEof);
        };
        let shown = match byte {
            b'\'' => "'\\''".to_owned(),
            b'"' => "'\"'".to_owned(),
            byte => format!("'{}'", go_quote(&char::from(byte).to_string()).trim_matches('"')),
        };
        Err(JsonError::Syntax(format!("invalid character {shown} {context}")))
    }

    fn expect(&mut self, wanted: char, context: &str) -> Read<()> {
        if self.peek() == Some(wanted) {
            self.bump();
            return Ok(());
        }
        self.refuse(context)
    }

    fn node(&mut self, start: Pos, children: Children) -> usize {
        self.spans.push(SpanNode { span: Span::new(start, self.pos), children });
        self.spans.len() - 1
    }

    fn value(&mut self, path: &FieldPath) -> Read<(Value, usize)> {
        self.white_space();
        let start = self.pos;
        let value = match self.peek() {
            Some('{') => return self.nested(start, |reader| reader.object(start, path)),
            Some('[') => return self.nested(start, |reader| reader.array(start, path)),
            Some('"') => Value::String(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            Some('t') => self.literal("true", Value::Bool(true))?,
            Some('f') => self.literal("false", Value::Bool(false))?,
            Some('n') => self.literal("null", Value::Null)?,
            _ => return self.refuse(VALUE),
        };
        Ok((value, self.node(start, Children::None)))
    }

    fn nested<T>(&mut self, start: Pos, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.pos = start;
            return Err(JsonError::Syntax("exceeded max depth".to_owned()));
        }
        self.bump();
        let result = read(self)?;
        self.depth -= 1;
        Ok(result)
    }

    fn object(&mut self, start: Pos, path: &FieldPath) -> Read<(Value, usize)> {
        let mut fields = Fields::new();
        let mut spans: Vec<FieldSpan> = Vec::new();
        let mut keys: BTreeMap<String, Span> = BTreeMap::new();
        self.white_space();
        if self.peek() == Some('}') {
            self.bump();
            return Ok((Value::Object(fields), self.node(start, Children::Fields(spans))));
        }
        loop {
            self.white_space();
            let key_start = self.pos;
            if self.peek() != Some('"') {
                return self.refuse("looking for beginning of object key string");
            }
            let name = self.string()?;
            let key = Span::new(key_start, self.pos);
            self.white_space();
            self.expect(':', "after object key")?;
            let field = path.child(&name);
            let (value, node) = self.value(&field)?;
            fields.insert(name.clone(), value);
            if let Some(first) = keys.insert(name.clone(), key) {
                self.duplicates.push(Duplicate { path: field, first, second: key });
            }
            spans.push(FieldSpan { name, key, value: node });
            self.white_space();
            if self.peek() == Some('}') {
                self.bump();
                return Ok((Value::Object(fields), self.node(start, Children::Fields(spans))));
            }
            self.expect(',', "after object key:value pair")?;
        }
    }

    fn array(&mut self, start: Pos, path: &FieldPath) -> Read<(Value, usize)> {
        let mut items = Vec::new();
        let mut nodes = Vec::new();
        self.white_space();
        if self.peek() == Some(']') {
            self.bump();
            return Ok((Value::Array(items), self.node(start, Children::Items(nodes))));
        }
        loop {
            let (item, node) = self.value(&path.index(items.len()))?;
            items.push(item);
            nodes.push(node);
            self.white_space();
            if self.peek() == Some(']') {
                self.bump();
                return Ok((Value::Array(items), self.node(start, Children::Items(nodes))));
            }
            self.expect(',', "after array element")?;
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Read<Value> {
        for c in word.chars() {
            self.expect(c, &format!("in literal {word} (expecting '{c}')"))?;
        }
        Ok(value)
    }

    fn digits(&mut self, context: &str) -> Read<()> {
        if !matches!(self.peek(), Some('0'..='9')) {
            return self.refuse(context);
        }
        while matches!(self.peek(), Some('0'..='9')) {
            self.bump();
        }
        Ok(())
    }

    fn number(&mut self) -> Read<Value> {
        let start = self.pos.offset;
        if self.peek() == Some('-') {
            self.bump();
        }
        if self.peek() == Some('0') {
            self.bump();
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some('.') {
            self.bump();
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.bump();
            if matches!(self.peek(), Some('+' | '-')) {
                self.bump();
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = self.text.get(start..self.pos.offset).unwrap_or_default();
        Ok(match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(integer), _) => Value::Number(Number::from(integer)),
            (_, Ok(float)) => float_value(float),
            _ => Value::Null,
        })
    }

    fn string(&mut self) -> Read<String> {
        const STRING: &str = "in string literal";
        let mut out = String::new();
        self.bump();
        loop {
            match self.peek() {
                Some('"') => {
                    self.bump();
                    return Ok(out);
                }
                Some('\\') => {
                    self.bump();
                    self.escape(&mut out)?;
                }
                Some(c) if c >= ' ' => {
                    out.push(c);
                    self.bump();
                }
                _ => return self.refuse(STRING),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Read<()> {
        out.push(match self.peek() {
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\x08',
            Some('f') => '\x0c',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let first = self.unicode()?;
                // Half of a pair counts only with its other half; alone it becomes U+FFFD.
                let rest = self.text.get(self.pos.offset..).unwrap_or_default();
                if (0xd800..0xdc00).contains(&first) && rest.starts_with("\\u") {
                    let before = self.pos;
                    self.bump();
                    let second = self.unicode()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                        return Ok(());
                    }
                    self.pos = before;
                }
                out.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                return Ok(());
            }
            _ => return self.refuse("in string escape code"),
        });
        self.bump();
        Ok(())
    }

    /// `uXXXX`
    fn unicode(&mut self) -> Read<u32> {
        self.bump();
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) else {
                return self.refuse("in \\u hexadecimal character escape");
            };
            code = code * 16 + digit;
            self.bump();
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_error(text: &str) -> JsonError {
        let mut reader = JsonReader::new(text, Pos::default());
        loop {
            if let Err(error) = reader.next() {
                return error;
            }
        }
    }

    #[test]
    fn errors_as_go_words_them() {
        for (text, message) in [
            ("{{", "invalid character '{' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\": 1 \"b\"", "invalid character '\"' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\": tru}", "invalid character '}' in literal true (expecting 'e')"),
            ("{\"a\": 1,}", "invalid character '}' looking for beginning of object key string"),
            ("{\"a\n\": 1}", "invalid character '\\n' in string literal"),
            ("{\"a\": -x}", "invalid character 'x' in numeric literal"),
            ("{\"a\": ü}", "invalid character 'Ã' looking for beginning of value"),
            ("{'", "invalid character '\\'' looking for beginning of object key string"),
        ] {
            assert_eq!(first_error(text), JsonError::Syntax(message.to_owned()), "{text}");
        }
        assert_eq!(first_error("{\"a\":"), JsonError::UnexpectedEof);
        assert_eq!(first_error("{} {} "), JsonError::Eof);
    }
}
