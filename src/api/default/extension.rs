//! Kinds that extend the cluster: webhooks, admission policies, API services, flow control, drivers and devices.
//!
//! Models `defaults.go` of `pkg/apis/{admissionregistration,flowcontrol,resource,storage}/v1` and of `kube-aggregator`.

use super::edit::{child, default, default_number, default_text, ensure, items};
use crate::base::{Fields, Value};
use serde_json::json;

/// ValidatingWebhookConfigurations and MutatingWebhookConfigurations.
pub fn webhooks(object: &mut Fields, mutating: bool) {
    for webhook in items(object, "webhooks") {
        default(webhook, "failurePolicy", "Fail");
        default(webhook, "timeoutSeconds", 10);
        if mutating {
            default(webhook, "reinvocationPolicy", "Never");
        }
        matching(webhook);
        rules(webhook, "rules");
        if let Some(client) = child(webhook, "clientConfig") {
            service(client);
        }
    }
}

fn matching(fields: &mut Fields) {
    default(fields, "matchPolicy", "Equivalent");
    for selector in ["namespaceSelector", "objectSelector"] {
        ensure(fields, selector);
    }
}

fn rules(fields: &mut Fields, list: &str) {
    for rule in items(fields, list) {
        default(rule, "scope", "*");
    }
}

/// The port of a Service that is called.
pub fn service(fields: &mut Fields) {
    if let Some(service) = child(fields, "service") {
        default(service, "port", 443);
    }
}

fn match_resources(spec: &mut Fields, field: &str) {
    if let Some(resources) = child(spec, field) {
        matching(resources);
        for list in ["resourceRules", "excludeResourceRules"] {
            rules(resources, list);
        }
    }
}

/// Admission policies.
pub fn admission_policy(object: &mut Fields) {
    let spec = ensure(object, "spec");
    default(spec, "failurePolicy", "Fail");
    match_resources(spec, "matchConstraints");
}

/// Bindings of admission policies.
pub fn admission_binding(object: &mut Fields) {
    let spec = ensure(object, "spec");
    if let Some(param) = child(spec, "paramRef") {
        default(param, "parameterNotFoundAction", "Deny");
    }
    match_resources(spec, "matchResources");
}

pub fn flow_schema(object: &mut Fields) {
    default_number(ensure(object, "spec"), "matchingPrecedence", 1000);
}

pub fn priority_level(object: &mut Fields) {
    let spec = ensure(object, "spec");
    if let Some(exempt) = child(spec, "exempt") {
        default(exempt, "nominalConcurrencyShares", 0);
        default(exempt, "lendablePercent", 0);
    }
    let Some(limited) = child(spec, "limited") else { return };
    default(limited, "nominalConcurrencyShares", 30);
    default(limited, "lendablePercent", 0);
    if let Some(queuing) = child(limited, "limitResponse").and_then(|response| child(response, "queuing")) {
        for (field, number) in [("handSize", 8), ("queues", 64), ("queueLengthLimit", 50)] {
            default_number(queuing, field, number);
        }
    }
}

pub fn csi_driver(object: &mut Fields) {
    let spec = ensure(object, "spec");
    let fields: [(&str, Value); 7] = [
        ("attachRequired", true.into()),
        ("podInfoOnMount", false.into()),
        ("storageCapacity", false.into()),
        ("fsGroupPolicy", "ReadWriteOnceWithFSType".into()),
        ("volumeLifecycleModes", json!(["Persistent"])),
        ("requiresRepublish", false.into()),
        ("seLinuxMount", false.into()),
    ];
    for (field, value) in fields {
        default(spec, field, value);
    }
}

/// The spec of a ResourceClaim.
pub fn resource_claim(spec: &mut Fields) {
    let Some(devices) = child(spec, "devices") else { return };
    for request in items(devices, "requests") {
        if let Some(exactly) = child(request, "exactly") {
            allocation(exactly);
        }
        items(request, "firstAvailable").for_each(allocation);
    }
}

fn allocation(request: &mut Fields) {
    default_text(request, "allocationMode", "ExactCount");
    if super::edit::text(request, "allocationMode") == "ExactCount" {
        default_number(request, "count", 1);
    }
    for toleration in items(request, "tolerations") {
        default_text(toleration, "operator", "Equal");
    }
}
