//! Applying patches; also laying one patch over another, which keeps the directives.

use super::super::error::{go_fields, go_value};
use super::{DELETE, DELETE_FROM_LIST, DIRECTIVE, MERGE, Meta, REPLACE, RETAIN_KEYS, SET_ELEMENT_ORDER};
use super::{PatchError, holds_objects, keyed, meta_of_list, meta_of_object, order};
use crate::api::schema::Ty;
use crate::base::{Fields, Value};

/// What is merged.
#[derive(Clone, Copy)]
pub(super) struct Options {
    /// The original is a patch itself: directives and nulls of both are kept.
    pub patches: bool,
}

/// Models `mergeMap`.
pub(super) fn maps(mut original: Fields, mut patch: Fields, ty: &Ty, options: Options) -> Result<Fields, PatchError> {
    if let Some(directive) = patch.remove(DIRECTIVE) {
        return match directive.as_str() {
            Some(REPLACE) => Ok(patch),
            Some(DELETE) => Ok(Fields::new()),
            _ => {
                patch.insert(DIRECTIVE.to_owned(), directive.clone());
                Err(unknown_directive(&directive, &patch))
            }
        };
    }
    retain_keys(&mut original, &mut patch, options)?;
    ordered_lists(&mut original, &mut patch, ty, options)?;
    for (key, value) in patch {
        let deletion = key.strip_prefix(DELETE_FROM_LIST);
        if deletion.is_some() && options.patches {
            original.insert(key, value);
            continue;
        }
        let name = match deletion {
            Some(rest) => rest.strip_prefix('/').ok_or(PatchError::BadPrimitiveList)?,
            None => &key,
        };
        if let Some(new) = field(original.remove(name), value, name, deletion.is_some(), ty, options)? {
            original.insert(name.to_owned(), new);
        }
    }
    Ok(original)
}

/// The new value of one field; `None` if it goes away.
fn field(
    old: Option<Value>,
    new: Value,
    name: &str,
    deletion: bool,
    ty: &Ty,
    options: Options,
) -> Result<Option<Value>, PatchError> {
    match (old, new) {
        (_, Value::Null) => Ok(options.patches.then_some(Value::Null)),
        (Some(Value::Object(old)), Value::Object(new)) => {
            let meta = meta_of_object(ty, name)?;
            if meta.strategy.replace {
                return Ok(Some(Value::Object(new)));
            }
            maps(old, new, meta.ty, options).map(|fields| Some(Value::Object(fields)))
        }
        (Some(Value::Array(old)), Value::Array(new)) => {
            let meta = meta_of_list(ty, name)?;
            lists(old, new, &meta, deletion, options).map(|merged| Some(Value::Array(merged.items)))
        }
        (old, _) if deletion => Ok(old),
        (None, new) => Ok(added(new, options)),
        (Some(old), new) if std::mem::discriminant(&old) == std::mem::discriminant(&new) => Ok(without_directives(new)),
        (Some(_), new) => Ok(added(new, options)),
    }
}

/// A value that the original has not, or has of another type.
fn added(mut value: Value, options: Options) -> Option<Value> {
    if !options.patches {
        discard_nulls(&mut value);
    }
    without_directives(value)
}

/// Models `applyRetainKeysDirective`.
fn retain_keys(original: &mut Fields, patch: &mut Fields, options: Options) -> Result<(), PatchError> {
    let Some(directive) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    if options.patches {
        let kept = original.entry(RETAIN_KEYS).or_insert_with(|| directive.clone());
        return if *kept == directive {
            Ok(())
        } else {
            let (kept, new) = (go_value(kept), go_value(&directive));
            Err(PatchError::Other(format!(
                "{kept} and {new} are not deep equal: this may happen when calculating the 3-way diff patch"
            )))
        };
    }
    let keys = directive.as_array().ok_or(PatchError::BadRetainKeys)?;
    let retained = |key: &str| keys.iter().any(|retained| retained == key);
    let beside = |key: &str| key.starts_with(DELETE_FROM_LIST) || key.starts_with(SET_ELEMENT_ORDER);
    if patch.iter().any(|(key, value)| !value.is_null() && !beside(key) && !retained(key)) {
        return Err(PatchError::BadRetainKeys);
    }
    original.retain(|key, _| retained(key));
    Ok(())
}

