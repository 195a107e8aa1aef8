//! `cargo xtask serve`: the page on this machine, rebuilt on change.

use crate::{Result, place, setup, shell};

pub fn run(options: &[String]) -> Result {
    let path = setup::page()?;
    let mut serve = shell::command("trunk");
    // A debug build: dist/ is for the optimised site.
    serve.args(["serve", "--dist"]).arg(place::target().join("serve")).args(options);
    shell::run(serve.env("PATH", path).env("TRUNK_SKIP_VERSION_CHECK", "true"))
}
