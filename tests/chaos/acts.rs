//! What may happen. Acts name things by number, so that they still mean something when others are left out.

use serde_json::json;
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::apiserver::{Body, PatchType, Request, Verb};
use tabernetes::base::rng::Rng;
use tabernetes::base::time::Duration;
use tabernetes::base::{Str, Value};
use tabernetes::kubelet::faults::ProbeFault;
use tabernetes::kubelet::probe::Kind as ProbeKind;
use tabernetes::network::route::{Client, Request as Packet, Target};
use tabernetes::network::view;
use tabernetes::sim::{Engine, Fault};

/// How many Deployments there may be.
const NAMES: u64 = 4;
const NODES: u64 = 4;

/// Something that happens.
#[derive(Clone, Debug)]
pub enum Act {
    Create { name: u64, replicas: u64, strategy: u64 },
    Delete { name: u64 },
    Scale { name: u64, replicas: u64 },
    Image { name: u64, version: u64 },
    Pause { name: u64, paused: bool },
    Service { name: u64, gone: bool },
    Other { kind: u64, gone: bool },
    DeletePod { pod: u64 },
    Relabel { pod: u64 },
    Kill { pod: u64 },
    Probe { pod: u64, how: u64 },
    Power { node: u64, on: bool },
    Cut { node: u64, cut: bool },
    SlowPull { node: u64, factor: u32 },
    Lag { node: u64, lag: bool },
    Disk { node: u64, full: bool },
    Cordon { node: u64, cordoned: bool },
    Taint { node: u64, tainted: bool },
    Traffic { name: u64 },
}

/// A random act, and how long it is until the next.
pub fn make(rng: &mut Rng) -> (Duration, Act) {
    let mut below = |bound: u64| rng.below(bound);
    let pause = match below(8) {
        0 | 1 => 0,
        2 | 3 => 1 + below(900_000),
        4 => 60_000_000 + below(400_000_000),
        _ => 1 + below(12_000_000),
    };
    let name = below(NAMES);
    let node = below(NODES);
    let pod = below(40);
    let yes = below(3) > 0;
    let act = match below(30) {
        0..=4 => Act::Create { name, replicas: below(7), strategy: below(6) },
        5 => Act::Delete { name },
        6..=8 => Act::Scale { name, replicas: below(9) },
        9..=11 => Act::Image { name, version: below(5) },
        12 => Act::Pause { name, paused: yes },
        13 | 14 => Act::Service { name, gone: !yes },
        15 | 16 => Act::Other { kind: below(3), gone: !yes },
        17 => Act::DeletePod { pod },
        18 => Act::Relabel { pod },
        19 | 20 => Act::Kill { pod },
        21 | 22 => Act::Probe { pod, how: below(6) },
        23 => Act::Power { node, on: !yes },
        24 => Act::Cut { node, cut: yes },
        25 => Act::SlowPull { node, factor: 1 + below(8) as u32 },
        26 => Act::Lag { node, lag: yes },
        27 => Act::Disk { node, full: yes },
        28 if below(2) == 0 => Act::Taint { node, tainted: yes },
        28 => Act::Cordon { node, cordoned: yes },
        _ => Act::Traffic { name },
    };
    (Duration::from_micros(pause), act)
}

fn name_of(number: u64) -> String {
    format!("d{number}")
}

fn node_of(number: u64) -> Str {
    format!("node-{}", number + 1).into()
}

fn container(version: u64) -> Value {
    // The last one is in no registry.
    let image = ["nginx:1.25", "nginx:1.26", "nginx:1.27", "nginx:1.28", "nginx:does-not-exist"][version as usize % 5];
    json!({
        "name": "c", "image": image, "ports": [{"containerPort": 80}],
        "readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 2, "failureThreshold": 2},
        "livenessProbe": {"httpGet": {"port": 80}, "periodSeconds": 5, "failureThreshold": 2}
    })
}

fn template(labels: Value, version: u64) -> Value {
    json!({
        "metadata": {"labels": labels},
        "spec": {"terminationGracePeriodSeconds": 5, "containers": [container(version)]}
    })
}

