//! Runs a template.

use super::parse::{Base, Branch, Command, Node, Operand, Pipe, Place};
use super::{Template, functions};
use crate::base::Value;
use crate::base::text::go_quote;
use crate::kubectl::gofmt;
use std::collections::BTreeMap;

/// So much may be printed: a template that calls itself ends.
const LONGEST: usize = 4 << 20;
/// So deep may templates call each other.
const DEEPEST: usize = 64;

/// A value; `None` where there is none.
pub(super) type Found = Option<Value>;

/// What the template printed, and how it ended.
pub(super) fn run(template: &Template, object: &Value) -> (String, Result<(), String>) {
    let mut state = State {
        out: String::new(),
        variables: vec![(String::new(), Some(object.clone()))],
        defined: BTreeMap::new(),
        strict: template.strict,
        depth: 0,
    };
    collect(&template.nodes, &mut state.defined);
    let result = state.walk(&template.nodes, &Some(object.clone()));
    (state.out, result.map(|_| ()))
}

fn collect<'t>(nodes: &'t [Node], defined: &mut BTreeMap<&'t str, &'t [Node]>) {
    for node in nodes {
        match node {
            Node::Define(name, nodes) => drop(defined.insert(name, nodes)),
            Node::Branch(_, _, then, otherwise) => {
                collect(then, defined);
                collect(otherwise, defined);
            }
            _ => {}
        }
    }
}

/// How a list of nodes ended.
#[derive(PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

struct State<'t> {
    out: String,
    variables: Vec<(String, Found)>,
    defined: BTreeMap<&'t str, &'t [Node]>,
    strict: bool,
    depth: usize,
}

fn at(place: &Place, error: impl std::fmt::Display) -> String {
    format!("template: output:{}: executing \"output\" at <{}>: {error}", place.at, place.text)
}

impl<'t> State<'t> {
    fn walk(&mut self, nodes: &'t [Node], dot: &Found) -> Result<Flow, String> {
        let known = self.variables.len();
        let mut flow = Flow::On;
        for node in nodes {
            flow = self.node(node, dot)?;
            if flow != Flow::On {
                break;
            }
        }
        self.variables.truncate(known);
        Ok(flow)
    }

