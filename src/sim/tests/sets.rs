//! Sets, Jobs and budgets on a living cluster: taints, claims, partitions, indexes, back-off, schedules.

use super::*;
use crate::apiserver::PatchType;
use crate::base::Order;

fn value_of(engine: &Engine, kind: Kind, name: &str) -> Value {
    let namespace = if kind.info().namespaced { "default" } else { "" };
    engine.world().api.get(&Key::new(kind, namespace, name)).unwrap().to_value()
}

fn field(engine: &Engine, kind: Kind, name: &str, pointer: &str) -> Value {
    value_of(engine, kind, name).pointer(pointer).cloned().unwrap_or_default()
}

fn set(name: &str, more: Value) -> Value {
    let mut value = json!({
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec(container("nginx:1.27"))},
        },
    });
    for (key, field) in more.as_object().unwrap() {
        value["spec"][key] = field.clone();
    }
    value
}

fn job(name: &str, script: &str, more: Value) -> Value {
    let mut runs = container("busybox:1.36");
    runs["command"] = json!(["sh", "-c", script]);
    let mut spec = pod_spec(runs);
    spec["restartPolicy"] = "Never".into();
    let mut value = json!({"metadata": {"name": name}, "spec": {"template": {"spec": spec}}});
    for (key, field) in more.as_object().unwrap() {
        value["spec"][key] = field.clone();
    }
    value
}

fn conditions(engine: &Engine, name: &str) -> Vec<String> {
    let list = field(engine, Kind::JOB, name, "/status/conditions");
    let word = |condition: &Value, field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter().map(|condition| format!("{}={}", word(condition, "type"), word(condition, "status"))).collect()
}

fn patch(engine: &mut Engine, kind: Kind, name: &str, value: Value) {
    let namespace = if kind.info().namespaced { "default" } else { "" };
    let request = Request::new(Verb::Patch, &Key::new(kind, namespace, name));
    engine.request(request.body(Body::Patch(PatchType::Merge, value))).unwrap();
}

fn assert_idle(engine: &mut Engine) {
    let idle = engine.work();
    engine.advance(secs(86_400));
    assert_eq!(engine.work(), idle, "an idle day costs nothing");
}

