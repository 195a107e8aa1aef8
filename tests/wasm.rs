//! The engine in a real browser: what tests that pass natively cannot show. Each test also runs natively, against the same expectations, so
//! a difference between the two targets fails one of them.
//!
//! `cargo xtask test wasm` runs them in headless Chromium.

use tabernetes::base::rng::Rng;

#[cfg(not(target_arch = "wasm32"))]
use core::prelude::v1::test;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test as test, wasm_bindgen_test_configure};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_browser);

/// 64-bit and 128-bit arithmetic, and the width of `usize`, change nothing.
#[test]
fn the_same_seed_gives_the_same_names() {
    let mut rng = Rng::stream(42, "pod-name", "default/web");
    assert_eq!(rng.name_suffix(5), "hh2j8");
    assert_eq!(rng.uuid(), "5a919891-90d6-4e4e-9a21-279e9e4bf560");
}
