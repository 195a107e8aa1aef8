//! The kubelets of all nodes: what happens to a pod once it has a node, as a state machine per pod driven by timers.
//!
//! There is no loop per node and no clock that ticks: every timer is set to the next moment at which something changes.
//! The decisions: [`image`] (can it be pulled, and from where), [`process`] (what a command line does), [`behaviour`] (what
//! an image does, read from `www/images`), [`probe`] (when a probe's verdict turns). Start with [`behaviour`].

pub mod behaviour;
pub mod catalogue;
pub mod image;
pub mod process;
