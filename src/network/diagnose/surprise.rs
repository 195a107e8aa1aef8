//! Requests that were answered, and not as one would think.

use super::facts::of_service;
use super::{Action, Diagnosis};
use crate::base::path::FieldPath;
use crate::msg;
use crate::network::route::{Client, Trace, Verdict};
use crate::network::view::{NetView, ObjectRef};
use serde_json::json;

pub(super) fn remark(view: &NetView, trace: &Trace) -> Option<Diagnosis> {
    hairpin(trace).or_else(|| session_affinity(view, trace)).or_else(|| left_out(view, trace))
}

/// A pod that asked a Service and got itself: the node hides its address, or the pod would answer itself past the node.
fn hairpin(trace: &Trace) -> Option<Diagnosis> {
    let Client::Pod(key) = &trace.request.from else { return None };
    let matched = trace.matched.as_ref().filter(|_| trace.answered_by() == Some(key))?;
    let (svc, seen) = (&matched.rules.name.service, trace.seen_source?.ip());
    let cause = msg!("net.remark.hairpin", pod = key.name, svc = svc.name, seen = seen);
    Some(
        Diagnosis::new("hairpin", cause)
            .see(ObjectRef::new("Pod", key), FieldPath::of("status.podIP"), msg!("net.evidence.asked-itself"))
            .see(ObjectRef::new("Service", svc), FieldPath::of("spec.selector"), msg!("net.evidence.selects-client")),
    )
}

/// A client that sticks to one endpoint although there are more.
fn session_affinity(view: &NetView, trace: &Trace) -> Option<Diagnosis> {
    let matched = trace.matched.as_ref()?;
    let seconds = matched.rules.affinity?;
    let service = view.service(&matched.rules.name.service)?;
    let pod = trace.answered_by()?;
    let others = matched.rules.groups.ready().len().saturating_sub(1);
    let client = trace.hops.iter().find(|hop| hop.rule().is_some())?.before.src.ip();
    if others == 0 {
        return None;
    }
    let cause = msg!(
        "net.remark.affinity",
        svc = service.key.name,
        client = client,
        pod = pod.name,
        seconds = seconds,
        node = matched.node.name
    );
    Some(
        Diagnosis::new("session-affinity", cause)
            .see(
                of_service(service),
                FieldPath::of("spec.sessionAffinity"),
                msg!("net.evidence.affinity", count = others),
            )
            .fix(
                msg!("net.fix.no-affinity"),
                Action::MergePatch(
                    of_service(service),
                    json!({"spec": {"sessionAffinity": "None", "sessionAffinityConfig": null}}),
                ),
            ),
    )
}

/// Where there is a choice of pods, one connection makes it once.
pub(super) fn one_connection(trace: &Trace, total: u32) -> Option<Diagnosis> {
    let matched = trace.matched.as_ref().filter(|_| trace.is_answered())?;
    let pod = trace.answered_by()?;
    if matched.rules.groups.ready().len() < 2 {
        return None;
    }
    let to = &trace.request.to;
    Some(
        Diagnosis::new("keep-alive", msg!("net.remark.keep-alive", total = total))
            .see(ObjectRef::new("Pod", pod), FieldPath::root(), msg!("net.evidence.took-all"))
            .fix(msg!("net.fix.new-connections"), Action::Url(super::names::with_host(to, &to.host, to.port))),
    )
}

/// Pods that are selected and ready, and lack the port that the Service sends to.
fn left_out(view: &NetView, trace: &Trace) -> Option<Diagnosis> {
    let matched = trace.matched.as_ref()?;
    let service = view.service(&matched.rules.name.service)?;
    // Slices with other ports than those of the rules have such pods; most Services have none.
    let total: usize = view.slices_of(&service.key).map(|slice| slice.endpoints.len()).sum();
    if total <= matched.rules.endpoints.len() {
        return None;
    }
    let candidates = trace.candidates(view);
    let lacking = || candidates.iter().filter(|one| one.verdict == Verdict::NoPort).filter_map(|one| one.pod.as_ref());
    let first = lacking().next()?;
    let port = service.ports.iter().find(|port| port.name == matched.rules.name.port)?;
    let cause = msg!("net.remark.left-out", svc = service.key.name, count = lacking().count(), port = port.target);
    let (object, path) = match view.pod(first) {
        Some(pod) => {
            super::facts::written_at(pod, "spec.containers[0].ports", "spec.template.spec.containers[0].ports")
        }
        None => (ObjectRef::new("Pod", first), FieldPath::of("spec.containers[0].ports")),
    };
    let says = msg!("net.evidence.lacks-port", pod = first.name, port = port.target);
    Some(
        Diagnosis::new("left-out", cause)
            .see(
                of_service(service),
                super::facts::port_path(service, port, "targetPort"),
                msg!("net.evidence.target-port", port = port.target),
            )
            .see(object, path, says)
            .fix(msg!("net.fix.name-port", port = port.target), Action::Advice),
    )
}
