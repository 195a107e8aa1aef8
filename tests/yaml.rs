//! YAML as kubectl reads and prints it: recorded answers, limits, places, and the way there and back.

#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};
use tabernetes::base::path::FieldPath;
use tabernetes::yaml::{Document, Span, load, to_yaml};

/// What kubectl prints when it stops at a document that it cannot read.
fn parse_error(text: &str, source: &str) -> Option<String> {
    let error = load(text).into_iter().find_map(Result::err)?;
    Some(format!("error: {}\n", error.parsing(source)))
}

/// Holds a text against kubectl's recorded `stderr`, which names parse errors among others.
fn check(name: &str, text: &str, source: &str, stderr: &str) {
    let recorded = stderr.contains("error parsing").then(|| stderr.to_owned());
    assert_eq!(parse_error(text, source), recorded, "{name}");
}

#[test]
fn recorded_questions() {
    let questions: Vec<Value> = serde_json::from_str(include_str!("yaml/api.json")).unwrap();
    assert!(questions.len() >= 12);
    for question in &questions {
        let text = |field: &str| question[field].as_str().unwrap();
        check(text("name"), text("yaml"), "STDIN", text("stderr"));
    }
}

#[test]
fn badly_indented_manifests() {
    for (file, text, message) in [
        ("pod", include_str!("yaml/pod-badly-indented.yaml"), "line 8: mapping values are not allowed in this context"),
        (
            "pod-with-sidecar",
            include_str!("yaml/pod-with-sidecar-badly-indented.yaml"),
            "line 10: mapping values are not allowed in this context",
        ),
        ("replicaset", include_str!("yaml/replicaset-badly-indented.yaml"), "line 16: did not find expected key"),
        ("deployment", include_str!("yaml/deployment-badly-indented.yaml"), "line 16: did not find expected key"),
    ] {
        let expected = format!("error: error parsing {file}.yaml: error converting YAML to JSON: yaml: {message}\n");
        assert_eq!(parse_error(text, &format!("{file}.yaml")), Some(expected));
    }
}

