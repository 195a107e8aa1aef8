//! What a DaemonSet's status counts.

use super::manage::DaemonPod;
use super::nodes::Verdict;
use crate::api::objects::DaemonSet;
use crate::api::objects::sets::DaemonSetStatus;

/// Counts over all nodes; a node's pods stand oldest first, and only the first one counts.
///
/// Models `updateDaemonSetStatus` of `pkg/controller/daemon/daemon_controller.go`.
pub fn calculate<'a>(set: &DaemonSet, nodes: impl Iterator<Item = (Verdict, &'a [DaemonPod])>) -> DaemonSetStatus {
    let mut status = DaemonSetStatus {
        observed_generation: set.meta.generation,
        collision_count: set.status.collision_count,
        conditions: set.status.conditions.clone(),
        rest: set.status.rest.clone(),
        ..DaemonSetStatus::default()
    };
    for (verdict, pods) in nodes {
        match (verdict.should_run, pods.first()) {
            (true, first) => {
                status.desired_number_scheduled += 1;
                let count = |holds: fn(&DaemonPod) -> bool| i32::from(first.is_some_and(holds));
                status.current_number_scheduled += count(|_| true);
                status.number_ready += count(|pod| pod.ready);
                status.number_available += count(|pod| pod.ready && pod.available);
                status.updated_number_scheduled += count(|pod| pod.new);
            }
            (false, Some(_)) => status.number_misscheduled += 1,
            (false, None) => {}
        }
    }
    status.number_unavailable = status.desired_number_scheduled - status.number_available;
    status
}
