//! What each command of the page does. Whatever kubectl can do is done by a kubectl line, so that the person sees it.

use super::Session;
use crate::api::kinds::Key;
use crate::apiserver::Request;
use crate::base::Str;
use crate::msg;
use crate::view::build::diagnosis::Remedy;
use crate::view::build::object_key;
use crate::view::model::frame::MAX_SPEED;
use crate::view::model::{Command, Tone};

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
            Command::Race { ask, ways } => {
                if let Err(why) = self.requests.race(&self.engine, &ask, &ways) {
                    self.notice(Tone::Bad, why);
                }
            }
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

            Command::Pause => {
                self.stop_run();
                self.pace.paused = true;
            }
            Command::Play => self.play(),
            Command::PauseOrPlay if self.pace.paused && !self.is_running() => self.play(),
            Command::PauseOrPlay => self.act(Command::Pause),
            Command::Speed(speed) => {
                self.pace.speed = speed.clamp(1, MAX_SPEED);
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
            Command::StepBack => self.step_back(),
            Command::Seek(at) => self.seek(at),
            Command::SeekEnd => self.seek(self.engine.head()),
            Command::RunUntil(until) => self.run_until(until),
            Command::StopRun => self.stop_run(),
            Command::SwitchFuture(id) => self.switch_future(id),
            Command::DropFuture(id) => drop(self.engine.forget(id)),
            Command::Pin(which) => self.pin(which),
            Command::CompareFuture(id) => self.compare_future(id),
            Command::Unpin => self.unpin(),
            Command::Rebuild(config) => {
                self.base = (*config).clone();
                self.config = *config;
                self.reset();
                self.apply();
            }
            Command::Unfold(tile) => {
                self.graph.unfold(&tile);
                self.drawn = None;
            }

            Command::DismissNotice(id) => self.notices.retain(|notice| notice.id != id),
        }
    }

    fn play(&mut self) {
        self.stop_run();
        self.pace.paused = false;
        self.pace.reset(self.engine.now());
    }

    fn line(&mut self, line: &str) {
        self.time.marks.say(self.engine.now(), msg!("session.typed", line = line));
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
