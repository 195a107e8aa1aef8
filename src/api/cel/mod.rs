//! The Common Expression Language, in which CustomResourceDefinitions say rules about their objects.
//!
//! [`parse`] makes a [`Program`] of a text, [`Program::run`] evaluates it on values, which [`value`] makes of JSON and a
//! schema. Types are checked while a rule runs, not before. What functions there are is in [`library`]. Not here: which
//! rules a definition has and what is said of objects that break them; that is `api::custom`.
//!
//! Models `github.com/google/cel-go` and `k8s.io/apiserver/pkg/cel/library`.

mod eval;
mod library;
mod parse;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod time;
mod value;

pub use eval::Fault;
pub use parse::{Program, SyntaxError};
pub use value::{Val, of_json};
