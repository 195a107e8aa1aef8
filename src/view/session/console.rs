//! The console: jobs that run, and the transcript.

use super::files::Files;
use crate::api::schema::Descriptions;
use crate::base::Str;
use crate::kubectl::exec::{Output, Piece};
use crate::kubectl::session::{Documentation, Job, Session as Shell};
use crate::sim::Engine;
use crate::view::model::console::{ConsoleEntry, ConsoleLine, ConsoleView, LineKind};
use crate::view::model::{Shared, Text};
use std::collections::VecDeque;

/// Entries that are kept.
const ENTRIES: usize = 500;
/// Lines of one entry that are kept; what is longer is cut at the front.
const LINES: usize = 20_000;

/// What a line printed, and its exit code (`None`: nothing will ever end it).
#[derive(Clone, Debug)]
pub struct Finished {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub exit: Option<i32>,
}

/// One command of the transcript.
struct Entry {
    id: u64,
    command: Str,
    output: Output,
    view: Option<Shared<ConsoleEntry>>,
}

/// The console.
#[derive(Default)]
pub struct Console {
    shell: Shell,
    entries: Vec<Entry>,
    running: Option<Job>,
    waiting: VecDeque<String>,
    next: u64,
}

impl Console {
    /// Runs a line, or queues it when another one still runs.
    pub fn start(&mut self, line: &str, engine: &mut Engine, files: &Files) {
        if self.running.is_some() {
            self.waiting.push_back(line.to_owned());
            return;
        }
        self.begin(line, files);
        self.poll(engine, files);
    }

    fn begin(&mut self, line: &str, files: &Files) {
        self.shell.files = files.by_name();
        self.next += 1;
        self.entries.push(Entry { id: self.next, command: line.into(), output: Output::default(), view: None });
        let surplus = self.entries.len().saturating_sub(ENTRIES);
        self.entries.drain(..surplus);
        self.running = Some(self.shell.start(line));
    }

    /// Lets the running job go on. Says whether something was printed or ended.
    pub fn poll(&mut self, engine: &mut Engine, files: &Files) -> bool {
        let mut changed = false;
        while let (Some(job), Some(entry)) = (&mut self.running, self.entries.last_mut()) {
            let before = entry.output.pieces.len();
            let exit = job.poll(&mut self.shell, engine, &mut entry.output);
            if entry.output.pieces.len() != before {
                entry.view = None;
                changed = true;
            }
            // The time that a command takes matters to the next one of its line, not to a person who may have stopped time.
            if exit.is_none() && !job.is_over() {
                break;
            }
            changed = true;
            self.running = None;
            if let Some(line) = self.waiting.pop_front() {
                self.begin(&line, files);
            }
        }
        changed
    }

    /// Runs a line to its end while virtual time passes.
    pub fn run_to_end(&mut self, line: &str, engine: &mut Engine, files: &Files) -> Finished {
        self.interrupt();
        self.begin(line, files);
        let mut output = Output::default();
        let exit = self.running.take().and_then(|job| job.run_to_end(&mut self.shell, engine, &mut output));
        let mut finished = Finished { stdout: String::new(), stderr: String::new(), exit };
        for piece in &output.pieces {
            match piece {
                Piece::Out(text) => finished.stdout.push_str(text),
                Piece::Err(text) => finished.stderr.push_str(text),
                Piece::Hint(_) => {}
            }
        }
        if let Some(entry) = self.entries.last_mut() {
            entry.output = output;
            entry.view = None;
        }
        finished
    }

    /// The documentation of fields, once it is there.
    pub fn descriptions(&self) -> Option<Descriptions> {
        match &self.shell.documentation {
            Documentation::Here(descriptions) => Some(descriptions.clone()),
            Documentation::BuiltIn => Descriptions::built_in(),
            _ => None,
        }
    }

    /// The API's documentation is fetched by the page, when a command first asks for it.
    pub fn fetch_documentation(&mut self) {
        self.shell.documentation = Documentation::OnDemand;
    }

    /// Whether a command waits for the documentation.
    pub fn wants_documentation(&self) -> bool {
        self.shell.documentation == Documentation::Wanted
    }

    /// The documentation came, or did not.
    pub fn document(&mut self, text: Option<Str>) {
        let here = text.map(|text| Documentation::Here(Descriptions::new(text)));
        self.shell.documentation = here.unwrap_or(Documentation::Missing);
    }

    /// Ctrl-C: the running job and those that wait are forgotten.
    pub fn interrupt(&mut self) {
        self.running = None;
        self.waiting.clear();
        if self.wants_documentation() {
            self.fetch_documentation();
        }
    }

    /// Empties the transcript.
    pub fn clear(&mut self) {
        let keep = usize::from(self.running.is_some());
        let surplus = self.entries.len().saturating_sub(keep);
        self.entries.drain(..surplus);
    }

    /// What the page shows.
    pub fn view(&mut self, old: &Shared<ConsoleView>) -> Shared<ConsoleView> {
        let entries = self.entries.iter_mut().map(Entry::shared).collect();
        let view = ConsoleView { entries, busy: self.running.is_some(), prompt: Some("$".into()) };
        Shared::keep(Some(old), view)
    }
}

impl Entry {
    fn shared(&mut self) -> Shared<ConsoleEntry> {
        let entry = || ConsoleEntry {
            id: self.id,
            command: Some(format!("$ {}", self.command).into()),
            lines: lines(&self.output),
        };
        self.view.get_or_insert_with(|| Shared::new(entry())).clone()
    }
}

fn lines(output: &Output) -> Vec<ConsoleLine> {
    let mut lines: Vec<ConsoleLine> = Vec::new();
    // The text of the last line, while it has no end yet.
    let mut open: Option<(LineKind, String)> = None;
    for piece in &output.pieces {
        let (kind, text) = match piece {
            Piece::Out(text) => (LineKind::Out, text),
            Piece::Err(text) => (LineKind::Err, text),
            Piece::Hint(message) => {
                lines.extend(open.take().map(|(kind, text)| line(kind, &text)));
                lines.push(ConsoleLine { kind: LineKind::Hint, text: message.clone().into() });
                continue;
            }
        };
        for part in text.split_inclusive('\n') {
            let mut text = match open.take() {
                Some((same, text)) if same == kind => text,
                Some((other, text)) => {
                    lines.push(line(other, &text));
                    String::new()
                }
                None => String::new(),
            };
            text.push_str(part);
            match text.strip_suffix('\n') {
                Some(whole) => lines.push(line(kind, whole)),
                None => open = Some((kind, text)),
            }
        }
    }
    lines.extend(open.map(|(kind, text)| line(kind, &text)));
    let surplus = lines.len().saturating_sub(LINES);
    lines.drain(..surplus);
    lines
}

fn line(kind: LineKind, text: &str) -> ConsoleLine {
    ConsoleLine { kind, text: Text::raw(text) }
}
