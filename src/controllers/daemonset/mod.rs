//! The DaemonSet controller: one pod on every node that can take it.
//!
//! [`sync`] reads and writes; the decisions are [`nodes`] (which nodes, and what a pod for a node looks like), [`manage`]
//! (which pods are made and deleted on a node), [`rolling`] (which are replaced by a new template's) and [`status`]
//! (what is counted). Start with [`sync`].

pub mod manage;
pub mod nodes;
pub mod rolling;
pub mod status;
pub mod sync;

pub use sync::DaemonSetController;

pub use crate::apiserver::TEMPLATE_GENERATION;
/// The label of a pod that says by which template, in that count, it was made.
pub const TEMPLATE_GENERATION_LABEL: &str = "pod-template-generation";
