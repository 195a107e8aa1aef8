//! Near whom a pod wants to be, and near whom not: inter-pod affinity, and who else minds.

use super::explain::Reason;
use crate::api::json::Json;
use crate::api::kinds::Kind;
use crate::api::meta::Labels;
use crate::api::objects::Pod;
use crate::api::selector::LabelSelector;
use crate::apiserver::Store;
use crate::base::{Str, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A rule with the pods looked up: in which domains it is (or must not be).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The node label whose values are the domains.
    pub topology_key: Str,
    /// The domains in which matching pods are.
    pub domains: BTreeSet<Str>,
    /// Whether the pod has to be in one of them; else it must be in none.
    pub wanted: bool,
    /// What is said about a node that breaks it.
    pub reason: Reason,
}

impl Rule {
    /// Why a node with these labels cannot take the pod, if it cannot.
    ///
    /// Models `Filter` of `pkg/scheduler/framework/plugins/interpodaffinity/filtering.go`.
    pub fn objection(&self, labels: &Labels) -> Option<Reason> {
        let inside = labels.get(&self.topology_key).is_some_and(|domain| self.domains.contains(domain));
        (inside != self.wanted).then(|| self.reason.clone())
    }
}

/// A term of `requiredDuringSchedulingIgnoredDuringExecution`.
struct Term {
    selector: LabelSelector,
    namespaces: Vec<Str>,
    topology_key: Str,
}

impl Term {
    /// Without namespaces a term speaks of the pod's own; a selector of namespaces adds those that it selects.
    ///
    /// Models `getNamespacesFromPodAffinityTerm` and `mergeAffinityTermNamespacesIfNotEmpty`; and, for the keys of labels
    /// whose values the pod and the others share or do not share, `applyMatchLabelKeysAndMismatchLabelKeys` of
    /// `pkg/registry/core/pod/strategy.go`.
    fn read(value: &Value, pod: &Pod, store: &Store) -> Option<Term> {
        let mut namespaces: Vec<Str> =
            value.get("namespaces").and_then(|list| Json::from_json(list.clone())).unwrap_or_default();
        if let Some(chosen) = value.get("namespaceSelector").filter(|selector| selector.is_object()) {
            let selector: LabelSelector = Json::from_json(chosen.clone())?;
            let all = store.list(Kind::NAMESPACE, "").filter(|object| selector.matches(&object.meta().labels));
            namespaces.extend(all.map(|object| object.meta().name.clone()));
        } else if namespaces.is_empty() {
            namespaces.push(pod.meta.namespace.clone());
        }
        let mut selector = value.get("labelSelector")?.clone();
        for (field, operator) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
            for key in value.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
                let Some(own) = pod.meta.labels.get(key) else { continue };
                if selector.get("matchExpressions").is_none() {
                    selector["matchExpressions"] = Value::Array(Vec::new());
                }
                if let Some(all) = selector["matchExpressions"].as_array_mut() {
                    all.push(serde_json::json!({"key": key, "operator": operator, "values": [&**own]}));
                }
            }
        }
        Some(Term {
            selector: Json::from_json(selector)?,
            namespaces,
            topology_key: value.get("topologyKey")?.as_str()?.into(),
        })
    }

    fn speaks_of(&self, pod: &Pod) -> bool {
        self.namespaces.contains(&pod.meta.namespace) && self.selector.matches(&pod.meta.labels)
    }
}

/// A list in the pod's affinity.
fn list<'a>(pod: &'a Pod, kind: &str, when: &str) -> impl Iterator<Item = &'a Value> {
    let pointer = format!("/{kind}/{when}DuringSchedulingIgnoredDuringExecution");
    let list = pod.spec.affinity.as_ref().and_then(|affinity| affinity.pointer(&pointer)).and_then(Value::as_array);
    list.into_iter().flatten()
}

/// The required terms of one kind (`podAffinity` or `podAntiAffinity`).
fn terms(pod: &Pod, kind: &str, store: &Store) -> Vec<Term> {
    list(pod, kind, "required").filter_map(|value| Term::read(value, pod, store)).collect()
}

/// The preferred terms with their weights, which are negative for pods that are not wanted.
fn preferred<'a>(pod: &'a Pod, store: &'a Store) -> impl Iterator<Item = (Term, i64)> + 'a {
    [("podAffinity", 1), ("podAntiAffinity", -1)].into_iter().flat_map(move |(kind, sign)| {
        list(pod, kind, "preferred").filter_map(move |value| {
            let weight = value.get("weight").and_then(Value::as_i64)?;
            Some((Term::read(value.get("podAffinityTerm")?, pod, store)?, sign * weight))
        })
    })
}

