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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Json;
    use serde_json::{Value, json};

    fn shown(mut value: Value) -> String {
        value["metadata"]["name"] = "p".into();
        let pod = Pod::from_json(value).unwrap();
        let summary = summary(&pod);
        format!("{} {} {}", summary.ready(), summary.status, summary.restarts(Timestamp(1_767_225_660)))
    }

    fn pod(phase: &str, statuses: Value) -> Value {
        let containers: Vec<Value> = statuses.as_array().unwrap().iter().map(|s| json!({"name": s["name"]})).collect();
        json!({"metadata": {}, "spec": {"containers": containers}, "status": {"phase": phase, "containerStatuses": statuses}})
    }

    #[test]
    fn the_status_column_says_what_is_the_matter() {
        let ended = |reason: &str, code: i32| json!({"terminated": {"reason": reason, "exitCode": code}});
        let waiting = |reason: &str| json!({"waiting": {"reason": reason}});
        let running = json!({"running": {}});
        let one = |state: Value, ready: bool, restarts: i32| json!([{"name": "a", "state": state, "ready": ready, "restartCount": restarts}]);
        let table = [
            ("Pending", json!([{"name": "a", "state": waiting("ContainerCreating")}]), "0/1 ContainerCreating 0"),
            ("Running", one(running.clone(), true, 0), "1/1 Running 0"),
            ("Running", one(running.clone(), false, 3), "0/1 Running 3"),
            ("Running", one(waiting("CrashLoopBackOff"), false, 2), "0/1 CrashLoopBackOff 2"),
            ("Running", one(ended("Error", 1), false, 0), "0/1 Error 0"),
            ("Running", one(ended("", 7), false, 0), "0/1 ExitCode:7 0"),
            ("Succeeded", one(ended("Completed", 0), false, 0), "0/1 Completed 0"),
            (
                "Running",
                json!([
                    {"name": "a", "state": ended("Completed", 0), "restartCount": 0},
                    {"name": "b", "state": running, "ready": true, "restartCount": 0}
                ]),
                "1/2 NotReady 0",
            ),
        ];
        for (phase, statuses, expected) in table {
            assert_eq!(shown(pod(phase, statuses.clone())), expected, "{statuses}");
        }
        let mut going = pod("Running", json!([{"name": "a", "state": {"running": {}}, "ready": true}]));
        going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z".into();
        assert_eq!(shown(going), "1/1 Terminating 0");
        let mut restarted =
            pod("Running", json!([{"name": "a", "state": {"running": {}}, "ready": true, "restartCount": 2}]));
        restarted["status"]["containerStatuses"][0]["lastState"] =
            json!({"terminated": {"exitCode": 1, "finishedAt": "2026-01-01T00:00:55Z"}});
        assert_eq!(shown(restarted), "1/1 Running 2 (5s ago)");
        let mut starting = pod("Pending", json!([]));
        starting["spec"]["initContainers"] = json!([{"name": "i"}, {"name": "j"}]);
        starting["status"]["initContainerStatuses"] =
            json!([{"name": "i", "state": {"terminated": {"exitCode": 0}}}, {"name": "j", "state": {"running": {}}}]);
        assert_eq!(shown(starting), "0/0 Init:1/2 0");
    }
}
