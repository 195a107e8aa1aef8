//! What a process says to a request, and what comes of it. An answer is kept as who gave it to what; its headers and body
//! are written when somebody reads them.

use super::deliver::takes;
use super::target::Scheme;
use super::walk::{Packet, Walk};
use super::{Outcome, Place, Request, TlsProblem, Trace};
use crate::base::Order;
use crate::base::Str;
use crate::base::time::Duration;
use crate::kubelet::behaviour::Facts;
use crate::network::ingress::covers;
use crate::network::view::{ExternalHost, HttpHandler, Listener, PodNet, Speaks};
use std::net::SocketAddr;
use std::rc::Rc;

/// What was answered.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Nothing: a connection was opened, an echo came back.
    Nothing,
    /// Exactly this.
    Said {
        /// Response headers.
        headers: Vec<(Str, Str)>,
        /// The body.
        body: Str,
    },
    /// What the process of this server says: [`Trace::answer`] writes it.
    Served(Server),
}

/// Whose process answers.
#[derive(Clone, Debug)]
pub enum Server {
    /// A pod's.
    Pod(Rc<PodNet>),
    /// That of a machine outside.
    Host(Rc<ExternalHost>),
}

/// Two replies are the same if they come from the same server or have the same words.
impl PartialEq for Reply {
    fn eq(&self, other: &Reply) -> bool {
        match (self, other) {
            (Reply::Nothing, Reply::Nothing) => true,
            (Reply::Said { headers, body }, Reply::Said { headers: theirs, body: said }) => {
                headers == theirs && body == said
            }
            (Reply::Served(Server::Pod(pod)), Reply::Served(Server::Pod(other))) => pod.key == other.key,
            (Reply::Served(Server::Host(host)), Reply::Served(Server::Host(other))) => host.ip == other.ip,
            _ => false,
        }
    }
}

impl Eq for Reply {}

/// An answer, written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status; `None` for other protocols.
    pub status: Option<u16>,
    /// Response headers.
    pub headers: Vec<(Str, Str)>,
    /// The body.
    pub body: Str,
}

/// What a socket does with a request.
enum Exchange<'a> {
    Ends(Outcome),
    Says(Option<u16>, Option<&'a HttpHandler>, &'a str),
}

impl Walk<'_> {
    /// A process took the connection or datagram: what comes of it.
    pub(super) fn speak(&mut self, listener: &Listener, server: Server) -> Outcome {
        let (status, handler) = match exchange(listener, self.request) {
            Exchange::Ends(outcome) => return outcome,
            Exchange::Says(status, handler, _) => (status, handler),
        };
        self.latency += handler.map_or(Duration::ZERO, |handler| handler.delay);
        if handler.is_some() && self.request.timeout.is_some_and(|limit| self.latency > limit) {
            return Outcome::TimedOut { connected: true };
        }
        let by = match &server {
            Server::Pod(pod) => Place::Pod(pod.key.clone()),
            Server::Host(host) => Place::Outside(host.ip),
        };
        Outcome::Answered { status, reply: Reply::Served(server), by }
    }
}

impl Trace {
    /// The answer, if one came.
    pub fn answer(&self) -> Option<Answer> {
        let Outcome::Answered { status, reply, .. } = &self.outcome else { return None };
        answer(&self.request, *status, reply, self.seen_source, self.answered_at())
    }

    /// The address and port that answered.
    pub fn answered_at(&self) -> Option<SocketAddr> {
        self.hops.last().map(|hop| hop.after.dst)
    }
}

