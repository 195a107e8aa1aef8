//! What the store remembers of changes: whole ones of the last, and marks of those before.

use super::told::Kept;
use crate::api::kinds::Key;
use crate::api::objects::{Object, Pod};
use crate::base::Str;
use crate::base::time::SimTime;
use std::rc::Rc;

/// Why a change was made: who made it, and what made them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The component (`deployment-controller`, `kubelet`), or `user`.
    pub by: &'static str,
    /// What moved it.
    pub because: Because,
}

/// What moved somebody to act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// The cluster was made so.
    #[default]
    Seed,
    /// An input of the user, by its place in the input log.
    Input(u32),
    /// An earlier change, by its revision.
    Change(u64),
}

/// An entry of the log.
#[derive(Clone, Debug)]
pub struct Change {
    /// The revision that the change made.
    pub rev: u64,
    /// The number of the object in the store.
    pub id: u64,
    /// When.
    pub at: SimTime,
    /// Which object.
    pub key: Key,
    /// Before; `None` for a creation.
    pub old: Option<Kept>,
    /// After; `None` for a removal.
    pub new: Option<Kept>,
    /// Why.
    pub cause: Cause,
}

impl Change {
    /// The object as it is, or as it was last.
    pub fn object(&self) -> Option<&Rc<Object>> {
        self.new.as_ref().or(self.old.as_ref()).map(Kept::whole)
    }
}

/// What is left of a change when the objects are forgotten: enough to say why something is as it is.
#[derive(Clone, Debug)]
pub struct Mark {
    /// When.
    pub at: SimTime,
    /// Which object.
    pub key: Key,
    /// Why.
    pub cause: Cause,
    /// What.
    pub what: What,
}

/// What a change did to its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It came.
    Created,
    /// It went.
    Removed,
    /// It is to go.
    Deleting,
    /// A pod got this node.
    Bound(Str),
    /// Something else is asked of it.
    Changed,
    /// It is something else.
    Updated,
}

impl What {
    pub(super) fn of(old: Option<&Object>, new: Option<&Object>) -> What {
        let node = |object: &Object| Pod::of(object).map(|pod| pod.node_name.clone()).unwrap_or_default();
        match (old, new) {
            (None, _) => What::Created,
            (_, None) => What::Removed,
            (Some(old), Some(new)) if new.meta().is_terminating() && !old.meta().is_terminating() => What::Deleting,
            (Some(old), Some(new)) if node(old).is_empty() && !node(new).is_empty() => What::Bound(node(new)),
            (Some(old), Some(new)) if old.meta().generation != new.meta().generation => What::Changed,
            _ => What::Updated,
        }
    }
}
