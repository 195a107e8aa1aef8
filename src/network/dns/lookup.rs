//! What the resolver asks, question by question, until a name has an address.
//!
//! Models `res_nsearch` and `getaddrinfo` of glibc.

use super::records::{Data, Rcode, Record, Response, Type};
use super::resolv::ResolvConf;
use super::{server, upstream};
use crate::base::time::Duration;
use crate::network::view::NetView;
use std::net::IpAddr;

/// Which addresses a program wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4 only.
    Inet,
    /// IPv6 only.
    Inet6,
    /// Both kinds: each step asks for A and AAAA at once.
    Unspecified,
}

/// How the name server can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It answers.
    Answers,
    /// Nothing listens there: known at once.
    Refused,
    /// Nothing comes back.
    Silent,
    /// resolv.conf names no server.
    Missing,
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The name that was asked for, with a final dot.
    pub name: String,
    /// The type that was asked for.
    pub kind: Type,
    /// The answer.
    pub response: Response,
}

/// Why there is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No such name: `Name or service not known`.
    NotFound,
    /// The name exists without an address: `No address associated with hostname`.
    NoAddress,
    /// The server did not answer: `Temporary failure in name resolution`.
    Again,
}

/// A look-up from beginning to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Every question in order; of a pair for A and AAAA, A stands first.
    pub queries: Vec<Query>,
    /// What was found, in the server's order.
    pub addresses: Vec<IpAddr>,
    /// The name that has the addresses, after search list and aliases; no final dot.
    pub canonical: String,
    /// Why nothing was found.
    pub failure: Option<Failure>,
    /// How long it took.
    pub took: Duration,
}

/// The names that the resolver tries for `name`, in order, each with a final dot.
pub fn attempts(conf: &ResolvConf, name: &str) -> Vec<String> {
    if let Some(absolute) = name.strip_suffix('.') {
        return vec![format!("{absolute}.")];
    }
    let as_is = format!("{name}.");
    let searched = conf.search.iter().map(|domain| format!("{name}.{}.", domain.trim_end_matches('.')));
    if name.matches('.').count() >= conf.ndots() {
        std::iter::once(as_is).chain(searched).collect()
    } else {
        searched.chain(std::iter::once(as_is)).collect()
    }
}

/// Asks the server that `conf` names.
pub fn ask(view: &NetView, conf: &ResolvConf, name: &str, kind: Type) -> Response {
    match conf.nameservers.first() {
        Some(ip) if *ip == view.config.dns_ip => server::answer(view, name, kind),
        Some(_) => upstream::answer(view, name, kind),
        None => Response { rcode: Rcode::ServFail, ..Response::default() },
    }
}

/// Looks a name up.
pub fn resolve(view: &NetView, conf: &ResolvConf, name: &str, family: Family, reach: Reach) -> Lookup {
    let mut lookup = Lookup {
        queries: Vec::new(),
        addresses: Vec::new(),
        canonical: name.trim_end_matches('.').to_owned(),
        failure: Some(Failure::NotFound),
        took: Duration::ZERO,
    };
    if !is_plausible(name) {
        return lookup;
    }
    let attempts = attempts(conf, name);
    if reach != Reach::Answers {
        lookup.failure = Some(Failure::Again);
        if reach == Reach::Silent {
            // Two tries of five seconds each; a time-out ends the search list, but the bare name is tried as well.
            lookup.took = Duration::from_secs(10) * u32::try_from(attempts.len().min(2)).unwrap_or(2);
        }
        return lookup;
    }
    let kinds: &[Type] = match family {
        Family::Inet => &[Type::A],
        Family::Inet6 => &[Type::Aaaa],
        Family::Unspecified => &[Type::A, Type::Aaaa],
    };
    let mut nodata = false;
    for attempt in attempts {
        let responses: Vec<Query> = kinds
            .iter()
            .map(|kind| Query { name: attempt.clone(), kind: *kind, response: ask(view, conf, &attempt, *kind) })
            .collect();
        lookup.took += Duration::from_millis(1);
        let addresses: Vec<IpAddr> = responses.iter().flat_map(|query| query.response.addresses()).collect();
        let has_answer = responses.iter().any(|query| !query.response.answer.is_empty());
        nodata |= responses.iter().any(|query| query.response.is_nodata());
        if !addresses.is_empty() {
            lookup.canonical = responses
                .iter()
                .find(|query| query.response.addresses().next().is_some())
                .map_or(attempt, |query| canonical(&query.name, &query.response.answer))
                .trim_end_matches('.')
                .to_owned();
        }
        lookup.queries.extend(responses);
        if has_answer {
            lookup.failure = addresses.is_empty().then_some(Failure::NoAddress);
            lookup.addresses = addresses;
            return lookup;
        }
    }
    if nodata {
        lookup.failure = Some(Failure::NoAddress);
    }
    lookup
}

/// Follows the aliases of an answer.
pub fn canonical(name: &str, answer: &[Record]) -> String {
    let mut name = name.to_owned();
    for _ in 0..answer.len() {
        let next = answer.iter().find_map(|record| match &record.data {
            Data::Cname(target) if record.name.eq_ignore_ascii_case(&name) => Some(target.clone()),
            _ => None,
        });
        match next {
            Some(next) => name = next,
            None => break,
        }
    }
    name
}

/// Whether the resolver would ask at all: labels of 1 to 63 characters, no blanks, at most 253 in all.
fn is_plausible(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253
        && name.split('.').all(|label| (1..=63).contains(&label.len()))
        && name.bytes().all(|byte| byte.is_ascii_graphic())
}
