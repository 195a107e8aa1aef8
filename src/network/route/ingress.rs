//! The ingress controller: it takes the connection itself, finds the rule for host and path, and opens another connection to
//! an endpoint. Its answers of its own are nginx's pages.
//!
//! Models the templates of ingress-nginx (`rootfs/etc/nginx`): `nginx.tmpl`, `lua/lua_ingress.lua`, `lua/balancer.lua`.

use super::answer::Reply;
use super::target::{Scheme, Target};
use super::walk::{Packet, Walk, rule, run, told};
use super::{Client, Hop, HopKind, Outcome, Place, Request, TlsProblem};
use crate::base::Order;
use crate::base::Str;
use crate::base::hash::fnv64a;
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::msg;
use crate::network::addr::Cidr;
use crate::network::ingress::Backend;
use crate::network::ingress::backend::{Upstream, upstream};
use crate::network::ingress::server::{CATCH_ALL, Found, Location, Server, Shown, WhyFake, certificate};
use crate::network::view::{Key, ObjectRef};
use std::net::{IpAddr, SocketAddr};

/// Time to find a rule.
const MATCHING: Duration = Duration::from_micros(150);
/// `proxy-connect-timeout`, `proxy-read-timeout` and `proxy-next-upstream-tries`.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const TRIES: usize = 3;
/// How many of the paths that were not taken are told.
const CONSIDERED: usize = 12;

/// What became of a request at the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It went to an endpoint, which answered.
    Passed,
    /// It was sent elsewhere, with this status.
    Redirected(u16),
    /// Its source is not allowed.
    NotAllowed,
    /// No rule is for it: 404.
    NoRule,
    /// The Service is missing: 503.
    NoService,
    /// The Service has no such port: 503.
    NoPort,
    /// No endpoint is ready: 503.
    NoEndpoints,
    /// Endpoints did not take the connection, or did not speak HTTP: 502.
    BadGateway,
    /// Endpoints did not answer in time: 504.
    GatewayTimeout,
    /// The client did not like the certificate; if it was the controller's own, why that was shown.
    Certificate(Option<WhyFake>),
}

/// What an ingress controller made of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Routed {
    /// The host that was asked for.
    pub host: Str,
    /// The host of the rules that were looked at; `_` when none names it.
    pub server: Str,
    /// The Ingress of the rule that fits.
    pub ingress: Option<Key>,
    /// Its rule and path; `None` for what no rule says.
    pub place: Option<(usize, usize)>,
    /// Where the rule leads.
    pub backend: Option<Backend>,
    /// What became of it.
    pub verdict: Verdict,
    /// The paths that were not taken, each with the reason.
    pub considered: Vec<(Str, Msg)>,
}

/// An answer of nginx' own.
struct Page(u16, &'static str);

impl Page {
    fn body(&self) -> String {
        let Page(status, reason) = self;
        let title = format!("{status} {reason}");
        format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        )
    }
}

