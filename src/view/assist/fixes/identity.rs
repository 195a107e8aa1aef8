//! `apiVersion` and `kind`: what is missing, what is misspelt, and what older Kubernetes called otherwise.

use super::{Edit, Fix, begins_line};
use crate::api::kinds::Kind;
use crate::base::msg::Msg;
use crate::base::path::Step;
use crate::base::text::nearest;
use crate::msg;
use crate::view::assist::ground::{Sheet, below, fields};
use crate::view::assist::outline::{Entry, Outline};
use crate::view::assist::spot;

/// Versions that are gone: the version, its kinds, and the release that dropped it.
///
/// From the deprecated API migration guide of the Kubernetes documentation.
const GONE: &[(&str, &[&str], &str)] = &[
    ("extensions/v1beta1", &["DaemonSet", "Deployment", "NetworkPolicy", "ReplicaSet"], "1.16"),
    ("apps/v1beta1", &["Deployment", "StatefulSet", "ControllerRevision"], "1.16"),
    ("apps/v1beta2", &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet", "ControllerRevision"], "1.16"),
    ("extensions/v1beta1", &["Ingress"], "1.22"),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], "1.22"),
    ("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"], "1.22"),
    (
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        "1.22",
    ),
    ("apiregistration.k8s.io/v1beta1", &["APIService"], "1.22"),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], "1.22"),
    ("coordination.k8s.io/v1beta1", &["Lease"], "1.22"),
    ("rbac.authorization.k8s.io/v1alpha1", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"], "1.22"),
    ("rbac.authorization.k8s.io/v1beta1", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"], "1.22"),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], "1.22"),
    ("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], "1.22"),
    ("batch/v2alpha1", &["CronJob"], "1.21"),
    ("batch/v1beta1", &["CronJob"], "1.25"),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"], "1.25"),
    ("events.k8s.io/v1beta1", &["Event"], "1.25"),
    ("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], "1.25"),
    ("policy/v1beta1", &["PodDisruptionBudget", "PodSecurityPolicy"], "1.25"),
    ("extensions/v1beta1", &["PodSecurityPolicy"], "1.16"),
    ("node.k8s.io/v1beta1", &["RuntimeClass"], "1.25"),
    ("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], "1.26"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &["FlowSchema", "PriorityLevelConfiguration"], "1.26"),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], "1.27"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", &["FlowSchema", "PriorityLevelConfiguration"], "1.29"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", &["FlowSchema", "PriorityLevelConfiguration"], "1.32"),
];

/// The release that dropped a version of a kind.
fn gone(api_version: &str, kind: &str) -> Option<&'static str> {
    GONE.iter().find(|row| row.0 == api_version && row.1.contains(&kind)).map(|row| row.2)
}

fn served(kind: &str) -> Option<Kind> {
    Kind::all().find(|known| known.info().kind == kind)
}

/// What to say of an `apiVersion` that the kind does not have, beside kubectl's words: when it went, and what changed.
pub fn history(api_version: &str, kind: &str) -> Vec<Msg> {
    let mut said = Vec::new();
    let now = served(kind);
    match (gone(api_version, kind), now) {
        (Some(release), Some(now)) => {
            said.push(msg!(
                "assist.gone",
                version = api_version,
                kind = kind,
                release = release,
                now = now.api_version()
            ));
        }
        (Some(release), None) => {
            said.push(msg!("assist.gone-for-good", version = api_version, kind = kind, release = release))
        }
        (None, Some(now)) => said.push(msg!("diag.api-version", kind = kind, version = now.api_version())),
        (None, None) => {}
    }
    if gone(api_version, kind).is_some() {
        said.extend(match kind {
            "Ingress" => Some(msg!("assist.changed-ingress")),
            "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" => Some(msg!("assist.changed-workload")),
            "PodDisruptionBudget" => Some(msg!("assist.changed-pdb", selector = "{}")),
            "HorizontalPodAutoscaler" => Some(msg!("assist.changed-hpa")),
            "CustomResourceDefinition" => Some(msg!("assist.changed-crd")),
            "EndpointSlice" => Some(msg!("assist.changed-endpointslice")),
            "PodSecurityPolicy" => Some(msg!("assist.changed-psp")),
            _ => None,
        });
    }
    said
}

/// What can be done about a kind that the cluster does not have in this version.
pub fn no_match(sheet: &Sheet<'_>) -> Vec<Fix> {
    let version = sheet.outline.get(&["apiVersion"]);
    let kind = sheet.outline.get(&["kind"]);
    let (Some(version), Some(kind)) = (version, kind) else { return Vec::new() };
    let word = kind.text(sheet.text);
    if let Some(known) = served(word) {
        let now = known.api_version();
        let mut edits = vec![Edit { range: version.value.clone(), insert: now.clone() }];
        edits.extend(converted(sheet, word));
        let label = match edits.len() {
            1 => msg!("assist.fix-version", version = now),
            _ => msg!("assist.fix-version-and-more", version = now),
        };
        return vec![Fix { label, edits }];
    }
    let Some(near) = nearest(word, Kind::all().map(|kind| kind.info().kind)) else { return Vec::new() };
    let mut edits = vec![Edit { range: kind.value.clone(), insert: near.to_owned() }];
    let right = served(near).map(Kind::api_version).filter(|_| Kind::of(version.text(sheet.text), near).is_none());
    edits.extend(right.map(|right| Edit { range: version.value.clone(), insert: right }));
    vec![Fix { label: msg!("assist.fix-kind", kind = near), edits }]
}

/// What changes beside the version.
fn converted(sheet: &Sheet<'_>, kind: &str) -> Vec<Edit> {
    match kind {
        "Ingress" => ingress(sheet),
        "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" => selector(sheet).into_iter().collect(),
        "HorizontalPodAutoscaler" => autoscaler(sheet),
        _ => Vec::new(),
    }
}

/// `serviceName` and `servicePort` become `service`; paths get the type that they had.
fn ingress(sheet: &Sheet<'_>) -> Vec<Edit> {
    let text = sheet.text;
    let mut edits = Vec::new();
    for name in
        sheet.outline.entries.iter().filter(|entry| entry.name() == Some("serviceName") && begins_line(text, entry))
    {
        let around = name.path.split_last().map(|(_, around)| around).unwrap_or_default();
        let port = sheet.outline.children(around).find(|entry| entry.name() == Some("servicePort"));
        let space = |deeper: usize| " ".repeat(name.column + deeper);
        let mut service = format!("service:\n{}name: {}", space(2), name.text(text));
        if let Some(port) = port {
            let number = port.text(text);
            let field = if number.parse::<u16>().is_ok() { "number" } else { "name" };
            service.push_str(&format!("\n{}port:\n{}{field}: {number}", space(2), space(4)));
            if begins_line(text, port) {
                let end = super::block(text, port).end;
                edits.push(Edit { range: port.line..end, insert: String::new() });
            }
        }
        edits.push(Edit { range: name.key.start..name.value.end, insert: service });
        // The backend of a path, not the default one.
        let path = around.split_last().map(|(_, path)| path).unwrap_or_default();
        let holder = sheet.outline.at(around).filter(|_| matches!(path.last(), Some(Step::Index(_))));
        let typed = sheet.outline.children(path).any(|entry| entry.name() == Some("pathType"));
        if let Some(holder) = holder.filter(|_| !typed) {
            let insert = format!("pathType: ImplementationSpecific\n{}", " ".repeat(holder.column));
            edits.push(Edit { range: holder.key.start..holder.key.start, insert });
        }
    }
    // `spec.backend` is called `defaultBackend` now.
    edits.extend(
        sheet
            .outline
            .get(&["spec", "backend"])
            .map(|entry| Edit { range: entry.key.clone(), insert: "defaultBackend".to_owned() }),
    );
    edits
}

/// A selector was filled in from the template's labels; now it must be written.
fn selector(sheet: &Sheet<'_>) -> Option<Edit> {
    let text = sheet.text;
    let template = sheet.outline.get(&["spec", "template"]).filter(|entry| begins_line(text, entry))?;
    if sheet.outline.get(&["spec", "selector"]).is_some() {
        return None;
    }
    let labels = sheet.pairs(&below(&fields(&["spec", "template"]), &["metadata", "labels"]));
    let space = |deeper: usize| " ".repeat(template.column + deeper);
    let mut insert = format!("selector:\n{}matchLabels:\n", space(2));
    for (key, value) in &labels {
        insert.push_str(&format!("{}{key}: {value}\n", space(4)));
    }
    insert.push_str(&space(0));
    (!labels.is_empty()).then_some(Edit { range: template.key.start..template.key.start, insert })
}

/// Targets of metrics became a mapping of their own.
fn autoscaler(sheet: &Sheet<'_>) -> Vec<Edit> {
    let targets = [
        ("targetAverageUtilization", "Utilization", "averageUtilization"),
        ("targetAverageValue", "AverageValue", "averageValue"),
    ];
    let mut edits = Vec::new();
    for (old, ty, new) in targets {
        for entry in sheet.outline.entries.iter().filter(|entry| entry.name() == Some(old) && !entry.flow) {
            let space = " ".repeat(entry.column + 2);
            let insert = format!("target:\n{space}type: {ty}\n{space}{new}: {}", entry.text(sheet.text));
            edits.push(Edit { range: entry.key.start..entry.value.end, insert });
        }
    }
    edits
}

/// What can be done when `apiVersion`, `kind` or both are missing.
pub fn missing(sheet: &Sheet<'_>) -> Vec<Fix> {
    let Some(first) = sheet.outline.entries.first().filter(|entry| entry.name().is_some() && entry.column == 0) else {
        return Vec::new();
    };
    let top = first.line..first.line;
    let (version, kind) = (sheet.outline.get(&["apiVersion"]), sheet.outline.get(&["kind"]));
    match (version, kind) {
        (None, Some(kind)) => {
            let word = kind.text(sheet.text);
            let known = served(word).or_else(|| served(nearest(word, Kind::all().map(|kind| kind.info().kind))?));
            let line = known.map(|known| format!("apiVersion: {}", known.api_version()));
            line.map(|line| Fix::one(msg!("assist.fix-insert", line = line), top, format!("{line}\n")))
                .into_iter()
                .collect()
        }
        (version, None) => {
            let said = version.map(|version| version.text(sheet.text)).unwrap_or_default();
            let fix = |kind: Kind| {
                let line = format!("kind: {}", kind.info().kind);
                let at = version.map_or(top.start, |version| super::block(sheet.text, version).end);
                let (label, lines) = if said.is_empty() {
                    let both = format!("apiVersion: {}", kind.api_version());
                    (format!("{both}, {line}"), format!("{both}\n{line}\n"))
                } else {
                    (line.clone(), format!("{line}\n"))
                };
                Fix::one(msg!("assist.fix-insert", line = label), at..at, lines)
            };
            guesses(&sheet.outline, said).into_iter().map(fix).collect()
        }
        _ => Vec::new(),
    }
}

/// The kinds people write most, likeliest first.
const LIKELY: &[Kind] = &[
    Kind::DEPLOYMENT,
    Kind::POD,
    Kind::SERVICE,
    Kind::CONFIG_MAP,
    Kind::INGRESS,
    Kind::STATEFUL_SET,
    Kind::DAEMON_SET,
    Kind::JOB,
    Kind::CRON_JOB,
    Kind::SECRET,
    Kind::PERSISTENT_VOLUME_CLAIM,
    Kind::HORIZONTAL_POD_AUTOSCALER,
    Kind::NETWORK_POLICY,
    Kind::REPLICA_SET,
];

/// The kinds that have all the fields which are written: at most two.
fn guesses(outline: &Outline, api_version: &str) -> Vec<Kind> {
    let written: Vec<&Entry> =
        outline.entries.iter().filter(|entry| entry.path.len() <= 4 && entry.name().is_some()).collect();
    let tells = written.iter().any(
        |entry| !matches!(entry.path.first(), Some(Step::Field(name)) if name == "metadata" || name == "apiVersion"),
    );
    let fits = |kind: &Kind| {
        let version = kind.api_version();
        let root = spot::root(&version, kind.info().kind);
        (api_version.is_empty() || version == api_version)
            && root.is_some_and(|(_, root)| written.iter().all(|entry| spot::at(root, &entry.path).is_some()))
    };
    LIKELY.iter().copied().filter(|kind| tells && fits(kind)).take(2).collect()
}
