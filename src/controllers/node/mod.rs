//! What becomes of a node, and of its pods, when its machine is no longer heard from, is tainted or is taken away.
//!
//! [`lifecycle`] tells from the silence of a kubelet that a node is not ready, and keeps taints true to conditions.
//! [`eviction`] removes pods that do not bear a taint, or no longer. [`pod_gc`] removes pods whose node is gone.
//!
//! Not here: the kubelet's own word about its node (`kubelet::node`), and draining, which is kubectl's.

pub mod eviction;
pub mod lifecycle;
pub mod pod_gc;

pub use eviction::TaintEvictionController;
pub use lifecycle::NodeLifecycleController;
pub use pod_gc::PodGcController;

use crate::api::objects::Pod;
use crate::api::objects::pod::{ConditionStatus, PodCondition};
use crate::base::time::Timestamp;

/// The pod with the condition `DisruptionTarget`, as it is before somebody other than its owner removes it.
fn disrupted(pod: &Pod, reason: &str, message: &str, now: Timestamp) -> Pod {
    let mut pod = pod.clone();
    pod.status.conditions.retain(|condition| &*condition.kind != "DisruptionTarget");
    pod.status.conditions.push(PodCondition {
        kind: "DisruptionTarget".into(),
        status: ConditionStatus::True,
        reason: reason.into(),
        message: message.into(),
        last_transition_time: Some(now),
        observed_generation: pod.meta.generation,
        ..PodCondition::default()
    });
    pod
}
