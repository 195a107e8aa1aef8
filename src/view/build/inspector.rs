//! The selected object in full.

use super::{card_key, events, object_key, owners, pods, services, trace};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod_summary::summarize;
use crate::api::objects::{Object, Pod, Service};
use crate::base::Str;
use crate::base::time::human_duration;
use crate::msg;
use crate::sim::why::Subject;
use crate::sim::{Engine, World};
use crate::view::model::inspector::{ActionView, FactView, InspectorView, SectionView};
use crate::view::model::{Command, Text, Tone};

/// The inspector of the card `key`; `None` when the object is gone.
pub fn build(world: &World, card: &str) -> Option<InspectorView> {
    let key = object_key(card)?;
    let object = world.api.store().get(&key)?;
    let (status, tone) = status(world, &key, object);
    Some(InspectorView {
        key: card.into(),
        kind: key.kind.info().kind.into(),
        name: key.name.clone(),
        namespace: (!key.namespace.is_empty()).then(|| key.namespace.clone()),
        status,
        tone,
        actions: actions(&key, object),
        sections: sections(world, &key, object),
        yaml: crate::yaml::to_yaml(&object.to_value()).into(),
        events: events::about(world, &object.meta().uid),
    })
}

/// Why the object is as it is: the chain of causes back to what the user did.
pub fn causes(engine: &Engine, card: &str) -> Option<SectionView> {
    let key = object_key(card)?;
    let facts: Vec<FactView> = engine
        .why(&Subject::Object(&key))
        .into_iter()
        .map(|link| FactView {
            code: false,
            link: link.key.as_ref().filter(|other| **other != key).map(card_key),
            value: link.what.into(),
            ..fact("", "")
        })
        .collect();
    (!facts.is_empty()).then(|| SectionView { title: Some(msg!("view.why").into()), facts })
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

fn actions(key: &Key, object: &Object) -> Vec<ActionView> {
    let card = card_key(key);
    let mut actions = Vec::new();
    let mut add = |label: Text, command: Command, danger: bool| actions.push(ActionView { label, command, danger });
    let scale = |replicas: i32| Command::Scale { key: card.clone(), replicas: u32::try_from(replicas).unwrap_or(0) };
    match object {
        Object::Deployment(deployment) => {
            add(msg!("view.action.more").into(), scale(deployment.spec.replicas + 1), false);
            add(msg!("view.action.fewer").into(), scale((deployment.spec.replicas - 1).max(0)), false);
            add(msg!("view.action.restart").into(), Command::Restart(card.clone()), false);
        }
        Object::ReplicaSet(rs) => {
            add(msg!("view.action.more").into(), scale(rs.spec.replicas + 1), false);
            add(msg!("view.action.fewer").into(), scale((rs.spec.replicas - 1).max(0)), false);
        }
        Object::Pod(pod) => {
            add(msg!("view.action.kill").into(), Command::KillContainer(card.clone()), true);
            if pod.spec.containers.iter().any(|container| container.readiness_probe.is_some()) {
                let ready = !pod.is_ready();
                let label = if ready { msg!("view.action.heal") } else { msg!("view.action.unready") };
                add(label.into(), Command::SetReadiness { key: card.clone(), ready }, !ready);
            }
        }
        Object::Node(node) => {
            let on = !node.is_ready();
            let label = if on { msg!("view.action.power-on") } else { msg!("view.action.power-off") };
            add(label.into(), Command::SetNodePower { key: card.clone(), on }, !on);
            let schedulable = node.spec.unschedulable;
            let label = if schedulable { msg!("view.action.uncordon") } else { msg!("view.action.cordon") };
            add(label.into(), Command::SetSchedulable { key: card.clone(), schedulable }, false);
        }
        _ => {}
    }
    if key.kind != Kind::NODE {
        add(msg!("view.action.delete").into(), Command::Delete(card.clone()), true);
    }
    actions
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
