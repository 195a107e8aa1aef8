//! The `pod-template-hash`: the name of a ReplicaSet of a Deployment and the label of its pods.
//!
//! Kubernetes prints the Go struct `v1.PodTemplateSpec` as text, zero fields and all, and hashes the text; so the hash
//! depends on the fields that 1.36 knows and on the order in which Go declares them. That order is data:
//! `schema/pod_template.txt`.

use super::quantity::{self, GoAmount};
use crate::base::hash::{Fnv32a, safe_encode};
use crate::base::{Fields, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The label that carries the hash; it is not part of what is hashed.
pub const POD_TEMPLATE_HASH_LABEL: &str = "pod-template-hash";

/// The hash of a defaulted pod template (`{"metadata": .., "spec": ..}`) after `collision_count` collisions of names.
///
/// A `metadata.creationTimestamp` in the template is read as unset.
///
/// Models `ComputeHash` in pkg/controller/controller_utils.go, pkg/util/hash/hash.go and `k8s.io/utils/dump.ForHash`.
pub fn pod_template_hash(template: &Value, collision_count: Option<u32>) -> String {
    let mut hasher = Fnv32a::default();
    hasher.write(dump(template).as_bytes());
    if let Some(count) = collision_count {
        hasher.write(&u64::from(count).to_le_bytes());
    }
    safe_encode(&hasher.finish().to_string())
}

/// The text that is hashed.
fn dump(template: &Value) -> String {
    let mut out = String::with_capacity(8192);
    let mut template = Cow::Borrowed(template);
    if template.pointer("/metadata/labels").is_some_and(|labels| labels.get(POD_TEMPLATE_HASH_LABEL).is_some())
        && let Some(labels) = template.to_mut().pointer_mut("/metadata/labels").and_then(Value::as_object_mut)
    {
        labels.remove(POD_TEMPLATE_HASH_LABEL);
    }
    out.push_str("(v1.PodTemplateSpec)");
    write_struct(&mut out, TABLE.get("PodTemplateSpec").map_or(&[], Vec::as_slice), &template);
    out
}

/// A Go type as far as its printed form goes.
pub(super) enum GoType {
    Text,
    Int,
    Bool,
    Struct(String),
    Pointer(Box<GoType>),
    Slice(Box<GoType>),
    Map(Box<GoType>),
    Quantity,
    IntOrString,
    Time,
}

pub(super) struct GoField {
    pub(super) name: String,
    /// `None`: an embedded struct, whose fields stand in the parent's JSON object.
    pub(super) json: Option<String>,
    type_name: String,
    pub(super) ty: GoType,
}

/// The structs of a pod template by name, their fields in Go's order.
pub(super) static TABLE: LazyLock<BTreeMap<String, Vec<GoField>>> = LazyLock::new(|| {
    let lines = || include_str!("schema/pod_template.txt").lines().filter(|line| !line.starts_with('#'));
    let parts = |line: &'static str| line.split_once(" { ").map(|(name, fields)| (name, fields.trim_end_matches(" }")));
    let known: BTreeSet<&str> = lines().filter_map(parts).map(|(name, _)| name).collect();
    let field = |text: &str| {
        let (names, type_name) = text.split_once(':')?;
        let (name, json) = match names.split_once('=') {
            Some((name, "(inline)")) => (name, None),
            Some((name, json)) => (name, Some(json.to_owned())),
            None => (names, Some(lower_first(names))),
        };
        Some(GoField { name: name.to_owned(), json, type_name: type_name.to_owned(), ty: go_type(type_name, &known) })
    };
    let row = |(name, fields): (&str, &str)| (name.to_owned(), fields.split(" · ").filter_map(field).collect());
    lines().filter_map(parts).map(row).collect()
});

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

fn go_type(name: &str, known: &BTreeSet<&str>) -> GoType {
    if let Some(inner) = name.strip_prefix('*') {
        return GoType::Pointer(Box::new(go_type(inner, known)));
    }
    if let Some(inner) = name.strip_prefix("[]") {
        return GoType::Slice(Box::new(go_type(inner, known)));
    }
    if let Some(inner) = name.strip_prefix("map[string]") {
        return GoType::Map(Box::new(go_type(inner, known)));
    }
    match name {
        "int32" | "int64" => GoType::Int,
        "bool" => GoType::Bool,
        "resource.Quantity" => GoType::Quantity,
        "intstr.IntOrString" => GoType::IntOrString,
        "v1.Time" => GoType::Time,
        "v1.ResourceList" => GoType::Map(Box::new(GoType::Quantity)),
        _ => match name.strip_prefix("v1.").filter(|name| known.contains(name)) {
            Some(name) => GoType::Struct(name.to_owned()),
            None => GoType::Text,
        },
    }
}

fn write_struct(out: &mut String, fields: &[GoField], value: &Value) {
    out.push('{');
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        let inner = field.json.as_ref().map_or(value, |json| value.get(json).unwrap_or(&Value::Null));
        out.push_str(&field.name);
        out.push_str(":(");
        out.push_str(&field.type_name);
        out.push(')');
        write_value(out, &field.ty, inner);
    }
    out.push('}');
}

