//! What is wrong with a schema of a CustomResourceDefinition.
//!
//! Models `ValidateStructural` (`apiextensions-apiserver/pkg/apiserver/schema/validation.go`), `ValidateDefaults`
//! (`.../schema/defaulting/validation.go`) and `ValidateCustomResourceDefinitionOpenAPISchema`
//! (`.../apis/apiextensions/validation/validation.go`).

use super::prune::{is_meta, properties};
use super::rules::{compiled, declared};
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::base::Value;
use crate::base::path::FieldPath;
use crate::base::regex::Regex;
use serde_json::json;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
const NESTED: [&str; 3] = ["anyOf", "allOf", "oneOf"];

/// Where a schema stands in the one around it.
#[derive(Clone, Copy, PartialEq)]
enum Level {
    Root,
    Item,
    Field,
}

/// What is wrong with the schema that stands at `at`. Rules about its structure come first; unless they find nothing, its
/// defaults are not looked at.
pub fn check(at: &Node, errors: &mut Vec<FieldError>) {
    let mut structure = Vec::new();
    invariants(at, Level::Root, &mut structure);
    completeness(at, &mut structure);
    structure.sort_by_cached_key(ToString::to_string);
    if structure.is_empty() {
        defaults(at, &mut structure);
    }
    errors.append(&mut structure);
    standard(at, true, None, errors);
    // Expressions are read once the schema makes sense.
    if errors.is_empty() {
        compiled(at, None, errors);
    }
}

fn on(at: &Node, name: &str) -> bool {
    at.get(name).bool()
}

fn invariants(at: &Node, level: Level, errors: &mut Vec<FieldError>) {
    let ty = at.get("type");
    let items = at.get("items");
    if ty.str() == "array" && !items.exists() {
        errors.push(items.required("must be specified"));
    }
    if items.exists() {
        invariants(&items, Level::Item, errors);
    }
    for (_, property) in at.get("properties").entries() {
        invariants(&property, Level::Field, errors);
    }
    let rest = at.get("additionalProperties");
    if rest.exists() && level == Level::Root {
        errors.push(rest.forbidden("must not be used at the root"));
    }
    if rest.map().is_some() {
        invariants(&rest, Level::Field, errors);
    }
    let int_or_string = on(at, "x-kubernetes-int-or-string");
    let (keeps, embedded) = (at.get("x-kubernetes-preserve-unknown-fields"), at.get("x-kubernetes-embedded-resource"));
    for extension in [&keeps, &embedded] {
        if int_or_string && extension.bool() {
            errors.push(extension.invalid("must be false if x-kubernetes-int-or-string is true"));
        }
    }
    values(at, true, level, errors);
    if embedded.bool() && ty.str() != "object" {
        let detail = "must be object if x-kubernetes-embedded-resource is true";
        errors.push(if ty.is_empty() { ty.required(detail) } else { ty.invalid(detail) });
    } else if ty.is_empty() && !int_or_string && !keeps.bool() {
        errors.push(ty.required(match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        }));
    }
    if embedded.bool() && rest.exists() {
        errors.push(rest.forbidden("must not be used if x-kubernetes-embedded-resource is set"));
    }
    if level == Level::Root && !ty.is_empty() && ty.str() != "object" {
        errors.push(ty.invalid("must be object at the root"));
    }
    let all = at.get("properties");
    if level == Level::Root || embedded.bool() {
        for (name, wanted) in [("kind", "string"), ("apiVersion", "string"), ("metadata", "object")] {
            let property = all.key(name);
            let ty = property.get("type");
            if property.exists() && ty.str() != wanted {
                errors.push(ty.invalid_as(ty.str(), format!("must be {wanted}")));
            }
        }
    }
    let metadata = all.key("metadata");
    if level == Level::Root && metadata.map().is_some_and(|fields| !says_only_names(fields)) {
        errors.push(metadata.forbidden(
            "must not specify anything other than name and generateName, but metadata is implicitly specified",
        ));
    }
    if embedded.bool() && !keeps.bool() && all.is_empty() {
        errors.push(all.required(
            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
        ));
    }
}

/// Whether a schema of metadata has nothing but its type, and rules for the names.
fn says_only_names(fields: &crate::base::Fields) -> bool {
    fields.iter().all(|(name, value)| match name.as_str() {
        "type" | "default" => true,
        "properties" => value
            .as_object()
            .is_some_and(|properties| properties.keys().all(|name| matches!(name.as_str(), "name" | "generateName"))),
        _ => false,
    })
}

/// Rules about values; below `anyOf` and its kin there may be no others (`outer` is false there).
fn values(at: &Node, outer: bool, level: Level, errors: &mut Vec<FieldError>) {
    let pattern = [json!({"type": "integer"}), json!({"type": "string"})];
    let is_pattern = |list: &Node| list.value().and_then(Value::as_array).is_some_and(|list| *list == pattern);
    for name in NESTED {
        let list = at.get(name);
        if name == "anyOf" && outer && is_pattern(&list) {
            continue;
        }
        for branch in list.items() {
            if name == "allOf" && outer && is_pattern(&branch.get("anyOf")) {
                continue;
            }
            nested(&branch, level, errors);
        }
    }
    let not = at.get("not");
    if not.exists() {
        nested(&not, level, errors);
    }
    let pattern = at.get("pattern");
    if let Err(error) = Regex::new(pattern.str()) {
        errors.push(pattern.invalid(format!("must be a valid regular expression, but isn't: {error}")));
    }
}

