//! Defaulting and validation against recorded answers of Kubernetes 1.36.2.
//!
//! `tests/api/*.json` hold one question each: a manifest, and what `kubectl create -f -` said to it. What other parts of
//! the program answer (YAML, strict decoding, other objects of the cluster, allocation) is in the list [`ELSEWHERE`].

#![cfg(not(target_arch = "wasm32"))]

use std::path::PathBuf;

use serde_json::{Value, json};
use tabernetes::api::field_error::{FieldError, distinct};
use tabernetes::api::{decode, default, schema, validate};
use tabernetes::yaml;

/// Questions that are not for validation, and why.
const ELSEWHERE: &[(&str, &[&str])] = &[
    (
        "YAML",
        &["yaml-tab", "yaml-bad-indent", "yaml-unclosed-quote", "yaml-colon-in-value", "yaml-scalar", "yaml-list-top"],
    ),
    (
        "kubectl: no such kind",
        &["no-kind", "no-apiversion", "unknown-kind", "deployment-apps-v1beta1", "ingress-v1beta1"],
    ),
    ("kubectl: metadata", &["labels-as-list", "pod-annotation-number"]),
    ("kubectl: List", &["list-kind"]),
    ("other objects", &["namespace-missing", "pod-priorityclass-unknown", "pod-serviceaccount-missing"]),
    (
        "allocation",
        &[
            "svc-nodeport-taken",
            "svc-clusterip-outside",
            "svc-clusterip-network-addr",
            "svc-clusterip-taken",
            "svc-clusterip-ipv6",
            "svc-dual-stack-require",
            "svc-ipfamily-v6",
            "svc-two-errors",
        ],
    ),
];

struct Answer {
    errors: Vec<FieldError>,
    warnings: Vec<String>,
    object: Value,
}

/// Decodes, defaults, admits, prepares and validates as the API server does. `recorded` gives what is drawn or allocated.
fn answer(document: &Value, recorded: Option<&Value>) -> Result<Answer, String> {
    let word = |field: &str| document[field].as_str().unwrap_or_default().to_owned();
    let (group_version, kind) = (word("apiVersion"), word("kind"));
    let (group, version) = group_version.split_once('/').unwrap_or(("", &group_version));
    let ty = schema::of_kind(group, version, &kind).ok_or_else(|| format!("no kind {kind} of {group_version}"))?;
    decode::check_type(ty, document, &[]).map_err(|error| format!("decode: {error}"))?;
    let mut object = decode::normalize_type(ty, document.clone());
    let recorded = |path: &str| recorded.and_then(|object| object.pointer(path)).cloned().unwrap_or_default();
    let namespaced = validate::namespaced(&kind);
    if namespaced && object["metadata"]["namespace"].is_null() {
        object["metadata"]["namespace"] = "default".into();
    } else if !namespaced {
        object["metadata"].as_object_mut().unwrap().remove("namespace");
    }
    default::apply(&kind, &group_version, &mut object);
    if object["metadata"]["name"].is_null() && !object["metadata"]["generateName"].is_null() {
        let generated = format!("{}abcde", object["metadata"]["generateName"].as_str().unwrap());
        object["metadata"]["name"] = recorded("/metadata/name").as_str().map_or(generated, str::to_owned).into();
    }
    if kind == "Job" {
        let uid = recorded("/metadata/labels/controller-uid");
        object["metadata"]["uid"] = uid.as_str().unwrap_or("4a1c2c5f-0000-4000-8000-000000000000").into();
    }
    if kind == "Pod" {
        let volumes = recorded("/spec/volumes");
        let token = volumes
            .as_array()
            .into_iter()
            .flatten()
            .find_map(|v| v["name"].as_str()?.strip_prefix("kube-api-access-").map(str::to_owned));
        default::admission_pod(&mut object, &token.unwrap_or_else(|| "abcde".to_owned()));
    }
    if kind == "Service" {
        allocate(&mut object, &recorded);
    }
    default::prepare_for_create(&kind, &group_version, &mut object);
    let errors = validate::create(&kind, &group_version, &object, &validate::Context::default());
    let warnings = match errors.as_slice() {
        [] => validate::warnings(&kind, &group_version, &object, None),
        _ => validate::deprecation(&kind, &group_version).map(str::to_owned).into_iter().collect(),
    };
    Ok(Answer { errors, warnings, object: decode::as_written(ty, object) })
}

/// Stands in for the allocators: what they gave is in the recording.
fn allocate(object: &mut Value, recorded: &dyn Fn(&str) -> Value) {
    let spec = &mut object["spec"];
    for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"] {
        let given = recorded(&format!("/spec/{field}"));
        if spec[field].is_null() && !given.is_null() {
            spec[field] = given;
        } else if spec[field].is_null() {
            spec.as_object_mut().unwrap().remove(field);
        }
    }
    if let (Some(ip), true) = (spec["clusterIP"].as_str().map(str::to_owned), spec["clusterIPs"].is_null()) {
        spec["clusterIPs"] = json!([ip]);
    }
    for (i, port) in spec["ports"].as_array_mut().into_iter().flatten().enumerate() {
        let given = recorded(&format!("/spec/ports/{i}/nodePort"));
        if port["nodePort"].is_null() && !given.is_null() {
            port["nodePort"] = given;
        }
    }
    prune(object);
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

