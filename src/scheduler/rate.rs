//! How a pod rates the nodes that can take it, as far as other pods matter; and the table of all nodes, for whoever asks why.

use super::affinity;
use super::because::Refusal;
use super::convert::pod_info;
use super::explain::Reason;
use super::filter::{NodeInfo, objections};
use super::score::{Around, Points, Worth, points, worth};
use super::spread::Soft;
use super::sync::Scheduler;
use crate::api::json::Json;
use crate::api::objects::Pod;
use crate::api::selector::LabelSelector;
use crate::apiserver::Store;
use crate::base::msg::Msg;
use crate::base::{Str, Value};
use std::collections::{BTreeMap, BTreeSet};

const HOSTNAME: &str = "kubernetes.io/hostname";

/// What the scheduler thinks of a node for a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The node.
    pub node: Str,
    /// Its points, or why it cannot take the pod.
    pub rating: Result<Points, Vec<Reason>>,
    /// What stands behind the reasons: see [`super::because`].
    pub because: Vec<Msg>,
}

impl Scheduler {
    /// What each node would be to the pod if it had to be placed now, in the order in which nodes came.
    pub fn table(&self, pod: &Pod, store: &Store) -> Vec<Verdict> {
        let wishes = pod_info(&pod.spec);
        let itself = |other: &Pod| other.meta.uid == pod.meta.uid;
        let neighbours = self.neighbours(pod, store, &itself);
        let mut possible = Vec::new();
        let mut table = Vec::new();
        for number in self.nodes().from(0) {
            let Some(mut node) = self.nodes().at(number).and_then(|node| self.node_for(pod, &node.name, store)) else {
                continue;
            };
            if node.name == pod.node_name && !pod.is_terminal() {
                node.count(&wishes, -1);
            }
            let reasons = objections(&wishes, &neighbours, &node);
            if reasons.is_empty() {
                possible.push((number, worth(&wishes, &node)));
            }
            let refusal = Refusal { pod: &wishes, neighbours: &neighbours, node: &node, store };
            let because = reasons.iter().filter_map(|reason| refusal.because(reason)).collect();
            let rating = if reasons.is_empty() { Ok(Points::default()) } else { Err(reasons) };
            table.push(Verdict { node: node.name, rating, because });
        }
        let around = self.around(pod, &possible, store, &itself);
        let places = table.iter_mut().filter_map(|verdict| verdict.rating.as_mut().ok());
        places.zip(points(&possible, &around)).for_each(|(place, points)| *place = points);
        table
    }

    /// What other pods, apart from those that are `gone`, mean for the possible nodes.
    pub(super) fn around(
        &self,
        pod: &Pod,
        possible: &[(usize, Worth)],
        store: &Store,
        gone: &dyn Fn(&Pod) -> bool,
    ) -> Around {
        let near = self.near(pod, possible, store, gone);
        if pod.spec.topology_spread_constraints.is_empty() {
            return Around { soft: self.usual_spread(pod, possible, gone), every_label: false, near };
        }
        let constraints = pod.spec.topology_spread_constraints.iter();
        let soft =
            constraints.filter(|one| one.get("whenUnsatisfiable").and_then(Value::as_str) == Some("ScheduleAnyway"));
        let soft = soft.filter_map(|constraint| self.spread(constraint, pod, possible, store, gone)).collect();
        Around { soft, every_label: true, near }
    }

    /// A soft topology spread constraint with the pods counted.
    ///
    /// Models `PreScore` of `pkg/scheduler/framework/plugins/podtopologyspread/scoring.go`.
    fn spread(
        &self,
        constraint: &Value,
        pod: &Pod,
        possible: &[(usize, Worth)],
        store: &Store,
        gone: &dyn Fn(&Pod) -> bool,
    ) -> Option<Soft> {
        let key = constraint.get("topologyKey")?.as_str()?;
        let selector: LabelSelector = Json::from_json(constraint.get("labelSelector")?.clone())?;
        let domain = |node: &NodeInfo| node.labels.get(key).cloned();
        let mut pods: BTreeMap<Str, i64> = BTreeMap::new();
        for other in store.matching_pods(&pod.meta.namespace, &selector).filter_map(|object| Pod::of(object)) {
            let counts = !other.meta.is_terminating() && !other.is_terminal() && !gone(other);
            if let Some(domain) = self.nodes().get(&other.node_name).filter(|_| counts).and_then(domain) {
                *pods.entry(domain).or_default() += 1;
            }
        }
        let domains: Vec<Option<Str>> =
            possible.iter().map(|(number, _)| self.nodes().at(*number).and_then(domain)).collect();
        let distinct: BTreeSet<&Str> = domains.iter().flatten().collect();
        Some(Soft {
            max_skew: constraint.get("maxSkew").and_then(Value::as_i64).unwrap_or(1),
            domains: if key == HOSTNAME { domains.iter().flatten().count() } else { distinct.len() },
            counts: domains.iter().map(|domain| Some(pods.get(domain.as_ref()?).copied().unwrap_or(0))).collect(),
        })
    }

    /// For each possible node how much the pod likes the pods around it, and they the pod.
    ///
    /// Models `PreScore` and `Score` of `pkg/scheduler/framework/plugins/interpodaffinity/scoring.go`.
    fn near(&self, pod: &Pod, possible: &[(usize, Worth)], store: &Store, gone: &dyn Fn(&Pod) -> bool) -> Vec<i64> {
        let domain = |node: &Str, key: &Str| self.nodes().get(node).and_then(|node| node.labels.get(key)).cloned();
        let liked = affinity::likings(pod, store, self.minding(store).filter(|other| !gone(other)), &domain, gone);
        if liked.is_empty() {
            return Vec::new();
        }
        let likings = |(number, _): &(usize, Worth)| {
            let node = self.nodes().at(*number);
            let here = |(key, domain): &(Str, Str)| node.is_some_and(|node| node.labels.get(key) == Some(domain));
            liked.iter().filter(|(place, _)| here(place)).map(|(_, weight)| weight).sum()
        };
        possible.iter().map(likings).collect()
    }
}
