//! What can be done with an object, each as the line that a person would type.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::base::msg::Msg;
use crate::kubelet::faults::ProbeFault;
use crate::kubelet::probe::Kind as ProbeKind;
use crate::msg;
use crate::sim::{Fault, World, faults};
use crate::view::model::inspector::ActionView;

/// What can be done with the object of `key`, the gentlest first.
pub fn actions(world: &World, key: &Key, object: &Object) -> Vec<ActionView> {
    let mut list = List { key, actions: Vec::new() };
    match object {
        Object::Pod(pod) => {
            if pod.status.container_statuses.iter().any(|status| status.state.running.is_some()) {
                list.fault(msg!("view.action.kill"), &format!("kill {}", key.name), true);
            }
            for (probe, has) in [
                (ProbeKind::Readiness, pod.spec.containers.iter().any(|container| container.readiness_probe.is_some())),
                (ProbeKind::Liveness, pod.spec.containers.iter().any(|container| container.liveness_probe.is_some())),
            ] {
                if has {
                    list.probe(world, key, probe);
                }
            }
        }
        Object::Node(node) => {
            if node.spec.unschedulable {
                list.kubectl(msg!("view.action.uncordon"), format!("uncordon {}", key.name), false);
            } else {
                list.kubectl(msg!("view.action.cordon"), format!("cordon {}", key.name), false);
            }
            let drain = format!("drain {} --ignore-daemonsets --delete-emptydir-data", key.name);
            list.kubectl(msg!("view.action.drain"), drain, true);
            list.node_faults(world);
        }
        _ => list.owner(object),
    }
    if key.kind != Kind::NODE {
        let delete = format!("delete {}", list.reference());
        list.kubectl(msg!("view.action.delete"), delete, true);
    }
    list.actions
}

struct List<'a> {
    key: &'a Key,
    actions: Vec<ActionView>,
}

impl List<'_> {
    fn add(&mut self, label: Msg, line: String, danger: bool) {
        let namespace = match &*self.key.namespace {
            "" | "default" => String::new(),
            namespace => format!(" -n {namespace}"),
        };
        self.actions.push(ActionView { label: label.into(), line: format!("{line}{namespace}").into(), danger });
    }

    fn kubectl(&mut self, label: Msg, rest: String, danger: bool) {
        self.add(label, format!("kubectl {rest}"), danger);
    }

    fn fault(&mut self, label: Msg, rest: &str, danger: bool) {
        self.add(label, format!("fault {rest}"), danger);
    }

    /// `deployment/web`.
    fn reference(&self) -> String {
        format!("{}/{}", self.key.kind.info().singular, self.key.name)
    }

    /// Scaling and restarting.
    fn owner(&mut self, object: &Object) {
        let replicas = match object {
            Object::Deployment(deployment) => Some(deployment.spec.replicas),
            Object::ReplicaSet(rs) => Some(rs.spec.replicas),
            other => {
                other.to_value().pointer("/spec/replicas").and_then(|n| n.as_i64()).and_then(|n| n.try_into().ok())
            }
        };
        let (rolls, scales) = match self.key.kind.info().singular {
            "deployment" | "statefulset" => (true, true),
            "daemonset" => (true, false),
            "replicaset" | "replicationcontroller" => (false, true),
            _ => (false, false),
        };
        if let Some(now) = replicas.filter(|_| scales) {
            let reference = self.reference();
            let mut scale =
                |label: Msg, to: i32| self.kubectl(label, format!("scale {reference} --replicas={to}"), to == 0);
            scale(msg!("view.action.more"), now.saturating_add(1));
            if now > 1 {
                scale(msg!("view.action.fewer"), now - 1);
            }
            if now > 0 {
                scale(msg!("view.action.none"), 0);
            }
        }
        if rolls {
            self.kubectl(msg!("view.action.restart"), format!("rollout restart {}", self.reference()), false);
        }
    }

    fn probe(&mut self, world: &World, pod: &Key, probe: ProbeKind) {
        let word = probe.as_str().to_lowercase();
        let with = |fault| Fault::Probe { pod: pod.clone(), probe, fault };
        if faults::check(world, &with(None)).is_ok() {
            self.fault(msg!("view.action.heal-probe", probe = word), &format!("heal {}", pod.name), false);
        } else if faults::check(world, &with(Some(ProbeFault::Fails))).is_ok() {
            self.fault(msg!("view.action.fail-probe", probe = word), &format!("fail {} {word}", pod.name), true);
            self.fault(msg!("view.action.slow-probe", probe = word), &format!("slow {} {word} 10s", pod.name), true);
        }
    }

    fn node_faults(&mut self, world: &World) {
        let node = &self.key.name;
        let all = [
            (
                Fault::Power { node: node.clone(), on: false },
                "stop",
                msg!("view.action.stop"),
                msg!("view.action.start"),
            ),
            (Fault::Cut { node: node.clone(), cut: true }, "cut", msg!("view.action.cut"), msg!("view.action.join")),
            (
                Fault::FillDisk { node: node.clone(), full: true },
                "fill",
                msg!("view.action.fill"),
                msg!("view.action.free"),
            ),
            (
                Fault::SlowPull { node: node.clone(), factor: 10 },
                "pull",
                msg!("view.action.slow-pull"),
                msg!("view.action.fast-pull"),
            ),
            (
                Fault::LagProxy { node: node.clone(), lag: true },
                "lag",
                msg!("view.action.lag"),
                msg!("view.action.no-lag"),
            ),
        ];
        for (fault, verb, breaks, mends) in all {
            let is_broken = fault.mended().is_some_and(|mended| faults::check(world, &mended).is_ok());
            if is_broken {
                self.fault(mends, &format!("heal {} {verb}", self.key.name), false);
            } else {
                self.fault(breaks, &format!("{verb} {}", self.key.name), true);
            }
        }
    }
}
