//! The settings of a cluster as a form: words in, a [`ClusterConfig`] or what is wrong with them out.

use crate::base::Str;
use crate::base::msg::Msg;
use crate::msg;
use crate::sim::ClusterConfig;
use crate::sim::config::ProxyMode;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// The most nodes, as many as Kubernetes supports.
const MOST_NODES: usize = 5000;
/// The range of the nodes' own addresses.
const NODES: (Ipv4Addr, u8) = (Ipv4Addr::new(192, 168, 0, 0), 16);
/// The prefix length of each node's own range of pod addresses.
const NODE_PREFIX: u8 = 24;

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterForm {
    /// How many nodes.
    pub nodes: String,
    /// How many zones they are in; 0 for none.
    pub zones: String,
    /// The seed of everything random.
    pub seed: String,
    /// The range of Services' addresses: `10.0.0.0/16`.
    pub service_cidr: String,
    /// The range of pods' addresses.
    pub pod_cidr: String,
    /// Whether somebody makes load balancers.
    pub cloud: bool,
    /// kube-proxy writes nftables, not iptables.
    pub nftables: bool,
    /// Whether images have to be pulled.
    pub pull: bool,
}

impl ClusterForm {
    /// The form as a cluster fills it in.
    pub fn of(config: &ClusterConfig) -> ClusterForm {
        let zones: BTreeSet<&Str> = config.nodes.iter().filter_map(|node| node.zone.as_ref()).collect();
        let range = |(first, prefix): (Ipv4Addr, u8)| format!("{first}/{prefix}");
        ClusterForm {
            nodes: config.nodes.len().to_string(),
            zones: zones.len().to_string(),
            seed: config.seed.to_string(),
            service_cidr: range(config.service_cidr),
            pod_cidr: range(config.pod_cidr),
            cloud: config.cloud,
            nftables: config.proxy_mode == ProxyMode::Nftables,
            pull: !config.images_present,
        }
    }

    /// The cluster that the form asks for; the rest of it as `base` has it.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn read(&self, base: &ClusterConfig) -> Result<ClusterConfig, Msg> {
        let nodes: usize =
            whole(&self.nodes).filter(|nodes| (1..=MOST_NODES).contains(nodes)).ok_or(msg!("time.bad-nodes"))?;
        let zones: usize = whole(&self.zones).filter(|zones| *zones <= 26).ok_or(msg!("time.bad-zones"))?;
        let seed = self.seed.trim().parse().map_err(|_| msg!("time.bad-seed"))?;
        let services = range(&self.service_cidr, 12..=28).ok_or(msg!("time.bad-range", text = self.service_cidr))?;
        let pods = range(&self.pod_cidr, 8..=NODE_PREFIX).ok_or(msg!("time.bad-range", text = self.pod_cidr))?;
        for (a, b) in [(services, pods), (services, NODES), (pods, NODES)] {
            if overlap(a, b) {
                return Err(msg!("time.ranges-overlap", a = words(a), b = words(b)));
            }
        }
        let room = 1_usize << (NODE_PREFIX - pods.1);
        if nodes > room {
            return Err(msg!("time.range-too-small", range = words(pods), count = room));
        }
        let mut config = ClusterConfig {
            seed,
            nodes: ClusterConfig::with_nodes(nodes).nodes,
            service_cidr: services,
            pod_cidr: pods,
            dns_ip: Ipv4Addr::from(u32::from(services.0) + 10),
            cloud: self.cloud,
            proxy_mode: if self.nftables { ProxyMode::Nftables } else { ProxyMode::Iptables },
            images_present: !self.pull,
            ..base.clone()
        };
        for (number, node) in (0_u32..).zip(&mut config.nodes) {
            node.pod_cidr = (Ipv4Addr::from(u32::from(pods.0) + (number << 8)), NODE_PREFIX);
            node.zone = zone(number, zones);
        }
        Ok(config)
    }
}

/// The zone of a node, by turns.
fn zone(number: u32, zones: usize) -> Option<Str> {
    let turn = usize::try_from(number).ok()?.checked_rem(zones)?;
    let letter = char::from(b'a' + u8::try_from(turn).ok()?);
    Some(format!("zone-{letter}").into())
}

