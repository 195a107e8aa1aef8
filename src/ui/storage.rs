//! The browser's storage. It may be full, or forbidden (a sandboxed frame): then reading finds nothing and writing is
//! refused, and nothing fails.

use std::cell::Cell;

/// Every key begins with this.
const PREFIX: &str = "tabernetes.";

thread_local! {
    /// An embedded page keeps nothing: what is there belongs to the page that stands by itself.
    static FORBIDDEN: Cell<bool> = const { Cell::new(false) };
}

/// From now on nothing is found and nothing is kept, and nobody is told.
pub fn forbid() {
    FORBIDDEN.set(true);
}

fn store() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// What was kept under `key`.
pub fn read(key: &str) -> Option<String> {
    if FORBIDDEN.get() {
        return None;
    }
    store()?.get_item(&format!("{PREFIX}{key}")).ok()?
}

/// Keeps `value` under `key`; whether that worked.
pub fn write(key: &str, value: &str) -> bool {
    FORBIDDEN.get() || store().is_some_and(|store| store.set_item(&format!("{PREFIX}{key}"), value).is_ok())
}
