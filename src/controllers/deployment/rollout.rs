//! A Deployment and its ReplicaSets while it is looked at: the copies that a sync works on, written through as they change.

use super::history;
use super::new_replica_set as new_rs;
use super::progress::reason;
use super::status::{PROGRESSING, condition, deadline, get, set};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::ConditionStatus;
use crate::api::objects::{Deployment, Object, ReplicaSet};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Reason, Result, Status};
use crate::base::text::go_quote;
use crate::controllers::runtime::Context;

/// Who tells events of Deployments.
pub const SOURCE: Source = Source { component: "deployment-controller", host: "", field_path: "" };

/// A Deployment and its ReplicaSets, oldest first.
pub struct Rollout {
    /// The Deployment, with the status as last written.
    pub deployment: Deployment,
    /// All ReplicaSets.
    pub sets: Vec<ReplicaSet>,
    /// The place of the one with the Deployment's template.
    pub new: Option<usize>,
}

impl Rollout {
    /// The places of the old ReplicaSets, oldest first.
    pub fn old(&self) -> Vec<usize> {
        (0..self.sets.len()).filter(|place| Some(*place) != self.new).collect()
    }

    /// The new ReplicaSet.
    pub fn new_set(&self) -> Option<&ReplicaSet> {
        self.new.and_then(|place| self.sets.get(place))
    }

    /// Finds the new ReplicaSet and brings revisions up to date; makes it if it is missing and `create` says so.
    ///
    /// Models `getAllReplicaSetsAndSyncRevision` of `pkg/controller/deployment/sync.go`.
    pub fn sync_revision(&mut self, create: bool, context: &mut Context<'_>) -> Result<()> {
        self.new = new_rs::find(&self.deployment, &self.sets);
        let of = |rs: &ReplicaSet| history::revision(rs.meta.annotations.get(history::REVISION).map(|text| &**text));
        let newest = self.old().into_iter().filter_map(|place| self.sets.get(place)).map(of).max().unwrap_or(0);
        let revision = newest + 1;
        match self.new {
            Some(place) => self.sync_new(place, revision, context),
            None if create => self.create_new(revision, context),
            None => Ok(()),
        }
    }

    fn sync_new(&mut self, place: usize, revision: i64, context: &mut Context<'_>) -> Result<()> {
        let Some(rs) = self.sets.get_mut(place) else { return Ok(()) };
        let mut wanted = rs.clone();
        new_rs::annotate(&self.deployment, &mut wanted.meta.annotations, revision);
        wanted.spec.min_ready_seconds = self.deployment.spec.min_ready_seconds;
        if wanted != *rs {
            *rs = written(context.api.update(wanted)?, rs);
            return Ok(());
        }
        let name = rs.meta.name.clone();
        let revision = rs.meta.annotations.get(history::REVISION).cloned();
        let mut changed = self.set_revision(revision.as_deref());
        if deadline(&self.deployment).is_some() && get(&self.deployment.status.conditions, PROGRESSING).is_none() {
            let message = format!("Found new replica set {}", go_quote(&name));
            self.set_progressing(ConditionStatus::True, reason::FOUND_NEW_REPLICA_SET, message, context);
            changed = true;
        }
        if changed { self.write_status(context) } else { Ok(()) }
    }

    fn create_new(&mut self, revision: i64, context: &mut Context<'_>) -> Result<()> {
        let mut rs = new_rs::build(&self.deployment, revision);
        let total = self.sets.iter().map(|rs| rs.spec.replicas).sum();
        let fence = super::fenceposts::of_deployment(&self.deployment.spec);
        rs.spec.replicas = match self.is_rolling() {
            true => super::rolling::new_size(self.deployment.spec.replicas, fence.surge, total, 0),
            false => self.deployment.spec.replicas,
        };
        let (name, replicas) = (rs.meta.name.clone(), rs.spec.replicas);
        match context.api.create(rs) {
            Ok(created) => self.sets.extend(ReplicaSet::of(&created).cloned()),
            Err(status) if status.reason == Reason::AlreadyExists => self.reuse_or_collide(&name, status, context)?,
            Err(status) if status.message.contains("because it is being terminated") => return Err(status),
            Err(status) => {
                let message = format!("Failed to create new replica set {}: {}", go_quote(&name), status.message);
                let object = Object::Deployment(self.deployment.clone());
                context.api.event(&object, SOURCE, EventType::Warning, reason::FAILED_CREATE, &message);
                if deadline(&self.deployment).is_some() {
                    self.set_progressing(ConditionStatus::False, reason::FAILED_CREATE, message, context);
                    self.write_status(context)?;
                }
                return Err(status);
            }
        }
        self.new = new_rs::find(&self.deployment, &self.sets);
        if replicas > 0 {
            self.scaled_event("up", &name, 0, replicas, context);
        }
        let mut changed = self.set_revision(Some(&revision.to_string()));
        if deadline(&self.deployment).is_some() {
            let message = format!("Created new replica set {}", go_quote(&name));
            self.set_progressing(ConditionStatus::True, reason::NEW_REPLICA_SET, message, context);
            changed = true;
        }
        if changed { self.write_status(context) } else { Ok(()) }
    }

