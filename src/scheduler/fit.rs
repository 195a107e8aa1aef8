//! Do a pod's resource requests fit into what a node has left?

use super::explain::Reason;
use crate::base::Str;
use std::collections::BTreeMap;

/// Amounts of resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Thousandths of a CPU.
    pub milli_cpu: i64,
    /// Bytes of memory.
    pub memory: i64,
    /// Bytes of local disk.
    pub ephemeral_storage: i64,
    /// Extended resources, such as `nvidia.com/gpu`.
    pub extended: BTreeMap<Str, i64>,
}

impl Resources {
    /// Adds `times` times the other amounts; -1 takes them away.
    pub fn add(&mut self, other: &Resources, times: i64) {
        self.milli_cpu += other.milli_cpu * times;
        self.memory += other.memory * times;
        self.ephemeral_storage += other.ephemeral_storage * times;
        for (name, amount) in &other.extended {
            *self.extended.entry(name.clone()).or_default() += amount * times;
        }
    }

    /// The larger of each amount, which is how init containers count beside the others.
    pub fn max(&mut self, other: &Resources) {
        self.milli_cpu = self.milli_cpu.max(other.milli_cpu);
        self.memory = self.memory.max(other.memory);
        self.ephemeral_storage = self.ephemeral_storage.max(other.ephemeral_storage);
        for (name, amount) in &other.extended {
            let mine = self.extended.entry(name.clone()).or_default();
            *mine = (*mine).max(*amount);
        }
    }
}

/// What a node has, and what is taken of it.
#[derive(Clone, Debug, Default)]
pub struct Capacity {
    /// What pods may request in all.
    pub allocatable: Resources,
    /// What the pods on it request.
    pub requested: Resources,
    /// How many pods may stand on it.
    pub allowed_pods: i64,
    /// How many do.
    pub pods: i64,
}

/// Everything that is missing for `request`; empty when it fits. A request that is larger than the whole node cannot be
/// helped by removing pods, which is told apart.
///
/// Models `fitsRequest` of `pkg/scheduler/framework/plugins/noderesources/fit.go`.
pub fn missing(request: &Resources, node: &Capacity) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if node.pods + 1 > node.allowed_pods {
        reasons.push(Reason::TooManyPods);
    }
    let mut check = |name: &str, request: i64, allocatable: i64, requested: i64| {
        if request > 0 && request > allocatable - requested {
            reasons.push(Reason::Insufficient { resource: name.into(), beyond_node: request > allocatable });
        }
    };
    let (all, used) = (&node.allocatable, &node.requested);
    check("cpu", request.milli_cpu, all.milli_cpu, used.milli_cpu);
    check("memory", request.memory, all.memory, used.memory);
    check("ephemeral-storage", request.ephemeral_storage, all.ephemeral_storage, used.ephemeral_storage);
    for (name, amount) in &request.extended {
        let of = |resources: &Resources| resources.extended.get(name).copied().unwrap_or(0);
        check(name, *amount, of(all), of(used));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(milli_cpu: i64, memory: i64) -> Resources {
        Resources { milli_cpu, memory, ..Resources::default() }
    }

    #[test]
    fn finds_what_is_missing() {
        let table = [
            (amounts(0, 0), amounts(10, 20), 32, ""),
            (amounts(1, 1), amounts(10, 20), 32, "Insufficient cpu, Insufficient memory"),
            (amounts(1, 1), amounts(9, 19), 32, ""),
            (amounts(2, 1), amounts(9, 19), 32, "Insufficient cpu"),
            (amounts(0, 2), amounts(9, 19), 32, "Insufficient memory"),
            (amounts(1, 1), amounts(5, 5), 1, "Too many pods"),
            (amounts(11, 0), amounts(0, 0), 32, "Insufficient cpu (beyond the node)"),
        ];
        for (request, requested, allowed_pods, expected) in table {
            let node = Capacity { allocatable: amounts(10, 20), requested, allowed_pods, pods: 1 };
            let got: Vec<String> = missing(&request, &node)
                .iter()
                .map(|reason| {
                    let beyond = if reason.helped_by_preemption() { "" } else { " (beyond the node)" };
                    format!("{reason}{beyond}")
                })
                .collect();
            assert_eq!(got.join(", "), expected, "{request:?}");
        }
    }

    #[test]
    fn extended_resources_count() {
        let gpu = |n| Resources { extended: BTreeMap::from([("nvidia.com/gpu".into(), n)]), ..Resources::default() };
        let node = Capacity { allocatable: gpu(2), requested: gpu(1), allowed_pods: 110, pods: 0 };
        assert!(missing(&gpu(1), &node).is_empty());
        assert_eq!(
            missing(&gpu(2), &node).iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["Insufficient nvidia.com/gpu"]
        );
    }
}
