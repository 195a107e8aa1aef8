//! Jobs and CronJobs.
//!
//! Models `pkg/apis/batch/validation/validation.go`.

use super::meta::{IMMUTABLE, immutable, not_negative};
use super::selector::{self, label_selector};
use super::{Context, cron, ingress, meta, names, pod, text};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::internal;
use crate::api::node::{GoShape, GoStruct, Node};
use crate::base::Value;
use std::collections::BTreeSet;

type Errors = Vec<FieldError>;

const MAX_INDEXED_PARALLELISM: i64 = 100_000;

const SUCCESS_POLICY: GoStruct = &[(
    "Rules",
    "rules",
    GoShape::List(&[
        ("SucceededIndexes", "succeededIndexes", GoShape::Plain),
        ("SucceededCount", "succeededCount", GoShape::Plain),
    ]),
)];

/// `Invalid value` without a value.
fn invalid_plainly(at: &Node, detail: &str) -> FieldError {
    FieldError::new(at.path(), FieldErrorKind::Invalid, None, detail)
}

const GENERATED_LABELS: [&str; 4] =
    ["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"];

/// The metadata of a new Job. The labels that it has from its template are checked there: upstream copies them only when
/// the object is read again.
pub fn job_metadata(metadata: &Node, errors: &mut Errors) {
    let mut own = metadata.value().cloned().unwrap_or_default();
    if let Some(labels) = own.get_mut("labels").and_then(Value::as_object_mut) {
        labels.retain(|key, _| !GENERATED_LABELS.contains(&key.as_str()));
    }
    let path = metadata.path();
    meta::create_strict(&Node::at(&path, Some(&own)), true, names::rule("Job"), errors);
}

/// Models `ValidateJob`.
pub fn job(object: &Node, context: &Context, errors: &mut Errors) {
    generated_selector(object, errors);
    let spec = object.get("spec");
    job_spec(&spec, context, errors);
    job_selector(&spec, errors);
    let completions = spec.get("completions").int();
    if spec.get("completionMode").str() == "Indexed" && completions > 0 {
        let metadata = object.get("metadata");
        let name = metadata.get("name");
        let host = format!("{}-{}", name.str(), completions - 1);
        if !text::dns_label(&host).is_empty() {
            let detail = format!("will not able to create pod with invalid DNS label: {host}");
            errors.push(name.invalid_as(name.str(), detail));
        }
    }
}

/// Models `validateGeneratedSelector`.
fn generated_selector(object: &Node, errors: &mut Errors) {
    let (spec, metadata) = (object.get("spec"), object.get("metadata"));
    let selector = spec.get("selector");
    if spec.get("manualSelector").bool() || !selector.exists() {
        return;
    }
    let (uid, name) = (metadata.get("uid"), metadata.get("name").str());
    if uid.str().is_empty() {
        errors.push(uid.required(""));
    }
    let template = spec.get("template");
    let template_metadata = template.get("metadata");
    let labels = template_metadata.get("labels");
    for (key, expected) in [
        ("batch.kubernetes.io/controller-uid", uid.str()),
        ("batch.kubernetes.io/job-name", name),
        ("controller-uid", uid.str()),
        ("job-name", name),
    ] {
        let label = labels.key(key);
        match label.text() {
            None => errors.push(label.required(format!("must be '{expected}'"))),
            Some(found) if found != expected => {
                let all = labels.value().cloned().unwrap_or_default();
                errors.push(label.invalid_as(all, format!("must be '{expected}'")));
            }
            Some(_) => {}
        }
    }
    let expected = serde_json::json!({
        "batch.kubernetes.io/controller-uid": uid.str(), "batch.kubernetes.io/job-name": name,
        "controller-uid": uid.str(), "job-name": name,
    });
    if selector::is_usable(&selector) && !selector::matches(&selector, &Node::root(&expected)) {
        errors.push(selector::invalid(&selector, "`selector` not auto-generated"));
    }
}

/// The part of `ValidateJobSpec` that a CronJob's template does not have.
fn job_selector(spec: &Node, errors: &mut Errors) {
    let (at, template) = (spec.get("selector"), spec.get("template"));
    if !at.exists() {
        errors.push(at.required(""));
    }
    label_selector(&at, errors);
    let metadata = template.get("metadata");
    let unconstrained = at.exists() && selector::is_unconstrained(&at);
    if selector::is_usable(&at) && !unconstrained && !selector::matches(&at, &metadata.get("labels")) {
        errors.push(metadata.get("labels").invalid("`selector` does not match template `labels`"));
    }
}

