//! `kubectl create job` and `create cronjob`.
//!
//! Models `kubectl/pkg/cmd/create/create_job.go` and `create_cronjob.go`.

use super::super::{Context, How};
use super::{make, only_name, required};
use crate::api::kinds::Kind;
use crate::base::{Value, text::go_quote};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(in super::super) fn job(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let args = &context.args;
    let command = args.positional.get(1..).unwrap_or_default().to_vec();
    let text = |flag: &str| args.text(flag).unwrap_or_default().to_owned();
    let (image, from) = (text("image"), text("from"));
    if image.is_empty() == from.is_empty() {
        return Err("either --image or --from must be specified".into());
    }
    if !from.is_empty() && !command.is_empty() {
        return Err("cannot specify --from and command".into());
    }
    let mut value = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "status": {}});
    if from.is_empty() {
        value["spec"] = json!({"template": template(&name, &image, command, "Never")});
        return make(context, Kind::JOB, value);
    }
    let selection = context.fetch(&[from], How::default())?;
    Failure::all(selection.failures)?;
    let [target] = selection.targets.as_slice() else { return Err("from must be an existing cronjob".into()) };
    let Some(object) = target.object.as_ref() else { return Err("from must be an existing cronjob".into()) };
    if object.kind() != Kind::CRON_JOB {
        let info = object.kind().info();
        return Err(Failure::Plain(format!("unknown object type *{}.{}", info.version, info.kind)));
    }
    let cron = object.to_value();
    let part = |pointer: &str| cron.pointer(&format!("/spec/jobTemplate/{pointer}")).cloned();
    let mut annotations = json!({"cronjob.kubernetes.io/instantiate": "manual"});
    for (key, text) in part("metadata/annotations").as_ref().and_then(Value::as_object).into_iter().flatten() {
        annotations[key.as_str()] = text.clone();
    }
    value["metadata"]["annotations"] = annotations;
    if let Some(labels) = part("metadata/labels") {
        value["metadata"]["labels"] = labels;
    }
    value["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": object.meta().name, "uid": object.meta().uid,
        "controller": true
    }]);
    value["spec"] = part("spec").unwrap_or_default();
    make(context, Kind::JOB, value)
}

pub(in super::super) fn cron_job(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let missing: Vec<String> =
        ["image", "schedule"].iter().filter(|flag| !context.args.has(flag)).map(|flag| go_quote(flag)).collect();
    match missing.as_slice() {
        [] => {}
        [_] => return Err(required(missing[0].trim_matches('"'))),
        _ => return Err(Failure::Plain(format!("required flag(s) {} not set", missing.join(", ")))),
    }
    let name = only_name(context)?;
    let args = &context.args;
    let command = args.positional.get(1..).unwrap_or_default().to_vec();
    let restart = args.text("restart").filter(|text| !text.is_empty()).unwrap_or("OnFailure");
    let template = template(&name, args.text("image").unwrap_or_default(), command, restart);
    let schedule = args.text("schedule").unwrap_or_default();
    make(
        context,
        Kind::CRON_JOB,
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
            "spec": {
                "jobTemplate": {"metadata": {"name": name}, "spec": {"template": template}}, "schedule": schedule
            },
            "status": {}
        }),
    )
}

fn template(name: &str, image: &str, command: Vec<String>, restart: &str) -> Value {
    let mut container = json!({"image": image, "name": name, "resources": {}});
    if !command.is_empty() {
        container["command"] = command.into();
    }
    json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}})
}
