//! The ReplicaSet controller: as many pods as wanted, by label, and no more.
//!
//! [`sync`] reads and writes; the decisions are [`slow_start`] (in which batches pods are made), [`ranking`] (which pods go
//! first) and [`status`] (what is counted). Start with [`sync`].

pub mod ranking;
pub mod slow_start;
pub mod status;
pub mod sync;

pub use sync::ReplicaSetController;
