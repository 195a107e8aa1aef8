//! What an apply of the files will change, object by object: found out by applying them to a copy of the API server.

use super::ground::template_of;
use super::spot;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::api::schema::TypeId;
use crate::api::versions;
use crate::apiserver::ApiServer;
use crate::base::msg::Msg;
use crate::base::path::Step;
use crate::base::text::go_json;
use crate::base::{Str, Value};
use crate::kubectl::apply_request;
use crate::kubectl::failure::Failure;
use crate::kubectl::files::{self, Manifest, Namespace};
use crate::kubectl::session::Session as Shell;
use crate::msg;
use crate::sim::World;
use crate::view::build::card_key;
use crate::view::model::{Text, Tone};
use std::collections::BTreeMap;

/// At most so many fields of one object are shown.
const MOST_FIELDS: usize = 60;
/// A longer value is cut.
const LONGEST_VALUE: usize = 240;

/// What an apply will do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Objects in the order in which they are applied.
    pub objects: Vec<ObjectChange>,
    /// What of the files cannot be read, in kubectl's words.
    pub unread: Vec<Str>,
}

/// What becomes of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectChange {
    /// The key of its card.
    pub card: Str,
    /// Its kind.
    pub kind: Str,
    /// Its name.
    pub name: Str,
    /// Its namespace, unless it is `default` or the kind has none.
    pub namespace: Option<Str>,
    /// The file that describes it.
    pub file: Str,
    /// What kubectl will say.
    pub verdict: Verdict,
    /// Fields that get another value.
    pub fields: Vec<FieldChange>,
    /// What follows from that.
    pub effects: Vec<(Tone, Text)>,
    /// The API server's warnings.
    pub warnings: Vec<Str>,
}

/// What kubectl will say.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// `created`.
    Created,
    /// `configured`.
    Configured,
    /// `unchanged`.
    Unchanged,
    /// Refused, in the API server's words: one line for each thing that is wrong.
    Refused(Vec<Str>),
}

/// A field before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Where; items of lists are called by their names.
    pub path: String,
    /// Before; `None` if it was not there.
    pub old: Option<String>,
    /// After; `None` if it goes away.
    pub new: Option<String>,
}

impl Changes {
    /// How many objects are created, configured, unchanged and refused.
    pub fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        for object in &self.objects {
            counts[match object.verdict {
                Verdict::Created => 0,
                Verdict::Configured => 1,
                Verdict::Unchanged => 2,
                Verdict::Refused(_) => 3,
            }] += 1;
        }
        counts
    }
}

/// What an apply of these files, one after the other, will do.
pub fn changes(world: &World, names: &[String], texts: BTreeMap<String, String>) -> Changes {
    let shell = Shell { files: texts, ..Shell::default() };
    let namespace = Namespace { name: "default", required: false };
    let mut found = Changes::default();
    let manifests = match files::read(names, None, &shell, namespace, world.api.kinds()) {
        Ok(manifests) => manifests,
        Err(failure) => {
            tell(&failure, &mut found.unread);
            return found;
        }
    };
    manifests.failures.iter().for_each(|failure| tell(failure, &mut found.unread));
    let mut api = world.api.clone();
    found.objects = manifests.found.iter().map(|manifest| object(&mut api, manifest)).collect();
    found
}

fn tell(failure: &Failure, said: &mut Vec<Str>) {
    match failure {
        Failure::Plain(text) | Failure::After(_, text) => said.push(text.as_str().into()),
        Failure::Status(status) => said.push(status.message.as_str().into()),
        Failure::Many(many) => many.iter().for_each(|one| tell(one, said)),
        Failure::Silent => {}
    }
}

