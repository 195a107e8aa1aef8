//! Requests that were sent, and what became of them.

use super::files::Files;
use super::race;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::service::ServiceType;
use crate::api::objects::{Node, Pod, Service};
use crate::base::Str;
use crate::base::msg::Msg;
use crate::msg;
use crate::network::diagnose::{diagnose, one_connection, remark};
use crate::network::ingress::IngressNet;
use crate::network::route::{Client, Outcome, Request, Target, Trace, again};
use crate::network::view::Key as NetKey;
use crate::sim::{Engine, World};
use crate::view::build::diagnosis::{self, Remedy};
use crate::view::build::trace as build;
use crate::view::model::graph::GraphView;
use crate::view::model::race::{RaceView, Way};
use crate::view::model::request::{
    Ask, Flights, LossView, RequestView, SourceView, SpreadBar, SpreadView, SteadyView, TraceView,
};
use crate::view::model::{Shared, Text, Tone};
use std::collections::BTreeMap;

/// Sources are offered from at most so many pods.
const SOURCES: usize = 200;
/// At most so many requests are sent at once.
const VOLLEY: u32 = 1000;
/// At most so many moving dots are drawn.
const DOTS: usize = 100;

/// The request panel's state.
#[derive(Default)]
pub struct Requests {
    suggestion: Shared<Ask>,
    trace: Option<Shared<TraceView>>,
    spread: BTreeMap<NetKey, u32>,
    total: u32,
    lost: u32,
    flights: Option<Shared<Flights>>,
    steady: Option<Steady>,
    losses: Vec<LossView>,
    race: Option<Shared<RaceView>>,
    /// The Service that bears it.
    loaded: Option<Key>,
    /// Ids of the last trace's fixes, and what each does.
    fixes: Vec<(Str, Remedy)>,
    /// The trace that is shown failed.
    failed: bool,
    next: u64,
}

/// A steady stream of requests.
struct Steady {
    line: Line,
    view: SteadyView,
    /// Microseconds that all answers took together.
    spent: u64,
    /// Fractions of a request that are due.
    owed: f64,
}

impl Requests {
    /// Fills the form.
    pub fn suggest(&mut self, ask: Ask) {
        self.suggestion = Shared::new(ask);
    }

    /// Sends requests. `Err` says why they could not even be tried.
    pub fn send(&mut self, engine: &mut Engine, files: &Files, ask: &Ask, count: u32) -> Result<(), Msg> {
        let mut line = Line::new(ask)?;
        self.forget();
        let mut ways = Vec::new();
        for _ in 0..count.clamp(1, VOLLEY) {
            let trace = line.send(engine);
            self.count(&trace);
            if ways.len() < DOTS {
                ways.push(build::segments(&trace));
            }
            self.show(engine, files, &trace);
        }
        self.flights = (count > 1).then(|| Shared::new(Flights { id: self.next, ways }));
        if let Some(open) = line.open.filter(|_| count > 1) {
            self.remark_one_connection(engine, files, &open);
        }
        Ok(())
    }

    /// Shows a request, unless another one of its volley has as much to say: the first, or the first that failed.
    fn show(&mut self, engine: &mut Engine, files: &Files, trace: &Trace) {
        self.next += 1;
        let failed = !trace.is_answered();
        if self.trace.is_some() && (self.failed || !failed) {
            return;
        }
        let cause = diagnose(engine.network(), trace);
        let tone = if cause.is_some() { Tone::Bad } else { Tone::Pending };
        let mut found = cause.or_else(|| remark(engine.network(), trace));
        if let Some(found) = &mut found {
            diagnosis::enrich(engine.world().api.store(), engine.now(), found);
        }
        let place = |object: &_, path: &_| files.place(object, path);
        let shown = found.as_ref().map(|found| diagnosis::view(self.next, tone, found, place));
        self.fixes = found.as_ref().map(|found| diagnosis::remedies(self.next, found)).unwrap_or_default();
        self.trace = Some(Shared::new(build::trace(self.next, engine.network(), trace, shown)));
        self.failed = failed;
    }

