//! The only loop: changes become keys, keys are looked at, and when none is due time moves to the next one.

use super::api_log::ApiLog;
use super::config::ClusterConfig;
use super::seed;
use super::world::World;
use crate::apiserver::{Because, Cause, Request, Response, Result};
use crate::base::Str;
use crate::base::pmap::PVec;
use crate::base::rng::Rng;
use crate::base::time::{Duration, SimTime};
use crate::controllers::runtime::{Context, Enqueue};
use crate::network::programs::{self, Run};
use crate::network::route::{self, Trace};
use crate::network::view::NetView;

/// Something that came from outside. The list of all inputs and the cluster's configuration are the whole story: replayed,
/// they give the same bytes.
#[derive(Clone, Debug)]
pub enum Input {
    /// A write request of a user.
    Request(Box<Request>),
    /// A request over the network that the network remembers (session affinity).
    Traffic(Box<route::Request>),
    /// A client program whose requests the network remembers.
    Program(route::Client, Vec<Str>),
}

/// How much was done, for tests that bound the cost of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Keys looked at.
    pub syncs: u64,
    /// Changes written.
    pub writes: u64,
}

/// Keys looked at without time moving, after which a run is stopped: the controllers are fighting.
const LIVELOCK: u64 = 50_000_000;

/// A cluster that lives: the world, what came from outside, and how much was done.
#[derive(Clone)]
pub struct Engine {
    world: World,
    inputs: PVec<(SimTime, Input)>,
    work: Work,
    /// How many requests were sent over the network: each has a random choice of its own.
    flows: u64,
    log: ApiLog,
}

impl Engine {
    /// A new cluster, with what every cluster starts with.
    pub fn new(config: ClusterConfig) -> Engine {
        let mut world = World::new(config);
        let config = world.config.clone();
        world.api.cause = Cause { by: "cluster", because: Because::Seed };
        seed::seed(&mut world.api, &config);
        let mut engine = Engine { world, inputs: PVec::new(), work: Work::default(), flows: 0, log: ApiLog::default() };
        engine.run_due(&mut || true);
        engine
    }

    /// The cluster as it is.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The time.
    pub fn now(&self) -> SimTime {
        self.world.now
    }

    /// How much was done.
    pub fn work(&self) -> Work {
        Work { writes: self.world.api.store().rev(), ..self.work }
    }

    /// What came from outside, oldest first.
    pub fn inputs(&self) -> &PVec<(SimTime, Input)> {
        &self.inputs
    }

    /// What users asked the API server, newest last.
    pub fn api_log(&self) -> &ApiLog {
        &self.log
    }

    /// A request of a user. Writes are remembered as inputs.
    pub fn request(&mut self, request: Request) -> Result<Response> {
        let (verb, entry) = (request.verb, self.log.entry(self.world.now, &request));
        let answer = self.ask(request);
        self.log.note(entry, verb, &answer);
        answer
    }

    /// The same, but it does not stand in the log: for questions that no user asked, such as an editor's dry runs.
    pub fn ask(&mut self, request: Request) -> Result<Response> {
        let is_input = request.verb.is_write() && !request.options.dry_run;
        let number = u32::try_from(self.inputs.len()).unwrap_or(u32::MAX);
        if is_input {
            self.inputs.push_back((self.world.now, Input::Request(Box::new(request.clone()))));
        }
        self.world.api.now = self.world.now;
        self.world.api.cause = Cause { by: "user", because: Because::Input(number) };
        let response = self.world.api.handle(request);
        self.observe();
        response
    }

    /// Sends a request over the network and says how it went. No packet leaves the page.
    pub fn route(&mut self, request: &route::Request) -> Trace {
        self.flows += 1;
        let pick = Rng::stream(self.world.config.seed, "flow", &self.flows.to_string()).next_u64();
        let view = self.world.controllers.network.view(self.world.api.store(), self.world.now);
        let trace = route::trace(view, request, pick);
        if !trace.effects.is_empty() {
            view.apply(&trace.effects);
            self.inputs.push_back((self.world.now, Input::Traffic(Box::new(request.clone()))));
        }
        trace
    }

    /// Runs a client program such as curl, and says what it printed; `None` when there is no such program.
    pub fn program(&mut self, client: &route::Client, command: &[&str]) -> Option<Run> {
        self.flows += 1;
        let pick = Rng::stream(self.world.config.seed, "flow", &self.flows.to_string()).next_u64();
        let view = self.world.controllers.network.view(self.world.api.store(), self.world.now);
        let run = programs::run(view, client, command, pick)?;
        let effects: Vec<_> = run.effects().cloned().collect();
        if !effects.is_empty() {
            view.apply(&effects);
            let words = command.iter().map(|word| Str::from(*word)).collect();
            self.inputs.push_back((self.world.now, Input::Program(client.clone(), words)));
        }
        Some(run)
    }

    /// The network as requests find it now.
    pub fn network(&mut self) -> &NetView {
        self.world.controllers.network.view(self.world.api.store(), self.world.now)
    }

    /// When something will happen next.
    pub fn next_due(&self) -> Option<SimTime> {
        self.world.queue.next_due()
    }

    /// Lets time pass until `until`. `go_on` is asked now and then, so that a page can stop when its time is used up; then
    /// the world stands at the time it has reached. Says whether `until` was reached.
    pub fn advance_to(&mut self, until: SimTime, go_on: &mut dyn FnMut() -> bool) -> bool {
        loop {
            if !self.run_due(go_on) {
                return false;
            }
            match self.next_due() {
                Some(due) if due <= until => self.world.now = due.max(self.world.now),
                _ => {
                    self.world.now = until.max(self.world.now);
                    return true;
                }
            }
        }
    }

    /// Lets time pass, without a stop.
    pub fn advance(&mut self, span: Duration) {
        let until = self.world.now.after(span);
        self.advance_to(until, &mut || true);
    }

    /// Lets time pass until the next change of an object, at most to `limit`. Says whether there was one.
    pub fn step(&mut self, limit: SimTime) -> bool {
        let rev = self.world.api.store().rev();
        self.run_due(&mut || true);
        while self.world.api.store().rev() == rev {
            match self.next_due() {
                Some(due) if due <= limit => {
                    self.world.now = due.max(self.world.now);
                    self.run_due(&mut || true);
                }
                _ => return false,
            }
        }
        true
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
            let Some(change) = change else { continue };
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
    use crate::api::kinds::{Key, Kind};

    #[test]
    fn a_new_cluster_has_its_nodes_and_is_idle() {
        let mut engine = Engine::new(ClusterConfig::default());
        assert_eq!(engine.world().api.store().list(Kind::NODE, "").count(), 3);
        assert!(engine.world().api.get(&Key::new(Kind::SERVICE, "default", "kubernetes")).is_ok());
        engine.advance(Duration::from_secs(60));
        let work = engine.work();
        engine.advance(Duration::from_secs(86_400));
        assert_eq!(engine.work(), work, "an idle day costs nothing");
        assert_eq!(engine.now(), SimTime::from_secs(86_460));
    }
}
