//! What is fuzzed: any bytes in, no panic. `cargo fuzz run <target>` and `tests/fuzz` run the same functions.
//!
//! Each answers with what became of the input, so that inputs of which something new became can be told from others.

use std::cell::OnceCell;
use std::time::Duration;
use tabernetes::api::cel::{Fault, Program, Type, Val, of_json};
use tabernetes::api::custom::Kinds;
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::api::patch::{json, merge, strategic};
use tabernetes::api::schema;
use tabernetes::apiserver::{Body, Options, PatchType, Request, Result, Verb};
use tabernetes::base::Value;
use tabernetes::base::regex::Regex;
use tabernetes::kubectl::field_selector::FieldSelector;
use tabernetes::kubectl::jsonpath::Template;
use tabernetes::kubectl::label_selector::Selector;
use tabernetes::kubectl::template;
use tabernetes::sim::{ClusterConfig, Engine};
use tabernetes::view::assist::complete::{complete, without_word};
use tabernetes::view::assist::ground::Ground;
use tabernetes::view::assist::{changes, fixes, hover};
use tabernetes::view::session::diagnostics;

/// The most documents of an input that are looked at.
const MOST_DOCUMENTS: usize = 6;

fn documents(text: &str) -> Vec<Value> {
    tabernetes::yaml::load(text).into_iter().flatten().map(|found| found.value).collect()
}

/// The words of an answer without those that came from the input.
fn shape(text: &str) -> String {
    let outside = text.split(['"', '\'']).step_by(2).collect::<Vec<_>>().join("");
    outside.chars().filter(|c| c.is_alphabetic() || c.is_whitespace()).take(200).collect()
}

fn has_merge_key(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_merge_key),
        Value::Object(fields) => fields.iter().any(|(key, value)| key == "<<" || has_merge_key(value)),
        _ => false,
    }
}

/// The YAML loader; what it reads is printed and read again to the same.
pub fn yaml(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut answer = String::new();
    for document in tabernetes::yaml::load(&text) {
        let document = match document {
            Ok(document) => document,
            Err(error) => {
                answer += &shape(&error.to_string());
                continue;
            }
        };
        let printed = tabernetes::yaml::to_yaml(&document.value);
        let again = tabernetes::yaml::load(&printed).into_iter().next();
        // go-yaml prints the key `<<` plain and reads it as a merge; a text that ends with U+2028 gets kubectl's line end.
        let reads_back = printed.ends_with('\n') && !has_merge_key(&document.value);
        if !document.value.is_null() && reads_back {
            let again = again.and_then(std::result::Result::ok).map(|document| document.value);
            assert_eq!(again.as_ref(), Some(&document.value), "{printed}");
        }
    }
    answer
}

/// A cluster that has begun, copied for each input.
fn cluster() -> Engine {
    thread_local! { static CLUSTER: OnceCell<Engine> = const { OnceCell::new() } }
    CLUSTER.with(|cell| cell.get_or_init(|| Engine::new(ClusterConfig::default())).clone())
}

/// Sends the documents of a text: objects are created, then updated and patched by what follows about the same object; lists are JSON
/// patches of the object before.
fn send(engine: &mut Engine, documents: &[Value], kinds: &dyn Fn(&str, &str) -> Option<Kind>) -> (String, Vec<Key>) {
    let mut answer = String::new();
    let mut keys: Vec<Key> = Vec::new();
    for document in documents.iter().take(MOST_DOCUMENTS) {
        let word = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let options = Options { field_manager: "fuzz".into(), ..Options::default() };
        let mut ask = |verb, key: &Key, body| {
            let result: Result<_> = engine.request(Request::new(verb, key).body(body).options(options.clone()));
            if let Err(status) = result {
                answer += &shape(&status.message);
            }
        };
        let patch = |way| Body::Patch(way, document.clone());
        match (kinds(word("/apiVersion"), word("/kind")), keys.last()) {
            (Some(kind), _) => {
                let namespace = if kind.info().namespaced { "default" } else { "" };
                let key = Key::new(kind, namespace, word("/metadata/name"));
                let json = || Body::Json { value: document.clone(), duplicates: Vec::new() };
                ask(Verb::Create, &key, json());
                ask(Verb::Update, &key, json());
                ask(Verb::Patch, &key, patch(PatchType::Apply));
                ask(Verb::Patch, &key, patch(PatchType::Strategic));
                ask(Verb::Patch, &key, patch(PatchType::Merge));
                keys.push(key);
            }
            (None, Some(key)) if document.is_array() => ask(Verb::Patch, key, patch(PatchType::Json)),
            (None, Some(key)) => {
                ask(Verb::Patch, key, patch(PatchType::Strategic));
                ask(Verb::Patch, key, patch(PatchType::Merge));
            }
            (None, None) => {}
        }
    }
    (answer, keys)
}

