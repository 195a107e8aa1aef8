//! Rows about NetworkPolicies: which one dropped the packet, and which rule of it nearly let it pass.

use super::facts::{Facts, enumerate, written_at};
use super::{Action, Diagnosis};
use crate::base::Value;
use crate::base::path::FieldPath;
use crate::msg;
use crate::network::policy::{Call, Direction, Miss, Near, PolicyNet, Ruling, judge, nearest_rule};
use crate::network::route::{Hop, HopKind, dns_pod};
use crate::network::view::{Key, NetView, ObjectRef, PodNet};
use serde_json::json;
use std::net::IpAddr;
use std::rc::Rc;

/// Labels that controllers make, which nobody selects by.
const GENERATED: [&str; 7] = [
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/controller-uid",
];
/// How many of the policies that isolate a pod are shown.
const SHOWN: usize = 3;

/// A connection that policies denied.
struct Blocked<'a> {
    view: &'a NetView,
    pod: Rc<PodNet>,
    direction: Direction,
    ip: IpAddr,
    port: u16,
    protocol: &'static str,
    peer: Option<PodNet>,
    denying: Vec<Rc<PolicyNet>>,
    near: Near,
}

fn dropped<'f>(facts: &'f Facts<'_>) -> Option<&'f Hop> {
    facts.trace.hops.iter().rev().find(|hop| hop.failed && hop.kind == HopKind::Policy)
}

fn blocked<'a>(facts: &Facts<'a>, direction: Direction) -> Option<Blocked<'a>> {
    let hop = dropped(facts)?;
    let view = facts.view;
    let inwards = hop.reason() == "net.policy.denied-in";
    if inwards != (direction == Direction::Ingress) {
        return None;
    }
    let pod = hop.refs().iter().find(|object| object.kind == "Pod").and_then(|object| view.pod(&object.key))?.clone();
    let asked = hop.before.dst;
    let asks_dns = facts.trace.lookup.as_ref().is_some_and(|lookup| lookup.failure.is_some());
    let ip = if inwards { hop.before.src.ip() } else { asked.ip() };
    let peer = match view.pod_at(ip) {
        Some(peer) => Some((**peer).clone()),
        None => dns_pod(view).filter(|_| asks_dns && ip == view.config.dns_ip),
    };
    let protocol = match asks_dns {
        true => Some(crate::network::addr::Protocol::Udp),
        false => facts.trace.request.to.scheme.protocol(),
    };
    let call = Call { direction, ip, peer: peer.as_ref(), protocol, port: asked.port() };
    let Ruling::Denied(denying) = judge(view, &pod, &call) else { return None };
    let near = nearest_rule(view, &pod, &call, &denying)?;
    let protocol = protocol.unwrap_or_default().upper();
    Some(Blocked { view, pod, direction, ip, port: asked.port(), protocol, peer, denying, near })
}

fn object(policy: &PolicyNet) -> ObjectRef {
    ObjectRef::new("NetworkPolicy", &policy.key)
}

