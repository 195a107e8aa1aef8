//! Brings addresses and their ports into the canonical shape of an Endpoints object: addresses that offer the same ports
//! share a subset.

use std::collections::BTreeMap;

/// The most addresses in one Endpoints object.
pub const MAX_ADDRESSES: usize = 1000;

/// A set of addresses that all offer the same ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subset<A, P> {
    /// Those that may get traffic.
    pub ready: Vec<A>,
    /// Those that may not.
    pub not_ready: Vec<A>,
    /// What they offer; may be empty.
    pub ports: Vec<P>,
}

/// An address, whether it is ready, and the ports that it offers.
pub type Offer<A, P> = (A, bool, Vec<P>);

/// Groups offers into subsets. An address that is offered both ready and not ready for a port counts as not ready there.
///
/// Models `RepackSubsets` of `pkg/api/v1/endpoints/util.go`.
pub fn repack<A: Ord + Clone, P: Ord + Clone>(offers: impl IntoIterator<Item = Offer<A, P>>) -> Vec<Subset<A, P>> {
    let mut by_port: BTreeMap<Option<P>, BTreeMap<A, bool>> = BTreeMap::new();
    for (address, ready, ports) in offers {
        let mut offer = |port, address| {
            let known = by_port.entry(port).or_default().entry(address).or_insert(ready);
            *known &= ready;
        };
        if ports.is_empty() {
            offer(None, address);
        } else {
            ports.into_iter().for_each(|port| offer(Some(port), address.clone()));
        }
    }
    let mut by_addresses: BTreeMap<Vec<(A, bool)>, Vec<P>> = BTreeMap::new();
    for (port, addresses) in by_port {
        by_addresses.entry(addresses.into_iter().collect()).or_default().extend(port);
    }
    let subset = |(addresses, ports): (Vec<(A, bool)>, Vec<P>)| {
        let (ready, not_ready): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|(_, ready)| *ready);
        let plain = |list: Vec<(A, bool)>| list.into_iter().map(|(address, _)| address).collect();
        Subset { ready: plain(ready), not_ready: plain(not_ready), ports }
    };
    by_addresses.into_iter().map(subset).collect()
}

/// Cuts the subsets down to `max` addresses, ready ones first, each subset losing its share. Returns whether it had to.
///
/// Models `truncateEndpoints` of `pkg/controller/endpoint/endpoints_controller.go`.
pub fn truncate<A, P>(subsets: &mut [Subset<A, P>], max: usize) -> bool {
    let ready: usize = subsets.iter().map(|subset| subset.ready.len()).sum();
    let not_ready: usize = subsets.iter().map(|subset| subset.not_ready.len()).sum();
    if ready + not_ready <= max {
        return false;
    }
    let cut_ready = ready > max;
    let (total, room) = if cut_ready { (ready, max) } else { (not_ready, max - ready) };
    let mut left = room;
    for subset in subsets {
        let list = if cut_ready { &mut subset.ready } else { &mut subset.not_ready };
        let share = (list.len() * room).div_ceil(total).min(left);
        list.truncate(share);
        left -= list.len();
        if cut_ready {
            subset.not_ready.clear();
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    type Plain = (Vec<u32>, Vec<u32>, Vec<u16>);

    fn plain(subsets: &[Subset<u32, u16>]) -> Vec<Plain> {
        subsets.iter().map(|s| (s.ready.clone(), s.not_ready.clone(), s.ports.clone())).collect()
    }

    /// Cases after upstream's `TestPackSubsets`.
    #[test]
    fn repacks() {
        type Case = (&'static str, Vec<Offer<u32, u16>>, Vec<Plain>);
        let table: [Case; 9] = [
            ("nothing", vec![], vec![]),
            ("one address, one port", vec![(1, true, vec![111])], vec![(vec![1], vec![], vec![111])]),
            ("no ports", vec![(1, true, vec![]), (2, false, vec![])], vec![(vec![1], vec![2], vec![])]),
            (
                "one address, two ports",
                vec![(1, true, vec![111]), (1, true, vec![222])],
                vec![(vec![1], vec![], vec![111, 222])],
            ),
            (
                "two addresses, one port",
                vec![(2, true, vec![111]), (1, true, vec![111])],
                vec![(vec![1, 2], vec![], vec![111])],
            ),
            (
                "two, one not ready",
                vec![(1, true, vec![111]), (2, false, vec![111])],
                vec![(vec![1], vec![2], vec![111])],
            ),
            ("not ready trumps", vec![(1, true, vec![111]), (1, false, vec![111])], vec![(vec![], vec![1], vec![111])]),
            ("twice the same", vec![(1, true, vec![111]), (1, true, vec![111])], vec![(vec![1], vec![], vec![111])]),
            (
                "ports that only some offer",
                vec![(1, true, vec![111, 222]), (2, true, vec![111])],
                vec![(vec![1], vec![], vec![222]), (vec![1, 2], vec![], vec![111])],
            ),
        ];
        for (name, offers, expected) in table {
            assert_eq!(plain(&repack(offers)), expected, "{name}");
        }
    }

    /// Cases after upstream's `TestTruncateEndpoints`.
    #[test]
    fn truncates() {
        let table = [
            // ready and not ready of each subset; the same after cutting to 1,000
            (vec![(50, 50)], false, vec![(50, 50)]),
            (vec![(1000, 0)], false, vec![(1000, 0)]),
            (vec![(1001, 0)], true, vec![(1000, 0)]),
            (vec![(1001, 100)], true, vec![(1000, 0)]),
            (vec![(500, 501)], true, vec![(500, 500)]),
            (vec![(0, 1500)], true, vec![(0, 1000)]),
            (vec![(600, 0), (600, 0)], true, vec![(500, 0), (500, 0)]),
            (vec![(1000, 0), (501, 0)], true, vec![(667, 0), (333, 0)]),
            (vec![(400, 400), (400, 200)], true, vec![(400, 134), (400, 66)]),
        ];
        for (before, cut, after) in table {
            let list = |n: usize| vec![0_u8; n];
            let mut subsets: Vec<Subset<u8, u8>> =
                before.iter().map(|(r, n)| Subset { ready: list(*r), not_ready: list(*n), ports: vec![] }).collect();
            assert_eq!(truncate(&mut subsets, MAX_ADDRESSES), cut, "{before:?}");
            let sizes: Vec<(usize, usize)> = subsets.iter().map(|s| (s.ready.len(), s.not_ready.len())).collect();
            assert_eq!(sizes, after, "{before:?}");
        }
    }
}
