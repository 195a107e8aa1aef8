//! The sync of a ReplicaSet: claim pods, make or delete some, write the status.
//!
//! Models `pkg/controller/replicaset/replica_set.go`.

use super::slow_start::{BURST, slow_start};
use super::status::{calculate, ready_since};
use super::tally::{Member, Numbers, Tally};
use crate::api::kinds::{Key, Kind};
use crate::api::meta::OwnerReference;
use crate::api::objects::pod::PodPhase;
use crate::api::objects::{Object, Pod, ReplicaSet, controller_ref};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Options, Result, Status, Store};
use crate::base::Str;
use crate::base::pmap::PLookup;
use crate::base::time::{Duration, Timestamp};
use crate::controllers::claim::{Claim, claim};
use crate::controllers::owned::pod_of;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::rc::Rc;

/// How long changes of pods are collected before their ReplicaSet is looked at.
const COALESCE: Duration = Duration::from_millis(20);

const SOURCE: Source = Source { component: "replicaset-controller", host: "", field_path: "" };

/// Keeps as many pods as a ReplicaSet wants.
#[derive(Clone, Default)]
pub struct ReplicaSetController {
    /// The pods of each ReplicaSet, by its uid.
    tallies: PLookup<Str, Tally>,
    nodes: Numbers,
}

impl Controller for ReplicaSetController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::REPLICA_SET => {
                self.observe_set(change);
                if spec_changed(change) {
                    queue.now(change.key.clone());
                }
            }
            Kind::POD => {
                self.observe_member(change, store);
                observe_pod(change, store, queue);
            }
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(rs) = ReplicaSet::of(&object) else { return Ok(()) };
        self.count_anew(rs, context.api.store());
        self.claim_pods(rs, context)?;
        // What is deleted here is no longer counted: a Deployment that took it for available would, before the next look at
        // the pods, take away more than may be missing. What is made here is counted when it is seen.
        let outcome = if rs.meta.is_terminating() { Ok(false) } else { self.manage(&object, rs, context) };
        let failure = outcome.as_ref().err().map(|(reason, status)| (*reason, status.message.clone()));
        let now = context.now.timestamp();
        if let Some(tally) = self.tallies.get(&rs.meta.uid) {
            let status = calculate(rs, tally, failure, now);
            let waiting = status.ready_replicas != status.available_replicas;
            let next = tally.next_available(rs.spec.min_ready_seconds, now).filter(|_| waiting);
            if let Some(at) = next {
                context.queue.after(key.clone(), at.sim_time().since(context.now));
            }
            if status != rs.status {
                context.api.update_status(ReplicaSet { status, ..rs.clone() })?;
            }
        }
        if let Ok(true) = outcome {
            context.queue.now(key.clone());
        }
        outcome.map(|_| ()).map_err(|(_, status)| status)
    }
}

impl ReplicaSetController {
    /// A ReplicaSet whose template got other labels is counted anew, and one that is gone not any more.
    fn observe_set(&mut self, change: &Change) {
        let Some(old) = change.old.as_deref().and_then(ReplicaSet::of) else { return };
        let labels = |rs: &ReplicaSet| rs.spec.template.labels().clone();
        let new = change.new.as_deref().and_then(ReplicaSet::of);
        let same = |new: &ReplicaSet| labels(new) == labels(old) && new.spec.selector == old.spec.selector;
        if !new.is_some_and(same) {
            self.tallies.remove(&old.meta.uid);
        }
    }

    fn observe_member(&mut self, change: &Change, store: &Store) {
        let old = change.old.as_deref().and_then(Pod::of);
        let new = change.new.as_deref().and_then(Pod::of);
        let old_owner = old.and_then(|pod| pod.meta.controller()).map(|owner| &owner.uid);
        let new_owner = new.and_then(|pod| pod.meta.controller()).map(|owner| &owner.uid);
        if let Some(tally) = old_owner.filter(|_| old_owner != new_owner).and_then(|owner| self.tallies.get_mut(owner))
        {
            tally.set(change.id, None);
        }
        let (Some(pod), Some(owner)) = (new, new_owner) else { return };
        let Some(tally) = self.tallies.get_mut(owner) else { return };
        let same_labels = old.is_some_and(|old| Rc::ptr_eq(&old.meta.labels.0, &pod.meta.labels.0));
        if same_labels && old_owner == new_owner {
            tally.renew(change.id, pod, &mut self.nodes);
        } else if let Some(rs) = store.by_uid(owner).and_then(|object| ReplicaSet::of(object)) {
            tally.set(change.id, Some(Member::of(pod, rs, &mut self.nodes)));
        }
    }

    /// Counts the pods of a ReplicaSet, if nobody has.
    fn count_anew(&mut self, rs: &ReplicaSet, store: &Store) {
        if !self.tallies.contains_key(&rs.meta.uid) {
            let tally = Tally::of(rs, store.owned_pods(&rs.meta.uid), &mut self.nodes);
            self.tallies.insert(rs.meta.uid.clone(), tally);
        }
    }

    /// Notes at once what a write of our own made of a pod.
    fn recount(&mut self, rs: &ReplicaSet, id: u64, pod: &Key, store: &Store) {
        let present = store.pod(pod).filter(|pod| pod.meta.controller().is_some_and(|owner| owner.uid == rs.meta.uid));
        let member = present.map(|pod| Member::of(pod, rs, &mut self.nodes));
        if let Some(tally) = self.tallies.get_mut(&rs.meta.uid) {
            tally.set(id, member);
        }
    }

