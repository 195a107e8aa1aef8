//! Pods and pod templates. What stands in them: [`pod_spec`](super::pod_spec) and [`pod_status`](super::pod_status).

pub use super::pod_spec::*;
pub use super::pod_status::*;
use crate::api::json::Json;
use crate::api::meta::{Labels, Meta};
use crate::base::time::Timestamp;
use crate::base::{Str, Value};
use std::cell::OnceCell;
use std::rc::Rc;

/// A pod. Its spec is shared by all pods of one template; what differs per pod stands beside it.
#[derive(Clone, Debug, Default)]
pub struct Pod {
    /// Metadata.
    pub meta: Meta,
    /// `spec`, without `nodeName` and the service account's volume.
    pub spec: Rc<PodSpec>,
    /// `spec.nodeName`, empty until the pod is bound.
    pub node_name: Str,
    /// The name of the volume with the service account's token (`kube-api-access-xxxxx`), empty when there is none. It
    /// is random per pod, so it is added when the pod is written out.
    pub token_volume: Str,
    /// `status`.
    pub status: PodStatus,
}

/// Where a service account's token is mounted.
const TOKEN_MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// How the token's volume is named.
pub const TOKEN_VOLUME_PREFIX: &str = "kube-api-access-";

impl PartialEq for Pod {
    /// What differs most often is looked at first, and a spec that is shared not at all.
    fn eq(&self, other: &Pod) -> bool {
        self.status == other.status
            && self.meta == other.meta
            && (Rc::ptr_eq(&self.spec, &other.spec) || self.spec == other.spec)
            && self.node_name == other.node_name
            && self.token_volume == other.token_volume
    }
}

impl Pod {
    /// The pod with another status.
    pub fn with_status(&self, status: PodStatus) -> Pod {
        Pod {
            meta: self.meta.clone(),
            spec: self.spec.clone(),
            node_name: self.node_name.clone(),
            token_volume: self.token_volume.clone(),
            status,
        }
    }

    /// Whether traffic may come: the Ready condition is True.
    pub fn is_ready(&self) -> bool {
        self.condition("Ready").is_some_and(|condition| condition.status == ConditionStatus::True)
    }

    /// A condition by its type.
    pub fn condition(&self, kind: &str) -> Option<&PodCondition> {
        self.status.conditions.iter().find(|condition| &*condition.kind == kind)
    }

    /// Whether all containers have ended for good.
    pub fn is_terminal(&self) -> bool {
        matches!(self.status.phase, PodPhase::Succeeded | PodPhase::Failed)
    }

    /// Marks the pod with the condition `DisruptionTarget`, before somebody other than its owner removes it.
    pub fn mark_disrupted(&mut self, reason: &str, message: &str, now: Timestamp) {
        self.status.conditions.retain(|condition| &*condition.kind != "DisruptionTarget");
        self.status.conditions.push(PodCondition {
            kind: "DisruptionTarget".into(),
            status: ConditionStatus::True,
            reason: reason.into(),
            message: message.into(),
            last_transition_time: Some(now),
            observed_generation: self.meta.generation,
            ..PodCondition::default()
        });
    }

    /// Whether the pod counts for its controller: neither ended nor being deleted.
    ///
    /// Models `pkg/controller/controller_utils.go` `IsPodActive`.
    pub fn is_active(&self) -> bool {
        !self.is_terminal() && !self.meta.is_terminating()
    }
}

impl Container {
    /// The number of a port that is given by number or by the name of one of the container's ports.
    ///
    /// Models `ResolveContainerPort` of `pkg/probe/util.go`.
    pub fn port_number(&self, port: &IntOrString) -> Option<i32> {
        match port {
            IntOrString::Int(number) => Some(*number),
            IntOrString::Text(name) => {
                self.ports.iter().find(|port| port.name == *name).map(|port| port.container_port)
            }
        }
    }
}

