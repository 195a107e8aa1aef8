//! What may change: tables of objects, changes and the words of Kubernetes 1.36.2 about them.

use serde_json::json;

use super::{Context, create, update};
use crate::api::field_error::distinct;
use crate::api::patch::merge;
use crate::api::{decode, default, schema};
use crate::base::Value;

fn complete(document: &Value) -> Value {
    let (kind, group_version) = (document["kind"].as_str().unwrap(), document["apiVersion"].as_str().unwrap());
    let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
    let ty = schema::of_kind(group, version, kind).unwrap();
    let mut object = decode::normalize_type(ty, document.clone());
    default::apply(kind, group_version, &mut object);
    object
}

/// The object as created, and as it is after a JSON merge patch.
fn change(document: &Value, patch: &Value) -> (Value, Value) {
    let (kind, group_version) = (document["kind"].as_str().unwrap(), document["apiVersion"].as_str().unwrap());
    let mut old = complete(document);
    old["metadata"]["uid"] = "4a1c2c5f-0000-4000-8000-000000000000".into();
    old["metadata"]["resourceVersion"] = "7".into();
    old["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
    default::prepare_for_create(kind, group_version, &mut old);
    let errors = create(kind, group_version, &old, &Context::default());
    assert!(errors.is_empty(), "{:?}", distinct(&errors));
    let new = complete(&merge::apply(old.clone(), patch));
    (old, new)
}

#[track_caller]
fn check(document: &Value, patch: &Value, expected: &[&str]) {
    let (old, new) = change(document, patch);
    let errors =
        update(new["kind"].as_str().unwrap(), new["apiVersion"].as_str().unwrap(), &new, &old, &Context::default());
    assert_eq!(distinct(&errors), expected, "after {patch}");
}

fn service(spec: &Value) -> Value {
    let base = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "default"},
        "spec": {"selector": {"app": "web"}, "clusterIP": "10.0.0.9", "clusterIPs": ["10.0.0.9"],
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "ports": [{"name": "web-port", "port": 8080, "targetPort": 80}]}});
    merge::apply(base, &json!({"spec": spec}))
}

#[test]
fn services() {
    let plain = service(&json!({}));
    check(&plain, &json!({"spec": {"ports": [{"port": 81}], "selector": null}}), &[]);
    check(
        &plain,
        &json!({"spec": {"clusterIP": "10.0.171.240", "clusterIPs": ["10.0.171.240"]}}),
        &[r#"spec.clusterIPs[0]: Invalid value: ["10.0.171.240"]: may not change once set"#],
    );
    let headless = service(&json!({"clusterIP": "None", "clusterIPs": ["None"]}));
    check(
        &headless,
        &json!({"spec": {"clusterIP": "10.0.7.7", "clusterIPs": ["10.0.7.7"]}}),
        &[r#"spec.clusterIPs[0]: Invalid value: ["10.0.7.7"]: may not change once set"#],
    );
    check(
        &headless,
        &json!({"spec": {"type": "NodePort"}}),
        &[r#"spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services"#],
    );
    let balanced = service(&json!({"type": "LoadBalancer"}));
    let class = json!({"spec": {"loadBalancerClass": "example.com/x"}});
    check(&balanced, &class, &[r#"spec.loadBalancerClass: Invalid value: "example.com/x": may not change once set"#]);
    // The registry drops what belongs to the old type before it validates.
    let internal = json!({"type": "ClusterIP", "allocateLoadBalancerNodePorts": null, "externalTrafficPolicy": null});
    check(&balanced, &json!({"spec": internal}), &[]);
    check(&plain, &json!({"spec": {"ports": null}}), &["spec.ports: Required value"]);
}

fn template(app: &str) -> Value {
    json!({"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}})
}

fn workload(kind: &str, spec: &Value) -> Value {
    let base = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "w", "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template("web")}});
    merge::apply(base, &json!({"spec": spec}))
}

#[test]
fn selectors() {
    let other = json!({"spec": {"selector": {"matchLabels": {"app": "other"}}, "template": template("other")}});
    let immutable = r#"spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable"#;
    for kind in ["Deployment", "ReplicaSet", "DaemonSet"] {
        check(&workload(kind, &json!({})), &other, &[immutable]);
    }
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "nginx:1.28"}]}}}});
    for kind in ["Deployment", "ReplicaSet", "DaemonSet"] {
        check(&workload(kind, &json!({})), &image, &[]);
    }
    check(&workload("Deployment", &json!({})), &json!({"spec": {"replicas": 5, "paused": true}}), &[]);
    let sets = workload("StatefulSet", &json!({"serviceName": "s"}));
    check(&sets, &json!({"spec": {"replicas": 3}}), &[]);
    let (old, new) = change(&sets, &json!({"spec": {"serviceName": "t"}}));
    let errors = distinct(&update("StatefulSet", "apps/v1", &new, &old, &Context::default()));
    assert!(errors[0].starts_with("spec: Forbidden: updates to statefulset spec for fields other than "), "{errors:?}");
    assert_eq!(errors.len(), 1);
}

