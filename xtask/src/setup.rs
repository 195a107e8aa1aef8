//! `cargo xtask setup`: what a build of the page needs, installed where missing.

use crate::{Result, shell, tools};
use std::ffi::OsString;

pub fn run() -> Result {
    page()?;
    eprintln!("ready: `cargo xtask serve`");
    Ok(())
}

/// The PATH for a child that builds the page.
pub fn page() -> Result<OsString> {
    tools::wasm_target()?;
    shell::path_with(&[tools::wasm_bindgen()?, tools::trunk()?])
}