    /// The name is taken: by our own ReplicaSet, which is used; or by another template with the same hash, or another
    /// owner: then the next try takes another hash.
    fn reuse_or_collide(&mut self, name: &str, status: Status, context: &mut Context<'_>) -> Result<()> {
        let key = Key::new(Kind::REPLICA_SET, self.deployment.meta.namespace.clone(), name);
        let existing = context.api.get(&key)?;
        let Some(rs) = ReplicaSet::of(&existing) else { return Err(status) };
        let ours = rs.meta.controller().is_some_and(|owner| owner.uid == self.deployment.meta.uid);
        if ours && new_rs::same_template(&rs.spec.template, &self.deployment.spec.template) {
            self.sets.push(rs.clone());
            return Ok(());
        }
        self.deployment.status.collision_count = Some(self.deployment.status.collision_count.unwrap_or(0) + 1);
        self.write_status(context)?;
        Err(status)
    }

    /// Resizes a ReplicaSet, refreshes its size annotations and tells. Says whether the size changed.
    ///
    /// Models `scaleReplicaSetAndRecordEvent`.
    pub fn resize(&mut self, place: usize, to: i32, context: &mut Context<'_>) -> Result<bool> {
        let Some(rs) = self.sets.get_mut(place) else { return Ok(false) };
        let from = rs.spec.replicas;
        let mut wanted = rs.clone();
        wanted.spec.replicas = to;
        new_rs::annotate_sizes(&self.deployment, &mut wanted.meta.annotations);
        if wanted == *rs {
            return Ok(false);
        }
        *rs = written(context.api.update(wanted)?, rs);
        let name = rs.meta.name.clone();
        if from != to {
            self.scaled_event(if to > from { "up" } else { "down" }, &name, from, to, context);
        }
        Ok(from != to)
    }

    fn scaled_event(&self, direction: &str, name: &str, from: i32, to: i32, context: &mut Context<'_>) {
        let message = format!("Scaled {direction} replica set {name} from {from} to {to}");
        let object = Object::Deployment(self.deployment.clone());
        context.api.event(&object, SOURCE, EventType::Normal, "ScalingReplicaSet", &message);
    }

    /// Whether the strategy is `RollingUpdate`.
    pub fn is_rolling(&self) -> bool {
        self.deployment.spec.strategy.kind == crate::api::objects::workload::StrategyType::RollingUpdate
    }

    /// Sets the condition `Progressing` in the working copy.
    pub fn set_progressing(
        &mut self,
        status: ConditionStatus,
        reason: &str,
        message: impl Into<crate::base::Str>,
        context: &Context<'_>,
    ) {
        let new = condition(PROGRESSING, status, reason, message, context.now.timestamp());
        set(&mut self.deployment.status.conditions, new);
    }

    fn set_revision(&mut self, revision: Option<&str>) -> bool {
        let annotations = &mut self.deployment.meta.annotations;
        let Some(revision) = revision else { return false };
        if annotations.get(history::REVISION).is_some_and(|present| **present == *revision) {
            return false;
        }
        annotations.insert(history::REVISION, revision);
        true
    }

    /// Writes status and revision of the working copy.
    pub fn write_status(&mut self, context: &mut Context<'_>) -> Result<()> {
        let object = context.api.update_status(self.deployment.clone())?;
        if let Some(deployment) = Deployment::of(&object) {
            self.deployment = deployment.clone();
        }
        Ok(())
    }
}

fn written(object: std::rc::Rc<Object>, before: &ReplicaSet) -> ReplicaSet {
    ReplicaSet::of(&object).cloned().unwrap_or_else(|| before.clone())
}