    /// Where all requests went over one connection, that is what there is to say, unless one failed.
    fn remark_one_connection(&mut self, engine: &mut Engine, files: &Files, open: &Trace) {
        let found = one_connection(open, self.total).filter(|_| !self.failed);
        let Some(found) = found else { return };
        let shown = diagnosis::view(self.next, Tone::Pending, &found, |object, path| files.place(object, path));
        self.fixes = diagnosis::remedies(self.next, &found);
        self.trace = Some(Shared::new(build::trace(self.next, engine.network(), open, Some(shown))));
    }

    fn forget(&mut self) {
        self.losses.clear();
        self.spread.clear();
        self.fixes.clear();
        self.trace = None;
        self.failed = false;
        self.total = 0;
        self.lost = 0;
    }

    fn count(&mut self, trace: &Trace) {
        self.total += 1;
        match trace.answered_by() {
            Some(pod) => match self.spread.get_mut(pod) {
                Some(count) => *count += 1,
                None => {
                    self.spread.insert(pod.clone(), 1);
                }
            },
            None if trace.is_answered() => {}
            None => self.lost += 1,
        }
    }

    /// Plays a rollout in two ways, on copies of the cluster.
    pub fn race(&mut self, engine: &Engine, ask: &Ask, ways: &[Way; 2]) -> Result<(), Msg> {
        self.race = Some(Shared::new(race::play(engine, ask, ways)?));
        Ok(())
    }

    /// Begins a steady stream. Autoscalers feel it, if it goes to a Service.
    pub fn start_steady(&mut self, engine: &mut Engine, ask: &Ask, per_second: u32) -> Result<(), Msg> {
        let line = Line::new(ask)?;
        self.forget();
        self.stop_steady(engine);
        let trace = engine.route(&line.request);
        self.loaded = trace.matched.map(|matched| {
            let service = matched.rules.name.service.clone();
            Key::new(Kind::SERVICE, service.namespace, service.name)
        });
        if let Some(service) = &self.loaded {
            engine.load(service.clone(), per_second.clamp(1, VOLLEY));
        }
        let view = SteadyView { per_second: per_second.clamp(1, VOLLEY), sent: 0, lost: 0, latency: (0, 0) };
        self.steady = Some(Steady { line, view, owed: 1.0, spent: 0 });
        Ok(())
    }

    /// Ends the stream.
    pub fn stop_steady(&mut self, engine: &mut Engine) {
        self.steady = None;
        if let Some(service) = self.loaded.take() {
            engine.load(service, 0);
        }
    }

    /// Forgets the stream, and does nothing to the cluster.
    pub fn let_go(&mut self) {
        self.steady = None;
        self.loaded = None;
    }

    /// Sends what the stream owes after so many virtual seconds. Says whether something was sent.
    pub fn flow(&mut self, engine: &mut Engine, files: &Files, seconds: f64) -> bool {
        let Some(mut steady) = self.steady.take() else { return false };
        steady.owed = (steady.owed + seconds * f64::from(steady.view.per_second)).min(f64::from(VOLLEY));
        let due = steady.owed as u32;
        steady.owed -= f64::from(due);
        let mut ways = Vec::new();
        for _ in 0..due {
            let trace = steady.line.send(engine);
            self.count(&trace);
            self.show(engine, files, &trace);
            steady.view.sent += 1;
            if trace.is_answered() {
                let took = u64::try_from(trace.took.as_micros()).unwrap_or(u64::MAX);
                steady.spent = steady.spent.saturating_add(took);
                let answered = (steady.view.sent - steady.view.lost).max(1);
                steady.view.latency = (steady.spent / answered, steady.view.latency.1.max(took));
            } else {
                steady.view.lost += 1;
                self.mourn(engine, &trace);
            }
            if ways.len() < DOTS {
                ways.push(build::segments(&trace));
            }
        }
        if due > 0 {
            self.flights = Some(Shared::new(Flights { id: self.next, ways }));
        }
        self.steady = Some(steady);
        due > 0
    }

