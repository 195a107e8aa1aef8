//! What a ReplicaSet has to know of its pods, kept true change by change: a look at ten thousand pods costs as much as a look
//! at one.

use super::ranking::{ActivePhase, Candidate, victims};
use super::status::{ready_since, restarts};
use crate::api::meta::Labels;
use crate::api::objects::pod::PodPhase;
use crate::api::objects::{Pod, ReplicaSet};
use crate::base::Str;
use crate::base::pmap::{PLookup, PMap};
use crate::base::time::{SimTime, Timestamp};
use std::rc::Rc;

/// Nodes have numbers here: to count by a number costs no comparison of names.
#[derive(Clone, Default)]
pub struct Numbers(PLookup<Str, u32>);

impl Numbers {
    /// The node's number; a new one when it has none.
    pub fn of(&mut self, node: &Str) -> u32 {
        if let Some(number) = self.0.get(node) {
            return *number;
        }
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.insert(node.clone(), number);
        number
    }
}

/// Whether a pod counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Active,
    Terminating,
    Ended,
}

/// What is remembered of a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    name: Str,
    node: u32,
    life: Life,
    /// Whether the selector matches it.
    matches: bool,
    /// Whether it has all labels of the template.
    labelled: bool,
    candidate: Candidate,
}

impl Member {
    /// What is to be remembered of a pod of this ReplicaSet.
    pub fn of(pod: &Pod, rs: &ReplicaSet, numbers: &mut Numbers) -> Member {
        // Pods that still share the template's labels match without a look: validation has seen to that.
        let (labels, template) = (&pod.meta.labels, rs.spec.template.labels());
        let shared = Rc::ptr_eq(&labels.0, &template.0);
        let has_all = |wanted: &Labels| wanted.iter().all(|(key, value)| labels.get(key) == Some(value));
        Member {
            matches: shared || rs.spec.selector.matches(labels),
            labelled: shared || has_all(template),
            ..Member::unlabelled(pod, numbers)
        }
    }

    /// The node for whose pods it counts.
    fn place(&self) -> Option<u32> {
        (self.life == Life::Active).then_some(self.node)
    }

    fn unlabelled(pod: &Pod, numbers: &mut Numbers) -> Member {
        Member {
            name: pod.meta.name.clone(),
            node: numbers.of(&pod.node_name),
            life: match () {
                () if pod.is_terminal() => Life::Ended,
                () if pod.meta.is_terminating() => Life::Terminating,
                () => Life::Active,
            },
            matches: true,
            labelled: true,
            candidate: Candidate {
                uid: pod.meta.uid.clone().into(),
                assigned: !pod.node_name.is_empty(),
                phase: match pod.status.phase {
                    PodPhase::Pending => ActivePhase::Pending,
                    PodPhase::Unknown => ActivePhase::Unknown,
                    _ => ActivePhase::Running,
                },
                ready: ready_since(pod),
                deletion_cost: pod.meta.annotations.get(DELETION_COST).and_then(|cost| cost.parse().ok()).unwrap_or(0),
                doubled: 0,
                restarts: restarts(pod, false),
                sidecar_restarts: restarts(pod, true),
                created: pod.meta.creation_timestamp.unwrap_or_default(),
            },
        }
    }
}

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The pods of a ReplicaSet, counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    members: PMap<u64, Member>,
    /// Those that count.
    pub active: i32,
    /// Of these, those with all labels of the template.
    pub labelled: i32,
    /// Of these, those that are ready.
    pub ready: i32,
    /// Those that are on their way out.
    pub terminating: i32,
    /// Active pods by the moment at which they became ready, where that is known.
    ready_at: PMap<Timestamp, i32>,
    /// Active pods by the number of their node.
    by_node: PMap<u32, i32>,
    /// Those that the selector does not match any more.
    strays: i32,
}

