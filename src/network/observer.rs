//! Keeps a [`NetView`] true to the store, and lets kube-proxy catch up a moment after each change.

use super::addr::{Cidr, Protocol};
use super::ingress::IngressNet;
use super::ingress::certificate::Certificate;
use super::policy::PolicyNet;
use super::view::{
    Bind, ClusterConfig, HttpHandler, Key as NetKey, Listener, NetView, NodeNet, ObjectRef, PodNet, ServiceNet,
    SliceNet, Speaks,
};
use crate::api::kinds::{Key, Kind};
use crate::api::meta::Labels;
use crate::api::objects::pod::{self, Container};
use crate::api::objects::{Object, Pod, PodSpec};
use crate::apiserver::{Change, Kept, Result, Store};
use crate::base::Str;
use crate::base::pmap::{PMap, PSet, PVec};
use crate::base::time::{Duration, SimTime};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use crate::kubelet::behaviour::{self as kubelet, Response};
use crate::kubelet::catalogue::Catalogue;
use crate::kubelet::files::Files;
use crate::kubelet::manual::behaviour;
use crate::kubelet::pages::Pages;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How long kube-proxy takes from a change to new rules: what changes meanwhile comes along.
const PROXY_SYNC: Duration = Duration::from_millis(100);

/// Why a node's rules stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// Its machine is off.
    Off,
    /// It does not reach the API server.
    Cut,
    /// Its kube-proxy is slow.
    Lag,
}

/// The network of a cluster: what routing looks at, and the proxies that write the rules.
#[derive(Clone)]
pub struct Network {
    view: NetView,
    /// The revision at which somebody looked at the pods: they change often and are looked at rarely.
    seen: u64,
    /// Services and slices as the proxies know them since their last sync, which nobody has looked at yet.
    synced: PMap<Key, Option<Rc<Object>>>,
    /// Those that changed after the proxies' last sync.
    changed: PMap<Key, Option<Rc<Object>>>,
    /// Whether the proxies have synced since somebody looked.
    outdated: bool,
    catalogue: Rc<Catalogue>,
    /// Nodes whose machine is off.
    off: PSet<Str>,
    /// Nodes whose rules stay as they are, and why: a proxy may lag for more than one reason.
    held: PSet<(Str, Hold)>,
    /// Containers that were started a moment ago, and when they will listen and be ready to answer.
    opening: PVec<Opening>,
    /// Pods that had such containers when somebody looked.
    starting: PSet<Key>,
    /// What was written into containers and volumes.
    files: Files,
    /// Pods whose answers come from files, which may have changed whenever somebody looks.
    paged: PSet<Key>,
    /// What containers do, by image, command line and annotation: the pods of a workload share it.
    programs: PMap<Str, Rc<Serves>>,
    /// The container looked at last, by its spec and annotations, and what it does: pods of one template start together.
    last: Option<(Rc<PodSpec>, Labels, Str, Rc<Serves>)>,
}

/// A container that was started a moment ago.
#[derive(Clone)]
struct Opening {
    place: (Key, Str),
    /// When it will listen.
    listens: SimTime,
    /// When it will be ready to answer.
    answers: SimTime,
}

impl Opening {
    fn is_over(&self, now: SimTime) -> bool {
        self.listens.max(self.answers) <= now
    }
}

/// What a container does on the network, and how long after its start it listens and is ready to answer.
struct Serves {
    start: Duration,
    ready: Duration,
    listeners: Vec<Listener>,
}

impl Network {
    /// An empty network; the catalogue says what containers listen on.
    pub fn new(config: ClusterConfig, catalogue: Rc<Catalogue>) -> Network {
        let mut view = NetView::new(config);
        view.put_outside();
        Network {
            view,
            seen: 0,
            synced: PMap::new(),
            changed: PMap::new(),
            outdated: false,
            catalogue,
            off: PSet::new(),
            held: PSet::new(),
            opening: PVec::new(),
            starting: PSet::new(),
            files: Files::default(),
            paged: PSet::new(),
            programs: PMap::new(),
            last: None,
        }
    }

    /// Something was written in a place (see `kubelet::files`).
    pub fn written(&mut self, files: &Files, place: &str, store: &Store) {
        self.files = files.clone();
        let here = |pod: &&Pod| pod.status.container_statuses.iter().any(|status| *status.container_id == *place);
        // What is written to a volume is found by those that have it mounted.
        if place.contains("://")
            && let Some(pod) = store.list(Kind::POD, "").filter_map(|object| Pod::of(object)).find(here)
        {
            self.paged.insert(Key::new(Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone()));
        }
    }

