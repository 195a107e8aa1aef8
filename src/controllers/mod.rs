//! The control loops: what turns a spec into a state, one folder per controller.
//!
//! Each folder is split as upstream splits it: `mod.rs` is the sync (reads the store, writes through the API server), and
//! beside it stands one file per *decision*, a pure function over numbers and plain structs with its table of cases.
//! Nothing here knows about time passing, nodes' kubelets or packets. Start with [`deployment::rolling`].

pub mod deployment;
pub mod endpoints;
pub mod endpointslice;
pub mod replicaset;
