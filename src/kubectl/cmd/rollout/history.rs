//! `kubectl rollout history`.

use super::super::record::CHANGE_CAUSE;
use super::super::{Context, How, done};
use super::{not_implemented, replica_sets, require_resource, revision_of};
use crate::api::json::Json;
use crate::api::objects::{Deployment, Object, ReplicaSet};
use crate::base::Value;
use crate::kubectl::client::Client;
use crate::kubectl::describe::{Text, pod_template};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::printer::tabwriter;
use std::collections::BTreeMap;

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
        let Object::Deployment(deployment) = &**object else {
            failures.push(not_implemented("history viewer", object.kind()));
            continue;
        };
        let history = history(deployment, &mut context.client())?;
        if context.args.has("output") {
            let shown = history.iter().filter(|(number, _)| revision == 0 || **number == revision);
            for (_, rs) in shown {
                context.output.out(format.print(&Object::ReplicaSet(rs.clone()).to_value())?);
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

fn history(deployment: &Deployment, client: &mut Client<'_>) -> Result<BTreeMap<i64, ReplicaSet>, Failure> {
    let sets = replica_sets(deployment, client)?;
    Ok(sets.into_iter().filter_map(|rs| Some((revision_of(&rs.meta)?, rs))).collect())
}

fn view(history: &BTreeMap<i64, ReplicaSet>, revision: i64) -> Result<String, Failure> {
    if history.is_empty() {
        return Ok("No rollout history found.".to_owned());
    }
    let cause = |rs: &ReplicaSet| rs.meta.annotations.get(CHANGE_CAUSE).filter(|cause| !cause.is_empty()).cloned();
    if revision == 0 {
        let line =
            |(number, rs): (&i64, &ReplicaSet)| format!("{number}\t{}\n", cause(rs).as_deref().unwrap_or("<none>"));
        let lines: String = history.iter().map(line).collect();
        return Ok(tabwriter::DESCRIBE.format(&format!("REVISION\tCHANGE-CAUSE\n{lines}")));
    }
    let rs = history.get(&revision).ok_or("unable to find the specified revision")?;
    let mut template = rs.spec.template.to_json();
    if let Some(cause) = cause(rs) {
        template["metadata"]["annotations"][CHANGE_CAUSE] = Value::from(&*cause);
    }
    let mut text = Text::default();
    pod_template(&template, &mut text);
    Ok(text.raw())
}
