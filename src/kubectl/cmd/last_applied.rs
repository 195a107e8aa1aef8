//! `kubectl apply set-last-applied` and `edit-last-applied`.
//!
//! Models `kubectl/pkg/cmd/apply/apply_set_last_applied.go` and `apply_edit_last_applied.go`.

use super::apply::{LAST_APPLIED, with_last_applied};
use super::{Context, DryRun, How};
use crate::apiserver::{PatchType, Subresource};
use crate::base::{Value, text::go_json};
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

fn annotation(value: &Value) -> Option<&str> {
    value.pointer("/metadata/annotations")?.get(LAST_APPLIED)?.as_str()
}

pub(super) fn set(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let manifests = context.manifests()?;
    Failure::all(manifests.failures)?;
    let mut changes = Vec::new();
    for manifest in manifests.found {
        let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
        let wanted = annotation(&with_last_applied(&manifest.value)).unwrap_or_default().to_owned();
        let current = context.client().get(&key)?;
        let value = current.to_value();
        match annotation(&value) {
            None if !context.args.on("create-annotation") => {
                return Err(Failure::Plain(format!(
                    "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the \
                     command with --create-annotation",
                    key.name
                )));
            }
            Some(present) if present == wanted => {
                context.output.line(format!("set-last-applied {}: no changes required.", key.name));
            }
            _ => changes.push((key, value, wanted)),
        }
    }
    for (key, value, wanted) in changes {
        let patch = json!({"metadata": {"annotations": {LAST_APPLIED: wanted}}});
        let changed = match dry_run {
            DryRun::Client => value,
            _ => {
                let dry = dry_run.is_server();
                context.client().patch(&key, (PatchType::Merge, patch), Subresource::None, dry)?.to_value()
            }
        };
        context.report(&changed, "configured", dry_run, &format)?;
    }
    Ok(Exec::Done(0))
}

/// The annotation is edited as a file of its own, with a command that `KUBE_EDITOR` names.
pub(super) fn edit(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = context.args.positional.clone();
    let selection = context.fetch(&args, How::default())?;
    let objects: Vec<_> = selection.objects().cloned().collect();
    Failure::all(selection.failures)?;
    let Some(editor) = super::edit::editor(context) else { return Err("unable to launch the editor \"vi\"".into()) };
    for object in objects {
        let value = object.to_value();
        let Some(applied) = annotation(&value).and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
            let name = &object.meta().name;
            return Err(Failure::Plain(format!("no last-applied-configuration annotation found on resource: {name}")));
        };
        let before = crate::yaml::to_yaml(&applied);
        let Some(after) = super::edit::launch(context, &editor, &before)? else { return Ok(Exec::Done(0)) };
        let Some(Ok(document)) = crate::yaml::load(&after).into_iter().next() else {
            return Err("Edit cancelled, no valid changes were saved.".into());
        };
        let patch = json!({"metadata": {"annotations": {LAST_APPLIED: go_json(&document.value) + "\n"}}});
        let changed = context.client().patch(&object.key(), (PatchType::Merge, patch), Subresource::None, false)?;
        let format = context.result_format()?;
        context.report(&changed.to_value(), "edited", DryRun::None, &format)?;
    }
    Ok(Exec::Done(0))
}
