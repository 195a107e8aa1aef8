//! The sync of a pod that has a node: move it on, tell, and set the timer for what comes next.

use super::addresses::Addresses;
use super::catalogue::Catalogue;
use super::faults::Faults;
use super::files::Files;
use super::lifecycle::{Step, Told};
use super::manual;
use super::plan::Plan;
use super::run::{ContainerRun, PodRun, State};
use super::status::{deadline, late_at, status};
use crate::api::kinds::{Key, Kind};
use crate::api::list::List;
use crate::api::objects::pod_status::{IpEntry, PodCondition, PodStatus};
use crate::api::objects::{Node, Object, Pod};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Options, Result, Store};
use crate::base::pmap::{PLookup, PSet};
use crate::base::rng::Rng;
use crate::base::text::go_quote;
use crate::base::time::Duration;
use crate::base::{Str, msg::Msg};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::net::Ipv4Addr;
use std::rc::Rc;

/// Conditions that are remembered.
const MOST_CONDITIONS: usize = 8;

/// All kubelets.
#[derive(Clone)]
pub struct Kubelet {
    catalogue: Rc<Catalogue>,
    images_present: bool,
    /// Pods by uid.
    pub(super) pods: PLookup<Str, Rc<PodRun>>,
    pub(super) nodes: PLookup<Str, NodeState>,
    /// The images that nodes have.
    images: PLookup<(Str, Str), ()>,
    /// Pods that wait for a ConfigMap or a Secret.
    missing: PSet<Key>,
    /// The plan made last: pods of one template share theirs.
    plan: Option<Rc<Plan>>,
    /// The conditions told last: pods that start together share theirs.
    conditions: Vec<List<PodCondition>>,
    /// What is broken.
    pub(super) faults: Faults,
    /// What was written into containers.
    pub files: Files,
}

#[derive(Clone, Debug)]
pub(super) struct NodeState {
    ip: Str,
    /// Its IPv6 address, in a cluster with both families.
    second: Option<Str>,
    addresses: Option<Addresses>,
}

impl Controller for Kubelet {
    fn name(&self) -> &'static str {
        "kubelet"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::POD => self.observe_pod(change, queue),
            Kind::NODE => self.observe_node(change, store, queue),
            Kind::CONFIG_MAP | Kind::SECRET if change.old.is_none() => {
                for key in self.missing.iter().filter(|key| key.namespace == change.key.namespace) {
                    queue.after(key.clone(), Duration::from_secs(1));
                }
            }
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        if key.kind == Kind::NODE {
            self.sync_node(key, context)?;
            return self.relieve(key, context);
        }
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(pod) = Pod::of(&object).filter(|pod| self.nodes.contains_key(&pod.node_name)) else { return Ok(()) };
        if self.faults.is_silent(&pod.node_name) {
            return Ok(());
        }
        let mut run = match self.pods.remove(&pod.meta.uid) {
            Some(run) => Rc::unwrap_or_clone(run),
            None if pod.is_terminal() => return Ok(()),
            None => self.first_seen(pod, context),
        };
        let told = self.advance(pod, &mut run, key, context);
        tell(&object, pod, &run, told, context);
        let run = Rc::new(run);
        self.pods.insert(pod.meta.uid.clone(), run.clone());
        self.report(key, pod, &run, context)?;
        if pod.meta.is_terminating() && run.stopping.is_some() && run.has_ended() {
            let options =
                Options { grace_period_seconds: Some(0), uid: Some(pod.meta.uid.clone()), ..Options::default() };
            return context.api.delete(key, options);
        }
        let late = late_at(pod, &run).filter(|_| run.stopping.is_none());
        if let Some(due) = run.due().into_iter().chain(late).min().filter(|_| !run.has_ended()) {
            context.queue.after(key.clone(), due.since(context.now));
        }
        Ok(())
    }
}

impl Kubelet {
    /// The kubelets of a cluster; `images_present` says that nothing has to be pulled, `probes` that probes are run.
    pub fn new(images_present: bool, probes: bool) -> Kubelet {
        Kubelet {
            catalogue: Rc::new(Catalogue::embedded()),
            images_present,
            pods: PLookup::default(),
            nodes: PLookup::default(),
            images: PLookup::default(),
            missing: PSet::new(),
            plan: None,
            conditions: Vec::new(),
            faults: Faults::new(probes),
            files: Files::default(),
        }
    }

    /// What images do.
    pub fn catalogue(&self) -> &Rc<Catalogue> {
        &self.catalogue
    }

    /// A pod's state on its node, by uid.
    pub fn run_of(&self, uid: &Str) -> Option<&PodRun> {
        self.pods.get(uid).map(|run| &**run)
    }

