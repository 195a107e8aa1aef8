//! The EndpointSlice controller: which pods a Service's traffic may go to, in slices of at most 100.
//!
//! [`sync`] reads and writes; [`endpoint`] turns pods into endpoints, [`packing`] decides which endpoint goes to which slice
//! with as few writes as possible, [`topology`] gives hints in proportion to the CPUs of zones. [`mirroring`] copies what users
//! write as Endpoints. Start with [`packing`].

pub mod endpoint;
pub mod mirroring;
pub mod packing;
pub mod sync;
pub mod topology;

pub use mirroring::MirroringController;
pub use sync::EndpointSliceController;
