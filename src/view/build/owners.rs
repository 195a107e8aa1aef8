//! ReplicaSets and Deployments as cards, the revisions' colours, and the lines that say who owns whom.

use super::card_key;
use crate::api::kinds::Kind;
use crate::api::objects::{Deployment, Object, ReplicaSet};
use crate::api::selector::LabelSelector;
use crate::apiserver::Store;
use crate::base::Order;
use crate::base::Str;
use crate::msg;
use crate::view::model::Tone;
use crate::view::model::graph::{COLOURS, Edge, EdgeKind, OwnerCard, OwnerColumn};
use std::collections::BTreeMap;

/// The annotation in which a ReplicaSet's revision stands.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// The revision of a ReplicaSet that a Deployment owns.
pub fn revision(rs: &ReplicaSet) -> Option<u64> {
    rs.meta.annotations.get(REVISION).and_then(|revision| revision.parse().ok())
}

/// The colour of each ReplicaSet's revision, by uid. The ReplicaSets of one Deployment are numbered in the order in which
/// they were made, so that a ReplicaSet keeps its colour when an undo gives it another revision.
pub fn colours(store: &Store, namespace: &str) -> BTreeMap<Str, u8> {
    let mut by_owner: BTreeMap<Str, Vec<&ReplicaSet>> = BTreeMap::new();
    for rs in store.list(Kind::REPLICA_SET, namespace).filter_map(|object| ReplicaSet::of(object)) {
        let owner = rs.meta.controller().map_or_else(|| rs.meta.uid.clone(), |owner| owner.uid.clone());
        by_owner.entry(owner).or_default().push(rs);
    }
    let mut colours = BTreeMap::new();
    for mut group in by_owner.into_values() {
        group.order_by_key(|rs| (rs.meta.creation_timestamp, created(rs)));
        for (index, rs) in group.into_iter().enumerate() {
            colours.insert(rs.meta.uid.clone(), u8::try_from(index % usize::from(COLOURS)).unwrap_or(0));
        }
    }
    colours
}

/// Orders ReplicaSets of one second: the one of the lower first revision was made first.
fn created(rs: &ReplicaSet) -> (u64, Str) {
    let history = rs.meta.annotations.get("deployment.kubernetes.io/revision-history");
    let first = history.and_then(|history| history.split(',').next().and_then(|first| first.parse().ok()));
    (first.or_else(|| revision(rs)).unwrap_or(0), rs.meta.name.clone())
}

/// Whether an owner is worth a card: empty ReplicaSets of old revisions are history.
pub fn is_shown(object: &Object) -> bool {
    match object {
        Object::ReplicaSet(rs) => rs.spec.replicas > 0 || rs.status.replicas > 0 || rs.meta.controller().is_none(),
        Object::Deployment(_) => true,
        _ => false,
    }
}

fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// The pairs that a selector wants, and its expressions, one by one.
fn pairs(selector: &LabelSelector) -> Vec<Str> {
    let labels = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}").into());
    let expressions = LabelSelector { match_labels: Default::default(), ..selector.clone() };
    let rest = (!expressions.is_empty()).then(|| expressions.to_string().into());
    labels.chain(rest).collect()
}

/// The card of a ReplicaSet.
pub fn replica_set(rs: &ReplicaSet, colour: Option<u8>) -> OwnerCard {
    let (ready, desired) = (count(rs.status.ready_replicas), count(rs.spec.replicas));
    let failed = rs.status.conditions.iter().any(|condition| &*condition.kind == "ReplicaFailure");
    OwnerCard {
        key: card_key(&crate::api::kinds::Key::new(Kind::REPLICA_SET, rs.meta.namespace.clone(), rs.meta.name.clone())),
        kind: "ReplicaSet".into(),
        name: rs.meta.name.clone(),
        column: OwnerColumn::Near,
        revision: revision(rs),
        selector: pairs(&rs.spec.selector),
        image: rs.spec.template.spec.containers.first().map(|container| container.image.clone()),
        ready,
        desired,
        status: None,
        tone: match () {
            () if failed => Tone::Bad,
            () if desired == 0 => Tone::Gone,
            () if ready >= desired => Tone::Ok,
            () => Tone::Pending,
        },
        colour,
    }
}

/// The card of a Deployment.
pub fn deployment(deployment: &Deployment, colour: Option<u8>) -> OwnerCard {
    let status = &deployment.status;
    let desired = count(deployment.spec.replicas);
    let updated = count(status.updated_replicas);
    let progressing = status.conditions.iter().find(|condition| &*condition.kind == "Progressing");
    let stuck = progressing.filter(|condition| condition.status == crate::api::objects::pod::ConditionStatus::False);
    let observed = status.observed_generation >= deployment.meta.generation;
    let old = count(status.replicas).saturating_sub(updated);
    let (text, tone) = match stuck {
        Some(condition) => (msg!("view.stuck", reason = condition.reason), Tone::Bad),
        None if deployment.spec.paused => (msg!("view.paused"), Tone::Pending),
        None if !observed || updated < desired || old > 0 => {
            (msg!("view.rolling", updated = updated, desired = desired), Tone::Pending)
        }
        None if count(status.available_replicas) < desired => {
            (msg!("view.ready-of", ready = count(status.ready_replicas), desired = desired), Tone::Pending)
        }
        None => (msg!("view.all-ready", desired = desired), Tone::Ok),
    };
    OwnerCard {
        key: card_key(&crate::api::kinds::Key::new(
            Kind::DEPLOYMENT,
            deployment.meta.namespace.clone(),
            deployment.meta.name.clone(),
        )),
        kind: "Deployment".into(),
        name: deployment.meta.name.clone(),
        column: OwnerColumn::Far,
        revision: None,
        selector: pairs(&deployment.spec.selector),
        image: deployment.spec.template.spec.containers.first().map(|container| container.image.clone()),
        ready: count(status.ready_replicas),
        desired,
        status: Some(text.into()),
        tone,
        colour,
    }
}

/// The line from an owner's card to the card of something that it owns.
pub fn owns(owner: &Str, owned: &Str, colour: Option<u8>) -> Edge {
    Edge {
        key: format!("{owner}>{owned}").into(),
        from: owner.clone(),
        to: owned.clone(),
        kind: EdgeKind::Owns,
        colour,
    }
}
