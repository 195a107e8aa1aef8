//! The store: all objects, an index for each question that somebody asks often, and the log of all changes.
//!
//! It is etcd and the watch cache in one. It knows no rule: [`super::ApiServer`] is the only one who writes.

pub use super::change::{Because, Cause, Change, Mark, What};
use super::told::{Kept, Told};
use crate::api::kinds::{Key, Kind};
use crate::api::meta::{Meta, ResourceVersion};
use crate::api::objects::{Object, Pod, Service};
use crate::api::selector::LabelSelector;
use crate::base::Order;
use crate::base::Str;
use crate::base::pmap::{PLookup, PMap, PSet, PVec};
use crate::base::time::SimTime;
use std::rc::Rc;

/// Changes that are remembered with their objects: more than anybody who watches misses between two looks, and what components
/// wrote in them is known to be theirs.
const WHOLE_CHANGES: usize = 1 << 16;
/// Changes that are remembered at all.
const MOST_MARKS: usize = 1 << 19;

/// A question that an index answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Question {
    /// Which objects have an owner with this uid?
    OwnedBy(Str),
    /// Which pods are bound to this node?
    OnNode(Str),
    /// Which pods or slices of this namespace have this label?
    Labelled(Kind, Str, Str, Str),
    /// Which objects of this kind and namespace select pods by (among others) this pair? An empty pair: by no equality.
    Selects(Kind, Str, Str, Str),
    /// Which pods of this namespace have no controller?
    Orphans(Str),
}

/// All objects, indexes and the log. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Store {
    /// Which objects there are, in the order of their names; all but Events, of which there are most.
    names: PSet<Key>,
    ids: PLookup<Key, Id>,
    objects: Slots,
    events: Slots,
    /// How many there are of each kind.
    counts: PMap<Kind, usize>,
    uids: PLookup<Str, Id>,
    index: PLookup<Question, PSet<Id>>,
    cluster_ips: PMap<Str, Key>,
    node_ports: PMap<i32, Key>,
    /// The last changes.
    log: PVec<Rc<Change>>,
    /// These and those before.
    marks: PVec<Mark>,
    rev: u64,
}

/// The number of an object within the store: later ones have higher numbers.
type Id = u64;

/// Objects by their numbers, which are not used again.
#[derive(Clone, Default)]
struct Slots {
    slots: PVec<Option<Kept>>,
    len: usize,
}

impl Slots {
    fn kept(&self, id: Id) -> Option<&Kept> {
        self.slots.get(usize::try_from(id).ok()?)?.as_ref()
    }

    fn get(&self, id: &Id) -> Option<&Rc<Object>> {
        self.kept(*id).map(Kept::whole)
    }

    /// The number of the next object.
    fn next(&self) -> Id {
        self.slots.len() as u64
    }

    fn set(&mut self, id: Id, new: Option<Kept>) -> Option<Kept> {
        if id == self.next() {
            self.slots.push_back(None);
        }
        let slot = self.slots.get_mut(usize::try_from(id).ok()?)?;
        let old = std::mem::replace(slot, new);
        self.len = self.len + usize::from(slot.is_some()) - usize::from(old.is_some());
        old
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = (Id, &Kept)> {
        self.slots.iter().enumerate().filter_map(|(id, slot)| Some((id as u64, slot.as_ref()?)))
    }
}

impl Store {
    /// The object of this name.
    pub fn get(&self, key: &Key) -> Option<&Rc<Object>> {
        let id = self.find(key)?;
        if key.kind == Kind::EVENT { self.events.get(&id) } else { self.objects.get(&id) }
    }

    /// The number of an object. Events have no index, for few are asked for by name.
    fn find(&self, key: &Key) -> Option<Id> {
        match key.kind {
            Kind::EVENT => self.events.iter().rfind(|(_, event)| event.is_event(key)).map(|(id, _)| id),
            _ => self.ids.get(key).copied(),
        }
    }

