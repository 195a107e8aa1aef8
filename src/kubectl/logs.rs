//! What a container has printed: the output of its command, the lines of its image's program, and the requests that it
//! answered.
//!
//! Nothing is stored: a container's output is worked out when somebody reads it. Start with [`Source::of`].

use super::pod::tree::Tree;
use super::pod::{Inside, container_of};
use crate::api::objects::Pod;
use crate::api::objects::pod::{Container, Probe};
use crate::base::Order;
use crate::base::Value;
use crate::base::time::{Duration, SimTime};
use crate::kubelet::behaviour::Program;
use crate::kubelet::catalogue::Task;
use crate::kubelet::env::{environment, references};
use crate::kubelet::run::{ContainerRun, State};
use crate::kubelet::script::{Answer, Line, Performance};
use crate::network::programs;
use crate::network::route::Client;
use crate::network::view::Key;
use crate::shell::output::{Output, Piece};
use crate::shell::tools::date;
use crate::sim::Engine;

/// One life of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    /// Its start.
    pub(super) since: SimTime,
    /// Its end.
    pub(super) until: Option<SimTime>,
}

impl Life {
    /// The life that a container has now or had last, or the one before it.
    pub(super) fn of(pod: &Pod, container: &str, previous: bool, engine: &Engine) -> Option<Life> {
        let run = engine.world().controllers.kubelet.run_of(&pod.meta.uid)?;
        let named = |plan: &crate::kubelet::plan::ContainerPlan| {
            run.plan.container(plan).is_some_and(|spec| *spec.name == *container)
        };
        let place = run.plan.containers.iter().position(named)?;
        let container: &ContainerRun = run.containers.get(place)?;
        let ended = |ended: &crate::kubelet::run::Ended| Life { since: ended.since, until: Some(ended.at) };
        let last = container.last.as_ref().map(ended);
        match &container.state {
            _ if previous => last,
            State::Running { since, .. } => Some(Life { since: *since, until: None }),
            State::Ended { how, .. } => Some(ended(how)),
            _ => last,
        }
    }
}

/// What one life of a container prints, read bit by bit.
pub(super) struct Source {
    pod: Key,
    life: Life,
    /// How far it was read.
    read: Option<SimTime>,
    performance: Option<Performance>,
    /// Lines of the image's program that are still to come.
    own: Vec<Line>,
    /// How a request looks in its log.
    access: Option<String>,
    /// The requests of probes: the first, how often, and what they ask for.
    probes: Vec<(SimTime, Duration, String, String)>,
}

impl Source {
    /// What a container prints in one of its lives.
    pub(super) fn of(pod: &Pod, name: &str, life: Life, engine: &mut Engine) -> Source {
        let key = Key::new(&pod.meta.namespace, &pod.meta.name);
        let mut source =
            Source { pod: key, life, read: None, performance: None, own: Vec::new(), access: None, probes: Vec::new() };
        let Some(container) = container_of(pod, name) else { return source };
        let files = Tree::at_start(&Inside::of(pod, name, engine), engine);
        let catalogue = engine.world().controllers.kubelet.catalogue();
        let store = engine.world().api.store();
        match catalogue.task(container) {
            Task::Command(argv) => {
                let variables = environment(pod, container, store, life.since.timestamp());
                let value =
                    |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
                let argv: Vec<String> = argv.iter().map(|word| references(word, value)).collect();
                let host = ("HOSTNAME".to_owned(), super::pod::host_name(pod));
                let home = ("HOME".to_owned(), "/root".to_owned());
                let variables = [host, home].into_iter().chain(variables).collect();
                source.performance = Some(Performance::new(&argv, variables, life.since, files));
            }
            Task::Own(file, flags) => {
                let part = flags.iter().find_map(|flag| file.get("commands")?.get(flag.as_str())).unwrap_or(file);
                source.lines_of(part.get("log"), pod);
                source.access = part.get("access").and_then(Value::as_str).map(str::to_owned);
            }
            Task::Unknown => {}
        }
        if source.access.is_some() {
            let program = catalogue.program(container);
            let gateway = engine.world().api.store().get(&crate::api::kinds::Key::new(
                crate::api::kinds::Kind::NODE,
                "",
                pod.node_name.clone(),
            ));
            let gateway = gateway.and_then(|node| node.to_value().pointer("/spec/podCIDR")?.as_str().map(gateway_of));
            for probe in [&container.readiness_probe, &container.liveness_probe].into_iter().flatten() {
                source.probe(probe, container, &program, gateway.as_deref().unwrap_or("10.244.0.1"));
            }
        }
        source
    }

    fn lines_of(&mut self, lines: Option<&Value>, pod: &Pod) {
        for line in lines.and_then(Value::as_array).into_iter().flatten() {
            let (text, after) = match line {
                Value::String(text) => (text.as_str(), 0),
                line => (
                    line.get("text").and_then(Value::as_str).unwrap_or_default(),
                    line.get("after").and_then(Value::as_u64).unwrap_or(0),
                ),
            };
            let at = self.life.since.after(Duration::from_millis(after));
            let facts = [("pod", pod.meta.name.to_string()), ("ip", pod.status.pod_ip.to_string())];
            self.own.push(Line { at, text: filled(text, at, &facts) });
        }
    }

