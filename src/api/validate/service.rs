//! Services.
//!
//! Models `ValidateService` of `pkg/apis/core/validation/validation.go`.

use super::intstr::port_number_or_name;
use super::pod::enumerated;
use super::{ip, meta, text};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::Node;
use std::collections::BTreeSet;

type Errors = Vec<FieldError>;

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
const TOPOLOGY_HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const TOPOLOGY_MODE: &str = "service.kubernetes.io/topology-mode";
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
const LOAD_BALANCER_ONLY: &str = "may only be used when `type` is 'LoadBalancer'";

/// Whether the only cluster IP is `None`.
pub fn is_headless(spec: &Node) -> bool {
    let ips = spec.get("clusterIPs");
    ips.len() == 1 && ips.index(0).str() == "None"
}

/// Whether something outside the cluster can reach it. Models `apiservice.ExternallyAccessible`.
fn is_externally_accessible(spec: &Node) -> bool {
    match spec.get("type").str() {
        "LoadBalancer" | "NodePort" => true,
        "ClusterIP" => !spec.get("externalIPs").is_empty(),
        _ => false,
    }
}

/// Whether each node answers health checks for it. Models `apiservice.NeedsHealthCheck`.
pub fn needs_health_check(spec: &Node) -> bool {
    spec.get("type").str() == "LoadBalancer" && spec.get("externalTrafficPolicy").str() == "Local"
}

/// All but the metadata of a Service.
pub fn service(object: &Node, errors: &mut Errors) {
    let metadata = object.get("metadata");
    let annotations = metadata.get("annotations");
    let (hints, mode) = (annotations.key(TOPOLOGY_HINTS), annotations.key(TOPOLOGY_MODE));
    if hints.exists() && mode.exists() && hints.str() != mode.str() {
        errors.push(mode.invalid(format!("must match annotations[{TOPOLOGY_HINTS}] when both are specified")));
    }
    let spec = object.get("spec");
    let ports = spec.get("ports");
    if ports.is_empty() && !is_headless(&spec) && spec.get("type").str() != "ExternalName" {
        errors.push(ports.required(""));
    }
    by_type(&spec, errors);
    let mut names = BTreeSet::new();
    for port in ports.items() {
        service_port(&port, ports.len() > 1, &mut names, errors);
    }
    meta::labels(&spec.get("selector"), errors);
    session_affinity(&spec, errors);
    cluster_ips(&spec, errors);
    for external in spec.get("externalIPs").items() {
        let flaws = ip::address(external.str(), true);
        if flaws.is_empty() {
            ip::non_special(&external, errors);
        } else {
            meta::flaws(&external, flaws, errors);
        }
    }
    enumerated(&spec.get("type"), &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], errors);
    if spec.get("type").str() == "ClusterIP" {
        for port in ports.items().filter(|port| port.get("nodePort").int() != 0) {
            errors.push(port.get("nodePort").forbidden("may not be used when `type` is 'ClusterIP'"));
        }
    }
    duplicate_ports(&ports, errors);
    source_ranges(&spec, &annotations.key(SOURCE_RANGES), errors);
    let allocate = spec.get("allocateLoadBalancerNodePorts");
    if allocate.exists() && spec.get("type").str() != "LoadBalancer" {
        errors.push(allocate.forbidden(LOAD_BALANCER_ONLY));
    }
    load_balancer_class(&spec, errors);
    traffic_policies(&spec, errors);
    let distribution = spec.get("trafficDistribution");
    const DISTRIBUTIONS: [&str; 3] = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    if distribution.text().is_some_and(|word| !DISTRIBUTIONS.contains(&word)) {
        errors.push(distribution.unsupported(&DISTRIBUTIONS));
    }
}

fn by_type(spec: &Node, errors: &mut Errors) {
    match spec.get("type").str() {
        kind @ ("LoadBalancer" | "NodePort") if is_headless(spec) => {
            let ips = spec.get("clusterIPs");
            errors.push(ips.index(0).invalid(format!("may not be set to 'None' for {kind} services")));
        }
        "ExternalName" => {
            for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                if !spec.get(field).is_empty() {
                    errors.push(spec.get(field).forbidden("may not be set for ExternalName services"));
                }
            }
            let name = spec.get("externalName");
            let cname = name.str().strip_suffix('.').unwrap_or(name.str());
            if cname.is_empty() {
                errors.push(name.required(""));
            } else {
                errors.extend(text::dns_subdomain(cname).into_iter().map(|flaw| name.invalid_as(cname, flaw)));
            }
        }
        _ => {}
    }
}

