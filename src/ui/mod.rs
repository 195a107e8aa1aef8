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
mod embed;
mod events;
mod files;
mod graph;
mod header;
mod inspector;
mod parts;
mod request;
pub mod state;
mod storage;
mod time;
mod visits;

use crate::msg;
use crate::view;
use crate::view::model::{Backend, Command, Tone};
use crate::view::session::{Options, Session};
use std::cell::RefCell;
use std::rc::Rc;

/// Starts the page in `root` on a session of its own: with the story of a link, else with the last visit as it was left. Embedded
/// in another page it starts afresh and keeps nothing.
pub fn start(root: web_sys::Element) {
    crash::watch();
    let query = embed::address();
    if embed::parts().is_some() {
        storage::forbid();
    }
    if view::embed::query(&query, "crash-test").is_some() {
        crash::listen();
    }
    let mut session = Session::new(options(&query));
    session.fetch_documentation();
    if let Some(example) = view::embed::query(&query, "example") {
        session.command(Command::LoadExample(example.into()));
    }
    mount(root, Rc::new(RefCell::new(session)));
}

/// What the session starts with.
fn options(query: &str) -> Options {
    let (visit, notice) = match visits::linked() {
        Some(Ok(visit)) => (Some(visit), embed::parts().is_none().then(|| (Tone::Neutral, msg!("ui.story-opened")))),
        Some(Err(why)) => (None, Some((Tone::Bad, msg!("ui.story-refused", why = why)))),
        None => (None, None),
    };
    // An address that asks for a cluster or an example gets it.
    let visit = visit.or_else(|| if Options::asks(query) { None } else { visits::kept() });
    let mut options = Options { files: files::kept(), visit, notice, ..Options::of_query(query) };
    if let Some(cluster) = files::kept_cluster().filter(|_| query.is_empty()) {
        options.cluster = cluster;
    }
    options
}

/// Mounts the page into `root`, which it takes over, and runs it on `backend`.
pub fn mount(root: web_sys::Element, backend: Rc<RefCell<dyn Backend>>) {
    let bridge = driver::Bridge::new(backend);
    yew::Renderer::<app::App>::with_root_and_props(root, app::AppProps { bridge }).render();
}
