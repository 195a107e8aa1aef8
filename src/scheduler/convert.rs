//! What scheduling needs out of nodes and pods.

use super::filter::{HostPort, NodeInfo, PodInfo};
use super::fit::{Capacity, Resources};
use super::node_selector::{NodeAffinity, Operator, Requirement, Term};
use super::score::SMALL;
use super::taints::{Effect, Taint, Toleration};
use crate::api::objects::pod::{Container, RestartPolicy};
use crate::api::objects::{Node, PodSpec};
use crate::api::quantity::Quantity;
use crate::base::{Str, Value};
use std::collections::BTreeMap;

/// Reads amounts as objects carry them. What is no quantity counts as nothing.
fn amounts(map: &BTreeMap<Str, Str>) -> Resources {
    let mut out = Resources::default();
    for (name, text) in map {
        let Ok(quantity) = Quantity::parse(text) else { continue };
        match &**name {
            "cpu" => out.milli_cpu = quantity.milli_value(),
            "memory" => out.memory = quantity.value(),
            "ephemeral-storage" => out.ephemeral_storage = quantity.value(),
            "pods" => {}
            _ => {
                out.extended.insert(name.clone(), quantity.value());
            }
        }
    }
    out
}

/// A node as it is, without the pods on it.
pub fn node_info(node: &Node) -> NodeInfo {
    let taint = |taint: &crate::api::objects::cluster::Taint| {
        let effect = Effect::parse(&taint.effect)?;
        Some(Taint { key: taint.key.clone(), value: taint.value.clone(), effect })
    };
    let allowed_pods = node.status.allocatable.get("pods").and_then(|text| Quantity::parse(text).ok());
    NodeInfo {
        name: node.meta.name.clone(),
        labels: node.meta.labels.clone(),
        zone: node.meta.labels.get("topology.kubernetes.io/zone").cloned(),
        has_hostname: node.meta.labels.get("kubernetes.io/hostname").is_some(),
        taints: node.spec.taints.iter().filter_map(taint).collect(),
        unschedulable: node.spec.unschedulable,
        capacity: Capacity {
            allocatable: amounts(&node.status.allocatable),
            allowed_pods: allowed_pods.map_or(0, Quantity::value),
            ..Capacity::default()
        },
        ..NodeInfo::default()
    }
}

/// A pod's wishes.
pub fn pod_info(spec: &PodSpec) -> PodInfo {
    let toleration = |toleration: &crate::api::objects::pod::Toleration| Toleration {
        key: toleration.key.clone(),
        exists: &*toleration.operator == "Exists",
        value: toleration.value.clone(),
        effect: Effect::parse(&toleration.effect),
    };
    PodInfo {
        node_name: None,
        requests: total(spec, &|container| amounts(&container.resources.requests)),
        scored: total(spec, &scored),
        tolerations: spec.tolerations.iter().map(toleration).collect(),
        affinity: node_affinity(spec),
        host_ports: host_ports(spec),
    }
}

/// What a container counts as when nodes are scored.
fn scored(container: &Container) -> Resources {
    let mut requests = amounts(&container.resources.requests);
    if requests.milli_cpu == 0 {
        requests.milli_cpu = SMALL.0;
    }
    if requests.memory == 0 {
        requests.memory = SMALL.1;
    }
    requests
}

/// Containers and sidecars add up; other init containers run one after the other before, beside the sidecars begun so far.
///
/// Models `PodRequests` of `k8s.io/component-helpers/resource`.
fn total(spec: &PodSpec, of: &dyn Fn(&Container) -> Resources) -> Resources {
    let mut sum = Resources::default();
    for container in &spec.containers {
        sum.add(&of(container), 1);
    }
    let mut sidecars = Resources::default();
    let mut peak = Resources::default();
    for container in &spec.init_containers {
        let mut now = of(container);
        if container.restart_policy == Some(RestartPolicy::Always) {
            sidecars.add(&now, 1);
            now = sidecars.clone();
        } else {
            now.add(&sidecars, 1);
        }
        peak.max(&now);
    }
    sum.add(&sidecars, 1);
    sum.max(&peak);
    sum
}

fn host_ports(spec: &PodSpec) -> Vec<HostPort> {
    let ports = spec.containers.iter().flat_map(|container| &container.ports);
    ports
        .filter_map(|port| {
            let number = if spec.host_network { port.container_port } else { port.host_port };
            let address = port.rest.get("hostIP").and_then(Value::as_str).unwrap_or("0.0.0.0");
            (number != 0).then(|| (Str::from(address), Str::from(port.protocol.as_str()), number))
        })
        .collect()
}

fn node_affinity(spec: &PodSpec) -> NodeAffinity {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.get("nodeAffinity"));
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let required = affinity.and_then(|affinity| affinity.get("requiredDuringSchedulingIgnoredDuringExecution"));
    let preferred = affinity.and_then(|affinity| affinity.get("preferredDuringSchedulingIgnoredDuringExecution"));
    NodeAffinity {
        selector: spec.node_selector.clone(),
        required: required.map(|required| list(required.get("nodeSelectorTerms")).iter().map(term).collect()),
        preferred: list(preferred)
            .iter()
            .filter_map(|entry| {
                let weight = i32::try_from(entry.get("weight")?.as_i64()?).ok()?;
                Some((weight, term(entry.get("preference")?)))
            })
            .collect(),
    }
}

/// A term of a node selector.
pub fn term(value: &Value) -> Term {
    let requirement = |value: &Value| {
        let values = value.get("values").and_then(Value::as_array).into_iter().flatten();
        Some(Requirement {
            key: value.get("key")?.as_str()?.into(),
            operator: Operator::parse(value.get("operator")?.as_str()?)?,
            values: values.filter_map(Value::as_str).map(Str::from).collect(),
        })
    };
    let requirements = |field: &str| {
        value.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(requirement).collect()
    };
    Term { expressions: requirements("matchExpressions"), fields: requirements("matchFields") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Json;
    use serde_json::json;

    #[test]
    fn requests_add_up() {
        let container = |cpu: &str| json!({"name": "c", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}});
        let spec = PodSpec::from_json(json!({
            "containers": [container("100m"), container("0.2"), {"name": "none"}],
            "initContainers": [
                container("1"),
                {"name": "side", "restartPolicy": "Always", "resources": {"requests": {"cpu": "50m"}}},
                container("10m"),
            ],
        }))
        .unwrap();
        let info = pod_info(&spec);
        assert_eq!((info.requests.milli_cpu, info.requests.memory), (1000, 128 << 20));
        assert_eq!(info.scored.milli_cpu, 1000);
        assert_eq!(info.scored.memory, (128 << 20) + 2 * (200 << 20));
    }
}
