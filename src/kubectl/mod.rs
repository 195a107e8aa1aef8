//! The console: kubectl 1.36 and the little shell around it.
//!
//! A line becomes a [`session::Job`], which is polled while time passes: `rollout status` and `wait` are processes, most
//! other commands are over at once. What stands where:
//!
//! | | |
//! |---|---|
//! | [`args`], [`resource_args`], [`types`] | from words to what is meant |
//! | [`session`], `console` | the user's own machine: its files, its shell, the jobs that typed lines become |
//! | `cmd` | one file per command |
//! | [`pod`] | the inside of a container: its files, its programs, its shell |
//! | [`client`], [`select`], [`files`], [`label_selector`], [`field_selector`] | requests to the API server |
//! | [`tables`], [`describe`], [`print`], [`jsonpath`], `template`, [`custom_columns`], [`printer`] | how answers look |
//! | [`failure`] | how refusals are worded |
//! | [`playground`] | commands that no real machine has: `fault`, `rewind` |
//! | [`doc`] | recorded sessions, and the comparison with them |
//!
//! Kubernetes' own strings are its bytes; what the playground itself has to say is an [`exec::Piece::Hint`].
//! Not here: what the cluster does (`apiserver`, `controllers`), and how the page shows a console (`ui`).
//! Start with [`session`].

pub mod args;
pub mod client;
mod cmd;
pub mod completion;
mod console;
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
pub mod kubeconfig;
pub mod label_selector;
mod logs;
pub mod playground;
pub mod pod;
pub mod print;
pub mod printer;
pub mod resource_args;
pub mod select;
pub mod session;
mod sort;
pub mod tables;
pub mod template;
pub mod token;
pub mod types;

pub use cmd::apply_request;
