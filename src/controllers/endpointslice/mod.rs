//! The EndpointSlice controller: which pods a Service's traffic may go to, in slices of at most 100.
//!
//! The decision: [`packing`] (which endpoint goes to which slice, with as few writes as possible).

pub mod packing;
