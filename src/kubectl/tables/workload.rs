//! ReplicaSets and Deployments.

use super::{Column, Row, age, col, name, wide};
use crate::api::objects::{Deployment, PodTemplate, ReplicaSet};

pub(super) const REPLICA_SET: &[Column] = &[
    col("Name", name),
    col("Desired", |row| replica_set(row, |rs| rs.spec.replicas.to_string())),
    col("Current", |row| replica_set(row, |rs| rs.status.replicas.to_string())),
    col("Ready", |row| replica_set(row, |rs| rs.status.ready_replicas.to_string())),
    col("Age", age),
    wide("Containers", |row| replica_set(row, |rs| containers(&rs.spec.template))),
    wide("Images", |row| replica_set(row, |rs| images(&rs.spec.template))),
    wide("Selector", |row| replica_set(row, |rs| rs.spec.selector.to_string())),
];

pub(super) const DEPLOYMENT: &[Column] = &[
    col("Name", name),
    col("Ready", |row| deployment(row, |d| format!("{}/{}", d.status.ready_replicas, d.spec.replicas))),
    col("Up-to-date", |row| deployment(row, |d| d.status.updated_replicas.to_string())),
    col("Available", |row| deployment(row, |d| d.status.available_replicas.to_string())),
    col("Age", age),
    wide("Containers", |row| deployment(row, |d| containers(&d.spec.template))),
    wide("Images", |row| deployment(row, |d| images(&d.spec.template))),
    wide("Selector", |row| deployment(row, |d| d.spec.selector.to_string())),
];

fn replica_set(row: &Row<'_>, cell: impl Fn(&ReplicaSet) -> String) -> String {
    ReplicaSet::of(row.object).map_or_else(String::new, cell)
}

fn deployment(row: &Row<'_>, cell: impl Fn(&Deployment) -> String) -> String {
    Deployment::of(row.object).map_or_else(String::new, cell)
}

/// The names of a template's containers.
pub(super) fn containers(template: &PodTemplate) -> String {
    template.spec.containers.iter().map(|container| &*container.name).collect::<Vec<_>>().join(",")
}

/// The images of a template's containers.
pub(super) fn images(template: &PodTemplate) -> String {
    template.spec.containers.iter().map(|container| &*container.image).collect::<Vec<_>>().join(",")
}
