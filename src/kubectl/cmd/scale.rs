//! `kubectl scale`.
//!
//! Models `kubectl/pkg/cmd/scale/scale.go` and `kubectl/pkg/scale/scale.go`.

use super::{Context, DryRun, How, record};
use crate::api::objects::Object;
use crate::apiserver::{PatchType, Subresource};
use crate::base::Value;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if !context.args.has("replicas") {
        return Err("required flag(s) \"replicas\" not set".into());
    }
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let replicas = context.args.int("replicas").unwrap_or(0);
    if replicas < 0 {
        return Err("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0".into());
    }
    let current = context.args.int("current-replicas").unwrap_or(-1);
    if current < -1 {
        return Err("The --current-replicas must specify an integer of -1 or greater".into());
    }
    let args = context.args.positional.clone();
    let how = How { type_means_all: context.args.on("all"), ..How::default() };
    let selection = context.fetch(&args, how)?;
    if context.args.has("resource-version") && selection.targets.len() > 1 {
        return Err("cannot use --resource-version with multiple resources".into());
    }
    if selection.targets.is_empty() {
        Failure::all(selection.failures)?;
        return Err("no objects passed to scale".into());
    }
    for object in selection.objects() {
        let value = if dry_run == DryRun::Client {
            let mut value = object.to_value();
            value["spec"]["replicas"] = replicas.into();
            value
        } else {
            scale(context, object, replicas, current, dry_run)?
        };
        context.report(&value, "scaled", dry_run, &format)?;
    }
    Failure::all(selection.failures)?;
    Ok(Exec::Done(0))
}

fn scale(
    context: &mut Context<'_>,
    object: &Object,
    replicas: i64,
    expected: i64,
    dry_run: DryRun,
) -> Result<Value, Failure> {
    let present = object.to_value();
    if expected >= 0 {
        let actual = present.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(0);
        if actual != expected {
            return Err(Failure::Plain(format!("Expected replicas to be {expected}, was {actual}")));
        }
    }
    if let Some(expected) = context.args.text("resource-version") {
        let actual = object.meta().resource_version.0.to_string();
        if actual != expected {
            return Err(Failure::Plain(format!("Expected resource version to be {expected}, was {actual}")));
        }
    }
    let patch = (PatchType::Merge, json!({"spec": {"replicas": replicas}}));
    let mut scaled = context.client().patch(&object.key(), patch, Subresource::Scale, dry_run.is_server())?;
    if let Some(cause) = record::command_line(context) {
        let mut patch = json!({});
        record::annotate(&mut patch, Some(cause));
        scaled = context.client().patch(&object.key(), (PatchType::Merge, patch), Subresource::None, false)?;
    }
    Ok(scaled.to_value())
}
