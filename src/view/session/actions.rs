//! What each command of the page does. Whatever kubectl can do is done by a kubectl line, so that the person sees it.

use super::Session;
use crate::api::kinds::Key;
use crate::apiserver::Request;
use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::base::time::SimTime;
use crate::kubelet::faults::ProbeFault;
use crate::kubelet::probe::Kind as ProbeKind;
use crate::msg;
use crate::sim::Fault;
use crate::view::build::diagnosis::Remedy;
use crate::view::build::object_key;
use crate::view::model::{Command, Tone};

/// How far a step looks for the next change.
const STEP_LIMIT: Duration = Duration::from_secs(24 * 3600);

impl Session {
    pub(super) fn act(&mut self, command: Command) {
        match command {
            Command::Apply => self.apply(),
            Command::EditFile { file, text } => self.files.edit(file, text),
            Command::OpenFile(file) => self.files.open(file),
            Command::NewFile { name, text } => self.files.add(name, text),
            Command::CloseFile(file) => self.files.close(file),
            Command::RenameFile { file, name } => self.files.rename(file, name),
            Command::LoadExample(id) => self.load_example(&id),
            Command::ApplyFix(id) => self.apply_fix(&id),
            Command::Ask { method, url, content_type, body } => {
                match Request::read(self.engine.world().api.kinds(), &method, &url, &content_type, &body) {
                    // A refusal stands in the log, as every answer does.
                    Ok(request) => drop(self.engine.request(request)),
                    Err(status) => {
                        let words = msg!("assist.cannot-ask", code = status.reason.code(), why = status.message);
                        self.notice(Tone::Bad, words);
                    }
                }
            }

            Command::Console(line) if line.trim() == "clear" => self.console.clear(),
            Command::Console(line) => self.line(&line),
            Command::Interrupt => self.console.interrupt(&mut self.engine),
            Command::EndInput => self.console.end_input(&mut self.engine, &mut self.files),
            Command::ClearConsole => self.console.clear(),
            Command::Documentation(text) => self.console.document(text),

            Command::Request { ask, count } => {
                if let Err(why) = self.requests.send(&mut self.engine, &self.files, &ask, count) {
                    self.notice(Tone::Bad, why);
                }
            }
            Command::StartSteady { ask, per_second } => {
                if let Err(why) = self.requests.start_steady(&mut self.engine, &ask, per_second) {
                    self.notice(Tone::Bad, why);
                }
            }
            Command::StopSteady => self.requests.stop_steady(&mut self.engine),
            Command::Aim { from, service } => {
                if let Some(key) = object_key(&service) {
                    self.requests.aim(self.engine.world(), &from, &key);
                }
            }

            Command::Select(card) => self.selected = card,
            Command::Namespace(namespace) => {
                self.namespace = namespace;
                self.drawn = None;
            }

            Command::Pause => self.pace.paused = true,
            Command::Play => self.play(),
            Command::Speed(speed) => {
                self.pace.speed = speed.clamp(1, 64);
                self.play();
            }
            Command::Step => self.step(),
            Command::Reset => self.reset(),

            Command::Delete(card) => self.about(&card, |name, namespace| format!("kubectl delete {name}{namespace}")),
            Command::Label { keys, pairs } => {
                if let Some(line) = label_line(&keys, &pairs) {
                    self.line(&line);
                }
            }
            Command::Scale { key, replicas } => {
                self.about(&key, |name, namespace| format!("kubectl scale {name}{namespace} --replicas={replicas}"));
            }
            Command::Restart(card) => {
                self.about(&card, |name, namespace| format!("kubectl rollout restart {name}{namespace}"));
            }
            Command::SetSchedulable { key, schedulable } => {
                let verb = if schedulable { "uncordon" } else { "cordon" };
                self.about(&key, |name, _| format!("kubectl {verb} {}", name.trim_start_matches("node/")));
            }
            Command::Drain(card) => self.about(&card, |name, _| {
                format!("kubectl drain {} --ignore-daemonsets --delete-emptydir-data", name.trim_start_matches("node/"))
            }),
            Command::Seek(at) => self.seek(at),
            Command::KillContainer(card) => {
                self.break_pod(&card, |pod| Fault::KillContainer { pod, container: None });
            }
            Command::SetReadiness { key, ready } => self.break_pod(&key, |pod| Fault::Probe {
                pod,
                probe: ProbeKind::Readiness,
                fault: (!ready).then_some(ProbeFault::Fails),
            }),
            Command::SetNodePower { key, on } => {
                if let Some(key) = object_key(&key) {
                    self.fault(Fault::Power { node: key.name, on });
                }
            }

            Command::DismissNotice(id) => self.notices.retain(|notice| notice.id != id),
        }
    }

