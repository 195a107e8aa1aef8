//! Service accounts of pods.
//!
//! Models `plugin/pkg/admission/serviceaccount/admission.go`.

use super::text;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::apiserver::{Result, Status, Store};
use crate::base::Value;
use crate::base::text::go_quote;

/// Looks the pod's account up, and takes over what the account says about tokens and pull secrets.
pub(super) fn admit(store: &Store, pod: &mut Value) -> Result<()> {
    let namespace = text(pod, "/metadata/namespace");
    let account = match text(pod, "/spec/serviceAccountName") {
        "" => "default",
        account => account,
    };
    let Some(found) = store.get(&Key::new(Kind::SERVICE_ACCOUNT, namespace, account)) else {
        // The default account is made a moment after its namespace; a pod that comes between is let in.
        if account == "default" {
            return Ok(());
        }
        let quoted = go_quote(account);
        let why = format!("error looking up service account {namespace}/{account}: serviceaccount {quoted} not found");
        return Err(Status::forbidden(Kind::POD, text(pod, "/metadata/name"), &why));
    };
    let Object::Other(found) = &**found else { return Ok(()) };
    let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) else { return Ok(()) };
    if found.fields.get("automountServiceAccountToken") == Some(&Value::Bool(false)) {
        spec.entry("automountServiceAccountToken").or_insert(Value::Bool(false));
    }
    let none = spec.get("imagePullSecrets").and_then(Value::as_array).is_none_or(Vec::is_empty);
    if let (true, Some(secrets)) = (none, found.fields.get("imagePullSecrets")) {
        spec.insert("imagePullSecrets".to_owned(), secrets.clone());
    }
    Ok(())
}
