//! Namespaces, Nodes, Secrets and CustomResourceDefinitions.

use super::edit::{default, default_text, ensure, has};
use crate::base::base64;
use crate::base::{Fields, Value};

/// Models `SetDefaults_Namespace` and the namespace strategy's `Canonicalize`.
pub fn namespace(object: &mut Fields) {
    let name =
        object.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Value::as_str).unwrap_or_default();
    if !name.is_empty() {
        let name = name.to_owned();
        let labels = ensure(ensure(object, "metadata"), "labels");
        labels.insert("kubernetes.io/metadata.name".to_owned(), name.into());
    }
    ensure(object, "spec");
    default_text(ensure(object, "status"), "phase", "Active");
}

/// Models `SetDefaults_CustomResourceDefinitionSpec`.
pub fn definition(spec: &mut Fields) {
    let names = ensure(spec, "names");
    let kind = names.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    default_text(names, "singular", &kind.to_lowercase());
    if !kind.is_empty() {
        default_text(names, "listKind", &(kind + "List"));
    }
    default(spec, "conversion", serde_json::json!({"strategy": "None"}));
}

/// Models `SetDefaults_NodeStatus`, and the fields of a Node that are always shown.
pub fn node(object: &mut Fields) {
    ensure(object, "spec");
    let status = ensure(object, "status");
    if let (Some(capacity), false) = (status.get("capacity").cloned(), has(status, "allocatable")) {
        status.insert("allocatable".to_owned(), capacity);
    }
    let kubelet = ensure(ensure(status, "daemonEndpoints"), "kubeletEndpoint");
    default(kubelet, "Port", 0);
    let info = ensure(status, "nodeInfo");
    for field in [
        "machineID",
        "systemUUID",
        "bootID",
        "kernelVersion",
        "osImage",
        "containerRuntimeVersion",
        "kubeletVersion",
        "kubeProxyVersion",
        "operatingSystem",
        "architecture",
    ] {
        default(info, field, "");
    }
}

/// Models `SetDefaults_Secret` and `Convert_v1_Secret_To_core_Secret`: what was written as text becomes data.
pub fn secret(object: &mut Fields) {
    default_text(object, "type", "Opaque");
    let Some(Value::Object(texts)) = object.remove("stringData") else { return };
    if texts.is_empty() {
        return;
    }
    let data = ensure(object, "data");
    for (key, value) in texts {
        let coded = base64::encode(value.as_str().unwrap_or_default().as_bytes());
        data.insert(key, coded.into());
    }
}
