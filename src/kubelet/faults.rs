//! What is broken on nodes, as far as kubelets and containers notice it. `sim::faults` breaks and mends; here stands what
//! follows.

use super::behaviour::FileChange;
use super::pressure::TRANSITION;
use super::probe::{Kind as ProbeKind, Turn, What, turns};
use super::run::{PodRun, State};
use super::sync::Kubelet;
use super::volumes::place_of;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::{Container, ContainerStatus};
use crate::api::objects::{Object, Pod};
use crate::apiserver::Store;
use crate::base::pmap::{PMap, PSet};
use crate::base::time::{Duration, SimTime};
use crate::base::{Str, Value};
use crate::controllers::runtime::Enqueue;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// How a probe goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProbeFault {
    /// The container gives a bad answer.
    Fails,
    /// The answer takes so long; it is bad when that is longer than the probe's timeout.
    Slow(Duration),
    /// Nobody asks: the answer counts as good, as with the stand-in kubelet of the recordings.
    Unasked,
}

/// A span of time in which a probe of a pod goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Which probe.
    pub kind: ProbeKind,
    /// How.
    pub fault: ProbeFault,
    /// The first moment of it.
    pub from: SimTime,
    /// The first moment after it, if it has an end.
    pub until: Option<SimTime>,
}

