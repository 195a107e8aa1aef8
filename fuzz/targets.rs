//! What is fuzzed: any bytes in, no panic. `cargo fuzz run <target>` and `tests/fuzz.rs` run the same functions.

use tabernetes::api::custom::Kinds;
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::api::patch::{json, merge, strategic};
use tabernetes::api::schema;
use tabernetes::apiserver::{Body, Options, PatchType, Request, Verb};
use tabernetes::base::Value;
use tabernetes::kubectl::field_selector::FieldSelector;
use tabernetes::kubectl::jsonpath::Template;
use tabernetes::kubectl::label_selector::Selector;
use tabernetes::sim::{ClusterConfig, Engine};

/// The YAML loader; what it reads is printed and read again to the same.
pub fn yaml(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for document in tabernetes::yaml::load(&text).into_iter().flatten() {
        let printed = tabernetes::yaml::to_yaml(&document.value);
        let again = tabernetes::yaml::load(&printed).into_iter().next();
        if !document.value.is_null() {
            let again = again.and_then(Result::ok).map(|document| document.value);
            assert_eq!(again.as_ref(), Some(&document.value), "{printed}");
        }
    }
}

/// From text to the commit: create, update, apply and delete whatever the text says.
pub fn door(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut engine = Engine::new(ClusterConfig::default());
    for document in tabernetes::yaml::load(&text).into_iter().flatten().take(4) {
        let word = |pointer: &str| document.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = Kind::of(word("/apiVersion"), word("/kind")) else { continue };
        let namespace = if kind.info().namespaced { "default" } else { "" };
        let key = Key::new(kind, namespace, word("/metadata/name"));
        let json = || Body::Json { value: document.value.clone(), duplicates: Vec::new() };
        let options = Options { field_manager: "fuzz".into(), ..Options::default() };
        for (verb, body) in [
            (Verb::Create, json()),
            (Verb::Update, json()),
            (Verb::Patch, Body::Patch(PatchType::Apply, document.value.clone())),
            (Verb::Patch, Body::Patch(PatchType::Strategic, document.value.clone())),
            (Verb::Delete, Body::None),
        ] {
            let _ = engine.request(Request::new(verb, &key).body(body).options(options.clone()));
        }
    }
}

/// All kinds of patches, of one document to the next.
pub fn patches(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let documents: Vec<Value> = tabernetes::yaml::load(&text).into_iter().flatten().map(|found| found.value).collect();
    let [original, patch, ..] = documents.as_slice() else { return };
    let _ = json::apply(original, patch);
    let _ = merge::apply(original.clone(), patch);
    for kind in [Kind::POD, Kind::SERVICE, Kind::DEPLOYMENT] {
        let Some(ty) = schema::of(kind) else { continue };
        let _ = strategic::apply(ty, original, patch);
        let _ = strategic::three_way(ty, original, patch, original);
    }
}

/// JSONPath templates.
pub fn jsonpath(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(template) = Template::parse(&text) {
        let value = serde_json::json!({"items": [{"a": 1, "b": ["x", {"c": null}]}, {"a": "2"}], "kind": "List"});
        let _ = template.print(&value);
    }
}

/// Label and field selectors.
pub fn selectors(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = Selector::parse(&text).map(|selector| selector.matches(&Default::default()));
    let _ = FieldSelector::parse(&text).map(|selector| selector.check(Kind::POD, &Kinds::default()));
}
