//! What a ReplicaSet's status counts.

use super::tally::Tally;
use crate::api::objects::pod::ConditionStatus;
use crate::api::objects::workload::{Condition, ReplicaSetStatus};
use crate::api::objects::{Pod, ReplicaSet};
use crate::base::Str;
use crate::base::time::Timestamp;

/// When the pod became ready, if it is.
pub fn ready_since(pod: &Pod) -> Option<Option<Timestamp>> {
    let ready = pod.condition("Ready").filter(|condition| condition.status == ConditionStatus::True)?;
    Some(ready.last_transition_time)
}

/// When the pod counts as available: `min_ready_seconds` after it became ready.
///
/// Models `IsPodAvailable` of `pkg/api/v1/pod/util.go`.
pub fn available_at(pod: &Pod, min_ready_seconds: i32) -> Option<Timestamp> {
    let since = ready_since(pod)?;
    match since {
        _ if min_ready_seconds == 0 => Some(since.unwrap_or_default()),
        Some(since) => Some(Timestamp(since.0 + i64::from(min_ready_seconds))),
        None => None,
    }
}

/// The status that says what was counted. `failure` is the reason and text of a failed creation or deletion.
///
/// Models `calculateStatus` of `pkg/controller/replicaset/replica_set_utils.go`.
pub fn calculate(
    rs: &ReplicaSet,
    tally: &Tally,
    failure: Option<(&'static str, String)>,
    now: Timestamp,
) -> ReplicaSetStatus {
    let mut conditions = rs.status.conditions.clone();
    match failure {
        Some((reason, message)) if !conditions.iter().any(|condition| &*condition.kind == REPLICA_FAILURE) => {
            conditions.push(Condition {
                kind: REPLICA_FAILURE.into(),
                status: ConditionStatus::True,
                reason: reason.into(),
                message: message.into(),
                last_transition_time: Some(now),
                ..Condition::default()
            });
        }
        Some(_) => {}
        None => conditions.retain(|condition| &*condition.kind != REPLICA_FAILURE),
    }
    ReplicaSetStatus {
        replicas: tally.active,
        fully_labeled_replicas: tally.labelled,
        ready_replicas: tally.ready,
        available_replicas: tally.available(rs.spec.min_ready_seconds, now),
        terminating_replicas: Some(tally.terminating),
        observed_generation: rs.meta.generation,
        conditions,
        rest: rs.status.rest.clone(),
    }
}

/// The type of the condition that says that pods cannot be made or deleted.
pub const REPLICA_FAILURE: &str = "ReplicaFailure";

/// The most often that a container of the pod was restarted; `sidecars` asks about its sidecars.
pub fn restarts(pod: &Pod, sidecars: bool) -> i32 {
    let is_sidecar = |name: &Str| {
        pod.spec.init_containers.iter().any(|container| container.name == *name && container.restart_policy.is_some())
    };
    let statuses = if sidecars { &pod.status.init_container_statuses } else { &pod.status.container_statuses };
    let counted = statuses.iter().filter(|status| !sidecars || is_sidecar(&status.name));
    counted.map(|status| status.restart_count).max().unwrap_or(0)
}
