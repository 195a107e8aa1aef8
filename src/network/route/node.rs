//! kube-proxy's rules inside one node: which Service a packet is for, which endpoint it goes to, whose address it bears.
//! What happens to it afterwards stands in [`super::forward`].
//!
//! Models the order of the chains in pkg/proxy/iptables/proxier.go and pkg/proxy/nftables/proxier.go.

use super::forward::is_own_address;
use super::hop::{How, Pick, Source, Step};
use super::walk::{At, Packet, Rewrite, Walk, rule, service_ref, told};
use super::{Effect, Hop, HopKind, Matched, Outcome, Place, RuleRef};
use crate::base::msg::Msg;
use crate::base::rng::Rng;
use crate::base::time::Duration;
use crate::msg;
use crate::network::addr::Family;
use crate::network::rules::choice::{Choice, Hints, categorize};
use crate::network::rules::names as chains;
use crate::network::rules::{Affinity, PortRules, VipKind};
use crate::network::view::{NodeNet, ObjectRef, ProxyMode, TrafficPolicy};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
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
    /// Why.
    source: Source,
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
                let family = Family::of(packet.dst.ip());
                table.node_port(family, packet.dst.port(), protocol).map(|rules| (VipKind::NodePort, rules.clone()))
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
        let Some(to) = self.view.host_port(&node.name, protocol, packet.dst).filter(|_| here) else {
            return Ruling::Unmatched;
        };
        let before = packet.flow();
        // Only what would not find its way back is hidden: the pod itself, and the node's loopback.
        let masquerade = packet.src.ip() == to.ip() || packet.src.ip().is_loopback();
        self.rewrite =
            Some(Rewrite { node: node.name.clone(), original: packet.dst, endpoint: to, masqueraded: masquerade });
        packet.dst = to;
        self.hop(Hop {
            at: Place::Node(node.name.clone()),
            kind: HopKind::Dnat,
            failed: false,
            before,
            after: packet.flow(),
            took: RULES,
            step: told(
                msg!("net.host-port.title"),
                msg!("net.dnat.what", from = before.dst, to = to),
                msg!("net.host-port.why", port = before.dst.port()),
                rule("CNI-HOSTPORT-DNAT".to_owned(), "DNAT", String::new()),
                vec![ObjectRef::node(&node.name)],
            ),
        });
        Ruling::Rewritten { masquerade }
    }

    /// iptables mode opens node ports on every address of the node, 127.0.0.1 included (::1 not, which cannot be rerouted);
    /// nftables mode on its primary ones.
    fn takes_node_ports(&self, node: &NodeNet, dst: IpAddr, local: bool) -> bool {
        match self.view.config.proxy_mode {
            ProxyMode::Nftables => node.ip_of(Family::of(dst)) == Some(dst),
            ProxyMode::Iptables => is_own_address(node, dst, local) && !(dst.is_ipv6() && dst.is_loopback()),
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
        let eligible = if policy.local_only { choice.local } else { choice.cluster };
        if self.leaves_unseen(node, packet, local, kind, &choice) {
            return Ruling::Unmatched;
        }
        // iptables mode writes no firewall for a Service without endpoints; nftables mode asks it before anything else.
        let guarded = choice.any || self.view.config.proxy_mode == ProxyMode::Nftables;
        let blocked = kind == VipKind::LoadBalancer
            && guarded
            && !rules.source_ranges.is_empty()
            && !rules.source_ranges.iter().any(|range| range.contains(packet.src.ip()));
        let chosen = if blocked { None } else { self.choose(node, packet, rules, eligible) };
        if self.matched.is_none() {
            self.matched = Some(Matched {
                rules: rules.clone(),
                kind,
                node: node.clone(),
                local_only: policy.local_only,
                chosen: chosen.map(|(endpoint, ..)| endpoint),
            });
        }
        let (step, ended) = match chosen {
            Some((_, place, sticky)) => {
                let how = if sticky { How::Sticky } else { how_chosen(rules, &choice, eligible) };
                let (local_only, mode, count) = (policy.local_only, self.view.config.proxy_mode, eligible.len());
                (Step::Picked(rules.clone(), Pick { kind, mode, local_only, how, place, count }), None)
            }
            None => {
                let (what, why, outcome, reference) = self.not_chosen(node, packet, kind, rules, blocked, choice.any);
                let refs = vec![service_ref(&rules.name.service), ObjectRef::node(&node.name)];
                (told(msg!("net.proxy.title", node = node.name), what, why, reference, refs), Some(outcome))
            }
        };
        self.hop(Hop {
            at: Place::Node(node.name.clone()),
            kind: HopKind::Proxy,
            failed: ended.is_some(),
            before: packet.flow(),
            after: packet.flow(),
            took: RULES,
            step,
        });
        match (ended, chosen) {
            (Some(outcome), _) => Ruling::Ended(outcome),
            (None, Some((endpoint, ..))) => self.send_to(node, packet, rules, endpoint, &policy),
            (None, None) => Ruling::Unmatched,
        }
    }

    /// In iptables mode, the rule that rejects packets to the outer addresses of a Service without endpoints is asked for what
    /// comes in and for what is passed on, not for what the node itself sends: that goes its way into the network.
    fn leaves_unseen(&self, node: &NodeNet, packet: &Packet, local: bool, kind: VipKind, choice: &Choice<'_>) -> bool {
        local
            && !choice.any
            && matches!(kind, VipKind::ExternalIp | VipKind::LoadBalancer)
            && self.view.config.proxy_mode == ProxyMode::Iptables
            && !is_own_address(node, packet.dst.ip(), local)
    }

    /// What becomes of a packet that may go to no endpoint.
    fn not_chosen(
        &self,
        node: &NodeNet,
        packet: &Packet,
        kind: VipKind,
        rules: &PortRules,
        blocked: bool,
        any: bool,
    ) -> (Msg, Msg, Outcome, Option<RuleRef>) {
        let svc = &rules.name.service.name;
        let silence = Outcome::TimedOut { connected: false };
        if blocked {
            let why = msg!("net.proxy.source-ranges-why", source = packet.src.ip(), svc = svc);
            (msg!("net.proxy.source-ranges"), why, silence, self.firewall_rule(rules))
        } else if any {
            let why = msg!("net.proxy.no-local-why", svc = svc, node = node.name);
            let reference = self.filter_rule(rules, kind, "DROP", "has no local endpoints");
            (msg!("net.proxy.no-local"), why, silence, reference)
        } else {
            let why = msg!("net.proxy.no-endpoints-why", svc = svc);
            let reference = self.filter_rule(rules, kind, "REJECT", "has no endpoints");
            let refused = Outcome::Refused { by: Place::Node(node.name.clone()) };
            (msg!("net.proxy.no-endpoints"), why, refused, reference)
        }
    }

    /// The destination becomes the endpoint's.
    fn send_to(
        &mut self,
        node: &NodeNet,
        packet: &mut Packet,
        rules: &Rc<PortRules>,
        chosen: usize,
        policy: &Policy,
    ) -> Ruling {
        let Some(endpoint) = rules.endpoints.get(chosen) else { return Ruling::Unmatched };
        let before = packet.flow();
        let hairpin = packet.src.ip() == endpoint.at.ip();
        let masquerade = policy.masquerade || hairpin;
        self.rewrite = Some(Rewrite {
            node: node.name.clone(),
            original: packet.dst,
            endpoint: endpoint.at,
            masqueraded: masquerade,
        });
        packet.dst = endpoint.at;
        let source = if hairpin { Source::Hairpin } else { policy.source };
        self.hop(Hop {
            at: Place::Node(node.name.clone()),
            kind: HopKind::Dnat,
            failed: false,
            before,
            after: packet.flow(),
            took: Duration::ZERO,
            step: Step::Rewritten(rules.clone(), chosen as u32, self.view.config.proxy_mode, policy.local_only, source),
        });
        Ruling::Rewritten { masquerade }
    }

    /// Which endpoints, and whether the source is hidden: §8.3 and §8.5 of the rules in words.
    fn policy(&self, node: &NodeNet, packet: &Packet, local: bool, kind: VipKind, rules: &PortRules) -> Policy {
        let source = packet.src.ip();
        let from_pod = self.view.config.is_pod_ip(source);
        let from_node = local || is_own_address(node, source, local);
        let (local_only, masquerade, source) = match (kind, rules.external) {
            (VipKind::ClusterIp, _) => {
                let why = if from_pod { Source::Stays } else { Source::NotPod };
                (rules.internal == TrafficPolicy::Local, !from_pod, why)
            }
            (_, TrafficPolicy::Cluster) => (false, true, Source::PolicyCluster),
            (_, TrafficPolicy::Local) if from_pod => (false, false, Source::ShortCircuit),
            (_, TrafficPolicy::Local) if from_node => (false, true, Source::FromNode),
            (_, TrafficPolicy::Local) => (true, false, Source::PolicyLocal),
        };
        Policy { local_only, masquerade, source }
    }

    /// Uniformly at random, unless the client sticks to an endpoint. Gives the endpoint, its place among those that could
    /// be chosen (from 1), and whether the client came before.
    fn choose(
        &mut self,
        node: &NodeNet,
        packet: &Packet,
        rules: &PortRules,
        eligible: &[u32],
    ) -> Option<(usize, usize, bool)> {
        let sticky = rules.affinity.and_then(|seconds| self.sticky(node, packet.src.ip(), rules, seconds, eligible));
        let random = || {
            let name = &rules.name;
            let colon = if name.port.is_empty() { "" } else { ":" };
            let parts = [&*node.name, " ", &*name.service.namespace, "/", &*name.service.name, colon, &*name.port];
            Rng::stream_of(self.pick, "network", &parts).below(eligible.len() as u64) as usize
        };
        let place = sticky.unwrap_or_else(random);
        let chosen = *eligible.get(place)? as usize;
        if rules.affinity.is_some()
            && let Some(endpoint) = rules.endpoints.get(chosen)
        {
            self.effects.push(Effect::Stick(Affinity {
                node: node.name.clone(),
                port: rules.name.clone(),
                client: packet.src.ip(),
                endpoint: endpoint.at,
            }));
        }
        Some((chosen, place + 1, sticky.is_some()))
    }

    /// The first of those that may be used to which the client was sent not long ago.
    fn sticky(
        &self,
        node: &NodeNet,
        client: IpAddr,
        rules: &PortRules,
        seconds: u32,
        eligible: &[u32],
    ) -> Option<usize> {
        let timeout = Duration::from_secs(u64::from(seconds));
        let lowest = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
        let from = Affinity { node: node.name.clone(), port: rules.name.clone(), client, endpoint: lowest };
        let known = self
            .view
            .affinity
            .range(from..)
            .take_while(|(key, _)| key.node == node.name && key.port == rules.name && key.client == client);
        let fresh = known.filter(|(_, seen)| self.view.now.since(**seen) <= timeout);
        let is_at = |i: &u32, at: SocketAddr| rules.endpoints.get(*i as usize).is_some_and(|one| one.at == at);
        fresh.filter_map(|(key, _)| eligible.iter().position(|i| is_at(i, key.endpoint))).min()
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

fn how_chosen(rules: &PortRules, choice: &Choice<'_>, eligible: &[u32]) -> How {
    let narrowed = choice.cluster.len() < rules.groups.ready().len();
    if choice.last_resort {
        How::LastResort
    } else if choice.hints != Hints::Ignored && narrowed {
        How::Hinted
    } else if rules.endpoints.len() == 1 {
        How::Single
    } else if eligible.len() == 1 {
        How::Only
    } else {
        How::Random
    }
}
