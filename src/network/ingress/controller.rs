//! What the controller writes: its address into Ingresses, and an event whenever it sees a change of one.
//!
//! It acts as long as one of its pods is ready. Models `internal/ingress/status/status.go` and the event handlers of
//! `internal/ingress/controller/store/store.go`.

use super::{IngressNet, NAME, NAME_LABEL};
use crate::api::kinds::{Key, Kind};
use crate::api::meta::Labels;
use crate::api::objects::pod::PodPhase;
use crate::api::objects::service::{Service, ServiceType};
use crate::api::objects::{Node, Object, Pod};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Result, Store};
use crate::base::pmap::PMap;
use crate::base::time::{Duration, SimTime};
use crate::base::{Str, Value};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use serde_json::json;
use std::rc::Rc;

const SOURCE: Source = Source { component: "nginx-ingress-controller", host: "", field_path: "" };
/// How often the leader compares the addresses in Ingresses with its own.
const STATUS_INTERVAL: Duration = Duration::from_secs(60);

/// Writes addresses and events of Ingresses.
#[derive(Clone, Default)]
pub struct IngressController {
    /// The revisions of Ingresses that there were events for.
    seen: PMap<Key, u64>,
}

fn is_controller(labels: &Labels) -> bool {
    let has = |key: &str, value: &str| labels.get(key).is_some_and(|found| **found == *value);
    has(NAME_LABEL, NAME) && has("app.kubernetes.io/component", "controller")
}

/// The pods of the controller.
fn pods(store: &Store) -> impl Iterator<Item = &Pod> {
    store.list(Kind::POD, "").filter_map(|object| Pod::of(object)).filter(|pod| is_controller(&pod.meta.labels))
}

/// Since when a pod of the controller has been ready, the longest of them.
fn ready_since(store: &Store) -> Option<SimTime> {
    let ready = pods(store).filter(|pod| pod.is_ready() && pod.status.phase == PodPhase::Running);
    let condition = |pod: &Pod| pod.status.conditions.iter().find(|one| &*one.kind == "Ready")?.last_transition_time;
    ready.filter_map(condition).map(|time| time.sim_time()).min()
}

/// The addresses at which the controller is reached: those of its Service, or of the nodes of its pods.
fn addresses(store: &Store) -> Vec<Value> {
    let services = store.list(Kind::SERVICE, "").filter_map(|object| Service::of(object));
    let mut balancers = services.filter(|service| {
        let selects =
            service.spec.selector.iter().flatten().any(|(key, value)| &**key == NAME_LABEL && &**value == NAME);
        selects && service.spec.kind == ServiceType::LoadBalancer
    });
    if let Some(service) = balancers.next() {
        let of = |one: &crate::api::objects::service::LoadBalancerIngress| match (&*one.ip, &*one.hostname) {
            ("", hostname) => json!({"hostname": hostname}),
            (ip, _) => json!({"ip": ip}),
        };
        return service.status.load_balancer.ingress.iter().map(of).collect();
    }
    let nodes = pods(store).filter(|pod| pod.is_ready()).filter_map(|pod| {
        let node = store.get(&Key::new(Kind::NODE, "", pod.node_name.clone()))?;
        Some(Node::of(node)?.internal_ip()?.to_string())
    });
    let all: std::collections::BTreeSet<String> = nodes.collect();
    all.into_iter().map(|ip| json!({"ip": ip})).collect()
}

impl IngressController {
    fn all(store: &Store, queue: &mut Enqueue) {
        store.list(Kind::INGRESS, "").for_each(|object| queue.now(object.key()));
    }

    fn note(&mut self, object: &Rc<Object>, key: &Key, context: &mut Context<'_>) {
        let version = object.meta().resource_version.0;
        if self.seen.insert(key.clone(), version) != Some(version) {
            context.api.event(object, SOURCE, EventType::Normal, "Sync", "Scheduled for sync");
        }
    }
}

impl Controller for IngressController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::INGRESS if change.new.is_some() => queue.now(change.key.clone()),
            Kind::INGRESS => {
                self.seen.remove(&change.key);
            }
            Kind::INGRESS_CLASS => Self::all(store, queue),
            Kind::POD => {
                let ready = |object: Option<&Object>| {
                    object.and_then(Pod::of).filter(|pod| is_controller(&pod.meta.labels)).map(Pod::is_ready)
                };
                if ready(change.old.as_deref()) != ready(change.new.as_deref()) {
                    Self::all(store, queue);
                }
            }
            Kind::SERVICE => {
                let selects = |object: &Object| {
                    Service::of(object).is_some_and(|service| {
                        service
                            .spec
                            .selector
                            .iter()
                            .flatten()
                            .any(|(key, value)| &**key == NAME_LABEL && &**value == NAME)
                    })
                };
                if change.new.as_deref().is_some_and(selects) {
                    Self::all(store, queue);
                }
            }
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let store = context.api.store();
        let Some(object) = store.get(key).cloned() else { return Ok(()) };
        let class = |name: &str| {
            let class = store.get(&Key::new(Kind::INGRESS_CLASS, "", name))?;
            class.to_value().pointer("/spec/controller")?.as_str().map(Str::from)
        };
        let mut value = object.to_value();
        let mine = IngressNet::from_object(&value).is_some_and(|ingress| ingress.belongs_elsewhere(class).is_none());
        if !mine {
            return Ok(());
        }
        let since = ready_since(store);
        let gone = pods(store).next().is_none();
        let wanted = if gone { Vec::new() } else { addresses(store) };
        if since.is_none() && !gone {
            return Ok(());
        }
        let has = value.pointer("/status/loadBalancer/ingress").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Some(since) = since {
            self.note(&object, key, context);
            let part = context.now.since(since).as_micros() % STATUS_INTERVAL.as_micros();
            if has != wanted && part != 0 {
                let rest = STATUS_INTERVAL.as_micros() - part;
                context.queue.after(key.clone(), Duration::from_micros(u64::try_from(rest).unwrap_or(0)));
                return Ok(());
            }
        }
        if has == wanted {
            return Ok(());
        }
        // Its last act before it goes is to take its address away again.
        value["status"] =
            if wanted.is_empty() { json!({"loadBalancer": {}}) } else { json!({"loadBalancer": {"ingress": wanted}}) };
        if let Some(changed) = Object::from_value(Kind::INGRESS, value) {
            context.api.update_status(changed)?;
        }
        Ok(())
    }
}
