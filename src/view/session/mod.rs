//! A session: one person at one cluster. Commands of the page come in, frames go out.
//!
//! It owns the engine and what lies around it: the [`files`] in the editor, the [`console`], the [`requests`] that were
//! sent, and how fast time runs ([`pace`]). It decides nothing about Kubernetes. Start with [`Session`].

pub mod actions;
mod checks;
pub mod console;
pub mod diagnostics;
pub mod examples;
pub mod files;
mod marks;
mod pace;
mod race;
pub mod requests;
#[cfg(test)]
mod tests;
mod time;
#[cfg(test)]
mod time_tests;
mod unmodelled;
mod until;
pub mod visit;
#[cfg(test)]
mod visit_tests;

use super::assist::changes::{Changes, changes};
use super::assist::complete::{Completion, complete, without_word};
use super::assist::ground::Ground;
use super::assist::hover::{Hover, hover};
use super::build::api_log::Exchange;
use super::build::graph::GraphBuilder;
use super::build::{api_log, events, inspector};
use super::model::backend::Backend;
use super::model::files::FileId;
use super::model::frame::{ExampleView, Frame, NoticeView, Origin};
use super::model::request::Ask;
use super::model::{Command, Shared, Tone};
use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::time::SimTime;
use crate::sim::share::ShareError;
use crate::sim::{ClusterConfig, Engine};
use console::Console;
use files::Files;
use pace::Pace;
use requests::Requests;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;
use time::Time;
use visit::Visit;

/// What a session starts with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The cluster.
    pub cluster: ClusterConfig,
    /// Files that were kept from an earlier visit; `None` on a first visit: an example is loaded.
    pub files: Option<Vec<KeptFile>>,
    /// A visit that is gone on with, of the browser's memory or of a link; its own files and cluster are taken.
    pub visit: Option<Visit>,
    /// What is to be told at the beginning.
    pub notice: Option<(Tone, Msg)>,
}

/// A file of an earlier visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// It had been applied as it is: the cluster gets it again.
    #[serde(default)]
    pub applied: bool,
}

impl Default for Options {
    /// The cluster of the page: three nodes, a cloud that makes load balancers, and an ingress controller; images
    /// have to be pulled.
    fn default() -> Self {
        let cluster = ClusterConfig { cloud: true, ingress: true, images_present: false, ..ClusterConfig::default() };
        Options { cluster, files: None, visit: None, notice: None }
    }
}

impl Options {
    /// Whether an address asks for a cluster of its own, or for an example, after its `?`.
    pub fn asks(query: &str) -> bool {
        const NAMES: [&str; 6] = ["seed", "nodes", "cloud", "ingress", "images", "example"];
        NAMES.iter().any(|name| super::embed::query(query, name).is_some())
    }

    /// The options that an address asks for after its `?`: `seed=7`, `nodes=10`, `cloud=off`, `ingress=off`, `images=present`.
    /// What is not known, or no number, is left as it is.
    pub fn of_query(query: &str) -> Options {
        let mut options = Options::default();
        for (name, value) in query.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('=')) {
            match (name, value.parse::<u64>()) {
                ("seed", Ok(seed)) => options.cluster.seed = seed,
                ("nodes", Ok(nodes)) => {
                    let nodes = ClusterConfig::with_nodes(usize::try_from(nodes).unwrap_or(1)).nodes;
                    options.cluster.nodes = nodes;
                }
                ("cloud", _) => options.cluster.cloud = value != "off",
                ("ingress", _) => options.cluster.ingress = value != "off",
                ("images", _) => options.cluster.images_present = value == "present",
                _ => {}
            }
        }
        options
    }
}

/// One person at one cluster.
pub struct Session {
    engine: Engine,
    config: ClusterConfig,
    /// The cluster that the page was opened with: an example may want another.
    base: ClusterConfig,
    files: Files,
    console: Console,
    requests: Requests,
    pace: Pace,
    graph: GraphBuilder,
    selected: Option<Str>,
    namespace: Option<Str>,
    notices: Vec<NoticeView>,
    example: Option<Str>,
    frame: Rc<Frame>,
    /// The revision that the frame's picture was made from; `None` when it must be made anew.
    drawn: Option<u64>,
    /// Something other than the cluster changed since the last frame.
    touched: bool,
    time: Time,
    /// How much of the API log the frame shows.
    logged: u64,
    examples: Shared<Vec<ExampleView>>,
}