fn object(api: &mut ApiServer, manifest: &Manifest) -> ObjectChange {
    let kind = manifest.kind;
    let namespace = if kind.info().namespaced { manifest.namespace() } else { "" };
    let key = Key::new(kind, namespace, manifest.name());
    let old = api.store().get(&key).cloned();
    let mut change = ObjectChange {
        card: card_key(&key),
        kind: kind.info().kind.into(),
        name: key.name.clone(),
        namespace: (!matches!(namespace, "" | "default")).then(|| namespace.into()),
        file: manifest.file.as_str().into(),
        verdict: Verdict::Unchanged,
        fields: Vec::new(),
        effects: Vec::new(),
        warnings: Vec::new(),
    };
    let request = match apply_request(old.as_deref(), &key, &manifest.value) {
        Ok(Some(request)) => request,
        Ok(None) => return change,
        Err(text) => {
            change.verdict = Verdict::Refused(vec![text.as_str().into()]);
            return change;
        }
    };
    match api.handle(request) {
        Ok(response) => {
            change.warnings = response.warnings.iter().map(|warning| warning.as_str().into()).collect();
            let new = response.object;
            change.verdict = if old.is_some() { Verdict::Configured } else { Verdict::Created };
            if let (Some(old), Some(new)) = (&old, &new)
                && let Some(root) = versions::schema_of(kind, &manifest.value)
            {
                let (before, after) = (bare(old.to_value()), bare(new.to_value()));
                compare(root, &mut Vec::new(), String::new(), Some(&before), Some(&after), &mut change.fields);
            }
            change.effects = effects(api, old.as_deref(), new.as_deref())
                .into_iter()
                .map(|(tone, message)| (tone, message.into()))
                .collect();
        }
        Err(status) => {
            let causes: Vec<Str> = status.causes.iter().map(|cause| cause.to_string().into()).collect();
            let words = if causes.is_empty() { vec![status.message.as_str().into()] } else { causes };
            change.verdict = Verdict::Refused(words);
        }
    }
    change
}

/// The object without what the cluster keeps beside it.
fn bare(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        for made in ["managedFields", "resourceVersion", "generation"] {
            metadata.remove(made);
        }
        let annotations = metadata.get_mut("annotations").and_then(Value::as_object_mut);
        let empty = annotations.is_some_and(|annotations| {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
            annotations.is_empty()
        });
        if empty {
            metadata.remove("annotations");
        }
    }
    value
}

/// Adds the leaves that differ. Items of lists that have a merge key are told apart by it.
fn compare(
    root: TypeId,
    path: &mut Vec<Step>,
    shown: String,
    old: Option<&Value>,
    new: Option<&Value>,
    out: &mut Vec<FieldChange>,
) {
    if old == new || out.len() >= MOST_FIELDS {
        return;
    }
    let all = |is: fn(&Value) -> bool| old.is_none_or(is) && new.is_none_or(is);
    if all(Value::is_array) {
        return lists(root, path, &shown, old, new, out);
    }
    let fields = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, after) = (fields(old), fields(new));
    if !all(Value::is_object) || before.is_empty() && after.is_empty() {
        return out.push(FieldChange { path: shown, old: old.map(words), new: new.map(words) });
    }
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        path.push(Step::Field(name.clone()));
        let shown = match shown.as_str() {
            "" => name.clone(),
            shown if name.contains(['.', '/']) => format!("{shown}[{name}]"),
            shown => format!("{shown}.{name}"),
        };
        compare(root, path, shown, before.get(name), after.get(name), out);
        path.pop();
    }
}

fn lists(
    root: TypeId,
    path: &mut Vec<Step>,
    shown: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    out: &mut Vec<FieldChange>,
) {
    let items = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (before, after) = (items(old), items(new));
    let scalars = before.iter().chain(&after).all(|item| !item.is_object());
    if scalars {
        out.push(FieldChange { path: shown.to_owned(), old: old.map(words), new: new.map(words) });
        return;
    }
    let key = spot::at(root, path).and_then(|spot| spot.field.merge_key);
    let name = |index: usize, item: &Value| {
        let told = ["name"].into_iter().chain(key).find_map(|field| item.get(field));
        told.map_or_else(|| index.to_string(), words)
    };
    let named = |items: &[Value]| -> Vec<(String, Value)> {
        items.iter().enumerate().map(|(index, item)| (name(index, item), item.clone())).collect()
    };
    let (before, after) = (named(&before), named(&after));
    let find = |items: &[(String, Value)], wanted: &str| {
        items.iter().find(|(name, _)| name == wanted).map(|(_, item)| item.clone())
    };
    let mut names: Vec<&String> = before.iter().map(|(name, _)| name).collect();
    names.extend(after.iter().map(|(name, _)| name).filter(|name| !before.iter().any(|(known, _)| known == *name)));
    path.push(Step::Index(0));
    for wanted in names {
        let (old, new) = (find(&before, wanted), find(&after, wanted));
        compare(root, path, format!("{shown}[{wanted}]"), old.as_ref(), new.as_ref(), out);
    }
    path.pop();
}

