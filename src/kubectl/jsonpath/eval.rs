//! Nodes applied to a value.

use super::{Bound, Node};
use crate::base::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A value that a template found: part of the data, or a literal of the template.
pub type Found<'a> = Cow<'a, Value>;

/// Models `client-go/util/jsonpath/jsonpath.go`. Loops are kept as upstream keeps them (counters, and the place of the
/// last `end`), because that decides what an unbalanced `range` or `end` prints.
pub(super) struct Evaluator<'a> {
    nodes: &'a [Node],
    allow_missing: bool,
    begin_range: usize,
    in_range: usize,
    end_range: usize,
    last_end: Option<usize>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(nodes: &'a [Node], allow_missing: bool) -> Evaluator<'a> {
        Evaluator { nodes, allow_missing, begin_range: 0, in_range: 0, end_range: 0, last_end: None }
    }

    pub(super) fn find(&mut self, data: &'a Value) -> Result<Vec<Vec<Found<'a>>>, String> {
        self.find_from(0, Cow::Borrowed(data))
    }

    fn find_from(&mut self, start: usize, data: Found<'a>) -> Result<Vec<Vec<Found<'a>>>, String> {
        let nodes = self.nodes;
        let mut all = Vec::new();
        let mut i = start;
        while let Some(node) = nodes.get(i) {
            let results = self.walk(vec![data.clone()], node)?;
            if self.end_range > 0 && self.end_range <= self.in_range {
                self.end_range -= 1;
                self.last_end = Some(i);
                break;
            }
            if self.begin_range > 0 {
                self.begin_range -= 1;
                self.in_range += 1;
                if results.is_empty() {
                    // Nothing to repeat, but the matching `end` must be found.
                    self.find_from(i + 1, Cow::Owned(Value::Null))?;
                }
                for value in results {
                    all.extend(self.find_from(i + 1, value)?);
                }
                self.in_range -= 1;
                i = self.last_end.filter(|end| *end > i).unwrap_or(i) + 1;
                continue;
            }
            all.push(results);
            i += 1;
        }
        Ok(all)
    }

    fn walk(&mut self, input: Vec<Found<'a>>, node: &'a Node) -> Result<Vec<Found<'a>>, String> {
        let literal = |value: Value| Ok(input.iter().map(|_| Cow::Owned(value.clone())).collect());
        match node {
            Node::List(nodes) => self.walk_all(input, nodes),
            Node::Text(text) => Ok(vec![Cow::Owned(Value::String(text.clone()))]),
            Node::Int(n) => literal(Value::from(*n)),
            Node::Float(n) => literal(Value::from(*n)),
            Node::Bool(b) => literal(Value::from(*b)),
            Node::Field(name) => self.field(input, name),
            Node::Array(bounds) => array(input, *bounds),
            Node::Wildcard => Ok(input.into_iter().flat_map(children).collect()),
            Node::Recursive => Ok(input.into_iter().flat_map(descendants).collect()),
            Node::Union(lists) => {
                let mut all = Vec::new();
                for list in lists {
                    all.extend(self.walk_all(input.clone(), list)?);
                }
                Ok(all)
            }
            Node::Filter { left, right, operator } => self.filter(input, left, right, operator),
            Node::Identifier(word) => self.identifier(input, word),
        }
    }

    fn walk_all(&mut self, input: Vec<Found<'a>>, nodes: &'a [Node]) -> Result<Vec<Found<'a>>, String> {
        nodes.iter().try_fold(input, |input, node| self.walk(input, node))
    }

    fn identifier(&mut self, input: Vec<Found<'a>>, word: &str) -> Result<Vec<Found<'a>>, String> {
        match word {
            "range" => {
                self.begin_range += 1;
                Ok(input)
            }
            "end" if self.in_range > 0 => {
                self.end_range += 1;
                Ok(Vec::new())
            }
            "end" => Err("not in range, nothing to end".to_owned()),
            word => Err(format!("unrecognized identifier {word}")),
        }
    }

    fn field(&self, input: Vec<Found<'a>>, name: &str) -> Result<Vec<Found<'a>>, String> {
        if input.is_empty() {
            return Ok(input);
        }
        let found: Vec<Found<'a>> = input.into_iter().filter_map(|value| child(value, name)).collect();
        if found.is_empty() && !self.allow_missing {
            return Err(format!("{name} is not found"));
        }
        Ok(found)
    }

    fn filter(
        &mut self,
        input: Vec<Found<'a>>,
        left: &'a [Node],
        right: &'a [Node],
        operator: &str,
    ) -> Result<Vec<Found<'a>>, String> {
        let mut passed = Vec::new();
        for value in input {
            if !value.is_array() {
                let shown = crate::kubectl::gofmt::sprint(&value);
                return Err(format!("{shown} is not array or slice and cannot be filtered"));
            }
            for item in children(value) {
                let lefts = self.walk_all(vec![item.clone()], left);
                if operator == "exists" {
                    if lefts.is_ok_and(|lefts| !lefts.is_empty()) {
                        passed.push(item);
                    }
                    continue;
                }
                let Some(a) = only(lefts?)? else { continue };
                let Some(b) = only(self.walk_all(vec![item.clone()], right)?)? else { continue };
                if compare(&a, &b, operator)? {
                    passed.push(item);
                }
            }
        }
        Ok(passed)
    }
}

fn only(mut found: Vec<Found<'_>>) -> Result<Option<Found<'_>>, String> {
    if found.len() > 1 {
        return Err("can only compare one element at a time".to_owned());
    }
    Ok(found.pop())
}

fn child<'a>(value: Found<'a>, name: &str) -> Option<Found<'a>> {
    match value {
        Cow::Borrowed(value) => value.get(name).map(Cow::Borrowed),
        Cow::Owned(value) => value.get(name).cloned().map(Cow::Owned),
    }
}

