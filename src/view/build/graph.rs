//! The picture of a world: clients, Services, pods on their nodes, owners, and the lines between them.

use super::{card_key, owners, pods, services};
use crate::api::kinds::{Key, Kind};
use crate::api::meta::ResourceVersion;
use crate::api::objects::{Deployment, Node, Object, Pod, ReplicaSet, Service};
use crate::base::Order;
use crate::base::Str;
use crate::base::msg::Msg;
use crate::msg;
use crate::sim::World;
use crate::view::model::graph::{ClientCard, Edge, EdgeKind, GraphView, NodeCard, POD_LIMIT, PodCard, TileCard};
use crate::view::model::{Shared, Text, Tone};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Where internet clients come from, as they show in sources and traces (TEST-NET-3).
pub const INTERNET_ADDRESS: &str = "203.0.113.7";

/// Cards and lines that one picture may bring anew or changed; the page draws each within a fraction of a millisecond, and
/// no frame may take long. What is over waits for the next picture.
const CHANGES: usize = 48;

/// The last picture, and what it was made from, so that the next one costs only what changed.
#[derive(Default)]
pub struct GraphBuilder {
    view: Shared<GraphView>,
    pods: BTreeMap<Str, (ResourceVersion, Option<u8>, Shared<PodCard>)>,
    /// The counted tile whose pods are shown one by one.
    open: Option<Str>,
    /// Whether the last picture left something out that was over [`CHANGES`].
    behind: bool,
}

impl GraphBuilder {
    /// Whether the picture is not yet what the world is: then it must be built again, though nothing changed.
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Shows the pods of a counted tile one by one, or counts them again.
    pub fn unfold(&mut self, tile: &Str) {
        self.open = if self.open.as_ref() == Some(tile) { None } else { Some(tile.clone()) };
    }

    /// Forgets what the pods were made from: in another future the same revision may say something else.
    pub fn forget(&mut self) {
        self.pods.clear();
    }

    /// The picture of `world`, of one namespace or of all.
    pub fn build(
        &mut self,
        world: &World,
        namespace: Option<&Str>,
        problems: &BTreeMap<Key, Text>,
    ) -> Shared<GraphView> {
        let store = world.api.store();
        let space = namespace.map_or("", |namespace| &**namespace);
        let colours = owners::colours(store, space);
        let pod_count = store.list(Kind::POD, space).count();
        let mut view = GraphView {
            namespace: namespace.cloned(),
            namespaces: store.list(Kind::NAMESPACE, "").map(|object| object.meta().name.clone()).collect(),
            clients: self.clients(world),
            node_count: store.list(Kind::NODE, "").count(),
            pod_count,
            ..GraphView::default()
        };
        let counted = pod_count > POD_LIMIT;
        self.behind = false;
        if counted {
            view.tiles = self.tiles(world, space, &colours);
            let open = view.tiles.iter().find(|tile| tile.open).and_then(|tile| super::object_key(&tile.owner));
            let owner = open.and_then(|owner| Some(store.get(&owner)?.meta().uid.clone()));
            view.unfolded = self.unfolded(world, owner.as_ref(), &colours);
            view.nodes = self.nodes(world, &mut BTreeMap::new(), 60);
        } else {
            let mut by_node = self.pod_cards(store.list(Kind::POD, space), &colours);
            view.unscheduled = by_node.remove(&Str::from("")).unwrap_or_default();
            view.nodes = self.nodes(world, &mut by_node, usize::MAX);
        }
        let mut edges = Vec::new();
        let (doors, lines) = super::doors::build(store, space, !counted);
        edges.extend(lines);
        view.ingresses = keep_all(&self.view.ingresses, doors, |card| &card.key);
        self.service_cards(world, problems, space, counted, &mut view, &mut edges);
        self.owner_cards(world, space, counted, &colours, &mut view, &mut edges);
        view.edges = self.edges(edges, &view);
        self.view = Shared::keep(Some(&self.view), view);
        self.view.clone()
    }

