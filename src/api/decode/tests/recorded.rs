//! The answers of a real cluster against ours.

use crate::api::decode::{DecodeError, as_written, check_metadata, check_type};
use crate::api::schema::{TypeId, of_kind};
use crate::base::Value;
use std::path::{Path, PathBuf};

/// The folder of recorded answers, if it is here.
fn conformance() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found =
        ["../shared", "../../shared"].iter().map(|dir| root.join(dir).join("conformance")).find(|dir| dir.exists());
    if found.is_none() {
        println!("no recorded answers here");
    }
    found
}

fn cases(path: &Path) -> Vec<Value> {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

const API: [&str; 8] = ["defaults", "endpoints", "ingress", "other", "pod", "service", "workloads", "yaml"];

fn type_of(object: &Value) -> Option<TypeId> {
    let (group, version) = object["apiVersion"].as_str()?.rsplit_once('/').unwrap_or(("", "v1"));
    of_kind(group, version, object["kind"].as_str()?)
}

/// What the server wrote went through Go's structs, so that nothing of it may change.
#[test]
fn objects_are_normal() {
    let Some(dir) = conformance() else { return };
    let mut seen = 0;
    for case in API.iter().flat_map(|file| cases(&dir.join(format!("api/{file}.json")))) {
        let objects = match &case["object"] {
            Value::Array(objects) => objects.clone(),
            object => vec![object.clone()],
        };
        for object in objects.iter().filter(|object| object["kind"] != "List") {
            let Some(ty) = type_of(object) else { continue };
            assert_eq!(check_type(ty, object, &[]), Ok(()), "{}", case["name"]);
            assert_eq!(&as_written(ty, object.clone()), object, "{}", case["name"]);
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}

/// Every manifest is decoded or refused as the server did, word for word.
#[test]
fn manifests_are_judged_alike() {
    let Some(dir) = conformance() else { return };
    let mut seen = 0;
    for case in API.iter().flat_map(|file| cases(&dir.join(format!("api/{file}.json")))) {
        seen += judged_alike(case["yaml"].as_str().unwrap(), &case["stderr"], &case["name"]);
    }
    for folder in ["course-manifests", "docs-examples", "kubectl-testdata", "upstream-examples"] {
        for case in cases(&dir.join(folder).join("verdicts.json")) {
            let name = case["file"].as_str().unwrap();
            let paths = [dir.join(folder).join("manifests").join(name), dir.join(folder).join(name)];
            let text = paths.iter().find_map(|path| std::fs::read_to_string(path).ok());
            seen += text.map_or(0, |text| judged_alike(&text, &case["stderr"], &case["file"]));
        }
    }
    assert!(seen > 800, "{seen}");
}

/// How many objects were judged.
fn judged_alike(text: &str, stderr: &Value, name: &Value) -> usize {
    let stderr = stderr.as_str().unwrap();
    let after = |line: &'static str| stderr.lines().filter_map(move |text| text.split_once(line)).map(|(_, rest)| rest);
    let refused = after("cannot be handled as a ").filter_map(|rest| rest.split_once(": ")).map(|(_, rest)| rest);
    let expected: Vec<&str> = refused.chain(after("unable to decode \"STDIN\": ")).collect();
    let documents: Vec<Value> = crate::yaml::load(text).into_iter().filter_map(Result::ok).map(|it| it.value).collect();
    let items = |document: Value| match &document["items"] {
        Value::Array(items) if document["kind"] == "List" => items.clone(),
        _ => vec![document],
    };
    let objects: Vec<Value> = documents.into_iter().flat_map(items).collect();
    let judge = |object: &Value| {
        let ty = type_of(object)?;
        Some(check_metadata(object).and_then(|()| check_type(ty, object, &[])))
    };
    let judged: Vec<_> = objects.iter().filter_map(judge).collect();
    let told: Vec<String> =
        judged.iter().filter_map(|result| result.as_ref().err()).map(DecodeError::to_string).collect();
    assert_eq!(told, expected, "{name}");
    judged.len()
}
