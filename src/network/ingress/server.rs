//! The paths of one host, and which of them a request takes.
//!
//! Models `createServers` and `getBackendServers` of `internal/ingress/controller/controller.go`, `location.go`, and the order
//! in which nginx itself tries locations.

use super::certificate::Certificate;
use super::regex::Regex;
use super::{Backend, IngressNet, acted_on, covers};
use crate::base::Order;
use crate::network::view::{Key, NetView};
use std::rc::Rc;

/// The name of the server that takes what no other does.
pub const CATCH_ALL: &str = "_";

/// All that is known for a host.
pub struct Server<'a> {
    /// The host as rules write it (`*.example.com`), or [`CATCH_ALL`].
    pub host: &'a str,
    /// Its paths.
    pub locations: Vec<Location<'a>>,
    /// Whether some Ingress has a `tls` entry for it: then plain HTTP is sent on to HTTPS.
    pub secured: bool,
}

/// A path of a host.
#[derive(Clone)]
pub struct Location<'a> {
    /// The path as it was written.
    pub path: &'a str,
    /// `Exact`.
    pub exact: bool,
    /// The Ingress that it is from.
    pub ingress: Option<&'a IngressNet>,
    /// Where it leads; `None` to the 404 page.
    pub backend: Option<&'a Backend>,
    /// Which rule, and which path of it; `None` for what no rule says.
    pub place: Option<(usize, usize)>,
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// The location of this number.
    Location(usize),
    /// `/shop` where only `/shop/` is known: the slash is added and the client sent there.
    AddSlash,
}

impl Location<'_> {
    fn target(&self) -> Option<&str> {
        self.ingress.and_then(|ingress| ingress.note("rewrite-target"))
    }

    /// Models `needsRewrite`.
    fn needs_rewrite(&self) -> bool {
        self.target().is_some_and(|target| target != self.path)
    }

    /// The path as the backend sees it. Models `buildProxyPass`: the whole path gives way to the target.
    pub fn rewrite(&self, uri: &str) -> String {
        let Some(target) = self.target().filter(|_| self.needs_rewrite()) else { return uri.to_owned() };
        let (path, query) = uri.split_once('?').map_or((uri, None), |(path, query)| (path, Some(query)));
        let Some(found) = Regex::new(self.path).and_then(|regex| regex.search(path)) else { return uri.to_owned() };
        let mut out = String::new();
        let mut rest = target.chars().peekable();
        while let Some(c) = rest.next() {
            match rest.peek().and_then(|digit| digit.to_digit(10)).filter(|_| c == '$') {
                Some(group) => {
                    rest.next();
                    out.push_str(
                        found.get(group as usize).and_then(|range| path.get(range.clone()?)).unwrap_or_default(),
                    );
                }
                None => out.push(c),
            }
        }
        match query {
            Some(query) => format!("{out}{}{query}", if out.contains('?') { '&' } else { '?' }),
            None => out,
        }
    }
}

