//! Workloads on a living cluster: what happens, in which order, and at which cost.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Deployment, Event, Object, Pod, ReplicaSet};
use crate::apiserver::{Body, Options, Propagation, Request, Verb};
use crate::base::Value;
use crate::base::time::Duration;
use crate::sim::{ClusterConfig, Engine};
use serde_json::json;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn container(image: &str) -> Value {
    json!({"name": "c", "image": image, "imagePullPolicy": "IfNotPresent", "resources": {}, "ports": [{"containerPort": 80, "protocol": "TCP"}]})
}

fn pod_spec(container: Value) -> Value {
    json!({"containers": [container], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "securityContext": {}})
}

fn deployment(name: &str, replicas: i32, container: Value) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}}, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec(container)},
        },
    })
}

fn create(engine: &mut Engine, kind: Kind, value: Value) {
    let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let key = Key::new(kind, "default", name);
    engine.request(Request::new(Verb::Create, &key).body(Body::Json { value, duplicates: vec![] })).unwrap();
}

/// Changes an object as a user does: read, change, put.
fn edit(engine: &mut Engine, kind: Kind, name: &str, change: impl Fn(&mut Value)) {
    let key = Key::new(kind, "default", name);
    let mut value = engine.world().api.get(&key).unwrap().to_value();
    change(&mut value);
    engine.request(Request::new(Verb::Update, &key).body(Body::Json { value, duplicates: vec![] })).unwrap();
}

fn set_image(engine: &mut Engine, name: &str, image: &str) {
    edit(engine, Kind::DEPLOYMENT, name, |value| {
        value["spec"]["template"]["spec"]["containers"][0]["image"] = image.into()
    });
}

fn pods(engine: &Engine) -> Vec<Pod> {
    engine.world().api.store().list(Kind::POD, "default").filter_map(|object| Pod::of(object).cloned()).collect()
}

fn status(engine: &Engine, name: &str) -> (i32, i32, i32, i32) {
    let object = engine.world().api.get(&Key::new(Kind::DEPLOYMENT, "default", name)).unwrap();
    let Object::Deployment(Deployment { status, .. }) = &*object else { panic!("a Deployment") };
    (status.replicas, status.updated_replicas, status.ready_replicas, status.available_replicas)
}

/// `reason message` of the events about one kind of objects, in order; names of pods and ReplicaSets cut to their prefix.
fn events(engine: &Engine, kind: &str) -> Vec<String> {
    let store = engine.world().api.store();
    let mut events: Vec<&Event> = store.list(Kind::EVENT, "default").filter_map(|object| Event::of(object)).collect();
    events.sort_by_key(|event| event.meta.resource_version);
    events
        .into_iter()
        .filter(|event| &*event.involved_object.kind == kind)
        .map(|event| format!("{} {} {}", event.kind, event.reason, event.message))
        .collect()
}

#[test]
fn a_deployment_becomes_ready() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 3, container("nginx:1.27")));
    engine.advance(secs(3));
    assert_eq!(status(&engine, "web"), (3, 3, 3, 3));
    let pods = pods(&engine);
    let mut nodes: Vec<&str> = pods.iter().map(|pod| &*pod.node_name).collect();
    nodes.sort_unstable();
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
        "Normal Pulled Container image \"nginx:1.27\" already present on machine",
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
    sets.sort_by_key(|rs| rs.meta.annotations.get("deployment.kubernetes.io/revision").cloned());
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
fn why_a_pod_waits_and_when_it_no_longer_does() {
    let mut engine = Engine::new(ClusterConfig::default());
    let mut spec = pod_spec(container("nginx"));
    spec["nodeSelector"] = json!({"disk": "ssd"});
    create(&mut engine, Kind::POD, json!({"metadata": {"name": "sel"}, "spec": spec}));
    let mut big = container("nginx");
    big["resources"] = json!({"requests": {"cpu": "9000"}});
    create(&mut engine, Kind::POD, json!({"metadata": {"name": "big"}, "spec": pod_spec(big)}));
    engine.advance(secs(2));
    assert_eq!(
        events(&engine, "Pod"),
        [
            "Warning FailedScheduling 0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
            "Warning FailedScheduling 0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
        ]
    );
    let key = Key::new(Kind::NODE, "", "node-2");
    let mut value = engine.world().api.get(&key).unwrap().to_value();
    value["metadata"]["labels"]["disk"] = "ssd".into();
    engine.request(Request::new(Verb::Update, &key).body(Body::Json { value, duplicates: vec![] })).unwrap();
    engine.advance(secs(3));
    let sel = pods(&engine).into_iter().find(|pod| &*pod.meta.name == "sel").unwrap();
    assert_eq!((&*sel.node_name, sel.is_ready()), ("node-2", true));
}

