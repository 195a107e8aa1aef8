//! Values to YAML, exactly as `kubectl get -o yaml` prints them.
//!
//! The layout is go-yaml v2's: block style, keys in natural order (`a2` before `a10`), lists not indented below their key,
//! text folded at the first space beyond column 80. [`scalar`] decides how text is quoted, [`order`] how keys sort.
//!
//! One difference is meant: kubectl goes through JSON and reads it as YAML, so that U+0085 in a text becomes a space and a
//! few control characters are errors; here they are escaped, and what is printed reads the same again.
//!
//! Models `sigs.k8s.io/yaml.Marshal`, and of go-yaml v2 `encode.go`, `sorter.go` and `emitterc.go`.

mod order;
mod scalar;

use crate::base::Value;

use super::number::go_float;
use scalar::{Analysis, Style};

/// Where folding starts to be considered.
const WIDTH: usize = 80;

/// Prints a value as kubectl does, with a line break at the end.
pub fn to_yaml(value: &Value) -> String {
    let mut emitter = Emitter::default();
    emitter.node(value, Place::Root);
    emitter.write_indent();
    emitter.out
}

/// What a node is printed as part of.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Item,
    /// The key of a mapping, on one line before its colon.
    SimpleKey,
    /// A key behind `?`, or any value.
    Mapped,
}

/// The text so far, and what go-yaml's emitter remembers of its last line.
struct Emitter {
    out: String,
    column: usize,
    /// The column of the innermost collection; -1 outside.
    indent: isize,
    /// Was the last character white space?
    white_space: bool,
    /// Is there nothing on this line but indentation and marks like `-`?
    indention: bool,
}

impl Default for Emitter {
    fn default() -> Emitter {
        Emitter { out: String::new(), column: 0, indent: -1, white_space: true, indention: true }
    }
}

impl Emitter {
    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// A line break of a text, which stays the break it is.
    fn write_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }

    /// Goes to the indentation, on a new line unless this one has nothing yet.
    fn write_indent(&mut self) {
        let indent = self.indent.max(0) as usize;
        if !self.indention || self.column > indent || (self.column == indent && !self.white_space) {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.white_space = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, needs_space: bool, is_indention: bool) {
        if needs_space && !self.white_space {
            self.put(' ');
        }
        text.chars().for_each(|c| self.put(c));
        self.white_space = false;
        self.indention = self.indention && is_indention;
    }

    /// The indentation of a node inside the present one.
    fn deeper(&self, block: bool) -> isize {
        match self.indent {
            ..0 if block => 0,
            ..0 => 2,
            indent => indent + 2,
        }
    }

    fn node(&mut self, value: &Value, place: Place) {
        match value {
            Value::Null => self.plain("null"),
            Value::Bool(bool) => self.plain(if *bool { "true" } else { "false" }),
            Value::Number(number) => self.plain(&number_text(number)),
            Value::String(text) => self.text(text, place),
            Value::Array(items) if items.is_empty() => self.indicator("[]", true, false),
            Value::Array(items) => self.list(items, place),
            Value::Object(fields) if fields.is_empty() => self.indicator("{}", true, false),
            Value::Object(fields) => {
                let outer = self.indent;
                self.indent = self.deeper(true);
                for (key, value) in order::natural(fields) {
                    self.field(key, value);
                }
                self.indent = outer;
            }
        }
    }

    fn list(&mut self, items: &[Value], place: Place) {
        let outer = self.indent;
        // Below a key on the same line, `-` stands under the key.
        if place != Place::Mapped || self.indention {
            self.indent = self.deeper(true);
        }
        for item in items {
            self.write_indent();
            self.indicator("-", true, true);
            self.node(item, Place::Item);
        }
        self.indent = outer;
    }

    fn field(&mut self, key: &str, value: &Value) {
        self.write_indent();
        if key.len() <= 128 && !Analysis::of(key).multiline {
            self.text(key, Place::SimpleKey);
            self.indicator(":", false, false);
        } else {
            self.indicator("?", true, true);
            self.text(key, Place::Mapped);
            self.write_indent();
            self.indicator(":", true, true);
        }
        self.node(value, Place::Mapped);
    }

    /// Text that needs no quotes and has no spaces.
    fn plain(&mut self, text: &str) {
        self.indicator(text, true, false);
    }

    fn text(&mut self, text: &str, place: Place) {
        let analysis = Analysis::of(text);
        let outer = self.indent;
        self.indent = self.deeper(false);
        let fold = place != Place::SimpleKey;
        match analysis.style(text, place == Place::SimpleKey) {
            Style::Plain => self.write_plain(text, fold),
            Style::Single => self.write_single(text, fold),
            Style::Double => self.write_double(text, fold),
            Style::Literal => self.write_literal(text),
        }
        self.indent = outer;
    }
}

/// A number as it comes out of the JSON that kubectl makes first: whole floats lose their point.
fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => {
            let whole = format!("{float}");
            match (whole.parse::<i64>(), whole.parse::<u64>()) {
                (Ok(integer), _) => integer.to_string(),
                (_, Ok(integer)) => integer.to_string(),
                _ => go_float(float),
            }
        }
        _ => number.to_string(),
    }
}