    /// How many objects of a kind there are.
    pub fn count(&self, kind: Kind) -> usize {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// The number of the object of this name.
    pub fn id_of(&self, key: &Key) -> Option<u64> {
        self.find(key)
    }

    /// The Event with this number.
    pub(super) fn event(&self, id: u64) -> Option<&Kept> {
        self.events.kept(id)
    }

    /// The object with this identity.
    pub fn by_uid(&self, uid: &str) -> Option<&Rc<Object>> {
        self.objects.get(self.uids.get(uid)?)
    }

    /// A pod.
    pub fn pod(&self, key: &Key) -> Option<&Pod> {
        self.get(key).and_then(|object| Pod::of(object))
    }

    /// All objects of a kind, by namespace and name; an empty namespace means all. Events come in the order in which they
    /// were made.
    pub fn list<'a>(&'a self, kind: Kind, namespace: &'a str) -> impl Iterator<Item = &'a Rc<Object>> {
        let here = move |other: &Str| namespace.is_empty() || **other == *namespace;
        let events = (kind == Kind::EVENT).then(|| self.events.iter().map(|(_, event)| event.whole()));
        let events = events.into_iter().flatten().filter(move |event| here(&event.meta().namespace));
        let from = Key::new(kind, namespace, "");
        let named = self.names.range(from..).take_while(move |key| key.kind == kind && here(&key.namespace));
        events.chain(named.filter_map(|key| self.get(key)))
    }

    /// The objects that name this uid as an owner.
    pub fn owned_by(&self, uid: &Str) -> impl Iterator<Item = &Rc<Object>> {
        self.answer(Question::OwnedBy(uid.clone()))
    }

    /// The pods that name this uid as an owner, with their numbers.
    pub fn owned_pods(&self, uid: &Str) -> impl Iterator<Item = (u64, &Pod)> {
        let ids = self.index.get(&Question::OwnedBy(uid.clone())).into_iter().flatten();
        ids.filter_map(|id| Some((*id, Pod::of(self.objects.get(id)?)?)))
    }

    /// How many objects name this uid as an owner.
    pub fn count_owned_by(&self, uid: &Str) -> usize {
        self.index.get(&Question::OwnedBy(uid.clone())).map_or(0, PSet::len)
    }

    /// How many pods of a namespace have a label.
    pub fn count_labelled(&self, namespace: &Str, key: &Str, value: &Str) -> usize {
        let question = Question::Labelled(Kind::POD, namespace.clone(), key.clone(), value.clone());
        self.index.get(&question).map_or(0, PSet::len)
    }

    /// The pods that are bound to a node.
    pub fn on_node(&self, node: &Str) -> impl Iterator<Item = &Rc<Object>> {
        self.answer(Question::OnNode(node.clone()))
    }

    /// The pods of a namespace without a controller.
    pub fn orphan_pods(&self, namespace: &Str) -> impl Iterator<Item = &Rc<Object>> {
        self.answer(Question::Orphans(namespace.clone()))
    }

    /// The slices of a Service.
    pub fn slices_of(&self, namespace: &Str, service: &Str) -> impl Iterator<Item = &Rc<Object>> {
        self.answer(Question::Labelled(
            Kind::ENDPOINT_SLICE,
            namespace.clone(),
            SERVICE_NAME_LABEL.into(),
            service.clone(),
        ))
    }

    /// The pods of a namespace that a selector matches. An index narrows the search when the selector has an equality.
    pub fn matching_pods<'a>(
        &'a self,
        namespace: &'a Str,
        selector: &'a LabelSelector,
    ) -> Box<dyn Iterator<Item = &'a Rc<Object>> + 'a> {
        let narrowest = selector
            .match_labels
            .iter()
            .map(|(key, value)| {
                self.index.get(&Question::Labelled(Kind::POD, namespace.clone(), key.clone(), value.clone()))
            })
            .min_by_key(|keys| keys.map_or(0, PSet::len));
        match narrowest {
            Some(keys) => Box::new(
                keys.into_iter()
                    .flatten()
                    .filter_map(|id| self.objects.get(id))
                    .filter(|object| selector.matches(object.labels())),
            ),
            None => Box::new(self.list(Kind::POD, namespace).filter(|object| selector.matches(object.labels()))),
        }
    }

