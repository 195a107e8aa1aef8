//! Kinds without a type of their own, and the columns of any kind.

use super::workload::{containers, images};
use super::{Column, Row, age, col, map_text, name, or_none, since, typed, wide};
use crate::api::objects::PodTemplate;
use crate::api::selector::LabelSelector;
use crate::base::time::{Timestamp, human_duration};
use crate::base::{Str, Value};
use std::collections::BTreeMap;

/// Any kind.
pub(super) const ANY: &[Column] = &[col("Name", name), col("Age", age)];

/// Kinds whose table shows the moment instead of the age.
pub(super) const CREATED_AT: &[Column] = &[
    col("Name", name),
    col("Created At", |row| row.object.meta().creation_timestamp.map_or(String::new(), |at| at.to_string())),
];

pub(super) const CONFIG_MAP: &[Column] = &[
    col("Name", name),
    col("Data", |row| (row.count("/data") + row.count("/binaryData")).to_string()),
    col("Age", age),
];

pub(super) const SECRET: &[Column] = &[
    col("Name", name),
    col("Type", |row| row.text("/type").to_owned()),
    col("Data", |row| row.count("/data").to_string()),
    col("Age", age),
];

pub(super) const DAEMON_SET: &[Column] = &[
    col("Name", name),
    col("Desired", |row| row.int("/status/desiredNumberScheduled").to_string()),
    col("Current", |row| row.int("/status/currentNumberScheduled").to_string()),
    col("Ready", |row| row.int("/status/numberReady").to_string()),
    col("Up-to-date", |row| row.int("/status/updatedNumberScheduled").to_string()),
    col("Available", |row| row.int("/status/numberAvailable").to_string()),
    col("Node Selector", |row| {
        let selector: BTreeMap<Str, Str> = typed(row.field("/spec/template/spec/nodeSelector")).unwrap_or_default();
        map_text(&selector)
    }),
    col("Age", age),
    wide("Containers", |row| containers(&template(row))),
    wide("Images", |row| images(&template(row))),
    wide("Selector", selector),
];

pub(super) const STATEFUL_SET: &[Column] = &[
    col("Name", name),
    col("Ready", |row| format!("{}/{}", row.int("/status/readyReplicas"), row.int("/spec/replicas"))),
    col("Age", age),
    wide("Containers", |row| containers(&template(row))),
    wide("Images", |row| images(&template(row))),
];

pub(super) const REPLICATION_CONTROLLER: &[Column] = &[
    col("Name", name),
    col("Desired", |row| row.int("/spec/replicas").to_string()),
    col("Current", |row| row.int("/status/replicas").to_string()),
    col("Ready", |row| row.int("/status/readyReplicas").to_string()),
    col("Age", age),
    wide("Containers", |row| containers(&template(row))),
    wide("Images", |row| images(&template(row))),
    wide("Selector", |row| {
        let selector: BTreeMap<Str, Str> = typed(row.field("/spec/selector")).unwrap_or_default();
        map_text(&selector)
    }),
];

pub(super) const JOB: &[Column] = &[
    col("Name", name),
    col("Status", job_status),
    col("Completions", completions),
    col("Duration", duration),
    col("Age", age),
    wide("Containers", |row| containers(&template(row))),
    wide("Images", |row| images(&template(row))),
    wide("Selector", selector),
];

pub(super) const CRON_JOB: &[Column] = &[
    col("Name", name),
    col("Schedule", |row| row.text("/spec/schedule").to_owned()),
    col("Timezone", |row| or_none(row.text("/spec/timeZone"))),
    col("Suspend", |row| match row.field("/spec/suspend").and_then(Value::as_bool) {
        Some(true) => "True".to_owned(),
        Some(false) => "False".to_owned(),
        None => "<unset>".to_owned(),
    }),
    col("Active", |row| row.count("/status/active").to_string()),
    col("Last Schedule", |row| match time(row, "/status/lastScheduleTime") {
        None => "<none>".to_owned(),
        moment => since(moment, row.now),
    }),
    col("Age", age),
    wide("Containers", |row| containers(&job_template(row))),
    wide("Images", |row| images(&job_template(row))),
    wide("Selector", |row| {
        typed::<LabelSelector>(row.field("/spec/jobTemplate/spec/selector")).unwrap_or_default().to_string()
    }),
];

