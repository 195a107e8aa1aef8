//! The ground floor: things that know nothing of Kubernetes.
//!
//! It is not a place for helpers that only one room needs. Start with [`time`] and [`msg`].

pub mod base64;
pub mod date;
pub mod difference;
pub mod hash;
pub mod msg;
mod order;
pub mod path;
pub mod pmap;
pub mod regex;
pub mod rng;
mod str;
pub mod text;
pub mod time;

pub use order::Order;
pub use str::Str;

/// A JSON value. Its objects are sorted by key, as Go's `encoding/json` prints maps.
pub type Value = serde_json::Value;

/// A JSON object, sorted by key.
pub type Fields = serde_json::Map<String, Value>;
