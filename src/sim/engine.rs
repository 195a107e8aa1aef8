//! The only loop: inputs come at their times, changes become keys, keys are looked at, and when none is due time moves on to
//! the next one.
//!
//! The engine stands at a moment of a log of inputs ([`super::inputs`]). Usually that is the end of the log. After
//! [`Engine::seek`] it is somewhere before, and letting time pass plays the rest again, to the same bytes. A new input in the
//! past begins another future; the one that was left is kept as a branch ([`super::history`]).

use super::api_log::ApiLog;
use super::config::ClusterConfig;
use super::faults::{self, Fault, FaultError};
use super::history::{History, is_visible};
use super::inputs::{Input, Inputs, Logged};
use super::seed;
use super::served::Served;
use super::share::Story;
use super::why::{self, Link, Subject};
use super::world::World;
use crate::api::kinds::Kind;
use crate::apiserver::{Because, Cause, Change, Request, Response, Result};
use crate::base::Str;
use crate::base::rng::Rng;
use crate::base::time::{Duration, SimTime};
use crate::controllers::runtime::{Context, Enqueue};
use crate::network::programs::{self, Run};
use crate::network::route::{self, Trace};
use crate::network::view::NetView;
use std::rc::Rc;

/// How much was done, for tests that bound the cost of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Keys looked at.
    pub syncs: u64,
    /// Changes written.
    pub writes: u64,
}

impl Work {
    /// Both together.
    pub fn total(self) -> u64 {
        self.syncs + self.writes
    }
}

/// Keys looked at without time moving, after which a run is stopped: the controllers are fighting.
const LIVELOCK: u64 = 50_000_000;

/// A cluster that lives: the world, what came from outside, what is kept of the past, and how much was done.
#[derive(Clone)]
pub struct Engine {
    pub(super) world: World,
    pub(super) inputs: Inputs,
    /// How many of the inputs have come.
    pub(super) applied: usize,
    /// When the last of them came, and how many keys had been looked at then.
    pub(super) breath: Option<(SimTime, u64)>,
    pub(super) work: Work,
    /// How many requests were sent over the network: each has a random choice of its own.
    pub(super) flows: u64,
    pub(super) history: History,
    log: ApiLog,
    served: Served,
}

impl Engine {
    /// A new cluster, with what every cluster starts with.
    pub fn new(config: ClusterConfig) -> Engine {
        let mut world = World::new(config);
        let config = world.config.clone();
        world.api.cause = Cause { by: "cluster", because: Because::Seed };
        seed::seed(&mut world.api, &config);
        if config.ingress {
            seed::ingress(&mut world.api, config.cloud);
        }
        let mut engine = Engine {
            world,
            inputs: Inputs::new(),
            applied: 0,
            breath: None,
            work: Work::default(),
            flows: 0,
            history: History::default(),
            log: ApiLog::default(),
            served: Served::default(),
        };
        engine.run_due(&mut || true);
        engine.history = History::new(engine.snapshot());
        engine
    }

    /// The cluster after the inputs of a log, as it was at `until`.
    pub fn replay(config: ClusterConfig, inputs: Inputs, until: SimTime) -> Engine {
        let mut engine = Engine::new(config);
        engine.inputs = inputs;
        engine.advance_to(until, &mut || true);
        engine
    }

    /// The whole story up to now, to be shared.
    pub fn story(&self) -> Story {
        let inputs = self.inputs.iter().take(self.applied).cloned().collect();
        Story { cluster: (*self.world.config).clone(), inputs, until: self.now() }
    }

    /// The story of the future that is played, as far as it was played, wherever one stands in it.
    pub fn whole_story(&self) -> Story {
        Story { inputs: self.inputs.iter().cloned().collect(), until: self.history.head(), ..self.story() }
    }

    /// The cluster at the moment at which its story was shared.
    pub fn of_story(story: Story) -> Engine {
        let until = story.until;
        let mut engine = Engine::before(story);
        engine.advance_to(until, &mut || true);
        engine
    }

    /// The cluster at the beginning of a story. Letting time pass tells it.
    pub fn before(story: Story) -> Engine {
        let mut engine = Engine::new(story.cluster);
        engine.inputs = story.inputs.into_iter().collect();
        engine.history.reached(story.until);
        engine
    }

    /// The cluster as it is.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The requests that pods answered.
    pub fn served(&self) -> &Served {
        &self.served
    }

