//! Workloads on a living cluster: what happens, in which order, and at which cost.

mod autoscale;
mod cost;
mod pods;
mod rollouts;
mod services;
mod sets;

use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Deployment, Event, Object, Pod, ReplicaSet};
use crate::apiserver::{Body, Options, Propagation, Request, Verb};
use crate::base::Order;
use crate::base::Value;
use crate::base::time::Duration;
use crate::sim::{ClusterConfig, Engine};
use serde_json::json;

pub(super) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn container(image: &str) -> Value {
    json!({"name": "c", "image": image, "imagePullPolicy": "IfNotPresent", "resources": {}, "ports": [{"containerPort": 80, "protocol": "TCP"}]})
}

pub(super) fn pod_spec(container: Value) -> Value {
    json!({"containers": [container], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "securityContext": {}})
}

pub(super) fn deployment(name: &str, replicas: i32, container: Value) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}}, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec(container)},
        },
    })
}

pub(super) fn create(engine: &mut Engine, kind: Kind, value: Value) {
    let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let key = Key::new(kind, "default", name);
    engine.request(Request::new(Verb::Create, &key).body(Body::Json { value, duplicates: vec![] })).unwrap();
}

/// Changes an object as a user does: read, change, put.
pub(super) fn edit(engine: &mut Engine, kind: Kind, name: &str, change: impl Fn(&mut Value)) {
    let key = Key::new(kind, "default", name);
    let mut value = engine.world().api.get(&key).unwrap().to_value();
    change(&mut value);
    engine.request(Request::new(Verb::Update, &key).body(Body::Json { value, duplicates: vec![] })).unwrap();
}

pub(super) fn set_image(engine: &mut Engine, name: &str, image: &str) {
    edit(engine, Kind::DEPLOYMENT, name, |value| {
        value["spec"]["template"]["spec"]["containers"][0]["image"] = image.into()
    });
}

pub(super) fn pods(engine: &Engine) -> Vec<Pod> {
    engine.world().api.store().list(Kind::POD, "default").filter_map(|object| Pod::of(object).cloned()).collect()
}

pub(super) fn status(engine: &Engine, name: &str) -> (i32, i32, i32, i32) {
    let object = engine.world().api.get(&Key::new(Kind::DEPLOYMENT, "default", name)).unwrap();
    let Object::Deployment(Deployment { status, .. }) = &*object else { panic!("a Deployment") };
    (status.replicas, status.updated_replicas, status.ready_replicas, status.available_replicas)
}

/// `reason message` of the events about one kind of objects, in order; names of pods and ReplicaSets cut to their prefix.
pub(super) fn events(engine: &Engine, kind: &str) -> Vec<String> {
    let store = engine.world().api.store();
    let mut events: Vec<&Event> = store.list(Kind::EVENT, "default").filter_map(|object| Event::of(object)).collect();
    events.order_by_key(|event| event.meta.resource_version);
    events
        .into_iter()
        .filter(|event| &*event.involved_object.kind == kind)
        .map(|event| format!("{} {} {}", event.kind, event.reason, event.message))
        .collect()
}
