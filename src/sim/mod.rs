//! The simulation: the world, its clock and its only loop.
//!
//! [`config`] says what a cluster is made of, [`seed`] makes it, [`world`] is all of its state (cloning it is cheap: a
//! snapshot is a clone), [`engine`] lets time pass. Same seed and same inputs: same bytes, however the time is sliced.
//! Not here: how a person types inputs (`kubectl`) and sees the world (`view`).

pub mod api_log;
pub mod config;
pub mod engine;
mod seed;
pub mod world;

pub use config::{ClusterConfig, NodeConfig};
pub use engine::Engine;
pub use world::World;

#[cfg(test)]
mod tests;
