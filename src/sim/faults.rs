//! Things that break, and are mended again. Each is an input like a request of the user; what follows from it is for the
//! kubelets, the network and the controllers to find out.

use super::world::World;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::{Container, Probe};
use crate::apiserver::Because;
use crate::base::Str;
use crate::base::msg::Msg;
use crate::controllers::runtime::Enqueue;
use crate::kubelet::faults::ProbeFault;
use crate::kubelet::probe::Kind as ProbeKind;
use crate::msg;
use crate::network::observer::Hold;
use serde::{Deserialize, Serialize};

/// Something that breaks, or is mended. Like all inputs it stands in share links: variants and fields may grow, not change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fault {
    /// A container is killed by the kernel (exit code 137); without a name, all of the pod's.
    KillContainer {
        /// The pod.
        pod: Key,
        /// The container.
        container: Option<Str>,
    },
    /// A probe of a pod goes wrong; with `None` it is as it should be again.
    Probe {
        /// The pod.
        pod: Key,
        /// Which probe.
        probe: ProbeKind,
        /// How it goes wrong.
        fault: Option<ProbeFault>,
    },
    /// A node's machine is switched off, or on.
    Power {
        /// The node.
        node: Str,
        /// Whether it runs.
        on: bool,
    },
    /// A node no longer reaches the control plane, or does again. Its containers run on.
    Cut {
        /// The node.
        node: Str,
        /// Whether it is cut off.
        cut: bool,
    },
    /// Pulling an image takes longer on a node.
    SlowPull {
        /// The node.
        node: Str,
        /// How many times longer; 1 is as it should be.
        factor: u32,
    },
    /// A node's kube-proxy no longer learns of changes, or does again.
    LagProxy {
        /// The node.
        node: Str,
        /// Whether it lags.
        lag: bool,
    },
    /// A node's disk fills up, or is freed.
    FillDisk {
        /// The node.
        node: Str,
        /// Whether it is full.
        full: bool,
    },
}

/// The most times that pulling an image may take longer.
const MOST_FACTOR: u32 = 10_000;

/// Why something cannot break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultError {
    /// There is no such node.
    NoNode(Str),
    /// There is no such pod.
    NoPod(Key),
    /// The pod has no such container, or it does not run.
    NotRunning(Key),
    /// The pod has no such probe.
    NoProbe(Key, ProbeKind),
    /// It is so already.
    Already,
}

impl FaultError {
    /// The sentence for the page.
    pub fn message(&self) -> Msg {
        match self {
            FaultError::NoNode(node) => msg!("sim.no-node", node = node),
            FaultError::NoPod(pod) => msg!("sim.no-pod", pod = pod.name),
            FaultError::NotRunning(pod) => msg!("sim.not-running", pod = pod.name),
            FaultError::NoProbe(pod, kind) => {
                msg!("sim.no-probe", pod = pod.name, probe = kind.as_str().to_lowercase())
            }
            FaultError::Already => msg!("sim.already"),
        }
    }
}

impl Fault {
    /// What is done, for timelines.
    pub fn label(&self) -> Msg {
        match self {
            Fault::KillContainer { pod, .. } => msg!("sim.kill", pod = pod.name),
            Fault::Probe { pod, probe, fault: Some(_) } => {
                msg!("sim.probe-fails", pod = pod.name, probe = probe.as_str().to_lowercase())
            }
            Fault::Probe { pod, probe, fault: None } => {
                msg!("sim.probe-heals", pod = pod.name, probe = probe.as_str().to_lowercase())
            }
            Fault::Power { node, on: false } => msg!("sim.power-off", node = node),
            Fault::Power { node, on: true } => msg!("sim.power-on", node = node),
            Fault::Cut { node, cut: true } => msg!("sim.cut", node = node),
            Fault::Cut { node, cut: false } => msg!("sim.joined", node = node),
            Fault::SlowPull { node, factor } if *factor > 1 => msg!("sim.slow-pull", node = node, factor = factor),
            Fault::SlowPull { node, .. } => msg!("sim.normal-pull", node = node),
            Fault::LagProxy { node, lag: true } => msg!("sim.lag", node = node),
            Fault::LagProxy { node, lag: false } => msg!("sim.no-lag", node = node),
            Fault::FillDisk { node, full: true } => msg!("sim.disk-full", node = node),
            Fault::FillDisk { node, full: false } => msg!("sim.disk-free", node = node),
        }
    }

    /// The input that mends what this one breaks; nothing for what mends itself.
    pub fn mended(&self) -> Option<Fault> {
        Some(match self.clone() {
            Fault::KillContainer { .. } => return None,
            Fault::Probe { pod, probe, .. } => Fault::Probe { pod, probe, fault: None },
            Fault::Power { node, .. } => Fault::Power { node, on: true },
            Fault::Cut { node, .. } => Fault::Cut { node, cut: false },
            Fault::SlowPull { node, .. } => Fault::SlowPull { node, factor: 1 },
            Fault::LagProxy { node, .. } => Fault::LagProxy { node, lag: false },
            Fault::FillDisk { node, .. } => Fault::FillDisk { node, full: false },
        })
    }
}

