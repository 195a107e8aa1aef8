//! Which pods go first when there are too many.

use crate::base::Str;
use crate::base::time::{SimTime, Timestamp};
use std::cmp::{Ordering, Reverse};
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its uid, the last tie-breaker.
    pub uid: Uid,
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

/// A uid with its beginning as a number: that decides nearly always, and is at hand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uid(u64, Str);

impl From<Str> for Uid {
    fn from(text: Str) -> Uid {
        // The shorter of two texts with the same beginning stands first either way.
        Uid(text.bytes().chain(std::iter::repeat(0)).take(8).fold(0, |head, byte| (head << 8) | u64::from(byte)), text)
    }
}

impl Uid {
    /// The uid.
    pub fn text(&self) -> &Str {
        &self.1
    }
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
fn younger_first(a: Option<Timestamp>, b: Option<Timestamp>, a_uid: &Uid, b_uid: &Uid, now: SimTime) -> Ordering {
    let (a, b) = match (a, b) {
        (Some(a), Some(b)) => (a, b),
        (a, b) => return a.is_some().cmp(&b.is_some()),
    };
    if a == b {
        return Ordering::Equal;
    }
    rank(a, now).cmp(&rank(b, now)).then_with(|| a_uid.cmp(b_uid))
}

/// The power of two of an age in nanoseconds; below one, or in the future, -1.
fn rank(since: Timestamp, now: SimTime) -> i64 {
    let nanos = now.unix_nanos() as i128 - i128::from(since.0) * 1_000_000_000;
    u64::try_from(nanos).ok().and_then(u64::checked_ilog2).map_or(-1, i64::from)
}

/// A candidate in a heap, the one that goes first on top. What can be decided once and for all about it stands before the
/// rest, which is no total order: Kubernetes compares some pairs by what it leaves out of account for others.
struct Ranked<'a> {
    /// 1 to 5 of [`compare`], and the power of two of 6.
    standing: (bool, ActivePhase, bool, i32, Reverse<i32>, i64),
    candidate: &'a Candidate,
    now: SimTime,
    place: usize,
}

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.standing.cmp(&self.standing).then_with(|| compare(other.candidate, self.candidate, self.now))
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

/// The places of the `count` pods that are to go, first deleted first, given each with how often its node has its like.
/// Nothing is ranked when all have to go.
///
/// Models `getPodsToDelete` of `pkg/controller/replicaset/replica_set.go`.
pub fn victims<'a>(candidates: impl Iterator<Item = (&'a Candidate, i32)>, count: usize, now: SimTime) -> Vec<usize> {
    let ranked = |(place, (candidate, doubled)): (usize, (&'a Candidate, i32))| {
        let age = match candidate.ready {
            Some(Some(since)) => rank(since, now),
            Some(None) => -2,
            None => 0,
        };
        let Candidate { assigned, phase, ready, deletion_cost, .. } = candidate;
        let standing = (*assigned, *phase, ready.is_some(), *deletion_cost, Reverse(doubled), age);
        Ranked { standing, candidate, now, place }
    };
    let all: Vec<Ranked> = candidates.enumerate().map(ranked).collect();
    if count >= all.len() {
        return all.into_iter().map(|ranked| ranked.place).collect();
    }
    // A sort may refuse what is no total order; a heap takes it as it is.
    let mut heap = BinaryHeap::from(all);
    (0..count).filter_map(|_| heap.pop()).map(|ranked| ranked.place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(uid: &str) -> Candidate {
        Candidate {
            uid: Str::from(uid).into(),
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
        let victims = |count| victims(pods.iter().map(|pod| (pod, 1)), count, SimTime::ZERO);
        assert_eq!(victims(2), [1, 2]);
        assert_eq!(victims(3), [0, 1, 2]);
        assert_eq!(victims(9), [0, 1, 2]);
    }

    /// Ages of the same power of two are told apart by uid, equal ones by restarts: three pods can go in a circle.
    #[test]
    fn an_order_in_circles_is_no_catastrophe() {
        let seconds = |uid: &str, ready: i64, restarts| Candidate {
            ready: Some(Some(Timestamp(1_767_225_600 + ready))),
            restarts,
            ..pod(uid)
        };
        let mut pods: Vec<Candidate> = Vec::new();
        for number in 0..1000 {
            pods.push(seconds(&format!("{:03}", number * 7 % 1000), number % 3, number as i32 % 5));
        }
        let gone = victims(pods.iter().map(|pod| (pod, 1)), 999, SimTime::from_secs(1000));
        let different: std::collections::BTreeSet<usize> = gone.iter().copied().collect();
        assert_eq!((gone.len(), different.len()), (999, 999));
    }
}