pub(super) const HORIZONTAL_POD_AUTOSCALER: &[Column] = &[
    col("Name", name),
    col("Reference", |row| {
        format!("{}/{}", row.text("/spec/scaleTargetRef/kind"), row.text("/spec/scaleTargetRef/name"))
    }),
    col("Targets", super::autoscaler::targets),
    col("MinPods", |row| match row.field("/spec/minReplicas") {
        None => "<unset>".to_owned(),
        Some(number) => number.to_string(),
    }),
    col("MaxPods", |row| row.int("/spec/maxReplicas").to_string()),
    col("Replicas", |row| row.int("/status/currentReplicas").to_string()),
    col("Age", age),
];

pub(super) const POD_DISRUPTION_BUDGET: &[Column] = &[
    col("Name", name),
    col("Min Available", |row| number_or(row.field("/spec/minAvailable"), "N/A")),
    col("Max Unavailable", |row| number_or(row.field("/spec/maxUnavailable"), "N/A")),
    col("Allowed Disruptions", |row| row.int("/status/disruptionsAllowed").to_string()),
    col("Age", age),
];

pub(super) const CONTROLLER_REVISION: &[Column] = &[
    col("Name", name),
    col("Controller", |row| match row.object.meta().controller() {
        None => "<none>".to_owned(),
        Some(owner) => {
            let group = owner.api_version.split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
            format!("{}{group}/{}", owner.kind.to_lowercase(), owner.name)
        }
    }),
    col("Revision", |row| row.int("/revision").to_string()),
    col("Age", age),
];

pub(super) const PERSISTENT_VOLUME_CLAIM: &[Column] = &[
    col("Name", name),
    col("Status", |row| match row.object.meta().is_terminating() {
        true => "Terminating".to_owned(),
        false => row.text("/status/phase").to_owned(),
    }),
    col("Volume", |row| row.text("/spec/volumeName").to_owned()),
    // What the claim asked for is not shown: only what its volume gives.
    col("Capacity", |row| bound(row, row.text("/status/capacity/storage").to_owned())),
    col("Access Modes", |row| bound(row, access_modes(row.field("/status/accessModes")))),
    col("StorageClass", |row| row.text("/spec/storageClassName").to_owned()),
    col("VolumeAttributesClass", |row| match row.text("/spec/volumeAttributesClassName") {
        "" => "<unset>".to_owned(),
        class => class.to_owned(),
    }),
    col("Age", age),
    wide("VolumeMode", volume_mode),
];

pub(super) const PERSISTENT_VOLUME: &[Column] = &[
    col("Name", name),
    col("Capacity", |row| row.text("/spec/capacity/storage").to_owned()),
    col("Access Modes", |row| access_modes(row.field("/spec/accessModes"))),
    col("Reclaim Policy", |row| row.text("/spec/persistentVolumeReclaimPolicy").to_owned()),
    col("Status", |row| match row.object.meta().is_terminating() {
        true => "Terminating".to_owned(),
        false => row.text("/status/phase").to_owned(),
    }),
    col("Claim", |row| match row.field("/spec/claimRef") {
        None => String::new(),
        Some(_) => format!("{}/{}", row.text("/spec/claimRef/namespace"), row.text("/spec/claimRef/name")),
    }),
    col("StorageClass", |row| row.text("/spec/storageClassName").to_owned()),
    col("VolumeAttributesClass", |row| match row.text("/spec/volumeAttributesClassName") {
        "" => "<unset>".to_owned(),
        class => class.to_owned(),
    }),
    col("Reason", |row| row.text("/status/reason").to_owned()),
    col("Age", age),
    wide("VolumeMode", volume_mode),
];

pub(super) const STORAGE_CLASS: &[Column] = &[
    col("Name", |row| {
        let meta = row.object.meta();
        let default = meta.annotations.get("storageclass.kubernetes.io/is-default-class");
        let mark = if default.is_some_and(|value| &**value == "true") { " (default)" } else { "" };
        format!("{}{mark}", meta.name)
    }),
    col("Provisioner", |row| row.text("/provisioner").to_owned()),
    col("ReclaimPolicy", |row| row.text("/reclaimPolicy").to_owned()),
    col("VolumeBindingMode", |row| row.text("/volumeBindingMode").to_owned()),
    col("AllowVolumeExpansion", |row| {
        row.field("/allowVolumeExpansion").and_then(Value::as_bool).unwrap_or(false).to_string()
    }),
    col("Age", age),
];

