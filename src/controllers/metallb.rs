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
use std::net::IpAddr;
use std::rc::Rc;

const SOURCE: Source = Source { component: "metallb-controller", host: "", field_path: "" };
/// Annotations that ask for addresses, and the one that says which pool gave them.
const WANTED: [&str; 2] = ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"];
const FROM_POOL: &str = "metallb.io/ip-allocated-from-pool";
const POOL: &str = "default-pool";

/// The first and the last address of a part of the pool; both of one family.
pub type Range = (IpAddr, IpAddr);

/// Gives Services addresses of a pool.
#[derive(Clone, Default)]
pub struct MetalLb {
    /// Nothing where MetalLB is not installed.
    pool: Rc<[Range]>,
    /// The addresses in use, and whose.
    taken: PMap<IpAddr, Owner>,
}

/// Who has an address: the uid of a Service, and its key.
#[derive(Clone)]
struct Owner {
    uid: Str,
    key: Key,
}

/// Addresses as MetalLB prints them: `["192.168.49.200" "fc00::c8"]`.
fn quoted(ips: &[IpAddr]) -> String {
    let ips: Vec<String> = ips.iter().map(|ip| format!("\"{ip}\"")).collect();
    format!("[{}]", ips.join(" "))
}

/// The families of a Service's own addresses: whether each is IPv4.
fn families(service: &Service) -> Vec<bool> {
    let own = service.spec.cluster_ips.iter().chain([&service.spec.cluster_ip]);
    let mut families: Vec<bool> = own.filter_map(|ip| ip.parse::<IpAddr>().ok()).map(|ip| ip.is_ipv4()).collect();
    families.truncate(service.spec.cluster_ips.len().max(1));
    families
}

fn prefers_dual_stack(service: &Service) -> bool {
    service.spec.ip_family_policy.as_deref() == Some("PreferDualStack")
}

/// The addresses that the user asks for. Models `getDesiredLbIPs`.
fn asked(service: &Service) -> std::result::Result<Vec<IpAddr>, String> {
    let [annotation, _] = WANTED;
    let annotated = WANTED.iter().find_map(|name| service.meta.annotations.get(name)).filter(|text| !text.is_empty());
    let field = &service.spec.load_balancer_ip;
    match annotated {
        Some(_) if !field.is_empty() => {
            Err(format!("service can not have both {annotation} and svc.Spec.LoadBalancerIP"))
        }
        Some(text) => {
            let ips: Option<Vec<IpAddr>> = text.split(',').map(|ip| ip.trim().parse().ok()).collect();
            ips.ok_or_else(|| format!("invalid {annotation}: \"{text}\""))
        }
        None if field.is_empty() => Ok(Vec::new()),
        None => field.parse().map(|ip| vec![ip]).map_err(|_| format!("invalid spec.loadBalancerIP \"{field}\"")),
    }
}

/// Whether two lists have the same families, in whichever order.
fn same_families(ips: &[IpAddr], families: &[bool]) -> bool {
    ips.len() == families.len() && families.iter().all(|four| ips.iter().any(|ip| ip.is_ipv4() == *four))
}

impl MetalLb {
    /// The controller of a cluster with this pool.
    pub fn new(pool: &[Range]) -> MetalLb {
        MetalLb { pool: pool.into(), ..MetalLb::default() }
    }

    fn release(&mut self, uid: &Str) {
        self.taken.retain(|_, owner| owner.uid != *uid);
    }

    fn is_free(&self, ip: &IpAddr, uid: &Str) -> bool {
        self.taken.get(ip).is_none_or(|owner| owner.uid == *uid)
    }

    /// The first address of a family that nobody has.
    fn first_free(&self, four: bool, uid: &Str) -> Option<IpAddr> {
        let all = |range: &Range| -> Box<dyn Iterator<Item = IpAddr>> {
            match *range {
                (IpAddr::V4(first), IpAddr::V4(last)) => {
                    Box::new((u32::from(first)..=u32::from(last)).map(|ip| IpAddr::V4(ip.into())))
                }
                (IpAddr::V6(first), IpAddr::V6(last)) => {
                    Box::new((u128::from(first)..=u128::from(last)).map(|ip| IpAddr::V6(ip.into())))
                }
                _ => Box::new(std::iter::empty()),
            }
        };
        self.pool.iter().filter(|(first, _)| first.is_ipv4() == four).flat_map(all).find(|ip| self.is_free(ip, uid))
    }

