//! What is wrong with Services before anybody sends a request: for the picture, the inspector and the editor.

use super::diagnostics::{Found, LONGEST, span};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::base::Value;
use crate::base::path::FieldPath;
use crate::network::diagnose::{Diagnosis, check_service};
use crate::network::view::Key as NetKey;
use crate::sim::Engine;
use crate::view::build::proxy;
use crate::view::build::trace::object_card;
use crate::view::model::files::{Diagnostic, Severity};
use crate::view::model::inspector::{FactView, SectionView};
use crate::view::model::{Text, Tone};
use crate::yaml::{self, Document};
use std::collections::BTreeMap;

/// With more pods times Services than this the picture does not check them all at each change.
const MOST_PAIRS: usize = 20_000;
/// What the editor says by itself, knowing of pods that are still to be made; and what is only a matter of time.
const HAVE_A_CHECK: [&str; 3] = [PASSING, "selector-mismatch", "named-port-missing"];
/// What is only a matter of time.
const PASSING: &str = "pods-not-ready";

fn net_key(key: &Key) -> NetKey {
    NetKey { namespace: key.namespace.clone(), name: key.name.clone() }
}

/// The first cause of each Service that cannot work.
pub fn problems(engine: &mut Engine, namespace: &str) -> BTreeMap<Key, Text> {
    let store = engine.world().api.store();
    let services: Vec<Key> = store.list(Kind::SERVICE, namespace).map(|object| object.key()).collect();
    if services.len() * store.list(Kind::POD, namespace).count() > MOST_PAIRS {
        return BTreeMap::new();
    }
    let network = engine.network();
    let first = |key: Key| {
        let found = check_service(network, &net_key(&key)).into_iter().find(|found| found.row != PASSING)?;
        Some((key, Text::from(found.cause)))
    };
    services.into_iter().filter_map(first).collect()
}

/// The causes and their evidence, for the inspector.
pub fn section(engine: &mut Engine, key: &Key) -> Option<SectionView> {
    if key.kind != Kind::SERVICE {
        return None;
    }
    let row = |value: Text, tone, link| FactView { name: Text::default(), value, code: false, tone, link };
    let mut facts = Vec::new();
    for found in check_service(engine.network(), &net_key(key)) {
        let tone = if found.row == PASSING { Tone::Pending } else { Tone::Bad };
        facts.push(row(found.cause.into(), tone, None));
        let evidence = found.evidence.into_iter().take(5);
        facts.extend(evidence.map(|one| row(one.says.into(), Tone::Neutral, object_card(&one.object))));
    }
    (!facts.is_empty()).then(|| SectionView { title: Some(crate::msg!("view.problems").into()), facts })
}

/// What the proxies do with a Service, or the proxy of a node with all, for the inspector.
pub fn rules(engine: &mut Engine, key: &Key) -> Vec<SectionView> {
    match key.kind {
        Kind::SERVICE => proxy::of_service(engine.network(), &net_key(key)),
        Kind::NODE => proxy::of_node(engine.network(), &key.name),
        _ => Vec::new(),
    }
}

/// Causes that a text shows of Services that were applied from it, each at its field. What the text says otherwise than the
/// cluster has it is not applied yet, and says nothing.
pub fn in_text(engine: &mut Engine, text: &str) -> Vec<Found> {
    if text.len() > LONGEST || !text.contains("Service") {
        return Vec::new();
    }
    let services = yaml::load(text).into_iter().filter_map(Result::ok);
    let services = services.filter(|one| one.value.get("kind").and_then(Value::as_str) == Some("Service"));
    services.flat_map(|document| in_document(engine, &document)).collect()
}

fn in_document(engine: &mut Engine, document: &Document) -> Vec<Found> {
    let word = |pointer: &str| document.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let name = word("/metadata/name");
    let namespace = Some(word("/metadata/namespace")).filter(|namespace| !namespace.is_empty()).unwrap_or("default");
    let key = Key::new(Kind::SERVICE, namespace, name);
    let Some(stored) = engine.world().api.store().get(&key).map(|object| Object::to_value(object)) else {
        return Vec::new();
    };
    let same = |path: &FieldPath| path.find(&document.value).is_some_and(|said| path.find(&stored) == Some(said));
    let shown = |found: Diagnosis| {
        let here = found.evidence.iter().filter(|one| one.object.kind == "Service" && *one.object.key.name == *name);
        let path = here.map(|one| one.path.clone()).find(|path| same(path));
        let path = path.or_else(|| Some(FieldPath::of("spec.type")).filter(|path| same(path)))?;
        let span = span(document.spans.value(&path));
        let message = found.cause.into();
        let diagnostic = Diagnostic { severity: Severity::Warning, span, message, fixes: Vec::new() };
        Some(Found { diagnostic, fixes: Vec::new() })
    };
    let found = check_service(engine.network(), &net_key(&key)).into_iter();
    found.filter(|found| !HAVE_A_CHECK.contains(&found.row)).filter_map(shown).collect()
}
