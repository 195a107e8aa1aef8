//! Sorting by way of places: the code that sorts exists once, not once for each kind of thing and comparison. The standard
//! library's, generated 150 times, was a tenth of the page.

use std::cmp::Ordering;

/// Stable sorting.
pub trait Order<T> {
    /// As `sort`.
    fn order(&mut self)
    where
        T: Ord;
    /// As `sort_by_key`.
    fn order_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);
    /// As `sort_by`.
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);
}

impl<T> Order<T> for [T] {
    fn order(&mut self)
    where
        T: Ord,
    {
        self.order_by(T::cmp);
    }

    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.order_by(|a, b| key(a).cmp(&key(b)));
    }

    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        if self.len() < 2 {
            return;
        }
        let mut places = places(self.len(), &mut |a, b| match (self.get(a), self.get(b)) {
            (Some(a), Some(b)) => compare(a, b),
            _ => Ordering::Equal,
        });
        move_to(&mut places, &mut |a, b| self.swap(a, b));
    }
}

/// From which place the thing comes that belongs to each place.
fn places(length: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

/// Swaps things until each is in its place, one circle after the other.
fn move_to(places: &mut [usize], swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..places.len() {
        let mut here = start;
        while let Some(from) =
            places.get_mut(here).map(|from| std::mem::replace(from, here)).filter(|from| *from != start)
        {
            swap(here, from);
            here = from;
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library(pairs in prop::collection::vec((0_u8..20, any::<u8>()), 0..200)) {
            let (mut ours, mut theirs) = (pairs.clone(), pairs.clone());
            ours.order_by_key(|(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(&ours, &theirs);
            ours.order_by(|a, b| b.cmp(a));
            theirs.sort_by(|a, b| b.cmp(a));
            prop_assert_eq!(&ours, &theirs);
            ours.order();
            theirs.sort();
            prop_assert_eq!(ours, theirs);
        }
    }
}
