//! The ReplicaSet controller: as many pods as wanted, by label, and no more.
//!
//! The decisions: [`slow_start`] (in which batches pods are made) and [`ranking`] (which pods go first).

pub mod ranking;
pub mod slow_start;
