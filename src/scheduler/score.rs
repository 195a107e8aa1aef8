//! Which of the possible nodes is best.

use super::filter::{NodeInfo, PodInfo};
use super::fit::Resources;
use super::spread::{self, Soft};
use super::taints::{Effect, untolerated};

/// What a container without requests counts as when nodes are scored: 100 thousandths of a CPU, 200 MB.
///
/// Models `pkg/scheduler/util/pod_resources.go`.
pub const SMALL: (i64, i64) = (100, 200 * 1024 * 1024);

/// What a node that can take a pod is worth to it, apart from the pods around it. Small, for hundreds are looked at for a pod.
#[derive(Clone, Copy, Debug)]
pub struct Worth {
    /// Taints of effect `PreferNoSchedule` that the pod does not tolerate.
    taints: i32,
    /// The weights of the preferences that the node fulfils.
    preference: i32,
    /// How much stays free, and how evenly.
    free: i32,
    /// The number of the node's zone.
    pub zone: Option<u32>,
    /// Whether the node has the label by which pods are spread over nodes.
    pub has_hostname: bool,
}

/// Looks at one node.
pub fn worth(pod: &PodInfo, node: &NodeInfo) -> Worth {
    let balanced = if pod.requests == Resources::default() { 0 } else { balanced(pod, node) };
    let small = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    Worth {
        taints: small(soft_taints(pod, node)),
        preference: small(pod.affinity.preference(&node.name, &node.labels)),
        free: small(least_allocated(pod, node) + balanced),
        zone: node.zone_number,
        has_hostname: node.has_hostname,
    }
}

/// What the pods around mean for the possible nodes.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Soft topology spread constraints.
    pub soft: Vec<Soft>,
    /// Whether a node without the label of one of them counts for none.
    pub every_label: bool,
    /// For each node how much the pod and the pods there like each other; empty where nobody cares.
    pub near: Vec<i64>,
}

/// The points of a node, each from 0 to 100 times the weight of its plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// `TaintToleration`, weight 3.
    pub taints: i64,
    /// `NodeAffinity`, weight 2.
    pub preference: i64,
    /// `PodTopologySpread`, weight 2.
    pub spread: i64,
    /// `InterPodAffinity`, weight 2.
    pub near: i64,
    /// `NodeResourcesFit` and `NodeResourcesBalancedAllocation`, weight 1 each.
    pub free: i64,
}

impl Points {
    /// The node's score; the highest wins.
    pub fn total(&self) -> i64 {
        self.taints + self.preference + self.spread + self.near + self.free
    }
}

/// The points of the nodes, in their order. (Which images a node has plays no part.)
///
/// Models the score plugins of `pkg/scheduler/apis/config/v1/default_plugins.go` and their weights.
pub fn points(nodes: &[(usize, Worth)], around: &Around) -> impl Iterator<Item = Points> {
    let (mut taints, mut preference) = (0, 0);
    for (_, worth) in nodes {
        (taints, preference) = (worth.taints.max(taints), worth.preference.max(preference));
    }
    let spread = spread::scores(&around.soft, nodes.len(), around.every_label);
    let (least, liked) =
        (around.near.iter().copied().min().unwrap_or(0), around.near.iter().copied().max().unwrap_or(0));
    let near = move |place: usize| match around.near.get(place) {
        Some(here) if liked > least => 100 * (here - least) / (liked - least),
        _ => 0,
    };
    nodes.iter().zip(spread).enumerate().map(move |(place, ((_, worth), spread))| Points {
        taints: 3 * (100 - normalized(worth.taints, taints)),
        preference: 2 * normalized(worth.preference, preference),
        spread: 2 * spread,
        near: 2 * near(place),
        free: i64::from(worth.free),
    })
}

/// How many taints of effect `PreferNoSchedule` the pod does not tolerate.
fn soft_taints(pod: &PodInfo, node: &NodeInfo) -> i64 {
    untolerated(&node.taints, &pod.tolerations, |effect| effect == Effect::PreferNoSchedule).count() as i64
}

/// Stretches a count to 0 to 100, given the largest one.
///
/// Models `helper.DefaultNormalizeScore`.
fn normalized(count: i32, max: i32) -> i64 {
    if max == 0 { 0 } else { 100 * i64::from(count) / i64::from(max) }
}

/// The share of CPU and memory that stays free, 0 to 100.
///
/// Models `pkg/scheduler/framework/plugins/noderesources/least_allocated.go`.
fn least_allocated(pod: &PodInfo, node: &NodeInfo) -> i64 {
    let free = |allocatable: i64, requested: i64| {
        if allocatable == 0 || requested > allocatable { 0 } else { (allocatable - requested) * 100 / allocatable }
    };
    let all = &node.capacity.allocatable;
    let cpu = free(all.milli_cpu, node.scored.milli_cpu + pod.scored.milli_cpu);
    let memory = free(all.memory, node.scored.memory + pod.scored.memory);
    let present = i64::from(all.milli_cpu != 0) + i64::from(all.memory != 0);
    if present == 0 { 0 } else { (cpu + memory) / present }
}

