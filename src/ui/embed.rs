//! The page inside another page: how it looks comes from the address, and then from messages of the host page,
//! `{tabernetes: {theme: "dark", lang: "ko"}}`. Nothing else is taken from there, and nothing is kept in the browser.

use super::context::Page;
use super::dom;
use super::state::{Theme, UiAction};
use crate::i18n::Lang;
use crate::view::embed::{self, Part};
use gloo::events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use yew::prelude::*;

/// What stands behind the address' `?`.
pub fn address() -> String {
    dom::window().location().search().unwrap_or_default()
}

/// The panels that are shown; `None` when the page stands by itself.
pub fn parts() -> Option<Vec<Part>> {
    embed::parts(&address())
}

/// The theme of that name.
pub fn theme(word: &str) -> Option<Theme> {
    Theme::ALL.into_iter().find(|theme| theme.word() == word)
}

/// Follows the host page, and tells it that the page is there.
#[hook]
pub fn use_host(page: Page) {
    use_effect_with(page, |page| {
        let page = page.clone();
        let listener = parts().map(|_| {
            let listener = EventListener::new(&dom::window(), "message", move |event| {
                let Some(event) = event.dyn_ref::<web_sys::MessageEvent>() else { return };
                let host = dom::window().parent().ok().flatten();
                let from_host = event.source().is_some_and(|source| host.is_some_and(|host| host.loose_eq(&source)));
                if from_host {
                    obey(&page, &event.data());
                }
            });
            greet();
            listener
        });
        move || drop(listener)
    });
}

/// Does what a message asks for, as far as it is known.
fn obey(page: &Page, message: &JsValue) {
    let get = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &JsValue::from_str(name)).ok();
    // Reading a property of what is no object is refused, which is as good as not having it.
    let Some(wishes) = get(message, "tabernetes") else { return };
    let word = |name: &str| get(&wishes, name).and_then(|value| value.as_string());
    if let Some(theme) = word("theme").and_then(|word| theme(&word)) {
        page.act(UiAction::Theme(theme));
    }
    if let Some(lang) = word("lang").and_then(|tag| Lang::from_tag(&tag)) {
        page.act(UiAction::Lang(lang));
    }
}

/// Tells the host page that messages are heard from now on.
fn greet() {
    let message = js_sys::Object::new();
    let ready = JsValue::from_str("ready");
    let said = js_sys::Reflect::set(&message, &JsValue::from_str("tabernetes"), &ready).is_ok();
    if let Some(host) = dom::window().parent().ok().flatten().filter(|_| said) {
        // It says nothing that not everybody may hear.
        let _ = host.post_message(&message, "*");
    }
}
