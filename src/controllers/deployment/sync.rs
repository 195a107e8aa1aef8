//! The sync of a Deployment: find its ReplicaSets, then roll, recreate or scale, one step at a time.
//!
//! Models `pkg/controller/deployment/deployment_controller.go`, `rolling.go`, `recreate.go` and `sync.go`.

use super::fenceposts::{self, Fenceposts};
use super::history::{self, Old, beyond_limit};
use super::progress::{Last, check_after, reason};
use super::proportional::{self, Member, Wanted};
use super::rolling::{Counted, new_size, shrink_old};
use super::rollout::{Rollout, SOURCE};
use super::status::{PROGRESSING, calculate, calculate_rollout, counts, deadline, get};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::ConditionStatus;
use crate::api::objects::{Deployment, Object, Pod, ReplicaSet, controller_ref};
use crate::apiserver::events::EventType;
use crate::apiserver::{Change, Options, Result, Store};
use crate::base::Order;
use crate::base::pmap::PSet;
use crate::base::time::Duration;
use crate::controllers::claim::{Claim, claim};
use crate::controllers::replicaset::sync::spec_changed;
use crate::controllers::runtime::{Context, Controller, Enqueue};

/// How long changes of ReplicaSets are collected before their Deployment is looked at.
const COALESCE: Duration = Duration::from_millis(5);

/// Rolls templates out.
#[derive(Clone, Default)]
pub struct DeploymentController {
    /// ReplicaSets without a controller, which a Deployment might adopt.
    orphans: PSet<Key>,
}

impl Controller for DeploymentController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::DEPLOYMENT if spec_changed(change) => queue.now(change.key.clone()),
            Kind::REPLICA_SET => self.observe_replica_set(change, store, queue),
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(deployment) = Deployment::of(&object) else { return Ok(()) };
        if deployment.spec.selector.is_empty() {
            let message = "This deployment is selecting all pods. A non-empty selector is required.";
            context.api.event(&object, SOURCE, EventType::Warning, "SelectingAll", message);
            return Ok(());
        }
        let sets = self.claim_replica_sets(deployment, context)?;
        let mut rollout = Rollout { deployment: deployment.clone(), sets, new: None };
        if deployment.meta.is_terminating() {
            rollout.sync_revision(false, context)?;
            return write_counts(&mut rollout, context);
        }
        note_pause(&mut rollout, context)?;
        if deployment.spec.paused || is_scaling_event(&mut rollout, context)? {
            return scale(&mut rollout, context);
        }
        if rollout.is_rolling() { roll(&mut rollout, context) } else { recreate(&mut rollout, context) }
    }
}

impl DeploymentController {
    fn observe_replica_set(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        let owner = |object: Option<&Object>| object.and_then(|object| object.meta().controller().cloned());
        let (old, new) = (owner(change.old.as_deref()), owner(change.new.as_deref()));
        for owner in old.iter().chain(&new).filter(|owner| &*owner.kind == "Deployment") {
            queue.after(change.key.sibling(Kind::DEPLOYMENT, owner.name.clone()), COALESCE);
        }
        match &change.new {
            Some(object) if new.is_none() => {
                self.orphans.insert(change.key.clone());
                for deployment in store.selecting(Kind::DEPLOYMENT, &change.key.namespace, object.labels()) {
                    queue.after(deployment.key(), COALESCE);
                }
            }
            _ => {
                self.orphans.remove(&change.key);
            }
        }
    }

    /// The Deployment's ReplicaSets, oldest first, after adopting and releasing.
    fn claim_replica_sets(&self, deployment: &Deployment, context: &mut Context<'_>) -> Result<Vec<ReplicaSet>> {
        let store = context.api.store();
        let orphans = self.orphans.iter().filter(|key| key.namespace == deployment.meta.namespace);
        let candidates: Vec<ReplicaSet> = store
            .owned_by(&deployment.meta.uid)
            .chain(orphans.filter_map(|key| store.get(key)))
            .filter_map(|object| ReplicaSet::of(object).cloned())
            .collect();
        let mut sets = Vec::new();
        for mut rs in candidates {
            match claim(&deployment.meta, &rs.meta, deployment.spec.selector.matches(&rs.meta.labels)) {
                Claim::Keep => sets.push(rs),
                Claim::Adopt => {
                    let owner = controller_ref(Kind::DEPLOYMENT, &deployment.meta.name, &deployment.meta.uid);
                    rs.meta.owner_references.push(owner);
                    sets.extend(ReplicaSet::of(&*context.api.update(rs)?).cloned());
                }
                Claim::Release => {
                    rs.meta.owner_references.retain(|owner| owner.uid != deployment.meta.uid);
                    context.api.update(rs)?;
                }
                Claim::Ignore => {}
            }
        }
        sets.order_by(|a, b| (a.meta.creation_timestamp, &a.meta.name).cmp(&(b.meta.creation_timestamp, &b.meta.name)));
        Ok(sets)
    }
}

