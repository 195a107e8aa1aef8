//! `kubectl set selector` and `kubectl set serviceaccount`.
//!
//! Models `kubectl/pkg/cmd/set/set_selector.go` and `set_serviceaccount.go`.

use super::{Context, DryRun, How, pod_template, record};
use crate::api::kinds::Kind;
use crate::apiserver::{PatchType, Subresource};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::label_selector::Selector;
use crate::kubectl::print::object_name;
use serde_json::json;

pub(super) fn selector(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let Some((text, resources)) = context.args.positional.split_last() else {
        return Err("one selector is required".into());
    };
    let wanted = Selector::parse(text)?.to_label_selector();
    let resources = resources.to_vec();
    let selection = context.fetch(&resources, How { type_means_all: context.args.on("all"), ..How::default() })?;
    Failure::all(selection.failures)?;
    for object in selection.targets.iter().filter_map(|target| target.object.as_ref()) {
        if object.kind() != Kind::SERVICE {
            return Err("setting a selector is only supported for Services".into());
        }
        if wanted.get("matchExpressions").is_some() {
            let text = format!("match expression {} not supported on this object", wanted["matchExpressions"]);
            return Err(Failure::Plain(text));
        }
        let mut selector = wanted.get("matchLabels").cloned().unwrap_or_else(|| json!({}));
        if dry_run == DryRun::Client {
            let mut value = object.to_value();
            value["spec"]["selector"] = selector;
            context.report(&value, "selector updated", dry_run, &format)?;
            continue;
        }
        let before = object.to_value();
        for key in before.pointer("/spec/selector").and_then(crate::base::Value::as_object).into_iter().flatten() {
            if selector.get(key.0).is_none() {
                selector[key.0.as_str()] = crate::base::Value::Null;
            }
        }
        let mut patch = json!({"spec": {"selector": selector}});
        record::annotate(&mut patch, record::command_line(context));
        let dry = dry_run.is_server();
        let changed = context.client().patch(&object.key(), (PatchType::Strategic, patch), Subresource::None, dry)?;
        context.report(&changed.to_value(), "selector updated", dry_run, &format)?;
    }
    Ok(Exec::Done(0))
}

pub(super) fn service_account(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let Some((account, resources)) = context.args.positional.split_last() else {
        return Err("serviceaccount is required".into());
    };
    let (account, resources) = (account.clone(), resources.to_vec());
    let selection = context.fetch(&resources, How { type_means_all: context.args.on("all"), ..How::default() })?;
    Failure::all(selection.failures)?;
    let mut failures = Vec::new();
    for object in selection.targets.iter().filter_map(|target| target.object.as_ref()) {
        let mut value = object.to_value();
        if pod_template::pod_spec(object.kind(), &value).is_none() {
            let name = object_name(object.kind(), &object.meta().name);
            let info = object.kind().info();
            let kind = format!("*{}.{}", info.version, info.kind);
            let text = format!("error: {name} the object is not a pod or does not have a pod template: {kind}\n");
            failures.push(Failure::Plain(text));
            continue;
        }
        let patch = pod_template::patch(object.kind(), json!({"serviceAccountName": account}));
        if dry_run == DryRun::Client {
            merge(&mut value, &patch);
            context.report(&value, "serviceaccount updated", dry_run, &format)?;
            continue;
        }
        let mut patch = patch;
        record::annotate(&mut patch, record::command_line(context));
        let dry = dry_run.is_server();
        match context.client().patch(&object.key(), (PatchType::Strategic, patch), Subresource::None, dry) {
            Ok(changed) => context.report(&changed.to_value(), "serviceaccount updated", dry_run, &format)?,
            Err(Failure::Status(status)) => {
                failures.push(Failure::Plain(format!("failed to patch ServiceAccountName {}", status.message)));
            }
            Err(other) => failures.push(other),
        }
    }
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

/// Puts the leaves of a patch into an object.
fn merge(value: &mut crate::base::Value, patch: &crate::base::Value) {
    match patch.as_object() {
        Some(fields) => fields.iter().for_each(|(name, inner)| merge(&mut value[name.as_str()], inner)),
        None => *value = patch.clone(),
    }
}
