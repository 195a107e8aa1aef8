//! A pod's claims: from which nodes their volumes can be reached, and which volumes unbound claims get on a node.
//!
//! Models `pkg/scheduler/framework/plugins/{volumebinding,volumerestrictions,volumezone}`.

use super::convert::term;
use super::explain::Reason;
use super::filter::NodeInfo;
use super::node_selector::Term;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Pod};
use crate::apiserver::{Result, Store};
use crate::base::time::{Duration, SimTime};
use crate::base::{Order, Str, Value};
use crate::controllers::persistentvolume::fit::{self, fits, text};
use crate::controllers::persistentvolume::{annotation, bind, class};
use crate::controllers::runtime::Context;
use serde_json::json;

/// The labels that say where a node or a volume is, the present names and the old ones.
const PLACES: [&str; 4] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

/// How long the scheduler waits for the volumes of a pod to be bound (`bindTimeoutSeconds`).
pub(super) const PATIENCE: Duration = Duration::from_secs(600);
/// How often it looks.
pub(super) const POLL: Duration = Duration::from_secs(1);

/// What a pod's claims mean for where it can go.
#[derive(Clone, Debug, Default)]
pub struct Volumes {
    /// Why the pod can go nowhere.
    pub refused: Option<Str>,
    /// Whether another pod has a volume that only one may have.
    in_use: bool,
    /// Whether a claim's volume is gone.
    gone: bool,
    /// The volumes of claims that are bound.
    bound: Vec<Volume>,
    /// The claims that get a volume together with the node, the smallest first.
    waiting: Vec<Waiting>,
}

/// A volume, as far as it matters where it is.
#[derive(Clone, Debug, Default)]
struct Volume {
    name: Str,
    /// The terms of which one must hold.
    required: Option<Vec<Term>>,
    /// Labels that say where it is.
    places: Vec<(&'static str, String)>,
}

/// A claim whose volume is chosen together with the node.
#[derive(Clone, Debug)]
struct Waiting {
    claim: Key,
    /// The node that was chosen before, for which a volume is being made.
    selected: Option<Str>,
    /// The volumes that it could have, the best first.
    candidates: Vec<Volume>,
    /// Whether a volume can be made for it, and on nodes of which labels (any, if there are no terms).
    provision: Option<Vec<Term>>,
}

/// What a claim gets on a node.
pub(super) enum Choice {
    /// This volume.
    Volume(Str),
    /// One that is made for it.
    New,
}

impl Volume {
    fn read(value: &Value) -> Volume {
        let required = value.pointer("/spec/nodeAffinity/required/nodeSelectorTerms").and_then(Value::as_array);
        let label =
            |name: &&'static str| Some((*name, value.pointer("/metadata/labels")?.get(*name)?.as_str()?.to_owned()));
        Volume {
            name: text(value, "/metadata/name").into(),
            required: required.map(|terms| terms.iter().map(term).collect()),
            places: PLACES.iter().filter_map(label).collect(),
        }
    }

    fn reachable(&self, node: &NodeInfo) -> bool {
        self.required.as_ref().is_none_or(|terms| terms.iter().any(|term| term.matches(&node.name, &node.labels)))
    }

    /// Whether a node that says where it is is where the volume is; a volume may be in several zones.
    fn near(&self, node: &NodeInfo) -> bool {
        let placed = PLACES.iter().any(|name| node.labels.get(name).is_some());
        !placed
            || self.places.iter().all(|(name, places)| {
                node.labels.get(name).is_some_and(|here| places.split("__").any(|place| *place == **here))
            })
    }
}

/// The names of the claims of a pod, and whether a claim is the pod's own.
fn claims(pod: &Pod) -> impl Iterator<Item = (String, bool)> {
    pod.spec.volumes.iter().filter_map(|volume| match volume.get("persistentVolumeClaim") {
        Some(claim) => Some((claim.get("claimName")?.as_str()?.to_owned(), false)),
        None => {
            volume.get("ephemeral")?;
            Some((format!("{}-{}", pod.meta.name, volume.get("name")?.as_str()?), true))
        }
    })
}

/// Whether the pod has a claim.
pub(super) fn matter(pod: &Pod) -> bool {
    claims(pod).next().is_some()
}

impl Volumes {
    /// Whether they mean nothing.
    pub fn is_empty(&self) -> bool {
        self.refused.is_none() && !self.in_use && !self.gone && self.bound.is_empty() && self.waiting.is_empty()
    }