impl Blocked<'_> {
    /// The other end as a person would call it.
    fn other(&self) -> String {
        match (&self.peer, self.view.node_at(self.ip)) {
            (Some(peer), _) => peer.key.name.to_string(),
            (None, Some(node)) => node.name.to_string(),
            (None, None) => self.ip.to_string(),
        }
    }

    /// Shows which policies isolate the pod.
    fn with_policies(&self, mut diagnosis: Diagnosis) -> Diagnosis {
        for policy in self.denying.iter().take(SHOWN) {
            let says = msg!(
                "net.evidence.policy-selects",
                policy = policy.key.name,
                selector = policy.pods,
                pod = self.pod.key.name
            );
            diagnosis = diagnosis.see(object(policy), FieldPath::of("spec.podSelector"), says);
        }
        diagnosis
    }

    /// The place of the rule that came nearest, for patches.
    fn pointer(&self) -> String {
        format!("/spec/{}/{}", self.direction.rules(), self.near.rule)
    }

    fn patch(&self, operations: Value) -> Action {
        Action::JsonPatch(object(&self.near.policy), operations)
    }

    /// The patch that adds a rule.
    fn add_rule(&self, peer: Value, ports: Value) -> Action {
        let (list, none) = (self.direction.rules(), self.near.policy.rules(self.direction).is_none_or(<[_]>::is_empty));
        let mut rule = json!({"ports": ports});
        rule[self.direction.peers()] = json!([peer]);
        self.patch(match none {
            true => json!([{"op": "add", "path": format!("/spec/{list}"), "value": [rule]}]),
            false => json!([{"op": "add", "path": format!("/spec/{list}/-"), "value": rule}]),
        })
    }

    /// The other end as a rule would name it.
    fn as_peer(&self) -> Value {
        let Some(peer) = &self.peer else {
            return json!({"ipBlock": {"cidr": format!("{}/{}", self.ip, bits(self.ip))}});
        };
        let labels: serde_json::Map<String, Value> = peer
            .labels
            .iter()
            .filter(|(key, _)| !GENERATED.contains(&&***key))
            .map(|(key, value)| (key.to_string(), Value::from(&**value)))
            .collect();
        let mut selects =
            json!({"podSelector": if labels.is_empty() { json!({}) } else { json!({"matchLabels": labels}) }});
        if peer.key.namespace != self.pod.key.namespace {
            selects["namespaceSelector"] = namespace_called(&peer.key.namespace);
        }
        selects
    }

    fn allow(&self, diagnosis: Diagnosis) -> Diagnosis {
        let ports = json!([{"port": self.port, "protocol": self.protocol}]);
        diagnosis.fix(
            msg!("net.fix.policy-rule", other = self.other(), port = self.port),
            self.add_rule(self.as_peer(), ports),
        )
    }

    fn diagnosis(&self, row: &'static str) -> Diagnosis {
        let near = &self.near;
        let (policy, pod, other) = (&near.policy.key.name, &self.pod.key.name, self.other());
        let peers = FieldPath::of("spec").child(self.direction.rules()).index(near.rule).child(self.direction.peers());
        let line = peers.index(near.peer);
        let home = self.peer.as_ref().map(|peer| peer.key.namespace.clone()).unwrap_or_default();
        let inwards = self.direction == Direction::Ingress;
        let seen = object(&near.policy);
        match &near.miss {
            Miss::Port => {
                let rule = near.policy.rules(self.direction).and_then(|rules| rules.get(near.rule));
                let ports = enumerate(rule.map(|rule| rule.port_names()).unwrap_or_default());
                let cause = if inwards {
                    msg!(
                        "net.cause.policy-port-in",
                        policy = policy,
                        pod = pod,
                        other = other,
                        ports = ports,
                        port = self.port
                    )
                } else {
                    msg!(
                        "net.cause.policy-port-out",
                        policy = policy,
                        pod = pod,
                        other = other,
                        ports = ports,
                        port = self.port
                    )
                };
                let path = FieldPath::of("spec").child(self.direction.rules()).index(near.rule).child("ports");
                let port = json!({"port": self.port, "protocol": self.protocol});
                let add = json!([{"op": "add", "path": format!("{}/ports/-", self.pointer()), "value": port}]);
                Diagnosis::new(row, cause)
                    .see(seen, path, msg!("net.evidence.policy-ports", ports = ports))
                    .fix(msg!("net.fix.policy-port", port = self.port), self.patch(add))
            }
            Miss::Label(wanted, found) => {
                let (wants, has) = (format!("{}={}", wanted.0, wanted.1), format!("{}={}", found.0, found.1));
                let cause = msg!("net.cause.policy-label", policy = policy, wanted = wants, other = other, found = has);
                let labels =
                    format!("{}/{}/{}/podSelector/matchLabels", self.pointer(), self.direction.peers(), near.peer);
                let at = |key: &str| format!("{labels}/{}", key.replace('~', "~0").replace('/', "~1"));
                let mut operations = vec![json!({"op": "add", "path": at(&found.0), "value": &*found.1})];
                if wanted.0 != found.0 {
                    operations.push(json!({"op": "remove", "path": at(&wanted.0)}));
                }
                let mut diagnosis = Diagnosis::new(row, cause)
                    .see(
                        seen,
                        line.child("podSelector").child("matchLabels").key(&wanted.0),
                        msg!("net.evidence.selector-line", wanted = wants),
                    )
                    .fix(msg!("net.fix.policy-label", label = has), self.patch(operations.into()));
                if let Some(peer) = &self.peer {
                    let (object, path) = written_at(peer, "metadata.labels", "spec.template.metadata.labels");
                    let says = msg!("net.evidence.label", pod = peer.key.name, label = has);
                    diagnosis = diagnosis.see(object, path.key(&found.0), says);
                }
                diagnosis
            }
            Miss::OwnNamespace => {
                let own = &near.policy.key.namespace;
                let cause = msg!(
                    "net.cause.policy-own-namespace",
                    policy = policy,
                    namespace = own,
                    other = other,
                    home = home
                );
                let path = format!("{}/{}/{}/namespaceSelector", self.pointer(), self.direction.peers(), near.peer);
                let add = json!([{"op": "add", "path": path, "value": namespace_called(&home)}]);
                Diagnosis::new(row, cause)
                    .see(seen, line, msg!("net.evidence.policy-no-namespace"))
                    .fix(msg!("net.fix.policy-namespace", namespace = home), self.patch(add))
            }
            Miss::Namespace => {
                let labels = self.view.namespace_labels(&home).into_iter().flatten();
                let found = enumerate(labels.map(|(key, value)| format!("{key}={value}")));
                let cause =
                    msg!("net.cause.policy-namespace", policy = policy, other = other, home = home, found = found);
                let diagnosis = Diagnosis::new(row, cause)
                    .see(seen, line.child("namespaceSelector"), msg!("net.evidence.policy-namespaces"))
                    .see(
                        ObjectRef::new("Namespace", &Key::new("", &home)),
                        FieldPath::of("metadata.labels"),
                        msg!("net.evidence.labels", labels = found),
                    );
                self.allow(diagnosis)
            }
            Miss::Except => {
                let cause = msg!("net.cause.policy-except", policy = policy, ip = self.ip);
                self.allow(Diagnosis::new(row, cause).see(
                    seen,
                    line.child("ipBlock").child("except"),
                    msg!("net.evidence.policy-except"),
                ))
            }
            Miss::NoPod if inwards => {
                let cause = match self.view.node_at(self.ip) {
                    Some(node) => msg!("net.cause.policy-hidden", policy = policy, ip = self.ip, node = node.name),
                    None => msg!("net.cause.policy-no-pod", policy = policy, ip = self.ip),
                };
                self.allow(self.with_policies(Diagnosis::new(row, cause)))
            }
            Miss::NoRules => {
                let cause = if inwards {
                    msg!("net.cause.policy-nobody-in", policy = policy, pod = pod)
                } else {
                    msg!("net.cause.policy-nobody-out", policy = policy, pod = pod)
                };
                self.allow(self.with_policies(Diagnosis::new(row, cause)))
            }
            Miss::NoPod | Miss::Other => {
                let names = enumerate(self.denying.iter().map(|policy| policy.key.name.to_string()));
                let cause = if inwards {
                    msg!("net.cause.policy-other-in", policies = names, pod = pod, other = other, port = self.port)
                } else {
                    msg!("net.cause.policy-other-out", policies = names, pod = pod, other = other, port = self.port)
                };
                self.allow(self.with_policies(Diagnosis::new(row, cause)))
            }
        }
    }
}

