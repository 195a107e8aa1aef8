//! The scheduler: puts each pod without a node on the best node that can take it, and says why when none can.
//!
//! It knows nothing of what a pod does once it is bound. [`sync`] reads and writes, over what
//! [`convert`] takes out of objects. The decisions: [`filter`] (which nodes are possible), [`fit`] (do the pod's requests
//! fit), [`affinity`] and [`spread`] (what other pods mean), [`volumes`] (where the pod's volumes can be reached), [`score`] (which is best), [`explain`] (the text when none
//! is), [`preempt`] (which pods go for a more important one). `nodes` remembers ratings; `because` says more than Kubernetes does. Start with [`filter`].

pub mod affinity;
mod because;
pub mod convert;
pub mod explain;
pub mod filter;
pub mod fit;
pub mod node_selector;
mod nodes;
pub mod preempt;
pub mod rate;
pub mod score;
pub mod spread;
pub mod sync;
pub mod taints;
pub mod volumes;

pub use sync::Scheduler;
