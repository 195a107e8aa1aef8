//! The console: kubectl 1.36 and the little shell around it.

pub mod args;
pub mod custom_columns;
pub mod doc;
pub mod durations;
pub mod gofmt;
pub mod jsonpath;
pub mod lexer;
pub mod printer;
pub mod resource_args;