    /// The time.
    pub fn now(&self) -> SimTime {
        self.world.now
    }

    /// How much was done.
    pub fn work(&self) -> Work {
        Work { writes: self.world.api.store().rev(), ..self.work }
    }

    /// What came from outside, oldest first; in the past, also what is still to come.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// How many of the inputs have come by now.
    pub fn applied(&self) -> usize {
        self.applied
    }

    /// What users asked the API server, newest last.
    pub fn api_log(&self) -> &ApiLog {
        &self.log
    }

    /// A request of a user. Writes that have an effect are remembered as inputs.
    pub fn request(&mut self, request: Request) -> Result<Response> {
        let (verb, entry) = (request.verb, self.log.entry(self.world.now, &request));
        let answer = self.ask(request);
        self.log.note(entry, verb, &answer);
        answer
    }

    /// The same, but it does not stand in the log: for questions that no user asked, such as an editor's dry runs.
    pub fn ask(&mut self, request: Request) -> Result<Response> {
        let writes = request.verb.is_write() && !request.options.dry_run;
        let together = writes && self.draw_breath();
        let (before, rev) = (self.world.api.checkpoint(), self.world.api.store().rev());
        let input = writes.then(|| Input::Request((&request).into()));
        let response = self.handle(request);
        match input.filter(|_| self.world.api.store().rev() != rev) {
            Some(input) => self.remember(input, together),
            // Nothing happened: not even a random number was used up.
            None => self.world.api.restore(before),
        }
        self.observe();
        response
    }

    fn handle(&mut self, request: Request) -> Result<Response> {
        let number = self.number();
        self.world.api.now = self.world.now;
        self.world.api.cause = Cause { by: "user", because: Because::Input(number) };
        self.world.api.handle(request)
    }

    /// Sends a request over the network and says how it went. No packet leaves the page.
    pub fn route(&mut self, request: &route::Request) -> Trace {
        let together = self.draw_breath();
        let trace = self.send(self.flows + 1, request);
        if !trace.effects.is_empty() {
            self.remember(Input::Traffic { flow: self.flows, request: Box::new(request.clone()) }, together);
        }
        trace
    }

    fn send(&mut self, flow: u64, request: &route::Request) -> Trace {
        let pick = self.pick(flow);
        let view = self.world.controllers.network.view(self.world.api.store(), self.world.now);
        let trace = route::trace(view, request, pick);
        self.served.note(self.world.now, &trace);
        if !trace.effects.is_empty() {
            view.apply(&trace.effects);
        }
        trace
    }

    /// Runs a client program such as curl, and says what it printed; `None` when there is no such program.
    pub fn program(&mut self, client: &route::Client, command: &[&str]) -> Option<Run> {
        let together = self.draw_breath();
        let run = self.execute(self.flows + 1, client, command)?;
        if run.effects().next().is_some() {
            let command = command.iter().map(|word| Str::from(*word)).collect();
            self.remember(Input::Program { flow: self.flows, client: client.clone(), command }, together);
        }
        Some(run)
    }

    fn execute(&mut self, flow: u64, client: &route::Client, command: &[&str]) -> Option<Run> {
        let pick = self.pick(flow);
        let view = self.world.controllers.network.view(self.world.api.store(), self.world.now);
        let run = programs::run(view, client, command, pick)?;
        run.traces.iter().for_each(|trace| self.served.note(self.world.now, trace));
        let effects: Vec<_> = run.effects().cloned().collect();
        if !effects.is_empty() {
            view.apply(&effects);
        }
        Some(run)
    }

    /// The random choice of a request over the network.
    fn pick(&mut self, flow: u64) -> u64 {
        self.flows = flow;
        Rng::stream(self.world.config.seed, "flow", &flow.to_string()).next_u64()
    }

    /// Breaks something, or mends it. What has no effect is not remembered.
    pub fn fault(&mut self, fault: Fault) -> std::result::Result<(), FaultError> {
        faults::check(&self.world, &fault)?;
        let together = self.draw_breath();
        let because = Because::Input(self.number());
        faults::apply(&mut self.world, &fault, because);
        self.remember(Input::Fault(fault), together);
        Ok(())
    }

    /// The network as requests find it now.
    pub fn network(&mut self) -> &NetView {
        self.world.controllers.network.view(self.world.api.store(), self.world.now)
    }

