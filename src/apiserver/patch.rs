//! Patches: an update whose body is made from the stored object.

use super::update::no_such_part;
use super::{ApiServer, Body, PatchType, Reason, Request, Response, Result, Status, Subresource};
use crate::api::kinds::Key;
use crate::api::objects::Object;
use crate::api::patch::{self, PatchError};
use crate::api::versions;
use crate::base::Value;

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
        let (new, mut warnings) = self.updated_manifest(&old, value, &[], request.subresource, &request.namespace)?;
        warnings.extend(self.deprecation(&request));
        self.put(&old, new, request.subresource, request.options.dry_run, warnings)
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
    result.map_err(|error| refusal(key, &error))
}

fn refusal(key: &Key, error: &PatchError) -> Status {
    let message = error.to_string();
    match error.code() {
        400 => Status::bad_request(message),
        422 => Status::new(Reason::Invalid, key.kind, &key.name, message),
        _ => Status::new(Reason::InternalError, key.kind, &key.name, message),
    }
}
