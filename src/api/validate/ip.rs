//! IP addresses and CIDRs as Go reads them, and Kubernetes' words about them.
//!
//! Models `k8s.io/apimachinery/pkg/util/validation/ip.go` and `k8s.io/utils/net`.

use super::text::Flaws;
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const NOT_AN_IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const NOT_A_CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/// Reads an address as upstream's lenient parser does: leading zeros in IPv4 are ignored, and an IPv4-mapped IPv6 address
/// is an IPv4 address.
pub fn parse_lenient(text: &str) -> Option<IpAddr> {
    let plain = if text.contains(':') { None } else { strip_leading_zeros(text) };
    match plain.as_deref().unwrap_or(text).parse().ok()? {
        IpAddr::V6(v6) => Some(v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4)),
        v4 => Some(v4),
    }
}

fn strip_leading_zeros(text: &str) -> Option<String> {
    let octets: Option<Vec<&str>> = text
        .split('.')
        .map(|octet| {
            let digits = octet.trim_start_matches('0');
            match (octet.is_empty(), digits.is_empty()) {
                (true, _) => None,
                (false, true) => Some("0"),
                (false, false) => Some(digits),
            }
        })
        .collect();
    Some(octets?.join("."))
}

/// Whether the text is a strictly written IPv6 address that stands for an IPv4 one.
fn is_mapped(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok_and(|v6| v6.to_ipv4_mapped().is_some())
}

/// What is wrong with an address. With `strict`, forms that several programs read differently are wrong too.
pub fn address(text: &str, strict: bool) -> Flaws {
    if parse_lenient(text).is_none() {
        return vec![NOT_AN_IP.to_owned()];
    }
    if strict && text.parse::<IpAddr>().is_err() {
        return vec!["must not have leading 0s".to_owned()];
    }
    if strict && is_mapped(text) {
        return vec!["must not be an IPv4-mapped IPv6 address".to_owned()];
    }
    Flaws::new()
}

/// What is wrong with an address that must also be written in its shortest form. Models `IsValidIP`.
pub fn canonical_address(text: &str) -> Flaws {
    let flaws = address(text, true);
    match parse_lenient(text) {
        Some(ip) if flaws.is_empty() && ip.to_string() != text => {
            vec![format!("must be in canonical form (\"{ip}\")")]
        }
        _ => flaws,
    }
}