    fn probe(&mut self, probe: &Probe, container: &Container, program: &Program, gateway: &str) {
        let Some(get) = &probe.http_get else { return };
        let number = container.port_number(&get.port).unwrap_or(0);
        if program.listener(number, crate::api::objects::pod::Protocol::Tcp, program.start).is_none() {
            return;
        }
        let seconds = |seconds: i32| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        let delay = seconds(probe.initial_delay_seconds).max(program.start) + Duration::from_millis(300);
        let path = if get.path.is_empty() { "/".to_owned() } else { get.path.to_string() };
        let period = seconds(probe.period_seconds.max(1));
        self.probes.push((self.life.since.after(delay), period, path, gateway.to_owned()));
    }

    /// What was printed since the last call, up to a moment.
    pub(super) fn read(&mut self, engine: &mut Engine, until: SimTime) -> Vec<Line> {
        let until = self.life.until.map_or(until, |end| end.min(until));
        let after = self.read.replace(until);
        let mut lines: Vec<Line> = Vec::new();
        let due = self.own.iter().take_while(|line| line.at <= until).count();
        lines.extend(self.own.drain(..due));
        if let Some(performance) = &mut self.performance {
            let client = Client::Pod(self.pod.clone());
            let mut pick = 0;
            lines.extend(performance.until(until, &mut |words, _| {
                pick += 1;
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let run = programs::run(engine.network(), &client, &words, pick)?;
                let mut output = Output::default();
                output.out(run.stdout);
                output.pieces.push(Piece::Err(run.stderr));
                Some(Answer { output, exit: i32::from(run.exit), took: run.took })
            }));
        }
        if let Some(access) = self.access.clone() {
            let from = after.unwrap_or(SimTime(self.life.since.0.saturating_sub(1)));
            let mut visits: Vec<Line> = engine
                .served()
                .of(&self.pod, from, until)
                .map(|visit| {
                    let facts = [
                        ("client", visit.client().map(|ip| ip.to_string()).unwrap_or_default()),
                        ("method", visit.request.method.to_string()),
                        ("path", visit.request.to.path.to_string()),
                        ("status", visit.status.to_string()),
                        ("size", visit.size().to_string()),
                        ("agent", visit.request.agent.to_string()),
                    ];
                    Line { at: visit.at, text: filled(&access, visit.at, &facts) }
                })
                .collect();
            for (first, period, path, gateway) in &self.probes {
                let skipped = from.since(*first).as_nanos().checked_div(period.as_nanos()).unwrap_or(0);
                let mut at = first.after(*period * u32::try_from(skipped).unwrap_or(u32::MAX));
                while at <= until {
                    if at > from {
                        let facts = [
                            ("client", gateway.clone()),
                            ("method", "GET".to_owned()),
                            ("path", path.clone()),
                            ("status", "200".to_owned()),
                            ("size", "615".to_owned()),
                            ("agent", "kube-probe/1.36".to_owned()),
                        ];
                        visits.push(Line { at, text: filled(&access, at, &facts) });
                    }
                    at = at.after(*period);
                }
            }
            visits.order_by_key(|line| line.at);
            lines.extend(visits);
        }
        lines
    }

    /// How far it was read.
    pub(super) fn read_to(&self) -> SimTime {
        self.read.unwrap_or_default()
    }

    /// When there may be more to read, as far as that is known.
    pub(super) fn next(&self, now: SimTime) -> Option<SimTime> {
        let script = self.performance.as_ref().and_then(Performance::next);
        let own = self.own.first().map(|line| line.at);
        let probe = self.probes.iter().map(|(first, period, ..)| {
            let gone = now.since(*first).as_nanos().checked_div(period.as_nanos()).unwrap_or(0);
            if now < *first { *first } else { first.after(*period * u32::try_from(gone + 1).unwrap_or(u32::MAX)) }
        });
        script.into_iter().chain(own).chain(probe).filter(|at| *at > now).min()
    }
}

/// `10.244.1.1` of `10.244.1.0/24`: from where a node's probes come.
fn gateway_of(cidr: &str) -> String {
    let network = cidr.split('/').next().unwrap_or_default();
    match network.rsplit_once('.') {
        Some((front, last)) => format!("{front}.{}", last.parse::<u32>().unwrap_or(0) + 1),
        None => network.to_owned(),
    }
}

/// Puts facts and dates (`{date %H:%M}`) in their places.
fn filled(template: &str, at: SimTime, facts: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let filled = after.split_once('}').and_then(|(name, after)| {
            let text = match name.strip_prefix("date ") {
                Some(format) => {
                    let millis = format!("{:03}", at.0 / 1000 % 1000);
                    date(at.timestamp().0, &format.replace("%L", &millis))
                }
                None => facts.iter().find(|(known, _)| *known == name)?.1.clone(),
            };
            Some((text, after))
        });
        match filled {
            Some((text, after)) => {
                out.push_str(&text);
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out + rest
}
