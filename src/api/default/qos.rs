//! The quality of service class of a pod.

use crate::api::node::Node;
use crate::api::quantity::Quantity;
use crate::base::Value;
use std::collections::BTreeMap;

/// `Guaranteed`, `Burstable` or `BestEffort`. Models `pkg/apis/core/helper/qos.ComputePodQOS`.
pub fn qos_class(pod: &Value) -> &'static str {
    let pod = Node::root(pod);
    let spec = pod.get("spec");
    let of_pod = spec.get("resources");
    let (mut requests, mut limits) = (Sums::new(), Sums::new());
    let mut all_limited = true;
    if of_pod.exists() {
        add(&of_pod.get("requests"), &mut requests);
        all_limited = add(&of_pod.get("limits"), &mut limits) == 2;
    } else {
        for list in ["containers", "initContainers"] {
            for container in spec.get(list).items() {
                let resources = container.get("resources");
                add(&resources.get("requests"), &mut requests);
                all_limited &= add(&resources.get("limits"), &mut limits) == 2;
            }
        }
    }
    if requests.is_empty() && limits.is_empty() {
        return "BestEffort";
    }
    let same = requests.len() == limits.len()
        && requests.iter().all(|(name, request)| limits.get(name).is_some_and(|limit| limit == request));
    if all_limited && same { "Guaranteed" } else { "Burstable" }
}

type Sums = BTreeMap<&'static str, Quantity>;

/// Adds the computing resources of a list, and returns how many it has.
fn add(list: &Node, sums: &mut Sums) -> usize {
    let mut found = 0;
    for name in ["cpu", "memory"] {
        let amount = list.get(name).quantity().filter(|amount| amount.sign() > 0);
        if let Some(amount) = amount {
            found += 1;
            let sum = sums.get(name).map_or(amount, |sum| *sum + amount);
            sums.insert(name, sum);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::qos_class;
    use serde_json::json;

    #[test]
    fn classes() {
        let pod = |resources: serde_json::Value| json!({"spec": {"containers": [{"resources": resources}]}});
        let both = json!({"cpu": "1", "memory": "1Gi"});
        for (resources, class) in [
            (json!({}), "BestEffort"),
            (json!({"requests": {"cpu": "1"}}), "Burstable"),
            (json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}), "Burstable"),
            (json!({"limits": both, "requests": both}), "Guaranteed"),
            (json!({"limits": both, "requests": {"cpu": "1", "memory": "512Mi"}}), "Burstable"),
        ] {
            assert_eq!(qos_class(&pod(resources.clone())), class, "{resources}");
        }
    }
}
