//! What a Deployment's status says: sums over its ReplicaSets, and its conditions.

use super::fenceposts;
use super::progress::{Counts, Estimate, Last, estimate, reason};
use crate::api::objects::pod::ConditionStatus;
use crate::api::objects::workload::{Condition, DeploymentStatus};
use crate::api::objects::{Deployment, ReplicaSet};
use crate::base::text::go_quote;
use crate::base::time::Timestamp;
use crate::controllers::replicaset::status::REPLICA_FAILURE;

/// Condition types.
pub const AVAILABLE: &str = "Available";
/// Condition types.
pub const PROGRESSING: &str = "Progressing";

/// A condition that begins now.
pub fn condition(
    kind: &str,
    status: ConditionStatus,
    reason: &str,
    message: impl Into<crate::base::Str>,
    now: Timestamp,
) -> Condition {
    Condition {
        kind: kind.into(),
        status,
        reason: reason.into(),
        message: message.into(),
        last_update_time: Some(now),
        last_transition_time: Some(now),
        ..Condition::default()
    }
}

/// A condition by its type.
pub fn get<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| &*condition.kind == kind)
}

/// Sets a condition, last in the list. One with the same status and reason stays untouched; with the same status it keeps
/// the time of its last transition.
///
/// Models `SetDeploymentCondition`.
pub fn set(conditions: &mut Vec<Condition>, mut new: Condition) {
    if let Some(old) = get(conditions, &new.kind) {
        if old.status == new.status && old.reason == new.reason {
            return;
        }
        if old.status == new.status {
            new.last_transition_time = old.last_transition_time;
        }
    }
    conditions.retain(|condition| condition.kind != new.kind);
    conditions.push(new);
}

/// The deadline for progress, if there is one.
pub fn deadline(deployment: &Deployment) -> Option<i32> {
    deployment.spec.progress_deadline_seconds.filter(|seconds| *seconds != i32::MAX)
}

/// The counts of a status.
pub fn counts(status: &DeploymentStatus) -> Counts {
    Counts {
        replicas: status.replicas,
        updated: status.updated_replicas,
        ready: status.ready_replicas,
        available: status.available_replicas,
    }
}

/// The sums over all ReplicaSets, and whether enough pods are available.
///
/// Models `calculateStatus` of `pkg/controller/deployment/sync.go`.
pub fn calculate(
    deployment: &Deployment,
    all: &[&ReplicaSet],
    new: Option<&ReplicaSet>,
    now: Timestamp,
) -> DeploymentStatus {
    let sum = |count: fn(&ReplicaSet) -> i32| all.iter().map(|rs| count(rs)).fold(0_i32, i32::saturating_add);
    let available = sum(|rs| rs.status.available_replicas);
    let mut status = DeploymentStatus {
        observed_generation: deployment.meta.generation,
        replicas: sum(|rs| rs.status.replicas),
        updated_replicas: new.map_or(0, |rs| rs.status.replicas),
        ready_replicas: sum(|rs| rs.status.ready_replicas),
        available_replicas: available,
        unavailable_replicas: sum(|rs| rs.spec.replicas).saturating_sub(available).max(0),
        terminating_replicas: Some(sum(|rs| rs.status.terminating_replicas.unwrap_or(0))),
        ..deployment.status.clone()
    };
    let enough = available >= deployment.spec.replicas - fenceposts::of_deployment(&deployment.spec).unavailable;
    let condition = if enough {
        let message = "Deployment has minimum availability.";
        condition(AVAILABLE, ConditionStatus::True, "MinimumReplicasAvailable", message, now)
    } else {
        let message = "Deployment does not have minimum availability.";
        condition(AVAILABLE, ConditionStatus::False, "MinimumReplicasUnavailable", message, now)
    };
    set(&mut status.conditions, condition);
    status
}

/// The same, and how the rollout comes on.
///
/// Models `syncRolloutStatus` of `pkg/controller/deployment/progress.go`.
pub fn calculate_rollout(
    deployment: &Deployment,
    all: &[&ReplicaSet],
    new: Option<&ReplicaSet>,
    now: Timestamp,
) -> DeploymentStatus {
    let mut status = calculate(deployment, all, new, now);
    match deadline(deployment) {
        None => status.conditions.retain(|condition| &*condition.kind != PROGRESSING),
        Some(deadline) => {
            let current = get(&deployment.status.conditions, PROGRESSING).cloned();
            let last = current.as_ref().map(|condition| Last {
                reason: &condition.reason,
                updated: condition.last_update_time.unwrap_or_default(),
            });
            let (before, after) = (counts(&deployment.status), counts(&status));
            let estimated = estimate(deployment.spec.replicas, true, deadline, &before, &after, last, now);
            set_progress(&mut status.conditions, deployment, new, estimated, current, now);
        }
    }
    let failure = new.into_iter().chain(all.iter().copied()).find_map(|rs| get(&rs.status.conditions, REPLICA_FAILURE));
    match failure {
        Some(failure) => {
            let failure = Condition { last_update_time: failure.last_transition_time, ..failure.clone() };
            set(&mut status.conditions, failure);
        }
        None => status.conditions.retain(|condition| &*condition.kind != REPLICA_FAILURE),
    }
    status
}

fn set_progress(
    conditions: &mut Vec<Condition>,
    deployment: &Deployment,
    new: Option<&ReplicaSet>,
    estimated: Estimate,
    current: Option<Condition>,
    now: Timestamp,
) {
    let subject = match new {
        Some(rs) => format!("ReplicaSet {}", go_quote(&rs.meta.name)),
        None => format!("Deployment {}", go_quote(&deployment.meta.name)),
    };
    let progressing =
        |status, reason, what: &str| condition(PROGRESSING, status, reason, format!("{subject} {what}"), now);
    match estimated {
        Estimate::Unchanged => {}
        Estimate::Complete => {
            let what = "has successfully progressed.";
            set(conditions, progressing(ConditionStatus::True, reason::NEW_REPLICA_SET_AVAILABLE, what));
        }
        Estimate::Moving => {
            let mut moving = progressing(ConditionStatus::True, reason::REPLICA_SET_UPDATED, "is progressing.");
            if let Some(current) = current.filter(|current| current.status == ConditionStatus::True) {
                moving.last_transition_time = current.last_transition_time;
            }
            // Unlike others this condition is refreshed though status and reason are the same: the deadline counts from it.
            conditions.retain(|condition| &*condition.kind != PROGRESSING);
            conditions.push(moving);
        }
        Estimate::TimedOut => {
            let what = "has timed out progressing.";
            set(conditions, progressing(ConditionStatus::False, reason::TIMED_OUT, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_set_as_upstream_does() {
        let at = Timestamp;
        let new = |status, reason: &str, seconds| condition(PROGRESSING, status, reason, "m", at(seconds));
        let mut conditions =
            vec![new(ConditionStatus::True, "A", 1), condition(AVAILABLE, ConditionStatus::True, "X", "m", at(1))];
        set(&mut conditions, new(ConditionStatus::True, "A", 2));
        assert_eq!(conditions[0].last_update_time, Some(at(1)), "same status and reason: untouched");
        set(&mut conditions, new(ConditionStatus::True, "B", 3));
        assert_eq!(&*conditions[1].reason, "B", "moved to the end");
        assert_eq!((conditions[1].last_update_time, conditions[1].last_transition_time), (Some(at(3)), Some(at(1))));
        set(&mut conditions, new(ConditionStatus::False, "B", 4));
        assert_eq!(conditions[1].last_transition_time, Some(at(4)));
    }
}