    /// Counts a lost request under its cause.
    fn mourn(&mut self, engine: &mut Engine, trace: &Trace) {
        let Some(found) = diagnose(engine.network(), trace) else { return };
        match self.losses.iter_mut().find(|loss| loss.row == found.row) {
            Some(loss) => loss.count += 1,
            None => self.losses.push(LossView { row: found.row, cause: found.cause.into(), count: 1 }),
        }
    }

    /// What a fix of the last trace does.
    pub fn fix(&self, id: &str) -> Option<Remedy> {
        self.fixes.iter().find(|(known, _)| **known == *id).map(|(_, remedy)| remedy.clone())
    }

    /// Fills the form with a way from `from` to a Service, as somebody there would write it.
    pub fn aim(&mut self, world: &World, from: &str, service: &Key) {
        if let Some(to) = address(world, from, service) {
            self.suggest(Ask::new("", &to));
        }
    }

    /// What the page shows.
    pub fn view(&self, old: &Shared<RequestView>, world: &World, graph: &GraphView) -> Shared<RequestView> {
        let view = RequestView {
            sources: sources(world, &old.sources),
            suggestion: self.suggestion.clone(),
            trace: self.trace.clone(),
            spread: self.spread_view(old.spread.as_ref(), graph),
            steady: self.steady.as_ref().map(|steady| steady.view),
            losses: self.losses.clone(),
            flights: self.flights.clone(),
            race: self.race.clone(),
        };
        Shared::keep(Some(old), view)
    }

    fn spread_view(&self, old: Option<&Shared<SpreadView>>, graph: &GraphView) -> Option<Shared<SpreadView>> {
        if self.total < 2 {
            return None;
        }
        let pods = graph.nodes.iter().flat_map(|node| &node.pods);
        let colours: BTreeMap<&Str, _> = pods.map(|pod| (&pod.key, pod.colour)).collect();
        let bars = self
            .spread
            .iter()
            .map(|(pod, count)| {
                let key = build::pod_card(pod);
                let colour = colours.get(&key).copied().flatten();
                SpreadBar { key, label: build::short_name(&pod.name), count: *count, colour }
            })
            .collect();
        Some(Shared::keep(old, SpreadView { total: self.total, lost: self.lost, bars }))
    }
}

/// The URL of a Service: its name inside of the cluster, an address from outside, as far as it has one.
fn address(world: &World, from: &str, key: &Key) -> Option<String> {
    let store = world.api.store();
    if key.kind == Kind::INGRESS {
        let ingress = IngressNet::from_object(&store.get(key)?.to_value())?;
        let rule = ingress.rules.iter().find(|rule| !rule.host.is_empty() && !rule.host.starts_with('*'))?;
        let path = rule.paths.first().map_or("/", |path| &path.path);
        let scheme = if ingress.tls.is_empty() { "http" } else { "https" };
        return Some(format!("{scheme}://{}{}", rule.host, path.trim_end_matches('/')));
    }
    let service = store.get(key).and_then(|object| Service::of(object))?;
    let spec = &service.spec;
    let port = spec.ports.first();
    let url =
        |host: &str, port: i32| if port == 80 { format!("http://{host}") } else { format!("http://{host}:{port}") };
    let number = port.map_or(80, |port| port.port);
    if from.starts_with("pod/") || spec.kind == ServiceType::ExternalName {
        let home = from.split('/').nth(1).unwrap_or_default();
        let host =
            if home == &*key.namespace { key.name.to_string() } else { format!("{}.{}", key.name, key.namespace) };
        return Some(url(&host, number));
    }
    let ingress = service.status.load_balancer.ingress.first();
    if let Some(ingress) = ingress.filter(|_| from.starts_with("client/")) {
        return Some(url(if ingress.ip.is_empty() { &ingress.hostname } else { &ingress.ip }, number));
    }
    let node_port = port.map(|port| port.node_port).filter(|port| *port != 0 && from.starts_with("client/"));
    let node = store.list(Kind::NODE, "").find_map(|object| Node::of(object)?.internal_ip().cloned());
    match (node_port, node) {
        (Some(port), Some(node)) => Some(url(&node, port)),
        _ => Some(url(&spec.cluster_ip, number)),
    }
}

