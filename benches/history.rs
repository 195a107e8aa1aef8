//! Rewinding, natively, in release: how long it takes to show any of ten thousand moments of a thousand-pod history, and how
//! much memory an hour of it takes.
//!
//! `cargo bench --bench history` prints a Markdown table. Not a test: times belong to a machine.

mod measure;

use measure::{cpu, memory};
use serde_json::json;
use std::time::Instant;
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::apiserver::{Body, PatchType, Request, Verb};
use tabernetes::base::Value;
use tabernetes::base::rng::Rng;
use tabernetes::base::time::{Duration, SimTime};
use tabernetes::sim::{ClusterConfig, Engine, Fault};

const MINUTE: Duration = Duration::from_secs(60);

fn send(engine: &mut Engine, verb: Verb, kind: Kind, name: &str, body: Body) {
    let key = Key::new(kind, "default", name);
    assert!(engine.request(Request::new(verb, &key).body(body)).is_ok());
}

fn container(version: u32) -> Value {
    json!({"name": "c", "image": format!("nginx:1.{version}"), "readinessProbe": {"httpGet": {"port": 80}}})
}

fn main() {
    let start_memory = memory();
    let start = Instant::now();
    let mut engine = Engine::new(ClusterConfig { images_present: false, ..ClusterConfig::with_nodes(20) });
    for number in 0..10 {
        let name = format!("web-{number}");
        let (labels, container) = (json!({"app": name}), container(25));
        let template = json!({"metadata": {"labels": labels}, "spec": {"containers": [container]}});
        let spec = json!({"replicas": 100, "selector": {"matchLabels": labels}, "template": template});
        let value = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec});
        send(&mut engine, Verb::Create, Kind::DEPLOYMENT, &name, Body::Json { value, duplicates: vec![] });
        let spec = json!({"selector": labels, "ports": [{"port": 80}]});
        let value = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec});
        send(&mut engine, Verb::Create, Kind::SERVICE, &name, Body::Json { value, duplicates: vec![] });
    }
    // An hour: every minute a container is killed or a workload scaled, every ten minutes one gets a new image.
    let mut rng = Rng::stream(1, "bench", "history");
    for minute in 1..=60_u32 {
        engine.advance(MINUTE);
        let name = format!("web-{}", minute % 10);
        if minute % 10 == 5 {
            let value = json!({"spec": {"template": {"spec": {"containers": [container(25 + minute / 10)]}}}});
            send(&mut engine, Verb::Patch, Kind::DEPLOYMENT, &name, Body::Patch(PatchType::Merge, value));
        } else if minute % 2 == 0 {
            let value = json!({"spec": {"replicas": 90 + rng.below(20)}});
            send(&mut engine, Verb::Patch, Kind::DEPLOYMENT, &name, Body::Patch(PatchType::Merge, value));
        }
        for _ in 0..5 {
            let pods: Vec<Key> = engine.world().api.store().list(Kind::POD, "default").map(|pod| pod.key()).collect();
            let pod = pods[rng.below(pods.len() as u64) as usize].clone();
            let _ = engine.fault(Fault::KillContainer { pod, container: None });
        }
    }
    let played = cpu(start) / 1000.0;
    let moments: Vec<SimTime> = engine.moments().iter().copied().collect();
    let used = memory() - start_memory;
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..500 {
        let moment = moments[rng.below(moments.len() as u64) as usize];
        let from = cpu(start);
        let world = engine.at(moment);
        times.push(cpu(start) - from);
        assert_eq!(world.now, moment);
    }
    times.sort_by(f64::total_cmp);
    let work = engine.work();
    println!("| an hour of 1,000 pods | |\n|---|---:|");
    println!("| moments | {} |", moments.len());
    println!("| keys looked at, changes | {}, {} |", work.syncs, work.writes);
    println!("| played in | {played:.2} s |");
    println!("| snapshots | {} |", engine.snapshots());
    println!("| memory of cluster and history | {used:.0} MiB |");
    println!("| any moment, median | {:.1} ms |", times[times.len() / 2]);
    println!("| any moment, 99 of 100 | {:.1} ms |", times[times.len() * 99 / 100]);
    println!("| any moment, slowest of 500 | {:.1} ms |", times.last().copied().unwrap_or(0.0));
}
