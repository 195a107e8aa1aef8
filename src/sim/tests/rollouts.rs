//! Deployments and ReplicaSets on a living cluster.

use super::*;
use crate::base::Order;

#[test]
fn a_deployment_becomes_ready() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 3, container("nginx:1.27")));
    engine.advance(secs(3));
    assert_eq!(status(&engine, "web"), (3, 3, 3, 3));
    let pods = pods(&engine);
    let mut nodes: Vec<&str> = pods.iter().map(|pod| &*pod.node_name).collect();
    nodes.order();
    assert_eq!(nodes, ["node-1", "node-2", "node-3"], "spread over the nodes");
    for pod in &pods {
        let kinds: Vec<&str> = pod.status.conditions.iter().map(|condition| &*condition.kind).collect();
        assert_eq!(kinds, ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]);
        assert!(pod.status.pod_ip.starts_with("10.244."), "{}", pod.status.pod_ip);
        assert_eq!(pod.status.phase.as_str(), "Running");
    }
    let about = format!("Successfully assigned default/{} to {}", pods[0].meta.name, pods[0].node_name);
    let told: Vec<String> = events(&engine, "Pod");
    assert!(told.contains(&format!("Normal Scheduled {about}")), "{told:?}");
    for expected in [
        "Normal Pulled Container image \"nginx:1.27\" already present on machine and can be accessed by the pod",
        "Normal Created Container created",
        "Normal Started Container started",
    ] {
        assert_eq!(told.iter().filter(|line| *line == expected).count(), 3, "{expected}");
    }
    engine.advance(secs(3600));
    let idle = engine.work();
    engine.advance(secs(86_400));
    assert_eq!(engine.work(), idle, "an idle day costs nothing");
}

#[test]
fn a_rolling_update_goes_step_by_step_and_back() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 3, container("nginx:1.26")));
    engine.advance(secs(5));
    set_image(&mut engine, "web", "nginx:1.27");
    engine.advance(secs(30));
    assert_eq!(status(&engine, "web"), (3, 3, 3, 3));
    let store = engine.world().api.store();
    let mut sets: Vec<&ReplicaSet> =
        store.list(Kind::REPLICA_SET, "default").filter_map(|object| ReplicaSet::of(object)).collect();
    sets.order_by_key(|rs| rs.meta.annotations.get("deployment.kubernetes.io/revision").cloned());
    let (a, b) = (sets[0].meta.name.to_string(), sets[1].meta.name.to_string());
    assert_eq!((sets[0].spec.replicas, sets[1].spec.replicas), (0, 3));
    let scaled = |direction: &str, rs: &str, from: i32, to: i32| {
        format!("Normal ScalingReplicaSet Scaled {direction} replica set {rs} from {from} to {to}")
    };
    let expected = [
        scaled("up", &a, 0, 3),
        scaled("up", &b, 0, 1),
        scaled("down", &a, 3, 2),
        scaled("up", &b, 1, 2),
        scaled("down", &a, 2, 1),
        scaled("up", &b, 2, 3),
        scaled("down", &a, 1, 0),
    ];
    assert_eq!(events(&engine, "Deployment"), expected);

    // Undo, as kubectl does it: the old template comes back, and its ReplicaSet with a new revision.
    set_image(&mut engine, "web", "nginx:1.26");
    engine.advance(secs(30));
    let object = engine.world().api.get(&Key::new(Kind::REPLICA_SET, "default", a.as_str())).unwrap();
    let Object::ReplicaSet(rs) = &*object else { panic!("a ReplicaSet") };
    let annotation = |key: &str| rs.meta.annotations.get(key).map(ToString::to_string).unwrap_or_default();
    assert_eq!(annotation("deployment.kubernetes.io/revision"), "3");
    assert_eq!(annotation("deployment.kubernetes.io/revision-history"), "1");
    assert_eq!(rs.status.available_replicas, 3);
    let object = engine.world().api.get(&Key::new(Kind::DEPLOYMENT, "default", "web")).unwrap();
    assert_eq!(object.meta().annotations.get("deployment.kubernetes.io/revision").map(|text| &**text), Some("3"));
}