    /// The number that the next input will have in the log.
    pub(super) fn number(&self) -> u32 {
        u32::try_from(self.applied).unwrap_or(u32::MAX)
    }

    /// Makes the world ready for an input. Says whether it comes in one breath with the input before: then nobody has reacted
    /// to that yet, and nobody may before this one. Otherwise all that is due is done, so that a replay finds the same world
    /// however often a page with little time had stopped in the middle.
    pub(super) fn draw_breath(&mut self) -> bool {
        let due = self.world.queue.next_due().is_some_and(|due| due <= self.world.now);
        let together = due && self.breath == Some((self.world.now, self.work.syncs));
        if due && !together {
            self.run_due(&mut || true);
        }
        together
    }

    /// Writes down an input that has come. In the past it begins another future.
    pub(super) fn remember(&mut self, input: Input, together: bool) {
        if self.applied < self.inputs.len() || self.world.now < self.history.head() {
            self.history.fork(self.world.now, &self.inputs, self.applied);
            self.log.forget_after(self.world.now);
            self.inputs.truncate(self.applied);
            self.served.fork(self.world.now);
        }
        self.inputs.push_back(Logged { at: self.world.now, together, input: Rc::new(input) });
        self.has_come();
    }

    fn has_come(&mut self) {
        self.applied += 1;
        self.breath = Some((self.world.now, self.work.syncs));
    }

    /// Lets an input of the log come, as it came before.
    fn apply(&mut self, input: &Input) {
        match input {
            Input::Request(request) => {
                // It had an effect when it came first, so it is not refused now. In a story that somebody made up it may be.
                let _ = self.handle(request.request());
            }
            Input::Traffic { flow, request } => {
                self.send(*flow, request);
            }
            Input::Program { flow, client, command } => {
                let words: Vec<&str> = command.iter().map(|word| &**word).collect();
                self.execute(*flow, client, &words);
            }
            Input::File { place, path, text } => {
                let because = Because::Input(self.number());
                self.world.write_file(place, path, text.clone(), because);
            }
            Input::Fault(fault) => {
                if faults::check(&self.world, fault).is_ok() {
                    let because = Because::Input(self.number());
                    faults::apply(&mut self.world, fault, because);
                }
            }
            Input::Load { service, per_second } => {
                let because = Because::Input(self.number());
                self.world.set_load(service, *per_second, because);
            }
        }
        self.has_come();
        self.observe();
    }

    /// The next input of the log, if it is due.
    fn pending(&self) -> Option<Logged> {
        self.inputs.get(self.applied).filter(|logged| logged.at <= self.world.now).cloned()
    }

    /// When something will happen next.
    pub fn next_due(&self) -> Option<SimTime> {
        let input = self.inputs.get(self.applied).map(|logged| logged.at);
        self.world.queue.next_due().into_iter().chain(input).min()
    }

    /// Lets time pass until `until`. `go_on` is asked now and then, so that a page can stop when its time is used up; then
    /// the world stands at the time it has reached. Says whether `until` was reached.
    pub fn advance_to(&mut self, until: SimTime, go_on: &mut dyn FnMut() -> bool) -> bool {
        self.play(until, go_on, &mut |_| false).is_some()
    }

    /// Lets time pass, without a stop.
    pub fn advance(&mut self, span: Duration) {
        let until = self.world.now.after(span);
        self.advance_to(until, &mut || true);
    }

    /// Lets time pass until the next change of an object, at most to `limit`. Says whether there was one.
    pub fn step(&mut self, limit: SimTime) -> bool {
        let rev = self.world.api.store().rev();
        self.step_until(limit, &mut |world| world.api.store().rev() != rev)
    }

    /// Lets time pass until the next change that a person would call one (not an Event), at most to `limit`. Says whether
    /// there was one.
    pub fn step_visible(&mut self, limit: SimTime) -> bool {
        let mut rev = self.world.api.store().rev();
        self.step_until(limit, &mut |world| {
            let store = world.api.store();
            let seen = store.changes_after(rev).any(|change| is_visible(change.key.kind));
            rev = store.rev();
            seen
        })
    }

