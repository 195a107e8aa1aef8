//! Validation: which objects the cluster accepts, and what it says about the others.
//!
//! Pure functions over JSON that has been decoded strictly and defaulted (types are right, defaults are in). Rules read
//! like upstream's functions and report errors in upstream's order. Allocation errors (addresses, ports) and rules that
//! need other objects (namespaces, service accounts) are not here: they are the apiserver's.
//!
//! Start with [`create`]; one file per kind or concern.

mod admission;
mod autoscaling;
mod batch;
mod config;
mod cron;
mod definition;
mod endpoint_slice;
mod endpoints;
mod event;
mod ingress;
mod intstr;
pub mod ip;
mod meta;
mod names;
mod network_policy;
mod nodes;
mod pod;
mod policy;
mod quota;
mod rbac;
mod resources;
pub mod selector;
mod service;
mod service_update;
mod storage;
pub mod text;
mod warnings;
mod workloads;

pub use names::namespaced;
pub use resources::aggregate_requests;
pub use warnings::{deprecation, warnings};

/// What is wrong with the metadata of an object of a kind that users defined, new or in place of `old`.
pub fn custom_metadata(new: &Value, old: Option<&Value>, namespaced: bool) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let new = Node::root(new);
    match old.map(Node::root) {
        Some(old) => meta::update(&new.get("metadata"), &old.get("metadata"), &mut errors),
        None => meta::create(&new.get("metadata"), namespaced, text::dns_subdomain, &mut errors),
    }
    errors
}

use super::field_error::FieldError;
use super::node::Node;
use crate::base::Value;

/// What validation needs to know about the cluster.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Whether containers may be privileged (`--allow-privileged`).
    pub allow_privileged: bool,
}

impl Default for Context {
    fn default() -> Self {
        Context { allow_privileged: true }
    }
}

/// What is wrong with a new object, in upstream's order; empty when the cluster accepts it.
///
/// `kind` is as in the object, `group_version` as in `apiVersion`. Kinds without rules of their own have their metadata
/// checked.
pub fn create(kind: &str, group_version: &str, object: &Value, context: &Context) -> Vec<FieldError> {
    let mut errors = Vec::new();
    create_object(kind, group_version, &Node::root(object), context, &mut errors);
    errors
}

fn create_object(kind: &str, group_version: &str, object: &Node, context: &Context, errors: &mut Vec<FieldError>) {
    let metadata = object.get("metadata");
    // These have an order or a rule of their own for metadata.
    match kind {
        "Pod" => return pod::create(object, context, errors),
        "Event" => return event::create(object, group_version, errors),
        "PodDisruptionBudget" => {
            policy::disruption_budget(object, errors);
            if errors.is_empty() {
                meta::create(&metadata, true, text::path_segment, errors);
            }
            return;
        }
        "Job" => batch::job_metadata(&metadata, errors),
        "CustomResourceDefinition" => {
            definition::name(object, errors);
            meta::create(&metadata, false, |_| Vec::new(), errors);
        }
        kind if kind.ends_with("Review") => return,
        _ => meta::create_strict(&metadata, names::namespaced(kind), names::rule(kind), errors),
    }
    match kind {
        "Service" => service::service(object, errors),
        "ReplicationController" => workloads::replication_controller(object, context, errors),
        "ReplicaSet" => workloads::replica_set(object, context, errors),
        "Deployment" => workloads::deployment(object, context, errors),
        "DaemonSet" => workloads::daemon_set(object, context, errors),
        "StatefulSet" => workloads::stateful_set(object, errors),
        "ControllerRevision" => workloads::controller_revision(object, errors),
        "PodTemplate" => pod::template(&object.get("template"), context, errors),
        "Job" => batch::job(object, context, errors),
        "CronJob" => batch::cron_job(object, context, errors),
        "Endpoints" => endpoints::endpoints(object, errors),
        "EndpointSlice" => endpoint_slice::endpoint_slice(object, errors),
        "Ingress" => ingress::create(object, errors),
        "IngressClass" => ingress::ingress_class(object, errors),
        "NetworkPolicy" => network_policy::network_policy(object, errors),
        "ConfigMap" => config::config_map(object, errors),
        "Secret" => config::secret(object, errors),
        "Namespace" => nodes::namespace(object, errors),
        "Node" => nodes::node(object, errors),
        "HorizontalPodAutoscaler" => autoscaling::autoscaler(object, None, group_version, errors),
        "PriorityClass" => policy::priority_class(object, errors),
        "Lease" => policy::lease(object, errors),
        "RuntimeClass" => policy::runtime_class(object, errors),
        "ResourceQuota" => quota::resource_quota(object, errors),
        "LimitRange" => quota::limit_range(object, errors),
        "PersistentVolume" => storage::persistent_volume(object, errors),
        "PersistentVolumeClaim" => storage::claim_spec(&object.get("spec"), errors),
        "StorageClass" => storage::storage_class(object, errors),
        "CustomResourceDefinition" => definition::definition(object, None, errors),
        "ValidatingWebhookConfiguration" => admission::webhooks(object, false, errors),
        "MutatingWebhookConfiguration" => admission::webhooks(object, true, errors),
        "ValidatingAdmissionPolicy" => admission::validating_policy(object, errors),
        "MutatingAdmissionPolicy" => admission::mutating_policy(object, errors),
        "ValidatingAdmissionPolicyBinding" => admission::binding(object, true, errors),
        "MutatingAdmissionPolicyBinding" => admission::binding(object, false, errors),
        "Role" => rbac::rules(object, true, errors),
        "ClusterRole" => rbac::cluster_role(object, errors),
        "RoleBinding" | "ClusterRoleBinding" => rbac::binding(object, kind == "RoleBinding", errors),
        _ => {}
    }
}

