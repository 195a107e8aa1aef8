//! `kubectl rollout pause`, `resume` and `restart`.

use super::super::{Context, DryRun, How};
use super::require_resource;
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::apiserver::{PatchType, Subresource};
use crate::base::{Value, text::go_quote};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(in super::super) fn pause(context: &mut Context<'_>) -> Result<Exec, Failure> {
    each(context, "paused", |object, _| match object {
        Object::Deployment(deployment) if deployment.spec.paused => Err("is already paused"),
        Object::Deployment(_) => Ok(json!({"spec": {"paused": true}})),
        _ => Err("pausing is not supported"),
    })
}

pub(in super::super) fn resume(context: &mut Context<'_>) -> Result<Exec, Failure> {
    each(context, "resumed", |object, _| match object {
        Object::Deployment(deployment) if !deployment.spec.paused => Err("is not paused"),
        Object::Deployment(_) => Ok(json!({"spec": {"paused": null}})),
        _ => Err("resuming is not supported"),
    })
}

pub(in super::super) fn restart(context: &mut Context<'_>) -> Result<Exec, Failure> {
    each(context, "restarted", |object, now| match object {
        Object::Deployment(deployment) if deployment.spec.paused => {
            Err("can't restart paused deployment (run rollout resume first)")
        }
        object if matches!(object.kind(), Kind::DEPLOYMENT | Kind::DAEMON_SET | Kind::STATEFUL_SET) => Ok(json!({
            "spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": now}}}}
        })),
        _ => Err("restarting is not supported"),
    })
}

fn each(
    context: &mut Context<'_>,
    done: &str,
    patch_of: impl Fn(&Object, &str) -> Result<Value, &'static str>,
) -> Result<Exec, Failure> {
    require_resource(context)?;
    let format = context.result_format()?;
    let args = context.args.positional.clone();
    let selection = context.fetch(&args, How { type_means_all: true, ..How::default() })?;
    if selection.targets.is_empty() && selection.failures.is_empty() {
        let namespace = context.namespace();
        context.output.err_line(format!("No resources found in {namespace} namespace."));
        return Ok(Exec::Done(0));
    }
    let now = context.engine.now().timestamp().to_string();
    let mut failures = Vec::new();
    for object in selection.objects() {
        let key = object.key();
        match patch_of(object, &now) {
            Err(why) => {
                let resource = key.kind.resource();
                failures.push(Failure::Plain(format!("error: {resource} {} {why}", go_quote(&key.name))));
            }
            Ok(patch) => {
                let patched = context.client().patch(&key, (PatchType::Strategic, patch), Subresource::None, false);
                match patched {
                    Err(Failure::Status(status)) => {
                        failures.push(Failure::Plain(format!("failed to patch: {}", status.message)));
                    }
                    Err(other) => failures.push(other),
                    Ok(patched) => context.report(&patched.to_value(), done, DryRun::None, &format)?,
                }
            }
        }
    }
    failures.extend(selection.failures);
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}