fn write_value(out: &mut String, ty: &GoType, value: &Value) {
    match ty {
        GoType::Text => out.push_str(value.as_str().unwrap_or_default()),
        GoType::Int => out.push_str(&value.as_i64().unwrap_or_default().to_string()),
        GoType::Bool => out.push_str(if value == &Value::Bool(true) { "true" } else { "false" }),
        GoType::Struct(name) => write_struct(out, TABLE.get(name).map_or(&[], Vec::as_slice), value),
        GoType::Pointer(_) if value.is_null() => out.push_str("<nil>"),
        GoType::Pointer(inner) => write_value(out, inner, value),
        GoType::Slice(inner) => write_slice(out, inner, value.as_array().map_or(&[], Vec::as_slice)),
        GoType::Map(inner) => write_map(out, inner, value.as_object()),
        GoType::Quantity => write_quantity(out, value),
        GoType::IntOrString => write_int_or_string(out, value),
        GoType::Time => out.push_str("{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"),
    }
}

/// Objects come to the controller out of etcd, where an empty list is none.
fn write_slice(out: &mut String, inner: &GoType, items: &[Value]) {
    if items.is_empty() {
        return out.push_str("<nil>");
    }
    for (i, item) in items.iter().enumerate() {
        out.push(if i == 0 { '[' } else { ' ' });
        write_value(out, inner, item);
    }
    out.push(']');
}

fn write_map(out: &mut String, inner: &GoType, fields: Option<&Fields>) {
    let Some(fields) = fields.filter(|fields| !fields.is_empty()) else {
        return out.push_str("<nil>");
    };
    out.push_str("map[");
    for (i, (key, value)) in fields.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        out.push_str(key);
        out.push(':');
        write_value(out, inner, value);
    }
    out.push(']');
}

fn write_int_or_string(out: &mut String, value: &Value) {
    let (kind, number, text) = match value {
        Value::String(text) => (1, 0, text.as_str()),
        other => (0, other.as_i64().unwrap_or_default(), ""),
    };
    out.push_str(&format!("{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}"));
}

/// An unset quantity comes out of etcd as `0`, as the text of a zero quantity went in.
fn write_quantity(out: &mut String, value: &Value) {
    let stored = quantity::canonical(&quantity::text_of(value)).unwrap_or_else(|_| "0".to_owned());
    let Ok(amount) = GoAmount::parse(&stored) else { return };
    let (number, scale) = amount.small.unwrap_or_default();
    let dec = match amount.small {
        Some(_) => "<nil>".to_owned(),
        None => write_dec(amount.quantity.nanos()),
    };
    let (cached, format) = (amount.cached.unwrap_or_default(), amount.quantity.format().name());
    out.push_str(&format!(
        "{{i:(resource.int64Amount){{value:(int64){number} scale:(resource.Scale){scale}}} \
         d:(resource.infDecAmount){{Dec:(*inf.Dec){dec}}} s:(string){cached} Format:(resource.Format){format}}}"
    ));
}