/// From text to the commit: create, update, patch, apply and delete whatever the text says.
pub fn door(bytes: &[u8]) -> String {
    let mut engine = cluster();
    let (answer, keys) = send(&mut engine, &documents(&String::from_utf8_lossy(bytes)), &Kind::of);
    for key in keys {
        let _ = engine.request(Request::new(Verb::Delete, &key).body(Body::None));
    }
    answer
}

/// The same, and then the cluster lives with it for a minute.
pub fn living(bytes: &[u8]) -> String {
    /// Numbers of things that would rightly take long.
    fn many(value: &Value) -> bool {
        const COUNTS: [&str; 6] = ["replicas", "parallelism", "completions", "minReplicas", "maxReplicas", "maxSurge"];
        match value {
            Value::Object(fields) => fields.iter().any(|(name, value)| {
                (COUNTS.contains(&name.as_str()) && value.as_f64().is_some_and(|count| count > 20.0)) || many(value)
            }),
            Value::Array(items) => items.iter().any(many),
            _ => false,
        }
    }
    let documents = documents(&String::from_utf8_lossy(bytes));
    if documents.iter().any(many) {
        return String::new();
    }
    let mut engine = cluster();
    let (answer, keys) = send(&mut engine, &documents, &Kind::of);
    engine.advance(Duration::from_secs(60));
    for key in keys {
        let _ = engine.request(Request::new(Verb::Delete, &key).body(Body::None));
    }
    engine.advance(Duration::from_secs(60));
    answer
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
              pair:
                type: object
                x-kubernetes-validations:
                - {rule: '!has(self.low) || !has(self.high) || self.low <= self.high', messageExpression: '"at least " + string(self.low)'}
                - {rule: 'self.low >= oldSelf.low', reason: FieldValueForbidden, fieldPath: .low}
                properties:
                  low: {type: integer}
                  high: {type: number}
                  when: {type: string, format: date-time}
                  size: {type: string, x-kubernetes-validations: [{rule: isQuantity(self)}]}
            oneOf: [{required: [name]}, {required: [colour]}]
          status: {type: object, properties: {replicas: {type: integer}}}
"#;

/// Objects of a kind that users define, through the whole door.
pub fn custom(bytes: &[u8]) -> String {
    thread_local! { static CLUSTER: OnceCell<Engine> = const { OnceCell::new() } }
    let defined = || {
        let mut engine = cluster();
        let definition = documents(DEFINITION).remove(0);
        let key = Key::new(Kind::CUSTOM_RESOURCE_DEFINITION, "", "widgets.example.com");
        let body = Body::Json { value: definition, duplicates: Vec::new() };
        engine.request(Request::new(Verb::Create, &key).body(body)).unwrap();
        engine.advance(Duration::from_secs(1));
        engine
    };
    let mut engine = CLUSTER.with(|cell| cell.get_or_init(defined).clone());
    let kind = engine.world().api.kinds().of("example.com/v1", "Widget");
    let text = String::from_utf8_lossy(bytes);
    send(&mut engine, &documents(&text), &|version, _| kind.filter(|_| !version.is_empty())).0
}

/// What the editor says of a text: what is wrong, how it is mended, how lines go on, what stands there, what an apply will change.
pub fn editor(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let engine = cluster();
    let mut answer = String::new();
    for found in diagnostics::of(engine.world(), &text) {
        answer += &shape(&format!("{:?}", found.diagnostic.message));
        for fix in found.fixes {
            fixes::apply(&text, &fix.edits);
        }
    }
    // A few places, chosen by the text itself.
    for part in 0..4 {
        let mut cursor = (text.len() * (part * 7 + 5) / 27).min(text.len());
        while !text.is_char_boundary(cursor) {
            cursor -= 1;
        }
        let ground = Ground::new(engine.world(), [text.as_ref()]);
        let _ = hover::hover(&ground, &text, cursor, None);
        let without = without_word(&text, cursor);
        let _ = complete(&Ground::new(engine.world(), [without.as_str()]), &text, cursor);
    }
    let files = [("a.yaml".to_owned(), text.into_owned())].into();
    let _ = changes::changes(engine.world(), &["a.yaml".to_owned()], files);
    answer
}

/// Regular expressions, and a text to look through.
pub fn regexes(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let (pattern, text) = text.split_once('\n').unwrap_or((&text, "aaaa bbbb 1234"));
    match Regex::new(pattern) {
        Ok(regex) => regex.matches(text).to_string(),
        Err(error) => shape(&error),
    }
}

/// All kinds of patches, of one document to the next.
pub fn patches(bytes: &[u8]) -> String {
    let documents = documents(&String::from_utf8_lossy(bytes));
    let [original, patch, ..] = documents.as_slice() else { return String::new() };
    let mut answer = String::new();
    if let Err(error) = json::apply(original, patch) {
        answer += &shape(&format!("{error:?}"));
    }
    let _ = merge::apply(original.clone(), patch);
    for kind in [Kind::POD, Kind::SERVICE, Kind::DEPLOYMENT] {
        let Some(ty) = schema::of(kind) else { continue };
        if let Err(error) = strategic::apply(ty, original, patch) {
            answer += &shape(&format!("{error:?}"));
        }
        let _ = strategic::three_way(ty, original, patch, original);
    }
    answer
}

/// What templates and expressions are tried on.
fn sample() -> Value {
    serde_json::json!({
        "kind": "List", "n": 3, "f": 1.5, "t": true, "none": null, "word": "a-b", "when": "2024-01-01T00:00:00Z", "size": "1Gi",
        "items": [{"a": 1, "b": ["x", {"c": null}], "name": "one"}, {"a": "2", "name": "two"}],
        "labels": {"app": "web", "a.b/c": "d"}, "ip": "10.0.0.1", "words": ["b", "a"],
    })
}

/// JSONPath templates.
pub fn jsonpath(bytes: &[u8]) -> String {
    match Template::parse(&String::from_utf8_lossy(bytes)) {
        Ok(template) => template.print(&sample()).map_or_else(|error| shape(&error), |_| String::new()),
        Err(error) => shape(&error),
    }
}

/// Go's templates.
pub fn templates(bytes: &[u8]) -> String {
    match template::Template::parse(&String::from_utf8_lossy(bytes)) {
        Ok(template) => template.print(&sample()).1.map_or_else(String::new, |error| shape(&error)),
        Err(error) => shape(&error),
    }
}

/// Expressions of rules.
pub fn cel(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let program = match Program::new(&text) {
        Ok(program) => program,
        Err(error) => return shape(&error.shown(&text)),
    };
    let checked = program.check(&[("self", Type::Dyn), ("oldSelf", Type::Dyn)]);
    let own = of_json(&sample(), None, false);
    let words = match checked {
        Ok(ty) => ty.to_string(),
        Err(errors) => errors.iter().map(|error| shape(&error.shown(&text))).collect(),
    };
    words
        + &match program.run(&[("self", own.clone()), ("oldSelf", own)], &mut 10_000_000) {
            Ok(value @ (Val::Bool(_) | Val::Null)) => format!("{value:?}"),
            Ok(value) => value.kind().to_owned(),
            Err(Fault::Error(error)) => shape(&error),
            Err(fault) => format!("{fault:?}"),
        }
}

/// Label and field selectors.
pub fn selectors(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let labels = Selector::parse(&text).map(|selector| selector.matches(&Default::default()).to_string());
    let fields = FieldSelector::parse(&text).and_then(|selector| selector.check(Kind::POD, &Kinds::default()));
    labels.unwrap_or_else(|error| shape(&error)) + &fields.err().map(|error| shape(&error)).unwrap_or_default()
}
