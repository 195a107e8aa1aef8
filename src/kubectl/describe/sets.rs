//! DaemonSets, StatefulSets, ReplicationControllers, Jobs, CronJobs and PodDisruptionBudgets.

use super::{Text, pod_template};
use crate::api::json::Json;
use crate::api::kinds::Kind;
use crate::api::meta::{Labels, Meta};
use crate::api::objects::batch::{CompletionMode, JobSpec};
use crate::api::objects::pod::PodPhase;
use crate::api::objects::{
    CronJob, DaemonSet, Job, Pod, PodDisruptionBudget, PodTemplate, ReplicationController, StatefulSet,
};
use crate::api::selector::LabelSelector;
use crate::base::time::{Timestamp, human_duration};
use crate::base::{Str, Value};
use crate::kubectl::client::{Client, Filter};
use std::fmt::Display;

/// So much of a list of indexes is shown in any case.
const INDEXES: usize = 50;

/// Models `describeDaemonSet`.
pub(super) fn daemon_set(set: &DaemonSet, client: &mut Client<'_>, text: &mut Text) {
    let status = &set.status;
    named(&set.meta, text);
    text.field("Selector", &set.spec.selector);
    let pairs = set.spec.template.spec.node_selector.iter();
    text.field("Node-Selector", pairs_or_none(pairs));
    text.labels("Labels", &set.meta.labels);
    text.annotations("Annotations", &set.meta.annotations);
    // A space where other lines have a tab: these lines stand beside the columns.
    for (title, count) in [
        ("Desired Number of Nodes Scheduled", status.desired_number_scheduled),
        ("Current Number of Nodes Scheduled", status.current_number_scheduled),
        ("Number of Nodes Scheduled with Up-to-date Pods", status.updated_number_scheduled),
        ("Number of Nodes Scheduled with Available Pods", status.number_available),
        ("Number of Nodes Misscheduled", status.number_misscheduled),
    ] {
        text.line(0, format_args!("{title}: {count}"));
    }
    pods_status(&set.meta, &set.spec.selector, client, text);
    template(&set.spec.template, text);
}

/// Models `describeStatefulSet`.
pub(super) fn stateful_set(set: &StatefulSet, client: &mut Client<'_>, text: &mut Text) {
    named(&set.meta, text);
    text.field("CreationTimestamp", set.meta.creation_timestamp.unwrap_or_default().rfc1123z());
    text.field("Selector", &set.spec.selector);
    text.labels("Labels", &set.meta.labels);
    text.annotations("Annotations", &set.meta.annotations);
    text.field("Replicas", format_args!("{} desired | {} total", set.spec.replicas, set.status.replicas));
    text.field("Update Strategy", set.spec.update_strategy.kind);
    if let Some(rolling) = &set.spec.update_strategy.rolling_update
        && let Some(partition) = rolling.partition
    {
        text.line(1, format_args!("Partition:\t{partition}"));
        if let Some(limit) = &rolling.max_unavailable {
            text.line(1, format_args!("MaxUnavailable:\t{limit}"));
        }
    }
    pods_status(&set.meta, &set.spec.selector, client, text);
    template(&set.spec.template, text);
    claims(&set.spec.volume_claim_templates, text);
}

/// Models `describeVolumeClaimTemplates`.
fn claims(templates: &[Value], text: &mut Text) {
    if templates.is_empty() {
        text.field("Volume Claims", "<none>");
        return;
    }
    text.line(0, "Volume Claims:");
    for claim in templates {
        let field = |pointer: &str| claim.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let map = |pointer: &str| {
            let labels: Labels = claim.pointer(pointer).cloned().and_then(Json::from_json).unwrap_or_default();
            let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            if pairs.is_empty() { "<none>".to_owned() } else { pairs.join("\n  \t") }
        };
        text.line(1, format_args!("Name:\t{}", field("/metadata/name")));
        text.line(1, format_args!("StorageClass:\t{}", field("/spec/storageClassName")));
        text.line(1, format_args!("Labels:\t{}", map("/metadata/labels")));
        text.line(1, format_args!("Annotations:\t{}", map("/metadata/annotations")));
        let capacity = match field("/spec/resources/requests/storage") {
            "" => "<default>",
            capacity => capacity,
        };
        text.line(1, format_args!("Capacity:\t{capacity}"));
        let modes = claim.pointer("/spec/accessModes").and_then(Value::as_array).into_iter().flatten();
        let modes: Vec<&str> = modes.filter_map(Value::as_str).collect();
        text.line(1, format_args!("Access Modes:\t[{}]", modes.join(" ")));
    }
}

