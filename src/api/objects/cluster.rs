//! Nodes, Namespaces and Events.

use crate::api::meta::Meta;
use crate::api::objects::pod::ConditionStatus;
use crate::api::objects::service::ObjectReference;
use crate::base::{Str, time::Timestamp};
use crate::object;
use std::collections::BTreeMap;

object! {
    /// A Node.
    pub struct Node {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: NodeSpec = "spec" always,
        /// The state.
        pub status: NodeStatus = "status" always,
    }

    /// `spec` of a Node.
    pub struct NodeSpec {
        /// The range of its pods' addresses.
        pub pod_cidr: Str = "podCIDR",
        /// The same, per family.
        pub pod_cidrs: Vec<Str> = "podCIDRs",
        /// The machine behind it.
        pub provider_id: Str = "providerID",
        /// Whether new pods are kept away (`cordon`).
        pub unschedulable: bool = "unschedulable",
        /// What keeps pods away.
        pub taints: Vec<Taint> = "taints",
    }

    /// A taint.
    pub struct Taint {
        /// The key.
        pub key: Str = "key" always,
        /// The value.
        pub value: Str = "value",
        /// `NoSchedule`, `PreferNoSchedule`, `NoExecute`.
        pub effect: Str = "effect" always,
        /// When a NoExecute taint was added.
        pub time_added: Option<Timestamp> = "timeAdded",
    }

    /// `status` of a Node.
    pub struct NodeStatus {
        /// Everything, by resource name, as quantities.
        pub capacity: BTreeMap<Str, Str> = "capacity",
        /// What pods may use.
        pub allocatable: BTreeMap<Str, Str> = "allocatable",
        /// Conditions.
        pub conditions: Vec<NodeCondition> = "conditions",
        /// Addresses.
        pub addresses: Vec<NodeAddress> = "addresses",
        /// Versions and names.
        pub node_info: BTreeMap<Str, Str> = "nodeInfo",
    }

    /// A condition of a Node.
    pub struct NodeCondition {
        /// `Ready`.
        pub kind: Str = "type" always,
        /// Whether it holds.
        pub status: ConditionStatus = "status" always,
        /// When the kubelet said so last.
        pub last_heartbeat_time: Option<Timestamp> = "lastHeartbeatTime",
        /// When the status changed last.
        pub last_transition_time: Option<Timestamp> = "lastTransitionTime",
        /// Why, in a word.
        pub reason: Str = "reason",
        /// Why.
        pub message: Str = "message",
    }

    /// An address of a Node.
    pub struct NodeAddress {
        /// `InternalIP`, `Hostname`.
        pub kind: Str = "type" always,
        /// The address.
        pub address: Str = "address" always,
    }

    /// A Namespace.
    pub struct Namespace {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: NamespaceSpec = "spec" always,
        /// The state.
        pub status: NamespaceStatus = "status" always,
    }

    /// `spec` of a Namespace.
    pub struct NamespaceSpec {
        /// Who must agree before it is removed.
        pub finalizers: Vec<Str> = "finalizers",
    }

    /// `status` of a Namespace.
    pub struct NamespaceStatus {
        /// `Active` or `Terminating`.
        pub phase: Str = "phase",
    }

    /// An Event.
    pub struct Event {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The object that it is about.
        pub involved_object: ObjectReference = "involvedObject" always,
        /// Why, in a word.
        pub reason: Str = "reason",
        /// What happened.
        pub message: Str = "message",
        /// Who says so.
        pub source: EventSource = "source" always,
        /// When it happened first.
        pub first_timestamp: Option<Timestamp> = "firstTimestamp" always,
        /// When it happened last.
        pub last_timestamp: Option<Timestamp> = "lastTimestamp" always,
        /// How often it happened.
        pub count: i32 = "count",
        /// `Normal` or `Warning`.
        pub kind: Str = "type",
        /// The exact time, for events of the newer API.
        pub event_time: Option<Timestamp> = "eventTime" always,
        /// Who says so, newer API.
        pub reporting_component: Str = "reportingComponent" always,
        /// And where.
        pub reporting_instance: Str = "reportingInstance" always,
    }

    /// Who made an Event.
    pub struct EventSource {
        /// `kubelet`.
        pub component: Str = "component",
        /// The node.
        pub host: Str = "host",
    }
}

impl Node {
    /// Whether the kubelet says that it is ready.
    pub fn is_ready(&self) -> bool {
        self.status.conditions.iter().any(|c| &*c.kind == "Ready" && c.status == ConditionStatus::True)
    }

    /// The address inside the cluster's network.
    pub fn internal_ip(&self) -> Option<&Str> {
        self.status.addresses.iter().find(|address| &*address.kind == "InternalIP").map(|address| &address.address)
    }
}
