//! Near whom a pod wants to be, and near whom not: inter-pod affinity, and who else minds.

use super::explain::Reason;
use crate::api::json::Json;
use crate::api::meta::Labels;
use crate::api::objects::Pod;
use crate::api::selector::LabelSelector;
use crate::apiserver::Store;
use crate::base::{Str, Value};
use std::collections::BTreeSet;

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

/// The required terms of one kind (`podAffinity` or `podAntiAffinity`). Without namespaces a term speaks of the pod's own.
fn terms(pod: &Pod, kind: &str) -> Vec<Term> {
    let pointer = format!("/{kind}/requiredDuringSchedulingIgnoredDuringExecution");
    let list = pod.spec.affinity.as_ref().and_then(|affinity| affinity.pointer(&pointer)).and_then(Value::as_array);
    let term = |value: &Value| {
        let namespaces: Vec<Str> =
            value.get("namespaces").and_then(|list| Json::from_json(list.clone())).unwrap_or_default();
        Some(Term {
            selector: value.get("labelSelector").and_then(|selector| Json::from_json(selector.clone()))?,
            namespaces: if namespaces.is_empty() { vec![pod.meta.namespace.clone()] } else { namespaces },
            topology_key: value.get("topologyKey")?.as_str()?.into(),
        })
    };
    list.into_iter().flatten().filter_map(term).collect()
}

/// Whether others have to be asked about the pod: it does not want to be with some.
pub fn minds_others(pod: &Pod) -> bool {
    pod.spec.affinity.is_some() && !terms(pod, "podAntiAffinity").is_empty()
}

/// The rules for a pod. `minding` are the pods that [mind others](minds_others), `domain` tells the value of a label of a
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
        for term in terms(other, "podAntiAffinity") {
            if term.namespaces.contains(&pod.meta.namespace) && term.selector.matches(&pod.meta.labels) {
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
    for term in terms(pod, "podAffinity") {
        let domains = occupied(&term);
        // The first of a group that wants to be together may go anywhere.
        let first_of_its_kind = domains.is_empty() && term.selector.matches(&pod.meta.labels);
        if !first_of_its_kind {
            rules.push(Rule { topology_key: term.topology_key, domains, wanted: true, reason: Reason::Affinity });
        }
    }
    for term in terms(pod, "podAntiAffinity") {
        let domains = occupied(&term);
        rules.push(Rule { topology_key: term.topology_key, domains, wanted: false, reason: Reason::AntiAffinity });
    }
    rules
}
