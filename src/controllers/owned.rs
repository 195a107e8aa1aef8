//! What the controllers of pods have in common: which pods are an object's own, how a pod is made of a template, and how
//! making and deleting is told.
//!
//! Models `pkg/controller/controller_utils.go` (`RealPodControl`) and `controller_ref_manager.go` (`ClaimPods`).

use crate::api::kinds::{Key, Kind};
use crate::api::meta::{Meta, OwnerReference};
use crate::api::objects::pod::PodPhase;
use crate::api::objects::{Object, Pod, PodTemplate, controller_ref};
use crate::api::selector::LabelSelector;
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Options, Reason, Result, Store, admission};
use crate::base::Str;
use crate::base::time::{Duration, Timestamp};
use crate::controllers::claim::{Claim, claim};
use crate::controllers::replicaset::status::ready_since;
use crate::controllers::replicaset::sync::spec_changed;
use crate::controllers::runtime::{Context, Enqueue, patience};
use std::rc::Rc;

/// How long changes of pods are collected before their owner is looked at.
pub const COALESCE: Duration = Duration::from_millis(10);

/// What a sync can see of a pod that changes during its life.
fn visible(pod: &Pod) -> (PodPhase, bool, Option<Option<Timestamp>>) {
    (pod.status.phase, pod.meta.is_terminating(), ready_since(pod))
}

/// Queues the objects of `kind` that a change concerns: one whose spec changed, the owner of a pod that changed, and those
/// that could adopt a pod without an owner.
pub fn observe(kind: Kind, change: &Change, store: &Store, queue: &mut Enqueue) {
    if change.key.kind == kind && spec_changed(change) {
        queue.now(change.key.clone());
    }
    if change.key.kind == Kind::POD {
        observe_pod(kind, change, store, queue, COALESCE);
    }
}

/// The part of [`observe`] that is about pods, whose changes are collected for a while.
pub fn observe_pod(kind: Kind, change: &Change, store: &Store, queue: &mut Enqueue, wait: Duration) {
    let old = change.old.as_deref().and_then(Pod::of);
    let new = change.new.as_deref().and_then(Pod::of);
    let (old_owner, new_owner) = (old.and_then(|pod| pod.meta.controller()), new.and_then(|pod| pod.meta.controller()));
    let is_theirs = |owner: Option<&OwnerReference>| owner.is_some_and(|owner| *owner.kind != *kind.info().kind);
    if is_theirs(new_owner) && (old.is_none() || is_theirs(old_owner)) || new.is_none() && is_theirs(old_owner) {
        return;
    }
    let relabelled = old.map(|pod| &pod.meta.labels) != new.map(|pod| &pod.meta.labels);
    if !relabelled && old_owner == new_owner && old.map(visible) == new.map(visible) {
        return;
    }
    for owner in [old_owner, new_owner].into_iter().flatten().filter(|owner| *owner.kind == *kind.info().kind) {
        let wait = patience(wait, store.count_owned_by(&owner.uid));
        queue.after(change.key.sibling(kind, owner.name.clone()), wait);
    }
    if let (Some(pod), None) = (new, &new_owner) {
        for object in store.selecting(kind, &pod.meta.namespace, &pod.meta.labels) {
            queue.after(object.key(), wait);
        }
    }
}

/// The pods of an object, after adopting and releasing: all of them, the ended and the terminating too.
pub fn claim_pods(
    kind: Kind,
    owner: &Meta,
    selector: &LabelSelector,
    context: &mut Context<'_>,
) -> Result<Vec<Rc<Object>>> {
    let store = context.api.store();
    let mut kept = Vec::new();
    let mut changed = Vec::new();
    for object in store.owned_by(&owner.uid).chain(store.orphan_pods(&owner.namespace)) {
        let Some(pod) = Pod::of(object) else { continue };
        match claim(owner, &pod.meta, selector.matches(&pod.meta.labels)) {
            Claim::Keep => kept.push(object.clone()),
            Claim::Ignore => {}
            other => changed.push((other, object.clone())),
        }
    }
    for (claim, object) in changed {
        let Some(mut pod) = Pod::of(&object).cloned() else { continue };
        if claim == Claim::Release {
            pod.meta.owner_references.retain(|reference| reference.uid != owner.uid);
            context.api.update(pod)?;
        } else {
            pod.meta.owner_references.push(controller_ref(kind, &owner.name, &owner.uid));
            kept.push(context.api.update(pod)?);
        }
    }
    Ok(kept)
}

/// A pod as the template says, but for its name.
///
/// Models `GetPodFromTemplate` of `pkg/controller/controller_utils.go`.
pub fn pod_of(template: &PodTemplate, kind: Kind, owner: &Meta) -> Pod {
    // Of a pod it is a field of its own, because the scheduler sets it for most.
    let node_name = template.spec.rest.get("nodeName").and_then(|name| name.as_str());
    Pod {
        node_name: Str::from(node_name.unwrap_or_default()),
        meta: Meta {
            generate_name: Str::from(format!("{}-", owner.name)),
            namespace: owner.namespace.clone(),
            labels: template.meta.labels.clone(),
            annotations: template.meta.annotations.clone(),
            finalizers: template.meta.finalizers.clone(),
            owner_references: vec![controller_ref(kind, &owner.name, &owner.uid)].into(),
            ..Meta::default()
        },
        spec: admission::admitted(template),
        ..Pod::default()
    }
}

/// Makes a pod and tells. In a namespace on its way out nothing can be made, and nobody is told.
pub fn create_pod(owner: &Object, pod: Pod, source: Source<'_>, context: &mut Context<'_>) -> Result<()> {
    match context.api.create(pod) {
        Ok(created) => {
            let message = format!("Created pod: {}", created.meta().name);
            context.api.event(owner, source, EventType::Normal, "SuccessfulCreate", &message);
            Ok(())
        }
        Err(status) if status.message.contains("because it is being terminated") => Ok(()),
        Err(status) => {
            let message = format!("Error creating: {}", status.message);
            context.api.event(owner, source, EventType::Warning, "FailedCreate", &message);
            Err(status)
        }
    }
}

/// Deletes a pod and tells.
pub fn delete_pod(owner: &Object, pod: &Pod, source: Source<'_>, context: &mut Context<'_>) -> Result<()> {
    let key = Key::new(Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone());
    match context.api.delete(&key, Options { uid: Some(pod.meta.uid.clone()), ..Options::default() }) {
        Ok(()) => {
            let message = format!("Deleted pod: {}", pod.meta.name);
            context.api.event(owner, source, EventType::Normal, "SuccessfulDelete", &message);
            Ok(())
        }
        Err(status) if status.reason == Reason::NotFound => Ok(()),
        Err(status) => {
            let message = format!("Error deleting: {}", status.message);
            context.api.event(owner, source, EventType::Warning, "FailedDelete", &message);
            Err(status)
        }
    }
}
