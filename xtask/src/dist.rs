//! `cargo xtask dist`: the optimised static site, with relative URLs, ready to be copied to any folder of any server.

use crate::{Result, place, setup, shell, sizes};
use std::fs;
use std::path::Path;

pub fn run() -> Result {
    release()?;
    sizes::report(&place::dist())
}

/// Builds the optimised site into [`place::dist`]; wasm-opt's level is in `index.html`.
pub fn release() -> Result {
    // Trunk copies all snippets that it finds there, those of earlier builds too.
    fs::remove_dir_all(place::target().join("wasm-bindgen/release")).ok();
    trunk(setup::release_page()?, &place::dist(), &["--release"])
}

/// Builds a debug site into `dist`.
pub fn debug(dist: &Path) -> Result {
    trunk(setup::page()?, dist, &[])
}

fn trunk(path: std::ffi::OsString, dist: &Path, options: &[&str]) -> Result {
    let mut build = shell::command("trunk");
    build.args(["build", "--locked", "--dist"]).arg(dist).args(options);
    shell::run(build.env("PATH", path).env("TRUNK_SKIP_VERSION_CHECK", "true"))
}