    /// The objects of a kind whose pod selector matches these labels, oldest first.
    pub fn selecting(&self, kind: Kind, namespace: &Str, labels: &crate::api::meta::Labels) -> Vec<&Rc<Object>> {
        let nothing = Str::from("");
        let pairs = labels.iter().chain(std::iter::once((&nothing, &nothing)));
        let mut ids: Vec<Id> = pairs
            .filter_map(|(key, value)| {
                self.index.get(&Question::Selects(kind, namespace.clone(), key.clone(), value.clone()))
            })
            .flatten()
            .copied()
            .collect();
        ids.order();
        ids.dedup();
        ids.into_iter().filter_map(|id| self.objects.get(&id)).filter(|object| object.selects(labels)).collect()
    }

    /// Who has this cluster IP.
    pub fn cluster_ip_owner(&self, ip: &str) -> Option<&Key> {
        self.cluster_ips.get(ip)
    }

    /// Who has this node port.
    pub fn node_port_owner(&self, port: i32) -> Option<&Key> {
        self.node_ports.get(&port)
    }

    /// The revision of the last change.
    pub fn rev(&self) -> u64 {
        self.rev
    }

    /// The revision after which all changes are remembered with their objects.
    pub fn oldest(&self) -> u64 {
        self.rev - self.log.len() as u64
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len + self.events.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The changes after the revision `rev`, oldest first: a watch is nothing but this and a remembered revision.
    pub fn changes_after(&self, rev: u64) -> impl Iterator<Item = &Rc<Change>> {
        let skip = usize::try_from(rev.saturating_sub(self.oldest())).unwrap_or(usize::MAX).min(self.log.len());
        self.log.iter_from(skip)
    }

    /// All changes that are remembered with their objects, newest first.
    pub fn changes_back(&self) -> impl Iterator<Item = &Rc<Change>> {
        self.log.iter().rev()
    }

    /// The change that made a revision, if it is still remembered with its object.
    pub fn change(&self, rev: u64) -> Option<&Rc<Change>> {
        let place = rev.checked_sub(self.oldest() + 1)?;
        self.log.get(usize::try_from(place).ok()?)
    }

    /// What is left of the change that made a revision, if it is still remembered.
    pub fn mark(&self, rev: u64) -> Option<&Mark> {
        let place = (self.marks.len() as u64).checked_sub(self.rev.checked_sub(rev)? + 1)?;
        self.marks.get(usize::try_from(place).ok()?)
    }

    /// What is left of all changes that are remembered, with their revisions, newest first.
    pub fn marks_back(&self) -> impl Iterator<Item = (u64, &Mark)> {
        (0..self.marks.len() as u64).filter_map(|back| Some((self.rev - back, self.mark(self.rev - back)?)))
    }

    /// Forgets the objects of all but the last `keep` changes.
    pub fn trim_log(&mut self, keep: usize) {
        let surplus = self.log.len().saturating_sub(keep);
        if surplus > 0 {
            self.log.forget(surplus);
        }
    }

    /// What the indexes say otherwise than a recount from the objects does; nothing, unless there is a bug. For tests.
    pub fn audit(&self) -> Vec<&'static str> {
        let mut fresh = Store::default();
        for (id, object) in self.objects.iter().chain(self.events.iter()) {
            let key = object.key();
            fresh.reindex(id, None, Some(&**object));
            fresh.reallocate(&key, None, Service::of(object));
            fresh.name(key, id);
        }
        let claims = [
            ("names", fresh.names == self.names && fresh.ids == self.ids),
            ("uids", fresh.uids == self.uids),
            ("index", fresh.index == self.index),
            ("cluster IPs", fresh.cluster_ips == self.cluster_ips),
            ("node ports", fresh.node_ports == self.node_ports),
            ("counts", fresh.counts.iter().all(|(kind, count)| self.count(*kind) == *count)),
        ];
        claims.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }

