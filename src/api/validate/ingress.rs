//! Ingresses and their classes.
//!
//! Models `pkg/apis/networking/validation/validation.go`.

use super::{ip, meta, text};
use crate::api::field_error::FieldError;
use crate::api::node::Node;

type Errors = Vec<FieldError>;

const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
const PATH_TYPES: [&str; 3] = ["Exact", "ImplementationSpecific", "Prefix"];

/// All but the metadata of a new Ingress.
pub fn create(object: &Node, errors: &mut Errors) {
    let at = object.get("spec");
    spec(&at, errors);
    let metadata = object.get("metadata");
    let annotations = metadata.get("annotations");
    let (annotation, class) = (annotations.key(CLASS_ANNOTATION), at.get("ingressClassName"));
    if annotation.exists() && class.exists() && annotation.str() != class.str() {
        let place = object.get("annotations");
        let words = "must match `ingressClassName` when both are specified";
        errors.push(place.get(CLASS_ANNOTATION).invalid_as(annotation.str(), words));
    }
}

/// Models `ValidateIngressSpec`.
pub fn spec(at: &Node, errors: &mut Errors) {
    let (rules, default) = (at.get("rules"), at.get("defaultBackend"));
    if rules.is_empty() && !default.exists() {
        errors.push(at.invalid_as(serde_json::Value::Null, "either `defaultBackend` or `rules` must be specified"));
    }
    if default.exists() {
        backend(&default, errors);
    }
    for rule in rules.items() {
        host(&rule.get("host"), true, errors);
        let http = rule.get("http");
        if !http.exists() {
            continue;
        }
        let paths = http.get("paths");
        if paths.is_empty() {
            errors.push(paths.required(""));
        }
        for path in paths.items() {
            http_path(&path, errors);
        }
    }
    for tls in at.get("tls").items() {
        for name in tls.get("hosts").items() {
            host(&name, false, errors);
        }
        let secret = tls.get("secretName");
        if !secret.str().is_empty() {
            meta::flaws(&secret, text::dns_subdomain(secret.str()), errors);
        }
    }
    let class = at.get("ingressClassName");
    if class.exists() {
        meta::flaws(&class, text::dns_subdomain(class.str()), errors);
    }
}

fn host(at: &Node, of_rule: bool, errors: &mut Errors) {
    let name = at.str();
    if of_rule && name.is_empty() {
        return;
    }
    if of_rule && ip::parse_lenient(name).is_some() {
        errors.push(at.invalid("must be a DNS name, not an IP address"));
    }
    let flaws = if name.contains('*') { text::wildcard_subdomain(name) } else { text::dns_subdomain(name) };
    meta::flaws(at, flaws, errors);
}

/// Models `validateHTTPIngressPath`.
fn http_path(at: &Node, errors: &mut Errors) {
    let (kind, path) = (at.get("pathType"), at.get("path"));
    if !kind.exists() {
        errors.push(kind.required("pathType must be specified"));
        return;
    }
    let text = path.str();
    match kind.str() {
        "Exact" | "Prefix" => {
            if !text.starts_with('/') {
                errors.push(path.invalid_as(text, "must be an absolute path"));
            }
            for bad in ["//", "/./", "/../", "%2f", "%2F"].iter().filter(|bad| text.contains(**bad)) {
                errors.push(path.invalid(format!("must not contain '{bad}'")));
            }
            for bad in ["/..", "/."].iter().filter(|bad| text.ends_with(**bad)) {
                errors.push(path.invalid(format!("cannot end with '{bad}'")));
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !text.starts_with('/') {
                errors.push(path.invalid("must be an absolute path"));
            }
        }
        _ => errors.push(kind.unsupported(&PATH_TYPES)),
    }
    backend(&at.get("backend"), errors);
}

/// Models `validateIngressBackend`.
fn backend(at: &Node, errors: &mut Errors) {
    let (resource, service) = (at.get("resource"), at.get("service"));
    match (resource.exists(), service.exists()) {
        (true, true) => errors.push(at.invalid_as("", "cannot set both resource and service backends")),
        (true, false) => typed_reference(&resource, errors),
        (false, false) => errors.push(at.invalid_as("", "resource or service backend is required")),
        (false, true) => {
            let name = service.get("name");
            if name.str().is_empty() {
                errors.push(name.required(""));
            } else {
                meta::flaws(&name, text::dns_label(name.str()), errors);
            }
            let port = service.get("port");
            let (name, number) = (port.get("name"), port.get("number"));
            match (!name.str().is_empty(), number.int() != 0) {
                (true, true) => errors.push(at.invalid_as("", "cannot set both port name & port number")),
                (true, false) => meta::flaws(&name, text::port_name(name.str()), errors),
                (false, true) => {
                    errors.extend(text::port_number(number.int()).into_iter().map(|flaw| number.invalid(flaw)));
                }
                (false, false) => errors.push(at.required("port name or number is required")),
            }
        }
    }
}

/// Models `validateIngressTypedLocalObjectReference`.
fn typed_reference(at: &Node, errors: &mut Errors) {
    let group = at.get("apiGroup");
    if group.exists() {
        meta::flaws(&group, text::dns_subdomain(group.str()), errors);
    }
    for field in ["kind", "name"] {
        let word = at.get(field);
        if word.str().is_empty() {
            errors.push(word.required(""));
        } else {
            meta::flaws(&word, text::path_segment(word.str()), errors);
        }
    }
}

/// All but the metadata of an IngressClass. Models `validateIngressClassSpec`.
pub fn ingress_class(object: &Node, errors: &mut Errors) {
    let spec = object.get("spec");
    let controller = spec.get("controller");
    if controller.str().is_empty() {
        errors.push(controller.required(""));
    } else {
        if controller.str().len() > 250 {
            errors.push(controller.too_long(250));
        }
        domain_prefixed_path(&controller, errors);
    }
    let parameters = spec.get("parameters");
    if !parameters.exists() {
        return;
    }
    typed_reference(&parameters, errors);
    let (scope, namespace) = (parameters.get("scope"), parameters.get("namespace"));
    match (scope.text(), namespace.text()) {
        (None, _) => errors.push(scope.required("")),
        (Some("Namespace"), None) => errors.push(namespace.required("`parameters.scope` is set to 'Namespace'")),
        (Some("Namespace"), Some(name)) => meta::flaws(&namespace, text::dns_label(name), errors),
        (Some("Cluster"), Some(_)) => errors.push(namespace.forbidden("`parameters.scope` is set to 'Cluster'")),
        (Some("Cluster"), None) => {}
        (Some(_), _) => errors.push(scope.unsupported(&["Cluster", "Namespace"])),
    }
}

/// `example.com/controller`. Models `IsDomainPrefixedPath`.
pub fn domain_prefixed_path(at: &Node, errors: &mut Errors) {
    let text = at.str();
    if text.is_empty() {
        errors.push(at.required(""));
        return;
    }
    match text.split_once('/').filter(|(host, path)| !host.is_empty() && !path.is_empty()) {
        None => errors.push(at.invalid("must be a domain-prefixed path (such as \"acme.io/foo\")")),
        Some((host, path)) => {
            errors.extend(text::dns_subdomain(host).into_iter().map(|flaw| at.invalid_as(host, flaw)));
            let fine = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&b));
            if !fine {
                let words = text::regex_words("Invalid path", r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+", &[]);
                errors.push(at.invalid_as(path, words));
            }
        }
    }
}