/// Writes an answer out: who gave it to which request, and the two ends of the packet that the process saw.
pub fn answer(
    request: &Request,
    status: Option<u16>,
    reply: &Reply,
    source: Option<SocketAddr>,
    at: Option<SocketAddr>,
) -> Option<Answer> {
    let said = |headers: &[(Str, Str)], body: &Str| Answer { status, headers: headers.to_vec(), body: body.clone() };
    let server = match reply {
        Reply::Nothing => return Some(said(&[], &"".into())),
        Reply::Said { headers, body } => return Some(said(headers, body)),
        Reply::Served(server) => server,
    };
    let packet = Packet { src: source?, dst: at?, protocol: request.to.scheme.protocol() };
    let (name, namespace, node, listener) = match server {
        Server::Pod(pod) => {
            let mut sockets = pod.listeners().map(|(_, listener)| listener);
            let node = pod.node.as_deref().unwrap_or_default();
            (&pod.key.name, &*pod.key.namespace, node, sockets.find(|listener| takes(listener, &packet)))
        }
        Server::Host(host) => (&host.name, "", "", host.listeners.iter().find(|listener| takes(listener, &packet))),
    };
    let Exchange::Says(_, handler, body) = exchange(listener?, request) else { return None };
    let facts = Facts {
        pod: name,
        namespace,
        node,
        ip: &packet.dst.ip().to_string(),
        port: &packet.dst.port().to_string(),
        client: &packet.src.ip().to_string(),
        client_port: &packet.src.port().to_string(),
        host: &request.host_header(),
        path: &request.to.path,
        method: &request.method,
        agent: &request.agent,
        headers: &header_lines(request),
    };
    let headers = handler.into_iter().flat_map(|handler| &handler.headers);
    Some(Answer {
        status,
        headers: headers.map(|(name, value)| (name.clone(), facts.fill(value).into())).collect(),
        body: facts.fill(body).into(),
    })
}

fn exchange<'a>(listener: &'a Listener, request: &Request) -> Exchange<'a> {
    let host = &request.to.host;
    match (&listener.speaks, request.to.scheme) {
        (Speaks::Resets, _) => Exchange::Ends(Outcome::Reset),
        (_, Scheme::Tcp) => Exchange::Says(None, None, ""),
        (Speaks::Ingress { .. } | Speaks::Closes, Scheme::Http) => Exchange::Ends(Outcome::Empty),
        (Speaks::Ingress { .. } | Speaks::Closes, Scheme::Https) => Exchange::Ends(Outcome::Tls(TlsProblem::NotTls)),
        (Speaks::Nothing, _) => Exchange::Ends(Outcome::TimedOut { connected: true }),
        (Speaks::Raw(text), Scheme::Udp) => Exchange::Says(None, None, text),
        (_, Scheme::Udp | Scheme::Ping) => Exchange::Says(None, None, ""),
        (Speaks::Raw(_), Scheme::Http) => Exchange::Ends(Outcome::NotHttp),
        (Speaks::Raw(_) | Speaks::Http(_), Scheme::Https) => Exchange::Ends(Outcome::Tls(TlsProblem::NotTls)),
        (Speaks::Http(handlers), Scheme::Http) => http(handlers, request),
        (Speaks::Https { .. }, Scheme::Http) => {
            Exchange::Says(Some(400), None, "Client sent an HTTP request to an HTTPS server.\n")
        }
        (Speaks::Https { trusted: false, .. }, Scheme::Https) if !request.insecure => {
            Exchange::Ends(Outcome::Tls(TlsProblem::Untrusted))
        }
        (Speaks::Https { names, .. }, Scheme::Https)
            if !request.insecure && !names.iter().any(|name| covers(name, host)) =>
        {
            Exchange::Ends(Outcome::Tls(TlsProblem::WrongName))
        }
        (Speaks::Https { handlers, .. }, Scheme::Https) => http(handlers, request),
    }
}

fn http<'a>(handlers: &'a [HttpHandler], request: &Request) -> Exchange<'a> {
    let fits = |handler: &&HttpHandler| {
        handler.host.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(request.bare_host()))
            && is_for(&handler.path, &request.to.path)
    };
    match handlers.iter().find(fits) {
        Some(handler) => Exchange::Says(Some(handler.status), Some(handler), &handler.body),
        None => Exchange::Says(Some(404), None, "404 page not found\n"),
    }
}

/// Further headers as Go prints them: sorted, each word of a name with a capital.
fn header_lines(request: &Request) -> String {
    let canonical = |name: &str| {
        let words = name.split('-').map(|word| {
            let lower = word.to_ascii_lowercase();
            lower.get(..1).unwrap_or_default().to_ascii_uppercase() + lower.get(1..).unwrap_or_default()
        });
        words.collect::<Vec<_>>().join("-")
    };
    let mut lines: Vec<String> =
        request.headers.iter().map(|(name, value)| format!("{}: {value}\n", canonical(name))).collect();
    lines.order();
    lines.concat()
}

/// Whether a handler's path fits that of a request.
fn is_for(pattern: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => pattern.is_empty() || path == pattern,
    }
}
