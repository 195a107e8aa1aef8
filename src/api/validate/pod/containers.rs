//! Containers: regular ones, init containers, ephemeral containers.

use super::volumes::Volumes;
use super::{Options, enumerated, env, mounts, probes, security};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::{GO_TEXT, GoShape, GoStruct, Node};
use crate::api::validate::{meta, resources, text};
use std::collections::BTreeSet;

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// What rules about containers look at besides the container.
pub struct Surroundings<'v, 'p, 'a> {
    spec: &'a Node<'v, 'p>,
    volumes: &'a Volumes<'v>,
    claims: &'a [&'v str],
    options: Options<'a>,
}

impl<'v, 'p, 'a> Surroundings<'v, 'p, 'a> {
    /// The surroundings of the containers of `spec`.
    pub fn of(
        spec: &'a Node<'v, 'p>,
        volumes: &'a Volumes<'v>,
        claims: &'a [&'v str],
        options: Options<'a>,
    ) -> Surroundings<'v, 'p, 'a> {
        Surroundings { spec, volumes, claims, options }
    }

    fn grace_period(&self) -> Option<i64> {
        self.spec.get("terminationGracePeriodSeconds").number()
    }
}

/// Regular containers. Models `validateContainers`.
pub fn containers(around: &Surroundings, errors: &mut Vec<FieldError>) {
    let list = around.spec.get("containers");
    if list.is_empty() {
        errors.push(list.required(""));
        return;
    }
    let mut names = BTreeSet::new();
    for container in list.items() {
        common(&container, around, errors);
        if !names.insert(container.get("name").str()) {
            errors.push(container.get("name").duplicate_as(container.get("name").str()));
        }
        probes::lifecycle(&container.get("lifecycle"), around.grace_period(), errors);
        probes::all(&container, errors);
        restart_policy(&container, errors);
        stop_signal(&container, around.spec, errors);
    }
    host_port_conflicts(list.items(), errors);
}

/// Init containers. Models `validateInitContainers`.
pub fn init_containers(around: &Surroundings, errors: &mut Vec<FieldError>) {
    let regular = around.spec.get("containers");
    let mut names: BTreeSet<&str> = regular.items().map(|container| container.get("name").str()).collect();
    for container in around.spec.get("initContainers").items() {
        common(&container, around, errors);
        let policy = container.get("restartPolicy");
        restart_policy(&container, errors);
        let name = container.get("name");
        if names.contains(name.str()) {
            errors.push(name.duplicate_as(name.str()));
        } else if !name.str().is_empty() {
            names.insert(name.str());
        }
        host_port_conflicts(std::iter::once(container), errors);
        if policy.str() == "Always" {
            probes::lifecycle(&container.get("lifecycle"), around.grace_period(), errors);
            probes::all(&container, errors);
        } else {
            for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if container.get(field).exists() {
                    errors.push(
                        container
                            .get(field)
                            .forbidden("may not be set for init containers without restartPolicy=Always"),
                    );
                }
            }
        }
    }
}

/// The most rules about restarts, and the most exit codes of one.
const MOST_RULES: usize = 20;
const MOST_EXIT_CODES: usize = 255;

/// Models `validateContainerRestartPolicy`.
fn restart_policy(container: &Node, errors: &mut Vec<FieldError>) {
    let (policy, rules) = (container.get("restartPolicy"), container.get("restartPolicyRules"));
    if policy.exists() {
        enumerated(&policy, &["Always", "Never", "OnFailure"], errors);
    } else if !rules.is_empty() {
        errors.push(policy.required("must specify restartPolicy when restart rules are used"));
    }
    if rules.len() > MOST_RULES {
        errors.push(rules.too_many(MOST_RULES));
    }
    for rule in rules.items() {
        let (action, codes) = (rule.get("action"), rule.get("exitCodes"));
        const ACTIONS: [&str; 2] = ["Restart", "RestartAllContainers"];
        if !ACTIONS.contains(&action.str()) {
            errors.push(action.unsupported(&ACTIONS));
        }
        if !codes.exists() {
            errors.push(codes.required("must be specified"));
            continue;
        }
        let (operator, values) = (codes.get("operator"), codes.get("values"));
        if !matches!(operator.str(), "In" | "NotIn") {
            errors.push(operator.unsupported(&["In", "NotIn"]));
        }
        if values.len() > MOST_EXIT_CODES {
            errors.push(values.too_many(MOST_EXIT_CODES));
        }
    }
}

