//! Services, Endpoints and EndpointSlices.

use super::{Text, join, or_none};
use crate::api::kinds::Kind;
use crate::api::objects::pod::IntOrString;
use crate::api::objects::service::LoadBalancerIngress;
use crate::api::objects::{EndpointSlice, Endpoints, Object, Service};
use crate::kubectl::client::{Client, Filter};
use std::rc::Rc;

/// The slices of a Service, in the order of their names.
pub(super) fn slices_of(namespace: &str, service: &str, client: &mut Client<'_>) -> Vec<Rc<Object>> {
    let labels = format!("kubernetes.io/service-name={service}");
    client.list(Kind::ENDPOINT_SLICE, namespace, Filter { labels: &labels, fields: "" }).unwrap_or_default()
}

/// Models `describeService`.
pub(super) fn service(service: &Service, client: &mut Client<'_>, text: &mut Text) {
    let (meta, spec) = (&service.meta, &service.spec);
    let slices = slices_of(&meta.namespace, &meta.name, client);
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    let selector = spec.selector.iter().flatten().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
    text.field("Selector", or_none(&selector.join(",")));
    text.field("Type", spec.kind);
    if let Some(policy) = &spec.ip_family_policy {
        text.field("IP Family Policy", policy);
    }
    text.field("IP Families", or_none(&join(&spec.ip_families)));
    text.field("IP", &spec.cluster_ip);
    text.field("IPs", or_none(&join(&spec.cluster_ips)));
    if !spec.external_ips.is_empty() {
        text.field("External IPs", join(&spec.external_ips));
    }
    if !spec.load_balancer_ip.is_empty() {
        text.field("Desired LoadBalancer IP", &spec.load_balancer_ip);
    }
    if !spec.external_name.is_empty() {
        text.field("External Name", &spec.external_name);
    }
    let ingress = &service.status.load_balancer.ingress;
    if !ingress.is_empty() {
        text.field("LoadBalancer Ingress", ingress.iter().map(load_balancer).collect::<Vec<_>>().join(", "));
    }
    for port in &spec.ports {
        let name = if port.name.is_empty() { "<unset>" } else { &port.name };
        text.field("Port", format_args!("{name}\t{}/{}", port.port, port.protocol));
        text.field("TargetPort", format_args!("{}/{}", target(&port.target_port), port.protocol));
        if let Some(protocol) = &port.app_protocol {
            text.field("AppProtocol", protocol);
        }
        if port.node_port != 0 {
            text.field("NodePort", format_args!("{name}\t{}/{}", port.node_port, port.protocol));
        }
        text.field("Endpoints", endpoints_of(&slices, &port.name));
    }
    text.field("Session Affinity", spec.session_affinity);
    if let Some(policy) = spec.external_traffic_policy {
        text.field("External Traffic Policy", policy);
    }
    if let Some(policy) = spec.internal_traffic_policy {
        text.field("Internal Traffic Policy", policy);
    }
    if spec.health_check_node_port != 0 {
        text.field("HealthCheck NodePort", spec.health_check_node_port);
    }
    if !spec.load_balancer_source_ranges.is_empty() {
        text.field("LoadBalancer Source Ranges", join(&spec.load_balancer_source_ranges));
    }
    if let Some(distribution) = &spec.traffic_distribution {
        text.field("Traffic Distribution", distribution);
    }
}

fn target(port: &IntOrString) -> String {
    port.to_string()
}

fn load_balancer(ingress: &LoadBalancerIngress) -> String {
    match (&*ingress.ip, &ingress.ip_mode) {
        ("", _) => ingress.hostname.to_string(),
        (ip, Some(mode)) => format!("{ip} ({mode})"),
        (ip, None) => ip.to_owned(),
    }
}