    /// Lines between cards that are drawn; of new ones only so many at a time.
    fn edges(&mut self, edges: Vec<Edge>, view: &GraphView) -> Vec<Shared<Edge>> {
        let pods = view.nodes.iter().flat_map(|node| &node.pods).chain(&view.unscheduled);
        let drawn: std::collections::BTreeSet<&Str> = pods.map(|pod| &pod.key).collect();
        let known: BTreeMap<&Str, &Shared<Edge>> = self.view.edges.iter().map(|edge| (&edge.key, edge)).collect();
        let mut budget = CHANGES;
        let mut kept = Vec::with_capacity(edges.len());
        for edge in edges {
            if edge.to.starts_with("pod/") && !drawn.contains(&edge.to) {
                continue;
            }
            match known.get(&edge.key) {
                Some(before) if ***before == edge => kept.push((*before).clone()),
                Some(before) if budget == 0 => {
                    self.behind = true;
                    kept.push((*before).clone());
                }
                None if budget == 0 => self.behind = true,
                _ => {
                    budget -= 1;
                    kept.push(Shared::new(edge));
                }
            }
        }
        kept
    }

    /// Who stands outside: the internet; and the laptop in the nodes' network, as soon as something is open to it.
    fn clients(&self, world: &World) -> Vec<Shared<ClientCard>> {
        let config = &world.config;
        let card = |name: &str, says: Msg, address: Str| ClientCard {
            key: format!("client/{name}").into(),
            name: says.into(),
            address,
        };
        let mut cards = vec![card("internet", msg!("view.internet"), INTERNET_ADDRESS.into())];
        let store = world.api.store();
        // The ingress controller is open to everybody, but nothing can be asked of it without an Ingress.
        let has_ingress = store.list(Kind::INGRESS, "").next().is_some();
        let services = store.list(Kind::SERVICE, "").filter_map(|object| Service::of(object));
        let mut services = services.filter(|service| has_ingress || &*service.meta.namespace != "ingress-nginx");
        if services.any(is_open) {
            let laptop = config.nodes.first().map_or(0, |node| u32::from(node.ip).saturating_sub(1));
            let address = std::net::Ipv4Addr::from(laptop).to_string();
            cards.push(card("laptop", msg!("view.laptop"), address.into()));
        }
        keep_all(&self.view.clients, cards, |card| &card.key)
    }

