//! The selected object in full.

use super::actions::actions;
use super::{card_key, events, object_key, owners, pods, scheduling, services, trace};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod_summary::summarize;
use crate::api::objects::{Object, Pod, Service};
use crate::base::Str;
use crate::base::time::human_duration;
use crate::msg;
use crate::sim::why::{self, Link, Subject};
use crate::sim::{Engine, World};
use crate::view::model::inspector::{CauseView, FactView, InspectorView, SectionView};
use crate::view::model::{Text, Tone};

/// Changes of the log that are looked through for those of one object.
const LOOK_BACK: usize = 4000;
/// Changes of an object that are shown.
const CHANGES: usize = 30;

/// The inspector of the card `key`; of an object that is gone, what became of it; `None` when nothing is known of it.
pub fn build(engine: &Engine, card: &str) -> Option<InspectorView> {
    let key = object_key(card)?;
    let world = engine.world();
    let mut view = InspectorView {
        key: card.into(),
        kind: key.kind.info().kind.into(),
        name: key.name.clone(),
        namespace: (!key.namespace.is_empty()).then(|| key.namespace.clone()),
        status: msg!("view.gone").into(),
        tone: Tone::Gone,
        actions: Vec::new(),
        sections: Vec::new(),
        nodes: None,
        yaml: Str::from(""),
        events: Vec::new(),
        why: causes(&engine.why(&Subject::Object(&key)), &key),
        changes: changes(engine, &key),
    };
    if let Some(object) = world.api.store().get(&key) {
        (view.status, view.tone) = status(world, &key, object);
        view.actions = actions(world, &key, object);
        view.sections = sections(world, &key, object);
        view.nodes = Pod::of(object).and_then(|pod| scheduling::nodes(world, pod));
        view.yaml = crate::yaml::to_yaml(&object.to_value()).into();
        view.events = events::about(world, &object.meta().uid);
    } else if view.why.is_empty() {
        return None;
    }
    Some(view)
}

/// The chain of causes, back to what the user did.
fn causes(links: &[Link], key: &Key) -> Vec<CauseView> {
    let cause = |link: &Link| CauseView {
        what: link.what.clone().into(),
        at: link.at,
        card: link.key.as_ref().filter(|other| *other != key).map(card_key),
        by_user: link.input.is_some(),
    };
    links.iter().map(cause).collect()
}

/// What happened to the object, newest first. Each is the first link of its own chain.
fn changes(engine: &Engine, key: &Key) -> Vec<CauseView> {
    let store = engine.world().api.store();
    let mine = store.marks_back().take(LOOK_BACK).filter(|(_, mark)| mark.key == *key).take(CHANGES);
    causes(&mine.map(|(rev, mark)| why::link_of(rev, mark)).collect::<Vec<_>>(), key)
}

fn status(world: &World, key: &Key, object: &Object) -> (Text, Tone) {
    match object {
        Object::Pod(pod) => {
            let summary = summarize(pod);
            let tone = pods::tone(pod, &summary.status);
            (summary.status.into(), tone)
        }
        Object::Service(service) => {
            let card = services::card(world.api.store(), key, service, None);
            (msg!("view.endpoints", ready = card.ready, total = card.endpoints).into(), card.tone)
        }
        Object::ReplicaSet(rs) => {
            let card = owners::replica_set(rs, None);
            (msg!("view.ready-of", ready = card.ready, desired = card.desired).into(), card.tone)
        }
        Object::Deployment(deployment) => {
            let card = owners::deployment(deployment, None);
            (card.status.unwrap_or_default(), card.tone)
        }
        Object::Node(node) if node.is_ready() => ("Ready".into(), Tone::Ok),
        Object::Node(_) => ("NotReady".into(), Tone::Bad),
        _ => (Text::default(), Tone::Neutral),
    }
}

fn fact(name: &str, value: impl Into<Text>) -> FactView {
    FactView { name: name.into(), value: value.into(), code: true, tone: Tone::Neutral, link: None }
}

fn linked(name: &str, key: &Key) -> FactView {
    FactView { link: Some(card_key(key)), ..fact(name, key.name.clone()) }
}

fn sections(world: &World, key: &Key, object: &Object) -> Vec<SectionView> {
    let meta = object.meta();
    let mut facts = Vec::new();
    if let Some(made) = meta.creation_timestamp {
        facts.push(fact("AGE", human_duration(world.now.timestamp().0 - made.0).as_str()));
    }
    if let Some(owner) = meta.controller()
        && let Some(kind) = Kind::of(&owner.api_version, &owner.kind)
    {
        facts.push(linked("Controlled By", &key.sibling(kind, owner.name.clone())));
    }
    match object {
        Object::Pod(pod) => facts.extend(pod_facts(pod)),
        Object::Service(service) => facts.extend(service_facts(service)),
        Object::ReplicaSet(rs) => facts.push(fact("Selector", rs.spec.selector.to_string().as_str())),
        Object::Deployment(deployment) => {
            facts.push(fact("Selector", deployment.spec.selector.to_string().as_str()));
            facts.push(fact("StrategyType", deployment.spec.strategy.kind.as_str()));
        }
        Object::Node(node) => {
            facts.push(fact("InternalIP", node.internal_ip().cloned().unwrap_or_else(|| Str::from(""))));
            facts.push(fact("PodCIDR", node.spec.pod_cidr.clone()));
            facts.extend(node.status.allocatable.iter().map(|(name, amount)| fact(name, amount.clone())));
        }
        _ => {}
    }
    let mut sections = vec![SectionView { title: None, facts }];
    if !meta.labels.is_empty() {
        let facts = meta.labels.iter().map(|(key, value)| fact("", format!("{key}={value}").as_str())).collect();
        sections.push(SectionView { title: Some("Labels".into()), facts });
    }
    sections.extend(endpoint_section(world, object));
    sections.extend(condition_section(object));
    sections
}