fn send(engine: &mut Engine, verb: Verb, kind: Kind, name: &str, body: Body) {
    let key = Key::new(kind, if kind.info().namespaced { "default" } else { "" }, name);
    // What is refused does not matter: acts are made without knowing what is there.
    let _ = engine.request(Request::new(verb, &key).body(body));
}

fn create(engine: &mut Engine, kind: Kind, value: Value) {
    let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    send(engine, Verb::Create, kind, &name, Body::Json { value, duplicates: vec![] });
}

fn patch(engine: &mut Engine, kind: Kind, name: &str, value: Value) {
    send(engine, Verb::Patch, kind, name, Body::Patch(PatchType::Merge, value));
}

fn pod(engine: &Engine, number: u64) -> Option<Key> {
    let pods: Vec<Key> = engine.world().api.store().list(Kind::POD, "default").map(|object| object.key()).collect();
    pods.get(number as usize % pods.len().max(1)).cloned()
}

impl Act {
    /// Does it.
    pub fn play(&self, engine: &mut Engine) {
        let fault = |engine: &mut Engine, fault: Fault| {
            let _ = engine.fault(fault);
        };
        match self.clone() {
            Act::Create { name, replicas, strategy } => {
                create(engine, Kind::DEPLOYMENT, deployment(name, replicas, strategy))
            }
            Act::Delete { name } => send(engine, Verb::Delete, Kind::DEPLOYMENT, &name_of(name), Body::None),
            Act::Scale { name, replicas } => {
                patch(engine, Kind::DEPLOYMENT, &name_of(name), json!({"spec": {"replicas": replicas}}));
            }
            Act::Image { name, version } => {
                let value = json!({"spec": {"template": {"spec": {"containers": [container(version)]}}}});
                patch(engine, Kind::DEPLOYMENT, &name_of(name), value);
            }
            Act::Pause { name, paused } => {
                patch(engine, Kind::DEPLOYMENT, &name_of(name), json!({"spec": {"paused": paused}}));
            }
            Act::Service { name, gone: true } => send(engine, Verb::Delete, Kind::SERVICE, &name_of(name), Body::None),
            Act::Service { name, gone: false } => create(engine, Kind::SERVICE, service(name)),
            Act::Other { kind, gone } => {
                let (kind, value) = other(kind);
                if gone {
                    send(engine, Verb::Delete, kind, "other", Body::None);
                } else {
                    create(engine, kind, value);
                }
            }
            Act::DeletePod { pod: number } => {
                if let Some(key) = pod(engine, number) {
                    send(engine, Verb::Delete, Kind::POD, &key.name, Body::None);
                }
            }
            Act::Relabel { pod: number } => {
                if let Some(key) = pod(engine, number) {
                    patch(engine, Kind::POD, &key.name, json!({"metadata": {"labels": {"app": "lost"}}}));
                }
            }
            Act::Kill { pod: number } => {
                if let Some(pod) = pod(engine, number) {
                    fault(engine, Fault::KillContainer { pod, container: None });
                }
            }
            Act::Probe { pod: number, how } => {
                if let Some(pod) = pod(engine, number) {
                    let probe = if how % 2 == 0 { ProbeKind::Readiness } else { ProbeKind::Liveness };
                    let how = [Some(ProbeFault::Fails), Some(ProbeFault::Slow(Duration::from_secs(2))), None];
                    fault(engine, Fault::Probe { pod, probe, fault: how[number as usize % 3] });
                }
            }
            Act::Power { node, on } => fault(engine, Fault::Power { node: node_of(node), on }),
            Act::Cut { node, cut } => fault(engine, Fault::Cut { node: node_of(node), cut }),
            Act::SlowPull { node, factor } => fault(engine, Fault::SlowPull { node: node_of(node), factor }),
            Act::Lag { node, lag } => fault(engine, Fault::LagProxy { node: node_of(node), lag }),
            Act::Disk { node, full } => fault(engine, Fault::FillDisk { node: node_of(node), full }),
            Act::Cordon { node, cordoned } => {
                patch(engine, Kind::NODE, &node_of(node), json!({"spec": {"unschedulable": cordoned}}));
            }
            Act::Taint { node, tainted } => {
                let taints = if tainted { json!([{"key": "k", "effect": "NoExecute"}]) } else { json!([]) };
                patch(engine, Kind::NODE, &node_of(node), json!({"spec": {"taints": taints}}));
            }
            Act::Traffic { name } => {
                let from = Client::Pod(match pod(engine, name) {
                    Some(key) => view::Key::new(&key.namespace, &key.name),
                    None => return,
                });
                if let Ok(to) = Target::parse(&format!("http://{}:80/", name_of(name))) {
                    engine.route(&Packet::new(from, to));
                }
            }
        }
    }
}

