//! When the program stops on a bug: the dialog of `index.html`, which needs nothing that broke. Files are kept anyway.

use crate::i18n::{self, Lang};
use crate::msg;
use crate::view::crash::Crash;
use crate::view::model::frame::Origin;
use std::cell::Cell;
use std::panic::PanicHookInfo;

thread_local! {
    /// What repeats the cluster, as the last frame had it: in a panic nobody can be asked.
    static ORIGIN: Cell<Origin> = const { Cell::new(Origin { seed: 0, inputs: 0 }) };
}

/// From now on a panic fills and shows the dialog.
pub fn watch() {
    // Yew puts a hook of its own in place of any other when it renders, unless it is told of one.
    yew::set_custom_panic_hook(Box::new(show));
}

/// Lets tests ask for a crash, to see that it is told of: by the event `tabernetes-crash-test`.
pub fn listen() {
    let listener = gloo::events::EventListener::new(&super::dom::window(), "tabernetes-crash-test", |_| {
        panic!("a crash was asked for");
    });
    listener.forget();
}

/// Notes what repeats the cluster.
pub fn note(origin: Origin) {
    ORIGIN.set(origin);
}

/// What a panic carries is a literal or a formatted string.
fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let literal = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    literal.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
}

/// No call in here may panic: it would end the program before anybody saw why.
fn show(info: &PanicHookInfo<'_>) {
    let crash = Crash { message: message(info), place: info.location().map(ToString::to_string), origin: ORIGIN.get() };
    web_sys::console::error_1(&crash.to_string().into());
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let root = document.document_element();
    let lang =
        root.and_then(|root| root.get_attribute("lang")).and_then(|tag| Lang::from_tag(&tag)).unwrap_or_default();
    let words = [
        ("crash-title", i18n::text(lang, &msg!("ui.crash-title"))),
        ("crash-text", i18n::text(lang, &msg!("ui.crash-text"))),
        ("crash-reload", i18n::text(lang, &msg!("ui.crash-reload"))),
        ("crash-detail", crash.to_string()),
    ];
    for (id, words) in words {
        if let Some(element) = document.get_element_by_id(id) {
            element.set_text_content(Some(&words));
        }
    }
    if let (Some(link), Some(address)) = (document.get_element_by_id("crash-link"), super::visits::last_link()) {
        link.set_text_content(Some(&i18n::text(lang, &msg!("ui.crash-link"))));
        // Setting an attribute with a valid name, or removing one, cannot fail.
        let _ = link.set_attribute("href", &address);
        let _ = link.remove_attribute("hidden");
    }
    if let Some(dialog) = document.get_element_by_id("crash") {
        // Removing an attribute that is there, or not, cannot fail.
        let _ = dialog.remove_attribute("hidden");
    }
    super::dom::focus_id("crash-reload");
}
