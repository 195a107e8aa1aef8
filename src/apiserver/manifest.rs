//! What a user wrote, on its way to becoming an object: still JSON, because errors must name fields as they were written.

use super::status::Cause;
use super::{FieldValidation, Result, Status, Subresource, custom};
use crate::api::custom::Kinds;
use crate::api::field_error::FieldError;
use crate::api::kinds::Kind;
use crate::api::validate::Context;
use crate::api::{decode, default, schema, validate, versions};
use crate::base::path::FieldPath;
use crate::base::{Str, Value};

/// Decodes: wrongly typed fields are refused, and so are unknown and repeated ones, unless the request asks for warnings or
/// for nothing. An object of another served version is given that version's defaults and brought into the one in which it
/// is kept. Returns the object and the warnings.
pub(super) fn decode(
    kinds: &Kinds,
    kind: Kind,
    value: Value,
    duplicates: &[FieldPath],
    validation: FieldValidation,
) -> Result<(Value, Vec<String>)> {
    if let Some(custom) = kinds.custom(kind) {
        return custom::decode(custom, value, duplicates, validation);
    }
    let api_version = versions::of(kind, &value);
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    let info = kind.info();
    let Some(ty) = schema::of_kind(group, version, info.kind) else { return Ok((value, Vec::new())) };
    let warnings = match decode::check_type(ty, &value, duplicates) {
        Ok(()) => Vec::new(),
        Err(error) if error.is_strict() && validation != FieldValidation::Strict => {
            warnings(error.told.into_iter().map(|fault| fault.text), validation)
        }
        Err(error) => {
            let cause = |fault: &decode::Fault| Cause { field: fault.path.clone(), body: fault.text.clone() };
            let causes = error.all.iter().map(cause).collect();
            let why = format!("{0} in version \"{version}\" cannot be handled as a {0}: {error}", info.kind);
            return Err(Status { causes, ..Status::bad_request(why) });
        }
    };
    let mut value = decode::normalize_type(ty, value);
    if api_version != kind.api_version() {
        default::apply(info.kind, &api_version, &mut value);
        versions::to_kept(kind, &mut value);
    }
    Ok((value, warnings))
}

/// The faults as warnings, if the request wants to hear of them.
pub(super) fn warnings(faults: impl Iterator<Item = String>, validation: FieldValidation) -> Vec<String> {
    if validation == FieldValidation::Warn { faults.collect() } else { Vec::new() }
}

/// The number of replicas that a Scale asks for.
pub(super) fn decode_scale(value: &Value, duplicates: &[FieldPath]) -> Result<i32> {
    let scale = schema::of_kind("autoscaling", "v1", "Scale");
    if let Some(Err(error)) = scale.map(|scale| decode::check_type(scale, value, duplicates)) {
        return Err(Status::bad_request(format!("Scale in version \"v1\" cannot be handled as a Scale: {error}")));
    }
    let replicas = value.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(0);
    i32::try_from(replicas).map_err(|_| Status::bad_request("spec.replicas is no int32"))
}

/// Fills in what is not said.
pub(super) fn default(kinds: &Kinds, kind: Kind, value: &mut Value) {
    if let Some(custom) = kinds.custom(kind) {
        if let Some(schema) = custom.schema(&kind.api_version()) {
            crate::api::custom::default(schema, value);
        }
        return;
    }
    default::apply(kind.info().kind, &kind.api_version(), value);
}

/// Clears what only the cluster writes, and fills in what a new object starts with.
pub(super) fn prepare(kinds: &Kinds, kind: Kind, value: &mut Value) {
    if let Some(custom) = kinds.custom(kind) {
        if let (true, Some(fields)) = (custom.has_status(&kind.api_version()), value.as_object_mut()) {
            fields.remove("status");
        }
        return;
    }
    default::prepare_for_create(kind.info().kind, &kind.api_version(), value);
}

/// Says what is wrong with a new object, or which warnings it deserves.
pub(super) fn validate_create(kinds: &Kinds, kind: Kind, value: &Value) -> Result<Vec<String>> {
    if let Some(custom) = kinds.custom(kind) {
        return custom::validate(custom, value, None, Subresource::None);
    }
    let (name, version) = (kind.info().kind, kind.api_version());
    refuse(kind, value, &validate::create(name, &version, value, &Context::default()))?;
    Ok(validate::warnings(name, &version, value, None))
}

