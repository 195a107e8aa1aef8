//! The rules that a schema has in the Common Expression Language, and what is said of objects that break them.
//!
//! Of what a rule may cost only the cost of running it counts: a definition whose rules may become too expensive is let in.
//!
//! Models `apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go`.

use crate::api::cel::{Fault, Program, SyntaxError, Type, Val, of_json};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::{GO_TEXT, GoShape, GoStruct, Node};
use crate::base::Value;
use crate::base::path::{FieldPath, Step};

/// The most steps of all rules for one object.
const BUDGET: u64 = 10_000_000;
/// Longer messages are not used.
const LONGEST_MESSAGE: usize = 5 * 1024;

/// What the rules say of an object, new or in place of `old`: errors, and warnings where a rule was broken before and its
/// value has not changed. After `errors` that leave the object's shape unclear, no rule is tried.
pub fn rules(schema: &Value, new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) -> Vec<String> {
    if !any(schema) {
        return Vec::new();
    }
    let unclear = |error: &FieldError| {
        use FieldErrorKind::{NotSupported, Required, TooLong, TooMany, TypeInvalid};
        matches!(error.kind, NotSupported | Required | TooLong | TooMany | TypeInvalid)
    };
    if errors.iter().any(unclear) {
        let words = "some validation rules were not checked because the object was invalid; correct the existing errors \
                     to complete validation";
        errors.push(FieldError::new(nowhere(), FieldErrorKind::Invalid, Some(Value::Null), words));
        return Vec::new();
    }
    let mut walk = Walk { errors, warnings: Vec::new(), budget: BUDGET };
    let unchanged = old == Some(new);
    // Once the budget is used up, nothing more is tried.
    let _ = walk.value(&Place { schema, path: FieldPath::root(), new, old, unchanged, root: true });
    walk.warnings
}

/// How the root of an object is printed.
fn nowhere() -> FieldPath {
    FieldPath(vec![Step::Field("<nil>".to_owned())])
}

/// Whether there are rules anywhere in the schema.
fn any(schema: &Value) -> bool {
    let inner = ["items", "additionalProperties"].iter().filter_map(|name| schema.get(name));
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|all| all.values());
    schema.get(RULES).and_then(Value::as_array).is_some_and(|rules| !rules.is_empty())
        || inner.chain(properties).any(any)
}

const RULES: &str = "x-kubernetes-validations";

/// What is wrong with the rules of one place of a schema, but for the language.
pub(super) fn declared(at: &Node, errors: &mut Vec<FieldError>) {
    const REASONS: [&str; 4] =
        ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
    for rule in at.get(RULES).items() {
        let (text, message, path) = (rule.get("rule"), rule.get("message"), rule.get("fieldPath"));
        let (expression, reason) = (rule.get("messageExpression"), rule.get("reason"));
        let blank = |field: &Node| !field.str().is_empty() && field.str().trim().is_empty();
        let broken = |field: &Node| field.str().trim().contains(['\n', '\r']);
        if text.str().trim().is_empty() {
            errors.push(text.required("rule is not specified"));
        } else if blank(&message) {
            errors.push(message.invalid("must be non-empty if specified"));
        } else if broken(&message) {
            errors.push(message.invalid("must not contain line breaks"));
        } else if broken(&text) && message.str().is_empty() {
            errors.push(message.required("message must be specified if rule contains line breaks"));
        }
        if blank(&expression) {
            errors.push(expression.required("messageExpression must be non-empty if specified"));
        }
        if reason.exists() && !REASONS.contains(&reason.str()) {
            errors.push(reason.unsupported(&REASONS));
        }
        if blank(&path) {
            errors.push(path.invalid("must be non-empty if specified"));
        }
    }
}

