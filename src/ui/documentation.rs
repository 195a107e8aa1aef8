//! The documentation of the API: a file of the site that is fetched when a command first asks for it.

use crate::api::schema::Descriptions;
use crate::base::Str;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

// The site is known by where this program came from: it may lie in any folder, and another page may have loaded it.
#[wasm_bindgen(
    inline_js = "export const siteText = async (path) => { const answer = await fetch(new URL('../../' + path, \
                 import.meta.url)); if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`); return \
                 await answer.text(); };"
)]
extern "C" {
    #[wasm_bindgen(js_name = siteText)]
    fn site_text(path: &str) -> js_sys::Promise;
}

/// The text, or what stood in the way.
pub async fn fetch() -> Result<Str, JsValue> {
    let text = JsFuture::from(site_text(Descriptions::PATH)).await?;
    text.as_string().map(Str::from).ok_or(JsValue::UNDEFINED)
}
