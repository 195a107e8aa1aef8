//! The way of one request: [`trace`] follows it hop by hop and never fails to say where it ended.
//!
//! [`target`] reads what was asked for; [`walk`] moves the packet from place to place; [`node`] is what kube-proxy does
//! inside one node, [`forward`] where the node sends it then; [`outside`] the network around the cluster and its
//! balancers; [`police`] asks NetworkPolicies; [`ingress`] is the controller that passes requests on; [`deliver`] the
//! process at the end and [`answer`] what it says; [`candidates`] tells for every endpoint why it
//! was or was not eligible; [`hop`] puts a step into words.

mod answer;
mod candidates;
mod deliver;
mod forward;
mod hop;
mod ingress;
mod names;
mod node;
mod outside;
mod police;
mod target;
mod walk;

pub use answer::{Answer, Reply, Server, answer};
pub use candidates::{Candidate, Verdict, why_not_ready};
pub use hop::{Hop, HopKind, RuleRef};
pub use ingress::{Routed, Verdict as IngressVerdict};
pub use police::dns_pod;
pub use target::{BadTarget, Scheme, Target};
pub use walk::Rewrite;

use super::addr::Family;
use super::dns::lookup::{Failure, Lookup, Reach};
use super::dns::resolv::ResolvConf;
use super::rules::{Affinity, PortRules, VipKind};
use super::view::{Key, NetView, NodeNet};
use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::msg;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Client {
    /// A process in a pod.
    Pod(Key),
    /// A process on a node.
    Node(Str),
    /// A machine on the internet.
    Internet,
    /// A machine in the nodes' network, for example the laptop that a local cluster runs on.
    Laptop,
    /// A machine outside with this address.
    Outside(IpAddr),
}

/// A request.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Request {
    /// Who asks.
    pub from: Client,
    /// For what.
    pub to: Target,
    /// The HTTP method.
    pub method: Str,
    /// A `Host` header other than the one in the URL.
    pub host: Option<Str>,
    /// The client's program, as in `curl/7.88.1`.
    pub agent: Str,
    /// Whether certificates are not checked (`curl -k`).
    pub insecure: bool,
    /// The node to which the network outside (or the balancer) sends the packet, instead of choosing one.
    pub via: Option<Str>,
    /// How long the client waits in all (`curl -m`).
    pub timeout: Option<Duration>,
    /// The address of the host, which is then not looked up (`curl --resolve`).
    #[serde(default)]
    pub pinned: Option<IpAddr>,
    /// Further headers (`curl -H`).
    #[serde(default)]
    pub headers: Vec<(Str, Str)>,
    /// The body (`curl -d`).
    #[serde(default)]
    pub body: Str,
    /// The only family of addresses to use (`curl -4`, `curl -6`).
    #[serde(default)]
    pub family: Option<Family>,
}

impl Request {
    /// A plain GET.
    pub fn new(from: Client, to: Target) -> Request {
        Request {
            from,
            to,
            method: "GET".into(),
            host: None,
            agent: "curl/7.88.1".into(),
            insecure: false,
            via: None,
            timeout: None,
            pinned: None,
            headers: Vec::new(),
            body: Str::default(),
            family: None,
        }
    }

    /// The `Host` header: the port is left out when it is the scheme's own.
    pub fn host_header(&self) -> String {
        let to = &self.to;
        match (&self.host, to.scheme, to.port) {
            (Some(host), ..) => host.to_string(),
            (None, Scheme::Http, 80) | (None, Scheme::Https, 443) => to.shown_host(),
            (None, ..) => format!("{}:{}", to.shown_host(), to.port),
        }
    }

    /// The host of that header, without port.
    pub fn bare_host(&self) -> &str {
        match &self.host {
            Some(host) => host.rsplit_once(':').map_or(&**host, |(name, _)| name).trim_end_matches('.'),
            None => self.to.host.trim_end_matches('.'),
        }
    }
}

/// Where something happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a pod.
    Pod(Key),
    /// On a node.
    Node(Str),
    /// On the internet.
    Internet,
    /// On the laptop.
    Laptop,
    /// On a machine outside.
    Outside(IpAddr),
    /// In the load balancer of a Service.
    Balancer(Key),
    /// At the name server.
    Dns,
}

/// The two ends of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Where it says it comes from.
    pub src: SocketAddr,
    /// Where it goes.
    pub dst: SocketAddr,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody answered.
    Answered {
        /// The HTTP status; `None` for other protocols.
        status: Option<u16>,
        /// What: see [`Trace::answer`].
        reply: Reply,
        /// Who.
        by: Place,
    },
    /// Refused at once.
    Refused {
        /// By whom.
        by: Place,
    },
    /// No answer.
    TimedOut {
        /// Whether a connection had been opened.
        connected: bool,
    },
    /// The name has no address.
    NoSuchName {
        /// Why not.
        failure: Failure,
        /// Whether the name server could be asked.
        reach: Reach,
    },
    /// `No route to host`.
    NoRoute,
    /// `Network is unreachable`: the client has no address of the target's family.
    Unreachable,
    /// The connection was reset.
    Reset,
    /// The connection was closed without an answer.
    Empty,
    /// TLS did not come about.
    Tls(TlsProblem),
    /// The answer is no HTTP.
    NotHttp,
    /// There is no such client, or it has no network (yet).
    NoClient,
}

/// What went wrong with TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsProblem {
    /// The server speaks no TLS.
    NotTls,
    /// Nobody known signed the certificate.
    Untrusted,
    /// It signed itself.
    SelfSigned,
    /// The certificate is for other names.
    WrongName,
}

