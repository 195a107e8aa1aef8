//! What stands at a place: the field with its documentation, type, default and allowed values, and what its value leads to.

use super::complete::Here;
use super::custom;
use super::ground::{Ground, fields};
use super::outline::{self, Entry};
use super::spot::{self, Names, Spot};
use crate::api::decode;
use crate::api::default;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Pod};
use crate::api::schema::Descriptions;
use crate::api::selector::LabelSelector;
use crate::api::versions;
use crate::base::Value;
use crate::base::msg::Msg;
use crate::base::path::{FieldPath, Step};
use crate::base::text::go_json;
use crate::kubelet::image::ImageRef;
use crate::msg;
use crate::view::model::{Text, Tone};
use crate::yaml;
use std::collections::BTreeMap;
use std::ops::Range;

/// A default longer than this says little.
const LONGEST_DEFAULT: usize = 60;
/// So many values are listed.
const MOST_VALUES: usize = 8;

/// What stands at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Hover {
    /// The key or value, in bytes of the text.
    pub range: Range<usize>,
    /// The path of the field.
    pub title: String,
    /// Its type.
    pub ty: String,
    /// Required, default, allowed values.
    pub facts: Vec<Text>,
    /// What the value leads to in the running cluster.
    pub leads: Vec<(Tone, Text)>,
    /// The documentation; `None` without descriptions, or when they say nothing.
    pub doc: Option<String>,
}

/// What stands at a byte of the text; nothing where the schema knows nothing.
pub fn hover(ground: &Ground<'_>, text: &str, at: usize, docs: Option<&Descriptions>) -> Option<Hover> {
    let outline = outline::read(text, outline::document_at(text, at));
    let covers = |range: &Range<usize>| !range.is_empty() && range.start <= at && at < range.end.max(range.start + 1);
    let entry = outline.entries.iter().rev().find(|entry| covers(&entry.key) || covers(&entry.value))?.clone();
    let on_key = covers(&entry.key);
    let mut here = Here::new(text, outline);
    let range = if on_key { entry.key.clone() } else { entry.value.clone() };
    if let Some(schema) = custom::schema(ground, &here.sheet) {
        here.root = custom::metadata(&entry.path);
        if here.root.is_none() {
            return custom::hover(schema, &here, &entry, range, on_key);
        }
    }
    let root = here.root?;
    if let [Step::Field(name)] = entry.path.as_slice()
        && (name == "kind" || name == "apiVersion")
    {
        let title = here.sheet.kind().to_owned();
        let ty = here.sheet.outline.text(text, &["apiVersion"]).to_owned();
        let doc = docs.and_then(|docs| docs.of_type(root));
        return Some(Hover { range, title, ty, facts: Vec::new(), leads: Vec::new(), doc });
    }
    // An item is told by its list.
    let spot = spot::at(root, &entry.path)?;
    entry.name().or(if on_key { None } else { Some("") })?;
    let mut facts = Vec::new();
    if spot.field.required && spot.key.is_none() {
        facts.push(msg!("assist.required").into());
    }
    let default = default_of(&here, &entry).filter(|_| !spot.field.required);
    facts.extend(default.map(|value| msg!("assist.default", value = value).into()));
    let values = spot.values();
    if !values.is_empty() && values != ["true", "false"] {
        let mut shown: Vec<&str> = values.iter().copied().filter(|value| !value.is_empty()).take(MOST_VALUES).collect();
        if values.len() > MOST_VALUES {
            shown.push("…");
        }
        facts.push(msg!("assist.values", values = shown.join(", ")).into());
    }
    let doc = docs.and_then(|docs| documentation(docs, &spot));
    let title = FieldPath(entry.path.clone()).to_string();
    Some(Hover { range, title, ty: spot::type_name(spot.ty), facts, leads: leads(ground, &here, &entry, &spot), doc })
}