impl Session {
    /// A session on a new cluster. On a first visit an example is loaded and applied.
    pub fn new(options: Options) -> Session {
        let mut session = Session {
            engine: Engine::new(options.cluster.clone()),
            base: options.cluster.clone(),
            config: options.cluster,
            files: Files::default(),
            console: Console::default(),
            requests: Requests::default(),
            pace: Pace::default(),
            graph: GraphBuilder::default(),
            selected: None,
            namespace: Some("default".into()),
            notices: Vec::new(),
            example: None,
            frame: Rc::default(),
            drawn: None,
            touched: true,
            time: Time::default(),
            logged: 0,
            examples: Shared::new(examples::cards()),
        };
        match (options.visit, options.files) {
            (Some(visit), _) => session.take_up(visit),
            (None, Some(files)) => session.restore(files),
            (None, None) => session.load_example(examples::FIRST),
        }
        if let Some((tone, words)) = options.notice {
            session.notice(tone, words);
        }
        session.draw();
        session
    }

    /// The cluster.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The cluster, for callers that drive it themselves (the JS API, tests).
    pub fn engine_mut(&mut self) -> &mut Engine {
        self.touched = true;
        &mut self.engine
    }

    /// Makes the page fetch the API's documentation when it is first needed: see [`Backend::wants_documentation`].
    pub fn fetch_documentation(&mut self) {
        self.console.fetch_documentation();
    }

    /// Runs one console line to its end, letting virtual time pass while it waits; for the JS API.
    pub fn run_line(&mut self, line: &str) -> console::Finished {
        self.touched = true;
        self.console.run_to_end(line, &mut self.engine, &mut self.files)
    }

    /// Lets virtual time pass at once; for the JS API.
    pub fn run_for(&mut self, span: crate::base::time::Duration) {
        self.touched = true;
        let until = self.engine.now().after(span);
        self.engine.advance_to(until, &mut || true);
        self.pace.reset(until);
        self.poll();
        self.draw();
        if self.files.settle(f64::INFINITY) {
            self.files.diagnose(&mut self.engine);
            self.draw();
        }
    }

    /// The files of an earlier visit, and the cluster that they made.
    fn restore(&mut self, files: Vec<KeptFile>) {
        let applied = self.open(files);
        if let Some(line) = Files::apply_line(applied.iter().map(String::as_str)) {
            self.time.marks.say(self.engine.now(), crate::msg!("session.applied"));
            self.console.start(&line, &mut self.engine, &mut self.files);
        }
    }

    /// Opens files of an earlier visit. Answers the names of those that had been applied as they are.
    fn open(&mut self, files: Vec<KeptFile>) -> Vec<String> {
        let applied: Vec<String> = files.iter().filter(|file| file.applied).map(|file| file.name.clone()).collect();
        self.files.load(files.into_iter().map(|file| (file.name, file.text)));
        self.files.applied_before(&applied);
        applied
    }

    fn load_example(&mut self, id: &str) {
        let Some(example) = examples::find(id) else { return };
        self.config = example.cluster(&self.base);
        self.reset();
        self.files.load(example.files());
        self.requests.suggest(example.ask());
        self.example = Some(example.id.into());
        self.apply();
    }

    fn reset(&mut self) {
        self.engine = Engine::new(self.config.clone());
        self.console.forget();
        self.requests = Requests::default();
        self.pace.reset(self.engine.now());
        self.graph = GraphBuilder::default();
        self.selected = None;
        self.time = Time::default();
        self.drawn = None;
    }

    /// `kubectl apply` of all files; what is wrong shows at its line.
    fn apply(&mut self) {
        if let Some(line) = Files::apply_line(self.files.filled()) {
            self.time.marks.say(self.engine.now(), crate::msg!("session.applied"));
            self.console.start(&line, &mut self.engine, &mut self.files);
        }
        self.files.applied();
        self.files.cluster_changed();
    }

    /// Lets what waits for the cluster look at it.
    fn poll(&mut self) {
        let printed = self.console.poll(&mut self.engine, &mut self.files);
        self.touched |= printed;
    }

    fn notice(&mut self, tone: Tone, text: Msg) {
        let id = self.notices.last().map_or(1, |notice| notice.id + 1);
        self.notices.push(NoticeView { id, tone, text: text.into() });
    }

