//! Moving the packet from place to place until somebody answers or nobody does.

use super::forward::is_own_address;
use super::hop::{Step, Told};
use super::{
    Back, Client, Effect, Flow, Hop, HopKind, Matched, Outcome, Place, Request, Routed, RuleRef, Trace, names,
};
use crate::base::Order;
use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::rng::Rng;
use crate::base::time::Duration;
use crate::msg;
use crate::network::addr::{Family, Protocol};
use crate::network::view::{Key, NetView, NodeNet, ObjectRef, PodNet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

/// A way from pod to pod has so many hops.
const USUAL_HOPS: usize = 3;
/// No packet takes more steps than this: routers would have let it die.
const MAX_STEPS: usize = 24;
/// How long a connection is tried when the client sets no limit of its own: six repeated SYNs.
const PATIENCE: Duration = Duration::from_secs(131);
/// How long the neighbours are asked for an address that nobody has.
const NEIGHBOUR_WAIT: Duration = Duration::from_millis(3_100);
/// A client tries this many addresses of a name.
const MAX_ADDRESSES: usize = 8;
/// How long curl waits before it tries the next address of a name.
const NEXT_ADDRESS: Duration = Duration::from_millis(200);

/// A packet on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub src: SocketAddr,
    pub dst: SocketAddr,
    /// `None` for a ping.
    pub protocol: Option<Protocol>,
}

impl Packet {
    pub(super) fn flow(&self) -> Flow {
        Flow { src: self.src, dst: self.dst }
    }
}

/// Where the packet is.
#[derive(Clone)]
pub(super) enum At {
    /// It enters a node, from a pod there or over the wire.
    Into(Rc<NodeNet>),
    /// A process on the node sends it.
    OutOf(Rc<NodeNet>),
    /// It is in the network around the cluster.
    Outside,
    /// It reached a pod.
    Pod(Rc<PodNet>),
    /// It reached the node itself.
    Node(Rc<NodeNet>),
    /// It reached a machine outside.
    Host(IpAddr),
    /// It went no further.
    Ended(Outcome),
}

/// A destination that was rewritten, which the answer has to undo.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// Where.
    pub node: Str,
    /// What it was.
    pub original: SocketAddr,
    /// What it became.
    pub endpoint: SocketAddr,
    /// Whether the source was rewritten too, so that the answer is sure to come by.
    pub masqueraded: bool,
}

/// The state of one walk.
pub(super) struct Walk<'a> {
    pub view: &'a NetView,
    pub request: &'a Request,
    pub pick: u64,
    pub hops: Vec<Hop>,
    pub matched: Option<Matched>,
    pub routed: Option<Box<Routed>>,
    pub effects: Vec<Effect>,
    /// The last one: an answer undoes it first.
    pub rewrite: Option<Rewrite>,
    pub back: Option<Back>,
    pub seen_source: Option<SocketAddr>,
    pub latency: Duration,
    pub outside_seen: Vec<SocketAddr>,
    pub forwards: u8,
}

impl<'a> Walk<'a> {
    pub(super) fn new(view: &'a NetView, request: &'a Request, pick: u64) -> Walk<'a> {
        Walk {
            view,
            request,
            pick,
            hops: Vec::new(),
            matched: None,
            routed: None,
            effects: Vec::new(),
            rewrite: None,
            back: None,
            seen_source: None,
            latency: Duration::ZERO,
            outside_seen: Vec::new(),
            forwards: 0,
        }
    }

    /// A random stream of its own for each decision.
    pub(super) fn rng(&self, what: &str) -> Rng {
        Rng::stream(self.pick, "network", what)
    }

    pub(super) fn hop(&mut self, hop: Hop) {
        self.latency += hop.took;
        self.hops.push(hop);
    }

    /// Follows a packet to its end.
    pub(super) fn follow(&mut self, mut packet: Packet, mut at: At) -> Outcome {
        for _ in 0..MAX_STEPS {
            at = match at {
                At::Into(node) if !node.up => {
                    self.lost_at_node(&node, &packet, msg!("net.transit.node-down", node = node.name))
                }
                // What comes from outside and says it comes from here is not believed.
                At::Into(node) if is_own_address(&node, packet.src.ip(), false) => self.lost_at_node(
                    &node,
                    &packet,
                    msg!("net.transit.martian", node = node.name, ip = packet.src.ip()),
                ),
                At::Into(node) => {
                    let next = self.through_node(&node, &mut packet, false);
                    self.forwards += u8::from(!matches!(next, At::Node(_)));
                    next
                }
                At::OutOf(node) => self.through_node(&node, &mut packet, true),
                At::Outside => {
                    self.forwards += 1;
                    self.outside(&mut packet)
                }
                At::Pod(pod) => At::Ended(self.deliver_to_pod(&pod, &packet)),
                At::Node(node) => At::Ended(self.deliver_to_node(&node, &packet)),
                At::Host(ip) => At::Ended(self.deliver_to_host(ip, &packet)),
                At::Ended(outcome) => return outcome,
            };
        }
        Outcome::NoRoute
    }

    fn lost_at_node(&mut self, node: &NodeNet, packet: &Packet, why: Msg) -> At {
        self.hop(Hop {
            at: Place::Node(node.name.clone()),
            kind: HopKind::Transit,
            failed: true,
            before: packet.flow(),
            after: packet.flow(),
            took: Duration::ZERO,
            step: told(
                msg!("net.transit.to-node", node = node.name),
                msg!("net.transit.lost"),
                why,
                None,
                vec![ObjectRef::node(&node.name)],
            ),
        });
        At::Ended(Outcome::TimedOut { connected: false })
    }
}

