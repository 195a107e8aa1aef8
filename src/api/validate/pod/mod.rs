//! Pods and pod templates.
//!
//! Models the pod parts of `pkg/apis/core/validation/validation.go`. Start with [`spec`]; each field group has a file.

mod affinity;
mod annotations;
mod containers;
mod dns;
mod env;
mod mounts;
mod os;
mod persistent;
mod probes;
mod scheduling;
mod security;
mod sources;
mod update;
mod volumes;

pub use affinity::{NODE_SELECTOR, node_selector};
pub use persistent::persistent_volume_source;
pub use scheduling::taint_effect;
pub use update::update;

use super::text::{self, Flaws};
use super::{Context, meta, names, resources};
use crate::api::field_error::FieldError;
use crate::api::node::Node;

/// In what a pod spec stands.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The pod's own metadata; `None` in a template.
    pub pod: Option<&'a str>,
    /// Whether the cluster lets containers be privileged.
    pub allow_privileged: bool,
}

/// A new pod. Models `ValidatePodCreate`.
pub fn create(pod: &Node, context: &Context, errors: &mut Vec<FieldError>) {
    metadata_and_spec(pod, context, errors);
    let (metadata, spec) = (pod.get("metadata"), pod.get("spec"));
    if !spec.get("ephemeralContainers").is_empty() {
        errors.push(spec.get("ephemeralContainers").forbidden("cannot be set on create"));
    }
    if !spec.get("nodeName").str().is_empty() && !spec.get("schedulingGates").is_empty() {
        errors.push(spec.get("nodeName").forbidden("cannot be set until all schedulingGates have been cleared"));
    }
    annotations::match_fields(&metadata.get("annotations"), &spec, errors);
}

/// Models `validatePodMetadataAndSpec`.
fn metadata_and_spec(pod: &Node, context: &Context, errors: &mut Vec<FieldError>) {
    let (metadata, pod_spec) = (pod.get("metadata"), pod.get("spec"));
    meta::create_strict(&metadata, true, names::rule("Pod"), errors);
    annotations::pod_annotations(&metadata.get("annotations"), &pod_spec, errors);
    let options = Options { pod: Some(metadata.get("name").str()), allow_privileged: context.allow_privileged };
    spec(&pod_spec, options, errors);
    if pod_spec.get("serviceAccountName").str().is_empty() {
        for volume in pod_spec.get("volumes").items() {
            for source in volume.get("projected").get("sources").items() {
                let token = source.get("serviceAccountToken");
                if token.exists() {
                    errors.push(token.forbidden("must not be specified when serviceAccountName is not set"));
                }
            }
        }
    }
    for list in ["containers", "initContainers"] {
        for container in pod_spec.get(list).items() {
            containers::only_for_pod(&container, errors);
        }
    }
}

/// A pod template. Models `ValidatePodTemplateSpec`.
pub fn template(at: &Node, context: &Context, errors: &mut Vec<FieldError>) {
    template_metadata(at, errors);
    let pod_spec = at.get("spec");
    spec(&pod_spec, Options { pod: None, allow_privileged: context.allow_privileged }, errors);
    annotations::match_fields(&at.get("metadata").get("annotations"), &pod_spec, errors);
    if !pod_spec.get("ephemeralContainers").is_empty() {
        errors.push(pod_spec.get("ephemeralContainers").forbidden("ephemeral containers not allowed in pod template"));
    }
}

/// The labels and annotations of a template, reported (as upstream does) without `metadata` in their paths.
pub fn template_metadata(at: &Node, errors: &mut Vec<FieldError>) {
    let metadata = at.get("metadata");
    let (labels, annotations) = (metadata.get("labels"), metadata.get("annotations"));
    let base = at.path();
    let (labels_path, annotations_path) = (base.child("labels"), base.child("annotations"));
    meta::labels(&Node::at(&labels_path, labels.value()), errors);
    let annotations = Node::at(&annotations_path, annotations.value());
    meta::annotations(&annotations, errors);
    annotations::pod_annotations(&annotations, &at.get("spec"), errors);
}