/// Models `validateJobSpec`.
fn job_spec(spec: &Node, context: &Context, errors: &mut Errors) {
    for field in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        not_negative(&spec.get(field), errors);
    }
    let (per_index, max_failed) = (spec.get("backoffLimitPerIndex"), spec.get("maxFailedIndexes"));
    if max_failed.exists() && !per_index.exists() {
        errors.push(per_index.required("when maxFailedIndexes is specified"));
    }
    let managed_by = spec.get("managedBy");
    if managed_by.exists() {
        ingress::domain_prefixed_path(&managed_by, errors);
        if managed_by.str().len() > 63 {
            errors.push(managed_by.too_long(63));
        }
    }
    let mode = spec.get("completionMode");
    if mode.text().is_some_and(|mode| !matches!(mode, "NonIndexed" | "Indexed")) {
        errors.push(mode.unsupported(&["NonIndexed", "Indexed"]));
    }
    if mode.str() == "Indexed" {
        indexed(spec, errors);
    } else if matches!(mode.str(), "" | "NonIndexed") {
        for field in [&per_index, &max_failed].into_iter().filter(|field| field.exists()) {
            errors.push(field.invalid("requires indexed completion mode"));
        }
    }
    let failure_policy = spec.get("podFailurePolicy");
    if failure_policy.exists() {
        pod_failure_policy(spec, &failure_policy, errors);
    }
    let success_policy = spec.get("successPolicy");
    if success_policy.exists() {
        if mode.str() == "Indexed" {
            self::success_policy(spec, &success_policy, errors);
        } else {
            let words = "requires indexed completion mode";
            let json = success_policy.go_struct(SUCCESS_POLICY);
            errors.push(success_policy.with_json(FieldErrorKind::Invalid, &json, words));
        }
    }
    let replacement = spec.get("podReplacementPolicy");
    let supported: &[&str] = if failure_policy.exists() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
    if replacement.text().is_some_and(|policy| !supported.contains(&policy)) {
        errors.push(replacement.unsupported(supported));
    }
    let template = spec.get("template");
    pod::template(&template, context, errors);
    let template_spec = template.get("spec");
    let restart = template_spec.get("restartPolicy");
    match restart.str() {
        "" | "Always" => errors.push(restart.required("valid values: \"OnFailure\", \"Never\"")),
        "Never" => {}
        "OnFailure" if failure_policy.exists() => {
            errors.push(restart.invalid("only \"Never\" is supported when podFailurePolicy is specified"));
        }
        "OnFailure" => {}
        _ => errors.push(restart.unsupported(&["OnFailure", "Never"])),
    }
}

fn indexed(spec: &Node, errors: &mut Errors) {
    let (completions, parallelism, max_failed) =
        (spec.get("completions"), spec.get("parallelism"), spec.get("maxFailedIndexes"));
    if !completions.exists() {
        errors.push(completions.required("when completion mode is Indexed"));
    }
    if parallelism.int() > MAX_INDEXED_PARALLELISM {
        errors.push(parallelism.invalid("must be less than or equal to 100000 when completion mode is Indexed"));
    }
    if completions.number().is_some_and(|completions| max_failed.int() > completions) {
        errors.push(max_failed.invalid("must be less than or equal to completions"));
    }
    if max_failed.int() > MAX_INDEXED_PARALLELISM {
        errors.push(max_failed.invalid("must be less than or equal to 100000"));
    }
    if completions.int() > MAX_INDEXED_PARALLELISM && spec.get("backoffLimitPerIndex").exists() {
        const HIGH: &str = "must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index";
        if !max_failed.exists() {
            errors.push(max_failed.required("must be specified when completions is above 100000"));
        }
        for field in [&parallelism, &max_failed].into_iter().filter(|field| field.int() > 10_000) {
            errors.push(field.invalid(HIGH));
        }
    }
}

const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];

/// Models `validatePodFailurePolicy`.
fn pod_failure_policy(spec: &Node, at: &Node, errors: &mut Errors) {
    let rules = at.get("rules");
    if rules.len() > 20 {
        errors.push(rules.too_many(20));
    }
    let template = spec.get("template");
    let pod_spec = template.get("spec");
    let (regular, init) = (pod_spec.get("containers"), pod_spec.get("initContainers"));
    let names: BTreeSet<&str> =
        regular.items().chain(init.items()).map(|container| container.get("name").str()).collect();
    for rule in rules.items() {
        let action = rule.get("action");
        match action.str() {
            "" => errors.push(action.required(format!("valid values: {}", go_list(&ACTIONS)))),
            "FailIndex" if !spec.get("backoffLimitPerIndex").exists() => {
                errors.push(action.invalid("requires the backoffLimitPerIndex to be set"));
            }
            word if ACTIONS.contains(&word) => {}
            _ => errors.push(action.unsupported(&ACTIONS)),
        }
        let (codes, conditions) = (rule.get("onExitCodes"), rule.get("onPodConditions"));
        if codes.exists() {
            exit_codes(&codes, &names, errors);
        }
        if conditions.len() > 20 {
            errors.push(conditions.too_many(20));
        }
        for pattern in conditions.items() {
            let (kind, status) = (pattern.get("type"), pattern.get("status"));
            meta::flaws(&kind, text::qualified_name(kind.str()), errors);
            const STATUSES: [&str; 3] = ["False", "True", "Unknown"];
            match status.str() {
                "" => errors.push(status.required(format!("valid values: {}", go_list(&STATUSES)))),
                word if STATUSES.contains(&word) => {}
                _ => errors.push(status.unsupported(&STATUSES)),
            }
        }
        match (codes.exists(), !conditions.is_empty()) {
            (true, true) => {
                errors.push(invalid_plainly(&rule, "specifying both OnExitCodes and OnPodConditions is not supported"));
            }
            (false, false) => {
                errors.push(invalid_plainly(&rule, "specifying one of OnExitCodes and OnPodConditions is required"));
            }
            _ => {}
        }
    }
}