    /// Switches a node's machine off or on: packets to it are lost.
    pub fn set_power(&mut self, node: &Str, on: bool) {
        self.catch_up();
        if on {
            self.off.remove(node);
        } else {
            self.off.insert(node.clone());
        }
        if let Some(net) = self.view.node(node).cloned() {
            self.view.put_node(NodeNet { up: on, ..(*net).clone() });
        }
        self.hold(node, Hold::Off, !on);
    }

    /// Keeps a node's rules as they are, or lets them follow again when no other reason is left.
    pub fn hold(&mut self, node: &Str, why: Hold, holds: bool) {
        self.catch_up();
        if holds {
            self.held.insert((node.clone(), why));
            self.view.hold_proxy(node);
        } else {
            self.held.remove(&(node.clone(), why));
            if !self.held.iter().any(|(held, _)| held == node) {
                self.view.release_proxy(node);
            }
        }
    }

    /// Whether a node's rules stay as they are for this reason.
    pub fn is_held(&self, node: &Str, why: Hold) -> bool {
        self.held.contains(&(node.clone(), why))
    }

    /// The network as it is now.
    pub fn view(&mut self, store: &Store, now: SimTime) -> &mut NetView {
        let mut stale = self.changed_pods(store);
        stale.extend(std::mem::take(&mut self.starting));
        stale.extend(std::mem::take(&mut self.paged));
        if !stale.is_empty() {
            self.put_pods(stale, store, now);
        }
        self.catch_up();
        let changed = std::mem::take(&mut self.changed);
        self.put(changed);
        self.view.now = now;
        &mut self.view
    }

    fn put_pods(&mut self, keys: BTreeSet<Key>, store: &Store, now: SimTime) {
        let opening: BTreeMap<(Key, Str), Opening> =
            self.opening.iter().map(|opening| (opening.place.clone(), opening.clone())).collect();
        for key in keys {
            match store.pod(&key) {
                Some(pod) => {
                    let pod = self.pod_net(&key, pod, &opening, now, store);
                    self.view.put_pod(pod);
                }
                None => self.view.remove_pod(&net_key(&key)),
            }
        }
    }

    /// The pods that changed since somebody looked; all, if that is too long ago for the log to tell.
    fn changed_pods(&mut self, store: &Store) -> BTreeSet<Key> {
        let seen = std::mem::replace(&mut self.seen, store.rev());
        if seen >= store.oldest() {
            let pods = store.changes_after(seen).filter(|change| change.key.kind == Kind::POD);
            return pods.map(|change| change.key.clone()).collect();
        }
        let known = self.view.pods().map(|pod| Key::new(Kind::POD, pod.key.namespace.clone(), pod.key.name.clone()));
        store.list(Kind::POD, "").map(|object| object.key()).chain(known).collect()
    }

    /// Writes the rules that the proxies have written, if nobody has looked since.
    fn catch_up(&mut self) {
        if std::mem::take(&mut self.outdated) {
            let synced = std::mem::take(&mut self.synced);
            self.put(synced);
            self.view.sync_proxies();
        }
    }

    fn put(&mut self, objects: PMap<Key, Option<Rc<Object>>>) {
        for (key, object) in objects {
            let value = object.map(|object| object.to_value());
            if key.kind == Kind::SERVICE {
                match value.and_then(|value| ServiceNet::from_object(&value)) {
                    Some(service) => self.view.put_service(service),
                    None => self.view.remove_service(&net_key(&key)),
                }
            } else {
                match value.and_then(|value| SliceNet::from_object(&value)) {
                    Some(slice) => self.view.put_slice(slice),
                    None => self.view.remove_slice(&net_key(&key)),
                }
            }
        }
    }

