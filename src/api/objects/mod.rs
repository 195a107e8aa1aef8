//! Typed objects: structs for what the engine reads, `rest` for what it only carries.
//!
//! Not here: what is allowed (`api::validate`), what is filled in (`api::default`), how objects are stored
//! (`apiserver`). Start with [`Object`]; [`pod`] is the richest.

pub mod batch;
pub mod cluster;
pub mod pod;
pub mod pod_spec;
pub mod pod_status;
pub mod pod_summary;
pub mod policy;
pub mod service;
pub mod sets;
pub mod workload;

use crate::api::json::{Json, Rest};
use crate::api::kinds::{Key, Kind};
use crate::api::meta::{Labels, Meta, OwnerReference};
use crate::api::selector::LabelSelector;
use crate::base::{Fields, Str, Value};
pub use batch::{CronJob, Job};
pub use cluster::{Event, Namespace, Node};
pub use pod::{Pod, PodSpec, PodTemplate};
pub use policy::{PodDisruptionBudget, ReplicationController};
pub use service::{EndpointSlice, Endpoints, Service};
pub use sets::{ControllerRevision, DaemonSet, StatefulSet};
pub use workload::{Deployment, ReplicaSet};

/// An object of a kind that no part of the engine reads: metadata, and all other fields as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// The kind.
    pub kind: Kind,
    /// Metadata.
    pub meta: Meta,
    /// All fields but `apiVersion`, `kind` and `metadata`.
    pub fields: Fields,
}

macro_rules! objects {
    ($($name:ident $constant:ident,)*) => {
        /// An object of any kind.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Object {
            $(
                #[doc = concat!("A ", stringify!($name), ".")]
                $name($name),
            )*
            /// Any other kind.
            Other(Other),
        }

        impl Object {
            /// The kind.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Object::$name(_) => Kind::$constant,)*
                    Object::Other(other) => other.kind,
                }
            }

            /// Metadata.
            pub fn meta(&self) -> &Meta {
                match self {
                    $(Object::$name(object) => &object.meta,)*
                    Object::Other(other) => &other.meta,
                }
            }

            /// Metadata, to be changed.
            pub fn meta_mut(&mut self) -> &mut Meta {
                match self {
                    $(Object::$name(object) => &mut object.meta,)*
                    Object::Other(other) => &mut other.meta,
                }
            }

            /// Reads an object of `kind`; `None` if the value is no JSON object. `apiVersion` and `kind` are ignored.
            pub fn from_value(kind: Kind, mut value: Value) -> Option<Object> {
                let fields = value.as_object_mut()?;
                fields.remove("apiVersion");
                fields.remove("kind");
                $(if kind == Kind::$constant {
                    return $name::from_json(value).map(Object::$name);
                })*
                let Value::Object(mut fields) = value else { return None };
                let meta = crate::api::json::take(&mut fields, "metadata");
                Some(Object::Other(Other { kind, meta, fields }))
            }

            /// The object as JSON, with `apiVersion` and `kind`.
            pub fn to_value(&self) -> Value {
                let mut value = match self {
                    $(Object::$name(object) => object.to_json(),)*
                    Object::Other(other) => {
                        let mut fields = other.fields.clone();
                        fields.insert("metadata".to_owned(), other.meta.to_json());
                        Value::Object(fields)
                    }
                };
                if let Value::Object(fields) = &mut value {
                    fields.insert("apiVersion".to_owned(), self.kind().api_version().into());
                    fields.insert("kind".to_owned(), self.kind().info().kind.into());
                }
                value
            }
        }

        $(
            impl From<$name> for Object {
                fn from(object: $name) -> Object {
                    Object::$name(object)
                }
            }

            impl $name {
                /// The object, if it is of this kind.
                pub fn of(object: &Object) -> Option<&$name> {
                    match object {
                        Object::$name(object) => Some(object),
                        _ => None,
                    }
                }
            }
        )*
    };
}

objects! {
    Pod POD,
    ReplicaSet REPLICA_SET,
    Deployment DEPLOYMENT,
    Service SERVICE,
    EndpointSlice ENDPOINT_SLICE,
    Endpoints ENDPOINTS,
    Node NODE,
    Namespace NAMESPACE,
    Event EVENT,
    DaemonSet DAEMON_SET,
    StatefulSet STATEFUL_SET,
    ControllerRevision CONTROLLER_REVISION,
    Job JOB,
    CronJob CRON_JOB,
    ReplicationController REPLICATION_CONTROLLER,
    PodDisruptionBudget POD_DISRUPTION_BUDGET,
}

impl Object {
    /// The name of the object in the store.
    pub fn key(&self) -> Key {
        let meta = self.meta();
        Key { kind: self.kind(), namespace: meta.namespace.clone(), name: meta.name.clone() }
    }

