//! One step of the way. The steps that every request takes are kept as what happened, by number and reference; they are
//! put into words only when somebody reads them ([`Hop::why`]). Rare ones are told at once.

use super::deliver::{app_name, takes};
use super::walk::{Packet, service_ref};
use super::{Flow, Place};
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::msg;
use crate::network::addr::Protocol;
use crate::network::rules::names as chains;
use crate::network::rules::{PortRules, VipKind};
use crate::network::view::{ObjectRef, PodNet, ProxyMode};
use std::rc::Rc;

/// What happens in a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopKind {
    /// A name becomes an address.
    Dns,
    /// The network outside, or a balancer, hands the packet to a node.
    Balancer,
    /// kube-proxy's rules decide.
    Proxy,
    /// The destination is rewritten.
    Dnat,
    /// The packet moves on without kube-proxy: to another node, or out of the cluster.
    Transit,
    /// A NetworkPolicy lets the packet pass, or does not.
    Policy,
    /// An ingress controller finds the rule for the request.
    Ingress,
    /// A process answers, or none does.
    Deliver,
}

/// The rule that decided, as kube-proxy calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRef {
    /// The chain: `KUBE-SVC-…`.
    pub chain: String,
    /// What it does: `DNAT`, `REJECT`, `DROP`, `MASQUERADE`.
    pub verdict: &'static str,
    /// The rule's comment: `default/web:http has no endpoints`.
    pub comment: String,
}

/// One step of the way.
#[derive(Clone, Debug)]
pub struct Hop {
    /// Where.
    pub at: Place,
    /// What kind of step.
    pub kind: HopKind,
    /// Whether the way ends here for want of a rule, a name or a process.
    pub failed: bool,
    /// The packet as it came in.
    pub before: Flow,
    /// The packet as it went on.
    pub after: Flow,
    /// How long it took.
    pub took: Duration,
    /// What happened.
    pub(super) step: Step,
}

/// What happened in a step.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A rare thing, told in words.
    Told(Box<Told>),
    /// kube-proxy's rules chose an endpoint.
    Picked(Rc<PortRules>, Pick),
    /// The destination became that of an endpoint (an index), of the node's own or of all.
    Rewritten(Rc<PortRules>, u32, ProxyMode, bool, Source),
    /// A process of a pod took the packet; the pod may use the network of its node.
    Taken(Rc<PodNet>, Protocol),
}

/// A step in words.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// The heading: `kube-proxy on node-1`.
    pub title: Msg,
    /// What happened, in a few words: `VIP match`.
    pub what: Msg,
    /// Why, in a sentence.
    pub why: Msg,
    /// The rule in kube-proxy's own words.
    pub rule: Option<RuleRef>,
    /// What the step is about.
    pub refs: Vec<ObjectRef>,
}

/// How an endpoint was chosen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pick {
    pub kind: VipKind,
    pub mode: ProxyMode,
    pub local_only: bool,
    pub how: How,
    /// Which of those that could be chosen, counted from 1.
    pub place: usize,
    /// Of how many.
    pub count: usize,
}

/// Why this endpoint and no other.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    /// The client came before.
    Sticky,
    /// There are only pods that go away.
    LastResort,
    /// Topology hints left these.
    Hinted,
    /// There is no other.
    Single,
    /// No other may be used.
    Only,
    /// At random.
    Random,
}

/// What becomes of the packet's source, and why.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    Hairpin,
    Stays,
    NotPod,
    PolicyCluster,
    ShortCircuit,
    FromNode,
    PolicyLocal,
}

impl Hop {
    /// The heading: `kube-proxy on node-1`.
    pub fn title(&self) -> Msg {
        match &self.step {
            Step::Told(told) => told.title.clone(),
            Step::Picked(..) => msg!("net.proxy.title", node = self.node()),
            Step::Rewritten(..) => msg!("net.dnat.title"),
            Step::Taken(pod, _) => msg!("net.deliver.pod", pod = pod.key.name),
        }
    }

    /// What happened, in a few words: `VIP match`.
    pub fn what(&self) -> Msg {
        match &self.step {
            Step::Told(told) => told.what.clone(),
            Step::Picked(_, pick) => match pick.kind {
                VipKind::ClusterIp => msg!("net.proxy.vip"),
                VipKind::ExternalIp => msg!("net.proxy.external-ip"),
                VipKind::LoadBalancer => msg!("net.proxy.balancer-ip"),
                VipKind::NodePort => msg!("net.proxy.node-port"),
            },
            Step::Rewritten(..) => msg!("net.dnat.what", from = self.before.dst, to = self.after.dst),
            Step::Taken(pod, _) => msg!("net.deliver.on-node", node = pod.node.as_deref().unwrap_or_default()),
        }
    }

