//! NetworkPolicies on the way: a node looks at what its pods send and get where it forwards packets, so after kube-proxy
//! chose an endpoint and before anybody hides the source.
//!
//! Never looked at: a pod that calls itself, and what a pod's own node sends (kubelet probes) or gets. Answers pass, so only
//! the way there is judged.

use super::forward::is_own_address;
use super::walk::{At, Packet, Sender, Walk, rule, told};
use super::{Hop, HopKind, Outcome, Place};
use crate::base::time::Duration;
use crate::msg;
use crate::network::policy::{Call, Direction, PolicyNet, Ruling, judge};
use crate::network::view::{NetView, NodeNet, ObjectRef, PodNet};
use serde_json::json;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// The pod behind the address of the cluster's DNS, in a cluster where that is no object: what policies are written for.
pub fn dns_pod(view: &NetView) -> Option<PodNet> {
    PodNet::from_object(&json!({
        "metadata": {"name": "coredns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
        "spec": {"containers": [{"name": "coredns", "ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"}, {"name": "dns-tcp", "containerPort": 53}]}]},
        "status": {"phase": "Running", "podIP": view.config.pod_cidr.nth(2).to_string()},
    }))
}

impl Walk<'_> {
    /// The node forwards a packet: what do the policies of its own pods say? Answers where the packet ended, if it did.
    pub(super) fn police(&mut self, node: &NodeNet, packet: &Packet) -> Option<At> {
        let (src, dst) = (packet.src.ip(), packet.dst.ip());
        if src == dst {
            return None;
        }
        let view = self.view;
        let (sender, receiver) = (view.pod_at(src), view.pod_at(dst));
        let here = |pod: &&Rc<PodNet>| pod.node.as_deref() == Some(&*node.name);
        if let Some(pod) = sender.filter(here)
            && !self.passes(pod, Direction::Egress, dst, receiver.map(|pod| &**pod), packet)
        {
            return Some(At::Ended(Outcome::TimedOut { connected: false }));
        }
        if let Some(pod) = receiver.filter(here)
            && !is_own_address(node, src, false)
            && !self.passes(pod, Direction::Ingress, src, sender.map(|pod| &**pod), packet)
        {
            return Some(At::Ended(Outcome::TimedOut { connected: false }));
        }
        None
    }

    /// Whether a sender may ask the cluster's DNS, where that is no object.
    pub(super) fn may_ask_dns(&mut self, sender: &Sender) -> bool {
        let Some(pod) = sender.pod.as_ref().filter(|pod| !pod.host_network && !self.view.is_free()) else {
            return true;
        };
        let server = self.view.config.dns_ip;
        let flow = Packet {
            src: SocketAddr::new(sender.ip, 0),
            dst: SocketAddr::new(server, 53),
            protocol: self.request.to.scheme.protocol(),
        };
        let dns = dns_pod(self.view);
        let ip = dns.as_ref().and_then(|dns| dns.ip).unwrap_or(server);
        self.passes(pod, Direction::Egress, ip, dns.as_ref(), &flow)
    }

    /// Asks the policies of one pod, and writes down what they said if there are any.
    fn passes(
        &mut self,
        pod: &Rc<PodNet>,
        direction: Direction,
        ip: IpAddr,
        peer: Option<&PodNet>,
        packet: &Packet,
    ) -> bool {
        let call = Call { direction, ip, peer, protocol: packet.protocol, port: packet.dst.port() };
        let ruling = judge(self.view, pod, &call);
        let other = peer.map_or_else(|| ip.to_string(), |peer| peer.key.name.to_string());
        let name = &pod.key.name;
        let port = packet.dst.port();
        let (policies, why, verdict, at) = match &ruling {
            Ruling::Open => return true,
            Ruling::Allowed(policy, at) => {
                let line = format!("{}[{at}]", direction.rules());
                let why = msg!("net.policy.allowed", policy = policy.key.name, rule = line);
                (std::slice::from_ref(policy), why, "ACCEPT", line)
            }
            Ruling::Denied(denying) => {
                let names = names(denying);
                let why = match direction {
                    Direction::Ingress => {
                        msg!("net.policy.denied-in", pod = name, policies = names, other = other, port = port)
                    }
                    Direction::Egress => {
                        msg!("net.policy.denied-out", pod = name, policies = names, other = other, port = port)
                    }
                };
                (denying.as_slice(), why, "DROP", direction.rules().to_owned())
            }
        };
        let failed = matches!(ruling, Ruling::Denied(_));
        let mut refs: Vec<ObjectRef> =
            policies.iter().map(|policy| ObjectRef::new("NetworkPolicy", &policy.key)).collect();
        refs.push(ObjectRef::new("Pod", &pod.key));
        let title = match direction {
            Direction::Ingress => msg!("net.policy.into", pod = name),
            Direction::Egress => msg!("net.policy.out-of", pod = name),
        };
        let what = if failed { msg!("net.policy.dropped") } else { msg!("net.policy.passes") };
        let rule = rule(format!("NetworkPolicy {}", names(policies)), verdict, at);
        self.hop(Hop {
            at: Place::Pod(pod.key.clone()),
            kind: HopKind::Policy,
            failed,
            before: packet.flow(),
            after: packet.flow(),
            took: Duration::ZERO,
            step: told(title, what, why, rule, refs),
        });
        !failed
    }
}

/// The policies by name, the first few of them.
fn names(policies: &[Rc<PolicyNet>]) -> String {
    let names: Vec<&str> = policies.iter().take(5).map(|policy| &*policy.key.name).collect();
    names.join(", ")
}
