//! Which pods go first when there are too many.

use crate::base::Str;
use crate::base::time::{SimTime, Timestamp};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The phases that an active pod can be in, the one that is deleted first standing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActivePhase {
    /// Not all containers have started.
    Pending,
    /// The node does not answer.
    Unknown,
    /// At least one container runs.
    Running,
}

/// What the ranking has to know of a pod.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its uid, the last tie-breaker.
    pub uid: Str,
    /// Whether it has a node.
    pub assigned: bool,
    /// Its phase.
    pub phase: ActivePhase,
    /// When it became ready, if it is; `Some(None)` when that is not known.
    pub ready: Option<Option<Timestamp>>,
    /// Annotation `controller.kubernetes.io/pod-deletion-cost`, 0 when absent or no number.
    pub deletion_cost: i32,
    /// How many active pods of ReplicaSets with the same owner stand on its node.
    pub doubled: i32,
    /// The most often that one of its containers was restarted.
    pub restarts: i32,
    /// The same for its sidecars.
    pub sidecar_restarts: i32,
    /// When it was made.
    pub created: Timestamp,
}

/// Compares two pods; the lesser one is deleted first. The first difference decides:
///
/// 1. a pod without a node before one with
/// 2. `Pending` before `Unknown` before `Running`
/// 3. not ready before ready
/// 4. the lower deletion cost
/// 5. the one that shares its node with more of its siblings
/// 6. the one that has been ready for the shorter time (on a logarithmic scale)
/// 7. the one that was restarted more often, then the one whose sidecars were
/// 8. the younger one (on a logarithmic scale)
///
/// Models `ActivePodsWithRanks.Less` of `pkg/controller/controller_utils.go`.
pub fn compare(a: &Candidate, b: &Candidate, now: SimTime) -> Ordering {
    let ready = |pod: &Candidate| pod.ready.is_some();
    a.assigned
        .cmp(&b.assigned)
        .then_with(|| a.phase.cmp(&b.phase))
        .then_with(|| ready(a).cmp(&ready(b)))
        .then_with(|| a.deletion_cost.cmp(&b.deletion_cost))
        .then_with(|| b.doubled.cmp(&a.doubled))
        .then_with(|| match (a.ready, b.ready) {
            (Some(a_since), Some(b_since)) => younger_first(a_since, b_since, &a.uid, &b.uid, now),
            _ => Ordering::Equal,
        })
        .then_with(|| b.restarts.cmp(&a.restarts))
        .then_with(|| b.sidecar_restarts.cmp(&a.sidecar_restarts))
        .then_with(|| younger_first(Some(a.created), Some(b.created), &a.uid, &b.uid, now))
        .then_with(|| a.uid.cmp(&b.uid))
}

/// Equal times decide nothing; an unknown time counts as just now; ages of the same power of two (in nanoseconds) are told
/// apart by uid alone, which makes the choice look random among pods of about the same age; else the younger is first.
///
/// Models `logarithmicRankDiff` and its use.
fn younger_first(a: Option<Timestamp>, b: Option<Timestamp>, a_uid: &str, b_uid: &str, now: SimTime) -> Ordering {
    let (a, b) = match (a, b) {
        (Some(a), Some(b)) => (a, b),
        (a, b) => return a.is_some().cmp(&b.is_some()),
    };
    if a == b {
        return Ordering::Equal;
    }
    let rank = |since: Timestamp| log2(now.unix_nanos() as i128 - i128::from(since.0) * 1_000_000_000);
    rank(a).cmp(&rank(b)).then_with(|| a_uid.cmp(b_uid))
}

/// The power of two of an age; below one nanosecond, or in the future, -1.
fn log2(nanos: i128) -> i64 {
    u128::try_from(nanos).ok().and_then(u128::checked_ilog2).map_or(-1, i64::from)
}

/// A candidate in a heap, the one that goes first on top.
struct Ranked<'a> {
    candidate: &'a Candidate,
    now: SimTime,
    place: usize,
}

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(other.candidate, self.candidate, self.now).then_with(|| other.place.cmp(&self.place))
    }
}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked<'_> {}

