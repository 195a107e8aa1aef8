//! A pod in a word: the STATUS, READY and RESTARTS that people read.

use super::pod::{ConditionStatus, ContainerStatus, Pod, PodPhase, RestartPolicy};
use crate::base::Str;
use crate::base::time::Timestamp;

/// What a table says of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSummary {
    /// `Running`, `Init:0/1`, `CrashLoopBackOff`, `Terminating`.
    pub status: Str,
    /// Containers (and sidecars) that are ready.
    pub ready: usize,
    /// Containers (and sidecars) in all.
    pub total: usize,
    /// Restarts of all containers.
    pub restarts: i32,
    /// When the last restart was.
    pub last_restart: Option<Timestamp>,
}

/// Sums up a pod.
///
/// Models `pkg/printers/internalversion/printers.go` `printPod`.
pub fn summarize(pod: &Pod) -> PodSummary {
    let sidecars: Vec<&str> = pod
        .spec
        .init_containers
        .iter()
        .filter(|container| container.restart_policy == Some(RestartPolicy::Always))
        .map(|container| &*container.name)
        .collect();
    let is_sidecar = |status: &ContainerStatus| sidecars.contains(&&*status.name);
    let mut summary = PodSummary {
        status: if pod.status.reason.is_empty() { pod.status.phase.as_str().into() } else { pod.status.reason.clone() },
        ready: 0,
        total: pod.spec.containers.len() + sidecars.len(),
        restarts: 0,
        last_restart: None,
    };
    if pod.condition("PodScheduled").is_some_and(|condition| &*condition.reason == "SchedulingGated") {
        summary.status = "SchedulingGated".into();
    }
    let init = &pod.status.init_container_statuses;
    summary.restarts = init.iter().map(|status| status.restart_count).sum();
    summary.ready = init.iter().filter(|status| is_sidecar(status) && status.ready).count();
    let blocking = init.iter().enumerate().find_map(|(index, status)| {
        let started = is_sidecar(status) && status.started == Some(true);
        (!started).then(|| init_reason(status, index, init.len().max(pod.spec.init_containers.len()))).flatten()
    });
    let initialized = pod.condition("Initialized").is_some_and(|condition| condition.status == ConditionStatus::True);
    if let (Some(reason), false) = (&blocking, initialized) {
        summary.status = reason.clone();
    } else {
        containers(pod, &mut summary, init, &sidecars);
    }
    if pod.meta.is_terminating() {
        if &*pod.status.reason == "NodeLost" {
            summary.status = "Unknown".into();
        } else if !matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed) {
            summary.status = "Terminating".into();
        }
    }
    summary
}

/// Why an init container holds up the pod; `None` when it has done its work.
fn init_reason(status: &ContainerStatus, index: usize, count: usize) -> Option<Str> {
    if let Some(end) = &status.state.terminated {
        return match (end.exit_code, end.signal, &*end.reason) {
            (0, _, _) => None,
            (_, 0, "") => Some(format!("Init:ExitCode:{}", end.exit_code).into()),
            (_, signal, "") => Some(format!("Init:Signal:{signal}").into()),
            (_, _, reason) => Some(format!("Init:{reason}").into()),
        };
    }
    match &status.state.waiting {
        Some(waiting) if !waiting.reason.is_empty() && &*waiting.reason != "PodInitializing" => {
            Some(format!("Init:{}", waiting.reason).into())
        }
        _ => Some(format!("Init:{index}/{count}").into()),
    }
}

/// The part of the summary that the regular containers decide.
fn containers(pod: &Pod, summary: &mut PodSummary, init: &[ContainerStatus], sidecars: &[&str]) {
    summary.restarts = init
        .iter()
        .filter(|status| sidecars.contains(&&*status.name))
        .chain(&pod.status.container_statuses)
        .map(|status| status.restart_count)
        .sum();
    summary.last_restart = init
        .iter()
        .chain(&pod.status.container_statuses)
        .filter_map(|status| status.last_state.terminated.as_ref().and_then(|end| end.finished_at))
        .max();
    let mut has_running = false;
    let mut error: Option<Str> = None;
    for status in pod.status.container_statuses.iter().rev() {
        if let Some(waiting) = status.state.waiting.as_ref().filter(|waiting| !waiting.reason.is_empty()) {
            summary.status = waiting.reason.clone();
        } else if let Some(end) = &status.state.terminated {
            summary.status = match (&*end.reason, end.signal) {
                ("", 0) => format!("ExitCode:{}", end.exit_code).into(),
                ("", signal) => format!("Signal:{signal}").into(),
                _ => end.reason.clone(),
            };
            if end.exit_code != 0 {
                error = Some(summary.status.clone());
            }
        } else if status.ready && status.state.running.is_some() {
            has_running = true;
            summary.ready += 1;
        }
    }
    if &*summary.status == "Completed" && has_running {
        summary.status = match (pod.is_ready(), error) {
            (true, _) => "Running".into(),
            (false, Some(error)) => error,
            (false, None) => "NotReady".into(),
        };
    }
}