fn whole(text: &str) -> Option<usize> {
    text.trim().parse().ok()
}

/// Reads `10.0.0.0/16`. The address must be the range's first.
fn range(text: &str, prefixes: std::ops::RangeInclusive<u8>) -> Option<(Ipv4Addr, u8)> {
    let (first, prefix) = text.trim().split_once('/')?;
    let (first, prefix): (Ipv4Addr, u8) = (first.parse().ok()?, prefix.parse().ok()?);
    let inside = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
    (prefixes.contains(&prefix) && u32::from(first) & inside == 0).then_some((first, prefix))
}

fn words((first, prefix): (Ipv4Addr, u8)) -> String {
    format!("{first}/{prefix}")
}

fn overlap(a: (Ipv4Addr, u8), b: (Ipv4Addr, u8)) -> bool {
    let shorter = a.1.min(b.1);
    let shift = 32 - u32::from(shorter);
    u32::from(a.0).checked_shr(shift) == u32::from(b.0).checked_shr(shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kinds::Kind;
    use crate::api::objects::Node;
    use crate::base::time::Duration;
    use crate::sim::Engine;

    fn form() -> ClusterForm {
        ClusterForm::of(&ClusterConfig::default())
    }

    #[test]
    fn a_form_that_nobody_touched_asks_for_the_same_cluster() {
        let base = ClusterConfig { cloud: true, images_present: false, ..ClusterConfig::default() };
        assert_eq!(ClusterForm::of(&base).read(&base), Ok(base));
    }

    #[test]
    fn what_is_asked_for_is_what_the_cluster_has() {
        let form = ClusterForm {
            nodes: "5".into(),
            zones: "2".into(),
            seed: " 42 ".into(),
            service_cidr: "172.20.0.0/16".into(),
            pod_cidr: "10.9.0.0/20".into(),
            nftables: true,
            ..form()
        };
        let config = form.read(&ClusterConfig::default()).unwrap();
        let mut engine = Engine::new(config);
        engine.advance(Duration::from_secs(5));
        let store = engine.world().api.store();
        let nodes: Vec<&Node> = store.list(Kind::NODE, "").filter_map(|object| Node::of(object)).collect();
        let cidrs: Vec<&str> = nodes.iter().map(|node| &*node.spec.pod_cidr).collect();
        assert_eq!(cidrs, ["10.9.0.0/24", "10.9.1.0/24", "10.9.2.0/24", "10.9.3.0/24", "10.9.4.0/24"]);
        let zones: Vec<_> =
            nodes.iter().map(|node| &**node.meta.labels.get("topology.kubernetes.io/zone").unwrap()).collect();
        assert_eq!(zones, ["zone-a", "zone-b", "zone-a", "zone-b", "zone-a"]);
        let kubernetes = store.list(Kind::SERVICE, "default").next().unwrap().to_value();
        assert_eq!(kubernetes["spec"]["clusterIP"], "172.20.0.1");
    }

    #[test]
    fn what_cannot_be_is_said() {
        let wrong = |change: fn(&mut ClusterForm)| {
            let mut form = form();
            change(&mut form);
            form.read(&ClusterConfig::default()).unwrap_err().id
        };
        assert_eq!(wrong(|form| form.nodes = "0".into()), "time.bad-nodes");
        assert_eq!(wrong(|form| form.nodes = "5001".into()), "time.bad-nodes");
        assert_eq!(wrong(|form| form.zones = "-1".into()), "time.bad-zones");
        assert_eq!(wrong(|form| form.seed = "x".into()), "time.bad-seed");
        assert_eq!(wrong(|form| form.service_cidr = "10.0.0.1/16".into()), "time.bad-range");
        assert_eq!(wrong(|form| form.pod_cidr = "10.244.0.0/33".into()), "time.bad-range");
        assert_eq!(wrong(|form| form.pod_cidr = "10.0.0.0/8".into()), "time.ranges-overlap");
        assert_eq!(wrong(|form| form.service_cidr = "192.168.0.0/16".into()), "time.ranges-overlap");
        assert_eq!(wrong(|form| form.nodes = "257".into()), "time.range-too-small");
    }
}
