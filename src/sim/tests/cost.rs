//! What changes cost, and that they are repeatable.

use super::*;

/// Makes ten thousand pods on a hundred nodes and lets them become ready.
fn ten_thousand(config: ClusterConfig, container: Value) -> Engine {
    let mut engine = Engine::new(config);
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 10_000, container));
    engine.advance(secs(120));
    assert_eq!(status(&engine, "web"), (10_000, 10_000, 10_000, 10_000));
    engine
}

/// The writes of objects other than Events.
fn object_writes(engine: &Engine) -> usize {
    engine.world().api.store().marks_back().filter(|(_, mark)| mark.key.kind != Kind::EVENT).count()
}

#[test]
fn scaling_ten_thousand_pods_costs_few_writes_each() {
    let config = || ClusterConfig::with_nodes(100);
    let before = Engine::new(config()).work();
    let engine = ten_thousand(config(), container("nginx:1.27"));
    let work = engine.work();
    let (writes, syncs) = (work.writes - before.writes, work.syncs - before.syncs);
    println!("10,000 pods: {writes} writes, {syncs} syncs");
    // Made, bound, told to be coming, told to be ready; and four Events.
    assert!(writes <= 8 * 10_000 + 200, "{writes} writes");
    assert!(syncs <= 6 * 10_000, "{syncs} syncs");
}

/// An image that has to be pulled and a probe take two more looks of the kubelet, which say something new.
#[test]
fn pulling_and_probing_ten_thousand_pods_costs_few_writes_of_objects_each() {
    let config = || ClusterConfig { images_present: false, ..ClusterConfig::with_nodes(100) };
    let probe = json!({"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2});
    let mut container = container("nginx:1.27");
    container["readinessProbe"] = probe;
    let writes = object_writes(&ten_thousand(config(), container)) - object_writes(&Engine::new(config()));
    println!("10,000 pods: {writes} writes of objects");
    assert!(writes <= 6 * 10_000 + 1_000, "{writes} writes");
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
