//! Time in the hand: rewinding, futures, running until something happens, comparing two moments, what is broken.

use super::Session;
use super::marks::Marks;
use super::until::{Progress, Run, moment};
use super::visit::Arrival;
use crate::base::Order;
use crate::base::Str;
use crate::base::time::{Duration, SimTime};
use crate::kubectl::playground;
use crate::msg;
use crate::sim::history::BranchId;
use crate::sim::{Engine, Fault, faults};
use crate::view::build::{card_key, compare};
use crate::view::model::frame::clock_text;
use crate::view::model::time::{ComparisonView, FaultView, FutureView, PinView, TimelineView, Until};
use crate::view::model::{ClockView, Command, Shared, Tone};

/// How far a step looks for the next change.
const STEP_LIMIT: Duration = Duration::from_secs(24 * 3600);
/// Nodes that the faults' menu offers.
const NODES: usize = 500;

/// What a session remembers of time, beside the engine's history.
#[derive(Default)]
pub(super) struct Time {
    pub marks: Marks,
    run: Option<Run>,
    pins: [Option<Pin>; 2],
    comparison: Option<Shared<ComparisonView>>,
    /// The future that the last picture was of.
    drawn: BranchId,
}

impl Time {
    /// Lets time run towards something.
    pub fn run(&mut self, run: Run) {
        self.run = Some(run);
    }

    /// Where the story leads that is being told.
    pub fn arrival(&self) -> Option<Arrival> {
        self.run.as_ref()?.arrival()
    }
}

/// A moment that was pinned. It keeps the engine, which costs a few counters, so it stays when its future is dropped.
struct Pin {
    view: PinView,
    engine: Engine,
}

impl Pin {
    fn new(engine: &Engine) -> Pin {
        Pin { view: PinView { future: engine.branch(), at: engine.now() }, engine: engine.clone() }
    }
}

impl Session {
    /// Goes to a moment of the past. What is typed or pressed there begins another future; playing on plays the same again.
    pub(super) fn seek(&mut self, at: SimTime) {
        self.console.forget();
        self.requests.stop_steady(&mut self.engine);
        self.engine.seek(at.min(self.engine.head()));
        self.arrived();
    }

    /// Time was moved by hand: it stands, and what ran towards something stops.
    pub(super) fn arrived(&mut self) {
        self.time.run = None;
        // It would go on in the past, and so begin another future.
        self.requests.let_go();
        self.pace.paused = true;
        self.pace.reset(self.engine.now());
        self.drawn = None;
    }

    pub(super) fn step(&mut self) {
        self.time.run = None;
        self.pace.paused = true;
        let limit = self.engine.now().after(STEP_LIMIT);
        if !self.engine.step_visible(limit) {
            self.notice(Tone::Neutral, msg!("session.nothing-due"));
        }
        self.pace.reset(self.engine.now());
        self.poll();
    }

    pub(super) fn step_back(&mut self) {
        let now = self.engine.now();
        let moments = self.engine.moments();
        let before =
            moments.partition_point(|moment| *moment < now).checked_sub(1).and_then(|place| moments.get(place));
        match before.copied().or((now > SimTime::ZERO).then_some(SimTime::ZERO)) {
            Some(at) => self.seek(at),
            None => self.notice(Tone::Neutral, msg!("time.at-start")),
        }
    }

    pub(super) fn run_until(&mut self, until: Until) {
        if let Until::Moment(text) = &until
            && let Some(at) = moment(text, self.engine.now()).filter(|at| *at <= self.engine.now())
        {
            return self.seek(at);
        }
        match Run::new(until, &self.engine) {
            Ok(run) => {
                self.time.run = Some(run);
                self.pace.paused = true;
            }
            Err(why) => self.notice(Tone::Bad, why),
        }
    }

    pub(super) fn stop_run(&mut self) {
        if self.time.run.take().is_some() {
            self.pace.reset(self.engine.now());
        }
    }

    /// Whether time runs towards something.
    pub(super) fn is_running(&self) -> bool {
        self.time.run.is_some()
    }