fn nested(at: &Node, level: Level, errors: &mut Vec<FieldError>) {
    values(at, false, level, errors);
    let items = at.get("items");
    if items.exists() {
        nested(&items, level, errors);
    }
    let all = at.get("properties");
    for (_, property) in all.entries() {
        nested(&property, Level::Field, errors);
    }
    for (name, detail) in [
        ("type", "must be empty to be structural"),
        ("additionalProperties", "must be undefined to be structural"),
        ("default", "must be undefined to be structural"),
        ("title", "must be empty to be structural"),
        ("description", "must be empty to be structural"),
        ("nullable", "must be false to be structural"),
        ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
        ("x-kubernetes-embedded-resource", "must be false to be structural"),
        ("x-kubernetes-int-or-string", "must be false to be structural"),
        ("x-kubernetes-list-map-keys", "must be empty to be structural"),
        ("x-kubernetes-list-type", "must be undefined to be structural"),
        ("x-kubernetes-map-type", "must be undefined to be structural"),
        ("x-kubernetes-validations", "must be empty to be structural"),
    ] {
        let field = at.get(name);
        if field.exists() {
            errors.push(field.forbidden(detail));
        }
    }
    if all.key("metadata").exists() {
        errors.push(all.key("metadata").forbidden("must not be specified in a nested context"));
    }
}

/// Fields that value rules name must be fields of the schema.
///
/// Models `validateStructuralCompleteness` in `apiextensions-apiserver/pkg/apiserver/schema/complete.go`.
fn completeness(at: &Node, errors: &mut Vec<FieldError>) {
    let branches = |at: &Node, errors: &mut Vec<FieldError>, schema: &Node| {
        for name in NESTED {
            for branch in at.get(name).items() {
                complete(&branch, schema, errors);
            }
        }
        let not = at.get("not");
        if not.exists() {
            complete(&not, schema, errors);
        }
    };
    branches(at, errors, at);
    let items = at.get("items");
    if items.exists() {
        completeness(&items, errors);
    }
    for (_, property) in at.get("properties").entries() {
        completeness(&property, errors);
    }
}

fn complete(rules: &Node, schema: &Node, errors: &mut Vec<FieldError>) {
    let items = rules.get("items");
    let structure = schema.get("items");
    if items.exists() {
        if structure.exists() {
            complete(&items, &structure, errors);
        } else {
            errors.push(structure.required(format!("because it is defined in {}", items.path())));
        }
    }
    let keeps = on(schema, "x-kubernetes-preserve-unknown-fields");
    let all = schema.get("properties");
    for (name, property) in rules.get("properties").entries() {
        let known = all.key(name);
        if known.exists() {
            complete(&property, &known, errors);
        } else if !keeps && !schema.get("additionalProperties").exists() && !is_meta(name) {
            errors.push(known.required(format!("because it is defined in {}", property.path())));
        }
    }
    for name in NESTED {
        for branch in rules.get(name).items() {
            complete(&branch, schema, errors);
        }
    }
}

/// Defaults must be objects that the schema itself lets pass.
fn defaults(at: &Node, errors: &mut Vec<FieldError>) {
    let default = at.get("default");
    if let (Some(schema), Some(value)) = (at.value(), default.value()) {
        let mut pruned = value.clone();
        let mut around = json!({"value": null});
        std::mem::swap(&mut around["value"], &mut pruned);
        let unknown = super::prune(&json!({"properties": {"value": schema}}), &mut around);
        if unknown.is_empty() {
            errors.extend(super::check(schema, value, &default.path()));
        } else {
            errors.push(default.invalid("must be pruned"));
        }
    }
    let items = at.get("items");
    let rest = at.get("additionalProperties");
    for inner in [items, rest].into_iter().filter(|inner| inner.map().is_some()) {
        defaults(&inner, errors);
    }
    for (_, property) in at.get("properties").entries() {
        defaults(&property, errors);
    }
}

