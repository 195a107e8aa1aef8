//! `cargo xtask test`: every test there is.
//!
//! | kind | what | where it runs |
//! |---|---|---|
//! | native | the engine, the native command, this program | here |
//! | fuzz | `tests/fuzz`: each target of `fuzz/` for 30 s (`FUZZ_SECONDS`), from its corpus | here |
//! | wasm | `tests/wasm.rs` | headless Chromium, by wasm-bindgen's test runner |
//! | e2e | `tests/e2e`: the built page as its user sees it | headless Chromium, by WebDriver |

use crate::{Result, browser, dist, place, setup, shell, sizes};

pub fn run(options: &[String]) -> Result {
    match options.split_first() {
        Some((kind, rest)) if kind == "native" => native(rest),
        Some((kind, rest)) if kind == "fuzz" => fuzz(rest),
        Some((kind, rest)) if kind == "wasm" => wasm(rest),
        Some((kind, rest)) if kind == "e2e" => e2e(rest),
        Some((other, _)) if !other.starts_with('-') => {
            Err(format!("tests are native, fuzz, wasm or e2e, not {other:?}").into())
        }
        _ => {
            native(options)?;
            fuzz(options)?;
            wasm(options)?;
            e2e(options)
        }
    }
}

fn native(options: &[String]) -> Result {
    // `tools` has no tests of its own, those of `e2e` need a site, and those of `fuzzing` their time.
    let packages = ["--workspace", "--exclude", "tools", "--exclude", "e2e", "--exclude", "fuzzing"];
    shell::run(shell::cargo().args(["test", "--locked"]).args(packages).args(options))
}

/// Half of the targets side by side, whatever processors there are: limits are of a target's own share.
fn fuzz(options: &[String]) -> Result {
    let mut test = shell::cargo();
    test.args(["test", "--locked", "--package", "fuzzing"]).args(options);
    test.env("RUST_TEST_THREADS", "6").env("RUST_TEST_NOCAPTURE", "1");
    shell::run(&mut test)
}

fn wasm(options: &[String]) -> Result {
    let path = setup::page()?;
    let mut test = shell::cargo();
    test.args(["test", "--locked", "--target", "wasm32-unknown-unknown", "--test", "wasm"]).args(options);
    test.env("PATH", path)
        .env("CHROMEDRIVER", browser::driver()?)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", browser::webdriver_json())
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    shell::run(&mut test)
}

fn e2e(options: &[String]) -> Result {
    let (dev, options): (Vec<_>, Vec<_>) = options.iter().partition(|option| *option == "--dev");
    let driver = browser::driver()?;
    let site = if dev.is_empty() { place::dist() } else { place::target().join("site") };
    if dev.is_empty() {
        dist::release()?;
        sizes::report(&site)?;
    } else {
        dist::debug(&site)?;
    }
    let mut test = shell::cargo();
    test.args(["test", "--locked", "--package", "e2e"]).args(options);
    test.env("TABERNETES_SITE", &site)
        .env("TABERNETES_SCREENS", place::target().join("screens"))
        .env("CHROMEDRIVER", driver);
    shell::run(&mut test)
}