/// Models `describeReplicationController`.
pub(super) fn replication_controller(rc: &ReplicationController, client: &mut Client<'_>, text: &mut Text) {
    named(&rc.meta, text);
    text.field("Selector", pairs_or_none(rc.spec.selector.iter()));
    text.labels("Labels", &rc.meta.labels);
    text.annotations("Annotations", &rc.meta.annotations);
    text.field("Replicas", format_args!("{} current / {} desired", rc.status.replicas, rc.spec.replicas));
    pods_status(&rc.meta, &rc.label_selector(), client, text);
    template(&rc.spec.template, text);
    super::workload::conditions(&rc.status.conditions, text);
}

/// Models `describeJob`.
pub(super) fn job(job: &Job, text: &mut Text) {
    let (spec, status) = (&job.spec, &job.status);
    named(&job.meta, text);
    text.field("Selector", &spec.selector);
    text.labels("Labels", &job.meta.labels);
    text.annotations("Annotations", &job.meta.annotations);
    text.controller(&job.meta);
    optional("Parallelism", spec.parallelism, text);
    text.field("Completions", or_unset(spec.completions));
    optional("Completion Mode", spec.completion_mode, text);
    optional("Suspend", spec.suspend, text);
    optional("Backoff Limit", spec.backoff_limit, text);
    optional("TTL Seconds After Finished", spec.ttl_seconds_after_finished, text);
    optional("Start Time", status.start_time.map(Timestamp::rfc1123z), text);
    optional("Completed At", status.completion_time.map(Timestamp::rfc1123z), text);
    if let (Some(start), Some(end)) = (status.start_time, status.completion_time) {
        text.field("Duration", human_duration(end.0 - start.0));
    }
    optional("Active Deadline Seconds", spec.active_deadline_seconds.map(|seconds| format!("{seconds}s")), text);
    let ready = status.ready.map_or_else(String::new, |ready| format!(" ({ready} Ready)"));
    let (active, succeeded, failed) = (status.active, status.succeeded, status.failed);
    text.field("Pods Statuses", format_args!("{active} Active{ready} / {succeeded} Succeeded / {failed} Failed"));
    if spec.completion_mode == Some(CompletionMode::Indexed) {
        text.field("Completed Indexes", indexes(&status.completed_indexes));
    }
    template(&spec.template, text);
}

/// Models `capIndexesListOrNone`: cut after the first comma behind the limit.
fn indexes(list: &str) -> String {
    if list.is_empty() {
        return "<none>".to_owned();
    }
    let comma = list.get(INDEXES..).and_then(|rest| rest.find(','));
    match comma.and_then(|comma| list.get(..=INDEXES + comma)) {
        Some(head) => format!("{head}..."),
        None => list.to_owned(),
    }
}

