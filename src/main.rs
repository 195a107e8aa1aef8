//! One program, two faces: built for wasm it mounts the page; built natively it is the command `tabernetes`.

#[cfg(target_arch = "wasm32")]
fn main() {
    use yew::prelude::*;

    #[component]
    fn Stub() -> Html {
        html! { <main><h1>{ "tabernetes" }</h1></main> }
    }

    let root = gloo::utils::document().get_element_by_id("app");
    if let Some(root) = root {
        yew::Renderer::<Stub>::with_root(root).render();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    std::process::exit(tabernetes::cli::main(&words));
}
