//! Moves a pod on: sandbox, init containers one after the other, containers, restarts, and the end.
//!
//! Models `SyncPod` and `computePodActions` of `pkg/kubelet/kuberuntime/kuberuntime_manager.go`, and `EnsureImageExists` of
//! `pkg/kubelet/images/image_manager.go`.

use super::faults::Window;
use super::hook;
use super::plan::ContainerPlan;
use super::probe::{self, Kind, What};
use super::run::{ContainerRun, Ended, PodRun, State};
use crate::api::objects::Pod;
use crate::api::objects::pod::{PullPolicy, RestartPolicy};
use crate::apiserver::events::EventType;
use crate::base::Str;
use crate::base::pmap::PLookup;
use crate::base::rng::Rng;
use crate::base::text::go_quote;
use crate::base::time::{Duration, SimTime};

/// How long it takes to notice that a container has ended, and to start it again.
const RESTART: Duration = Duration::from_secs(1);
/// How long a registry takes to say that it does not have an image.
const REFUSAL: Duration = Duration::from_millis(1200);

/// How long after its start a container has taken more memory than it may, if it does.
const STARVED: Duration = Duration::from_millis(600);

/// An event to be told about a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Normal or Warning.
    pub kind: EventType,
    /// Its reason.
    pub reason: &'static str,
    /// Its message.
    pub message: String,
    /// The place of the container in the plan.
    pub container: usize,
}

/// What moves a pod on.
pub struct Step<'a> {
    /// The time.
    pub now: SimTime,
    /// The seed of the cluster.
    pub seed: u64,
    /// The pod as it is stored.
    pub pod: &'a Pod,
    /// Whether all images are on all nodes.
    pub images_present: bool,
    /// The images that nodes have: node, image.
    pub images: &'a mut PLookup<(Str, Str), ()>,
    /// How many times longer pulling an image takes than it should.
    pub pull_factor: u32,
    /// What goes wrong with the pod's probes.
    pub windows: &'a [Window],
    /// Whether there is a `configmap` or `secret` of this name.
    pub exists: &'a dyn Fn(&str, &Str) -> bool,
    /// What is to be told.
    pub told: Vec<Told>,
    /// Whether the pod has been active for longer than it may.
    pub late: bool,
}