#[test]
fn a_pod_that_does_not_hear_sigterm_is_killed_when_its_grace_is_over() {
    let mut engine = Engine::new(ClusterConfig::default());
    let mut deaf = container("busybox:1.36");
    deaf["command"] = json!(["sleep", "infinity"]);
    create(&mut engine, Kind::POD, json!({"metadata": {"name": "deaf"}, "spec": pod_spec(deaf)}));
    create(&mut engine, Kind::POD, json!({"metadata": {"name": "web"}, "spec": pod_spec(container("nginx"))}));
    engine.advance(secs(3));
    for name in ["deaf", "web"] {
        engine.request(Request::new(Verb::Delete, &Key::new(Kind::POD, "default", name))).unwrap();
    }
    engine.advance(secs(1));
    let left: Vec<String> = pods(&engine).iter().map(|pod| pod.meta.name.to_string()).collect();
    assert_eq!(left, ["deaf"]);
    engine.advance(secs(28));
    assert_eq!(pods(&engine).len(), 1);
    engine.advance(secs(2));
    assert!(pods(&engine).is_empty());
}

#[test]
fn what_completes_is_restarted_later_and_later() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(
        &mut engine,
        Kind::POD,
        json!({"metadata": {"name": "example"}, "spec": pod_spec(container("busybox:1.25"))}),
    );
    engine.advance(secs(4));
    let state = |engine: &Engine| {
        let status = pods(engine)[0].status.container_statuses[0].clone();
        let waiting = status.state.waiting.map(|waiting| waiting.reason.to_string()).unwrap_or_default();
        (status.restart_count, waiting)
    };
    assert_eq!(state(&engine), (1, "CrashLoopBackOff".to_owned()));
    engine.advance(secs(60));
    assert_eq!(state(&engine), (3, "CrashLoopBackOff".to_owned()));
}

#[test]
fn readiness_follows_the_probe() {
    let mut engine = Engine::new(ClusterConfig::default());
    let probe = |port: i32| json!({"httpGet": {"path": "/", "port": port, "scheme": "HTTP"}, "periodSeconds": 10, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3});
    for (name, port) in [("good", 80), ("bad", 8080)] {
        let mut probed = container("nginx");
        probed["readinessProbe"] = probe(port);
        create(&mut engine, Kind::POD, json!({"metadata": {"name": name}, "spec": pod_spec(probed)}));
    }
    engine.advance(secs(30));
    let ready: Vec<bool> = pods(&engine).iter().map(Pod::is_ready).collect();
    assert_eq!(ready, [false, true]);
    assert!(
        events(&engine, "Pod")
            .iter()
            .any(|line| line.starts_with("Warning Unhealthy Readiness probe failed: Get \"http://10.244."))
    );
}

fn service(name: &str, spec: Value) -> Value {
    let mut spec = spec;
    for (field, value) in
        [("type", json!("ClusterIP")), ("sessionAffinity", json!("None")), ("clusterIP", json!("10.0.0.77"))]
    {
        if spec.get(field).is_none() {
            spec[field] = value;
        }
    }
    json!({"metadata": {"name": name, "labels": {"team": "red"}}, "spec": spec})
}

