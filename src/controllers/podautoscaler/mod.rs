//! The HorizontalPodAutoscaler controller: how many pods a workload should have for the load that it bears.
//!
//! Models `pkg/controller/podautoscaler`. [`sync`] reads and writes; what is scaled is `target`, and of what it is told is `source`.
//! [`metrics`] says what pods use, as metrics-server would
//! tell it: a function of what their images are and of the requests that come ([`loads`]). [`replicas`] makes a number of
//! pods out of that, [`normalize`] keeps it from changing too fast.

pub mod loads;
pub mod metrics;
pub mod normalize;
pub mod replicas;
mod source;
pub mod sync;
mod target;

pub use sync::HorizontalController;
