//! What changes cost, and that they are repeatable.

use super::*;

#[test]
fn scaling_a_thousand_pods_costs_few_writes_each() {
    let mut engine = Engine::new(ClusterConfig::with_nodes(10));
    let before = engine.work();
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 1000, container("nginx:1.27")));
    engine.advance(secs(10));
    assert_eq!(status(&engine, "web"), (1000, 1000, 1000, 1000));
    let work = engine.work();
    let (writes, syncs) = (work.writes - before.writes, work.syncs - before.syncs);
    println!("1,000 pods: {writes} writes, {syncs} syncs");
    assert!(writes <= 8 * 1000 + 200, "{writes} writes");
    assert!(syncs <= 6 * 1000, "{syncs} syncs");
}

/// Kubernetes' own limits. Run it optimized: `cargo test --release --lib largest -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes in a debug build"]
fn the_largest_cluster_that_kubernetes_supports() {
    for (nodes, deployments, replicas) in [(10, 1, 1000), (100, 100, 100), (5000, 1500, 100)] {
        let mut engine = Engine::new(ClusterConfig::with_nodes(nodes));
        let before = engine.work();
        let started = std::time::Instant::now();
        for number in 0..deployments {
            let name = format!("web-{number}");
            create(&mut engine, Kind::DEPLOYMENT, deployment(&name, replicas, container("nginx:1.27")));
        }
        engine.advance(secs(60));
        let took = started.elapsed();
        let ready = pods(&engine).iter().filter(|pod| pod.is_ready()).count();
        let pods = deployments * usize::try_from(replicas).unwrap();
        let (writes, syncs) = (engine.work().writes - before.writes, engine.work().syncs - before.syncs);
        println!("{pods} pods on {nodes} nodes: {took:?}, {ready} ready, {writes} writes, {syncs} syncs");
        assert_eq!(ready, pods);
    }
}

#[test]
fn the_same_seed_gives_the_same_world() {
    let run = || {
        let mut engine = Engine::new(ClusterConfig::default());
        create(&mut engine, Kind::DEPLOYMENT, deployment("web", 5, container("nginx:1.27")));
        engine.advance(secs(2));
        set_image(&mut engine, "web", "nginx:1.28");
        engine.advance(secs(20));
        let options = Options { propagation: Propagation::Background, ..Options::default() };
        engine
            .request(Request::new(Verb::Delete, &Key::new(Kind::DEPLOYMENT, "default", "web")).options(options))
            .unwrap();
        engine.advance(secs(20));
        let store = engine.world().api.store();
        Kind::all()
            .flat_map(|kind| store.list(kind, "").map(|object| object.to_value().to_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