fn words(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => go_json(other),
    };
    if text.chars().count() <= LONGEST_VALUE { text } else { text.chars().take(LONGEST_VALUE).chain(['…']).collect() }
}

/// What follows for pods.
fn effects(api: &ApiServer, old: Option<&Object>, new: Option<&Object>) -> Vec<(Tone, Msg)> {
    let Some(new) = new else { return Vec::new() };
    let mut said = Vec::new();
    let wanted = replicas(new);
    let had = old.and_then(replicas);
    match (old, wanted, had) {
        (None, Some(count), _) => said.push((Tone::Ok, msg!("assist.pods-made", count = count))),
        (Some(_), Some(count), Some(had)) if count > had => {
            said.push((Tone::Ok, msg!("assist.pods-more", count = count - had)))
        }
        (Some(_), Some(count), Some(had)) if count < had => {
            said.push((Tone::Bad, msg!("assist.pods-fewer", count = had - count)))
        }
        _ => {}
    }
    let changed = old.is_some_and(|old| match (template_of(old), template_of(new)) {
        (Some(old), Some(new)) => old.meta != new.meta || old.spec != new.spec,
        _ => false,
    });
    if changed {
        let live = old.map_or(0, |old| pods_of(api, old));
        said.push(match new {
            Object::Deployment(_) | Object::StatefulSet(_) | Object::DaemonSet(_) if by_hand(new) => {
                (Tone::Pending, msg!("assist.pods-by-hand", count = live))
            }
            Object::Deployment(deployment) if deployment.spec.paused => (Tone::Pending, msg!("assist.rollout-paused")),
            Object::Deployment(_) | Object::StatefulSet(_) | Object::DaemonSet(_) => {
                (Tone::Pending, msg!("assist.pods-replaced", count = live))
            }
            _ => (Tone::Neutral, msg!("assist.pods-kept", count = live)),
        });
    }
    if new.kind() == Kind::SERVICE
        && let Some(selector) = new.pod_selector().filter(|selector| !selector.is_empty())
        && old.and_then(Object::pod_selector).as_ref() != Some(&selector)
    {
        let count = api.store().matching_pods(&new.meta().namespace, &selector).count();
        let tone = if count > 0 { Tone::Ok } else { Tone::Pending };
        said.push((tone, msg!("assist.picks", count = count)));
    }
    said
}

fn replicas(object: &Object) -> Option<i64> {
    object.to_value().pointer("/spec/replicas").and_then(Value::as_i64)
}

/// Whether pods are replaced only when somebody deletes them.
fn by_hand(object: &Object) -> bool {
    object.to_value().pointer("/spec/updateStrategy/type").is_some_and(|kind| kind == "OnDelete")
}

/// How many pods an object has, by way of what it owns.
fn pods_of(api: &ApiServer, object: &Object) -> usize {
    let owned = |uid: &Str, kind: Kind| -> Vec<Str> {
        let found = api.store().owned_by(uid).filter(|one| one.kind() == kind);
        found.map(|one| one.meta().uid.clone()).collect()
    };
    let uid = &object.meta().uid;
    let below = owned(uid, Kind::REPLICA_SET).iter().map(|set| owned(set, Kind::POD).len()).sum::<usize>();
    owned(uid, Kind::POD).len() + below
}