/// Notes in the conditions that a rollout was paused or resumed, so that the pause does not count against its deadline.
///
/// Models `checkPausedConditions`.
fn note_pause(rollout: &mut Rollout, context: &mut Context<'_>) -> Result<()> {
    if deadline(&rollout.deployment).is_none() {
        return Ok(());
    }
    let current = get(&rollout.deployment.status.conditions, PROGRESSING).map(|condition| condition.reason.clone());
    let noted = current.as_deref() == Some(reason::PAUSED);
    let (reason, message) = match (rollout.deployment.spec.paused, noted) {
        _ if current.as_deref() == Some(reason::TIMED_OUT) => return Ok(()),
        (true, false) => (reason::PAUSED, "Deployment is paused"),
        (false, true) => (reason::RESUMED, "Deployment is resumed"),
        _ => return Ok(()),
    };
    rollout.set_progressing(ConditionStatus::Unknown, reason, message, context);
    rollout.write_status(context)
}

/// Whether the Deployment was resized since its active ReplicaSets were sized.
///
/// Models `isScalingEvent`.
fn is_scaling_event(rollout: &mut Rollout, context: &mut Context<'_>) -> Result<bool> {
    rollout.sync_revision(false, context)?;
    let wanted = rollout.deployment.spec.replicas;
    let mut active = rollout.sets.iter().filter(|rs| rs.spec.replicas > 0);
    Ok(active.any(|rs| number(rs, history::DESIRED_REPLICAS).is_some_and(|desired| desired != wanted)))
}

/// The number in an annotation.
fn number(rs: &ReplicaSet, annotation: &str) -> Option<i32> {
    rs.meta.annotations.get(annotation).and_then(|text| text.parse().ok())
}

fn scale(rollout: &mut Rollout, context: &mut Context<'_>) -> Result<()> {
    rollout.sync_revision(false, context)?;
    let deployment = &rollout.deployment;
    let wanted = Wanted {
        replicas: deployment.spec.replicas,
        surge: fenceposts::of_deployment(&deployment.spec).surge,
        rolling: rollout.is_rolling(),
        status_replicas: deployment.status.replicas,
    };
    let members: Vec<Member> = rollout
        .sets
        .iter()
        .map(|rs| Member {
            name: rs.meta.name.clone(),
            created: rs.meta.creation_timestamp.unwrap_or_default(),
            replicas: rs.spec.replicas,
            available: rs.status.available_replicas,
            desired: number(rs, history::DESIRED_REPLICAS),
            max: number(rs, history::MAX_REPLICAS),
        })
        .collect();
    for resize in proportional::scale(wanted, rollout.new, &members) {
        rollout.resize(resize.index, resize.to, context)?;
    }
    if rollout.deployment.spec.paused {
        clean_up(rollout, context)?;
    }
    write_counts(rollout, context)
}

/// One step of a rolling update.
///
/// Models `rolloutRolling`.
fn roll(rollout: &mut Rollout, context: &mut Context<'_>) -> Result<()> {
    rollout.sync_revision(true, context)?;
    let fence = fenceposts::of_deployment(&rollout.deployment.spec);
    if grow_new(rollout, fence, context)? || shrink(rollout, fence, context)? {
        return write_progress(rollout, context);
    }
    clean_up_if_complete(rollout, context)?;
    write_progress(rollout, context)
}

fn grow_new(rollout: &mut Rollout, fence: Fenceposts, context: &mut Context<'_>) -> Result<bool> {
    let (Some(place), Some(new)) = (rollout.new, rollout.new_set()) else { return Ok(false) };
    let total = rollout.sets.iter().map(|rs| rs.spec.replicas).sum();
    let size = new_size(rollout.deployment.spec.replicas, fence.surge, total, new.spec.replicas);
    if size == new.spec.replicas { Ok(false) } else { rollout.resize(place, size, context) }
}

fn shrink(rollout: &mut Rollout, fence: Fenceposts, context: &mut Context<'_>) -> Result<bool> {
    let counted = |rs: &ReplicaSet| Counted { replicas: rs.spec.replicas, available: rs.status.available_replicas };
    let places = rollout.old();
    let old: Vec<Counted> = places.iter().filter_map(|place| rollout.sets.get(*place)).map(counted).collect();
    let new = rollout.new_set().map_or(Counted { replicas: 0, available: 0 }, counted);
    let mut shrunk = false;
    for resize in shrink_old(rollout.deployment.spec.replicas, fence, &old, new) {
        if let Some(place) = places.get(resize.index) {
            shrunk |= rollout.resize(*place, resize.to, context)?;
        }
    }
    Ok(shrunk)
}

