//! PersistentVolumes, the claims on them, and StorageClasses.

use super::{Text, list_of, or_none, text_of};
use crate::api::kinds::Kind;
use crate::api::objects::{Object, Pod};
use crate::base::Order;
use crate::base::Value;
use crate::kubectl::client::{Client, Filter};
use crate::kubectl::gofmt;
use crate::kubectl::tables::{access_modes, labels_text, since};

/// Where the class stood before it had a field.
const OLD_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

fn class<'v>(object: &'v Object, spec: &'v Value) -> &'v str {
    object.meta().annotations.get(OLD_CLASS).map_or_else(|| text_of(spec, "storageClassName"), |class| &**class)
}

fn status(object: &Object, value: &Value, client: &Client<'_>) -> String {
    match object.meta().deletion_timestamp {
        Some(_) => format!("Terminating (lasts {})", since(object.meta().deletion_timestamp, client.now())),
        None => value.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default().to_owned(),
    }
}

fn finalizers(value: &Value) -> String {
    value.pointer("/metadata/finalizers").map_or("[]".to_owned(), gofmt::sprint)
}

/// Models `describePersistentVolume`.
pub(super) fn volume(object: &Object, client: &Client<'_>, text: &mut Text) {
    let value = object.to_value();
    let nothing = Value::Null;
    let spec = value.get("spec").unwrap_or(&nothing);
    text.field("Name", &object.meta().name);
    text.labels("Labels", &object.meta().labels);
    text.annotations("Annotations", &object.meta().annotations);
    text.field("Finalizers", finalizers(&value));
    text.field("StorageClass", class(object, spec));
    text.field("Status", status(object, &value, client));
    let claim = spec.get("claimRef").map(|claim| format!("{}/{}", text_of(claim, "namespace"), text_of(claim, "name")));
    text.field("Claim", claim.unwrap_or_default());
    text.field("Reclaim Policy", text_of(spec, "persistentVolumeReclaimPolicy"));
    text.field("Access Modes", access_modes(spec.get("accessModes")));
    if spec.get("volumeMode").is_some() {
        text.field("VolumeMode", text_of(spec, "volumeMode"));
    }
    text.field("Capacity", spec.pointer("/capacity/storage").map_or("0".to_owned(), gofmt::sprint));
    node_affinity(spec.pointer("/nodeAffinity/required"), text);
    text.field("Message", value.pointer("/status/message").and_then(Value::as_str).unwrap_or_default());
    text.line(0, "Source:");
    super::volumes::source(spec, true, text);
}

/// Models `printVolumeNodeAffinity`.
fn node_affinity(required: Option<&Value>, text: &mut Text) {
    let Some(required) = required else { return text.field("Node Affinity", "<none>") };
    text.line(0, "Node Affinity:\t");
    let terms = list_of(required, "nodeSelectorTerms");
    text.line(1, if terms.is_empty() { "Required Terms:\t<none>" } else { "Required Terms:\t" });
    for (place, term) in terms.iter().enumerate() {
        self::terms(2, &format!("Term {place}"), list_of(term, "matchExpressions"), text);
    }
}

/// Models `printNodeSelectorTermsMultilineWithIndent`.
fn terms(level: usize, title: &str, requirements: &[Value], text: &mut Text) {
    if requirements.is_empty() {
        text.line(level, format_args!("{title}:\t<none>"));
    }
    for (place, requirement) in requirements.iter().enumerate() {
        let title = if place == 0 { format!("{title}:") } else { String::new() };
        let operator = match text_of(requirement, "operator") {
            "" => "in".to_owned(),
            operator => operator.to_lowercase(),
        };
        let values: Vec<&str> = list_of(requirement, "values").iter().filter_map(Value::as_str).collect();
        let values = if values.is_empty() { String::new() } else { format!(" [{}]", values.join(", ")) };
        text.line(level, format_args!("{title}\t{} {operator}{values}", text_of(requirement, "key")));
    }
}

