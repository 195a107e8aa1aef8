//! What differs between two moments, object by object and field by field.

use super::card_key;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::base::Order;
use crate::base::{Str, Value};
use crate::msg;
use crate::sim::World;
use crate::sim::history::{Difference, compare};
use crate::view::model::time::{ComparisonView, DifferenceView, FieldChange};
use crate::view::model::{Text, Tone};
use std::collections::BTreeMap;

/// Objects that are listed.
const ROWS: usize = 300;
/// Fields that are listed of one object.
const FIELDS: usize = 30;
/// Letters of a value that are shown.
const LETTERS: usize = 120;

/// Fields that differ between any two writes and say nothing.
const SILENT: [&str; 2] = ["metadata.resourceVersion", "metadata.managedFields"];

/// What `after` has otherwise than `before`.
pub fn build(before: &World, after: &World) -> ComparisonView {
    let mut view = ComparisonView::default();
    let mut pods: BTreeMap<Str, (usize, usize)> = BTreeMap::new();
    for (key, difference) in compare(before, after) {
        match difference {
            Difference::Added => view.added += 1,
            Difference::Removed => view.removed += 1,
            Difference::Changed | Difference::Replaced => view.changed += 1,
        }
        if key.kind == Kind::POD {
            count_replaced(&mut pods, [before, after], &key, difference);
        }
        if view.rows.len() < ROWS {
            view.rows.push(row([before, after], key, difference));
        } else {
            view.more += 1;
        }
    }
    view.replaced =
        pods.into_iter().map(|(owner, (gone, came))| (owner, gone.min(came))).filter(|(_, count)| *count > 0).collect();
    // What was changed says more than what came and went with it, or than what is worked out from it.
    view.rows.order_by_key(|row| match row.tone {
        _ if row.kind.starts_with("Endpoint") => 3,
        Tone::Pending => 0,
        _ if &*row.kind == "Pod" => 2,
        _ => 1,
    });
    view
}

/// Counts the pods of each owner that went and that came.
fn count_replaced(pods: &mut BTreeMap<Str, (usize, usize)>, worlds: [&World; 2], key: &Key, difference: Difference) {
    let owner = |world: &World| {
        let pod = world.api.store().get(key).and_then(|object| Pod::of(object))?;
        pod.meta.controller().map(|owner| base_name(&owner.name))
    };
    if matches!(difference, Difference::Removed | Difference::Replaced)
        && let Some(owner) = owner(worlds[0])
    {
        pods.entry(owner).or_default().0 += 1;
    }
    if matches!(difference, Difference::Added | Difference::Replaced)
        && let Some(owner) = owner(worlds[1])
    {
        pods.entry(owner).or_default().1 += 1;
    }
}

/// `web` of the ReplicaSet `web-66b9c7d5f8`: the pods of one revision give way to those of the next.
fn base_name(owner: &str) -> Str {
    match owner.rsplit_once('-') {
        Some((stem, hash)) if hash.len() >= 8 && hash.chars().all(|c| c.is_ascii_alphanumeric()) => stem.into(),
        _ => owner.into(),
    }
}

fn row(worlds: [&World; 2], key: Key, difference: Difference) -> DifferenceView {
    let (tone, what) = match difference {
        Difference::Added => (Tone::Ok, msg!("time.added")),
        Difference::Removed => (Tone::Gone, msg!("time.removed")),
        Difference::Changed => (Tone::Pending, msg!("time.changed")),
        Difference::Replaced => (Tone::Pending, msg!("time.made-anew")),
    };
    let name = match &*key.namespace {
        "" | "default" => key.name.clone(),
        namespace => format!("{namespace}/{}", key.name).into(),
    };
    let mut fields = Vec::new();
    if difference == Difference::Changed {
        let [old, new] = worlds.map(|world| world.api.store().get(&key).map(|object| object.to_value()));
        if let (Some(old), Some(new)) = (old, new) {
            differing(&mut fields, "", Some(&old), Some(&new));
        }
    }
    DifferenceView {
        card: card_key(&key),
        kind: key.kind.info().kind.into(),
        name,
        tone,
        what: Text::from(what),
        fields,
    }
}

/// Lists the leaves at which two values differ. Items of lists are told apart by `name` or `type` where they have one.
fn differing(fields: &mut Vec<FieldChange>, path: &str, old: Option<&Value>, new: Option<&Value>) {
    if old == new || fields.len() >= FIELDS || SILENT.contains(&path) {
        return;
    }
    let inside = |path: &str, key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (old, new) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let added = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(added) {
                differing(fields, &inside(path, key), a.get(key), b.get(key));
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            let names = |items: &[Value]| items.iter().enumerate().map(|(i, item)| label(item, i)).collect::<Vec<_>>();
            let (of_a, of_b) = (names(a), names(b));
            for (index, name) in of_a.iter().enumerate() {
                let other = of_b.iter().position(|other| other == name).and_then(|at| b.get(at));
                differing(fields, &format!("{path}[{name}]"), a.get(index), other);
            }
            for (index, name) in of_b.iter().enumerate().filter(|(_, name)| !of_a.contains(name)) {
                differing(fields, &format!("{path}[{name}]"), None, b.get(index));
            }
        }
        _ => fields.push(FieldChange { path: path.into(), old: old.map(short), new: new.map(short) }),
    }
}

/// What an item of a list is called.
fn label(item: &Value, index: usize) -> String {
    let name = ["name", "type", "uid", "ip"].iter().find_map(|key| item.get(*key).and_then(Value::as_str));
    name.map_or_else(|| index.to_string(), str::to_owned)
}

fn short(value: &Value) -> Str {
    // What is made of many is not spelt out.
    match value {
        Value::Object(fields) if fields.len() > 2 => return "{…}".into(),
        Value::Array(items) if items.len() > 3 => return "[…]".into(),
        _ => {}
    }
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