    /// Writes an object (or removes it) and logs the change. Sets the object's resourceVersion.
    pub(super) fn write(&mut self, at: SimTime, cause: Cause, key: Key, new: Option<Object>) -> Option<Rc<Object>> {
        self.rev += 1;
        let new = new.map(|mut object| {
            object.meta_mut().resource_version = ResourceVersion(self.rev);
            Rc::new(object)
        });
        let known = self.find(&key);
        let objects = if key.kind == Kind::EVENT { &mut self.events } else { &mut self.objects };
        let id = known.unwrap_or_else(|| objects.next());
        let kept = new.clone().map(Kept::Whole);
        let old = objects.set(id, kept.clone());
        match (known, &new) {
            (None, Some(_)) => self.name(key.clone(), id),
            (Some(_), None) => {
                self.ids.remove(&key);
                self.names.remove(&key);
                *self.counts.or_default(key.kind) -= 1;
            }
            _ => {}
        }
        self.reindex(id, old.as_deref(), new.as_deref());
        self.reallocate(&key, old.as_deref().and_then(Service::of), new.as_deref().and_then(Service::of));
        let what = What::of(old.as_deref(), new.as_deref());
        self.remember(Change { rev: self.rev, id, at, key, old, new: kept, cause }, what);
        new
    }

    /// Writes an Event, in the place of an earlier one or as a new one, and says which number it has.
    pub(super) fn tell(&mut self, at: SimTime, cause: Cause, place: Option<Id>, told: Told) -> Id {
        self.rev += 1;
        let told = Kept::Told(Rc::new(Told { revision: self.rev, ..told }));
        let id = place.unwrap_or_else(|| self.events.next());
        let old = self.events.set(id, Some(told.clone()));
        let what = if old.is_some() { What::Updated } else { What::Created };
        *self.counts.or_default(Kind::EVENT) += usize::from(old.is_none());
        let key = told.key();
        self.remember(Change { rev: self.rev, id, at, key, old, new: Some(told), cause }, what);
        id
    }

    fn remember(&mut self, change: Change, what: What) {
        self.marks.push_back(Mark { at: change.at, key: change.key.clone(), cause: change.cause, what });
        if self.marks.len() > MOST_MARKS {
            self.marks.pop_front();
        }
        self.log.push_back(Rc::new(change));
        if self.log.len() > WHOLE_CHANGES {
            self.log.pop_front();
        }
    }

    fn name(&mut self, key: Key, id: Id) {
        *self.counts.or_default(key.kind) += 1;
        if key.kind != Kind::EVENT {
            self.names.insert(key.clone());
            self.ids.insert(key, id);
        }
    }

    /// Keeps all objects of a kind under another one: the kind got other names. Nothing is logged, for nothing happened.
    pub(super) fn rename(&mut self, from: Kind, to: Kind) {
        let keys: Vec<Key> = self.list(from, "").map(|object| object.key()).collect();
        for key in keys {
            let Some(id) = self.ids.remove(&key) else { continue };
            self.names.remove(&key);
            *self.counts.or_default(from) -= 1;
            self.name(Key { kind: to, ..key }, id);
            let mut object = self.objects.get(&id).cloned();
            if let Some(Object::Other(other)) = object.as_mut().map(Rc::make_mut) {
                other.kind = to;
            }
            self.objects.set(id, object.map(Kept::Whole));
        }
    }

    fn answer(&self, question: Question) -> impl Iterator<Item = &Rc<Object>> {
        self.index.get(&question).into_iter().flatten().filter_map(|id| self.objects.get(id))
    }

    fn reindex(&mut self, id: Id, old: Option<&Object>, new: Option<&Object>) {
        match (old, new) {
            (Some(old), Some(new)) if same_answers(old, new) => return,
            // Who owns an Event, and which Event has a uid, nobody asks.
            (Some(Object::Event(_)), _) | (_, Some(Object::Event(_))) => return,
            (Some(Object::Pod(old)), Some(Object::Pod(new)))
                if old.node_name.is_empty() && same_meta(&old.meta, &new.meta) =>
            {
                self.index.or_default(Question::OnNode(new.node_name.clone())).insert(id);
                return;
            }
            _ => {}
        }
        let before = old.map(questions).unwrap_or_default();
        let after = new.map(questions).unwrap_or_default();
        for question in before.iter().filter(|question| !after.contains(question)) {
            let emptied = self.index.get_mut(question).is_some_and(|ids| {
                ids.remove(&id);
                ids.is_empty()
            });
            if emptied {
                self.index.remove(question);
            }
        }
        for question in after.into_iter().filter(|question| !before.contains(question)) {
            self.index.or_default(question).insert(id);
        }
        let uid = |object: Option<&Object>| object.map(|object| object.meta().uid.clone());
        if uid(old) != uid(new) {
            if let Some(uid) = uid(old) {
                self.uids.remove(&uid);
            }
            if let Some(uid) = uid(new) {
                self.uids.insert(uid, id);
            }
        }
    }

