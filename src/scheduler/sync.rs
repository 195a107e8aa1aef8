//! The sync of a pod without a node: filter, score, bind; or say why not, and wait until something changes that matters.
//!
//! Models `pkg/scheduler/schedule_one.go` and its queue of unschedulable pods.

use super::affinity;
use super::convert::{node_info, pod_info};
use super::explain::{Reason, message};
use super::filter::{Neighbours, NodeInfo, PodInfo, objections};
use super::rated::{Possible, Rated};
use super::score::{Parts, enough_nodes, scores};
use super::spread::{Constraint, Soft};
use crate::api::json::Json;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::{ConditionStatus, PodCondition};
use crate::api::objects::{Node, Object, Pod, PodSpec};
use crate::api::selector::LabelSelector;
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Result, Store};
use crate::base::pmap::{PMap, PSet, PVec};
use crate::base::rng::Rng;
use crate::base::time::Duration;
use crate::base::{Str, Value};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

const SOURCE: Source = Source { component: "default-scheduler", host: "", field_path: "" };

/// How long a scheduling decision takes.
const DECISION: Duration = Duration::from_millis(2);

/// Puts pods on nodes.
#[derive(Clone, Default)]
pub struct Scheduler {
    /// The nodes with what is taken of them.
    nodes: Nodes,
    /// How many pods of a controller (by uid) each node (by number) has.
    siblings: PMap<Str, PMap<usize, i64>>,
    /// Pods for which there was no node. Those of one template wait together: what one is refused, all are.
    waiting: PMap<Str, PSet<Key>>,
    /// Those of them to which it matters where others are.
    waiting_for_others: PSet<Key>,
    /// Pods that do not want to be with some others.
    minding: PSet<Key>,
    /// The node at which the next search begins, in a cluster too large to look at all.
    next: usize,
    /// The wishes read last: pods of one template share theirs.
    wishes: Option<(Rc<PodSpec>, Rc<PodInfo>)>,
    /// The nodes as pods with these wishes see them.
    rated: Rated,
}

impl Controller for Scheduler {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::NODE => self.observe_node(change, queue),
            Kind::POD => self.observe_pod(change, queue),
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(pod) = Pod::of(&object).filter(|pod| wants_node(pod)) else { return Ok(()) };
        let wishes = self.wishes_of(&pod.spec);
        self.rated.ask_for(&wishes);
        let neighbours = self.neighbours(pod, context.api.store());
        let limit = enough_nodes(self.nodes.len());
        let mut possible: Vec<Possible> = Vec::with_capacity(limit);
        let mut next = self.next;
        for number in self.nodes.numbers_from(self.next) {
            let Some(node) = self.rated.possible(number, || self.nodes.at(number)) else { continue };
            let labels = || self.nodes.at(number).map(|node| &node.labels);
            if !neighbours.is_empty() && labels().is_some_and(|labels| neighbours.objection(labels).is_some()) {
                continue;
            }
            possible.push(node);
            if possible.len() == limit {
                next = number + 1;
                break;
            }
        }
        let Some(chosen) = self.choose(pod, &possible, context.api.config().seed) else {
            self.wait(pod, key);
            let nodes = self.nodes.from(self.next);
            let refusals: Vec<Vec<Reason>> = nodes.map(|(_, node)| objections(&wishes, &neighbours, node)).collect();
            if refuse(&object, pod, &refusals, context)? {
                self.next_in_line(pod, Some(key), context.queue);
            }
            return Ok(());
        };
        if limit < self.nodes.len() {
            self.next = next;
        }
        self.wait_no_more(pod, key);
        self.next_in_line(pod, None, context.queue);
        let bound = context.api.bind(key, &chosen)?;
        let message = format!("Successfully assigned {}/{} to {chosen}", key.namespace, key.name);
        context.api.event(&bound, SOURCE, EventType::Normal, "Scheduled", &message);
        Ok(())
    }
}

/// Whether the pod waits for this scheduler.
fn wants_node(pod: &Pod) -> bool {
    let ours = pod.spec.scheduler_name.is_empty() || &*pod.spec.scheduler_name == "default-scheduler";
    let gated = pod.spec.rest.get("schedulingGates").and_then(Value::as_array).is_some_and(|gates| !gates.is_empty());
    ours && !gated && pod.node_name.is_empty() && pod.is_active()
}

/// Whether the pod takes something of its node.
fn occupies(pod: &Pod) -> bool {
    !pod.node_name.is_empty() && !pod.is_terminal()
}

