//! Objects of kinds that users define: the way of a write where it differs from that of Kubernetes' own kinds.
//!
//! What a schema keeps, fills in and refuses is in [`crate::api::custom`]; here it becomes answers.
//!
//! Models `apiextensions-apiserver/pkg/apiserver/customresource_handler.go` and `pkg/registry/customresource/strategy.go`.

use super::status::Cause;
use super::{ApiServer, FieldValidation, Request, Result, Status, Subresource, manifest};
use crate::api::custom::{self, Custom, Kinds};
use crate::api::decode;
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::api::validate;
use crate::api::versions;
use crate::base::Value;
use crate::base::path::FieldPath;
use crate::base::text::go_quote;
use crate::base::time::Timestamp;

impl ApiServer {
    /// Brings what is served up to date with the definitions in the store. Objects of a kind whose names have changed are
    /// kept under the new ones.
    pub(super) fn read_definitions(&mut self) {
        let definitions = self.store.list(Kind::CUSTOM_RESOURCE_DEFINITION, "");
        let customs: Vec<Custom> = definitions.filter_map(|object| Custom::of(&object.to_value())).collect();
        let kinds = Kinds::new(customs);
        for old in self.kinds.customs() {
            let info = old.kind.info();
            let renamed =
                kinds.customs().iter().map(|custom| custom.kind).find(|kind| {
                    (kind.info().group, kind.info().plural) == (info.group, info.plural) && *kind != old.kind
                });
            if let Some(renamed) = renamed {
                self.store.rename(old.kind, renamed);
            }
        }
        self.kinds = kinds;
    }

    /// The warning about a version that is on its way out.
    pub(super) fn deprecation(&self, request: &Request) -> Option<String> {
        let own = request.kind.api_version();
        let body = match &request.body {
            super::Body::Json { value, .. } => value.get("apiVersion").and_then(Value::as_str),
            _ => None,
        };
        let named = Some(&*request.api_version).filter(|version| !version.is_empty());
        self.kinds.custom(request.kind)?.deprecation(named.or(body).unwrap_or(&own))
    }
}

/// Decodes an object: unknown and repeated fields are refused, and the version becomes the one in which objects are kept.
pub(super) fn decode(
    custom: &Custom,
    mut value: Value,
    duplicates: &[FieldPath],
    validation: FieldValidation,
) -> Result<(Value, Vec<String>)> {
    let (kind, api_version) = (custom.kind, versions::of(custom.kind, &value));
    let refuse = |causes: Vec<Cause>, why: String| {
        let (name, version) = (kind.info().kind, api_version.rsplit('/').next().unwrap_or_default());
        let message = format!("{name} in version \"{version}\" cannot be handled as a {name}: {why}");
        Status { causes, ..Status::bad_request(message) }
    };
    if !value.is_object() {
        let what = match &value {
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) => "bool",
            _ => "null",
        };
        let why = format!("json: cannot unmarshal {what} into Go value of type map[string]interface {{}}");
        return Err(refuse(Vec::new(), why));
    }
    decode::check_metadata(&value).map_err(|error| {
        let causes = error.all.iter().map(|fault| Cause { field: fault.path.clone(), body: fault.text.clone() });
        refuse(causes.collect(), error.to_string())
    })?;
    let unknown_meta = decode::unknown_metadata(&value);
    let unknown = custom.schema(&api_version).map(|schema| custom::prune(schema, &mut value)).unwrap_or_default();
    let unknown = unknown_meta.into_iter().chain(unknown);
    let repeated =
        duplicates.iter().map(|path| (path.clone(), format!("duplicate field {}", go_quote(&path.to_string()))));
    let faults: Vec<(FieldPath, String)> = repeated
        .chain(unknown.map(|path| (FieldPath::of(&path), format!("unknown field {}", go_quote(&path)))))
        .collect();
    if !faults.is_empty() && validation == FieldValidation::Strict {
        let texts: Vec<&str> = faults.iter().map(|(_, text)| text.as_str()).collect();
        let why = format!("strict decoding error: {}", texts.join(", "));
        let causes = faults.iter().map(|(field, body)| Cause { field: field.clone(), body: body.clone() });
        return Err(refuse(causes.collect(), why));
    }
    value = decode::normalize_metadata(value);
    versions::to_kept(kind, &mut value);
    Ok((value, manifest::warnings(faults.into_iter().map(|(_, text)| text), validation)))
}

/// Says what is wrong with an object, new or in place of `old`, or which warnings it deserves.
pub(super) fn validate(
    custom: &Custom,
    new: &Value,
    old: Option<&Value>,
    subresource: Subresource,
) -> Result<Vec<String>> {
    let api_version = custom.kind.api_version();
    let mut errors = validate::custom_metadata(new, old, custom.kind.info().namespaced);
    let mut warnings = custom::warnings(new, old);
    if let Some(schema) = custom.schema(&api_version) {
        let status = schema.pointer("/properties/status").zip(new.get("status"));
        errors.extend(match (subresource, status) {
            (Subresource::Status, Some((schema, status))) => custom::check(schema, status, &FieldPath::of("status")),
            (Subresource::Status, None) => Vec::new(),
            _ => custom::check(schema, new, &FieldPath::root()),
        });
        warnings.extend(custom::rules(schema, new, old, &mut errors));
    }
    if !errors.is_empty() {
        let name = new.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        return Err(Status::invalid(custom.kind, name, errors.iter().map(Cause::from).collect()));
    }
    Ok(warnings)
}

/// Refuses new objects while the definition goes away.
pub(super) fn admit(custom: &Custom, name: &str) -> Result<()> {
    let why = "create not allowed while custom resource definition is terminating";
    if custom.terminating { Err(Status::forbidden(custom.kind, name, why)) } else { Ok(()) }
}

/// A definition remembers each version in which objects were ever stored.
pub(super) fn note_storage(definition: &mut Value) {
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
    let storage = versions.filter(|version| version["storage"] == true).map(|version| version["name"].clone()).next();
    let stored = definition.pointer_mut("/status/storedVersions").and_then(Value::as_array_mut);
    if let (Some(name), Some(stored)) = (storage, stored)
        && !stored.contains(&name)
    {
        stored.push(name);
    }
}

/// The finalizer with which a definition waits for its objects to be gone.
pub const CLEANUP_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// What the first deletion of a definition adds to it.
///
/// Models `Delete` of `apiextensions-apiserver/pkg/registry/customresourcedefinition/etcd.go`.
pub(super) fn begin_deletion(definition: &mut Object, now: Timestamp) {
    let finalizers = &mut definition.meta_mut().finalizers;
    if !finalizers.iter().any(|present| &**present == CLEANUP_FINALIZER) {
        finalizers.push(CLEANUP_FINALIZER.into());
    }
    if let Object::Other(other) = definition
        && let Some(conditions) = other.fields.get_mut("status").map(|status| &mut status["conditions"])
    {
        let mut list = conditions.as_array().cloned().unwrap_or_default();
        list.push(serde_json::json!({
            "type": "Terminating", "status": "True", "lastTransitionTime": now.to_string(),
            "reason": "InstanceDeletionPending",
            "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
        }));
        *conditions = list.into();
    }
}

/// Sets what stands at a JSON pointer, making objects on the way.
pub(super) fn set(value: &mut Value, pointer: &str, new: Value) {
    let mut at = value;
    for step in pointer.split('/').filter(|step| !step.is_empty()) {
        if !at.is_object() {
            *at = Value::Object(Default::default());
        }
        at = &mut at[step];
    }
    *at = new;
}
