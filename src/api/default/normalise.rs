//! The form in which the server shows an object: what Go's `omitempty` leaves out, and canonical quantities.
//!
//! Upstream decodes into structs and encodes them again; here the same is said of JSON by the names of fields.

use crate::api::validate::quantity::Quantity;
use crate::base::{Fields, Value};

/// Maps from names to amounts. (`default` and the like are those of a LimitRange.)
const AMOUNTS: [&str; 13] = [
    "limits",
    "requests",
    "capacity",
    "allocatable",
    "overhead",
    "hard",
    "used",
    "default",
    "defaultRequest",
    "max",
    "min",
    "maxLimitRequestRatio",
    "allocatedResources",
];

/// Single amounts.
const AMOUNT: [&str; 5] = ["sizeLimit", "divisor", "value", "averageValue", "storageCapacity"];

/// Maps with free keys: left out when empty, and never looked into.
const MAPS: [&str; 9] = [
    "labels",
    "annotations",
    "matchLabels",
    "nodeSelector",
    "data",
    "stringData",
    "binaryData",
    "parameters",
    "volumeAttributes",
];

/// Truth values that are left out when false, numbers that are left out when 0, texts that are left out when empty. All
/// other texts that are empty are left out, too, unless they stand in [`KEPT_TEXTS`].
const PLAIN: [&str; 21] = [
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "stdin",
    "stdinOnce",
    "tty",
    "paused",
    "unschedulable",
    "publishNotReadyAddresses",
    "hostPort",
    "nodePort",
    "healthCheckNodePort",
    "initialDelaySeconds",
    "minReadySeconds",
    "partitionNumber",
    "chapAuthDiscovery",
    "chapAuthSession",
    "sslEnabled",
    "globalDefault",
    "readOnly",
    "count",
];

/// Texts that are pointers upstream, or are always written.
const KEPT_TEXTS: [&str; 33] = [
    "storageClassName",
    "serviceName",
    "type",
    "apiGroup",
    "fieldPath",
    "key",
    "mountPath",
    "path",
    "image",
    "secretName",
    "claimName",
    "controller",
    "hostname",
    "topologyKey",
    "whenUnsatisfiable",
    "schedule",
    "timeZone",
    "localhostProfile",
    "runtimeClassName",
    "ip",
    "server",
    "driver",
    "resource",
    "conditionType",
    "operator",
    "kind",
    "service",
    "reference",
    "devicePath",
    "medium",
    "addressType",
    "provisioner",
    "claimTemplateName",
];

/// What is done before defaults: empty things that mean nothing go away.
pub fn normalise(kind: &str, object: &mut Fields) {
    clean(object, kind);
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.remove("selfLink");
    }
}

/// What is done after defaults: fields that are always written are there.
pub fn finish(kind: &str, object: &mut Fields) {
    clean(object, kind);
    let always: &[&str] = match kind {
        "Role" | "ClusterRole" => &["rules"],
        "EndpointSlice" => &["endpoints", "ports"],
        _ => &[],
    };
    for field in always {
        object.entry(*field).or_insert(Value::Null);
    }
    if kind == "EndpointSlice" {
        // Here the name of a port is a pointer to a text.
        for port in super::edit::items(object, "ports") {
            super::edit::default(port, "name", "");
        }
    }
    let structs: &[&str] = match kind {
        "Pod"
        | "Service"
        | "Deployment"
        | "ReplicaSet"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicationController"
        | "Job"
        | "CronJob"
        | "Ingress"
        | "NetworkPolicy"
        | "PodDisruptionBudget"
        | "HorizontalPodAutoscaler"
        | "ResourceQuota"
        | "LimitRange"
        | "PersistentVolume"
        | "PersistentVolumeClaim"
        | "Namespace"
        | "Node"
        | "Lease"
        | "IngressClass" => &["spec"],
        _ => &[],
    };
    for field in structs {
        super::edit::ensure(object, field);
    }
}

fn clean(object: &mut Fields, parent: &str) {
    for (name, value) in object.iter_mut() {
        descend(name, parent, value);
    }
    object.retain(|name, value| keeps(name, parent, value));
}

/// Whether `name` below `parent` is a map with free keys.
fn is_map(name: &str, parent: &str, value: &Value) -> bool {
    let texts = || value.as_object().is_some_and(|fields| fields.values().all(|v| v.is_string() || v.is_null()));
    match name {
        "selector" => {
            texts() && !value.as_object().is_some_and(|f| f.contains_key("matchLabels")) && parent == "spec#map"
        }
        "options" => value.is_object(),
        "parameters" => texts(),
        _ => MAPS.contains(&name),
    }
}

fn descend(name: &str, parent: &str, value: &mut Value) {
    if AMOUNTS.contains(&name)
        && let Value::Object(amounts) = value
    {
        amounts.values_mut().for_each(canonical);
        return;
    }
    if AMOUNT.contains(&name)
        && !matches!(parent, "env" | "tolerations" | "sysctls" | "policies" | "httpHeaders" | "taints")
    {
        canonical(value);
    }
    match value {
        Value::Object(fields) if is_map(name, parent, &Value::Object(fields.clone())) => {
            // `null` is the zero value of a text.
            fields.values_mut().filter(|value| value.is_null()).for_each(|value| *value = Value::from(""));
        }
        Value::Object(fields) => {
            let below =
                if name == "spec" && matches!(parent, "Service" | "ReplicationController") { "spec#map" } else { name };
            clean(fields, below);
        }
        Value::Array(items) => {
            for item in items {
                if let Value::Object(fields) = item {
                    clean(fields, name);
                }
            }
        }
        _ => {}
    }
}

fn canonical(value: &mut Value) {
    if let Some(quantity) = Quantity::of(value) {
        *value = Value::from(quantity.round_up_to_thousandths().to_string());
    }
}

fn keeps(name: &str, parent: &str, value: &Value) -> bool {
    match value {
        Value::Null => matches!((parent, name), ("status", "currentMetrics")),
        Value::Array(items) => !items.is_empty() || matches!(name, "apiGroups"),
        Value::Object(fields) if fields.is_empty() => !(AMOUNTS.contains(&name) || is_map(name, parent, value)),
        Value::Bool(false) => !PLAIN.contains(&name) || (name == "readOnly" && matches!(parent, "csi" | "azureDisk")),
        Value::Number(number) if number.as_i64() == Some(0) => !PLAIN.contains(&name),
        Value::String(text) if text.is_empty() => KEPT_TEXTS.contains(&name) || keeps_empty_text(name, parent),
        _ => true,
    }
}

fn keeps_empty_text(name: &str, parent: &str) -> bool {
    parent == "nodeInfo" || matches!(name, "reportingComponent" | "reportingInstance")
}