    /// The addresses that a Service gets, or why it gets none. Models `allocateIPs`.
    fn allocate(&self, service: &Service) -> std::result::Result<Vec<IpAddr>, String> {
        let (uid, families, asked) = (&service.meta.uid, families(service), asked(service)?);
        if !asked.is_empty() {
            if !same_families(&asked, &families) {
                let asked = quoted(&asked);
                return Err(format!("requested loadBalancer IP(s) {asked} does not match the ipFamily of the service"));
            }
            let in_pool = |ip: &IpAddr| self.pool.iter().any(|(first, last)| (first..=last).contains(&ip));
            if !asked.iter().all(in_pool) {
                return Err(format!("{} is not allowed in config", quoted(&asked)));
            }
            let others = asked.iter().filter(|ip| !self.is_free(ip, uid)).find_map(|ip| self.taken.get(ip));
            return match others {
                Some(Owner { key, .. }) => Err(format!(
                    "can't change sharing key for \"{}/{}\", address also in use by {}/{}",
                    service.meta.namespace, service.meta.name, key.namespace, key.name
                )),
                None => Ok(asked),
            };
        }
        // Those of IPv4 come first.
        let free = [true, false].map(|four| self.first_free(four, uid).filter(|_| families.contains(&four)));
        let found: Vec<IpAddr> = free.into_iter().flatten().collect();
        let enough = found.len() == families.len() || (!found.is_empty() && prefers_dual_stack(service));
        if enough && !found.is_empty() { Ok(found) } else { Err("no available IPs".to_owned()) }
    }

    /// The addresses that a Service has and may keep. Models `convergeBalancer`.
    fn kept(&self, service: &Service) -> Vec<IpAddr> {
        let held: Vec<IpAddr> =
            service.status.load_balancer.ingress.iter().filter_map(|one| one.ip.parse().ok()).collect();
        let families = families(service);
        let fits =
            same_families(&held, &families) || (held.len() == 1 && families.len() == 2 && prefers_dual_stack(service));
        let ours = held.iter().all(|ip| self.taken.get(ip).is_some_and(|owner| owner.uid == service.meta.uid));
        let wanted = asked(service).is_ok_and(|asked| {
            asked.is_empty() || (asked.len() == held.len() && asked.iter().all(|ip| held.contains(ip)))
        });
        if fits && ours && wanted { held } else { Vec::new() }
    }

    /// The address of the family that a Service of both has none of yet.
    fn additional(&self, service: &Service, held: &[IpAddr]) -> Option<IpAddr> {
        let [held] = held else { return None };
        let lacks = prefers_dual_stack(service) && families(service).len() == 2;
        self.first_free(!held.is_ipv4(), &service.meta.uid).filter(|_| lacks)
    }
}

impl Controller for MetalLb {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        if self.pool.is_empty() || change.key.kind != Kind::SERVICE {
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
        let mut addresses = self.kept(service);
        let message = match self.additional(service, &addresses) {
            _ if addresses.is_empty() => {
                self.release(&service.meta.uid);
                match self.allocate(service) {
                    Ok(found) => addresses = found,
                    Err(why) => {
                        let message = format!("Failed to allocate IP for \"{}/{}\": {why}", key.namespace, key.name);
                        context.api.event(&object, SOURCE, EventType::Warning, "AllocationFailed", &message);
                        return clear(service, context);
                    }
                }
                format!("Assigned IP {}", quoted(&addresses))
            }
            Some(found) => {
                addresses.push(found);
                format!("Assigned additional IP \"{found}\"")
            }
            None => return Ok(()),
        };
        for address in &addresses {
            self.taken.insert(*address, Owner { uid: service.meta.uid.clone(), key: key.clone() });
        }
        let mut changed = service.clone();
        changed.meta.annotations.insert(FROM_POOL, POOL);
        let written = context.api.update(changed)?;
        let mut changed = Service::of(&written).cloned().unwrap_or_else(|| service.clone());
        let ingress = addresses.iter().map(|address| LoadBalancerIngress {
            ip: address.to_string().into(),
            ip_mode: Some("VIP".into()),
            ..LoadBalancerIngress::default()
        });
        changed.status.load_balancer =
            LoadBalancerStatus { ingress: ingress.collect(), ..LoadBalancerStatus::default() };
        context.api.update_status(changed)?;
        context.api.event(&object, SOURCE, EventType::Normal, "IPAllocated", &message);
        Ok(())
    }
}

/// A Service that gets no address has none, whatever it had.
fn clear(service: &Service, context: &mut Context<'_>) -> Result<()> {
    if service.status.load_balancer.ingress.is_empty() {
        return Ok(());
    }
    let mut changed = service.clone();
    changed.meta.annotations.remove(FROM_POOL);
    let written = context.api.update(changed)?;
    let mut changed = Service::of(&written).cloned().unwrap_or_else(|| service.clone());
    changed.status.load_balancer = LoadBalancerStatus::default();
    context.api.update_status(changed).map(drop)
}

/// Whether a Service wants an address from here. One with a class of its own is somebody else's.
fn wanted(service: &Service) -> bool {
    service.spec.kind == ServiceType::LoadBalancer
        && service.spec.load_balancer_class.is_none()
        && !service.meta.is_terminating()
}
