//! `kubectl annotate`.
//!
//! Models `kubectl/pkg/cmd/annotate/annotate.go`.

use super::label::{at_version, check, check_version};
use super::{Context, DryRun, How, pairs, record};
use crate::api::objects::Object;
use crate::api::patch::merge;
use crate::apiserver::{PatchType, Subresource};
use crate::base::Value;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::print::Format;
use pairs::Changes;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let (resources, specs) = pairs::split(&context.args.positional, "annotation")?;
    let changes = pairs::parse(&specs, "annotation", true)?;
    check(context, &resources)?;
    if changes.set.is_empty() && changes.remove.is_empty() && !context.args.on("list") {
        return Err("at least one annotation update is required".into());
    }
    let both: Vec<&str> =
        changes.remove.iter().filter(|key| changes.set.contains_key(*key)).map(String::as_str).collect();
    if !both.is_empty() {
        return Err(Failure::Plain(format!(
            "can not both modify and remove the following annotation(s) in the same command: {}",
            both.join(", ")
        )));
    }
    let how = How { type_means_all: context.args.on("all"), ..How::default() };
    let selection = context.fetch(&resources, how)?;
    check_version(context, selection.single)?;
    let mut failures = Vec::new();
    for object in selection.objects() {
        if context.args.on("list") {
            list(context, object, selection.single);
            continue;
        }
        if let Err(failure) = change(context, object, &changes, dry_run, &format) {
            failures.push(failure);
        }
    }
    failures.extend(selection.failures);
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

fn list(context: &mut Context<'_>, object: &Object, single: bool) {
    let info = object.kind().info();
    let indent = if single { "" } else { " " };
    if !single {
        context.output.line(format!("Listing annotations for {}.{}/{}:", info.kind, info.group, object.meta().name));
    }
    for (key, value) in object.meta().annotations.iter() {
        context.output.line(format!("{indent}{key}={value}"));
    }
}

fn change(
    context: &mut Context<'_>,
    object: &Object,
    changes: &Changes,
    dry_run: DryRun,
    format: &Format,
) -> Result<(), Failure> {
    let present = &object.meta().annotations;
    if !context.args.on("overwrite") {
        let clashes: Vec<String> = changes
            .set
            .iter()
            .filter(|(key, _)| *key != record::CHANGE_CAUSE)
            .filter_map(|(key, value)| present.get(key).filter(|old| ***old != **value).map(|old| (key, old)))
            .map(|(key, old)| format!("'{key}' already has a value ({old})"))
            .collect();
        if !clashes.is_empty() {
            return Err(Failure::Plain(format!(
                "--overwrite is false but found the following declared annotation(s): {}",
                clashes.join("; ")
            )));
        }
    }
    let mut patch = json!({"metadata": {"annotations": {}}});
    record::annotate(&mut patch, record::command_line(context));
    for (key, value) in &changes.set {
        patch["metadata"]["annotations"][key] = value.as_str().into();
    }
    for key in &changes.remove {
        patch["metadata"]["annotations"][key] = Value::Null;
    }
    at_version(context, &mut patch);
    let value = if dry_run == DryRun::Client {
        merge::apply(object.to_value(), &patch)
    } else {
        let patch = (PatchType::Merge, patch);
        context.client().patch(&object.key(), patch, Subresource::None, dry_run.is_server())?.to_value()
    };
    context.report(&value, "annotated", dry_run, format)
}
