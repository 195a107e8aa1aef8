//! The whole visit, cluster and time line too: kept across a reload, or brought by a link.
//!
//! A link's visit lives in its tab alone, so it never takes the place of the user's own. What a story does once it does again, so a
//! story that stopped the page is not told a second time: it is marked while it is being told.

use super::context::Page;
use super::{dom, files, storage};
use crate::sim::share::ShareError;
use crate::view::model::Frame;
use crate::view::model::request::Ask;
use crate::view::session::visit::Visit;
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use std::rc::Rc;
use yew::prelude::*;

/// Where the visit is kept.
const KEY: &str = "story.1";
/// Where it is marked as being told.
const TOLD: &str = "story.told";
/// Where a tab has the link that it was opened with.
const LINK: &str = "story.link";
/// What stands before a visit in an address.
const FRAGMENT: &str = "#story=";
/// How long nothing must have been done before the visit is kept, in milliseconds.
const SETTLE: u32 = 1000;
/// The longest text that is kept: the browser has room for about five million letters.
const LONGEST: usize = 2_000_000;

/// The visit of the link that the page was opened with, if it was. What was done with it in this tab is still there.
pub fn linked() -> Option<Result<Visit, ShareError>> {
    let fragment = dom::window().location().hash().ok()?;
    let text = fragment.strip_prefix(FRAGMENT)?;
    let visit = match Visit::decode(text) {
        Ok(visit) => visit,
        Err(why) => return Some(Err(why)),
    };
    storage::stay_in_tab();
    let kept = storage::read_work(LINK).filter(|link| link == text).and_then(|_| kept());
    storage::write(LINK, text);
    Some(Ok(kept.unwrap_or(visit)))
}

/// The visit as it was left, with the files as they were typed last.
pub fn kept() -> Option<Visit> {
    if storage::read_work(TOLD).as_deref() == Some("begun") {
        return None;
    }
    let visit = Visit::decode(&storage::read_work(KEY)?).ok()?;
    storage::write(TOLD, "begun");
    Some(Visit { files: files::kept().unwrap_or(visit.files), ..visit })
}

/// The address that repeats a visit; `query` stands before it.
pub fn link(query: &str, visit: &str) -> String {
    let location = dom::window().location();
    let place = format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    format!("{place}{query}{FRAGMENT}{visit}")
}

/// The address that repeats what was kept last, if anything was.
pub fn last_link() -> Option<String> {
    storage::read_work(KEY).filter(|text| !text.is_empty()).map(|text| link("", &text))
}

/// Keeps the visit a moment after each input, and when the page is left. The files tell if the browser refuses.
#[hook]
pub fn use_kept_visit(page: &Page, frame: &Frame, form: &Ask) {
    let latest = use_mut_ref(|| form.clone());
    *latest.borrow_mut() = form.clone();
    let write: Rc<dyn Fn()> = {
        let (bridge, latest) = (page.bridge.clone(), Rc::clone(&latest));
        Rc::new(move || {
            let text = bridge.visit(latest.borrow().clone()).ok().filter(|text| text.len() <= LONGEST);
            storage::write(KEY, &text.unwrap_or_default());
        })
    };
    {
        let write = Rc::clone(&write);
        use_effect_with((), move |()| {
            let leaving = EventListener::new(&dom::window(), "pagehide", move |_| write());
            move || drop(leaving)
        });
    }
    let told = frame.timeline.running.is_none();
    use_effect_with(told, |told| {
        if *told {
            storage::write(TOLD, "done");
        }
    });
    use_effect_with((frame.origin, frame.clock.paused), move |_| {
        let timeout = Timeout::new(SETTLE, move || write());
        move || drop(timeout)
    });
    use_another_link();
}

/// A link that is put into the address of an open page is opened.
#[hook]
fn use_another_link() {
    use_effect_with((), |()| {
        let listener = EventListener::new(&dom::window(), "hashchange", |_| {
            let location = dom::window().location();
            if location.hash().is_ok_and(|fragment| fragment.starts_with(FRAGMENT)) {
                // A page that cannot load itself anew stays as it is.
                let _ = location.reload();
            }
        });
        move || drop(listener)
    });
}
