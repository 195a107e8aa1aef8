//! Addresses, networks and URLs.
//!
//! Models `k8s.io/apiserver/pkg/cel/library/ip.go`, `cidr.go` and `urls.go`.

use super::super::eval::{Fault, fail, no_overload};
use super::super::value::Val;
use crate::api::validate::ip::{Cidr, address, cidr, parse_lenient};
use crate::base::text::go_quote;
use std::net::IpAddr;
use std::rc::Rc;

/// A URL, taken apart.
#[derive(Debug)]
pub struct Url {
    /// As written.
    pub text: String,
    scheme: String,
    host: String,
    path: String,
    query: String,
}

impl Url {
    /// Reads what is absolute or begins with a slash. Models `url.ParseRequestURI` of Go.
    pub(super) fn parse(text: &str) -> Option<Url> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if !text.starts_with('/') => (scheme, rest),
            _ => ("", text),
        };
        let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        if (!named && !text.starts_with('/')) || text.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return None;
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = if named { rest.split_at(rest.find('/').unwrap_or(rest.len())) } else { ("", rest) };
        let host = host.rsplit('@').next().unwrap_or_default();
        let port = host.rsplit(']').next().and_then(|tail| tail.split_once(':')).map_or("", |(_, port)| port);
        port.bytes().all(|b| b.is_ascii_digit()).then(|| Url {
            text: text.to_owned(),
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
        })
    }

    fn port(&self) -> &str {
        self.host.rsplit(']').next().and_then(|tail| tail.split_once(':')).map_or("", |(_, port)| port)
    }

    fn hostname(&self) -> &str {
        let host = self.host.strip_suffix(self.port()).unwrap_or(&self.host);
        let host = if self.port().is_empty() { host } else { host.trim_end_matches(':') };
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// What a function takes of it.
    pub(super) fn part(&self, name: &str) -> Result<Val, Fault> {
        Ok(match name {
            "getScheme" => Val::text(&self.scheme),
            "getHost" => Val::text(&self.host),
            "getHostname" => Val::text(self.hostname()),
            "getPort" => Val::text(self.port()),
            "getEscapedPath" => Val::text(&self.path),
            "getQuery" => self.query(),
            _ => return Err(no_overload()),
        })
    }

    /// Each key with all its values.
    fn query(&self) -> Val {
        let mut map: Vec<(Val, Vec<Val>)> = Vec::new();
        for pair in self.query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = Val::text(key);
            match map.iter_mut().find(|(found, _)| *found == key) {
                Some((_, values)) => values.push(Val::text(value)),
                None => map.push((key, vec![Val::text(value)])),
            }
        }
        Val::Map(Rc::new(map.into_iter().map(|(key, values)| (key, Val::list(values))).collect()))
    }
}

/// Functions of texts that are addresses, networks or URLs.
pub(super) fn of_text(name: &str, text: &str, rest: &[Val]) -> Result<Val, Fault> {
    Ok(match (name, rest) {
        ("isIP", []) => Val::Bool(strict_address(text).is_some()),
        ("ip", []) => match strict_address(text) {
            Some(ip) => Val::Ip(ip),
            None => return fail(format!("IP Address {} parse error during conversion from string", go_quote(text))),
        },
        ("ip.isCanonical", []) => match strict_address(text) {
            Some(ip) => Val::Bool(ip.to_string() == *text),
            None => return fail(format!("IP Address {} parse error during conversion from string", go_quote(text))),
        },
        ("isCIDR", []) => Val::Bool(strict_network(text).is_some()),
        ("cidr", []) => match strict_network(text) {
            Some(cidr) => Val::Cidr(cidr),
            None => {
                return fail(format!("network address parse error during conversion from string: {}", go_quote(text)));
            }
        },
        ("isURL", []) => Val::Bool(Url::parse(text).is_some()),
        ("url", []) => match Url::parse(text) {
            Some(url) => Val::Url(Rc::new(url)),
            None => {
                return fail(format!(
                    "URL parse error during conversion from string: parse {}: invalid URI for request",
                    go_quote(text)
                ));
            }
        },
        _ => return Err(no_overload()),
    })
}

fn strict_address(text: &str) -> Option<IpAddr> {
    parse_lenient(text).filter(|_| address(text, true).is_empty())
}

/// Bits behind the prefix are allowed.
fn strict_network(text: &str) -> Option<Cidr> {
    let parsed = Cidr::parse(text)?;
    let masked = format!("{}/{}", parsed.network(), text.split_once('/')?.1);
    (cidr(&masked, true).is_empty() && strict_address(text.split_once('/')?.0).is_some()).then_some(parsed)
}

pub(super) fn of_address(name: &str, ip: IpAddr) -> Result<Val, Fault> {
    let link_local = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    Ok(match name {
        "family" => Val::Int(if ip.is_ipv4() { 4 } else { 6 }),
        "isUnspecified" => Val::Bool(ip.is_unspecified()),
        "isLoopback" => Val::Bool(ip.is_loopback()),
        "isLinkLocalUnicast" => Val::Bool(link_local(ip)),
        "isLinkLocalMulticast" => Val::Bool(match ip {
            IpAddr::V4(ip) => ip.octets().starts_with(&[224, 0, 0]),
            IpAddr::V6(ip) => ip.segments()[0] & 0xff0f == 0xff02,
        }),
        "isGlobalUnicast" => Val::Bool(
            !(ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() || link_local(ip))
                && ip != IpAddr::from([255, 255, 255, 255]),
        ),
        _ => return Err(no_overload()),
    })
}

pub(super) fn of_network(name: &str, net: &Cidr, rest: &[Val]) -> Result<Val, Fault> {
    let inside = |ip: IpAddr| Val::Bool(net.contains(ip));
    Ok(match (name, rest) {
        ("ip", []) => Val::Ip(net.ip),
        ("prefixLength", []) => Val::Int(i64::from(net.bits)),
        ("masked", []) => Val::Cidr(Cidr { ip: net.network(), bits: net.bits }),
        ("containsIP", [Val::Ip(ip)]) => inside(*ip),
        ("containsIP", [Val::Text(text)]) => match strict_address(text) {
            Some(ip) => inside(ip),
            None => return fail(format!("IP Address {} parse error during conversion from string", go_quote(text))),
        },
        ("containsCIDR", [Val::Cidr(other)]) => Val::Bool(net.contains(other.ip) && net.bits <= other.bits),
        ("containsCIDR", [Val::Text(text)]) => match strict_network(text) {
            Some(other) => Val::Bool(net.contains(other.ip) && net.bits <= other.bits),
            None => {
                return fail(format!("network address parse error during conversion from string: {}", go_quote(text)));
            }
        },
        _ => return Err(no_overload()),
    })
}