impl<'a> Server<'a> {
    /// The server for a host: the one that names it, or one with a `*` for its first label, or the one for all.
    pub fn of(view: &'a NetView, host: &str) -> Server<'a> {
        let all = acted_on(view);
        let hosts = || all.iter().flat_map(|ingress| ingress.rules.iter().map(|rule| &*rule.host));
        let named = |name: &&str| !name.is_empty() && !name.starts_with('*') && name.eq_ignore_ascii_case(host);
        let wild = |name: &&str| name.starts_with("*.") && covers(name, host);
        let aliased = || {
            let bears = |ingress: &&&Rc<IngressNet>| {
                ingress
                    .note("server-alias")
                    .is_some_and(|all| all.split(',').any(|one| one.trim().eq_ignore_ascii_case(host)))
            };
            all.iter().find(bears).and_then(|ingress| ingress.rules.first()).map(|rule| &*rule.host)
        };
        let name = hosts().find(named).or_else(aliased).or_else(|| hosts().find(wild)).unwrap_or(CATCH_ALL);
        let mut server = Server { host: name, locations: Vec::new(), secured: false };
        let is_here = |host: &str| if host.is_empty() { name == CATCH_ALL } else { host == name };
        for ingress in &all {
            if name == CATCH_ALL && ingress.rules.is_empty() && ingress.default.is_some() {
                server.add_root(ingress);
            }
            if ingress.rules.iter().any(|rule| is_here(&rule.host)) && name != CATCH_ALL {
                server.add_root(ingress);
                server.secured |= !ingress.tls.is_empty();
            }
        }
        if server.locations.is_empty() {
            server.locations.push(Location { path: "/", exact: false, ingress: None, backend: None, place: None });
        }
        for ingress in &all {
            for (number, rule) in ingress.rules.iter().enumerate().filter(|(_, rule)| is_here(&rule.host)) {
                for (place, path) in rule.paths.iter().enumerate() {
                    let Some(backend) = &path.backend else { continue };
                    server.add(Location {
                        path: &path.path,
                        exact: path.exact,
                        ingress: Some(ingress),
                        backend: Some(backend),
                        place: Some((number, place)),
                    });
                }
            }
        }
        server.locations.order_by(|a, b| (b.path.len(), b.path).cmp(&(a.path.len(), a.path)));
        server
    }

    /// What takes all that no path takes: the default backend of the first Ingress for this host, or the 404 page.
    fn add_root(&mut self, ingress: &'a IngressNet) {
        if self.locations.is_empty() {
            let backend = ingress.default.as_ref();
            self.locations.push(Location { path: "/", exact: false, ingress: Some(ingress), backend, place: None });
        }
    }

    /// The first path of its kind stays; what no rule said gives way to what one says.
    fn add(&mut self, location: Location<'a>) {
        match self.locations.iter_mut().find(|known| known.path == location.path) {
            Some(known) if known.exact == location.exact => {
                if known.place.is_none() {
                    *known = location;
                }
            }
            _ => self.locations.push(location),
        }
    }

    /// One path with a rewrite or `use-regex` makes all paths of the host regular expressions, which do not care for case
    /// nor for whole elements. Models `enforceRegexModifier`.
    pub fn by_regex(&self) -> bool {
        let uses = |one: &Location<'_>| one.ingress.is_some_and(|ingress| ingress.says("use-regex"));
        self.locations.iter().any(|one| one.needs_rewrite() || uses(one))
    }

    /// The location that takes a path (without query).
    pub fn find(&self, path: &str) -> Found {
        let root = self.locations.len().saturating_sub(1);
        if self.by_regex() {
            let fits = |one: &Location<'_>| {
                Regex::new(&format!("^{}", one.path)).is_some_and(|regex| regex.search(path).is_some())
            };
            return Found::Location(self.locations.iter().position(fits).unwrap_or(root));
        }
        // A prefix is a location of its own for the path itself, unless an Exact one has that place.
        let is_path = |one: &Location<'_>| one.path == path;
        let exact = self.locations.iter().position(|one| one.exact && is_path(one));
        if let Some(at) = exact.or_else(|| self.locations.iter().position(is_path)) {
            return Found::Location(at);
        }
        let below = |one: &Location<'_>| {
            !one.exact
                && (one.path == "/"
                    || path.starts_with(one.path)
                        && (one.path.ends_with('/') || path[one.path.len()..].starts_with('/')))
        };
        if self.locations.iter().any(|one| !one.exact && one.path.strip_suffix('/') == Some(path) && !path.is_empty()) {
            return Found::AddSlash;
        }
        Found::Location(self.locations.iter().position(below).unwrap_or(root))
    }
}

/// The certificate that a handshake for a host shows.
pub enum Shown<'a> {
    /// That of a Secret.
    Own(&'a Rc<Certificate>),
    /// The one that the controller made for itself, and why.
    Fake(WhyFake),
}

/// Why the controller shows its own certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyFake {
    /// No Ingress for this host has a `tls` entry.
    NoTls,
    /// The entry names no Secret for this host: the Ingress.
    NoSecretName(Key),
    /// The Secret is not there: the Ingress, the Secret.
    NoSecret(Key, Key),
    /// What is in the Secret is no certificate: the Ingress, the Secret.
    NoCertificate(Key, Key),
    /// The certificate is for other names: the Ingress, the Secret, the names.
    OtherNames(Key, Key, String),
}

/// The certificate for the name that a client asks for in its handshake. Models `extractTLSSecretName` and its caller.
pub fn certificate<'a>(view: &'a NetView, host: &str) -> Shown<'a> {
    let server = Server::of(view, host);
    let has_host = |one: &&&Rc<IngressNet>| one.rules.iter().any(|rule| *rule.host == *server.host);
    let all = acted_on(view);
    let Some(ingress) = all.iter().filter(has_host).find(|one| !one.tls.is_empty()) else {
        return Shown::Fake(WhyFake::NoTls);
    };
    let of_secret = |secret: &str| Key::new(&ingress.key.namespace, secret);
    let listed = |tls: &&super::Tls| tls.hosts.iter().any(|one| one.eq_ignore_ascii_case(server.host));
    let by_names = |tls: &&super::Tls| matches!(view.certificate(&of_secret(&tls.secret)), Some(Some(found)) if found.covers(server.host));
    let entry = ingress.tls.iter().find(listed).or_else(|| ingress.tls.iter().find(by_names));
    let Some(entry) = entry.filter(|entry| !entry.secret.is_empty()) else {
        return Shown::Fake(WhyFake::NoSecretName(ingress.key.clone()));
    };
    let (key, secret) = (ingress.key.clone(), of_secret(&entry.secret));
    match view.certificate(&secret) {
        None => Shown::Fake(WhyFake::NoSecret(key, secret)),
        Some(None) => Shown::Fake(WhyFake::NoCertificate(key, secret)),
        Some(Some(found)) if found.covers(server.host) => Shown::Own(found),
        Some(Some(found)) => Shown::Fake(WhyFake::OtherNames(key, secret, found.names.join(", "))),
    }
}
