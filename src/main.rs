//! One program, two faces: built for wasm it mounts the page; built natively it is the command `tabernetes`.

#[cfg(target_arch = "wasm32")]
fn main() {
    tabernetes::ui::rest::start();
    // A page that embeds only the JS API has no place for the page's own components.
    let root = gloo::utils::document().get_element_by_id("app");
    tabernetes::ui::rest::fetch(root.is_some());
    if let Some(root) = root {
        tabernetes::ui::start(root);
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    std::process::exit(tabernetes::cli::main(&words));
}