impl Step<'_> {
    /// Does all that is due.
    pub fn advance(&mut self, run: &mut PodRun) {
        // Every turn takes time, so this ends; the bound is for a plan that would not.
        for _ in 0..1000 {
            let due = (0..run.containers.len()).find(|place| {
                run.containers.get(*place).and_then(ContainerRun::due).is_some_and(|due| due <= self.now)
            });
            match due.or_else(|| self.next_to_begin(run)) {
                Some(place) => self.turn(run, place),
                None => break,
            }
        }
    }

    /// The container whose turn it is: after the sandbox and all init containers before it, one at a time.
    fn next_to_begin(&self, run: &PodRun) -> Option<usize> {
        run.ip?;
        let busy = |container: &ContainerRun| matches!(container.state, State::Pulling { .. } | State::Starting { .. });
        if run.stopping.is_some() || run.containers.iter().any(busy) {
            return None;
        }
        for (place, (plan, container)) in run.plan.containers.iter().zip(&run.containers).enumerate() {
            if matches!(container.state, State::Waiting) {
                return Some(place);
            }
            let done = match &container.state {
                State::Ended { how, restart, .. } => !plan.sidecar && how.code == 0 && restart.is_none(),
                State::Running { .. } => plan.sidecar && container.started,
                _ => false,
            };
            if plan.init && !done {
                return None;
            }
        }
        None
    }

    fn turn(&mut self, run: &mut PodRun, place: usize) {
        let plan = run.plan.clone();
        let ip = run.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let node = run.node.clone();
        let (Some(plan_of), Some(container)) = (plan.containers.get(place), run.containers.get_mut(place)) else {
            return;
        };
        match container.state.clone() {
            State::Waiting => self.begin(plan_of, container, place, &node, &plan),
            State::Pulling { since, .. } => self.pulled(plan_of, container, place, &node, since, &plan),
            State::PullFailed { since, until, told: false, error } => {
                container.state = State::PullFailed { since, until, told: true, error };
                let image = self.image_of(plan_of, &plan);
                self.tell(EventType::Normal, "BackOff", format!("Back-off pulling image {}", go_quote(&image)), place);
                self.tell(EventType::Warning, "Failed", "Error: ImagePullBackOff".to_owned(), place);
            }
            State::PullFailed { .. } => self.begin(plan_of, container, place, &node, &plan),
            State::Starting { since: None, .. } => self.start(plan_of, container, place, &ip, &plan),
            State::Starting { since: Some(since), .. } => self.run(plan_of, container, place, since, &ip, &plan),
            State::Running { since, end } => match end {
                Some((at, code)) if at <= self.now => self.ended(plan_of, container, place, since, code, &plan),
                _ => self.probed(plan_of, container, place, since, &ip, &plan),
            },
            State::Ended { how, .. } => {
                container.last = Some(how);
                container.restarts += 1;
                self.begin(plan_of, container, place, &node, &plan);
            }
            State::Refused { .. } => {}
        }
    }

    /// A container begins with its image.
    fn begin(
        &mut self,
        plan: &ContainerPlan,
        container: &mut ContainerRun,
        place: usize,
        node: &Str,
        of: &super::plan::Plan,
    ) {
        let text = self.image_of(plan, of);
        let image = match &plan.image {
            Ok(image) => image,
            Err(error) => {
                let message = format!("Failed to apply default image tag {}: {error}", go_quote(&text));
                self.tell(EventType::Warning, "InspectFailed", message.clone(), place);
                return self.refuse(container, place, "InvalidImageName", message);
            }
        };
        let policy = of.container(plan).map_or(PullPolicy::IfNotPresent, |container| container.image_pull_policy);
        let present =
            plan.refusal.is_none() && (self.images_present || self.images.contains_key(&(node.clone(), image.clone())));
        match policy {
            PullPolicy::Never if !present => {
                let message = format!("Container image {} is not present with pull policy of Never", go_quote(&text));
                self.tell(EventType::Warning, "ErrImageNeverPull", message.clone(), place);
                self.refuse(container, place, "ErrImageNeverPull", message);
            }
            PullPolicy::Always => self.pull(plan, container, place, &text, present),
            _ if !present => self.pull(plan, container, place, &text, present),
            _ => {
                let message = format!(
                    "Container image {} already present on machine and can be accessed by the pod",
                    go_quote(&text)
                );
                self.tell(EventType::Normal, "Pulled", message, place);
                self.make(plan, container, place);
            }
        }
    }

    fn pull(&mut self, plan: &ContainerPlan, container: &mut ContainerRun, place: usize, image: &str, present: bool) {
        self.tell(EventType::Normal, "Pulling", format!("Pulling image {}", go_quote(image)), place);
        let took = match (&plan.refusal, present) {
            (Some(_), _) => REFUSAL,
            // The registry is asked, but all layers are there.
            (None, true) => self.jitter("pull", place, 400, 900),
            (None, false) => plan.weight.pull + self.jitter("pull", place, 0, 400),
        };
        container.state = State::Pulling { since: self.now, until: self.now.after(took * self.pull_factor) };
    }

    fn pulled(
        &mut self,
        plan: &ContainerPlan,
        container: &mut ContainerRun,
        place: usize,
        node: &Str,
        since: SimTime,
        of: &super::plan::Plan,
    ) {
        let text = self.image_of(plan, of);
        let Some(refusal) = &plan.refusal else {
            if let Ok(image) = &plan.image {
                self.images.insert((node.clone(), image.clone()), ());
            }
            let took = go_duration(self.now.since(since));
            let size = plan.weight.size;
            let message = format!(
                "Successfully pulled image {} in {took} ({took} including waiting). Image size: {size} bytes.",
                go_quote(&text)
            );
            self.tell(EventType::Normal, "Pulled", message, place);
            return self.make(plan, container, place);
        };
        self.tell(
            EventType::Warning,
            "Failed",
            format!("Failed to pull image {}: {}", go_quote(&text), refusal.text),
            place,
        );
        self.tell(EventType::Warning, "Failed", "Error: ErrImagePull".to_owned(), place);
        let wait = container.pull.fail_and_wait(self.now);
        let until = self.now.after(wait);
        container.state =
            State::PullFailed { since: self.now, until, told: false, error: refusal.text.as_str().into() };
    }

    /// The image is there: the container is made, if what it needs is there too.
    fn make(&mut self, plan: &ContainerPlan, container: &mut ContainerRun, place: usize) {
        if let Some((kind, name)) = plan.needs.iter().find(|(kind, name)| !(self.exists)(kind, name)) {
            let message = format!("{kind} {} not found", go_quote(name));
            return self.refuse(container, place, "CreateContainerConfigError", message);
        }
        let took = self.jitter("start", place, 60, 200);
        container.state = State::Starting { until: self.now.after(took), since: None };
    }

    fn refuse(&mut self, container: &mut ContainerRun, place: usize, reason: &'static str, message: String) {
        let error = if reason == "CreateContainerConfigError" { &message } else { reason };
        self.tell(EventType::Warning, "Failed", format!("Error: {error}"), place);
        container.state = State::Refused { reason, message: message.into() };
    }

    fn start(
        &mut self,
        plan: &ContainerPlan,
        container: &mut ContainerRun,
        place: usize,
        ip: &str,
        of: &super::plan::Plan,
    ) {
        self.tell(EventType::Normal, "Created", "Container created".to_owned(), place);
        self.tell(EventType::Normal, "Started", "Container started".to_owned(), place);
        let key = format!("{}/{place}/{}", self.pod.meta.uid, container.restarts);
        container.id = super::status::hex_id("containerd://", self.seed, &key);
        let hook = self.hook("postStart", plan, of, Duration::ZERO, ip).unwrap_or_default();
        container.unhooked = hook.error.map(Str::from);
        if hook.took.is_zero() {
            return self.run(plan, container, place, self.now, ip, of);
        }
        container.state = State::Starting { until: self.now.after(hook.took), since: Some(self.now) };
    }

    /// The container is there, and its `postStart` is over.
    ///
    /// Models `startContainer` of `pkg/kubelet/kuberuntime/kuberuntime_container.go`.
    fn run(
        &mut self,
        plan: &ContainerPlan,
        container: &mut ContainerRun,
        place: usize,
        since: SimTime,
        ip: &str,
        of: &super::plan::Plan,
    ) {
        if container.unhooked.is_some() {
            self.tell(EventType::Warning, "FailedPostStartHook", "PostStartHook failed".to_owned(), place);
            self.tell(EventType::Normal, "Killing", "FailedPostStartHook".to_owned(), place);
            let end = self.stop_at(plan, since, None, place, ip, of);
            container.state = State::Running { since, end: Some(end) };
            return;
        }
        let by_itself = plan.program.exit.map(|exit| (since.after(exit.after).max(self.now), exit.code));
        let end = if plan.starves { Some((self.now.after(STARVED), 137)) } else { by_itself };
        container.state = State::Running { since, end };
        let spec = of.container(plan);
        container.started = spec.is_none_or(|spec| spec.startup_probe.is_none());
        container.ready = container.started && spec.is_none_or(|spec| spec.readiness_probe.is_none());
        container.hooked = self.now.since(since);
        let turns = |spec| probe::turns(spec, &plan.program, self.windows, ip, since, container.hooked);
        container.turns = spec.map(turns).unwrap_or_default().into();
        container.turned = 0;
        container.written = None;
    }

    fn probed(
        &mut self,
        plan: &ContainerPlan,
        container: &mut ContainerRun,
        place: usize,
        since: SimTime,
        ip: &str,
        of: &super::plan::Plan,
    ) {
        let Some(turn) = container.turns.get(container.turned).cloned() else { return };
        container.turned += 1;
        match (turn.kind, turn.what) {
            (kind, What::Unhealthy(output)) => {
                let message = format!("{} probe failed: {output}", kind.as_str());
                self.tell(EventType::Warning, "Unhealthy", message, place);
            }
            (Kind::Startup, What::Passed) => {
                container.started = true;
                container.ready = of.container(plan).is_none_or(|spec| spec.readiness_probe.is_none());
            }
            (Kind::Readiness, What::Passed) => container.ready = true,
            (Kind::Readiness, What::Failed) => container.ready = false,
            (Kind::Liveness, What::Passed) => {}
            (kind @ (Kind::Startup | Kind::Liveness), What::Failed) => {
                let name = of.container(plan).map(|spec| spec.name.clone()).unwrap_or_default();
                let probe = kind.as_str().to_lowercase();
                let message = format!("Container {name} failed {probe} probe, will be restarted");
                self.tell(EventType::Normal, "Killing", message, place);
                let end = self.stop_at(plan, since, None, place, ip, of);
                container.state = State::Running { since, end: Some(end) };
                container.turns = std::rc::Rc::from([]);
            }
        }
    }

    /// When a running container will have ended that is told to stop now, and with which code: after `preStop` and SIGTERM,
    /// or by SIGKILL when the grace is over.
    fn stop_at(
        &mut self,
        plan: &ContainerPlan,
        since: SimTime,
        deadline: Option<SimTime>,
        place: usize,
        ip: &str,
        of: &super::plan::Plan,
    ) -> (SimTime, i32) {
        let grace = self.pod.spec.termination_grace_period_seconds.unwrap_or(30);
        let grace = Duration::from_secs(u64::try_from(grace).unwrap_or(0));
        let deadline = deadline.unwrap_or(self.now.after(grace)).max(self.now);
        let hook = self.hook("preStop", plan, of, self.now.since(since), ip).filter(|_| deadline > self.now);
        let hook = hook.unwrap_or_default();
        if hook.error.is_some() {
            self.tell(EventType::Warning, "FailedPreStopHook", "PreStopHook failed".to_owned(), place);
        }
        let term = self.now.after(hook.took);
        let by_itself = plan.program.exit.map(|exit| (since.after(exit.after), exit.code));
        let killed = (deadline, 137);
        let heard = plan.program.on_term.map(|exit| (term.after(exit.after), exit.code));
        [heard, by_itself].into_iter().flatten().chain([killed]).min_by_key(|(at, _)| *at).unwrap_or(killed)
    }

    fn ended(
        &mut self,
        plan: &ContainerPlan,
        container: &mut ContainerRun,
        place: usize,
        since: SimTime,
        code: i32,
        of: &super::plan::Plan,
    ) {
        container.ready = false;
        container.started = false;
        container.turns = std::rc::Rc::from([]);
        let starved = plan.starves && code == 137;
        let unhooked = container.unhooked.take();
        let how = Ended { code, since, at: self.now, id: container.id.clone(), starved, unhooked };
        let again = match self.pod.spec.restart_policy {
            _ if self.pod.meta.is_terminating() || self.late => false,
            _ if plan.sidecar => true,
            RestartPolicy::Always if plan.init => code != 0,
            RestartPolicy::Always => true,
            RestartPolicy::OnFailure => code != 0,
            RestartPolicy::Never => false,
        };
        let back_off = again.then(|| container.crash.fail(self.now)).flatten();
        let restart = again.then(|| self.now.after(back_off.unwrap_or(RESTART)));
        if back_off.is_some() {
            let name = of.container(plan).map(|spec| spec.name.clone()).unwrap_or_default();
            let message = format!("Back-off restarting failed container {name} in pod {}", pod_id(self.pod));
            self.tell(EventType::Warning, "BackOff", message, place);
        }
        container.state = State::Ended { how, restart, back_off };
    }

    /// Stops a pod that has been active for longer than it may.
    ///
    /// Models `pkg/kubelet/active_deadline.go`.
    pub fn time_out(&mut self, run: &mut PodRun) {
        if run.stopping.is_none() {
            self.tell(EventType::Normal, super::status::LATE.0, super::status::LATE.1.to_owned(), usize::MAX);
            let grace = self.pod.spec.termination_grace_period_seconds.unwrap_or(30);
            self.stop(run, self.now.after(Duration::from_secs(u64::try_from(grace).unwrap_or(0))));
        }
    }

    /// Begins to stop the pod, or makes haste when the grace was shortened: all must have ended at `deadline`.
    pub fn stop(&mut self, run: &mut PodRun, deadline: SimTime) {
        let begins = run.stopping.is_none();
        run.stopping = run.stopping.or(Some(self.now));
        let plan = run.plan.clone();
        let ip = run.ip.map(|ip| ip.to_string()).unwrap_or_default();
        for (place, (plan_of, container)) in plan.containers.iter().zip(&mut run.containers).enumerate() {
            match &mut container.state {
                State::Running { since, end } if begins => {
                    let name = plan.container(plan_of).map(|spec| spec.name.clone()).unwrap_or_default();
                    *end = Some(self.stop_at(plan_of, *since, Some(deadline), place, &ip, &plan));
                    self.tell(EventType::Normal, "Killing", format!("Stopping container {name}"), place);
                    container.turns = container
                        .turns
                        .iter()
                        .skip(container.turned)
                        .filter(|turn| turn.kind == Kind::Readiness)
                        .cloned()
                        .collect();
                    container.turned = 0;
                }
                State::Running { end: Some((at, code)), .. } if *at > deadline => (*at, *code) = (deadline, 137),
                State::Ended { restart, .. } => *restart = None,
                State::Running { .. } => {}
                state => *state = State::Waiting,
            }
        }
    }

    /// Stops the containers whose image is another one now, to start them anew.
    pub fn replace(&mut self, run: &mut PodRun, plan: std::rc::Rc<super::plan::Plan>) {
        let old = std::mem::replace(&mut run.plan, plan.clone());
        run.containers.resize_with(plan.containers.len(), ContainerRun::new);
        let ip = run.ip.map(|ip| ip.to_string()).unwrap_or_default();
        for (place, (plan_of, container)) in plan.containers.iter().zip(&mut run.containers).enumerate() {
            let before = old.containers.get(place).and_then(|plan| old.container(plan)).map(|spec| spec.image.clone());
            let after = plan.container(plan_of);
            if before == after.map(|spec| spec.image.clone()) {
                continue;
            }
            match &mut container.state {
                State::Running { since, end } => {
                    let name = after.map(|spec| spec.name.clone()).unwrap_or_default();
                    let message = format!("Container {name} definition changed, will be restarted");
                    *end = Some(self.stop_at(plan_of, *since, None, place, &ip, &plan));
                    self.tell(EventType::Normal, "Killing", message, place);
                }
                State::Ended { .. } => {}
                state => *state = State::Waiting,
            }
        }
    }

    /// How a handler of a container goes that has run for `since`.
    fn hook(
        &self,
        which: &str,
        plan: &ContainerPlan,
        of: &super::plan::Plan,
        since: Duration,
        ip: &str,
    ) -> Option<hook::Done> {
        hook::run(which, of.container(plan)?, &plan.program, since, ip, &pod_id(self.pod))
    }

    fn image_of(&self, plan: &ContainerPlan, of: &super::plan::Plan) -> Str {
        of.container(plan).map(|spec| spec.image.clone()).unwrap_or_default()
    }

    fn tell(&mut self, kind: EventType, reason: &'static str, message: String, container: usize) {
        self.told.push(Told { kind, reason, message, container });
    }

    /// A time between two bounds in milliseconds, the pod's own.
    fn jitter(&self, domain: &str, place: usize, from: u64, to: u64) -> Duration {
        let key = format!("{}/{place}", self.pod.meta.uid);
        Duration::from_millis(from + Rng::stream(self.seed, domain, &key).below(to - from + 1))
    }
}

/// `web-1_default(uid)`, as messages name a pod.
pub fn pod_id(pod: &Pod) -> String {
    format!("{}_{}({})", pod.meta.name, pod.meta.namespace, pod.meta.uid)
}

/// A duration as Go prints it, cut to milliseconds.
pub fn go_duration(span: Duration) -> String {
    let millis = span.as_millis();
    if millis < 1000 {
        return if millis == 0 { "0s".to_owned() } else { format!("{millis}ms") };
    }
    let (minutes, rest) = (millis / 60_000, millis % 60_000);
    let fraction = format!("{:03}", rest % 1000);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let minutes = if minutes > 0 { format!("{minutes}m") } else { String::new() };
    format!("{minutes}{}{point}{fraction}s", rest / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go_prints_them() {
        for (millis, expected) in
            [(0, "0s"), (812, "812ms"), (1000, "1s"), (1230, "1.23s"), (61_005, "1m1.005s"), (120_000, "2m0s")]
        {
            assert_eq!(go_duration(Duration::from_millis(millis)), expected);
        }
    }
}