/// A client's line to its target: the request it sends again and again, over one connection or over a new one each time.
pub(super) struct Line {
    request: Request,
    keep_alive: bool,
    /// The connection that is open.
    open: Option<Trace>,
}

impl Line {
    pub(super) fn new(ask: &Ask) -> Result<Line, Msg> {
        let (client, target) = parse(&ask.from, &ask.to)?;
        let mut request = Request::new(client, target);
        if !ask.method.is_empty() {
            request.method = ask.method.clone();
        }
        request.host = (!ask.host.is_empty()).then(|| ask.host.clone());
        let headers = ask.headers.lines().filter_map(|line| line.split_once(':'));
        request.headers = headers.map(|(name, value)| (name.trim().into(), value.trim().into())).collect();
        request.body = ask.body.clone();
        if !request.body.is_empty() {
            request.headers.push(("Content-Length".into(), request.body.len().to_string().into()));
        }
        Ok(Line { request, keep_alive: ask.keep_alive, open: None })
    }

    pub(super) fn send(&mut self, engine: &mut Engine) -> Trace {
        if let Some(open) = self.open.take() {
            let outcome = again(engine.network(), &open);
            if outcome != Outcome::Reset {
                let trace = Trace { outcome, ..open };
                self.open = Some(trace.clone());
                return trace;
            }
            // The pod is gone: the client notices, and opens another.
        }
        let trace = engine.route(&self.request);
        self.open = (self.keep_alive && trace.is_answered()).then(|| trace.clone());
        trace
    }
}

fn parse(from: &str, to: &str) -> Result<(Client, Target), Msg> {
    let mut parts = from.splitn(3, '/');
    let client = match (parts.next(), parts.next(), parts.next()) {
        (Some("client"), Some("laptop"), None) => Client::Laptop,
        (Some("node"), Some(name), None) => Client::Node(name.into()),
        (Some("pod"), Some(namespace), Some(name)) => Client::Pod(NetKey::new(namespace, name)),
        _ => Client::Internet,
    };
    // What is pasted from a course is often the whole command.
    let to = to.trim().trim_start_matches("curl ").trim();
    let target = Target::parse(to).map_err(|_| msg!("session.bad-target", to = to))?;
    Ok((client, target))
}

/// Where requests can come from: the internet, the laptop, pods that run, nodes.
fn sources(world: &World, old: &[SourceView]) -> Vec<SourceView> {
    let mut sources = vec![
        SourceView { key: "client/internet".into(), label: msg!("session.from-internet").into() },
        SourceView { key: "client/laptop".into(), label: msg!("session.from-laptop").into() },
    ];
    let store = world.api.store();
    let pods = store
        .list(Kind::POD, "")
        .filter_map(|object| Pod::of(object))
        .filter(|pod| pod.is_active() && !pod.status.pod_ip.is_empty())
        .take(SOURCES);
    sources.extend(pods.map(|pod| {
        let key = Key::new(Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone());
        SourceView { key: crate::view::build::card_key(&key), label: Text::Raw(pod.meta.name.clone()) }
    }));
    sources.extend(store.list(Kind::NODE, "").take(SOURCES).map(|node| SourceView {
        key: format!("node/{}", node.meta().name).into(),
        label: Text::Raw(node.meta().name.clone()),
    }));
    if sources == old { old.to_vec() } else { sources }
}
