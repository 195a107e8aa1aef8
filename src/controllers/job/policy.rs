//! What a Job's own rules say about a pod that failed, and about indexes that succeeded.

use super::indexes;
use crate::api::objects::Pod;
use crate::api::objects::batch::{ExitCodes, PodFailurePolicy, SuccessPolicy};
use std::collections::BTreeSet;

/// What follows from a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It counts.
    Count,
    /// It does not count.
    Ignore,
    /// The pod's index has failed for good.
    FailIndex,
    /// The Job has failed, for this reason.
    FailJob(String),
}

/// The action of the first rule that fits a failed pod.
///
/// Models `matchPodFailurePolicy` of `pkg/controller/job/pod_failure_policy.go`.
pub fn action(policy: Option<&PodFailurePolicy>, pod: &Pod) -> Action {
    let rules = policy.map_or(&[][..], |policy| &policy.rules);
    for (number, rule) in rules.iter().enumerate() {
        let matched = match &rule.on_exit_codes {
            Some(codes) => exit_code(codes, pod).map(|(container, code)| {
                format!(
                    "Container {container} for pod {}/{} failed with exit code {code} matching {} rule at index {number}",
                    pod.meta.namespace, pod.meta.name, rule.action
                )
            }),
            None => {
                let present = |kind: &str| pod.condition(kind).map(|condition| condition.status);
                let pattern =
                    rule.on_pod_conditions.iter().find(|pattern| present(&pattern.kind) == Some(pattern.status));
                pattern.map(|pattern| {
                    format!(
                        "Pod {}/{} has condition {} matching {} rule at index {number}",
                        pod.meta.namespace, pod.meta.name, pattern.kind, rule.action
                    )
                })
            }
        };
        match (matched, &*rule.action) {
            (None, _) => {}
            (Some(message), "FailJob") => return Action::FailJob(message),
            (Some(_), "Ignore") => return Action::Ignore,
            (Some(_), "FailIndex") => return Action::FailIndex,
            (Some(_), _) => return Action::Count,
        }
    }
    Action::Count
}

/// The container that the rule is for, and its exit code.
fn exit_code<'a>(codes: &ExitCodes, pod: &'a Pod) -> Option<(&'a str, i32)> {
    let statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    statuses
        .filter(|status| codes.container_name.as_ref().is_none_or(|name| *name == status.name))
        .filter_map(|status| Some((&*status.name, status.state.terminated.as_ref()?.exit_code)))
        .find(|(_, code)| *code != 0 && codes.values.contains(code) == (&*codes.operator == "In"))
}

/// The number of the first rule of the success policy that is met.
///
/// Models `matchSuccessPolicy` of `pkg/controller/job/success_policy.go`.
pub fn success(policy: &SuccessPolicy, succeeded: &BTreeSet<i32>, completions: i32) -> Option<usize> {
    policy.rules.iter().position(|rule| {
        let asked = rule.succeeded_indexes.as_deref().map(|text| indexes::parse(text, completions));
        let met = asked.as_ref().map_or(succeeded.len(), |asked| asked.intersection(succeeded).count());
        match rule.succeeded_count {
            Some(count) => usize::try_from(count).is_ok_and(|count| met >= count),
            None => asked.is_some_and(|asked| met >= asked.len()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Json;
    use serde_json::json;

    #[test]
    fn the_first_rule_that_fits_decides() {
        let policy = PodFailurePolicy::from_json(json!({"rules": [
            {"action": "FailJob", "onExitCodes": {"containerName": "main", "operator": "In", "values": [42]}},
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
            {"action": "FailIndex", "onExitCodes": {"operator": "NotIn", "values": [1, 2]}},
        ]}))
        .unwrap();
        let pod = |container: &str, code: i32, condition: &str| {
            Pod::from_json(json!({"metadata": {"name": "p", "namespace": "n"}, "status": {
                "conditions": [{"type": condition, "status": "True"}],
                "containerStatuses": [{"name": container, "state": {"terminated": {"exitCode": code}}}],
            }}))
            .unwrap()
        };
        let failed = "Container main for pod n/p failed with exit code 42 matching FailJob rule at index 0";
        for (pod, expected) in [
            (pod("main", 42, "X"), Action::FailJob(failed.to_owned())),
            (pod("other", 42, "X"), Action::FailIndex),
            (pod("main", 1, "X"), Action::Count),
            (pod("main", 1, "DisruptionTarget"), Action::Ignore),
            (pod("main", 0, "X"), Action::Count),
        ] {
            assert_eq!(action(Some(&policy), &pod), expected);
        }
        assert_eq!(action(None, &pod("main", 42, "X")), Action::Count);
    }

    #[test]
    fn success_rules() {
        for (rule, succeeded, expected) in [
            (json!({"succeededIndexes": "0,2-3"}), "0,2,3", true),
            (json!({"succeededIndexes": "0,2-3"}), "0,1,2", false),
            (json!({"succeededCount": 2}), "1,4", true),
            (json!({"succeededCount": 2}), "1", false),
            (json!({"succeededIndexes": "0-2", "succeededCount": 1}), "2", true),
            (json!({"succeededIndexes": "0-2", "succeededCount": 1}), "3", false),
        ] {
            let policy = SuccessPolicy::from_json(json!({"rules": [rule]})).unwrap();
            let got = success(&policy, &indexes::parse(succeeded, 5), 5);
            assert_eq!(got.is_some(), expected, "{rule} {succeeded}");
        }
    }
}
