//! Which pods of a DaemonSet are made and deleted on a node, whatever the rollout does.

use super::nodes::Verdict;
use crate::api::objects::pod::PodPhase;
use crate::base::Order;
use crate::base::Str;
use crate::base::time::Timestamp;

/// What the decisions have to know of a pod.
#[derive(Clone, Debug)]
pub struct DaemonPod {
    /// Its name.
    pub name: Str,
    /// Whether it has a node already.
    pub scheduled: bool,
    /// When it was made.
    pub created: Timestamp,
    /// Its phase.
    pub phase: PodPhase,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Whether it is ready.
    pub ready: bool,
    /// Whether it has been ready for long enough.
    pub available: bool,
    /// Whether it is of the newest template.
    pub new: bool,
}

/// Sorts the pods of a node: who has the node already, then the older.
///
/// Models `podByCreationTimestampAndPhase`.
pub fn oldest_first(pods: &mut [DaemonPod]) {
    pods.order_by(|a, b| (!a.scheduled, a.created, &a.name).cmp(&(!b.scheduled, b.created, &b.name)));
}

/// Why a pod that has ended goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goes {
    /// It failed.
    Failed(Str),
    /// It succeeded, which a daemon should not.
    Succeeded(Str),
    /// It is one too many, or on a wrong node.
    Surplus(Str),
}

/// What is to be done on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deeds {
    /// Make a pod.
    pub make: bool,
    /// Delete these.
    pub delete: Vec<Goes>,
}

/// Decides for one node; its pods stand oldest first.
///
/// Models `podsShouldBeOnNode` of `pkg/controller/daemon/daemon_controller.go`.
pub fn decide(verdict: Verdict, pods: &[DaemonPod], surge: bool) -> Deeds {
    let alive = || pods.iter().filter(|pod| !pod.terminating);
    if verdict.should_run && pods.is_empty() {
        return Deeds { make: true, delete: Vec::new() };
    }
    if !verdict.may_stay {
        return Deeds { make: false, delete: alive().map(|pod| Goes::Surplus(pod.name.clone())).collect() };
    }
    let mut delete = Vec::new();
    let mut running = Vec::new();
    for pod in alive() {
        match pod.phase {
            PodPhase::Failed => delete.push(Goes::Failed(pod.name.clone())),
            PodPhase::Succeeded => delete.push(Goes::Succeeded(pod.name.clone())),
            _ => running.push(pod),
        }
    }
    let surplus = if surge { surplus_with_surge(&running) } else { running.get(1..).unwrap_or_default().to_vec() };
    delete.extend(surplus.into_iter().map(|pod| Goes::Surplus(pod.name.clone())));
    Deeds { make: false, delete }
}

/// With a surge the oldest new pod and the oldest old one may stand side by side, while the old one still serves and the
/// new one does not yet.
fn surplus_with_surge<'a>(running: &[&'a DaemonPod]) -> Vec<&'a DaemonPod> {
    if running.len() < 2 {
        return Vec::new();
    }
    let first = |new: bool| running.iter().position(|pod| pod.new == new);
    let (new, old) = (first(true), first(false));
    let kept = |place: usize| Some(place) == new || Some(place) == old;
    let mut surplus: Vec<&DaemonPod> =
        running.iter().enumerate().filter(|(place, _)| !kept(*place)).map(|(_, pod)| *pod).collect();
    if let (Some(new), Some(old)) = (new.and_then(|i| running.get(i)), old.and_then(|i| running.get(i)))
        && (!old.ready || new.available)
    {
        surplus.push(old);
    }
    surplus
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(in super::super) fn pod(name: &str) -> DaemonPod {
        DaemonPod {
            name: name.into(),
            scheduled: true,
            created: Timestamp(0),
            phase: PodPhase::Running,
            terminating: false,
            ready: true,
            available: true,
            new: true,
        }
    }

    #[test]
    fn decides() {
        let run = Verdict { should_run: true, may_stay: true };
        let stay = Verdict { should_run: false, may_stay: true };
        let go = Verdict { should_run: false, may_stay: false };
        let old = |name: &str| DaemonPod { new: false, ..pod(name) };
        let young = |name: &str| DaemonPod { ready: false, available: false, ..pod(name) };
        let surplus = |name: &str| Goes::Surplus(name.into());
        let table = [
            ("missing", run, vec![], false, true, vec![]),
            ("there", run, vec![pod("a")], false, false, vec![]),
            ("too many", run, vec![pod("a"), pod("b"), pod("c")], false, false, vec![surplus("b"), surplus("c")]),
            ("may stay", stay, vec![pod("a")], false, false, vec![]),
            ("may not come", stay, vec![], false, false, vec![]),
            (
                "must go",
                go,
                vec![pod("a"), DaemonPod { terminating: true, ..pod("b") }],
                false,
                false,
                vec![surplus("a")],
            ),
            ("terminating", run, vec![DaemonPod { terminating: true, ..pod("a") }], false, false, vec![]),
            (
                "failed",
                run,
                vec![DaemonPod { phase: PodPhase::Failed, ..pod("a") }],
                false,
                false,
                vec![Goes::Failed("a".into())],
            ),
            (
                "succeeded",
                run,
                vec![DaemonPod { phase: PodPhase::Succeeded, ..pod("a") }],
                false,
                false,
                vec![Goes::Succeeded("a".into())],
            ),
            ("surging", run, vec![old("a"), young("b")], true, false, vec![]),
            ("surged", run, vec![old("a"), pod("b")], true, false, vec![surplus("a")]),
            (
                "old one broken",
                run,
                vec![DaemonPod { ready: false, ..old("a") }, young("b")],
                true,
                false,
                vec![surplus("a")],
            ),
            ("two old", run, vec![old("a"), old("b")], true, false, vec![surplus("b")]),
        ];
        for (name, verdict, pods, surge, make, delete) in table {
            assert_eq!(decide(verdict, &pods, surge), Deeds { make, delete }, "{name}");
        }
    }
}
