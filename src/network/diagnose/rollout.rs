//! Rows about pods that come and go while requests are under way.

use super::facts::{Facts, of_service, selected};
use super::{Action, Diagnosis};
use crate::base::path::FieldPath;
use crate::msg;
use crate::network::rules::Endpoint;
use crate::network::view::{ObjectRef, PodNet};
use serde_json::{Value, json};

/// The endpoint that the rules chose, of a request that did not connect.
fn chosen<'f>(facts: &'f Facts<'_>) -> Option<&'f Endpoint> {
    let matched = facts.trace.matched.as_ref().filter(|_| facts.did_not_connect())?;
    matched.rules.endpoints.get(matched.chosen?)
}

/// The pod was told to stop, and stopped before the proxies had heard of it.
pub(super) fn race(facts: &Facts<'_>) -> Option<Diagnosis> {
    let endpoint = chosen(facts)?;
    let key = endpoint.pod.as_ref()?;
    let (service, node) = (facts.service.as_ref()?, &facts.trace.matched.as_ref()?.node.name);
    let pod = facts.view.pod(key);
    // A proxy that hangs is another story, and so is an endpoint that somebody wrote by hand.
    if facts.view.is_held(node) || service.selector.is_none() || pod.is_some_and(|pod| !pod.terminating) {
        return None;
    }
    let cause = msg!("net.cause.rollout-race", pod = key.name, svc = service.key.name, node = node, ip = endpoint.at);
    let mut diagnosis = Diagnosis::new("rollout-race", cause);
    if let Some(pod) = pod {
        let path = FieldPath::of("metadata.deletionTimestamp");
        diagnosis = diagnosis.see(ObjectRef::new("Pod", &pod.key), path, msg!("net.evidence.stopping"));
    }
    let others = selected(facts.view, service);
    let workload = pod.or_else(|| others.first().copied()).and_then(|pod| pod.workload.clone());
    Some(match workload {
        Some(workload) => diagnosis
            .see(workload.clone(), FieldPath::of("spec.template.spec.containers[0]"), msg!("net.evidence.no-pre-stop"))
            .fix(msg!("net.fix.pre-stop", seconds = PAUSE), add(workload, "lifecycle", pause())),
        None => diagnosis.fix(msg!("net.fix.pre-stop", seconds = PAUSE), Action::Advice),
    })
}

/// Longer than proxies and balancers take to hear of it.
const PAUSE: u32 = 5;

fn pause() -> Value {
    json!({"preStop": {"sleep": {"seconds": PAUSE}}})
}

fn add(workload: ObjectRef, field: &str, value: Value) -> Action {
    let path = format!("/spec/template/spec/containers/0/{field}");
    Action::JsonPatch(workload, json!([{"op": "add", "path": path, "value": value}]))
}

/// The pod counts as ready from its first moment, because nobody asks it.
pub(super) fn starting(facts: &Facts<'_>) -> Option<Diagnosis> {
    let pod: &PodNet = facts.view.pod(chosen(facts)?.pod.as_ref()?)?;
    let container = pod.containers.iter().find(|container| container.running && container.starting)?;
    let (service, port) = (facts.service.as_ref()?, facts.last_target()?.port());
    let cause =
        msg!("net.cause.starting", pod = pod.key.name, container = container.name, svc = service.key.name, port = port);
    let diagnosis = Diagnosis::new("starting", cause).see(
        ObjectRef::new("Pod", &pod.key),
        FieldPath::of("status.conditions"),
        msg!("net.evidence.ready-at-once"),
    );
    let probe = json!({"tcpSocket": {"port": port}, "periodSeconds": 1});
    Some(match &pod.workload {
        Some(workload) => {
            diagnosis.fix(msg!("net.fix.readiness-probe", port = port), add(workload.clone(), "readinessProbe", probe))
        }
        None => diagnosis.see(of_service(service), FieldPath::root(), msg!("net.evidence.ready-at-once")),
    })
}
