//! What CoreDNS answers.
//!
//! Models CoreDNS plugin/kubernetes/kubernetes.go, parse.go and plugin/backend_lookup.go.

use super::records::{Data, Rcode, Record, Response, Type};
use super::upstream;
use crate::base::Str;
use crate::base::time::EPOCH_SECONDS;
use crate::network::addr::Protocol;
use crate::network::view::{Key, NetView, ServiceNet, ServiceType, SliceEndpoint};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// How often an ExternalName may lead to another one.
const MAX_ALIASES: usize = 8;

/// The answer to a question for `name` (with or without a final dot).
pub fn answer(view: &NetView, name: &str, kind: Type) -> Response {
    answer_within(view, name, kind, MAX_ALIASES)
}

fn answer_within(view: &NetView, name: &str, kind: Type, aliases_left: usize) -> Response {
    let asked = name.trim_end_matches('.');
    let lower = asked.to_ascii_lowercase();
    if let Some(ip) = reverse_address(&lower).filter(|_| kind == Type::Ptr) {
        return reverse(view, asked, ip).unwrap_or_else(|| forward(view, asked, kind));
    }
    let domain = view.config.domain.to_ascii_lowercase();
    let Some(front) = lower.strip_suffix(&domain).filter(|front| front.is_empty() || front.ends_with('.')) else {
        return forward(view, asked, kind);
    };
    let labels: Vec<&str> = front.split('.').filter(|label| !label.is_empty()).collect();
    let mut response = in_zone(view, &format!("{asked}."), &labels, kind, aliases_left);
    response.authoritative = true;
    if response.answer.is_empty() {
        response.authority.push(soa(view));
    }
    response
}

fn forward(view: &NetView, name: &str, kind: Type) -> Response {
    upstream::answer(view, name, kind)
}

fn soa(view: &NetView) -> Record {
    let domain = &view.config.domain;
    let serial = EPOCH_SECONDS.unsigned_abs() + view.now.0 / 1_000_000;
    Record::new(
        &format!("{domain}."),
        Data::Soa(format!("ns.dns.{domain}. hostmaster.{domain}. {serial} 7200 1800 86400 30")),
    )
}

fn empty(rcode: Rcode) -> Response {
    Response { rcode, ..Response::default() }
}

fn answered(answer: Vec<Record>) -> Response {
    Response { answer, ..Response::default() }
}

/// Questions inside the cluster's zone; `labels` are those before it.
fn in_zone(view: &NetView, asked: &str, labels: &[&str], kind: Type, aliases_left: usize) -> Response {
    match (labels, kind) {
        ([], Type::Soa) => return answered(vec![soa(view)]),
        ([], Type::Ns) => return name_server(view, asked),
        (["dns-version"], Type::Txt) => return answered(vec![Record::new(asked, Data::Txt("1.1.0".to_owned()))]),
        // There is no other text; what has records of another type exists.
        (_, Type::Txt) => {
            let exists = labels.len() > 2 && in_zone(view, asked, labels, Type::A, 0).rcode == Rcode::NoError;
            return empty(if exists { Rcode::NoError } else { Rcode::NxDomain });
        }
        // Here the plugin does not look whether the name exists.
        (_, Type::Soa) => return empty(Rcode::NoError),
        (["ns", "dns"], _) => return addresses(asked, server_ips(view), kind),
        ([], _) | (["svc" | "pod"], _) => return empty(Rcode::NoError),
        _ => {}
    }
    match labels {
        [namespace, "svc" | "pod"] => {
            empty(if view.has_namespace(namespace) { Rcode::NoError } else { Rcode::NxDomain })
        }
        // Of a pod's name what stands before it does not count, as long as a Service's could have it.
        [front @ .., dashed, namespace, "pod"] if front.len() <= 2 => {
            match dashed_address(dashed).filter(|_| view.has_namespace(namespace)) {
                Some(ip) if kind == Type::Srv => {
                    let host = format!("{dashed}.{namespace}.pod.{}.", view.config.domain);
                    locations(asked, &[Item { host, ip, port: Some(0) }])
                }
                Some(ip) => addresses(asked, [ip], kind),
                None => empty(Rcode::NxDomain),
            }
        }
        [front @ .., service, namespace, "svc"] => {
            let wanted = match front {
                [] => Wanted::default(),
                [endpoint] => Wanted { endpoint: Some(endpoint), ..Wanted::default() },
                [port, protocol] => Wanted {
                    port: Some(port.strip_prefix('_').unwrap_or(port)),
                    protocol: Some(protocol.strip_prefix('_').unwrap_or(protocol)),
                    ..Wanted::default()
                },
                _ => return empty(Rcode::NxDomain),
            };
            match view.service(&Key::new(namespace, service)) {
                Some(service) => of_service(view, asked, service, &wanted, kind, aliases_left),
                None => empty(Rcode::NxDomain),
            }
        }
        _ => empty(Rcode::NxDomain),
    }
}