    /// Goes to a moment of the past. What is typed or pressed there begins another future; playing on plays the same again.
    fn seek(&mut self, at: SimTime) {
        self.console.forget();
        self.engine.seek(at.min(self.engine.head()));
        self.pace.paused = true;
        self.pace.reset(self.engine.now());
        self.drawn = None;
    }

    fn break_pod(&mut self, card: &str, fault: impl FnOnce(Key) -> Fault) {
        if let Some(pod) = object_key(card) {
            self.fault(fault(pod));
        }
    }

    fn fault(&mut self, fault: Fault) {
        let label = fault.label();
        match self.engine.fault(fault) {
            Ok(()) => self.mark(Tone::Bad, label),
            Err(why) => self.notice(Tone::Pending, why.message()),
        }
    }

    fn play(&mut self) {
        self.pace.paused = false;
        self.pace.reset(self.engine.now());
    }

    fn step(&mut self) {
        self.pace.paused = true;
        let limit = self.engine.now().after(STEP_LIMIT);
        if !self.engine.step_visible(limit) {
            self.notice(Tone::Neutral, msg!("session.nothing-due"));
        }
        self.pace.reset(self.engine.now());
        self.poll();
    }

    fn line(&mut self, line: &str) {
        let label: Msg = msg!("session.typed", line = line);
        let writes = ["apply", "create", "delete", "scale", "set ", "rollout undo", "patch", "label", "edit", "run "];
        if writes.iter().any(|verb| line.contains(verb)) {
            self.mark(Tone::Neutral, label);
        }
        self.console.start(line, &mut self.engine, &mut self.files);
    }

    /// Runs a console line about the object of a card.
    fn about(&mut self, card: &str, line: impl FnOnce(&str, &str) -> String) {
        let Some(key) = object_key(card) else { return };
        let namespace = match &*key.namespace {
            "" | "default" => String::new(),
            namespace => format!(" -n {namespace}"),
        };
        let line = line(&format!("{}/{}", key.kind.singular_resource(), key.name), &namespace);
        self.line(&line);
    }

    fn apply_fix(&mut self, id: &str) {
        match self.files.fix(id) {
            Some(true) => return,
            Some(false) => return self.notice(Tone::Pending, msg!("assist.fix-gone")),
            None => {}
        }
        match self.requests.fix(id) {
            Some(Remedy::Line(line, edits)) => {
                // The file says the same afterwards, or the next apply would undo it.
                edits.iter().for_each(|edit| self.files.edit_field(edit));
                self.line(&line);
            }
            Some(Remedy::Ask(ask)) => self.requests.suggest(ask),
            None => self.notice(Tone::Pending, msg!("session.fix-gone")),
        }
    }
}

/// The console line that changes labels of the objects of some cards.
pub fn label_line(cards: &[Str], pairs: &[Str]) -> Option<String> {
    let keys: Vec<Key> = cards.iter().filter_map(|card| object_key(card)).collect();
    let first = keys.first().filter(|_| !pairs.is_empty())?;
    let names: Vec<&str> = keys.iter().map(|key| &*key.name).collect();
    let namespace = match &*first.namespace {
        "" | "default" => String::new(),
        namespace => format!(" -n {namespace}"),
    };
    // Only a label that is set can be there already.
    let overwrite = if pairs.iter().any(|pair| pair.contains('=')) { " --overwrite" } else { "" };
    let kind = first.kind.info().singular;
    Some(format!("kubectl label {kind} {}{namespace} {}{overwrite}", names.join(" "), pairs.join(" ")))
}