/// Models `validateStopSignal`: which signals there are depends on the system, which must be named.
fn stop_signal(container: &Node, spec: &Node, errors: &mut Vec<FieldError>) {
    let lifecycle = container.get("lifecycle");
    let (signal, os) = (lifecycle.get("stopSignal"), spec.get("os"));
    if !signal.exists() {
        return;
    }
    match os.get("name").str() {
        "" => errors.push(signal.forbidden("may not be set for containers with empty `spec.os.name`")),
        "windows" if !matches!(signal.str(), "SIGKILL" | "SIGTERM") => {
            errors.push(signal.unsupported(&["SIGKILL", "SIGTERM"]));
        }
        _ => {}
    }
}

const EPHEMERAL_FORBIDDEN: [&str; 9] = [
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
];

/// Ephemeral containers. Models `validateEphemeralContainers`.
pub fn ephemeral_containers(around: &Surroundings, errors: &mut Vec<FieldError>) {
    let (regular, init) = (around.spec.get("containers"), around.spec.get("initContainers"));
    let others: BTreeSet<&str> =
        regular.items().chain(init.items()).map(|container| container.get("name").str()).collect();
    let mut names = others.clone();
    for container in around.spec.get("ephemeralContainers").items() {
        common(&container, around, errors);
        only_for_pod(&container, errors);
        let name = container.get("name");
        if !names.insert(name.str()) {
            errors.push(name.duplicate_as(name.str()));
        }
        let target = container.get("targetContainerName");
        if !target.str().is_empty() && !others.contains(target.str()) {
            errors.push(target.not_found());
        }
        for field in EPHEMERAL_FORBIDDEN {
            if !container.get(field).is_empty() || container.get(field).text().is_some() {
                errors.push(container.get(field).forbidden("cannot be set for an Ephemeral Container"));
            }
        }
        for mount in container.get("volumeMounts").items() {
            for field in ["subPath", "subPathExpr"] {
                if !mount.get(field).str().is_empty() {
                    errors.push(mount.get(field).forbidden("cannot be set for an Ephemeral Container"));
                }
            }
        }
    }
}

/// What all containers have in common. Models `validateContainerCommon`.
fn common(container: &Node, around: &Surroundings, errors: &mut Vec<FieldError>) {
    let name = container.get("name");
    if name.str().is_empty() {
        errors.push(name.required(""));
    } else {
        meta::flaws(&name, text::dns_label(name.str()), errors);
    }
    if container.get("image").str().is_empty() {
        errors.push(container.get("image").required(""));
    }
    enumerated(&container.get("terminationMessagePolicy"), &["File", "FallbackToLogsOnError"], errors);
    ports(&container.get("ports"), errors);
    env::env(&container.get("env"), errors);
    env::env_from(&container.get("envFrom"), errors);
    mounts::mounts(container, around.volumes, errors);
    mounts::devices(container, around.volumes, errors);
    enumerated(&container.get("imagePullPolicy"), &["Always", "IfNotPresent", "Never"], errors);
    resources::requirements(&container.get("resources"), resources::container_name, around.claims, errors);
    resize_policy(&container.get("resizePolicy"), around.spec.get("restartPolicy").str(), errors);
    let host_users = around.spec.get("hostUsers").flag() != Some(false);
    security::container(&container.get("securityContext"), host_users, around.options.allow_privileged, errors);
}

