//! Strategic merge patches: JSON merge patches that know which lists are merged item by item, and by which key.
//!
//! [`diff`] makes patches, [`merge`] applies them, [`order`] keeps lists in the order that their owner wants; this file is
//! the door. Directives in a patch: `$patch: delete|replace` in an object, `$deleteFromPrimitiveList/field`,
//! `$setElementOrder/field` and `$retainKeys` beside the fields.
//!
//! Models `k8s.io/apimachinery/pkg/util/strategicpatch`.

mod diff;
mod merge;
mod order;

use super::PatchError;
use super::error::go_value;
use crate::api::schema::{self, PatchStrategy, Ty, TypeId};
use crate::base::{Fields, Value};

const DIRECTIVE: &str = "$patch";
const DELETE: &str = "delete";
const REPLACE: &str = "replace";
const MERGE: &str = "merge";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList";
const SET_ELEMENT_ORDER: &str = "$setElementOrder";

/// Applies a patch to an object of this type, as the API server does.
///
/// Models `StrategicMergeMapPatch`.
pub fn apply(ty: TypeId, original: &Value, patch: &Value) -> Result<Value, PatchError> {
    let options = merge::Options { patches: false };
    merge::maps(object(original)?.clone(), object(patch)?.clone(), &Ty::Named(ty), options).map(Value::Object)
}

/// The patch that makes `modified` out of `original`.
///
/// Models `CreateTwoWayMergePatch`.
pub fn two_way(ty: TypeId, original: &Value, modified: &Value) -> Result<Value, PatchError> {
    let options = diff::Options::default();
    diff::maps(object(original)?, object(modified)?, &Ty::Named(ty), options).map(Value::Object)
}

/// The patch of `kubectl apply`: what `original` (last applied) had and `modified` (the file) lacks is deleted; what
/// `modified` has and `current` (live) has otherwise is set; what only `current` has stays.
///
/// Models `CreateThreeWayMergePatch` with `overwrite` and the preconditions of kubectl's `Patcher`.
///
/// # Errors
/// [`PatchError::Precondition`] if apiVersion, kind or name differ.
pub fn three_way(ty: TypeId, original: &Value, modified: &Value, current: &Value) -> Result<Value, PatchError> {
    let (modified, ty) = (object(modified)?, &Ty::Named(ty));
    let changes = diff::Options { no_deletions: true, ..diff::Options::default() };
    let changes = diff::maps(object(current)?, modified, ty, changes)?;
    let deletions = diff::Options { no_changes: true, ..diff::Options::default() };
    let deletions = diff::maps(object(original)?, modified, ty, deletions)?;
    let patch = Value::Object(merge::maps(deletions, changes, ty, merge::Options { patches: true })?);
    let identity = ["/apiVersion", "/kind", "/metadata/name"];
    if identity.iter().any(|pointer| patch.pointer(pointer).is_some()) {
        return Err(PatchError::Precondition { patch: go_value(&patch) });
    }
    Ok(patch)
}

fn object(value: &Value) -> Result<&Fields, PatchError> {
    value.as_object().ok_or(PatchError::BadDocument)
}

/// What the schema says of a field.
struct Meta {
    ty: &'static Ty,
    strategy: PatchStrategy,
    merge_key: Option<&'static str>,
}

/// What the schema says of the field `key` of an object of type `ty`. Maps and free JSON know no strategies.
///
/// Models `LookupPatchMetadataForStruct`.
fn meta_of_object(ty: &Ty, key: &str) -> Result<Meta, PatchError> {
    const FREE: Meta = Meta {
        ty: &Ty::Any,
        strategy: PatchStrategy { merge: false, retain_keys: false, replace: false },
        merge_key: None,
    };
    match ty.base() {
        Ty::Named(id) => {
            let field = schema::field(*id, key);
            let field = field.ok_or_else(|| PatchError::NoField { of: id.struct_name(), name: key.to_owned() })?;
            Ok(Meta { ty: &field.ty, strategy: field.patch_strategy, merge_key: field.merge_key })
        }
        _ => Ok(FREE),
    }
}

/// The same for a list: the type is that of its items.
///
/// Models `LookupPatchMetadataForSlice`.
fn meta_of_list(ty: &Ty, key: &str) -> Result<Meta, PatchError> {
    let meta = meta_of_object(ty, key)?;
    match meta.ty.base() {
        Ty::List(item) => Ok(Meta { ty: item, ..meta }),
        _ => Ok(Meta { ty: &Ty::Any, ..meta }),
    }
}

/// Whether the lists hold objects. Items of several types, lists in lists and no items at all are errors.
///
/// Models `sliceElementType`.
fn holds_objects(lists: [&[Value]; 2]) -> Result<bool, PatchError> {
    let mut items = lists.into_iter().flatten();
    let first = items.next().ok_or_else(|| PatchError::Other("no elements in any of the given slices".to_owned()))?;
    if first.is_array() {
        return Err(PatchError::ListOfLists);
    }
    let same = |item: &Value| std::mem::discriminant(item) == std::mem::discriminant(first);
    if !items.all(same) {
        let lists = Value::Array(lists.map(|list| Value::Array(list.to_vec())).to_vec());
        return Err(PatchError::Other(format!("list element types are not identical: {}", go_value(&lists))));
    }
    Ok(first.is_object())
}

/// The item as an object that has the merge key, and the key's value.
fn keyed<'a>(item: &'a Value, merge_key: &str) -> Result<(&'a Fields, &'a Value), PatchError> {
    let fields = item.as_object().ok_or_else(|| PatchError::wrong_type("map[string]interface {}", item))?;
    let value = fields.get(merge_key).ok_or_else(|| PatchError::no_merge_key(fields, merge_key))?;
    Ok((fields, value))
}

#[cfg(test)]
mod tests;
