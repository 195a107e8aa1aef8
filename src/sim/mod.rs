//! The simulation: the world, its clock and its only loop.
//!
//! [`config`] says what a cluster is made of, [`seed`] makes it, [`world`] is all of its state (cloning it is cheap: a
//! snapshot is a clone), [`engine`] lets time pass. [`inputs`] is the log of what came from outside, [`faults`] what of it is
//! broken, [`history`] what is kept of the past, [`share`] a whole story as a short text, and [`why`] traces a change back to
//! what the user did. Same seed and same inputs: same bytes, however the time is sliced.
//! Not here: how a person types inputs (`kubectl`) and sees the world (`view`).

pub mod api_log;
pub mod config;
pub mod engine;
pub mod faults;
pub mod history;
pub mod inputs;
mod roles;
pub mod seed;
pub mod served;
pub mod share;
pub mod why;
pub mod world;

pub use config::{ClusterConfig, NodeConfig};
pub use engine::Engine;
pub use faults::Fault;
pub use inputs::Input;
pub use world::World;

#[cfg(test)]
mod tests;