/// Go's big decimal of a value too large for the fast form.
fn write_dec(nanos: i128) -> String {
    let (mut unscaled, mut scale) = (nanos.unsigned_abs(), 9);
    while scale > 0 && unscaled % 10 == 0 {
        (unscaled, scale) = (unscaled / 10, scale - 1);
    }
    let mut words = Vec::new();
    while unscaled > 0 {
        words.push((unscaled & u128::from(u64::MAX)).to_string());
        unscaled >>= 64;
    }
    let negative = nanos < 0;
    format!(
        "{{unscaled:(big.Int){{neg:(bool){negative} abs:(big.nat)[{}]}} scale:(inf.Scale){scale}}}",
        words.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A container as defaulting leaves it.
    fn container(name: &str, image: &str, pull: &str, more: Value) -> Value {
        let mut container = json!({
            "name": name, "image": image, "imagePullPolicy": pull, "resources": {},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        });
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        container
    }

    /// A template as defaulting leaves it.
    fn template(metadata: Value, containers: Vec<Value>, more: Value) -> Value {
        let mut spec = json!({
            "containers": containers, "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
            "schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": 30,
        });
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"metadata": metadata, "spec": spec})
    }

    #[test]
    fn hashes_of_real_clusters() {
        let port80 = || json!({"ports": [{"containerPort": 80, "protocol": "TCP"}]});
        let labels = |app: &str| json!({"labels": {"app": app}});
        let docs =
            |image| template(labels("nginx"), vec![container("nginx", image, "IfNotPresent", port80())], json!({}));
        let course = |image: &str, more: Value| {
            let mut extra = port80();
            extra.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let metadata = json!({"name": "my-nginx-pod", "labels": {"app": "my-nginx"}});
            template(metadata, vec![container("nginx", image, "IfNotPresent", extra)], json!({}))
        };
        for (name, template, expected) in [
            (
                "create deployment nginx",
                template(labels("nginx"), vec![container("nginx", "nginx", "Always", json!({}))], json!({})),
                "7f8fbb96d",
            ),
            ("docs 1.14.2", docs("nginx:1.14.2"), "6c5f67b5f7"),
            ("docs 1.16.1", docs("nginx:1.16.1"), "66b9cb6d4d"),
            ("course 1.10", course("nginx:1.10", json!({})), "547c57c5b5"),
            ("course 1.11", course("nginx:1.11", json!({})), "84fc8487bd"),
            ("course unpullable", course("nginx:does-not-exist", json!({})), "856995cd58"),
            (
                "course 1.11 with env",
                course("nginx:1.11", json!({"env": [{"name": "MODE", "value": "test"}]})),
                "dcd4565f",
            ),
            ("describe", described(), "5978459c99"),
        ] {
            assert_eq!(pod_template_hash(&template, None), expected, "{name}");
        }
    }

    /// The template of the recorded session `describe`.
    fn described() -> Value {
        let probe = |more: Value| {
            let mut probe =
                json!({"failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1});
            probe.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            probe
        };
        let nginx = json!({
            "ports": [
                {"name": "http", "containerPort": 80, "protocol": "TCP"},
                {"name": "metrics", "containerPort": 9090, "protocol": "TCP"},
            ],
            "env": [
                {"name": "MODE", "value": "prod"},
                {"name": "POD", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
                {"name": "PW", "valueFrom": {"secretKeyRef": {"name": "pw", "key": "password", "optional": true}}},
            ],
            "envFrom": [{"configMapRef": {"name": "conf", "optional": true}}],
            "resources": {
                "requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "500m", "memory": "128Mi"},
            },
            "readinessProbe": probe(json!({
                "httpGet": {"path": "/ready", "port": "http", "scheme": "HTTP"}, "initialDelaySeconds": 1,
            })),
            "livenessProbe": probe(json!({"exec": {"command": ["cat", "/tmp/ok"]}})),
            "volumeMounts": [
                {"name": "data", "mountPath": "/data"}, {"name": "conf", "mountPath": "/conf", "readOnly": true},
            ],
        });
        template(
            json!({"labels": {"app": "web", "tier": "front"}, "annotations": {"note": "hello"}}),
            vec![container("nginx", "nginx:1.27", "IfNotPresent", nginx)],
            json!({
                "initContainers": [container(
                    "init", "busybox:1.36", "IfNotPresent", json!({"command": ["sh", "-c", "echo hi"]}),
                )],
                "volumes": [
                    {"name": "data", "emptyDir": {}},
                    {"name": "conf", "configMap": {"name": "conf", "optional": true, "defaultMode": 420}},
                ],
                "nodeSelector": {"kubernetes.io/os": "linux"},
                "tolerations": [{"key": "dedicated", "operator": "Equal", "value": "web", "effect": "NoSchedule"}],
            }),
        )
    }

    /// kubeadm's CoreDNS: resources, probes, affinity, a projected set of everything.
    #[test]
    fn hash_of_coredns() {
        let coredns = container(
            "coredns",
            "registry.k8s.io/coredns/coredns:v1.14.2",
            "IfNotPresent",
            json!({
                "args": ["-conf", "/etc/coredns/Corefile"],
                "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}},
                "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns", "readOnly": true}],
                "ports": [
                    {"containerPort": 53, "name": "dns", "protocol": "UDP"},
                    {"containerPort": 53, "name": "dns-tcp", "protocol": "TCP"},
                    {"containerPort": 9153, "name": "metrics", "protocol": "TCP"},
                    {"containerPort": 8080, "name": "liveness-probe", "protocol": "TCP"},
                    {"containerPort": 8181, "name": "readiness-probe", "protocol": "TCP"},
                ],
                "livenessProbe": {
                    "httpGet": {"path": "/health", "port": "liveness-probe", "scheme": "HTTP"},
                    "initialDelaySeconds": 60, "timeoutSeconds": 5, "successThreshold": 1, "failureThreshold": 5,
                    "periodSeconds": 10,
                },
                "readinessProbe": {
                    "httpGet": {"path": "/ready", "port": "readiness-probe", "scheme": "HTTP"},
                    "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3, "periodSeconds": 10,
                },
                "securityContext": {
                    "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                    "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
                },
            }),
        );
        let template = template(
            json!({"labels": {"k8s-app": "kube-dns"}}),
            vec![coredns],
            json!({
                "priorityClassName": "system-cluster-critical",
                "serviceAccountName": "coredns", "serviceAccount": "coredns",
                "dnsPolicy": "Default",
                "nodeSelector": {"kubernetes.io/os": "linux"},
                "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
                    "weight": 100,
                    "podAffinityTerm": {
                        "labelSelector": {
                            "matchExpressions": [{"key": "k8s-app", "operator": "In", "values": ["kube-dns"]}],
                        },
                        "topologyKey": "kubernetes.io/hostname",
                    },
                }]}},
                "tolerations": [
                    {"key": "CriticalAddonsOnly", "operator": "Exists"},
                    {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
                ],
                "volumes": [{
                    "name": "config-volume",
                    "configMap": {
                        "name": "coredns", "items": [{"key": "Corefile", "path": "Corefile"}], "defaultMode": 420,
                    },
                }],
            }),
        );
        assert_eq!(pod_template_hash(&template, None), "589f44dc88");
    }

    #[test]
    fn what_does_not_count_and_what_does() {
        let plain = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}});
        let labelled = json!({"metadata": {"labels": {"app": "web", "pod-template-hash": "x"}}, "spec": {}});
        assert_eq!(pod_template_hash(&plain, None), pod_template_hash(&labelled, None));
        assert_ne!(pod_template_hash(&plain, None), pod_template_hash(&plain, Some(0)));
        assert_ne!(pod_template_hash(&plain, Some(1)), pod_template_hash(&plain, Some(0)));
    }
}