#[test]
fn metadata() {
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"},
        "data": {"a": "1"}});
    check(&config, &json!({"metadata": {"labels": {"app": "x"}, "annotations": {"a": "b"}}}), &[]);
    check(
        &config,
        &json!({"metadata": {"labels": {"app": "x y"}}}),
        &[concat!(
            r#"metadata.labels: Invalid value: "x y": a valid label must be an empty string or consist of alphanumeric "#,
            "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or ",
            "'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        )],
    );
    check(&config, &json!({"metadata": {"name": "d"}}), &[r#"metadata.name: Invalid value: "d": field is immutable"#]);
}

#[test]
fn immutable_data() {
    let config = |kind: &str| {
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "c", "namespace": "default"}, "immutable": true,
            "data": {"a": "MQ=="}})
    };
    for kind in ["ConfigMap", "Secret"] {
        check(
            &config(kind),
            &json!({"data": {"a": "Mg=="}}),
            &["data: Forbidden: field is immutable when `immutable` is set"],
        );
        check(
            &config(kind),
            &json!({"immutable": null}),
            &["immutable: Forbidden: field is immutable when `immutable` is set"],
        );
    }
    check(&config("Secret"), &json!({"type": "t"}), &[r#"type: Invalid value: "t": field is immutable"#]);
}

#[test]
fn volumes() {
    let term = |key: &str| {
        json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [
        {"key": key, "operator": "In", "values": ["a"]}]}]}})
    };
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"}, "spec": {
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "volumeAttributesClassName": "gold",
        "csi": {"driver": "d.example.com", "volumeHandle": "h"},
        "nodeAffinity": term("failure-domain.beta.kubernetes.io/zone")}});
    check(&volume, &json!({"spec": {"nodeAffinity": term("topology.kubernetes.io/zone")}}), &[]);
    let shown = concat!(
        r#"nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"disk","#,
        r#""Operator":"In","Values":["a"]}],"MatchFields":null}]}}: field is immutable, except for updating from beta "#,
        "label to GA",
    );
    check(&volume, &json!({"spec": {"nodeAffinity": term("disk")}}), &[shown]);
    let expand = json!({"name": "s", "namespace": "n"});
    check(&volume, &json!({"spec": {"csi": {"controllerExpandSecretRef": expand}}}), &[]);
    let nothing = "spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden";
    check(&volume, &json!({"spec": {"volumeAttributesClassName": null}}), &[nothing]);

    let class = "volume.beta.kubernetes.io/storage-class";
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "c", "namespace": "default", "annotations": {class: "fast"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let said =
        r#"metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: "slow": field is immutable"#;
    check(&claim, &json!({"metadata": {"annotations": {class: "slow"}}}), &[said]);
    check(&claim, &json!({"metadata": {"annotations": {class: null}}, "spec": {"storageClassName": "fast"}}), &[]);
}

