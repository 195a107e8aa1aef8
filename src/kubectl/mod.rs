//! The console: kubectl 1.36 and the little shell around it.
//!
//! A line becomes a [`session::Job`], which is polled while time passes: `rollout status` and `wait` are processes, most
//! other commands are over at once. What stands where:
//!
//! | | |
//! |---|---|
//! | [`lexer`], [`args`], [`resource_args`], [`types`] | from text to what is meant |
//! | [`session`], `shell`, `cmd` | who runs it: one file per command |
//! | [`client`], [`select`], [`files`], [`label_selector`], [`field_selector`] | requests to the API server |
//! | [`tables`], [`describe`], [`print`], [`jsonpath`], [`custom_columns`], [`printer`] | how answers look |
//! | [`failure`] | how refusals are worded |
//! | [`doc`] | recorded sessions, and the comparison with them |
//!
//! Kubernetes' own strings are its bytes; what the playground itself has to say is an [`exec::Piece::Hint`].
//! Not here: what the cluster does (`apiserver`, `controllers`), and how the page shows a console (`ui`).
//! Start with [`session`].

pub mod args;
pub mod client;
mod cmd;
pub mod custom_columns;
pub mod describe;
pub mod doc;
pub mod durations;
pub mod exec;
pub mod failure;
pub mod field_selector;
pub mod files;
pub mod gofmt;
pub mod jsonpath;
pub mod label_selector;
pub mod lexer;
pub mod print;
pub mod printer;
pub mod resource_args;
pub mod select;
pub mod session;
mod shell;
mod sort;
pub mod tables;
pub mod types;

pub use cmd::apply_request;