/// The projected volume with the token, the cluster's certificate and the namespace.
///
/// Models `plugin/pkg/admission/serviceaccount`.
pub fn token_volume(name: &str) -> Value {
    serde_json::json!({
        "name": name,
        "projected": {
            "defaultMode": 420,
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
                {"downwardAPI": {"items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]}}
            ]
        }
    })
}

fn token_mount(name: &str) -> Value {
    serde_json::json!({"mountPath": TOKEN_MOUNT, "name": name, "readOnly": true})
}

/// Takes the token's volume and its mounts out of a spec, if they are exactly those that admission adds, and says its name.
fn take_token_volume(spec: &mut PodSpec) -> Str {
    let Some(name) = spec.volumes.last().and_then(|volume| volume.get("name")).and_then(Value::as_str) else {
        return Str::from("");
    };
    let name = Str::from(name);
    let mount = token_mount(&name);
    let containers = || spec.containers.iter().chain(&spec.init_containers);
    if !name.starts_with(TOKEN_VOLUME_PREFIX)
        || spec.volumes.last() != Some(&token_volume(&name))
        || !containers().all(|container| container.volume_mounts.last() == Some(&mount))
    {
        return Str::from("");
    }
    spec.volumes.pop();
    for container in spec.containers.iter_mut().chain(&mut spec.init_containers) {
        container.volume_mounts.pop();
    }
    name
}

impl Json for Pod {
    fn from_json(value: Value) -> Option<Self> {
        let Value::Object(mut fields) = value else { return None };
        let meta = crate::api::json::take(&mut fields, "metadata");
        let status = crate::api::json::take(&mut fields, "status");
        let mut spec: PodSpec = crate::api::json::take(&mut fields, "spec");
        let node_name = spec.rest.take("nodeName");
        let token_volume = take_token_volume(&mut spec);
        Some(Pod { meta, spec: Rc::new(spec), node_name, token_volume, status })
    }

    fn to_json(&self) -> Value {
        let mut spec = self.spec.to_json();
        if let Value::Object(fields) = &mut spec {
            crate::api::json::put(fields, "nodeName", &self.node_name);
            if !self.token_volume.is_empty() {
                append(fields, "volumes", token_volume(&self.token_volume));
                for list in ["initContainers", "containers"] {
                    let containers = fields.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
                    for container in containers.filter_map(Value::as_object_mut) {
                        append(container, "volumeMounts", token_mount(&self.token_volume));
                    }
                }
            }
        }
        let mut fields = crate::base::Fields::new();
        fields.insert("metadata".into(), self.meta.to_json());
        fields.insert("spec".into(), spec);
        fields.insert("status".into(), self.status.to_json());
        Value::Object(fields)
    }
}

fn append(fields: &mut crate::base::Fields, list: &str, item: Value) {
    let entry = fields.entry(list).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(items) = entry {
        items.push(item);
    }
}

/// A pod template: metadata and spec, shared by a Deployment, its ReplicaSets and their pods.
#[derive(Clone, Debug, Default)]
pub struct PodTemplate {
    /// Labels and annotations of the pods.
    pub meta: Meta,
    /// The pods' spec.
    pub spec: Rc<PodSpec>,
    /// The spec as admission leaves it in a pod, computed when it is first needed so that all pods share it.
    pub admitted: OnceCell<Rc<PodSpec>>,
}

impl PartialEq for PodTemplate {
    fn eq(&self, other: &Self) -> bool {
        self.meta == other.meta && (Rc::ptr_eq(&self.spec, &other.spec) || self.spec == other.spec)
    }
}

impl PodTemplate {
    /// The template with one label more.
    pub fn with_label(&self, key: &str, value: &str) -> PodTemplate {
        let mut meta = self.meta.clone();
        meta.labels.insert(key, value);
        PodTemplate { meta, spec: self.spec.clone(), admitted: OnceCell::new() }
    }

    /// The template's labels.
    pub fn labels(&self) -> &Labels {
        &self.meta.labels
    }
}

impl Json for PodTemplate {
    fn from_json(value: Value) -> Option<Self> {
        let Value::Object(mut fields) = value else { return None };
        Some(PodTemplate {
            meta: crate::api::json::take(&mut fields, "metadata"),
            spec: crate::api::json::take(&mut fields, "spec"),
            admitted: OnceCell::new(),
        })
    }

    fn to_json(&self) -> Value {
        let mut fields = crate::base::Fields::new();
        fields.insert("metadata".into(), self.meta.to_json());
        fields.insert("spec".into(), self.spec.to_json());
        Value::Object(fields)
    }
}
