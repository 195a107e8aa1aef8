//! `cargo xtask bench`: the release site measured in headless Chromium by the scripts in `benches/page`; prints a Markdown table.

use crate::{Result, browser, dist, place, shell};

pub fn run(options: &[String]) -> Result {
    let driver = browser::driver()?;
    dist::release()?;
    let mut bench = shell::cargo();
    bench.args(["run", "--quiet", "--locked", "--package", "e2e", "--bin", "page-bench", "--"]);
    bench.arg(place::root().join("benches/page")).args(options);
    shell::run(bench.env("TABERNETES_SITE", place::dist()).env("CHROMEDRIVER", driver))
}
