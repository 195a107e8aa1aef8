//! What the API server is told of a pod.
//!
//! Models `pkg/kubelet/kubelet_pods.go` (`getPhase`, `convertToAPIContainerStatuses`) and `pkg/kubelet/status/generate.go`.

use super::lifecycle::pod_id;
use super::plan::ContainerPlan;
use super::pressure::EVICTED;
use super::run::{ContainerRun, Ended, PodRun, State};
use crate::api::list::List;
use crate::api::objects::Pod;
use crate::api::objects::pod::{
    ConditionStatus, ContainerState, ContainerStatus, IpEntry, PodCondition, PodPhase, PodStatus, RestartPolicy,
    Running, Terminated, Waiting,
};
use crate::base::Str;
use crate::base::rng::{Rng, push_hex};
use crate::base::time::{Duration, Timestamp};
use std::net::Ipv4Addr;
use std::rc::Rc;

/// The status of a pod on the node with the address `host`.
pub fn status(pod: &Pod, run: &PodRun, host: &Str, seed: u64, now: Timestamp) -> PodStatus {
    let with_plan = || run.plan.containers.iter().zip(&run.containers);
    let list = |init: bool| -> Vec<ContainerStatus> {
        // Exactly as much room as there are containers: every pod keeps its list.
        let mut list = Vec::with_capacity(with_plan().filter(|(plan, _)| plan.init == init).count());
        let of_kind = with_plan().filter(|(plan, _)| plan.init == init);
        list.extend(of_kind.filter_map(|(plan, container)| container_status(pod, run, plan, container, seed)));
        list
    };
    let ip = run.ip.map_or_else(Str::default, |ip| text_of(ip, &pod.status.pod_ip));
    let entries = |ip: &Str, known: &List<IpEntry>| match &**known {
        [entry] if entry.ip == *ip => known.clone(),
        _ if ip.is_empty() => List::default(),
        _ => List::from(vec![IpEntry { ip: ip.clone(), ..IpEntry::default() }]),
    };
    let phase = match pod.status.phase {
        terminal @ (PodPhase::Succeeded | PodPhase::Failed) => terminal,
        _ => phase(pod, run),
    };
    let mut status = PodStatus {
        phase,
        host_ips: entries(host, &pod.status.host_ips),
        host_ip: host.clone(),
        pod_ips: entries(&ip, &pod.status.pod_ips),
        pod_ip: ip,
        start_time: Some(run.seen),
        container_statuses: list(false),
        init_container_statuses: list(true),
        observed_generation: pod.meta.generation,
        conditions: List::default(),
        reason: pod.status.reason.clone(),
        message: pod.status.message.clone(),
        qos_class: pod.status.qos_class.clone(),
        rest: pod.status.rest.clone(),
    };
    let late = run.stopping.is_some() && run.has_ended() && !pod.meta.is_terminating() && !pod.is_terminal();
    if late {
        let why = run.evicted.as_deref().map_or(LATE, |message| (EVICTED, message));
        (status.phase, status.reason, status.message) = (PodPhase::Failed, why.0.into(), why.1.into());
    }
    status.conditions = conditions(pod, run, status.phase, now).into();
    if let Some(message) = run.evicted.as_ref().filter(|_| pod.condition("DisruptionTarget").is_none()) {
        status.conditions.push(PodCondition {
            kind: "DisruptionTarget".into(),
            status: ConditionStatus::True,
            reason: "TerminationByKubelet".into(),
            message: message.clone(),
            last_transition_time: Some(now),
            observed_generation: pod.meta.generation,
            ..PodCondition::default()
        });
    }
    status
}

/// An address as text; the text that is known, if it is that.
fn text_of(ip: Ipv4Addr, known: &Str) -> Str {
    if known.parse() == Ok(ip) { known.clone() } else { ip.to_string().into() }
}

/// Why a pod failed that was active for longer than it may: the reason and the message.
pub const LATE: (&str, &str) = ("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");

/// When a pod will have been active for as long as it may.
pub fn late_at(pod: &Pod, run: &PodRun) -> Option<crate::base::time::SimTime> {
    let seconds = pod.spec.rest.get("activeDeadlineSeconds").and_then(crate::base::Value::as_u64)?;
    Some(run.seen.sim_time().after(Duration::from_secs(seconds)))
}

