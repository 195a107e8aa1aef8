//! The order of merged lists: what the patch wants, then what the live list had.

use super::{DELETE, DIRECTIVE, PatchError, keyed};
use crate::base::Value;

/// Items of a patch in front of those that only the live list has, each in its own order, interleaved by the live order.
///
/// Models `normalizeElementOrder`.
pub(super) fn interleaved(
    patch: Vec<Value>,
    live: Vec<Value>,
    patch_order: &[Value],
    live_order: &[Value],
    key: Option<&str>,
) -> Result<Vec<Value>, PatchError> {
    let patch = sorted(patch, patch_order, key)?;
    let live = sorted(live, live_order, key)?;
    let mut all = Vec::with_capacity(patch.len() + live.len());
    let (mut left, mut right) = (live.into_iter().peekable(), patch.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let places = index(live_order, a, key).zip(index(live_order, b, key));
        all.extend(if places.is_some_and(|(a, b)| a < b) { left.next() } else { right.next() });
    }
    all.extend(left);
    all.extend(right);
    Ok(all)
}

/// Sorts items as `order` has them; items to be deleted go last.
///
/// Models `normalizeSliceOrder`: an insertion sort whose comparison says "before" for whatever `order` lacks.
pub(super) fn sorted(items: Vec<Value>, order: &[Value], key: Option<&str>) -> Result<Vec<Value>, PatchError> {
    if let Some(key) = key {
        for item in items.iter().chain(order) {
            keyed(item, key)?;
        }
    }
    let deleted = |item: &Value| key.is_some() && item.get(DIRECTIVE).is_some_and(|directive| directive == DELETE);
    let (deletions, kept): (Vec<Value>, Vec<Value>) = items.into_iter().partition(deleted);
    let mut placed: Vec<(Option<usize>, Value)> =
        kept.into_iter().map(|item| (index(order, &item, key), item)).collect();
    for i in 1..placed.len() {
        let before = |place: Option<usize>, other: Option<usize>| place.zip(other).is_none_or(|(a, b)| a < b);
        let end = (0..i).rev().take_while(|j| before(place(&placed, i), place(&placed, *j))).last();
        if let Some(slots) = end.and_then(|end| placed.get_mut(end..=i)) {
            slots.rotate_right(1);
        }
    }
    Ok(placed.into_iter().map(|(_, item)| item).chain(deletions).collect())
}

fn place(placed: &[(Option<usize>, Value)], at: usize) -> Option<usize> {
    placed.get(at).and_then(|(place, _)| *place)
}

/// Where an item with the same key stands in the list.
fn index(list: &[Value], item: &Value, key: Option<&str>) -> Option<usize> {
    match key {
        Some(key) => list.iter().position(|other| other.get(key) == item.get(key)),
        None => list.iter().position(|other| other == item),
    }
}

/// The items that stand in `by`, and the others.
///
/// Models `partitionMapsByPresentInList` and `partitionPrimitivesByPresentInList`.
pub(super) fn partition(
    items: Vec<Value>,
    by: &[Value],
    key: Option<&str>,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    if let Some(key) = key {
        for item in &items {
            keyed(item, key)?;
        }
    }
    Ok(items.into_iter().partition(|item| index(by, item, key).is_some()))
}
