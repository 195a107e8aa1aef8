//! The quick way of pods that controllers make: what the cluster adds to every pod is added once per template.

use super::priority;
use crate::api::default;
use crate::api::json::Json;
use crate::api::objects::pod::TOKEN_VOLUME_PREFIX;
use crate::api::objects::{Pod, PodSpec, PodTemplate};
use crate::apiserver::{Result, Store};
use crate::base::Str;
use std::rc::Rc;

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
pub(in crate::apiserver) fn admit(store: &Store, pod: &mut Pod, suffix: &str) -> Result<()> {
    let is_admitted = pod.spec.priority.is_some() && pod.spec.enable_service_links.is_some();
    if !is_admitted {
        pod.spec = admitted_spec(&pod.spec);
    }
    priority::admit_typed(store, &pod.meta.name, &mut pod.spec)?;
    if pod.token_volume.is_empty() && pod.spec.automount_service_account_token != Some(false) {
        pod.token_volume = Str::from(format!("{TOKEN_VOLUME_PREFIX}{suffix}"));
    }
    pod.status.qos_class = qos_class(&pod.spec);
    Ok(())
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