    fn node(&mut self, node: &'t Node, dot: &Found) -> Result<Flow, String> {
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Define(..) => {}
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
            Node::Action(pipe) => {
                let value = self.pipe(pipe, dot)?;
                if pipe.variables.is_empty() {
                    self.out.push_str(&shown(&value));
                }
                if self.out.len() > LONGEST {
                    return Err(at(&pipe.place, "exceeded maximum output"));
                }
            }
            Node::Branch(Branch::Range, pipe, then, otherwise) => return self.range(pipe, then, otherwise, dot),
            Node::Branch(branch, pipe, then, otherwise) => {
                let known = self.variables.len();
                let value = self.pipe(pipe, dot)?;
                let flow = match (functions::truth(&value), branch) {
                    (true, Branch::With) => self.walk(then, &value)?,
                    (true, _) => self.walk(then, dot)?,
                    (false, _) => self.walk(otherwise, dot)?,
                };
                self.variables.truncate(known);
                return Ok(flow);
            }
            Node::Template(name, pipe, place) => {
                let Some(nodes) = self.defined.get(name.as_str()).copied() else {
                    return Err(at(place, format!("template {} not defined", go_quote(name))));
                };
                let dot = pipe.as_ref().map_or(Ok(None), |pipe| self.pipe(pipe, dot))?;
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(at(place, "exceeded maximum template depth (100000)"));
                }
                let outer = std::mem::replace(&mut self.variables, vec![(String::new(), dot.clone())]);
                self.walk(nodes, &dot)?;
                self.variables = outer;
                self.depth -= 1;
            }
        }
        Ok(Flow::On)
    }

    fn range(&mut self, pipe: &'t Pipe, then: &'t [Node], otherwise: &'t [Node], dot: &Found) -> Result<Flow, String> {
        let value = self.pipe_value(pipe, dot)?;
        let items: Vec<(Value, Value)> = match &value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(i, item)| (Value::from(i), item.clone())).collect()
            }
            Some(Value::Object(fields)) => {
                fields.iter().map(|(key, value)| (Value::from(key.as_str()), value.clone())).collect()
            }
            Some(Value::Number(number)) if number.is_i64() => {
                let count = number.as_i64().unwrap_or(0).clamp(0, 100_000);
                (0..count).map(|i| (Value::from(i), Value::from(i))).collect()
            }
            Some(other) => {
                return Err(at(&pipe.place, format!("range can't iterate over {}", gofmt::sprint(other))));
            }
        };
        if items.is_empty() {
            return self.walk(otherwise, dot);
        }
        for (key, item) in items {
            let known = self.variables.len();
            match pipe.variables.as_slice() {
                [one] => self.set(one, Some(item.clone()), pipe.declares),
                [first, second] => {
                    self.set(first, Some(key), pipe.declares);
                    self.set(second, Some(item.clone()), pipe.declares);
                }
                _ => {}
            }
            let flow = self.walk(then, &Some(item))?;
            self.variables.truncate(known);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn set(&mut self, name: &str, value: Found, declares: bool) {
        match self.variables.iter_mut().rev().find(|(known, _)| !declares && known == name) {
            Some((_, old)) => *old = value,
            None => self.variables.push((name.to_owned(), value)),
        }
    }

    fn pipe(&mut self, pipe: &'t Pipe, dot: &Found) -> Result<Found, String> {
        let value = self.pipe_value(pipe, dot)?;
        for name in &pipe.variables {
            self.set(name, value.clone(), pipe.declares);
        }
        Ok(value)
    }

    fn pipe_value(&mut self, pipe: &'t Pipe, dot: &Found) -> Result<Found, String> {
        let mut value = None;
        for (place, command) in pipe.commands.iter().enumerate() {
            let last = (place > 0).then_some(value);
            value = self.command(command, dot, last)?;
        }
        Ok(value)
    }

    fn command(&mut self, command: &'t Command, dot: &Found, last: Option<Found>) -> Result<Found, String> {
        let Some((first, rest)) = command.words.split_first() else { return Ok(None) };
        let Base::Function(name) = &first.base else {
            if !rest.is_empty() || last.is_some() {
                return Err(at(&first.place, format!("can't give argument to non-function {}", first.place.text)));
            }
            return self.operand(first, dot);
        };
        // `and` and `or` look at no more than they need.
        let mut arguments = Vec::new();
        for word in rest {
            let value = self.operand(word, dot)?;
            let enough = match name.as_str() {
                "and" => !functions::truth(&value),
                "or" => functions::truth(&value),
                _ => false,
            };
            if enough {
                return Ok(value);
            }
            arguments.push(value);
        }
        arguments.extend(last);
        functions::call(name, &arguments).map_err(|error| match error {
            functions::Wrong::Called(text) => at(&command.place, format!("error calling {name}: {text}")),
            functions::Wrong::Use(text) => at(&first.place, text),
        })
    }

    fn operand(&mut self, operand: &'t Operand, dot: &Found) -> Result<Found, String> {
        let mut value = match &operand.base {
            Base::Dot => dot.clone(),
            Base::Constant(value) => Some(value.clone()),
            Base::Variable(name) => {
                self.variables.iter().rev().find(|(known, _)| known == name).and_then(|(_, value)| value.clone())
            }
            Base::Group(pipe) => self.pipe(pipe, dot)?,
            Base::Function(name) => functions::call(name, &[]).map_err(|error| at(&operand.place, error.text(name)))?,
        };
        for field in &operand.fields {
            value = match value {
                Some(Value::Object(mut fields)) => match fields.remove(field) {
                    None if self.strict => {
                        return Err(at(&operand.place, format!("map has no entry for key {}", go_quote(field))));
                    }
                    found => found,
                },
                None if self.strict => {
                    return Err(at(&operand.place, format!("nil data; no entry for key {}", go_quote(field))));
                }
                None => None,
                Some(Value::Null) => {
                    return Err(at(&operand.place, format!("nil pointer evaluating interface {{}}.{field}")));
                }
                Some(_) => {
                    let text = format!("can't evaluate field {field} in type interface {{}}");
                    return Err(at(&operand.place, text));
                }
            };
        }
        Ok(value)
    }
}

fn shown(value: &Found) -> String {
    match value {
        None | Some(Value::Null) => "<no value>".to_owned(),
        Some(value) => gofmt::sprint(value),
    }
}
