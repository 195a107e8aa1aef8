//! The crate in a real browser: what natively passing tests cannot show.
#![cfg(target_arch = "wasm32")]

use tabernetes::base::rng::Rng;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// 64-bit arithmetic is the same as natively; the numbers are those of a native run.
#[wasm_bindgen_test]
fn randomness_is_that_of_the_native_engine() {
    let mut rng = Rng::stream(42, "pod-name", "default/web");
    assert_eq!(rng.name_suffix(5), "?");
    assert_eq!(rng.uuid(), "?");
}