/// Merges the lists for which the patch sets an order, and takes them out of the patch.
///
/// Models `mergePatchIntoOriginal`.
fn ordered_lists(original: &mut Fields, patch: &mut Fields, ty: &Ty, options: Options) -> Result<(), PatchError> {
    let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(SET_ELEMENT_ORDER)).cloned().collect();
    for directive in directives {
        let Some(wanted) = patch.remove(&directive) else { continue };
        if options.patches && *original.entry(directive.clone()).or_insert_with(|| wanted.clone()) != wanted {
            return Err(PatchError::BadElementOrder);
        }
        let wanted = list(wanted)?;
        let name = directive.strip_prefix(SET_ELEMENT_ORDER).and_then(|rest| rest.strip_prefix('/'));
        let name = name.ok_or(PatchError::BadElementOrder)?;
        let live = original.get(name).cloned().map(list).transpose()?;
        let new = patch.get(name).cloned().map(list).transpose()?;
        let meta = meta_of_list(ty, name)?;
        check_order(new.as_deref().unwrap_or_default(), &wanted, meta.merge_key)?;
        if live.is_none() && new.is_none() {
            continue;
        }
        holds_objects([live.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default()])?;
        let merged = match (live, new) {
            (Some(live), Some(new)) => lists(live, new, &meta, false, options)?,
            (Some(live), None) => Merged { seen: live.clone(), items: live },
            (None, new) => {
                let items = new.unwrap_or_default().into_iter().filter_map(without_directives).collect();
                Merged { items, seen: Vec::new() }
            }
        };
        let (mine, theirs) = order::partition(merged.items, &wanted, meta.merge_key)?;
        let items = order::interleaved(mine, theirs, &wanted, &merged.seen, meta.merge_key)?;
        original.insert(name.to_owned(), Value::Array(items));
        patch.remove(name);
    }
    Ok(())
}

fn list(value: Value) -> Result<Vec<Value>, PatchError> {
    match value {
        Value::Array(items) => Ok(items),
        other => Err(PatchError::wrong_type("[]interface {}", &other)),
    }
}

/// Models `validatePatchWithSetOrderList`.
fn check_order(patch: &[Value], wanted: &[Value], key: Option<&str>) -> Result<(), PatchError> {
    if patch.is_empty() || wanted.is_empty() {
        return Ok(());
    }
    let mut left = patch.iter().filter(|item| item.get(DIRECTIVE).is_none()).peekable();
    for place in wanted {
        let Some(item) = left.peek() else { return Ok(()) };
        let same = match key {
            Some(key) => keyed(item, key)?.1 == keyed(place, key)?.1,
            None => *item == place,
        };
        if same {
            left.next();
        }
    }
    match left.peek() {
        None => Ok(()),
        Some(_) => {
            let (patch, wanted) = (Value::Array(patch.to_vec()), Value::Array(wanted.to_vec()));
            Err(PatchError::Other(format!(
                "The order in patch list:\n{}\n doesn't match {SET_ELEMENT_ORDER} list:\n{}\n",
                go_value(&patch),
                go_value(&wanted)
            )))
        }
    }
}

/// A merged list.
struct Merged {
    items: Vec<Value>,
    /// What the live list looks like afterwards to whoever still holds it. Go deletes and appends in place, so that added
    /// items take the places that deleted ones left; `$setElementOrder` is carried out by this order.
    seen: Vec<Value>,
}

