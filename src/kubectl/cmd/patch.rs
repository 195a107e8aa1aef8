//! `kubectl patch`.
//!
//! Models `kubectl/pkg/cmd/patch/patch.go`.

use super::{Context, DryRun, How, record};
use crate::api::objects::Object;
use crate::api::patch::{self, PatchError};
use crate::api::versions;
use crate::apiserver::{PatchType, Reason, Status, Subresource};
use crate::base::{Value, text::go_quote};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let patch_type = match context.args.text("type").unwrap_or("strategic").to_lowercase().as_str() {
        "json" => PatchType::Json,
        "merge" => PatchType::Merge,
        "strategic" => PatchType::Strategic,
        other => {
            return Err(Failure::Plain(format!(
                "--type must be one of [json merge strategic], not {}",
                go_quote(other)
            )));
        }
    };
    let patch = patch_of(context, patch_type)?;
    let subresource = match context.args.text("subresource").unwrap_or_default() {
        "" => Subresource::None,
        "status" => Subresource::Status,
        "scale" => Subresource::Scale,
        other => {
            return Err(Failure::Plain(format!(
                "invalid subresource value: {}. Must be one of [status scale resize]",
                go_quote(other)
            )));
        }
    };
    let args = context.args.positional.clone();
    let selection = context.fetch(&args, How::default())?;
    let mut failures = Vec::new();
    let mut count = 0;
    for object in selection.objects() {
        count += 1;
        let before = object.to_value();
        let patch = match &patch {
            Ok(patch) => patch.clone(),
            Err(refusal) => {
                failures.push(refusal.clone());
                continue;
            }
        };
        if dry_run == DryRun::Client {
            match here(object, patch_type, &patch) {
                Err(failure) => failures.push(failure),
                Ok(value) => {
                    let done = if value != before { "patched" } else { "patched (no change)" };
                    context.report(&value, done, dry_run, &format)?;
                }
            }
            continue;
        }
        let dry = dry_run.is_server();
        let patched = context.client().patch(&object.key(), (patch_type, patch), subresource, dry);
        match patched {
            Err(Failure::Status(status)) if status.reason == Reason::UnsupportedMediaType => {
                let (name, version) = (object.kind().info().kind, object.kind().api_version());
                failures.push(Failure::Plain(format!(
                    "application/strategic-merge-patch+json is not supported by {version}, Kind={name}: {}",
                    status.message
                )));
            }
            Err(failure) => failures.push(failure),
            Ok(patched) => {
                let mut value = patched.to_value();
                let changed = value != before;
                if let Some(cause) = record::command_line(context).filter(|_| !dry) {
                    let mut note = json!({});
                    record::annotate(&mut note, Some(cause));
                    let note = (PatchType::Merge, note);
                    value = context.client().patch(&object.key(), note, Subresource::None, false)?.to_value();
                }
                let done = if changed { "patched" } else { "patched (no change)" };
                context.report(&value, done, dry_run, &format)?;
            }
        }
    }
    failures.extend(selection.failures);
    let none = count == 0 && failures.is_empty();
    Failure::all(failures)?;
    if none { Err("no objects passed to patch".into()) } else { Ok(Exec::Done(0)) }
}

/// What a patch makes of an object, without a server.
///
/// Models `getPatchedJSON`.
pub(super) fn here(object: &Object, patch_type: PatchType, patch: &Value) -> Result<Value, Failure> {
    let before = object.to_value();
    let patched = match (patch_type, versions::schema_of(object.kind(), &before)) {
        (PatchType::Json, _) => patch::json::apply(&before, patch),
        (PatchType::Strategic, Some(ty)) => patch::strategic::apply(ty, &before, patch),
        (PatchType::Strategic, None) => {
            let of = format!("{}, Kind={}", object.kind().api_version(), object.kind().info().kind);
            let why = format!("strategic merge patch is not supported for {of} locally, try --type merge");
            return Err(Failure::Plain(why));
        }
        _ => Ok(patch::merge::apply(before, patch)),
    };
    patched.map_err(|error| match error {
        PatchError::JsonPatchRejected(why) => Failure::Plain(why),
        error => Failure::Plain(error.to_string()),
    })
}

/// The patch; or how the server refuses it: what looks like JSON is sent as it is.
fn patch_of(context: &Context<'_>, patch_type: PatchType) -> Result<Result<Value, Failure>, Failure> {
    let args = &context.args;
    let text = match (args.text("patch"), args.text("patch-file")) {
        (Some(_), Some(_)) => return Err("cannot specify --patch and --patch-file together".into()),
        (Some(text), None) => text.to_owned(),
        (None, Some(file)) => match context.session.files.get(file) {
            Some(text) => text.clone(),
            None => {
                return Err(Failure::Plain(format!(
                    "unable to read patch file: open {file}: no such file or directory"
                )));
            }
        },
        (None, None) => return Err("must specify --patch or --patch-file containing the contents of the patch".into()),
    };
    if text.is_empty() {
        return Err("must specify --patch or --patch-file containing the contents of the patch".into());
    }
    match crate::yaml::load(&text).into_iter().next() {
        Some(Ok(document)) => Ok(Ok(document.value)),
        Some(Err(error)) if text.trim_start().starts_with('{') => {
            let doing = if patch_type == PatchType::Merge { "error decoding patch: " } else { "" };
            let why = if error.message == "unexpected EOF" { "unexpected end of JSON input" } else { &error.message };
            Ok(Err(Status::bad_request(format!("{doing}{why}")).into()))
        }
        Some(Err(error)) => Err(Failure::Plain(format!("unable to parse {}: {}", go_quote(&text), error.message))),
        None => Ok(Ok(Value::Null)),
    }
}