fn name_server(view: &NetView, asked: &str) -> Response {
    let domain = &view.config.domain;
    let name = view.service_at(view.config.dns_ip).map_or_else(
        || format!("kube-dns.kube-system.svc.{domain}."),
        |service| format!("{}.{}.svc.{domain}.", service.key.name, service.key.namespace),
    );
    Response {
        answer: vec![Record::new(asked, Data::Ns(name.clone()))],
        additional: server_ips(view).into_iter().map(|ip| Record::new(&name, Data::Address(ip))).collect(),
        ..Response::default()
    }
}

/// The addresses of the name server's own Service.
fn server_ips(view: &NetView) -> Vec<IpAddr> {
    let service = view.service_at(view.config.dns_ip);
    service.map_or_else(|| vec![view.config.dns_ip], |service| service.cluster_ips.clone())
}

fn in_cluster(view: &NetView, name: &str) -> bool {
    let domain = view.config.domain.to_ascii_lowercase();
    name.to_ascii_lowercase().strip_suffix(&domain).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

/// What stands before the name of the Service.
#[derive(Default)]
struct Wanted<'a> {
    endpoint: Option<&'a str>,
    port: Option<&'a str>,
    protocol: Option<&'a str>,
}

impl Wanted<'_> {
    fn fits(&self, port: &str, protocol: Protocol) -> bool {
        self.port.is_none_or(|wanted| wanted == port.to_ascii_lowercase())
            && self.protocol.is_none_or(|wanted| wanted == protocol.lower())
    }
}

/// One address and port that a name stands for; `host` is the name of that very address.
struct Item {
    host: String,
    ip: IpAddr,
    /// `None` when nothing declares a port.
    port: Option<u16>,
}

fn of_service(
    view: &NetView,
    asked: &str,
    service: &ServiceNet,
    wanted: &Wanted<'_>,
    kind: Type,
    aliases_left: usize,
) -> Response {
    if service.kind == ServiceType::ExternalName {
        return alias(view, asked, service, wanted, kind, aliases_left);
    }
    let items = items(view, service, wanted);
    if items.is_empty() {
        return empty(Rcode::NxDomain);
    }
    match kind {
        Type::A | Type::Aaaa => addresses(asked, items.iter().map(|item| item.ip), kind),
        Type::Srv => locations(asked, &items),
        _ => empty(Rcode::NoError),
    }
}

/// Models `findServices`.
fn items(view: &NetView, service: &ServiceNet, wanted: &Wanted<'_>) -> Vec<Item> {
    let base = format!("{}.{}.svc.{}.", service.key.name, service.key.namespace, view.config.domain);
    if !service.headless && wanted.endpoint.is_none() {
        return service
            .ports
            .iter()
            .filter(|port| wanted.fits(&port.name, port.protocol))
            .flat_map(|port| {
                let base = base.clone();
                service.cluster_ips.iter().map(move |ip| Item { host: base.clone(), ip: *ip, port: Some(port.port) })
            })
            .collect();
    }
    let mut found = Vec::new();
    for slice in view.slices_of(&service.key) {
        let portless = [(Str::from(""), Protocol::Tcp, None)];
        let declared: Vec<_> = slice.ports.iter().map(|port| (port.name.clone(), port.protocol, port.port)).collect();
        let ports = if declared.is_empty() { &portless[..] } else { &declared[..] };
        for endpoint in slice.endpoints.iter().filter(|endpoint| endpoint.ready.unwrap_or(true)) {
            for ip in &endpoint.addresses {
                let name = host_label(endpoint, *ip);
                if wanted.endpoint.is_some_and(|wanted| wanted != name.to_ascii_lowercase()) {
                    continue;
                }
                found.extend(
                    ports.iter().filter(|(port, protocol, _)| wanted.fits(port, *protocol)).map(|(_, _, port)| Item {
                        host: format!("{name}.{base}"),
                        ip: *ip,
                        port: *port,
                    }),
                );
            }
        }
    }
    found
}

/// The label under which an endpoint is found: its hostname, or its address with dashes.
fn host_label(endpoint: &SliceEndpoint, ip: IpAddr) -> String {
    match &endpoint.hostname {
        Some(hostname) if !hostname.is_empty() => hostname.to_string(),
        _ => {
            let dashed = ip.to_string().replace(['.', ':'], "-");
            // No label ends with a dash.
            if dashed.ends_with('-') { dashed + "0" } else { dashed }
        }
    }
}

