//! `kubectl rollout history`.

use super::super::record::CHANGE_CAUSE;
use super::super::{Context, How, done};
use super::{not_implemented, replica_sets, require_resource, revision_of};
use crate::api::json::Json;
use crate::api::meta::Meta;
use crate::api::objects::{ControllerRevision, Deployment, Object, PodTemplate, ReplicaSet};
use crate::base::{Str, Value};
use crate::controllers::revision;
use crate::kubectl::client::Client;
use crate::kubectl::describe::{Text, pod_template};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::printer::tabwriter;
use std::collections::BTreeMap;
use std::rc::Rc;

pub(in super::super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    require_resource(context)?;
    let revision = context.args.int("revision").unwrap_or(0);
    if revision < 0 {
        return Err(Failure::Plain(format!("revision must be a positive integer: {revision}")));
    }
    let format = context.result_format()?;
    let args = context.args.positional.clone();
    let selection = context.fetch(&args, How { type_means_all: true, ..How::default() })?;
    let mut failures = Vec::new();
    for object in selection.objects() {
        let history = match &**object {
            Object::Deployment(deployment) => history(deployment, &mut context.client())?,
            Object::DaemonSet(_) | Object::StatefulSet(_) => revisions(object, &mut context.client())?,
            other => {
                failures.push(not_implemented("history viewer", other.kind()));
                continue;
            }
        };
        if context.args.has("output") {
            let shown = history.iter().filter(|(number, _)| revision == 0 || **number == revision);
            for (_, past) in shown {
                context.output.out(format.print(&past.object.to_value())?);
            }
            continue;
        }
        match view(&history, revision) {
            Err(failure) => failures.push(failure),
            Ok(text) => {
                let with = if revision > 0 { format!("with revision #{revision}") } else { String::new() };
                let line = done(object.kind(), &object.meta().name, &format!("{with}\n{text}\n"));
                context.output.out(line);
            }
        }
    }
    failures.extend(selection.failures);
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

/// A revision: what it was, and the object that remembers it.
struct Past {
    template: Option<PodTemplate>,
    cause: Option<Str>,
    object: Object,
}

fn cause(meta: &Meta) -> Option<Str> {
    meta.annotations.get(CHANGE_CAUSE).filter(|cause| !cause.is_empty()).cloned()
}

fn history(deployment: &Deployment, client: &mut Client<'_>) -> Result<BTreeMap<i64, Past>, Failure> {
    let sets = replica_sets(deployment, client)?;
    let past = |rs: ReplicaSet| {
        let number = revision_of(&rs.meta)?;
        let template = Some((*rs.spec.template).clone());
        Some((number, Past { template, cause: cause(&rs.meta), object: Object::ReplicaSet(rs) }))
    };
    Ok(sets.into_iter().filter_map(past).collect())
}

/// The revisions of a DaemonSet or StatefulSet. With `-o` the set is shown as it was.
fn revisions(object: &Object, client: &mut Client<'_>) -> Result<BTreeMap<i64, Past>, Failure> {
    let past = |revision: ControllerRevision| {
        let template = revision::template(&revision);
        let cause = cause(&revision.meta);
        let mut object = object.clone();
        if let Some(template) = template.clone().map(Rc::new) {
            match &mut object {
                Object::DaemonSet(set) => set.spec.template = template,
                Object::StatefulSet(set) => set.spec.template = template,
                _ => {}
            }
        }
        (revision.revision, Past { template, cause, object })
    };
    Ok(super::controller_revisions(object, client)?.into_iter().map(past).collect())
}

fn view(history: &BTreeMap<i64, Past>, revision: i64) -> Result<String, Failure> {
    if history.is_empty() {
        return Ok("No rollout history found.".to_owned());
    }
    if revision == 0 {
        let line = |(number, past): (&i64, &Past)| format!("{number}\t{}\n", past.cause.as_deref().unwrap_or("<none>"));
        let lines: String = history.iter().map(line).collect();
        return Ok(tabwriter::DESCRIBE.format(&format!("REVISION\tCHANGE-CAUSE\n{lines}")));
    }
    let past = history.get(&revision).ok_or("unable to find the specified revision")?;
    let mut template = past.template.as_ref().map(PodTemplate::to_json).unwrap_or_default();
    if let (Some(cause), Object::ReplicaSet(_)) = (&past.cause, &past.object) {
        template["metadata"]["annotations"][CHANGE_CAUSE] = Value::from(&**cause);
    }
    let mut text = Text::default();
    pod_template(&template, &mut text);
    Ok(text.raw())
}
