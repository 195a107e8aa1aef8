//! How the line at the cursor can go on.

use super::custom;
use super::ground::{Ground, Sheet, below};
use super::outline::{self, Outline, Place, Role};
use super::spot::{self, Inside, Names, Spot};
use crate::api::kinds::Kind;
use crate::api::schema::{Field, Ty, TypeId};
use crate::api::versions;
use crate::base::Order;
use crate::base::path::Step;
use std::collections::BTreeMap;

/// Fields of `metadata` that the cluster writes.
const MADE: &[&str] = &[
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
];

/// What can stand at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// Where the word begins that is replaced, in bytes of the text.
    pub from: usize,
    /// The best first.
    pub items: Vec<Item>,
}

/// One way to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is called.
    pub label: String,
    /// What is written.
    pub apply: String,
    /// Its type or whence it comes.
    pub detail: String,
    /// What it is.
    pub shape: Shape,
}

/// What a way to go on is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A field.
    Field,
    /// An item of a list.
    Item,
    /// One of the values that are allowed.
    Value,
    /// Something that is in use elsewhere.
    Name,
}

impl Shape {
    /// The word the editor knows it by.
    pub fn word(self) -> &'static str {
        match self {
            Shape::Field => "property",
            Shape::Item => "list",
            Shape::Value => "enum",
            Shape::Name => "text",
        }
    }
}

/// The document around the cursor and the place in it.
pub(super) struct Here<'a> {
    pub(super) sheet: Sheet<'a>,
    pub(super) root: Option<TypeId>,
}

impl<'a> Here<'a> {
    pub(super) fn new(text: &'a str, outline: Outline) -> Here<'a> {
        let sheet = Sheet { text, range: 0..text.len(), outline };
        let root = spot::root(sheet.outline.text(text, &["apiVersion"]), sheet.kind()).map(|(_, root)| root);
        Here { root, sheet }
    }

    /// The scalar under another key of the mapping around a path.
    pub(super) fn beside(&self, path: &[Step], name: &str) -> &str {
        let around = path.split_last().map_or(path, |(_, around)| around);
        let found = self.sheet.outline.children(around).find(|entry| entry.name() == Some(name));
        found.map_or("", |entry| entry.text(self.sheet.text))
    }

    /// The path of the container around a path.
    pub(super) fn container<'p>(&self, path: &'p [Step]) -> Option<&'p [Step]> {
        let at = path.iter().rposition(|step| matches!(step, Step::Field(name) if name.ends_with("ontainers")))?;
        path.get(..at + 2)
    }
}

/// How the text can go on at a byte of it; nothing where nothing helps.
pub fn complete(ground: &Ground<'_>, text: &str, cursor: usize) -> Option<Completion> {
    let (outline, place) = outline::read_at(text, outline::document_at(text, cursor), cursor);
    let place = place?;
    let mut here = Here::new(text, outline);
    if let Some(schema) = custom::schema(ground, &here.sheet) {
        here.root = custom::metadata(&place.path);
        if here.root.is_none() {
            return custom::complete(schema, &here, &place, cursor);
        }
    }
    let items = match place.role {
        Role::Key => keys(ground, &here, &place, cursor),
        Role::Value => values(ground, &here, &place.path),
    };
    let word = text.get(place.word.clone()).unwrap_or_default();
    let quoted = word.starts_with(['"', '\'']);
    let from = place.word.start + usize::from(quoted);
    (!items.is_empty()).then_some(Completion { from, items })
}

/// The text without the word before the cursor: words in use are looked for in it, and that one is only being typed.
pub fn without_word(text: &str, cursor: usize) -> String {
    let (before, after) = text.split_at_checked(cursor).unwrap_or((text, ""));
    let kept = before.trim_end_matches(|c: char| !c.is_whitespace() && !"\"'[{,".contains(c));
    format!("{kept}{after}")
}

fn item(label: &str, detail: impl Into<String>, shape: Shape) -> Item {
    Item { label: label.to_owned(), apply: label.to_owned(), detail: detail.into(), shape }
}

