//! The console: a transcript of which only the lines in sight exist, and a line to type on, with history and completion.

use super::context::{Page, t, use_page};
use super::dom;
use super::parts::Rows;
use super::storage;
use crate::base::Str;
use crate::view::model::console::{ConsoleView, LineKind};
use crate::view::model::{Command, Shared, Text};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// How high a line is, in CSS pixels; `console.css` says the same.
const LINE: f64 = 19.0;
/// Lines of history kept across a reload.
const KEPT: usize = 100;

#[derive(Properties, PartialEq)]
pub struct ConsoleProps {
    pub console: Shared<ConsoleView>,
}

/// One line of the transcript.
enum Row {
    Command(Str),
    Line(LineKind, Text),
    Gap,
}

/// The console.
#[component]
pub fn Console(props: &ConsoleProps) -> Html {
    let page = use_page();
    let rows = use_memo(props.console.clone(), |console| Shared::new(rows(console)));
    let rows: Shared<Vec<Row>> = (*rows).clone();
    let row =
        use_callback((rows.clone(), page.clone()), |index: usize, (rows, page): &(Shared<Vec<Row>>, Page)| match rows
            .get(index)
        {
            Some(Row::Command(line)) => {
                html! { <div key={index} class="console-line command">{ &**line }</div> }
            }
            Some(Row::Line(kind, line)) => {
                let class = match kind {
                    LineKind::Out => "console-line",
                    LineKind::Err => "console-line err",
                    LineKind::Hint => "console-line hint",
                };
                html! { <div key={index} {class}>{ page.say(line) }</div> }
            }
            Some(Row::Gap) | None => html! { <div key={index} class="console-line"></div> },
        });
    let onclick = |_: MouseEvent| {
        let selection_is_empty =
            dom::window().get_selection().ok().flatten().is_none_or(|selection| selection.is_collapsed());
        if selection_is_empty {
            dom::focus_id("console-input");
        }
    };
    html! {
        <div class="console" {onclick}>
            <Rows count={rows.len()} height={LINE} {row} follow={true} class="transcript" label={t!(page, "ui.console")} role="log">
                <Prompt prompt={props.console.prompt.clone()} busy={props.console.busy} />
            </Rows>
        </div>
    }
}

fn rows(console: &ConsoleView) -> Vec<Row> {
    let entries = console.entries.iter().flat_map(|entry| {
        let command = entry.command.iter().cloned().map(Row::Command);
        let lines = entry.lines.iter().map(|line| Row::Line(line.kind, line.text.clone()));
        command.chain(lines).chain(entry.command.is_none().then_some(Row::Gap)).collect::<Vec<Row>>()
    });
    entries.collect()
}

#[derive(Properties, PartialEq)]
struct PromptProps {
    prompt: Option<Str>,
    busy: bool,
}

/// What was typed before, and where in it the user is.
struct History {
    lines: Vec<String>,
    at: usize,
    draft: String,
}

impl History {
    fn load() -> History {
        let lines: Vec<String> = storage::read("history").unwrap_or_default().lines().map(str::to_owned).collect();
        History { at: lines.len(), lines, draft: String::new() }
    }

    /// One line back or on; nothing at either end.
    fn walk(&mut self, back: bool, current: &str) -> Option<String> {
        let to = if back { self.at.checked_sub(1)? } else { (self.at < self.lines.len()).then_some(self.at + 1)? };
        if self.at == self.lines.len() {
            current.clone_into(&mut self.draft);
        }
        self.at = to;
        Some(self.lines.get(to).cloned().unwrap_or_else(|| self.draft.clone()))
    }

    /// The newest line before a place that contains a text, and its place.
    fn find(&self, text: &str, before: usize) -> Option<(usize, String)> {
        let earlier = self.lines.iter().enumerate().take(before).rev();
        earlier.filter(|_| !text.is_empty()).find(|(_, line)| line.contains(text)).map(|(at, line)| (at, line.clone()))
    }

    fn add(&mut self, line: &str) {
        if !line.trim().is_empty() && self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_owned());
            let kept = &self.lines[self.lines.len().saturating_sub(KEPT)..];
            // Storage that is full or forbidden: the history then lasts as long as the page.
            storage::write("history", &kept.join("\n"));
        }
        self.at = self.lines.len();
    }
}

