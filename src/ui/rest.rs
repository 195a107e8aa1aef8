//! The second part of the built program: `cargo xtask dist` splits off what the page needs only after it has opened.
//!
//! Calls into it work at any time; before it is there, the first one brings it and the page stands still meanwhile. So it is brought
//! after the first paint, and what the user asks for waits until it is there.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/www/rest.js")]
extern "C" {
    fn connect(exports: &JsValue);
    #[wasm_bindgen(js_name = isThere)]
    fn is_there() -> bool;
    fn bring();
    #[wasm_bindgen(js_name = bringAfterPaint)]
    fn bring_after_paint();
    // The splitter finds this import by its name.
    #[wasm_bindgen(js_name = bringNow)]
    fn bring_now();
}

/// Tells where the program is to which the second part belongs; the first thing that happens.
pub fn start() {
    connect(&wasm_bindgen::exports());
}

/// Brings the second part while the program goes on: after the first paint where there is a page, else from now on.
pub fn fetch(page: bool) {
    if page { bring_after_paint() } else { bring() }
}

/// Whether there is nothing to wait for: all of the program is there, or could not be fetched.
pub fn there() -> bool {
    is_there()
}

/// Brings all of the program before anything else happens.
#[wasm_bindgen(js_name = loadAll)]
pub fn load_all() {
    bring_now();
}
