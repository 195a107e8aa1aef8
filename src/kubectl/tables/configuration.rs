//! Kinds that configure the cluster: quotas, classes, leases, webhooks and who may do what.

use super::{Column, Row, age, col, name, wide};
use crate::base::Value;
use crate::kubectl::gofmt;

pub(super) const RESOURCE_QUOTA: &[Column] = &[
    col("Name", name),
    col("Request", |row| amounts(row, |name| !is_limit(name))),
    col("Limit", |row| amounts(row, is_limit)),
    col("Age", age),
];

pub(super) const PRIORITY_CLASS: &[Column] = &[
    col("Name", name),
    col("Value", |row| row.int("/value").to_string()),
    col("Global-Default", |row| row.field("/globalDefault").and_then(Value::as_bool).unwrap_or(false).to_string()),
    col("Age", age),
    col("PreemptionPolicy", |row| row.text("/preemptionPolicy").to_owned()),
];

pub(super) const ROLE_BINDING: &[Column] = &[
    col("Name", name),
    col("Role", |row| format!("{}/{}", row.text("/roleRef/kind"), row.text("/roleRef/name"))),
    col("Age", age),
    wide("Users", |row| subjects(row, "User")),
    wide("Groups", |row| subjects(row, "Group")),
    wide("ServiceAccounts", |row| subjects(row, "ServiceAccount")),
];

pub(super) const LEASE: &[Column] =
    &[col("Name", name), col("Holder", |row| row.text("/spec/holderIdentity").to_owned()), col("Age", age)];

pub(super) const RUNTIME_CLASS: &[Column] =
    &[col("Name", name), col("Handler", |row| row.text("/handler").to_owned()), col("Age", age)];

pub(super) const WEBHOOKS: &[Column] =
    &[col("Name", name), col("Webhooks", |row| row.count("/webhooks").to_string()), col("Age", age)];

pub(super) const VOLUME_ATTRIBUTES_CLASS: &[Column] =
    &[col("Name", name), col("DriverName", |row| row.text("/driverName").to_owned()), col("Age", age)];

fn is_limit(resource: &str) -> bool {
    resource.starts_with("limits.")
}

/// `pods: 1/4, requests.cpu: 500m/1`. Models `printResourceQuota`.
fn amounts(row: &Row<'_>, shown: fn(&str) -> bool) -> String {
    let hard = row.field("/status/hard").and_then(Value::as_object).into_iter().flatten();
    let used = |name: &str| {
        let used = row.field("/status/used").and_then(|used| used.get(name));
        used.map_or_else(|| "0".to_owned(), gofmt::sprint)
    };
    let cells = hard
        .filter(|(name, _)| shown(name))
        .map(|(name, hard)| format!("{name}: {}/{}", used(name), gofmt::sprint(hard)));
    cells.collect::<Vec<_>>().join(", ")
}

/// The subjects of one kind. Models `rbac.SubjectsStrings`.
fn subjects(row: &Row<'_>, kind: &str) -> String {
    let text = |subject: &Value, field: &str| subject.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let subjects = row.field("/subjects").and_then(Value::as_array).into_iter().flatten();
    let names = subjects.filter(|subject| text(subject, "kind") == kind).map(|subject| match kind {
        "ServiceAccount" => format!("{}/{}", text(subject, "namespace"), text(subject, "name")),
        _ => text(subject, "name"),
    });
    names.collect::<Vec<_>>().join(", ")
}