impl Window {
    /// Whether a try at `at` goes wrong.
    pub fn holds(&self, kind: ProbeKind, at: SimTime) -> bool {
        self.kind == kind && self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// Everything that is broken.
#[derive(Clone, Default)]
pub struct Faults {
    /// Nodes whose machine is off.
    off: PSet<Str>,
    /// Nodes that do not reach the API server.
    cut: PSet<Str>,
    /// Nodes whose disk is full, or that count as short of room up to a moment after it was.
    full: PMap<Str, Option<SimTime>>,
    /// How many times longer pulling an image takes, by node.
    slow_pulls: PMap<Str, u32>,
    /// What goes wrong with probes, by the pod's uid.
    probes: PMap<Str, Rc<Vec<Window>>>,
    /// What holds for the probes of all pods beside that.
    everywhere: Rc<[Window]>,
}

impl Faults {
    /// Nothing is broken; `ask` says whether probes are run at all.
    pub fn new(ask: bool) -> Faults {
        let unasked = |kind| Window { kind, fault: ProbeFault::Unasked, from: SimTime(0), until: None };
        let all = [ProbeKind::Startup, ProbeKind::Readiness, ProbeKind::Liveness].map(unasked);
        Faults { everywhere: if ask { Rc::from([]) } else { Rc::from(all) }, ..Faults::default() }
    }

    /// Whether the API server hears nothing from the node, nor the node from it.
    pub fn is_silent(&self, node: &Str) -> bool {
        self.off.contains(node) || self.cut.contains(node)
    }

    /// Whether the node's machine is off.
    pub fn is_off(&self, node: &Str) -> bool {
        self.off.contains(node)
    }

    /// Whether the node is cut off from the API server.
    pub fn is_cut(&self, node: &Str) -> bool {
        self.cut.contains(node)
    }

    /// Whether the node's disk is full.
    pub fn has_no_room(&self, node: &Str) -> bool {
        self.full.get(node).is_some_and(Option::is_none)
    }

    /// When a node counts no longer as short of room whose disk is not full any more.
    pub fn short_until(&self, node: &Str) -> Option<SimTime> {
        self.full.get(node).copied().flatten()
    }

    /// Whether the node counts as short of room: it is, or was a while ago.
    pub fn is_short(&self, node: &Str, now: SimTime) -> bool {
        self.full.get(node).is_some_and(|until| until.is_none_or(|until| now < until))
    }

    /// How many times longer pulling an image takes on the node.
    pub fn pull_factor(&self, node: &Str) -> u32 {
        self.slow_pulls.get(node).copied().unwrap_or(1)
    }

    /// What goes wrong with the probes of a pod.
    pub fn windows(&self, uid: &Str) -> &[Window] {
        self.probes.get(uid).map_or(&self.everywhere, |windows| windows)
    }

    /// The uids of the pods whose probes go wrong, or did.
    pub fn with_probes(&self) -> impl Iterator<Item = &Str> {
        self.probes.keys()
    }

    /// Forgets a pod.
    pub(super) fn forget(&mut self, uid: &Str) {
        if !self.probes.is_empty() {
            self.probes.remove(uid);
        }
    }
}

fn set(nodes: &mut PSet<Str>, node: &Str, on: bool) {
    if on {
        nodes.insert(node.clone());
    } else {
        nodes.remove(node);
    }
}

impl Kubelet {
    /// What is broken.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Where nobody asks: probes of running containers that would fail, with what they would say: container,
    /// probe, words.
    pub fn would_fail<'a>(&'a self, store: &'a Store) -> impl Iterator<Item = (&'a Str, ProbeKind, Str)> {
        let nodes = store.list(crate::api::kinds::Kind::NODE, "").map(|node| &node.meta().name);
        let asked = nodes.filter(|node| !self.faults.everywhere.is_empty() && self.nodes.contains_key(*node));
        let pods = asked.flat_map(|node| store.on_node(node));
        let runs = pods.filter_map(|pod| self.run_of(&Pod::of(pod)?.meta.uid));
        let running = runs.flat_map(|run| {
            let containers = run.plan.containers.iter().zip(&run.containers);
            containers.filter_map(move |(plan, container)| match container.state {
                State::Running { since, .. } => Some((run, plan, run.plan.container(plan)?, (since, container.hooked))),
                _ => None,
            })
        });
        running.flat_map(|(run, plan, spec, (since, hooked))| {
            let ip = run.ip.map(|ip| ip.to_string()).unwrap_or_default();
            turns(spec, &plan.program, &[], &ip, since, hooked).into_iter().filter_map(move |turn| match turn.what {
                What::Unhealthy(said) => Some((&spec.name, turn.kind, said)),
                _ => None,
            })
        })
    }

    /// Kills a container of a pod, or all, as the kernel does: no `preStop`, no SIGTERM.
    pub fn kill(&mut self, pod: &Pod, container: Option<&Str>, now: SimTime, queue: &mut Enqueue) {
        self.edit(pod, queue, |run| {
            let plan = run.plan.clone();
            for (plan_of, container_run) in plan.containers.iter().zip(&mut run.containers) {
                let name = plan.container(plan_of).map(|spec| &spec.name);
                if container.is_none() && plan_of.init || container.is_some() && container != name {
                    continue;
                }
                if let State::Running { end, .. } = &mut container_run.state {
                    *end = Some((now, 137));
                }
            }
        });
    }

    /// Switches a node's machine off or on. When it comes back its containers are found dead.
    pub fn set_power(&mut self, node: &Str, on: bool, now: SimTime, store: &Store, queue: &mut Enqueue) {
        set(&mut self.faults.off, node, !on);
        if on {
            for object in store.on_node(node) {
                let Some(pod) = Pod::of(object) else { continue };
                self.edit(pod, queue, |run| {
                    for container in &mut run.containers {
                        if let State::Running { end, .. } = &mut container.state {
                            *end = Some((now, 255));
                        }
                    }
                });
            }
        }
        self.speak_again(node, store, queue);
    }

    /// Cuts a node off from the API server, or joins it again. Containers run on; nobody learns of it.
    pub fn set_cut(&mut self, node: &Str, cut: bool, store: &Store, queue: &mut Enqueue) {
        set(&mut self.faults.cut, node, cut);
        self.speak_again(node, store, queue);
    }

    /// Fills a node's disk, or frees it.
    pub fn set_disk_full(&mut self, node: &Str, full: bool, now: SimTime, queue: &mut Enqueue) {
        let until = (!full).then(|| now.after(TRANSITION));
        self.faults.full.insert(node.clone(), until);
        queue.now(Key::new(Kind::NODE, "", node.clone()));
    }

    /// From now on pulling an image takes `factor` times as long on a node.
    pub fn set_pull_factor(&mut self, node: &Str, factor: u32) {
        if factor <= 1 {
            self.faults.slow_pulls.remove(node);
        } else {
            self.faults.slow_pulls.insert(node.clone(), factor);
        }
    }

    /// From now on a probe of a pod goes wrong, or no longer.
    pub fn set_probe(
        &mut self,
        pod: &Pod,
        kind: ProbeKind,
        fault: Option<ProbeFault>,
        now: SimTime,
        queue: &mut Enqueue,
    ) {
        let mut windows = self.faults.windows(&pod.meta.uid).to_vec();
        // A try at this very moment has been made already.
        let from = SimTime(now.0.saturating_add(1));
        let is_over = |window: &Window| window.kind == kind && window.until.is_none();
        for window in windows.iter_mut().filter(|window| is_over(window) && window.fault != ProbeFault::Unasked) {
            window.until = Some(from);
        }
        windows.extend(fault.map(|fault| Window { kind, fault, from, until: None }));
        let windows = Rc::new(windows);
        self.faults.probes.insert(pod.meta.uid.clone(), windows.clone());
        self.edit(pod, queue, |run| {
            let plan = run.plan.clone();
            let ip = run.ip.map(|ip| ip.to_string()).unwrap_or_default();
            for (plan_of, container) in plan.containers.iter().zip(&mut run.containers) {
                // What was said up to now stays word for word: only tries after this moment go otherwise.
                if let State::Running { since, .. } = container.state
                    && !container.turns.is_empty() | windows.iter().any(|window| window.until.is_none())
                    && let Some(spec) = plan.container(plan_of)
                {
                    let program = plan_of.program.with_written(container.written.as_deref());
                    let again: Vec<Turn> = turns(spec, &program, &windows, &ip, since, container.hooked);
                    container.turns = again.into();
                }
            }
        });
    }

    /// A user wrote or removed a file in a place (see `files`): from now on exec probes find it so.
    pub fn found(&mut self, place: &str, path: &str, exists: bool, store: &Store, now: SimTime, queue: &mut Enqueue) {
        for object in users_of(place, store) {
            let Some(pod) = Pod::of(&object) else { continue };
            let windows = Rc::new(self.faults.windows(&pod.meta.uid).to_vec());
            self.edit(pod, queue, |run| {
                let plan = run.plan.clone();
                let ip = run.ip.map(|ip| ip.to_string()).unwrap_or_default();
                for (plan_of, container) in plan.containers.iter().zip(&mut run.containers) {
                    let Some(spec) = plan.container(plan_of).filter(|spec| has_exec_probe(spec)) else { continue };
                    let State::Running { since, .. } = container.state else { continue };
                    // A try at this very moment has been made already.
                    let after = now.since(since) + Duration::from_nanos(1);
                    let seen = seen_at(place, path, pod, spec);
                    if seen.is_empty() {
                        continue;
                    }
                    let written = Rc::make_mut(container.written.get_or_insert_default());
                    written.extend(seen.into_iter().map(|path| FileChange { after, path: path.into(), exists }));
                    let program = plan_of.program.with_written(Some(written));
                    container.turns = turns(spec, &program, &windows, &ip, since, container.hooked).into();
                }
            });
        }
    }

    /// A node that was silent and is not any more looks at all its pods, and tells of itself.
    fn speak_again(&mut self, node: &Str, store: &Store, queue: &mut Enqueue) {
        if self.faults.is_silent(node) {
            return;
        }
        queue.now(Key::new(Kind::NODE, "", node.clone()));
        for pod in store.on_node(node) {
            queue.now(pod.key());
        }
    }

    /// Changes the state of a pod that is here and not being stopped, and looks at it again.
    fn edit(&mut self, pod: &Pod, queue: &mut Enqueue, change: impl FnOnce(&mut PodRun)) {
        let Some(run) = self.pods.get(&pod.meta.uid) else { return };
        let mut run = (**run).clone();
        change(&mut run);
        self.pods.insert(pod.meta.uid.clone(), Rc::new(run));
        queue.now(Key::new(Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone()));
    }
}

fn has_exec_probe(container: &Container) -> bool {
    let probes = [&container.startup_probe, &container.readiness_probe, &container.liveness_probe];
    probes.into_iter().flatten().any(|probe| probe.exec.is_some())
}

/// The pods that see a place: whose container or volume it is.
fn users_of(place: &str, store: &Store) -> Vec<Rc<Object>> {
    if let Some((uid, _)) = place.strip_prefix("pod/").and_then(|rest| rest.split_once('/')) {
        return store.by_uid(uid).cloned().into_iter().collect();
    }
    let sees = |object: &&Rc<Object>| {
        Pod::of(object).is_some_and(|pod| {
            pod.status.container_statuses.iter().any(|status| *status.container_id == *place)
                || pod.spec.volumes.iter().any(|volume| place_of(volume, pod).as_deref() == Some(place))
        })
    };
    store.list(Kind::POD, "").filter(sees).cloned().collect()
}

/// Under which paths a container sees a file of a place.
fn seen_at(place: &str, path: &str, pod: &Pod, container: &Container) -> Vec<String> {
    let own = |status: &ContainerStatus| status.name == container.name && *status.container_id == *place;
    if pod.status.container_statuses.iter().any(own) {
        return vec![path.to_owned()];
    }
    let text = |mount: &Value, field: &str| mount.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mounts = container.volume_mounts.iter().filter(|mount| {
        let named = |volume: &&Value| volume.get("name").and_then(Value::as_str) == Some(&*text(mount, "name"));
        let volume = pod.spec.volumes.iter().find(named);
        volume.and_then(|volume| place_of(volume, pod)).as_deref() == Some(place)
    });
    mounts.map(|mount| format!("{}{path}", text(mount, "mountPath").trim_end_matches('/'))).collect()
}