fn phase(pod: &Pod, run: &PodRun) -> PodPhase {
    let regular = || run.plan.containers.iter().zip(&run.containers).filter(|(plan, _)| !plan.init);
    let init_failed = run.plan.containers.iter().zip(&run.containers).any(|(plan, container)| {
        let failed = matches!(&container.state, State::Ended { how, restart: None, .. } if how.code != 0);
        plan.init && !plan.sidecar && failed && pod.spec.restart_policy == RestartPolicy::Never
    });
    if init_failed {
        return PodPhase::Failed;
    }
    let begun = |container: &ContainerRun| {
        container.last.is_some() || matches!(container.state, State::Running { .. } | State::Ended { .. })
    };
    if !run.has_ended() && !regular().all(|(_, container)| begun(container)) {
        return PodPhase::Pending;
    }
    let lives = |container: &ContainerRun| match &container.state {
        State::Ended { restart, .. } => restart.is_some(),
        _ => run.stopping.is_none() || container.is_running(),
    };
    if regular().any(|(_, container)| lives(container)) {
        return PodPhase::Running;
    }
    let failed = |container: &ContainerRun| match &container.state {
        State::Ended { how, .. } => how.code != 0,
        _ => true,
    };
    if regular().any(|(_, container)| failed(container)) { PodPhase::Failed } else { PodPhase::Succeeded }
}

fn container_status(
    pod: &Pod,
    run: &PodRun,
    plan: &ContainerPlan,
    container: &ContainerRun,
    seed: u64,
) -> Option<ContainerStatus> {
    let spec = run.plan.container(plan)?;
    let made = !container.id.is_empty();
    let image = plan.image.as_ref().ok().filter(|_| made);
    let repository = image.map(|image| image.rsplit_once(':').map_or(&**image, |(name, _)| name));
    let completed_init = matches!(&container.state, State::Ended { how, .. } if plan.init && how.code == 0);
    Some(ContainerStatus {
        name: spec.name.clone(),
        state: state(pod, run, spec, container),
        last_state: match (&container.state, &container.last) {
            (State::Ended { how, back_off: Some(_), .. }, _) => terminated(how),
            (State::Ended { how, restart: Some(_), .. }, _) if how.unhooked.is_some() => terminated(how),
            (_, Some(last)) => terminated(last),
            _ => ContainerState::default(),
        },
        ready: container.ready || completed_init,
        started: Some(container.started),
        restart_count: container.restarts,
        image: image.unwrap_or(&spec.image).clone(),
        image_id: match (repository, image) {
            (Some(repository), Some(image)) => {
                plan.image_id.get_or_init(|| hex_id(&format!("{repository}@sha256:"), seed, image)).clone()
            }
            _ => Str::from(""),
        },
        container_id: container.id.clone(),
        ..ContainerStatus::default()
    })
}

fn state(
    pod: &Pod,
    run: &PodRun,
    spec: &crate::api::objects::pod::Container,
    container: &ContainerRun,
) -> ContainerState {
    let waiting = |reason: &str, message: String| ContainerState {
        waiting: Some(Rc::new(Waiting { reason: reason.into(), message: message.into(), ..Waiting::default() })),
        ..ContainerState::default()
    };
    let not_begun = if run.plan.spec.init_containers.is_empty() { "ContainerCreating" } else { "PodInitializing" };
    match &container.state {
        State::Waiting | State::Pulling { .. } | State::Starting { .. } => match &container.last {
            Some(last) => terminated(last),
            None => waiting(not_begun, String::new()),
        },
        State::PullFailed { told: false, error, .. } => waiting("ErrImagePull", error.to_string()),
        State::PullFailed { error, .. } => {
            let image = crate::base::text::go_quote(&spec.image);
            waiting("ImagePullBackOff", format!("Back-off pulling image {image}: ErrImagePull: {error}"))
        }
        State::Refused { reason, message } => waiting(reason, message.to_string()),
        State::Running { since, .. } => ContainerState {
            running: Some(Running { started_at: Some(since.timestamp()), ..Running::default() }),
            ..ContainerState::default()
        },
        State::Ended { back_off: Some(wait), restart: Some(_), .. } => {
            let (wait, name) = (super::lifecycle::go_duration(*wait), &spec.name);
            let message = format!("back-off {wait} restarting failed container={name} pod={}", pod_id(pod));
            waiting("CrashLoopBackOff", message)
        }
        State::Ended { how, restart: Some(_), .. } if how.unhooked.is_some() => {
            waiting("PostStartHookError", how.unhooked.as_deref().unwrap_or_default().to_owned())
        }
        State::Ended { how, .. } => terminated(how),
    }
}

fn terminated(how: &Ended) -> ContainerState {
    ContainerState {
        terminated: Some(Rc::new(Terminated {
            exit_code: how.code,
            reason: match how.code {
                0 => "Completed",
                _ if how.starved => "OOMKilled",
                _ => "Error",
            }
            .into(),
            started_at: Some(how.since.timestamp()),
            finished_at: Some(how.at.timestamp()),
            container_id: how.id.clone(),
            ..Terminated::default()
        })),
        ..ContainerState::default()
    }
}