/// What the caller has to remember.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// This client sticks to this endpoint from now on.
    Stick(Affinity),
}

/// The Service port that handled the request.
#[derive(Clone, Debug)]
pub struct Matched {
    /// Which port, and its endpoints.
    pub rules: Rc<PortRules>,
    /// By what kind of address.
    pub kind: VipKind,
    /// On which node.
    pub node: Rc<NodeNet>,
    /// Whether only endpoints of that node were eligible.
    pub local_only: bool,
    /// The endpoint that was chosen: an index.
    pub chosen: Option<usize>,
}

/// How the answer comes back.
#[derive(Clone, Debug)]
pub enum Back {
    /// As it is.
    Direct,
    /// The node that rewrote the destination undoes it.
    Undone(Rewrite),
}

/// The whole way of a request.
#[derive(Clone, Debug)]
pub struct Trace {
    /// What was asked.
    pub request: Request,
    /// The client's own address.
    pub client_ip: Option<IpAddr>,
    /// The look-up of the name, if the target was one.
    pub lookup: Option<Lookup>,
    /// Step by step.
    pub hops: Vec<Hop>,
    /// What kube-proxy matched, if it did.
    pub matched: Option<Matched>,
    /// What an ingress controller made of it, if it came to one.
    pub routed: Option<Box<Routed>>,
    /// How it ended.
    pub outcome: Outcome,
    /// How the answer comes back: see [`Trace::way_back`].
    pub back: Option<Back>,
    /// The address that the answering process saw.
    pub seen_source: Option<SocketAddr>,
    /// How long it took.
    pub took: Duration,
    /// How long the connection took to be opened or refused, without the look-up.
    pub connect: Duration,
    /// How many addresses were tried.
    pub addresses_tried: usize,
    /// How many routers, nodes included, passed the packet on.
    pub forwards: u8,
    /// What to remember: see [`NetView::apply`].
    pub effects: Vec<Effect>,
}

impl Trace {
    /// More endpoints than this are not listed one by one.
    pub const MAX_CANDIDATES: usize = 200;

    /// All endpoints of the matched Service, with the reason for each (at most [`Trace::MAX_CANDIDATES`]). `view` is that of
    /// the request.
    pub fn candidates(&self, view: &NetView) -> Vec<Candidate> {
        self.matched.as_ref().map(|matched| candidates::list(view, matched, Trace::MAX_CANDIDATES)).unwrap_or_default()
    }

    /// How the answer comes back, in a sentence.
    pub fn way_back(&self) -> Option<Msg> {
        Some(match self.back.as_ref()? {
            Back::Direct => msg!("net.back.direct"),
            Back::Undone(Rewrite { node, original, endpoint, masqueraded: true }) => {
                msg!("net.back.masqueraded", node = node, endpoint = endpoint, original = original)
            }
            Back::Undone(Rewrite { node, original, endpoint, .. }) => {
                msg!("net.back.rewritten", node = node, endpoint = endpoint, original = original)
            }
        })
    }

    /// The pod that answered.
    pub fn answered_by(&self) -> Option<&Key> {
        match &self.outcome {
            Outcome::Answered { by: Place::Pod(key), .. } => Some(key),
            _ => None,
        }
    }

    /// Whether an answer came, whatever its status.
    pub fn is_answered(&self) -> bool {
        matches!(self.outcome, Outcome::Answered { .. })
    }
}

impl NetView {
    /// Remembers what a trace brought about.
    pub fn apply(&mut self, effects: &[Effect]) {
        for effect in effects {
            let Effect::Stick(key) = effect;
            self.affinity.insert(key.clone(), self.now);
        }
    }
}

/// The resolver settings of a client, and whether its name server answers. `None` when there is no such client.
pub fn resolver(view: &NetView, client: &Client, pick: u64) -> Option<(ResolvConf, Reach)> {
    let sender = walk::sender(view, client)?;
    let target = Target { scheme: Scheme::Udp, host: "".into(), port: 53, path: "/".into() };
    let (reach, _) = names::reach(view, &Request::new(client.clone(), target), &sender, pick);
    Some((names::conf(view, &sender), reach))
}

/// Another request on the connection that `trace` opened: the node's connection tracking sends it where the first one went.
/// A TCP connection stays with its pod, whatever became of its readiness, of the Service or of the rules, as long as the pod
/// lives. Of datagrams kube-proxy makes the nodes forget the way when the endpoint no longer serves. `Reset` asks for a new
/// one.
///
/// Models pkg/proxy/conntrack/cleanup.go.
pub fn again(view: &NetView, trace: &Trace) -> Outcome {
    let gone = trace.answered_by().is_some_and(|key| view.pod(key).is_none_or(|pod| !pod.alive));
    let forgotten = trace.request.to.scheme == Scheme::Udp
        && trace.matched.as_ref().is_some_and(|matched| {
            let name = &matched.rules.name;
            let used = matched.chosen.and_then(|place| matched.rules.endpoints.get(place));
            let now = view
                .rules(&matched.node.name)
                .service(&name.service)
                .iter()
                .find(|rules| rules.name == *name && rules.family() == matched.rules.family());
            used.zip(now).is_none_or(|(used, now)| !now.endpoints.iter().any(|one| one.at == used.at && one.serving))
        });
    if gone || forgotten { Outcome::Reset } else { trace.outcome.clone() }
}

/// Follows a request through the cluster. `pick` decides everything that is random, so the same number gives the same way;
/// give each connection its own.
pub fn trace(view: &NetView, request: &Request, pick: u64) -> Trace {
    walk::run(view, request, pick)
}