/// A network: the address and the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    /// The address as written, not cut to the prefix.
    pub ip: IpAddr,
    /// The number of leading bits that make the network.
    pub bits: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/8` leniently. Models `netutils.ParseCIDRSloppy`.
    pub fn parse(text: &str) -> Option<Cidr> {
        let (ip, bits) = text.split_once('/')?;
        let ip = parse_lenient(ip)?;
        let bits = (!bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit())).then_some(bits)?.parse().ok()?;
        (bits <= if ip.is_ipv4() { 32 } else { 128 }).then_some(Cidr { ip, bits })
    }

    /// The first address of the network.
    pub fn network(&self) -> IpAddr {
        match self.ip {
            IpAddr::V4(ip) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from(u32::from(ip) & mask))
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from(u128::from(ip) & mask))
            }
        }
    }

    /// Whether the network has this address.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.ip.is_ipv4() == ip.is_ipv4() && Cidr { ip, bits: self.bits }.network() == self.network()
    }
}

/// What is wrong with a CIDR; see [`address`] for `strict`.
pub fn cidr(text: &str, strict: bool) -> Flaws {
    let Some(parsed) = Cidr::parse(text) else { return vec![NOT_A_CIDR.to_owned()] };
    if strict {
        let (ip, bits) = text.split_once('/').unwrap_or((text, ""));
        if ip.parse::<IpAddr>().is_err() || (bits.len() > 1 && bits.starts_with('0')) {
            return vec!["must not have leading 0s in IP or prefix length".to_owned()];
        }
        if is_mapped(ip) {
            return vec!["must not have an IPv4-mapped IPv6 address".to_owned()];
        }
        if parsed.network() != parsed.ip {
            return vec!["must not have bits set beyond the prefix length".to_owned()];
        }
    }
    Flaws::new()
}

/// Addresses that no Service or endpoint can have. Models `ValidateNonSpecialIP` / `ValidateEndpointIP`.
pub fn non_special(node: &Node, errors: &mut Vec<FieldError>) {
    let text = node.str();
    let Some(ip) = parse_lenient(text) else {
        errors.push(node.invalid_as(text, "must be a valid IP address"));
        return;
    };
    let link_local_unicast = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    };
    let link_local_multicast = match ip {
        IpAddr::V4(ip) => ip.octets()[..3] == [224, 0, 0],
        IpAddr::V6(ip) => ip.segments()[0] & 0xff0f == 0xff02,
    };
    for (found, detail) in [
        (ip.is_unspecified(), format!("may not be unspecified ({text})")),
        (ip.is_loopback(), "may not be in the loopback range (127.0.0.0/8, ::1/128)".to_owned()),
        (link_local_unicast, "may not be in the link-local range (169.254.0.0/16, fe80::/10)".to_owned()),
        (link_local_multicast, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)".to_owned()),
    ] {
        if found {
            errors.push(node.invalid_as(text, detail));
        }
    }
}

/// The warnings about an address in an unusual form. Models `GetWarningsForIP`.
pub fn address_warning(node: &Node) -> Option<String> {
    let text = node.str();
    let ip = parse_lenient(text)?;
    if text.parse::<IpAddr>().is_err() || is_mapped(text) {
        return Some(format!("{}: non-standard IP address \"{text}\" is invalid: use \"{ip}\"", node.path()));
    }
    (ip.is_ipv6() && ip.to_string() != text)
        .then(|| format!("{}: IPv6 address \"{text}\" should be in RFC 5952 canonical format (\"{ip}\")", node.path()))
}

/// The warnings about a CIDR in an unusual form. Models `GetWarningsForCIDR`.
pub fn cidr_warnings(node: &Node) -> Vec<String> {
    let text = node.str();
    let Some(parsed) = Cidr::parse(text) else { return Vec::new() };
    let network = format!("{}/{}", parsed.network(), parsed.bits);
    let mut warnings = Vec::new();
    if parsed.network() != parsed.ip {
        let single = format!("{}/{}", parsed.ip, if parsed.ip.is_ipv4() { 32 } else { 128 });
        warnings.push(format!(
            "{}: CIDR value \"{text}\" is ambiguous in this context (should be \"{network}\" or \"{single}\"?)",
            node.path()
        ));
    }
    let (ip, bits) = text.split_once('/').unwrap_or((text, ""));
    if ip.parse::<IpAddr>().is_err() || (bits.len() > 1 && bits.starts_with('0')) || is_mapped(ip) {
        warnings.push(format!("{}: non-standard CIDR value \"{text}\" is invalid: use \"{network}\"", node.path()));
    }
    let written = format!("{}/{}", parsed.ip, parsed.bits);
    if warnings.is_empty() && parsed.ip.is_ipv6() && written != text {
        warnings.push(format!(
            "{}: IPv6 CIDR value \"{text}\" should be in RFC 5952 canonical format (\"{written}\")",
            node.path()
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, lenient, strict) in [
            ("10.9.8.7", true, true),
            ("010.9.8.7", true, false),
            ("10.9.8", false, false),
            ("10.9.8.256", false, false),
            ("banana", false, false),
            ("", false, false),
            ("fd00::1", true, true),
            ("::ffff:1.2.3.4", true, false),
        ] {
            assert_eq!(address(text, false).is_empty(), lenient, "{text}");
            assert_eq!(address(text, true).is_empty(), strict, "{text}");
        }
        assert_eq!(canonical_address("FD00::1"), ["must be in canonical form (\"fd00::1\")"]);
    }

    #[test]
    fn networks() {
        assert!(cidr("10.0.0.0/8", true).is_empty());
        assert_eq!(cidr("10.0.0.0/33", false), [NOT_A_CIDR]);
        assert_eq!(cidr("10.0.0.1/8", true), ["must not have bits set beyond the prefix length"]);
        assert!(cidr("10.0.0.1/8", false).is_empty());
        let ten = Cidr::parse("10.0.0.0/8").unwrap();
        assert!(ten.contains("10.255.0.1".parse().unwrap()) && !ten.contains("11.0.0.0".parse().unwrap()));
        assert!(Cidr::parse("0.0.0.0/0").unwrap().contains("11.0.0.0".parse().unwrap()));
    }
}
