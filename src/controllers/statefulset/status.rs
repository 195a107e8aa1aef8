//! What a StatefulSet's status counts.

use crate::api::objects::sets::{StatefulSetStatus, UpdateType};
use crate::api::objects::{Pod, StatefulSet};
use crate::base::Str;
use crate::base::time::Timestamp;
use crate::controllers::replicaset::status::available_at;
use crate::controllers::revision::HASH_LABEL;

/// Counts the pods. When all of them are of the newest template and ready, the rollout is over.
///
/// Models `updateStatus` and `completeRollingUpdate` of `pkg/controller/statefulset`.
pub fn calculate(
    set: &StatefulSet,
    pods: &[&Pod],
    (current, update): (&Str, &Str),
    collisions: i32,
    now: Timestamp,
) -> StatefulSetStatus {
    let count =
        |holds: &dyn Fn(&Pod) -> bool| i32::try_from(pods.iter().filter(|pod| holds(pod)).count()).unwrap_or(i32::MAX);
    let of =
        |pod: &Pod, revision: &Str| !pod.meta.is_terminating() && pod.meta.labels.get(HASH_LABEL) == Some(revision);
    let available = |pod: &Pod| available_at(pod, set.spec.min_ready_seconds).is_some_and(|at| at <= now);
    let mut status = StatefulSetStatus {
        observed_generation: set.meta.generation,
        replicas: count(&|_| true),
        ready_replicas: count(&Pod::is_ready),
        available_replicas: count(&available),
        current_replicas: count(&|pod| of(pod, current)),
        updated_replicas: count(&|pod| of(pod, update)),
        current_revision: current.clone(),
        update_revision: update.clone(),
        collision_count: Some(collisions),
        conditions: set.status.conditions.clone(),
        rest: set.status.rest.clone(),
    };
    let wanted = set.spec.replicas;
    if set.spec.update_strategy.kind == UpdateType::RollingUpdate
        && [status.updated_replicas, status.ready_replicas, status.replicas] == [wanted; 3]
    {
        status.current_replicas = status.updated_replicas;
        status.current_revision = update.clone();
    }
    status
}