/// The machine or pod that sends.
pub(super) struct Sender {
    pub ip: IpAddr,
    /// Its address of the other family.
    pub second_ip: Option<IpAddr>,
    pub pod: Option<Rc<PodNet>>,
    pub node: Option<Rc<NodeNet>>,
}

pub(super) fn sender(view: &NetView, client: &Client) -> Option<Sender> {
    let second = view.config.second.as_ref();
    let outsider = |ip, second_ip| Sender { ip, second_ip, pod: None, node: None };
    match client {
        Client::Pod(key) => {
            let pod = view.pod(key)?.clone();
            let node = view.node(pod.node.as_deref()?)?.clone();
            let (ip, second_ip) = if pod.host_network { (node.ip, node.second_ip) } else { (pod.ip?, pod.second_ip) };
            let able = pod.alive && node.up && pod.containers.iter().any(|container| container.running);
            able.then_some(Sender { ip, second_ip, pod: Some(pod), node: Some(node) })
        }
        Client::Node(name) => {
            let node = view.node(name).filter(|node| node.up)?.clone();
            Some(Sender { ip: node.ip, second_ip: node.second_ip, pod: None, node: Some(node) })
        }
        Client::Internet => Some(outsider(view.config.internet_ip, second.map(|second| second.internet_ip))),
        Client::Laptop => Some(outsider(view.config.laptop_ip, second.map(|second| second.laptop_ip))),
        Client::Outside(ip) => Some(outsider(*ip, None)),
    }
}

impl Sender {
    /// Its address of a family.
    pub(super) fn ip_of(&self, family: Family) -> Option<IpAddr> {
        family.pick([Some(self.ip), self.second_ip])
    }

    /// Where a packet to `dst` starts, and with which source address; nowhere without an address of that family.
    pub(super) fn start(&self, view: &NetView, dst: IpAddr) -> Option<(At, IpAddr)> {
        let own = self.ip_of(Family::of(dst));
        Some(match (&self.pod, &self.node) {
            (Some(pod), Some(node)) if !pod.host_network => {
                if dst.is_loopback() || Some(dst) == own {
                    (At::Pod(pod.clone()), dst)
                } else {
                    (At::Into(node.clone()), own?)
                }
            }
            (_, Some(node)) => (At::OutOf(node.clone()), source_on_node(view, node, dst)?),
            _ => (At::Outside, own?),
        })
    }
}

/// The address that a node's kernel gives to a packet to `dst`.
pub(super) fn source_on_node(view: &NetView, node: &NodeNet, dst: IpAddr) -> Option<IpAddr> {
    if is_own_address(node, dst, true) {
        return Some(dst);
    }
    let family = Family::of(dst);
    let pod_here = view.node_of_pod_ip(dst).is_some_and(|owner| owner.name == node.name);
    node.gateway_of(family).filter(|_| pod_here).or_else(|| node.ip_of(family))
}

/// Looks the name up, then tries its addresses one after the other.
pub(super) fn run(view: &NetView, request: &Request, pick: u64) -> Trace {
    let mut trace = Trace {
        request: request.clone(),
        client_ip: None,
        lookup: None,
        hops: Vec::new(),
        matched: None,
        routed: None,
        outcome: Outcome::NoClient,
        back: None,
        seen_source: None,
        took: Duration::ZERO,
        connect: Duration::ZERO,
        addresses_tried: 0,
        forwards: 0,
        effects: Vec::new(),
    };
    let Some(sender) = sender(view, &request.from) else { return trace };
    trace.client_ip = Some(sender.ip);

    let mut addresses = match request.pinned.or_else(|| literal_address(&request.to.host)) {
        Some(ip) => vec![ip],
        None => {
            let (lookup, hops) = names::resolve(view, request, &sender, pick);
            let addresses = lookup.addresses.clone();
            let reach = lookup.failure.map(|failure| (failure, names::reach(view, request, &sender, pick).0));
            trace.took = lookup.took;
            trace.hops = hops;
            trace.lookup = Some(lookup);
            if let Some((failure, reach)) = reach {
                trace.outcome = Outcome::NoSuchName { failure, reach };
                return trace;
            }
            addresses
        }
    };
    if addresses.len() > 1 {
        Walk::new(view, request, pick).shuffle(&mut addresses);
        addresses.order_by_key(|ip| (sender.ip_of(Family::of(*ip)).is_none(), ip.is_ipv4()));
        addresses.truncate(MAX_ADDRESSES);
    }
    follow_all(&mut trace, view, request, &sender, &addresses, pick);
    trace
}

