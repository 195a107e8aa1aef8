//! NetworkPolicies.
//!
//! Models `ValidateNetworkPolicySpec` of `pkg/apis/networking/validation/validation.go`.

use super::ip::{self, Cidr};
use super::selector::label_selector;
use super::{meta, text};
use crate::api::field_error::FieldError;
use crate::api::node::Node;

type Errors = Vec<FieldError>;

/// All but the metadata of a NetworkPolicy.
pub fn network_policy(object: &Node, errors: &mut Errors) {
    let spec = object.get("spec");
    label_selector(&spec.get("podSelector"), errors);
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.get(rules).items() {
            for port in rule.get("ports").items() {
                policy_port(&port, errors);
            }
            for peer in rule.get(peers).items() {
                policy_peer(&peer, errors);
            }
        }
    }
    let types = spec.get("policyTypes");
    if types.len() > 2 {
        errors.push(types.invalid("may not specify more than two policyTypes"));
        return;
    }
    for kind in types.items() {
        if !matches!(kind.str(), "Ingress" | "Egress") {
            errors.push(kind.unsupported(&["Ingress", "Egress"]));
        }
    }
}

fn policy_port(at: &Node, errors: &mut Errors) {
    let (protocol, port, end) = (at.get("protocol"), at.get("port"), at.get("endPort"));
    if protocol.text().is_some_and(|protocol| !matches!(protocol, "TCP" | "UDP" | "SCTP")) {
        errors.push(protocol.unsupported(&["TCP", "UDP", "SCTP"]));
    }
    if let Some(number) = port.number() {
        errors.extend(text::port_number(number).into_iter().map(|flaw| port.invalid(flaw)));
        if let Some(last) = end.number() {
            if last < number {
                errors.push(end.invalid("must be greater than or equal to `port`"));
            }
            errors.extend(text::port_number(last).into_iter().map(|flaw| end.invalid(flaw)));
        }
    } else if port.exists() {
        if end.exists() {
            errors.push(end.invalid("may not be specified when `port` is non-numeric"));
        }
        meta::flaws(&port, text::port_name(port.str()), errors);
    } else if end.exists() {
        errors.push(end.invalid("may not be specified when `port` is not specified"));
    }
}

fn policy_peer(at: &Node, errors: &mut Errors) {
    let mut selectors = 0;
    for field in ["podSelector", "namespaceSelector"] {
        let selector = at.get(field);
        selectors += i32::from(selector.exists());
        label_selector(&selector, errors);
    }
    let block = at.get("ipBlock");
    if block.exists() {
        ip_block(&block, errors);
        if selectors > 0 {
            errors.push(at.forbidden("may not specify both ipBlock and another peer"));
        }
    } else if selectors == 0 {
        errors.push(at.required("must specify a peer"));
    }
}

/// Models `ValidateIPBlock`.
fn ip_block(at: &Node, errors: &mut Errors) {
    let cidr = at.get("cidr");
    if cidr.str().is_empty() {
        errors.push(cidr.required(""));
        return;
    }
    meta::flaws(&cidr, ip::cidr(cidr.str(), true), errors);
    let Some(network) = Cidr::parse(cidr.str()) else { return };
    for except in at.get("except").items() {
        meta::flaws(&except, ip::cidr(except.str(), true), errors);
        let Some(hole) = Cidr::parse(except.str()) else { continue };
        if !network.contains(hole.network()) || network.bits >= hole.bits {
            errors.push(except.invalid("must be a strict subset of `cidr`"));
        }
    }
}
