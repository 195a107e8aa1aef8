//! The browser's storage. It may be full, or forbidden (a sandboxed frame): then reading finds nothing and writing is
//! refused, and nothing fails.

use std::cell::Cell;

/// Every key begins with this.
const PREFIX: &str = "tabernetes.";

/// Where things are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the browser, for all visits.
    Browser,
    /// In this tab, as long as it is open.
    Tab,
    /// Nowhere.
    Nowhere,
}

thread_local! {
    static PLACE: Cell<Place> = const { Cell::new(Place::Browser) };
}

/// From now on nothing is found and nothing is kept, and nobody is told: an embedded page keeps nothing, what is there belongs to
/// the page that stands by itself.
pub fn forbid() {
    PLACE.set(Place::Nowhere);
}

/// From now on all is kept for this tab alone: somebody else's work is shown, and the user's own must not be overwritten.
pub fn stay_in_tab() {
    PLACE.set(Place::Tab);
}

fn store(place: Place) -> Option<web_sys::Storage> {
    let window = web_sys::window()?;
    match place {
        Place::Browser => window.local_storage().ok()?,
        Place::Tab => window.session_storage().ok()?,
        Place::Nowhere => None,
    }
}

fn find(place: Place, key: &str) -> Option<String> {
    store(place)?.get_item(&format!("{PREFIX}{key}")).ok()?
}

/// What was kept under `key` of how the page looks: a tab without an opinion has that of all visits.
pub fn read(key: &str) -> Option<String> {
    let place = PLACE.get();
    find(place, key).or_else(|| find(Place::Browser, key).filter(|_| place == Place::Tab))
}

/// What was kept under `key` of what is worked at.
pub fn read_work(key: &str) -> Option<String> {
    find(PLACE.get(), key)
}

/// Keeps `value` under `key`; whether that worked.
pub fn write(key: &str, value: &str) -> bool {
    let place = PLACE.get();
    place == Place::Nowhere
        || store(place).is_some_and(|store| store.set_item(&format!("{PREFIX}{key}"), value).is_ok())
}
