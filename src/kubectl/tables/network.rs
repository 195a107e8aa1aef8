//! Services and what stands behind and before them.

use super::{Column, Row, age, col, map_text, name, or_none, typed, wide};
use crate::api::objects::service::{LoadBalancerIngress, Service, ServiceType};
use crate::api::objects::{EndpointSlice, Endpoints};
use crate::api::selector::LabelSelector;
use crate::base::Order;
use crate::base::Value;

pub(super) const SERVICE: &[Column] = &[
    col("Name", name),
    col("Type", |row| service(row, |s| s.spec.kind.to_string())),
    col("Cluster-IP", |row| service(row, |s| or_none(s.spec.cluster_ips.first().map_or("", |ip| ip)))),
    col("External-IP", |row| service(row, |s| external_ip(s, row.wide))),
    col("Port(s)", |row| service(row, ports)),
    col("Age", age),
    wide("Selector", |row| service(row, |s| s.spec.selector.as_ref().map_or_else(|| or_none(""), map_text))),
];

pub(super) const ENDPOINTS: &[Column] = &[
    col("Name", name),
    col("Endpoints", |row| Endpoints::of(row.object).map_or_else(String::new, endpoints)),
    col("Age", age),
];

pub(super) const ENDPOINT_SLICE: &[Column] = &[
    col("Name", name),
    col("AddressType", |row| slice(row, |s| s.address_type.to_string())),
    col("Ports", |row| slice(row, slice_ports)),
    col("Endpoints", |row| slice(row, slice_endpoints)),
    col("Age", age),
];

pub(super) const INGRESS: &[Column] = &[
    col("Name", name),
    col("Class", |row| or_none(row.text("/spec/ingressClassName"))),
    col("Hosts", hosts),
    col("Address", |row| load_balancer(typed(row.field("/status/loadBalancer/ingress")).unwrap_or_default(), row.wide)),
    col("Ports", |row| if row.count("/spec/tls") > 0 { "80, 443" } else { "80" }.to_owned()),
    col("Age", age),
];

pub(super) const INGRESS_CLASS: &[Column] = &[
    col("Name", name),
    col("Controller", |row| row.text("/spec/controller").to_owned()),
    col("Parameters", |row| match row.field("/spec/parameters") {
        None => "<none>".to_owned(),
        Some(parameters) => {
            let text = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let group = Some(text("apiGroup")).filter(|group| !group.is_empty());
            format!("{}{}/{}", text("kind"), group.map_or(String::new(), |group| format!(".{group}")), text("name"))
        }
    }),
    col("Age", age),
];

pub(super) const NETWORK_POLICY: &[Column] = &[
    col("Name", name),
    col("Pod-Selector", |row| typed::<LabelSelector>(row.field("/spec/podSelector")).unwrap_or_default().to_string()),
    col("Age", age),
];

fn service(row: &Row<'_>, cell: impl Fn(&Service) -> String) -> String {
    Service::of(row.object).map_or_else(String::new, cell)
}

fn slice(row: &Row<'_>, cell: impl Fn(&EndpointSlice) -> String) -> String {
    EndpointSlice::of(row.object).map_or_else(String::new, cell)
}

/// Models `getServiceExternalIP`.
fn external_ip(service: &Service, wide: bool) -> String {
    let own = service.spec.external_ips.iter().map(|ip| &**ip).collect::<Vec<_>>().join(",");
    match service.spec.kind {
        ServiceType::ClusterIp | ServiceType::NodePort => or_none(own),
        ServiceType::ExternalName => service.spec.external_name.to_string(),
        ServiceType::LoadBalancer => {
            let given = load_balancer(service.status.load_balancer.ingress.clone(), wide);
            match (given.as_str(), own.as_str()) {
                ("", "") => "<pending>".to_owned(),
                ("", own) => own.to_owned(),
                (given, "") => given.to_owned(),
                (given, own) => format!("{given},{own}"),
            }
        }
    }
}

/// Addresses of a load balancer, cut to 16 characters unless there is room.
///
/// Models `loadBalancerStatusStringer`.
fn load_balancer(ingress: Vec<LoadBalancerIngress>, wide: bool) -> String {
    let mut addresses: Vec<String> = ingress
        .iter()
        .map(|one| if one.ip.is_empty() { &one.hostname } else { &one.ip }.to_string())
        .filter(|address| !address.is_empty())
        .collect();
    addresses.order();
    addresses.dedup();
    let text = addresses.join(",");
    match text.get(..13) {
        Some(start) if !wide && text.len() > 16 => format!("{start}..."),
        _ => text,
    }
}

fn ports(service: &Service) -> String {
    let port = |port: &crate::api::objects::service::ServicePort| match port.node_port {
        0 => format!("{}/{}", port.port, port.protocol),
        node_port => format!("{}:{node_port}/{}", port.port, port.protocol),
    };
    or_none(service.spec.ports.iter().map(port).collect::<Vec<_>>().join(","))
}

/// Up to three, and how many more there are.
fn first_three(mut items: Vec<String>, empty: &str) -> String {
    if items.is_empty() {
        return empty.to_owned();
    }
    let more = items.len().saturating_sub(3);
    items.truncate(3);
    let text = items.join(",");
    if more > 0 { format!("{text} + {more} more...") } else { text }
}

/// Models `formatEndpoints`.
pub(in crate::kubectl) fn endpoints(endpoints: &Endpoints) -> String {
    if endpoints.subsets.is_empty() {
        return "<none>".to_owned();
    }
    let mut list = Vec::new();
    for subset in &endpoints.subsets {
        for port in &subset.ports {
            list.extend(subset.addresses.iter().map(|address| format!("{}:{}", address.ip, port.port)));
        }
        if subset.ports.is_empty() {
            list.extend(subset.addresses.iter().map(|address| address.ip.to_string()));
        }
    }
    first_three(list, "")
}

/// Models `formatDiscoveryPorts`.
fn slice_ports(slice: &EndpointSlice) -> String {
    let port = |port: &crate::api::objects::service::EndpointPort| match port.port {
        Some(number) => number.to_string(),
        None => "*".to_owned(),
    };
    first_three(slice.ports.iter().map(port).collect(), "<unset>")
}

/// Models `formatDiscoveryEndpoints`.
fn slice_endpoints(slice: &EndpointSlice) -> String {
    let addresses = slice.endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
    first_three(addresses.map(|address| address.to_string()).collect(), "<unset>")
}

/// Models `formatHosts`.
fn hosts(row: &Row<'_>) -> String {
    let rules = row.field("/spec/rules").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let hosts = rules.iter().filter_map(|rule| rule.get("host").and_then(Value::as_str)).map(str::to_owned);
    first_three(hosts.collect(), "*")
}
