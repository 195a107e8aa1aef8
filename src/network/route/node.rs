//! kube-proxy's rules inside one node: which Service a packet is for, which endpoint it goes to, whose address it bears.
//! What happens to it afterwards stands in [`super::forward`].
//!
//! Models the order of the chains in pkg/proxy/iptables/proxier.go and pkg/proxy/nftables/proxier.go.

use super::candidates::{self, Decision};
use super::forward::is_own_address;
use super::walk::{At, Packet, Rewrite, Walk, rule, service_ref};
use super::{Effect, Hop, HopKind, Matched, Outcome, Place, RuleRef, Trace};
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::msg;
use crate::network::rules::choice::{Choice, Hints, categorize};
use crate::network::rules::names as chains;
use crate::network::rules::{Affinity, PortRules, VipKind};
use crate::network::view::{NodeNet, ObjectRef, ProxyMode, TrafficPolicy};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// Time to pass a node's rules.
const RULES: Duration = Duration::from_micros(60);
/// What kube-proxy's rules do with a packet.
enum Ruling {
    /// Nothing: it is for no Service.
    Unmatched,
    /// It goes to an endpoint.
    Rewritten { masquerade: bool },
    /// The way ends.
    Ended(Outcome),
}

/// Which endpoints a packet may go to, and whether its source is hidden.
struct Policy {
    local_only: bool,
    masquerade: bool,
    /// The same in a sentence.
    source: Msg,
}