/// The slices of a Service: ports, and for each endpoint whether it is ready, serving, terminating.
fn slices(engine: &Engine, name: &str) -> Vec<String> {
    let store = engine.world().api.store();
    let flag = |flag: Option<bool>, letter: &str| if flag == Some(true) { letter.to_owned() } else { "-".to_owned() };
    let (namespace, name) = ("default".into(), name.into());
    let slices = store.slices_of(&namespace, &name).filter_map(|object| match &**object {
        Object::EndpointSlice(slice) => Some(slice),
        _ => None,
    });
    slices
        .map(|slice| {
            let ports: Vec<String> = slice.ports.iter().map(|port| port.port.unwrap_or(0).to_string()).collect();
            let mut endpoints: Vec<String> = slice
                .endpoints
                .iter()
                .map(|endpoint| {
                    let c = &endpoint.conditions;
                    flag(c.ready, "r") + &flag(c.serving, "s") + &flag(c.terminating, "t")
                })
                .collect();
            endpoints.sort();
            format!("{}: {}", ports.join(","), endpoints.join(" "))
        })
        .collect()
}

#[test]
fn endpoints_follow_readiness() {
    let mut engine = Engine::new(ClusterConfig::default());
    let ports = json!([{"port": 8080, "targetPort": 80, "protocol": "TCP"}]);
    create(&mut engine, Kind::SERVICE, service("web", json!({"selector": {"app": "web"}, "ports": ports})));
    engine.advance(secs(1));
    assert_eq!(slices(&engine, "web"), [": "], "a placeholder");
    let mut probed = container("nginx:1.27");
    probed["readinessProbe"] = json!({"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 5, "periodSeconds": 1, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3});
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 2, probed));
    engine.advance(secs(3));
    assert_eq!(slices(&engine, "web"), ["80: --- ---"]);
    engine.advance(secs(5));
    assert_eq!(slices(&engine, "web"), ["80: rs- rs-"]);
    let writes = engine.work().writes;
    let name = pods(&engine)[0].meta.name.clone();
    edit(&mut engine, Kind::POD, &name, |value| value["metadata"]["labels"]["app"] = "other".into());
    engine.advance(Duration::from_millis(100));
    assert!(slices(&engine, "web")[0].matches("rs-").count() == 1, "{:?}", slices(&engine, "web"));
    assert!(engine.work().writes - writes < 20);
    let key = Key::new(Kind::ENDPOINTS, "default", "web");
    let value = engine.world().api.get(&key).unwrap().to_value();
    assert_eq!(value.pointer("/subsets/0/addresses").and_then(Value::as_array).map(Vec::len), Some(1));
    assert_eq!(value.pointer("/metadata/labels/team"), Some(&json!("red")));
    engine.request(Request::new(Verb::Delete, &Key::new(Kind::SERVICE, "default", "web"))).unwrap();
    engine.advance(secs(1));
    assert!(slices(&engine, "web").is_empty());
    assert!(engine.world().api.get(&key).is_err());
}

#[test]
fn pods_with_other_numbers_for_a_name_have_slices_of_their_own() {
    let mut engine = Engine::new(ClusterConfig::default());
    let ports = json!([{"port": 80, "targetPort": "http", "protocol": "TCP"}]);
    create(&mut engine, Kind::SERVICE, service("web", json!({"selector": {"app": "web"}, "ports": ports})));
    for (name, port) in [("a", 8001), ("b", 8002), ("c", 8001)] {
        let mut named = container("my/app");
        named["ports"] = json!([{"name": "http", "containerPort": port, "protocol": "TCP"}]);
        create(
            &mut engine,
            Kind::POD,
            json!({"metadata": {"name": name, "labels": {"app": "web"}}, "spec": pod_spec(named)}),
        );
    }
    engine.advance(secs(3));
    let mut got = slices(&engine, "web");
    got.sort();
    assert_eq!(got, ["8001: rs- rs-", "8002: rs-"]);
}

#[test]
fn hand_made_endpoints_are_mirrored() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(
        &mut engine,
        Kind::SERVICE,
        service("db", json!({"ports": [{"port": 80, "targetPort": 9376, "protocol": "TCP"}]})),
    );
    create(
        &mut engine,
        Kind::ENDPOINTS,
        json!({"metadata": {"name": "db"}, "subsets": [{"addresses": [{"ip": "192.0.2.42"}], "ports": [{"port": 9376, "protocol": "TCP"}]}]}),
    );
    engine.advance(secs(1));
    assert_eq!(slices(&engine, "db"), ["9376: r--"]);
    engine.request(Request::new(Verb::Delete, &Key::new(Kind::ENDPOINTS, "default", "db"))).unwrap();
    engine.advance(secs(1));
    assert!(slices(&engine, "db").is_empty());
}

