//! Reading the network's part of a typed pod: the kind of object that changes most.

use super::{ContainerNet, ContainerPort, DnsConfig, DnsPolicy, Key, Phase, PodNet};
use crate::api::objects::Pod;
use crate::api::objects::pod::{Container, ContainerStatus, PodPhase, RestartPolicy};
use crate::base::{Str, Value};
use crate::network::addr::Protocol;

impl PodNet {
    /// Reads a pod. What its containers listen on is not in the object: it has to be filled in.
    pub fn from_pod(pod: &Pod) -> PodNet {
        let filled = |text: &Str| (!text.is_empty()).then(|| text.clone());
        let phase = match pod.status.phase {
            PodPhase::Running => Phase::Running,
            PodPhase::Succeeded => Phase::Succeeded,
            PodPhase::Failed => Phase::Failed,
            PodPhase::Pending | PodPhase::Unknown => Phase::Pending,
        };
        let sidecars = pod.spec.init_containers.iter().filter(|one| one.restart_policy == Some(RestartPolicy::Always));
        let containers = pod
            .spec
            .containers
            .iter()
            .map(|one| container(one, &pod.status.container_statuses))
            .chain(sidecars.map(|one| container(one, &pod.status.init_container_statuses)))
            .collect();
        let ip = pod.status.pod_ip.parse().ok();
        PodNet {
            key: Key { namespace: pod.meta.namespace.clone(), name: pod.meta.name.clone() },
            ip,
            second_ip: ip.and_then(|ip| {
                let all = pod.status.pod_ips.iter().filter_map(|entry| entry.ip.parse().ok());
                super::from_object::second_of(ip, all)
            }),
            node: filled(&pod.node_name),
            host_network: pod.spec.host_network,
            labels: (*pod.meta.labels.0).clone(),
            ready: pod.is_ready(),
            why_not_ready: None,
            phase,
            terminating: pod.meta.is_terminating(),
            containers,
            dns_policy: match &*pod.spec.dns_policy {
                "ClusterFirstWithHostNet" => DnsPolicy::ClusterFirstWithHostNet,
                "Default" => DnsPolicy::Default,
                "None" => DnsPolicy::None,
                _ => DnsPolicy::ClusterFirst,
            },
            dns_config: pod.spec.dns_config.as_ref().map(dns_config).unwrap_or_default(),
            host_aliases: pod
                .spec
                .rest
                .get("hostAliases")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(host_alias)
                .collect(),
            hostname: filled(&pod.spec.hostname),
            subdomain: filled(&pod.spec.subdomain),
            workload: None,
            alive: matches!(phase, Phase::Running | Phase::Pending),
        }
    }
}

/// Reads an entry of `spec.hostAliases`.
pub(super) fn host_alias(value: &Value) -> Option<(std::net::IpAddr, Vec<Str>)> {
    let names = value.get("hostnames").and_then(Value::as_array).into_iter().flatten();
    Some((value.get("ip")?.as_str()?.parse().ok()?, names.filter_map(Value::as_str).map(Str::from).collect()))
}

/// Reads `spec.dnsConfig`.
pub(super) fn dns_config(value: &Value) -> DnsConfig {
    let list = |name: &str| value.get(name).and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(Str::from);
    DnsConfig {
        nameservers: list("nameservers").filter_map(|ip| ip.as_str()?.parse().ok()).collect(),
        searches: list("searches").filter_map(Value::as_str).map(Str::from).collect(),
        options: list("options").filter_map(|option| Some((text(option, "name")?, text(option, "value")))).collect(),
    }
}

fn container(container: &Container, statuses: &[ContainerStatus]) -> ContainerNet {
    let status = statuses.iter().find(|status| status.name == container.name);
    let ports = container.ports.iter().filter_map(|port| {
        Some(ContainerPort {
            name: port.name.clone(),
            protocol: Protocol::parse(port.protocol.as_str()).unwrap_or_default(),
            port: u16::try_from(port.container_port).ok()?,
            host_port: u16::try_from(port.host_port).ok().filter(|port| *port > 0),
        })
    });
    ContainerNet {
        name: container.name.clone(),
        image: container.image.clone(),
        ports: ports.collect(),
        listeners: Vec::new(),
        starting: false,
        running: status.is_some_and(|status| status.state.running.is_some()),
        waiting: status.and_then(|status| status.state.waiting.as_ref()).map(|waiting| waiting.reason.clone()),
    }
}
