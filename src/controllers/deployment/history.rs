//! Revisions: which number a ReplicaSet bears, what is remembered of its earlier numbers, and how many are kept.

use crate::base::Order;
use crate::base::Str;
use crate::base::time::Timestamp;

/// The revision of a Deployment or ReplicaSet.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// The earlier revisions of a ReplicaSet that was rolled back to, separated by commas.
pub const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// `spec.replicas` of the Deployment when it last sized the ReplicaSet.
pub const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// How many pods the Deployment might have then, the surge included.
pub const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";

const HISTORY_LIMIT_CHARS: usize = 2000;

/// Whether an annotation stays where it is. All others go from a Deployment to its new ReplicaSet, and back on undo.
///
/// Models `annotationsToSkip`.
pub fn stays(annotation: &str) -> bool {
    let own = [REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS];
    own.contains(&annotation)
        || annotation == "kubectl.kubernetes.io/last-applied-configuration"
        || annotation == "deprecated.deployment.rollback.to"
}

/// The number in a revision annotation; 0 when there is none or it is no number.
pub fn revision(annotation: Option<&str>) -> i64 {
    annotation.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The revision-history annotation after the ReplicaSet gave up revision `old`. When it grows too long the oldest are
/// forgotten.
///
/// Models `SetNewReplicaSetAnnotations`.
pub fn remember(history: &str, old: &str) -> String {
    if history.is_empty() {
        return old.to_owned();
    }
    let mut kept = history;
    while kept.len() + 1 + old.len() > HISTORY_LIMIT_CHARS {
        match kept.split_once(',') {
            Some((_, rest)) => kept = rest,
            None => return old.to_owned(),
        }
    }
    format!("{kept},{old}")
}

/// What cleaning up has to know of an old ReplicaSet.
#[derive(Clone, Debug)]
pub struct Old {
    /// Its name.
    pub name: Str,
    /// Its revision.
    pub revision: i64,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it has neither wanted nor counted pods, and its controller has seen its newest spec.
    pub empty: bool,
    /// Whether it is being deleted already.
    pub deleting: bool,
}

/// The old ReplicaSets beyond the limit, lowest revision first. One that still has pods is passed over.
///
/// Models `cleanupDeployment` of `pkg/controller/deployment/sync.go`.
pub fn beyond_limit(limit: i32, old: &[Old]) -> Vec<Str> {
    if limit == i32::MAX {
        return Vec::new();
    }
    let mut alive: Vec<&Old> = old.iter().filter(|rs| !rs.deleting).collect();
    let surplus = alive.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
    alive.order_by(|a, b| (a.revision, a.created, &a.name).cmp(&(b.revision, b.created, &b.name)));
    alive.into_iter().take(surplus).filter(|rs| rs.empty).map(|rs| rs.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers() {
        assert_eq!(remember("", "1"), "1");
        assert_eq!(remember("1,3", "5"), "1,3,5");
        let long = vec!["1234"; 399].join(",");
        assert_eq!(long.len(), 1994);
        assert_eq!(remember(&long, "12345").len(), 2000);
        assert_eq!(remember(&long, "123456").len(), 1996);
        assert_eq!(remember(&"9".repeat(1999), "12"), "12");
    }

    /// Cases of upstream's `TestDeploymentController_cleanupDeployment`.
    #[test]
    fn cleans_up() {
        let old = |name: &str, empty, deleting| Old {
            name: name.into(),
            revision: 0,
            created: Timestamp(0),
            empty,
            deleting,
        };
        let table = [
            (1, vec![old("1", true, false), old("2", true, false), old("3", true, false)], vec!["1", "2"]),
            (0, vec![old("1", true, false), old("2", false, false), old("3", false, false)], vec!["1"]),
            (0, vec![old("1", false, false)], vec![]),
            (0, vec![old("1", true, true)], vec![]),
            (1, vec![old("1", false, false), old("2", true, false)], vec![]),
            (i32::MAX, vec![old("1", true, false), old("2", true, false)], vec![]),
        ];
        for (limit, old, expected) in table {
            let got = beyond_limit(limit, &old);
            assert_eq!(got.iter().map(|name| &**name).collect::<Vec<_>>(), expected);
        }
    }
}
