//! `cargo xtask dist`: the optimised static site, with relative URLs, ready to be copied to any folder of any server.

use crate::{Result, browser, place, setup, shell, sizes, split};
use std::fs;
use std::path::Path;
use std::process::Command;

pub fn run() -> Result {
    release()?;
    sizes::report(&place::dist())
}

/// Builds the optimised site into [`place::dist`] and splits its program. No wasm-opt: what it saves is lost again by compression, and the
/// engine runs slower after it.
pub fn release() -> Result {
    // Trunk copies all snippets that it finds there, those of earlier builds too.
    fs::remove_dir_all(place::target().join("wasm-bindgen/release")).ok();
    let mut build = trunk(&place::dist())?;
    build.arg("--release").env(split::FLAGS.0, split::FLAGS.1);
    shell::run(&mut build)?;
    match browser::driver() {
        Ok(driver) => split::site(&place::dist(), &driver),
        Err(missing) => {
            eprintln!("the program stays in one part, since no browser can say what it needs first: {missing}");
            split::one_part(&place::dist())
        }
    }
}

/// Builds a debug site into `dist`.
pub fn debug(dist: &Path) -> Result {
    shell::run(&mut trunk(dist)?)
}

fn trunk(dist: &Path) -> Result<Command> {
    let mut build = shell::command("trunk");
    build.args(["build", "--locked", "--dist"]).arg(dist);
    build.env("PATH", setup::page()?).env("TRUNK_SKIP_VERSION_CHECK", "true");
    Ok(build)
}
