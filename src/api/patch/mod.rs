//! How one object is changed by another document: the three kinds of patch that the API server takes, and how kubectl
//! makes them. Pure functions on JSON values.
//!
//! [`strategic`] knows merge keys from the [`schema`](super::schema); [`merge`] is RFC 7396; [`json`] is RFC 6902.
//! Start with [`strategic::three_way`]: it is `kubectl apply`.

mod error;
pub mod json;
pub mod merge;
pub mod strategic;

pub use error::PatchError;

/// A patch as Go's `%+v` prints it: `map[spec:map[replicas:2]]`.
pub fn go_text(patch: &crate::base::Value) -> String {
    error::go_value(patch)
}
