//! The kubelets of all nodes: what happens to a pod once it has a node, as a state machine per pod driven by timers.
//!
//! There is no loop per node and no clock that ticks: every timer is set to the next moment at which something changes.
//! [`sync`] reads and writes. A pod's state is a [`run::PodRun`]; [`lifecycle`] moves it on, [`status`] says what of it the
//! API server is told. What containers do comes from [`catalogue`] (images as data), [`manual`] (what that data, or an annotation, says of a program), [`process`] (what a command line does)
//! and [`behaviour`] (the result of both); [`image`] says whether a registry has an image, [`hook`] how a handler goes, [`probe`] when a probe's verdict
//! turns, [`addresses`] which address a pod gets. [`pressure`] which pods a full node evicts. [`faults`] says what is broken, [`node`] what is told of a node. Start with [`lifecycle`].

pub mod addresses;
pub mod behaviour;
pub mod catalogue;
pub mod env;
pub mod faults;
pub mod files;
pub mod hook;
pub mod image;
pub mod lifecycle;
pub mod manual;
pub mod node;
pub mod pages;
pub mod pi;
pub mod plan;
pub mod pressure;
pub mod probe;
pub mod process;
pub mod run;
pub mod script;
pub mod status;
pub mod sync;
pub mod volumes;

pub use sync::Kubelet;
