//! Keeps a [`NetView`] true to the store, and lets kube-proxy catch up a moment after each change.

use super::addr::Cidr;
use super::view::{ClusterConfig, Key as NetKey, NetView, NodeNet, PodNet, ServiceNet, SliceNet};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::apiserver::{Change, Result, Store};
use crate::base::pmap::PSet;
use crate::base::time::{Duration, SimTime};
use crate::controllers::runtime::{Context, Controller, Enqueue};

/// How long kube-proxy takes from a change to new rules: what changes meanwhile comes along.
const PROXY_SYNC: Duration = Duration::from_millis(100);

/// The network of a cluster: what routing looks at, and the proxies that write the rules.
#[derive(Clone)]
pub struct Network {
    view: NetView,
    /// Pods that changed since somebody looked: pods change often and are looked at rarely.
    stale: PSet<Key>,
}

impl Network {
    /// An empty network.
    pub fn new(config: ClusterConfig) -> Network {
        Network { view: NetView::new(config), stale: PSet::new() }
    }

    /// The network as it is now.
    pub fn view(&mut self, store: &Store, now: SimTime) -> &mut NetView {
        for key in std::mem::take(&mut self.stale) {
            match store.pod(&key) {
                Some(pod) => self.view.put_pod(pod_net(pod)),
                None => self.view.remove_pod(&net_key(&key)),
            }
        }
        self.view.now = now;
        &mut self.view
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
            Kind::POD => {
                self.stale.insert(key.clone());
            }
            Kind::SERVICE => {
                match value().and_then(|value| ServiceNet::from_object(&value)) {
                    Some(service) => self.view.put_service(service),
                    None => self.view.remove_service(&net_key(key)),
                }
                queue.after(proxies(), PROXY_SYNC);
            }
            Kind::ENDPOINT_SLICE => {
                match value().and_then(|value| SliceNet::from_object(&value)) {
                    Some(slice) => self.view.put_slice(slice),
                    None => self.view.remove_slice(&net_key(key)),
                }
                queue.after(proxies(), PROXY_SYNC);
            }
            Kind::NODE => match value().and_then(|value| NodeNet::from_object(&value)) {
                Some(node) => self.view.put_node(node),
                None => self.view.remove_node(&key.name),
            },
            Kind::NAMESPACE if change.new.is_some() => self.view.put_namespace(&key.name),
            Kind::NAMESPACE => self.view.remove_namespace(&key.name),
            _ => {}
        }
    }

    fn sync(&mut self, _: &Key, _: &mut Context<'_>) -> Result<()> {
        self.view.sync_proxies();
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

fn pod_net(pod: &Pod) -> PodNet {
    PodNet::from_pod(pod)
}

/// A block of addresses as the network writes it.
pub fn block(cidr: (std::net::Ipv4Addr, u8)) -> Cidr {
    Cidr::of(cidr.0.into(), cidr.1)
}