/// Models `mergeSliceHandler` and `mergeSlice`.
fn lists(
    mut original: Vec<Value>,
    patch: Vec<Value>,
    meta: &Meta,
    deletion: bool,
    options: Options,
) -> Result<Merged, PatchError> {
    if !meta.strategy.merge && !deletion {
        return Ok(Merged { items: patch, seen: original });
    }
    if original.is_empty() && patch.is_empty() {
        return Ok(Merged { items: Vec::new(), seen: original });
    }
    if !holds_objects([&original, &patch])? {
        if deletion {
            original.retain(|item| !patch.contains(item));
            return Ok(Merged { items: original.clone(), seen: original });
        }
        let mut all: Vec<Value> = Vec::with_capacity(original.len() + patch.len());
        for item in original.iter().chain(&patch) {
            if !all.contains(item) {
                all.push(item.clone());
            }
        }
        let (mine, theirs) = order::partition(all, &patch, None)?;
        let items = order::interleaved(mine, theirs, &patch, &original, None)?;
        return Ok(Merged { items, seen: original });
    }
    let Some(key) = meta.merge_key else {
        let name = meta.ty.as_struct().map_or_else(|| meta.ty.go_name(), |id| id.struct_name().to_owned());
        return Err(PatchError::Other(format!("cannot merge lists without merge key for {name}")));
    };
    let length = original.len();
    let (original, patch) = special_items(original, patch, key)?;
    let merged = items(original.clone(), &patch, key, meta.ty, options)?;
    let seen = merged.iter().take(length).cloned().collect();
    let (mine, theirs) = order::partition(merged, &patch, Some(key))?;
    Ok(Merged { items: order::interleaved(mine, theirs, &patch, &original, Some(key))?, seen })
}

/// Carries out `$patch` directives among the items; what is left of both lists.
///
/// Models `mergeSliceWithSpecialElements`.
fn special_items(original: Vec<Value>, patch: Vec<Value>, key: &str) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let (mut original, mut plain, mut replace) = (original, Vec::new(), false);
    for item in patch {
        let directive =
            item.get(DIRECTIVE).map(|directive| directive.as_str().map(str::to_owned).ok_or(directive.clone()));
        match directive {
            None => plain.push(item),
            Some(Ok(text)) if text == DELETE => {
                let (_, value) = keyed(&item, key)?;
                original.retain(|item| item.get(key) != Some(value));
            }
            Some(Ok(text)) if text == REPLACE => replace = true,
            Some(Ok(text)) if text == MERGE => {
                return Err(PatchError::Other("merging lists cannot yet be specified in the patch".to_owned()));
            }
            Some(other) => {
                let directive = other.map_or_else(|value| value, Value::from);
                return Err(unknown_directive(&directive, item.as_object().unwrap_or(&Fields::new())));
            }
        }
    }
    Ok(if replace { (plain, Vec::new()) } else { (original, plain) })
}

/// Models `mergeSliceWithoutSpecialElements`.
fn items(
    mut original: Vec<Value>,
    patch: &[Value],
    key: &str,
    ty: &Ty,
    options: Options,
) -> Result<Vec<Value>, PatchError> {
    for item in patch {
        let (fields, value) = keyed(item, key)?;
        match original.iter_mut().find(|old| old.get(key) == Some(value)) {
            Some(slot) => {
                let Value::Object(old) = slot.take() else { continue };
                *slot = Value::Object(maps(old, fields.clone(), ty, options)?);
            }
            None => original.push(item.clone()),
        }
    }
    Ok(original)
}

fn unknown_directive(directive: &Value, item: &Fields) -> PatchError {
    PatchError::UnknownDirective { directive: go_value(directive), item: go_fields(item) }
}

/// The value without objects that carry a `$patch` directive; `None` if it is one itself.
///
/// Models `removeDirectives`.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(fields) if fields.contains_key(DIRECTIVE) => None,
        Value::Object(fields) => {
            let kept = fields.into_iter().filter_map(|(key, value)| Some((key, without_directives(value)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(without_directives).collect())),
        other => Some(other),
    }
}

/// Models `discardNullValuesFromPatch`.
fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(discard_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}
