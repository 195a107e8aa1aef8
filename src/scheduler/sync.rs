//! The sync of a pod without a node: filter, score, bind; or say why not, and wait until something changes that matters.
//!
//! Models `pkg/scheduler/schedule_one.go` and its queue of unschedulable pods.

use super::affinity;
use super::convert::{node_info, pod_info};
use super::explain::{Reason, message};
use super::filter::{Neighbours, NodeInfo, PodInfo, objections};
use super::nodes::Nodes;
use super::preempt::{nominated, priority};
use super::score::{Worth, enough_nodes, points, worth};
use super::spread::{Constraint, Soft};
use super::volumes::{self, Chosen, PATIENCE, POLL, Volumes};
use crate::api::json::Json;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::{ConditionStatus, PodCondition};
use crate::api::objects::{Node, Object, Pod, PodSpec};
use crate::api::selector::LabelSelector;
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Result, Store};
use crate::base::Order;
use crate::base::pmap::{PLookup, PMap, PSet};
use crate::base::rng::Rng;
use crate::base::time::{Duration, SimTime};
use crate::base::{Str, Value};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::collections::BTreeMap;
use std::rc::Rc;

pub(super) const SOURCE: Source = Source { component: "default-scheduler", host: "", field_path: "" };

/// How long a scheduling decision takes.
const DECISION: Duration = Duration::from_millis(2);

/// Nodes that cannot take a pod, and why.
type Refusals = Vec<(Str, Vec<Reason>)>;

/// Puts pods on nodes.
#[derive(Clone, Default)]
pub struct Scheduler {
    /// The nodes with what is taken of them.
    nodes: Nodes,
    /// How many pods of a controller (by uid) each node (by number) has.
    siblings: PLookup<Str, PMap<usize, i64>>,
    /// How many pods on nodes are how important.
    priorities: PMap<i32, usize>,
    /// Pods for which there was no node, and how important they are.
    waiting: PMap<Key, i32>,
    /// Pods for which a node was freed, and which.
    nominated: PMap<Key, Str>,
    /// Pods that care near whom they are.
    minding: PSet<Key>,
    /// Pods whose volumes are being bound, and the node that was chosen for them.
    binding: PMap<Key, Chosen>,
    /// The node at which the next search begins, in a cluster too large to look at all.
    next: usize,
    /// The wishes read last: pods of one template share theirs.
    wishes: Option<(Rc<PodSpec>, Rc<PodInfo>)>,
    /// The spec for which there was no node last, with the version of the nodes and what was said of them.
    refused: Option<(Rc<PodSpec>, u64, Str)>,
    /// When all waiting pods were queued last, if none came to wait since.
    stirred: Option<SimTime>,
}

impl Controller for Scheduler {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::NODE => self.observe_node(change, queue),
            Kind::POD => self.observe_pod(change, store, queue),
            Kind::PERSISTENT_VOLUME | Kind::PERSISTENT_VOLUME_CLAIM | Kind::STORAGE_CLASS => {
                self.observe_volumes(change, store, queue);
            }
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(pod) = Pod::of(&object).filter(|pod| wants_node(pod)) else { return Ok(()) };
        let wishes = self.wishes_of(&pod.spec);
        let neighbours = self.neighbours(pod, context.api.store(), &|_| false);
        if let Some(chosen) = self.binding.get(key).cloned() {
            return self.finish(&object, &wishes, &neighbours, chosen, context);
        }
        if let Some(node) = self.freed(pod, &wishes, &neighbours, context.api.store()) {
            return self.bind(key, &node, context);
        }
        let alone = neighbours.is_empty() && self.nominated.is_empty() && nominated(pod).is_none();
        if alone
            && let Some((spec, version, message)) = &self.refused
            && Rc::ptr_eq(spec, &pod.spec)
            && *version == self.nodes.version()
        {
            // A sibling has asked all nodes just now.
            let message = message.clone();
            self.wait(key, pod);
            return refuse(&object, pod, &message, None, context);
        }
        let limit = enough_nodes(self.nodes.len());
        let mut possible = match neighbours.is_empty() && self.nominated.is_empty() {
            true => self.nodes.possible(&wishes, self.next, limit),
            false => Vec::new(),
        };
        let mut refusals = Refusals::new();
        if possible.is_empty() {
            (possible, refusals) = self.search(pod, &wishes, &neighbours, limit, context.api.store());
        }
        let Some(chosen) = self.choose(pod, &possible, context.api.store(), context.api.config().seed) else {
            self.wait(key, pod);
            let (preemption, freed) = self.preempt(pod, &wishes, &refusals, context)?;
            match &freed {
                Some(node) => self.nominated.insert(key.clone(), node.clone()),
                None => self.nominated.remove(key),
            };
            let reasons: Vec<Vec<Reason>> = refusals.into_iter().map(|(_, reasons)| reasons).collect();
            let message = message(&reasons, &preemption);
            if alone && !self.has_lesser(pod) {
                self.refused = Some((pod.spec.clone(), self.nodes.version(), message.as_str().into()));
            }
            return refuse(&object, pod, &message, freed.as_ref(), context);
        };
        if limit < self.nodes.len() && possible.len() == limit {
            self.next = possible.last().map_or(0, |(number, _)| number + 1);
        }
        if neighbours.volumes.wait()
            && let Some(node) = self.nodes.get(&chosen)
        {
            self.waiting.remove(key);
            self.binding.insert(key.clone(), (chosen, context.now.after(PATIENCE)));
            context.queue.after(key.clone(), PATIENCE);
            return neighbours.volumes.claim(node, context);
        }
        self.bind(key, &chosen, context)
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
    fn bind(&mut self, key: &Key, node: &Str, context: &mut Context<'_>) -> Result<()> {
        self.waiting.remove(key);
        let bound = context.api.bind(key, node)?;
        let message = format!("Successfully assigned {}/{} to {node}", key.namespace, key.name);
        context.api.event(&bound, SOURCE, EventType::Normal, "Scheduled", &message);
        Ok(())
    }