    /// Notes when a container that has just started will listen.
    fn await_start(&mut self, change: &Change) {
        let Some(new) = change.new.as_deref().and_then(Pod::of) else { return };
        let old = change.old.as_deref().and_then(Pod::of);
        while self.opening.front().is_some_and(|opening| opening.is_over(change.at)) {
            self.opening.pop_front();
        }
        for status in new.status.container_statuses.iter().filter(|status| status.state.running.is_some()) {
            let before = old.and_then(|old| old.status.container_statuses.iter().find(|old| old.name == status.name));
            if before.is_some_and(|before| before.state.running == status.state.running) {
                continue;
            }
            let Some(container) = new.spec.containers.iter().find(|container| container.name == status.name) else {
                continue;
            };
            let serves = self.serves(container, new);
            let (listens, answers) = (change.at.after(serves.start), change.at.after(serves.ready));
            let place = (change.key.clone(), container.name.clone());
            let opening = Opening { place, listens, answers };
            if !opening.is_over(change.at) {
                self.opening.push_back(opening);
            }
        }
    }

    fn pod_net(
        &mut self,
        key: &Key,
        pod: &Pod,
        opening: &BTreeMap<(Key, Str), Opening>,
        now: SimTime,
        store: &Store,
    ) -> PodNet {
        let mut net = PodNet::from_pod(pod);
        let containers = pod.spec.containers.iter().chain(&pod.spec.init_containers);
        for container in containers {
            let serves = self.serves(container, pod);
            let opening = opening.get(&(key.clone(), container.name.clone()));
            if let Some(net) = net.containers.iter_mut().find(|net| net.name == container.name) {
                net.listeners = serves.listeners.clone();
                if let Some(pages) = Pages::of(pod, container, &self.catalogue, &self.files, store) {
                    self.paged.insert(key.clone());
                    net.listeners.iter_mut().for_each(|listener| serve(listener, &pages));
                }
                net.starting = opening.is_some_and(|opening| opening.listens > now);
                if opening.is_some_and(|opening| opening.answers > now) {
                    net.listeners.iter_mut().for_each(refuse_http);
                }
            }
            if opening.is_some_and(|opening| !opening.is_over(now)) {
                self.starting.insert(key.clone());
            }
        }
        net.workload = workload(pod, store);
        net
    }

    fn serves(&mut self, container: &Container, pod: &Pod) -> Rc<Serves> {
        if let Some((spec, annotations, name, known)) = &self.last
            && Rc::ptr_eq(spec, &pod.spec)
            && *annotations == pod.meta.annotations
            && *name == container.name
        {
            return known.clone();
        }
        let found = self.look_up(container, pod);
        self.last = Some((pod.spec.clone(), pod.meta.annotations.clone(), container.name.clone(), found.clone()));
        found
    }

    fn look_up(&mut self, container: &Container, pod: &Pod) -> Rc<Serves> {
        let ports: Vec<String> =
            container.ports.iter().map(|port| format!("{}{}", port.container_port, port.protocol)).collect();
        let line: Vec<&str> = container.command.iter().chain(&container.args).map(|word| &**word).collect();
        let said = behaviour(&pod.meta.annotations, &container.name).map_or("", |text| text);
        let place = Str::from(format!("{}\n{}\n{said}\n{}", container.image, ports.join(","), line.join("\n")));
        if let Some(known) = self.programs.get(&place) {
            return known.clone();
        }
        let program = self.catalogue.program_in(container, &pod.meta.annotations);
        let listeners = program.listeners.iter().filter_map(listener).collect();
        let made = Rc::new(Serves { start: program.start, ready: program.ready, listeners });
        self.programs.insert(place, made.clone());
        made
    }
}

impl Controller for Network {
    fn name(&self) -> &'static str {
        "kube-proxy"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        let key = &change.key;
        let value = || change.new.as_ref().map(|object| object.to_value());
        match key.kind {
            Kind::POD => self.await_start(change),
            Kind::SERVICE | Kind::ENDPOINT_SLICE => {
                self.changed.insert(key.clone(), change.new.as_ref().map(Kept::whole).cloned());
                queue.after(proxies(), PROXY_SYNC);
            }
            Kind::NODE => match value().and_then(|value| NodeNet::from_object(&value)) {
                Some(node) => {
                    let up = !self.off.contains(&node.name);
                    self.view.put_node(NodeNet { up, ..node });
                }
                None => self.view.remove_node(&key.name),
            },
            Kind::NAMESPACE => match &change.new {
                Some(object) => self.view.label_namespace(&key.name, (*object.meta().labels.0).clone()),
                None => self.view.remove_namespace(&key.name),
            },
            Kind::NETWORK_POLICY => match value().and_then(|value| PolicyNet::from_object(&value)) {
                Some(policy) => self.view.put_policy(policy),
                None => self.view.remove_policy(&net_key(key)),
            },
            Kind::INGRESS => match value().and_then(|value| IngressNet::from_object(&value)) {
                Some(ingress) => self.view.put_ingress(ingress),
                None => self.view.remove_ingress(&net_key(key)),
            },
            Kind::INGRESS_CLASS => {
                let controller = value().and_then(|value| value.pointer("/spec/controller")?.as_str().map(Str::from));
                self.view.set_ingress_class(&key.name, controller);
            }
            Kind::SECRET => {
                let found = value().and_then(|value| Certificate::of_secret(&value));
                self.view.set_certificate(&net_key(key), found);
            }
            _ => {}
        }
    }

    fn sync(&mut self, _: &Key, _: &mut Context<'_>) -> Result<()> {
        self.synced.extend(std::mem::take(&mut self.changed));
        self.outdated = true;
        Ok(())
    }
}