    /// As [`Engine::run_until`], but when the condition never holds, time stays at the last moment at which something happened.
    fn step_until(&mut self, limit: SimTime, condition: &mut dyn FnMut(&World) -> bool) -> bool {
        if self.run_until(self.now(), condition) {
            return true;
        }
        while let Some(due) = self.next_due().filter(|due| *due <= limit) {
            if self.run_until(due, condition) {
                return true;
            }
        }
        false
    }

    /// Lets time pass until a condition holds, at most to `limit`. Says whether it holds. It is looked at after every moment
    /// at which something happened.
    pub fn run_until(&mut self, limit: SimTime, condition: &mut dyn FnMut(&World) -> bool) -> bool {
        self.play(limit, &mut || true, condition) == Some(true)
    }

    /// Lets inputs come and time pass, until `until` or until `stop` says so after a moment at which something happened.
    /// Answers whether `stop` said so, or nothing when `go_on` said no.
    pub fn play(
        &mut self,
        until: SimTime,
        go_on: &mut dyn FnMut() -> bool,
        stop: &mut dyn FnMut(&World) -> bool,
    ) -> Option<bool> {
        loop {
            while let Some(logged) = self.pending() {
                if !logged.together && !self.run_due(go_on) {
                    return None;
                }
                self.apply(&logged.input);
            }
            if !self.run_due(go_on) {
                return None;
            }
            self.look_back();
            if stop(&self.world) {
                return Some(true);
            }
            let due = self.next_due().filter(|due| *due <= until);
            self.world.now = due.unwrap_or(until).max(self.world.now);
            self.history.reached(self.world.now);
            if due.is_none() {
                return Some(false);
            }
            if !go_on() {
                return None;
            }
        }
    }

    /// Why an object is as it is: the chain of causes back to what the user did.
    pub fn why(&self, subject: &Subject<'_>) -> Vec<Link> {
        why::chain(&self.world, &self.inputs, subject)
    }

    /// Looks at all keys that are due now. Says whether it came to an end.
    fn run_due(&mut self, go_on: &mut dyn FnMut() -> bool) -> bool {
        self.observe();
        let now = self.world.now;
        let mut done = 0_u64;
        while let Some(item) = self.world.queue.pop(now) {
            self.work.syncs += 1;
            done += 1;
            self.world.api.now = now;
            let mut again = Enqueue::default();
            let mut controllers = self.world.controllers.all();
            if let Some(controller) = controllers.get_mut(usize::from(item.controller)) {
                self.world.api.cause = Cause { by: controller.name(), because: item.because };
                let mut context = Context { api: &mut self.world.api, now, queue: &mut again };
                let result = controller.sync(&item.key, &mut context);
                self.world.queue.extend(item.controller, &mut again, now, item.because);
                match result {
                    Ok(()) => self.world.queue.succeeded(&item),
                    Err(_) => self.world.queue.failed(item, now),
                }
            }
            self.observe();
            if done.is_multiple_of(16) && !go_on() {
                return false;
            }
            if done > LIVELOCK {
                return false;
            }
        }
        true
    }

    /// Shows new changes to the controllers, and queues the keys that they name.
    fn observe(&mut self) {
        let world = &mut self.world;
        let mut wanted = Enqueue::default();
        while world.observed < world.api.store().rev() {
            let change = world.api.store().change(world.observed + 1).cloned();
            world.observed += 1;
            // Nobody acts on what is told.
            let told = |change: &Rc<Change>| change.key.kind == Kind::EVENT && change.new.is_some();
            let Some(change) = change.filter(|change| !told(change)) else { continue };
            for (id, controller) in world.controllers.all().into_iter().enumerate() {
                controller.observe(&change, world.api.store(), &mut wanted);
                let id = u8::try_from(id).unwrap_or(u8::MAX);
                world.queue.extend(id, &mut wanted, world.now, Because::Change(change.rev));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kinds::Kind;

    #[test]
    fn a_new_cluster_has_its_nodes_and_is_idle() {
        let mut engine = Engine::new(ClusterConfig::default());
        assert_eq!(engine.world().api.store().list(Kind::NODE, "").count(), 3);
        assert!(engine.world().api.get(&crate::api::kinds::Key::new(Kind::SERVICE, "default", "kubernetes")).is_ok());
        engine.advance(Duration::from_secs(60));
        let work = engine.work();
        engine.advance(Duration::from_secs(86_400));
        assert_eq!(engine.work(), work, "an idle day costs nothing");
        assert_eq!(engine.now(), SimTime::from_secs(86_460));
    }
}
