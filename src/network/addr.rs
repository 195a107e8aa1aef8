//! Addresses: their families, blocks of them, and transport protocols.

use std::fmt;
use std::net::IpAddr;

/// A family of addresses. Each has rules, slices and names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    pub fn of(ip: IpAddr) -> Family {
        if ip.is_ipv4() { Family::V4 } else { Family::V6 }
    }

    /// The one of these addresses that is of this family.
    pub fn pick(self, ips: [Option<IpAddr>; 2]) -> Option<IpAddr> {
        ips.into_iter().flatten().find(|ip| Family::of(*ip) == self)
    }

    /// The other one.
    pub fn other(self) -> Family {
        match self {
            Family::V4 => Family::V6,
            Family::V6 => Family::V4,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        })
    }
}

/// An address as a number, which compares faster; those of IPv4 stand where IPv6 has only groups of receivers.
pub fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => (u128::MAX << 32) | u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

/// An address as it stands in a URL: one of IPv6 in brackets.
pub fn in_url(ip: IpAddr) -> String {
    if ip.is_ipv4() { ip.to_string() } else { format!("[{ip}]") }
}

/// A block of addresses such as `10.244.1.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cidr {
    addr: IpAddr,
    len: u8,
}

impl Cidr {
    /// Reads `address/length`; a bare address is a block of one.
    pub fn parse(text: &str) -> Option<Cidr> {
        let (addr, len) = match text.split_once('/') {
            Some((addr, len)) => (addr.parse().ok()?, len.parse().ok()?),
            None => {
                let addr: IpAddr = text.parse().ok()?;
                (addr, if addr.is_ipv4() { 32 } else { 128 })
            }
        };
        let max = if addr.is_ipv4() { 32 } else { 128 };
        (len <= max).then_some(Cidr { addr, len })
    }

    /// The block of `len` leading bits of `addr`; a length that is too long means a single address.
    pub fn of(addr: IpAddr, len: u8) -> Cidr {
        Cidr { addr, len: len.min(if addr.is_ipv4() { 32 } else { 128 }) }
    }

    /// The family of its addresses.
    pub fn family(&self) -> Family {
        Family::of(self.addr)
    }

    /// Whether `ip` lies in the block.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.addr, ip) {
            (IpAddr::V4(block), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.len)).unwrap_or(0);
                (u32::from(block) & mask) == (u32::from(ip) & mask)
            }
            (IpAddr::V6(block), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.len)).unwrap_or(0);
                (u128::from(block) & mask) == (u128::from(ip) & mask)
            }
            _ => false,
        }
    }

    /// The `n`th address of the block: 1 is the gateway that a bridge or veth of the node has.
    pub fn nth(&self, n: u32) -> IpAddr {
        match self.addr {
            IpAddr::V4(block) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.len)).unwrap_or(0);
                IpAddr::V4(((u32::from(block) & mask).wrapping_add(n)).into())
            }
            IpAddr::V6(block) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.len)).unwrap_or(0);
                IpAddr::V6(((u128::from(block) & mask).wrapping_add(u128::from(n))).into())
            }
        }
    }

    /// Whether the block is all addresses there are (`0.0.0.0/0`).
    pub fn is_everything(&self) -> bool {
        self.len == 0
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.addr, self.len)
    }
}

/// A transport protocol of a Service port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP, the default.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// Reads `TCP`, `UDP` or `SCTP`.
    pub fn parse(text: &str) -> Option<Protocol> {
        match text {
            "TCP" => Some(Protocol::Tcp),
            "UDP" => Some(Protocol::Udp),
            "SCTP" => Some(Protocol::Sctp),
            _ => None,
        }
    }

    /// As Kubernetes writes it: `TCP`.
    pub fn upper(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        }
    }

    /// As iptables writes it: `tcp`.
    pub fn lower(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Sctp => "sctp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks() {
        let block = Cidr::parse("10.244.1.0/24").unwrap();
        for (ip, inside) in [("10.244.1.7", true), ("10.244.2.7", false), ("::1", false)] {
            assert_eq!(block.contains(ip.parse().unwrap()), inside, "{ip}");
        }
        assert_eq!(block.nth(1).to_string(), "10.244.1.1");
        assert!(Cidr::parse("0.0.0.0/0").unwrap().contains("8.8.8.8".parse().unwrap()));
        for bad in ["10.0.0.0/33", "x/8", "", "10.0.0.0/"] {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
    }
}
