//! What a cluster is made of.

use crate::base::Str;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};

/// A node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeConfig {
    /// Its name.
    pub name: Str,
    /// Its address.
    pub ip: Ipv4Addr,
    /// The first address and prefix length of its pods' addresses.
    pub pod_cidr: (Ipv4Addr, u8),
    /// `topology.kubernetes.io/zone`, if it has one.
    pub zone: Option<Str>,
    /// CPU cores.
    pub cpu: u32,
    /// Memory in GiB.
    pub memory_gib: u32,
    /// Pods that it may run.
    pub pods: u32,
}

/// How kube-proxy writes its rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProxyMode {
    /// iptables, the default.
    #[default]
    Iptables,
    /// nftables.
    Nftables,
}

/// Who outside of the cluster reaches its nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Surroundings {
    /// Everybody: machines of a cloud or a data centre.
    #[default]
    Open,
    /// The laptop that they run on, and nobody else: minikube, kind on Linux.
    Laptop,
    /// Nobody: they are containers inside of a virtual machine, as with kind on macOS and Windows.
    Boxed,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterConfig {
    /// The seed of everything random.
    pub seed: u64,
    /// Nodes.
    pub nodes: Vec<NodeConfig>,
    /// The range of Services' addresses.
    pub service_cidr: (Ipv4Addr, u8),
    /// The range of all pods' addresses.
    pub pod_cidr: (Ipv4Addr, u8),
    /// Whether nodes, pods and (if they want to) Services have IPv6 addresses too.
    pub dual_stack: bool,
    /// The address of the cluster's DNS.
    pub dns_ip: Ipv4Addr,
    /// The range of node ports, both ends included.
    pub node_ports: (i32, i32),
    /// Whether somebody makes load balancers.
    pub cloud: bool,
    /// Addresses that MetalLB gives to load balancers, the first and the last of each range; none where it is not installed. In a
    /// cluster with a cloud it does nothing.
    pub pool: Vec<(IpAddr, IpAddr)>,
    /// Whether the add-on with an ingress controller is installed.
    pub ingress: bool,
    /// How kube-proxy writes its rules.
    pub proxy_mode: ProxyMode,
    /// Whether somebody measures what pods use.
    pub metrics_server: bool,
    /// Whether all images are on all nodes already, so that nothing has to be pulled.
    pub images_present: bool,
    /// Whether kubelets run probes. The recordings' stand-in kubelet does not: there every probe counts as passed.
    pub probes: bool,
    /// Who outside reaches the nodes.
    pub surroundings: Surroundings,
}

impl ClusterConfig {
    /// The cluster of the recordings, with `count` nodes: 4 CPUs, 8 GiB and 110 pods each, no cloud, no add-on, images
    /// present.
    pub fn with_nodes(count: usize) -> ClusterConfig {
        let nodes = (0..count.clamp(1, 5000))
            .map(|i| {
                // Nodes fill 192.168.49.2 onwards, and have a /24 of pod addresses each while 10.244.0.0/16 lasts.
                let number = u32::try_from(i).unwrap_or(0);
                NodeConfig {
                    name: format!("node-{}", i + 1).into(),
                    ip: Ipv4Addr::from(u32::from(Ipv4Addr::new(192, 168, 49, 2)) + number),
                    pod_cidr: (Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 244, 0, 0)) + (number << 8)), 24),
                    zone: None,
                    cpu: 4,
                    memory_gib: 8,
                    pods: 110,
                }
            })
            .collect();
        ClusterConfig {
            seed: 1,
            nodes,
            service_cidr: (Ipv4Addr::new(10, 0, 0, 0), 16),
            pod_cidr: (Ipv4Addr::new(10, 244, 0, 0), 16),
            dual_stack: false,
            dns_ip: Ipv4Addr::new(10, 0, 0, 10),
            node_ports: (30000, 32767),
            cloud: false,
            pool: Vec::new(),
            ingress: false,
            proxy_mode: ProxyMode::Iptables,
            metrics_server: true,
            images_present: true,
            probes: true,
            surroundings: Surroundings::Open,
        }
    }

    /// Takes a setting from a document: `seed: 7`, `nodes: 5`, `zones: a a b` (one per node, the last for all that follow),
    /// `cloud: on`, `pool: 192.168.49.200-192.168.49.220, fd00::1-fd00::9` (MetalLB), `families: dual`, `ingress: on`, `proxy: nftables`, `images: pull`, `metrics: off`,
    /// `probes: run`, `surroundings: boxed`. False when there is no setting of that name.
    ///
    /// # Errors
    /// A value that the setting cannot have, in words.
    pub fn set(&mut self, name: &str, value: &str) -> Result<bool, String> {
        let number = || value.parse::<u64>().map_err(|_| format!("{name}: {value} is no number"));
        match (name, value) {
            ("nodes", _) => {
                let zones: Vec<Option<Str>> = self.nodes.iter().map(|node| node.zone.clone()).collect();
                self.nodes = ClusterConfig::with_nodes(usize::try_from(number()?).unwrap_or(usize::MAX)).nodes;
                self.nodes.iter_mut().zip(zones).for_each(|(node, zone)| node.zone = zone);
            }
            ("seed", _) => self.seed = number()?,
            ("zones", _) => {
                let zones: Vec<&str> = value.split([' ', ',']).filter(|zone| !zone.is_empty()).collect();
                for (index, node) in self.nodes.iter_mut().enumerate() {
                    node.zone = zones.get(index).or(zones.last()).map(|zone| (*zone).into());
                }
            }
            ("cloud", "on" | "true") => self.cloud = true,
            ("cloud", "off" | "false") => self.cloud = false,
            ("pool", _) => {
                let ends = |range: &str| {
                    let (first, last) = range.split_once('-')?;
                    Some((first.trim().parse::<IpAddr>().ok()?, last.trim().parse::<IpAddr>().ok()?))
                };
                let range = |text| ends(text).filter(|(first, last)| first.is_ipv4() == last.is_ipv4());
                let pool: Option<Vec<_>> = value.split(',').map(range).collect();
                self.pool = pool.ok_or_else(|| format!("pool: {value} is no range of addresses"))?;
            }
            ("families", "dual") => self.dual_stack = true,
            ("families", "IPv4") => self.dual_stack = false,
            ("ingress", "on" | "true") => self.ingress = true,
            ("ingress", "off" | "false") => self.ingress = false,
            ("metrics", "on" | "true") => self.metrics_server = true,
            ("metrics", "off" | "false") => self.metrics_server = false,
            ("proxy", "iptables") => self.proxy_mode = ProxyMode::Iptables,
            ("proxy", "nftables") => self.proxy_mode = ProxyMode::Nftables,
            ("images", "pull") => self.images_present = false,
            ("images", "present") => self.images_present = true,
            ("probes", "run") => self.probes = true,
            ("probes", "pass") => self.probes = false,
            ("surroundings", "open") => self.surroundings = Surroundings::Open,
            ("surroundings", "laptop") => self.surroundings = Surroundings::Laptop,
            ("surroundings", "boxed") => self.surroundings = Surroundings::Boxed,
            ("cloud" | "families" | "ingress" | "metrics" | "proxy" | "images" | "probes" | "surroundings", _) => {
                return Err(format!("{name}: {value} is no value of it"));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Default for ClusterConfig {
    /// The cluster of the recordings.
    fn default() -> Self {
        ClusterConfig::with_nodes(3)
    }
}
