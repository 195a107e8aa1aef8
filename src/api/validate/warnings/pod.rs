//! Warnings about pods and pod templates.
//!
//! Models `pkg/api/pod/warnings.go` and `pkg/api/node/util.go`.

use super::{claim_spec, fractional};
use crate::api::node::Node;
use std::collections::{BTreeMap, BTreeSet};

type Warnings = Vec<String>;

const SECCOMP: &str = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
const NO_SELECTOR: &str = "a null labelSelector results in matching no pod";
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// The warnings about a pod, or about a template.
pub fn warnings(object: &Node, is_template: bool, out: &mut Warnings) {
    let _ = is_template;
    let (metadata, spec) = (object.get("metadata"), object.get("spec"));
    let annotations = metadata.get("annotations");
    node_labels(&spec, out);
    deprecated_annotations(&annotations, out);
    for volume in spec.get("volumes").items() {
        deprecated_sources(&volume, out);
    }
    projected_paths(&spec, out);
    repeated(&spec.get("hostAliases"), "ip", "ip", out);
    let secrets = spec.get("imagePullSecrets");
    repeated(&secrets, "name", "name", out);
    for secret in secrets.items().filter(|secret| secret.get("name").str().is_empty()) {
        out.push(format!("{}: invalid empty name \"\"", secret.get("name").path()));
    }
    let overhead = spec.get("overhead");
    for resource in ["memory", "ephemeral-storage"] {
        fractional(&overhead.key(resource), out);
    }
    let context = spec.get("securityContext");
    let seccomp = annotations.key("seccomp.security.alpha.kubernetes.io/pod");
    if seccomp.exists() && !context.get("seccompProfile").exists() {
        out.push(format!("{}: {SECCOMP}", seccomp.path()));
    }
    for_each_container(&spec, &mut |container| each_container(container, &annotations, &context, out));
    ports(&spec, out);
    port_names(&spec, out);
    let grace = spec.get("terminationGracePeriodSeconds");
    if grace.int() < 0 {
        out.push(format!("{}: must be >= 0; negative values are invalid and will be treated as 1", grace.path()));
    }
    for field in ["podAffinity", "podAntiAffinity"] {
        let affinity = spec.get("affinity");
        let affinity = affinity.get(field);
        for term in affinity.get(REQUIRED).items() {
            null_selector(&term.get("labelSelector"), out);
        }
        for term in affinity.get(PREFERRED).items() {
            null_selector(&term.get("podAffinityTerm").get("labelSelector"), out);
        }
    }
}

fn for_each_container(spec: &Node, visit: &mut dyn FnMut(&Node)) {
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in spec.get(list).items() {
            visit(&container);
        }
    }
}

fn null_selector(at: &Node, out: &mut Warnings) {
    if !at.exists() {
        out.push(format!("{}: {NO_SELECTOR}", at.path()));
    }
}

fn repeated(list: &Node, field: &str, what: &str, out: &mut Warnings) {
    let mut seen = BTreeSet::new();
    for item in list.items() {
        let value = item.get(field);
        if !seen.insert(value.str()) {
            out.push(format!("{}: duplicate {what} \"{}\"", value.path(), value.str()));
        }
    }
}

fn deprecated_label(key: &str) -> Option<&'static str> {
    Some(match key {
        "beta.kubernetes.io/arch" => "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        "beta.kubernetes.io/os" => "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        "failure-domain.beta.kubernetes.io/region" => {
            "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead"
        }
        "failure-domain.beta.kubernetes.io/zone" => {
            "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"
        }
        "beta.kubernetes.io/instance-type" => {
            "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"
        }
        _ => return None,
    })
}

fn node_labels(spec: &Node, out: &mut Warnings) {
    let selector = spec.get("nodeSelector");
    for (key, entry) in selector.entries() {
        out.extend(deprecated_label(key).map(|words| format!("{}: {words}", entry.path())));
    }
    let affinity = spec.get("affinity");
    let nodes = affinity.get("nodeAffinity");
    for term in nodes.get(REQUIRED).get("nodeSelectorTerms").items() {
        node_selector_term(&term, out);
    }
    for term in nodes.get(PREFERRED).items() {
        node_selector_term(&term.get("preference"), out);
    }
    for constraint in spec.get("topologySpreadConstraints").items() {
        let key = constraint.get("topologyKey");
        out.extend(deprecated_label(key.str()).map(|words| format!("{}: {} is {words}", key.path(), key.str())));
        null_selector(&constraint.get("labelSelector"), out);
    }
}

/// Models `GetWarningsForNodeSelectorTerm`.
pub fn node_selector_term(term: &Node, out: &mut Warnings) {
    for expression in term.get("matchExpressions").items() {
        let key = expression.get("key");
        out.extend(deprecated_label(key.str()).map(|words| format!("{}: {} is {words}", key.path(), key.str())));
    }
}

fn deprecated_annotations(annotations: &Node, out: &mut Warnings) {
    for (key, words) in [
        (
            "scheduler.alpha.kubernetes.io/critical-pod",
            "non-functional in v1.16+; use the \"priorityClassName\" field instead",
        ),
        ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
        ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ] {
        let annotation = annotations.key(key);
        if annotation.exists() {
            out.push(format!("{}: {words}", annotation.path()));
        }
    }
}