    /// Makes the frame anew. What did not change keeps its pointers.
    fn draw(&mut self) {
        self.follow_future();
        let old = self.frame.clone();
        let rev = self.engine.world().api.store().rev();
        let cluster_changed = self.drawn != Some(rev);
        let space = self.namespace.clone().unwrap_or_default();
        let problems = if cluster_changed { checks::problems(&mut self.engine, &space) } else { BTreeMap::new() };
        let selected = self.selected.as_deref().and_then(super::build::object_key);
        let problem = selected.as_ref().and_then(|key| checks::section(&mut self.engine, key));
        let rules = selected.map(|key| checks::rules(&mut self.engine, &key)).unwrap_or_default();
        let world = self.engine.world();
        let mut frame = (*old).clone();
        frame.version += 1;
        frame.clock = self.clock();
        frame.origin = Origin { seed: self.config.seed, inputs: self.engine.inputs().len() };
        let asked = self.engine.api_log().asked();
        let rewound = self.engine.now() < self.engine.head();
        if self.logged != asked || cluster_changed || rewound {
            let log = api_log::build(self.engine.api_log(), self.engine.now());
            frame.api_log = Shared::keep(Some(&old.api_log), log);
            self.logged = asked;
        }
        if cluster_changed {
            frame.graph = self.graph.build(world, self.namespace.as_ref(), &problems);
            frame.events = Shared::keep(Some(&old.events), events::build(world, self.namespace.as_ref()));
            self.drawn = (!self.graph.is_behind()).then_some(rev);
            self.files.cluster_changed();
        }
        frame.selected = self.selected.clone();
        frame.inspector = self.selected.as_ref().and_then(|card| {
            let same = old.selected == self.selected && !cluster_changed;
            match (&old.inspector, same) {
                (Some(view), true) => Some(view.clone()),
                (before, _) => {
                    let mut view = inspector::build(&self.engine, card)?;
                    view.sections.splice(0..0, problem);
                    view.sections.extend(rules);
                    Some(match before {
                        Some(before) => Shared::keep(Some(before), view),
                        None => Shared::new(view),
                    })
                }
            }
        });
        frame.files = self.files.view(&old.files);
        frame.request = self.requests.view(&old.request, world, &frame.graph);
        frame.console = self.console.view(&old.console);
        frame.timeline = Shared::keep(Some(&old.timeline), self.timeline());
        frame.examples = self.examples.clone();
        frame.cluster = Shared::keep(Some(&old.cluster), self.config.clone());
        frame.example = self.example.clone();
        frame.notices = Shared::keep(Some(&old.notices), self.notices.clone());
        self.frame = Rc::new(frame);
        self.touched = false;
    }
}

impl Backend for Session {
    fn command(&mut self, command: Command) {
        self.touched = true;
        self.act(command);
    }

    fn advance(&mut self, real_ms: f64, budget_ms: f64, clock: &dyn Fn() -> f64) -> bool {
        let end = clock() + budget_ms;
        let before = (self.engine.now(), self.engine.world().api.store().rev());
        let until: SimTime = self.pace.target(self.engine.now(), real_ms);
        // Time that stands still lets nothing happen, not even what is due at this very moment: that is the next step.
        if self.is_running() {
            self.run_on(&mut || clock() < end);
        } else if !self.pace.paused {
            self.engine.advance_to(until, &mut || clock() < end);
            self.pace.reached(self.engine.now());
        }
        self.poll();
        if self.engine.now() < before.0 {
            // A console line went back in time.
            self.arrived();
        }
        let seconds = self.engine.now().0.saturating_sub(before.0.0) as f64 / 1e6;
        self.touched |= self.requests.flow(&mut self.engine, &self.files, seconds);
        if self.files.settle(real_ms) {
            self.files.diagnose(&mut self.engine);
            self.touched = true;
        }
        let changed = self.touched
            || self.drawn.is_none()
            || before != (self.engine.now(), self.engine.world().api.store().rev());
        if changed {
            self.draw();
        }
        changed
    }

    fn frame(&self) -> Rc<Frame> {
        self.frame.clone()
    }

    fn complete(&mut self, line: &str) -> Vec<Str> {
        self.console.complete(line, &self.engine, &self.files).into_iter().map(Str::from).collect()
    }

    fn completions(&self, file: FileId, text: &str, at: usize) -> Option<Completion> {
        let bare = without_word(text, at);
        complete(&Ground::new(self.engine.world(), self.files.around(file).chain([bare.as_str()])), text, at)
    }

    fn hover(&self, file: FileId, text: &str, at: usize) -> Option<Hover> {
        let ground = Ground::new(self.engine.world(), self.files.around(file).chain([text]));
        hover(&ground, text, at, self.console.descriptions().as_ref())
    }

    fn has_descriptions(&self) -> bool {
        self.console.descriptions().is_some()
    }

    fn changes(&self) -> Changes {
        let names: Vec<String> = self.files.filled().map(str::to_owned).collect();
        changes(self.engine.world(), &names, self.files.by_name())
    }

    fn visit(&self, ask: Ask) -> Result<String, ShareError> {
        self.kept(ask).encode()
    }

    fn exchange(&self, number: u64) -> Option<Exchange> {
        api_log::exchange(self.engine.api_log(), number)
    }

    fn wants_documentation(&self) -> bool {
        self.console.wants_documentation()
    }
}