    /// What the learner may have meant, for each image of the pod that no registry has.
    pub fn hints(&self, uid: &Str) -> Vec<Msg> {
        let run = self.pods.get(uid);
        let both = run.map(|run| run.plan.containers.iter().zip(&run.containers)).into_iter().flatten();
        both.filter(|(_, container)| matches!(container.state, State::PullFailed { .. }))
            .filter_map(|(plan, _)| plan.refusal.as_ref())
            .map(|refusal| refusal.hint.clone())
            .collect()
    }

    fn observe_pod(&mut self, change: &Change, queue: &mut Enqueue) {
        let old = change.old.as_deref().and_then(Pod::of);
        let Some(new) = change.new.as_deref().and_then(Pod::of) else {
            if let Some(pod) = old {
                self.forget(pod, &change.key);
            }
            return;
        };
        if new.node_name.is_empty() {
            return;
        }
        let same = old.is_some_and(|old| {
            old.node_name == new.node_name
                && Rc::ptr_eq(&old.spec, &new.spec)
                && old.meta.deletion_timestamp == new.meta.deletion_timestamp
                && (new.spec.readiness_gates.is_empty() || old.status.conditions == new.status.conditions)
        });
        if !same {
            queue.now(change.key.clone());
        }
    }

    fn observe_node(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        let Some(node) = change.new.as_deref().and_then(Node::of) else {
            self.nodes.remove(&change.key.name);
            return;
        };
        if self.nodes.contains_key(&node.meta.name) {
            return;
        }
        let ip = node.internal_ip().cloned().unwrap_or_default();
        let second = node.status.addresses.iter().filter(|address| &*address.kind == "InternalIP").nth(1);
        let addresses = Addresses::parse(&node.spec.pod_cidr);
        let block = node.spec.pod_cidrs.get(1).map(|cidr| &**cidr);
        let addresses = addresses.map(|addresses| addresses.with_second(block));
        let state = NodeState { ip, second: second.map(|address| address.address.clone()), addresses };
        self.nodes.insert(node.meta.name.clone(), state);
        for pod in store.on_node(&node.meta.name) {
            queue.now(pod.key());
        }
    }

    fn forget(&mut self, pod: &Pod, key: &Key) {
        self.missing.remove(key);
        self.faults.forget(&pod.meta.uid);
        let Some(run) = self.pods.remove(&pod.meta.uid) else { return };
        if let (Some(ip), Some(node)) = (run.ip, self.nodes.get_mut(&run.node))
            && let Some(addresses) = node.addresses.as_mut().filter(|_| !pod.spec.host_network)
        {
            addresses.release(ip);
        }
    }

    fn first_seen(&mut self, pod: &Pod, context: &Context<'_>) -> PodRun {
        let plan = self.plan_of(pod);
        let jitter = Rng::stream(context.api.config().seed, "sandbox", &pod.meta.uid).below(250);
        PodRun {
            node: pod.node_name.clone(),
            seen: context.now.timestamp(),
            sandbox_at: Some(context.now.after(Duration::from_millis(150 + jitter))),
            ip: None,
            containers: plan.containers.iter().map(|_| ContainerRun::new()).collect(),
            plan,
            stopping: None,
            evicted: None,
        }
    }

    fn plan_of(&mut self, pod: &Pod) -> Rc<Plan> {
        match &self.plan {
            Some(plan) if plan.fits(&pod.spec, &pod.meta.annotations) => plan.clone(),
            _ => {
                let plan = Rc::new(Plan::of(&pod.spec, &pod.meta.annotations, &self.catalogue));
                self.plan = Some(plan.clone());
                plan
            }
        }
    }

    fn advance(&mut self, pod: &Pod, run: &mut PodRun, key: &Key, context: &Context<'_>) -> Vec<Told> {
        let networked = run.ip.is_some();
        let mut told: Vec<Told> = self.make_sandbox(pod, run, key, context).into_iter().collect();
        if run.ip.is_some() && !networked {
            told.extend(manual::problems(&pod.meta.annotations).map(|(name, problem)| Told {
                kind: EventType::Warning,
                reason: "InvalidBehaviour",
                message: format!("annotation {name} is not acted on: {problem}"),
                container: usize::MAX,
            }));
        }
        let plan = (!run.plan.fits(&pod.spec, &pod.meta.annotations)).then(|| self.plan_of(pod));
        let store = context.api.store();
        let exists = |kind: &str, name: &Str| exists(store, key, kind, name);
        let mut step = Step {
            now: context.now,
            seed: context.api.config().seed,
            pod,
            images_present: self.images_present,
            images: &mut self.images,
            pull_factor: self.faults.pull_factor(&run.node),
            windows: self.faults.windows(&pod.meta.uid),
            exists: &exists,
            told,
            late: !pod.meta.is_terminating()
                && (run.evicted.is_some() || late_at(pod, run).is_some_and(|late| late <= context.now)),
        };
        if let Some(plan) = plan {
            step.replace(run, plan);
        }
        if pod.meta.is_terminating() {
            let since = run.stopping.unwrap_or(context.now);
            step.stop(run, deadline(pod, since));
        } else if step.late && !pod.is_terminal() {
            step.time_out(run);
        } else if self.missing.contains(key) {
            for container in &mut run.containers {
                if matches!(container.state, State::Refused { reason: "CreateContainerConfigError", .. }) {
                    container.state = State::Waiting;
                }
            }
        }
        step.advance(run);
        let told = step.told;
        let lacks = |container: &ContainerRun| {
            matches!(container.state, State::Refused { reason: "CreateContainerConfigError", .. })
        };
        if run.containers.iter().any(lacks) {
            self.missing.insert(key.clone());
        } else if run.sandbox_at.is_some() && !self.missing.is_empty() {
            self.missing.remove(key);
        }
        told
    }

