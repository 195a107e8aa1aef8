//! EndpointSlices.
//!
//! Models `pkg/apis/discovery/validation/validation.go`.

use super::{ip, meta, text};
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use std::collections::BTreeSet;

type Errors = Vec<FieldError>;

const ADDRESS_TYPES: [&str; 3] = ["FQDN", "IPv4", "IPv6"];

/// All but the metadata of an EndpointSlice.
pub fn endpoint_slice(object: &Node, errors: &mut Errors) {
    let kind = object.get("addressType");
    match kind.str() {
        "" => errors.push(kind.required("")),
        word if ADDRESS_TYPES.contains(&word) => {}
        _ => errors.push(kind.unsupported(&ADDRESS_TYPES)),
    }
    endpoints(&object.get("endpoints"), kind.str(), errors);
    ports(&object.get("ports"), errors);
}

fn endpoints(at: &Node, kind: &str, errors: &mut Errors) {
    if at.len() > 1000 {
        errors.push(at.too_many(1000));
        return;
    }
    for endpoint in at.items() {
        let addresses = endpoint.get("addresses");
        if addresses.is_empty() {
            errors.push(addresses.required("must contain at least 1 address"));
        } else if addresses.len() > 100 {
            errors.push(addresses.too_many(100));
        }
        for address in addresses.items() {
            match kind {
                "IPv4" | "IPv6" => {
                    ip_address(&addresses, &address, kind, errors);
                    if ip::parse_lenient(address.str()).is_some() {
                        ip::non_special(&address, errors);
                    }
                }
                "FQDN" => domain_name(&address, errors),
                _ => {}
            }
        }
        let node = endpoint.get("nodeName");
        if node.exists() {
            meta::flaws(&node, text::dns_subdomain(node.str()), errors);
        }
        let topology = endpoint.get("deprecatedTopology");
        if topology.len() > 16 {
            errors.push(topology.too_many(16));
        }
        meta::labels(&topology, errors);
        let host = endpoint.get("hostname");
        if host.exists() {
            meta::flaws(&host, text::dns_label(host.str()), errors);
        }
        hints(&endpoint.get("hints"), errors);
    }
}

/// The wrong family is reported at the list, as upstream does.
fn ip_address(list: &Node, at: &Node, kind: &str, errors: &mut Errors) {
    let flaws = ip::address(at.str(), true);
    let parsed = ip::parse_lenient(at.str());
    meta::flaws(at, flaws, errors);
    match (kind, parsed) {
        ("IPv4", Some(std::net::IpAddr::V6(_))) => errors.push(list.invalid_as(at.str(), "must be an IPv4 address")),
        ("IPv6", Some(std::net::IpAddr::V4(_))) => errors.push(list.invalid_as(at.str(), "must be an IPv6 address")),
        _ => {}
    }
}

/// Models `IsFullyQualifiedDomainName`.
fn domain_name(at: &Node, errors: &mut Errors) {
    if at.str().is_empty() {
        errors.push(at.required(""));
        return;
    }
    let name = at.str().strip_suffix('.').unwrap_or(at.str());
    let flaws = text::dns_subdomain(name);
    if !flaws.is_empty() {
        errors.push(at.invalid_as(name, flaws.join(",")));
        return;
    }
    if !name.contains('.') {
        errors.push(at.invalid_as(name, "should be a domain with at least two segments separated by dots"));
        return;
    }
    if let Some((label, flaws)) =
        name.split('.').map(|label| (label, text::dns_label(label))).find(|(_, flaws)| !flaws.is_empty())
    {
        errors.push(at.invalid_as(label, flaws.join(",")));
    }
}

fn ports(at: &Node, errors: &mut Errors) {
    if at.len() > 20_000 {
        errors.push(at.too_many(20_000));
        return;
    }
    let mut names = BTreeSet::new();
    for port in at.items() {
        let (name, number, protocol, app) =
            (port.get("name"), port.get("port"), port.get("protocol"), port.get("appProtocol"));
        if !name.str().is_empty() {
            meta::flaws(&name, text::dns_label(name.str()), errors);
        }
        if !names.insert(name.str()) {
            errors.push(name.duplicate_as(name.str()));
        }
        if let Some(number_value) = number.number() {
            errors.extend(text::port_number(number_value).into_iter().map(|flaw| number.invalid(flaw)));
        }
        const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
        match protocol.text() {
            None => errors.push(protocol.required("")),
            Some(word) if PROTOCOLS.contains(&word) => {}
            Some(_) => errors.push(protocol.unsupported(&PROTOCOLS)),
        }
        if app.exists() {
            meta::flaws(&app, text::qualified_name(app.str()), errors);
        }
    }
}

fn hints(at: &Node, errors: &mut Errors) {
    for (field, rule) in [("forZones", text::label_value as fn(&str) -> Vec<String>), ("forNodes", text::dns_subdomain)]
    {
        let list = at.get(field);
        if list.len() > 8 {
            errors.push(list.too_many(8));
            continue;
        }
        let mut seen = BTreeSet::new();
        for hint in list.items() {
            let name = hint.get("name");
            if !seen.insert(name.str()) {
                errors.push(name.duplicate());
            }
            meta::flaws(&name, rule(name.str()), errors);
        }
    }
}