/// Models `describeCronJob`.
pub(super) fn cron_job(cron: &CronJob, text: &mut Text) {
    let spec = &cron.spec;
    named(&cron.meta, text);
    text.labels("Labels", &cron.meta.labels);
    text.annotations("Annotations", &cron.meta.annotations);
    text.field("Schedule", &spec.schedule);
    text.field("Concurrency Policy", spec.concurrency_policy);
    text.field("Suspend", or_unset(spec.suspend.map(|suspend| if suspend { "True" } else { "False" })));
    text.field("Time Zone", or_unset(spec.time_zone.as_ref()));
    text.field("Successful Job History Limit", or_unset(spec.successful_jobs_history_limit));
    text.field("Failed Job History Limit", or_unset(spec.failed_jobs_history_limit));
    let deadline = spec.starting_deadline_seconds.map(|seconds| format!("{seconds}s"));
    text.field("Starting Deadline Seconds", or_unset(deadline));
    job_template(&spec.job_template.spec, text);
    text.field("Last Schedule Time", or_unset(cron.status.last_schedule_time.map(Timestamp::rfc1123z)));
    let active: Vec<&str> = cron.status.active.iter().map(|job| &*job.name).collect();
    text.field("Active Jobs", if active.is_empty() { "<none>".to_owned() } else { active.join(", ") });
}

/// Models `describeJobTemplate`.
fn job_template(spec: &JobSpec, text: &mut Text) {
    let selector = Some(&spec.selector).filter(|selector| ***selector != LabelSelector::default());
    text.field("Selector", or_unset(selector));
    text.field("Parallelism", or_unset(spec.parallelism));
    text.field("Completions", or_unset(spec.completions));
    optional("Active Deadline Seconds", spec.active_deadline_seconds.map(|seconds| format!("{seconds}s")), text);
    template(&spec.template, text);
}

/// Models `describePodDisruptionBudget`.
pub(super) fn budget(budget: &PodDisruptionBudget, text: &mut Text) {
    let status = &budget.status;
    named(&budget.meta, text);
    match (&budget.spec.min_available, &budget.spec.max_unavailable) {
        (Some(limit), _) => text.field("Min available", limit),
        (None, Some(limit)) => text.field("Max unavailable", limit),
        (None, None) => {}
    }
    match &budget.spec.selector {
        Some(selector) => text.field("Selector", selector),
        None => text.field("Selector", "<unset>"),
    }
    text.line(0, "Status:");
    text.line(2, format_args!("Allowed disruptions:\t{}", status.disruptions_allowed));
    text.line(2, format_args!("Current:\t{}", status.current_healthy));
    text.line(2, format_args!("Desired:\t{}", status.desired_healthy));
    text.line(2, format_args!("Total:\t{}", status.expected_pods));
}

fn named(meta: &Meta, text: &mut Text) {
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
}

fn optional(title: &str, value: Option<impl Display>, text: &mut Text) {
    if let Some(value) = value {
        text.field(title, value);
    }
}

fn or_unset(value: Option<impl Display>) -> String {
    value.map_or_else(|| "<unset>".to_owned(), |value| value.to_string())
}

fn pairs_or_none<'a>(pairs: impl Iterator<Item = (&'a Str, &'a Str)>) -> String {
    let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

fn template(template: &PodTemplate, text: &mut Text) {
    pod_template(&template.to_json(), text);
}

/// How many of the set's own pods are in which phase.
fn pods_status(meta: &Meta, selector: &LabelSelector, client: &mut Client<'_>, text: &mut Text) {
    let pods = client.list(Kind::POD, &meta.namespace, Filter::default()).unwrap_or_default();
    let own: Vec<&Pod> = pods
        .iter()
        .filter_map(|object| Pod::of(object))
        .filter(|pod| {
            selector.matches(&pod.meta.labels) && pod.meta.controller().is_some_and(|owner| owner.uid == meta.uid)
        })
        .collect();
    let count = |phase: PodPhase| own.iter().filter(|pod| pod.status.phase == phase).count();
    let [running, waiting, succeeded, failed] =
        [PodPhase::Running, PodPhase::Pending, PodPhase::Succeeded, PodPhase::Failed].map(count);
    text.field(
        "Pods Status",
        format_args!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed"),
    );
}

#[cfg(test)]
mod tests {
    #[test]
    fn long_lists_of_indexes_are_cut_after_a_comma() {
        let list = |count: u32| (0..count).map(|i| (2 * i).to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(super::indexes(""), "<none>");
        assert_eq!(super::indexes(&list(10)), list(10));
        assert_eq!(super::indexes(&list(40)), list(19) + ",...");
    }
}
