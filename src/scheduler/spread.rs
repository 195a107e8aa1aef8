//! Topology spread: how evenly the pods that match a selector lie over zones or nodes.

use super::explain::Reason;
use crate::api::meta::Labels;
use crate::base::Str;
use std::collections::BTreeMap;

/// A hard constraint (`whenUnsatisfiable: DoNotSchedule`) with the pods counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// The node label whose values are the domains.
    pub topology_key: Str,
    /// By how much a domain may exceed the emptiest one.
    pub max_skew: i64,
    /// With fewer domains than this the emptiest counts as empty.
    pub min_domains: usize,
    /// Whether the pod itself matches the selector.
    pub counts_itself: bool,
    /// The matching pods of each domain of the possible nodes.
    pub counts: BTreeMap<Str, i64>,
}

impl Constraint {
    /// Why a node with these labels cannot take the pod, if it cannot.
    ///
    /// Models `Filter` of `pkg/scheduler/framework/plugins/podtopologyspread/filtering.go`.
    pub fn objection(&self, labels: &Labels) -> Option<Reason> {
        let Some(domain) = labels.get(&self.topology_key) else {
            return Some(Reason::SpreadLabel);
        };
        let here = self.counts.get(domain).copied().unwrap_or(0);
        let skew = here + i64::from(self.counts_itself) - self.emptiest();
        (skew > self.max_skew).then_some(Reason::Spread)
    }

    /// How many matching pods the emptiest domain has.
    pub fn emptiest(&self) -> i64 {
        if self.counts.len() < self.min_domains { 0 } else { self.counts.values().copied().min().unwrap_or(0) }
    }
}

/// One soft constraint as scoring needs it: each node's count of matching pods in its domain, if it has one.
#[derive(Clone, Debug)]
pub struct Soft {
    /// `maxSkew`
    pub max_skew: i64,
    /// How many domains there are.
    pub domains: usize,
    /// For each node the matching pods in its domain; none when it lacks the label.
    pub counts: Vec<Option<i64>>,
}

/// Scores 0 to 100 for every node: the fewer matching pods in its domains, the more. With `every_label` a node that lacks a
/// label of one constraint gets nothing.
///
/// Models `Score` and `NormalizeScore` of `pkg/scheduler/framework/plugins/podtopologyspread/scoring.go`.
pub fn scores(constraints: &[Soft], nodes: usize, every_label: bool) -> Vec<i64> {
    let lacks = |node: usize| every_label && constraints.iter().any(|soft| matches!(soft.counts.get(node), Some(None)));
    let mut crowding = vec![0.0_f64; nodes];
    for soft in constraints {
        let weight = (soft.domains as f64 + 2.0).ln();
        for (sum, count) in crowding.iter_mut().zip(&soft.counts) {
            if let Some(count) = count {
                *sum += *count as f64 * weight + (soft.max_skew - 1) as f64;
            }
        }
    }
    // Most nodes are like the one before.
    let mut last = (0.0, 0);
    let round = |sum: f64| {
        if sum != last.0 {
            last = (sum, sum.round() as i64);
        }
        last.1
    };
    let mut scores: Vec<i64> = crowding.into_iter().map(round).collect();
    let (mut min, mut max) = (i64::MAX, i64::MIN);
    for (node, score) in scores.iter().enumerate() {
        if !every_label || !lacks(node) {
            (min, max) = (min.min(*score), max.max(*score));
        }
    }
    let (min, max) = if min > max { (0, 0) } else { (min, max) };
    let mut last = None;
    for (node, score) in scores.iter_mut().enumerate() {
        *score = match (last, max) {
            _ if every_label && lacks(node) => 0,
            (Some((like, result)), _) if like == *score => result,
            (_, 0) => 100,
            (_, max) => {
                let result = 100 * (max + min - *score) / max;
                last = Some((*score, result));
                result
            }
        };
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_constraints() {
        let constraint = |counts: &[(&str, i64)], max_skew, min_domains| Constraint {
            topology_key: "zone".into(),
            max_skew,
            min_domains,
            counts_itself: true,
            counts: counts.iter().map(|(zone, count)| (Str::from(*zone), *count)).collect(),
        };
        let table = [
            (constraint(&[("a", 1), ("b", 1)], 1, 1), Some("a"), None),
            (constraint(&[("a", 2), ("b", 1)], 1, 1), Some("a"), Some(Reason::Spread)),
            (constraint(&[("a", 2), ("b", 1)], 1, 1), Some("b"), None),
            (constraint(&[("a", 2), ("b", 1)], 2, 1), Some("a"), None),
            (constraint(&[("a", 1), ("b", 1)], 1, 3), Some("a"), Some(Reason::Spread)),
            (constraint(&[("a", 0)], 1, 1), None, Some(Reason::SpreadLabel)),
        ];
        for (constraint, zone, expected) in table {
            let labels = zone.map(|zone| (Str::from("zone"), Str::from(zone))).into_iter().collect();
            assert_eq!(constraint.objection(&labels), expected, "{constraint:?} {zone:?}");
        }
    }

    #[test]
    fn emptier_nodes_score_higher() {
        let soft =
            |counts: &[i64]| Soft { max_skew: 3, domains: 3, counts: counts.iter().copied().map(Some).collect() };
        assert_eq!(scores(&[soft(&[0, 0, 0])], 3, false), [100, 100, 100]);
        let got = scores(&[soft(&[2, 1, 0])], 3, false);
        assert!(got[0] < got[1] && got[1] < got[2], "{got:?}");
        assert_eq!(scores(&[], 2, false), [100, 100]);
    }
}
