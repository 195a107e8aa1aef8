//! Lists and sets.
//!
//! Models `github.com/google/cel-go/ext/lists.go`, `sets.go` and `k8s.io/apiserver/pkg/cel/library/lists.go`.

use super::super::eval::{Fault, fail, no_overload};
use super::super::value::Val;
use super::{LONGEST, operate, short};
use crate::base::Order;
use std::cmp::Ordering;
use std::rc::Rc;

/// Longer lists are not compared item by item.
const MOST_COMPARED: usize = 10_000;
/// Lists in lists are not opened deeper than this.
const DEEPEST: i64 = 60;

/// The numbers from 0 to before `end`.
pub(super) fn range(end: i64) -> Result<Val, Fault> {
    if end > LONGEST as i64 / 10 { Err(Fault::Cost) } else { Ok(Val::list((0..end).map(Val::Int).collect())) }
}

/// Sorts by values that can be compared with each other.
pub fn sort<T>(items: &mut [T], key: impl Fn(&T) -> &Val) -> Result<(), Fault> {
    let mut pairs = items.windows(2).map(|pair| match pair {
        [a, b] => key(a).kind() == key(b).kind() && key(a).partial_cmp(key(b)).is_some(),
        _ => true,
    });
    if !pairs.all(|comparable| comparable) {
        return fail("list elements must have the same type");
    }
    items.order_by(|a, b| key(a).partial_cmp(key(b)).unwrap_or(Ordering::Equal));
    Ok(())
}

fn flat(items: &[Val], depth: i64) -> Result<Val, Fault> {
    fn walk(items: &[Val], depth: i64, found: &mut Vec<Val>) -> Result<(), Fault> {
        for item in items {
            match item {
                Val::List(inner, _) if depth > 0 => walk(inner, depth - 1, found)?,
                other if found.len() < LONGEST => found.push(other.clone()),
                _ => return Err(Fault::Cost),
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(items, depth.min(DEEPEST), &mut found)?;
    Ok(Val::list(found))
}

fn out_of_range(from: i64, to: i64, length: usize) -> String {
    if from < 0 || to < 0 {
        format!("cannot slice({from}, {to}), negative indexes not supported")
    } else if from > to {
        format!("cannot slice({from}, {to}), start index must be less than or equal to end index")
    } else {
        format!("cannot slice({from}, {to}), list is length {length}")
    }
}

/// The value of a function of a list.
pub(super) fn call(name: &str, items: &[Val], rest: &[Val]) -> Result<Val, Fault> {
    let place = |found: Option<usize>| Val::Int(found.map_or(-1, |at| at as i64));
    let ordered = |wanted: Ordering| -> Result<Val, Fault> {
        let mut best = match items.first() {
            Some(first) => first,
            None => return fail(format!("{name} called on empty list")),
        };
        for item in items {
            if item.partial_cmp(best).ok_or_else(no_overload)? == wanted {
                best = item;
            }
        }
        Ok(best.clone())
    };
    let found = match (name, rest) {
        ("size", []) => Val::Int(items.len() as i64),
        ("min", []) => return ordered(Ordering::Less),
        ("max", []) => return ordered(Ordering::Greater),
        ("sum", []) => {
            let Some((first, rest)) = items.split_first() else { return Ok(Val::Int(0)) };
            return rest.iter().try_fold(first.clone(), |sum, item| operate("+", &sum, item));
        }
        ("isSorted", []) => Val::Bool(items.is_sorted()),
        ("first", []) => Val::Optional(items.first().map(|item| Rc::new(item.clone()))),
        ("last", []) => Val::Optional(items.last().map(|item| Rc::new(item.clone()))),
        ("reverse", []) => Val::list(items.iter().rev().cloned().collect()),
        ("slice", [Val::Int(from), Val::Int(to)]) => {
            let part = usize::try_from(*from).ok().zip(usize::try_from(*to).ok());
            match part.and_then(|(from, to)| items.get(from..to)) {
                Some(part) => Val::list(part.to_vec()),
                None => return fail(out_of_range(*from, *to, items.len())),
            }
        }
        ("flatten", []) => flat(items, 1)?,
        ("flatten", [Val::Int(depth)]) if *depth < 0 => return fail("level must be non-negative"),
        ("flatten", [Val::Int(depth)]) => flat(items, *depth)?,
        ("distinct", []) => {
            // Each is compared with all before it.
            if items.len() > MOST_COMPARED {
                return Err(Fault::Cost);
            }
            let mut found: Vec<Val> = Vec::new();
            for item in items {
                if !found.contains(item) {
                    found.push(item.clone());
                }
            }
            Val::list(found)
        }
        ("sort", []) => {
            let mut sorted = items.to_vec();
            sort(&mut sorted, |item| item)?;
            Val::list(sorted)
        }
        ("unwrapOpt" | "optional.unwrap", []) => {
            let inner = items.iter().filter_map(|item| match item {
                Val::Optional(inner) => inner.as_deref().cloned(),
                other => Some(other.clone()),
            });
            Val::list(inner.collect())
        }
        ("indexOf", [value]) => place(items.iter().position(|item| item == value)),
        ("lastIndexOf", [value]) => place(items.iter().rposition(|item| item == value)),
        ("join", [] | [Val::Text(_)]) => {
            let texts = items.iter().map(|item| match item {
                Val::Text(text) => Ok(&**text),
                _ => Err(no_overload()),
            });
            let by = match rest {
                [Val::Text(by)] => by,
                _ => "",
            };
            return short(texts.collect::<Result<Vec<&str>, Fault>>()?.join(by));
        }
        ("sets.contains", [Val::List(others, _)]) => Val::Bool(others.iter().all(|other| items.contains(other))),
        ("sets.intersects", [Val::List(others, _)]) => Val::Bool(others.iter().any(|other| items.contains(other))),
        ("sets.equivalent", [Val::List(others, _)]) => Val::Bool(
            others.iter().all(|other| items.contains(other)) && items.iter().all(|item| others.contains(item)),
        ),
        _ => return Err(no_overload()),
    };
    Ok(found)
}
