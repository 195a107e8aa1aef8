//! The picture: clients and Services from the left, owners from the right, pods on their nodes in the middle.
//!
//! Every card has a `key`, the same for as long as the thing lives: `client/internet`, `service/default/web`,
//! `node/node-1`, `pod/default/web-5f6c8-9hq2d`, `replicaset/default/web-5f6c8`, `deployment/default/web`, ... Where the
//! cards stand is decided by [`crate::view::layout`], not here.

use super::{Shared, Text, Tone};
use crate::base::Str;

/// With more pods than this, builders give counted [`TileCard`]s instead of pods on nodes.
pub const POD_LIMIT: usize = 1_000;

/// How many colours revisions have; `colour` indexes are below it and are handed out per workload, newest revision first
/// free, so that one colour replaces another in a rolling update.
pub const COLOURS: u8 = 6;

/// The whole picture. Lists are in a stable order (by creation, then name): cards must not jump.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphView {
    /// The namespace shown; `None`: all of them.
    pub namespace: Option<Str>,
    /// Those that can be chosen.
    pub namespaces: Vec<Str>,
    /// Where requests can come from.
    pub clients: Vec<Shared<ClientCard>>,
    /// Ingresses and NetworkPolicies, between clients and Services.
    pub ingresses: Vec<Shared<IngressCard>>,
    /// Services.
    pub services: Vec<Shared<ServiceCard>>,
    /// Nodes with the pods that stand on them.
    pub nodes: Vec<NodeCard>,
    /// Pods without a node yet.
    pub unscheduled: Vec<Shared<PodCard>>,
    /// Counted tiles, when there are more than [`POD_LIMIT`] pods; then `nodes` carry no pods.
    pub tiles: Vec<Shared<TileCard>>,
    /// Pods of the tile that is unfolded, those that are not ready first; at most [`POD_LIMIT`].
    pub unfolded: Vec<Shared<PodCard>>,
    /// What owns pods (ReplicaSets, StatefulSets, DaemonSets, Jobs) and what owns those (Deployments, CronJobs).
    pub owners: Vec<Shared<OwnerCard>>,
    /// Lines between cards.
    pub edges: Vec<Shared<Edge>>,
    /// All nodes, also those not drawn.
    pub node_count: usize,
    /// All pods of the namespace, also those not drawn.
    pub pod_count: usize,
}

/// Somebody who sends requests.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientCard {
    /// `client/internet`, `client/laptop`, or the key of the node or pod it is.
    pub key: Str,
    /// What it is called.
    pub name: Text,
    /// Its address.
    pub address: Str,
}

/// An Ingress, or a NetworkPolicy.
#[derive(Clone, Debug, PartialEq)]
pub struct IngressCard {
    /// `ingress/<namespace>/<name>`, `networkpolicy/<namespace>/<name>`.
    pub key: Str,
    /// `Ingress`, `NetworkPolicy`.
    pub kind: Str,
    /// Its name.
    pub name: Str,
    /// Its address, if it has one.
    pub address: Option<Str>,
    /// `host/path` per rule of an Ingress; of a policy, who may come in (`←`) and where pods may go (`→`).
    pub rules: Vec<Str>,
    /// How it is doing.
    pub tone: Tone,
}