impl Walk<'_> {
    /// A packet enters the node, or a process on it sends one (`local`).
    pub(super) fn through_node(&mut self, node: &Rc<NodeNet>, packet: &mut Packet, local: bool) -> At {
        match self.rules(node, packet, local) {
            Ruling::Ended(outcome) => At::Ended(outcome),
            Ruling::Unmatched => self.route(node, packet, local, false),
            Ruling::Rewritten { masquerade } => self.route(node, packet, local, masquerade),
        }
    }

    fn rules(&mut self, node: &Rc<NodeNet>, packet: &mut Packet, local: bool) -> Ruling {
        let Some(protocol) = packet.protocol else { return Ruling::Unmatched };
        let table = self.view.rules(&node.name);
        let found = match table.vip(packet.dst, protocol) {
            Some((kind, rules)) => Some((kind, rules.clone())),
            None if self.takes_node_ports(node, packet.dst.ip(), local) => {
                table.node_port(packet.dst.port(), protocol).map(|rules| (VipKind::NodePort, rules.clone()))
            }
            None => None,
        };
        match found {
            Some((kind, rules)) => self.handle(node, packet, local, kind, &rules),
            None => self.host_port(node, packet, local),
        }
    }

    /// A `hostPort` is no matter of kube-proxy: the CNI's portmap plugin rewrites the destination.
    fn host_port(&mut self, node: &Rc<NodeNet>, packet: &mut Packet, local: bool) -> Ruling {
        let here = is_own_address(node, packet.dst.ip(), local);
        let protocol = packet.protocol.unwrap_or_default();
        let Some(to) = self.view.host_port(&node.name, protocol, packet.dst.port()).filter(|_| here) else {
            return Ruling::Unmatched;
        };
        let before = packet.flow();
        // Only what would not find its way back is hidden: the pod itself, and the node's loopback.
        let masquerade = packet.src.ip() == to.ip() || packet.src.ip().is_loopback();
        self.rewrites.push(Rewrite {
            node: node.name.clone(),
            original: packet.dst,
            endpoint: to,
            masqueraded: masquerade,
        });
        packet.dst = to;
        self.hop(Hop {
            at: Place::Node(node.name.clone()),
            kind: HopKind::Dnat,
            title: msg!("net.host-port.title"),
            what: msg!("net.dnat.what", from = before.dst, to = to),
            why: msg!("net.host-port.why", port = before.dst.port()),
            failed: false,
            rule: rule("CNI-HOSTPORT-DNAT".to_owned(), "DNAT", String::new()),
            before,
            after: packet.flow(),
            refs: vec![ObjectRef::node(&node.name)],
            took: RULES,
        });
        Ruling::Rewritten { masquerade }
    }

    /// iptables mode opens node ports on every address of the node, 127.0.0.1 included; nftables mode on its primary one.
    fn takes_node_ports(&self, node: &NodeNet, dst: IpAddr, local: bool) -> bool {
        match self.view.config.proxy_mode {
            ProxyMode::Nftables => dst == node.ip,
            ProxyMode::Iptables => is_own_address(node, dst, local),
        }
    }

    fn handle(
        &mut self,
        node: &Rc<NodeNet>,
        packet: &mut Packet,
        local: bool,
        kind: VipKind,
        rules: &Rc<PortRules>,
    ) -> Ruling {
        let policy = self.policy(node, packet, local, kind, rules);
        let choice = categorize(rules, &node.name, node.zone.as_deref());
        let eligible = if policy.local_only { &choice.local } else { &choice.cluster };
        if self.matched.is_none() {
            self.matched = Some(Matched {
                port: rules.name.clone(),
                kind,
                node: node.name.clone(),
                local_only: policy.local_only,
            });
        }
        let blocked = kind == VipKind::LoadBalancer
            && !rules.source_ranges.is_empty()
            && !rules.source_ranges.iter().any(|range| range.contains(packet.src.ip()));
        let chosen = if blocked || eligible.is_empty() { None } else { self.choose(node, packet, rules, eligible) };
        if self.candidates.is_empty() {
            let decision = Decision { rules, choice: &choice, local_only: policy.local_only, node: &node.name, chosen };
            self.candidates = candidates::list(self.view, &decision, Trace::MAX_CANDIDATES);
        }

        let (what, why, ended, reference) = if blocked {
            (
                msg!("net.proxy.source-ranges"),
                msg!("net.proxy.source-ranges-why", source = packet.src.ip(), svc = rules.name.service.name),
                Some(Outcome::TimedOut { connected: false }),
                self.firewall_rule(rules),
            )
        } else if !choice.any {
            (
                msg!("net.proxy.no-endpoints"),
                msg!("net.proxy.no-endpoints-why", svc = rules.name.service.name),
                Some(Outcome::Refused { by: Place::Node(node.name.clone()) }),
                self.filter_rule(rules, kind, "REJECT", "has no endpoints"),
            )
        } else if chosen.is_none() {
            (
                msg!("net.proxy.no-local"),
                msg!("net.proxy.no-local-why", svc = rules.name.service.name, node = node.name),
                Some(Outcome::TimedOut { connected: false }),
                self.filter_rule(rules, kind, "DROP", "has no local endpoints"),
            )
        } else {
            let place = eligible.iter().position(|i| Some(*i) == chosen).map_or(0, |at| at + 1);
            (
                what_matched(kind),
                self.why_chosen(node, packet, rules, &choice, eligible, place),
                None,
                self.service_rule(rules, policy.local_only),
            )
        };
        self.hop(Hop {
            at: Place::Node(node.name.clone()),
            kind: HopKind::Proxy,
            title: msg!("net.proxy.title", node = node.name),
            what,
            why,
            failed: ended.is_some(),
            rule: reference,
            before: packet.flow(),
            after: packet.flow(),
            refs: vec![service_ref(&rules.name.service), ObjectRef::node(&node.name)],
            took: RULES,
        });
        if let Some(outcome) = ended {
            return Ruling::Ended(outcome);
        }
        match chosen.and_then(|i| rules.endpoints.get(i)) {
            Some(endpoint) => {
                let endpoint = endpoint.clone();
                self.rewrite(node, packet, rules, &endpoint.at, endpoint.pod.as_ref(), policy)
            }
            None => Ruling::Unmatched,
        }
    }

    fn rewrite(
        &mut self,
        node: &Rc<NodeNet>,
        packet: &mut Packet,
        rules: &PortRules,
        endpoint: &SocketAddr,
        pod: Option<&crate::network::view::Key>,
        policy: Policy,
    ) -> Ruling {
        let before = packet.flow();
        let hairpin = packet.src.ip() == endpoint.ip();
        let masquerade = policy.masquerade || hairpin;
        self.rewrites.push(Rewrite {
            node: node.name.clone(),
            original: packet.dst,
            endpoint: *endpoint,
            masqueraded: masquerade,
        });
        packet.dst = *endpoint;
        let source = match masquerade {
            true if hairpin => msg!("net.dnat.hairpin"),
            _ => policy.source,
        };
        let mut refs = vec![service_ref(&rules.name.service)];
        refs.extend(pod.map(|key| ObjectRef::new("Pod", key)));
        let protocol = rules.protocol;
        let comment = format!("{} -> {endpoint}", rules.name);
        let chain = match self.view.config.proxy_mode {
            ProxyMode::Iptables => chains::endpoint_chain(&rules.name, protocol, *endpoint),
            ProxyMode::Nftables => chains::nftables_chain("service", &rules.name, protocol),
        };
        self.hop(Hop {
            at: Place::Node(node.name.clone()),
            kind: HopKind::Dnat,
            title: msg!("net.dnat.title"),
            what: msg!("net.dnat.what", from = before.dst, to = endpoint),
            why: source,
            failed: false,
            rule: rule(chain, "DNAT", comment),
            before,
            after: packet.flow(),
            refs,
            took: Duration::ZERO,
        });
        Ruling::Rewritten { masquerade }
    }

    /// Which endpoints, and whether the source is hidden: §8.3 and §8.5 of the rules in words.
    fn policy(&self, node: &NodeNet, packet: &Packet, local: bool, kind: VipKind, rules: &PortRules) -> Policy {
        let source = packet.src.ip();
        let from_pod = self.view.config.pod_cidr.contains(source);
        let from_node = local || is_own_address(node, source, local);
        if kind == VipKind::ClusterIp {
            return Policy {
                local_only: rules.internal == TrafficPolicy::Local,
                masquerade: !from_pod,
                source: if from_pod {
                    msg!("net.dnat.source-stays", source = source)
                } else {
                    msg!("net.dnat.source-not-pod", source = source, node = node.name)
                },
            };
        }
        match rules.external {
            TrafficPolicy::Cluster => Policy {
                local_only: false,
                masquerade: true,
                source: msg!("net.dnat.policy-cluster", source = source, node = node.name),
            },
            TrafficPolicy::Local if from_pod => {
                Policy { local_only: false, masquerade: false, source: msg!("net.dnat.short-circuit", source = source) }
            }
            TrafficPolicy::Local if from_node => {
                Policy { local_only: false, masquerade: true, source: msg!("net.dnat.from-node", node = node.name) }
            }
            TrafficPolicy::Local => {
                Policy { local_only: true, masquerade: false, source: msg!("net.dnat.policy-local", source = source) }
            }
        }
    }

    /// Uniformly at random, unless the client sticks to an endpoint.
    fn choose(&mut self, node: &NodeNet, packet: &Packet, rules: &PortRules, eligible: &[usize]) -> Option<usize> {
        let key = rules.affinity.map(|_| Affinity {
            node: node.name.clone(),
            port: rules.name.clone(),
            client: packet.src.ip(),
        });
        let sticky = key.as_ref().and_then(|key| self.sticky(key, rules, eligible));
        let random = || {
            let drawn = self.rng(&format!("{} {}", node.name, rules.name)).below(eligible.len() as u64);
            eligible.get(usize::try_from(drawn).unwrap_or(0)).copied()
        };
        let chosen = sticky.or_else(random)?;
        if let (Some(key), Some(endpoint)) = (key, rules.endpoints.get(chosen)) {
            self.effects.push(Effect::Stick(key, endpoint.at));
        }
        Some(chosen)
    }

    fn sticky(&self, key: &Affinity, rules: &PortRules, eligible: &[usize]) -> Option<usize> {
        let (endpoint, seen) = self.view.affinity.get(key)?;
        let timeout = Duration::from_secs(u64::from(rules.affinity?));
        if self.view.now.since(*seen) > timeout {
            return None;
        }
        eligible.iter().copied().find(|i| rules.endpoints.get(*i).is_some_and(|one| one.at == *endpoint))
    }

    fn why_chosen(
        &self,
        node: &NodeNet,
        packet: &Packet,
        rules: &PortRules,
        choice: &Choice,
        eligible: &[usize],
        place: usize,
    ) -> Msg {
        let key = Affinity { node: node.name.clone(), port: rules.name.clone(), client: packet.src.ip() };
        if rules.affinity.is_some() && self.sticky(&key, rules, eligible).is_some() {
            return msg!("net.proxy.sticky", client = packet.src.ip(), place = place);
        }
        let count = eligible.len();
        let total = rules.endpoints.len();
        let chance = format!("1/{count}");
        let narrowed = choice.cluster.len() < rules.endpoints.iter().filter(|one| one.ready).count();
        if choice.last_resort {
            msg!("net.proxy.picked-last-resort", count = count, place = place, chance = chance)
        } else if choice.hints != Hints::Ignored && narrowed {
            msg!("net.proxy.picked-hinted", count = count, total = total, place = place, chance = chance)
        } else if total == 1 {
            msg!("net.proxy.picked-single")
        } else if count == 1 {
            msg!("net.proxy.picked-only", total = total)
        } else {
            msg!("net.proxy.picked", count = count, total = total, place = place, chance = chance)
        }
    }

    fn service_rule(&self, rules: &PortRules, local_only: bool) -> Option<RuleRef> {
        let chain = match (self.view.config.proxy_mode, local_only) {
            (ProxyMode::Iptables, false) => chains::service_chain(&rules.name, rules.protocol),
            (ProxyMode::Iptables, true) => chains::local_chain(&rules.name, rules.protocol),
            (ProxyMode::Nftables, false) => chains::nftables_chain("service", &rules.name, rules.protocol),
            (ProxyMode::Nftables, true) => chains::nftables_chain("local", &rules.name, rules.protocol),
        };
        rule(chain, "DNAT", rules.name.to_string())
    }

    fn filter_rule(&self, rules: &PortRules, kind: VipKind, verdict: &'static str, says: &str) -> Option<RuleRef> {
        let chain = match (self.view.config.proxy_mode, kind) {
            (ProxyMode::Iptables, VipKind::ClusterIp) => "KUBE-SERVICES",
            (ProxyMode::Iptables, _) => "KUBE-EXTERNAL-SERVICES",
            (ProxyMode::Nftables, VipKind::NodePort) => "nodeport-endpoints-check",
            (ProxyMode::Nftables, _) => "service-endpoints-check",
        };
        rule(chain.to_owned(), verdict, format!("{} {says}", rules.name))
    }

    fn firewall_rule(&self, rules: &PortRules) -> Option<RuleRef> {
        let chain = chains::firewall_chain(&rules.name, rules.protocol);
        match self.view.config.proxy_mode {
            ProxyMode::Iptables => rule(
                "KUBE-PROXY-FIREWALL".to_owned(),
                "DROP",
                format!("{} traffic not accepted by {chain}", rules.name),
            ),
            ProxyMode::Nftables => {
                rule(chains::nftables_chain("firewall", &rules.name, rules.protocol), "DROP", rules.name.to_string())
            }
        }
    }
}

fn what_matched(kind: VipKind) -> Msg {
    match kind {
        VipKind::ClusterIp => msg!("net.proxy.vip"),
        VipKind::ExternalIp => msg!("net.proxy.external-ip"),
        VipKind::LoadBalancer => msg!("net.proxy.balancer-ip"),
        VipKind::NodePort => msg!("net.proxy.node-port"),
    }
}