impl Scheduler {
    fn observe_node(&mut self, change: &Change, queue: &mut Enqueue) {
        let Some(node) = change.new.as_deref().and_then(Node::of) else {
            self.forget(&change.key.name);
            self.nodes.remove(&change.key.name);
            return;
        };
        let mut info = node_info(node);
        if let Some(present) = self.nodes.get(&info.name) {
            info.capacity.requested = present.capacity.requested.clone();
            info.capacity.pods = present.capacity.pods;
            info.scored = present.scored.clone();
            info.host_ports = present.host_ports.clone();
        }
        self.nodes.insert(info);
        self.forget(&change.key.name);
        self.try_again(queue);
    }

    fn observe_pod(&mut self, change: &Change, queue: &mut Enqueue) {
        let old = change.old.as_deref().and_then(Pod::of);
        let new = change.new.as_deref().and_then(Pod::of);
        if old.is_none() && new.is_some_and(wants_node) {
            queue.after(change.key.clone(), DECISION);
        }
        let relabelled = old.zip(new).is_some_and(|(old, new)| old.meta.labels != new.meta.labels);
        let (before, after) = (old.filter(|pod| occupies(pod)), new.filter(|pod| occupies(pod)));
        match (before, after) {
            (None, Some(pod)) => self.take(pod, 1),
            (Some(pod), None) => self.take(pod, -1),
            _ => {}
        }
        if affinity_matters(before) || affinity_matters(after) {
            match after {
                Some(pod) if affinity::minds_others(pod) => self.minding.insert(change.key.clone()),
                _ => self.minding.remove(&change.key),
            };
        }
        if new.is_none() || new.is_some_and(|pod| !pod.node_name.is_empty()) {
            if let Some(pod) = new.or(old) {
                self.wait_no_more(pod, &change.key);
            }
        } else if old.zip(new).is_some_and(|(old, new)| old.meta.generation != new.meta.generation || relabelled) {
            queue.after(change.key.clone(), DECISION);
        }
        if before.is_some() && after.is_none() || relabelled {
            self.try_again(queue);
        } else if before.is_none() && after.is_some() {
            // An arrival takes room, so it can only help who waits for company.
            for key in &self.waiting_for_others {
                queue.after(key.clone(), DECISION);
            }
        }
    }

    /// The first of each line tries again; the others follow when it gets a node, or is refused for another reason.
    fn try_again(&self, queue: &mut Enqueue) {
        for key in self.waiting.values().filter_map(PSet::get_min) {
            queue.after(key.clone(), DECISION);
        }
    }

    fn next_in_line(&self, pod: &Pod, after: Option<&Key>, queue: &mut Enqueue) {
        let line = self.waiting.get(&line_of(pod));
        let next = line.and_then(|line| match after {
            Some(key) => line.range((Bound::Excluded(key), Bound::Unbounded)).next(),
            None => line.get_min(),
        });
        next.into_iter().for_each(|key| queue.now(key.clone()));
    }

    fn wait(&mut self, pod: &Pod, key: &Key) {
        self.waiting.or_default(line_of(pod)).insert(key.clone());
        if affinity_matters(Some(pod)) || !pod.spec.topology_spread_constraints.is_empty() {
            self.waiting_for_others.insert(key.clone());
        }
    }

    fn wait_no_more(&mut self, pod: &Pod, key: &Key) {
        if self.waiting.is_empty() {
            return;
        }
        let line = line_of(pod);
        let emptied = self.waiting.get_mut(&line).is_some_and(|line| {
            line.remove(key);
            line.is_empty()
        });
        if emptied {
            self.waiting.remove(&line);
        }
        self.waiting_for_others.remove(key);
    }

    fn forget(&mut self, node: &Str) {
        if let Some(number) = self.nodes.number(node) {
            self.rated.forget(number);
        }
    }

    /// Counts a pod on its node, or takes it off again.
    fn take(&mut self, pod: &Pod, times: i64) {
        let wishes = self.wishes_of(&pod.spec);
        self.forget(&pod.node_name);
        if let Some(node) = self.nodes.get_mut(&pod.node_name) {
            node.capacity.requested.add(&wishes.requests, times);
            node.scored.add(&wishes.scored, times);
            node.capacity.pods += times;
            for port in &wishes.host_ports {
                match times {
                    1 => node.host_ports.insert(port.clone()),
                    _ => node.host_ports.remove(port),
                };
            }
        }
        if let (Some(owner), Some(number)) = (pod.meta.controller(), self.nodes.number(&pod.node_name)) {
            let counts = self.siblings.or_default(owner.uid.clone());
            let count = counts.or_default(number);
            *count += times;
            if *count == 0 {
                counts.remove(&number);
            }
            if counts.is_empty() {
                self.siblings.remove(&owner.uid);
            }
        }
    }