/// The bits of an address.
fn bits(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// The selector of one namespace, by the label that each bears.
fn namespace_called(name: &str) -> Value {
    json!({"matchLabels": {"kubernetes.io/metadata.name": name}})
}

/// A pod that may not go out may not ask for names either: what shows is a name that nobody knows.
pub(super) fn dns(facts: &Facts<'_>) -> Option<Diagnosis> {
    facts.trace.lookup.as_ref().filter(|lookup| lookup.failure.is_some())?;
    let found = blocked(facts, Direction::Egress)?;
    let names = enumerate(found.denying.iter().map(|policy| policy.key.name.to_string()));
    let cause = msg!("net.cause.policy-dns", pod = found.pod.key.name, policies = names);
    let peer = json!({
        "namespaceSelector": namespace_called("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    });
    let ports = json!([{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]);
    let fix = found.add_rule(peer, ports);
    Some(found.with_policies(Diagnosis::new("policy-dns", cause)).fix(msg!("net.fix.policy-dns"), fix))
}

pub(super) fn inwards(facts: &Facts<'_>) -> Option<Diagnosis> {
    Some(blocked(facts, Direction::Ingress)?.diagnosis("policy-in"))
}

pub(super) fn outwards(facts: &Facts<'_>) -> Option<Diagnosis> {
    Some(blocked(facts, Direction::Egress)?.diagnosis("policy-out"))
}
