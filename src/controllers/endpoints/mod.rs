//! The controller of the old `v1` Endpoints, which still runs beside [`super::endpointslice`].
//!
//! The decision: [`repack`] (which addresses share a subset, and what is cut off above 1,000).

pub mod repack;
