//! Pods.

use super::{Column, Row, age, col, name, or_none, wide};
use crate::api::objects::Pod;
use crate::api::objects::pod::{ConditionStatus, ContainerStatus, PodPhase, RestartPolicy};
use crate::base::time::{Timestamp, human_duration};

pub(super) const COLUMNS: &[Column] = &[
    col("Name", name),
    col("Ready", |row| of(row, |pod, _| summary(pod).ready())),
    col("Status", |row| of(row, |pod, _| summary(pod).status)),
    col("Restarts", |row| of(row, |pod, now| summary(pod).restarts(now))),
    col("Age", age),
    wide("IP", |row| of(row, |pod, _| or_none(&*pod.status.pod_ip))),
    wide("Node", |row| of(row, |pod, _| or_none(&*pod.node_name))),
    wide("Nominated Node", |row| {
        of(row, |pod, _| {
            let name = pod.status.rest.get("nominatedNodeName").and_then(|name| name.as_str());
            or_none(name.unwrap_or_default())
        })
    }),
    wide("Readiness Gates", |row| of(row, |pod, _| readiness_gates(pod))),
];

fn of(row: &Row<'_>, cell: impl Fn(&Pod, Timestamp) -> String) -> String {
    Pod::of(row.object).map_or_else(String::new, |pod| cell(pod, row.now))
}

fn readiness_gates(pod: &Pod) -> String {
    let gates = &pod.spec.readiness_gates;
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let holds = |kind: &str| pod.condition(kind).is_some_and(|condition| condition.status == ConditionStatus::True);
    let open = gates.iter().filter(|gate| holds(&gate.condition_type)).count();
    format!("{open}/{}", gates.len())
}

/// What the columns READY, STATUS and RESTARTS say.
pub(in crate::kubectl) struct Summary {
    pub(in crate::kubectl) status: String,
    ready: usize,
    total: usize,
    restarts: i32,
    last_restart: Option<Timestamp>,
}

impl Summary {
    fn ready(&self) -> String {
        format!("{}/{}", self.ready, self.total)
    }

    fn restarts(&self, now: Timestamp) -> String {
        match self.last_restart {
            Some(at) if self.restarts != 0 => format!("{} ({} ago)", self.restarts, human_duration(now.0 - at.0)),
            _ => self.restarts.to_string(),
        }
    }

    fn count(&mut self, container: &ContainerStatus) {
        self.restarts += container.restart_count;
        let ended = container.last_state.terminated.as_ref().and_then(|terminated| terminated.finished_at);
        self.last_restart = self.last_restart.max(ended);
    }
}

/// Models `printPod` in `pkg/printers/internalversion/printers.go`.
pub(in crate::kubectl) fn summary(pod: &Pod) -> Summary {
    let sidecar = |name: &str| {
        let container = pod.spec.init_containers.iter().find(|container| *container.name == *name);
        container.is_some_and(|container| container.restart_policy == Some(RestartPolicy::Always))
    };
    let sidecars = pod.spec.init_containers.iter().filter(|container| sidecar(&container.name)).count();
    let status = match &*pod.status.reason {
        "" => pod.status.phase.as_str().to_owned(),
        reason => reason.to_owned(),
    };
    let mut summary =
        Summary { status, ready: 0, total: pod.spec.containers.len() + sidecars, restarts: 0, last_restart: None };
    if let Some(scheduled) = pod.condition("PodScheduled")
        && &*scheduled.reason == "SchedulingGated"
    {
        summary.status = "SchedulingGated".to_owned();
    }
    let initializing = init_containers(pod, &mut summary, &sidecar);
    let initialized = pod.condition("Initialized").is_some_and(|condition| condition.status == ConditionStatus::True);
    if !initializing || initialized {
        containers(pod, &mut summary, &sidecar);
    }
    if pod.meta.is_terminating() {
        if &*pod.status.reason == "NodeLost" {
            summary.status = "Unknown".to_owned();
        } else if !matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed) {
            summary.status = "Terminating".to_owned();
        }
    }
    summary
}

/// Says whether the pod is still initializing.
fn init_containers(pod: &Pod, summary: &mut Summary, sidecar: &dyn Fn(&str) -> bool) -> bool {
    for (i, container) in pod.status.init_container_statuses.iter().enumerate() {
        summary.restarts += container.restart_count;
        let ended = container.last_state.terminated.as_ref().and_then(|terminated| terminated.finished_at);
        summary.last_restart = summary.last_restart.max(ended);
        let state = &container.state;
        if let Some(terminated) = &state.terminated {
            if terminated.exit_code == 0 {
                continue;
            }
            summary.status = match (&*terminated.reason, terminated.signal) {
                ("", 0) => format!("Init:ExitCode:{}", terminated.exit_code),
                ("", signal) => format!("Init:Signal:{signal}"),
                (reason, _) => format!("Init:{reason}"),
            };
            return true;
        }
        if sidecar(&container.name) && container.started == Some(true) {
            summary.ready += usize::from(container.ready);
            continue;
        }
        summary.status = match &state.waiting {
            Some(waiting) if !waiting.reason.is_empty() && &*waiting.reason != "PodInitializing" => {
                format!("Init:{}", waiting.reason)
            }
            _ => format!("Init:{i}/{}", pod.spec.init_containers.len()),
        };
        return true;
    }
    false
}

fn containers(pod: &Pod, summary: &mut Summary, sidecar: &dyn Fn(&str) -> bool) {
    // Restarts of init containers count no more, but those of sidecars do.
    summary.restarts = 0;
    summary.last_restart = None;
    for container in pod.status.init_container_statuses.iter().filter(|container| sidecar(&container.name)) {
        summary.count(container);
    }
    let mut running = false;
    let mut error = None;
    for container in pod.status.container_statuses.iter().rev() {
        summary.count(container);
        let state = &container.state;
        match (&state.waiting, &state.terminated) {
            (Some(waiting), _) if !waiting.reason.is_empty() => summary.status = waiting.reason.to_string(),
            (_, Some(terminated)) => {
                summary.status = match (&*terminated.reason, terminated.signal) {
                    ("", 0) => format!("ExitCode:{}", terminated.exit_code),
                    ("", signal) => format!("Signal:{signal}"),
                    (reason, _) => reason.to_owned(),
                };
                if terminated.exit_code != 0 {
                    error = Some(summary.status.clone());
                }
            }
            _ if container.ready && state.running.is_some() => {
                running = true;
                summary.ready += 1;
            }
            _ => {}
        }
    }
    // A pod whose containers have partly completed runs, if it is ready.
    if summary.status == "Completed" && running {
        summary.status = match (pod.is_ready(), error) {
            (true, _) => "Running".to_owned(),
            (false, Some(error)) => error,
            (false, None) => "NotReady".to_owned(),
        };
    }
}
