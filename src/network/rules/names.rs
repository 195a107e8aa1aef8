//! The names that kube-proxy gives to its chains.
//!
//! Models pkg/proxy/iptables/proxier.go `portProtoHash` and pkg/proxy/nftables/proxier.go `hashAndTruncate`.

use super::PortName;
use crate::network::addr::Protocol;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;

/// The leading characters of the base32 of a SHA-256.
fn short_hash(text: &str, chars: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(text.as_bytes());
    let bit = |n: usize| digest.get(n / 8).map_or(0, |byte| (byte >> (7 - n % 8)) & 1);
    (0..chars)
        .map(|i| {
            let five = (0..5).fold(0, |value, j| value << 1 | bit(i * 5 + j));
            char::from(ALPHABET[usize::from(five) % ALPHABET.len()])
        })
        .collect()
}

fn chain(prefix: &str, port: &PortName, protocol: Protocol, rest: &str) -> String {
    format!("{prefix}{}", short_hash(&format!("{port}{}{rest}", protocol.lower()), 16))
}

/// The chain of all endpoints: `KUBE-SVC-…`.
pub fn service_chain(port: &PortName, protocol: Protocol) -> String {
    chain("KUBE-SVC-", port, protocol, "")
}

/// The chain of local endpoints: `KUBE-SVL-…`.
pub fn local_chain(port: &PortName, protocol: Protocol) -> String {
    chain("KUBE-SVL-", port, protocol, "")
}

/// The chain of traffic from outside: `KUBE-EXT-…`.
pub fn external_chain(port: &PortName, protocol: Protocol) -> String {
    chain("KUBE-EXT-", port, protocol, "")
}

/// The chain of source ranges: `KUBE-FW-…`.
pub fn firewall_chain(port: &PortName, protocol: Protocol) -> String {
    chain("KUBE-FW-", port, protocol, "")
}

/// The chain of one endpoint: `KUBE-SEP-…`.
pub fn endpoint_chain(port: &PortName, protocol: Protocol, endpoint: SocketAddr) -> String {
    chain("KUBE-SEP-", port, protocol, &endpoint.to_string())
}

/// A chain of the nftables mode: `service-SUSTUHLJ-default/web/tcp/http`; the prefix is `service`, `local`, `external` or
/// `firewall`.
pub fn nftables_chain(prefix: &str, port: &PortName, protocol: Protocol) -> String {
    let name = format!("{}/{}/{}", port.service, protocol.lower(), port.port);
    format!("{prefix}-{}-{name}", short_hash(&name, 8))
}

/// The chain of one endpoint in the nftables mode: `endpoint-MIOKKLOR-default/web/tcp/http__10.244.2.2/8080`. Only Services with
/// session affinity have such.
///
/// Models `servicePortEndpointChainNameBase`.
pub fn nftables_endpoint_chain(port: &PortName, protocol: Protocol, endpoint: SocketAddr) -> String {
    /// What fits after the longest prefix.
    const LONGEST: usize = 240;
    let ip = endpoint.ip().to_string().replace(':', ".");
    let name = format!("{}/{}/{}__{ip}/{}", port.service, protocol.lower(), port.port, endpoint.port());
    let mut name = format!("{}-{name}", short_hash(&name, 8));
    if name.len() > LONGEST {
        name.truncate(LONGEST - 3);
        name.push_str("...");
    }
    format!("endpoint-{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::view::Key;

    #[test]
    fn chains_are_those_of_a_real_kube_proxy() {
        let port = |service, port: &str| PortName { service: Key::new("default", service), port: port.into() };
        let table = [
            (service_chain(&port("web", "http"), Protocol::Tcp), "KUBE-SVC-CDGGSHYLG3RE2FKL"),
            (service_chain(&port("web", "dnsu"), Protocol::Udp), "KUBE-SVC-WSDCPL2IOBXHUZEM"),
            (external_chain(&port("c-np", ""), Protocol::Tcp), "KUBE-EXT-EBA3U2TS6UL2THQA"),
            (local_chain(&port("d-np", ""), Protocol::Tcp), "KUBE-SVL-W2W6KVVOZX73UED2"),
            (firewall_chain(&port("e-src", ""), Protocol::Tcp), "KUBE-FW-NCGGSYSDVQA3YOCU"),
            (
                endpoint_chain(&port("c-np", ""), Protocol::Tcp, "10.244.1.2:8080".parse().unwrap()),
                "KUBE-SEP-NTJSZDN6MZAVU5PL",
            ),
            (nftables_chain("service", &port("web", "http"), Protocol::Tcp), "service-SUSTUHLJ-default/web/tcp/http"),
            (nftables_chain("external", &port("c-np", ""), Protocol::Tcp), "external-FIZ34TD3-default/c-np/tcp/"),
            (
                nftables_endpoint_chain(&port("f-aff2", ""), Protocol::Tcp, "10.244.2.2:8080".parse().unwrap()),
                "endpoint-MIOKKLOR-default/f-aff2/tcp/__10.244.2.2/8080",
            ),
        ];
        for (chain, expected) in table {
            assert_eq!(chain, expected);
        }
    }
}
