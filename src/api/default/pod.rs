//! Pods and pod templates.
//!
//! Models `SetDefaults_Pod`, `SetDefaults_PodSpec` and what they call of `pkg/apis/core/v1/defaults.go`.

use super::edit::{child, default, default_number, default_text, ensure, has, items, text};
use super::{image, storage};
use crate::api::node::Node;
use crate::api::quantity::Quantity;
use crate::api::validate::aggregate_requests;
use crate::base::{Fields, Value};

/// A pod: a spec, and what only pods (not templates) get.
pub fn pod(object: &mut Fields) {
    let spec = ensure(object, "spec");
    self::spec(spec);
    for list in ["containers", "initContainers"] {
        for container in items(spec, list) {
            requests_from_limits(container);
        }
    }
    pod_level_requests(spec);
    default(spec, "enableServiceLinks", true);
    if spec.get("hostNetwork").and_then(Value::as_bool) == Some(true) {
        for list in ["containers", "initContainers"] {
            for container in items(spec, list) {
                for port in items(container, "ports") {
                    if let Some(number) = port.get("containerPort").and_then(Value::as_i64) {
                        default_number(port, "hostPort", number);
                    }
                }
            }
        }
    }
}

/// A pod template: metadata and spec are always there.
pub fn template(template: &mut Fields) {
    ensure(template, "metadata");
    spec(ensure(template, "spec"));
}

fn requests_from_limits(container: &mut Fields) {
    let resources = ensure(container, "resources");
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else { return };
    let requests = ensure(resources, "requests");
    for (name, amount) in limits {
        requests.entry(name).or_insert(amount);
    }
}

/// Models `defaultPodRequests`: a pod with limits of its own requests what its containers request together, or else its
/// limits.
fn pod_level_requests(spec: &mut Fields) {
    let limits = spec.get("resources").and_then(|r| r.get("limits")).and_then(Value::as_object).cloned();
    let Some(limits) = limits.filter(|limits| !limits.is_empty()) else { return };
    let whole = Value::Object(spec.clone());
    let aggregate = aggregate_requests(&Node::root(&whole));
    let requests = ensure(ensure(spec, "resources"), "requests");
    for (name, amount) in aggregate {
        if matches!(name.as_str(), "cpu" | "memory") {
            requests.entry(name).or_insert_with(|| amount.to_string().into());
        }
    }
    for (name, amount) in limits {
        requests.entry(name).or_insert(amount);
    }
}

/// A pod spec wherever it stands.
pub fn spec(spec: &mut Fields) {
    default_text(spec, "dnsPolicy", "ClusterFirst");
    default_text(spec, "restartPolicy", "Always");
    default(spec, "securityContext", Fields::new());
    default(spec, "terminationGracePeriodSeconds", 30);
    default_text(spec, "schedulerName", "default-scheduler");
    // The old and the new name of one field always go together.
    let names = [text(spec, "serviceAccountName"), text(spec, "serviceAccount")];
    let account = names.into_iter().find(|name| !name.is_empty()).map(str::to_owned);
    if let Some(account) = account {
        spec.insert("serviceAccountName".to_owned(), account.as_str().into());
        spec.insert("serviceAccount".to_owned(), account.into());
    }
    for volume in items(spec, "volumes") {
        self::volume(volume);
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in items(spec, list) {
            self::container(container);
        }
    }
}

fn pull_policy(image: &str) -> &'static str {
    if image::is_latest(image) { "Always" } else { "IfNotPresent" }
}

fn container(container: &mut Fields) {
    let policy = pull_policy(text(container, "image"));
    default_text(container, "imagePullPolicy", policy);
    default_text(container, "terminationMessagePath", "/dev/termination-log");
    default_text(container, "terminationMessagePolicy", "File");
    round_amounts(ensure(container, "resources"));
    for port in items(container, "ports") {
        default_text(port, "protocol", "TCP");
    }
    for variable in items(container, "env") {
        if let Some(field) = child(variable, "valueFrom").and_then(|from| child(from, "fieldRef")) {
            default_text(field, "apiVersion", "v1");
        }
        if let Some(resource) = child(variable, "valueFrom").and_then(|from| child(from, "resourceFieldRef")) {
            default(resource, "divisor", "0");
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = child(container, name) {
            for (field, value) in
                [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
            {
                default_number(probe, field, value);
            }
            http_get(probe);
            if let Some(grpc) = child(probe, "grpc") {
                default(grpc, "service", "");
            }
        }
    }
    if let Some(lifecycle) = child(container, "lifecycle") {
        for hook in ["postStart", "preStop"] {
            if let Some(hook) = child(lifecycle, hook) {
                http_get(hook);
            }
        }
    }
    if let Some(context) = child(container, "securityContext")
        && has(context, "procMount")
    {
        default_text(context, "procMount", "Default");
    }
}

fn http_get(handler: &mut Fields) {
    if let Some(action) = child(handler, "httpGet") {
        default_text(action, "path", "/");
        default_text(action, "scheme", "HTTP");
    }
}

/// Amounts finer than a thousandth are rounded up. Models `SetDefaults_ResourceList`.
fn round_amounts(resources: &mut Fields) {
    for list in ["limits", "requests"] {
        for amount in child(resources, list).into_iter().flat_map(Fields::values_mut) {
            if let Ok(quantity) = Quantity::from_value(amount)
                && quantity.nanos() % 1_000_000 != 0
            {
                *amount = Quantity::of_milli(quantity.milli_value(), quantity.format()).to_string().into();
            }
        }
    }
}

/// The mode of files that are made of API objects: 0644.
const FILE_MODE: i64 = 420;

fn volume(volume: &mut Fields) {
    if volume.iter().all(|(name, value)| name == "name" || value.is_null()) {
        volume.insert("emptyDir".to_owned(), Value::Object(Fields::new()));
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = child(volume, source) {
            default(source, "defaultMode", FILE_MODE);
            downward_items(source);
        }
    }
    if let Some(projected) = child(volume, "projected") {
        for source in items(projected, "sources") {
            if let Some(token) = child(source, "serviceAccountToken") {
                default(token, "expirationSeconds", 3600);
            }
            if let Some(downward) = child(source, "downwardAPI") {
                downward_items(downward);
            }
        }
    }
    if let Some(image) = child(volume, "image") {
        let policy = pull_policy(text(image, "reference"));
        default_text(image, "pullPolicy", policy);
    }
    if let Some(template) = child(volume, "ephemeral").and_then(|source| child(source, "volumeClaimTemplate")) {
        ensure(template, "metadata");
        storage::claim_spec(ensure(template, "spec"));
    }
    storage::sources(volume);
}

fn downward_items(source: &mut Fields) {
    for item in items(source, "items") {
        if let Some(field) = child(item, "fieldRef") {
            default_text(field, "apiVersion", "v1");
        }
        if let Some(resource) = child(item, "resourceFieldRef") {
            default(resource, "divisor", "0");
        }
    }
}