/// What a schema may not say, and what must go together. `forbidden` is why there may be no defaults.
fn standard(at: &Node, root: bool, forbidden: Option<&str>, errors: &mut Vec<FieldError>) {
    let ty = at.get("type");
    if !ty.is_empty() && !TYPES.contains(&ty.str()) {
        errors.push(ty.unsupported(&TYPES));
    }
    if let Some(why) = forbidden.filter(|_| at.get("default").exists()) {
        errors.push(at.get("default").forbidden(format!("must not be set {why}")));
    }
    for name in ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] {
        let field = at.get(name);
        if field.exists() {
            errors.push(field.forbidden(format!("{name} is not supported")));
        }
    }
    if ty.str() == "null" {
        errors.push(ty.forbidden("type cannot be set to null, use nullable as an alternative"));
    }
    let items = at.get("items");
    if items.value().is_some_and(Value::is_array) {
        errors.push(items.forbidden("items must be a schema object and not an array"));
    }
    if on(at, "uniqueItems") {
        let detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        errors.push(at.get("uniqueItems").forbidden(detail));
    }
    let (all, rest) = (at.get("properties"), at.get("additionalProperties"));
    if rest.exists() && !all.is_empty() && rest.flag() != Some(true) {
        errors.push(rest.forbidden("additionalProperties and properties are mutual exclusive"));
    }
    if rest.map().is_some() {
        standard(&rest, false, forbidden, errors);
    }
    for (name, property) in all.entries() {
        let why = format!("in top-level {name}");
        standard(&property, false, if root && is_meta(name) { Some(&why) } else { forbidden }, errors);
    }
    let not = at.get("not");
    for inner in [&not, &items].into_iter().filter(|inner| inner.map().is_some()) {
        standard(inner, false, forbidden, errors);
    }
    for name in NESTED {
        at.get(name).items().for_each(|branch| standard(&branch, false, forbidden, errors));
    }
    if at.get("x-kubernetes-preserve-unknown-fields").flag() == Some(false) {
        errors.push(at.get("x-kubernetes-preserve-unknown-fields").invalid("must be true or undefined"));
    }
    for (name, wanted, values) in [
        ("x-kubernetes-map-type", "object", &["atomic", "granular"][..]),
        ("x-kubernetes-list-type", "array", &["atomic", "set", "map"]),
    ] {
        let extension = at.get(name);
        if extension.exists() && ty.str() != wanted {
            let detail = format!("must be {wanted} if {name} is specified");
            errors.push(if ty.is_empty() { ty.required(detail) } else { ty.invalid(detail) });
        }
        if extension.exists() && !values.contains(&extension.str()) {
            errors.push(extension.unsupported(values));
        }
    }
    list_keys(at, &items, errors);
    declared(at, errors);
}

fn list_keys(at: &Node, items: &Node, errors: &mut Vec<FieldError>) {
    let (keys, list_type) = (at.get("x-kubernetes-list-map-keys"), at.get("x-kubernetes-list-type"));
    if !keys.is_empty() && list_type.str() != "map" {
        let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
        errors.push(if list_type.exists() { list_type.invalid(detail) } else { list_type.required(detail) });
    }
    if list_type.str() != "map" {
        return;
    }
    if keys.is_empty() {
        errors.push(keys.required("must not be empty if x-kubernetes-list-type is map"));
    }
    if !items.exists() {
        errors.push(items.required("must have a schema if x-kubernetes-list-type is map"));
        return;
    }
    let ty = items.get("type");
    if ty.str() != "object" {
        errors.push(ty.invalid_as(ty.str(), "must be object if parent array's x-kubernetes-list-type is map"));
        return;
    }
    let all = items.get("properties");
    for key in keys.strs() {
        let property = all.key(key);
        let ty = property.get("type");
        if matches!(ty.str(), "array" | "object") {
            errors
                .push(ty.invalid_as("object", "must be a scalar type if parent array's x-kubernetes-list-type is map"));
        }
        if !property.exists() {
            errors.push(keys.invalid("entries must all be names of item properties"));
        } else if !items.get("required").strs().any(|name| name == key) && !property.get("default").exists() {
            errors.push(property.get("default").required(
                "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
            ));
        }
    }
}

/// The formats that schemas name and that the API server does not know.
///
/// Models `getUnrecognizedFormatsInCRD` in `apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go`.
pub fn unknown_formats(schema: &Value, found: &mut Vec<String>) {
    const KNOWN: [&str; 29] = [
        "bsonobjectid",
        "uri",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "cidr",
        "mac",
        "uuid",
        "uuid3",
        "uuid4",
        "uuid5",
        "isbn",
        "isbn10",
        "isbn13",
        "creditcard",
        "ssn",
        "hexcolor",
        "rgbcolor",
        "byte",
        "password",
        "date",
        "duration",
        "datetime",
        "date-time",
        "int32",
        "int64",
        "float",
        "double",
    ];
    match schema {
        Value::Object(fields) => {
            let format = fields.get("format").and_then(Value::as_str).filter(|_| fields.contains_key("type"));
            if let Some(format) =
                format.filter(|format| !KNOWN.contains(format) && !found.iter().any(|known| known == format))
            {
                found.push(format.to_owned());
            }
            fields.values().for_each(|value| unknown_formats(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| unknown_formats(value, found)),
        _ => {}
    }
}

/// The schema of what stands at `path` of an object.
pub fn at<'s>(schema: &'s Value, path: &FieldPath) -> Option<&'s Value> {
    use crate::base::path::Step;
    path.0.iter().try_fold(schema, |schema, step| match step {
        Step::Index(_) => schema.get("items"),
        Step::Field(name) | Step::Key(name) => properties(schema)
            .find(|(known, _)| *known == name)
            .map(|(_, property)| property)
            .or_else(|| schema.get("additionalProperties").filter(|rest| rest.is_object())),
    })
}