fn pod_facts(pod: &Pod) -> Vec<FactView> {
    let summary = summarize(pod);
    let mut facts = vec![
        fact("READY", format!("{}/{}", summary.ready, summary.total).as_str()),
        fact("RESTARTS", summary.restarts.to_string().as_str()),
    ];
    if !pod.status.pod_ip.is_empty() {
        facts.push(fact("IP", pod.status.pod_ip.clone()));
    }
    if !pod.node_name.is_empty() {
        facts.push(linked("Node", &Key::new(Kind::NODE, "", pod.node_name.clone())));
    }
    facts.extend(pod.spec.containers.iter().map(|container| fact("Image", container.image.clone())));
    let waiting = pod.status.container_statuses.iter().filter_map(|status| status.state.waiting.as_ref());
    facts.extend(waiting.filter(|waiting| !waiting.message.is_empty()).map(|waiting| FactView {
        tone: Tone::Bad,
        code: false,
        ..fact(&waiting.reason, waiting.message.clone())
    }));
    facts
}

fn service_facts(service: &Service) -> Vec<FactView> {
    let spec = &service.spec;
    let selector: Vec<String> = spec.selector.iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    let mut facts = vec![fact("Type", spec.kind.as_str())];
    for (name, value) in [("IP", &spec.cluster_ip), ("External Name", &spec.external_name)] {
        if !value.is_empty() {
            facts.push(fact(name, value.clone()));
        }
    }
    facts.extend(spec.ports.iter().map(|port| {
        let node_port = if port.node_port == 0 { String::new() } else { format!(" · NodePort {}", port.node_port) };
        fact("Port", format!("{} → {}/{}{node_port}", port.port, port.target_port, port.protocol).as_str())
    }));
    let selector = if selector.is_empty() { "<none>".to_owned() } else { selector.join(",") };
    facts.push(fact("Selector", selector.as_str()));
    facts
}

/// The pods that a Service selects, each with whether traffic may go to it.
fn endpoint_section(world: &World, object: &Object) -> Option<SectionView> {
    let Object::Service(service) = object else { return None };
    let store = world.api.store();
    let facts: Vec<FactView> = services::endpoints(store, service)
        .into_iter()
        .take(100)
        .map(|endpoint| {
            let ready = endpoint.conditions.ready.unwrap_or(true);
            let address = endpoint.addresses.first().cloned().unwrap_or_else(|| Str::from(""));
            let pod = endpoint
                .target_ref
                .as_ref()
                .map(|target| Key::new(Kind::POD, target.namespace.clone(), target.name.clone()));
            FactView {
                name: pod.as_ref().map_or_else(Text::default, |pod| trace::short_name(&pod.name).into()),
                tone: if ready { Tone::Ok } else { Tone::Pending },
                link: pod.as_ref().map(card_key),
                ..fact("", address)
            }
        })
        .collect();
    (!facts.is_empty()).then(|| SectionView { title: Some("Endpoints".into()), facts })
}

fn condition_section(object: &Object) -> Option<SectionView> {
    use crate::api::objects::pod::ConditionStatus;
    let row = |kind: &Str, status: ConditionStatus, reason: &Str, message: &Str| {
        let tone = if status == ConditionStatus::True { Tone::Ok } else { Tone::Pending };
        let words: Vec<&str> = [status.as_str(), reason, message].into_iter().filter(|word| !word.is_empty()).collect();
        FactView { tone, code: false, ..fact(kind, words.join(" · ").as_str()) }
    };
    let facts: Vec<FactView> = match object {
        Object::Pod(pod) => {
            pod.status.conditions.iter().map(|c| row(&c.kind, c.status, &c.reason, &c.message)).collect()
        }
        Object::Deployment(deployment) => {
            deployment.status.conditions.iter().map(|c| row(&c.kind, c.status, &c.reason, &c.message)).collect()
        }
        Object::ReplicaSet(rs) => {
            rs.status.conditions.iter().map(|c| row(&c.kind, c.status, &c.reason, &c.message)).collect()
        }
        _ => Vec::new(),
    };
    (!facts.is_empty()).then(|| SectionView { title: Some("Conditions".into()), facts })
}