    /// Binds a pod whose volumes are bound; or gives up, when that takes too long.
    ///
    /// Models `PreBind` of `pkg/scheduler/framework/plugins/volumebinding/volume_binding.go`.
    fn finish(
        &mut self,
        object: &Object,
        wishes: &PodInfo,
        neighbours: &Neighbours,
        (name, until): Chosen,
        context: &mut Context<'_>,
    ) -> Result<()> {
        let key = object.key();
        if neighbours.volumes.wait() && context.now < until {
            context.queue.after(key, until.since(context.now));
            return Ok(());
        }
        self.binding.remove(&key);
        let fits = self.nodes.get(&name).is_some_and(|node| objections(wishes, neighbours, node).is_empty());
        match Pod::of(object) {
            _ if !neighbours.volumes.wait() && fits => self.bind(&key, &name, context),
            Some(pod) if neighbours.volumes.wait() => {
                self.wait(&key, pod);
                let message = "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded";
                refuse(object, pod, message, None, context)
            }
            _ => {
                context.queue.after(key, DECISION);
                Ok(())
            }
        }
    }

    /// Claims, volumes and classes concern those that have claims: who waits for a node, and who waits for volumes.
    fn observe_volumes(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        let minds = |key: &&Key| store.pod(key).is_some_and(volumes::matter);
        let here = |key: &&Key| change.key.namespace.is_empty() || change.key.namespace == key.namespace;
        for key in self.waiting.iter().map(|(key, _)| key).filter(here).filter(minds) {
            queue.after(key.clone(), DECISION);
        }
        for (key, _) in self.binding.iter().filter(|(key, _)| here(key)) {
            queue.after(key.clone(), POLL);
        }
    }

    /// Looks at the nodes one by one: which can take the pod, at most so many of them, and why others cannot.
    fn search(
        &self,
        pod: &Pod,
        wishes: &PodInfo,
        neighbours: &Neighbours,
        limit: usize,
        store: &Store,
    ) -> (Vec<(usize, Worth)>, Refusals) {
        let (mut possible, mut refusals) = (Vec::new(), Vec::new());
        for number in self.nodes.from(self.next) {
            let Some(node) = self.nodes.at(number) else { continue };
            let reasons = match self.nominated.is_empty() {
                true => objections(wishes, neighbours, node),
                false => self
                    .node_for(pod, &node.name, store)
                    .map_or_else(Vec::new, |node| objections(wishes, neighbours, &node)),
            };
            if !reasons.is_empty() {
                refusals.push((node.name.clone(), reasons));
                continue;
            }
            possible.push((number, worth(wishes, node)));
            if possible.len() == limit {
                break;
            }
        }
        (possible, refusals)
    }

    /// The node that was freed for the pod, if it can take it now.
    ///
    /// Models `evaluateNominatedNode` of `schedule_one.go`.
    fn freed(&self, pod: &Pod, wishes: &PodInfo, neighbours: &Neighbours, store: &Store) -> Option<Str> {
        let name = Str::from(nominated(pod)?);
        let node = self.node_for(pod, &name, store)?;
        objections(wishes, neighbours, &node).is_empty().then_some(name)
    }

    /// A node as a pod finds it: what was freed for others that are as important is theirs.
    ///
    /// Models `addGENominatedPods` of `pkg/scheduler/framework/runtime/framework.go`.
    pub(super) fn node_for(&self, pod: &Pod, name: &Str, store: &Store) -> Option<NodeInfo> {
        let mut node = self.nodes.get(name)?.clone();
        for (key, _) in self.nominated.iter().filter(|(_, freed)| **freed == *name) {
            let other = store.pod(key).filter(|other| other.meta.uid != pod.meta.uid && other.node_name.is_empty());
            if let Some(other) = other.filter(|other| priority(other) >= priority(pod)) {
                node.count(&pod_info(&other.spec), 1);
            }
        }
        Some(node)
    }