    /// Addresses and ports are taken by being in a Service: there is nothing to commit, revert or repair.
    fn reallocate(&mut self, key: &Key, old: Option<&Service>, new: Option<&Service>) {
        if let Some(service) = old {
            for ip in &service.spec.cluster_ips {
                self.cluster_ips.remove(ip);
            }
            for port in node_ports(service) {
                self.node_ports.remove(&port);
            }
        }
        if let Some(service) = new {
            for ip in service.spec.cluster_ips.iter().filter(|ip| &***ip != "None") {
                self.cluster_ips.insert(ip.clone(), key.clone());
            }
            for port in node_ports(service) {
                self.node_ports.insert(port, key.clone());
            }
        }
    }
}

/// The label that ties a slice to its Service.
pub const SERVICE_NAME_LABEL: &str = "kubernetes.io/service-name";

fn node_ports(service: &Service) -> impl Iterator<Item = i32> {
    let ports = service.spec.ports.iter().map(|port| port.node_port);
    ports.chain(std::iter::once(service.spec.health_check_node_port)).filter(|port| *port != 0)
}

fn same_meta(old: &Meta, new: &Meta) -> bool {
    old.labels == new.labels && old.uid == new.uid && old.owner_references == new.owner_references
}

/// Whether a change leaves all indexes as they are: by far the most changes are of this kind.
fn same_answers(old: &Object, new: &Object) -> bool {
    let same_meta = same_meta(old.meta(), new.meta());
    match (old, new) {
        (Object::Pod(old), Object::Pod(new)) => same_meta && old.node_name == new.node_name,
        (Object::Service(old), Object::Service(new)) => same_meta && old.spec.selector == new.spec.selector,
        (Object::ReplicaSet(old), Object::ReplicaSet(new)) => same_meta && old.spec.selector == new.spec.selector,
        (Object::Deployment(old), Object::Deployment(new)) => same_meta && old.spec.selector == new.spec.selector,
        (Object::Node(_) | Object::EndpointSlice(_) | Object::Endpoints(_), _) => same_meta,
        _ => false,
    }
}

/// The questions whose answers contain the object.
fn questions(object: &Object) -> Vec<Question> {
    let meta = object.meta();
    let mut questions: Vec<Question> =
        meta.owner_references.iter().map(|owner| Question::OwnedBy(owner.uid.clone())).collect();
    match object {
        Object::Pod(pod) => {
            if !pod.node_name.is_empty() {
                questions.push(Question::OnNode(pod.node_name.clone()));
            }
            if meta.controller().is_none() {
                questions.push(Question::Orphans(meta.namespace.clone()));
            }
            questions.extend(
                meta.labels.iter().map(|(key, value)| {
                    Question::Labelled(Kind::POD, meta.namespace.clone(), key.clone(), value.clone())
                }),
            );
        }
        Object::EndpointSlice(_) => questions.extend(meta.labels.get(SERVICE_NAME_LABEL).map(|service| {
            Question::Labelled(Kind::ENDPOINT_SLICE, meta.namespace.clone(), SERVICE_NAME_LABEL.into(), service.clone())
        })),
        _ => {}
    }
    if let Some(selector) = object.pod_selector() {
        let (key, value) = selector.match_labels.into_iter().next().unwrap_or_default();
        questions.push(Question::Selects(object.kind(), meta.namespace.clone(), key, value));
    }
    questions
}
