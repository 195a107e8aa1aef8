//! api
pub mod default;
pub mod field_error;
pub mod node;
pub mod validate;
