//! `kubectl label`.
//!
//! Models `kubectl/pkg/cmd/label/label.go`.

use super::{Context, DryRun, How, pairs, record};
use crate::api::objects::Object;
use crate::api::patch::merge;
use crate::apiserver::{PatchType, Subresource};
use crate::base::Value;
use crate::base::text::go_quote;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::label_selector;
use pairs::Changes;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let (resources, specs) = pairs::split(&context.args.positional, "label")?;
    let changes = parse(&specs)?;
    check(context, &resources)?;
    if changes.set.is_empty() && changes.remove.is_empty() && !context.args.on("list") {
        return Err("at least one label update is required".into());
    }
    let how = How { type_means_all: context.args.on("all"), ..How::default() };
    let selection = context.fetch(&resources, how)?;
    check_version(context, selection.single)?;
    let mut failures = Vec::new();
    let single = selection.single;
    for object in selection.objects() {
        if context.args.on("list") {
            list(context, object, single);
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

/// What `label` and `annotate` refuse before they look at the cluster.
pub(super) fn check(context: &Context<'_>, resources: &[String]) -> Result<(), Failure> {
    let args = &context.args;
    if args.on("list") && args.has("output") {
        return Err("--list and --output may not be specified together".into());
    }
    if args.on("all") && args.has("selector") {
        return Err("cannot set --all and --selector at the same time".into());
    }
    if args.on("all") && args.has("field-selector") {
        return Err("cannot set --all and --field-selector at the same time".into());
    }
    if resources.is_empty() && args.list("filename").is_empty() && !context.is_local() {
        return Err("one or more resources must be specified as <resource> <name> or <resource>/<name>".into());
    }
    Ok(())
}

/// `--resource-version` is about one object.
pub(super) fn check_version(context: &Context<'_>, single: bool) -> Result<(), Failure> {
    match !single && context.args.text("resource-version").is_some_and(|version| !version.is_empty()) {
        true => Err("--resource-version may only be used with a single resource".into()),
        false => Ok(()),
    }
}

/// Puts `--resource-version` into a patch: it fails if the object has another.
pub(super) fn at_version(context: &Context<'_>, patch: &mut Value) {
    if let Some(version) = context.args.text("resource-version").filter(|version| !version.is_empty()) {
        patch["metadata"]["resourceVersion"] = version.into();
    }
}

fn parse(specs: &[String]) -> Result<Changes, Failure> {
    let mut changes = Changes::default();
    for spec in specs {
        let parts: Vec<&str> = spec.split('=').collect();
        match (parts.as_slice(), spec.strip_suffix('-')) {
            ([key, value], _) => {
                if let Err(error) = label_selector::check_label_value(value) {
                    return Err(Failure::Plain(format!("invalid label value: {}: {error}", go_quote(spec))));
                }
                changes.set.insert((*key).to_owned(), (*value).to_owned());
            }
            ([_], Some(key)) => changes.remove.push(key.to_owned()),
            ([_], None) => return Err(Failure::Plain(format!("unknown label spec: {spec}"))),
            _ => return Err(Failure::Plain(format!("invalid label spec: {spec}"))),
        }
    }
    if changes.remove.iter().any(|key| changes.set.contains_key(key)) {
        return Err("can not both modify and remove a label in the same command".into());
    }
    Ok(changes)
}

fn list(context: &mut Context<'_>, object: &Object, single: bool) {
    let info = object.kind().info();
    let indent = if single { "" } else { " " };
    if !single {
        context.output.line(format!("Listing labels for {}.{}/{}:", info.kind, info.group, object.meta().name));
    }
    for (key, value) in object.labels().iter() {
        context.output.line(format!("{indent}{key}={value}"));
    }
}

fn change(
    context: &mut Context<'_>,
    object: &Object,
    changes: &Changes,
    dry_run: DryRun,
    format: &crate::kubectl::print::Format,
) -> Result<(), Failure> {
    let labels = object.labels();
    if !context.args.on("overwrite") {
        let clashes = changes.set.iter().filter_map(|(key, value)| {
            let present = labels.get(key).filter(|present| ***present != **value)?;
            Some(format!("'{key}' already has a value ({present}), and --overwrite is false").into())
        });
        Failure::all(clashes.collect())?;
    }
    let added = changes.set.iter().any(|(key, value)| labels.get(key).is_none_or(|present| **present != **value));
    let removed = changes.remove.iter().any(|key| labels.get(key).is_some());
    if dry_run != DryRun::Client {
        for key in changes.remove.iter().filter(|key| labels.get(key).is_none()) {
            context.output.line(format!("label {} not found.", go_quote(key)));
        }
    }
    let mut value = object.to_value();
    if added || removed {
        let mut patch = json!({"metadata": {"labels": {}}});
        for (key, value) in &changes.set {
            patch["metadata"]["labels"][key] = value.as_str().into();
        }
        for key in changes.remove.iter().filter(|key| labels.get(key).is_some()) {
            patch["metadata"]["labels"][key] = Value::Null;
        }
        record::annotate(&mut patch, record::command_line(context));
        at_version(context, &mut patch);
        if dry_run == DryRun::Client {
            value = merge::apply(value, &patch);
        } else {
            let patch = (PatchType::Merge, patch);
            value = context.client().patch(&object.key(), patch, Subresource::None, dry_run.is_server())?.to_value();
        }
    }
    let done = match (added, removed) {
        (true, true) => "labels modified",
        (true, false) => "labeled",
        (false, true) => "unlabeled",
        (false, false) => "not labeled",
    };
    context.report(&value, done, dry_run, format)
}
