//! Making patches: what changed between two objects.

use super::super::error::go_value;
use super::{DELETE, DELETE_FROM_LIST, DIRECTIVE, RETAIN_KEYS, SET_ELEMENT_ORDER};
use super::{PatchError, holds_objects, keyed, meta_of_list, meta_of_object, order};
use crate::api::schema::Ty;
use crate::base::Order;
use crate::base::{Fields, Value};
use std::cmp::Ordering;

/// What to leave out.
#[derive(Clone, Copy, Default)]
pub(super) struct Options {
    /// Leave out changes and additions.
    pub no_changes: bool,
    /// Leave out deletions.
    pub no_deletions: bool,
    /// Write `$retainKeys` for this object.
    pub retain_keys: bool,
}

/// Models `diffMaps`.
pub(super) fn maps(original: &Fields, modified: &Fields, ty: &Ty, options: Options) -> Result<Fields, PatchError> {
    let mut patch = Fields::new();
    for (key, new) in modified {
        match (original.get(key), new) {
            (Some(Value::Object(old)), Value::Object(new)) => objects(key, old, new, ty, options, &mut patch)?,
            (Some(Value::Array(old)), Value::Array(new)) => lists(key, old, new, ty, options, &mut patch)?,
            (Some(old), new) if old == new => {}
            _ if options.no_changes => {}
            _ => {
                patch.insert(key.clone(), new.clone());
            }
        }
    }
    let gone = |key: &&String| !modified.contains_key(*key);
    if !options.no_deletions {
        patch.extend(original.keys().filter(gone).map(|key| (key.clone(), Value::Null)));
    }
    if options.retain_keys {
        let dropped = original.iter().any(|(key, value)| !value.is_null() && gone(&key));
        let kept: Vec<Value> =
            modified.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| Value::from(key.as_str())).collect();
        if !kept.is_empty() && (dropped || !patch.is_empty()) {
            patch.insert(RETAIN_KEYS.to_owned(), Value::Array(kept));
        }
    }
    Ok(patch)
}

/// Models `handleMapDiff`.
fn objects(
    key: &str,
    old: &Fields,
    new: &Fields,
    ty: &Ty,
    options: Options,
    patch: &mut Fields,
) -> Result<(), PatchError> {
    let meta = match meta_of_object(ty, key) {
        Ok(meta) => meta,
        Err(_) if old == new => return Ok(()),
        Err(error) => return Err(error),
    };
    let inner = if !meta.strategy.replace {
        maps(old, new, meta.ty, Options { retain_keys: meta.strategy.retain_keys, ..options })?
    } else if options.no_changes {
        Fields::new()
    } else {
        new.clone()
    };
    if !inner.is_empty() || meta.strategy.replace && !options.no_changes {
        patch.insert(key.to_owned(), Value::Object(inner));
    }
    Ok(())
}

/// Models `handleSliceDiff`.
fn lists(
    key: &str,
    old: &[Value],
    new: &[Value],
    ty: &Ty,
    options: Options,
    patch: &mut Fields,
) -> Result<(), PatchError> {
    let meta = match meta_of_list(ty, key) {
        Ok(meta) => meta,
        Err(_) if old == new => return Ok(()),
        Err(error) => return Err(error),
    };
    if !meta.strategy.merge {
        if !options.no_changes && old != new {
            patch.insert(key.to_owned(), Value::Array(new.to_vec()));
        }
        return Ok(());
    }
    let options = Options { retain_keys: meta.strategy.retain_keys, ..options };
    let parts = merged_lists(old, new, meta.ty, meta.merge_key.unwrap_or_default(), options)?;
    let entries = [
        (key.to_owned(), parts.changes),
        (format!("{DELETE_FROM_LIST}/{key}"), parts.deletions),
        (format!("{SET_ELEMENT_ORDER}/{key}"), parts.order),
    ];
    patch.extend(entries.into_iter().filter(|(_, list)| !list.is_empty()).map(|(key, list)| (key, Value::Array(list))));
    Ok(())
}

#[derive(Default)]
struct ListPatch {
    changes: Vec<Value>,
    deletions: Vec<Value>,
    order: Vec<Value>,
}

