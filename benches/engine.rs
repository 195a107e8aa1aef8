//! The engine natively, in release: how long whole stories take, and how much work they cost.
//!
//! `cargo bench --bench engine` prints a Markdown table. Not a test: times belong to a machine, counts to the code.
//! `TABERNETES_BENCH=10000` tells only the stories of so many pods, `TABERNETES_BENCH=largest` only those of the largest cluster.

mod measure;

use measure::{cpu, memory};
use serde_json::json;
use std::time::Instant;
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::api::objects::Pod;
use tabernetes::apiserver::{Body, PatchType, Request, Verb};
use tabernetes::base::Value;
use tabernetes::base::time::Duration;
use tabernetes::sim::{ClusterConfig, Engine};

/// How long nothing may happen before a story counts as over.
const QUIET: Duration = Duration::from_secs(60);

fn send(engine: &mut Engine, verb: Verb, kind: Kind, name: &str, body: Body) {
    let key = Key::new(kind, "default", name);
    assert!(engine.request(Request::new(verb, &key).body(body)).is_ok(), "{name}");
}

fn container(version: u32) -> Value {
    let probe = json!({"httpGet": {"port": 80}, "periodSeconds": 2});
    json!({"name": "c", "image": format!("nginx:1.{version}"), "ports": [{"containerPort": 80}], "readinessProbe": probe})
}

fn deploy(engine: &mut Engine, name: &str, replicas: usize) {
    let labels = json!({"app": name});
    let template = json!({"metadata": {"labels": labels}, "spec": {"containers": [container(25)]}});
    let spec = json!({"replicas": replicas, "selector": {"matchLabels": labels}, "template": template});
    let value = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec});
    send(engine, Verb::Create, Kind::DEPLOYMENT, name, Body::Json { value, duplicates: vec![] });
}

fn expose(engine: &mut Engine, name: &str, app: &str) {
    let spec = json!({"selector": {"app": app}, "ports": [{"port": 80}]});
    let value = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec});
    send(engine, Verb::Create, Kind::SERVICE, name, Body::Json { value, duplicates: vec![] });
}

fn set_image(engine: &mut Engine, name: &str, version: u32) {
    let value = json!({"spec": {"template": {"spec": {"containers": [container(version)]}}}});
    send(engine, Verb::Patch, Kind::DEPLOYMENT, name, Body::Patch(PatchType::Strategic, value));
}

/// Lets time pass until nothing is left to do, and makes sure that so many pods are ready.
fn settle(engine: &mut Engine, pods: usize) {
    let limit = engine.now().after(Duration::from_secs(7200));
    while let Some(due) = engine.next_due().filter(|due| *due < engine.now().after(QUIET) && *due < limit) {
        engine.advance_to(due, &mut || true);
    }
    let all = engine.world().api.store().list(Kind::POD, "default");
    let ready = all.filter_map(|pod| Pod::of(pod)).filter(|pod| pod.is_ready() && !pod.meta.is_terminating()).count();
    assert_eq!(ready, pods, "at {:?}", engine.now());
}

struct Bench {
    start: Instant,
}

impl Bench {
    /// Tells a story and prints what it cost.
    fn tell(&self, story: &str, engine: &mut Engine, act: impl FnOnce(&mut Engine)) {
        let (before, from) = (engine.work(), cpu(self.start));
        act(engine);
        let (after, millis) = (engine.work(), cpu(self.start) - from);
        let (syncs, writes) = (after.syncs - before.syncs, after.writes - before.writes);
        println!("| {story} | {millis:.0} | {syncs} | {writes} | {:.0} |", memory());
    }

    fn alone(&self, pods: usize, nodes: usize) {
        let mut engine = Engine::new(ClusterConfig { images_present: false, ..ClusterConfig::with_nodes(nodes) });
        self.tell(&format!("{pods} pods on {nodes} nodes: apply to Ready"), &mut engine, |engine| {
            deploy(engine, "web", pods);
            expose(engine, "web", "web");
            settle(engine, pods);
        });
        self.tell(&format!("{pods} pods: an idle day"), &mut engine, |engine| {
            engine.advance(Duration::from_secs(86_400));
        });
        self.tell(&format!("{pods} pods: a new image, to the end of the rollout"), &mut engine, |engine| {
            set_image(engine, "web", 27);
            settle(engine, pods);
        });
    }

    /// Kubernetes' own limits: 5,000 nodes, 150,000 pods, 10,000 Services.
    fn largest(&self) {
        const PODS: usize = 150_000;
        const SERVICES: usize = 10_000;
        let large = [1_000, 10_000, 50_000];
        let mut engine = Engine::new(ClusterConfig::with_nodes(5_000));
        self.tell("150,000 pods on 5,000 nodes, 10,000 Services: apply to Ready", &mut engine, |engine| {
            for pods in large {
                deploy(engine, &format!("large-{pods}"), pods);
                expose(engine, &format!("large-{pods}"), &format!("large-{pods}"));
            }
            let small = (PODS - large.iter().sum::<usize>()) / 10;
            for number in 0..small {
                deploy(engine, &format!("small-{number}"), 10);
            }
            for number in 0..SERVICES - large.len() {
                expose(engine, &format!("service-{number}"), &format!("small-{}", number % small));
            }
            settle(engine, PODS);
        });
        self.tell("150,000 pods: an idle day", &mut engine, |engine| engine.advance(Duration::from_secs(86_400)));
        for pods in large {
            self.tell(&format!("150,000 pods: a new image for {pods} of them"), &mut engine, |engine| {
                set_image(engine, &format!("large-{pods}"), 27);
                settle(engine, PODS);
            });
        }
    }
}

fn main() {
    let only = std::env::var("TABERNETES_BENCH").ok();
    let bench = Bench { start: Instant::now() };
    println!("| story | ms of CPU | keys looked at | writes | MiB |\n|---|---:|---:|---:|---:|");
    for (pods, nodes) in [(3, 3), (100, 3), (1_000, 10), (10_000, 100), (50_000, 600)] {
        if only.as_ref().is_none_or(|only| *only == pods.to_string()) {
            bench.alone(pods, nodes);
        }
    }
    if only.as_ref().is_none_or(|only| only == "largest") {
        bench.largest();
    }
}