/// Tries addresses one after the other, as curl does: it goes on after a refusal, and does not wait for an address of IPv6
/// when there is one of IPv4.
fn follow_all(trace: &mut Trace, view: &NetView, request: &Request, sender: &Sender, addresses: &[IpAddr], pick: u64) {
    let asked = trace.hops.len();
    let several = addresses.len() > 1;
    for (n, ip) in addresses.iter().enumerate() {
        let mut walk = Walk::new(view, request, pick);
        trace.hops.truncate(asked);
        walk.hops = std::mem::take(&mut trace.hops);
        walk.hops.reserve(USUAL_HOPS);
        let outcome = walk.connect(sender, SocketAddr::new(*ip, request.to.port));
        trace.addresses_tried += 1;
        let others = addresses.get(n + 1..).unwrap_or_default();
        let overtaken = outcome == Outcome::TimedOut { connected: false }
            && others.iter().any(|other| other.is_ipv4() != ip.is_ipv4());
        let spent = if overtaken { NEXT_ADDRESS } else { walk.spent(&outcome, several) };
        trace.connect = if several { trace.connect.max(spent) } else { spent };
        let again = overtaken || matches!(outcome, Outcome::Refused { .. } | Outcome::NoRoute | Outcome::Unreachable);
        trace.hops = walk.hops;
        trace.matched = walk.matched;
        trace.routed = walk.routed;
        trace.back = walk.back;
        trace.seen_source = walk.seen_source;
        trace.forwards = walk.forwards;
        trace.effects = walk.effects;
        trace.outcome = outcome;
        if !again {
            break;
        }
    }
    trace.took += trace.connect;
}

/// Numbers are addresses and are not looked up.
fn literal_address(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}

impl Walk<'_> {
    fn shuffle(&self, addresses: &mut [IpAddr]) {
        let mut rng = self.rng("addresses");
        for i in (1..addresses.len()).rev() {
            let j = rng.below(i as u64 + 1) as usize;
            addresses.swap(i, j);
        }
    }

    /// Opens a connection (or sends a datagram) and follows it.
    pub(super) fn connect(&mut self, sender: &Sender, dst: SocketAddr) -> Outcome {
        let Some((at, source)) = sender.start(self.view, dst.ip()) else { return self.unreachable(sender, dst) };
        let port = if self.request.to.scheme.protocol().is_none() {
            0
        } else {
            32_768 + u16::try_from(self.rng("source port").below(28_232)).unwrap_or(0)
        };
        let protocol = self.request.to.scheme.protocol();
        self.follow(Packet { src: SocketAddr::new(source, port), dst, protocol }, at)
    }

    /// The sender has no address of the family of `dst`: its kernel does not even try.
    fn unreachable(&mut self, sender: &Sender, dst: SocketAddr) -> Outcome {
        let flow = Flow { src: SocketAddr::new(sender.ip, 0), dst };
        let place = match (&sender.pod, &sender.node) {
            (Some(pod), _) => Place::Pod(pod.key.clone()),
            (None, Some(node)) => Place::Node(node.name.clone()),
            (None, None) => self.place_of_client(),
        };
        self.hop(Hop {
            at: place,
            kind: HopKind::Transit,
            failed: true,
            before: flow,
            after: flow,
            took: Duration::ZERO,
            step: told(
                msg!("net.transit.unreachable"),
                msg!("net.transit.lost"),
                msg!("net.transit.no-family", ip = dst.ip(), family = Family::of(dst.ip())),
                None,
                sender.pod.iter().map(|pod| ObjectRef::new("Pod", &pod.key)).collect(),
            ),
        });
        Outcome::Unreachable
    }

    /// How long the client was busy with this address.
    fn spent(&self, outcome: &Outcome, several: bool) -> Duration {
        let limit = self.request.timeout.unwrap_or(PATIENCE);
        match outcome {
            Outcome::TimedOut { .. } => limit,
            Outcome::NoRoute => NEIGHBOUR_WAIT.min(limit),
            Outcome::Refused { .. } if several => (NEXT_ADDRESS + self.latency).min(limit),
            _ => self.latency.min(limit),
        }
    }
}

/// An address that stands for "no address" in flows of hops that have none.
pub(super) const UNSPECIFIED: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// A rule by its chain.
pub(super) fn rule(chain: String, verdict: &'static str, comment: String) -> Option<RuleRef> {
    Some(RuleRef { chain, verdict, comment })
}

/// A step in words.
pub(super) fn told(title: Msg, what: Msg, why: Msg, rule: Option<RuleRef>, refs: Vec<ObjectRef>) -> Step {
    Step::Told(Box::new(Told { title, what, why, rule, refs }))
}

/// The reference to a Service.
pub(super) fn service_ref(key: &Key) -> ObjectRef {
    ObjectRef::new("Service", key)
}