    fn observe_node(&mut self, change: &Change, queue: &mut Enqueue) {
        let Some(node) = change.new.as_deref().and_then(Node::of) else {
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
        self.try_again(change.at, queue);
    }

    fn observe_pod(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
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
                Some(pod) if affinity::cares(pod) => self.minding.insert(change.key.clone()),
                _ => self.minding.remove(&change.key),
            };
        }
        if new.is_none() || new.is_some_and(|pod| !pod.node_name.is_empty()) {
            self.waiting.remove(&change.key);
            self.binding.remove(&change.key);
            if !self.nominated.is_empty() {
                self.nominated.remove(&change.key);
            }
        } else if old.zip(new).is_some_and(|(old, new)| old.meta.generation != new.meta.generation || relabelled) {
            queue.after(change.key.clone(), DECISION);
        }
        if before.is_some() && after.is_none() || relabelled {
            self.try_again(change.at, queue);
        } else if before.is_none() && after.is_some() {
            // An arrival takes room, so it can only help who waits for company.
            let Some(arrived) = after else { return };
            let hopes = |pod: &Pod| affinity::hopes_for(pod, arrived, store) || spread_counts(pod, arrived);
            for (key, _) in self.waiting.iter().filter(|(key, _)| store.pod(key).is_some_and(hopes)) {
                queue.after(key.clone(), DECISION);
            }
        }
    }

    /// A pod has to wait for a node.
    fn wait(&mut self, key: &Key, pod: &Pod) {
        self.waiting.insert(key.clone(), priority(pod));
        self.stirred = None;
    }

    /// Queues all waiting pods, once for all that happens in one moment.
    fn try_again(&mut self, now: SimTime, queue: &mut Enqueue) {
        if self.stirred.replace(now) == Some(now) {
            return;
        }
        let mut keys: Vec<(&Key, &i32)> = self.waiting.iter().collect();
        keys.order_by_key(|(_, priority)| std::cmp::Reverse(**priority));
        for (key, _) in keys {
            queue.after(key.clone(), DECISION);
        }
    }

    /// Counts a pod on its node, or takes it off again.
    fn take(&mut self, pod: &Pod, times: i64) {
        let wishes = self.wishes_of(&pod.spec);
        let equals = self.priorities.or_default(priority(pod));
        *equals = equals.saturating_add_signed(times as isize);
        if *equals == 0 {
            self.priorities.remove(&priority(pod));
        }
        let Some(number) = self.nodes.number(&pod.node_name) else { return };
        self.nodes.count(number, &wishes, times);
        if let Some(owner) = pod.meta.controller() {
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

    /// Whether any pod on a node is less important than this one.
    pub(super) fn has_lesser(&self, pod: &Pod) -> bool {
        self.priorities.get_min().is_some_and(|(lowest, _)| *lowest < priority(pod))
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

    /// The nodes.
    pub(super) fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The pods that care near whom they are.
    pub(super) fn minding<'a>(&'a self, store: &'a Store) -> impl Iterator<Item = &'a Pod> {
        self.minding.iter().filter_map(|key| store.pod(key))
    }

    /// What other pods mean for a pod, apart from those that are `gone`.
    pub(super) fn neighbours(&self, pod: &Pod, store: &Store, gone: &dyn Fn(&Pod) -> bool) -> Neighbours {
        let domain = |node: &Str, key: &Str| self.nodes.get(node).and_then(|node| node.labels.get(key)).cloned();
        let minding = self.minding(store).filter(|other| !gone(other));
        let affinity = affinity::rules(pod, store, minding, &domain, gone);
        let hard =
            pod.spec.topology_spread_constraints.iter().filter(|constraint| {
                constraint.get("whenUnsatisfiable").and_then(Value::as_str) != Some("ScheduleAnyway")
            });
        let spread = hard.filter_map(|constraint| self.count(constraint, pod, store, gone)).collect();
        Neighbours { spread, affinity, volumes: Volumes::read(pod, store, gone) }
    }

    /// A topology spread constraint with the pods counted, over the nodes that the pod asks for.
    fn count(&self, constraint: &Value, pod: &Pod, store: &Store, gone: &dyn Fn(&Pod) -> bool) -> Option<Constraint> {
        let topology_key: Str = constraint.get("topologyKey")?.as_str()?.into();
        let selector: LabelSelector = Json::from_json(constraint.get("labelSelector")?.clone())?;
        let wishes = pod_info(&pod.spec);
        let possible = |node: &NodeInfo| wishes.affinity.matches(&node.name, &node.labels);
        let mut counts: BTreeMap<Str, i64> = BTreeMap::new();
        for node in self.nodes.from(0).filter_map(|number| self.nodes.at(number)).filter(|node| possible(node)) {
            if let Some(domain) = node.labels.get(&topology_key) {
                counts.entry(domain.clone()).or_default();
            }
        }
        for other in store.matching_pods(&pod.meta.namespace, &selector).filter_map(|object| Pod::of(object)) {
            let counts_here = !other.meta.is_terminating() && !gone(other);
            let node = self.nodes.get(&other.node_name).filter(|node| counts_here && possible(node));
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
    fn choose(&self, pod: &Pod, possible: &[(usize, Worth)], store: &Store, seed: u64) -> Option<Str> {
        let around = self.around(pod, possible, store, &|_| false);
        let (mut best, mut equals) = (i64::MIN, Vec::new());
        for ((number, _), points) in possible.iter().zip(points(possible, &around)) {
            let score = points.total();
            if score > best {
                best = score;
                equals.clear();
            }
            if score == best {
                equals.push(*number);
            }
        }
        let pick = match possible.len() {
            1 => 0,
            _ => Rng::stream(seed, "scheduler", &pod.meta.uid).below(equals.len() as u64),
        };
        let number = *equals.get(usize::try_from(pick).unwrap_or(0))?;
        self.nodes.at(number).map(|node| node.name.clone())
    }

    /// The spreading that every pod gets that belongs to a controller: over nodes, and less over zones.
    ///
    /// Models `systemDefaultConstraints` of `pkg/scheduler/framework/plugins/podtopologyspread/plugin.go`.
    pub(super) fn usual_spread(
        &self,
        pod: &Pod,
        possible: &[(usize, Worth)],
        gone: &dyn Fn(&Pod) -> bool,
    ) -> Vec<Soft> {
        let owner = pod.meta.controller().and_then(|owner| self.siblings.get(&owner.uid));
        let (Some(counts), Some((first, _))) = (owner, possible.first()) else { return Vec::new() };
        // Both come in the same order, so one walk is enough.
        let mut present = counts.range(first..).chain(counts.range(..first)).peekable();
        let on_node = possible.iter().map(|(number, _)| {
            let place = self.nodes.distance(*first, *number);
            while present.next_if(|(other, _)| self.nodes.distance(*first, **other) < place).is_some() {}
            present.peek().filter(|(other, _)| *other == number).map_or(0, |(_, count)| **count)
        });
        let mut on_node: Vec<i64> = on_node.collect();
        let own = self.nodes.number(&pod.node_name).filter(|_| gone(pod));
        if let Some(place) = possible.iter().position(|(number, _)| Some(*number) == own) {
            on_node[place] -= 1;
        }
        let mut zones: BTreeMap<u32, i64> = BTreeMap::new();
        for ((_, worth), count) in possible.iter().zip(&on_node) {
            if let Some(zone) = worth.zone {
                *zones.entry(zone).or_default() += count;
            }
        }
        let zone = |(_, worth): &(usize, Worth)| zones.get(&worth.zone?).copied();
        let in_zone = (!zones.is_empty()).then(|| possible.iter().map(zone).collect());
        let hostname = |((_, worth), count): (&(usize, Worth), i64)| worth.has_hostname.then_some(count);
        let hostnames = possible.iter().zip(on_node).map(hostname).collect();
        let mut soft = vec![Soft { max_skew: 3, domains: possible.len(), counts: hostnames }];
        soft.extend(in_zone.map(|counts| Soft { max_skew: 5, domains: zones.len(), counts }));
        soft
    }
}

/// Whether a topology spread constraint of a pod counts another one.
fn spread_counts(pod: &Pod, other: &Pod) -> bool {
    pod.meta.namespace == other.meta.namespace
        && pod.spec.topology_spread_constraints.iter().any(|constraint| {
            let selector: Option<LabelSelector> = constraint.get("labelSelector").cloned().and_then(Json::from_json);
            selector.is_some_and(|selector| selector.matches(&other.meta.labels))
        })
}

fn affinity_matters(pod: Option<&Pod>) -> bool {
    pod.is_some_and(|pod| pod.spec.affinity.is_some())
}

/// Says why there is no node, and which one was freed.
fn refuse(object: &Object, pod: &Pod, message: &str, freed: Option<&Str>, context: &mut Context<'_>) -> Result<()> {
    context.api.event(object, SOURCE, EventType::Warning, "FailedScheduling", message);
    let mut changed = pod.clone();
    let present = pod.condition("PodScheduled");
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
    match freed {
        Some(node) => changed.status.rest.insert("nominatedNodeName".to_owned(), Value::from(&**node)),
        None => changed.status.rest.remove("nominatedNodeName"),
    };
    context.api.update_status(changed).map(|_| ())
}
