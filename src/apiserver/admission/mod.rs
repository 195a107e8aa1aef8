//! Admission: what the cluster adds to objects, and what it refuses, because of other objects that are there.
//!
//! [`mutate`] runs before validation, [`check`] after it, both in the order of the API server's plugins. A plugin is a
//! file: [`limits`] (LimitRanger), [`accounts`] (ServiceAccount), [`priority`] (Priority), [`classes`] (DefaultStorageClass,
//! DefaultIngressClass, StorageObjectInUseProtection, PersistentVolumeClaimResize), [`quota`] (ResourceQuota). NamespaceLifecycle is in `create`.
//! [`pods`] is the quick way of pods that controllers make.
//!
//! Models `pkg/kubeapiserver/options/plugins.go`.

mod accounts;
mod classes;
mod limits;
pub mod pods;
pub(super) mod priority;
pub mod quota;
#[cfg(test)]
mod tests;

use super::{Result, Store};
use crate::api::default;
use crate::api::kinds::Kind;
use crate::base::Value;
pub use pods::admitted;

/// Completes a new object; `suffix` are the five characters of a pod's token volume.
pub(super) fn mutate(store: &Store, kind: Kind, value: &mut Value, suffix: &str) -> Result<()> {
    limits::default_requests(store, kind, value);
    if kind == Kind::POD {
        accounts::admit(store, value)?;
        priority::admit(store, value)?;
        default::admission_pod(value, suffix);
    }
    classes::admit(store, kind, value);
    Ok(())
}

/// Refuses a valid object, new or in place of `old`.
pub(super) fn check(store: &Store, kind: Kind, new: &Value, old: Option<&Value>) -> Result<()> {
    limits::check(store, kind, new, old)?;
    priority::check(store, kind, new)?;
    classes::check(store, kind, new, old)?;
    quota::check(store, kind, new, old)
}

/// Whether anything in the namespace (or cluster) makes admission more than [`pods`] can do quickly.
pub(super) fn is_ruled(store: &Store, namespace: &str) -> bool {
    [Kind::LIMIT_RANGE, Kind::RESOURCE_QUOTA]
        .into_iter()
        .any(|kind| store.count(kind) > 0 && store.list(kind, namespace).next().is_some())
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
