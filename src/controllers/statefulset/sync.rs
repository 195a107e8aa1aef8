//! The sync of a StatefulSet: find the revisions, do what can be done now, write the status.
//!
//! Models `pkg/controller/statefulset/stateful_set_control.go` and `stateful_pod_control.go`.

use super::history::{self, Version, Versions};
use super::identity::{self, claim_owner, claims, identity_matches, ordinal};
use super::order::{Deed, State, Wanted, decide, partition};
use super::status::calculate;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::sets::UpdateType;
use crate::api::objects::{Object, Pod, StatefulSet};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Options, Reason, Result, Status, Store};
use crate::base::Str;
use crate::controllers::owned;
use crate::controllers::replicaset::status::available_at;
use crate::controllers::revision::HASH_LABEL;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::collections::BTreeMap;
use std::rc::Rc;

const SOURCE: Source = Source { component: "statefulset-controller", host: "", field_path: "" };

/// Keeps pods with stable names.
#[derive(Clone, Default)]
pub struct StatefulSetController;

impl Controller for StatefulSetController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        owned::observe(Kind::STATEFUL_SET, change, store, queue);
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(set) = StatefulSet::of(&object) else { return Ok(()) };
        let objects = owned::claim_pods(Kind::STATEFUL_SET, &set.meta, &set.spec.selector, context)?;
        let versions = history::versions(set, context)?;
        let pods: Vec<&Pod> = objects.iter().filter_map(|object| Pod::of(object)).collect();
        let result = match set.meta.is_terminating() {
            true => Ok(()),
            false => Round::new(&object, set, &pods, &versions, context).run(context),
        };
        let now = context.now.timestamp();
        let names = (&versions.current.name, &versions.update.name);
        let status = calculate(set, &pods, names, versions.collisions, now);
        if status != set.status {
            context.api.update_status(StatefulSet { status, ..set.clone() })?;
        }
        let used =
            |name: &str| pods.iter().any(|pod| pod.meta.labels.get(HASH_LABEL).is_some_and(|label| **label == *name));
        history::forget(set, &versions, used, context)?;
        let next = pods.iter().filter_map(|pod| available_at(pod, set.spec.min_ready_seconds)).filter(|at| *at > now);
        if let Some(at) = next.min() {
            context.queue.after(key.clone(), at.sim_time().since(context.now));
        }
        result
    }
}

/// One look at a set and its pods.
struct Round<'a> {
    object: &'a Rc<Object>,
    set: &'a StatefulSet,
    versions: &'a Versions,
    start: i32,
    /// By place: the pods from the first to the last ordinal.
    wanted: Vec<Option<&'a Pod>>,
    /// Those beyond, the highest ordinal first.
    surplus: Vec<&'a Pod>,
    deeds: Vec<Deed>,
}

impl<'a> Round<'a> {
    fn new(
        object: &'a Rc<Object>,
        set: &'a StatefulSet,
        pods: &[&'a Pod],
        versions: &'a Versions,
        context: &Context<'_>,
    ) -> Round<'a> {
        let start = set.spec.ordinals.as_ref().map_or(0, |ordinals| ordinals.start);
        let mut by_ordinal: BTreeMap<i32, &Pod> =
            pods.iter().filter_map(|pod| Some((ordinal(&set.meta.name, &pod.meta.name)?, *pod))).collect();
        let end = start.saturating_add(set.spec.replicas.max(0));
        let wanted: Vec<Option<&Pod>> = (start..end).map(|number| by_ordinal.remove(&number)).collect();
        let surplus: Vec<&Pod> = by_ordinal.into_values().rev().collect();
        let now = context.now.timestamp();
        let state = |pod: &Pod| State {
            ended: pod.is_terminal(),
            terminating: pod.meta.is_terminating(),
            ready: pod.is_ready(),
            available: available_at(pod, set.spec.min_ready_seconds).is_some_and(|at| at <= now),
            updated: pod.meta.labels.get(HASH_LABEL) == Some(&versions.update.name),
        };
        let states: Vec<Option<State>> = wanted.iter().map(|pod| pod.map(state)).collect();
        let beyond: Vec<State> = surplus.iter().map(|pod| state(pod)).collect();
        let deeds = decide(&states, &beyond, Wanted::of(&set.spec));
        Round { object, set, versions, start, wanted, surplus, deeds }
    }

    fn run(&self, context: &mut Context<'_>) -> Result<()> {
        self.repair(context)?;
        for deed in &self.deeds {
            match *deed {
                Deed::Create(place) => self.create(self.ordinal_of(place), context)?,
                Deed::Delete(place) => {
                    self.wanted.get(place).copied().flatten().map_or(Ok(()), |pod| self.delete(pod, context))?;
                }
                Deed::Condemn(place) => {
                    self.surplus.get(place).map_or(Ok(()), |pod| self.delete(pod, context))?;
                }
            }
        }
        Ok(())
    }

    fn ordinal_of(&self, place: usize) -> i32 {
        self.start.saturating_add(i32::try_from(place).unwrap_or(i32::MAX))
    }

