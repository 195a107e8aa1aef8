//! Who sends requests to a Service over and over, and how many: users, and pods that do so in a loop.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::PodPhase;
use crate::api::objects::{Pod, Service};
use crate::api::selector::LabelSelector;
use crate::apiserver::{Change, Store};
use crate::base::Str;
use crate::base::pmap::PMap;
use crate::base::time::{Duration, SimTime};
use crate::kubelet::behaviour::Calls;
use crate::kubelet::catalogue::Catalogue;

/// A steady stream of requests.
#[derive(Clone, Copy, Debug, Default)]
struct Stream {
    per_second: u32,
    since: SimTime,
    before: u32,
}

/// All steady streams of requests.
#[derive(Clone, Default)]
pub struct Loads {
    /// What users ask of a Service.
    streams: PMap<Key, Stream>,
    /// Pods that call a host in a loop, and since when.
    callers: PMap<Key, (SimTime, Calls)>,
}

/// What every ready pod of a Service gets of its load.
#[derive(Clone, Debug)]
pub struct Share {
    /// Which pods.
    selector: LabelSelector,
    /// How many of them are ready.
    ready: usize,
    /// Requests per second, to all of them together, that come whatever the answers take.
    stream: u32,
    /// The pauses of those that wait for an answer before they ask again.
    pauses: Vec<Duration>,
}

impl Share {
    /// The requests per second that one of the pods gets, when each takes so many microseconds of CPU.
    pub fn of(&self, pod: &Pod, cpu_per_request: i64) -> f64 {
        if self.ready == 0 || !pod.is_ready() || !self.selector.matches(&pod.meta.labels) {
            return 0.0;
        }
        let work = cpu_per_request.max(0) as f64 / 1e6 + 0.001;
        let calls: f64 = self.pauses.iter().map(|pause| 1.0 / (pause.as_secs_f64() + work)).sum();
        (f64::from(self.stream) + calls) / self.ready as f64
    }
}

impl Loads {
    /// From now on users send so many requests per second to a Service.
    pub fn set(&mut self, service: &Key, per_second: u32, now: SimTime) {
        let before = self.streams.get(service).map_or(0, |stream| stream.per_second);
        self.streams.insert(service.clone(), Stream { per_second, since: now, before });
    }

    /// How many requests per second users send to a Service.
    pub fn asked(&self, service: &Key) -> u32 {
        self.streams.get(service).map_or(0, |stream| stream.per_second)
    }

    /// Notes pods that begin or end to call others. Says whether it is one of them.
    pub fn observe_pod(&mut self, change: &Change, catalogue: &Catalogue) -> bool {
        let running = change
            .new
            .as_deref()
            .and_then(Pod::of)
            .filter(|pod| pod.status.phase == PodPhase::Running && !pod.meta.is_terminating());
        let Some(pod) = running else {
            return !self.callers.is_empty() && self.callers.remove(&change.key).is_some();
        };
        let loops = |words: &[Str]| words.iter().any(|word| word.contains("while") || word.contains("until"));
        let looping = pod.spec.containers.iter().find(|container| loops(&container.command) || loops(&container.args));
        if looping.is_none() || self.callers.contains_key(&change.key) {
            return false;
        }
        let calls = looping.and_then(|container| catalogue.program(container).calls);
        let calls = calls.map(|calls| self.callers.insert(change.key.clone(), (change.at, calls)));
        calls.is_some()
    }

    /// What the ready pods of each Service that bears a load got at a moment.
    pub fn shares(&self, store: &Store, at: SimTime) -> Vec<Share> {
        let mut services: Vec<(Key, u32, Vec<Duration>)> = Vec::new();
        let asked = self.streams.iter().map(|(key, stream)| {
            let stream = if stream.since <= at { stream.per_second } else { stream.before };
            (key.clone(), stream, Vec::new())
        });
        services.extend(asked);
        for (caller, (since, calls)) in self.callers.iter().filter(|(_, (since, _))| *since <= at) {
            debug_assert!(*since <= at);
            let Some(key) = resolve(&calls.host, caller, store) else { continue };
            match services.iter_mut().find(|(present, ..)| *present == key) {
                Some((_, _, pauses)) => pauses.push(calls.pause),
                None => services.push((key, 0, vec![calls.pause])),
            }
        }
        services
            .into_iter()
            .filter(|(_, stream, pauses)| *stream > 0 || !pauses.is_empty())
            .filter_map(|(key, stream, pauses)| {
                let service = store.get(&key).and_then(|object| Service::of(object))?;
                let match_labels = service.spec.selector.clone()?;
                let selector = LabelSelector { match_labels, ..LabelSelector::default() };
                let pods = store.matching_pods(&key.namespace, &selector).filter_map(|object| Pod::of(object));
                let ready = pods.filter(|pod| pod.is_ready() && !pod.meta.is_terminating()).count();
                Some(Share { selector, ready, stream, pauses })
            })
            .collect()
    }
}

/// The Service that a host means to a pod: `web`, `web.shop`, `web.shop.svc.cluster.local`, or an address.
fn resolve(host: &str, caller: &Key, store: &Store) -> Option<Key> {
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    if let Some(key) = store.cluster_ip_owner(host) {
        return Some(key.clone());
    }
    let mut parts = host.split('.');
    let name = parts.next()?;
    let namespace = parts.next().map_or_else(|| caller.namespace.clone(), Str::from);
    Some(Key::new(Kind::SERVICE, namespace, name))
}
