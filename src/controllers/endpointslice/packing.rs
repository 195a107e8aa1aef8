//! Puts endpoints into slices with as few writes as possible. Slices are never rebalanced: a half-full slice costs less
//! than telling every node about moved endpoints.

use crate::base::Order;
use std::collections::BTreeMap;

/// The most endpoints in one slice.
pub const MAX_ENDPOINTS: usize = 100;

/// A slice as it is now.
#[derive(Clone, Copy, Debug)]
pub struct Existing<'a, E> {
    /// Its endpoints.
    pub endpoints: &'a [E],
    /// Whether it has to be written anyway, its labels being out of date.
    pub stale: bool,
}

/// What has to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writes<E> {
    /// The endpoints of new slices.
    pub create: Vec<Vec<E>>,
    /// Slices (by place) and all their endpoints.
    pub update: BTreeMap<usize, Vec<E>>,
    /// Slices (by place) that have become empty.
    pub delete: Vec<usize>,
}

impl<E> Default for Writes<E> {
    fn default() -> Self {
        Writes { create: Vec::new(), update: BTreeMap::new(), delete: Vec::new() }
    }
}

/// Packs the `desired` endpoints of one port list into slices of at most `max`, given those that exist:
///
/// 1. Slices lose what is no longer desired and take over what has changed; what becomes empty is deleted.
/// 2. Slices that are written anyway are filled up, the fullest first.
/// 3. If less than a full slice is left over it goes to the one unchanged slice that it fills best; else to new slices.
///
/// `key` tells which endpoints are the same one. Leftovers are placed in the order of their keys. Endpoints that are not
/// `touched` stay as they are; they need not be among the desired.
///
/// Models `reconcileByPortMapping` of `staging/src/k8s.io/endpointslice/reconciler.go`.
pub fn pack<K: Ord, E: Clone + PartialEq>(
    existing: &[Existing<E>],
    mut desired: BTreeMap<K, E>,
    touched: impl Fn(&E) -> bool,
    key: impl Fn(&E) -> K,
    max: usize,
) -> Writes<E> {
    let mut writes = Writes::default();
    let mut unchanged: Vec<usize> = Vec::new();
    for (place, slice) in existing.iter().enumerate() {
        if !slice.stale && !slice.endpoints.iter().any(&touched) {
            unchanged.push(place);
            continue;
        }
        let mut now = |old: &E| if touched(old) { desired.remove(&key(old)) } else { Some(old.clone()) };
        let kept: Vec<(&E, E)> = slice.endpoints.iter().filter_map(|old| now(old).map(|new| (old, new))).collect();
        let changed = kept.len() != slice.endpoints.len() || kept.iter().any(|(old, new)| *old != new);
        match () {
            () if changed && kept.is_empty() => writes.delete.push(place),
            () if changed || slice.stale => {
                writes.update.insert(place, kept.into_iter().map(|(_, new)| new).collect());
            }
            () => unchanged.push(place),
        }
    }
    let mut left = desired.into_values();
    let mut left_count = left.len();
    let mut fill = |endpoints: &mut Vec<E>, left_count: &mut usize| {
        endpoints.reserve_exact((*left_count).min(max.saturating_sub(endpoints.len())));
        while endpoints.len() < max
            && let Some(endpoint) = left.next()
        {
            endpoints.push(endpoint);
            *left_count -= 1;
        }
    };

    let mut fullest_first: Vec<usize> = writes.update.keys().copied().collect();
    fullest_first.order_by_key(|place| std::cmp::Reverse(writes.update.get(place).map_or(0, Vec::len)));
    for place in fullest_first {
        if let Some(endpoints) = writes.update.get_mut(&place) {
            fill(endpoints, &mut left_count);
        }
    }
    while left_count > 0 {
        let room = |place: &usize| {
            existing.get(*place).and_then(|slice| (max).checked_sub(slice.endpoints.len() + left_count))
        };
        let best = unchanged.iter().filter_map(|place| room(place).map(|room| (room, *place))).min();
        match best {
            Some((room, place)) if left_count < max && room < max => {
                let mut endpoints = existing.get(place).map_or_else(Vec::new, |slice| slice.endpoints.to_vec());
                fill(&mut endpoints, &mut left_count);
                unchanged.retain(|other| *other != place);
                writes.update.insert(place, endpoints);
            }
            _ => {
                let mut endpoints = Vec::new();
                fill(&mut endpoints, &mut left_count);
                if endpoints.is_empty() {
                    break;
                }
                writes.create.push(endpoints);
            }
        }
    }
    writes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An endpoint: a number, and whether it is ready.
    type Endpoint = (u32, bool);

    fn run(
        existing: &[(Vec<Endpoint>, bool)],
        desired: impl IntoIterator<Item = Endpoint>,
        max: usize,
    ) -> Writes<Endpoint> {
        let existing: Vec<Existing<Endpoint>> =
            existing.iter().map(|(endpoints, stale)| Existing { endpoints, stale: *stale }).collect();
        pack(
            &existing,
            desired.into_iter().map(|endpoint| (endpoint.0, endpoint)).collect(),
            |_| true,
            |endpoint| endpoint.0,
            max,
        )
    }

    fn ready(range: std::ops::Range<u32>) -> Vec<Endpoint> {
        range.map(|n| (n, true)).collect()
    }

    /// The shape of the writes: sizes of new slices, (place, size) of written ones, places of deleted ones.
    fn shape(writes: &Writes<Endpoint>) -> (Vec<usize>, Vec<(usize, usize)>, Vec<usize>) {
        (
            writes.create.iter().map(Vec::len).collect(),
            writes.update.iter().map(|(place, endpoints)| (*place, endpoints.len())).collect(),
            writes.delete.clone(),
        )
    }

    #[test]
    fn packs() {
        let table = [
            ("nothing", vec![], ready(0..0), (vec![], vec![], vec![])),
            ("250 new ones", vec![], ready(0..250), (vec![100, 100, 50], vec![], vec![])),
            ("no change", vec![(ready(0..10), false)], ready(0..10), (vec![], vec![], vec![])),
            ("stale labels", vec![(ready(0..10), true)], ready(0..10), (vec![], vec![(0, 10)], vec![])),
            ("one more", vec![(ready(0..10), false)], ready(0..11), (vec![], vec![(0, 11)], vec![])),
            ("one gone", vec![(ready(0..10), false)], ready(1..10), (vec![], vec![(0, 9)], vec![])),
            ("all gone", vec![(ready(0..10), false)], ready(0..0), (vec![], vec![], vec![0])),
            (
                "written ones are filled first",
                vec![(ready(0..50), false), (ready(50..60), false)],
                ready(1..100),
                (vec![], vec![(0, 89)], vec![]),
            ),
            (
                "the best fitting unchanged one",
                vec![(ready(0..10), false), (ready(10..70), false), (ready(70..165), false)],
                ready(0..195),
                (vec![], vec![(1, 90)], vec![]),
            ),
            (
                "none has room for all",
                vec![(ready(0..80), false), (ready(80..160), false)],
                ready(0..190),
                (vec![30], vec![], vec![]),
            ),
            (
                "a full one, then the rest",
                vec![(ready(0..60), false)],
                ready(0..190),
                (vec![100], vec![(0, 90)], vec![]),
            ),
            (
                "no rebalancing",
                vec![(ready(0..60), false), (ready(100..130), false)],
                (0..60).chain(100..130).map(|n| (n, true)).collect(),
                (vec![], vec![], vec![]),
            ),
        ];
        for (name, existing, desired, expected) in table {
            assert_eq!(shape(&run(&existing, desired, 100)), expected, "{name}");
        }
    }

    #[test]
    fn a_changed_endpoint_stays_in_its_place() {
        let writes = run(&[(ready(0..3), false)], [(0, true), (1, false), (2, true)], 100);
        assert_eq!(writes.update.get(&0), Some(&vec![(0, true), (1, false), (2, true)]));
    }

    #[test]
    fn every_desired_endpoint_is_in_exactly_one_slice() {
        let mut rng = crate::base::rng::Rng::stream(1, "pack", "");
        for _ in 0..200 {
            let max = 1 + rng.below(7) as usize;
            let mut slices: Vec<(Vec<Endpoint>, bool)> = Vec::new();
            for _ in 0..8 {
                let desired: Vec<Endpoint> =
                    (0..30).filter_map(|n| Some(rng.below(4)).filter(|r| *r > 1).map(|r| (n, r == 2))).collect();
                let writes = run(&slices, desired.clone(), max);
                for (place, endpoints) in writes.update {
                    slices[place].0 = endpoints;
                }
                for place in writes.delete.iter().rev() {
                    slices.remove(*place);
                }
                slices.extend(writes.create.into_iter().map(|endpoints| (endpoints, false)));
                assert!(slices.iter().all(|(endpoints, _)| (1..=max).contains(&endpoints.len())));
                let mut all: Vec<Endpoint> = slices.iter().flat_map(|(endpoints, _)| endpoints.clone()).collect();
                all.order();
                assert_eq!(all, desired);
            }
        }
    }
}
