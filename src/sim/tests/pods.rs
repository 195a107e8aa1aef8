//! Pods on a living cluster: why they wait, how they end, and with whom they go.

use super::*;
use crate::base::Order;

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

fn create_workload(engine: &mut Engine, kind: Kind, name: &str, spec: Value) {
    let mut spec = spec;
    spec["selector"] = json!({"matchLabels": {"app": name}});
    spec["template"] = json!({"metadata": {"labels": {"app": name}}, "spec": pod_spec(container("nginx:1.27"))});
    create(engine, kind, json!({"metadata": {"name": name}, "spec": spec}));
}

fn status_of(engine: &Engine, kind: Kind, name: &str, field: &str) -> i64 {
    let value = engine.world().api.get(&Key::new(kind, "default", name)).unwrap().to_value();
    value.pointer(&format!("/status/{field}")).and_then(Value::as_i64).unwrap_or(0)
}

#[test]
fn a_daemon_set_has_a_pod_on_every_node() {
    let mut engine = Engine::new(ClusterConfig::default());
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}});
    create_workload(&mut engine, Kind::DAEMON_SET, "agent", json!({"updateStrategy": strategy}));
    engine.advance(secs(3));
    let mut nodes: Vec<String> = pods(&engine).iter().map(|pod| pod.node_name.to_string()).collect();
    nodes.order();
    assert_eq!(nodes, ["node-1", "node-2", "node-3"]);
    edit(&mut engine, Kind::DAEMON_SET, "agent", |value| {
        value["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:1.28".into();
    });
    engine.advance(secs(20));
    assert!(pods(&engine).iter().all(|pod| &*pod.spec.containers[0].image == "nginx:1.28"));
    assert_eq!(status_of(&engine, Kind::DAEMON_SET, "agent", "updatedNumberScheduled"), 3);
    assert_eq!(engine.world().api.store().list(Kind::CONTROLLER_REVISION, "default").count(), 2);
}

#[test]
fn a_stateful_set_makes_its_pods_in_order() {
    let mut engine = Engine::new(ClusterConfig::default());
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
    let spec = json!({"replicas": 3, "serviceName": "db", "updateStrategy": strategy});
    create_workload(&mut engine, Kind::STATEFUL_SET, "db", spec);
    engine.advance(secs(10));
    let names = |engine: &Engine| pods(engine).iter().map(|pod| pod.meta.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&engine), ["db-0", "db-1", "db-2"]);
    assert_eq!(status_of(&engine, Kind::STATEFUL_SET, "db", "readyReplicas"), 3);
    let before = pods(&engine)[1].meta.uid.clone();
    engine.request(Request::new(Verb::Delete, &Key::new(Kind::POD, "default", "db-1"))).unwrap();
    engine.advance(secs(5));
    assert_ne!(pods(&engine)[1].meta.uid, before, "the same name, another pod");
    edit(&mut engine, Kind::STATEFUL_SET, "db", |value| value["spec"]["replicas"] = 1.into());
    engine.advance(secs(10));
    assert_eq!(names(&engine), ["db-0"]);
}

#[test]
fn a_job_runs_until_enough_pods_have_ended_well() {
    let mut engine = Engine::new(ClusterConfig::default());
    let job = |name: &str, script: &str| {
        let mut runs = container("busybox:1.36");
        runs["command"] = json!(["sh", "-c", script]);
        let mut spec = pod_spec(runs);
        spec["restartPolicy"] = "Never".into();
        let limits = json!({"completions": 3, "parallelism": 2, "backoffLimit": 1, "template": {"spec": spec}});
        json!({"metadata": {"name": name}, "spec": limits})
    };
    create(&mut engine, Kind::JOB, job("good", "sleep 1"));
    create(&mut engine, Kind::JOB, job("bad", "exit 1"));
    engine.advance(secs(120));
    assert_eq!(status_of(&engine, Kind::JOB, "good", "succeeded"), 3);
    let conditions = |engine: &Engine, name: &str| {
        let value = engine.world().api.get(&Key::new(Kind::JOB, "default", name)).unwrap().to_value();
        let list = value.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().map(|condition| condition["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(conditions(&engine, "good"), ["SuccessCriteriaMet", "Complete"]);
    assert_eq!(conditions(&engine, "bad"), ["FailureTarget", "Failed"]);
    let idle = engine.work();
    engine.advance(secs(86_400));
    assert_eq!(engine.work(), idle);
}

#[test]
fn a_pod_waits_for_what_it_needs() {
    let mut engine = Engine::new(ClusterConfig::default());
    let mut mounted = pod_spec(container("nginx"));
    mounted["volumes"] = json!([{"name": "conf", "configMap": {"name": "settings", "defaultMode": 420}}]);
    create(&mut engine, Kind::POD, json!({"metadata": {"name": "mounted"}, "spec": mounted}));
    let mut reads = container("nginx");
    reads["envFrom"] = json!([{"configMapRef": {"name": "settings"}}]);
    create(&mut engine, Kind::POD, json!({"metadata": {"name": "reads"}, "spec": pod_spec(reads)}));
    engine.advance(secs(5));
    let waiting = |engine: &Engine| -> Vec<String> {
        let reason = |pod: &Pod| pod.status.container_statuses[0].state.waiting.as_ref().map(|w| w.reason.to_string());
        pods(engine).iter().filter_map(reason).collect()
    };
    assert_eq!(waiting(&engine), ["ContainerCreating", "CreateContainerConfigError"]);
    let told = events(&engine, "Pod");
    for expected in [
        "Warning FailedMount MountVolume.SetUp failed for volume \"conf\" : configmap \"settings\" not found",
        "Warning Failed Error: configmap \"settings\" not found",
    ] {
        assert!(told.iter().any(|line| line == expected), "{told:#?}");
    }
    let idle = engine.work();
    engine.advance(secs(86_400));
    assert_eq!(engine.work(), idle);
    create(&mut engine, Kind::CONFIG_MAP, json!({"metadata": {"name": "settings"}, "data": {"a": "b"}}));
    engine.advance(secs(3));
    assert!(pods(&engine).iter().all(Pod::is_ready));
}