/// What kubectl prints for a refused object.
fn kubectl_text(document: &Value, errors: &[FieldError]) -> String {
    let (kind, name) = (document["kind"].as_str().unwrap(), document["metadata"]["name"].as_str().unwrap_or_default());
    let messages = distinct(errors);
    match messages.as_slice() {
        [one] => format!("The {kind} \"{name}\" is invalid: {one}\n"),
        many => format!(
            "The {kind} \"{name}\" is invalid: \n{}",
            many.iter().map(|one| format!("* {one}\n")).collect::<String>()
        ),
    }
}

fn elsewhere(name: &str) -> Option<&'static str> {
    ELSEWHERE.iter().find(|(_, names)| names.contains(&name)).map(|(why, _)| *why)
}

/// The object without what a comparison puts aside.
fn comparable(mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in ["uid", "generation", "creationTimestamp", "resourceVersion"] {
            metadata.remove(field);
        }
    }
    object
}

#[test]
fn recorded_questions() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut asked, mut skipped, mut wrong) = (0, 0, Vec::new());
    for file in files {
        let questions: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for question in questions {
            let text = |field: &str| question[field].as_str().unwrap().to_owned();
            let name = text("name");
            asked += 1;
            if elsewhere(&name).is_some() {
                skipped += 1;
                continue;
            }
            let document = yaml::load(&text("yaml")).remove(0).unwrap().value;
            let recorded = match &question["object"] {
                Value::Array(items) => items.first().cloned(),
                Value::Null => None,
                object => Some(object.clone()),
            };
            let found = match answer(&document, recorded.as_ref()) {
                Ok(found) => found,
                Err(why) if why.starts_with("decode: ") && text("stderr").contains(&why[8..]) => continue,
                Err(why) => {
                    wrong.push(format!("{name}: {why}"));
                    continue;
                }
            };
            let mut said: String = found.warnings.iter().map(|warning| format!("Warning: {warning}\n")).collect();
            if !found.errors.is_empty() {
                said.push_str(&kubectl_text(&document, &found.errors));
            }
            if said != text("stderr") {
                wrong.push(format!("{name}:\n  expected {}\n  found    {said}", text("stderr")));
            } else if let Some(recorded) = recorded {
                let (found, recorded) = (comparable(found.object), comparable(recorded));
                if found != recorded {
                    wrong.push(format!("{name}:\n  expected {recorded}\n  found    {found}"));
                }
            }
        }
    }
    println!("{asked} questions, {skipped} answered elsewhere, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The verdicts about manifests that stand beside the repository, where they do: those that decode and name no other object.
#[test]
fn recorded_verdicts() {
    let root = std::env::var("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap().join("../shared/conformance");
    let (mut asked, mut wrong) = (0, Vec::new());
    for folder in ["course-manifests", "docs-examples", "kubectl-testdata", "upstream-examples"] {
        let Ok(verdicts) = std::fs::read_to_string(root.join(folder).join("verdicts.json")) else {
            println!("skipped: no recorded verdicts of {folder}");
            continue;
        };
        let verdicts: Vec<Value> = serde_json::from_str(&verdicts).unwrap();
        for verdict in &verdicts {
            let (file, stderr) = (verdict["file"].as_str().unwrap(), verdict["stderr"].as_str().unwrap());
            let of_validation = stderr.lines().all(|line| {
                line.starts_with("Warning: ")
                    || line.starts_with("* ")
                    || line.contains(" is invalid: ")
                    || line.contains(" is invalid")
            });
            let path = [root.join(folder).join(file), root.join(folder).join("manifests").join(file)]
                .into_iter()
                .find(|path| path.exists());
            let Some(text) = path.and_then(|path| std::fs::read_to_string(path).ok()).filter(|_| of_validation) else {
                continue;
            };
            let Some(said) = verdict_of(&text, stderr) else { continue };
            asked += 1;
            if said != stderr {
                wrong.push(format!("{folder}/{file}:\n  expected {stderr}\n  found    {said}"));
            }
        }
    }
    println!("{asked} verdicts, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What kubectl would say to a file; `None` when that is not for validation.
fn verdict_of(text: &str, stderr: &str) -> Option<String> {
    let (mut warnings, mut errors) = (String::new(), Vec::new());
    for document in yaml::load(text) {
        let value = document.ok()?.value;
        let items = if value["kind"] == "List" { value["items"].as_array()?.clone() } else { vec![value] };
        for value in items {
            let found = answer(&value, None).ok()?;
            for warning in &found.warnings {
                let line = format!("Warning: {warning}\n");
                // kubectl says each warning once.
                if !warnings.contains(&line) {
                    warnings.push_str(&line);
                }
            }
            let allocated = |error: &FieldError| {
                let path = error.path.to_string();
                path.starts_with("spec.ipFamilies") || path == "spec.healthCheckNodePort"
            };
            let found_errors: Vec<FieldError> = found.errors.into_iter().filter(|error| !allocated(error)).collect();
            if !found_errors.is_empty() {
                errors.push((value, found_errors));
            }
        }
    }
    if stderr.contains("not configured on this cluster") {
        return None;
    }
    let several = errors.len() > 1;
    let mut said = warnings;
    for (value, found) in errors {
        if several && !stderr.starts_with("The ") {
            let group =
                value["apiVersion"].as_str()?.split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
            said.push_str(&format!(
                "Error from server (Invalid): error when creating \"STDIN\": {}{group} \"{}\" is invalid: {}\n",
                value["kind"].as_str()?,
                value["metadata"]["name"].as_str()?,
                tabernetes::api::field_error::aggregate(&found)
            ));
        } else {
            said.push_str(&kubectl_text(&value, &found));
        }
    }
    Some(said)
}