impl Tally {
    /// Counts pods, each with a number: that in the store, usually.
    pub fn of<'a>(rs: &ReplicaSet, pods: impl Iterator<Item = (u64, &'a Pod)>, numbers: &mut Numbers) -> Tally {
        let mut tally = Tally::default();
        for (id, pod) in pods {
            tally.set(id, Some(Member::of(pod, rs, numbers)));
        }
        tally
    }

    /// Notes what a pod is now, or that it is gone.
    pub fn set(&mut self, id: u64, new: Option<Member>) {
        let old = match new.clone() {
            Some(member) => self.members.insert(id, member),
            None => self.members.remove(&id),
        };
        if old != new {
            old.iter().for_each(|member| self.count(member, -1));
            new.iter().for_each(|member| self.count(member, 1));
            let (before, after) = (old.as_ref().and_then(Member::place), new.as_ref().and_then(Member::place));
            if before != after {
                before.into_iter().for_each(|node| add(&mut self.by_node, node, -1));
                after.into_iter().for_each(|node| add(&mut self.by_node, node, 1));
            }
        }
    }

    /// Notes what a pod is now whose labels are what they were.
    pub fn renew(&mut self, id: u64, pod: &Pod, numbers: &mut Numbers) {
        if let Some(Member { matches, labelled, .. }) = self.members.get(&id) {
            let new = Member { matches: *matches, labelled: *labelled, ..Member::unlabelled(pod, numbers) };
            self.set(id, Some(new));
        }
    }

    fn count(&mut self, member: &Member, times: i32) {
        match (member.matches, member.life) {
            (false, _) => self.strays += times,
            (true, Life::Ended) => {}
            (true, Life::Terminating) => self.terminating += times,
            (true, Life::Active) => {
                let ready = member.candidate.ready;
                self.active += times;
                self.labelled += times * i32::from(member.labelled);
                self.ready += times * i32::from(ready.is_some());
                if let Some(since) = ready.flatten() {
                    add(&mut self.ready_at, since, times);
                }
            }
        }
    }

    /// How many active pods have been ready for so many seconds.
    pub fn available(&self, min_ready_seconds: i32, now: Timestamp) -> i32 {
        match min_ready_seconds {
            0 => self.ready,
            seconds => self.ready_at.range(..=Timestamp(now.0 - i64::from(seconds))).map(|(_, count)| count).sum(),
        }
    }

    /// When the next of them will have been.
    pub fn next_available(&self, min_ready_seconds: i32, now: Timestamp) -> Option<Timestamp> {
        let seconds = i64::from(min_ready_seconds);
        let (since, _) = self.ready_at.range(Timestamp(now.0 - seconds + 1)..).next()?;
        Some(Timestamp(since.0 + seconds))
    }

    /// The pods that the selector does not match any more and that are still at work.
    pub fn strays(&self) -> Vec<Str> {
        let stray = |member: &&Member| !member.matches && member.life == Life::Active;
        let members = (self.strays > 0).then(|| self.members.values());
        members.into_iter().flatten().filter(stray).map(|member| member.name.clone()).collect()
    }

    /// The pods that go when there are `count` too many, first to go first: number, name and uid. `family` are the pods of
    /// all ReplicaSets of the same owner, this one's among them: of nodes with many of them more go.
    ///
    /// Models `getPodsToDelete` and `getIndirectlyRelatedPods` of `pkg/controller/replicaset/replica_set.go`.
    pub fn surplus(&self, count: usize, family: &[&Tally], now: SimTime) -> Vec<(u64, Str, Str)> {
        let mut doubled: Vec<i32> = Vec::new();
        for (node, count) in family.iter().flat_map(|tally| &tally.by_node) {
            let node = usize::try_from(*node).unwrap_or(0);
            if node >= doubled.len() {
                doubled.resize(node + 1, 0);
            }
            doubled[node] += count;
        }
        let active = |(_, member): &(&u64, &Member)| member.matches && member.life == Life::Active;
        let members: Vec<(&u64, &Member)> = self.members.iter().filter(active).collect();
        let on_node = |node: u32| usize::try_from(node).ok().and_then(|node| doubled.get(node)).copied().unwrap_or(0);
        let candidates = members.iter().map(|(_, member)| (&member.candidate, on_node(member.node)));
        let places = victims(candidates, count, now);
        let chosen = places.into_iter().filter_map(|place| members.get(place));
        chosen.map(|(id, member)| (**id, member.name.clone(), member.candidate.uid.text().clone())).collect()
    }
}

fn add<K: Ord + Clone>(counts: &mut PMap<K, i32>, key: K, times: i32) {
    let count = counts.or_default(key.clone());
    *count += times;
    if *count == 0 {
        counts.remove(&key);
    }
}
