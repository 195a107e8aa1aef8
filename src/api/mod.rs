//! Objects: what they are, how text becomes one, what is filled in, what is allowed, how one is changed.
//!
//! The way of a manifest: `yaml` gives a value; `decode` checks it against [`schema`]; [`default`] fills it in;
//! [`validate`] says what is wrong; [`objects`] makes it typed. Nothing here knows of a store: see `apiserver`.
//! Start with [`objects`] and [`kinds`].

pub mod cel;
pub mod certificate;
pub mod custom;
pub mod decode;
pub mod default;
pub mod field_error;
pub mod internal;
pub mod json;
pub mod kinds;
pub mod list;
pub mod meta;
pub mod node;
pub mod objects;
pub mod patch;
pub mod podhash;
pub mod quantity;
pub mod resources;
pub mod schema;
pub mod selector;
pub mod validate;
pub mod versions;
