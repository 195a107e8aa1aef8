//! The ReplicaSet controller: as many pods as wanted, by label, and no more.
//!
//! [`sync`] reads and writes; the decisions are [`slow_start`] (in which batches pods are made), [`ranking`] (which pods go
//! first) and [`status`] (what is said); what is counted is kept in a [`tally`]. Start with [`sync`].

pub mod ranking;
pub mod slow_start;
pub mod status;
pub mod sync;
pub mod tally;

pub use sync::ReplicaSetController;