/// Volume plugins that are gone or going. The second name is the one in the path.
pub fn deprecated_sources(volume: &Node, out: &mut Warnings) {
    for (field, shown, words) in [
        ("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
        ("gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
        ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
        ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
        ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
        ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
        ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ] {
        if volume.get(field).exists() {
            out.push(format!("{}: {words}", volume.get(shown).path()));
        }
    }
    let ephemeral = volume.get("ephemeral");
    let template = ephemeral.get("volumeClaimTemplate");
    claim_spec(&template.get("spec"), out);
    for field in ["cephfs", "rbd"] {
        if volume.get(field).exists() {
            out.push(format!("{}: deprecated in v1.28, non-functional in v1.31+", volume.get(field).path()));
        }
    }
}

fn projected_paths(spec: &Node, out: &mut Warnings) {
    let volumes = spec.get("volumes");
    let mut tokens = BTreeSet::new();
    for volume in volumes.items() {
        for source in volume.get("projected").get("sources").items() {
            if source.get("serviceAccountToken").exists() {
                tokens.insert(source.get("serviceAccountToken").get("path").str());
            }
        }
    }
    for volume in volumes.items() {
        let projected = volume.get("projected");
        let sources = projected.get("sources");
        for source in sources.items() {
            for (field, shown) in [("configMap", "configMap"), ("secret", "secrets"), ("downwardAPI", "downwardAPI")] {
                let items = source.get(field);
                for (i, item) in items.get("items").items().enumerate() {
                    let path = item.get("path").str();
                    if tokens.contains(path) {
                        let at = sources.get(shown);
                        out.push(format!(
                            "{}: has duplicated path with ServiceAccountToken \"{path}\"",
                            at.index(i).path()
                        ));
                    }
                }
            }
        }
    }
}

fn each_container(container: &Node, annotations: &Node, pod_context: &Node, out: &mut Warnings) {
    let (name, context) = (container.get("name").str(), container.get("securityContext"));
    let seccomp = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
    if annotations.key(&seccomp).exists() && !context.get("seccompProfile").exists() {
        out.push(format!("{}: {SECCOMP}", annotations.key(&seccomp).path()));
    }
    let app_armor = format!("container.apparmor.security.beta.kubernetes.io/{name}");
    let has_profile = pod_context.get("appArmorProfile").exists() || context.get("appArmorProfile").exists();
    if annotations.key(&app_armor).exists() && !has_profile {
        let path = annotations.key(&app_armor).path();
        out.push(format!("{path}: deprecated since v1.30; use the \"appArmorProfile\" field instead"));
    }
    let resources = container.get("resources");
    for resource in ["memory", "ephemeral-storage"] {
        for list in ["limits", "requests"] {
            fractional(&resources.get(list).key(resource), out);
        }
    }
    let mut seen = BTreeSet::new();
    for variable in container.get("env").items() {
        let name = variable.get("name").str();
        let reference = format!("$({name})");
        let value = variable.get("value").str();
        let replaces = variable.get("valueFrom").exists() || value == reference || !value.contains(&reference);
        if !seen.insert(name) && replaces {
            out.push(format!(
                "{}: hides previous definition of \"{name}\", which may be dropped when using apply",
                variable.path()
            ));
        }
    }
}

/// A port as Go prints the internal struct with `%+v`.
fn port_words(port: &Node) -> String {
    format!(
        "{{Name:{} HostPort:{} ContainerPort:{} Protocol:{} HostIP:{}}}",
        port.get("name").str(),
        port.get("hostPort").int(),
        port.get("containerPort").int(),
        port.get("protocol").str(),
        port.get("hostIP").str()
    )
}

fn ports(spec: &Node, out: &mut Warnings) {
    type Seen = Vec<(String, String, i64)>;
    let mut all: BTreeMap<(i64, String), Seen> = BTreeMap::new();
    for_each_container(spec, &mut |container| {
        for port in container.get("ports").items() {
            let (host_ip, host_port) = (port.get("hostIP").str(), port.get("hostPort").int());
            if !host_ip.is_empty() && host_port == 0 {
                out.push(format!("{}: hostIP set without hostPort: {}", port.path(), port_words(&port)));
            }
            let key = (port.get("containerPort").int(), port.get("protocol").str().to_owned());
            let others = all.entry(key).or_default();
            for (path, other_ip, other_port) in others.iter() {
                let words = if host_ip == other_ip && host_port == *other_port {
                    "duplicate"
                } else if host_port == 0 || *other_port == 0 {
                    "overlapping"
                } else if host_port == *other_port && host_ip.is_empty() != other_ip.is_empty() {
                    "dangerously ambiguous"
                } else {
                    continue;
                };
                out.push(format!("{}: {words} port definition with {path}", port.path()));
            }
            others.push((port.path().to_string(), host_ip.to_owned(), host_port));
        }
    });
}

/// Names of ports that several running containers share.
fn port_names(spec: &Node, out: &mut Warnings) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let (init, regular) = (spec.get("initContainers"), spec.get("containers"));
    let sidecars = init.items().filter(|container| container.get("restartPolicy").str() == "Always");
    for container in sidecars.chain(regular.items()) {
        for port in container.get("ports").items() {
            let name = port.get("name").str();
            match seen.get(name) {
                _ if name.is_empty() => {}
                Some(other) => out.push(format!(
                    "{}: duplicate port name \"{name}\" with {other}, services and probes that select ports by name will use {other}",
                    port.path()
                )),
                None => {
                    seen.insert(name.to_owned(), port.path().to_string());
                }
            }
        }
    }
}