fn addresses(asked: &str, ips: impl IntoIterator<Item = IpAddr>, kind: Type) -> Response {
    let wanted: BTreeSet<IpAddr> = ips
        .into_iter()
        .filter(|ip| matches!((kind, ip), (Type::A, IpAddr::V4(_)) | (Type::Aaaa, IpAddr::V6(_))))
        .collect();
    answered(wanted.into_iter().map(|ip| Record::new(asked, Data::Address(ip))).collect())
}

/// Models `plugin.SRV`: every port of every address, equal shares that add up to at most 100.
fn locations(asked: &str, items: &[Item]) -> Response {
    let share = u16::try_from((100 / items.len().max(1)).max(1)).unwrap_or(1);
    let mut answer = BTreeSet::new();
    let mut additional = BTreeSet::new();
    for item in items {
        let Some(port) = item.port else { continue };
        answer.insert(Record::new(asked, Data::Srv { weight: share, port, target: item.host.clone() }));
        additional.insert(Record::new(&item.host, Data::Address(item.ip)));
    }
    Response {
        answer: answer.into_iter().collect(),
        additional: additional.into_iter().collect(),
        ..Response::default()
    }
}

/// An ExternalName is an alias, and nothing else: no ports, no addresses of its own. A value that is an address is no name.
fn alias(
    view: &NetView,
    asked: &str,
    service: &ServiceNet,
    wanted: &Wanted<'_>,
    kind: Type,
    aliases_left: usize,
) -> Response {
    let target = service.external_name.as_deref().unwrap_or_default().trim_end_matches('.');
    let is_name = !target.is_empty() && target.parse::<IpAddr>().is_err();
    if !is_name || wanted.endpoint.is_some() || wanted.port.is_some() {
        return empty(Rcode::NxDomain);
    }
    let record = Record::new(asked, Data::Cname(format!("{target}.")));
    match kind {
        Type::Cname => answered(vec![record]),
        Type::A | Type::Aaaa => {
            let mut response = answered(vec![record]);
            if aliases_left > 0 {
                let further = answer_within(view, target, kind, aliases_left - 1);
                if !in_cluster(view, target) {
                    response.forwarded.push((format!("{target}."), kind, further.rcode));
                }
                response.forwarded.extend(further.forwarded);
                response.answer.extend(further.answer);
            }
            response
        }
        _ => empty(Rcode::NoError),
    }
}

/// Models `Reverse`: a ClusterIP has one name; an endpoint has one for each Service that lists it. `None` when the address
/// is unknown, so that the question goes on to the DNS outside, like all questions for other types.
fn reverse(view: &NetView, asked: &str, ip: IpAddr) -> Option<Response> {
    let domain = &view.config.domain;
    let names: BTreeSet<String> = match view.service_at(ip) {
        Some(service) => [format!("{}.{}.svc.{domain}.", service.key.name, service.key.namespace)].into(),
        None => view
            .slices()
            .filter_map(|slice| slice.service.as_ref().map(|service| (slice, service)))
            .flat_map(|(slice, service)| {
                let here = slice
                    .endpoints
                    .iter()
                    .filter(|endpoint| endpoint.ready.unwrap_or(true) && endpoint.addresses.contains(&ip));
                here.map(move |endpoint| {
                    format!("{}.{service}.{}.svc.{domain}.", host_label(endpoint, ip), slice.key.namespace)
                })
            })
            .collect(),
    };
    if names.is_empty() {
        return None;
    }
    let answer = names.into_iter().map(|name| Record::new(&format!("{asked}."), Data::Ptr(name))).collect();
    Some(Response { answer, authoritative: true, ..Response::default() })
}

/// `2.1.244.10.in-addr.arpa` → 10.244.1.2; the same for IPv6, digit by digit, below `ip6.arpa`.
fn reverse_address(name: &str) -> Option<IpAddr> {
    if let Some(digits) = name.strip_suffix(".ip6.arpa") {
        let digits: Vec<u8> =
            digits.split('.').map(|digit| u8::from_str_radix(digit, 16)).collect::<Result<_, _>>().ok()?;
        let fits = digits.len() == 32 && digits.iter().all(|digit| *digit < 16);
        let number = digits.iter().rev().fold(0_u128, |number, digit| number << 4 | u128::from(*digit));
        return fits.then(|| IpAddr::from(number.to_be_bytes()));
    }
    let octets: Vec<u8> =
        name.strip_suffix(".in-addr.arpa")?.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    match octets[..] {
        [d, c, b, a] => Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d))),
        _ => None,
    }
}

/// `10-244-1-2` → 10.244.1.2.
fn dashed_address(label: &str) -> Option<IpAddr> {
    label.replace('-', ".").parse().or_else(|_| label.replace('-', ":").parse()).ok()
}
