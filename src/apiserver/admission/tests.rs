//! What other objects do to a new one: pods and claims in, changes and refusals out.

use crate::api::kinds::{Key, Kind};
use crate::apiserver::{ApiConfig, ApiServer, Body, Request, Result, Verb};
use crate::base::Value;
use serde_json::json;

fn server(others: &[Value]) -> ApiServer {
    let config = ApiConfig {
        seed: 7,
        service_cidr: ([10, 0, 0, 0].into(), 16),
        service_cidr6: None,
        node_ports: (30000, 32767),
    };
    let mut api = ApiServer::new(config);
    post(&mut api, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})).unwrap();
    for other in others {
        post(&mut api, other.clone()).unwrap();
    }
    api
}

fn post(api: &mut ApiServer, value: Value) -> Result<Value> {
    let word = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = Kind::of(&word("/apiVersion"), &word("/kind")).unwrap();
    let namespace = if kind.info().namespaced { "default" } else { "" };
    let request = Request::new(Verb::Create, &Key::new(kind, namespace, word("/metadata/name")))
        .body(Body::Json { value, duplicates: Vec::new() });
    Ok(api.handle(request)?.object.unwrap().to_value())
}

fn pod(name: &str, spec: Value) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]}});
    for (field, value) in spec.as_object().unwrap() {
        if field == "resources" {
            pod["spec"]["containers"][0]["resources"] = value.clone();
        } else {
            pod["spec"][field] = value.clone();
        }
    }
    pod
}

fn class(name: &str, value: i32, default: bool) -> Value {
    json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value,
        "globalDefault": default})
}

fn limits(limit: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"}, "spec": {"limits": [limit]}})
}

fn quota(hard: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}})
}

#[test]
fn refusals() {
    let cpu = |cpu: &str| json!({"resources": {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}}});
    let small = limits(json!({"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "100m"}}));
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}});
    let table = [
        (vec![], pod("p", json!({"priorityClassName": "gold"})), "no PriorityClass with name gold was found"),
        (
            vec![class("gold", 10, false)],
            pod("p", json!({"priorityClassName": "gold", "priority": 3})),
            "the integer value of priority (3) must not be provided in pod spec; priority admission controller computed 10 \
             from the given PriorityClass name",
        ),
        (
            vec![class("gold", 10, true)],
            class("iron", 1, true),
            "PriorityClass gold is already marked as default. Only one default can exist",
        ),
        (
            vec![],
            pod("p", json!({"serviceAccountName": "robot"})),
            "error looking up service account default/robot: serviceaccount \"robot\" not found",
        ),
        (vec![small.clone()], pod("p", cpu("2")), "maximum cpu usage per Container is 1, but limit is 2"),
        (vec![small], pod("p", cpu("10m")), "minimum cpu usage per Container is 100m, but request is 10m"),
        (
            vec![limits(json!({"type": "PersistentVolumeClaim", "max": {"storage": "2Gi"}}))],
            claim,
            "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 5Gi",
        ),
        (
            vec![quota(json!({"pods": "1"})), pod("a", json!({}))],
            pod("p", json!({})),
            "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1",
        ),
        (
            vec![quota(json!({"requests.cpu": "1", "limits.memory": "1Gi"}))],
            pod("p", json!({})),
            "failed quota: q: must specify limits.memory for: c; requests.cpu for: c",
        ),
        (
            vec![quota(json!({"requests.cpu": "1", "limits.cpu": "1"})), pod("a", cpu("700m"))],
            pod("p", cpu("500m")),
            "exceeded quota: q, requested: limits.cpu=500m,requests.cpu=500m, used: limits.cpu=700m,requests.cpu=700m, \
             limited: limits.cpu=1,requests.cpu=1",
        ),
    ];
    for (others, object, why) in table {
        let mut api = server(&others);
        let rev = api.store().rev();
        let status = post(&mut api, object).unwrap_err();
        assert!(status.message.ends_with(&format!(" is forbidden: {why}")), "{}\nnot {why}", status.message);
        assert_eq!(api.store().rev(), rev);
    }
}

#[test]
fn pods_get_what_classes_and_limits_say() {
    let range = limits(json!({"type": "Container", "default": {"cpu": "500m"}, "defaultRequest": {"memory": "1Mi"}}));
    let mut api = server(&[class("gold", 10, true), range]);
    let pod = post(&mut api, pod("p", json!({}))).unwrap();
    assert_eq!(pod["spec"]["priority"], 10);
    assert_eq!(pod["spec"]["priorityClassName"], "gold");
    let resources = &pod["spec"]["containers"][0]["resources"];
    assert_eq!(*resources, json!({"limits": {"cpu": "500m"}, "requests": {"cpu": "500m", "memory": "1Mi"}}));
    assert_eq!(
        pod["metadata"]["annotations"]["kubernetes.io/limit-ranger"],
        "LimitRanger plugin set: cpu, memory request for container c; cpu limit for container c"
    );
    assert_eq!(pod["status"]["qosClass"], "Burstable");
}

#[test]
fn a_quota_follows_what_is_there() {
    let mut api = server(&[quota(json!({"pods": "3", "requests.cpu": "2", "count/configmaps": "1"}))]);
    let used = |api: &ApiServer| {
        let key = Key::new(Kind::RESOURCE_QUOTA, "default", "q");
        api.store().get(&key).unwrap().to_value()["status"]["used"].clone()
    };
    assert_eq!(used(&api), json!({"pods": "0", "requests.cpu": "0", "count/configmaps": "0"}));
    post(&mut api, pod("p", json!({"resources": {"requests": {"cpu": "300m"}}}))).unwrap();
    assert_eq!(used(&api), json!({"pods": "1", "requests.cpu": "300m", "count/configmaps": "0"}));
    api.delete(&Key::new(Kind::POD, "default", "p"), Default::default()).unwrap();
    assert_eq!(used(&api), json!({"pods": "0", "requests.cpu": "0", "count/configmaps": "0"}));
}
