//! How kubectl lays out what it prints. It knows nothing of kinds: tables of objects stand in `tables/`, descriptions in
//! `describe/`.
//!
//! Start with [`tabwriter`], which everything in columns goes through.

pub mod structured;
pub mod tabwriter;
pub mod unified;
