//! `kubectl rollout status`: says how a rollout goes until it is over.

use super::super::{Context, How, fail};
use super::require_resource;
use crate::api::kinds::Key;

use crate::api::objects::workload::DeploymentStatus;
use crate::api::objects::{Deployment, Object};
use crate::apiserver::Kept;
use crate::base::Value;
use crate::base::text::go_quote;
use crate::base::time::SimTime;
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::sim::Engine;
use std::collections::VecDeque;

pub(in super::super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    require_resource(context)?;
    let revision = context.args.int("revision").unwrap_or(0);
    if revision < 0 {
        return Err(Failure::Plain(format!("revision must be a positive integer: {revision}")));
    }
    let args = context.args.positional.clone();
    let selection = context.fetch(&args, How { type_means_all: true, ..How::default() })?;
    if selection.targets.is_empty() {
        Failure::all(selection.failures)?;
        let namespace = context.namespace();
        context.output.err_line(format!("No resources found in {namespace} namespace."));
        return Ok(Exec::Done(0));
    }
    let timeout = context.args.duration("timeout").map(|(_, span)| span).filter(|span| !span.is_zero());
    Ok(Exec::Running(Box::new(Watching {
        waiting: selection.targets.into_iter().map(|target| target.key).collect(),
        failures: selection.failures,
        watch: context.args.switch("watch", true),
        revision,
        seen: None,
        deadline: timeout.map(|span| context.engine.now().after(span)),
    })))
}

struct Watching {
    waiting: VecDeque<Key>,
    failures: Vec<Failure>,
    watch: bool,
    revision: i64,
    /// The revision of the store up to which changes were told; `None` before the first look.
    seen: Option<u64>,
    deadline: Option<SimTime>,
}

impl Process for Watching {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        while let Some(key) = self.waiting.front().cloned() {
            match self.look(&key, engine, output) {
                Ok(true) => {}
                Ok(false) => match self.deadline {
                    Some(deadline) if engine.now() >= deadline => {
                        self.failures.push("timed out waiting for the condition".into());
                    }
                    _ => return None,
                },
                Err(failure) => self.failures.push(failure),
            }
            self.seen = None;
            self.waiting.pop_front();
        }
        match Failure::all(std::mem::take(&mut self.failures)) {
            Ok(()) => Some(0),
            Err(failure) => {
                fail(&failure, output);
                Some(1)
            }
        }
    }

    fn wakes_at(&self) -> Option<SimTime> {
        self.deadline
    }
}

