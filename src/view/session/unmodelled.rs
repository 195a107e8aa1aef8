//! What is accepted and stored, but acted on by nobody here: said in the editor, never passed over in silence.

use crate::api::kinds::Kind;
use crate::api::meta::Labels;
use crate::base::Value;
use crate::base::msg::Msg;
use crate::base::path::FieldPath;
use crate::kubelet::manual;
use crate::msg;
use std::rc::Rc;

/// Kinds that something acts on, or that something reads.
const ACTED_ON: &[Kind] = &[
    Kind::CONFIG_MAP,
    Kind::SECRET,
    Kind::ENDPOINTS,
    Kind::ENDPOINT_SLICE,
    Kind::EVENT,
    Kind::NAMESPACE,
    Kind::NODE,
    Kind::POD,
    Kind::SERVICE,
    Kind::SERVICE_ACCOUNT,
    Kind::DAEMON_SET,
    Kind::DEPLOYMENT,
    Kind::REPLICA_SET,
    Kind::STATEFUL_SET,
    Kind::JOB,
    Kind::CRON_JOB,
    Kind::REPLICATION_CONTROLLER,
    Kind::POD_DISRUPTION_BUDGET,
    Kind::HORIZONTAL_POD_AUTOSCALER,
    Kind::PERSISTENT_VOLUME_CLAIM,
    Kind::PERSISTENT_VOLUME,
    Kind::STORAGE_CLASS,
    Kind::PRIORITY_CLASS,
    Kind::RESOURCE_QUOTA,
    Kind::LIMIT_RANGE,
    Kind::CONTROLLER_REVISION,
    Kind::NETWORK_POLICY,
    Kind::INGRESS,
    Kind::INGRESS_CLASS,
    Kind::CUSTOM_RESOURCE_DEFINITION,
    Kind::ROLE,
    Kind::ROLE_BINDING,
    Kind::CLUSTER_ROLE,
    Kind::CLUSTER_ROLE_BINDING,
    Kind::CERTIFICATE_SIGNING_REQUEST,
    Kind::CSI_DRIVER,
];

/// Fields of pods that are kept and change nothing here.
const POD_FIELDS: &[&str] = &[
    "hostPID",
    "hostIPC",
    "shareProcessNamespace",
    "runtimeClassName",
    "overhead",
    "resourceClaims",
    "setHostnameAsFQDN",
    "hostUsers",
];

/// Where the pods' spec of a kind stands.
fn pod_spec(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::POD => Some("spec"),
        Kind::DEPLOYMENT | Kind::REPLICA_SET | Kind::DAEMON_SET | Kind::STATEFUL_SET | Kind::JOB => {
            Some("spec.template.spec")
        }
        _ => None,
    }
}

/// What to say of a manifest, and where.
pub fn notices(kind: Kind, value: &Value) -> Vec<(FieldPath, Msg)> {
    if !ACTED_ON.contains(&kind) {
        return vec![(FieldPath::of("kind"), msg!("diag.nobody-acts", kind = kind.info().kind))];
    }
    // Objects keep the version in which they were written.
    if value.pointer("/spec/conversion/strategy").is_some_and(|strategy| strategy == "Webhook") {
        let field = "spec.conversion.webhook";
        return vec![(FieldPath::of(field), msg!("diag.field-unused", field = field))];
    }
    let Some(spec) = pod_spec(kind) else { return Vec::new() };
    let behaviour =
        behaviour(value, FieldPath::of(spec.strip_suffix("spec").unwrap_or_default().trim_end_matches('.')));
    let fields = value.pointer(&format!("/{}", spec.replace('.', "/"))).and_then(Value::as_object);
    let present = POD_FIELDS.iter().filter(|field| fields.is_some_and(|fields| fields.contains_key(**field)));
    let unused = present.map(|field| (FieldPath::of(spec).child(field), msg!("diag.field-unused", field = field)));
    unused.chain(behaviour).collect()
}

/// Annotations that should say what containers do and cannot be read, of the pod or template at `place`.
fn behaviour(value: &Value, place: FieldPath) -> Vec<(FieldPath, Msg)> {
    let path = place.child("metadata").child("annotations");
    let Some(annotations) = path.find(value).and_then(Value::as_object) else { return Vec::new() };
    let texts = annotations.iter().filter_map(|(name, text)| Some((name.as_str().into(), text.as_str()?.into())));
    let annotations = Labels(Rc::new(texts.collect()));
    let problems = manual::problems(&annotations);
    problems.map(|(name, problem)| (path.key(name), msg!("diag.behaviour", problem = problem))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_nobody_acts_on_is_said() {
        let ids = |kind, value| notices(kind, &value).into_iter().map(|(_, message)| message.id).collect::<Vec<_>>();
        assert_eq!(ids(Kind::LEASE, json!({})), ["diag.nobody-acts"]);
        assert_eq!(ids(Kind::POD, json!({"spec": {"hostPID": true}})), ["diag.field-unused"]);
        assert!(ids(Kind::POD, json!({"spec": {"containers": []}})).is_empty());
        let conversion = json!({"spec": {"conversion": {"strategy": "Webhook"}}});
        assert_eq!(ids(Kind::CUSTOM_RESOURCE_DEFINITION, conversion), ["diag.field-unused"]);
        let said = |text: &str| json!({"annotations": {"behaviour.tabernetes/web": text}});
        assert_eq!(ids(Kind::POD, json!({"metadata": said("strat: 5"), "spec": {}})), ["diag.behaviour"]);
        assert!(ids(Kind::POD, json!({"metadata": said("start: 5"), "spec": {}})).is_empty());
        let template = json!({"spec": {"template": {"metadata": said("[]"), "spec": {}}}});
        assert_eq!(ids(Kind::DEPLOYMENT, template), ["diag.behaviour"]);
    }
}
