//! How many pods there should be, and how many may be missing.

use crate::api::objects::pod::IntOrString;
use crate::api::objects::policy::PodDisruptionBudgetSpec;
use crate::controllers::deployment::fenceposts::Limit;

/// How many pods a budget counts on, and how many of them have to be healthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Pods.
    pub pods: i32,
    /// Healthy ones.
    pub healthy: i32,
}

/// Whether the owners of the pods have to be asked for how many they want.
pub fn needs_scale(spec: &PodDisruptionBudgetSpec) -> bool {
    spec.max_unavailable.is_some() || matches!(spec.min_available, Some(IntOrString::Text(_)))
}

/// What the budget expects of so many pods, whose owners want `scale` together. Shares are rounded up.
///
/// Models `getExpectedPodCount` of `pkg/controller/disruption/disruption.go`.
pub fn expectation(spec: &PodDisruptionBudgetSpec, pods: i32, scale: i32) -> Expectation {
    match (&spec.max_unavailable, &spec.min_available) {
        (Some(limit), _) => {
            let missing = Limit::from_field(limit).rounded_up(scale);
            Expectation { pods: scale, healthy: scale.saturating_sub(missing).max(0) }
        }
        (None, Some(IntOrString::Int(count))) => Expectation { pods, healthy: *count },
        (None, Some(share)) => Expectation { pods: scale, healthy: Limit::from_field(share).rounded_up(scale) },
        (None, None) => Expectation { pods: 0, healthy: 0 },
    }
}

/// How many pods may be evicted when so many are healthy.
pub fn allowed(expectation: Expectation, healthy: i32) -> i32 {
    if expectation.pods <= 0 { 0 } else { healthy.saturating_sub(expectation.healthy).max(0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Json;
    use serde_json::json;

    #[test]
    fn budgets() {
        for (spec, pods, scale, healthy, expected) in [
            (json!({"minAvailable": 2}), 3, 0, 3, (3, 2, 1)),
            (json!({"minAvailable": 2}), 3, 0, 1, (3, 2, 0)),
            (json!({"minAvailable": 0}), 0, 0, 0, (0, 0, 0)),
            (json!({"minAvailable": "50%"}), 2, 5, 5, (5, 3, 2)),
            (json!({"minAvailable": "100%"}), 4, 4, 4, (4, 4, 0)),
            (json!({"maxUnavailable": 1}), 2, 3, 2, (3, 2, 0)),
            (json!({"maxUnavailable": 1}), 3, 3, 3, (3, 2, 1)),
            (json!({"maxUnavailable": "30%"}), 7, 7, 7, (7, 4, 3)),
            (json!({"maxUnavailable": 9}), 3, 3, 3, (3, 0, 3)),
        ] {
            let spec = PodDisruptionBudgetSpec::from_json(spec).unwrap();
            let got = expectation(&spec, pods, scale);
            assert_eq!((got.pods, got.healthy, allowed(got, healthy)), expected, "{spec:?}");
        }
    }
}
