//! Kinds that are questions: creating one gives the answer, and nothing is kept.
//!
//! Models `pkg/registry/authorization` and `pkg/registry/authentication`. Who asks is the cluster's administrator.

use super::rbac::{self, ADMINISTRATOR as USER, ADMINISTRATORS as ADMINS, User, Wish};
use super::{Status, Store};
use crate::api::kinds::Kind;
use crate::api::meta::Meta;
use crate::api::objects::{Object, Other};
use crate::base::Value;
use serde_json::json;

/// The question with its answer.
pub(super) fn answer(store: &Store, kind: Kind, mut value: Value) -> Result<Object, Status> {
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
        _ => allowed(is_allowed(store, &value)),
    };
    let Some(fields) = value.as_object_mut() else { return Err(Status::bad_request("the body is no object")) };
    fields.insert("status".to_owned(), status);
    let mut fields = std::mem::take(fields);
    for known in ["apiVersion", "kind", "metadata"] {
        fields.remove(known);
    }
    Ok(Object::Other(Other { kind, meta: Meta::default(), fields }))
}

/// What the question names somebody for.
fn is_allowed(store: &Store, value: &Value) -> bool {
    let spec = |pointer: &str| value.pointer(&format!("/spec{pointer}"));
    let text = |pointer: &str| spec(pointer).and_then(Value::as_str).unwrap_or_default();
    let groups = spec("/groups").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let user = User { name: text("/user").to_owned(), groups: groups.map(str::to_owned).collect() };
    let mut resource = text("/resourceAttributes/resource").to_owned();
    if !text("/resourceAttributes/subresource").is_empty() {
        resource = format!("{resource}/{}", text("/resourceAttributes/subresource"));
    }
    let path = spec("/nonResourceAttributes/path").and_then(Value::as_str);
    let of = if path.is_some() { "/nonResourceAttributes" } else { "/resourceAttributes" };
    let wish = Wish {
        verb: text(&format!("{of}/verb")),
        group: text("/resourceAttributes/group"),
        resource: &resource,
        namespace: text("/resourceAttributes/namespace"),
        name: text("/resourceAttributes/name"),
        path,
    };
    rbac::may(store, &user, &wish)
}

fn allowed(yes: bool) -> Value {
    if !yes {
        return json!({"allowed": false});
    }
    let reason = "RBAC: allowed by ClusterRoleBinding \"kubeadm:cluster-admins\" of ClusterRole \"cluster-admin\" to Group \
                  \"kubeadm:cluster-admins\"";
    json!({"allowed": true, "reason": reason})
}