    /// Adopts and releases pods.
    fn claim_pods(&mut self, rs: &ReplicaSet, context: &mut Context<'_>) -> Result<()> {
        if rs.meta.is_terminating() {
            return Ok(());
        }
        let store = context.api.store();
        let strays = self.tallies.get(&rs.meta.uid).map(Tally::strays).unwrap_or_default();
        let keys = strays.into_iter().map(|name| Key::new(Kind::POD, rs.meta.namespace.clone(), name));
        let orphans = store.orphan_pods(&rs.meta.namespace).map(|object| object.key());
        for key in keys.chain(orphans).collect::<Vec<Key>>() {
            let store = context.api.store();
            let Some((id, mut pod)) = store.id_of(&key).zip(store.pod(&key).cloned()) else { continue };
            match claim(&rs.meta, &pod.meta, rs.spec.selector.matches(&pod.meta.labels)) {
                Claim::Adopt if pod.is_active() => {
                    pod.meta.owner_references.push(controller_ref(Kind::REPLICA_SET, &rs.meta.name, &rs.meta.uid));
                }
                Claim::Release if pod.is_active() => {
                    pod.meta.owner_references.retain(|owner| owner.uid != rs.meta.uid);
                }
                _ => continue,
            }
            context.api.update(pod)?;
            self.recount(rs, id, &key, context.api.store());
        }
        Ok(())
    }

    /// Makes or deletes pods, at most a burst of them. Says whether more is left to do; or why it failed.
    fn manage(
        &mut self,
        object: &Object,
        rs: &ReplicaSet,
        context: &mut Context<'_>,
    ) -> std::result::Result<bool, (&'static str, Status)> {
        let present = self.tallies.get(&rs.meta.uid).map_or(0, |tally| tally.active);
        let missing = usize::try_from(rs.spec.replicas - present).unwrap_or(0);
        if missing > 0 {
            let template = pod_of(&rs.spec.template, Kind::REPLICA_SET, &rs.meta);
            let (_, error) = slow_start(missing.min(BURST), || create(object, &template, context));
            return error.map_or(Ok(missing > BURST), |status| Err(("FailedCreate", status)));
        }
        let surplus = usize::try_from(present - rs.spec.replicas.max(0)).unwrap_or(0);
        let mut error = None;
        for (id, name, uid) in self.surplus(rs, surplus.min(BURST), context) {
            let key = Key::new(Kind::POD, rs.meta.namespace.clone(), name);
            match context.api.delete(&key, Options { uid: Some(uid), ..Options::default() }) {
                Ok(()) => {
                    let message = format!("Deleted pod: {}", key.name);
                    context.api.event(object, SOURCE, EventType::Normal, "SuccessfulDelete", &message);
                }
                Err(status) => {
                    let message = format!("Error deleting: {}", status.message);
                    context.api.event(object, SOURCE, EventType::Warning, "FailedDelete", &message);
                    error = error.or(Some(("FailedDelete", status)));
                }
            }
            self.recount(rs, id, &key, context.api.store());
        }
        error.map_or(Ok(surplus > BURST), Err)
    }

    /// The pods that go, first to go first.
    fn surplus(&mut self, rs: &ReplicaSet, count: usize, context: &Context<'_>) -> Vec<(u64, Str, Str)> {
        if count == 0 {
            return Vec::new();
        }
        let store = context.api.store();
        let owner = rs.meta.controller().map(|owner| store.owned_by(&owner.uid));
        let siblings: Vec<&ReplicaSet> =
            owner.into_iter().flatten().filter_map(|object| ReplicaSet::of(object)).collect();
        for sibling in &siblings {
            self.count_anew(sibling, store);
        }
        let Some(own) = self.tallies.get(&rs.meta.uid) else { return Vec::new() };
        let mut family: Vec<&Tally> = siblings.iter().filter_map(|rs| self.tallies.get(&rs.meta.uid)).collect();
        if family.is_empty() {
            family.push(own);
        }
        own.surplus(count, &family, context.now)
    }

    /// The ReplicaSets whose counts differ from a recount; none, unless there is a bug. For tests.
    pub fn audit(&self, store: &Store) -> Vec<Key> {
        let mut numbers = self.nodes.clone();
        let mut wrong = |object: &&Rc<Object>| {
            let Some(rs) = ReplicaSet::of(object) else { return false };
            let fresh = Tally::of(rs, store.owned_pods(&rs.meta.uid), &mut numbers);
            self.tallies.get(&rs.meta.uid).is_some_and(|tally| *tally != fresh)
        };
        store.list(Kind::REPLICA_SET, "").filter(|object| wrong(object)).map(|object| object.key()).collect()
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
    let (old_owner, new_owner) = (old.and_then(|pod| pod.meta.controller()), new.and_then(|pod| pod.meta.controller()));
    let relabelled = match (old, new) {
        (Some(old), Some(new)) => old.meta.labels != new.meta.labels,
        _ => true,
    };
    if !relabelled && old_owner == new_owner && old.map(visible) == new.map(visible) {
        return;
    }
    if old_owner != new_owner {
        enqueue_owner(old_owner, &change.key, queue);
    }
    enqueue_owner(new_owner, &change.key, queue);
    if let (Some(pod), None) = (new, new_owner)
        && (relabelled || old_owner.is_some())
    {
        for rs in store.selecting(Kind::REPLICA_SET, &pod.meta.namespace, &pod.meta.labels) {
            queue.after(rs.key(), COALESCE);
        }
    }
}

fn enqueue_owner(owner: Option<&OwnerReference>, pod: &Key, queue: &mut Enqueue) {
    if let Some(owner) = owner.filter(|owner| &*owner.kind == "ReplicaSet") {
        queue.after(pod.sibling(Kind::REPLICA_SET, owner.name.clone()), COALESCE);
    }
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