    /// Lets time run towards what is waited for, while `go_on` says so.
    pub(super) fn run_on(&mut self, go_on: &mut dyn FnMut() -> bool) {
        let Some(run) = &mut self.time.run else { return };
        let progress = run.go(&mut self.engine, go_on);
        let arrival = run.arrival().filter(|_| progress != Progress::More);
        if let Some(arrival) = arrival {
            self.stop_run();
            self.touched = true;
            return self.settle(arrival);
        }
        let (tone, words) = match progress {
            Progress::More => return,
            Progress::Reached => (Tone::Ok, msg!("time.run-reached", at = clock_text(self.engine.now()))),
            Progress::Never => (Tone::Pending, msg!("time.run-never")),
            Progress::Late => (Tone::Pending, msg!("time.run-late")),
        };
        self.stop_run();
        self.touched = true;
        self.notice(tone, words);
    }

    pub(super) fn switch_future(&mut self, id: BranchId) {
        self.console.forget();
        if self.engine.switch(id) {
            self.arrived();
        }
    }

    pub(super) fn pin(&mut self, which: usize) {
        if let Some(pin) = self.time.pins.get_mut(which) {
            *pin = Some(Pin::new(&self.engine));
        }
        self.compare();
    }

    pub(super) fn compare_future(&mut self, id: BranchId) {
        let mut other = self.engine.clone();
        if other.switch(id) {
            self.time.pins = [Some(Pin::new(&other)), Some(Pin::new(&self.engine))];
            self.compare();
        }
    }

    pub(super) fn unpin(&mut self) {
        self.time.pins = [None, None];
        self.compare();
    }

    fn compare(&mut self) {
        self.time.comparison = match &self.time.pins {
            [Some(a), Some(b)] => Some(Shared::new(compare::build(a.engine.world(), b.engine.world()))),
            _ => None,
        };
    }

    /// What belongs to the future that is played is looked at anew when it became another one. Says whether it did.
    pub(super) fn follow_future(&mut self) {
        let branch = self.engine.branch();
        if self.time.drawn != branch {
            let began = self.engine.branches().iter().all(|one| one.id < branch);
            if began && !self.engine.branches().is_empty() {
                self.notice(Tone::Neutral, msg!("time.another-future", number = branch + 1));
            }
            self.time.drawn = branch;
            self.graph.forget();
            self.drawn = None;
        }
        self.time.marks.follow(&self.engine);
    }

    /// The marks, and how far the handle may be drawn: to the second, so that it does not change with every frame.
    pub(super) fn timeline(&self) -> TimelineView {
        let end = SimTime::from_secs(self.engine.head().0.div_ceil(1_000_000));
        let nodes = self.engine.world().api.store().list(crate::api::kinds::Kind::NODE, "").take(NODES);
        TimelineView {
            end: Some(end),
            marks: self.time.marks.list().to_vec(),
            futures: self.futures(end),
            running: self.time.run.as_ref().map(|run| run.label().into()),
            pins: [0, 1].map(|which| self.time.pins.get(which)?.as_ref().map(|pin| pin.view)),
            comparison: self.time.comparison.clone(),
            faults: faults::running(self.engine.world()).iter().filter_map(fault_view).collect(),
            nodes: nodes.map(|node| node.meta().name.clone()).collect(),
        }
    }

    fn futures(&self, end: SimTime) -> Vec<FutureView> {
        let last = |id| self.time.marks.last_of(id).map(|mark| mark.label.clone());
        let left = self.engine.branches().iter().map(|branch| FutureView {
            id: branch.id,
            current: false,
            left_at: branch.left_at,
            head: branch.head,
            last: last(branch.id),
        });
        let id = self.engine.branch();
        let current = FutureView { id, current: true, left_at: SimTime::ZERO, head: end, last: last(id) };
        let mut futures: Vec<FutureView> = left.chain([current]).collect();
        futures.order_by_key(|future| future.id);
        futures
    }

    pub(super) fn clock(&self) -> ClockView {
        let (now, head) = (self.engine.now(), self.engine.head());
        ClockView {
            now,
            paused: self.pace.paused && !self.is_running(),
            speed: self.pace.speed,
            idle: self.engine.next_due().is_none(),
            behind: (now < head).then(|| head.since(now)),
        }
    }
}

fn fault_view(fault: &Fault) -> Option<FaultView> {
    let card: Str = match fault {
        Fault::KillContainer { pod, .. } | Fault::Probe { pod, .. } => card_key(pod),
        Fault::Power { node, .. }
        | Fault::Cut { node, .. }
        | Fault::SlowPull { node, .. }
        | Fault::LagProxy { node, .. }
        | Fault::FillDisk { node, .. } => format!("node/{node}").into(),
    };
    let heal = Command::Console(playground::healing(fault)?.into());
    Some(FaultView { label: fault.label().into(), card, heal })
}
