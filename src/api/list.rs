//! Lists that objects share: versions of one object, and pods of one template.

use super::json::Json;
use crate::base::Value;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// A list whose clones are one piece of memory until one of them is changed. An empty one takes none.
pub struct List<T>(Option<Rc<Vec<T>>>);

impl<T: PartialEq> List<T> {
    /// Becomes one with another list, if it says the same. Tells whether it does.
    pub fn share(&mut self, other: &List<T>) -> bool {
        let same = self == other;
        if same {
            self.0.clone_from(&other.0);
        }
        same
    }
}

impl<T: Clone> List<T> {
    fn items(&mut self) -> &mut Vec<T> {
        Rc::make_mut(self.0.get_or_insert_default())
    }

    /// Adds an item at the end.
    pub fn push(&mut self, item: T) {
        self.items().push(item);
    }

    /// Keeps the items for which `keep` says so.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        if !self.iter().all(&keep) {
            self.items().retain(keep);
            self.0.take_if(|items| items.is_empty());
        }
    }
}

impl<T: Clone> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_some() {
            self.items().extend(items);
        }
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> List<T> {
        List((!items.is_empty()).then(|| Rc::new(items)))
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> List<T> {
        items.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl<T: Clone> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.0.as_mut().map_or(&mut [], |items| Rc::make_mut(items).as_mut_slice())
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> List<T> {
        List(self.0.clone())
    }
}

impl<T> Default for List<T> {
    fn default() -> List<T> {
        List(None)
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &List<T>) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b) || a == b,
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Json + Clone> Json for List<T> {
    fn from_json(value: Value) -> Option<List<T>> {
        Vec::from_json(value).map(List::from)
    }

    fn to_json(&self) -> Value {
        Value::Array(self.iter().map(T::to_json).collect())
    }
}
