//! An immutable string that clones for the price of a counter.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

/// An immutable, shared string. Most fields of most objects are empty, so an empty one takes no memory of its own; and most
/// that are compared share their text, so a look at the pointers comes first.
#[derive(Clone, Default)]
pub struct Str(Option<Rc<str>>);

impl Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Str {
        Str((!text.is_empty()).then(|| Rc::from(text)))
    }
}

impl From<String> for Str {
    fn from(text: String) -> Str {
        Str::from(text.as_str())
    }
}

impl Str {
    /// The text as others share it.
    pub fn shared(&self) -> Rc<str> {
        self.0.clone().unwrap_or_default()
    }

    /// Whether both are one and the same piece of memory, or empty.
    fn is_shared_with(&self, other: &Str) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

/// The order of two texts. Names in a cluster begin alike, and in the page's code the library compares them byte by byte.
fn compare(one: &str, other: &str) -> Ordering {
    if cfg!(target_arch = "wasm32") { order(one, other) } else { one.cmp(other) }
}

/// The same, eight bytes at a time.
fn order(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    while let (Some((start, rest)), Some((other_start, other_rest))) =
        (one.split_first_chunk(), other.split_first_chunk())
    {
        match u64::from_be_bytes(*start).cmp(&u64::from_be_bytes(*other_start)) {
            Ordering::Equal => (one, other) = (rest, other_rest),
            different => return different,
        }
    }
    one.cmp(other)
}

impl PartialEq for Str {
    fn eq(&self, other: &Str) -> bool {
        self.is_shared_with(other) || (self.len() == other.len() && compare(self, other).is_eq())
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Str) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Str) -> Ordering {
        if self.is_shared_with(other) { Ordering::Equal } else { compare(self, other) }
    }
}

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for Str {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Str {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Str, D::Error> {
        String::deserialize(deserializer).map(Str::from)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Str, order};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_is_that_of_text(one in "[ab\u{e9}\u{ff}]{0,20}", other in "[ab\u{e9}\u{ff}]{0,20}", start in "[a-z]{0,20}") {
            for (one, other) in [(one.clone(), other.clone()), (format!("{start}{one}"), format!("{start}{other}"))] {
                prop_assert_eq!(order(&one, &other), one.cmp(&other));
                prop_assert_eq!(Str::from(&*one).cmp(&Str::from(&*other)), one.cmp(&other));
                prop_assert_eq!(Str::from(&*one) == Str::from(&*other), one == other);
            }
        }
    }
}
