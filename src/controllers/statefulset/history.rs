//! The revisions of a StatefulSet: which one its pods come from, and which one they go to.

use crate::api::kinds::Kind;
use crate::api::objects::{ControllerRevision, PodTemplate, StatefulSet};
use crate::apiserver::{Reason, Result, Status};
use crate::base::Str;
use crate::controllers::revision::{self, REVISION_HASH_LABEL, patch};
use crate::controllers::runtime::Context;
use std::rc::Rc;

/// How often a name that is taken is made anew.
const TRIES: i32 = 16;

/// A revision as pods are made of it.
#[derive(Clone, Debug)]
pub struct Version {
    /// The revision's name, which is the pods' label.
    pub name: Str,
    /// Its template.
    pub template: Rc<PodTemplate>,
}

/// Where a set's rollout comes from and goes to.
pub struct Versions {
    /// From.
    pub current: Version,
    /// To.
    pub update: Version,
    /// How often a revision's name was taken.
    pub collisions: i32,
    /// All revisions, the lowest number first.
    pub all: Vec<ControllerRevision>,
}

/// Finds both, and makes the revision of the present template if it is not remembered.
///
/// Models `getStatefulSetRevisions` of `pkg/controller/statefulset/stateful_set_control.go`.
pub fn versions(set: &StatefulSet, context: &mut Context<'_>) -> Result<Versions> {
    let mut collisions = set.status.collision_count.unwrap_or(0);
    let mut all = revision::list(&set.meta, context.api.store());
    let next = all.last().map_or(1, |revision| revision.revision + 1);
    let data = patch(&set.spec.template);
    let same = all.iter().rposition(|revision| revision.data.as_deref() == Some(&data));
    let update = match same.and_then(|place| all.get(place)).cloned() {
        Some(newest) if newest.revision + 1 == next => newest,
        Some(mut earlier) => {
            earlier.revision = next;
            context.api.update(earlier.clone())?;
            earlier
        }
        None => {
            let made = create(set, &mut collisions, next, context)?;
            all.push(made.clone());
            made
        }
    };
    let update = Version { name: update.meta.name.clone(), template: set.spec.template.clone() };
    let current = all
        .iter()
        .find(|revision| revision.meta.name == set.status.current_revision && revision.meta.name != update.name)
        .and_then(|revision| {
            Some(Version { name: revision.meta.name.clone(), template: Rc::new(revision::template(revision)?) })
        });
    Ok(Versions { current: current.unwrap_or_else(|| update.clone()), update, collisions, all })
}

/// Models `CreateControllerRevision` of `pkg/controller/history/controller_history.go`.
fn create(
    set: &StatefulSet,
    collisions: &mut i32,
    number: i64,
    context: &mut Context<'_>,
) -> Result<ControllerRevision> {
    let data = patch(&set.spec.template);
    let mut refused = Status::already_exists(Kind::CONTROLLER_REVISION, &set.meta.name);
    for _ in 0..TRIES {
        let hash = revision::hash(&data, *collisions);
        let owner = (Kind::STATEFUL_SET, &set.meta);
        let new = revision::build(owner, &set.spec.template, (REVISION_HASH_LABEL, &hash), data.clone(), number);
        match context.api.create(new.clone()) {
            Ok(_) => return Ok(new),
            Err(status) if status.reason == Reason::AlreadyExists => {
                *collisions += 1;
                refused = status;
            }
            Err(status) => return Err(status),
        }
    }
    Err(refused)
}

/// Forgets the oldest revisions beyond the limit that neither the set nor a pod needs.
///
/// Models `truncateHistory`.
pub fn forget(
    set: &StatefulSet,
    versions: &Versions,
    used: impl Fn(&str) -> bool,
    context: &mut Context<'_>,
) -> Result<()> {
    let limit = usize::try_from(set.spec.revision_history_limit.unwrap_or(10)).unwrap_or(0);
    let live = |name: &Str| *name == versions.current.name || *name == versions.update.name || used(name);
    let old = || versions.all.iter().filter(|revision| !live(&revision.meta.name));
    let surplus = old().count().saturating_sub(limit);
    revision::forget(old(), surplus, |_| false, context)
}