/// Models `diffLists`.
fn merged_lists(old: &[Value], new: &[Value], ty: &Ty, key: &str, options: Options) -> Result<ListPatch, PatchError> {
    if old.is_empty() {
        let changes = if options.no_changes { Vec::new() } else { new.to_vec() };
        return Ok(ListPatch { changes, ..ListPatch::default() });
    }
    if !holds_objects([old, new])? {
        return Ok(scalars(old, new, options));
    }
    let (changes, deletions) = items(old, new, ty, key, options)?;
    let mut changes = order::sorted(changes, new, Some(key))?;
    let mut same = old.len() == new.len();
    for (old, new) in old.iter().zip(new) {
        same = same && keyed(old, key)?.1 == keyed(new, key)?.1;
    }
    changes.extend(deletions);
    let wanted = !options.no_changes && (!changes.is_empty() || !same) || !options.no_deletions && !changes.is_empty();
    let only_key = |item| {
        keyed(item, key).map(|(_, value)| Value::Object([(key.to_owned(), value.clone())].into_iter().collect()))
    };
    let order = if wanted { new.iter().map(only_key).collect::<Result<_, _>>()? } else { Vec::new() };
    Ok(ListPatch { changes, deletions: Vec::new(), order })
}

/// Models `diffListsOfScalars`, which sorts the old list in place, so that an unsorted list counts as changed.
fn scalars(old: &[Value], new: &[Value], options: Options) -> ListPatch {
    let (sorted_old, sorted_new) = (by_text(old, go_value), by_text(new, go_value));
    let (mut added, mut deletions) = (Vec::new(), Vec::new());
    walk(&sorted_old, &sorted_new, |old, new| {
        match (old, new) {
            (Some((_, old)), None) if !options.no_deletions && !deletions.contains(*old) => {
                deletions.push((*old).clone())
            }
            (None, Some((_, new))) if !options.no_changes => added.push((*new).clone()),
            _ => {}
        }
        Ok(())
    })
    .unwrap_or_default();
    let changed = !sorted_old.iter().map(|(_, value)| *value).eq(new);
    let ordered = !options.no_deletions && !deletions.is_empty() || !options.no_changes && changed;
    let changes = order::sorted(added, new, None).unwrap_or_default();
    ListPatch { changes, deletions, order: if ordered { new.to_vec() } else { Vec::new() } }
}

/// Models `diffListsOfMaps`: changed and added items, and directives for the deleted.
fn items(
    old: &[Value],
    new: &[Value],
    ty: &Ty,
    key: &str,
    options: Options,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let text = |item: &Value| item.get(key).map_or_else(|| "<nil>".to_owned(), go_value);
    let (old, new) = (by_text(old, text), by_text(new, text));
    let (mut patch, mut deletions) = (Vec::new(), Vec::new());
    walk(&old, &new, |old, new| {
        match (old, new) {
            (Some((_, old)), Some((_, new))) => {
                let ((old, _), (new, value)) = (keyed(old, key)?, keyed(new, key)?);
                let mut inner = maps(old, new, ty, options)?;
                if !inner.is_empty() {
                    inner.insert(key.to_owned(), value.clone());
                    patch.push(Value::Object(inner));
                }
            }
            (None, Some((_, new))) => {
                keyed(new, key)?;
                if !options.no_changes {
                    patch.push((*new).clone());
                }
            }
            (Some((_, old)), None) => {
                let (_, value) = keyed(old, key)?;
                if !options.no_deletions {
                    let directive = [(key.to_owned(), value.clone()), (DIRECTIVE.to_owned(), Value::from(DELETE))];
                    deletions.push(Value::Object(directive.into_iter().collect()));
                }
            }
            (None, None) => {}
        }
        Ok(())
    })?;
    Ok((patch, deletions))
}

type Texted<'a> = (String, &'a Value);

fn by_text(list: &[Value], text: impl Fn(&Value) -> String) -> Vec<Texted<'_>> {
    let mut texted: Vec<Texted<'_>> = list.iter().map(|value| (text(value), value)).collect();
    texted.order_by(|a, b| a.0.cmp(&b.0));
    texted
}

/// Walks two sorted lists side by side.
fn walk<'a>(
    old: &[Texted<'a>],
    new: &[Texted<'a>],
    mut step: impl FnMut(Option<&Texted<'a>>, Option<&Texted<'a>>) -> Result<(), PatchError>,
) -> Result<(), PatchError> {
    let (mut i, mut j) = (0, 0);
    loop {
        let (left, right) = (old.get(i), new.get(j));
        let order = match (left, right) {
            (None, None) => return Ok(()),
            (Some(left), Some(right)) => left.0.cmp(&right.0),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        };
        match order {
            Ordering::Equal => step(left, right)?,
            Ordering::Less => step(left, None)?,
            Ordering::Greater => step(None, right)?,
        }
        i += usize::from(order != Ordering::Greater);
        j += usize::from(order != Ordering::Less);
    }
}
