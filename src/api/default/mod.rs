//! Defaults: what the API server fills in before it looks at an object.
//!
//! Pure functions over JSON that has been decoded strictly. Allocation (addresses, ports) is not here, and neither is
//! anything that needs other objects: both are the apiserver's. The order in the server is [`apply`], then admission
//! ([`admission_pod`]), then [`prepare_for_create`], then validation.

mod admission;

mod batch;
mod config;
mod create;
mod edit;
mod extension;
mod image;
mod network;
mod pod;
mod policy;
mod qos;
mod storage;
mod workloads;

pub use admission::admission_pod;

pub use create::prepare_for_create;
pub use qos::qos_class;

use crate::base::{Fields, Value};

/// Fills in the defaults of an object that [`normalize`](super::decode::normalize) has gone over. `kind` is as in the
/// object, `group_version` as in `apiVersion`.
///
/// Models `SetDefaults_*` of `pkg/apis/*/*/defaults.go`.
pub fn apply(kind: &str, group_version: &str, object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    defaults(kind, group_version, fields);
}

fn defaults(kind: &str, group_version: &str, object: &mut Fields) {
    match kind {
        "Pod" => pod::pod(object),
        "PodTemplate" => pod::template(edit::ensure(object, "template")),
        "ReplicationController" => workloads::replication_controller(object),
        "ReplicaSet" => workloads::replica_set(object),
        "Deployment" => workloads::deployment(object),
        "DaemonSet" => workloads::daemon_set(object),
        "StatefulSet" => workloads::stateful_set(object),
        "Job" => batch::job(object),
        "CronJob" => batch::cron_job(object),
        "Service" => network::service(object),
        "Endpoints" => network::endpoints(object),
        "EndpointSlice" => network::endpoint_slice(object),
        "IngressClass" => network::ingress_class(object),
        "NetworkPolicy" => network::network_policy(object),
        "Namespace" => config::namespace(object),
        "Node" => config::node(object),
        "Secret" => config::secret(object),
        "HorizontalPodAutoscaler" => policy::autoscaler(object, group_version),
        "PriorityClass" => policy::priority_class(object),
        "LimitRange" => policy::limit_range(object),
        "RoleBinding" | "ClusterRoleBinding" => policy::role_binding(object),
        "PersistentVolume" => storage::persistent_volume(object),
        "PersistentVolumeClaim" => storage::claim(object),
        "StorageClass" => storage::storage_class(object),
        "ValidatingWebhookConfiguration" => extension::webhooks(object, false),
        "MutatingWebhookConfiguration" => extension::webhooks(object, true),
        "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => extension::admission_policy(object),
        "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => extension::admission_binding(object),
        "APIService" => extension::service(edit::ensure(object, "spec")),
        "FlowSchema" => extension::flow_schema(object),
        "PriorityLevelConfiguration" => extension::priority_level(object),
        "CSIDriver" => extension::csi_driver(object),
        "ResourceClaim" => extension::resource_claim(edit::ensure(object, "spec")),
        "ResourceClaimTemplate" => {
            let spec = edit::ensure(object, "spec");
            extension::resource_claim(edit::ensure(spec, "spec"));
        }
        "CustomResourceDefinition" => config::definition(edit::ensure(object, "spec")),
        _ => {}
    }
}
