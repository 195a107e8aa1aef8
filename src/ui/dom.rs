//! The few things asked of the browser directly.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The window; it is always there on a page.
pub fn window() -> web_sys::Window {
    gloo::utils::window()
}

/// The element's id of a graph card.
pub fn card_id(key: &str) -> String {
    format!("card:{key}")
}

/// Gives the focus to the element with this id; whether there is one.
pub fn focus_id(id: &str) -> bool {
    let element = gloo::utils::document().get_element_by_id(id);
    element.is_some_and(|element| focus(&element))
}

/// Gives the focus to an HTML or SVG element; whether that worked.
pub fn focus(element: &Element) -> bool {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        return element.focus().is_ok();
    }
    element.dyn_ref::<web_sys::SvgElement>().is_some_and(|element| element.focus().is_ok())
}

/// Selects the text of the text area with this id.
pub fn select_id(id: &str) {
    let area = gloo::utils::document().get_element_by_id(id);
    if let Some(area) = area.and_then(|area| area.dyn_into::<web_sys::HtmlTextAreaElement>().ok()) {
        area.select();
    }
}

/// Puts a text on the clipboard; whether the browser has one for this page. It has none on a page that came over plain HTTP.
pub fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into());
    let Some(clipboard) = clipboard.ok().and_then(|clipboard| clipboard.dyn_into::<web_sys::Clipboard>().ok()) else {
        return false;
    };
    // Whether it was allowed comes later; then the text stands selected.
    let _ = clipboard.write_text(text);
    true
}

/// The element that has the focus.
pub fn active() -> Option<Element> {
    gloo::utils::document().active_element()
}

/// Whether a media query holds now.
pub fn media(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Whether the user asked for less motion.
pub fn reduced_motion() -> bool {
    media("(prefers-reduced-motion: reduce)")
}

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// The `data-key` of the element or of what it stands in.
pub fn key_of(event: &web_sys::Event) -> Option<String> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    element.closest("[data-key]").ok()??.get_attribute("data-key")
}

/// The `data-label` of the element or of what it stands in.
pub fn label_of(event: &web_sys::Event) -> Option<String> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    element.closest("[data-label]").ok()??.get_attribute("data-label")
}

/// Whether the user is typing text into the event's target.
pub fn is_typing(event: &web_sys::Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| {
        element.closest("input, textarea, select, [contenteditable=true]").ok().flatten().is_some()
    })
}

/// The text that is being pasted.
pub fn pasted(event: &web_sys::Event) -> Option<String> {
    event.dyn_ref::<web_sys::ClipboardEvent>()?.clipboard_data()?.get_data("text").ok()
}