/// How alike the shares of CPU and memory in use are, 0 to 100.
///
/// Models `pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go`.
fn balanced(pod: &PodInfo, node: &NodeInfo) -> i64 {
    let used = |allocatable: i64, requested: i64| (requested as f64 / allocatable as f64).min(1.0);
    let (all, taken) = (&node.capacity.allocatable, &node.capacity.requested);
    if all.milli_cpu == 0 || all.memory == 0 {
        return 0;
    }
    let cpu = used(all.milli_cpu, taken.milli_cpu + pod.requests.milli_cpu);
    let memory = used(all.memory, taken.memory + pod.requests.memory);
    ((1.0 - (cpu - memory).abs() / 2.0) * 100.0) as i64
}

/// How many possible nodes are enough: all of up to 100, else a share that falls with the size of the cluster.
///
/// Models `numFeasibleNodesToFind` of `pkg/scheduler/schedule_one.go`.
pub fn enough_nodes(nodes: usize) -> usize {
    if nodes < 100 {
        return nodes;
    }
    let percent = 50_usize.saturating_sub(nodes / 125).max(5);
    (nodes * percent / 100).max(100)
}

#[cfg(test)]
mod tests {
    use super::super::fit::Capacity;
    use super::super::taints::Taint;
    use super::*;

    fn node(cpu: i64, memory: i64, used_cpu: i64, used_memory: i64) -> NodeInfo {
        let amounts = |milli_cpu, memory| Resources { milli_cpu, memory, ..Resources::default() };
        NodeInfo {
            capacity: Capacity {
                allocatable: amounts(cpu, memory),
                requested: amounts(used_cpu, used_memory),
                allowed_pods: 110,
                pods: 0,
            },
            scored: amounts(used_cpu, used_memory),
            ..NodeInfo::default()
        }
    }

    fn pod(cpu: i64, memory: i64) -> PodInfo {
        let amounts = Resources { milli_cpu: cpu, memory, ..Resources::default() };
        PodInfo { requests: amounts.clone(), scored: amounts, ..PodInfo::default() }
    }

    /// Cases of upstream's least and balanced allocation tests.
    #[test]
    fn resources() {
        let table = [
            // pod, node (cpu, memory, used cpu, used memory), least allocated, balanced
            ((0, 0), (4000, 10000, 0, 0), 100, 100),
            ((3000, 5000), (4000, 10000, 0, 0), 37, 87),
            ((3000, 5000), (6000, 10000, 0, 0), 50, 100),
            ((0, 0), (10000, 20000, 6000, 0), 70, 70),
            ((3000, 5000), (10000, 20000, 3000, 0), 57, 82),
            ((3000, 5000), (10000, 50000, 3000, 5000), 60, 80),
            ((0, 0), (0, 0, 0, 0), 0, 0),
        ];
        for (wants, (cpu, memory, used_cpu, used_memory), least, even) in table {
            let (pod, node) = (pod(wants.0, wants.1), node(cpu, memory, used_cpu, used_memory));
            assert_eq!(
                (least_allocated(&pod, &node), balanced(&pod, &node)),
                (least, even),
                "{wants:?} {cpu} {memory}"
            );
        }
    }

    #[test]
    fn normalizes() {
        assert_eq!([0, 1, 2].map(|count| normalized(count, 2)), [0, 50, 100]);
        assert_eq!(normalized(0, 0), 0);
    }

    #[test]
    fn an_emptier_and_untainted_node_wins() {
        let tainted = NodeInfo {
            taints: vec![Taint { key: "k".into(), value: "".into(), effect: Effect::PreferNoSchedule }],
            ..node(4000, 10000, 0, 0)
        };
        let nodes = [node(4000, 10000, 2000, 5000), node(4000, 10000, 0, 0), tainted];
        let worths: Vec<(usize, Worth)> = nodes.iter().map(|node| (0, worth(&pod(100, 100), node))).collect();
        let got: Vec<i64> = points(&worths, &Around::default()).map(|points| points.total()).collect();
        assert!(got[1] > got[0] && got[0] > got[2], "{got:?}");
    }

    #[test]
    fn large_clusters_are_sampled() {
        for (nodes, expected) in [(3, 3), (99, 99), (100, 100), (1000, 420), (5000, 500), (6000, 300)] {
            assert_eq!(enough_nodes(nodes), expected, "{nodes}");
        }
    }
}