/// What is broken now, by node and then by pod, each as the input that broke it. What mends itself is not among it.
pub fn running(world: &World) -> Vec<Fault> {
    let store = world.api.store();
    let broken = world.controllers.kubelet.faults();
    let mut found = Vec::new();
    for node in store.list(Kind::NODE, "").map(|object| &object.meta().name) {
        let mut add = |is: bool, fault: Fault| found.extend(is.then_some(fault));
        add(broken.is_off(node), Fault::Power { node: node.clone(), on: false });
        add(broken.is_cut(node), Fault::Cut { node: node.clone(), cut: true });
        add(broken.has_no_room(node), Fault::FillDisk { node: node.clone(), full: true });
        let factor = broken.pull_factor(node);
        add(factor > 1, Fault::SlowPull { node: node.clone(), factor });
        let lags = world.controllers.network.is_held(node, Hold::Lag);
        add(lags, Fault::LagProxy { node: node.clone(), lag: true });
    }
    let pods = broken.with_probes().filter_map(|uid| store.by_uid(uid)).collect::<Vec<_>>();
    for pod in pods {
        let open = broken.windows(&pod.meta().uid).iter().filter(|window| window.until.is_none());
        found.extend(open.map(|window| Fault::Probe { pod: pod.key(), probe: window.kind, fault: Some(window.fault) }));
    }
    found
}

/// Whether a fault would have an effect.
pub fn check(world: &World, fault: &Fault) -> Result<(), FaultError> {
    let store = world.api.store();
    let kubelet = &world.controllers.kubelet;
    let broken = kubelet.faults();
    let pod_of = |key: &Key| store.pod(key).ok_or_else(|| FaultError::NoPod(key.clone()));
    let already = |is: bool| if is { Err(FaultError::Already) } else { Ok(()) };
    let node = match fault {
        Fault::KillContainer { pod: key, container } => {
            let pod = pod_of(key)?;
            let run = kubelet.run_of(&pod.meta.uid);
            let runs = run.is_some_and(|run| {
                run.plan.containers.iter().zip(&run.containers).any(|(plan, state)| {
                    let named = container.is_none() && !plan.init
                        || container.is_some() && run.plan.container(plan).map(|spec| &spec.name) == container.as_ref();
                    named && state.is_running()
                })
            });
            let reached = runs && !broken.is_off(&pod.node_name);
            return if reached { Ok(()) } else { Err(FaultError::NotRunning(key.clone())) };
        }
        Fault::Probe { pod: key, probe, fault } => {
            let pod = pod_of(key)?;
            if !pod.spec.containers.iter().any(|container| probe_of(container, *probe).is_some()) {
                return Err(FaultError::NoProbe(key.clone(), *probe));
            }
            let present = broken.windows(&pod.meta.uid).iter().find(|one| one.kind == *probe && one.until.is_none());
            return already(present.map(|window| window.fault) == *fault);
        }
        Fault::Power { node, .. }
        | Fault::Cut { node, .. }
        | Fault::SlowPull { node, .. }
        | Fault::LagProxy { node, .. }
        | Fault::FillDisk { node, .. } => node,
    };
    if store.get(&Key::new(Kind::NODE, "", node.clone())).is_none() {
        return Err(FaultError::NoNode(node.clone()));
    }
    already(match fault {
        Fault::Power { on, .. } => broken.is_off(node) != *on,
        Fault::Cut { cut, .. } => broken.is_cut(node) == *cut,
        Fault::SlowPull { factor, .. } => broken.pull_factor(node) == (*factor).clamp(1, MOST_FACTOR),
        Fault::LagProxy { lag, .. } => world.controllers.network.is_held(node, Hold::Lag) == *lag,
        Fault::FillDisk { full, .. } => broken.has_no_room(node) == *full,
        Fault::KillContainer { .. } | Fault::Probe { .. } => false,
    })
}

fn probe_of(container: &Container, kind: ProbeKind) -> Option<&Probe> {
    match kind {
        ProbeKind::Startup => container.startup_probe.as_deref(),
        ProbeKind::Readiness => container.readiness_probe.as_deref(),
        ProbeKind::Liveness => container.liveness_probe.as_deref(),
    }
}

/// Breaks or mends; `because` is the input's place in the log.
pub fn apply(world: &mut World, fault: &Fault, because: Because) {
    let now = world.now;
    let store = world.api.store();
    let controllers = &mut world.controllers;
    let (mut kubelet, mut lifecycle) = (Enqueue::default(), Enqueue::default());
    match fault {
        Fault::KillContainer { pod, container } => {
            if let Some(pod) = store.pod(pod) {
                controllers.kubelet.kill(pod, container.as_ref(), now, &mut kubelet);
            }
        }
        Fault::Probe { pod, probe, fault } => {
            if let Some(pod) = store.pod(pod) {
                controllers.kubelet.set_probe(pod, *probe, *fault, now, &mut kubelet);
            }
        }
        Fault::Power { node, on } => {
            controllers.kubelet.set_power(node, *on, now, store, &mut kubelet);
            controllers.network.set_power(node, *on);
        }
        Fault::Cut { node, cut } => {
            controllers.kubelet.set_cut(node, *cut, store, &mut kubelet);
            controllers.network.hold(node, Hold::Cut, *cut);
        }
        Fault::SlowPull { node, factor } => {
            controllers.kubelet.set_pull_factor(node, (*factor).clamp(1, MOST_FACTOR));
        }
        Fault::LagProxy { node, lag } => controllers.network.hold(node, Hold::Lag, *lag),
        Fault::FillDisk { node, full } => controllers.kubelet.set_disk_full(node, *full, now, &mut kubelet),
    }
    if let Fault::Power { node, .. } | Fault::Cut { node, .. } = fault {
        if controllers.kubelet.faults().is_silent(node) {
            controllers.node_lifecycle.fell_silent(node, now, &mut lifecycle);
        } else {
            controllers.node_lifecycle.is_heard(node);
        }
    }
    for (name, mut wanted) in [("kubelet", kubelet), ("node-controller", lifecycle)] {
        if let Some(id) = world.controllers.id(name) {
            world.queue.extend(id, &mut wanted, now, because);
        }
    }
}