/// Says what is wrong with a changed object, or which warnings it deserves.
pub(super) fn validate_update(
    kinds: &Kinds,
    kind: Kind,
    new: &Value,
    old: &Value,
    subresource: Subresource,
) -> Result<Vec<String>> {
    if let Some(custom) = kinds.custom(kind) {
        return custom::validate(custom, new, Some(old), subresource);
    }
    let (name, version) = (kind.info().kind, kind.api_version());
    if subresource != Subresource::None {
        return Ok(Vec::new());
    }
    refuse(kind, new, &validate::update(name, &version, new, old, &Context::default()))?;
    Ok(validate::warnings(name, &version, new, Some(old)))
}

fn refuse(kind: Kind, value: &Value, errors: &[FieldError]) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(Status::invalid(kind, &name(value), errors.iter().map(Cause::from).collect()))
}

/// What is wrong with a Service's addresses: asked before any is allocated, because allocation needs them to make sense.
pub(super) fn cluster_ip_errors(new: &Value, old: Option<&Value>) -> Vec<Cause> {
    validate::service_addresses(new, old).iter().map(Cause::from).collect()
}

/// `metadata.name`.
pub(super) fn name(value: &Value) -> String {
    text(value, "/metadata/name")
}

/// `metadata.generateName`.
pub(super) fn generate_name(value: &Value) -> String {
    text(value, "/metadata/generateName")
}

/// Sets `metadata.name`.
pub(super) fn set_name(value: &mut Value, name: &str) {
    if !name.is_empty() {
        value["metadata"]["name"] = name.into();
    }
}

/// Sets `metadata.uid`, whatever the user wrote there.
pub(super) fn set_uid(value: &mut Value, uid: &str) {
    value["metadata"]["uid"] = uid.into();
}

/// Sets `metadata.namespace` to the request's, or refuses when the object says another one.
pub(super) fn set_namespace(kind: Kind, value: &mut Value, namespace: &Str) -> Result<()> {
    if !kind.info().namespaced {
        if let Some(meta) = value.pointer_mut("/metadata").and_then(Value::as_object_mut) {
            meta.remove("namespace");
        }
        return Ok(());
    }
    let said = text(value, "/metadata/namespace");
    if !said.is_empty() && said != **namespace {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    value["metadata"]["namespace"] = Value::from(&**namespace);
    Ok(())
}

/// Takes over from the stored object what a user does not write.
pub(super) fn keep_server_fields(
    kinds: &Kinds,
    kind: Kind,
    value: &mut Value,
    before: &Value,
    subresource: Subresource,
) {
    // Another uid is an error, not an oversight.
    let same = text(value, "/metadata/uid").is_empty() || text(value, "/metadata/uid") == text(before, "/metadata/uid");
    for field in same.then_some("uid").into_iter().chain([
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ]) {
        match before.pointer(&format!("/metadata/{field}")) {
            Some(kept) => value["metadata"][field] = kept.clone(),
            None => {
                if let Some(meta) = value.pointer_mut("/metadata").and_then(Value::as_object_mut) {
                    meta.remove(field);
                }
            }
        }
    }
    let kept = if subresource == Subresource::Status { "spec" } else { "status" };
    if let Some(custom) = kinds.custom(kind) {
        if subresource == Subresource::None && custom.has_status(&kind.api_version()) {
            match (value.as_object_mut(), before.get("status")) {
                (Some(fields), Some(status)) => drop(fields.insert("status".to_owned(), status.clone())),
                (Some(fields), None) => drop(fields.remove("status")),
                _ => {}
            }
        }
        return;
    }
    if let (Some(fields), Some(part)) = (value.as_object_mut(), before.get(kept)) {
        fields.insert(kept.to_owned(), part.clone());
    }
}

/// An object is written under its own name only.
///
/// Models `checkName` of `k8s.io/apiserver/pkg/endpoints/handlers/rest.go`.
pub(super) fn check_name(value: &Value, name: &str) -> Result<()> {
    match text(value, "/metadata/name").as_str() {
        "" => Err(Status::bad_request("the name of the object could not be determined: name must be provided")),
        found if found != name => {
            let why = format!("the name of the object ({found}) does not match the name on the URL ({name})");
            Err(Status::bad_request(why))
        }
        _ => Ok(()),
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
