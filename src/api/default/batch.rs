//! Jobs and CronJobs.
//!
//! Models `pkg/apis/batch/v1/defaults.go`.

use super::edit::{default, default_text, ensure, has, is_empty};
use super::pod;
use crate::base::Fields;

pub fn job(object: &mut Fields) {
    let spec = ensure(object, "spec");
    if !has(spec, "completions") && !has(spec, "parallelism") {
        default(spec, "completions", 1);
    }
    default(spec, "parallelism", 1);
    if !has(spec, "backoffLimit") {
        // With a limit per index, the limit for the whole job is out of the way.
        let limit = if has(spec, "backoffLimitPerIndex") { i64::from(i32::MAX) } else { 6 };
        default(spec, "backoffLimit", limit);
    }
    default(spec, "completionMode", "NonIndexed");
    default(spec, "suspend", false);
    let replacement = if has(spec, "podFailurePolicy") { "Failed" } else { "TerminatingOrFailed" };
    default(spec, "podReplacementPolicy", replacement);
    default(spec, "manualSelector", false);
    pod::template(ensure(spec, "template"));
    failure_policy(spec);
}

/// A Job without labels gets those of its template.
pub fn labels_from_template(object: &mut Fields) {
    let labels = object
        .get("spec")
        .and_then(|spec| spec.get("template"))
        .and_then(|template| template.get("metadata"))
        .and_then(|metadata| metadata.get("labels"))
        .filter(|labels| !labels.is_null())
        .cloned();
    let metadata = ensure(object, "metadata");
    if let (Some(labels), true) = (labels, is_empty(metadata, "labels")) {
        metadata.insert("labels".to_owned(), labels);
    }
}

fn failure_policy(spec: &mut Fields) {
    let Some(policy) = super::edit::child(spec, "podFailurePolicy") else { return };
    for rule in super::edit::items(policy, "rules") {
        for pattern in super::edit::items(rule, "onPodConditions") {
            default_text(pattern, "status", "True");
        }
    }
}

pub fn cron_job(object: &mut Fields) {
    let spec = ensure(object, "spec");
    default_text(spec, "concurrencyPolicy", "Allow");
    default(spec, "suspend", false);
    default(spec, "successfulJobsHistoryLimit", 3);
    default(spec, "failedJobsHistoryLimit", 1);
    let template = ensure(spec, "jobTemplate");
    ensure(template, "metadata");
    pod::template(ensure(ensure(template, "spec"), "template"));
}
