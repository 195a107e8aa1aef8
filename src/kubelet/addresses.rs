//! The addresses of a node's pods: given out in turn, so that a freed one is not used again at once.
//!
//! Models the CNI plugin `host-local`.

use crate::base::pmap::PSet;
use std::net::Ipv4Addr;

/// A node's block of addresses.
#[derive(Clone, Debug)]
pub struct Addresses {
    base: u32,
    size: u32,
    next: u32,
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
            used: PSet::new(),
        })
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
