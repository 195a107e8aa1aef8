//! Which nodes should have a pod of a DaemonSet, and what the pod for a node looks like.

use crate::api::json::Json;
use crate::api::objects::pod::Toleration;
use crate::api::objects::{Node, PodSpec, PodTemplate};
use crate::base::{Str, Value};
use crate::scheduler::convert::pod_info;
use crate::scheduler::filter::PodInfo;
use crate::scheduler::taints::{Effect, Taint, untolerated};
use serde_json::json;
use std::cell::OnceCell;
use std::rc::Rc;

/// What a DaemonSet wants of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// There should be a pod.
    pub should_run: bool,
    /// A pod that is there may stay.
    pub may_stay: bool,
}

/// The taints that every pod of a DaemonSet bears: what ails nodes does not keep it away.
///
/// Models `AddOrUpdateDaemonPodTolerations` of `pkg/controller/daemon/util/daemonset_util.go`.
const BORNE: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// The template with the tolerations that every pod of a DaemonSet gets.
pub fn tolerant(template: &PodTemplate) -> PodTemplate {
    let mut spec = (*template.spec).clone();
    let network = spec.host_network.then_some(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    for (key, effect) in BORNE.into_iter().chain(network) {
        let toleration =
            Toleration { key: key.into(), operator: "Exists".into(), effect: effect.into(), ..Toleration::default() };
        let same = |present: &&mut Toleration| {
            present.key == toleration.key && present.effect == toleration.effect && present.value == toleration.value
        };
        match spec.tolerations.iter_mut().find(same) {
            Some(present) => *present = toleration,
            None => spec.tolerations.push(toleration),
        }
    }
    PodTemplate { meta: template.meta.clone(), spec: Rc::new(spec), admitted: OnceCell::new() }
}

/// What a DaemonSet asks of nodes.
pub struct Wishes {
    pod: PodInfo,
    node_name: Option<Str>,
}

impl Wishes {
    /// Reads them from a template that is [`tolerant`].
    pub fn of(template: &PodTemplate) -> Wishes {
        let node_name = template.spec.rest.get("nodeName").and_then(Value::as_str).filter(|name| !name.is_empty());
        Wishes { pod: pod_info(&template.spec), node_name: node_name.map(Str::from) }
    }

    /// Decides about a node.
    ///
    /// Models `NodeShouldRunDaemonPod` of `pkg/controller/daemon/daemon_controller.go`.
    pub fn verdict(&self, node: &Node) -> Verdict {
        let named = self.node_name.as_ref().is_none_or(|name| *name == node.meta.name);
        if !named || !self.pod.affinity.matches(&node.meta.name, &node.meta.labels) {
            return Verdict { should_run: false, may_stay: false };
        }
        let taint = |taint: &crate::api::objects::cluster::Taint| {
            Some(Taint { key: taint.key.clone(), value: taint.value.clone(), effect: Effect::parse(&taint.effect)? })
        };
        let taints: Vec<Taint> = node.spec.taints.iter().filter_map(taint).collect();
        let bears = |kind: fn(Effect) -> bool| untolerated(&taints, &self.pod.tolerations, kind).next().is_none();
        let should_run = bears(|effect| effect != Effect::PreferNoSchedule);
        Verdict { should_run, may_stay: should_run || bears(|effect| effect == Effect::NoExecute) }
    }
}

/// The spec of the pod for a node: bound to it by affinity.
///
/// Models `ReplaceDaemonSetPodNodeNameNodeAffinity`.
pub fn bound_to(spec: &PodSpec, node: &Str) -> PodSpec {
    let mut spec = spec.clone();
    let terms = json!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [**node]}]}]);
    let mut affinity = spec.affinity.take().filter(Value::is_object).unwrap_or_else(|| json!({}));
    if affinity.get("nodeAffinity").is_none_or(|node| !node.is_object()) {
        affinity["nodeAffinity"] = json!({});
    }
    affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = json!({"nodeSelectorTerms": terms});
    spec.affinity = Some(affinity);
    spec
}

/// The node that a pod is on, or is meant for.
///
/// Models `GetTargetNodeName`.
pub fn target(node_name: &Str, spec: &PodSpec) -> Option<Str> {
    if !node_name.is_empty() {
        return Some(node_name.clone());
    }
    let terms = "/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let terms = spec.affinity.as_ref()?.pointer(terms)?.as_array()?;
    let fields = terms.iter().filter_map(|term| term.get("matchFields")?.as_array()).flatten();
    let named = |field: &Value| {
        let is = |name: &str, wanted: &str| field.get(name).and_then(Value::as_str) == Some(wanted);
        let values: Vec<Str> = Json::from_json(field.get("values")?.clone())?;
        (is("key", "metadata.name") && is("operator", "In")).then(|| values.into_iter().next()).flatten()
    };
    fields.filter_map(named).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(value: Value) -> Node {
        Node::from_json(json!({"metadata": {"name": "n", "labels": {"disk": "ssd"}}, "spec": value})).unwrap()
    }

    fn wishes(spec: Value) -> Wishes {
        let template = PodTemplate::from_json(json!({"metadata": {}, "spec": spec})).unwrap();
        Wishes::of(&tolerant(&template))
    }

    #[test]
    fn verdicts() {
        let taint = |key: &str, effect: &str| json!({"taints": [{"key": key, "effect": effect}]});
        let affinity = |operator: &str| json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": operator, "values": ["ssd"]}]}]}}}});
        let table = [
            (json!({}), json!({}), true, true),
            (json!({}), json!({"unschedulable": true}), true, true),
            (json!({}), taint("node.kubernetes.io/unschedulable", "NoSchedule"), true, true),
            (json!({}), taint("node.kubernetes.io/not-ready", "NoExecute"), true, true),
            (json!({}), taint("node.kubernetes.io/not-ready", "NoSchedule"), false, true),
            (json!({}), taint("node.kubernetes.io/network-unavailable", "NoSchedule"), false, true),
            (json!({"hostNetwork": true}), taint("node.kubernetes.io/network-unavailable", "NoSchedule"), true, true),
            (json!({}), taint("gpu", "NoSchedule"), false, true),
            (json!({}), taint("gpu", "NoExecute"), false, false),
            (json!({}), taint("gpu", "PreferNoSchedule"), true, true),
            (json!({"tolerations": [{"operator": "Exists"}]}), taint("gpu", "NoExecute"), true, true),
            (json!({"nodeSelector": {"disk": "ssd"}}), json!({}), true, true),
            (json!({"nodeSelector": {"disk": "hdd"}}), json!({}), false, false),
            (affinity("In"), json!({}), true, true),
            (affinity("NotIn"), json!({}), false, false),
            (json!({"nodeName": "other"}), json!({}), false, false),
        ];
        for (spec, taints, should_run, may_stay) in table {
            let got = wishes(spec.clone()).verdict(&node(taints.clone()));
            assert_eq!(got, Verdict { should_run, may_stay }, "{spec} {taints}");
        }
    }

    #[test]
    fn a_pod_is_bound_and_found_again() {
        let own = json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": []}]}}, "podAntiAffinity": {}}});
        for spec in [json!({}), own] {
            let spec = bound_to(&PodSpec::from_json(spec).unwrap(), &"node-7".into());
            assert_eq!(target(&"".into(), &spec).as_deref(), Some("node-7"));
            assert_eq!(target(&"node-1".into(), &spec).as_deref(), Some("node-1"));
        }
        assert_eq!(target(&"".into(), &PodSpec::default()), None);
    }
}