    /// Why, in a sentence.
    pub fn why(&self) -> Msg {
        match &self.step {
            Step::Told(told) => told.why.clone(),
            Step::Picked(rules, pick) => self.why_picked(rules, pick),
            Step::Rewritten(.., source) => self.why_source(*source),
            Step::Taken(pod, protocol) => {
                let packet = Packet { src: self.before.src, dst: self.before.dst, protocol: Some(*protocol) };
                let found = pod.listeners().find(|(_, listener)| takes(listener, &packet));
                let (app, port) = (found.map_or("", |(container, _)| app_name(container)), packet.dst.port());
                if pod.host_network {
                    msg!("net.deliver.listens-host", app = app, port = port)
                } else {
                    msg!("net.deliver.listens", app = app, port = port)
                }
            }
        }
    }

    /// The id of [`Hop::why`] of a step that failed; empty for one that did not.
    pub fn reason(&self) -> &'static str {
        match &self.step {
            Step::Told(told) => told.why.id,
            _ => "",
        }
    }

    /// The rule in kube-proxy's own words.
    pub fn rule(&self) -> Option<RuleRef> {
        match &self.step {
            Step::Told(told) => told.rule.clone(),
            Step::Picked(rules, pick) => {
                let chain = policy_chain(rules, pick.mode, pick.local_only);
                Some(RuleRef { chain, verdict: "DNAT", comment: rules.name.to_string() })
            }
            Step::Rewritten(rules, _, mode, local_only, _) => {
                let (name, protocol, to) = (&rules.name, rules.protocol, self.after.dst);
                let chain = match (mode, rules.affinity) {
                    (ProxyMode::Iptables, _) => chains::endpoint_chain(name, protocol, to),
                    (ProxyMode::Nftables, Some(_)) => chains::nftables_endpoint_chain(name, protocol, to),
                    (ProxyMode::Nftables, None) => policy_chain(rules, ProxyMode::Nftables, *local_only),
                };
                Some(RuleRef { chain, verdict: "DNAT", comment: format!("{name} -> {to}") })
            }
            Step::Taken(..) => None,
        }
    }

    /// What the step is about.
    pub fn refs(&self) -> Vec<ObjectRef> {
        match &self.step {
            Step::Told(told) => told.refs.clone(),
            Step::Picked(rules, _) => vec![service_ref(&rules.name.service), ObjectRef::node(self.node())],
            Step::Rewritten(rules, endpoint, ..) => {
                let pod = rules.endpoints.get(*endpoint as usize).and_then(|endpoint| endpoint.pod.as_ref());
                let pod = pod.map(|key| ObjectRef::new("Pod", key));
                std::iter::once(service_ref(&rules.name.service)).chain(pod).collect()
            }
            Step::Taken(pod, _) => vec![ObjectRef::new("Pod", &pod.key)],
        }
    }

    /// Whether kube-proxy marks the packet here (`0x4000`), so that its source is hidden when it leaves the node.
    pub fn marks(&self) -> bool {
        use Source::{FromNode, Hairpin, NotPod, PolicyCluster};
        matches!(self.step, Step::Rewritten(.., Hairpin | NotPod | PolicyCluster | FromNode))
    }

    fn node(&self) -> &str {
        match &self.at {
            Place::Node(name) => name,
            _ => "",
        }
    }

    fn why_picked(&self, rules: &PortRules, pick: &Pick) -> Msg {
        let Pick { place, count, .. } = *pick;
        let total = rules.endpoints.len();
        let chance = format!("1/{count}");
        match pick.how {
            How::Sticky => msg!("net.proxy.sticky", client = self.before.src.ip(), place = place),
            How::LastResort => msg!("net.proxy.picked-last-resort", count = count, place = place, chance = chance),
            How::Hinted => {
                msg!("net.proxy.picked-hinted", count = count, total = total, place = place, chance = chance)
            }
            How::Single => msg!("net.proxy.picked-single"),
            How::Only => msg!("net.proxy.picked-only", total = total),
            How::Random => msg!("net.proxy.picked", count = count, total = total, place = place, chance = chance),
        }
    }

    fn why_source(&self, source: Source) -> Msg {
        let (node, from) = (self.node(), self.before.src.ip());
        match source {
            Source::Hairpin => msg!("net.dnat.hairpin"),
            Source::Stays => msg!("net.dnat.source-stays", source = from),
            Source::NotPod => msg!("net.dnat.source-not-pod", source = from, node = node),
            Source::PolicyCluster => msg!("net.dnat.policy-cluster", source = from, node = node),
            Source::ShortCircuit => msg!("net.dnat.short-circuit", source = from),
            Source::FromNode => msg!("net.dnat.from-node", node = node),
            Source::PolicyLocal => msg!("net.dnat.policy-local", source = from),
        }
    }
}

/// The chain that has the endpoints.
fn policy_chain(rules: &PortRules, mode: ProxyMode, local_only: bool) -> String {
    let (name, protocol) = (&rules.name, rules.protocol);
    match (mode, local_only) {
        (ProxyMode::Iptables, false) => chains::service_chain(name, protocol),
        (ProxyMode::Iptables, true) => chains::local_chain(name, protocol),
        (ProxyMode::Nftables, false) => chains::nftables_chain("service", name, protocol),
        (ProxyMode::Nftables, true) => chains::nftables_chain("local", name, protocol),
    }
}
