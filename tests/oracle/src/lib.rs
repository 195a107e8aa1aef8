//! A second opinion on our objects: do they parse into the types that others made from Kubernetes' own description of its
//! API, and come back with nothing lost?

use k8s_openapi::api::{
    apps::v1 as apps, autoscaling::v2 as autoscaling, batch::v1 as batch, coordination::v1 as coordination,
    core::v1 as core, discovery::v1 as discovery, networking::v1 as networking, policy::v1 as policy, rbac::v1 as rbac,
    scheduling::v1 as scheduling, storage::v1 as storage,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What is lost or refused when an object goes through its type; `None` if the kind is not asked about.
pub fn differences(object: &Value) -> Option<Vec<String>> {
    let word = |field: &str| object[field].as_str().unwrap_or_default();
    macro_rules! through {
        ($($version:literal $kind:literal $ty:ty,)*) => {
            match (word("apiVersion"), word("kind")) {
                $(($version, $kind) => Some(round::<$ty>(object)),)*
                _ => None,
            }
        };
    }
    through! {
        "v1" "ConfigMap" core::ConfigMap,
        "v1" "Endpoints" core::Endpoints,
        "v1" "Event" core::Event,
        "v1" "LimitRange" core::LimitRange,
        "v1" "Namespace" core::Namespace,
        "v1" "Node" core::Node,
        "v1" "PersistentVolume" core::PersistentVolume,
        "v1" "PersistentVolumeClaim" core::PersistentVolumeClaim,
        "v1" "Pod" core::Pod,
        "v1" "ReplicationController" core::ReplicationController,
        "v1" "ResourceQuota" core::ResourceQuota,
        "v1" "Secret" core::Secret,
        "v1" "Service" core::Service,
        "v1" "ServiceAccount" core::ServiceAccount,
        "apps/v1" "DaemonSet" apps::DaemonSet,
        "apps/v1" "Deployment" apps::Deployment,
        "apps/v1" "ReplicaSet" apps::ReplicaSet,
        "apps/v1" "StatefulSet" apps::StatefulSet,
        "autoscaling/v2" "HorizontalPodAutoscaler" autoscaling::HorizontalPodAutoscaler,
        "batch/v1" "CronJob" batch::CronJob,
        "batch/v1" "Job" batch::Job,
        "coordination.k8s.io/v1" "Lease" coordination::Lease,
        "discovery.k8s.io/v1" "EndpointSlice" discovery::EndpointSlice,
        "networking.k8s.io/v1" "Ingress" networking::Ingress,
        "networking.k8s.io/v1" "IngressClass" networking::IngressClass,
        "networking.k8s.io/v1" "NetworkPolicy" networking::NetworkPolicy,
        "policy/v1" "PodDisruptionBudget" policy::PodDisruptionBudget,
        "rbac.authorization.k8s.io/v1" "ClusterRole" rbac::ClusterRole,
        "rbac.authorization.k8s.io/v1" "ClusterRoleBinding" rbac::ClusterRoleBinding,
        "rbac.authorization.k8s.io/v1" "Role" rbac::Role,
        "rbac.authorization.k8s.io/v1" "RoleBinding" rbac::RoleBinding,
        "scheduling.k8s.io/v1" "PriorityClass" scheduling::PriorityClass,
        "storage.k8s.io/v1" "StorageClass" storage::StorageClass,
    }
}

fn round<T: DeserializeOwned + Serialize>(object: &Value) -> Vec<String> {
    let typed: T = match serde_json::from_value(object.clone()) {
        Ok(typed) => typed,
        Err(error) => return vec![format!("does not parse: {error}")],
    };
    let mut lost = Vec::new();
    compare("", object, &serde_json::to_value(typed).unwrap_or_default(), &mut lost);
    lost
}

/// What `ours` has and `theirs` has not.
fn compare(path: &str, ours: &Value, theirs: &Value, lost: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in ours {
                compare(&format!("{path}.{key}"), value, theirs.get(key).unwrap_or(&Value::Null), lost);
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                compare(&format!("{path}[{i}]"), ours, theirs, lost);
            }
        }
        _ if ours == theirs => {}
        _ => lost.push(format!("{path}: {ours} became {theirs}")),
    }
}