/// The ready endpoints of a port: three, and how many more.
///
/// Models `formatEndpointSlices`.
pub(super) fn endpoints_of(slices: &[Rc<Object>], port_name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut ready = Vec::new();
    // Whether kubectl looked at an endpoint, ready or not, when three were listed.
    let mut looked_on = false;
    for slice in slices.iter().filter_map(|object| EndpointSlice::of(object)) {
        let ports: Vec<Option<i32>> = match slice.ports.as_slice() {
            [] => vec![None],
            ports => {
                let named = ports.iter().filter(|port| port.name.as_deref().unwrap_or_default() == port_name);
                named.map(|port| port.port).collect()
            }
        };
        for port in ports {
            for endpoint in &slice.endpoints {
                looked_on |= ready.len() >= 3;
                let Some(address) = endpoint.addresses.first() else { continue };
                if endpoint.conditions.ready.unwrap_or(true) {
                    ready.push(match port {
                        Some(port) if address.contains(':') => format!("[{address}]:{port}"),
                        Some(port) => format!("{address}:{port}"),
                        None => address.to_string(),
                    });
                }
            }
        }
    }
    let more = ready.len().saturating_sub(3);
    ready.truncate(3);
    match looked_on {
        true => format!("{} + {more} more...", ready.join(",")),
        false => ready.join(","),
    }
}

/// Models `describeEndpoints`.
pub(super) fn endpoints(endpoints: &Endpoints, text: &mut Text) {
    let meta = &endpoints.meta;
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    text.line(0, "Subsets:");
    for subset in &endpoints.subsets {
        let addresses = |list: &[crate::api::objects::service::EndpointAddress]| {
            or_none(&list.iter().map(|address| &*address.ip).collect::<Vec<_>>().join(",")).to_owned()
        };
        text.line(1, format_args!("Addresses:\t{}", addresses(&subset.addresses)));
        text.line(1, format_args!("NotReadyAddresses:\t{}", addresses(&subset.not_ready_addresses)));
        if !subset.ports.is_empty() {
            text.line(1, "Ports:");
            text.line(2, "Name\tPort\tProtocol");
            text.line(2, "----\t----\t--------");
            for port in &subset.ports {
                let name = if port.name.is_empty() { "<unset>" } else { &port.name };
                text.line(2, format_args!("{name}\t{}\t{}", port.port, port.protocol));
            }
        }
        text.line(0, "");
    }
}

/// Models `describeEndpointSliceV1`.
pub(super) fn endpoint_slice(slice: &EndpointSlice, text: &mut Text) {
    let meta = &slice.meta;
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    text.field("AddressType", slice.address_type);
    if slice.ports.is_empty() {
        text.line(0, "Ports: <unset>");
    } else {
        text.line(0, "Ports:");
        text.line(1, "Name\tPort\tProtocol");
        text.line(1, "----\t----\t--------");
        for port in &slice.ports {
            let name = port.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("<unset>");
            let number = port.port.map_or_else(|| "<unset>".to_owned(), |port| port.to_string());
            text.line(1, format_args!("{name}\t{number}\t{}", port.protocol.unwrap_or_default()));
        }
    }
    if slice.endpoints.is_empty() {
        text.line(0, "Endpoints: <none>");
        return;
    }
    text.line(0, "Endpoints:");
    for endpoint in &slice.endpoints {
        text.line(1, format_args!("- Addresses:\t{}", or_none(&join(&endpoint.addresses))));
        text.line(2, "Conditions:");
        let shown = |flag: Option<bool>| flag.map_or("<unset>".to_owned(), |flag| flag.to_string());
        text.line(3, format_args!("Ready:\t{}", shown(endpoint.conditions.ready)));
        text.line(2, format_args!("Hostname:\t{}", endpoint.hostname.as_deref().unwrap_or("<unset>")));
        if let Some(target) = &endpoint.target_ref {
            text.line(2, format_args!("TargetRef:\t{}/{}", target.kind, target.name));
        }
        text.line(2, format_args!("NodeName:\t{}", endpoint.node_name.as_deref().unwrap_or("<unset>")));
        text.line(2, format_args!("Zone:\t{}", endpoint.zone.as_deref().unwrap_or("<unset>")));
    }
}
