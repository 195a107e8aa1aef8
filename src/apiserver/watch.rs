//! Watches: what has happened since a revision to the objects that a selector selects.
//!
//! A watch is no connection but a cursor, the revision seen last: whoever watches keeps it and asks again. A change that
//! brings an object into the selection is an addition to the one who watches, and one that takes it out a deletion.
//!
//! Models `k8s.io/apiserver/pkg/storage/cacher/cache_watcher.go` (`convertToWatchEvent`).

use super::{ApiServer, Change, Kept, Reason, Result, Status};
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use std::rc::Rc;

/// What happened to an object, as the one who watches sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It came.
    Added,
    /// It changed.
    Modified,
    /// It went.
    Deleted,
}

impl Happening {
    /// `type` of a watch event.
    pub fn as_str(self) -> &'static str {
        match self {
            Happening::Added => "ADDED",
            Happening::Modified => "MODIFIED",
            Happening::Deleted => "DELETED",
        }
    }
}

/// An event of a watch.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchEvent {
    /// The revision: the cursor behind this event.
    pub rev: u64,
    /// What happened.
    pub happening: Happening,
    /// The object as it is; of one that went, as it was last seen.
    pub object: Rc<Object>,
}

impl ApiServer {
    /// What happened after the revision `since` to the objects of a kind in a namespace (empty: in all) that are selected.
    ///
    /// # Errors
    /// 410 when the log does not reach back so far; the one who watches lists anew.
    pub fn watch<'a>(
        &'a self,
        kind: Kind,
        namespace: &'a str,
        since: u64,
        selects: impl Fn(&Object) -> bool + 'a,
    ) -> Result<impl Iterator<Item = WatchEvent> + 'a> {
        let oldest = self.store().oldest();
        if since < oldest {
            let message = format!("too old resource version: {since} ({oldest})");
            return Err(Status { kind: None, ..Status::new(Reason::Expired, kind, "", message) });
        }
        let here = move |change: &&Rc<Change>| {
            change.key.kind == kind && (namespace.is_empty() || *change.key.namespace == *namespace)
        };
        Ok(self.store().changes_after(since).filter(here).filter_map(move |change| event(change, &selects)))
    }
}

fn event(change: &Change, selects: &impl Fn(&Object) -> bool) -> Option<WatchEvent> {
    let selected = |kept: &Option<Kept>| kept.as_ref().map(Kept::whole).filter(|object| selects(object)).cloned();
    let (happening, object) = match (selected(&change.old), selected(&change.new)) {
        (None, None) => return None,
        (None, Some(new)) => (Happening::Added, new),
        (Some(_), Some(new)) => (Happening::Modified, new),
        (Some(old), None) => (Happening::Deleted, old),
    };
    Some(WatchEvent { rev: change.rev, happening, object })
}
