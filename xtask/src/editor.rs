//! `cargo xtask editor`: the bundle of the YAML editor, from `www/editor` (npm sources and lock file) to `www/editor.bundle.js`.
//!
//! The bundle is checked in, so that building the page needs no npm; `--check` proves that it is what its sources give.

use crate::{Result, place, shell, tools};
use std::fs;

const SCRIPT: &str = "build";

pub fn run(options: &[String]) -> Result {
    let check = match options {
        [] => false,
        [option] if option == "--check" => true,
        other => return Err(format!("editor knows --check only, not {}", other.join(" ")).into()),
    };
    let sources = place::root().join("www/editor");
    let bundle = place::root().join("www/editor.bundle.js");
    let built = if check { place::target().join("editor.bundle.js") } else { bundle.clone() };

    // No install scripts: esbuild runs without its own, and nothing else has any.
    shell::run(tools::npm()?.current_dir(&sources).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    shell::run(
        tools::npm()?
            .current_dir(&sources)
            .args(["run", "--silent", SCRIPT, "--"])
            .arg(format!("--outfile={}", built.display())),
    )?;
    if check && fs::read(&built)? != fs::read(&bundle)? {
        return Err("www/editor.bundle.js is not what www/editor gives: run `cargo xtask editor` and commit it".into());
    }
    Ok(())
}