fn documentation(docs: &Descriptions, spot: &Spot) -> Option<String> {
    let whole = docs.of_field(spot.owner, spot.field)?;
    // The values are among the facts already.
    Some(whole.split("\n\nPossible enum values:").next().unwrap_or_default().trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// What the API server would fill in if the field were not there.
fn default_of(here: &Here<'_>, entry: &Entry) -> Option<String> {
    let documents = yaml::load(here.sheet.text);
    let document = documents.into_iter().flatten().find(|document| {
        let (start, end) = (document.span.start.offset, document.span.end.offset);
        start <= entry.key.start && entry.key.start <= end
    })?;
    let kind = Kind::of(document.value.get("apiVersion")?.as_str()?, document.value.get("kind")?.as_str()?)?;
    let schema = versions::schema_of(kind, &document.value)?;
    let version = versions::of(kind, &document.value);
    let mut value = document.value;
    let pointer = pointer(&entry.path);
    let (around, name) = pointer.rsplit_once('/')?;
    value.pointer_mut(around)?.as_object_mut()?.remove(&name.replace("~1", "/").replace("~0", "~"))?;
    decode::check_type(schema, &value, &[]).ok()?;
    let mut value = decode::normalize_type(schema, value);
    default::apply(kind.info().kind, &version, &mut value);
    let found = match value.pointer(&pointer)? {
        Value::String(text) => text.clone(),
        other => go_json(other),
    };
    // Go's zeros stand where nobody filled in anything.
    (found.len() <= LONGEST_DEFAULT && !["", "0", "null", "{}", "[]"].contains(&found.as_str())).then_some(found)
}

fn pointer(path: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Field(name) | Step::Key(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        Step::Index(index) => format!("/{index}"),
    };
    path.iter().map(step).collect()
}

fn leads(ground: &Ground<'_>, here: &Here<'_>, entry: &Entry, spot: &Spot) -> Vec<(Tone, Text)> {
    let word = entry.text(here.sheet.text);
    let namespace = here.sheet.namespace();
    let store = ground.store();
    let mut said: Vec<(Tone, Msg)> = Vec::new();
    match (spot.labels(), spot.owner.struct_name()) {
        (Some(Names::PodLabelKey), owner) if owner != "ObjectMeta" => {
            let path = if spot.key.is_some() {
                entry.path.split_last().map_or(&[][..], |(_, around)| around)
            } else {
                &entry.path
            };
            said.push(selects(ground, namespace, &here.sheet.pairs(path), "assist.selects"));
            let all = here.sheet.pairs(path);
            if let (Some(key), true) = (&spot.key, all.len() > 1) {
                let one = BTreeMap::from([(key.clone(), word.to_owned())]);
                said.push(selects(ground, namespace, &one, "assist.bear"));
            }
        }
        (Some(Names::PodLabelKey), _) => {
            if let Some(key) = &spot.key {
                let one = BTreeMap::from([(key.clone(), word.to_owned())]);
                said.push(selects(ground, namespace, &one, "assist.bear"));
                said.extend(selected_by(ground, here, entry));
            }
        }
        _ => {}
    }
    if entry.value.is_empty() || word.is_empty() {
        return said.into_iter().map(|(tone, message)| (tone, message.into())).collect();
    }
    match spot.names() {
        Some(Names::Object(kind)) => said.push(exists(ground, kind, namespace, word)),
        Some(Names::Sibling) => {
            let kind = here.beside(&entry.path, "kind");
            let kind = Kind::all().find(|known| known.info().kind == kind);
            said.extend(kind.map(|kind| exists(ground, kind, namespace, word)));
        }
        Some(Names::Image) => said.extend(image(ground, word)),
        Some(Names::Volume) => {
            let known = super::complete::volumes(here, &entry.path).iter().any(|name| name == word);
            said.push(if known {
                (Tone::Ok, msg!("assist.volume", name = word))
            } else {
                (Tone::Bad, msg!("assist.no-volume", name = word))
            });
        }
        Some(Names::TargetPort) => {
            let selector = here.sheet.pairs(&fields(&["spec", "selector"]));
            let templates = ground.templates(namespace);
            let selected: Vec<_> = templates.iter().filter(|template| template.is_selected(&selector)).collect();
            let has = |(name, number): &(String, i64)| name == word || word.parse() == Ok(*number);
            let number = selected.iter().flat_map(|template| &template.ports).find(|port| has(port));
            match number {
                Some((_, number)) => said.push((Tone::Ok, msg!("assist.port", port = number))),
                None if selected.is_empty() => {}
                None if word.parse::<i64>().is_ok() => {
                    said.push((Tone::Pending, msg!("assist.port-undeclared", port = word)))
                }
                None => said.push((Tone::Bad, msg!("assist.no-port", name = word))),
            }
        }
        _ => {}
    }
    if (spot.owner.struct_name(), spot.field.name) == ("ServicePort", "nodePort") {
        let (low, high) = ground.world.api.config().node_ports;
        let owner = word.parse().ok().and_then(|port| store.node_port_owner(port));
        let mine = owner.is_some_and(|owner| *owner.name == *here.sheet.name() && *owner.namespace == *namespace);
        said.push(match owner {
            Some(owner) if !mine => (Tone::Bad, msg!("assist.node-port-taken", service = owner.name)),
            _ if word.parse::<i32>().is_ok_and(|port| (low..=high).contains(&port)) => {
                (Tone::Ok, if mine { msg!("assist.node-port-own") } else { msg!("assist.node-port-free") })
            }
            _ => (Tone::Bad, msg!("assist.node-port-range", low = low, high = high)),
        });
    }
    said.into_iter().map(|(tone, message)| (tone, message.into())).collect()
}

/// How many pods of the namespace bear all these labels.
fn selects(ground: &Ground<'_>, namespace: &str, pairs: &BTreeMap<String, String>, id: &'static str) -> (Tone, Msg) {
    let selector = LabelSelector::equals(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let pods = ground.store().list(Kind::POD, namespace).filter(|object| Pod::of(object).is_some_and(Pod::is_active));
    let (mut count, mut total) = (0, 0);
    for pod in pods {
        total += 1;
        count += usize::from(!pairs.is_empty() && selector.matches(pod.labels()));
    }
    let shown = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ");
    let args = vec![("count", count.to_string().into()), ("total", total.to_string().into()), ("labels", shown.into())];
    (if count > 0 { Tone::Ok } else { Tone::Bad }, Msg { id, args })
}

/// The Services that pick pods with the labels among which this one stands.
fn selected_by(ground: &Ground<'_>, here: &Here<'_>, entry: &Entry) -> Option<(Tone, Msg)> {
    let around = entry.path.split_last().map(|(_, around)| around)?;
    let is_template = here
        .sheet
        .template_path()
        .is_some_and(|template| super::ground::below(&template, &["metadata", "labels"]) == around);
    let labels = here.sheet.pairs(around).into_iter().collect();
    let services = ground.store().selecting(Kind::SERVICE, &here.sheet.namespace().into(), &labels);
    let names: Vec<String> = services.iter().map(|object| object.meta().name.to_string()).collect();
    (is_template && !names.is_empty()).then(|| (Tone::Neutral, msg!("assist.selected-by", services = names.join(", "))))
}

fn exists(ground: &Ground<'_>, kind: Kind, namespace: &str, name: &str) -> (Tone, Msg) {
    let info = kind.info();
    let key = Key::new(kind, if info.namespaced { namespace } else { "" }, name);
    if let Some(object) = ground.store().get(&key) {
        return match &**object {
            Object::Service(service) => {
                let selector = service.spec.selector.clone().unwrap_or_default();
                let pairs = selector.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
                selects(ground, namespace, &pairs, "assist.exists-service")
            }
            _ => (Tone::Ok, msg!("assist.exists", kind = info.kind, name = name)),
        };
    }
    if ground.names(kind, namespace).contains(name) {
        return (Tone::Pending, msg!("assist.in-files", kind = info.kind, name = name));
    }
    (Tone::Bad, msg!("assist.exists-not", kind = info.kind, name = name))
}

fn image(ground: &Ground<'_>, word: &str) -> Option<(Tone, Msg)> {
    let image = match ImageRef::parse(word) {
        Ok(image) => image,
        Err(_) => return Some((Tone::Bad, msg!("assist.image-invalid"))),
    };
    let catalogue = ground.world.controllers.kubelet.catalogue();
    Some(match catalogue.resolve(&image) {
        Ok(()) => (Tone::Ok, msg!("assist.image", size = catalogue.weight(&image).size / 1_048_576)),
        Err(_) => (Tone::Bad, msg!("assist.image-unknown", image = image)),
    })
}
