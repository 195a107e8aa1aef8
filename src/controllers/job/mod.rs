//! The Job controller: pods until enough of them have ended well.
//!
//! [`sync`] reads and writes; the decisions are [`tally`] (what has ended and counts), [`outcome`] (whether the Job is over),
//! [`pods`] (which pods are made and deleted), [`back_off`] (when), [`indexes`] and [`policy`]. [`ttl`] is a controller of its
//! own that removes Jobs some time after their end. Start with [`sync`].

pub mod back_off;
pub mod indexes;
pub mod outcome;
pub mod pods;
pub mod policy;
pub mod sync;
pub mod tally;
pub mod ttl;

pub use sync::JobController;
pub use ttl::TtlController;

/// The finalizer of a pod that the controller has not counted yet.
pub const TRACKING: &str = "batch.kubernetes.io/job-tracking";
/// The annotation and label of a pod with its completion index.
pub const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// The annotation of a pod that says how often its index failed before.
pub const INDEX_FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
