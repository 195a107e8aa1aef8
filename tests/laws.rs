//! Laws that hold for all objects: applying twice changes nothing, the patch of a difference gives the target.

#![cfg(not(target_arch = "wasm32"))]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use tabernetes::api::kinds::Kind;
use tabernetes::api::patch::{merge, strategic};
use tabernetes::api::schema;
use tabernetes::kubectl::exec::{Output, Piece};
use tabernetes::kubectl::session::Session;
use tabernetes::sim::{ClusterConfig, Engine};

/// The recorded questions: manifest, and the object if it was accepted.
fn questions() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file| serde_json::from_str::<Vec<Value>>(&std::fs::read_to_string(file).unwrap()).unwrap();
    files.into_iter().flat_map(read).collect()
}

fn run(engine: &mut Engine, session: &mut Session, line: &str) -> String {
    let mut output = Output::default();
    session.start(line).run_to_end(session, engine, &mut output);
    let out = output.pieces.iter().filter_map(|piece| match piece {
        Piece::Out(text) => Some(text.as_str()),
        _ => None,
    });
    out.collect()
}

#[test]
fn applying_twice_changes_nothing() {
    let mut wrong = Vec::new();
    for question in questions() {
        let yaml = question["yaml"].as_str().unwrap();
        if question["accepted"] != true || yaml.contains("generateName") {
            continue;
        }
        for flags in ["", " --server-side"] {
            let mut engine = Engine::new(ClusterConfig::default());
            let mut session = Session::default();
            session.files.insert("f.yaml".to_owned(), yaml.to_owned());
            let line = format!("kubectl apply{flags} -f f.yaml");
            run(&mut engine, &mut session, &line);
            let before = desired(&engine);
            let said = run(&mut engine, &mut session, &line);
            let after = desired(&engine);
            if before != after {
                wrong.push(format!("{}{flags}: {said}{before:#?}\n{after:#?}", question["name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wanted of all objects that users write, by key.
///
/// kubectl may say `configured` all the same: a list that is replaced as a whole differs from the file by its defaults.
fn desired(engine: &Engine) -> BTreeMap<String, Value> {
    let objects = Kind::all().flat_map(|kind| engine.world().api.store().list(kind, "default"));
    let by_users = objects.filter(|object| object.meta().owner_references.is_empty() && object.kind() != Kind::EVENT);
    let wanted = |value: Value| {
        let mut value = value;
        value.as_object_mut().unwrap().remove("status");
        value["metadata"].as_object_mut().unwrap().remove("resourceVersion");
        value
    };
    by_users.map(|object| (format!("{:?}", object.key()), wanted(object.to_value()))).collect()
}

#[test]
fn the_patch_of_a_difference_gives_the_target() {
    let mut by_kind: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for question in questions() {
        let object = &question["object"];
        if let Some(kind) = object["kind"].as_str() {
            by_kind
                .entry(format!("{} {kind}", object["apiVersion"].as_str().unwrap()))
                .or_default()
                .push(object.clone());
        }
    }
    let mut checked = 0;
    for (name, objects) in &by_kind {
        let (version, kind) = name.split_once(' ').unwrap();
        let (group, short) = version.split_once('/').unwrap_or(("", version));
        let ty = schema::of_kind(group, short, kind).unwrap();
        for from in objects {
            for to in objects.iter().filter(|to| !has_null(to)) {
                let mut to = to.clone();
                to["metadata"] = from["metadata"].clone();
                let to = &to;
                let patch = strategic::three_way(ty, from, to, from).unwrap();
                let result = strategic::apply(ty, from, &patch).unwrap();
                assert_eq!(emptied(result), emptied(to.clone()), "{name}: {patch}");
                let laid = merge::apply(from.clone(), to);
                assert_eq!(merge::apply(laid.clone(), to), laid, "a merge patch twice is a merge patch once");
                checked += 1;
            }
        }
    }
    assert!(checked > 400, "{checked}");
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}

/// Without empty maps and lists: patches leave them where their last item was taken out.
fn emptied(value: Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, value)| (key, emptied(value)));
            Value::Object(fields.filter(|(_, value)| !is_empty(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(emptied).collect()),
        other => other,
    }
}

/// Manifests of the recorded questions, and of the collections beside the repository where they are there.
fn manifests() -> Vec<String> {
    let mut texts: Vec<String> =
        questions().iter().filter_map(|question| question["yaml"].as_str().map(str::to_owned)).collect();
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("TABERNETES_SHARED").map_or(beside, std::path::PathBuf::from).join("conformance");
    for folder in ["docs-examples", "kubectl-testdata", "upstream-examples"] {
        let mut open = vec![shared.join(folder).join("manifests")];
        while let Some(path) = open.pop() {
            let Ok(entries) = std::fs::read_dir(&path) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                if path.is_dir() {
                    open.push(path);
                } else {
                    texts.extend(std::fs::read_to_string(&path));
                }
            }
        }
    }
    texts.sort();
    texts
}

/// An object that is decoded and has its defaults goes through its typed form and comes out the same.
#[test]
fn typed_objects_lose_nothing() {
    let (mut compared, mut wrong) = (0, Vec::new());
    for text in manifests() {
        for document in tabernetes::yaml::load(&text).into_iter().flatten() {
            let word = |field: &str| document.value[field].as_str().unwrap_or_default().to_owned();
            let (version, name) = (word("apiVersion"), word("kind"));
            let Some(kind) = Kind::of(&version, &name).filter(|kind| kind.is_stored() && kind.api_version() == version)
            else {
                continue;
            };
            if tabernetes::api::decode::check(kind, &document.value, &[]).is_err() {
                continue;
            }
            let mut value = tabernetes::api::decode::normalize(kind, document.value);
            tabernetes::api::default::apply(&name, &version, &mut value);
            tabernetes::api::default::prepare_for_create(&name, &version, &mut value);
            let context = tabernetes::api::validate::Context::default();
            value["metadata"]["namespace"] = "default".into();
            if !kind.info().namespaced {
                value["metadata"].as_object_mut().unwrap().remove("namespace");
            }
            if !tabernetes::api::validate::create(&name, &version, &value, &context).is_empty() {
                continue;
            }
            compared += 1;
            let typed = tabernetes::api::objects::Object::from_value(kind, value.clone()).unwrap();
            let mut again = typed.to_value();
            for value in [&mut value, &mut again] {
                value["apiVersion"] = version.clone().into();
                value["kind"] = name.clone().into();
            }
            // A probe's time is always written, though nobody sets it.
            let found = differences(&value, &again).into_iter().filter(|(path, ..)| !path.ends_with(".lastProbeTime"));
            for (path, before, after) in found {
                wrong.push(format!("{name} {path}: {before} became {after}"));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    println!("{compared} objects");
    assert!(compared > 80 && wrong.is_empty(), "{}", wrong.join("\n"));
}

fn differences(before: &Value, after: &Value) -> Vec<(String, String, String)> {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let one = |key: &String| {
                let of = |fields: &serde_json::Map<String, Value>| fields.get(key).cloned();
                match (of(a), of(b)) {
                    (Some(a), Some(b)) => {
                        let inner = differences(&a, &b).into_iter();
                        inner.map(|(path, a, b)| (format!(".{key}{path}"), a, b)).collect()
                    }
                    (a, b) => vec![(format!(".{key}"), format!("{a:?}"), format!("{b:?}"))],
                }
            };
            keys.into_iter().flat_map(one).collect()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b);
            let inner = pairs.flat_map(|(a, b)| differences(a, b));
            inner.map(|(path, a, b)| (format!("[]{path}"), a, b)).collect()
        }
        (a, b) if a == b => Vec::new(),
        (a, b) => vec![(String::new(), a.to_string(), b.to_string())],
    }
}