    fn wishes_of(&mut self, spec: &Rc<PodSpec>) -> Rc<PodInfo> {
        if let Some((known, wishes)) = &self.wishes
            && Rc::ptr_eq(known, spec)
        {
            return wishes.clone();
        }
        let wishes = Rc::new(pod_info(spec));
        self.wishes = Some((spec.clone(), wishes.clone()));
        wishes
    }

    fn neighbours(&self, pod: &Pod, store: &Store) -> Neighbours {
        let domain = |node: &Str, key: &Str| self.nodes.get(node).and_then(|node| node.labels.get(key)).cloned();
        let minding = self.minding.iter().filter_map(|key| store.pod(key));
        let affinity = affinity::rules(pod, store, minding, &domain);
        let hard =
            pod.spec.topology_spread_constraints.iter().filter(|constraint| {
                constraint.get("whenUnsatisfiable").and_then(Value::as_str) != Some("ScheduleAnyway")
            });
        let spread = hard.filter_map(|constraint| self.count(constraint, pod, store)).collect();
        Neighbours { spread, affinity }
    }

    /// A topology spread constraint with the pods counted, over the nodes that the pod asks for.
    fn count(&self, constraint: &Value, pod: &Pod, store: &Store) -> Option<Constraint> {
        let topology_key: Str = constraint.get("topologyKey")?.as_str()?.into();
        let selector: LabelSelector = Json::from_json(constraint.get("labelSelector")?.clone())?;
        let wishes = pod_info(&pod.spec);
        let possible = |node: &NodeInfo| wishes.affinity.matches(&node.name, &node.labels);
        let mut counts: BTreeMap<Str, i64> = BTreeMap::new();
        for (_, node) in self.nodes.from(0).filter(|(_, node)| possible(node)) {
            if let Some(domain) = node.labels.get(&topology_key) {
                counts.entry(domain.clone()).or_default();
            }
        }
        for other in store.matching_pods(&pod.meta.namespace, &selector).filter_map(|object| Pod::of(object)) {
            let node = self.nodes.get(&other.node_name).filter(|node| !other.meta.is_terminating() && possible(node));
            if let Some(count) = node.and_then(|node| node.labels.get(&topology_key)).and_then(|d| counts.get_mut(d)) {
                *count += 1;
            }
        }
        Some(Constraint {
            topology_key,
            max_skew: constraint.get("maxSkew").and_then(Value::as_i64).unwrap_or(1),
            min_domains: constraint
                .get("minDomains")
                .and_then(Value::as_u64)
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(1),
            counts_itself: selector.matches(&pod.meta.labels),
            counts,
        })
    }

    /// The best of the possible nodes; one at random of those that are equally good.
    fn choose(&self, pod: &Pod, possible: &[Possible], seed: u64) -> Option<Str> {
        let name = |node: &Possible| self.nodes.at(node.number).map(|node| node.name.clone());
        if possible.len() < 2 {
            return possible.first().and_then(name);
        }
        let parts: Vec<Parts> = possible.iter().map(|node| node.parts).collect();
        let scores = scores(&parts, &self.soft(pod, possible));
        let best = scores.iter().copied().max()?;
        let equals: Vec<&Possible> =
            possible.iter().zip(&scores).filter(|(_, score)| **score == best).map(|(node, _)| node).collect();
        let pick = Rng::stream(seed, "scheduler", &pod.meta.uid).below(equals.len() as u64);
        equals.get(usize::try_from(pick).unwrap_or(0)).and_then(|node| name(node))
    }

    /// The spreading that every pod gets that belongs to a controller: over nodes, and less over zones.
    ///
    /// Models `systemDefaultConstraints` of `pkg/scheduler/framework/plugins/podtopologyspread/plugin.go`.
    fn soft(&self, pod: &Pod, possible: &[Possible]) -> Vec<Soft> {
        if !pod.spec.topology_spread_constraints.is_empty() {
            return Vec::new();
        }
        let Some(counts) = pod.meta.controller().and_then(|owner| self.siblings.get(&owner.uid)) else {
            return Vec::new();
        };
        let on_node = self.siblings_on(possible, counts);
        let hostname = |(node, count): (&Possible, &i64)| node.has_hostname.then_some(*count);
        let hostnames = possible.iter().zip(&on_node).map(hostname).collect();
        let mut soft = vec![Soft { max_skew: 3, domains: possible.len(), counts: hostnames }];
        let mut zones: BTreeMap<u32, i64> = BTreeMap::new();
        for (node, count) in possible.iter().zip(&on_node) {
            if let Some(zone) = node.zone {
                *zones.entry(zone).or_default() += count;
            }
        }
        if !zones.is_empty() {
            let zone = |node: &Possible| node.zone.and_then(|zone| zones.get(&zone)).copied();
            soft.push(Soft { max_skew: 5, domains: zones.len(), counts: possible.iter().map(zone).collect() });
        }
        soft
    }

