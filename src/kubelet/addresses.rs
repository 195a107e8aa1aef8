//! The addresses of a node's pods: given out in turn, so that a freed one is not used again at once.
//!
//! Models the CNI plugin `host-local`.

use crate::base::pmap::PSet;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A node's block of addresses.
#[derive(Clone, Debug)]
pub struct Addresses {
    base: u32,
    size: u32,
    next: u32,
    /// The block of the other family, of which each pod gets the address of the same number.
    second: Option<Ipv6Addr>,
    used: PSet<u32>,
}

impl Addresses {
    /// Reads `10.244.1.0/24`. The first address is the block's own and the second the node's.
    pub fn parse(cidr: &str) -> Option<Addresses> {
        let (base, bits) = cidr.split_once('/')?;
        let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 32)?;
        let base: Ipv4Addr = base.parse().ok()?;
        Some(Addresses {
            base: u32::from(base),
            size: 1_u32.checked_shl(32 - bits).unwrap_or(u32::MAX),
            next: 2,
            second: None,
            used: PSet::new(),
        })
    }

    /// The same for both families: `fd00:10:244:1::/64` beside it.
    pub fn with_second(self, cidr: Option<&str>) -> Addresses {
        let second = cidr.and_then(|cidr| cidr.split_once('/')?.0.parse().ok());
        Addresses { second, ..self }
    }

    /// The IPv6 address that goes with an address from here, in a cluster with both families.
    pub fn second(&self, address: Ipv4Addr) -> Option<Ipv6Addr> {
        let offset = u32::from(address).wrapping_sub(self.base);
        u128::from(self.second?).checked_add(u128::from(offset)).map(Ipv6Addr::from)
    }

    /// The next free address, if there is one. The last one of the block is the broadcast address.
    pub fn take(&mut self) -> Option<Ipv4Addr> {
        let usable = self.size.saturating_sub(3);
        for _ in 0..usable {
            let offset = self.next;
            self.next = if offset + 2 >= self.size { 2 } else { offset + 1 };
            if self.used.insert(offset) {
                return self.base.checked_add(offset).map(Ipv4Addr::from);
            }
        }
        None
    }

    /// Gives an address back.
    pub fn release(&mut self, address: Ipv4Addr) {
        self.used.remove(&u32::from(address).wrapping_sub(self.base));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_out_in_turn() {
        let mut addresses = Addresses::parse("10.244.1.0/29").unwrap();
        let all: Vec<String> = (0..5).filter_map(|_| addresses.take()).map(|ip| ip.to_string()).collect();
        assert_eq!(all, ["10.244.1.2", "10.244.1.3", "10.244.1.4", "10.244.1.5", "10.244.1.6"]);
        assert_eq!(addresses.take(), None);
        addresses.release(Ipv4Addr::new(10, 244, 1, 4));
        assert_eq!(addresses.take(), Some(Ipv4Addr::new(10, 244, 1, 4)));
        assert!(Addresses::parse("x").is_none());
    }
}
