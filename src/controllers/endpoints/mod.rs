//! The controller of the old `v1` Endpoints, which still runs beside [`super::endpointslice`].
//!
//! [`sync`] reads and writes; [`repack`] decides which addresses share a subset, and what is cut off above 1,000.

pub mod repack;
pub mod sync;

pub use sync::EndpointsController;
