//! Load balancers as a cloud makes them: an address for each Service of type LoadBalancer, a moment after it was asked for.
//! In a cluster without a cloud nobody does this, and the Service stays `<pending>`.
//!
//! Models `k8s.io/cloud-provider/controllers/service/controller.go`.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::service::{LoadBalancerIngress, LoadBalancerStatus, ServiceType};
use crate::api::objects::{Object, Service};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Result, Store};
use crate::base::Str;
use crate::base::pmap::PMap;
use crate::base::time::{Duration, SimTime};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::net::Ipv4Addr;

const SOURCE: Source = Source { component: "service-controller", host: "", field_path: "" };
const FINALIZER: &str = "service.kubernetes.io/load-balancer-cleanup";
/// How long the cloud takes to make a load balancer.
const PROVISIONING: Duration = Duration::from_secs(2);
/// The first address of the cloud, one below the first that is given out (RFC 5737).
const FIRST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 0);

/// Makes load balancers.
#[derive(Clone, Default)]
pub struct LoadBalancerController {
    cloud: bool,
    /// What is being made, by uid: when it was begun.
    begun: PMap<Str, SimTime>,
    /// The addresses in use: the last byte, and whose (by uid).
    taken: PMap<u8, Str>,
}

impl LoadBalancerController {
    /// The controller of a cluster, with or without a cloud.
    pub fn new(cloud: bool) -> LoadBalancerController {
        LoadBalancerController { cloud, ..LoadBalancerController::default() }
    }

    /// The address of a Service: the one that it has, or the lowest that is free.
    fn address(&mut self, uid: &Str) -> Option<Ipv4Addr> {
        let known = self.taken.iter().find(|(_, owner)| *owner == uid).map(|(last, _)| *last);
        let last = known.or_else(|| (1..=254).find(|last| !self.taken.contains_key(last)))?;
        self.taken.insert(last, uid.clone());
        Some(Ipv4Addr::from(u32::from(FIRST) + u32::from(last)))
    }

    fn release(&mut self, uid: &Str) {
        self.begun.remove(uid);
        let last = self.taken.iter().find(|(_, owner)| *owner == uid).map(|(last, _)| *last);
        if let Some(last) = last {
            self.taken.remove(&last);
        }
    }

    fn ensure(&mut self, object: &Object, service: &Service, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let uid = &service.meta.uid;
        let made = service.status.load_balancer.ingress.iter().any(|ingress| !ingress.ip.is_empty());
        if made && has_finalizer(service) {
            return Ok(());
        }
        let Some(begun) = self.begun.get(uid).copied() else {
            self.begun.insert(uid.clone(), context.now);
            if !has_finalizer(service) {
                let mut changed = service.clone();
                changed.meta.finalizers.push(FINALIZER.into());
                context.api.update(changed)?;
            }
            context.api.event(object, SOURCE, EventType::Normal, "EnsuringLoadBalancer", "Ensuring load balancer");
            context.queue.after(key.clone(), PROVISIONING);
            return Ok(());
        };
        let waited = context.now.since(begun);
        if waited < PROVISIONING {
            context.queue.after(key.clone(), PROVISIONING - waited);
            return Ok(());
        }
        let Some(address) = self.address(uid) else {
            let message = "Error syncing load balancer: failed to ensure load balancer: no address is left";
            context.api.event(object, SOURCE, EventType::Warning, "SyncLoadBalancerFailed", message);
            return Ok(());
        };
        let mut changed = service.clone();
        let ingress = LoadBalancerIngress {
            ip: address.to_string().into(),
            ip_mode: Some("VIP".into()),
            ..LoadBalancerIngress::default()
        };
        changed.status.load_balancer = LoadBalancerStatus { ingress: vec![ingress], ..LoadBalancerStatus::default() };
        context.api.update_status(changed)?;
        self.begun.remove(uid);
        context.api.event(object, SOURCE, EventType::Normal, "EnsuredLoadBalancer", "Ensured load balancer");
        Ok(())
    }

    /// The load balancer goes, then the finalizer that held the Service.
    fn clean_up(&mut self, object: &Object, service: &Service, context: &mut Context<'_>) -> Result<()> {
        context.api.event(object, SOURCE, EventType::Normal, "DeletingLoadBalancer", "Deleting load balancer");
        self.release(&service.meta.uid);
        let mut service = service.clone();
        if !service.status.load_balancer.ingress.is_empty() {
            service.status.load_balancer = LoadBalancerStatus::default();
            let written = context.api.update_status(service.clone())?;
            service = Service::of(&written).cloned().unwrap_or(service);
        }
        service.meta.finalizers.retain(|name| &**name != FINALIZER);
        let terminating = service.meta.is_terminating();
        context.api.update(service)?;
        if !terminating {
            context.api.event(object, SOURCE, EventType::Normal, "DeletedLoadBalancer", "Deleted load balancer");
        }
        Ok(())
    }
}

impl Controller for LoadBalancerController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        if !self.cloud || change.key.kind != Kind::SERVICE {
            return;
        }
        match &change.new {
            Some(object) if Service::of(object).is_some_and(|service| wanted(service) || has_finalizer(service)) => {
                queue.now(change.key.clone());
            }
            _ => {
                if let Some(old) = &change.old {
                    self.release(&old.meta().uid);
                }
            }
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(service) = Service::of(&object) else { return Ok(()) };
        match (wanted(service), has_finalizer(service)) {
            (true, _) => self.ensure(&object, service, key, context),
            (false, true) => self.clean_up(&object, service, context),
            (false, false) => Ok(()),
        }
    }
}

/// Whether this controller has to make a load balancer. One with a class of its own is somebody else's.
fn wanted(service: &Service) -> bool {
    service.spec.kind == ServiceType::LoadBalancer
        && service.spec.load_balancer_class.is_none()
        && !service.meta.is_terminating()
}

fn has_finalizer(service: &Service) -> bool {
    service.meta.finalizers.iter().any(|name| &**name == FINALIZER)
}
