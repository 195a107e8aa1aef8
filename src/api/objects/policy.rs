//! ReplicationControllers and PodDisruptionBudgets.

use crate::api::meta::Meta;
use crate::api::objects::pod::{ConditionStatus, IntOrString, PodTemplate};
use crate::api::objects::workload::Condition;
use crate::api::selector::LabelSelector;
use crate::base::{Str, time::Timestamp};
use crate::object;
use std::collections::BTreeMap;
use std::rc::Rc;

object! {
    /// A ReplicationController.
    pub struct ReplicationController {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: ReplicationControllerSpec = "spec" always,
        /// The state.
        pub status: ReplicationControllerStatus = "status" always,
    }

    /// `spec` of a ReplicationController.
    pub struct ReplicationControllerSpec {
        /// How many pods there should be.
        pub replicas: i32 = "replicas" always,
        /// Seconds of readiness after which a pod counts as available.
        pub min_ready_seconds: i32 = "minReadySeconds",
        /// Labels of the pods that count.
        pub selector: BTreeMap<Str, Str> = "selector",
        /// How pods are made.
        pub template: Rc<PodTemplate> = "template" always,
    }

    /// `status` of a ReplicationController.
    pub struct ReplicationControllerStatus {
        /// Active pods.
        pub replicas: i32 = "replicas" always,
        /// Pods that have all labels of the template.
        pub fully_labeled_replicas: i32 = "fullyLabeledReplicas",
        /// Ready pods.
        pub ready_replicas: i32 = "readyReplicas",
        /// Pods that have been ready for long enough.
        pub available_replicas: i32 = "availableReplicas",
        /// The generation that the controller has seen.
        pub observed_generation: i64 = "observedGeneration",
        /// Conditions.
        pub conditions: Vec<Condition> = "conditions",
    }

    /// A PodDisruptionBudget.
    pub struct PodDisruptionBudget {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: PodDisruptionBudgetSpec = "spec" always,
        /// The state.
        pub status: PodDisruptionBudgetStatus = "status" always,
    }

    /// `spec` of a PodDisruptionBudget.
    pub struct PodDisruptionBudgetSpec {
        /// How many pods have to stay healthy.
        pub min_available: Option<IntOrString> = "minAvailable",
        /// How many pods may be missing.
        pub max_unavailable: Option<IntOrString> = "maxUnavailable",
        /// Which pods count.
        pub selector: Option<Rc<LabelSelector>> = "selector",
    }

    /// `status` of a PodDisruptionBudget.
    pub struct PodDisruptionBudgetStatus {
        /// The generation that the controller has seen.
        pub observed_generation: i64 = "observedGeneration",
        /// Pods whose eviction was allowed and that are not gone yet.
        pub disrupted_pods: BTreeMap<Str, Timestamp> = "disruptedPods",
        /// How many more pods may be evicted.
        pub disruptions_allowed: i32 = "disruptionsAllowed" always,
        /// Healthy pods.
        pub current_healthy: i32 = "currentHealthy" always,
        /// How many there have to be.
        pub desired_healthy: i32 = "desiredHealthy" always,
        /// Pods.
        pub expected_pods: i32 = "expectedPods" always,
        /// Conditions.
        pub conditions: Vec<BudgetCondition> = "conditions",
    }

    /// A condition of a PodDisruptionBudget.
    pub struct BudgetCondition {
        /// `DisruptionAllowed`.
        pub kind: Str = "type" always,
        /// Whether it holds.
        pub status: ConditionStatus = "status" always,
        /// The generation that it was computed from.
        pub observed_generation: i64 = "observedGeneration",
        /// When the status changed last.
        pub last_transition_time: Option<Timestamp> = "lastTransitionTime",
        /// Why, in a word.
        pub reason: Str = "reason" always,
        /// Why.
        pub message: Str = "message" always,
    }
}

impl PodDisruptionBudgetStatus {
    /// Sets how many pods may be evicted, and the condition `DisruptionAllowed` after it.
    ///
    /// Models `UpdateDisruptionAllowedCondition` of `k8s.io/component-helpers/apps/poddisruptionbudget`.
    pub fn allow(&mut self, disruptions: i32, generation: i64, now: Timestamp) {
        self.disruptions_allowed = disruptions;
        let (status, reason) = match disruptions {
            0 => (ConditionStatus::False, "InsufficientPods"),
            _ => (ConditionStatus::True, "SufficientPods"),
        };
        let present = self.conditions.iter().find(|condition| &*condition.kind == "DisruptionAllowed");
        let since = present.filter(|present| present.status == status).and_then(|present| present.last_transition_time);
        self.conditions.retain(|condition| &*condition.kind != "DisruptionAllowed");
        self.conditions.push(BudgetCondition {
            kind: "DisruptionAllowed".into(),
            status,
            observed_generation: generation,
            last_transition_time: since.or(Some(now)),
            reason: reason.into(),
            ..BudgetCondition::default()
        });
    }
}

impl ReplicationController {
    /// The selector in the form that all other kinds have.
    pub fn label_selector(&self) -> LabelSelector {
        LabelSelector { match_labels: self.spec.selector.clone(), ..LabelSelector::default() }
    }
}