fn deployment(name: u64, replicas: u64, strategy: u64) -> Value {
    let rolling = |surge: Value, unavailable: Value| json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}});
    let strategy = match strategy {
        0 => json!({"type": "Recreate"}),
        1 => rolling(json!(1), json!(0)),
        2 => rolling(json!(0), json!(1)),
        3 => rolling(json!("25%"), json!("25%")),
        4 => rolling(json!("100%"), json!("50%")),
        _ => rolling(json!(2), json!(2)),
    };
    let name = name_of(name);
    let template = template(json!({"app": name}), 0);
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "strategy": strategy, "template": template}
    })
}

fn service(name: u64) -> Value {
    let name = name_of(name);
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"type": "NodePort", "selector": {"app": name}, "sessionAffinity": "ClientIP", "ports": [{"port": 80}]}
    })
}

fn other(kind: u64) -> (Kind, Value) {
    let template = |label: &str| template(json!({"set": label}), 1);
    let selector = |label: &str| json!({"matchLabels": {"set": label}});
    let meta = json!({"name": "other"});
    match kind {
        0 => {
            let spec = json!({"selector": selector("ds"), "template": template("ds")});
            (Kind::DAEMON_SET, json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": meta, "spec": spec}))
        }
        1 => {
            let spec = json!({"replicas": 3, "serviceName": "other", "selector": selector("sts"), "template": template("sts")});
            (
                Kind::STATEFUL_SET,
                json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta, "spec": spec}),
            )
        }
        _ => {
            let container = json!({"name": "c", "image": "busybox:1.36", "command": ["sleep", "20"]});
            let template = json!({"spec": {"restartPolicy": "OnFailure", "containers": [container]}});
            let spec = json!({"completions": 3, "parallelism": 2, "backoffLimit": 30, "template": template});
            (Kind::JOB, json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec}))
        }
    }
}

/// Mends all that is broken, and asks for nothing impossible any more.
pub fn heal(engine: &mut Engine) {
    for node in 0..NODES {
        for fault in [
            Act::Power { node, on: true },
            Act::Cut { node, cut: false },
            Act::SlowPull { node, factor: 1 },
            Act::Lag { node, lag: false },
            Act::Disk { node, full: false },
            Act::Cordon { node, cordoned: false },
        ] {
            fault.play(engine);
        }
        let store = engine.world().api.store();
        let node = store.get(&Key::new(Kind::NODE, "", node_of(node)));
        let tainted = node.is_some_and(|node| node.to_value()["spec"]["taints"].to_string().contains("\"k\""));
        if let Some(key) = node.map(|node| node.key()).filter(|_| tainted) {
            patch(engine, Kind::NODE, &key.name, json!({"spec": {"taints": null}}));
        }
    }
    let pods: Vec<Key> = engine.world().api.store().list(Kind::POD, "default").map(|pod| pod.key()).collect();
    for pod in pods {
        for probe in [ProbeKind::Readiness, ProbeKind::Liveness] {
            let _ = engine.fault(Fault::Probe { pod: pod.clone(), probe, fault: None });
        }
    }
    for name in 0..NAMES {
        let spec = json!({"paused": false, "template": {"spec": {"containers": [container(2)]}}});
        patch(engine, Kind::DEPLOYMENT, &name_of(name), json!({"spec": spec}));
    }
}
