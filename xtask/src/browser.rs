//! Chromium and its driver, for tests and measurements.

use crate::{Result, place, shell};
use std::path::PathBuf;
use std::process::Command;

/// How tests start Chromium; wasm-bindgen-test-runner and the e2e tests read the same file.
pub fn webdriver_json() -> PathBuf {
    place::root().join("tests/webdriver.json")
}

/// The path of chromedriver: `$CHROMEDRIVER`, or on PATH, or from apt where we may install.
pub fn driver() -> Result<PathBuf> {
    if let Some(set) = std::env::var_os("CHROMEDRIVER") {
        return Ok(set.into());
    }
    if let Some(found) = installed() {
        return Ok(found);
    }
    if shell::find(&["apt-get"]).is_some() && is_root() {
        let apt =
            |args: &[&str]| shell::run(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"));
        apt(&["update", "--quiet"])?;
        apt(&[
            "install",
            "--quiet",
            "--yes",
            "--no-install-recommends",
            "chromium",
            "chromium-driver",
            "fonts-dejavu-core",
        ])?;
    }
    installed().ok_or_else(|| {
        "Chromium and chromedriver are not on PATH: install both in the same version (on Debian: apt install chromium \
         chromium-driver), or set CHROMEDRIVER to a chromedriver"
            .into()
    })
}

/// chromedriver alone is not enough, so both are looked for.
fn installed() -> Option<PathBuf> {
    shell::find(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"])?;
    shell::find(&["chromedriver"])
}

fn is_root() -> bool {
    shell::ask(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}
