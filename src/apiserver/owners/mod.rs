//! Who owns which fields: `metadata.managedFields`, and server-side apply.
//!
//! [`fields`] finds the fields of an object, [`merge`] lays one object over another, and here is what becomes of owners
//! when somebody writes. Owners are kept beside the objects, by uid, as users write; what components own is found in the
//! log when somebody asks. Start with [`apply`].
//!
//! Models `k8s.io/apimachinery/pkg/util/managedfields` and `sigs.k8s.io/structured-merge-diff/merge`.

mod fields;
mod merge;
#[cfg(test)]
mod tests;

use crate::base::Order;
use crate::base::text::go_quote;
use crate::base::time::Timestamp;
use crate::base::{Fields, Str, Value};
pub use fields::{Elem, Path, Type};
use fields::{FieldSet, leaves, to_fields_v1};
use std::collections::BTreeSet;

/// The manager whose applies may take over what the annotation of client-side apply says.
const KUBECTL: &str = "kubectl";
/// The manager of client-side apply.
const CLIENT_SIDE: &str = "kubectl-client-side-apply";
const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
const LAST_APPLIED: &str = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";

/// Fields that nobody owns.
const UNOWNED: [&[&str]; 10] = [
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "uid"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

/// An entry of `metadata.managedFields`.
#[derive(Clone, Debug, PartialEq)]
pub struct Owner {
    /// `kubectl-client-side-apply`.
    pub manager: Str,
    /// Whether it applied, or wrote in another way.
    pub applied: bool,
    /// Through which part of the object: empty, `scale`, `status`.
    pub subresource: Str,
    /// `apps/v1`.
    pub api_version: Str,
    /// When it wrote last.
    pub time: Timestamp,
    /// What it owns.
    pub set: FieldSet,
}

/// Who writes, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Writer {
    /// The name of the manager.
    pub manager: Str,
    /// The part of the object.
    pub subresource: Str,
    /// The version in which it writes.
    pub api_version: Str,
    /// When.
    pub time: Timestamp,
}

/// Fields that others own and an apply would change.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflicts(pub Vec<(Owner, Path)>);

impl Writer {
    fn owner(&self, applied: bool, set: FieldSet) -> Owner {
        let Writer { manager, subresource, api_version, time } = self.clone();
        Owner { manager, applied, subresource, api_version, time, set }
    }

    fn is(&self, owner: &Owner, applied: bool) -> bool {
        owner.manager == self.manager && owner.applied == applied && owner.subresource == self.subresource
    }
}

/// The owners after a write that is no apply: who writes a new value owns the field, alone.
///
/// Models `merge.Updater.Update`.
pub fn update(ty: Type<'_>, old: Option<&Value>, new: &Value, owners: &[Owner], writer: &Writer) -> Vec<Owner> {
    let (before, after) = (old.map(|old| fields::fields(ty, old)).unwrap_or_default(), fields::fields(ty, new));
    let changed: FieldSet =
        after.iter().filter(|(path, value)| before.get(*path) != Some(value)).map(|(path, _)| path.clone()).collect();
    let changed = owned(changed);
    let mut result: Vec<Owner> = owners.to_vec();
    for owner in &mut result {
        let mine = writer.is(owner, false);
        owner.set.retain(|path| after.contains_key(path) && (mine || !changed.contains(path)));
    }
    if !changed.is_empty() {
        match result.iter_mut().find(|owner| writer.is(owner, false)) {
            Some(mine) => {
                mine.set.extend(changed);
                mine.time = writer.time;
            }
            None => result.push(writer.owner(false, changed)),
        }
    }
    sorted(result)
}

/// The object after `config` (as it was decoded, and as it was sent) is applied to `live`, and its owners; or what stands
/// against it.
///
/// What kubectl owned by client-side apply goes over to its server-side apply at the first one.
///
/// Models `internal/lastappliedupdater.go` and `migrateToSSAIfNecessary` in `kubectl/pkg/cmd/apply/apply.go`.
pub fn apply(
    ty: Type<'_>,
    live: &Value,
    (config, sent): (&Value, &Value),
    owners: &[Owner],
    writer: &Writer,
    force: bool,
) -> Result<(Value, Vec<Owner>), Conflicts> {
    let (mut merged, mut result) = apply_once(ty, live, (config, sent), owners, writer, force)?;
    if let Some(migrated) = without_client_side(&result).filter(|_| &*writer.manager == KUBECTL) {
        (merged, result) = apply_once(ty, &merged, (config, sent), &migrated, writer, force)?;
    }
    if let Some(annotation) = merged.pointer_mut(LAST_APPLIED).filter(|_| &*writer.manager == KUBECTL) {
        *annotation = (crate::base::text::go_json(sent) + "\n").into();
    }
    Ok((merged, result))
}

/// The owners with client-side apply's fields among those of server-side apply; `None` if there is nothing to move.
fn without_client_side(owners: &[Owner]) -> Option<Vec<Owner>> {
    let client = |owner: &Owner| !owner.applied && &*owner.manager == CLIENT_SIDE;
    let mut set = owners.iter().find(|owner| client(owner))?.set.clone();
    // The annotation stays, and what it stands in.
    let stays = |elem: &Elem| matches!(elem, Elem::Field(name) if name == ANNOTATION || name == "annotations");
    set.retain(|path| !path.last().is_some_and(stays));
    let mut moved: Vec<Owner> = owners.iter().filter(|owner| !client(owner)).cloned().collect();
    let mine = moved.iter_mut().find(|owner| owner.applied && &*owner.manager == KUBECTL)?;
    mine.set.extend(set);
    Some(moved)
}