fn keys(ground: &Ground<'_>, here: &Here<'_>, place: &Place, cursor: usize) -> Vec<Item> {
    let text = here.sheet.text;
    let rest = text.get(cursor..).unwrap_or_default();
    let rest = rest.split('\n').next().unwrap_or_default();
    // In the middle of a key that has its colon only the name is written.
    let tail = rest.trim_start_matches(|c: char| c.is_alphanumeric() || "-_./".contains(c));
    let bare = tail.starts_with(':');
    let present: Vec<&str> = here
        .sheet
        .outline
        .children(&place.path)
        .filter(|entry| !(entry.line == place.line && entry.key.start <= cursor && cursor <= entry.key.end))
        .filter_map(outline::Entry::name)
        .collect();
    let mut items = Vec::new();
    let Some(root) = here.root else {
        if place.path.is_empty() {
            let known = [("apiVersion", "string"), ("kind", "string"), ("metadata", "ObjectMeta"), ("spec", "")];
            let missing = known.into_iter().filter(|(name, _)| !present.contains(name));
            items.extend(missing.map(|(name, ty)| {
                let nested = if ty.is_empty() || ty == "ObjectMeta" { "\n  " } else { " " };
                let apply = if bare { name.to_owned() } else { format!("{name}:{nested}") };
                Item { apply, ..item(name, ty, Shape::Field) }
            }));
        }
        return items;
    };
    if let Some(list) = place.list.as_ref()
        && let Some(Inside::List(of)) = spot::inside(root, list)
    {
        let apply = start_of_item(of);
        items.push(Item { label: "- ".to_owned(), apply, detail: spot::type_name(of), shape: Shape::Item });
    }
    match spot::inside(root, &place.path) {
        Some(Inside::Struct(ty)) => {
            let style = Style { same_column: lists_at_column(&here.sheet.outline), flow: place.flow, bare };
            let mut fields: Vec<&Field> = ty.fields().iter().collect();
            let made = |name| {
                ty.struct_name() == "ObjectMeta" && MADE.contains(&name) || place.path.is_empty() && name == "status"
            };
            fields.retain(|field| !present.contains(&field.name) && !made(field.name));
            fields.order_by_key(|field| !field.required);
            items.extend(fields.into_iter().map(|field| of_field(field, place.column, style)));
        }
        Some(Inside::Map(_)) => {
            let labels = spot::at(root, &place.path).and_then(|spot| spot.labels());
            let words = labels.map(|whose| ground.labels(whose)).unwrap_or_default();
            items.extend(words.into_iter().filter(|(key, _)| !present.contains(&key.as_str())).map(|(key, values)| {
                let apply = if bare { key.clone() } else { format!("{key}: ") };
                Item { apply, ..item(&key, shortened(&values.into_iter().collect::<Vec<_>>().join(", ")), Shape::Name) }
            }));
        }
        Some(Inside::List(of)) if !place.flow => {
            let apply = start_of_item(of);
            items.push(Item { label: "- ".to_owned(), apply, detail: spot::type_name(of), shape: Shape::Item });
        }
        Some(Inside::Scalar(_)) if matches!(place.path.last(), Some(Step::Index(_))) => {
            items.extend(values(ground, here, &place.path));
        }
        _ => {}
    }
    items
}

/// As much of the details as a list shows.
fn shortened(text: &str) -> String {
    if text.chars().count() <= 32 { text.to_owned() } else { text.chars().take(31).chain(['…']).collect() }
}

#[derive(Clone, Copy)]
struct Style {
    /// The document writes the dashes of lists at the column of their key.
    same_column: bool,
    flow: bool,
    bare: bool,
}

/// How a document writes its lists.
fn lists_at_column(outline: &Outline) -> bool {
    outline.entries.windows(2).any(|pair| match pair {
        [key, dash] => matches!(dash.path.last(), Some(Step::Index(0))) && !dash.flow && key.column == dash.column,
        _ => false,
    })
}

fn of_field(field: &'static Field, column: usize, style: Style) -> Item {
    let name = field.name;
    let apply = match spot::inside_of(&field.ty) {
        _ if style.bare => name.to_owned(),
        _ if style.flow => format!("{name}: "),
        Inside::Scalar(ty) if *ty.base() != Ty::Any => format!("{name}: "),
        Inside::List(of) => {
            let column = if style.same_column { column } else { column + 2 };
            format!("{name}:\n{}{}", " ".repeat(column), start_of_item(of))
        }
        _ => format!("{name}:\n{}", " ".repeat(column + 2)),
    };
    let required = if field.required { " *" } else { "" };
    Item { apply, ..item(name, format!("{}{required}", spot::type_name(&field.ty)), Shape::Field) }
}

/// The begin of an item of a list.
fn start_of_item(ty: &'static Ty) -> String {
    let Inside::Struct(id) = spot::inside_of(ty) else { return "- ".to_owned() };
    // Most items are told by their name, whatever else they need.
    let names = ["name", "key", "host", "path"];
    let first = names.iter().find(|name| id.fields().iter().any(|field| field.name == **name && field.required));
    let first = first.copied().or_else(|| {
        let scalar = |field: &&'static Field| field.required && matches!(spot::inside_of(&field.ty), Inside::Scalar(_));
        id.fields().iter().find(|field| field.name == "containerPort" || scalar(field)).map(|field| field.name)
    });
    first.map_or_else(|| "- ".to_owned(), |name| format!("- {name}: "))
}

fn values(ground: &Ground<'_>, here: &Here<'_>, path: &[Step]) -> Vec<Item> {
    if let [Step::Field(name)] = path {
        match name.as_str() {
            "apiVersion" => return api_versions(ground, here.sheet.kind()),
            "kind" => return kinds(ground, here.sheet.outline.text(here.sheet.text, &["apiVersion"])),
            _ => {}
        }
    }
    let Some(spot) = here.root.and_then(|root| spot::at(root, path)) else { return Vec::new() };
    if let (Some(key), Some(whose)) = (&spot.key, spot.labels()) {
        let mut words = ground.labels(whose);
        return words.remove(key).into_iter().flatten().map(|value| item(&value, key.as_str(), Shape::Name)).collect();
    }
    let allowed = spot.values();
    if !allowed.is_empty() {
        return allowed.iter().filter(|value| !value.is_empty()).map(|value| item(value, "", Shape::Value)).collect();
    }
    spot.names().map(|names| named(ground, here, path, &spot, names)).unwrap_or_default()
}

