//! The browser's storage. It may be full, or forbidden (a sandboxed frame): then reading finds nothing and writing is
//! refused, and nothing fails.

/// Every key begins with this.
const PREFIX: &str = "tabernetes.";

fn store() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// What was kept under `key`.
pub fn read(key: &str) -> Option<String> {
    store()?.get_item(&format!("{PREFIX}{key}")).ok()?
}

/// Keeps `value` under `key`; whether that worked.
pub fn write(key: &str, value: &str) -> bool {
    store().is_some_and(|store| store.set_item(&format!("{PREFIX}{key}"), value).is_ok())
}