    /// Labels.
    pub fn labels(&self) -> &Labels {
        &self.meta().labels
    }

    /// The part of the object that says which pods are its own, if it has one.
    pub fn pod_selector(&self) -> Option<LabelSelector> {
        match self {
            Object::ReplicaSet(rs) => Some((*rs.spec.selector).clone()),
            Object::Deployment(deployment) => Some((*deployment.spec.selector).clone()),
            Object::DaemonSet(set) => Some((*set.spec.selector).clone()),
            Object::StatefulSet(set) => Some((*set.spec.selector).clone()),
            Object::Job(job) => Some((*job.spec.selector).clone()),
            Object::ReplicationController(rc) => Some(rc.label_selector()),
            Object::PodDisruptionBudget(budget) => budget.spec.selector.as_deref().cloned(),
            Object::Service(service) => service
                .spec
                .selector
                .as_ref()
                .map(|selector| LabelSelector { match_labels: selector.clone(), ..LabelSelector::default() }),
            _ => None,
        }
    }

    /// Whether the object selects pods with these labels.
    pub fn selects(&self, labels: &Labels) -> bool {
        match self {
            Object::Service(service) => {
                let selector = service.spec.selector.as_ref();
                selector.is_some_and(|selector| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
            }
            _ => self.pod_selector().is_some_and(|selector| selector.matches(labels)),
        }
    }

    /// Takes over the other object's status: what a write to the main resource may not change.
    pub fn take_status_of(&mut self, other: &Object) {
        match (self, other) {
            (Object::Pod(new), Object::Pod(old)) => new.status = old.status.clone(),
            (Object::ReplicaSet(new), Object::ReplicaSet(old)) => new.status = old.status.clone(),
            (Object::Deployment(new), Object::Deployment(old)) => new.status = old.status.clone(),
            (Object::DaemonSet(new), Object::DaemonSet(old)) => new.status = old.status.clone(),
            (Object::StatefulSet(new), Object::StatefulSet(old)) => new.status = old.status.clone(),
            (Object::Job(new), Object::Job(old)) => new.status = old.status.clone(),
            (Object::CronJob(new), Object::CronJob(old)) => new.status = old.status.clone(),
            (Object::ReplicationController(new), Object::ReplicationController(old)) => new.status = old.status.clone(),
            (Object::PodDisruptionBudget(new), Object::PodDisruptionBudget(old)) => new.status = old.status.clone(),
            (Object::Service(new), Object::Service(old)) => new.status = old.status.clone(),
            (Object::Node(new), Object::Node(old)) => new.status = old.status.clone(),
            (Object::Namespace(new), Object::Namespace(old)) => new.status = old.status.clone(),
            (Object::Other(new), Object::Other(old)) => match old.fields.get("status") {
                Some(status) => {
                    new.fields.insert("status".to_owned(), status.clone());
                }
                None => {
                    new.fields.remove("status");
                }
            },
            _ => {}
        }
    }
}

/// An owner reference to a controller, as controllers put it into what they make.
///
/// Models `metav1.NewControllerRef`.
pub fn controller_ref(kind: Kind, name: &Str, uid: &Str) -> OwnerReference {
    OwnerReference {
        api_version: kind.api_version().into(),
        kind: kind.info().kind.into(),
        name: name.clone(),
        uid: uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
        rest: Rest::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_that_a_user_wrote_is_lost() {
        let value = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "p", "namespace": "default", "labels": {"a": "b"}, "unknown": 1},
            "spec": {
                "nodeName": "node-1", "restartPolicy": "Always", "hostAliases": [{"ip": "1.2.3.4"}],
                "containers": [{"name": "c", "image": "nginx", "imagePullPolicy": "Always", "resources": {}, "tty": true,
                    "volumeMounts": [{"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "kube-api-access-abcde", "readOnly": true}]}],
                "volumes": [super::pod::token_volume("kube-api-access-abcde")]
            },
            "status": {"phase": "Pending"}
        });
        let object = Object::from_value(Kind::POD, value.clone()).unwrap();
        assert_eq!(object.to_value(), value);
        let Object::Pod(pod) = object else { panic!("a pod") };
        assert_eq!(&*pod.token_volume, "kube-api-access-abcde");
        assert!(pod.spec.volumes.is_empty());
    }
}

#[cfg(test)]
mod sizes {
    use super::*;

    /// Every object takes the room of the largest kind, and there are a million Events and pods in a large cluster.
    #[test]
    fn no_kind_makes_all_objects_large() {
        assert!(size_of::<Object>() <= 584, "{}", size_of::<Object>());
    }
}