/// One step of a replacement of all pods at once.
///
/// Models `rolloutRecreate`.
fn recreate(rollout: &mut Rollout, context: &mut Context<'_>) -> Result<()> {
    rollout.sync_revision(false, context)?;
    let mut shrunk = false;
    for place in rollout.old() {
        if rollout.sets.get(place).is_some_and(|rs| rs.spec.replicas > 0) {
            shrunk |= rollout.resize(place, 0, context)?;
        }
    }
    if shrunk || old_pods_run(rollout, context.api.store()) {
        return write_progress(rollout, context);
    }
    if rollout.new.is_none() {
        rollout.sync_revision(true, context)?;
    }
    if let Some(place) = rollout.new {
        let wanted = rollout.deployment.spec.replicas;
        if rollout.new_set().is_some_and(|rs| rs.spec.replicas != wanted) {
            rollout.resize(place, wanted, context)?;
        }
    }
    clean_up_if_complete(rollout, context)?;
    write_progress(rollout, context)
}

/// Whether a pod of an old ReplicaSet has not ended yet, be it on its way out.
///
/// Models `oldPodsRunning`.
fn old_pods_run(rollout: &Rollout, store: &Store) -> bool {
    rollout.old().into_iter().filter_map(|place| rollout.sets.get(place)).any(|rs| {
        let mut pods = store.owned_by(&rs.meta.uid).filter_map(|object| Pod::of(object));
        rs.status.replicas > 0 || pods.any(|pod| !pod.is_terminal())
    })
}

fn clean_up_if_complete(rollout: &mut Rollout, context: &mut Context<'_>) -> Result<()> {
    let (deployment, status) = (&rollout.deployment, &rollout.deployment.status);
    let observed = status.observed_generation >= deployment.meta.generation;
    if observed && counts(status).complete(deployment.spec.replicas) { clean_up(rollout, context) } else { Ok(()) }
}

/// Deletes old ReplicaSets beyond the history limit.
///
/// Models `cleanupDeployment`.
fn clean_up(rollout: &mut Rollout, context: &mut Context<'_>) -> Result<()> {
    let Some(limit) = rollout.deployment.spec.revision_history_limit else { return Ok(()) };
    let old: Vec<Old> = rollout
        .old()
        .into_iter()
        .filter_map(|place| rollout.sets.get(place))
        .map(|rs| Old {
            name: rs.meta.name.clone(),
            revision: history::revision(rs.meta.annotations.get(history::REVISION).map(|text| &**text)),
            created: rs.meta.creation_timestamp.unwrap_or_default(),
            empty: rs.spec.replicas == 0
                && rs.status.replicas == 0
                && rs.meta.generation <= rs.status.observed_generation,
            deleting: rs.meta.is_terminating(),
        })
        .collect();
    for name in beyond_limit(limit, &old) {
        let key = Key::new(Kind::REPLICA_SET, rollout.deployment.meta.namespace.clone(), name.clone());
        context.api.delete(&key, Options::default())?;
        rollout.sets.retain(|rs| rs.meta.name != name);
    }
    rollout.new = super::new_replica_set::find(&rollout.deployment, &rollout.sets);
    Ok(())
}

/// Writes the counts, and nothing about progress: what is being scaled or paused is not judged.
///
/// Models `syncDeploymentStatus`.
fn write_counts(rollout: &mut Rollout, context: &mut Context<'_>) -> Result<()> {
    let all: Vec<&ReplicaSet> = rollout.sets.iter().collect();
    let status = calculate(&rollout.deployment, &all, rollout.new_set(), context.now.timestamp());
    if status == rollout.deployment.status {
        return Ok(());
    }
    rollout.deployment.status = status;
    rollout.write_status(context)
}

/// Writes counts and progress. What did not move is looked at again when its deadline is over.
///
/// Models `syncRolloutStatus`.
fn write_progress(rollout: &mut Rollout, context: &mut Context<'_>) -> Result<()> {
    let all: Vec<&ReplicaSet> = rollout.sets.iter().collect();
    let now = context.now.timestamp();
    let status = calculate_rollout(&rollout.deployment, &all, rollout.new_set(), now);
    let changed = status != rollout.deployment.status;
    rollout.deployment.status = status;
    let key = Object::Deployment(rollout.deployment.clone()).key();
    if changed {
        rollout.write_status(context)?;
    }
    let deployment = &rollout.deployment;
    let complete = counts(&deployment.status).complete(deployment.spec.replicas);
    let current = get(&deployment.status.conditions, PROGRESSING);
    if let (Some(deadline), Some(current)) = (deadline(deployment), current) {
        let last = Last { reason: &current.reason, updated: current.last_update_time.unwrap_or_default() };
        if let Some(wait) = check_after(deadline, last, complete, now) {
            context.queue.after(key, wait);
        }
    }
    Ok(())
}
