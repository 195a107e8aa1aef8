//! The sync of a ReplicaSet: claim pods, make or delete some, write the status.
//!
//! Models `pkg/controller/replicaset/replica_set.go`.

use super::ranking::{ActivePhase, Candidate, victims};
use super::slow_start::{BURST, slow_start};
use super::status::{available_at, calculate, ready_since, restarts};
use crate::api::kinds::{Key, Kind};
use crate::api::meta::OwnerReference;
use crate::api::objects::pod::PodPhase;
use crate::api::objects::{Object, Pod, ReplicaSet, controller_ref};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Options, Result, Status, Store};
use crate::base::Str;
use crate::base::time::{Duration, SimTime, Timestamp};
use crate::controllers::claim::{Claim, claim};
use crate::controllers::owned::pod_of;
use crate::controllers::runtime::{Context, Controller, Enqueue, patience};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How long changes of pods are collected before their ReplicaSet is looked at.
const COALESCE: Duration = Duration::from_millis(20);

const SOURCE: Source = Source { component: "replicaset-controller", host: "", field_path: "" };

/// Keeps as many pods as a ReplicaSet wants.
#[derive(Clone, Default)]
pub struct ReplicaSetController;

impl Controller for ReplicaSetController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::REPLICA_SET if spec_changed(change) => queue.now(change.key.clone()),
            Kind::POD => observe_pod(change, store, queue),
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(rs) = ReplicaSet::of(&object) else { return Ok(()) };
        let (active, terminating) = claim_pods(rs, context)?;
        let pods: Vec<&Pod> = active.iter().filter_map(|object| Pod::of(object)).collect();
        let outcome = if rs.meta.is_terminating() { Ok(false) } else { manage(&object, rs, &pods, context) };
        let failure = outcome.as_ref().err().map(|(reason, status)| (*reason, status.message.clone()));
        // What was just deleted is not counted as available: a Deployment that took it for available would, before the next
        // look at the pods, take away more than may be missing.
        let surplus = usize::try_from(rs.spec.replicas).is_ok_and(|wanted| pods.len() > wanted);
        let left = if surplus { Some(claim_pods(rs, context)?) } else { None };
        let (active, terminating) = left.as_ref().map_or((&active, terminating), |(active, gone)| (active, *gone));
        let pods: Vec<&Pod> = active.iter().filter_map(|object| Pod::of(object)).collect();
        let now = context.now.timestamp();
        let status = calculate(rs, &pods, terminating, failure, now);
        let waiting = status.ready_replicas != status.available_replicas;
        if status != rs.status {
            context.api.update_status(ReplicaSet { status, ..rs.clone() })?;
        }
        if waiting {
            let next = pods.iter().filter_map(|pod| available_at(pod, rs.spec.min_ready_seconds));
            if let Some(at) = next.filter(|at| *at > now).min() {
                context.queue.after(key.clone(), at.sim_time().since(context.now));
            }
        }
        if let Ok(true) = outcome {
            context.queue.now(key.clone());
        }
        outcome.map(|_| ()).map_err(|(_, status)| status)
    }
}

/// Whether a change of a workload is more than a new status.
pub fn spec_changed(change: &Change) -> bool {
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => {
            let (old, new) = (old.meta(), new.meta());
            (old.generation, old.deletion_timestamp) != (new.generation, new.deletion_timestamp)
                || old.owner_references != new.owner_references
                || old.labels != new.labels
                || old.annotations != new.annotations
        }
        (None, Some(_)) => true,
        (_, None) => false,
    }
}

/// What a ReplicaSet's sync could see of a pod.
fn visible(pod: &Pod) -> (PodPhase, bool, Option<Option<Timestamp>>) {
    (pod.status.phase, pod.meta.is_terminating(), ready_since(pod))
}

fn observe_pod(change: &Change, store: &Store, queue: &mut Enqueue) {
    let old = change.old.as_deref().and_then(Pod::of);
    let new = change.new.as_deref().and_then(Pod::of);
    let owner = |pod: Option<&Pod>| pod.and_then(|pod| pod.meta.controller()).cloned();
    let (old_owner, new_owner) = (owner(old), owner(new));
    let relabelled = match (old, new) {
        (Some(old), Some(new)) => old.meta.labels != new.meta.labels,
        _ => true,
    };
    if !relabelled && old_owner == new_owner && old.map(visible) == new.map(visible) {
        return;
    }
    if old_owner != new_owner {
        enqueue_owner(&old_owner, &change.key, store, queue);
    }
    enqueue_owner(&new_owner, &change.key, store, queue);
    if let (Some(pod), None) = (new, &new_owner)
        && (relabelled || old_owner.is_some())
    {
        for rs in store.selecting(Kind::REPLICA_SET, &pod.meta.namespace, &pod.meta.labels) {
            queue.after(rs.key(), COALESCE);
        }
    }
}

fn enqueue_owner(owner: &Option<OwnerReference>, pod: &Key, store: &Store, queue: &mut Enqueue) {
    if let Some(owner) = owner.as_ref().filter(|owner| &*owner.kind == "ReplicaSet") {
        let delay = patience(COALESCE, store.count_owned_by(&owner.uid));
        queue.after(pod.sibling(Kind::REPLICA_SET, owner.name.clone()), delay);
    }
}