#[test]
fn daemons_go_where_taints_let_them() {
    let mut engine = Engine::new(ClusterConfig::default());
    patch(&mut engine, Kind::NODE, "node-2", json!({"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}}));
    patch(&mut engine, Kind::NODE, "node-3", json!({"spec": {"unschedulable": true}}));
    create(&mut engine, Kind::DAEMON_SET, set("agent", json!({})));
    engine.advance(secs(5));
    let nodes = |engine: &Engine| {
        let mut nodes: Vec<String> = pods(engine).iter().map(|pod| pod.node_name.to_string()).collect();
        nodes.order();
        nodes
    };
    assert_eq!(nodes(&engine), ["node-1", "node-3"]);
    assert_eq!(field(&engine, Kind::DAEMON_SET, "agent", "/status/desiredNumberScheduled"), 2);
    patch(&mut engine, Kind::NODE, "node-2", json!({"spec": {"taints": null}}));
    engine.advance(secs(5));
    assert_eq!(nodes(&engine).len(), 3);
    patch(
        &mut engine,
        Kind::DAEMON_SET,
        "agent",
        json!({"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "node-1"}}}}}),
    );
    engine.advance(secs(60));
    assert_eq!(nodes(&engine), ["node-1"]);
    let generation = field(&engine, Kind::DAEMON_SET, "agent", "/metadata/annotations");
    assert_eq!(generation["deprecated.daemonset.template.generation"], "2");
    assert_idle(&mut engine);
}

#[test]
fn a_daemon_set_surges() {
    let mut engine = Engine::new(ClusterConfig::default());
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}});
    create(&mut engine, Kind::DAEMON_SET, set("agent", json!({"updateStrategy": strategy})));
    engine.advance(secs(5));
    patch(&mut engine, Kind::DAEMON_SET, "agent", json!({"spec": {"minReadySeconds": 2}}));
    edit(&mut engine, Kind::DAEMON_SET, "agent", |value| {
        value["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:1.28".into();
    });
    let mut most = 0;
    for _ in 0..600 {
        engine.advance(Duration::from_millis(100));
        assert!(pods(&engine).iter().filter(|pod| pod.is_ready()).count() >= 3, "none may be missing");
        most = most.max(pods(&engine).iter().filter(|pod| pod.is_active()).count());
    }
    assert_eq!(most, 4);
    assert!(pods(&engine).iter().all(|pod| &*pod.spec.containers[0].image == "nginx:1.28"));
    assert_idle(&mut engine);
}

#[test]
fn a_stateful_set_has_claims_and_a_partition() {
    let mut engine = Engine::new(ClusterConfig::default());
    let claim = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
    let more = json!({"replicas": 3, "serviceName": "db", "updateStrategy": strategy, "podManagementPolicy": "Parallel", "volumeClaimTemplates": [claim]});
    create(&mut engine, Kind::STATEFUL_SET, set("db", more));
    engine.advance(secs(5));
    let claims: Vec<String> = engine
        .world()
        .api
        .store()
        .list(Kind::PERSISTENT_VOLUME_CLAIM, "default")
        .map(|claim| claim.meta().name.to_string())
        .collect();
    assert_eq!(claims, ["data-db-0", "data-db-1", "data-db-2"]);
    let told = events(&engine, "StatefulSet");
    assert!(
        told.iter()
            .any(|line| line == "Normal SuccessfulCreate create Claim data-db-0 Pod db-0 in StatefulSet db success")
    );
    assert!(told.iter().any(|line| line == "Normal SuccessfulCreate create Pod db-0 in StatefulSet db successful"));
    edit(&mut engine, Kind::STATEFUL_SET, "db", |value| {
        value["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:1.28".into();
    });
    engine.advance(secs(30));
    let images =
        |engine: &Engine| pods(engine).iter().map(|pod| pod.spec.containers[0].image.to_string()).collect::<Vec<_>>();
    assert_eq!(images(&engine), ["nginx:1.27", "nginx:1.27", "nginx:1.28"]);
    let status = field(&engine, Kind::STATEFUL_SET, "db", "/status");
    assert_eq!((&status["currentReplicas"], &status["updatedReplicas"]), (&json!(2), &json!(1)));
    assert_ne!(status["currentRevision"], status["updateRevision"]);
    // A pod below the partition comes back with the old template.
    engine.request(Request::new(Verb::Delete, &Key::new(Kind::POD, "default", "db-0"))).unwrap();
    engine.advance(secs(10));
    assert_eq!(images(&engine)[0], "nginx:1.27");
    patch(
        &mut engine,
        Kind::STATEFUL_SET,
        "db",
        json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}),
    );
    engine.advance(secs(60));
    assert_eq!(images(&engine), ["nginx:1.28"; 3]);
    let status = field(&engine, Kind::STATEFUL_SET, "db", "/status");
    assert_eq!(status["currentRevision"], status["updateRevision"]);
    assert_idle(&mut engine);
}

#[test]
fn an_indexed_job_has_a_pod_for_each_index() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(
        &mut engine,
        Kind::JOB,
        job("idx", "sleep 1", json!({"completions": 4, "parallelism": 2, "completionMode": "Indexed"})),
    );
    engine.advance(secs(60));
    assert_eq!(field(&engine, Kind::JOB, "idx", "/status/completedIndexes"), "0-3");
    assert_eq!(field(&engine, Kind::JOB, "idx", "/status/succeeded"), 4);
    let mut names: Vec<String> = pods(&engine).iter().map(|pod| pod.spec.hostname.to_string()).collect();
    names.order();
    assert_eq!(names, ["idx-0", "idx-1", "idx-2", "idx-3"]);
    assert!(pods(&engine).iter().all(|pod| pod.meta.finalizers.is_empty()), "all are counted");
    assert_idle(&mut engine);
}

#[test]
fn a_job_gives_up_waits_and_is_late() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::JOB, job("bad", "exit 1", json!({"backoffLimit": 2})));
    create(&mut engine, Kind::JOB, job("late", "sleep 1000", json!({"activeDeadlineSeconds": 5})));
    engine.advance(secs(8));
    assert_eq!(field(&engine, Kind::JOB, "bad", "/status/failed"), 1, "the second try comes after ten seconds");
    engine.advance(secs(12));
    assert_eq!(field(&engine, Kind::JOB, "bad", "/status/failed"), 2, "the third after twenty more");
    engine.advance(secs(60));
    assert_eq!(conditions(&engine, "bad"), ["FailureTarget=True", "Failed=True"]);
    assert_eq!(field(&engine, Kind::JOB, "bad", "/status/failed"), 3);
    assert_eq!(conditions(&engine, "late"), ["FailureTarget=True", "Failed=True"]);
    let told = events(&engine, "Job");
    for expected in [
        "Warning BackoffLimitExceeded Job has reached the specified backoff limit",
        "Warning DeadlineExceeded Job was active longer than specified deadline",
    ] {
        assert!(told.iter().any(|line| line == expected), "{told:#?}");
    }
    assert_idle(&mut engine);
}

#[test]
fn a_job_is_suspended_resumed_and_removed() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::JOB, job("nap", "sleep 3", json!({"suspend": true, "ttlSecondsAfterFinished": 30})));
    engine.advance(secs(5));
    assert!(pods(&engine).is_empty());
    assert_eq!(conditions(&engine, "nap"), ["Suspended=True"]);
    assert_eq!(field(&engine, Kind::JOB, "nap", "/status/startTime"), Value::Null);
    patch(&mut engine, Kind::JOB, "nap", json!({"spec": {"suspend": false}}));
    engine.advance(secs(20));
    assert_eq!(conditions(&engine, "nap"), ["Suspended=False", "SuccessCriteriaMet=True", "Complete=True"]);
    engine.advance(secs(60));
    assert!(engine.world().api.get(&Key::new(Kind::JOB, "default", "nap")).is_err(), "its time to live is over");
    assert!(pods(&engine).is_empty());
    assert_idle(&mut engine);
}

