//! Admission of pods: what the cluster adds to every pod before it is stored.

use super::{Result, Status, Store};
use crate::api::default;
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
    default::admission_pod(value, suffix);
    Ok(())
}

/// The spec that all pods of a template get, made once and shared.
pub fn admitted(template: &PodTemplate) -> Rc<PodSpec> {
    template.admitted.get_or_init(|| admitted_spec(&template.spec)).clone()
}

/// A template's spec as a pod of its own has it: with a pod's defaults, and admitted. Its token volume is each pod's own.
fn admitted_spec(spec: &Rc<PodSpec>) -> Rc<PodSpec> {
    let mut value = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": spec.to_json()});
    default::apply("Pod", "v1", &mut value);
    default::admission_pod(&mut value, "00000");
    Pod::from_json(value).map_or_else(|| spec.clone(), |pod| pod.spec)
}

/// Admits a pod that a controller made from a template. With the spec of [`admitted`] this costs nothing but the name of
/// the token volume; any other spec is admitted now.
pub(super) fn typed_pod(pod: &mut Pod, suffix: &str) {
    let is_admitted = pod.spec.priority.is_some() && pod.spec.enable_service_links.is_some();
    if !is_admitted {
        pod.spec = admitted_spec(&pod.spec);
    }
    if pod.token_volume.is_empty() && pod.spec.automount_service_account_token != Some(false) {
        pod.token_volume = Str::from(format!("{TOKEN_VOLUME_PREFIX}{suffix}"));
    }
    pod.status.qos_class = qos_class(&pod.spec);
}

fn qos_class(spec: &PodSpec) -> Str {
    let mut containers = spec.containers.iter().chain(&spec.init_containers);
    // Most pods ask for nothing; only the others are worth being written out.
    if containers.all(|container| container.resources.limits.is_empty() && container.resources.requests.is_empty())
        && !spec.rest.contains_key("resources")
    {
        return "BestEffort".into();
    }
    default::qos_class(&serde_json::json!({"spec": spec.to_json()})).into()
}
