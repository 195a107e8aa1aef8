//! Load balancers without a cloud: MetalLB gives Services addresses of a pool, and one node announces each (layer 2).
//!
//! Models the controller of MetalLB v0.15 (`controller/service.go`, `internal/allocator`): no finalizer, no waiting.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::service::{LoadBalancerIngress, LoadBalancerStatus, ServiceType};
use crate::api::objects::{Object, Service};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Result, Store};
use crate::base::Str;
use crate::base::pmap::PMap;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::net::Ipv4Addr;

const SOURCE: Source = Source { component: "metallb-controller", host: "", field_path: "" };
/// Annotations that ask for an address, and the one that says which pool gave it.
const WANTED: [&str; 2] = ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"];
const FROM_POOL: &str = "metallb.io/ip-allocated-from-pool";
const POOL: &str = "default-pool";

/// Gives Services addresses of a pool.
#[derive(Clone, Default)]
pub struct MetalLb {
    /// The first and the last address; none where MetalLB is not installed.
    pool: Option<(Ipv4Addr, Ipv4Addr)>,
    /// The addresses in use, and whose (by uid).
    taken: PMap<Ipv4Addr, Str>,
}

impl MetalLb {
    /// The controller of a cluster with this pool.
    pub fn new(pool: Option<(Ipv4Addr, Ipv4Addr)>) -> MetalLb {
        MetalLb { pool, ..MetalLb::default() }
    }

    fn release(&mut self, uid: &Str) {
        let address = self.taken.iter().find(|(_, owner)| *owner == uid).map(|(address, _)| *address);
        if let Some(address) = address {
            self.taken.remove(&address);
        }
    }

    /// The address that a Service gets, or why it gets none.
    fn allocate(&self, service: &Service) -> std::result::Result<Ipv4Addr, String> {
        let (first, last) = self.pool.ok_or_else(String::new)?;
        let annotated = WANTED.iter().find_map(|name| service.meta.annotations.get(name));
        let asked = annotated.or(Some(&service.spec.load_balancer_ip)).filter(|ip| !ip.is_empty());
        let free = |ip: &Ipv4Addr| self.taken.get(ip).is_none_or(|owner| *owner == service.meta.uid);
        match asked {
            None => {
                let mut all = (u32::from(first)..=u32::from(last)).map(Ipv4Addr::from);
                all.find(free).ok_or_else(|| "no available IPs".to_owned())
            }
            Some(asked) => match asked.parse::<Ipv4Addr>() {
                Ok(ip) if (first..=last).contains(&ip) && free(&ip) => Ok(ip),
                Ok(ip) if (first..=last).contains(&ip) => {
                    Err(format!("can't change sharing key for \"{ip}\", address also in use"))
                }
                _ => Err(format!("[\"{asked}\"] is not allowed in config")),
            },
        }
    }
}

impl Controller for MetalLb {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        if self.pool.is_none() || change.key.kind != Kind::SERVICE {
            return;
        }
        let balanced = |object: &Object| Service::of(object).is_some_and(wanted);
        if change.new.as_deref().is_some_and(balanced) {
            queue.now(change.key.clone());
        } else if let Some(old) = &change.old {
            self.release(&old.meta().uid);
            // Whoever waits may have the address now.
            store.list(Kind::SERVICE, "").filter(|object| balanced(object)).for_each(|object| queue.now(object.key()));
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(service) = Service::of(&object).filter(|service| wanted(service)) else { return Ok(()) };
        let held = service.status.load_balancer.ingress.first().and_then(|ingress| ingress.ip.parse::<Ipv4Addr>().ok());
        if held.is_some_and(|ip| self.taken.get(&ip) == Some(&service.meta.uid)) {
            return Ok(());
        }
        let address = match self.allocate(service) {
            Ok(address) => address,
            Err(why) => {
                let message = format!("Failed to allocate IP for \"{}/{}\": {why}", key.namespace, key.name);
                context.api.event(&object, SOURCE, EventType::Warning, "AllocationFailed", &message);
                return Ok(());
            }
        };
        self.taken.insert(address, service.meta.uid.clone());
        let mut changed = service.clone();
        changed.meta.annotations.insert(FROM_POOL, POOL);
        let written = context.api.update(changed)?;
        let mut changed = Service::of(&written).cloned().unwrap_or_else(|| service.clone());
        let ingress = LoadBalancerIngress {
            ip: address.to_string().into(),
            ip_mode: Some("VIP".into()),
            ..LoadBalancerIngress::default()
        };
        changed.status.load_balancer = LoadBalancerStatus { ingress: vec![ingress], ..LoadBalancerStatus::default() };
        context.api.update_status(changed)?;
        let message = format!("Assigned IP [\"{address}\"]");
        context.api.event(&object, SOURCE, EventType::Normal, "IPAllocated", &message);
        Ok(())
    }
}

/// Whether a Service wants an address from here. One with a class of its own is somebody else's.
fn wanted(service: &Service) -> bool {
    service.spec.kind == ServiceType::LoadBalancer
        && service.spec.load_balancer_class.is_none()
        && !service.meta.is_terminating()
}