/// What is wrong with the expressions of a schema. `within` is the list above whose items have no keys.
pub(super) fn compiled(at: &Node, within: Option<&FieldPath>, errors: &mut Vec<FieldError>) {
    const RULE: GoStruct = &[
        ("Rule", "rule", GO_TEXT),
        ("Message", "message", GO_TEXT),
        ("MessageExpression", "messageExpression", GO_TEXT),
        ("Reason", "reason", GoShape::Plain),
        ("FieldPath", "fieldPath", GO_TEXT),
        ("OptionalOldSelf", "optionalOldSelf", GoShape::Plain),
    ];
    let (items, rest) = (at.get("items"), at.get("additionalProperties"));
    let place = at.path();
    if items.exists() {
        let keyed = at.get("x-kubernetes-list-type").str() == "map";
        compiled(&items, if keyed { within } else { within.or(Some(&place)) }, errors);
    }
    if rest.map().is_some() {
        compiled(&rest, within, errors);
    }
    for (_, property) in at.get("properties").entries() {
        compiled(&property, within, errors);
    }
    let rules = at.get(RULES);
    if rules.is_empty() {
        return;
    }
    let Some(own) = at.value().and_then(|schema| {
        let root = place.0.last().is_some_and(|step| matches!(step, Step::Field(name) if name == "openAPIV3Schema"));
        Type::of_schema(schema, root || schema["x-kubernetes-embedded-resource"] == true, "selfType")
    }) else {
        errors.push(rules.internal("failed to convert to declType for CEL validation rules"));
        return;
    };
    for rule in rules.items() {
        let optional = rule.get("optionalOldSelf").bool();
        let before = if optional { Type::optional(own.clone()) } else { own.clone() };
        let variables = [("self", own.clone()), ("oldSelf", before)];
        // An expression that is one, and of the type that is wanted.
        let program = |name: &str, wanted: Type, prefix: &str, words: &str| {
            let text = rule.get(name).str();
            let shown = |found: &[SyntaxError]| {
                let shown: Vec<String> = found.iter().map(|error| error.shown(text)).collect();
                format!("{prefix}compilation failed: {}", shown.join("\n"))
            };
            let read = Program::new(text).map_err(|error| shown(&[error])).and_then(|program| {
                let ty = program.check(&variables).map_err(|found| shown(&found))?;
                if ty == wanted || ty == Type::Error { Ok(program) } else { Err(words.to_owned()) }
            });
            let told =
                |detail: String| rule.get(name).with_json(FieldErrorKind::Invalid, &rule.go_struct(RULE), &detail);
            read.map_err(told)
        };
        let words = "cel expression must evaluate to a bool";
        let read = program("rule", Type::BOOL, "", words);
        let program = match read {
            Ok(read) => {
                if rule.get("messageExpression").exists() {
                    let words = "messageExpression must evaluate to a string";
                    errors.extend(program("messageExpression", Type::STRING, "messageExpression ", words).err());
                }
                read
            }
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        match within.filter(|_| program.uses("oldSelf")) {
            Some(list) => {
                let text = rule.get("rule");
                let words = "oldSelf cannot be used on the uncorrelatable portion of the schema within";
                errors.push(text.invalid_as(text.str(), format!("{words} {list}")));
            }
            None if program.uses("oldSelf") || !rule.get("optionalOldSelf").exists() => {}
            None => {
                errors.push(rule.get("optionalOldSelf").invalid("may not be set if oldSelf is not used in rule"));
            }
        }
    }
}

struct Walk<'a> {
    errors: &'a mut Vec<FieldError>,
    warnings: Vec<String>,
    budget: u64,
}

/// A value and what its schema and the old object have at its place.
struct Place<'a> {
    schema: &'a Value,
    path: FieldPath,
    new: &'a Value,
    old: Option<&'a Value>,
    /// Whether the value is what it was, or stands in one that is and cannot be told apart.
    unchanged: bool,
    root: bool,
}

/// No more rules are to be tried.
struct Stop;

