//! The endpoints behind a path: the controller sends to pods itself and leaves kube-proxy out.
//!
//! Models `serviceEndpoints` of `internal/ingress/controller/controller.go` and `getEndpointsFromSlices`.

use super::Backend;
use crate::base::Str;
use crate::network::addr::Protocol;
use crate::network::view::{Key, NetView, ServiceNet, ServicePort, ServiceType, TargetPort};
use std::net::SocketAddr;

/// Where the controller sends a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Upstream {
    /// To one of these endpoints, which are ready.
    Endpoints(Vec<SocketAddr>),
    /// To a host outside: an ExternalName and a port.
    Host(Str, u16),
    /// Nowhere: there is no such Service.
    NoService,
    /// Nowhere: the Service has no such port.
    NoPort,
    /// Nowhere: no endpoint is ready.
    NoEndpoints,
}

/// Where a backend of a namespace leads.
pub fn upstream(view: &NetView, namespace: &str, backend: &Backend) -> Upstream {
    let Some(service) = view.service(&Key::new(namespace, &backend.service)) else { return Upstream::NoService };
    let Some(port) = port_of(service, &backend.port) else {
        return match (service.kind, &service.external_name, backend.port.parse()) {
            (ServiceType::ExternalName, Some(host), Ok(port)) => Upstream::Host(host.clone(), port),
            _ => Upstream::NoPort,
        };
    };
    let number = match port.target {
        TargetPort::Number(number) => Some(number),
        TargetPort::Name(_) => None,
    };
    if service.kind == ServiceType::ExternalName {
        let host = service.external_name.clone().unwrap_or_default();
        return Upstream::Host(host, number.unwrap_or(port.port));
    }
    let mut found = Vec::new();
    for slice in view.slices_of(&service.key) {
        let offered = slice.ports.iter().filter(|offered| offered.protocol == Protocol::Tcp).filter_map(|offered| {
            if port.name.is_empty() || port.name == offered.name { offered.port } else { number }
        });
        let portless = number.filter(|_| slice.ports.is_empty());
        for port in offered.chain(portless) {
            let ready = slice.endpoints.iter().filter(|endpoint| endpoint.ready.unwrap_or(true));
            for ip in ready.flat_map(|endpoint| &endpoint.addresses) {
                let at = SocketAddr::new(*ip, port);
                if !found.contains(&at) {
                    found.push(at);
                }
            }
        }
    }
    // Packets travel IPv4 here.
    found.retain(SocketAddr::is_ipv4);
    if found.is_empty() { Upstream::NoEndpoints } else { Upstream::Endpoints(found) }
}

/// The port of a Service that a backend names: by number, by target port, or by name.
pub fn port_of<'a>(service: &'a ServiceNet, wanted: &str) -> Option<&'a ServicePort> {
    service.ports.iter().find(|port| {
        port.port.to_string() == wanted
            || port.target.to_string() == wanted
            || *port.name == *wanted && !wanted.is_empty()
    })
}
