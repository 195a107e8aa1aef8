//! A fuzzer that needs no compiler's help: inputs are made from a kept corpus (`fuzz/corpus`) by changes that know what they
//! change, and each is held to its time and memory.
//!
//! | module | what it is |
//! |---|---|
//! | [`corpus`] | what is kept in the repository: one folder per target |
//! | [`words`] | changes of any text: characters, lines, indentation, parts of other texts |
//! | [`tree`] | changes of YAML as a tree: values, fields that the schema knows, parts of other documents, patches made from an object |
//! | [`run`] | the loop: what is tried, what counts as a failure, and how a failing input is made small |
//! | [`memory`], [`clock`] | what an input takes |
//!
//! The targets themselves are `fuzz/targets.rs`, and `tests/targets.rs` runs them. Start with [`run`].

pub mod clock;
pub mod corpus;
pub mod memory;
pub mod rng;
pub mod run;
pub mod tree;
pub mod words;