    /// Cards of pods by node name; those without a node stand under the empty name.
    fn pod_cards<'a>(
        &mut self,
        pods: impl Iterator<Item = &'a Rc<Object>>,
        colours: &BTreeMap<Str, u8>,
    ) -> BTreeMap<Str, Vec<Shared<PodCard>>> {
        let mut seen = BTreeMap::new();
        let mut budget = CHANGES;
        let mut by_node: BTreeMap<Str, Vec<(Option<_>, Shared<PodCard>)>> = BTreeMap::new();
        for pod in pods.filter_map(|object| Pod::of(object)) {
            let colour = pod.meta.controller().and_then(|owner| colours.get(&owner.uid).copied());
            let version = pod.meta.resource_version;
            let (version, colour, card) = match self.pods.get(&pod.meta.uid) {
                Some((known, same, card)) if *known == version && *same == colour => (version, colour, card.clone()),
                Some((known, same, card)) if budget == 0 => {
                    self.behind = true;
                    (*known, *same, card.clone())
                }
                None if budget == 0 => {
                    self.behind = true;
                    continue;
                }
                before => {
                    let made = pods::card(pod, colour);
                    let kept = before.filter(|(_, _, card)| **card == made).map(|(_, _, card)| card.clone());
                    budget -= usize::from(kept.is_none());
                    (version, colour, kept.unwrap_or_else(|| Shared::new(made)))
                }
            };
            seen.insert(pod.meta.uid.clone(), (version, colour, card.clone()));
            by_node.entry(pod.node_name.clone()).or_default().push((pod.meta.creation_timestamp, card));
        }
        self.pods = seen;
        by_node
            .into_iter()
            .map(|(node, mut cards)| {
                cards.order_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
                (node, cards.into_iter().map(|(_, card)| card).collect())
            })
            .collect()
    }

    /// The pods of an owner, those that are not ready first.
    fn unfolded(&mut self, world: &World, owner: Option<&Str>, colours: &BTreeMap<Str, u8>) -> Vec<Shared<PodCard>> {
        let Some(owner) = owner else {
            self.pods.clear();
            return Vec::new();
        };
        let mut pods: Vec<&Rc<Object>> = world.api.store().owned_by(owner).collect();
        pods.sort_by_cached_key(|object| (Pod::of(object).is_some_and(Pod::is_ready), object.meta().name.clone()));
        pods.truncate(POD_LIMIT);
        let by_node = self.pod_cards(pods.into_iter(), colours);
        let mut cards: Vec<Shared<PodCard>> = by_node.into_values().flatten().collect();
        cards.order_by(|a, b| (a.tone == Tone::Ok, &a.name).cmp(&(b.tone == Tone::Ok, &b.name)));
        cards
    }

    fn nodes(&self, world: &World, pods: &mut BTreeMap<Str, Vec<Shared<PodCard>>>, limit: usize) -> Vec<NodeCard> {
        let nodes = world.api.store().list(Kind::NODE, "").filter_map(|object| Node::of(object));
        let mut cards: Vec<NodeCard> =
            nodes.take(limit).map(|node| node_card(node, pods.remove(&node.meta.name).unwrap_or_default())).collect();
        cards.order_by_key(|card| natural(&card.name));
        cards
    }

    fn tiles(&self, world: &World, namespace: &str, colours: &BTreeMap<Str, u8>) -> Vec<Shared<TileCard>> {
        let mut tiles: BTreeMap<Str, TileCard> = BTreeMap::new();
        for pod in world.api.store().list(Kind::POD, namespace).filter_map(|object| Pod::of(object)) {
            let Some(owner) = pod.meta.controller() else { continue };
            let tile = tiles.entry(owner.uid.clone()).or_insert_with(|| {
                let kind = Kind::of(&owner.api_version, &owner.kind).unwrap_or(Kind::REPLICA_SET);
                let card = card_key(&Key::new(kind, pod.meta.namespace.clone(), owner.name.clone()));
                TileCard {
                    open: self.open.as_ref().is_some_and(|open| open.strip_prefix("tile/") == Some(&card)),
                    key: format!("tile/{card}").into(),
                    owner: card,
                    name: owner.name.clone(),
                    total: 0,
                    ready: 0,
                    bad: 0,
                    colour: colours.get(&owner.uid).copied(),
                }
            });
            tile.total += 1;
            if pod.is_ready() {
                tile.ready += 1;
            } else if pod.status.container_statuses.iter().any(|status| status.state.waiting.is_some())
                && pods::card(pod, None).tone == Tone::Bad
            {
                tile.bad += 1;
            }
        }
        keep_all(&self.view.tiles, tiles.into_values().collect(), |tile| &tile.key)
    }

    fn service_cards(
        &self,
        world: &World,
        problems: &BTreeMap<Key, Text>,
        namespace: &str,
        counted: bool,
        view: &mut GraphView,
        edges: &mut Vec<Edge>,
    ) {
        let store = world.api.store();
        let mut cards = Vec::new();
        let mut services: Vec<(Key, &Service)> = store
            .list(Kind::SERVICE, namespace)
            .filter_map(|object| Service::of(object).map(|service| (object.key(), service)))
            .filter(|(key, _)| !(&*key.namespace == "default" && &*key.name == "kubernetes"))
            .collect();
        services.order_by_key(|(key, service)| (service.meta.creation_timestamp, key.name.clone()));
        for (key, service) in services {
            let card = services::card(store, &key, service, problems.get(&key).cloned());
            if is_open(service) {
                let from = Str::from("client/internet");
                edges.push(Edge {
                    key: format!("{from}>{}", card.key).into(),
                    from,
                    to: card.key.clone(),
                    kind: EdgeKind::Traffic,
                    colour: None,
                });
            }
            let lines = services::edges(store, &key, service);
            if counted {
                edges.extend(to_tiles(&view.tiles, store, lines));
            } else {
                edges.extend(lines);
            }
            cards.push(card);
        }
        view.services = keep_all(&self.view.services, cards, |card| &card.key);
    }

    fn owner_cards(
        &self,
        world: &World,
        namespace: &str,
        counted: bool,
        colours: &BTreeMap<Str, u8>,
        view: &mut GraphView,
        edges: &mut Vec<Edge>,
    ) {
        let store = world.api.store();
        let mut cards = Vec::new();
        let of_kind = |kind| store.list(kind, namespace).filter(|object| owners::is_shown(object));
        for rs in of_kind(Kind::REPLICA_SET).filter_map(|object| ReplicaSet::of(object)) {
            let colour = colours.get(&rs.meta.uid).copied();
            let card = owners::replica_set(rs, colour);
            if counted {
                edges.push(owners::owns(&card.key, &format!("tile/{}", card.key).into(), colour));
            } else {
                edges.extend(
                    store
                        .owned_by(&rs.meta.uid)
                        .filter(|object| matches!(***object, Object::Pod(_)))
                        .map(|pod| owners::owns(&card.key, &card_key(&pod.key()), colour)),
                );
            }
            cards.push((rs.meta.creation_timestamp, card));
        }
        for deployment in of_kind(Kind::DEPLOYMENT).filter_map(|object| Deployment::of(object)) {
            let card = owners::deployment(deployment, None);
            for rs in store.owned_by(&deployment.meta.uid).filter(|object| owners::is_shown(object)) {
                let colour = colours.get(&rs.meta().uid).copied();
                edges.push(owners::owns(&card.key, &card_key(&rs.key()), colour));
            }
            cards.push((deployment.meta.creation_timestamp, card));
        }
        cards.order_by(|a, b| (a.0, &a.1.key).cmp(&(b.0, &b.1.key)));
        view.owners = keep_all(&self.view.owners, cards.into_iter().map(|(_, card)| card).collect(), |card| &card.key);
    }
}

