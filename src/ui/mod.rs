//! The page: Yew components, one file each.
//!
//! It owns how things look and nothing of the cluster: frames come in from a [`Backend`], commands go out through one
//! [`driver::Bridge`]. Start with [`app`] (the arrangement), then [`state`] (everything the page itself remembers, a
//! plain reducer) and [`driver`] (the only loop). [`parts`] are the small pieces the panels share.
//!
//! Two bugs of Yew 0.23 shape the code: every list and every `if` has an element of its own and keyed children, and no
//! component renders zero nodes.

mod api_log;
mod app;
mod console;
mod context;
mod crash;
mod dialogs;
pub mod documentation;
mod dom;
pub mod driver;
mod editor;
mod events;
mod files;
mod graph;
mod header;
mod inspector;
mod parts;
mod request;
pub mod state;
mod storage;

use crate::view::model::Backend;
use crate::view::session::{Options, Session};
use std::cell::RefCell;
use std::rc::Rc;

/// Starts the page in `root` on a session of its own, with the files of the last visit.
pub fn start(root: web_sys::Element) {
    crash::watch();
    let query = gloo::utils::window().location().search().unwrap_or_default();
    let mut session = Session::new(Options { files: files::kept(), ..Options::of_query(&query) });
    session.fetch_documentation();
    mount(root, Rc::new(RefCell::new(session)));
}

/// Mounts the page into `root`, which it takes over, and runs it on `backend`.
pub fn mount(root: web_sys::Element, backend: Rc<RefCell<dyn Backend>>) {
    let bridge = driver::Bridge::new(backend);
    yew::Renderer::<app::App>::with_root_and_props(root, app::AppProps { bridge }).render();
}
