//! What is wrong with the file in front, as a list: each line leads to its place.

use crate::ui::context::{t, use_page};
use crate::view::model::files::{Diagnostic, FileView, PlaceView};
use crate::view::model::{Command, Shared};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct DiagnosticsProps {
    pub file: Shared<FileView>,
    /// Go to a place.
    pub on_goto: Callback<PlaceView>,
}

/// The list.
#[component]
pub fn Diagnostics(props: &DiagnosticsProps) -> Html {
    let page = use_page();
    let rows = props.file.diagnostics.iter().enumerate().map(|(index, diagnostic)| {
        let Diagnostic { severity, span, message, fixes } = diagnostic;
        let line = span.line;
        let place = PlaceView { file: props.file.id, name: props.file.name.clone(), line, column: span.column };
        let onclick = props.on_goto.reform(move |_: MouseEvent| place.clone());
        html! {
            <li key={index} class={classes!("diagnostic", severity.class())}>
                <button type="button" class="diagnostic-line" {onclick}>
                    <span class="visually-hidden">{ match severity.class() {
                        "error" => t!(page, "ui.severity-error"),
                        "warning" => t!(page, "ui.severity-warning"),
                        _ => t!(page, "ui.severity-info"),
                    } }</span>
                    <b>{ t!(page, "ui.line", line = line) }</b>{ " " }{ page.say(message) }
                </button>
                { for fixes.iter().map(|fix| html! {
                    <button key={fix.id.to_string()} type="button" class="fix" onclick={page.sends(Command::ApplyFix(fix.id.clone()))}>
                        <span>{ page.say(&fix.label) }</span><em>{ t!(page, "ui.fix") }</em>
                    </button>
                }) }
            </li>
        }
    });
    html! {
        <ul class="diagnostics" aria-label={t!(page, "ui.diagnostics")} aria-live="polite">{ for rows }</ul>
    }
}
