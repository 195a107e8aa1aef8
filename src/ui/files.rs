//! The editor's files and the request form across visits: kept in the browser after each change, read back at the start.

use super::context::Page;
use super::state::UiAction;
use super::{dom, storage};
use crate::sim::ClusterConfig;
use crate::view::model::Shared;
use crate::view::model::files::FilesView;
use crate::view::model::request::Ask;
use crate::view::session::KeptFile;
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use std::rc::Rc;
use yew::prelude::*;

/// Where they are kept. The number is the form's version.
const KEY: &str = "files.1";
/// How long typing must have stopped before the files are written, in milliseconds.
const SETTLE: u32 = 400;

/// The files of the last visit; `None` on a first one, or when storage is forbidden.
pub fn kept() -> Option<Vec<KeptFile>> {
    let files: Vec<KeptFile> = serde_json::from_str(&storage::read_work(KEY)?).ok()?;
    (!files.is_empty()).then_some(files)
}

/// The cluster that the settings asked for on the last visit.
pub fn kept_cluster() -> Option<ClusterConfig> {
    serde_json::from_str(&storage::read_work("cluster")?).ok()
}

/// Keeps the cluster that the settings ask for.
pub fn keep_cluster(cluster: &ClusterConfig) {
    if let Ok(text) = serde_json::to_string(cluster) {
        // Storage that is full or forbidden is told of once, by the files.
        storage::write("cluster", &text);
    }
}

/// Keeps the files. Says whether storage took them.
fn keep(view: &FilesView) -> bool {
    let kept = |name: &str, text: &str, applied| KeptFile { name: name.to_owned(), text: text.to_owned(), applied };
    let files: Vec<KeptFile> = view.files.iter().map(|one| kept(&one.name, &one.text, !one.changed)).collect();
    serde_json::to_string(&files).is_ok_and(|text| storage::write(KEY, &text))
}

/// Keeps the files a moment after each change, and at once when the page is left.
#[hook]
pub fn use_kept_files(page: &Page, files: &Shared<FilesView>) {
    let latest = use_mut_ref(|| files.clone());
    *latest.borrow_mut() = files.clone();
    let page = page.clone();
    let write = move |files: &FilesView| page.act(UiAction::Kept(keep(files)));
    {
        let (latest, write) = (Rc::clone(&latest), write.clone());
        use_effect_with((), move |()| {
            let leaving = EventListener::new(&dom::window(), "pagehide", move |_| write(&latest.borrow()));
            move || drop(leaving)
        });
    }
    use_effect_with(files.clone(), move |_| {
        let timeout = Timeout::new(SETTLE, move || write(&latest.borrow()));
        move || drop(timeout)
    });
}

/// Keeps what stands in the request form.
#[hook]
pub fn use_kept_form(form: &Ask) {
    use_effect_with(form.clone(), |form| {
        // Storage that is full or forbidden is told of once, by the files.
        storage::write("request", &format!("{}\n{}", form.from, form.to));
    });
}

/// The request form of the last visit.
pub fn kept_form() -> Option<Ask> {
    let words = storage::read_work("request")?;
    let (from, to) = words.split_once('\n')?;
    Some(Ask::new(from, to))
}