/// Whether a Service can be reached from outside of the cluster.
fn is_open(service: &Service) -> bool {
    service.spec.ports.iter().any(|port| port.node_port != 0)
        || !service.status.load_balancer.ingress.is_empty()
        || !service.spec.external_ips.is_empty()
}

/// Lines to pods that are drawn as tiles become lines to the tiles; the best one of each tile is drawn.
fn to_tiles(tiles: &[Shared<TileCard>], store: &crate::apiserver::Store, lines: Vec<Edge>) -> Vec<Edge> {
    let mut best: BTreeMap<Str, Edge> = BTreeMap::new();
    for line in lines {
        let owner = super::object_key(&line.to)
            .and_then(|key| store.get(&key).cloned())
            .and_then(|object| pods::card(Pod::of(&object)?, None).owner);
        let Some(tile) = owner.and_then(|owner| tiles.iter().find(|tile| tile.owner == owner)) else { continue };
        let key = Str::from(format!("{}>{}", line.from, tile.key));
        let better = line.kind == EdgeKind::Traffic;
        if better || !best.contains_key(&key) {
            best.insert(key.clone(), Edge { key, to: tile.key.clone(), ..line });
        }
    }
    best.into_values().collect()
}

fn node_card(node: &Node, pods: Vec<Shared<PodCard>>) -> NodeCard {
    let ready = node.is_ready();
    let status = match (ready, node.spec.unschedulable) {
        (false, _) => Some("NotReady".into()),
        (true, true) => Some("SchedulingDisabled".into()),
        (true, false) => None,
    };
    NodeCard {
        key: format!("node/{}", node.meta.name).into(),
        name: node.meta.name.clone(),
        address: node.internal_ip().cloned().unwrap_or_else(|| Str::from("")),
        zone: node.meta.labels.get("topology.kubernetes.io/zone").cloned(),
        tone: match (ready, node.spec.unschedulable) {
            (false, _) => Tone::Bad,
            (true, true) => Tone::Pending,
            (true, false) => Tone::Neutral,
        },
        status,
        pods,
    }
}

/// Orders `node-2` before `node-10`.
fn natural(name: &str) -> (String, u64, String) {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (stem, number) = name.split_at(name.len() - digits);
    (stem.to_owned(), number.parse().unwrap_or(0), name.to_owned())
}

/// Shares values, keeping the pointers of those that were there before and are the same.
pub fn keep_all<T: PartialEq>(previous: &[Shared<T>], values: Vec<T>, key: fn(&T) -> &Str) -> Vec<Shared<T>> {
    let known: BTreeMap<&Str, &Shared<T>> = previous.iter().map(|value| (key(value), value)).collect();
    values
        .into_iter()
        .map(|value| {
            let before = known.get(key(&value)).copied();
            Shared::keep(before, value)
        })
        .collect()
}