/// What is wrong with a Service's addresses: asked before any is allocated, because allocation needs them to make sense.
pub fn service_addresses(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let old = old.map(Node::root);
    service_update::addresses(&Node::root(new), old.as_ref(), &mut errors);
    errors
}

/// What is wrong with a change from `old` to `new`, in upstream's order.
pub fn update(kind: &str, group_version: &str, new: &Value, old: &Value, context: &Context) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let (new, old) = (Node::root(new), Node::root(old));
    update_object(kind, group_version, &new, &old, context, &mut errors);
    errors
}

fn update_object(
    kind: &str,
    group_version: &str,
    new: &Node,
    old: &Node,
    context: &Context,
    errors: &mut Vec<FieldError>,
) {
    if kind == "Pod" {
        return pod::update(new, old, context, errors);
    }
    // Slices check their metadata as if they were new, too.
    if kind == "EndpointSlice" {
        create_object(kind, group_version, new, context, errors);
        return meta::immutable_text(&new.get("addressType"), &old.get("addressType"), errors);
    }
    if kind == "PersistentVolume" {
        create_object(kind, group_version, new, context, errors);
        return storage::persistent_volume_update(new, old, errors);
    }
    if kind == "CustomResourceDefinition" {
        meta::update(&new.get("metadata"), &old.get("metadata"), errors);
        return definition::definition(new, Some(old), errors);
    }
    meta::update_strict(&new.get("metadata"), &old.get("metadata"), errors);
    match kind {
        "Service" => service_update::update(new, old, errors),
        "ReplicationController" => workloads::replication_controller(new, context, errors),
        "ReplicaSet" => {
            workloads::replica_set(new, context, errors);
            workloads::selector_unchanged(new, old, errors);
        }
        "Deployment" => {
            workloads::deployment(new, context, errors);
            workloads::selector_unchanged(new, old, errors);
        }
        "DaemonSet" => {
            workloads::daemon_set(new, context, errors);
            workloads::selector_unchanged(new, old, errors);
        }
        "StatefulSet" => workloads::stateful_set_update(new, old, errors),
        "PodTemplate" => pod::template(&new.get("template"), context, errors),
        "Job" => batch::job_update(new, old, context, errors),
        "CronJob" => batch::cron_job_spec(new, context, errors),
        "Secret" => {
            meta::immutable_text(&new.get("type"), &old.get("type"), errors);
            config::still_immutable(new, old, &["data"], errors);
            create_object(kind, group_version, new, context, errors);
        }
        "ConfigMap" => {
            config::still_immutable(new, old, &["data", "binaryData"], errors);
            create_object(kind, group_version, new, context, errors);
        }
        "Namespace" => {}
        "Node" => nodes::node_update(new, old, errors),
        "NetworkPolicy" => network_policy::network_policy(new, errors),
        "Ingress" => {
            meta::create_strict(&new.get("metadata"), true, names::rule(kind), errors);
            ingress::spec(&new.get("spec"), errors);
        }
        "HorizontalPodAutoscaler" => autoscaling::autoscaler(new, Some(old), group_version, errors),
        "PersistentVolumeClaim" => {
            create_object(kind, group_version, new, context, errors);
            storage::claim_update(new, old, errors);
        }
        "StorageClass" => {
            storage::storage_class(new, errors);
            storage::storage_class_update(new, old, errors);
        }
        "ResourceQuota" => {
            quota::resource_quota(new, errors);
            quota::scopes_unchanged(new, old, errors);
        }
        "PriorityClass" => policy::priority_class_update(new, old, errors),
        "RoleBinding" | "ClusterRoleBinding" => {
            rbac::binding(new, kind == "RoleBinding", errors);
            if new.get("roleRef").value() != old.get("roleRef").value() {
                errors.push(new.get("roleRef").invalid("cannot change roleRef"));
            }
        }
        "IngressClass" => {
            meta::immutable_text(&new.get("spec").get("controller"), &old.get("spec").get("controller"), errors);
            create_object(kind, group_version, new, context, errors);
        }
        _ => create_object(kind, group_version, new, context, errors),
    }
}

#[cfg(test)]
mod tests;
