//! The garbage collector: what was owned goes with its owner, or is set free.
//!
//! A change names every object that could have become garbage, so there is no graph to keep: when an owner is removed its
//! dependents are looked at; an owner that waits for its dependents (foreground) or is to leave them behind (orphan) is
//! looked at itself, and again whenever one of them goes.
//!
//! Models `pkg/controller/garbagecollector/garbagecollector.go`.

use crate::api::kinds::{Key, Kind};
use crate::api::meta::OwnerReference;
use crate::api::objects::Object;
use crate::apiserver::{Change, Options, Propagation, Reason, Result, Store};
use crate::base::Str;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::rc::Rc;

/// Waits until dependents are gone.
const FOREGROUND: &str = "foregroundDeletion";
/// Waits until dependents are set free.
const ORPHAN: &str = "orphan";

/// Collects garbage.
#[derive(Clone, Default)]
pub struct GarbageCollector;

impl Controller for GarbageCollector {
    fn name(&self) -> &'static str {
        "garbage-collector"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        if change.key.kind == Kind::EVENT {
            return;
        }
        match (&change.old, &change.new) {
            (Some(old), None) => {
                for dependent in store.owned_by(&old.meta().uid) {
                    queue.now(dependent.key());
                }
                waiting_owners(old, store).for_each(|owner| queue.now(owner));
            }
            (old, Some(new)) => {
                let meta = new.meta();
                if meta.is_terminating() && meta.finalizers.iter().any(|name| is_ours(name)) {
                    queue.now(change.key.clone());
                }
                // Something may have been made for an owner that is gone already.
                let new_owners = old.as_ref().is_none_or(|old| old.meta().owner_references != meta.owner_references);
                if new_owners && meta.owner_references.iter().any(|owner| !exists(owner, store)) {
                    queue.now(change.key.clone());
                }
            }
            (None, None) => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let has = |finalizer: &str| object.meta().finalizers.iter().any(|name| &**name == finalizer);
        if object.meta().is_terminating() && has(ORPHAN) {
            return orphan_dependents(&object, context);
        }
        if object.meta().is_terminating() && has(FOREGROUND) {
            return delete_dependents(&object, context);
        }
        collect(&object, key, context)
    }
}

fn is_ours(finalizer: &str) -> bool {
    finalizer == FOREGROUND || finalizer == ORPHAN
}

fn exists(owner: &OwnerReference, store: &Store) -> bool {
    store.by_uid(&owner.uid).is_some()
}

/// The owners of an object that is gone that wait for it.
fn waiting_owners<'a>(object: &'a Object, store: &'a Store) -> impl Iterator<Item = Key> + 'a {
    let owners = object.meta().owner_references.iter().filter_map(|owner| store.by_uid(&owner.uid));
    owners.filter(|owner| owner.meta().finalizers.iter().any(|name| &**name == FOREGROUND)).map(|owner| owner.key())
}

/// Deletes an object all of whose owners are gone; of some that are gone it loses the references.
///
/// Models `attemptToDeleteItem`.
fn collect(object: &Object, key: &Key, context: &mut Context<'_>) -> Result<()> {
    let meta = object.meta();
    let (solid, dangling): (Vec<OwnerReference>, Vec<OwnerReference>) =
        meta.owner_references.iter().cloned().partition(|owner| exists(owner, context.api.store()));
    if dangling.is_empty() || meta.is_terminating() {
        return Ok(());
    }
    if solid.is_empty() {
        let options =
            Options { uid: Some(meta.uid.clone()), propagation: Propagation::Background, ..Options::default() };
        return ignore_missing(context.api.delete(key, options));
    }
    let mut changed = object.clone();
    changed.meta_mut().owner_references = solid.into();
    context.api.update(changed).map(|_| ())
}

/// Takes the owner's references out of its dependents, then lets the owner go.
fn orphan_dependents(owner: &Object, context: &mut Context<'_>) -> Result<()> {
    let uid = owner.meta().uid.clone();
    let dependents: Vec<Rc<Object>> = context.api.store().owned_by(&uid).cloned().collect();
    for dependent in dependents {
        let mut changed = (*dependent).clone();
        changed.meta_mut().owner_references.retain(|reference| reference.uid != uid);
        context.api.update(changed)?;
    }
    let_go(owner, ORPHAN, context)
}

/// Deletes the dependents; the owner goes when none is left that it waits for.
fn delete_dependents(owner: &Object, context: &mut Context<'_>) -> Result<()> {
    let uid: Str = owner.meta().uid.clone();
    let dependents: Vec<Rc<Object>> = context.api.store().owned_by(&uid).cloned().collect();
    for dependent in dependents.iter().filter(|dependent| !dependent.meta().is_terminating()) {
        let propagation = Propagation::Foreground;
        let options = Options { uid: Some(dependent.meta().uid.clone()), propagation, ..Options::default() };
        ignore_missing(context.api.delete(&dependent.key(), options))?;
    }
    let blocks = |dependent: &Rc<Object>| {
        dependent
            .meta()
            .owner_references
            .iter()
            .any(|owner| owner.uid == uid && owner.block_owner_deletion == Some(true))
    };
    if context.api.store().owned_by(&uid).any(blocks) { Ok(()) } else { let_go(owner, FOREGROUND, context) }
}

fn let_go(owner: &Object, finalizer: &str, context: &mut Context<'_>) -> Result<()> {
    let current = context.api.get(&owner.key())?;
    let mut changed = (*current).clone();
    changed.meta_mut().finalizers.retain(|name| &**name != finalizer);
    context.api.update(changed).map(|_| ())
}

fn ignore_missing(result: Result<()>) -> Result<()> {
    match result {
        Err(status) if status.reason == Reason::NotFound => Ok(()),
        other => other,
    }
}
