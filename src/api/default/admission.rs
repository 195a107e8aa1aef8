//! What the standard admission plugins put into a pod: service account, tolerations, priority.

use super::edit::{default, default_text, ensure, items, text};
use crate::base::{Fields, Value};
use serde_json::json;

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Models the plugins ServiceAccount, DefaultTolerationSeconds and Priority for a cluster without PriorityClasses of its
/// own. `suffix` is the five random characters of the token volume's name.
pub fn admission_pod(pod: &mut Value, suffix: &str) {
    let Some(object) = pod.as_object_mut() else { return };
    let spec = ensure(object, "spec");
    service_account(spec, suffix);
    tolerations(spec);
    default(spec, "priority", 0);
    default(spec, "preemptionPolicy", "PreemptLowerPriority");
}

fn service_account(spec: &mut Fields, suffix: &str) {
    default_text(spec, "serviceAccountName", "default");
    let account = text(spec, "serviceAccountName").to_owned();
    spec.insert("serviceAccount".to_owned(), account.into());
    if spec.get("automountServiceAccountToken").and_then(Value::as_bool) == Some(false) {
        return;
    }
    let present = items(spec, "volumes")
        .map(|volume| text(volume, "name").to_owned())
        .find(|name| name.starts_with("kube-api-access-"));
    let name = present.clone().unwrap_or_else(|| format!("kube-api-access-{suffix}"));
    let mut mounted = false;
    for list in ["initContainers", "containers"] {
        for container in items(spec, list) {
            if items(container, "volumeMounts").any(|mount| text(mount, "mountPath") == TOKEN_PATH) {
                continue;
            }
            let mount = json!({"name": name, "readOnly": true, "mountPath": TOKEN_PATH});
            push(container, "volumeMounts", mount);
            mounted = true;
        }
    }
    if mounted && present.is_none() {
        push(spec, "volumes", token_volume(&name));
    }
}

fn push(fields: &mut Fields, list: &str, item: Value) {
    match fields.get_mut(list).and_then(Value::as_array_mut) {
        Some(items) => items.push(item),
        None => {
            fields.insert(list.to_owned(), Value::Array(vec![item]));
        }
    }
}

fn token_volume(name: &str) -> Value {
    json!({"name": name, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [
            {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
        ]}},
    ]}})
}

fn tolerations(spec: &mut Fields) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = items(spec, "tolerations").any(|toleration| {
            let (found, effect) = (text(toleration, "key"), text(toleration, "effect"));
            (found == key || found.is_empty()) && matches!(effect, "NoExecute" | "")
        });
        if !tolerated {
            let toleration = json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300});
            push(spec, "tolerations", toleration);
        }
    }
}
