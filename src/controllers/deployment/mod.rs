//! The Deployment controller: it owns ReplicaSets, one per pod template, and moves replicas between them.
//!
//! The decisions, each a pure function: [`fenceposts`] (how far a rollout may stray), [`rolling`] (one step of a rolling
//! update), [`proportional`] (scaling in the middle of one), [`progress`] (is it done, moving or stuck), [`history`]
//! (revisions and what is kept of them). Start with [`rolling`].

pub mod fenceposts;
pub mod history;
pub mod progress;
pub mod proportional;
pub mod rolling;
