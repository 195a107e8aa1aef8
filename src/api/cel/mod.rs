//! The Common Expression Language, in which CustomResourceDefinitions say rules about their objects.
//!
//! [`parse`] makes a [`Program`] of a text, [`Program::check`] says what of it does not fit together, [`Program::run`]
//! evaluates it on values, which [`value`] makes of JSON and a schema. What functions there are is declared in [`types`] and
//! done in [`library`]. Not here: which rules a definition has and what is said of objects that break them; that is
//! `api::custom`.
//!
//! Models `github.com/google/cel-go` and `k8s.io/apiserver/pkg/cel/library`.

mod check;
mod eval;
mod lex;
mod library;
mod parse;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod time;
mod types;
mod value;

pub use eval::Fault;
pub use parse::{Program, SyntaxError};
pub use types::Type;
pub use value::{Val, is_identifier, of_json};
