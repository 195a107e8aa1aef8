//! Text to values with places, and values to text: YAML and JSON exactly as kubectl 1.36 reads and prints them.
//!
//! It is not a YAML library: it models go-yaml v2 under `sigs.k8s.io/yaml`, with its scalars (`yes` is true, `0777` is 511),
//! its errors and their odd line numbers, and kubectl's own cutting of a stream into documents. It knows nothing of kinds.
//!
//! A text passes through here, in this order:
//!
//! | file | what it does |
//! |---|---|
//! | [`load`](load()) | kubectl's loop: JSON while the text looks like it, then YAML |
//! | `chunks` | lines that start with `---` part documents |
//! | `scan` | characters to tokens |
//! | `parse` | tokens to events |
//! | `tree` | events to nodes |
//! | `decode`, `resolve` | nodes to a [`Value`], a [`SpanTree`] and [`Duplicate`]s |
//!
//! `json` reads JSON; `print` is the way back ([`to_yaml`]). Start reading with `load.rs`.

mod chunks;
mod decode;
mod error;
mod go_syntax;
mod json;
pub mod kyaml;
mod load;
mod number;
mod parse;
mod pos;
mod print;
mod resolve;
mod scan;
mod spans;
mod timestamp;
mod tree;

pub use error::{Reader, YamlError};
pub use load::load;
pub use pos::{Pos, Span};
pub use print::to_yaml;
pub use spans::SpanTree;

use crate::base::Value;
use crate::base::path::FieldPath;

/// How deep a document may nest. go-yaml and Go's JSON stop at 10,000; here everything walks values by recursion on the
/// small stack of a browser, `serde_json` reads no deeper, and no manifest comes near.
pub const MAX_DEPTH: usize = 128;

/// One document of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it says. Whole floats are integers, as in the JSON that kubectl makes of it.
    pub value: Value,
    /// Where it says it.
    pub spans: SpanTree,
    /// Keys that are written twice. kubectl is silent about them and takes the last: they are gone before the server's
    /// strict decoding, which would say `duplicate field`, can see them.
    pub duplicates: Vec<Duplicate>,
    /// The whole document.
    pub span: Span,
}

/// A key that a mapping has twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicate {
    /// The field.
    pub path: FieldPath,
    /// The key that is overridden.
    pub first: Span,
    /// The key that counts.
    pub second: Span,
}
