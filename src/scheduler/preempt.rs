//! Preemption: which pods go so that a more important one can come.
//!
//! Models `pkg/scheduler/framework/preemption/preemption.go` and `plugins/defaultpreemption/default_preemption.go`.

use super::explain::{Preemption, Reason};
use super::filter::{NodeInfo, PodInfo, objections};
use super::sync::Scheduler;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Pod, PodDisruptionBudget};
use crate::apiserver::events::EventType;
use crate::apiserver::{Options, Result, Store};
use crate::base::Order;
use crate::base::time::Timestamp;
use crate::base::{Str, Value};
use crate::controllers::runtime::Context;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Nodes on which preemption is tried, at least; of more nodes a tenth.
const LEAST_CANDIDATES: usize = 100;

/// The importance of a pod.
pub fn priority(pod: &Pod) -> i32 {
    pod.spec.priority.unwrap_or(0)
}

/// The node that was freed for a pod, if one was.
pub fn nominated(pod: &Pod) -> Option<&str> {
    pod.status.rest.get("nominatedNodeName").and_then(Value::as_str).filter(|node| !node.is_empty())
}

/// A node with what would have to go from it.
struct Candidate {
    node: Str,
    /// The most important first.
    victims: Vec<Rc<Object>>,
    /// How many of them a budget would keep.
    violations: usize,
}

impl Candidate {
    fn pods(&self) -> impl Iterator<Item = &Pod> {
        self.victims.iter().filter_map(|object| Pod::of(object))
    }

    /// The least of these wins. Models `pickOneNodeForPreemption`.
    fn rank(&self) -> (usize, i32, i64, usize, Reverse<Timestamp>) {
        let highest = self.pods().map(priority).max().unwrap_or(i32::MIN);
        // Every victim counts, also one of negative priority.
        let sum = self.pods().map(|pod| i64::from(priority(pod)) + i64::from(i32::MAX) + 1).sum();
        let important = self.pods().filter(|pod| priority(pod) == highest);
        let earliest = important.filter_map(|pod| pod.status.start_time).min().unwrap_or_default();
        (self.violations, highest, sum, self.victims.len(), Reverse(earliest))
    }
}

impl Scheduler {
    /// Makes room for a pod that no node can take, if less important pods may go for it. Says what came of it, and which
    /// node was freed.
    pub(super) fn preempt(
        &mut self,
        pod: &Pod,
        wishes: &PodInfo,
        refusals: &[(Str, Vec<Reason>)],
        context: &mut Context<'_>,
    ) -> Result<(Preemption, Option<Str>)> {
        if pod.spec.rest.get("preemptionPolicy").and_then(Value::as_str) == Some("Never") {
            return Ok((Preemption::NotEligible("not eligible due to preemptionPolicy=Never."), None));
        }
        let store = context.api.store();
        if let Some(node) = nominated(pod).map(Str::from) {
            let mut others = store.on_node(&node).filter_map(|object| Pod::of(object));
            if others.any(|other| other.meta.is_terminating() && priority(other) < priority(pod)) {
                let why = "not eligible due to a terminating pod on the nominated node.";
                return Ok((Preemption::NotEligible(why), Some(node.clone())));
            }
        }
        let mut texts = Vec::new();
        let mut best: Option<Candidate> = None;
        let mut tries = LEAST_CANDIDATES.max(refusals.len() / 10);
        for (name, reasons) in refusals {
            if !reasons.iter().all(Reason::helped_by_preemption) || tries == 0 {
                texts.push("Preemption is not helpful for scheduling".to_owned());
                continue;
            }
            match self.victims(pod, wishes, name, context.api.store()) {
                Ok(candidate) => {
                    tries -= 1;
                    if best.as_ref().is_none_or(|best| candidate.rank() < best.rank()) {
                        best = Some(candidate);
                    }
                }
                Err(why) => texts.extend(why),
            }
        }
        let Some(best) = best else { return Ok((Preemption::Failed(texts), None)) };
        self.evict(pod, &best, context)?;
        Ok((Preemption::Succeeded, Some(best.node)))
    }

