//! The disruption controller: how many pods of a PodDisruptionBudget may be evicted now.
//!
//! [`sync`] reads and writes; [`budget`] is the arithmetic. Who evicts asks the budget's status; that is not here.

pub mod budget;
pub mod sync;

pub use sync::DisruptionController;
