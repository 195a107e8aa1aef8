//! `kubectl rollout undo`.

use super::super::apply::LAST_APPLIED;
use super::super::{Context, DryRun, How};
use super::{not_implemented, replica_sets, require_resource, revision_of};
use crate::api::json::Json;
use crate::api::objects::{Deployment, Object, PodTemplate, ReplicaSet};
use crate::apiserver::{PatchType, Subresource};
use crate::base::Order;
use crate::base::{Fields, Value, text::go_quote};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

/// Annotations that stay with the Deployment.
const KEPT: [&str; 6] = [
    LAST_APPLIED,
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

pub(in super::super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    require_resource(context)?;
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let revision = context.args.int("to-revision").unwrap_or(0);
    let args = context.args.positional.clone();
    let selection = context.fetch(&args, How { type_means_all: true, ..How::default() })?;
    let mut failures = Vec::new();
    for object in selection.objects() {
        if object.meta().annotations.get(LAST_APPLIED).is_some() {
            context.output.err_line(format!(
                "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not update the \
                 {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. \
                 Consider using 'kubectl apply' with your previous configuration file instead.",
                object.kind().info().plural,
                object.meta().name
            ));
        }
        let undone = match &**object {
            Object::Deployment(deployment) => undo(context, deployment, revision, dry_run),
            Object::DaemonSet(set) => undo_set(context, object, &set.spec.template, revision, dry_run),
            Object::StatefulSet(set) => undo_set(context, object, &set.spec.template, revision, dry_run),
            other => Err(not_implemented("rollbacker", other.kind())),
        };
        match undone {
            Ok(result) => context.report(&object.to_value(), &result, dry_run, &format)?,
            Err(failure) => failures.push(failure),
        }
    }
    failures.extend(selection.failures);
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

fn undo(context: &mut Context<'_>, deployment: &Deployment, revision: i64, dry_run: DryRun) -> Result<String, Failure> {
    let not_found = || Failure::Plain(format!("unable to find specified revision {revision} in history"));
    if revision < 0 {
        return Err(not_found());
    }
    let sets = replica_sets(deployment, &mut context.client())?;
    let target = match revision {
        0 => previous(&sets).ok_or_else(|| {
            Failure::Plain(format!("no rollout history found for deployment {}", go_quote(&deployment.meta.name)))
        })?,
        wanted => sets.iter().find(|rs| revision_of(&rs.meta) == Some(wanted)).ok_or_else(not_found)?,
    };
    if dry_run == DryRun::Client {
        let mut text = crate::kubectl::describe::Text::default();
        crate::kubectl::describe::pod_template(&target.spec.template.to_json(), &mut text);
        return Ok(text.raw());
    }
    if deployment.spec.paused {
        return Err(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"
                .into(),
        );
    }
    let template = without_hash(&target.spec.template);
    if template == without_hash(&deployment.spec.template) {
        return Ok(format!("skipped rollback (current template already matches revision {revision})"));
    }
    let kept = deployment.meta.annotations.iter().filter(|(key, _)| KEPT.contains(&&***key));
    let restored = target.meta.annotations.iter().filter(|(key, _)| !KEPT.contains(&&***key));
    let annotations: Fields =
        kept.chain(restored).map(|(key, value)| (key.to_string(), Value::from(&**value))).collect();
    let patch = json!([
        {"op": "replace", "path": "/spec/template", "value": template.to_json()},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ]);
    let key = Object::Deployment(deployment.clone()).key();
    let patched = context.client().patch(&key, (PatchType::Json, patch), Subresource::None, dry_run.is_server());
    patched.map_err(|failure| match failure {
        Failure::Status(status) => Failure::Plain(format!("failed restoring revision {revision}: {}", status.message)),
        other => other,
    })?;
    Ok("rolled back".to_owned())
}

/// Puts back the template of a DaemonSet or StatefulSet.
///
/// Models `DaemonSetRollbacker` and `StatefulSetRollbacker` of `kubectl/pkg/polymorphichelpers/rollback.go`.
fn undo_set(
    context: &mut Context<'_>,
    object: &Object,
    present: &PodTemplate,
    revision: i64,
    dry_run: DryRun,
) -> Result<String, Failure> {
    let not_found = || Failure::Plain(format!("unable to find specified revision {revision} in history"));
    let revisions = super::controller_revisions(object, &mut context.client())?;
    let target = match revision {
        0 if revisions.len() < 2 => return Err("no last revision to roll back to".into()),
        0 => revisions.iter().rev().nth(1),
        wanted => revisions.iter().find(|past| past.revision == wanted),
    };
    let target = target.ok_or_else(not_found)?;
    let template = crate::controllers::revision::template(target).ok_or_else(not_found)?;
    if dry_run == DryRun::Client {
        let mut text = crate::kubectl::describe::Text::default();
        crate::kubectl::describe::pod_template(&template.to_json(), &mut text);
        return Ok(text.raw());
    }
    if template == *present {
        return Ok(format!("skipped rollback (current template already matches revision {revision})"));
    }
    let patch = target.data.as_deref().cloned().unwrap_or_default();
    let patched =
        context.client().patch(&object.key(), (PatchType::Strategic, patch), Subresource::None, dry_run.is_server());
    patched.map_err(|failure| match failure {
        Failure::Status(status) => Failure::Plain(format!("failed restoring revision {revision}: {}", status.message)),
        other => other,
    })?;
    Ok("rolled back".to_owned())
}

/// The ReplicaSet with the second-highest revision.
fn previous(sets: &[ReplicaSet]) -> Option<&ReplicaSet> {
    let mut numbered: Vec<(i64, &ReplicaSet)> =
        sets.iter().filter_map(|rs| Some((revision_of(&rs.meta)?, rs))).collect();
    numbered.order_by_key(|(number, _)| std::cmp::Reverse(*number));
    numbered.get(1).map(|(_, rs)| *rs)
}

fn without_hash(template: &PodTemplate) -> PodTemplate {
    let mut template = template.clone();
    template.meta.labels.remove("pod-template-hash");
    template
}
