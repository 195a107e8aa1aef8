//! ReplicaSets and Deployments.

use crate::api::meta::Meta;
use crate::api::objects::pod::{ConditionStatus, IntOrString, PodTemplate};
use crate::api::selector::LabelSelector;
use crate::base::{Str, time::Timestamp};
use crate::{object, text_enum};
use std::rc::Rc;

text_enum! {
    /// How a Deployment replaces pods.
    pub enum StrategyType {
        /// Some at a time.
        RollingUpdate = "RollingUpdate",
        /// All old ones first.
        Recreate = "Recreate",
    }
}

object! {
    /// A ReplicaSet.
    pub struct ReplicaSet {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: ReplicaSetSpec = "spec" always,
        /// The state.
        pub status: ReplicaSetStatus = "status" always,
    }

    /// `spec` of a ReplicaSet.
    pub struct ReplicaSetSpec {
        /// How many pods there should be.
        pub replicas: i32 = "replicas" always,
        /// Seconds of readiness after which a pod counts as available.
        pub min_ready_seconds: i32 = "minReadySeconds",
        /// Which pods count.
        pub selector: Rc<LabelSelector> = "selector" always,
        /// How pods are made.
        pub template: Rc<PodTemplate> = "template" always,
    }

    /// `status` of a ReplicaSet.
    pub struct ReplicaSetStatus {
        /// Active pods.
        pub replicas: i32 = "replicas" always,
        /// Pods that have all labels of the template.
        pub fully_labeled_replicas: i32 = "fullyLabeledReplicas",
        /// Ready pods.
        pub ready_replicas: i32 = "readyReplicas",
        /// Pods that have been ready for long enough.
        pub available_replicas: i32 = "availableReplicas",
        /// Pods that are being deleted.
        pub terminating_replicas: Option<i32> = "terminatingReplicas",
        /// The generation that the controller has seen.
        pub observed_generation: i64 = "observedGeneration",
        /// Conditions.
        pub conditions: Vec<Condition> = "conditions",
    }

    /// A Deployment.
    pub struct Deployment {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: DeploymentSpec = "spec" always,
        /// The state.
        pub status: DeploymentStatus = "status" always,
    }

    /// `spec` of a Deployment.
    pub struct DeploymentSpec {
        /// How many pods there should be.
        pub replicas: i32 = "replicas" always,
        /// Which pods count.
        pub selector: Rc<LabelSelector> = "selector" always,
        /// How pods are made.
        pub template: Rc<PodTemplate> = "template" always,
        /// How pods are replaced.
        pub strategy: Strategy = "strategy" always,
        /// Seconds of readiness after which a pod counts as available.
        pub min_ready_seconds: i32 = "minReadySeconds",
        /// How many old ReplicaSets are kept.
        pub revision_history_limit: Option<i32> = "revisionHistoryLimit",
        /// Whether the rollout waits.
        pub paused: bool = "paused",
        /// Seconds without progress after which the rollout has failed.
        pub progress_deadline_seconds: Option<i32> = "progressDeadlineSeconds",
    }

    /// `spec.strategy`.
    pub struct Strategy {
        /// The way.
        pub kind: StrategyType = "type" always,
        /// Its numbers.
        pub rolling_update: Option<RollingUpdate> = "rollingUpdate",
    }

    /// `spec.strategy.rollingUpdate`.
    pub struct RollingUpdate {
        /// How many pods may be missing.
        pub max_unavailable: Option<IntOrString> = "maxUnavailable",
        /// How many pods may be there in addition.
        pub max_surge: Option<IntOrString> = "maxSurge",
    }

    /// `status` of a Deployment.
    pub struct DeploymentStatus {
        /// The generation that the controller has seen.
        pub observed_generation: i64 = "observedGeneration",
        /// Pods.
        pub replicas: i32 = "replicas",
        /// Pods of the newest template.
        pub updated_replicas: i32 = "updatedReplicas",
        /// Ready pods.
        pub ready_replicas: i32 = "readyReplicas",
        /// Pods that have been ready for long enough.
        pub available_replicas: i32 = "availableReplicas",
        /// Pods that are missing.
        pub unavailable_replicas: i32 = "unavailableReplicas",
        /// Pods that are being deleted.
        pub terminating_replicas: Option<i32> = "terminatingReplicas",
        /// How often the template's hash was taken.
        pub collision_count: Option<i32> = "collisionCount",
        /// Conditions.
        pub conditions: Vec<Condition> = "conditions",
    }

    /// A condition of a workload.
    pub struct Condition {
        /// `Available`, `Progressing`.
        pub kind: Str = "type" always,
        /// Whether it holds.
        pub status: ConditionStatus = "status" always,
        /// When it was written last (Deployments only).
        pub last_update_time: Option<Timestamp> = "lastUpdateTime",
        /// When the status changed last.
        pub last_transition_time: Option<Timestamp> = "lastTransitionTime",
        /// Why, in a word.
        pub reason: Str = "reason",
        /// Why.
        pub message: Str = "message",
    }
}
