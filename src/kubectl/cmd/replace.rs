//! `kubectl replace`.
//!
//! Models `kubectl/pkg/cmd/replace/replace.go`.

use super::apply::with_last_applied;
use super::{Context, DryRun, record};
use crate::apiserver::Subresource;
use crate::base::Value;
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::files::Manifest;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let args = &context.args;
    if args.on("force") {
        return Err("the playground has no replace --force: delete the objects, then create them".into());
    }
    if args.list("filename").is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    let subresource = match args.text("subresource").unwrap_or_default() {
        "status" => Subresource::Status,
        "scale" => Subresource::Scale,
        _ => Subresource::None,
    };
    let format = context.result_format()?;
    let manifests = context.manifests()?;
    let mut failures = manifests.failures;
    let nothing = manifests.found.is_empty() && failures.is_empty();
    for manifest in manifests.found {
        match replaced(context, &manifest, subresource, dry_run) {
            Ok(value) => context.report(&value, "replaced", dry_run, &format)?,
            Err(failure) => failures.push(failure.when("replacing", &manifest.file)),
        }
    }
    Failure::all(failures)?;
    if nothing { Err("no objects passed to replace".into()) } else { Ok(Exec::Done(0)) }
}

/// Writes an object in place of the one that is there. One that names no version replaces whatever is there now.
///
/// Models `Helper.Replace` in `cli-runtime/pkg/resource/helper.go`.
fn replaced(
    context: &mut Context<'_>,
    manifest: &Manifest,
    subresource: Subresource,
    dry_run: DryRun,
) -> Result<Value, Failure> {
    let mut value = manifest.value.clone();
    let annotated = context.args.on("save-config")
        || value.pointer("/metadata/annotations").is_some_and(|all| all.get(super::apply::LAST_APPLIED).is_some());
    if annotated {
        value = with_last_applied(&value);
    }
    record::annotate(&mut value, record::command_line(context));
    if dry_run == DryRun::Client {
        return Ok(value);
    }
    let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
    if value.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default().is_empty()
        && let Ok(there) = context.client().get(&key)
        && let Some(version) = there.to_value().pointer("/metadata/resourceVersion")
    {
        value["metadata"]["resourceVersion"] = version.clone();
    }
    Ok(context.client().replace(&key, value, subresource, dry_run.is_server())?.to_value())
}