/// All recorded verdicts that stand beside the repository, where they do.
#[test]
fn recorded_verdicts() {
    let root = std::env::var("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap().join("../shared/conformance");
    let mut checked = 0;
    for folder in ["course-manifests", "docs-examples", "kubectl-testdata", "upstream-examples"] {
        let Ok(verdicts) = std::fs::read_to_string(root.join(folder).join("verdicts.json")) else {
            println!("skipped: no recorded verdicts of {folder}");
            continue;
        };
        let verdicts: Vec<Value> = serde_json::from_str(&verdicts).unwrap();
        for verdict in &verdicts {
            let file = verdict["file"].as_str().unwrap();
            let beside = [root.join(folder).join(file), root.join(folder).join("manifests").join(file)];
            let text = beside.iter().find_map(|path| std::fs::read_to_string(path).ok());
            let text = text.unwrap_or_else(|| panic!("{folder}/{file} is missing"));
            let stderr = verdict["stderr"].as_str().unwrap();
            let source = if stderr.contains("parsing STDIN") { "STDIN" } else { file };
            check(file, &text, source, stderr);
            checked += 1;
        }
    }
    println!("{checked} recorded verdicts");
    for entry in std::fs::read_dir(root.join("api")).into_iter().flatten().flatten() {
        check_api_file(&entry.path());
    }
}

fn check_api_file(path: &Path) {
    let questions: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for question in &questions {
        let (Some(text), Some(stderr)) = (question["yaml"].as_str(), question["stderr"].as_str()) else { continue };
        check(question["name"].as_str().unwrap_or_default(), text, "STDIN", stderr);
    }
}

fn one(text: &str) -> Document {
    let mut documents = load(text);
    assert_eq!(documents.len(), 1, "{text:?}");
    documents.remove(0).unwrap()
}

fn written(text: &str, span: Span) -> &str {
    &text[span.start.offset..span.end.offset]
}

#[test]
fn values() {
    for (text, value) in [
        ("a: &x {b: 1}\nc: *x\n", json!({"a": {"b": 1}, "c": {"b": 1}})),
        ("b: &x {k: 1, m: 2}\na:\n  m: 0\n  <<: *x\n  k: 3\n", json!({"b": {"k": 1, "m": 2}, "a": {"k": 3, "m": 2}})),
        ("<<: [{a: 1}, {a: 2, b: 3}]\n", json!({"a": 1, "b": 3})),
        ("1: a\n2.5: b\ntrue: c\nno: d\n", json!({"1": "a", "2.5": "b", "true": "c", "false": "d"})),
        ("a: |\n  x\n  y\nb: >-\n  x\n  y\n", json!({"a": "x\ny\n", "b": "x y"})),
        (
            "a: 1.0\nb: 1e3\nc: 0777\nd: 1.5\ne: 2001-01-01",
            json!({"a": 1, "b": 1000, "c": 511, "d": 1.5, "e": "2001-01-01"}),
        ),
        ("a:\nb: ''\nc: ~\n", json!({"a": null, "b": "", "c": null})),
        ("\u{feff}a: 1\r\nb: 2\r\n", json!({"a": 1, "b": 2})),
        ("{\"a\": \"\\u003c\\ud83d\\ude00\\/\"}", json!({"a": "<😀/"})),
        ("just text\n", json!("just text")),
    ] {
        assert_eq!(one(text).value, value, "{text:?}");
    }
}

#[test]
fn faults() {
    for (text, message) in [
        ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
        ("a: &x [*x]\n", "yaml: anchor 'x' value contains itself"),
        (
            "replicas: {{ .Values.n }}\n",
            "yaml: invalid map key: map[interface {}]interface {}{\".Values.n\":interface {}(nil)}",
        ),
        ("a: !!int abc\n", "yaml: cannot decode !!str `abc` as a !!int"),
        ("a: .nan\n", "json: unsupported value: NaN"),
        ("~: 1\n", "unsupported map key of type: %!s(<nil>), key: <nil>, value: 1"),
        ("<<: 1\n", "yaml: map merge requires map or sequence of maps as the value"),
        ("a: \0\n", "yaml: control characters are not allowed"),
        ("a: b\n--- c\n", "invalid Yaml document separator: c"),
        ("{{ .Values.all }}\n", "json: offset 2: invalid character '{' looking for beginning of object key string"),
        ("{\"a\": ", "unexpected EOF"),
        ("a: 'b", "yaml: line 2: found unexpected end of stream"),
        ("a: b: c\n", "yaml: mapping values are not allowed in this context"),
    ] {
        assert_eq!(load(text).remove(0).map_err(|error| error.message), Err(message.to_owned()), "{text:?}");
    }
}

/// Documents around a bad one are read, and places count in the whole text where kubectl counts in the document.
#[test]
fn a_bad_document_among_good_ones() {
    let text = "---\na: 1\n---\n# nothing\n---\nb:\n  c: 1\n d: 2\n---\né: {f: 3}\n";
    let documents = load(text);
    assert_eq!(documents.len(), 3);
    assert_eq!(documents[0].as_ref().unwrap().value, json!({"a": 1}));
    let error = documents[1].as_ref().unwrap_err();
    assert_eq!(error.message, "yaml: line 2: did not find expected key");
    assert_eq!((error.at.line, error.at.column), (8, 2));
    let last = documents[2].as_ref().unwrap();
    let field = last.spans.value(&FieldPath::of("é.f"));
    assert_eq!((field.start.line, field.start.column, written(text, field)), (10, 8, "3"));
}

#[test]
fn places() {
    let text = "kind: Pod\nspec:\n  containers:\n  - name: web\n    ports: [{containerPort: 80}]\n    image: \"x\"\n  # end\nlabels: &l\n  a/b: c\nmore: *l\n";
    let spans = one(text).spans;
    let value = |path: &str| written(text, spans.value(&FieldPath::of(path))).to_owned();
    let key = |path: &str| written(text, spans.key(&FieldPath::of(path))).to_owned();
    assert_eq!(value("kind"), "Pod");
    assert_eq!(key("spec.containers[0].ports[0].containerPort"), "containerPort");
    assert_eq!(value("spec.containers[0].ports[0].containerPort"), "80");
    assert_eq!(value("spec.containers[0].image"), "\"x\"");
    assert_eq!(value("spec.containers"), "- name: web\n    ports: [{containerPort: 80}]\n    image: \"x\"");
    assert_eq!(
        key("spec.containers[0].resources.limits"),
        "name: web\n    ports: [{containerPort: 80}]\n    image: \"x\""
    );
    assert_eq!(key("spec.nodeName"), "spec");
    assert_eq!(written(text, spans.value(&FieldPath::of("labels").key("a/b"))), "c");
    assert_eq!(written(text, spans.value(&FieldPath::of("more").key("a/b"))), "c");
    assert_eq!(value("more"), "*l");
    assert_eq!(spans.exact(&FieldPath::of("spec.nodeName")), None);
}

#[test]
fn duplicates() {
    for text in ["a:\n- b: 1\n  b: 2\n", "{\"a\": [{\"b\": 1, \"b\": 2}]}"] {
        let document = one(text);
        assert_eq!(document.value, json!({"a": [{"b": 2}]}));
        let [duplicate] = document.duplicates.as_slice() else { panic!("{text}") };
        assert_eq!(duplicate.path.to_string(), "a[0].b");
        assert!(duplicate.first.start < duplicate.second.start);
        assert_eq!(written(text, document.spans.value(&duplicate.path)), "2");
    }
}

/// Long, deep and wild texts end soon, in an answer.
#[test]
fn limits() {
    let bomb: String =
        (0..9).map(|i| format!("a{}: &a{} [{}]\n", i + 1, i + 1, vec![format!("*a{i}"); 9].join(","))).collect();
    let merges = format!("{}{}", "<<: {".repeat(3000), "}".repeat(3000)).replacen("<<: ", "", 1);
    for (name, text, message) in [
        ("brackets", "[".repeat(1 << 20), "yaml: exceeded max depth of 10000"),
        ("braces", format!("a: {}", "{a: ".repeat(1 << 18)), "yaml: exceeded max depth of 10000"),
        ("dashes", "- ".repeat(1 << 20), "yaml: exceeded max depth of 10000"),
        ("bomb", format!("a0: &a0 x\n{bomb}"), "yaml: document contains excessive aliasing"),
        ("deep", format!("{}{}", "[".repeat(1000), "]".repeat(1000)), "yaml: exceeded max depth of 128"),
        ("merges", format!("a: {merges}"), "yaml: exceeded max depth of 128"),
        ("json", "{\"a\":".repeat(1 << 18), "json: offset 641: exceeded max depth"),
        ("quote", format!("a: \"{}", "b ".repeat(1 << 20)), "yaml: line 2: found unexpected end of stream"),
    ] {
        let first = load(&text).remove(0).map_err(|error| error.message);
        assert_eq!(first.map(|_| ()), Err(message.to_owned()), "{name}");
    }
    for text in
        ["a: b\n".repeat(1 << 17), "- {a: [b, c]}\n".repeat(1 << 16), format!("a: |\n{}", "  text\n".repeat(1 << 17))]
    {
        assert!(load(&text).remove(0).is_ok());
    }
}

#[test]
fn printing() {
    let value = json!({
        "a10": "x", "a2": "yes", "empty": {}, "none": [], "nil": null, "float": 1.5, "whole": 2.0, "big": 1e21,
        "list": [{"b": 1, "a": [[1, 2], {"c": "d"}]}, "x: y", ""],
        "multi": "a\nb\n", "keep": "a\n\n", "strip": " a\nb", "time": "2024-01-01T00:00:00Z", "sixty": "12:30", "emoji": "😀", "tab": "a\tb",
        "long": "the quick brown fox jumps over the lazy dog and runs on until the line is much too long",
        "quoted": "don't: the quick brown fox jumps over the lazy dog and runs on until the line is too long",
    });
    expect_test::expect![[r#"
        a2: "yes"
        a10: x
        big: 1e+21
        emoji: "\U0001F600"
        empty: {}
        float: 1.5
        keep: |+
          a

        list:
        - a:
          - - 1
            - 2
          - c: d
          b: 1
        - 'x: y'
        - ""
        long: the quick brown fox jumps over the lazy dog and runs on until the line is much
          too long
        multi: |
          a
          b
        nil: null
        none: []
        quoted: 'don''t: the quick brown fox jumps over the lazy dog and runs on until the
          line is too long'
        sixty: "12:30"
        strip: |2-
           a
          b
        tab: "a\tb"
        time: "2024-01-01T00:00:00Z"
        whole: 2
    "#]]
    .assert_eq(&to_yaml(&value));
}

/// Texts of the characters that matter to YAML.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        "[-a-c0-9:#'\"|>?&*!%@`,\\[\\]{}. \n]{0,20}",
        "(yes|no|null|~|0x1f|1e3|[0-9]{4}-[0-9]{2}-[0-9]{2}|[ab]{1,9} ){1,20}",
        "[\t\r\n\u{85}\u{a0}\u{2028}\u{feff}é😀\u{7f}\0 a]{0,8}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6f64).prop_map(|float| Value::from(float.floor() + 0.25)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Whether a mapping has the key `<<`, which go-yaml prints plain and then reads as a merge.
fn has_merge_key(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_merge_key),
        Value::Object(fields) => fields.iter().any(|(key, value)| key == "<<" || has_merge_key(value)),
        _ => false,
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_the_same(value in value()) {
        prop_assume!(!has_merge_key(&value));
        let printed = to_yaml(&value);
        // A text that ends with U+2028 is its own line break for go-yaml's printer; kubectl's reader then adds one to the last line.
        prop_assume!(printed.ends_with('\n'));
        let read: Vec<Value> = load(&printed).into_iter().map(|document| document.unwrap().value).collect();
        let expected: Vec<Value> = Some(value).into_iter().filter(|value| !value.is_null()).collect();
        prop_assert_eq!(read, expected, "{}", printed);
    }

    #[test]
    fn no_text_is_too_wild(parts in prop::collection::vec(text(), 0..8)) {
        load(&parts.concat());
    }
}
