//! The first hop: a name becomes an address.

use super::target::{Scheme, Target};
use super::walk::{Sender, UNSPECIFIED, Walk, told};
use super::{Flow, Hop, HopKind, Outcome, Place, Request};
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::msg;
use crate::network::addr;
use crate::network::dns::lookup::{self, Failure, Family, Lookup, Reach};
use crate::network::dns::resolv::ResolvConf;
use crate::network::ingress;
use crate::network::view::{NetView, ObjectRef};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The resolver settings of a sender.
pub(super) fn conf(view: &NetView, sender: &Sender) -> ResolvConf {
    match &sender.pod {
        Some(pod) => ResolvConf::of_pod(view, pod),
        None => ResolvConf::of_node(view),
    }
}

/// Which addresses the request's program asks for.
fn wanted(request: &Request) -> Family {
    match request.family {
        None => Family::Unspecified,
        Some(addr::Family::V4) => Family::Inet,
        Some(addr::Family::V6) => Family::Inet6,
    }
}

/// Whether the sender's name server answers, and the hop of the NetworkPolicy that keeps it from being asked. The cluster's
/// own is a Service like any other: the question takes the same way as any datagram to it.
pub(super) fn reach(view: &NetView, request: &Request, sender: &Sender, pick: u64) -> (Reach, Option<Hop>) {
    let Some(server) = conf(view, sender).nameservers.first().copied() else { return (Reach::Missing, None) };
    let question = Request {
        family: None,
        to: Target { scheme: Scheme::Udp, host: server.to_string().into(), port: 53, path: "/".into() },
        via: None,
        ..request.clone()
    };
    let mut walk = Walk::new(view, &question, pick);
    let reach = match view.service_at(server) {
        // A cluster whose DNS is no object has one all the same, and policies know it.
        None if server == view.config.dns_ip && !walk.may_ask_dns(sender) => Reach::Silent,
        None => return (Reach::Answers, None),
        Some(_) => match walk.connect(sender, SocketAddr::new(server, 53)) {
            Outcome::Answered { .. } => Reach::Answers,
            Outcome::Refused { .. } => Reach::Refused,
            _ => Reach::Silent,
        },
    };
    (reach, walk.hops.pop().filter(|hop| hop.failed && hop.kind == HopKind::Policy))
}

/// Looks the target's name up and tells the story of it.
pub(super) fn resolve(view: &NetView, request: &Request, sender: &Sender, pick: u64) -> (Lookup, Vec<Hop>) {
    let name = &*request.to.host;
    let mut blocked = None;
    let (lookup, why) = match from_hosts_file(view, request, sender) {
        Some((ip, why)) => {
            let lookup = Lookup {
                queries: Vec::new(),
                addresses: vec![ip],
                canonical: name.to_owned(),
                failure: None,
                took: Duration::ZERO,
            };
            (lookup, why)
        }
        None => {
            let conf = conf(view, sender);
            let (reach, policy) = reach(view, request, sender, pick);
            blocked = policy;
            let lookup = lookup::resolve(view, &conf, name, wanted(request), reach);
            let why = explain(view, &conf, &lookup, reach);
            (lookup, why)
        }
    };
    let flow = Flow { src: SocketAddr::new(sender.ip, 0), dst: UNSPECIFIED };
    let after = lookup.addresses.first().map_or(flow, |ip| Flow { dst: SocketAddr::new(*ip, request.to.port), ..flow });
    let shown = if lookup.failure.is_some() { name.to_owned() } else { asked_name(&lookup, name) };
    let found = lookup.addresses.first().and_then(|ip| view.service_at(*ip));
    let refs = found.map(|service| ObjectRef::new("Service", &service.key)).into_iter().collect();
    let hop = Hop {
        at: Place::Dns,
        kind: HopKind::Dns,
        failed: lookup.failure.is_some(),
        before: flow,
        after,
        took: lookup.took,
        step: told(msg!("net.dns.title"), msg!("net.dns.name", name = shown), why, None, refs),
    };
    (lookup, blocked.into_iter().chain([hop]).collect())
}

/// The name that won: the last one that was asked for.
fn asked_name(lookup: &Lookup, name: &str) -> String {
    lookup.queries.last().map_or_else(|| name.to_owned(), |query| query.name.trim_end_matches('.').to_owned())
}

/// `/etc/hosts` knows `localhost`, the pod itself and its hostAliases. On a machine outside it also has the hosts of Ingresses: nobody owns
/// such a domain, so a line for it is what one writes to try an Ingress.
fn from_hosts_file(view: &NetView, request: &Request, sender: &Sender) -> Option<(IpAddr, Msg)> {
    let name = &*request.to.host;
    if name.eq_ignore_ascii_case("localhost") {
        let six = request.family == Some(addr::Family::V6);
        let ip = if six { IpAddr::V6(Ipv6Addr::LOCALHOST) } else { IpAddr::V4(Ipv4Addr::LOCALHOST) };
        return Some((ip, msg!("net.dns.hosts-file", ip = ip)));
    }
    if sender.node.is_none() && view.ingresses().any(|ingress| ingress.is_for(name)) {
        let ip = ingress::address(view)?;
        return Some((ip, msg!("net.dns.ingress-host", ip = ip)));
    }
    let pod = sender.pod.as_ref()?;
    let own = pod.ip.filter(|_| !pod.host_network && pod.host_name() == name);
    let ip = own.or_else(|| pod.alias(name))?;
    Some((ip, msg!("net.dns.hosts-file", ip = ip)))
}

fn explain(view: &NetView, conf: &ResolvConf, lookup: &Lookup, reach: Reach) -> Msg {
    let server = conf.nameservers.first().copied().unwrap_or(view.config.dns_ip);
    match reach {
        Reach::Answers => {}
        Reach::Refused => return msg!("net.dns.server-refused", server = server),
        Reach::Silent => return msg!("net.dns.server-silent", server = server),
        Reach::Missing => return msg!("net.dns.server-missing"),
    }
    let names: Vec<&str> = lookup.queries.iter().map(|query| &*query.name).collect();
    let mut distinct = names.clone();
    distinct.dedup();
    let tries = distinct.len();
    match lookup.failure {
        Some(Failure::NotFound) => msg!("net.dns.not-found", tries = tries),
        Some(Failure::NoAddress) => msg!("net.dns.no-address"),
        Some(Failure::Again) => msg!("net.dns.server-silent", server = server),
        None => {
            let ip = lookup.addresses.first().map(ToString::to_string).unwrap_or_default();
            let won = distinct.last().copied().unwrap_or_default();
            let alias = !lookup.canonical.eq_ignore_ascii_case(won.trim_end_matches('.'));
            let count = lookup.addresses.len();
            match tries {
                _ if alias => msg!("net.dns.alias", name = lookup.canonical, ip = ip),
                _ if count > 1 => msg!("net.dns.several", count = count),
                0 | 1 => msg!("net.dns.first-try", ip = ip),
                _ => msg!("net.dns.later-try", ip = ip, tries = tries),
            }
        }
    }
}
