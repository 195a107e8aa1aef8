//! What every object has: names, labels, owners, versions.

use crate::api::json::Json;
use crate::api::list::List;
use crate::base::{Str, Value, time::Timestamp};
use crate::object;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Labels or annotations: a sorted map that the pods of one ReplicaSet share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(pub Rc<BTreeMap<Str, Str>>);

impl Labels {
    /// The value of a label.
    pub fn get(&self, key: &str) -> Option<&Str> {
        self.0.get(key)
    }

    /// Sets a label.
    pub fn insert(&mut self, key: impl Into<Str>, value: impl Into<Str>) {
        Rc::make_mut(&mut self.0).insert(key.into(), value.into());
    }

    /// Removes a label.
    pub fn remove(&mut self, key: &str) {
        if self.0.contains_key(key) {
            Rc::make_mut(&mut self.0).remove(key);
        }
    }

    /// All labels, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Str, &Str)> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<Str>, V: Into<Str>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Labels(Rc::new(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect()))
    }
}

impl Json for Labels {
    fn from_json(value: Value) -> Option<Self> {
        BTreeMap::from_json(value).map(|map| Labels(Rc::new(map)))
    }
    fn to_json(&self) -> Value {
        self.0.to_json()
    }
}

/// `metadata.resourceVersion`: a number here, a string in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceVersion(pub u64);

impl Json for ResourceVersion {
    fn from_json(value: Value) -> Option<Self> {
        value.as_str().and_then(|text| text.parse().ok()).map(ResourceVersion)
    }
    fn to_json(&self) -> Value {
        Value::from(self.0.to_string())
    }
}

object! {
    /// `metadata`.
    pub struct Meta {
        /// The name, unique for the kind within the namespace.
        pub name: Str = "name",
        /// The prefix of a name that the server makes.
        pub generate_name: Str = "generateName",
        /// The namespace; empty for cluster-scoped kinds.
        pub namespace: Str = "namespace",
        /// The identity over time: a new object of the same name has another one.
        pub uid: Str = "uid",
        /// The revision of the last write.
        pub resource_version: ResourceVersion = "resourceVersion",
        /// How often the desired state changed.
        pub generation: i64 = "generation",
        /// When the object was made.
        pub creation_timestamp: Option<Timestamp> = "creationTimestamp",
        /// When it was, or will have been, deleted.
        pub deletion_timestamp: Option<Timestamp> = "deletionTimestamp",
        /// The grace in seconds that the deletion gives.
        pub deletion_grace_period_seconds: Option<i64> = "deletionGracePeriodSeconds",
        /// What selectors look at.
        pub labels: Labels = "labels",
        /// What selectors do not look at.
        pub annotations: Labels = "annotations",
        /// Who made it, and with whom it goes.
        pub owner_references: List<OwnerReference> = "ownerReferences",
        /// Who must agree before it is removed.
        pub finalizers: List<Str> = "finalizers",
    }

    /// An entry of `metadata.ownerReferences`.
    pub struct OwnerReference {
        /// `apps/v1`.
        pub api_version: Str = "apiVersion" always,
        /// Whether the owner waits for this object when it is deleted in the foreground.
        pub block_owner_deletion: Option<bool> = "blockOwnerDeletion",
        /// Whether the owner manages this object.
        pub controller: Option<bool> = "controller",
        /// `ReplicaSet`.
        pub kind: Str = "kind" always,
        /// The owner's name.
        pub name: Str = "name" always,
        /// The owner's identity.
        pub uid: Str = "uid" always,
    }
}

impl Meta {
    /// The owner that manages this object.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller == Some(true))
    }

    /// Whether deletion has begun.
    pub fn is_terminating(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}
