//! Volumes, claims and storage classes.

use super::access::pairs;
use super::{Text, list_of, text_of};
use crate::api::kinds::Kind;
use crate::api::objects::{Object, Pod};
use crate::base::Value;
use crate::kubectl::client::{Client, Filter};
use crate::kubectl::tables::since;

/// `RWO,ROX`. Models `GetAccessModesAsString`.
fn modes(list: Option<&Value>) -> String {
    const MODES: [(&str, &str); 4] =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let list = list.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let given = MODES.iter().filter(|(mode, _)| list.iter().any(|one| one.as_str() == Some(mode)));
    given.map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

/// A list as Go prints it: `[a b]`.
fn bracketed(list: &[Value]) -> String {
    format!("[{}]", list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
}

fn status(object: &Object, value: &Value, client: &Client<'_>, text: &mut Text) {
    match object.meta().deletion_timestamp {
        Some(at) => text.field("Status", format_args!("Terminating (lasts {})", since(Some(at), client.now()))),
        None => text.field("Status", value.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default()),
    }
}

/// Models `describePersistentVolume`.
pub(super) fn volume(object: &Object, client: &Client<'_>, text: &mut Text) {
    let value = object.to_value();
    let meta = object.meta();
    let part = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    text.field("Name", &meta.name);
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    text.field("Finalizers", bracketed(value.pointer("/metadata").map_or(&[], |meta| list_of(meta, "finalizers"))));
    text.field("StorageClass", part("/spec/storageClassName"));
    status(object, &value, client, text);
    let claim = match part("/spec/claimRef/name").as_str() {
        "" => String::new(),
        name => format!("{}/{name}", part("/spec/claimRef/namespace")),
    };
    text.field("Claim", claim);
    text.field("Reclaim Policy", part("/spec/persistentVolumeReclaimPolicy"));
    text.field("Access Modes", modes(value.pointer("/spec/accessModes")));
    if value.pointer("/spec/volumeMode").is_some() {
        text.field("VolumeMode", part("/spec/volumeMode"));
    }
    text.field("Capacity", part("/spec/capacity/storage"));
    affinity(value.pointer("/spec/nodeAffinity"), text);
    text.field("Message", part("/status/message"));
    text.line(0, "Source:");
    if value.pointer("/spec/hostPath").is_some() {
        text.line(1, "  Type:\tHostPath (bare host directory volume)");
        text.line(1, format_args!("  Path:\t{}", part("/spec/hostPath/path")));
        text.line(1, format_args!("  HostPathType:\t{}", part("/spec/hostPath/type")));
    } else if value.pointer("/spec/nfs").is_some() {
        text.line(1, "  Type:\tNFS (an NFS mount that lasts the lifetime of a pod)");
        text.line(1, format_args!("  Server:\t{}", part("/spec/nfs/server")));
        text.line(1, format_args!("  Path:\t{}", part("/spec/nfs/path")));
        let read_only = value.pointer("/spec/nfs/readOnly").and_then(Value::as_bool).unwrap_or(false);
        text.line(1, format_args!("  ReadOnly:\t{read_only}"));
    } else if value.pointer("/spec/local").is_some() {
        text.line(1, "  Type:\tLocalVolume (a persistent volume backed by local storage on a node)");
        text.line(1, format_args!("  Path:\t{}", part("/spec/local/path")));
    } else if value.pointer("/spec/csi").is_some() {
        text.line(1, "  Type:\tCSI (a Container Storage Interface (CSI) volume source)");
        text.line(1, format_args!("  Driver:\t{}", part("/spec/csi/driver")));
        text.line(1, format_args!("  FSType:\t{}", part("/spec/csi/fsType")));
        text.line(1, format_args!("  VolumeHandle:\t{}", part("/spec/csi/volumeHandle")));
        let read_only = value.pointer("/spec/csi/readOnly").and_then(Value::as_bool).unwrap_or(false);
        text.line(1, format_args!("  ReadOnly:\t{read_only}"));
        text.line(1, format_args!("  VolumeAttributes:\t{}", pairs(value.pointer("/spec/csi/volumeAttributes"))));
    } else {
        text.line(1, "<unknown>");
    }
}

/// Models `printVolumeNodeAffinity`.
fn affinity(affinity: Option<&Value>, text: &mut Text) {
    text.part(0, "Node Affinity:\t");
    let terms = affinity.and_then(|affinity| affinity.pointer("/required/nodeSelectorTerms")).and_then(Value::as_array);
    let Some(terms) = terms.filter(|terms| !terms.is_empty()) else {
        text.line(0, "<none>");
        return;
    };
    text.line(0, "");
    text.part(1, "Required Terms:\t");
    text.line(0, "");
    for (place, term) in terms.iter().enumerate() {
        text.part(2, format_args!("Term {place}:\t"));
        for (i, expression) in list_of(term, "matchExpressions").iter().enumerate() {
            let operator = text_of(expression, "operator").to_lowercase();
            let values: Vec<&str> = list_of(expression, "values").iter().filter_map(Value::as_str).collect();
            let list = if values.is_empty() { String::new() } else { format!(" [{}]", values.join(", ")) };
            text.line(
                0,
                format_args!("{}{} {operator}{list}", if i > 0 { "\t" } else { "" }, text_of(expression, "key")),
            );
        }
    }
}

/// Models `describePersistentVolumeClaim` and `printPersistentVolumeClaim`.
pub(super) fn claim(object: &Object, client: &mut Client<'_>, text: &mut Text) {
    let value = object.to_value();
    let meta = object.meta();
    let part = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.field("StorageClass", part("/spec/storageClassName"));
    status(object, &value, client, text);
    text.field("Volume", part("/spec/volumeName"));
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    text.field("Finalizers", bracketed(value.pointer("/metadata").map_or(&[], |meta| list_of(meta, "finalizers"))));
    let bound = !part("/spec/volumeName").is_empty();
    text.field("Capacity", if bound { part("/status/capacity/storage") } else { String::new() });
    text.field("Access Modes", if bound { modes(value.pointer("/status/accessModes")) } else { String::new() });
    if value.pointer("/spec/volumeMode").is_some() {
        text.field("VolumeMode", part("/spec/volumeMode"));
    }
    let listed = client.list(Kind::POD, &meta.namespace, Filter::default()).unwrap_or_default();
    let uses = |pod: &&Pod| {
        let claims = pod.spec.volumes.iter().filter_map(|volume| volume.pointer("/persistentVolumeClaim/claimName"));
        claims.into_iter().any(|name| name.as_str() == Some(&*meta.name))
    };
    let pods: Vec<String> =
        listed.iter().filter_map(|object| Pod::of(object)).filter(uses).map(|pod| pod.meta.name.to_string()).collect();
    text.list("Used By", &pods);
}

/// Models `describeStorageClass`.
pub(super) fn class(object: &Object, text: &mut Text) {
    let value = object.to_value();
    let annotations = value.pointer("/metadata/annotations");
    let is_default =
        ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
            .iter()
            .any(|key| annotations.and_then(|all| all.get(*key)).and_then(Value::as_str) == Some("true"));
    text.field("Name", &object.meta().name);
    text.field("IsDefaultClass", if is_default { "Yes" } else { "No" });
    text.field("Annotations", pairs(annotations));
    text.field("Provisioner", text_of(&value, "provisioner"));
    text.field("Parameters", pairs(value.get("parameters")));
    let expands = value.get("allowVolumeExpansion").and_then(Value::as_bool);
    text.field(
        "AllowVolumeExpansion",
        match expands {
            Some(true) => "True",
            Some(false) => "False",
            None => "<unset>",
        },
    );
    let options = list_of(&value, "mountOptions");
    if options.is_empty() {
        text.field("MountOptions", "<none>");
    } else {
        text.line(0, "MountOptions:");
        options.iter().filter_map(Value::as_str).for_each(|option| text.line(1, option));
    }
    for (title, field) in [("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")] {
        if value.get(field).is_some() {
            text.field(title, text_of(&value, field));
        }
    }
}