/// Models `validateServicePort`.
fn service_port<'v>(port: &Node<'v, '_>, need_name: bool, names: &mut BTreeSet<&'v str>, errors: &mut Errors) {
    let name = port.get("name");
    if !name.str().is_empty() {
        meta::flaws(&name, text::dns_label(name.str()), errors);
        if !names.insert(name.str()) {
            errors.push(name.duplicate());
        }
    } else if need_name {
        errors.push(name.required(""));
    }
    let number = port.get("port");
    errors.extend(text::port_number(number.int()).into_iter().map(|flaw| number.invalid_as(number.int(), flaw)));
    enumerated(&port.get("protocol"), &PROTOCOLS, errors);
    port_number_or_name(&port.get("targetPort"), errors);
    let protocol = port.get("appProtocol");
    if protocol.exists() {
        meta::flaws(&protocol, text::qualified_name(protocol.str()), errors);
    }
}

fn session_affinity(spec: &Node, errors: &mut Errors) {
    let affinity = spec.get("sessionAffinity");
    enumerated(&affinity, &["ClientIP", "None"], errors);
    let config = spec.get("sessionAffinityConfig");
    match affinity.str() {
        "ClientIP" => {
            const WHEN: &str = "when session affinity type is ClientIP";
            let client = config.get("clientIP");
            let timeout = client.get("timeoutSeconds");
            for at in [&config, &client, &timeout] {
                if !at.exists() {
                    errors.push(at.required(WHEN));
                    return;
                }
            }
            if !(1..=86400).contains(&timeout.int()) {
                errors.push(timeout.invalid("must be greater than 0 and less than 86400"));
            }
        }
        "None" if config.exists() => {
            errors.push(config.forbidden("must not be set when session affinity is None"));
        }
        _ => {}
    }
}

/// Models `ValidateServiceClusterIPsRelatedFields`. The allocator asks this, too, before it allocates.
pub fn cluster_ips(spec: &Node, errors: &mut Errors) {
    if spec.get("type").str() == "ExternalName" {
        return;
    }
    let (one, ips, families) = (spec.get("clusterIP"), spec.get("clusterIPs"), spec.get("ipFamilies"));
    match (one.str(), ips.len()) {
        ("", 0) => {}
        ("", _) => errors.push(ips.invalid("must be empty when `clusterIP` is not specified")),
        (_, 0) => errors.push(ips.required("")),
        (one, _) if ips.index(0).str() != one => errors.push(ips.invalid("first value must match `clusterIP`")),
        _ => {}
    }
    let mut seen = BTreeSet::new();
    for family in families.items() {
        if !matches!(family.str(), "IPv4" | "IPv6") {
            errors.push(family.unsupported(&["IPv4", "IPv6"]));
        }
        if !seen.insert(family.str()) {
            errors.push(family.duplicate());
        }
    }
    let policy = spec.get("ipFamilyPolicy");
    const POLICIES: [&str; 3] = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    if policy.text().is_some_and(|policy| !POLICIES.contains(&policy)) {
        errors.push(policy.unsupported(&POLICIES));
    }
    let mut any_invalid = false;
    for (i, address) in ips.items().enumerate() {
        if i == 0 && address.str() == "None" {
            if ips.len() > 1 {
                any_invalid = true;
                errors.push(ips.invalid("'None' must be the first and only value"));
            }
            continue;
        }
        let flaws = ip::address(address.str(), true);
        any_invalid |= !flaws.is_empty();
        meta::flaws(&address, flaws, errors);
    }
    if ips.len() > 2 {
        errors.push(ips.invalid("may only hold up to 2 values"));
    }
    if any_invalid {
        return;
    }
    let is_v6 = |text: &str| ip::parse_lenient(text).is_some_and(|ip| ip.is_ipv6());
    let kinds: BTreeSet<bool> = ips.strs().map(is_v6).collect();
    if ips.len() > 1 && kinds.len() < 2 {
        errors.push(ips.invalid("may specify no more than one IP for each IP family"));
    }
    if is_headless(spec) {
        return;
    }
    for (i, (address, family)) in ips.items().zip(families.strs()).enumerate() {
        let mismatch = (family == "IPv4" && is_v6(address.str())) || (family == "IPv6" && !is_v6(address.str()));
        if mismatch {
            errors.push(address.invalid(format!("expected an {family} value as indicated by `ipFamilies[{i}]`")));
        }
    }
}