    /// Gives pods back the labels that somebody took, and claims their owner.
    fn repair(&self, context: &mut Context<'_>) -> Result<()> {
        let wanted = self.wanted.iter().enumerate().filter_map(|(place, pod)| Some((self.ordinal_of(place), (*pod)?)));
        for (number, pod) in wanted.filter(|(_, pod)| pod.is_active() && pod.is_ready()) {
            if !identity_matches(pod, number) {
                let mut changed = pod.clone();
                changed.meta.labels.insert(identity::POD_NAME_LABEL, pod.meta.name.clone());
                changed.meta.labels.insert(identity::POD_INDEX_LABEL, number.to_string());
                context.api.update(changed)?;
            }
            self.own_claims(pod, number, false, context)?;
        }
        let surplus = self.surplus.iter().filter_map(|pod| Some((ordinal(&self.set.meta.name, &pod.meta.name)?, *pod)));
        for (number, pod) in surplus {
            self.own_claims(pod, number, true, context)?;
        }
        Ok(())
    }

    fn own_claims(&self, pod: &Pod, number: i32, condemned: bool, context: &mut Context<'_>) -> Result<()> {
        let owner = claim_owner(self.set, &pod.meta, condemned);
        for claim in claims(self.set, number) {
            let Some(present) = context.api.store().get(&claim.key()).cloned() else { continue };
            let ours = |uid: &Str| *uid == self.set.meta.uid || *uid == pod.meta.uid;
            let mut changed = (*present).clone();
            changed.meta_mut().owner_references.retain(|reference| !ours(&reference.uid));
            changed.meta_mut().owner_references.extend(owner.clone());
            if changed.meta().owner_references != present.meta().owner_references {
                context.api.update(changed)?;
            }
        }
        Ok(())
    }

    /// The revision of which a missing pod is made.
    ///
    /// Models `newVersionedStatefulSetPod`.
    fn version(&self, number: i32) -> &Version {
        let spec = &self.set.spec;
        let rolls = spec.update_strategy.kind == UpdateType::RollingUpdate;
        let from = match &spec.update_strategy.rolling_update {
            Some(_) => partition(spec),
            None => self.set.status.current_replicas,
        };
        let keeps_old = rolls && number < self.start.saturating_add(from);
        if keeps_old { &self.versions.current } else { &self.versions.update }
    }

    /// Makes the claims of a pod that are missing, then the pod.
    fn create(&self, number: i32, context: &mut Context<'_>) -> Result<()> {
        let version = self.version(number);
        let pod = identity::pod(self.set, &version.template, &version.name, number);
        let (name, set) = (pod.meta.name.clone(), &self.set.meta.name);
        for mut claim in claims(self.set, number) {
            if context.api.store().get(&claim.key()).is_some() {
                continue;
            }
            claim.meta_mut().owner_references.extend(claim_owner(self.set, &pod.meta, false));
            let claim_name = claim.meta().name.clone();
            match context.api.create(claim) {
                Ok(_) => {
                    let message = format!("create Claim {claim_name} Pod {name} in StatefulSet {set} success");
                    self.tell(EventType::Normal, "SuccessfulCreate", &message, context);
                }
                Err(status) => {
                    let message = format!(
                        "create Claim {claim_name} for Pod {name} in StatefulSet {set} failed error: {}",
                        status.message
                    );
                    self.tell(EventType::Warning, "FailedCreate", &message, context);
                    return Err(status);
                }
            }
        }
        let made = context.api.create(pod).map(|_| ());
        self.told(made, ("create", "SuccessfulCreate", "FailedCreate"), &name, context)
    }

    fn delete(&self, pod: &Pod, context: &mut Context<'_>) -> Result<()> {
        let key = Key::new(Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone());
        let options = Options { uid: Some(pod.meta.uid.clone()), ..Options::default() };
        let deleted = context.api.delete(&key, options);
        self.told(deleted, ("delete", "SuccessfulDelete", "FailedDelete"), &pod.meta.name, context)
    }

    /// Tells how a deed went. What is gone or there already is no failure.
    fn told(
        &self,
        result: std::result::Result<(), Status>,
        (verb, success, failure): (&str, &'static str, &'static str),
        pod: &str,
        context: &mut Context<'_>,
    ) -> Result<()> {
        let set = &self.set.meta.name;
        match result {
            Ok(()) => {
                let message = format!("{verb} Pod {pod} in StatefulSet {set} successful");
                self.tell(EventType::Normal, success, &message, context);
                Ok(())
            }
            Err(status) if matches!(status.reason, Reason::NotFound | Reason::AlreadyExists) => Err(status),
            Err(status) => {
                let message = format!("{verb} Pod {pod} in StatefulSet {set} failed error: {}", status.message);
                self.tell(EventType::Warning, failure, &message, context);
                Err(status)
            }
        }
    }

    fn tell(&self, kind: EventType, reason: &'static str, message: &str, context: &mut Context<'_>) {
        context.api.event(self.object, SOURCE, kind, reason, message);
    }
}