/// The conditions, in the kubelet's order; those of others follow.
fn conditions(pod: &Pod, run: &PodRun, phase: PodPhase, now: Timestamp) -> Vec<PodCondition> {
    let over = match phase {
        PodPhase::Succeeded => Some("PodCompleted"),
        PodPhase::Failed => Some("PodFailed"),
        _ => None,
    };
    let named = |init: bool, lacks: &dyn Fn(&ContainerPlan, &ContainerRun) -> bool| -> Vec<Str> {
        let both = run.plan.containers.iter().zip(&run.containers);
        both.filter(|(plan, container)| plan.init == init && lacks(plan, container))
            .filter_map(|(plan, _)| run.plan.container(plan))
            .map(|spec| spec.name.clone())
            .collect()
    };
    let incomplete = named(true, &|plan, container| match &container.state {
        State::Ended { how, .. } => how.code != 0,
        State::Running { .. } => !(plan.sidecar && container.started),
        _ => true,
    });
    let unready = named(false, &|_, container| !container.ready);
    let holds = |kind: &'static str| (kind, ConditionStatus::True, "", String::new());
    let fails =
        |kind: &'static str, reason: &'static str, message: String| (kind, ConditionStatus::False, reason, message);
    let initialized = match over {
        Some("PodCompleted") => ("Initialized", ConditionStatus::True, "PodCompleted", String::new()),
        _ if incomplete.is_empty() => holds("Initialized"),
        _ => fails(
            "Initialized",
            "ContainersNotInitialized",
            format!("containers with incomplete status: [{}]", incomplete.join(" ")),
        ),
    };
    let containers_ready = match over {
        Some(reason) => fails("ContainersReady", reason, String::new()),
        None if unready.is_empty() => holds("ContainersReady"),
        None => fails(
            "ContainersReady",
            "ContainersNotReady",
            format!("containers with unready status: [{}]", unready.join(" ")),
        ),
    };
    let mut ready = containers_ready.clone();
    ready.0 = "Ready";
    if ready.1 == ConditionStatus::True
        && let Some((gate, text)) = closed_gate(pod)
    {
        ready = fails(
            "Ready",
            "ReadinessGatesNotReady",
            format!("corresponding condition of pod readiness gate \"{gate}\" {text}"),
        );
    }
    let sandbox = if run.ip.is_some() && over.is_none() {
        holds("PodReadyToStartContainers")
    } else {
        fails("PodReadyToStartContainers", "", String::new())
    };
    let ours = [sandbox, initialized, ready, containers_ready, holds("PodScheduled")];
    let mut conditions: Vec<PodCondition> = ours
        .into_iter()
        .zip(&run.plan.conditions)
        .map(|((kind, status, reason, message), shared)| PodCondition {
            kind: shared.clone(),
            status,
            last_transition_time: match pod.condition(kind) {
                Some(old) if old.status == status => old.last_transition_time,
                _ => Some(now),
            },
            observed_generation: pod.meta.generation,
            reason: reason.into(),
            message: message.into(),
            ..PodCondition::default()
        })
        .collect();
    let of_others = pod.status.conditions.iter().filter(|other| !OURS.contains(&&*other.kind));
    conditions.extend(of_others.cloned());
    conditions
}

/// The types of the conditions that the kubelet writes, in its order.
pub const OURS: [&str; 5] = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

/// The first readiness gate that is not open.
fn closed_gate(pod: &Pod) -> Option<(Str, String)> {
    pod.spec.readiness_gates.iter().find_map(|gate| {
        let text = match pod.condition(&gate.condition_type) {
            None => "does not exist.".to_owned(),
            Some(condition) if condition.status != ConditionStatus::True => {
                format!("status is \"{}\".", condition.status)
            }
            Some(_) => return None,
        };
        Some((gate.condition_type.clone(), text))
    })
}

/// 64 hexadecimal digits that belong to a key.
pub fn hex_id(prefix: &str, seed: u64, key: &str) -> Str {
    let mut rng = Rng::stream(seed, prefix, key);
    let mut out = String::with_capacity(prefix.len() + 64);
    out.push_str(prefix);
    for _ in 0..4 {
        push_hex(&mut out, rng.next_u64(), 16);
    }
    out.into()
}

/// The time that is left of a grace period that began at `since`.
pub fn deadline(pod: &Pod, since: crate::base::time::SimTime) -> crate::base::time::SimTime {
    let grace = pod.meta.deletion_grace_period_seconds.unwrap_or(0);
    since.after(Duration::from_secs(u64::try_from(grace).unwrap_or(0)))
}