impl Watching {
    /// Tells the state, once for each change since the last look. True when the rollout is over.
    fn look(&mut self, key: &Key, engine: &Engine, output: &mut Output) -> Result<bool, Failure> {
        let store = engine.world().api.store();
        let states = match self.seen {
            None => vec![store.get(key).cloned()],
            Some(seen) => {
                let changes = store.changes_after(seen).filter(|change| change.key == *key);
                changes.map(|change| change.new.as_ref().map(Kept::whole).cloned()).collect()
            }
        };
        self.seen = Some(store.rev());
        for state in states {
            let Some(object) = state else { return Err("object has been deleted".into()) };
            let (text, over) = status(&object, self.revision)?;
            output.out(text);
            if over || !self.watch {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What is to be said about a rollout, and whether it is over.
fn status(object: &Object, revision: i64) -> Result<(String, bool), Failure> {
    match object {
        Object::Deployment(deployment) => self::deployment(deployment, revision),
        Object::DaemonSet(_) => daemon_set(&object.to_value()),
        Object::StatefulSet(_) => stateful_set(&object.to_value()),
        other => Err(super::not_implemented("status viewer", other.kind())),
    }
}

fn deployment(deployment: &Deployment, revision: i64) -> Result<(String, bool), Failure> {
    let name = go_quote(&deployment.meta.name);
    let running = super::revision_of(&deployment.meta).unwrap_or(0);
    if revision > 0 && revision != running {
        return Err(Failure::Plain(format!(
            "desired revision ({revision}) is different from the running revision ({running})"
        )));
    }
    let DeploymentStatus { replicas, updated_replicas: updated, available_replicas: available, .. } = deployment.status;
    let wanted = deployment.spec.replicas;
    if deployment.meta.generation > deployment.status.observed_generation {
        return Ok(("Waiting for deployment spec update to be observed...\n".to_owned(), false));
    }
    let progressing = deployment.status.conditions.iter().find(|condition| &*condition.kind == "Progressing");
    if progressing.is_some_and(|condition| &*condition.reason == "ProgressDeadlineExceeded") {
        return Err(Failure::Plain(format!("deployment {name} exceeded its progress deadline")));
    }
    let waiting = format!("Waiting for deployment {name} rollout to finish:");
    if updated < wanted {
        return Ok((format!("{waiting} {updated} out of {wanted} new replicas have been updated...\n"), false));
    }
    if replicas > updated {
        return Ok((format!("{waiting} {} old replicas are pending termination...\n", replicas - updated), false));
    }
    if available < updated {
        return Ok((format!("{waiting} {available} of {updated} updated replicas are available...\n"), false));
    }
    Ok((format!("deployment {name} successfully rolled out\n"), true))
}

fn number(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

const ONLY_ROLLING: &str = "rollout status is only available for RollingUpdate strategy type";

fn daemon_set(value: &Value) -> Result<(String, bool), Failure> {
    if text(value, "/spec/updateStrategy/type") != "RollingUpdate" {
        return Err(ONLY_ROLLING.into());
    }
    if number(value, "/metadata/generation") > number(value, "/status/observedGeneration") {
        return Ok(("Waiting for daemon set spec update to be observed...\n".to_owned(), false));
    }
    let name = go_quote(text(value, "/metadata/name"));
    let wanted = number(value, "/status/desiredNumberScheduled");
    let updated = number(value, "/status/updatedNumberScheduled");
    let available = number(value, "/status/numberAvailable");
    let waiting = format!("Waiting for daemon set {name} rollout to finish:");
    if updated < wanted {
        return Ok((format!("{waiting} {updated} out of {wanted} new pods have been updated...\n"), false));
    }
    if available < wanted {
        return Ok((format!("{waiting} {available} of {wanted} updated pods are available...\n"), false));
    }
    Ok((format!("daemon set {name} successfully rolled out\n"), true))
}

fn stateful_set(value: &Value) -> Result<(String, bool), Failure> {
    if text(value, "/spec/updateStrategy/type") != "RollingUpdate" {
        return Err(ONLY_ROLLING.into());
    }
    let observed = number(value, "/status/observedGeneration");
    if observed == 0 || number(value, "/metadata/generation") > observed {
        return Ok(("Waiting for statefulset spec update to be observed...\n".to_owned(), false));
    }
    let (wanted, ready) = (number(value, "/spec/replicas"), number(value, "/status/readyReplicas"));
    if ready < wanted {
        return Ok((format!("Waiting for {} pods to be ready...\n", wanted - ready), false));
    }
    let updated = number(value, "/status/updatedReplicas");
    if let Some(partition) = value.pointer("/spec/updateStrategy/rollingUpdate/partition").and_then(Value::as_i64) {
        if updated < wanted - partition {
            return Ok((
                format!(
                    "Waiting for partitioned roll out to finish: {updated} out of {} new pods have been updated...\n",
                    wanted - partition
                ),
                false,
            ));
        }
        return Ok((format!("partitioned roll out complete: {updated} new pods have been updated...\n"), true));
    }
    let (update, current) = (text(value, "/status/updateRevision"), text(value, "/status/currentRevision"));
    if update != current {
        let line =
            format!("waiting for statefulset rolling update to complete {updated} pods at revision {update}...\n");
        return Ok((line, false));
    }
    let replicas = number(value, "/status/currentReplicas");
    Ok((format!("statefulset rolling update complete {replicas} pods at revision {current}...\n"), true))
}