fn duplicate_ports(ports: &Node, errors: &mut Errors) {
    let mut taken = BTreeSet::new();
    for port in ports.items() {
        let node_port = port.get("nodePort");
        if node_port.int() != 0 && !taken.insert((port.get("protocol").str(), node_port.int())) {
            errors.push(node_port.duplicate());
        }
    }
    let mut taken = BTreeSet::new();
    for port in ports.items() {
        let (protocol, number) = (port.get("protocol").str(), port.get("port").int());
        if !taken.insert((protocol, number)) {
            // Upstream prints its internal type, of which only these two fields are filled.
            let json = format!(
                r#"{{"Name":"","Protocol":"{protocol}","AppProtocol":null,"Port":{number},"TargetPort":0,"NodePort":0}}"#
            );
            errors.push(port.with_json(FieldErrorKind::Duplicate, &json, ""));
        }
    }
}

fn source_ranges(spec: &Node, annotation: &Node, errors: &mut Errors) {
    let is_load_balancer = spec.get("type").str() == "LoadBalancer";
    let ranges = spec.get("loadBalancerSourceRanges");
    if !ranges.is_empty() {
        // Upstream spells the path with a capital letter.
        let path = spec.path().child("LoadBalancerSourceRanges");
        let at = Node::at(&path, ranges.value());
        if !is_load_balancer {
            errors.push(at.forbidden(LOAD_BALANCER_ONLY));
        }
        for range in at.items() {
            let text = range.str().trim();
            errors.extend(ip::cidr(text, true).into_iter().map(|flaw| range.invalid_as(text, flaw)));
        }
    } else if annotation.exists() {
        if !is_load_balancer {
            errors.push(annotation.forbidden(LOAD_BALANCER_ONLY));
        }
        for text in annotation.str().trim().split(',').map(str::trim).filter(|_| !annotation.str().trim().is_empty()) {
            errors.extend(ip::cidr(text, true).into_iter().map(|flaw| annotation.invalid_as(text, flaw)));
        }
    }
}

/// Models `validateLoadBalancerClassField` without an old object.
pub fn load_balancer_class(spec: &Node, errors: &mut Errors) {
    let class = spec.get("loadBalancerClass");
    if !class.exists() {
        return;
    }
    if spec.get("type").str() == "LoadBalancer" {
        meta::flaws(&class, text::qualified_name(class.str()), errors);
    } else {
        errors.push(class.forbidden(LOAD_BALANCER_ONLY));
    }
}

fn traffic_policies(spec: &Node, errors: &mut Errors) {
    let external = spec.get("externalTrafficPolicy");
    if is_externally_accessible(spec) {
        enumerated(&external, &["Cluster", "Local"], errors);
    } else if !external.str().is_empty() {
        errors.push(external.invalid("may only be set for externally-accessible services"));
    }
    let health = spec.get("healthCheckNodePort");
    if !needs_health_check(spec) {
        if health.int() != 0 {
            errors.push(
                health.invalid("may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"),
            );
        }
    } else if health.int() == 0 {
        errors.push(health.required(""));
    } else {
        errors.extend(text::port_number(health.int()).into_iter().map(|flaw| health.invalid(flaw)));
    }
    let internal = spec.get("internalTrafficPolicy");
    let has_cluster_ip = matches!(spec.get("type").str(), "NodePort" | "LoadBalancer" | "ClusterIP");
    if internal.exists() || has_cluster_ip {
        enumerated(&internal, &["Cluster", "Local"], errors);
    }
}
