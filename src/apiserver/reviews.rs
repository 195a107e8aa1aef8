//! Kinds that are questions: creating one gives the answer, and nothing is kept.
//!
//! Models `pkg/registry/authorization` and `pkg/registry/authentication`. Nobody is refused anything here, for every
//! request comes from the cluster's administrator; others are asked about in vain: no rules are evaluated.

use super::Status;
use crate::api::kinds::Kind;
use crate::api::meta::Meta;
use crate::api::objects::{Object, Other};
use crate::base::{Fields, Value};
use serde_json::json;

/// Who sends all requests.
const USER: &str = "kubernetes-admin";
/// The group that may do everything.
const ADMINS: &str = "kubeadm:cluster-admins";

/// The question with its answer.
pub(super) fn answer(kind: Kind, mut value: Value) -> Result<Object, Status> {
    let status = match kind {
        Kind::TOKEN_REVIEW => json!({"user": {}, "error": "[invalid bearer token, Token could not be validated.]"}),
        Kind::SELF_SUBJECT_REVIEW => {
            json!({"userInfo": {"username": USER, "groups": [ADMINS, "system:authenticated"]}})
        }
        Kind::SELF_SUBJECT_RULES_REVIEW => json!({
            "incomplete": false,
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        }),
        Kind::SELF_SUBJECT_ACCESS_REVIEW => allowed(true),
        _ => allowed(is_admin(value.get("spec"))),
    };
    let Some(fields) = value.as_object_mut() else { return Err(Status::bad_request("the body is no object")) };
    fields.insert("status".to_owned(), status);
    let mut fields = std::mem::take(fields);
    for known in ["apiVersion", "kind", "metadata"] {
        fields.remove(known);
    }
    Ok(Object::Other(Other { kind, meta: Meta::default(), fields }))
}

fn is_admin(spec: Option<&Value>) -> bool {
    let spec = spec.and_then(Value::as_object);
    let groups = spec.and_then(|spec: &Fields| spec.get("groups")).and_then(Value::as_array);
    groups.into_iter().flatten().any(|group| group == ADMINS || group == "system:masters")
}

fn allowed(yes: bool) -> Value {
    if !yes {
        return json!({"allowed": false});
    }
    let reason = "RBAC: allowed by ClusterRoleBinding \"kubeadm:cluster-admins\" of ClusterRole \"cluster-admin\" to Group \
                  \"kubeadm:cluster-admins\"";
    json!({"allowed": true, "reason": reason})
}