/// Whether the pod cares near whom it is, so that others have to be asked about it.
pub fn cares(pod: &Pod) -> bool {
    let affinity = pod.spec.affinity.as_ref();
    affinity.is_some_and(|affinity| ["podAffinity", "podAntiAffinity"].iter().any(|kind| affinity.get(kind).is_some()))
}

/// Whether a pod waits for the company of one like this.
///
/// Models `isSchedulableAfterPodChange` of `pkg/scheduler/framework/plugins/interpodaffinity/plugin.go`.
pub fn hopes_for(pod: &Pod, arrived: &Pod, store: &Store) -> bool {
    pod.spec.affinity.is_some() && terms(pod, "podAffinity", store).iter().any(|term| term.speaks_of(arrived))
}

/// What a required affinity of a pod that is there weighs for one that it wants to be with (`hardPodAffinityWeight`).
const HARD: i64 = 1;

/// How much a pod likes the pods of a domain, and they it: by label of the node and its value. `minding` are the pods that
/// [care](cares).
///
/// Models `processExistingPod` of `pkg/scheduler/framework/plugins/interpodaffinity/scoring.go`.
pub fn likings<'a>(
    pod: &Pod,
    store: &Store,
    minding: impl Iterator<Item = &'a Pod>,
    domain: &dyn Fn(&Str, &Str) -> Option<Str>,
    gone: &dyn Fn(&Pod) -> bool,
) -> BTreeMap<(Str, Str), i64> {
    let mut likings = BTreeMap::new();
    let mut like = |key: &Str, node: &Str, weight: i64| {
        if let Some(domain) = domain(node, key) {
            *likings.entry((key.clone(), domain)).or_default() += weight;
        }
    };
    for (term, weight) in preferred(pod, store) {
        for object in term.namespaces.iter().flat_map(|namespace| store.matching_pods(namespace, &term.selector)) {
            if let Some(other) = Pod::of(object).filter(|other| !other.is_terminal() && !gone(other)) {
                like(&term.topology_key, &other.node_name, weight);
            }
        }
    }
    for other in minding.filter(|other| !other.node_name.is_empty()) {
        let hard = terms(other, "podAffinity", store).into_iter().map(|term| (term, HARD));
        for (term, weight) in preferred(other, store).chain(hard).filter(|(term, _)| term.speaks_of(pod)) {
            like(&term.topology_key, &other.node_name, weight);
        }
    }
    likings
}

/// The rules for a pod. `minding` are the pods that [care](cares), `domain` tells the value of a label of a
/// node; pods that are `gone` do not count.
pub fn rules<'a>(
    pod: &Pod,
    store: &Store,
    minding: impl Iterator<Item = &'a Pod>,
    domain: &dyn Fn(&Str, &Str) -> Option<Str>,
    gone: &dyn Fn(&Pod) -> bool,
) -> Vec<Rule> {
    let mut rules = Vec::new();
    for other in minding.filter(|other| !other.node_name.is_empty()) {
        for term in terms(other, "podAntiAffinity", store) {
            if term.speaks_of(pod) {
                let domains = domain(&other.node_name, &term.topology_key).into_iter().collect();
                let reason = Reason::ExistingAntiAffinity;
                rules.push(Rule { topology_key: term.topology_key, domains, wanted: false, reason });
            }
        }
    }
    if pod.spec.affinity.is_none() {
        return rules;
    }
    let occupied = |term: &Term| -> BTreeSet<Str> {
        let mut domains = BTreeSet::new();
        for namespace in &term.namespaces {
            for object in store.matching_pods(namespace, &term.selector) {
                let assigned =
                    Pod::of(object).filter(|other| !other.node_name.is_empty() && !other.is_terminal() && !gone(other));
                domains.extend(assigned.and_then(|other| domain(&other.node_name, &term.topology_key)));
            }
        }
        domains
    };
    for term in terms(pod, "podAffinity", store) {
        let domains = occupied(&term);
        // The first of a group that wants to be together may go anywhere.
        let first_of_its_kind = domains.is_empty() && term.selector.matches(&pod.meta.labels);
        if !first_of_its_kind {
            rules.push(Rule { topology_key: term.topology_key, domains, wanted: true, reason: Reason::Affinity });
        }
    }
    for term in terms(pod, "podAntiAffinity", store) {
        let domains = occupied(&term);
        rules.push(Rule { topology_key: term.topology_key, domains, wanted: false, reason: Reason::AntiAffinity });
    }
    rules
}
