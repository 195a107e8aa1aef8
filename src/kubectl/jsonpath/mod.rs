//! kubectl's JSONPath templates: `{.items[*].metadata.name}{"\n"}`, with `range`/`end`, filters and slices.
//!
//! This is neither RFC 9535 nor a full template language; it follows client-go in its oddities (an index out of bounds is
//! an error, a missing field is not, `['a.b']` is two fields). Start with [`Template`].

mod eval;
mod parse;

pub use eval::Found;

use crate::base::{Value, text::go_json};

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    root: Vec<Node>,
    allow_missing: bool,
}

/// A node of a template; names as in client-go.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    List(Vec<Node>),
    Text(String),
    Field(String),
    /// `[from:to:step]`; see [`Bound`].
    Array([Bound; 3]),
    Filter {
        left: Vec<Node>,
        right: Vec<Node>,
        operator: String,
    },
    Int(i64),
    Float(f64),
    Bool(bool),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    /// `range`, `end`, or a word that is an error when it is reached.
    Identifier(String),
}

/// One number of a slice expression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bound {
    value: i64,
    known: bool,
    /// The end of a plain index `[n]`, which is n + 1.
    derived: bool,
}

impl Template {
    /// Parses a template. The error is client-go's text.
    pub fn parse(text: &str) -> Result<Template, String> {
        Ok(Template { root: parse::parse(text)?, allow_missing: true })
    }

    /// Makes a missing field an error (`--allow-missing-template-keys=false`).
    pub fn strict(mut self) -> Template {
        self.allow_missing = false;
        self
    }

    /// What each part of the template finds in `data`; loops are unrolled.
    pub fn find<'a>(&'a self, data: &'a Value) -> Result<Vec<Vec<Found<'a>>>, String> {
        eval::Evaluator::new(&self.root, self.allow_missing).find(data)
    }

    /// The template's output for `data`: the results of one part separated by spaces.
    pub fn print(&self, data: &Value) -> Result<String, String> {
        let mut out = String::new();
        for results in self.find(data)? {
            let texts: Vec<String> = results.iter().map(|found| text_of(found)).collect();
            out.push_str(&texts.join(" "));
        }
        Ok(out)
    }

    /// The output of `-o jsonpath-as-json`: each part's results as an indented JSON array.
    pub fn print_json(&self, data: &Value) -> Result<String, String> {
        let mut out = String::new();
        for results in self.find(data)? {
            let list = Value::Array(results.iter().map(|found| found.as_ref().clone()).collect());
            out.push_str(&super::printer::structured::to_json_indented(&list));
            out.push('\n');
        }
        Ok(out)
    }
}

/// A result as text: objects and lists as JSON, strings bare.
fn text_of(value: &Value) -> String {
    match value {
        Value::Object(_) | Value::Array(_) => go_json(value),
        Value::Null => "null".to_owned(),
        other => super::gofmt::sprint(other),
    }
}

/// Accepts `metadata.name`, `.metadata.name` and `{metadata.name}` beside `{.metadata.name}`, and returns the last form.
///
/// Models `kubectl/pkg/cmd/get/customcolumn.go` RelaxedJSONPathExpression.
pub fn relaxed(expression: &str) -> Result<String, String> {
    if expression.is_empty() {
        return Ok(String::new());
    }
    let inner = expression.strip_prefix('{').and_then(|e| e.strip_suffix('}')).unwrap_or(expression);
    let fields = inner.strip_prefix('.').filter(|rest| !rest.is_empty()).unwrap_or(inner);
    if fields.is_empty() || fields.contains(['{', '}']) {
        return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
                    '{.name1.name2}'"
            .to_owned());
    }
    Ok(format!("{{.{fields}}}"))
}

#[cfg(test)]
mod tests;