fn named(ground: &Ground<'_>, here: &Here<'_>, path: &[Step], spot: &Spot, names: Names) -> Vec<Item> {
    let namespace = here.sheet.namespace();
    let of = |words: &mut dyn Iterator<Item = String>, detail: &str| -> Vec<Item> {
        words.map(|word| item(&word, detail, Shape::Name)).collect()
    };
    match names {
        Names::Object(kind) => of(&mut ground.names(kind, namespace).into_iter(), kind.info().kind),
        Names::Sibling => {
            let word = here.beside(path, "kind");
            let kind = Kind::all().find(|kind| kind.info().kind == word);
            kind.map(|kind| of(&mut ground.names(kind, namespace).into_iter(), word)).unwrap_or_default()
        }
        Names::Kind => kinds(ground, here.beside(path, "apiVersion")),
        Names::ApiVersion => api_versions(ground, here.beside(path, "kind")),
        Names::Volume => of(&mut volumes(here, path).into_iter(), spot.field.name),
        Names::ContainerPort => {
            let ports = here.container(path).map(|container| here.sheet.ports(container)).unwrap_or_default();
            ports.into_iter().flat_map(|port| port_items(&port, true)).collect()
        }
        Names::TargetPort => {
            let selector = here.sheet.pairs(&super::ground::fields(&["spec", "selector"]));
            let mut ports: BTreeMap<(String, i64), ()> = BTreeMap::new();
            for template in ground.templates(namespace) {
                if template.is_selected(&selector) {
                    ports.extend(template.ports.into_iter().map(|port| (port, ())));
                }
            }
            ports.into_keys().flat_map(|port| port_items(&port, true)).collect()
        }
        Names::ServicePort => {
            let service = path.split_last().map(|(_, around)| around).unwrap_or_default();
            of(&mut ground.service_ports(namespace, here.beside(service, "name")).into_iter(), "Service")
        }
        Names::DataKey(kind) => {
            let keys = ground.data_keys(kind, namespace, here.beside(path, "name"));
            of(&mut keys.into_iter(), here.beside(path, "name"))
        }
        Names::Image => of(&mut ground.images().into_iter(), ""),
        Names::PodLabelKey | Names::NodeLabelKey => of(&mut ground.labels(names).into_keys(), ""),
    }
}

fn port_items((name, number): &(String, i64), with_numbers: bool) -> Vec<Item> {
    let number = number.to_string();
    let named = (!name.is_empty()).then(|| item(name, number.as_str(), Shape::Name));
    let plain = with_numbers.then(|| item(&number, name.as_str(), Shape::Name));
    named.into_iter().chain(plain).collect()
}

/// The names of the volumes of the pod around a path.
pub(super) fn volumes(here: &Here<'_>, path: &[Step]) -> Vec<String> {
    let Some(at) = path.iter().rposition(|step| matches!(step, Step::Field(name) if name.ends_with("ontainers")))
    else {
        return Vec::new();
    };
    let list = below(path.get(..at).unwrap_or_default(), &["volumes"]);
    let claims = below(&super::ground::fields(&["spec"]), &["volumeClaimTemplates"]);
    let name = |entry: &&outline::Entry| {
        let depth = match entry.path.as_slice() {
            path if path.starts_with(&list) => path.len() - list.len() == 2,
            path if path.starts_with(&claims) => path.len() - claims.len() == 3,
            _ => false,
        };
        depth && entry.name() == Some("name")
    };
    here.sheet.outline.entries.iter().filter(name).map(|entry| entry.text(here.sheet.text).to_owned()).collect()
}

fn kinds(ground: &Ground<'_>, api_version: &str) -> Vec<Item> {
    let mut rows: Vec<(bool, Item)> = ground
        .world
        .api
        .kinds()
        .all()
        .map(|kind| {
            let version = kind.api_version();
            let served = version == api_version || versions::others(kind).any(|other| other == api_version);
            (!served && !api_version.is_empty(), item(kind.info().kind, version, Shape::Value))
        })
        .collect();
    // Of a known version only its kinds; an unknown one says nothing.
    if rows.iter().any(|(other, _)| !other) {
        rows.retain(|(other, _)| !other);
    }
    rows.into_iter().map(|(_, item)| item).collect()
}

fn api_versions(ground: &Ground<'_>, kind: &str) -> Vec<Item> {
    let mut found: Vec<Item> = Vec::new();
    let all = || {
        ground.world.api.kinds().all().flat_map(|one| {
            std::iter::once(one.api_version())
                .chain(versions::others(one).map(str::to_owned))
                .map(move |version| (one, version))
        })
    };
    let known = all().any(|(one, _)| one.info().kind == kind);
    for (one, version) in all().filter(|(one, _)| !known || one.info().kind == kind) {
        if !found.iter().any(|item| item.label == version) {
            found.push(item(&version, if known { one.info().kind } else { "" }, Shape::Value));
        }
    }
    found
}
