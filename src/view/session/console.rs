//! The console: jobs that run, and the transcript.

use super::files::Files;
use crate::api::schema::Descriptions;
use crate::base::Str;
use crate::kubectl::completion;
use crate::kubectl::exec::{Output, Piece};
use crate::kubectl::session::{Documentation, Job, Session as Shell};
use crate::shell::parse::{SyntaxError, parse};
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
    /// Lines that were typed and are not finished: a here-document, a loop.
    open: Option<String>,
    next: u64,
}

impl Console {
    /// Runs a line, hands it to the shell that waits for one, or queues it when another one still runs.
    pub fn start(&mut self, line: &str, engine: &mut Engine, files: &mut Files) {
        if let Some(prompt) = self.running.as_ref().and_then(Job::prompt) {
            self.entry(&prompt, line);
            self.type_line(Some(line));
        } else if self.open.is_some() || is_unfinished(line) {
            // A here-document, a quote or a loop that goes on in the next line.
            let prompt = if self.open.is_some() { "> " } else { "$ " };
            self.entry(prompt, line);
            let whole = self.open.take().map_or_else(|| line.to_owned(), |open| format!("{open}\n{line}"));
            if is_unfinished(&whole) {
                self.open = Some(whole);
            } else if self.running.is_some() {
                self.waiting.push_back(whole);
            } else {
                self.shell.files = files.by_name();
                self.running = Some(self.shell.start(&whole));
            }
        } else if self.running.is_some() {
            self.waiting.push_back(line.to_owned());
            return;
        } else {
            self.begin(line, files);
        }
        self.poll(engine, files);
    }

    /// Ctrl-D: the end of all input.
    pub fn end_input(&mut self, engine: &mut Engine, files: &mut Files) {
        self.type_line(None);
        self.poll(engine, files);
    }

    fn type_line(&mut self, line: Option<&str>) {
        if let Some(job) = &mut self.running {
            job.type_line(line);
        }
    }

    /// How a line can go on: what could stand instead of its last word.
    pub fn complete(&mut self, line: &str, engine: &Engine, files: &Files) -> Vec<String> {
        if self.running.is_some() {
            return Vec::new();
        }
        self.shell.files = files.by_name();
        completion::complete(line, &self.shell, engine)
    }

    fn begin(&mut self, line: &str, files: &Files) {
        self.shell.files = files.by_name();
        self.shell.in_page = true;
        self.entry("$ ", line);
        self.running = Some(self.shell.start(line));
    }

    /// A new entry, with what was typed at its head.
    fn entry(&mut self, prompt: &str, line: &str) {
        self.next += 1;
        let command = format!("{prompt}{line}").into();
        self.entries.push(Entry { id: self.next, command, output: Output::default(), view: None });
        let surplus = self.entries.len().saturating_sub(ENTRIES);
        self.entries.drain(..surplus);
    }

    /// Lets the running jobs go on. Says whether something was printed or ended.
    pub fn poll(&mut self, engine: &mut Engine, files: &mut Files) -> bool {
        let mut changed = self.poll_foreground(engine, files);
        if !self.shell.background.is_empty() {
            let mut output = Output::default();
            self.shell.poll_background(engine, &mut output);
            if let Some(entry) = self.entries.last_mut().filter(|_| !output.pieces.is_empty()) {
                entry.output.append(&mut output);
                entry.view = None;
                changed = true;
            }
        }
        changed |= self.hand_over(files);
        changed
    }

    /// What commands wrote shows in the editor.
    fn hand_over(&mut self, files: &mut Files) -> bool {
        let written = std::mem::take(&mut self.shell.written);
        let opened = self.shell.opened.take();
        for name in &written {
            match self.shell.files.get(name) {
                Some(text) => files.put(name, text, opened.as_ref() == Some(name)),
                None => files.drop_named(name),
            }
        }
        if let Some(name) = &opened {
            files.show(name);
        }
        !written.is_empty() || opened.is_some()
    }

    fn poll_foreground(&mut self, engine: &mut Engine, files: &mut Files) -> bool {
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
            self.hand_over(files);
            if let Some(line) = self.waiting.pop_front() {
                self.begin(&line, files);
            }
        }
        changed
    }

    /// Runs a line to its end while virtual time passes.
    pub fn run_to_end(&mut self, line: &str, engine: &mut Engine, files: &mut Files) -> Finished {
        self.forget();
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
        self.hand_over(files);
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

    /// Ctrl-C: the running job ends, unless it is a shell, and those that wait are forgotten.
    pub fn interrupt(&mut self, engine: &mut Engine) {
        self.waiting.clear();
        self.open = None;
        if self.wants_documentation() {
            self.fetch_documentation();
        }
        let Some(mut job) = self.running.take() else { return };
        let mut output = Output::default();
        let goes_on = job.interrupt(&mut self.shell, engine, &mut output);
        if !goes_on {
            output.line("^C");
        }
        if let Some(entry) = self.entries.last_mut() {
            entry.output.append(&mut output);
            entry.view = None;
        }
        self.running = Some(job).filter(|_| goes_on);
    }

    /// All jobs are gone: the cluster is another one.
    pub fn forget(&mut self) {
        self.running = None;
        self.waiting.clear();
        self.shell.background.clear();
        self.shell.forwards.clear();
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
        let typing = self.running.as_ref().and_then(Job::prompt);
        let busy = self.running.is_some() && typing.is_none();
        let own = if self.open.is_some() { ">" } else { "$" };
        let prompt = typing.map_or_else(|| own.into(), |prompt| prompt.trim_end().into());
        let view = ConsoleView { entries, busy, prompt: Some(prompt) };
        Shared::keep(Some(old), view)
    }
}

/// Whether a line goes on in the next one.
fn is_unfinished(line: &str) -> bool {
    matches!(parse(line), Err(SyntaxError::Unfinished(_)))
}

impl Entry {
    fn shared(&mut self) -> Shared<ConsoleEntry> {
        let entry = || ConsoleEntry { id: self.id, command: Some(self.command.clone()), lines: lines(&self.output) };
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
        // A cleared screen: what stood there is gone.
        let text = match text.rsplit_once("\u{1b}[H\u{1b}[2J") {
            Some((_, rest)) => {
                lines.clear();
                open = None;
                rest
            }
            None => text.as_str(),
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
