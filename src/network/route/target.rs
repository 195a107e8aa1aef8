//! What was asked for: a URL as typed for curl.

use crate::base::Str;
use crate::network::addr::Protocol;
use std::fmt;

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Scheme {
    /// HTTP.
    Http,
    /// HTTP over TLS.
    Https,
    /// A bare TCP connection.
    Tcp,
    /// A datagram.
    Udp,
    /// An ICMP echo.
    Ping,
}

impl Scheme {
    /// The transport; a ping has none.
    pub fn protocol(self) -> Option<Protocol> {
        match self {
            Scheme::Http | Scheme::Https | Scheme::Tcp => Some(Protocol::Tcp),
            Scheme::Udp => Some(Protocol::Udp),
            Scheme::Ping => None,
        }
    }
}

/// A target.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Target {
    /// What is spoken.
    pub scheme: Scheme,
    /// A name or an address.
    pub host: Str,
    /// The port; 0 for a ping.
    pub port: u16,
    /// Path and query, beginning with `/`.
    pub path: Str,
}

/// Why a target cannot be read; curl's exit codes are 1 and 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadTarget {
    /// curl does not know this scheme.
    Scheme(Str),
    /// No host.
    NoHost,
    /// The port is no number from 0 to 65535.
    Port(Str),
}

impl fmt::Display for BadTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadTarget::Scheme(scheme) => {
                write!(f, "curl: (1) Protocol \"{scheme}\" not supported or disabled in libcurl")
            }
            BadTarget::NoHost => f.write_str("curl: (3) URL using bad/illegal format or missing URL"),
            BadTarget::Port(_) => f.write_str("curl: (3) URL using bad/illegal format or missing URL"),
        }
    }
}

impl Target {
    /// The host as it stands in a URL or a header: an address of IPv6 in brackets.
    pub fn shown_host(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.to_string() }
    }

    /// Reads a URL, or a host with or without port and path, for which HTTP is meant.
    pub fn parse(text: &str) -> Result<Target, BadTarget> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            None => (Scheme::Http, text),
            Some((scheme, rest)) => {
                let known = match scheme.to_ascii_lowercase().as_str() {
                    "http" => Scheme::Http,
                    "https" => Scheme::Https,
                    "tcp" | "telnet" => Scheme::Tcp,
                    "udp" => Scheme::Udp,
                    "ping" | "icmp" => Scheme::Ping,
                    _ => return Err(BadTarget::Scheme(scheme.into())),
                };
                (known, rest)
            }
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => match authority.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(BadTarget::NoHost);
        }
        let default = match scheme {
            Scheme::Https => 443,
            Scheme::Ping => 0,
            _ => 80,
        };
        let port = match port {
            None | Some("") => default,
            Some(port) => port.parse().map_err(|_| BadTarget::Port(port.into()))?,
        };
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') { path.into() } else { format!("/{path}").into() };
        Ok(Target { scheme, host: host.into(), port, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_curl_reads() {
        let table = [
            ("http://web", (Scheme::Http, "web", 80, "/")),
            ("web:8080/a?b#c", (Scheme::Http, "web", 8080, "/a?b")),
            ("https://web.my-ns?x", (Scheme::Https, "web.my-ns", 443, "/?x")),
            ("udp://10.0.0.10:53", (Scheme::Udp, "10.0.0.10", 53, "/")),
            ("http://[fd00::1]:81/", (Scheme::Http, "fd00::1", 81, "/")),
        ];
        for (text, (scheme, host, port, path)) in table {
            let target = Target::parse(text).unwrap();
            assert_eq!(
                (target.scheme, &*target.host, target.port, &*target.path),
                (scheme, host, port, path),
                "{text}"
            );
        }
        for bad in ["", "http://", "http://web:99999", "gopher://web", "http://a b"] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
    }
}
