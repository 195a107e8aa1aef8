//! The state of a pod on its node.

use super::behaviour::FileChange;
use super::plan::Plan;
use super::probe::Turn;
use crate::base::Str;
use crate::base::time::{Duration, SimTime, Timestamp};
use std::net::Ipv4Addr;
use std::rc::Rc;

/// A pod on its node.
#[derive(Clone, Debug)]
pub struct PodRun {
    /// What its containers do.
    pub plan: Rc<Plan>,
    /// Its node.
    pub node: Str,
    /// When the kubelet saw it first.
    pub seen: Timestamp,
    /// When its sandbox (its network) is ready; none while a volume cannot be mounted.
    pub sandbox_at: Option<SimTime>,
    /// Its address, once the sandbox is ready.
    pub ip: Option<Ipv4Addr>,
    /// Its containers, in the order of the plan.
    pub containers: Vec<ContainerRun>,
    /// Since when it is being stopped.
    pub stopping: Option<SimTime>,
    /// Why the kubelet evicted it.
    pub evicted: Option<Str>,
}

/// A container.
#[derive(Clone, Debug)]
pub struct ContainerRun {
    /// Where it stands.
    pub state: State,
    /// How often it was started again.
    pub restarts: i32,
    /// How the one before it ended.
    pub last: Option<Ended>,
    /// Its id in the runtime.
    pub id: Str,
    /// Whether traffic may come.
    pub ready: bool,
    /// Whether its startup probe is content.
    pub started: bool,
    /// How long the next restart will wait, and since when that counts.
    pub crash: BackOff,
    /// The same for pulling its image.
    pub pull: BackOff,
    /// How long its `postStart` took.
    pub hooked: Duration,
    /// Why its `postStart` failed.
    pub unhooked: Option<Str>,
    /// What its probes will say, in order of time.
    pub turns: Rc<[Turn]>,
    /// How many of them have been said.
    pub turned: usize,
    /// What users wrote into it and removed from it while it ran, in order of time.
    pub written: Option<Rc<Vec<FileChange>>>,
}

/// Where a container stands.
#[derive(Clone, Debug)]
pub enum State {
    /// Its turn has not come.
    Waiting,
    /// Its image is being pulled.
    Pulling {
        /// Since when.
        since: SimTime,
        /// Until when.
        until: SimTime,
    },
    /// Its image could not be pulled; it is tried again.
    PullFailed {
        /// Since when.
        since: SimTime,
        /// When the next try is.
        until: SimTime,
        /// Whether `ImagePullBackOff` has been said.
        told: bool,
        /// What the registry said.
        error: Str,
    },
    /// It cannot be made, until the spec or something that it needs changes.
    Refused {
        /// `InvalidImageName`.
        reason: &'static str,
        /// Why.
        message: Str,
    },
    /// It is being made.
    Starting {
        /// Until when.
        until: SimTime,
        /// Since when it is there, while its `postStart` runs.
        since: Option<SimTime>,
    },
    /// It runs.
    Running {
        /// Since when.
        since: SimTime,
        /// When it will end, and with which code.
        end: Option<(SimTime, i32)>,
    },
    /// It has ended.
    Ended {
        /// How.
        how: Ended,
        /// When it is started again.
        restart: Option<SimTime>,
        /// How long it waits for that, if it crashes over and over.
        back_off: Option<Duration>,
    },
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// When it was started.
    pub since: SimTime,
    /// When it ended.
    pub at: SimTime,
    /// Its id in the runtime.
    pub id: Str,
    /// Whether the kernel killed it for the memory that it took.
    pub starved: bool,
    /// Why its `postStart` failed, for which it was killed.
    pub unhooked: Option<Str>,
}

/// A wait that doubles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackOff {
    /// The wait; zero before the first failure.
    pub wait: Duration,
    /// When it was made longer last.
    pub since: SimTime,
}

impl BackOff {
    const FIRST: Duration = Duration::from_secs(10);
    const LONGEST: Duration = Duration::from_secs(300);

    /// The wait after a failure at `now`, or none if it is the first for long; the next one will be twice as long.
    ///
    /// Models `IsInBackOffSince` and `Next` of `k8s.io/client-go/util/flowcontrol`.
    pub fn fail(&mut self, now: SimTime) -> Option<Duration> {
        let forgotten = now.since(self.since) > Self::LONGEST * 2;
        let wait = Some(self.wait).filter(|wait| !wait.is_zero() && !forgotten);
        self.wait = wait.map_or(Self::FIRST, |wait| (wait * 2).min(Self::LONGEST));
        self.since = now.after(wait.unwrap_or_default());
        wait
    }

    /// The wait after a failure that is never tried again at once.
    pub fn fail_and_wait(&mut self, now: SimTime) -> Duration {
        self.fail(now).or_else(|| self.fail(now)).unwrap_or(Self::FIRST)
    }
}

impl ContainerRun {
    /// A container whose turn has not come.
    pub fn new() -> ContainerRun {
        ContainerRun {
            state: State::Waiting,
            restarts: 0,
            last: None,
            id: Str::from(""),
            ready: false,
            started: false,
            crash: BackOff::default(),
            pull: BackOff::default(),
            hooked: Duration::ZERO,
            unhooked: None,
            turns: Rc::from([]),
            turned: 0,
            written: None,
        }
    }

    /// When something happens next.
    pub fn due(&self) -> Option<SimTime> {
        match &self.state {
            State::Waiting | State::Refused { .. } => None,
            State::Pulling { until, .. } | State::Starting { until, .. } => Some(*until),
            State::PullFailed { since, until, told, .. } => Some(if *told { *until } else { since.after(TOLD_AFTER) }),
            State::Running { end, .. } => {
                let turn = self.turns.get(self.turned).map(|turn| turn.at);
                end.map(|(at, _)| at).into_iter().chain(turn).min()
            }
            State::Ended { restart, .. } => *restart,
        }
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    /// Whether it is on its way from one state to the next, so that telling the API server can wait.
    pub fn is_moving(&self) -> bool {
        matches!(self.state, State::Starting { .. }) || self.is_running() && self.unhooked.is_some()
    }
}

impl Default for ContainerRun {
    fn default() -> Self {
        ContainerRun::new()
    }
}

/// How long after `ErrImagePull` the kubelet says `ImagePullBackOff`.
pub const TOLD_AFTER: Duration = Duration::from_secs(1);

impl PodRun {
    /// When something happens next.
    pub fn due(&self) -> Option<SimTime> {
        let sandbox = self.sandbox_at.filter(|_| self.ip.is_none() && self.stopping.is_none());
        self.containers.iter().filter_map(ContainerRun::due).chain(sandbox).min()
    }

    /// Whether no container runs or will.
    pub fn has_ended(&self) -> bool {
        let over = |container: &ContainerRun| match container.state {
            State::Ended { restart, .. } => restart.is_none() || self.stopping.is_some(),
            State::Running { .. } => false,
            _ => self.stopping.is_some(),
        };
        self.containers.iter().all(over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_up_to_five_minutes_and_is_forgotten_after_ten() {
        let mut back_off = BackOff::default();
        let mut now = SimTime::from_secs(100);
        let mut waits = Vec::new();
        for _ in 0..8 {
            let wait = back_off.fail(now);
            waits.push(wait.map_or(0, |wait| wait.as_secs()));
            now = now.after(wait.unwrap_or_default() + Duration::from_secs(1));
        }
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(back_off.fail(now.after(Duration::from_secs(601))), None);
    }
}
