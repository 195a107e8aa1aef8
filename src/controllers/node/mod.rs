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