#[test]
fn autoscalers() {
    let scaler = |version: &str| {
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "h", "namespace": "default"}, "spec": {"maxReplicas": 3,
                "scaleTargetRef": {"apiVersion": version, "kind": "Deployment", "name": "web"}}})
    };
    check(&scaler("apps/v1"), &json!({"spec": {"maxReplicas": 4}}), &[]);
    for (version, said) in [
        ("v1", r#"spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group"#),
        ("a/b/c", r#"spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c"#),
    ] {
        check(&scaler("apps/v1"), &json!({"spec": {"scaleTargetRef": {"apiVersion": version}}}), &[said]);
    }
}

#[test]
fn gated_pods() {
    let term = |values: &[&str]| json!([{"matchExpressions": [{"key": "disk", "operator": "In", "values": values}]}]);
    let required = |terms: Value| {
        json!({"spec": {"affinity": {"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}}})
    };
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": {
        "schedulingGates": [{"name": "example.com/wait"}], "nodeSelector": {"disk": "ssd"},
        "containers": [{"name": "web", "image": "nginx"}]}});
    check(&pod, &json!({"spec": {"nodeSelector": {"zone": "a"}}}), &[]);
    check(&pod, &required(term(&["ssd"])), &[]);
    let said = concat!(
        r#"spec.nodeSelector: Invalid value: {"disk":"hdd"}: only additions to spec.nodeSelector are allowed (no "#,
        "mutations or deletions)",
    );
    check(&pod, &json!({"spec": {"nodeSelector": {"disk": "hdd"}}}), &[said]);
    let pod = merge::apply(pod, &required(term(&["ssd"])));
    let at = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    let shown = r#"{"MatchExpressions":[{"Key":"disk","Operator":"In","Values":["hdd"]}],"MatchFields":null}"#;
    let said = format!("{at}[0]: Invalid value: {shown}: only additions are allowed (no mutations or deletions)");
    check(&pod, &required(term(&["hdd"])), &[&said]);
    let said =
        format!("{at}: Invalid value: null: no additions/deletions to non-empty NodeSelectorTerms list are allowed");
    check(&pod, &json!({"spec": {"affinity": null}}), &[&said]);
}

#[test]
fn pods() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"},
        "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}});
    let image = json!({"spec": {"containers": [{"name": "web", "image": "nginx:1.28"}]}});
    check(&pod, &image, &[]);
    let more = json!({"spec": {"containers": [{"name": "web", "image": "nginx"}, {"name": "b", "image": "b"}]}});
    check(&pod, &more, &["spec.containers: Forbidden: pod updates may not add or remove containers"]);
    let (old, new) = change(&pod, &json!({"spec": {"hostNetwork": true}}));
    let errors = distinct(&update("Pod", "v1", &new, &old, &Context::default()));
    let said = concat!(
        "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,",
        "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing ",
        "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n",
    );
    assert!(errors[0].starts_with(said), "{errors:?}");
    check(&pod, &json!({"spec": {"activeDeadlineSeconds": 60}}), &[]);
}

#[test]
fn jobs() {
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "default"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}}});
    check(&job, &json!({"spec": {"parallelism": 3}}), &[]);
    check(&job, &json!({"spec": {"completions": 3}}), &["spec.completions: Invalid value: 3: field is immutable"]);
    let mode = json!({"spec": {"completionMode": "Indexed", "completions": 1}});
    check(&job, &mode, &[r#"spec.completionMode: Invalid value: "Indexed": field is immutable"#]);
}

/// Rules that no recording has asked about, from the sources.
#[test]
fn what_is_refused_of_new_objects() {
    let pod = |container: Value, spec: Value| {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"},
            "spec": {"containers": [{"name": "c", "image": "i"}]}});
        merge_into(&mut pod["spec"]["containers"][0], container);
        merge_into(&mut pod["spec"], spec);
        pod
    };
    let rule =
        |action: &str, operator: &str| json!([{"action": action, "exitCodes": {"operator": operator, "values": [42]}}]);
    for (document, expected) in [
        (pod(json!({"restartPolicy": "Never", "restartPolicyRules": rule("Restart", "In")}), json!({})), vec![]),
        (
            pod(json!({"restartPolicyRules": rule("Stop", "Is")}), json!({})),
            vec![
                "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used",
                r#"spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers""#,
                r#"spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn""#,
            ],
        ),
        (
            pod(json!({"lifecycle": {"stopSignal": "SIGUSR1"}}), json!({})),
            vec![
                "spec.containers[0].lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`",
            ],
        ),
        (pod(json!({"lifecycle": {"stopSignal": "SIGUSR1"}}), json!({"os": {"name": "linux"}})), vec![]),
    ] {
        let mut object = complete(&document);
        default::prepare_for_create("Pod", "v1", &mut object);
        let said: Vec<String> =
            create("Pod", "v1", &object, &Context::default()).iter().map(ToString::to_string).collect();
        assert_eq!(said, expected);
    }
}

fn merge_into(target: &mut Value, patch: Value) {
    *target = merge::apply(target.take(), &patch);
}