impl Walk<'_> {
    /// The controller has the connection.
    pub(super) fn ingress(&mut self, tls: bool, packet: &Packet, who: &Key) -> Outcome {
        match (tls, self.request.to.scheme) {
            (false, Scheme::Https) => return Outcome::Tls(TlsProblem::NotTls),
            (true, Scheme::Http) => {
                let says = "The plain HTTP request was sent to HTTPS port";
                let center = format!("<h1>400 Bad Request</h1></center>\r\n<center>{says}");
                let body = Page(400, says).body().replace(&format!("<h1>400 {says}</h1>"), &center);
                return answer(400, Vec::new(), body, who);
            }
            _ => {}
        }
        let host = self.request.bare_host().to_ascii_lowercase();
        let mut routed = Routed {
            host: host.as_str().into(),
            server: CATCH_ALL.into(),
            ingress: None,
            place: None,
            backend: None,
            verdict: Verdict::NoRule,
            considered: Vec::new(),
        };
        if tls && let Some(problem) = self.bad_certificate(&mut routed, packet, who) {
            self.routed = Some(Box::new(routed));
            return Outcome::Tls(problem);
        }
        let outcome = self.pass_on(&host, &mut routed, packet, who);
        self.routed = Some(Box::new(routed));
        outcome
    }

    /// What the client does not like about the certificate, unless it does not look.
    fn bad_certificate(&mut self, routed: &mut Routed, packet: &Packet, who: &Key) -> Option<TlsProblem> {
        if self.request.insecure {
            return None;
        }
        let name = &*self.request.to.host;
        // An address is no name: it is not sent in the handshake.
        let asked = if name.parse::<IpAddr>().is_ok() { CATCH_ALL } else { name };
        let (problem, why, says) = match certificate(self.view, asked) {
            Shown::Own(own) => {
                let names = own.names.join(", ");
                let problem = if own.self_signed { TlsProblem::SelfSigned } else { TlsProblem::Untrusted };
                (problem, None, msg!("net.ingress.own-certificate", names = names))
            }
            Shown::Fake(why) => {
                let says = match &why {
                    WhyFake::NoTls => msg!("net.ingress.fake-no-tls", host = name),
                    WhyFake::NoSecretName(_) => msg!("net.ingress.fake-no-name", host = name),
                    WhyFake::NoSecret(_, secret) => msg!("net.ingress.fake-no-secret", secret = secret.name),
                    WhyFake::NoCertificate(_, secret) => msg!("net.ingress.fake-no-certificate", secret = secret.name),
                    WhyFake::OtherNames(_, secret, names) => {
                        msg!("net.ingress.fake-other-names", secret = secret.name, names = names)
                    }
                };
                (TlsProblem::SelfSigned, Some(why), says)
            }
        };
        routed.verdict = Verdict::Certificate(why);
        let what = msg!("net.ingress.tls");
        let step = Step { what, why: says, verdict: "ssl_certificate", location: None, to: None, failed: true };
        self.decided(step, packet, who);
        Some(problem)
    }

    fn pass_on(&mut self, host: &str, routed: &mut Routed, packet: &Packet, who: &Key) -> Outcome {
        let view = self.view;
        let request = self.request;
        let secure = request.to.scheme == Scheme::Https;
        let path = request.to.path.split('?').next().unwrap_or_default();
        let server = Server::of(view, host);
        routed.server = server.host.into();
        let found = server.find(path);
        let Found::Location(at) = found else {
            routed.verdict = Verdict::Redirected(301);
            let to = format!("{}://{}{path}/", if secure { "https" } else { "http" }, request.host_header());
            return self.redirect(Page(301, "Moved Permanently"), to, packet, who);
        };
        let Some(location) = server.locations.get(at).cloned() else { return Outcome::Reset };
        routed.ingress = location.ingress.map(|ingress| ingress.key.clone());
        routed.place = location.place;
        routed.backend = location.backend.cloned();
        routed.considered = considered(view, &server, at, host, path);
        let note = |name: &str| location.ingress.and_then(|ingress| ingress.note(name));
        let no_cert = server.host == CATCH_ALL || !server.secured || note("ssl-redirect") == Some("false");
        if !secure && (note("force-ssl-redirect") == Some("true") || !no_cert) {
            routed.verdict = Verdict::Redirected(308);
            let uri = request.to.path.strip_suffix('/').unwrap_or(&request.to.path);
            return self.redirect(Page(308, "Permanent Redirect"), format!("https://{host}{uri}"), packet, who);
        }
        for (name, page) in
            [("permanent-redirect", Page(301, "Moved Permanently")), ("temporal-redirect", Page(302, "Found"))]
        {
            if let Some(to) = note(name) {
                routed.verdict = Verdict::Redirected(page.0);
                return self.redirect(page, to.to_owned(), packet, who);
            }
        }
        if let Some(root) = note("app-root").filter(|_| path == "/") {
            routed.verdict = Verdict::Redirected(302);
            let to = format!("{}://{}{root}", if secure { "https" } else { "http" }, request.host_header());
            return self.redirect(Page(302, "Moved Temporarily"), to, packet, who);
        }
        let allowed = note("allowlist-source-range").or_else(|| note("whitelist-source-range"));
        let client = packet.src.ip();
        if let Some(list) = allowed
            && !list.split(',').filter_map(|block| Cidr::parse(block.trim())).any(|block| block.contains(client))
        {
            routed.verdict = Verdict::NotAllowed;
            let why = msg!("net.ingress.not-allowed", ip = client, list = list);
            return self.refuse(Page(403, "Forbidden"), &location, why, packet, who);
        }
        let (Some(ingress), Some(backend)) = (location.ingress, location.backend) else {
            let why = if server.host == CATCH_ALL {
                msg!("net.ingress.no-host", host = host)
            } else {
                msg!("net.ingress.no-path", host = host, path = path)
            };
            return self.refuse(Page(404, "Not Found"), &location, why, packet, who);
        };
        let unavailable = Page(503, "Service Temporarily Unavailable");
        let (svc, port) = (&backend.service, &backend.port);
        let (pool, name) = match upstream(view, &ingress.key.namespace, backend) {
            Upstream::Endpoints(all) => (all, None),
            Upstream::Host(name, port) => (Vec::new(), Some((name, port))),
            Upstream::NoService => {
                routed.verdict = Verdict::NoService;
                return self.refuse(unavailable, &location, msg!("net.ingress.no-service", svc = svc), packet, who);
            }
            Upstream::NoPort => {
                routed.verdict = Verdict::NoPort;
                let why = msg!("net.ingress.no-port", svc = svc, port = port);
                return self.refuse(unavailable, &location, why, packet, who);
            }
            Upstream::NoEndpoints => {
                routed.verdict = Verdict::NoEndpoints;
                return self.refuse(unavailable, &location, msg!("net.ingress.no-endpoints", svc = svc), packet, who);
            }
        };
        let cookie = (note("affinity") == Some("cookie"))
            .then(|| self.cookie(note("session-cookie-name").unwrap_or("INGRESSCOOKIE")));
        let pool = self.order(pool, cookie.as_ref().map(|(key, _)| &**key));
        let count = pool.len();
        let first = pool.first().copied().unwrap_or(packet.dst);
        let says = msg!("net.ingress.passes", path = location.path, svc = svc, port = port, count = count.max(1));
        let what = msg!("net.ingress.rule", host = shown_host(&server), path = location.path);
        let to = Some(first);
        let step = Step { what, why: says, verdict: "proxy_pass", location: Some(&location), to, failed: false };
        self.decided(step, packet, who);

        let mut to: Vec<(Str, u16)> = pool.iter().map(|at| (at.ip().to_string().into(), at.port())).collect();
        to.extend(name);
        let scheme = if note("backend-protocol").is_some_and(|one| one.eq_ignore_ascii_case("https")) {
            Scheme::Https
        } else {
            Scheme::Http
        };
        let outcome = self.relay(to, scheme, location.rewrite(&request.to.path), packet, who);
        let (status, reason) = match &outcome {
            Outcome::Answered { .. } => (200, ""),
            Outcome::TimedOut { .. } => (504, "Gateway Time-out"),
            _ => (502, "Bad Gateway"),
        };
        routed.verdict = match status {
            200 => Verdict::Passed,
            504 => Verdict::GatewayTimeout,
            _ => Verdict::BadGateway,
        };
        if request.timeout.is_some_and(|limit| self.latency > limit) {
            return Outcome::TimedOut { connected: true };
        }
        let Outcome::Answered { status, reply: Reply::Said { mut headers, body }, by } = outcome else {
            return answer(status, Vec::new(), Page(status, reason).body(), who);
        };
        if let Some((_, Some(set))) = cookie {
            headers.push(("Set-Cookie".into(), set.into()));
        }
        if secure && server.secured {
            headers.push(("Strict-Transport-Security".into(), "max-age=31536000; includeSubDomains".into()));
        }
        Outcome::Answered { status, reply: Reply::Said { headers, body }, by }
    }

    /// The key of a client's cookie; and the cookie to be set, if it has none.
    fn cookie(&self, name: &str) -> (String, Option<String>) {
        let sent = self.request.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case("cookie"));
        let pairs = sent.flat_map(|(_, value)| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        if let Some((_, value)) = pairs.into_iter().find(|(key, _)| *key == name) {
            return (value.split('|').next().unwrap_or_default().to_owned(), None);
        }
        let mut rng = self.rng("cookie");
        let seconds = crate::base::time::EPOCH_SECONDS.unsigned_abs() + self.view.now.0 / 1_000_000;
        let key = format!("{seconds}.{:03}.30.{:06}", self.view.now.0 / 1_000 % 1_000, rng.below(1_000_000));
        let group = rng.uuid().replace('-', "");
        let set = format!("{name}={key}|{group}; Path=/; HttpOnly");
        (key, Some(set))
    }

    /// The endpoints in the order in which they are tried: that of the cookie first, or at random.
    fn order(&self, mut pool: Vec<SocketAddr>, key: Option<&str>) -> Vec<SocketAddr> {
        let mut rng = self.rng("upstream");
        for i in (1..pool.len()).rev() {
            pool.swap(i, usize::try_from(rng.below(i as u64 + 1)).unwrap_or(0));
        }
        if let Some(key) = key {
            pool.order_by_key(|at| fnv64a(&[key, &at.to_string()]));
        }
        pool
    }

    /// Opens connections of the controller's own until somebody takes the request.
    fn relay(&mut self, to: Vec<(Str, u16)>, scheme: Scheme, path: String, packet: &Packet, who: &Key) -> Outcome {
        let request = self.request;
        let proto = if request.to.scheme == Scheme::Https { ("https", "443") } else { ("http", "80") };
        let client = packet.src.ip().to_string();
        let mut headers: Vec<(Str, Str)> = request.headers.clone();
        let id = self.rng("request id").uuid().replace('-', "");
        let host = request.host_header();
        headers.extend(
            [
                ("X-Request-ID", &*id),
                ("X-Real-IP", &client),
                ("X-Forwarded-For", &client),
                ("X-Forwarded-Host", &host),
                ("X-Forwarded-Port", proto.1),
                ("X-Forwarded-Proto", proto.0),
                ("X-Forwarded-Scheme", proto.0),
                ("X-Scheme", proto.0),
            ]
            .map(|(name, value)| (Str::from(name), Str::from(value))),
        );
        let mut outcome = Outcome::Reset;
        for (n, (name, port)) in to.into_iter().take(TRIES).enumerate() {
            let onward = Request {
                from: Client::Pod(who.clone()),
                to: Target { scheme, host: name, port, path: path.as_str().into() },
                host: Some(host.as_str().into()),
                // The controller does not check certificates of backends.
                insecure: true,
                timeout: Some(READ_TIMEOUT),
                via: None,
                pinned: None,
                headers: headers.clone(),
                ..request.clone()
            };
            let mut way = run(self.view, &onward, self.pick.wrapping_add(n as u64 + 1));
            let no_connection = way.outcome == Outcome::TimedOut { connected: false };
            // What the process says is said to this request of the controller's own.
            if let (Some(said), Outcome::Answered { reply, .. }) = (way.answer(), &mut way.outcome) {
                *reply = Reply::Said { headers: said.headers, body: said.body };
            }
            self.latency += if no_connection { CONNECT_TIMEOUT } else { way.took };
            self.hops.extend(way.hops);
            self.effects.extend(way.effects);
            self.seen_source = way.seen_source;
            self.back = way.back;
            outcome = way.outcome;
            let tries_next =
                matches!(outcome, Outcome::Refused { .. } | Outcome::NoRoute | Outcome::Reset | Outcome::Empty);
            if !tries_next && !no_connection {
                break;
            }
        }
        outcome
    }

    fn redirect(&mut self, page: Page, to: String, packet: &Packet, who: &Key) -> Outcome {
        let why = msg!("net.ingress.redirects", status = page.0, to = to);
        let what = msg!("net.ingress.redirect");
        let step = Step { what, why, verdict: "return", location: None, to: None, failed: false };
        self.decided(step, packet, who);
        answer(page.0, vec![("Location".into(), to.into())], page.body(), who)
    }

    fn refuse(&mut self, page: Page, location: &Location<'_>, why: Msg, packet: &Packet, who: &Key) -> Outcome {
        let what = msg!("net.ingress.status", status = page.0);
        let step = Step { what, why, verdict: "return", location: Some(location), to: None, failed: true };
        self.decided(step, packet, who);
        answer(page.0, Vec::new(), page.body(), who)
    }

    /// Writes down what the controller decided.
    fn decided(&mut self, step: Step<'_>, packet: &Packet, at: &Key) {
        let chain = step.location.map(|one| format!("location {}\"{}\"", if one.exact { "= " } else { "" }, one.path));
        let mut after = packet.flow();
        after.dst = step.to.unwrap_or(after.dst);
        let rule = chain.and_then(|chain| rule(chain, step.verdict, String::new()));
        let refs = step.location.map(refs).unwrap_or_default();
        self.hop(Hop {
            at: Place::Pod(at.clone()),
            kind: HopKind::Ingress,
            failed: step.failed,
            before: packet.flow(),
            after,
            took: MATCHING,
            step: told(msg!("net.ingress.title"), step.what, step.why, rule, refs),
        });
    }
}