/// Models `describePersistentVolumeClaim`.
pub(super) fn claim(object: &Object, client: &mut Client<'_>, text: &mut Text) {
    let value = object.to_value();
    let nothing = Value::Null;
    let spec = value.get("spec").unwrap_or(&nothing);
    let meta = object.meta();
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.field("StorageClass", class(object, spec));
    text.field("Status", status(object, &value, client));
    text.field("Volume", text_of(spec, "volumeName"));
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    text.field("Finalizers", finalizers(&value));
    let bound = !text_of(spec, "volumeName").is_empty();
    let storage = value.pointer("/status/capacity/storage").map_or("0".to_owned(), gofmt::sprint);
    text.field("Capacity", if bound { storage } else { String::new() });
    let modes = access_modes(value.pointer("/status/accessModes"));
    text.field("Access Modes", if bound { modes } else { String::new() });
    if spec.get("volumeMode").is_some() {
        text.field("VolumeMode", text_of(spec, "volumeMode"));
    }
    if let Some(source) = spec.get("dataSource") {
        text.line(0, "DataSource:");
        for (field, title) in [("apiGroup", "APIGroup"), ("kind", "Kind"), ("name", "Name")] {
            if field != "apiGroup" || source.get(field).is_some() {
                text.line(1, format_args!("{title}:\t{}", text_of(source, field)));
            }
        }
    }
    text.list("Used By", &users(object, client));
    let conditions = value.pointer("/status/conditions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if !conditions.is_empty() {
        text.line(0, "Conditions:");
        text.line(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage");
        text.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    }
    for condition in conditions {
        let field = |name| text_of(condition, name);
        let time = |name| crate::base::time::Timestamp::parse(field(name)).map_or_else(never, |time| time.rfc1123z());
        text.line(
            1,
            format_args!(
                "{} \t{} \t{} \t{} \t{} \t{}",
                field("type"),
                field("status"),
                time("lastProbeTime"),
                time("lastTransitionTime"),
                field("reason"),
                field("message")
            ),
        );
    }
}

fn never() -> String {
    "Mon, 01 Jan 0001 00:00:00 +0000".to_owned()
}

/// The pods that name a claim as a volume, or own it.
fn users(claim: &Object, client: &mut Client<'_>) -> Vec<String> {
    let meta = claim.meta();
    let pods = client.list(Kind::POD, &meta.namespace, Filter::default()).unwrap_or_default();
    let uses = |object: &Object| {
        let spec = object.to_value();
        let volumes = spec.pointer("/spec/volumes").and_then(Value::as_array).into_iter().flatten();
        let mut names = volumes.filter_map(|volume| volume.pointer("/persistentVolumeClaim/claimName")?.as_str());
        names.any(|name| name == &*meta.name)
    };
    let owns = |pod: &Pod| meta.owner_references.iter().any(|owner| owner.uid == pod.meta.uid);
    let mut names: Vec<String> = pods
        .iter()
        .filter(|object| Pod::of(object).is_some_and(owns) || uses(object))
        .map(|object| object.meta().name.to_string())
        .collect();
    names.order();
    names
}

/// Models `describeStorageClass`.
pub(super) fn storage_class(object: &Object, text: &mut Text) {
    const DEFAULT: [&str; 2] =
        ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
    let value = object.to_value();
    let meta = object.meta();
    text.field("Name", &meta.name);
    let default = DEFAULT.iter().any(|name| meta.annotations.get(name).is_some_and(|value| **value == *"true"));
    text.field("IsDefaultClass", if default { "Yes" } else { "No" });
    text.field("Annotations", labels_text(&meta.annotations));
    text.field("Provisioner", text_of(&value, "provisioner"));
    let parameters = value.get("parameters").and_then(Value::as_object).into_iter().flatten();
    let parameters: Vec<String> = parameters.map(|(name, value)| format!("{name}={}", gofmt::sprint(value))).collect();
    text.field("Parameters", or_none(&parameters.join(",")));
    text.field(
        "AllowVolumeExpansion",
        match value.get("allowVolumeExpansion").and_then(Value::as_bool) {
            None => "<unset>",
            Some(true) => "True",
            Some(false) => "False",
        },
    );
    let options = list_of(&value, "mountOptions");
    text.line(0, if options.is_empty() { "MountOptions:\t<none>" } else { "MountOptions:" });
    for option in options {
        text.line(1, gofmt::sprint(option));
    }
    for (field, title) in [("reclaimPolicy", "ReclaimPolicy"), ("volumeBindingMode", "VolumeBindingMode")] {
        if value.get(field).is_some() {
            text.field(title, text_of(&value, field));
        }
    }
    if let Some(topologies) = value.get("allowedTopologies") {
        text.line(0, "AllowedTopologies:\t");
        for (place, term) in topologies.as_array().into_iter().flatten().enumerate() {
            terms(1, &format!("Term {place}"), list_of(term, "matchLabelExpressions"), text);
        }
    }
}
