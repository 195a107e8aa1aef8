//! A pod as an endpoint of a Service.

use super::topology::{ZONE, is_auto};
use crate::api::objects::pod::{Container, IntOrString, RestartPolicy};
use crate::api::objects::service::{
    AddressType, Endpoint, EndpointConditions, EndpointPort, ObjectReference, ServicePort,
};
use crate::api::objects::{Node, Pod, Service};
use crate::base::{Str, Value};
use serde_json::json;

/// Whether the pod can be an endpoint at all, ready or not. Terminating ones still are.
///
/// Models `ShouldPodBeInEndpoints` of `k8s.io/endpointslice/util`.
pub fn counts(pod: &Pod) -> bool {
    !pod.is_terminal() && !pod.status.pod_ip.is_empty()
}

/// The number of the pod's port that a Service's port means; none when the pod has no port of that name.
///
/// Models `FindPort` of `pkg/api/v1/pod/util.go`: containers first, then sidecars.
pub fn target_port(pod: &Pod, port: &ServicePort) -> Option<i32> {
    let name = match &port.target_port {
        IntOrString::Int(number) => return Some(*number),
        IntOrString::Text(name) => name,
    };
    let sidecar = |container: &&Container| container.restart_policy == Some(RestartPolicy::Always);
    let containers = pod.spec.containers.iter().chain(pod.spec.init_containers.iter().filter(sidecar));
    let mut ports = containers.flat_map(|container| &container.ports);
    ports
        .find(|candidate| candidate.name == *name && candidate.protocol == port.protocol)
        .map(|port| port.container_port)
}

/// The ports of the Service as this pod has them.
///
/// Models `getEndpointPorts` of `k8s.io/endpointslice/utils.go`.
pub fn ports(service: &Service, pod: &Pod) -> Vec<EndpointPort> {
    let port = |port: &ServicePort| {
        Some(EndpointPort {
            name: Some(port.name.clone()),
            port: Some(target_port(pod, port)?),
            protocol: Some(port.protocol),
            app_protocol: port.app_protocol.clone(),
            ..EndpointPort::default()
        })
    };
    service.spec.ports.iter().filter_map(port).collect()
}

/// The pod's address of a family, if it has one.
///
/// Models `getEndpointAddresses` of `k8s.io/endpointslice/utils.go`.
pub fn address(pod: &Pod, family: AddressType) -> Option<Str> {
    let of_family = |ip: &Str| ip.contains(':') == (family == AddressType::Ipv6);
    let all = pod.status.pod_ips.iter().map(|entry| &entry.ip).chain([&pod.status.pod_ip]);
    all.filter(|ip| !ip.is_empty()).find(|ip| of_family(ip)).cloned()
}

/// The pod as an endpoint at an address; `kind` is the word `Pod`, which endpoints share.
///
/// Models `podToEndpoint` of `k8s.io/endpointslice/utils.go` and the hints of `trafficdist`.
pub fn endpoint(service: &Service, pod: &Pod, kind: &Str, address: Str, node: Option<&Node>) -> Endpoint {
    let serving = pod.is_ready();
    let terminating = pod.meta.is_terminating();
    let ready = service.spec.publish_not_ready_addresses || serving && !terminating;
    let zone = node.and_then(|node| node.meta.labels.get(ZONE)).cloned();
    let named = !pod.spec.hostname.is_empty() && pod.spec.subdomain == service.meta.name;
    let distribution = service.spec.traffic_distribution.as_deref().filter(|_| !is_auto(&service.meta.annotations));
    let hints = match distribution {
        Some("PreferClose" | "PreferSameZone") if ready => {
            zone.as_ref().map(|zone| json!({"forZones": [{"name": **zone}]}))
        }
        Some("PreferSameNode") if ready => Some(match &zone {
            Some(zone) => json!({"forNodes": [{"name": *pod.node_name}], "forZones": [{"name": **zone}]}),
            None => json!({"forNodes": [{"name": *pod.node_name}]}),
        }),
        _ => None::<Value>,
    };
    Endpoint {
        addresses: vec![address],
        conditions: EndpointConditions {
            ready: Some(ready),
            serving: Some(serving),
            terminating: Some(terminating),
            ..EndpointConditions::default()
        },
        hostname: named.then(|| pod.spec.hostname.clone()),
        target_ref: Some(reference(pod, kind)),
        node_name: Some(pod.node_name.clone()).filter(|name| !name.is_empty()),
        zone,
        hints,
        ..Endpoint::default()
    }
}

/// A reference to the pod, as endpoints carry it, with the word `Pod`, which they share.
pub fn reference(pod: &Pod, kind: &Str) -> ObjectReference {
    ObjectReference {
        kind: kind.clone(),
        namespace: pod.meta.namespace.clone(),
        name: pod.meta.name.clone(),
        uid: pod.meta.uid.clone(),
        ..ObjectReference::default()
    }
}

/// What makes two endpoints the same one: the pod behind it and its address.
pub type Identity = (Str, Str);

/// The identity of an endpoint.
pub fn identity(endpoint: &Endpoint) -> Identity {
    let pod = endpoint.target_ref.as_ref().map(|target| target.uid.clone()).unwrap_or_default();
    (pod, endpoint.addresses.first().cloned().unwrap_or_default())
}

/// Whether a change of a pod could change an endpoint.
///
/// Models `podEndpointsChanged` of `k8s.io/endpointslice/util/controller_utils.go`.
pub fn differs(old: &Pod, new: &Pod) -> bool {
    old.status.pod_ip != new.status.pod_ip
        || old.status.pod_ips != new.status.pod_ips
        || old.is_ready() != new.is_ready()
        || old.is_terminal() != new.is_terminal()
        || old.meta.is_terminating() != new.meta.is_terminating()
        || old.node_name != new.node_name
        || old.spec.hostname != new.spec.hostname
        || old.spec.subdomain != new.spec.subdomain
}
