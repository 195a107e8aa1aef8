//! The Deployment controller: it owns ReplicaSets, one per pod template, and moves replicas between them.
//!
//! [`sync`] reads and writes, helped by [`rollout`] (one Deployment and its ReplicaSets while it is looked at). The
//! decisions, each pure: [`fenceposts`] (how far a rollout may stray), [`rolling`] (one step of a rolling update),
//! [`proportional`] (scaling in the middle of one), [`progress`] (is it done, moving or stuck), [`status`] (what the status
//! says), [`history`] (revisions and what is kept of them), [`new_replica_set`] (what a new ReplicaSet looks like). Start
//! with [`sync`].

pub mod fenceposts;
pub mod history;
pub mod new_replica_set;
pub mod progress;
pub mod proportional;
pub mod rolling;
pub mod rollout;
pub mod status;
pub mod sync;

pub use sync::DeploymentController;
