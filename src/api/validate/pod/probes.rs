//! Probes and lifecycle hooks.

use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::api::validate::intstr::port_number_or_name;
use crate::api::validate::meta::not_negative;
use crate::api::validate::text;

/// The three probes of a container. Models `validateLivenessProbe`, `validateReadinessProbe`, `validateStartupProbe`.
pub fn all(container: &Node, errors: &mut Vec<FieldError>) {
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let at = container.get(name);
        if !at.exists() {
            continue;
        }
        probe(&at, errors);
        let grace = at.get("terminationGracePeriodSeconds");
        if name == "readinessProbe" {
            if grace.exists() {
                errors.push(grace.invalid("must not be set for readinessProbes"));
            }
        } else if at.get("successThreshold").int() != 1 {
            errors.push(at.get("successThreshold").invalid_as(at.get("successThreshold").int(), "must be 1"));
        }
    }
}

fn probe(at: &Node, errors: &mut Vec<FieldError>) {
    handler(at, &["exec", "httpGet", "tcpSocket", "grpc"], None, errors);
    for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        not_negative(&at.get(field), errors);
    }
    let grace = at.get("terminationGracePeriodSeconds");
    if grace.number().is_some_and(|seconds| seconds <= 0) {
        errors.push(grace.invalid("must be greater than 0"));
    }
}

/// Models `validateLifecycle`.
pub fn lifecycle(at: &Node, grace_period: Option<i64>, errors: &mut Vec<FieldError>) {
    for hook in ["postStart", "preStop"] {
        if at.get(hook).exists() {
            handler(&at.get(hook), &["exec", "httpGet", "tcpSocket", "sleep"], grace_period, errors);
        }
    }
}

/// Exactly one of the kinds of handlers. Models `validateHandler`.
fn handler(at: &Node, kinds: &[&str], grace_period: Option<i64>, errors: &mut Vec<FieldError>) {
    let mut found = false;
    for kind in kinds {
        let action = at.get(kind);
        if !action.exists() {
            continue;
        }
        if found {
            errors.push(action.forbidden("may not specify more than 1 handler type"));
            continue;
        }
        found = true;
        match *kind {
            "exec" if action.get("command").is_empty() => errors.push(action.get("command").required("")),
            "httpGet" => http_get(&action, errors),
            "tcpSocket" | "grpc" => port_number_or_name(&action.get("port"), errors),
            "sleep" => sleep(&action, grace_period, errors),
            _ => {}
        }
    }
    if !found {
        errors.push(at.required("must specify a handler type"));
    }
}

fn http_get(at: &Node, errors: &mut Vec<FieldError>) {
    if at.get("path").str().is_empty() {
        errors.push(at.get("path").required(""));
    }
    port_number_or_name(&at.get("port"), errors);
    if !matches!(at.get("scheme").str(), "HTTP" | "HTTPS") {
        errors.push(at.get("scheme").unsupported(&["HTTP", "HTTPS"]));
    }
    let headers = at.get("httpHeaders");
    for header in headers.items() {
        let name = header.get("name").str();
        errors.extend(text::http_header(name).into_iter().map(|flaw| headers.invalid_as(name, flaw)));
    }
}

fn sleep(at: &Node, grace_period: Option<i64>, errors: &mut Vec<FieldError>) {
    let seconds = at.get("seconds").int();
    if let Some(grace_period) = grace_period.filter(|grace_period| !(0..=*grace_period).contains(&seconds)) {
        errors.push(at.invalid_as(
            seconds,
            format!("must be non-negative and less than terminationGracePeriodSeconds ({grace_period})"),
        ));
    }
}
