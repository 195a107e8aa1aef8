//! A small shell: the part of `sh` and `bash` that learners, lessons and container commands use.
//!
//! The same shell runs in three places: on the user's own machine (the console), in a container (`kubectl exec`), and in
//! the kubelet's head, which reads from a container's command what it prints and when it ends. They differ in their
//! [`host::Host`]: which programs there are, which files, and what waiting means.
//!
//! | | |
//! |---|---|
//! | [`syntax`], [`lex`], [`parse`] | from text to commands |
//! | [`expand`], [`arith`] | from words to arguments: `$NAME`, `$(…)`, `$((…))`, `{1..3}` |
//! | [`host`] | where a shell runs: its programs, its files, what waiting means |
//! | [`machine`], `builtins`, `streams` | runs commands, stopping where one must wait |
//! | [`tools`], [`regex`] | `grep`, `awk`, `sed` and their like, as functions from text to text |
//! | [`output`] | what was printed, and by whom |
//!
//! Start with [`machine`].

pub mod arith;
mod builtins;
pub mod expand;
pub mod host;
pub mod lex;
pub mod machine;
pub mod output;
pub mod parse;
pub mod regex;
mod streams;
pub mod syntax;
#[cfg(test)]
mod tests;
pub mod tools;
