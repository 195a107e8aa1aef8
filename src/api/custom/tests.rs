//! What a schema says of objects, as tables.

use super::{Custom, check, default, prune, structural};
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::base::Value;
use crate::base::path::FieldPath;
use serde_json::json;

fn of_spec(spec: Value) -> Value {
    json!({"type": "object", "properties": {"spec": spec}})
}

fn said(schema: &Value, spec: Value) -> Vec<String> {
    let object = json!({"apiVersion": "e.x/v1", "kind": "K", "metadata": {"name": "n"}, "spec": spec});
    check(schema, &object, &FieldPath::root()).iter().map(ToString::to_string).collect()
}

#[test]
fn values_are_refused_in_the_servers_words() {
    let field = |schema: Value| of_spec(json!({"type": "object", "properties": {"f": schema}}));
    for (schema, value, expected) in [
        (
            json!({"type": "integer"}),
            json!("x"),
            r#"spec.f: Invalid value: "string": spec.f in body must be of type integer: "string""#,
        ),
        (
            json!({"type": "string"}),
            json!(7),
            r#"spec.f: Invalid value: "integer": spec.f in body must be of type string: "integer""#,
        ),
        (
            json!({"type": "integer", "maximum": 10}),
            json!(20),
            "spec.f: Invalid value: 20: spec.f in body should be less than or equal to 10",
        ),
        (
            json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true}),
            json!(1),
            "spec.f: Invalid value: 1: spec.f in body should be greater than 1",
        ),
        (
            json!({"type": "string", "pattern": "^a+$"}),
            json!("b"),
            r#"spec.f: Invalid value: "b": spec.f in body should match '^a+$'"#,
        ),
        (
            json!({"type": "string", "minLength": 2}),
            json!("b"),
            r#"spec.f: Invalid value: "b": spec.f in body should be at least 2 chars long"#,
        ),
        (json!({"type": "string", "maxLength": 2}), json!("bcd"), "spec.f: Too long: may not be more than 2 bytes"),
        (
            json!({"type": "string", "enum": ["a", "b"]}),
            json!("c"),
            r#"spec.f: Unsupported value: "c": supported values: "a", "b""#,
        ),
        (
            json!({"type": "array", "items": {"type": "string"}, "maxItems": 1}),
            json!(["a", "b"]),
            "spec.f: Too many: 2: must have at most 1 item",
        ),
        (
            json!({"type": "array", "items": {"type": "string"}}),
            json!(["a", 1]),
            r#"spec.f[1]: Invalid value: "integer": spec.f[1] in body must be of type string: "integer""#,
        ),
        (
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}),
            json!({}),
            "spec.f.a: Required value",
        ),
        (
            json!({"x-kubernetes-int-or-string": true}),
            json!(true),
            r#"spec.f: Invalid value: "boolean": spec.f in body must be of type integer,string: "boolean""#,
        ),
        (
            json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}),
            json!(["a", "a"]),
            r#"spec.f[1]: Duplicate value: "a""#,
        ),
        (
            json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {"type": "object", "properties": {"k": {"type": "string"}}}}),
            json!([{"k": "a"}, {"k": "a"}]),
            r#"spec.f[1]: Duplicate value: {"k":"a"}"#,
        ),
        (
            json!({"type": "string", "format": "ipv4"}),
            json!("1.2.3"),
            r#"spec.f: Invalid value: "1.2.3": spec.f in body must be of type ipv4: "1.2.3""#,
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            json!({"k": "v"}),
            r#"spec.f.k: Invalid value: "string": spec.f.k in body must be of type integer: "string""#,
        ),
    ] {
        assert_eq!(said(&field(schema.clone()), json!({"f": value})), [expected], "{schema}");
    }
    for (schema, value) in [
        (json!({"type": "integer"}), json!(2.0)),
        (json!({"type": "number"}), json!(2)),
        (json!({"type": "string", "nullable": true}), json!(null)),
        (json!({"x-kubernetes-int-or-string": true}), json!("50%")),
        (json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}), json!({"any": [1]})),
    ] {
        assert!(said(&field(schema.clone()), json!({"f": value})).is_empty(), "{schema}");
    }
}