#[test]
fn what_is_owned_goes_with_its_owner_or_is_set_free() {
    for (propagation, left) in [(Propagation::Background, 0), (Propagation::Foreground, 0), (Propagation::Orphan, 3)] {
        let mut engine = Engine::new(ClusterConfig::default());
        create(&mut engine, Kind::DEPLOYMENT, deployment("web", 3, container("nginx")));
        engine.advance(secs(3));
        let options = Options { propagation, ..Options::default() };
        let key = Key::new(Kind::DEPLOYMENT, "default", "web");
        engine.request(Request::new(Verb::Delete, &key).options(options)).unwrap();
        engine.advance(secs(5));
        assert!(engine.world().api.get(&key).is_err(), "{propagation:?}");
        assert_eq!(pods(&engine).len(), left, "{propagation:?}");
        let sets = engine.world().api.store().list(Kind::REPLICA_SET, "default").count();
        assert_eq!(sets, usize::from(left > 0), "{propagation:?}");
    }
}

#[test]
fn a_namespace_is_furnished_and_goes_with_all_that_is_in_it() {
    let mut engine = Engine::new(ClusterConfig::default());
    let key = Key::new(Kind::NAMESPACE, "", "dev");
    let value = json!({"metadata": {"name": "dev"}});
    engine.request(Request::new(Verb::Create, &key).body(Body::Json { value, duplicates: vec![] })).unwrap();
    engine.advance(secs(1));
    let store = engine.world().api.store();
    assert!(store.get(&Key::new(Kind::SERVICE_ACCOUNT, "dev", "default")).is_some());
    assert!(store.get(&Key::new(Kind::CONFIG_MAP, "dev", "kube-root-ca.crt")).is_some());
    let mut value = deployment("web", 2, container("nginx"));
    value["metadata"]["namespace"] = "dev".into();
    let deployment = Key::new(Kind::DEPLOYMENT, "dev", "web");
    engine.request(Request::new(Verb::Create, &deployment).body(Body::Json { value, duplicates: vec![] })).unwrap();
    engine.advance(secs(3));
    assert_eq!(engine.world().api.store().list(Kind::POD, "dev").count(), 2);
    engine.request(Request::new(Verb::Delete, &key)).unwrap();
    engine.advance(secs(5));
    assert!(engine.world().api.get(&key).is_err());
    assert_eq!(
        Kind::all()
            .filter(|kind| kind.info().namespaced)
            .flat_map(|kind| engine.world().api.store().list(kind, "dev"))
            .count(),
        0
    );
}

#[test]
fn load_balancers_need_a_cloud() {
    let spec = json!({"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}]});
    for cloud in [false, true] {
        let mut engine = Engine::new(ClusterConfig { cloud, ..ClusterConfig::default() });
        create(&mut engine, Kind::SERVICE, service("lb", spec.clone()));
        let address = |engine: &Engine| {
            let value = engine.world().api.get(&Key::new(Kind::SERVICE, "default", "lb")).unwrap().to_value();
            value.pointer("/status/loadBalancer/ingress/0/ip").and_then(Value::as_str).map(str::to_owned)
        };
        engine.advance(secs(1));
        assert_eq!(address(&engine), None);
        engine.advance(secs(2));
        assert_eq!(address(&engine), cloud.then(|| "192.0.2.1".to_owned()));
        let expected: &[&str] = if cloud {
            &["Normal EnsuringLoadBalancer Ensuring load balancer", "Normal EnsuredLoadBalancer Ensured load balancer"]
        } else {
            &[]
        };
        assert_eq!(events(&engine, "Service"), expected);
        engine.request(Request::new(Verb::Delete, &Key::new(Kind::SERVICE, "default", "lb"))).unwrap();
        engine.advance(secs(1));
        assert!(engine.world().api.get(&Key::new(Kind::SERVICE, "default", "lb")).is_err());
    }
}

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