/// A Service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceCard {
    /// `service/<namespace>/<name>`.
    pub key: Str,
    /// Its name.
    pub name: Str,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`, `Headless`.
    pub kind: Str,
    /// `10.0.37.5:8080→80` per port, `None:8080` for a headless one, the host for an ExternalName.
    pub ports: Vec<Str>,
    /// Node ports, in the order of the ports that have one.
    pub node_ports: Vec<u16>,
    /// External addresses; a LoadBalancer that waits for one says `<pending>`.
    pub external: Option<Str>,
    /// The selector, `app=web` each.
    pub selector: Vec<Str>,
    /// Endpoints that get traffic.
    pub ready: usize,
    /// Endpoints in all.
    pub endpoints: usize,
    /// Ok with traffic to go to, Bad with a selector and nobody behind it.
    pub tone: Tone,
    /// Why it cannot work, if somebody knows.
    pub problem: Option<Text>,
}

/// A node and the pods on it.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeCard {
    /// `node/<name>`.
    pub key: Str,
    /// Its name.
    pub name: Str,
    /// Its internal address.
    pub address: Str,
    /// Its zone, when it has one.
    pub zone: Option<Str>,
    /// `NotReady 0:41`, `SchedulingDisabled`; nothing when all is well.
    pub status: Option<Text>,
    /// How it is doing.
    pub tone: Tone,
    /// Its pods.
    pub pods: Vec<Shared<PodCard>>,
}

/// A pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodCard {
    /// `pod/<namespace>/<name>`.
    pub key: Str,
    /// Its name.
    pub name: Str,
    /// Its address, once it has one.
    pub ip: Option<Str>,
    /// Containers that are ready.
    pub ready: u32,
    /// Containers in all.
    pub containers: u32,
    /// As `kubectl get pods` says it: `Running`, `ContainerCreating`, `CrashLoopBackOff`, `Terminating`.
    pub status: Str,
    /// Restarts in all.
    pub restarts: u32,
    /// How it is doing.
    pub tone: Tone,
    /// The colour of its revision.
    pub colour: Option<u8>,
    /// The key of its owner.
    pub owner: Option<Str>,
    /// Its labels, `app=web` each (for the labels lens).
    pub labels: Vec<Str>,
}

/// Many pods of one owner as one counted tile.
#[derive(Clone, Debug, PartialEq)]
pub struct TileCard {
    /// `tile/` and the owner's key.
    pub key: Str,
    /// The owner's key.
    pub owner: Str,
    /// The owner's name.
    pub name: Str,
    /// Pods in all.
    pub total: usize,
    /// Those that are ready.
    pub ready: usize,
    /// Those that are broken.
    pub bad: usize,
    /// Its pods are shown one by one.
    pub open: bool,
    /// The colour of the revision.
    pub colour: Option<u8>,
}

/// What owns pods, or what owns their owners.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnerCard {
    /// `replicaset/<namespace>/<name>`, ...
    pub key: Str,
    /// `ReplicaSet`, `Deployment`, ...
    pub kind: Str,
    /// Its name.
    pub name: Str,
    /// Whether it owns pods itself or owns those that do.
    pub column: OwnerColumn,
    /// The revision, of a ReplicaSet of a Deployment.
    pub revision: Option<u64>,
    /// The selector, `app=web` each (for the labels lens).
    pub selector: Vec<Str>,
    /// The (first) image.
    pub image: Option<Str>,
    /// Pods that are ready.
    pub ready: u32,
    /// Pods that are wanted.
    pub desired: u32,
    /// `rolling 1 of 3`, `ready`, `stuck: ProgressDeadlineExceeded`.
    pub status: Option<Text>,
    /// How it is doing.
    pub tone: Tone,
    /// The colour of its revision.
    pub colour: Option<u8>,
}

/// Where an owner stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerColumn {
    /// Next to the pods: it owns pods.
    Near,
    /// At the far right: it owns those that own pods.
    Far,
}

/// A line between two cards.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Stable: usually `from>to`.
    pub key: Str,
    /// The key of the card it leaves.
    pub from: Str,
    /// The key of the card it reaches.
    pub to: Str,
    /// What it says.
    pub kind: EdgeKind,
    /// The colour of the revision, for `Owns`.
    pub colour: Option<u8>,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum EdgeKind {
    /// Traffic can flow.
    Traffic,
    /// Selected, but not ready: no traffic (dashed).
    NotReady,
    /// A near miss, with the reason (red).
    Broken(Text),
    /// `from` owns `to`.
    Owns,
}