/// Models `validateContainerPorts`.
fn ports(at: &Node, errors: &mut Vec<FieldError>) {
    let mut names = BTreeSet::new();
    for port in at.items() {
        let name = port.get("name");
        if !name.str().is_empty() {
            let flaws = text::port_name(name.str());
            if !flaws.is_empty() {
                meta::flaws(&name, flaws, errors);
            } else if !names.insert(name.str()) {
                errors.push(name.duplicate());
            }
        }
        let container_port = port.get("containerPort");
        if container_port.int() == 0 {
            errors.push(container_port.required(""));
        } else {
            errors.extend(text::port_number(container_port.int()).into_iter().map(|flaw| container_port.invalid(flaw)));
        }
        let host_port = port.get("hostPort");
        if host_port.int() != 0 {
            errors.extend(text::port_number(host_port.int()).into_iter().map(|flaw| host_port.invalid(flaw)));
        }
        enumerated(&port.get("protocol"), &PROTOCOLS, errors);
    }
}

/// Models `checkHostPortConflicts`.
fn host_port_conflicts<'v: 'p, 'p>(containers: impl Iterator<Item = Node<'v, 'p>>, errors: &mut Vec<FieldError>) {
    let mut taken = BTreeSet::new();
    for container in containers {
        for port in container.get("ports").items() {
            let host_port = port.get("hostPort");
            if host_port.int() == 0 {
                continue;
            }
            let key = format!("{}/{}/{}", port.get("protocol").str(), port.get("hostIP").str(), host_port.int());
            if !taken.insert(key.clone()) {
                errors.push(host_port.duplicate_as(key));
            }
        }
    }
}

/// Models `validateResizePolicy`.
fn resize_policy(at: &Node, restart_policy: &str, errors: &mut Vec<FieldError>) {
    let mut seen = BTreeSet::new();
    for policy in at.items() {
        let (resource, restart) = (policy.get("resourceName").str(), policy.get("restartPolicy").str());
        if !seen.insert(resource) {
            errors.push(policy.duplicate_as(resource));
        }
        match resource {
            "cpu" | "memory" => {}
            "" => errors.push(at.required("")),
            other => errors.push(at.unsupported_as(other, &["cpu", "memory"])),
        }
        match restart {
            "NotRequired" | "RestartContainer" => {}
            "" => errors.push(at.required("")),
            other => errors.push(at.unsupported_as(other, &["NotRequired", "RestartContainer"])),
        }
        if restart_policy == "Never" && restart != "NotRequired" {
            errors.push(at.invalid_as(restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
        }
    }
}

/// Rules for the containers of pods, not of templates. Models `validateContainerOnlyForPod`.
pub fn only_for_pod(container: &Node, errors: &mut Vec<FieldError>) {
    let image = container.get("image");
    if image.str().trim().len() != image.str().len() {
        errors.push(image.invalid("must not have leading or trailing whitespace"));
    }
}

/// The fields of the internal `PodResourceClaim`.
const CLAIM: GoStruct = &[
    ("Name", "name", GO_TEXT),
    ("ResourceClaimName", "resourceClaimName", GoShape::Plain),
    ("ResourceClaimTemplateName", "resourceClaimTemplateName", GoShape::Plain),
];

/// Models `validatePodResourceClaims`.
pub fn resource_claims(at: &Node, errors: &mut Vec<FieldError>) {
    let mut seen = BTreeSet::new();
    for claim in at.items() {
        let name = claim.get("name");
        if name.str().is_empty() {
            errors.push(name.required(""));
        } else if seen.insert(name.str()) {
            meta::flaws(&name, text::dns_label(name.str()), errors);
        } else {
            errors.push(name.duplicate());
        }
        let sources = [claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName")];
        let mut wrong =
            |words: &str| errors.push(claim.with_json(FieldErrorKind::Invalid, &claim.go_struct(CLAIM), words));
        match sources.iter().filter(|source| source.exists()).count() {
            2 => wrong("at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"),
            0 => wrong("must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"),
            _ => {}
        }
        for source in sources.iter().filter(|source| source.exists()) {
            meta::flaws(source, text::dns_subdomain(source.str()), errors);
        }
    }
}