    /// Whether volumes have to be chosen with the node.
    pub(super) fn wait(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Reads the claims of a pod; pods that are `gone` use none.
    pub(super) fn read(pod: &Pod, store: &Store, gone: &dyn Fn(&Pod) -> bool) -> Volumes {
        let mut volumes = Volumes::default();
        let mut sized = Vec::new();
        for (name, own) in claims(pod) {
            match volumes.add(pod, &name, own, store, gone) {
                Err(refused) => return Volumes { refused: Some(refused.into()), ..Volumes::default() },
                Ok(waiting) => sized.extend(waiting),
            }
        }
        sized.order_by_key(|(size, _)| *size);
        volumes.waiting = sized.into_iter().map(|(_, waiting)| waiting).collect();
        volumes
    }

    /// One claim. Models `podHasPVCs` and `GetPodVolumeClaims`.
    fn add(
        &mut self,
        pod: &Pod,
        name: &str,
        own: bool,
        store: &Store,
        gone: &dyn Fn(&Pod) -> bool,
    ) -> std::result::Result<Option<(i64, Waiting)>, String> {
        let key = Key::new(Kind::PERSISTENT_VOLUME_CLAIM, pod.meta.namespace.clone(), name);
        let Some(object) = store.get(&key) else {
            return Err(match own {
                true => format!("waiting for ephemeral volume controller to create the persistentvolumeclaim {name:?}"),
                false => format!("persistentvolumeclaim {name:?} not found"),
            });
        };
        let claim = object.to_value();
        let volume = text(&claim, "/spec/volumeName");
        if text(&claim, "/status/phase") == "Lost" {
            return Err(format!("persistentvolumeclaim {name:?} bound to non-existent persistentvolume {volume:?}"));
        }
        if object.meta().is_terminating() {
            return Err(format!("persistentvolumeclaim {name:?} is being deleted"));
        }
        let modes = claim.pointer("/spec/accessModes").and_then(Value::as_array);
        if modes.is_some_and(|modes| modes.iter().any(|mode| mode == "ReadWriteOncePod")) {
            let uses = |other: &Pod| {
                other.meta.uid != pod.meta.uid
                    && !other.node_name.is_empty()
                    && !other.is_terminal()
                    && !gone(other)
                    && claims(other).any(|(claim, _)| claim == name)
            };
            self.in_use |= store.list(Kind::POD, &pod.meta.namespace).filter_map(|object| Pod::of(object)).any(uses);
        }
        if bind::is_completed(&claim) {
            match store.get(&Key::new(Kind::PERSISTENT_VOLUME, "", volume)) {
                None => self.gone = true,
                Some(object) => self.bound.push(Volume::read(&object.to_value())),
            }
            return Ok(None);
        }
        if !class::waits_for_consumer(&claim, store) || !volume.is_empty() {
            return Err("pod has unbound immediate PersistentVolumeClaims".to_owned());
        }
        Ok(Some((fit::requested(&claim), Waiting::read(key, &claim, store))))
    }

    /// Why a node cannot take the pod; models the three plugins' `Filter`.
    pub fn objections(&self, node: &NodeInfo) -> Vec<Reason> {
        if self.in_use {
            return vec![Reason::VolumeInUse];
        }
        let mut reasons = Vec::new();
        if self.bound.iter().any(|volume| !volume.reachable(node)) {
            reasons.push(Reason::VolumeAffinity);
        }
        if self.choices(node).is_none() {
            reasons.push(Reason::NoVolume);
        }
        if self.gone {
            reasons.push(Reason::VolumeGone);
        }
        if reasons.is_empty() && self.bound.iter().any(|volume| !volume.near(node)) {
            reasons.push(Reason::VolumeZone);
        }
        reasons
    }

    /// What each waiting claim would get on a node; nothing if one of them got nothing.
    ///
    /// Models `findMatchingVolumes` and `checkVolumeProvisions` of `binder.go`.
    fn choices(&self, node: &NodeInfo) -> Option<Vec<(&Key, Choice)>> {
        let mut taken: Vec<&Str> = Vec::new();
        let mut choices = Vec::new();
        for waiting in &self.waiting {
            let free = |volume: &&Volume| !taken.contains(&&volume.name) && volume.reachable(node);
            let choice = match (&waiting.selected, waiting.candidates.iter().find(free)) {
                (Some(selected), _) if *selected != node.name => return None,
                (None, Some(volume)) => {
                    taken.push(&volume.name);
                    Choice::Volume(volume.name.clone())
                }
                _ => {
                    let terms = waiting.provision.as_ref()?;
                    if !terms.is_empty() && !terms.iter().any(|term| term.matches(&node.name, &node.labels)) {
                        return None;
                    }
                    Choice::New
                }
            };
            choices.push((&waiting.claim, choice));
        }
        Some(choices)
    }

    /// Gives the waiting claims what they get on the node: the volumes name them, or they name the node.
    ///
    /// Models `bindAPIUpdate` of `binder.go`.
    pub(super) fn claim(&self, node: &NodeInfo, context: &mut Context<'_>) -> Result<()> {
        for (key, choice) in self.choices(node).into_iter().flatten() {
            let read = |key: &Key, context: &Context<'_>| context.api.store().get(key).map(|object| object.to_value());
            let Some(mut claim) = read(key, context) else { continue };
            let written = match choice {
                Choice::Volume(name) => {
                    let volume = read(&Key::new(Kind::PERSISTENT_VOLUME, "", name), context);
                    volume.and_then(|volume| Object::from_value(Kind::PERSISTENT_VOLUME, bind::reserve(volume, &claim)))
                }
                Choice::New => {
                    if claim.pointer("/metadata/annotations").is_none_or(Value::is_null) {
                        claim["metadata"]["annotations"] = json!({});
                    }
                    claim["metadata"]["annotations"][bind::SELECTED_NODE] = Value::from(&*node.name);
                    Object::from_value(Kind::PERSISTENT_VOLUME_CLAIM, claim)
                }
            };
            if let Some(object) = written {
                context.api.update(object)?;
            }
        }
        Ok(())
    }
}

impl Waiting {
    fn read(key: Key, claim: &Value, store: &Store) -> Waiting {
        let volumes = store.list(Kind::PERSISTENT_VOLUME, "").map(|volume| volume.to_value());
        let mut fitting: Vec<Value> = volumes.filter(|volume| fits(volume, claim)).collect();
        fitting.order_by_key(|volume| {
            (
                volume.pointer("/spec/claimRef").is_none(),
                fit::capacity(volume),
                text(volume, "/metadata/name").to_owned(),
            )
        });
        let class = class::of_claim(claim, store).unwrap_or_default();
        let made = !["", class::BY_HAND].contains(&text(&class, "/provisioner"));
        let topologies = class.get("allowedTopologies").and_then(Value::as_array).into_iter().flatten();
        Waiting {
            claim: key,
            selected: annotation(claim, bind::SELECTED_NODE).map(Str::from),
            candidates: fitting.iter().map(Volume::read).collect(),
            provision: made.then(|| topologies.map(topology).collect()),
        }
    }
}

/// A term of `allowedTopologies`, as one of a node selector.
fn topology(value: &Value) -> Term {
    let labels = value.get("matchLabelExpressions").and_then(Value::as_array).into_iter().flatten();
    let requirements: Vec<Value> =
        labels.map(|label| json!({"key": label.get("key"), "operator": "In", "values": label.get("values")})).collect();
    term(&json!({"matchExpressions": requirements}))
}

/// The node that was chosen for a pod whose volumes are being bound, and until when they may be.
pub(super) type Chosen = (Str, SimTime);
