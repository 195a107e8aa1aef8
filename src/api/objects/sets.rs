//! DaemonSets, StatefulSets and their revisions.

use crate::api::meta::Meta;
use crate::api::objects::pod::{IntOrString, PodTemplate};
use crate::api::objects::workload::Condition;
use crate::api::selector::LabelSelector;
use crate::base::{Str, Value};
use crate::{object, text_enum};
use std::rc::Rc;

text_enum! {
    /// How pods of an old template are replaced.
    pub enum UpdateType {
        /// One after the other.
        RollingUpdate = "RollingUpdate",
        /// When somebody deletes them.
        OnDelete = "OnDelete",
    }

    /// In which order a StatefulSet makes and removes pods.
    pub enum PodManagementPolicy {
        /// One after the other, each when the one before is available.
        OrderedReady = "OrderedReady",
        /// All at once.
        Parallel = "Parallel",
    }

    /// What happens to the claims of a StatefulSet.
    pub enum ClaimPolicy {
        /// They stay.
        Retain = "Retain",
        /// They go with their pod or set.
        Delete = "Delete",
    }
}

object! {
    /// A DaemonSet.
    pub struct DaemonSet {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: DaemonSetSpec = "spec" always,
        /// The state.
        pub status: DaemonSetStatus = "status" always,
    }

    /// `spec` of a DaemonSet.
    pub struct DaemonSetSpec {
        /// Which pods count.
        pub selector: Rc<LabelSelector> = "selector" always,
        /// How pods are made.
        pub template: Rc<PodTemplate> = "template" always,
        /// How pods are replaced.
        pub update_strategy: DaemonSetStrategy = "updateStrategy" always,
        /// Seconds of readiness after which a pod counts as available.
        pub min_ready_seconds: i32 = "minReadySeconds",
        /// How many old revisions are kept.
        pub revision_history_limit: Option<i32> = "revisionHistoryLimit",
    }

    /// `spec.updateStrategy` of a DaemonSet.
    pub struct DaemonSetStrategy {
        /// The way.
        pub kind: UpdateType = "type" always,
        /// Its numbers.
        pub rolling_update: Option<DaemonSetRolling> = "rollingUpdate",
    }

    /// `spec.updateStrategy.rollingUpdate` of a DaemonSet.
    pub struct DaemonSetRolling {
        /// On how many nodes a pod may be missing.
        pub max_unavailable: Option<IntOrString> = "maxUnavailable",
        /// On how many nodes there may be two.
        pub max_surge: Option<IntOrString> = "maxSurge",
    }

    /// `status` of a DaemonSet.
    pub struct DaemonSetStatus {
        /// Nodes that have a pod and should.
        pub current_number_scheduled: i32 = "currentNumberScheduled" always,
        /// Nodes that have a pod and should not.
        pub number_misscheduled: i32 = "numberMisscheduled" always,
        /// Nodes that should have a pod.
        pub desired_number_scheduled: i32 = "desiredNumberScheduled" always,
        /// Nodes with a ready pod.
        pub number_ready: i32 = "numberReady" always,
        /// The generation that the controller has seen.
        pub observed_generation: i64 = "observedGeneration",
        /// Nodes with a pod of the newest template.
        pub updated_number_scheduled: i32 = "updatedNumberScheduled",
        /// Nodes with a pod that has been ready for long enough.
        pub number_available: i32 = "numberAvailable",
        /// Nodes without one.
        pub number_unavailable: i32 = "numberUnavailable",
        /// How often the template's hash was taken.
        pub collision_count: Option<i32> = "collisionCount",
        /// Conditions.
        pub conditions: Vec<Condition> = "conditions",
    }

    /// A StatefulSet.
    pub struct StatefulSet {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: StatefulSetSpec = "spec" always,
        /// The state.
        pub status: StatefulSetStatus = "status" always,
    }

    /// `spec` of a StatefulSet.
    pub struct StatefulSetSpec {
        /// How many pods there should be.
        pub replicas: i32 = "replicas" always,
        /// Which pods count.
        pub selector: Rc<LabelSelector> = "selector" always,
        /// How pods are made.
        pub template: Rc<PodTemplate> = "template" always,
        /// The claims that each pod gets.
        pub volume_claim_templates: Vec<Value> = "volumeClaimTemplates",
        /// The headless Service that gives the pods names.
        pub service_name: Str = "serviceName" always,
        /// The order.
        pub pod_management_policy: PodManagementPolicy = "podManagementPolicy" always,
        /// How pods are replaced.
        pub update_strategy: StatefulSetStrategy = "updateStrategy" always,
        /// How many old revisions are kept.
        pub revision_history_limit: Option<i32> = "revisionHistoryLimit",
        /// Seconds of readiness after which a pod counts as available.
        pub min_ready_seconds: i32 = "minReadySeconds",
        /// When claims go.
        pub retention: Option<ClaimRetention> = "persistentVolumeClaimRetentionPolicy",
        /// With which number the pods' names begin.
        pub ordinals: Option<Ordinals> = "ordinals",
    }

    /// `spec.updateStrategy` of a StatefulSet.
    pub struct StatefulSetStrategy {
        /// The way.
        pub kind: UpdateType = "type" always,
        /// Its numbers.
        pub rolling_update: Option<StatefulSetRolling> = "rollingUpdate",
    }

    /// `spec.updateStrategy.rollingUpdate` of a StatefulSet.
    pub struct StatefulSetRolling {
        /// Pods with lower ordinals keep the old template.
        pub partition: Option<i32> = "partition",
        /// How many pods may be missing.
        pub max_unavailable: Option<IntOrString> = "maxUnavailable",
    }

    /// `spec.persistentVolumeClaimRetentionPolicy`.
    pub struct ClaimRetention {
        /// When the set is deleted.
        pub when_deleted: ClaimPolicy = "whenDeleted" always,
        /// When the pod's ordinal is no longer wanted.
        pub when_scaled: ClaimPolicy = "whenScaled" always,
    }

    /// `spec.ordinals`.
    pub struct Ordinals {
        /// The first.
        pub start: i32 = "start" always,
    }

    /// `status` of a StatefulSet.
    pub struct StatefulSetStatus {
        /// The generation that the controller has seen.
        pub observed_generation: i64 = "observedGeneration",
        /// Pods.
        pub replicas: i32 = "replicas" always,
        /// Ready pods.
        pub ready_replicas: i32 = "readyReplicas",
        /// Pods of the current revision.
        pub current_replicas: i32 = "currentReplicas",
        /// Pods of the newest revision.
        pub updated_replicas: i32 = "updatedReplicas",
        /// The revision that the rollout comes from.
        pub current_revision: Str = "currentRevision",
        /// The revision that the rollout goes to.
        pub update_revision: Str = "updateRevision",
        /// How often a revision's hash was taken.
        pub collision_count: Option<i32> = "collisionCount",
        /// Conditions.
        pub conditions: Vec<Condition> = "conditions",
        /// Pods that have been ready for long enough.
        pub available_replicas: i32 = "availableReplicas" always,
    }

    /// A ControllerRevision: a template that a DaemonSet or StatefulSet had.
    pub struct ControllerRevision {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The patch that brings the template back.
        pub data: Option<Rc<Value>> = "data",
        /// Its number.
        pub revision: i64 = "revision" always,
    }
}