/// The line to type on.
#[component]
fn Prompt(props: &PromptProps) -> Html {
    let page = use_page();
    let node = use_node_ref();
    let history = use_mut_ref(History::load);
    let offers = use_state_eq(Vec::<Str>::new);
    // A search in the history: where the line that was found stands, and the line.
    let search = use_state_eq(|| None::<(usize, String)>);
    let busy = props.busy;
    let in_shell = props.prompt.as_deref().is_some_and(|prompt| prompt != "$");
    let onkeydown = {
        let (page, node, offers, search) = (page.clone(), node.clone(), offers.clone(), search.clone());
        let history = history.clone();
        move |event: KeyboardEvent| {
            let Some(input) = node.cast::<HtmlInputElement>() else { return };
            // Enter that only ends the composition of a Korean syllable is not for us.
            if event.is_composing() {
                return;
            }
            let mut line = input.value();
            let control = event.ctrl_key() && !event.shift_key();
            if let Some((at, found)) = (*search).clone() {
                match event.key().as_str() {
                    "r" if control => {
                        search.set(history.borrow().find(&line, at).or(Some((at, found))));
                        return event.prevent_default();
                    }
                    // The line that was found is the line now.
                    "Enter" | "Tab" | "ArrowRight" | "ArrowUp" | "ArrowDown" => {
                        search.set(None);
                        line = if found.is_empty() { line } else { found };
                        input.set_value(&line);
                        if event.key() != "Enter" {
                            return event.prevent_default();
                        }
                    }
                    "Escape" => {
                        search.set(None);
                        input.set_value("");
                        return event.prevent_default();
                    }
                    "c" | "g" if control => {
                        search.set(None);
                        input.set_value("");
                        return event.prevent_default();
                    }
                    _ => return,
                }
            }
            let caret = input.selection_start().ok().flatten().unwrap_or(0);
            match event.key().as_str() {
                "Enter" => {
                    history.borrow_mut().add(&line);
                    page.send(Command::Console(line.into()));
                    input.set_value("");
                    offers.set(Vec::new());
                }
                "ArrowUp" | "ArrowDown" => {
                    if let Some(line) = history.borrow_mut().walk(event.key() == "ArrowUp", &line) {
                        input.set_value(&line);
                    }
                }
                "Tab" if !event.shift_key() && !line.is_empty() => {
                    let found = page.bridge.complete(&line);
                    if let Some(common) = common_start(&found) {
                        let whole = found.len() == 1 && !common.ends_with(['/', '=', ':']);
                        let end = if whole { " " } else { "" };
                        input.set_value(&format!("{}{common}{end}", stem(&line, &common)));
                    }
                    offers.set(if found.len() > 1 { found } else { Vec::new() });
                }
                "r" if control => search.set(Some((usize::MAX, String::new()))),
                "d" if control && in_shell && line.is_empty() => page.send(Command::EndInput),
                "l" if control => page.send(Command::ClearConsole),
                "c" if control && (busy || input.selection_start() == input.selection_end()) => {
                    page.send(Command::Interrupt);
                    input.set_value("");
                }
                "u" if control => input.set_value(""),
                "a" if control => drop(input.set_selection_range(0, 0)),
                "e" if control => drop(input.set_selection_range(u32::MAX, u32::MAX)),
                "w" if control && caret as usize == line.encode_utf16().count() => {
                    let rest = line.trim_end().rsplit_once(' ').map_or("", |(front, _)| front);
                    input.set_value(&if rest.is_empty() { String::new() } else { format!("{rest} ") });
                }
                _ => return offers.set(Vec::new()),
            }
            event.prevent_default();
        }
    };
    let oninput = {
        let (node, search, history) = (node.clone(), search.clone(), history.clone());
        move |_: InputEvent| {
            if let (Some(_), Some(input)) = (&*search, node.cast::<HtmlInputElement>()) {
                let found = history.borrow().find(&input.value(), usize::MAX);
                search.set(Some(found.unwrap_or_default()));
            }
        }
    };
    // A field of one line would swallow the ends of lines that are pasted.
    let onpaste = {
        let (page, node) = (page.clone(), node.clone());
        move |event: Event| {
            let Some(text) = dom::pasted(&event).filter(|text| text.trim_end().contains('\n')) else { return };
            let Some(input) = node.cast::<HtmlInputElement>() else { return };
            event.prevent_default();
            let whole = input.value() + &text;
            let mut lines: Vec<&str> = whole.split('\n').collect();
            let last = lines.pop().unwrap_or_default();
            for line in lines {
                history.borrow_mut().add(line);
                page.send(Command::Console(line.trim_end_matches('\r').into()));
            }
            input.set_value(last);
        }
    };
    let prompt = props.prompt.as_deref().unwrap_or("$").to_owned();
    html! {
        <div class="prompt-area">
            <div class="prompt-line">
                <span class="prompt" aria-hidden="true">{ prompt }{ " " }</span>
                <input ref={node} id="console-input" type="text" spellcheck="false" autocapitalize="off" autocomplete="off" autocorrect="off"
                    aria-label={t!(page, "ui.console-input")} placeholder={if busy { t!(page, "ui.console-busy") } else { t!(page, "ui.console-placeholder") }} {onkeydown} {oninput} {onpaste} />
            </div>
            <div class="offers" role="status" hidden={search.is_none()}>{ for search.iter().map(|(_, found)| html! { <>{ t!(page, "ui.console-search") }{ " " }{ found }</> }) }</div>
            <div class="offers" role="status" hidden={offers.is_empty()}>{ for offers.iter().map(|offer| html! { <span key={offer.to_string()}>{ &**offer }</span> }) }</div>
        </div>
    }
}

/// What stands before the word that is completed: the longest end of the line with which the word begins is part of it.
fn stem<'l>(line: &'l str, word: &str) -> &'l str {
    let mut ends = word.char_indices().map(|(at, _)| at).chain([word.len()]).rev();
    let shared = ends.find(|end| line.ends_with(&word[..*end])).unwrap_or(0);
    &line[..line.len() - shared]
}

/// The longest start all words share; `None` without words.
fn common_start(words: &[Str]) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let same =
        |index: usize, c: char| rest.iter().all(|word| word[..].get(index..).is_some_and(|tail| tail.starts_with(c)));
    Some(first.char_indices().take_while(|(index, c)| same(*index, *c)).map(|(_, c)| c).collect())
}