/// A cell of a claim that is empty until the claim has a volume.
fn bound(row: &Row<'_>, cell: String) -> String {
    if row.text("/spec/volumeName").is_empty() { String::new() } else { cell }
}

fn volume_mode(row: &Row<'_>) -> String {
    match row.text("/spec/volumeMode") {
        "" => "<unset>".to_owned(),
        mode => mode.to_owned(),
    }
}

/// Models `GetAccessModesAsString`: short names, in a fixed order.
pub(in crate::kubectl) fn access_modes(modes: Option<&Value>) -> String {
    const SHORT: [(&str, &str); 4] =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let listed = |mode: &str| modes.and_then(Value::as_array).is_some_and(|modes| modes.iter().any(|m| m == mode));
    SHORT.iter().filter(|(mode, _)| listed(mode)).map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

fn template(row: &Row<'_>) -> PodTemplate {
    typed(row.field("/spec/template")).unwrap_or_default()
}

fn job_template(row: &Row<'_>) -> PodTemplate {
    typed(row.field("/spec/jobTemplate/spec/template")).unwrap_or_default()
}

fn selector(row: &Row<'_>) -> String {
    typed::<LabelSelector>(row.field("/spec/selector")).unwrap_or_default().to_string()
}

fn time(row: &Row<'_>, pointer: &str) -> Option<Timestamp> {
    Timestamp::parse(row.text(pointer))
}

fn number_or(value: Option<&Value>, absent: &str) -> String {
    match value {
        None => absent.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(number) => number.to_string(),
    }
}

fn completions(row: &Row<'_>) -> String {
    let succeeded = row.int("/status/succeeded");
    match row.field("/spec/completions") {
        Some(wanted) => format!("{succeeded}/{wanted}"),
        None => match row.int("/spec/parallelism") {
            parallel if parallel > 1 => format!("{succeeded}/1 of {parallel}"),
            _ => format!("{succeeded}/1"),
        },
    }
}

fn duration(row: &Row<'_>) -> String {
    match (time(row, "/status/startTime"), time(row, "/status/completionTime")) {
        (None, _) => String::new(),
        (Some(start), Some(end)) => human_duration(end.0 - start.0),
        (Some(start), None) => human_duration(row.now.0 - start.0),
    }
}

pub(super) const CERTIFICATE_SIGNING_REQUEST: &[Column] = &[
    col("Name", name),
    col("Age", age),
    col("SignerName", |row| or_none(row.text("/spec/signerName"))),
    col("Requestor", |row| row.text("/spec/username").to_owned()),
    col("RequestedDuration", |row| match row.field("/spec/expirationSeconds").and_then(Value::as_i64) {
        Some(seconds) => human_duration(seconds),
        None => "<none>".to_owned(),
    }),
    col("Condition", |row| csr_status(&row.object.to_value())),
];

/// How far a certificate signing request is. Models `extractCSRStatus`.
pub(in crate::kubectl) fn csr_status(value: &Value) -> String {
    let conditions = value.pointer("/status/conditions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let has = |kind: &str| conditions.iter().any(|condition| condition["type"] == kind);
    let mut text = match (has("Denied"), has("Approved")) {
        (true, _) => "Denied",
        (_, true) => "Approved",
        _ => "Pending",
    }
    .to_owned();
    if has("Failed") {
        text.push_str(",Failed");
    }
    if value.pointer("/status/certificate").is_some() {
        text.push_str(",Issued");
    }
    text
}

/// Models `printJob`: the first of these conditions that holds.
fn job_status(row: &Row<'_>) -> String {
    let conditions = row.field("/status/conditions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let holds = |kind: &str| {
        conditions.iter().any(|c| {
            c.get("type").and_then(Value::as_str) == Some(kind)
                && c.get("status").and_then(Value::as_str) == Some("True")
        })
    };
    let found =
        ["Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"].into_iter().find(|kind| holds(kind));
    match found {
        _ if row.object.meta().is_terminating() && !matches!(found, Some("Complete" | "Failed")) => {
            "Terminating".to_owned()
        }
        Some(kind) => kind.to_owned(),
        None => "Running".to_owned(),
    }
}