/// A decision of the controller.
struct Step<'a> {
    what: Msg,
    why: Msg,
    /// nginx's directive.
    verdict: &'static str,
    /// The path that it is about.
    location: Option<&'a Location<'a>>,
    /// The endpoint that is called next.
    to: Option<SocketAddr>,
    failed: bool,
}

fn answer(status: u16, mut headers: Vec<(Str, Str)>, body: String, by: &Key) -> Outcome {
    headers.insert(0, ("Content-Type".into(), "text/html".into()));
    let reply = Reply::Said { headers, body: body.into() };
    Outcome::Answered { status: Some(status), reply, by: Place::Pod(by.clone()) }
}

fn refs(location: &Location<'_>) -> Vec<ObjectRef> {
    let Some(ingress) = location.ingress else { return Vec::new() };
    let service = location.backend.map(|backend| Key::new(&ingress.key.namespace, &backend.service));
    let service = service.as_ref().map(|key| ObjectRef::new("Service", key));
    [ObjectRef::new("Ingress", &ingress.key)].into_iter().chain(service).collect()
}

fn shown_host(server: &Server<'_>) -> String {
    if server.host == CATCH_ALL { "*".to_owned() } else { server.host.to_owned() }
}

/// The paths that were not taken: those of the host, then those of other hosts.
fn considered(
    view: &crate::network::view::NetView,
    server: &Server<'_>,
    taken: usize,
    host: &str,
    path: &str,
) -> Vec<(Str, Msg)> {
    let chosen = server.locations.get(taken);
    let mut found = Vec::new();
    for (at, location) in server.locations.iter().enumerate() {
        if at == taken || location.place.is_none() {
            continue;
        }
        let why = if location.exact {
            msg!("net.ingress.why-exact")
        } else if path.starts_with(location.path) && chosen.is_some_and(|one| one.exact) {
            msg!("net.ingress.why-exact-wins")
        } else if path.starts_with(location.path)
            && !server.by_regex()
            && chosen.is_some_and(|one| one.path.len() < location.path.len())
        {
            msg!("net.ingress.why-element")
        } else if path.starts_with(location.path) {
            msg!("net.ingress.why-shorter")
        } else {
            msg!("net.ingress.why-begins")
        };
        let kind = if location.exact { " (Exact)" } else { "" };
        found.push((Str::from(format!("{}{}{kind}", shown_host(server), location.path)), why));
    }
    for ingress in view.ingresses() {
        let mine = ingress.not_mine(view).is_none();
        for rule in ingress.rules.iter().filter(|rule| !mine || *rule.host != *server.host && !rule.host.is_empty()) {
            let why = if mine {
                msg!("net.ingress.why-host", host = host)
            } else {
                msg!("net.ingress.why-class", ingress = ingress.key.name)
            };
            let name = if rule.host.is_empty() { "*" } else { &rule.host };
            found.push((name.into(), why));
        }
    }
    found.truncate(CONSIDERED);
    found
}
