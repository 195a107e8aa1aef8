//! The door, from outside: requests in, objects or refusals out.

use super::*;
use crate::api::objects::Pod;
use crate::base::Value;
use serde_json::json;

fn server() -> ApiServer {
    let config = ApiConfig {
        seed: 7,
        service_cidr: ([10, 0, 0, 0].into(), 16),
        service_cidr6: None,
        node_ports: (30000, 32767),
    };
    let mut api = ApiServer::new(config);
    post(&mut api, Kind::NAMESPACE, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}))
        .unwrap();
    api
}

fn post(api: &mut ApiServer, kind: Kind, value: Value) -> Result<Rc<Object>> {
    let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let namespace = if kind.info().namespaced { "default" } else { "" };
    let request = Request::new(Verb::Create, &Key::new(kind, namespace, name.as_str()))
        .body(Body::Json { value, duplicates: Vec::new() });
    Ok(api.handle(request)?.object.unwrap())
}

fn merge(api: &mut ApiServer, kind: Kind, name: &str, patch: Value) -> Result<Rc<Object>> {
    let request =
        Request::new(Verb::Patch, &Key::new(kind, "default", name)).body(Body::Patch(PatchType::Strategic, patch));
    Ok(api.handle(request)?.object.unwrap())
}

fn service(spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
}

#[test]
fn a_pod_is_defaulted_and_admitted_and_keeps_its_shape() {
    let mut api = server();
    let value = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "nginx", "image": "nginx"}]}});
    let object = post(&mut api, Kind::POD, value).unwrap();
    let pod = Pod::of(&object).unwrap();
    assert!(pod.token_volume.starts_with("kube-api-access-"), "the token volume is kept aside");
    assert_eq!(pod.spec.tolerations.len(), 2);
    assert_eq!(&*pod.status.qos_class, "BestEffort");
    let again = Object::from_value(Kind::POD, object.to_value()).unwrap();
    assert_eq!(again, *object);
}

#[test]
fn a_write_that_changes_nothing_is_no_write() {
    let mut api = server();
    post(&mut api, Kind::SERVICE, service(json!({"selector": {"a": "b"}, "ports": [{"port": 80}]}))).unwrap();
    let rev = api.store().rev();
    merge(&mut api, Kind::SERVICE, "web", json!({"spec": {"selector": {"a": "b"}}})).unwrap();
    assert_eq!(api.store().rev(), rev);
    merge(&mut api, Kind::SERVICE, "web", json!({"spec": {"selector": {"a": "c"}}})).unwrap();
    assert_eq!(api.store().rev(), rev + 1);
}

#[test]
fn a_refused_write_leaves_no_trace() {
    let mut api = server();
    let before = api.store().rev();
    let refused =
        post(&mut api, Kind::SERVICE, service(json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]})));
    assert_eq!(
        refused.unwrap_err().message,
        "Service \"web\" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. \
         The range of valid ports is 30000-32767"
    );
    assert_eq!(api.store().rev(), before);
    let a = post(&mut api, Kind::SERVICE, service(json!({"ports": [{"port": 80}]}))).unwrap();
    let mut fresh = server();
    let b = post(&mut fresh, Kind::SERVICE, service(json!({"ports": [{"port": 80}]}))).unwrap();
    assert_eq!(a, b, "and what comes next is as if it had not been asked");
}

#[test]
fn a_stale_write_conflicts() {
    let mut api = server();
    let first = post(&mut api, Kind::SERVICE, service(json!({"ports": [{"port": 80}]}))).unwrap();
    merge(&mut api, Kind::SERVICE, "web", json!({"metadata": {"labels": {"a": "b"}}})).unwrap();
    let error = api.update((*first).clone()).unwrap_err();
    assert_eq!(error.reason, Reason::Conflict);
    assert!(
        error.message.starts_with("Operation cannot be fulfilled on services \"web\": the object has been modified")
    );
}

#[test]
fn a_watch_sees_objects_come_into_its_selection_and_leave_it() {
    let mut api = server();
    let since = api.store().rev();
    let labelled = |value: &str| json!({"metadata": {"labels": {"a": value}}});
    post(&mut api, Kind::SERVICE, service(json!({"ports": [{"port": 80}]}))).unwrap();
    for value in ["b", "c", "b"] {
        merge(&mut api, Kind::SERVICE, "web", labelled(value)).unwrap();
    }
    merge(&mut api, Kind::SERVICE, "web", json!({"spec": {"selector": {"x": "y"}}})).unwrap();
    api.delete(&Key::new(Kind::SERVICE, "default", "web"), Options::default()).unwrap();
    let is_b = |object: &Object| object.labels().get("a").is_some_and(|value| &**value == "b");
    let seen: Vec<_> = api.watch(Kind::SERVICE, "default", since, is_b).unwrap().collect();
    let words: Vec<_> = seen.iter().map(|event| event.happening.as_str()).collect();
    assert_eq!(words, ["ADDED", "DELETED", "ADDED", "MODIFIED", "DELETED"]);
    let rest = api.watch(Kind::SERVICE, "", seen[2].rev, is_b).unwrap().count();
    assert_eq!(rest, 2, "a cursor goes on where it was");
    api.trim_log(1);
    assert_eq!(api.watch(Kind::SERVICE, "", since, is_b).err().unwrap().reason, Reason::Expired);
}

#[test]
fn a_dry_run_answers_and_writes_nothing() {
    let mut api = server();
    let rev = api.store().rev();
    let value = service(json!({"ports": [{"port": 80}]}));
    let request = Request::new(Verb::Create, &Key::new(Kind::SERVICE, "default", "web"))
        .body(Body::Json { value, duplicates: Vec::new() })
        .options(Options { dry_run: true, ..Options::default() });
    assert!(api.handle(request).unwrap().object.is_some());
    assert_eq!(api.store().rev(), rev);
}

#[test]
fn an_address_is_free_again_when_its_service_is_gone() {
    let mut api = server();
    let value = || service(json!({"clusterIP": "10.0.3.4", "ports": [{"port": 80}]}));
    post(&mut api, Kind::SERVICE, value()).unwrap();
    let mut second = value();
    second["metadata"]["name"] = "other".into();
    let error = post(&mut api, Kind::SERVICE, second.clone()).unwrap_err().message;
    assert!(error.ends_with("failed to allocate IP 10.0.3.4: provided IP is already allocated"), "{error}");
    api.delete(&Key::new(Kind::SERVICE, "default", "web"), Options::default()).unwrap();
    post(&mut api, Kind::SERVICE, second).unwrap();
}

#[test]
fn a_kind_of_two_versions_is_written_in_both() {
    let mut api = server();
    let value = json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 70,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
    let object = post(&mut api, Kind::HORIZONTAL_POD_AUTOSCALER, value).unwrap().to_value();
    let target = |object: &Value| object["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"].clone();
    assert_eq!((object["apiVersion"].clone(), target(&object)), ("autoscaling/v2".into(), 70.into()));
    let patch = Body::Patch(PatchType::Strategic, json!({"spec": {"targetCPUUtilizationPercentage": 50}}));
    let key = Key::new(Kind::HORIZONTAL_POD_AUTOSCALER, "default", "web");
    let request = Request::new(Verb::Patch, &key).in_version("autoscaling/v1").body(patch);
    assert_eq!(request.path(), "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/web");
    let object = api.handle(request).unwrap().object.unwrap().to_value();
    assert_eq!(target(&object), 50);
}
