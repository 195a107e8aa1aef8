//! Admission of pods: what the cluster adds to every pod before it is stored.

use super::{Result, Status, Store};
use crate::api::json::Json;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::TOKEN_VOLUME_PREFIX;
use crate::api::objects::{Pod, PodSpec, PodTemplate};
use crate::base::{Str, Value};
use std::rc::Rc;

/// Admits a pod that a user wrote; `suffix` are the five characters of its token volume.
pub(super) fn pod(store: &Store, value: &mut Value, suffix: &str) -> Result<()> {
    let field = |value: &Value, path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, namespace) = (field(value, "/metadata/name"), field(value, "/metadata/namespace"));
    let account = match field(value, "/spec/serviceAccountName") {
        empty if empty.is_empty() => "default".to_owned(),
        account => account,
    };
    // The default account is made a moment after its namespace; a pod that comes between is let in.
    let exists = store.get(&Key::new(Kind::SERVICE_ACCOUNT, namespace.as_str(), account.as_str())).is_some();
    if !exists && account != "default" {
        let quoted = crate::base::text::go_quote(&account);
        let why = format!("error looking up service account {namespace}/{account}: serviceaccount {quoted} not found");
        return Err(Status::forbidden(Kind::POD, &name, &why));
    }
    let _ = suffix;
    Ok(())
}

/// The spec that all pods of a template get, made once and shared.
pub fn admitted(template: &PodTemplate) -> Rc<PodSpec> {
    template
        .admitted
        .get_or_init(|| {
            let mut value = serde_json::json!({"metadata": {}, "spec": template.spec.to_json()});
            admit_value(&mut value, "");
            Pod::from_json(value).map_or_else(|| template.spec.clone(), |pod| pod.spec)
        })
        .clone()
}

/// Admits a pod that a controller made from a template with [`admitted`]: only its token volume is its own.
pub(super) fn typed_pod(pod: &mut Pod, suffix: &str) {
    if pod.token_volume.is_empty() && pod.spec.automount_service_account_token != Some(false) {
        pod.token_volume = Str::from(format!("{TOKEN_VOLUME_PREFIX}{suffix}"));
    }
}

/// What admission adds to a pod, whoever made it.
fn admit_value(value: &mut Value, suffix: &str) {
    let _ = (value, suffix);
}
