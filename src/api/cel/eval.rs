//! From a tree to a value.

use super::library;
use super::parse::{Expr, Loop, Node, Program};
use super::value::Val;
use std::rc::Rc;

/// The most steps of one evaluation.
const MOST_STEPS: u64 = 1_000_000;
/// Deeper trees are not evaluated.
const DEEPEST: usize = 150;

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// A value that an operation does not take: `no such key: a`.
    Error(String),
    /// More steps than allowed.
    Cost,
    /// Something that is not modelled here.
    Unmodelled,
}

/// No operation takes such values.
pub(super) fn no_overload() -> Fault {
    Fault::Error("no such overload".to_owned())
}

pub(super) fn fail<T>(text: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Error(text.into()))
}

type Evaluated = Result<Val, Fault>;

impl Program {
    /// The value of the expression, with these variables; what steps it takes is taken from `budget`.
    pub fn run(&self, variables: &[(&'static str, Val)], budget: &mut u64) -> Evaluated {
        let most = MOST_STEPS.min(*budget);
        let mut run = Run { variables: variables.to_vec(), left: most, depth: 0 };
        let value = run.eval(&self.0);
        *budget -= most - run.left;
        value
    }
}

struct Run<'a> {
    variables: Vec<(&'a str, Val)>,
    left: u64,
    depth: usize,
}

impl<'a> Run<'a> {
    fn pay(&mut self, steps: usize) -> Result<(), Fault> {
        let left = self.left.checked_sub(steps as u64);
        self.left = left.unwrap_or_default();
        if left.is_some() { Ok(()) } else { Err(Fault::Cost) }
    }

    fn eval(&mut self, expr: &'a Expr) -> Evaluated {
        self.pay(1)?;
        if self.depth >= DEEPEST {
            return Err(Fault::Unmodelled);
        }
        self.depth += 1;
        let value = self.inner(expr);
        self.depth -= 1;
        value
    }

    fn variable(&self, name: &str) -> Option<&Val> {
        self.variables.iter().rev().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    fn inner(&mut self, expr: &'a Expr) -> Evaluated {
        match &expr.node {
            Node::Value(value) => Ok(value.clone()),
            Node::Name(name) => match self.variable(name) {
                Some(value) => Ok(value.clone()),
                None => library::type_named(name)
                    .ok_or_else(|| Fault::Error(format!("undeclared reference to '{name}' (in container '')"))),
            },
            Node::Select(of, field, optional) => {
                let of = self.eval(of)?;
                find(&of, &Val::text(field), *optional)
            }
            Node::Index(of, index, optional) => {
                let (of, index) = (self.eval(of)?, self.eval(index)?);
                find(&of, &index, *optional)
            }
            Node::Has(of, field) => match self.eval(of)? {
                of @ Val::Map(_) => Ok(Val::Bool(of.field(field).is_some())),
                Val::Optional(inner) => Ok(Val::Bool(inner.is_some_and(|inner| inner.field(field).is_some()))),
                _ => Err(no_overload()),
            },
            Node::Call(target, name, args) => self.call(target.as_deref(), name, args),
            Node::List(items) => {
                let mut list = Vec::new();
                for (item, optional) in items {
                    match (self.eval(item)?, optional) {
                        (Val::Optional(inner), true) => list.extend(inner.map(|inner| (*inner).clone())),
                        (_, true) => return Err(no_overload()),
                        (value, false) => list.push(value),
                    }
                }
                Ok(Val::list(list))
            }
            Node::Map(items) => {
                let mut map = Vec::new();
                for (key, value, optional) in items {
                    let key = self.eval(key)?;
                    match (self.eval(value)?, optional) {
                        (Val::Optional(inner), true) => map.extend(inner.map(|inner| (key, (*inner).clone()))),
                        (_, true) => return Err(no_overload()),
                        (value, false) => map.push((key, value)),
                    }
                }
                Ok(Val::Map(Rc::new(map)))
            }
            Node::Not(of) => match self.eval(of)? {
                Val::Bool(value) => Ok(Val::Bool(!value)),
                _ => Err(no_overload()),
            },
            Node::Negative(of) => match self.eval(of)? {
                Val::Int(number) => number.checked_neg().map_or_else(|| fail("integer overflow"), |n| Ok(Val::Int(n))),
                Val::Double(number) => Ok(Val::Double(-number)),
                Val::Duration(nanos) => Ok(Val::Duration(-nanos)),
                _ => Err(no_overload()),
            },
            Node::Binary(sign @ ("&&" | "||"), a, b) => {
                let decides = *sign == "||";
                let mut junction = Junction { decides, fault: None };
                let left = self.eval(a);
                if !junction.add(left)? {
                    let right = self.eval(b);
                    if !junction.add(right)? {
                        return junction.end();
                    }
                }
                Ok(Val::Bool(decides))
            }
            Node::Binary(sign, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                self.pay((length(&a) + length(&b)) / 10)?;
                library::operate(sign, &a, &b)
            }
            Node::If(condition, yes, no) => match self.eval(condition)? {
                Val::Bool(true) => self.eval(yes),
                Val::Bool(false) => self.eval(no),
                _ => Err(no_overload()),
            },
            Node::Loop(inner) => self.looped(inner),
        }
    }

    fn call(&mut self, target: Option<&'a Expr>, name: &str, args: &'a [Expr]) -> Evaluated {
        let mut values = Vec::new();
        let mut space = "";
        match target {
            Some(Expr { node: Node::Name(found), .. })
                if library::SPACES.contains(&found.as_str()) && self.variable(found).is_none() =>
            {
                space = found;
            }
            Some(target) => values.push(self.eval(target)?),
            None => {}
        }
        // The alternative of an optional value is only looked at when it is needed.
        if let (Some(Val::Optional(inner)), "or" | "orValue", [other]) = (values.first(), name, args) {
            return match inner {
                Some(inner) if name == "orValue" => Ok((**inner).clone()),
                Some(inner) => Ok(Val::Optional(Some(inner.clone()))),
                None => self.eval(other),
            };
        }
        for arg in args {
            values.push(self.eval(arg)?);
        }
        // Patterns and sets go over one value for each part of the other.
        let sizes = values.iter().map(length);
        self.pay(match name {
            "matches" | "contains" | "intersects" | "equivalent" => {
                sizes.fold(1, |all: usize, size| all.saturating_mul(size / 10 + 1))
            }
            _ => sizes.sum::<usize>() / 10,
        })?;
        if space.is_empty() { library::call(name, &values) } else { library::call(&format!("{space}.{name}"), &values) }
    }

    /// Evaluates with more variables.
    fn with(&mut self, names: &'a [String], values: [&Val; 2], expr: &'a Expr) -> Evaluated {
        let before = self.variables.len();
        let values = values.into_iter().cloned();
        self.variables.extend(names.iter().map(String::as_str).zip(values));
        let value = self.eval(expr);
        self.variables.truncate(before);
        value
    }

    fn looped(&mut self, inner: &'a Loop) -> Evaluated {
        let over = self.eval(&inner.over)?;
        let names = &inner.names;
        match (inner.kind, &over, &inner.body) {
            ("optMap" | "optFlatMap", Val::Optional(None), _) => return Ok(over),
            ("optMap", Val::Optional(Some(value)), Some(body)) => {
                return Ok(Val::Optional(Some(Rc::new(self.with(names, [value, &Val::Null], body)?))));
            }
            ("optFlatMap", Val::Optional(Some(value)), Some(body)) => {
                return self.with(names, [value, &Val::Null], body);
            }
            _ => {}
        }
        let entries: Vec<(Val, Val)> = match (&over, names.len()) {
            (Val::List(items, _), 1) => items.iter().map(|item| (item.clone(), Val::Null)).collect(),
            (Val::List(items, _), _) => (0..).map(Val::Int).zip(items.iter().cloned()).collect(),
            (Val::Map(entries), _) => entries.to_vec(),
            _ => return Err(no_overload()),
        };
        let mut junction = Junction { decides: inner.kind == "exists", fault: None };
        let (mut list, mut map) = (Vec::new(), Vec::new());
        for (first, second) in &entries {
            let condition = match &inner.condition {
                Some(condition) => self.with(names, [first, second], condition),
                None => Ok(Val::Bool(true)),
            };
            if matches!(inner.kind, "all" | "exists") {
                if junction.add(condition)? {
                    return Ok(Val::Bool(junction.decides));
                }
                continue;
            }
            match condition? {
                Val::Bool(true) => {}
                Val::Bool(false) => continue,
                _ => return Err(no_overload()),
            }
            let value = match &inner.body {
                Some(body) => self.with(names, [first, second], body)?,
                None => first.clone(),
            };
            match (inner.kind, value) {
                ("transformMap", value) => map.push((first.clone(), value)),
                ("transformMapEntry", Val::Map(entries)) => {
                    for (key, value) in entries.iter() {
                        self.pay(map.len() / 10)?;
                        if map.iter().any(|(known, _)| known == key) {
                            return fail(format!(
                                "insert failed: key {} already exists",
                                library::text_of(key).unwrap_or_default()
                            ));
                        }
                        map.push((key.clone(), value.clone()));
                    }
                }
                ("transformMapEntry", _) => return Err(no_overload()),
                ("sortBy", value) => map.push((value, first.clone())),
                (_, value) => list.push(value),
            }
        }
        match inner.kind {
            "all" | "exists" => junction.end(),
            "exists_one" => Ok(Val::Bool(list.len() == 1)),
            "transformMap" | "transformMapEntry" => Ok(Val::Map(Rc::new(map))),
            "sortBy" => {
                library::sort(&mut map, |(key, _)| key)?;
                Ok(Val::list(map.into_iter().map(|(_, value)| value).collect()))
            }
            _ => Ok(Val::list(list)),
        }
    }
}

/// Values joined by "and" or "or": one that decides makes up for the faults of others.
struct Junction {
    decides: bool,
    fault: Option<Fault>,
}

impl Junction {
    /// Whether this value decides.
    fn add(&mut self, value: Evaluated) -> Result<bool, Fault> {
        let fault = match value {
            Ok(Val::Bool(value)) => return Ok(value == self.decides),
            Ok(_) => no_overload(),
            Err(fault @ Fault::Error(_)) => fault,
            Err(fault) => return Err(fault),
        };
        self.fault.get_or_insert(fault);
        Ok(false)
    }

    fn end(self) -> Evaluated {
        self.fault.map_or(Ok(Val::Bool(!self.decides)), Err)
    }
}

/// How much there is to go over.
fn length(value: &Val) -> usize {
    match value {
        Val::Text(text) => text.len(),
        Val::List(items, _) => items.len() * 10,
        Val::Map(entries) => entries.len() * 10,
        _ => 0,
    }
}

/// What stands at a key or an index.
fn find(of: &Val, key: &Val, optional: bool) -> Evaluated {
    let found = match of {
        Val::Optional(None) => return Ok(Val::Optional(None)),
        Val::Optional(Some(inner)) => return find(inner, key, true),
        Val::List(items, _) => match key {
            Val::Int(at) => usize::try_from(*at).ok().and_then(|at| items.get(at)),
            Val::Uint(at) => usize::try_from(*at).ok().and_then(|at| items.get(at)),
            _ => return Err(no_overload()),
        },
        Val::Map(_) => of.at(key),
        _ => return Err(no_overload()),
    };
    match found {
        Some(found) if optional => Ok(Val::Optional(Some(Rc::new(found.clone())))),
        Some(found) => Ok(found.clone()),
        None if optional => Ok(Val::Optional(None)),
        None => {
            let what = if matches!(of, Val::List(..)) { "index out of bounds" } else { "no such key" };
            fail(format!("{what}: {}", library::text_of(key).unwrap_or_default()))
        }
    }
}