/// A pod spec. Models `ValidatePodSpec`.
pub fn spec(spec: &Node, options: Options, errors: &mut Vec<FieldError>) {
    if !spec.get("terminationGracePeriodSeconds").exists() {
        errors.push(spec.get("terminationGracePeriodSeconds").required(""));
    }
    let volumes = volumes::volumes(&spec.get("volumes"), options, errors);
    let resource_claims = spec.get("resourceClaims");
    let claims: Vec<&str> =
        resource_claims.items().map(|claim| claim.get("name").str()).filter(|name| !name.is_empty()).collect();
    containers::resource_claims(&resource_claims, errors);
    let surroundings = containers::Surroundings::of(spec, &volumes, &claims, options);
    containers::containers(&surroundings, errors);
    containers::init_containers(&surroundings, errors);
    containers::ephemeral_containers(&surroundings, errors);
    pod_resources(spec, &claims, errors);
    host_network_ports(spec, options, errors);
    enumerated(&spec.get("restartPolicy"), &["Always", "OnFailure", "Never"], errors);
    enumerated(&spec.get("dnsPolicy"), &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], errors);
    meta::labels(&spec.get("nodeSelector"), errors);
    security::pod(spec, errors);
    affinity::affinity(&spec.get("affinity"), errors);
    dns::config(spec, errors);
    for gate in spec.get("readinessGates").items() {
        let condition = gate.get("conditionType");
        meta::flaws(&condition, text::qualified_name(condition.str()), errors);
    }
    scheduling::gates(&spec.get("schedulingGates"), errors);
    scheduling::spread_constraints(&spec.get("topologySpreadConstraints"), errors);
    os::host_process(spec, options, errors);
    security::host_users(spec, errors);
    for (field, rule) in
        [("serviceAccountName", text::dns_subdomain as fn(&str) -> Flaws), ("nodeName", text::dns_subdomain)]
    {
        name_if_given(&spec.get(field), rule, errors);
    }
    let deadline = spec.get("activeDeadlineSeconds");
    if let Some(seconds) = deadline.number() {
        errors.extend(text::in_range(seconds, 1, i64::from(i32::MAX)).into_iter().map(|flaw| deadline.invalid(flaw)));
    }
    name_if_given(&spec.get("hostname"), text::dns_label, errors);
    hostname_override(spec, errors);
    name_if_given(&spec.get("subdomain"), text::dns_label, errors);
    scheduling::tolerations(&spec.get("tolerations"), errors);
    dns::host_aliases(&spec.get("hostAliases"), errors);
    name_if_given(&spec.get("priorityClassName"), text::dns_subdomain, errors);
    if let Some(name) = spec.get("runtimeClassName").text() {
        meta::flaws(&spec.get("runtimeClassName"), text::dns_subdomain(name), errors);
    }
    if spec.get("preemptionPolicy").exists() {
        enumerated(&spec.get("preemptionPolicy"), &["PreemptLowerPriority", "Never"], errors);
    }
    let overhead = spec.get("overhead");
    for (resource, entry) in overhead.entries() {
        resources::container_name(&entry, resource, errors);
        resources::amount(&entry, resource, errors);
    }
    os::os(spec, errors);
}

/// A text out of a list, in upstream's order; a missing one is required.
pub fn enumerated(at: &Node, supported: &[&str], errors: &mut Vec<FieldError>) {
    match at.str() {
        "" => errors.push(at.required("")),
        word if supported.contains(&word) => {}
        _ => errors.push(at.unsupported(supported)),
    }
}

fn name_if_given(at: &Node, rule: fn(&str) -> Flaws, errors: &mut Vec<FieldError>) {
    if !at.str().is_empty() {
        meta::flaws(at, rule(at.str()), errors);
    }
}

/// The longest name that Linux takes for a host.
const HOSTNAME_MAX: usize = 64;

/// Models `validateHostnameOverride`.
fn hostname_override(spec: &Node, errors: &mut Vec<FieldError>) {
    let at = spec.get("hostnameOverride");
    if !at.exists() {
        return;
    }
    if at.str().len() > HOSTNAME_MAX {
        errors.push(at.too_long(HOSTNAME_MAX));
    }
    meta::flaws(&at, text::dns_subdomain(at.str()), errors);
    for field in ["setHostnameAsFQDN", "hostNetwork"] {
        if spec.get(field).bool() {
            errors.push(at.forbidden(format!("cannot be set when {field} is true")));
        }
    }
}

/// Models `validatePodResources`.
fn pod_resources(spec: &Node, claims: &[&str], errors: &mut Vec<FieldError>) {
    let at = spec.get("resources");
    if !at.exists() {
        return;
    }
    if at.get("claims").exists() {
        errors.push(at.get("claims").forbidden("claims cannot be set for Resources at pod-level"));
    }
    resources::requirements(&at, resources::pod_name, claims, errors);
    resources::pod_level(spec, errors);
}

/// Models `validatePodHostNetworkDeps`: in a template a host port may still be missing.
fn host_network_ports(spec: &Node, options: Options, errors: &mut Vec<FieldError>) {
    if !spec.get("hostNetwork").bool() {
        return;
    }
    for container in spec.get("containers").items() {
        for port in container.get("ports").items() {
            let host_port = port.get("hostPort");
            let given = options.pod.is_some() || host_port.int() != 0;
            if given && host_port.int() != port.get("containerPort").int() {
                errors.push(
                    host_port.invalid_as(host_port.int(), "must match `containerPort` when `hostNetwork` is true"),
                );
            }
        }
    }
}
