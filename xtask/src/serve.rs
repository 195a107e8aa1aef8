//! `cargo xtask serve`: the page on this machine, rebuilt on change.

use crate::{Result, setup, shell};

pub fn run(options: &[String]) -> Result {
    let path = setup::page()?;
    shell::run(
        shell::command("trunk").arg("serve").args(options).env("PATH", path).env("TRUNK_SKIP_VERSION_CHECK", "true"),
    )
}