    /// Gives the pod its network when its time has come and its volumes can be mounted; else says which one cannot.
    fn make_sandbox(&mut self, pod: &Pod, run: &mut PodRun, key: &Key, context: &Context<'_>) -> Option<Told> {
        if run.ip.is_some() || run.stopping.is_some() || run.sandbox_at.is_some_and(|at| at > context.now) {
            return None;
        }
        let store = context.api.store();
        let lacking = run.plan.volumes.iter().find(|(_, kind, name)| !exists(store, key, kind, name));
        let Some((volume, kind, name)) = lacking else {
            run.sandbox_at = Some(context.now);
            run.ip = self.take_address(pod);
            self.missing.remove(key);
            return None;
        };
        self.missing.insert(key.clone());
        run.sandbox_at = None;
        let why = format!("{kind} {} not found", go_quote(name));
        let message = format!("MountVolume.SetUp failed for volume {} : {why}", go_quote(volume));
        Some(Told { kind: EventType::Warning, reason: "FailedMount", message, container: usize::MAX })
    }

    fn take_address(&mut self, pod: &Pod) -> Option<Ipv4Addr> {
        let node = self.nodes.get_mut(&pod.node_name)?;
        if pod.spec.host_network {
            return node.ip.parse().ok();
        }
        node.addresses.as_mut()?.take()
    }

    /// The addresses of the second family, in a cluster that has both.
    fn add_second(&self, pod: &Pod, run: &PodRun, status: &mut PodStatus) {
        let Some(node) = self.nodes.get(&run.node) else { return };
        let Some(host) = &node.second else { return };
        let entry = |ip: Str| IpEntry { ip, ..IpEntry::default() };
        status.host_ips.push(entry(host.clone()));
        let own = match pod.spec.host_network {
            true => Some(host.clone()),
            false => run.ip.and_then(|ip| node.addresses.as_ref()?.second(ip)).map(|ip| ip.to_string().into()),
        };
        status.pod_ips.extend(own.filter(|_| run.ip.is_some()).map(entry));
    }

    /// Writes the status, unless a container is just being started: then there will be more to say in a moment.
    fn report(&mut self, key: &Key, pod: &Pod, run: &PodRun, context: &mut Context<'_>) -> Result<()> {
        let known = !pod.status.host_ip.is_empty();
        if known && run.stopping.is_none() && run.containers.iter().any(ContainerRun::is_moving) {
            return Ok(());
        }
        let host = self.nodes.get(&run.node).map(|node| node.ip.clone()).unwrap_or_default();
        let mut status = status(pod, run, &host, context.api.config().seed, context.now.timestamp());
        self.add_second(pod, run, &mut status);
        if status == pod.status {
            return Ok(());
        }
        status.host_ips.share(&pod.status.host_ips);
        if status.pod_ips.share(&pod.status.pod_ips) {
            status.pod_ip = pod.status.pod_ip.clone();
        }
        if !self.conditions.iter().rev().any(|known| status.conditions.share(known)) {
            if self.conditions.len() == MOST_CONDITIONS {
                self.conditions.remove(0);
            }
            self.conditions.push(status.conditions.clone());
        }
        context.api.report(key, &pod.meta.uid, status)
    }
}

/// Whether there is a `configmap` or `secret` of this name beside the pod.
fn exists(store: &Store, pod: &Key, kind: &str, name: &Str) -> bool {
    let kind = if kind == "secret" { Kind::SECRET } else { Kind::CONFIG_MAP };
    store.get(&pod.sibling(kind, name.clone())).is_some()
}

fn tell(object: &Object, pod: &Pod, run: &PodRun, told: Vec<Told>, context: &mut Context<'_>) {
    for Told { kind, reason, message, container } in told {
        let plan = run.plan.containers.get(container);
        let spec = plan.and_then(|plan| Some((plan.init, run.plan.container(plan)?)));
        let field_path = match spec {
            Some((true, spec)) => format!("spec.initContainers{{{}}}", spec.name),
            Some((false, spec)) => format!("spec.containers{{{}}}", spec.name),
            None => String::new(),
        };
        let source = Source { component: "kubelet", host: &pod.node_name, field_path: &field_path };
        context.api.event(object, source, kind, reason, &message);
    }
}