#[test]
fn an_image_that_cannot_be_pulled_stops_a_rollout_not_the_service() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 3, container("nginx:1.26")));
    engine.advance(secs(5));
    set_image(&mut engine, "web", "nginx:does-not-exist");
    engine.advance(secs(6));
    assert_eq!(status(&engine, "web"), (4, 1, 3, 3));
    let told = events(&engine, "Pod");
    for expected in [
        "Normal Pulling Pulling image \"nginx:does-not-exist\"",
        "Warning Failed Failed to pull image \"nginx:does-not-exist\": rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:does-not-exist\": failed to resolve reference \"docker.io/library/nginx:does-not-exist\": docker.io/library/nginx:does-not-exist: not found",
        "Warning Failed Error: ErrImagePull",
        "Normal BackOff Back-off pulling image \"nginx:does-not-exist\"",
        "Warning Failed Error: ImagePullBackOff",
    ] {
        assert!(told.iter().any(|line| line == expected), "{expected}\n{told:#?}");
    }
    engine.advance(secs(700));
    let object = engine.world().api.get(&Key::new(Kind::DEPLOYMENT, "default", "web")).unwrap();
    let Object::Deployment(deployment) = &*object else { panic!("a Deployment") };
    let progressing = deployment.status.conditions.iter().find(|condition| &*condition.kind == "Progressing").unwrap();
    assert_eq!(&*progressing.reason, "ProgressDeadlineExceeded");
    set_image(&mut engine, "web", "nginx:1.26");
    engine.advance(secs(5));
    assert_eq!(status(&engine, "web"), (3, 3, 3, 3));
}

#[test]
fn pods_are_adopted_and_released_by_label() {
    let mut engine = Engine::new(ClusterConfig::default());
    let labels = json!({"app": "x"});
    create(
        &mut engine,
        Kind::POD,
        json!({"metadata": {"name": "stray", "labels": labels}, "spec": pod_spec(container("nginx"))}),
    );
    engine.advance(secs(3));
    create(
        &mut engine,
        Kind::REPLICA_SET,
        json!({"metadata": {"name": "rs"}, "spec": {"replicas": 3, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod_spec(container("nginx"))}}}),
    );
    engine.advance(secs(3));
    assert_eq!(pods(&engine).len(), 3, "one was adopted");
    edit(&mut engine, Kind::POD, "stray", |value| value["metadata"]["labels"] = json!({}));
    engine.advance(secs(3));
    let all = pods(&engine);
    assert_eq!(all.len(), 4, "it was released and replaced");
    assert!(all.iter().any(|pod| &*pod.meta.name == "stray" && pod.meta.owner_references.is_empty()));
    edit(&mut engine, Kind::POD, "stray", |value| value["metadata"]["labels"] = labels.clone());
    engine.advance(secs(5));
    assert_eq!(pods(&engine).len(), 3, "it came back, and one was too many");
}

#[test]
fn recreate_takes_all_old_pods_down_before_new_ones_come() {
    let mut engine = Engine::new(ClusterConfig::default());
    let mut value = deployment("web", 3, container("nginx:1.26"));
    value["spec"]["strategy"] = json!({"type": "Recreate"});
    create(&mut engine, Kind::DEPLOYMENT, value);
    engine.advance(secs(3));
    set_image(&mut engine, "web", "nginx:1.27");
    let mut mixed = false;
    for _ in 0..100 {
        engine.advance(Duration::from_millis(50));
        let images: std::collections::BTreeSet<String> =
            pods(&engine).iter().map(|pod| pod.spec.containers[0].image.to_string()).collect();
        mixed |= images.len() > 1;
    }
    assert!(!mixed, "old and new pods at the same time");
    assert_eq!(status(&engine, "web"), (3, 3, 3, 3));
}
