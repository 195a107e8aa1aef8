//! The persistent types against the standard ones, with random operations: the same answers, and clones that stay as they were.

use super::{PLookup, PMap, PSet, PVec};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Act {
    Insert(u16, u8),
    Remove(u16),
    Change(u16),
    Snapshot,
    Retain(u16),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (0..600_u16, any::<u8>()).prop_map(|(key, value)| Act::Insert(key, value)),
        4 => (0..600_u16).prop_map(Act::Remove),
        1 => (0..600_u16).prop_map(Act::Change),
        1 => Just(Act::Snapshot),
        1 => (2..9_u16).prop_map(Act::Retain),
    ];
    // Retain halves the map, so it must be rare for leaves to be cut at all.
    prop::collection::vec(act, 0..900)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_map_answers_as_a_b_tree(acts in acts(), from in 0..600_u16, to in 0..600_u16) {
        let mut map = PMap::new();
        let mut model = BTreeMap::new();
        let mut kept: Vec<(PMap<u16, u8>, BTreeMap<u16, u8>)> = Vec::new();
        for act in acts {
            match act {
                Act::Insert(key, value) => prop_assert_eq!(map.insert(key, value), model.insert(key, value)),
                Act::Remove(key) => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                Act::Change(key) => {
                    *map.or_default(key) += u8::from(*model.entry(key).or_default() < 255);
                    let value = model.entry(key).or_default();
                    *value = value.saturating_add(1);
                }
                Act::Snapshot => kept.push((map.clone(), model.clone())),
                Act::Retain(by) => {
                    map.retain(|key, _| key % by != 0);
                    model.retain(|key, _| key % by != 0);
                }
            }
        }
        kept.push((map, model));
        for (map, model) in &kept {
            prop_assert_eq!(map.len(), model.len());
            prop_assert!(map.iter().eq(model.iter()));
            prop_assert!(map.iter().rev().eq(model.iter().rev()));
            prop_assert_eq!(map.get(&from), model.get(&from));
            prop_assert!(map.range(from..).eq(model.range(from..)));
            prop_assert!(map.range(..=to).rev().eq(model.range(..=to).rev()));
            if from <= to {
                prop_assert!(map.range(from..to).eq(model.range(from..to)));
            } else {
                prop_assert_eq!(map.range(from..to).count(), 0);
            }
        }
    }

    #[test]
    fn a_lookup_answers_as_a_b_tree(acts in acts()) {
        let mut map = PLookup::default();
        let mut model = BTreeMap::new();
        let mut kept: Vec<(PLookup<u16, u8>, BTreeMap<u16, u8>)> = Vec::new();
        for act in acts {
            match act {
                Act::Insert(key, value) => prop_assert_eq!(map.insert(key, value), model.insert(key, value)),
                Act::Remove(key) => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                Act::Change(key) => {
                    *map.or_default(key) = 7;
                    model.insert(key, 7);
                }
                Act::Snapshot => kept.push((map.clone(), model.clone())),
                Act::Retain(by) => {
                    map.retain(|key, _| key % by != 0);
                    model.retain(|key, _| key % by != 0);
                }
            }
        }
        kept.push((map, model));
        for (map, model) in &kept {
            prop_assert_eq!(map.len(), model.len());
            for key in 0..600 {
                prop_assert_eq!(map.get(&key), model.get(&key));
            }
        }
    }

    #[test]
    fn a_vector_answers_as_a_list(acts in acts()) {
        let mut list = PVec::new();
        let mut model = Vec::new();
        let mut kept: Vec<(PVec<u16>, Vec<u16>)> = Vec::new();
        for act in acts {
            match act {
                Act::Insert(key, _) => {
                    list.push_back(key);
                    model.push(key);
                }
                Act::Remove(key) if key % 16 == 0 => {
                    let count = usize::from(key / 16).min(model.len());
                    list.forget(count);
                    model.drain(..count);
                }
                Act::Remove(key) => {
                    list.truncate(usize::from(key));
                    model.truncate(usize::from(key));
                }
                Act::Change(key) => {
                    prop_assert_eq!(list.get_mut(usize::from(key)).map(std::mem::take), model.get_mut(usize::from(key)).map(std::mem::take));
                }
                Act::Snapshot => kept.push((list.clone(), model.clone())),
                Act::Retain(_) => {}
            }
        }
        kept.push((list, model));
        for (list, model) in &kept {
            prop_assert_eq!(list.len(), model.len());
            prop_assert!(list.iter().eq(model.iter()));
            prop_assert!(list.iter().rev().eq(model.iter().rev()));
            prop_assert!(list.iter_from(70).eq(model.iter().skip(70)));
            prop_assert!(list.iter().skip(70).eq(model.iter().skip(70)));
        }
    }
}

#[test]
fn ascending_keys_fill_their_leaves_and_large_maps_stay_in_order() {
    let map: PMap<u32, u32> = (0..50_000).map(|key| (key, key)).collect();
    assert!(map.keys().copied().eq(0..50_000));
    let mixed: PSet<u32> = (0..50_000_u32).map(|key| key.wrapping_mul(0x9e37_79b9)).collect();
    let model: BTreeSet<u32> = (0..50_000_u32).map(|key| key.wrapping_mul(0x9e37_79b9)).collect();
    assert!(mixed.iter().eq(model.iter()));
}
