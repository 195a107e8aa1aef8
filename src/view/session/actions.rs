//! What each command of the page does. Whatever kubectl can do is done by a kubectl line, so that the person sees it.

use super::Session;
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

            Command::Console(line) if line.trim() == "clear" => self.console.clear(),
            Command::Console(line) => self.line(&line),
            Command::Interrupt => self.console.interrupt(),
            Command::ClearConsole => self.console.clear(),

            Command::Request { from, to, count } => {
                if let Err(why) = self.requests.send(&mut self.engine, &self.files, &from, &to, count) {
                    self.notice(Tone::Bad, why);
                }
            }
            Command::StartSteady { from, to, per_second } => {
                if let Err(why) = self.requests.start_steady(&mut self.engine, &from, &to, per_second) {
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

            Command::Delete(card) => {
                self.about(&card, |name, namespace| format!("kubectl delete {name}{namespace}"));
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
        self.console.start(line, &mut self.engine, &self.files);
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
        match self.requests.fix(id) {
            Some(Remedy::Line(line, edits)) => {
                // The file says the same afterwards, or the next apply would undo it.
                edits.iter().for_each(|edit| self.files.edit_field(edit));
                self.line(&line);
            }
            Some(Remedy::Url(url)) => self.requests.suggest("", &url),
            None => self.notice(Tone::Pending, msg!("session.fix-gone")),
        }
    }
}
