//! The documentation of fields, fetched when somebody first asks for it: `kubectl explain`, or the pointer over a field.

use super::context::Page;
use super::dom;
use super::driver::Bridge;
use crate::view::assist::hover::DESCRIPTIONS;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use yew::prelude::*;

/// Fetches it, unless it is there. When that fails nothing is said: the next question tries again.
pub async fn load(bridge: &Bridge) {
    if bridge.has_descriptions() {
        return;
    }
    let Ok(response) = JsFuture::from(dom::window().fetch_with_str(DESCRIPTIONS)).await else { return };
    let Some(response) = response.dyn_ref::<web_sys::Response>().filter(|response| response.ok()) else { return };
    let Ok(text) = response.text() else { return };
    if let Some(text) = JsFuture::from(text).await.ok().and_then(|text| text.as_string()) {
        bridge.describe(text.into());
    }
}

/// Fetches it for a console command that waits for it.
#[hook]
pub fn use_descriptions(page: &Page, wanted: bool) {
    let bridge = page.bridge.clone();
    use_effect_with(wanted, move |wanted| {
        if *wanted {
            yew::platform::spawn_local(async move { load(&bridge).await });
        }
    });
}