/// The one key of all proxies: they see the same changes and act at the same time.
fn proxies() -> Key {
    Key::new(Kind::SERVICE, "", "kube-proxy")
}

fn net_key(key: &Key) -> NetKey {
    NetKey { namespace: key.namespace.clone(), name: key.name.clone() }
}

/// The workload at the top of a pod's owners.
fn workload(pod: &Pod, store: &Store) -> Option<ObjectRef> {
    let mut owner = pod.meta.controller().cloned();
    let mut top = None;
    // ReplicaSet, Deployment: owners are never deeper than a few.
    for _ in 0..4 {
        let Some(reference) = owner else { break };
        let object = store.by_uid(&reference.uid)?;
        let kind = object.kind().info().kind;
        top = Some(ObjectRef { kind, key: net_key(&object.key()) });
        owner = object.meta().controller().cloned();
    }
    top
}

/// A web server answers with the files that it finds.
fn serve(listener: &mut Listener, pages: &Pages) {
    let Speaks::Http(handlers) = &mut listener.speaks else { return };
    let Some(missing) = handlers.iter().find(|handler| handler.status == 404).cloned() else { return };
    let answers = pages.answers(handlers, &missing, |handler| handler.body.clone());
    let made: Vec<HttpHandler> = answers
        .into_iter()
        .map(|(path, status, body, like)| HttpHandler { path: path.into(), status, body, ..like.clone() })
        .collect();
    handlers.splice(0..0, made);
}

/// What answers HTTP says that it is not ready.
fn refuse_http(listener: &mut Listener) {
    if let Speaks::Http(handlers) = &mut listener.speaks {
        let Response { status, body, .. } = Response::unready();
        let status = u16::try_from(status).unwrap_or(503);
        let path = "*".into();
        *handlers =
            vec![HttpHandler { host: None, path, status, headers: vec![], body: body.into(), delay: Duration::ZERO }];
    }
}

/// A listener of a program, as the network sees it.
fn listener(listener: &kubelet::Listener) -> Option<Listener> {
    let handler = |answer: &kubelet::Answer| HttpHandler {
        host: None,
        path: answer.path.clone(),
        status: u16::try_from(answer.status).unwrap_or(200),
        headers: answer.headers.clone(),
        body: answer.body.clone(),
        delay: answer.after,
    };
    Some(Listener {
        protocol: match listener.protocol {
            pod::Protocol::Tcp => Protocol::Tcp,
            pod::Protocol::Udp => Protocol::Udp,
            pod::Protocol::Sctp => return None,
        },
        port: u16::try_from(listener.port).ok()?,
        bind: if listener.loopback { Bind::Loopback } else { Bind::Any },
        speaks: match (&listener.http, &listener.speech) {
            (Some(answers), _) => Speaks::Http(answers.iter().map(handler).collect()),
            (None, kubelet::Speech::Silent) => Speaks::Nothing,
            (None, kubelet::Speech::Closes) => Speaks::Closes,
            (None, kubelet::Speech::Greets(text)) => Speaks::Raw(text.clone()),
            (None, kubelet::Speech::Ingress { tls }) => Speaks::Ingress { tls: *tls },
        },
    })
}

/// A block of addresses as the network writes it.
pub fn block(cidr: (std::net::Ipv4Addr, u8)) -> Cidr {
    Cidr::of(cidr.0.into(), cidr.1)
}