    /// How many pods of the same controller each of these nodes has. They lie in the order of their numbers, from that at
    /// which the search began and round.
    fn siblings_on(&self, possible: &[Possible], counts: &PMap<usize, i64>) -> Vec<i64> {
        let mut on_node = vec![0; possible.len()];
        let place = |number: usize| (number < self.next, number);
        for (number, count) in counts {
            if let Ok(found) = possible.binary_search_by_key(&place(*number), |node| place(node.number)) {
                on_node[found] = *count;
            }
        }
        on_node
    }
}

/// The nodes, each with a number that it keeps: to walk over numbers costs no comparison of names.
#[derive(Clone, Default)]
struct Nodes {
    slots: PVec<Option<NodeInfo>>,
    numbers: PMap<Str, usize>,
}

impl Nodes {
    fn len(&self) -> usize {
        self.numbers.len()
    }

    fn number(&self, name: &Str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    fn get(&self, name: &Str) -> Option<&NodeInfo> {
        self.slots.get(self.number(name)?)?.as_ref()
    }

    fn get_mut(&mut self, name: &Str) -> Option<&mut NodeInfo> {
        let number = self.number(name)?;
        self.slots.get_mut(number)?.as_mut()
    }

    fn insert(&mut self, node: NodeInfo) {
        match self.number(&node.name) {
            Some(number) => {
                if let Some(slot) = self.slots.get_mut(number) {
                    *slot = Some(node);
                }
            }
            None => {
                self.numbers.insert(node.name.clone(), self.slots.len());
                self.slots.push_back(Some(node));
            }
        }
    }

    fn remove(&mut self, name: &Str) {
        if let Some(number) = self.numbers.remove(name) {
            if let Some(slot) = self.slots.get_mut(number) {
                *slot = None;
            }
        }
    }

    /// The node with this number.
    fn at(&self, number: usize) -> Option<&NodeInfo> {
        self.slots.get(number)?.as_ref()
    }

    /// All numbers, beginning with one.
    fn numbers_from(&self, first: usize) -> impl Iterator<Item = usize> + use<> {
        let (first, all) = (first.min(self.slots.len()), self.slots.len());
        (first..all).chain(0..first)
    }

    /// All nodes with their numbers, beginning with one.
    fn from(&self, first: usize) -> impl Iterator<Item = (usize, &NodeInfo)> {
        self.numbers_from(first).filter_map(|number| Some((number, self.at(number)?)))
    }
}

fn affinity_matters(pod: Option<&Pod>) -> bool {
    pod.is_some_and(|pod| pod.spec.affinity.is_some())
}

/// The line in which the pod waits: with those of its ReplicaSet, or alone.
fn line_of(pod: &Pod) -> Str {
    let owner = pod.meta.controller().filter(|owner| &*owner.kind == "ReplicaSet");
    owner.map_or(&pod.meta.uid, |owner| &owner.uid).clone()
}

/// Says why there is no node, and whether that is another reason than before.
fn refuse(object: &Object, pod: &Pod, refusals: &[Vec<Reason>], context: &mut Context<'_>) -> Result<bool> {
    let never = pod.spec.rest.get("preemptionPolicy").and_then(Value::as_str) == Some("Never");
    let message = message(refusals, never);
    context.api.event(object, SOURCE, EventType::Warning, "FailedScheduling", &message);
    let mut changed = pod.clone();
    let present = pod.condition("PodScheduled");
    let is_new =
        present.is_some_and(|present| present.status == ConditionStatus::False && *present.message != *message);
    let condition = PodCondition {
        kind: "PodScheduled".into(),
        status: ConditionStatus::False,
        reason: "Unschedulable".into(),
        message: message.into(),
        last_transition_time: match present {
            Some(present) if present.status == ConditionStatus::False => present.last_transition_time,
            _ => Some(context.now.timestamp()),
        },
        observed_generation: pod.meta.generation,
        ..PodCondition::default()
    };
    changed.status.conditions.retain(|condition| &*condition.kind != "PodScheduled");
    changed.status.conditions.push(condition);
    context.api.update_status(changed).map(|_| is_new)
}
