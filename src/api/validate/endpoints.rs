//! Endpoints.
//!
//! Models `ValidateEndpoints` of `pkg/apis/core/validation/validation.go`.

use super::pod::enumerated;
use super::{ip, meta, text};
use crate::api::field_error::FieldError;
use crate::api::node::Node;

type Errors = Vec<FieldError>;

/// All but the metadata of an Endpoints object.
pub fn endpoints(object: &Node, errors: &mut Errors) {
    for subset in object.get("subsets").items() {
        let (ready, not_ready, ports) = (subset.get("addresses"), subset.get("notReadyAddresses"), subset.get("ports"));
        if ready.is_empty() && not_ready.is_empty() {
            errors.push(subset.required("must specify `addresses` or `notReadyAddresses`"));
        }
        for address in ready.items().chain(not_ready.items()) {
            endpoint_address(&address, errors);
        }
        for port in ports.items() {
            endpoint_port(&port, ports.len() > 1, errors);
        }
    }
}

fn endpoint_address(at: &Node, errors: &mut Errors) {
    let (address, host, node) = (at.get("ip"), at.get("hostname"), at.get("nodeName"));
    meta::flaws(&address, ip::address(address.str(), true), errors);
    if !host.str().is_empty() {
        meta::flaws(&host, text::dns_label(host.str()), errors);
    }
    if node.exists() {
        meta::flaws(&node, text::dns_subdomain(node.str()), errors);
    }
    ip::non_special(&address, errors);
}

fn endpoint_port(at: &Node, need_name: bool, errors: &mut Errors) {
    let (name, port, protocol) = (at.get("name"), at.get("port"), at.get("appProtocol"));
    if !name.str().is_empty() {
        meta::flaws(&name, text::dns_label(name.str()), errors);
    } else if need_name {
        errors.push(name.required(""));
    }
    errors.extend(text::port_number(port.int()).into_iter().map(|flaw| port.invalid_as(port.int(), flaw)));
    enumerated(&at.get("protocol"), &["SCTP", "TCP", "UDP"], errors);
    if protocol.exists() {
        meta::flaws(&protocol, text::qualified_name(protocol.str()), errors);
    }
}