#[test]
fn a_cron_job_starts_jobs_on_time_and_keeps_a_few() {
    let mut engine = Engine::new(ClusterConfig::default());
    let template = job("x", "sleep 1", json!({}))["spec"].clone();
    let spec = json!({"schedule": "*/2 * * * *", "timeZone": "Asia/Seoul", "jobTemplate": {"spec": template}});
    create(&mut engine, Kind::CRON_JOB, json!({"metadata": {"name": "tick"}, "spec": spec}));
    engine.advance(secs(119));
    let jobs = |engine: &Engine| -> Vec<String> {
        engine.world().api.store().list(Kind::JOB, "default").map(|job| job.meta().name.to_string()).collect()
    };
    assert!(jobs(&engine).is_empty());
    engine.advance(secs(2));
    assert_eq!(jobs(&engine), ["tick-29453762"]);
    let annotations = field(&engine, Kind::JOB, "tick-29453762", "/metadata/annotations");
    assert_eq!(annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"], "2026-01-01T09:02:00+09:00");
    engine.advance(secs(15 * 60));
    assert_eq!(jobs(&engine).len(), 3, "three are kept");
    let status = field(&engine, Kind::CRON_JOB, "tick", "/status");
    assert_eq!((&status["lastScheduleTime"], &status["active"]), (&json!("2026-01-01T00:16:00Z"), &Value::Null));
    assert!(
        events(&engine, "CronJob")
            .iter()
            .any(|line| line == "Normal SawCompletedJob Saw completed job: tick-29453762, condition: Complete")
    );
    patch(&mut engine, Kind::CRON_JOB, "tick", json!({"spec": {"suspend": true}}));
    engine.advance(secs(300));
    assert_idle(&mut engine);
}

#[test]
fn a_cron_job_heeds_what_still_runs() {
    let mut engine = Engine::new(ClusterConfig::default());
    for policy in ["Allow", "Forbid", "Replace"] {
        let template = job("x", "sleep 100000", json!({}))["spec"].clone();
        let spec = json!({"schedule": "* * * * *", "concurrencyPolicy": policy, "jobTemplate": {"spec": template}});
        create(&mut engine, Kind::CRON_JOB, json!({"metadata": {"name": policy.to_lowercase()}, "spec": spec}));
    }
    engine.advance(secs(200));
    let count = |name: &str| {
        let list = engine.world().api.store().list(Kind::JOB, "default");
        list.filter(|job| job.meta().name.starts_with(name)).map(|job| job.meta().name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(count("allow").len(), 3);
    assert_eq!(count("forbid"), ["forbid-29453761"]);
    assert_eq!(count("replace"), ["replace-29453763"]);
}

#[test]
fn a_replication_controller_keeps_its_count() {
    let mut engine = Engine::new(ClusterConfig::default());
    let spec = json!({"replicas": 3, "selector": {"app": "old"}});
    create(&mut engine, Kind::REPLICATION_CONTROLLER, set("old", spec));
    engine.advance(secs(5));
    assert_eq!(field(&engine, Kind::REPLICATION_CONTROLLER, "old", "/status/readyReplicas"), 3);
    edit(&mut engine, Kind::REPLICATION_CONTROLLER, "old", |value| value["spec"]["replicas"] = 1.into());
    engine.advance(secs(5));
    assert_eq!(pods(&engine).len(), 1);
    engine.request(Request::new(Verb::Delete, &Key::new(Kind::REPLICATION_CONTROLLER, "default", "old"))).unwrap();
    engine.advance(secs(5));
    assert!(pods(&engine).is_empty());
}

#[test]
fn a_budget_counts_healthy_pods() {
    let mut engine = Engine::new(ClusterConfig::default());
    let budget = json!({"maxUnavailable": 1, "selector": {"matchLabels": {"app": "web"}}});
    create(&mut engine, Kind::POD_DISRUPTION_BUDGET, json!({"metadata": {"name": "b"}, "spec": budget}));
    engine.advance(secs(1));
    assert_eq!(field(&engine, Kind::POD_DISRUPTION_BUDGET, "b", "/status/disruptionsAllowed"), 0);
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 3, container("nginx:1.27")));
    engine.advance(secs(5));
    let status = field(&engine, Kind::POD_DISRUPTION_BUDGET, "b", "/status");
    let numbers =
        ["expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed"].map(|name| status[name].clone());
    assert_eq!(numbers, [json!(3), json!(2), json!(3), json!(1)]);
    assert_eq!(status["conditions"][0]["reason"], "SufficientPods");
    edit(&mut engine, Kind::DEPLOYMENT, "web", |value| value["spec"]["replicas"] = 1.into());
    engine.advance(secs(5));
    assert_eq!(field(&engine, Kind::POD_DISRUPTION_BUDGET, "b", "/status/desiredHealthy"), 0);
    assert_idle(&mut engine);
}
