//! Patches: an update whose body is made from the stored object.

use super::update::no_such_part;
use super::{
    ApiServer, Body, FieldValidation, PatchType, Reason, Request, Response, Result, Status, Subresource, manifest,
};
use crate::api::decode::{self, FaultKind};
use crate::api::kinds::Key;
use crate::api::objects::Object;
use crate::api::patch::{self, PatchError};
use crate::api::versions;
use crate::base::Value;
use crate::base::text::go_json;

impl ApiServer {
    pub(super) fn patch_request(&mut self, request: Request) -> Result<Response> {
        let Body::Patch(kind, patch) = &request.body else {
            return Err(Status::bad_request("the body of the request is missing"));
        };
        if *kind == PatchType::Apply {
            let config = patch.clone();
            return self.apply_request(&request, config);
        }
        let old = self.get(&request.key())?;
        if *kind == PatchType::Strategic && request.kind.is_custom() {
            return Err(not_understood(request.kind, &request.name));
        }
        if request.subresource == Subresource::Status && !self.status_is_apart(request.kind) {
            return Err(no_such_part(&old));
        }
        if request.subresource == Subresource::Scale {
            let value = patched(&request.key(), *kind, &self.scale_of(&old)?, patch)?;
            let body = Body::Json { value, duplicates: Vec::new() };
            return self.update_request(Request { body, verb: super::Verb::Update, ..request });
        }
        let before = versions::from_kept(&request.api_version, old.to_value());
        let value = patched(&request.key(), *kind, &before, patch)?;
        let (value, mut warnings) = self.decode_patched(&request, *kind, value, patch)?;
        manifest::check_name(&value, &request.name)?;
        let (new, more) = self.updated_manifest(&old, value, request.subresource, &request.namespace)?;
        warnings.extend(more);
        warnings.extend(self.deprecation(&request));
        self.put(&old, new, request.subresource, request.options.dry_run, warnings)
    }

    /// What a patch made, decoded. What cannot be is the patch's fault: it is shown, or what it made.
    ///
    /// Models `applyPatchToObject` and `jsonPatcher.applyPatchToCurrentObject`.
    fn decode_patched(
        &self,
        request: &Request,
        patch_type: PatchType,
        value: Value,
        patch: &Value,
    ) -> Result<(Value, Vec<String>)> {
        let (kind, validation) = (request.kind, request.options.field_validation);
        if self.kinds.custom(kind).is_some() {
            return manifest::decode(&self.kinds, kind, value, &[], validation);
        }
        let ty = versions::schema_of(kind, &value);
        if let Some(Err(error)) = ty.map(|ty| decode::check_type(ty, &value, &[]))
            && (!error.is_strict() || validation == FieldValidation::Strict)
        {
            return Err(match (patch_type, error.told.first()) {
                (PatchType::Strategic, Some(fault)) if fault.kind == FaultKind::WrongType => {
                    Status::invalid_patch(&patch::go_text(patch), &unconvertible(&fault.text))
                }
                (PatchType::Strategic, _) => Status::invalid_patch(&patch::go_text(patch), &error.to_string()),
                _ => Status::invalid_patch(&go_json(&value), &error.to_string()),
            });
        }
        manifest::decode(&self.kinds, kind, value, &[], validation)
    }

    /// The Scale of a workload: what `…/scale` shows of it.
    fn scale_of(&self, object: &Object) -> Result<Value> {
        let replicas = self.replicas_of(object.kind()).ok_or_else(|| no_such_part(object))?;
        let value = object.to_value();
        let number = |pointer: &str| value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
        let meta = object.meta();
        Ok(serde_json::json!({
            "apiVersion": "autoscaling/v1",
            "kind": "Scale",
            "metadata": {"name": &*meta.name, "namespace": &*meta.namespace, "uid": &*meta.uid},
            "spec": {"replicas": number(&replicas)},
            "status": {"replicas": number("/status/replicas")},
        }))
    }
}

/// 415: kinds that users define have no strategic merge.
fn not_understood(kind: crate::api::kinds::Kind, name: &str) -> Status {
    let message = "the body of the request was in an unknown format - accepted media types include: \
                   application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
    Status::new(Reason::UnsupportedMediaType, kind, name, message)
}

/// The object after the patch.
///
/// Models `k8s.io/apiserver/pkg/endpoints/handlers/patch.go`.
fn patched(key: &Key, patch_type: PatchType, before: &Value, patch: &Value) -> Result<Value> {
    let result = match (patch_type, versions::schema_of(key.kind, before)) {
        (PatchType::Json, _) => patch::json::apply(before, patch),
        (PatchType::Strategic, Some(ty)) => patch::strategic::apply(ty, before, patch),
        (PatchType::Merge | PatchType::Strategic | PatchType::Apply, _) => {
            Ok(patch::merge::apply(before.clone(), patch))
        }
    };
    result.map_err(|error| refusal(&error))
}

fn refusal(error: &PatchError) -> Status {
    let message = error.to_string();
    match error.code() {
        400 => Status::bad_request(message),
        // Of which object, and why, is not told.
        422 => Status {
            reason: Reason::Invalid,
            ..Status::bad_request("the server rejected our request due to an error in our request")
        },
        _ => Status { reason: Reason::Unknown, ..Status::bad_request(message) },
    }
}

/// Go's text for a value of the wrong type, as the converter from maps words it that a strategic merge uses.
///
/// Models `fromUnstructured` in `k8s.io/apimachinery/pkg/runtime/converter.go`.
fn unconvertible(text: &str) -> String {
    let words = text.strip_prefix("json: cannot unmarshal ").and_then(|rest| rest.split_once(" into "));
    let Some((from, wanted)) = words.and_then(|(from, rest)| Some((from, rest.rsplit_once(" of type ")?.1))) else {
        return text.to_owned();
    };
    let kind = match from.split(' ').next().unwrap_or_default() {
        "number" => "int64",
        "object" => "map",
        "array" => "slice",
        other => other,
    };
    match wanted {
        "string" if kind == "int64" => format!("cannot convert {kind} to {wanted}"),
        wanted if wanted.starts_with("map[") => format!("cannot restore map from {kind}"),
        wanted if wanted.starts_with("[]") => format!("cannot restore slice from {kind}"),
        wanted if wanted.contains('.') => format!("cannot restore struct from: {kind}"),
        wanted => format!("unrecognized type: {wanted}"),
    }
}