    /// The fewest and least important pods that have to leave a node. The error says why that does not help.
    ///
    /// Models `SelectVictimsOnNode`.
    fn victims(
        &self,
        pod: &Pod,
        wishes: &PodInfo,
        name: &Str,
        store: &Store,
    ) -> std::result::Result<Candidate, Vec<String>> {
        let none = || vec!["No preemption victims found for incoming pod".to_owned()];
        let node = self.has_lesser(pod).then(|| self.node_for(pod, name, store)).flatten();
        let Some(node) = node else { return Err(none()) };
        let lesser = |object: &&Rc<Object>| {
            Pod::of(object).is_some_and(|other| !other.is_terminal() && priority(other) < priority(pod))
        };
        let mut potential: Vec<Rc<Object>> = store.on_node(name).filter(lesser).cloned().collect();
        if potential.is_empty() {
            return Err(none());
        }
        potential.order_by_key(|object| {
            let other = Pod::of(object);
            (Reverse(other.map_or(0, priority)), other.and_then(|other| other.status.start_time))
        });
        let mut gone: BTreeMap<Key, Rc<Object>> =
            potential.iter().map(|object| (object.key(), object.clone())).collect();
        let reasons = self.objections_without(pod, wishes, &node, &gone, store);
        if !reasons.is_empty() {
            return Err(reasons.iter().map(ToString::to_string).collect());
        }
        let guarded = guarded(&potential, store);
        let (first, rest): (Vec<_>, Vec<_>) = potential.iter().partition(|object| guarded.contains(&object.key()));
        // Those that a budget keeps are spared first, then the important ones.
        let mut victims: Vec<Rc<Object>> = Vec::new();
        let mut violations = 0;
        for object in first.into_iter().chain(rest) {
            let key = object.key();
            gone.remove(&key);
            if self.objections_without(pod, wishes, &node, &gone, store).is_empty() {
                continue;
            }
            violations += usize::from(guarded.contains(&key));
            gone.insert(key, object.clone());
            victims.push(object.clone());
        }
        victims.order_by_key(|object| Reverse(Pod::of(object).map_or(0, priority)));
        Ok(Candidate { node: name.clone(), victims, violations })
    }

    /// What the node would say without these pods.
    fn objections_without(
        &self,
        pod: &Pod,
        wishes: &PodInfo,
        node: &NodeInfo,
        gone: &BTreeMap<Key, Rc<Object>>,
        store: &Store,
    ) -> Vec<Reason> {
        let mut node = node.clone();
        for other in gone.values().filter_map(|object| Pod::of(object)) {
            node.count(&super::convert::pod_info(&other.spec), -1);
        }
        let is_gone = |other: &Pod| {
            gone.values().filter_map(|object| Pod::of(object)).any(|gone| gone.meta.uid == other.meta.uid)
        };
        objections(wishes, &self.neighbours(pod, store, &is_gone), &node)
    }

    /// Removes the victims. Models `prepareCandidate`.
    fn evict(&mut self, pod: &Pod, candidate: &Candidate, context: &mut Context<'_>) -> Result<()> {
        for object in &candidate.victims {
            let Some(victim) = Pod::of(object) else { continue };
            let message = format!("Preempted by pod {} on node {}", pod.meta.uid, candidate.node);
            context.api.event(object, super::sync::SOURCE, EventType::Normal, "Preempted", &message);
            if !victim.meta.is_terminating() {
                let mut marked = victim.clone();
                let why = "default-scheduler: preempting to accommodate a higher priority pod";
                marked.mark_disrupted("PreemptionByScheduler", why, context.now.timestamp());
                context.api.update_status(marked)?;
                let uid = Some(victim.meta.uid.clone());
                context.api.delete(&object.key(), Options { uid, ..Options::default() })?;
            }
        }
        Ok(())
    }
}

/// The pods whose going would break a budget. Models `filterPodsWithPDBViolation`.
fn guarded(pods: &[Rc<Object>], store: &Store) -> BTreeSet<Key> {
    let mut left: BTreeMap<Str, i32> = BTreeMap::new();
    let mut guarded = BTreeSet::new();
    for object in pods {
        let meta = object.meta();
        for budget in store.selecting(Kind::POD_DISRUPTION_BUDGET, &meta.namespace, &meta.labels) {
            let Some(budget) = PodDisruptionBudget::of(budget) else { continue };
            if budget.status.disrupted_pods.contains_key(&meta.name) {
                continue;
            }
            let left = left.entry(budget.meta.uid.clone()).or_insert(budget.status.disruptions_allowed);
            *left -= 1;
            if *left < 0 {
                guarded.insert(object.key());
            }
        }
    }
    guarded
}