/// The items of a list, or the values of an object in the order of its keys.
fn children(value: Found<'_>) -> Vec<Found<'_>> {
    match value {
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(fields)) => fields.values().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        Cow::Owned(Value::Object(fields)) => fields.into_iter().map(|(_, value)| Cow::Owned(value)).collect(),
        _ => Vec::new(),
    }
}

/// Everything below `value` that has children itself, `value` first.
fn descendants(value: Found<'_>) -> Vec<Found<'_>> {
    let below = children(value.clone());
    if below.is_empty() {
        return Vec::new();
    }
    std::iter::once(value).chain(below.into_iter().flat_map(descendants)).collect()
}

fn array(input: Vec<Found<'_>>, bounds: [Bound; 3]) -> Result<Vec<Found<'_>>, String> {
    let mut result = Vec::new();
    for value in input {
        if value.is_null() {
            continue;
        }
        if !value.is_array() {
            return Err(format!("{} is not array or slice", go_type(&value)));
        }
        let items = children(value);
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let [first, end, step] = bounds;
        let mut from = if first.known { first.value } else { 0 };
        from += if from < 0 { length } else { 0 };
        let mut to = if end.known { end.value } else { length };
        to += if to < 0 || (to == 0 && end.derived) { length } else { 0 };
        if from == to {
            return Ok(result);
        }
        let out_of_bounds = |index: i64| format!("array index out of bounds: index {index}, length {length}");
        if from >= length || from < 0 {
            return Err(out_of_bounds(from));
        }
        if to > length || to < 0 {
            return Err(out_of_bounds(to - 1));
        }
        if from > to {
            return Err(format!("starting index {from} is greater than ending index {to}"));
        }
        if step.known && step.value <= 0 {
            return Err("step must be > 0".to_owned());
        }
        let step = if step.known { usize::try_from(step.value).unwrap_or(usize::MAX) } else { 1 };
        let (from, count) = (usize::try_from(from).unwrap_or(0), usize::try_from(to - from).unwrap_or(0));
        result.extend(items.into_iter().skip(from).take(count).step_by(step));
    }
    Ok(result)
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "map[string]interface {}",
        Value::Array(_) => "[]interface {}",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Null => "<nil>",
    }
}

/// Models `client-go/third_party/forked/golang/template/funcs.go`: only values of one kind compare.
fn compare(a: &Value, b: &Value, operator: &str) -> Result<bool, String> {
    let incompatible = || "incompatible types for comparison".to_owned();
    let no_order = || "invalid type for comparison".to_owned();
    let order = match (a, b) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) if a.is_f64() == b.is_f64() => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        },
        (Value::Bool(a), Value::Bool(b)) => match operator {
            "==" => return Ok(a == b),
            "!=" => return Ok(a != b),
            _ => return Err(no_order()),
        },
        (Value::Object(_) | Value::Array(_) | Value::Null, _)
        | (_, Value::Object(_) | Value::Array(_) | Value::Null) => {
            return Err(no_order());
        }
        _ => return Err(incompatible()),
    };
    match operator {
        "==" => Ok(order.is_eq()),
        "!=" => Ok(order.is_ne()),
        "<" => Ok(order.is_lt()),
        ">" => Ok(order.is_gt()),
        "<=" => Ok(order.is_le()),
        ">=" => Ok(order.is_ge()),
        operator => Err(format!("unrecognized filter operator {operator}")),
    }
}