/// The active pods of the ReplicaSet, after adopting and releasing, and how many of its pods are terminating.
fn claim_pods(rs: &ReplicaSet, context: &mut Context<'_>) -> Result<(Vec<Rc<Object>>, usize)> {
    let store = context.api.store();
    // Pods that still share the template's labels match without a look: validation has seen to that.
    let template = &rs.spec.template.meta.labels.0;
    let matches = |pod: &Pod| Rc::ptr_eq(&pod.meta.labels.0, template) || rs.spec.selector.matches(&pod.meta.labels);
    let mut kept = Vec::new();
    let mut changed = Vec::new();
    let mut terminating = 0;
    for object in store.owned_by(&rs.meta.uid).chain(store.orphan_pods(&rs.meta.namespace)) {
        let Some(pod) = Pod::of(object) else { continue };
        let claim = claim(&rs.meta, &pod.meta, matches(pod));
        match claim {
            Claim::Keep if pod.is_active() => kept.push(object.clone()),
            Claim::Keep if !pod.is_terminal() => terminating += 1,
            Claim::Adopt | Claim::Release if pod.is_active() => changed.push((claim, object.clone())),
            _ => {}
        }
    }
    for (claim, object) in changed {
        let Some(mut pod) = Pod::of(&object).cloned() else { continue };
        if claim == Claim::Release {
            pod.meta.owner_references.retain(|owner| owner.uid != rs.meta.uid);
            context.api.update(pod)?;
        } else {
            pod.meta.owner_references.push(controller_ref(Kind::REPLICA_SET, &rs.meta.name, &rs.meta.uid));
            kept.push(context.api.update(pod)?);
        }
    }
    Ok((kept, terminating))
}

/// Makes or deletes pods, at most a burst of them. Says whether more is left to do; or why it failed.
fn manage(
    object: &Object,
    rs: &ReplicaSet,
    pods: &[&Pod],
    context: &mut Context<'_>,
) -> std::result::Result<bool, (&'static str, Status)> {
    let wanted = usize::try_from(rs.spec.replicas).unwrap_or(0);
    if pods.len() < wanted {
        let missing = wanted - pods.len();
        let template = pod_of(&rs.spec.template, Kind::REPLICA_SET, &rs.meta);
        let (_, error) = slow_start(missing.min(BURST), || create(object, &template, context));
        return error.map_or(Ok(missing > BURST), |status| Err(("FailedCreate", status)));
    }
    let surplus = pods.len() - wanted;
    let mut error = None;
    for pod in pods_to_delete(rs, pods, surplus.min(BURST), context.api.store(), context.now) {
        let key = Key::new(Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone());
        match context.api.delete(&key, Options { uid: Some(pod.meta.uid.clone()), ..Options::default() }) {
            Ok(()) => {
                let message = format!("Deleted pod: {}", pod.meta.name);
                context.api.event(object, SOURCE, EventType::Normal, "SuccessfulDelete", &message);
            }
            Err(status) => {
                let message = format!("Error deleting: {}", status.message);
                context.api.event(object, SOURCE, EventType::Warning, "FailedDelete", &message);
                error = error.or(Some(("FailedDelete", status)));
            }
        }
    }
    error.map_or(Ok(surplus > BURST), Err)
}

/// Makes one pod. In a namespace on its way out nothing can be made, and nobody is told.
fn create(object: &Object, pod: &Pod, context: &mut Context<'_>) -> Result<()> {
    match context.api.create(pod.clone()) {
        Ok(created) => {
            let message = format!("Created pod: {}", created.meta().name);
            context.api.event(object, SOURCE, EventType::Normal, "SuccessfulCreate", &message);
            Ok(())
        }
        Err(status) if status.message.contains("because it is being terminated") => Ok(()),
        Err(status) => {
            let message = format!("Error creating: {}", status.message);
            context.api.event(object, SOURCE, EventType::Warning, "FailedCreate", &message);
            Err(status)
        }
    }
}

/// The pods that go, first to go first.
pub fn pods_to_delete<'a>(
    rs: &ReplicaSet,
    pods: &[&'a Pod],
    count: usize,
    store: &Store,
    now: SimTime,
) -> Vec<&'a Pod> {
    if count == 0 {
        return Vec::new();
    }
    let doubled = if count < pods.len() { siblings_by_node(rs, store) } else { BTreeMap::new() };
    let candidates: Vec<Candidate> = pods
        .iter()
        .map(|pod| Candidate {
            uid: pod.meta.uid.clone(),
            assigned: !pod.node_name.is_empty(),
            phase: match pod.status.phase {
                PodPhase::Pending => ActivePhase::Pending,
                PodPhase::Unknown => ActivePhase::Unknown,
                _ => ActivePhase::Running,
            },
            ready: ready_since(pod),
            deletion_cost: pod.meta.annotations.get(DELETION_COST).and_then(|cost| cost.parse().ok()).unwrap_or(0),
            doubled: doubled.get(&pod.node_name).copied().unwrap_or(0),
            restarts: restarts(pod, false),
            sidecar_restarts: restarts(pod, true),
            created: pod.meta.creation_timestamp.unwrap_or_default(),
        })
        .collect();
    victims(&candidates, count, now).into_iter().filter_map(|place| pods.get(place).copied()).collect()
}

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// How many active pods of ReplicaSets of the same owner stand on each node.
///
/// Models `getIndirectlyRelatedPods`.
fn siblings_by_node(rs: &ReplicaSet, store: &Store) -> BTreeMap<Str, i32> {
    let mut counts = BTreeMap::new();
    let owner = rs.meta.controller().map(|owner| owner.uid.clone());
    let sets: Vec<Str> = match &owner {
        Some(owner) => store.owned_by(owner).map(|object| object.meta().uid.clone()).collect(),
        None => vec![rs.meta.uid.clone()],
    };
    for pod in sets.iter().flat_map(|set| store.owned_by(set)).filter_map(|object| Pod::of(object)) {
        if pod.is_active() {
            *counts.entry(pod.node_name.clone()).or_insert(0) += 1;
        }
    }
    counts
}