/// A list as Go's `%q` prints it: `["a" "b"]`.
fn go_list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", quoted.join(" "))
}

fn exit_codes(at: &Node, names: &BTreeSet<&str>, errors: &mut Errors) {
    let (operator, container, values) = (at.get("operator"), at.get("containerName"), at.get("values"));
    match operator.str() {
        "" => errors.push(operator.required(format!("valid values: {}", go_list(&["In", "NotIn"])))),
        "In" | "NotIn" => {}
        _ => errors.push(operator.unsupported(&["In", "NotIn"])),
    }
    if container.text().is_some_and(|name| !names.contains(name)) {
        errors.push(container.invalid("must be one of the container or initContainer names in the pod template"));
    }
    if values.is_empty() {
        errors.push(values.invalid_as(Value::Null, "at least one value is required"));
    } else if values.len() > 255 {
        errors.push(values.too_many(255));
    }
    let (mut seen, mut ordered, mut last) = (BTreeSet::new(), true, i64::MIN);
    for value in values.items() {
        if operator.str() == "In" && value.int() == 0 {
            errors.push(value.invalid("must not be 0 for the In operator"));
        }
        if !seen.insert(value.int()) {
            errors.push(value.duplicate());
        }
        ordered &= last <= value.int();
        last = value.int();
    }
    if !ordered {
        errors.push(values.invalid("must be ordered"));
    }
}

/// Models `validateSuccessPolicy`.
fn success_policy(spec: &Node, at: &Node, errors: &mut Errors) {
    let rules = at.get("rules");
    if rules.is_empty() {
        errors.push(rules.required("at least one rules must be specified when the successPolicy is specified"));
    }
    if rules.len() > 20 {
        errors.push(rules.too_many(20));
    }
    let completions = spec.get("completions").int();
    for rule in rules.items() {
        let (count, indexes) = (rule.get("succeededCount"), rule.get("succeededIndexes"));
        if !count.exists() && !indexes.exists() {
            errors.push(rule.required("at least one of succeededCount or succeededIndexes must be specified"));
        }
        let mut total = i64::MAX;
        if indexes.exists() {
            match count_indexes(indexes.str(), completions) {
                Ok(found) => total = found,
                Err(flaw) => {
                    total = 0;
                    errors.push(indexes.invalid(format!("error parsing succeededIndexes: {flaw}")));
                }
            }
        }
        if count.exists() {
            not_negative(&count, errors);
            if count.int() > completions {
                errors.push(count.invalid(format!(
                    "must be less than or equal to {completions} (the number of specified completions)"
                )));
            }
            if count.int() > total {
                errors.push(count.invalid(format!(
                    "must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
                )));
            }
        }
    }
}

/// Models `validateIndexesFormat`: `1,3-5` names four indexes.
fn count_indexes(text: &str, completions: i64) -> Result<i64, String> {
    let (mut total, mut last) = (0, None);
    if text.is_empty() {
        return Ok(0);
    }
    for part in text.split(',') {
        let ends: Vec<&str> = part.split('-').collect();
        if ends.len() > 2 {
            return Err(format!(
                "the fragment \"{part}\" violates the requirement that an index interval can have at most two parts separated by '-'"
            ));
        }
        let number = |text: &str| -> Result<i64, String> {
            let number: i64 =
                text.parse().map_err(|_| format!("cannot convert string to integer for index: \"{text}\""))?;
            if number >= completions { Err(format!("too large index: \"{text}\"")) } else { Ok(number) }
        };
        let low = number(ends.first().copied().unwrap_or_default())?;
        if last.is_some_and(|last| last >= low) {
            return Err(format!("non-increasing order, previous: {}, current: {low}", last.unwrap_or_default()));
        }
        let high = match ends.get(1) {
            Some(high) => number(high)?,
            None => low,
        };
        if high < low || (ends.len() == 2 && high == low) {
            return Err(format!("non-increasing order, previous: {low}, current: {high}"));
        }
        total += high - low + 1;
        last = Some(high);
    }
    Ok(total)
}

