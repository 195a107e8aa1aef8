//! What is fuzzed: any bytes in, no panic. `cargo fuzz run <target>` and `tests/fuzz.rs` run the same functions.

use tabernetes::api::custom::Kinds;
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::api::patch::{json, merge, strategic};
use tabernetes::api::schema;
use tabernetes::apiserver::{Body, Options, PatchType, Request, Verb};
use tabernetes::base::Value;
use tabernetes::base::regex::Regex;
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

/// A definition whose schema has something of everything.
pub const DEFINITION: &str = r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.replicas}]
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            properties:
              replicas: {type: integer, minimum: 0, maximum: 9, default: 1}
              name: {type: string, pattern: '^[a-z]+(-[a-z0-9]+)*$', maxLength: 12, nullable: true}
              colour: {type: string, enum: [red, green]}
              port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
              labels: {type: object, additionalProperties: {type: string}}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              set: {type: array, x-kubernetes-list-type: set, items: {type: string, format: ipv4}}
              map:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [key]
                items: {type: object, required: [key], properties: {key: {type: string}, on: {type: boolean, default: true}}}
            oneOf: [{required: [name]}, {required: [colour]}]
          status: {type: object, properties: {replicas: {type: integer}}}
"#;

/// Objects of a kind that users define, through the whole door.
pub fn custom(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut engine = Engine::new(ClusterConfig::default());
    let definition = tabernetes::yaml::load(DEFINITION).remove(0).unwrap().value;
    let key = Key::new(Kind::CUSTOM_RESOURCE_DEFINITION, "", "widgets.example.com");
    let body = Body::Json { value: definition, duplicates: Vec::new() };
    engine.request(Request::new(Verb::Create, &key).body(body)).unwrap();
    engine.advance(std::time::Duration::from_secs(1));
    let kind = engine.world().api.kinds().of("example.com/v1", "Widget").unwrap();
    for document in tabernetes::yaml::load(&text).into_iter().flatten().take(4) {
        let name = document.value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let key = Key::new(kind, "default", name);
        let json = || Body::Json { value: document.value.clone(), duplicates: Vec::new() };
        let options = Options { field_manager: "fuzz".into(), ..Options::default() };
        for (verb, body) in [
            (Verb::Create, json()),
            (Verb::Update, json()),
            (Verb::Patch, Body::Patch(PatchType::Apply, document.value.clone())),
            (Verb::Patch, Body::Patch(PatchType::Merge, document.value.clone())),
        ] {
            let _ = engine.request(Request::new(verb, &key).body(body).options(options.clone()));
        }
    }
}

/// Regular expressions, and a text to look through.
pub fn regexes(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (pattern, text) = text.split_once('\n').unwrap_or((&text, "aaaa bbbb 1234"));
    let _ = Regex::new(pattern).map(|regex| regex.matches(text));
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