#[test]
fn one_of_several_schemas() {
    let schema = of_spec(json!({
        "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    }));
    assert_eq!(
        said(&schema, json!({})),
        [
            "<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found none valid",
            "spec.a: Required value"
        ]
    );
    assert_eq!(
        said(&schema, json!({"a": "", "b": ""})),
        [
            "<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found 2 valid alternatives"
        ]
    );
    assert!(said(&schema, json!({"a": ""})).is_empty());
}

#[test]
fn fields_are_dropped_and_filled_in() {
    let schema = of_spec(json!({"type": "object", "properties": {
        "replicas": {"type": "integer", "default": 3},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"known": {"type": "object"}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "items": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "on": {"type": "boolean", "default": true}}}},
        "null": {"type": "string"},
    }}));
    let mut object = json!({"kind": "K", "metadata": {"x": 1}, "extra": 1, "spec": {
        "unknown": 1, "free": {"any": 1, "known": {"gone": 1}}, "labels": {"a": "b"}, "items": [{"name": "a", "y": 2}], "null": null,
    }});
    assert_eq!(prune(&schema, &mut object), ["extra", "spec.free.known.gone", "spec.items[0].y", "spec.unknown"]);
    default(&schema, &mut object);
    assert_eq!(
        object,
        json!({"kind": "K", "metadata": {"x": 1}, "spec": {
            "replicas": 3, "free": {"any": 1, "known": {}}, "labels": {"a": "b"}, "items": [{"name": "a", "on": true}],
        }})
    );
}

#[test]
fn schemas_must_be_structural() {
    let said = |schema: Value| {
        let mut errors: Vec<FieldError> = Vec::new();
        structural::check(&Node::root(&schema), &mut errors);
        errors.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for (schema, expected) in [
        (json!({"properties": {}}), "type: Required value: must not be empty at the root"),
        (
            json!({"type": "object", "properties": {"spec": {"properties": {}}}}),
            "properties[spec].type: Required value: must not be empty for specified object fields",
        ),
        (
            json!({"type": "object", "properties": {"l": {"type": "array"}}}),
            "properties[l].items: Required value: must be specified",
        ),
        (json!({"type": "string"}), "type: Invalid value: \"string\": must be object at the root"),
        (
            json!({"type": "object", "properties": {"n": {"type": "integer", "default": "x"}}}),
            "properties[n].default: Invalid value: \"string\": properties[n].default in body must be of type integer: \"string\"",
        ),
        (
            json!({"type": "object", "anyOf": [{"type": "object"}]}),
            "anyOf[0].type: Forbidden: must be empty to be structural",
        ),
        (
            json!({"type": "object", "anyOf": [{"properties": {"a": {}}}]}),
            "properties[a]: Required value: because it is defined in anyOf[0].properties[a]",
        ),
        (
            json!({"type": "object", "x-kubernetes-validations": [{"rule": " "}]}),
            "x-kubernetes-validations[0].rule: Required value: rule is not specified",
        ),
        (
            json!({"type": "object", "x-kubernetes-validations": [{"rule": "true ||\nfalse"}]}),
            "x-kubernetes-validations[0].message: Required value: message must be specified if rule contains line breaks",
        ),
        (
            json!({"type": "object", "x-kubernetes-validations": [{"rule": "true", "reason": "Bad"}]}),
            "x-kubernetes-validations[0].reason: Unsupported value: \"Bad\": supported values: \"FieldValueDuplicate\", \"FieldValueForbidden\", \"FieldValueInvalid\", \"FieldValueRequired\"",
        ),
        (
            json!({"type": "object", "properties": {"t": {"type": "text"}}}),
            "properties[t].type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
        ),
    ] {
        assert_eq!(said(schema.clone()), [expected], "{schema}");
    }
    assert!(said(json!({"type": "object", "properties": {"p": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}}})).is_empty());
}

#[test]
fn versions_have_an_order() {
    let definition = json!({
        "spec": {"group": "e.x", "scope": "Namespaced", "versions": [
            {"name": "v1beta1", "served": true, "storage": false, "deprecated": true},
            {"name": "v2alpha1", "served": true, "storage": false}, {"name": "v1", "served": true, "storage": true},
            {"name": "v10", "served": false, "storage": false},
        ]},
        "status": {"acceptedNames": {"kind": "Widget", "plural": "widgets", "singular": "widget", "shortNames": ["wd"]},
            "conditions": [{"type": "Established", "status": "True"}]},
    });
    let custom = Custom::of(&definition).unwrap();
    let info = custom.kind.info();
    assert_eq!((info.version, info.other_versions), ("v1", &["e.x/v1beta1", "e.x/v2alpha1"][..]));
    assert_eq!(
        custom.deprecation("e.x/v1beta1").as_deref(),
        Some("e.x/v1beta1 Widget is deprecated; use e.x/v1 Widget")
    );
    let text = serde_json::to_string(&custom.kind).unwrap();
    assert_eq!(serde_json::from_str::<crate::api::kinds::Kind>(&text).unwrap(), custom.kind);
}
