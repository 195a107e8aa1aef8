//! What is there when a cluster starts: namespaces, nodes, and the Service `kubernetes`.

use super::config::{ClusterConfig, NodeConfig};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::apiserver::{ApiServer, Body, Request, Verb};
use crate::base::Value;
use crate::base::time::SimTime;
use serde_json::json;
use std::net::Ipv6Addr;

/// The version of everything.
pub const VERSION: &str = "v1.36.2";

/// The classes of pods that clusters cannot do without: name, value, description.
const PRIORITIES: [(&str, i32, &str); 2] = [
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
];

/// Writes the objects that every cluster starts with.
pub fn seed(api: &mut ApiServer, config: &ClusterConfig) {
    furnish(api, config);
    api.aside(|api| {
        for object in super::roles::objects().into_iter().filter_map(|(kind, value)| Object::from_value(kind, value)) {
            let made = api.create(object);
            debug_assert!(made.is_ok(), "{made:?}");
        }
    });
}

/// Namespaces, nodes, and what belongs to them.
fn furnish(api: &mut ApiServer, config: &ClusterConfig) {
    let mut create = |kind: Kind, value: Value| {
        if let Some(object) = Object::from_value(kind, value) {
            // The seed is ours: a refusal would show in every test, as an empty cluster.
            let made = api.create(object);
            debug_assert!(made.is_ok(), "{made:?}");
        }
    };
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        create(Kind::NAMESPACE, json!({"metadata": {"name": name}}));
    }
    for (name, value, description) in PRIORITIES {
        create(
            Kind::PRIORITY_CLASS,
            json!({"metadata": {"name": name}, "value": value, "description": description,
                "preemptionPolicy": "PreemptLowerPriority"}),
        );
    }
    for node in &config.nodes {
        create(Kind::NODE, node_object(node, config.dual_stack));
    }
    let api_ip = config.nodes.first().map(|node| node.ip.to_string()).unwrap_or_default();
    let service_ip = std::net::Ipv4Addr::from(u32::from(config.service_cidr.0) + 1).to_string();
    let labels = json!({"component": "apiserver", "provider": "kubernetes"});
    create(
        Kind::SERVICE,
        json!({
            "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
            "spec": {
                "type": "ClusterIP", "clusterIP": service_ip, "clusterIPs": [service_ip],
                "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None",
                "internalTrafficPolicy": "Cluster",
                "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]
            },
            "status": {"loadBalancer": {}}
        }),
    );
    create(
        Kind::ENDPOINTS,
        json!({
            "metadata": {"name": "kubernetes", "namespace": "default",
                "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
            "subsets": [{"addresses": [{"ip": api_ip}], "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}]
        }),
    );
    create(
        Kind::ENDPOINT_SLICE,
        json!({
            "metadata": {"name": "kubernetes", "namespace": "default",
                "labels": {"kubernetes.io/service-name": "kubernetes"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [api_ip], "conditions": {"ready": true}}],
            "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]
        }),
    );
    create(
        Kind::STORAGE_CLASS,
        json!({
            "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            "provisioner": "k8s.io/minikube-hostpath", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate",
        }),
    );
}

/// Installs the ingress controller, as a user would apply its manifest. Without a cloud its Service is of type NodePort, as
/// in the manifest for bare metal.
pub fn ingress(api: &mut ApiServer, cloud: bool) {
    for document in crate::yaml::load(include_str!("../../www/addons/ingress-nginx.yaml")).into_iter().flatten() {
        let mut value = document.value;
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(kind) = Kind::of(&text("/apiVersion"), &text("/kind")) else { continue };
        let key = Key::new(kind, text("/metadata/namespace"), text("/metadata/name"));
        if kind == Kind::SERVICE && !cloud {
            value["spec"]["type"] = "NodePort".into();
            value["spec"]["externalTrafficPolicy"] = "Cluster".into();
        }
        let made = api.handle(Request::new(Verb::Create, &key).body(Body::Json { value, duplicates: Vec::new() }));
        debug_assert!(made.is_ok(), "{made:?}");
    }
}

fn node_object(node: &NodeConfig, dual_stack: bool) -> Value {
    let ip = node.ip.to_string();
    let cidr = format!("{}/{}", node.pod_cidr.0, node.pod_cidr.1);
    let now = SimTime::ZERO.timestamp().to_string();
    let resources = json!({
        "cpu": node.cpu.to_string(), "memory": format!("{}Gi", node.memory_gib), "pods": node.pods.to_string(),
    });
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": now, "lastTransitionTime": now})
    };
    let mut value = json!({
        "metadata": {
            "name": node.name.to_string(),
            "labels": {
                "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": node.name.to_string(), "kubernetes.io/os": "linux",
            },
        },
        "spec": {"podCIDR": cidr, "podCIDRs": [cidr]},
        "status": {
            "capacity": resources, "allocatable": resources,
            "addresses": [{"type": "InternalIP", "address": ip}, {"type": "Hostname", "address": node.name.to_string()}],
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "nodeInfo": {
                "architecture": "amd64", "containerRuntimeVersion": "containerd://2.2.0", "kernelVersion": "6.12.0",
                "kubeletVersion": VERSION, "operatingSystem": "linux", "osImage": "tabernetes",
            },
        },
    });
    if dual_stack {
        // As kind numbers them: the node's and its pods' part of the address are those of IPv4.
        let [.., machine] = node.ip.octets();
        let [_, _, block, _] = node.pod_cidr.0.octets();
        value["spec"]["podCIDRs"] =
            json!([cidr, format!("{}/64", Ipv6Addr::new(0xfd00, 0x10, 0x244, block.into(), 0, 0, 0, 0))]);
        let second = json!({"type": "InternalIP", "address": format!("fc00:f853:ccd:e793::{machine:x}")});
        if let Some(addresses) = value["status"]["addresses"].as_array_mut() {
            addresses.insert(1, second);
        }
    }
    if let Some(zone) = &node.zone {
        value["metadata"]["labels"]["topology.kubernetes.io/zone"] = Value::from(&**zone);
    }
    value
}
