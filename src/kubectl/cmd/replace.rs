//! `kubectl replace`.
//!
//! Models `kubectl/pkg/cmd/replace/replace.go`.

use super::apply::with_last_applied;
use super::create::as_sent;
use super::delete::Gone;
use super::{Context, DryRun, record};
use crate::api::versions;
use crate::apiserver::Subresource;
use crate::base::Value;
use crate::base::time::{Duration, SimTime};
use crate::kubectl::client::Client;
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::files::Manifest;
use crate::kubectl::print::{Format, name_of};
use crate::sim::Engine;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let args = &context.args;
    if args.list("filename").is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    if args.on("force") {
        return force(context, dry_run);
    }
    if args.int("grace-period").is_some_and(|seconds| seconds >= 0) {
        return Err("--grace-period must have --force specified".into());
    }
    if args.duration("timeout").is_some_and(|(_, span)| !span.is_zero()) {
        return Err("--timeout must have --force specified".into());
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

/// `--force`: deletes what is there, waits until it is gone, and creates it anew.
///
/// Models `forceReplace`.
fn force(context: &mut Context<'_>, dry_run: DryRun) -> Result<Exec, Failure> {
    if dry_run != DryRun::None {
        return Err("--dry-run can not be used when --force is set".into());
    }
    if context.args.text("subresource").is_some() {
        return Err("--subresource can not be used when --force is set".into());
    }
    let format = context.result_format()?;
    let manifests = context.manifests()?;
    Failure::all(manifests.failures)?;
    let options = super::delete::options(context)?;
    let mut waiting = Vec::new();
    for manifest in &manifests.found {
        let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
        let Some(there) = context.client().peek(&key) else { continue };
        match context.client().delete(&key, options.clone()) {
            Err(failure) if failure.is_not_found() => continue,
            Err(failure) => return Err(failure.when("deleting", &manifest.file)),
            Ok(_) => waiting.push((key.clone(), there.meta().uid.clone())),
        }
        if format.is_table() {
            super::delete::print(context.output, &key, "", options.grace_period_seconds, dry_run);
        }
    }
    let timeout = context.args.duration("timeout").map_or(Duration::ZERO, |(_, span)| span);
    let timeout = if timeout.is_zero() { Duration::from_secs(300) } else { timeout };
    let gone = Gone { waiting, deadline: context.engine.now().after(timeout) };
    let mut values = Vec::new();
    for manifest in manifests.found {
        let mut value = annotated(context, &manifest);
        record::annotate(&mut value, record::command_line(context));
        values.push((manifest, value));
    }
    Ok(Exec::Running(Box::new(Forced { gone, values, format })))
}

/// A replacement that waits for the old objects to go.
struct Forced {
    gone: Gone,
    values: Vec<(Manifest, Value)>,
    format: Format,
}

impl Process for Forced {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        match self.gone.poll(engine, output)? {
            0 => {}
            exit => return Some(exit),
        }
        let mut failures = Vec::new();
        for (manifest, value) in std::mem::take(&mut self.values) {
            let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
            let created = Client::new(engine, output).managed_by("kubectl-replace").create(&key, value, false);
            let shown = created.and_then(|object| match &self.format {
                Format::Human => Ok(format!("{} replaced\n", name_of(&object.to_value()))),
                format => format.print(&object.to_value()),
            });
            match shown {
                Ok(text) => output.out(text),
                Err(failure) => failures.push(failure),
            }
        }
        match Failure::all(failures) {
            Ok(()) => Some(0),
            Err(failure) => {
                super::fail(&failure, output);
                Some(1)
            }
        }
    }

    fn wakes_at(&self) -> Option<SimTime> {
        self.gone.wakes_at()
    }
}

/// The object of a file, with itself in the annotation if it is to be kept.
fn annotated(context: &Context<'_>, manifest: &Manifest) -> Value {
    let value = manifest.value.clone();
    let annotated = context.args.on("save-config")
        || value.pointer("/metadata/annotations").is_some_and(|all| all.get(super::apply::LAST_APPLIED).is_some());
    if annotated { with_last_applied(&value) } else { value }
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
    let mut value = annotated(context, manifest);
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
    let version = versions::of(key.kind, &value);
    Ok(as_sent(&version, &*context.client().replace(&key, value, subresource, dry_run.is_server())?))
}
