//! What is wrong with Services before anybody sends a request: for the picture, the inspector and the editor.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::base::Str;
use crate::base::path::FieldPath;
use crate::network::diagnose::{Diagnosis, check_service};
use crate::network::view::Key as NetKey;
use crate::sim::Engine;
use crate::view::build::trace::object_card;
use crate::view::model::inspector::{FactView, SectionView};
use crate::view::model::{Text, Tone};
use std::collections::BTreeMap;

/// With more pods times Services than this the picture does not check them all at each change.
const MOST_PAIRS: usize = 20_000;
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

/// Causes that the text of an applied Service shows, each with its field. What the text says otherwise than the cluster
/// has it is not applied yet, and says nothing.
pub fn in_text(engine: &mut Engine, namespace: &Str, text: &crate::base::Value) -> Vec<(FieldPath, Text)> {
    let name = text.pointer("/metadata/name").and_then(|name| name.as_str()).unwrap_or_default();
    let key = Key::new(Kind::SERVICE, namespace.clone(), name);
    let Some(stored) = engine.world().api.store().get(&key).map(|object| Object::to_value(object)) else {
        return Vec::new();
    };
    let same = |path: &FieldPath| path.find(text).is_some_and(|said| path.find(&stored) == Some(said));
    let shown = |found: Diagnosis| {
        let here = found.evidence.iter().filter(|one| one.object.kind == "Service" && *one.object.key.name == *name);
        let path = here.map(|one| one.path.clone()).find(|path| same(path));
        let path = path.or_else(|| Some(FieldPath::of("spec.type")).filter(same))?;
        Some((path, Text::from(found.cause)))
    };
    let found = check_service(engine.network(), &net_key(&key)).into_iter();
    // Selectors have a check of their own, which knows of pods that are still to be made.
    found.filter(|found| found.row != PASSING && found.row != "selector-mismatch").filter_map(shown).collect()
}
