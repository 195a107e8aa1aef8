//! A shared value that compares by pointer, so that the page sees what changed for the price of a comparison of addresses.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// An [`Rc`] whose equality is identity. Two equal values behind different pointers are *different*: builders must
/// [`keep`](Shared::keep) the old pointer for what did not change.
pub struct Shared<T>(Rc<T>);

impl<T> Shared<T> {
    /// Shares `value`.
    pub fn new(value: T) -> Shared<T> {
        Shared(Rc::new(value))
    }

    /// Whether both are the same allocation.
    pub fn same(&self, other: &Shared<T>) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: PartialEq> Shared<T> {
    /// `previous` when its value equals `value`, else `value` newly shared.
    pub fn keep(previous: Option<&Shared<T>>, value: T) -> Shared<T> {
        match previous {
            Some(previous) if *previous.0 == value => previous.clone(),
            _ => Shared::new(value),
        }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Shared::new(value)
    }
}

impl<T: Default> Default for Shared<T> {
    fn default() -> Self {
        Shared::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_identity_and_keep_keeps_it() {
        let old = Shared::new(vec![1, 2]);
        assert!(old == old.clone());
        assert!(old != Shared::new(vec![1, 2]));
        assert!(old == Shared::keep(Some(&old), vec![1, 2]));
        assert!(old != Shared::keep(Some(&old), vec![1, 3]));
        assert_eq!(*Shared::keep(None, vec![4]), vec![4]);
    }
}
