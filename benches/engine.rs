//! The engine natively, in release: how long whole stories take, and how much work they cost.
//!
//! `cargo bench --bench engine` prints a Markdown table. Not a test: times belong to a machine, counts to the code.

use std::time::Instant;
use tabernetes::base::time::{Duration, SimTime};
use tabernetes::kubectl::exec::Output;
use tabernetes::kubectl::session::Session;
use tabernetes::sim::{ClusterConfig, Engine};

const DEPLOYMENT: &str = include_str!("../tests/course/deployment-hostname.yaml");
const SERVICE: &str = include_str!("../tests/course/service-clusterip-hostname.yaml");

/// How long nothing may happen before a story counts as over.
const QUIET: Duration = Duration::from_secs(60);

fn run(engine: &mut Engine, session: &mut Session, line: &str) {
    let mut output = Output::default();
    session.start(line).poll(session, engine, &mut output);
}

/// Lets time pass until all pods of the course's Deployment are ready.
fn until_ready(engine: &mut Engine, session: &mut Session, replicas: usize) {
    let limit = SimTime::from_secs(24 * 3600);
    let ready = |engine: &Engine| {
        let pods = engine.world().api.store().list(tabernetes::api::kinds::Kind::POD, "default");
        let ready = |pod: &&std::rc::Rc<tabernetes::api::objects::Object>| {
            tabernetes::api::objects::Pod::of(pod).is_some_and(|pod| pod.is_ready() && !pod.meta.is_terminating())
        };
        pods.filter(ready).count()
    };
    let mut next = engine.now();
    while ready(engine) < replicas && engine.now() < limit {
        next = next.after(Duration::from_millis(250));
        engine.advance_to(next, &mut || true);
    }
    let _ = session;
    assert_eq!(ready(engine), replicas, "at {:?}", engine.now());
}

struct Row {
    story: String,
    millis: f64,
    syncs: u64,
    writes: u64,
}

fn measure(story: String, rows: &mut Vec<Row>, engine: &mut Engine, act: impl FnOnce(&mut Engine)) {
    let before = engine.work();
    let start = Instant::now();
    act(engine);
    let millis = start.elapsed().as_secs_f64() * 1000.0;
    let after = engine.work();
    rows.push(Row { story, millis, syncs: after.syncs - before.syncs, writes: after.writes - before.writes });
}

fn main() {
    let sizes: Vec<(usize, usize)> = match std::env::var("TABERNETES_BENCH_PODS").ok().and_then(|n| n.parse().ok()) {
        Some(pods) => vec![(pods, pods.div_ceil(100))],
        None => vec![(3, 3), (100, 3), (1_000, 10), (10_000, 100)],
    };
    let mut rows = Vec::new();
    for (pods, nodes) in sizes {
        let mut engine = Engine::new(ClusterConfig { images_present: false, ..ClusterConfig::with_nodes(nodes) });
        let mut session = Session::default();
        let manifest = DEPLOYMENT.replace("replicas: 3", &format!("replicas: {pods}"));
        session.files.insert("deployment.yaml".into(), manifest);
        session.files.insert("service.yaml".into(), SERVICE.into());
        measure(format!("{pods} pods on {nodes} nodes: apply to Ready"), &mut rows, &mut engine, |engine| {
            run(engine, &mut session, "kubectl apply -f deployment.yaml -f service.yaml");
            until_ready(engine, &mut session, pods);
        });
        engine.advance(QUIET);
        measure(format!("{pods} pods: an idle day"), &mut rows, &mut engine, |engine| {
            engine.advance(Duration::from_secs(86_400));
        });
        measure(format!("{pods} pods: a new image, to the end of the rollout"), &mut rows, &mut engine, |engine| {
            run(engine, &mut session, "kubectl set image deployment hostname-deployment my-webserver=nginx:1.27");
            engine.advance(Duration::from_secs(60));
            until_ready(engine, &mut session, pods);
        });
    }
    println!("| story | ms | keys looked at | writes |\n|---|---:|---:|---:|");
    for row in rows {
        println!("| {} | {:.1} | {} | {} |", row.story, row.millis, row.syncs, row.writes);
    }
}
