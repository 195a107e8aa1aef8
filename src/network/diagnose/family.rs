//! Rows about the two families of addresses: who has IPv4, who has IPv6, and who only one of them.

use super::facts::{Facts, of_service};
use super::names::with_host;
use super::{Action, Diagnosis};
use crate::base::path::FieldPath;
use crate::msg;
use crate::network::addr::Family;
use crate::network::route::{Client, Outcome};
use crate::network::rules::PortRules;
use crate::network::view::{ObjectRef, ServiceNet};
use serde_json::json;

/// The families of a Service's addresses.
fn families(service: &ServiceNet) -> String {
    let names: Vec<String> = service.cluster_ips.iter().map(|ip| Family::of(*ip).to_string()).collect();
    names.join(", ")
}

/// A second address for the Service, where the cluster has both families.
fn with_both(facts: &Facts<'_>, service: &ServiceNet, diagnosis: Diagnosis) -> Diagnosis {
    let says = msg!("net.evidence.families", families = families(service));
    let diagnosis = diagnosis.see(of_service(service), FieldPath::of("spec.ipFamilyPolicy"), says);
    match facts.view.config.second {
        Some(_) => diagnosis.fix(
            msg!("net.fix.dual-stack", svc = service.key.name),
            Action::MergePatch(of_service(service), json!({"spec": {"ipFamilyPolicy": "PreferDualStack"}})),
        ),
        None => diagnosis.fix(msg!("net.fix.dual-cluster"), Action::Advice),
    }
}

/// The client has no address of the target's family.
pub(super) fn client(facts: &Facts<'_>) -> Option<Diagnosis> {
    if facts.trace.outcome != Outcome::Unreachable {
        return None;
    }
    let to = facts.target()?.ip();
    let family = Family::of(to);
    let diagnosis = Diagnosis::new("client-family", msg!("net.cause.client-family", ip = to, family = family));
    let own = facts.trace.client_ip.map(|ip| ip.to_string()).unwrap_or_default();
    let diagnosis = match &facts.trace.request.from {
        Client::Pod(key) => diagnosis.see(
            ObjectRef::new("Pod", key),
            FieldPath::of("status.podIPs"),
            msg!("net.evidence.only-address", ip = own),
        ),
        Client::Node(name) => diagnosis.see(
            ObjectRef::node(name),
            FieldPath::of("status.addresses"),
            msg!("net.evidence.only-address", ip = own),
        ),
        Client::Internet | Client::Laptop | Client::Outside(_) => diagnosis,
    };
    Some(diagnosis.fix(msg!("net.fix.dual-cluster"), Action::Advice))
}

/// The name exists, and has no address of the family that was asked for.
pub(super) fn service(facts: &Facts<'_>) -> Option<Diagnosis> {
    let family = facts.trace.request.family?;
    let service = facts.service.as_ref().filter(|_| matches!(facts.trace.outcome, Outcome::NoSuchName { .. }))?;
    let has = service.cluster_ips.iter().any(|ip| Family::of(*ip) == family);
    if has || service.cluster_ips.is_empty() {
        return None;
    }
    let cause = msg!("net.cause.service-family", svc = service.key.name, family = family, other = family.other());
    Some(with_both(facts, service, Diagnosis::new("service-family", cause)))
}

/// A node's address of a family for which the Service has no node port.
pub(super) fn node_port(facts: &Facts<'_>) -> Option<Diagnosis> {
    let to = facts.target().filter(|_| facts.refused() && facts.last_reason() == "net.deliver.node-nothing")?;
    let family = Family::of(to.ip());
    let node = facts.view.node_at(to.ip())?;
    let open = facts.view.rules(&node.name).node_port(family.other(), to.port(), facts.protocol()?)?;
    let service = facts.view.service(&open.name.service)?;
    let cause = msg!(
        "net.cause.node-port-family",
        svc = service.key.name,
        port = to.port(),
        family = family,
        other = family.other()
    );
    let diagnosis = with_both(facts, service, Diagnosis::new("node-port-family", cause));
    Some(match node.ip_of(family.other()) {
        Some(ip) => {
            let url = with_host(&facts.trace.request.to, &ip.to_string(), to.port());
            diagnosis.fix(msg!("net.fix.use-url", url = url), Action::Url(url))
        }
        None => diagnosis,
    })
}

/// The Service has addresses of both families, and endpoints of one.
pub(super) fn endpoints(facts: &Facts<'_>) -> Option<Diagnosis> {
    let matched = facts.trace.matched.as_ref().filter(|_| facts.last_reason() == "net.proxy.no-endpoints-why")?;
    let rules = &matched.rules;
    let all = facts.view.rules(&matched.node.name).service(&rules.name.service);
    let usable = |one: &PortRules| one.endpoints.iter().any(|endpoint| endpoint.ready);
    let other = all.iter().find(|one| one.name == rules.name && one.family() != rules.family() && usable(one))?;
    let svc = &rules.name.service;
    let cause = msg!("net.cause.endpoint-family", svc = svc.name, family = rules.family(), other = other.family());
    let url = with_host(&facts.trace.request.to, &other.cluster_ip.to_string(), rules.port);
    let slice = facts.view.slices_of(svc).next();
    let diagnosis = Diagnosis::new("endpoint-family", cause);
    let diagnosis = match slice {
        Some(slice) => diagnosis.see(
            ObjectRef::new("EndpointSlice", &slice.key),
            FieldPath::of("addressType"),
            msg!("net.evidence.address-type", family = other.family()),
        ),
        None => diagnosis,
    };
    Some(diagnosis.fix(msg!("net.fix.use-url", url = url), Action::Url(url)))
}