impl Walk<'_> {
    fn value(&mut self, place: &Place) -> Result<(), Stop> {
        let Place { schema, path, new, old, .. } = place;
        if new.is_null() {
            return Ok(());
        }
        self.rules_of(place)?;
        let mut inner = |schema, path, new: &Value, old: Option<&Value>| {
            let unchanged = old.map_or(place.unchanged, |old| old == new);
            let old = old.filter(|old| !old.is_null());
            self.value(&Place { schema, path, new, old, unchanged, root: false })
        };
        match new {
            Value::Object(fields) => {
                let properties = schema.get("properties");
                let rest = schema.get("additionalProperties").filter(|rest| rest.is_object());
                for (name, value) in fields {
                    let old = old.and_then(|old| old.get(name));
                    if let Some(rest) = rest {
                        inner(rest, path.key(name), value, old)?;
                    } else if let Some(property) = properties.and_then(|all| all.get(name)) {
                        inner(property, path.child(name), value, old)?;
                    }
                }
            }
            Value::Array(items) => {
                let Some(items_schema) = schema.get("items") else { return Ok(()) };
                let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
                let before = old.and_then(Value::as_array).zip(keys);
                for (i, item) in items.iter().enumerate() {
                    let same = |old: &&Value, keys: &[Value]| {
                        keys.iter().filter_map(Value::as_str).all(|key| old.get(key) == item.get(key))
                    };
                    let old = before.and_then(|(list, keys)| list.iter().find(|old| same(old, keys)));
                    inner(items_schema, path.index(i), item, old)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn rules_of(&mut self, place: &Place) -> Result<(), Stop> {
        let Place { schema, new, old, .. } = place;
        let rules = schema.get(RULES).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if rules.is_empty() {
            return Ok(());
        }
        let path = if place.path == FieldPath::root() { nowhere() } else { place.path.clone() };
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
        let fault = |text: String| FieldError::new(path.clone(), FieldErrorKind::Invalid, Some(kind.into()), text);
        let own = of_json(new, Some(schema), place.root);
        let before = old.map(|old| of_json(old, Some(schema), place.root));
        let plain: Vec<(&'static str, Val)> =
            [("self", own.clone())].into_iter().chain(before.clone().map(|old| ("oldSelf", old))).collect();
        for rule in rules {
            let word = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default().trim();
            let shown = if word("message").is_empty() { word("rule") } else { word("message") };
            let Ok(program) = Program::new(word("rule")) else { continue };
            let optional = rule["optionalOldSelf"] == true;
            let looks_back = program.uses("oldSelf");
            if looks_back && before.is_none() && !optional {
                continue;
            }
            let result = if optional {
                let old = Val::Optional(before.clone().map(Into::into));
                program.run(&[("self", own.clone()), ("oldSelf", old)], &mut self.budget)
            } else {
                program.run(&plain, &mut self.budget)
            };
            match result {
                Ok(Val::Bool(false)) => {}
                Ok(_) | Err(Fault::Unmodelled) => continue,
                Err(Fault::Cost) if self.budget == 0 => {
                    let words =
                        "validation failed due to running out of cost budget, no further validation rules will be run";
                    self.errors.push(fault(words.to_owned()));
                    return Err(Stop);
                }
                Err(Fault::Cost) => {
                    self.errors.push(fault(format!(
                        "'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to \
                         call cost exceeds limit for rule: {shown}"
                    )));
                    return Err(Stop);
                }
                Err(Fault::Error(error)) if error.starts_with("no such overload") => {
                    self.errors.push(fault(format!(
                        "'{error}': call arguments did not match a supported operator, function or macro signature for \
                         rule: {shown}"
                    )));
                    continue;
                }
                Err(Fault::Error(error)) => {
                    self.errors.push(fault(format!("{error} evaluating rule: {shown}")));
                    continue;
                }
            }
            let detail = self.message(word("messageExpression"), &plain).unwrap_or_else(|| match word("message") {
                "" => format!("failed rule: {shown}"),
                message => message.to_owned(),
            });
            let place_of_error = match word("fieldPath") {
                "" => path.clone(),
                more => place.path.child(more.trim_start_matches('.')),
            };
            let value = (!matches!(kind, "object" | "array")).then(|| (*new).clone());
            let (kind, detail) = match word("reason") {
                "FieldValueForbidden" => (FieldErrorKind::Forbidden, detail),
                "FieldValueRequired" => (FieldErrorKind::Required, detail),
                "FieldValueDuplicate" => (FieldErrorKind::Duplicate, String::new()),
                _ => (FieldErrorKind::Invalid, detail),
            };
            let error = FieldError::new(place_of_error, kind, value, detail);
            if place.unchanged && !looks_back {
                self.warnings.push(error.to_string());
            } else {
                self.errors.push(error);
            }
        }
        Ok(())
    }

    /// What the expression of a message says, if that is of any use.
    fn message(&mut self, expression: &str, variables: &[(&'static str, Val)]) -> Option<String> {
        match Program::new(expression).ok()?.run(variables, &mut self.budget) {
            Ok(Val::Text(text)) => {
                let text = text.trim();
                let useful = !text.is_empty() && text.len() <= LONGEST_MESSAGE && !text.contains(['\n', '\r']);
                useful.then(|| text.to_owned())
            }
            _ => None,
        }
    }
}