/// Models `ValidateJobSpecUpdate`.
pub fn job_update(new: &Node, old: &Node, context: &Context, errors: &mut Errors) {
    let (spec, old_spec) = (new.get("spec"), old.get("spec"));
    job_spec(&spec, context, errors);
    job_selector(&spec, errors);
    // An indexed job can be made larger or smaller together with its parallelism.
    let elastic = old_spec.get("completionMode").str() == "Indexed"
        && spec.get("completions").int() == spec.get("parallelism").int();
    if !elastic {
        immutable(&spec.get("completions"), &old_spec.get("completions"), errors);
    }
    let (selector, before) = (spec.get("selector"), old_spec.get("selector"));
    if selector.value() != before.value() {
        errors.push(selector::invalid(&selector, "field is immutable"));
    }
    template_update(new, old, errors);
    for field in ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] {
        immutable(&spec.get(field), &old_spec.get(field), errors);
    }
}

/// Before a suspended Job has started, its template may say otherwise where pods run and what they need.
///
/// Models `validatePodTemplateUpdate`.
fn template_update(new: &Node, old: &Node, errors: &mut Errors) {
    let (spec, old_spec) = (new.get("spec"), old.get("spec"));
    let (at, before) = (spec.get("template"), old_spec.get("template"));
    let (Some(template), Some(mut before)) = (at.value(), before.value().cloned()) else { return };
    if old_spec.get("suspend").bool() && !old.get("status").get("startTime").exists() {
        for (above, field) in [
            ("/metadata", "labels"),
            ("/metadata", "annotations"),
            ("/spec", "affinity"),
            ("/spec", "nodeSelector"),
            ("/spec", "tolerations"),
            ("/spec", "schedulingGates"),
        ] {
            allow(&mut before, template, above, field);
        }
        for list in ["containers", "initContainers"] {
            let count = template.pointer(&format!("/spec/{list}")).and_then(Value::as_array).map_or(0, Vec::len);
            for i in 0..count {
                allow(&mut before, template, &format!("/spec/{list}/{i}"), "resources");
            }
        }
    }
    if *template != before {
        errors.push(at.with_json(FieldErrorKind::Invalid, &internal::pod_template(template), IMMUTABLE));
    }
}

/// Makes a field of `before` what it is in `after`.
fn allow(before: &mut Value, after: &Value, above: &str, field: &str) {
    let new = after.pointer(above).and_then(|above| above.get(field)).cloned();
    if let Some(fields) = before.pointer_mut(above).and_then(Value::as_object_mut) {
        match new {
            Some(value) => drop(fields.insert(field.to_owned(), value)),
            None => drop(fields.remove(field)),
        }
    }
}

/// Models `ValidateCronJobCreate`.
pub fn cron_job(object: &Node, context: &Context, errors: &mut Errors) {
    cron_job_spec(object, context, errors);
    let metadata = object.get("metadata");
    let name = metadata.get("name");
    if name.str().len() > 52 {
        errors.push(name.invalid("must be no more than 52 characters"));
    }
}

/// Models `validateCronJobSpec`.
pub fn cron_job_spec(object: &Node, context: &Context, errors: &mut Errors) {
    let spec = object.get("spec");
    let (schedule, zone) = (spec.get("schedule"), spec.get("timeZone"));
    if schedule.str().is_empty() {
        errors.push(schedule.required(""));
    } else if schedule.str().contains("TZ") {
        errors.push(schedule.invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
    } else {
        errors.extend(cron::flaw(schedule.str()).map(|flaw| schedule.invalid(flaw)));
    }
    match zone.text() {
        None => {}
        Some("") => errors.push(zone.invalid("timeZone must be nil or non-empty string")),
        Some(name) if name.eq_ignore_ascii_case("local") => {
            errors.push(
                zone.invalid("timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"),
            );
        }
        Some(name) if !cron::is_zone(name) => errors.push(zone.invalid(format!("unknown time zone {name}"))),
        Some(_) => {}
    }
    not_negative(&spec.get("startingDeadlineSeconds"), errors);
    pod::enumerated(&spec.get("concurrencyPolicy"), &["Allow", "Forbid", "Replace"], errors);
    let job_template = spec.get("jobTemplate");
    let template = job_template.get("spec");
    job_spec(&template, context, errors);
    if template.get("selector").exists() {
        errors.push(selector::invalid(&template.get("selector"), "`selector` will be auto-generated"));
    }
    if template.get("manualSelector").bool() {
        errors.push(template.get("manualSelector").unsupported(&["nil", "false"]));
    }
    not_negative(&spec.get("successfulJobsHistoryLimit"), errors);
    not_negative(&spec.get("failedJobsHistoryLimit"), errors);
}
