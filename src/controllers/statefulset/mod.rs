//! The StatefulSet controller: pods with names that stay, made in order and taken down in reverse, each with claims of its
//! own.
//!
//! [`sync`] reads and writes; the decisions are [`order`] (which pods are made and deleted now), [`identity`] (what a pod
//! and its claims are called and carry), [`history`] (revisions) and [`status`]. Start with [`sync`].

pub mod history;
pub mod identity;
pub mod order;
pub mod status;
pub mod sync;

pub use sync::StatefulSetController;