/// Models `merge.Updater.Apply` and `internal/lastappliedmanager.go`.
fn apply_once(
    ty: Type<'_>,
    live: &Value,
    (config, sent): (&Value, &Value),
    owners: &[Owner],
    writer: &Writer,
    force: bool,
) -> Result<(Value, Vec<Owner>), Conflicts> {
    // Decoding adds empty structs; nobody asked for them.
    let asked = leaves(ty, sent);
    let set = owned(leaves(ty, config).into_keys().filter(|path| asked.contains_key(path)).collect());
    let mut merged = merge::merge(ty, live, config);
    let mine = owners.iter().find(|owner| writer.is(owner, true));
    let others: Vec<&Owner> = owners.iter().filter(|owner| !writer.is(owner, true)).collect();
    if let Some(mine) = mine {
        let kept: BTreeSet<&Path> = others.iter().flat_map(|owner| &owner.set).chain(&set).collect();
        merge::prune(&mut merged, &mine.set, &kept);
    }
    let (before, after) = (fields::fields(ty, live), fields::fields(ty, &merged));
    let changes = |path: &Path| after.get(path).is_some_and(|value| before.get(path) != Some(value));
    let mut conflicts: Vec<(Owner, Path)> = Vec::new();
    for owner in &others {
        let against = owner.set.iter().filter(|path| set.contains(*path) && changes(path));
        conflicts.extend(against.map(|path| ((*owner).clone(), path.clone())));
    }
    if !force && &*writer.manager == KUBECTL {
        let allowed = of_last_applied(ty, live);
        conflicts.retain(|(_, path)| !allowed.contains(path));
    }
    if !force && !conflicts.is_empty() {
        return Err(Conflicts(conflicts));
    }
    let mut result: Vec<Owner> = others.into_iter().cloned().collect();
    for owner in &mut result {
        owner.set.retain(|path| after.contains_key(path) && !(set.contains(path) && changes(path)));
    }
    let time = mine.filter(|mine| mine.set == set && merged == *live).map_or(writer.time, |mine| mine.time);
    result.push(Owner { time, ..writer.owner(true, set) });
    Ok((merged, sorted(result)))
}

/// What client-side apply wrote and nobody changed since: `kubectl apply --server-side` may take it over.
fn of_last_applied(ty: Type<'_>, live: &Value) -> FieldSet {
    let text = live.pointer(LAST_APPLIED).and_then(Value::as_str).unwrap_or_default();
    let Ok(applied) = serde_json::from_str::<Value>(text) else { return FieldSet::new() };
    let now = leaves(ty, live);
    leaves(ty, &applied)
        .into_iter()
        .filter(|(path, value)| now.get(path) == Some(value))
        .map(|(path, _)| path)
        .collect()
}

fn owned(mut set: FieldSet) -> FieldSet {
    for names in UNOWNED {
        set.remove(&names.iter().map(|name| Elem::Field((*name).to_owned())).collect::<Path>());
    }
    set
}

/// Models `internal/managedfields.go` `sortEncodedManagedFields`.
fn sorted(mut owners: Vec<Owner>) -> Vec<Owner> {
    owners.retain(|owner| !owner.set.is_empty());
    owners.order_by(|a, b| {
        (!a.applied, a.time.0, &a.manager, &a.subresource).cmp(&(!b.applied, b.time.0, &b.manager, &b.subresource))
    });
    owners
}

/// `metadata.managedFields`.
pub fn to_value(owners: &[Owner]) -> Value {
    let entry = |owner: &Owner| {
        let mut fields = Fields::new();
        fields.insert("apiVersion".into(), Value::from(&*owner.api_version));
        fields.insert("fieldsType".into(), "FieldsV1".into());
        fields.insert("fieldsV1".into(), to_fields_v1(&owner.set));
        fields.insert("manager".into(), Value::from(&*owner.manager));
        fields.insert("operation".into(), if owner.applied { "Apply" } else { "Update" }.into());
        if !owner.subresource.is_empty() {
            fields.insert("subresource".into(), Value::from(&*owner.subresource));
        }
        fields.insert("time".into(), owner.time.to_string().into());
        Value::Object(fields)
    };
    Value::Array(owners.iter().map(entry).collect())
}

impl Conflicts {
    /// Models `internal/conflict.go` `getConflictMessage`.
    pub fn message(&self) -> String {
        let named = |owner: &Owner| {
            let mut text = go_quote(&owner.manager);
            if !owner.subresource.is_empty() {
                text.push_str(&format!(" with subresource {}", go_quote(&owner.subresource)));
            }
            if !owner.applied {
                text.push_str(&format!(" using {}", owner.api_version));
            }
            text
        };
        if let [(owner, path)] = self.0.as_slice() {
            return format!("Apply failed with 1 conflict: conflict with {}: {}", named(owner), fields::shown(path));
        }
        let mut managers: Vec<String> = self.0.iter().map(|(owner, _)| named(owner)).collect();
        managers.order();
        managers.dedup();
        let mut lines = Vec::new();
        for manager in managers {
            lines.push(format!("conflicts with {manager}:"));
            let of = self.0.iter().filter(|(owner, _)| named(owner) == manager);
            lines.extend(of.map(|(_, path)| format!("- {}", fields::shown(path))));
        }
        format!("Apply failed with {} conflicts: {}", self.0.len(), lines.join("\n"))
    }
}