/// The places of the `count` pods that are to go, first deleted first. Nothing is ranked when all have to go.
///
/// Models `getPodsToDelete` of `pkg/controller/replicaset/replica_set.go`.
pub fn victims(candidates: &[Candidate], count: usize, now: SimTime) -> Vec<usize> {
    if count >= candidates.len() {
        return (0..candidates.len()).collect();
    }
    // Three pods can go in a circle, here as in Kubernetes: a sort refuses what is no total order, a heap takes it as it is.
    let ranked = candidates.iter().enumerate().map(|(place, candidate)| Ranked { candidate, now, place });
    let mut heap: BinaryHeap<Ranked> = ranked.collect();
    (0..count).filter_map(|_| heap.pop()).map(|ranked| ranked.place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(uid: &str) -> Candidate {
        Candidate {
            uid: uid.into(),
            assigned: true,
            phase: ActivePhase::Running,
            ready: Some(Some(Timestamp(1_767_225_600))),
            deletion_cost: 0,
            doubled: 1,
            restarts: 0,
            sidecar_restarts: 0,
            created: Timestamp(1_767_225_600),
        }
    }

    /// In every row the first pod is deleted first, whatever its uid.
    #[test]
    fn ranks() {
        let at = |seconds: i64| Timestamp(1_767_225_600 + seconds);
        let p = || pod("z");
        let q = || pod("a");
        let table = [
            ("unassigned", Candidate { assigned: false, ..p() }, q()),
            (
                "pending",
                Candidate { phase: ActivePhase::Pending, ..p() },
                Candidate { phase: ActivePhase::Unknown, ..q() },
            ),
            ("unknown", Candidate { phase: ActivePhase::Unknown, ..p() }, q()),
            ("not ready", Candidate { ready: None, deletion_cost: 9, ..p() }, q()),
            ("cheaper", Candidate { deletion_cost: -3, ..p() }, Candidate { doubled: 5, ..q() }),
            ("doubled up", Candidate { doubled: 2, ..p() }, q()),
            (
                "ready for 8 s, not 500 s",
                Candidate { ready: Some(Some(at(992))), ..p() },
                Candidate { ready: Some(Some(at(500))), ..q() },
            ),
            ("ready since unknown", Candidate { ready: Some(None), ..p() }, q()),
            (
                "restarted",
                Candidate { restarts: 2, created: at(0), ..p() },
                Candidate { restarts: 1, created: at(900), ..q() },
            ),
            ("sidecar restarted", Candidate { sidecar_restarts: 1, ..p() }, q()),
            ("younger", Candidate { created: at(990), ..p() }, q()),
            (
                "same power of two: by uid",
                Candidate { created: at(1), ..pod("a") },
                Candidate { created: at(2), ..pod("b") },
            ),
            ("all the same: by uid", pod("a"), pod("b")),
        ];
        for (name, first, second) in table {
            let now = SimTime::from_secs(1000);
            assert_eq!(compare(&first, &second, now), Ordering::Less, "{name}");
            assert_eq!(compare(&second, &first, now), Ordering::Greater, "{name}");
        }
    }

    #[test]
    fn victims_are_sorted_unless_all_go() {
        let pods = [pod("b"), Candidate { assigned: false, ..pod("c") }, pod("a")];
        assert_eq!(victims(&pods, 2, SimTime::ZERO), [1, 2]);
        assert_eq!(victims(&pods, 3, SimTime::ZERO), [0, 1, 2]);
        assert_eq!(victims(&pods, 9, SimTime::ZERO), [0, 1, 2]);
    }

    /// Ages of the same power of two are told apart by uid, equal ones by restarts: three pods can go in a circle.
    #[test]
    fn an_order_in_circles_is_no_catastrophe() {
        let pods: Vec<Candidate> = (0..1000_i32)
            .map(|number| Candidate {
                ready: Some(Some(Timestamp(1_767_225_600 + i64::from(number % 3)))),
                restarts: number % 5,
                ..pod(&format!("{:03}", number * 7 % 1000))
            })
            .collect();
        let gone = victims(&pods, 999, SimTime::from_secs(1000));
        let different: std::collections::BTreeSet<usize> = gone.iter().copied().collect();
        assert_eq!((gone.len(), different.len()), (999, 999));
    }
}
