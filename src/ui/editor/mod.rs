//! The editor's panel: file tabs, the text, what is wrong with it, and Apply.

mod binding;
mod code;
mod diagnostics;
mod file_tabs;

use super::context::{t, use_page};
use super::dom;
use super::parts::{Icon, IconName};
use super::state::{Dialog, Panel, UiAction};
use crate::view::model::files::{FilesView, PlaceView};
use crate::view::model::{Command, Shared};
use code::Code;
use diagnostics::Diagnostics;
use file_tabs::FileTabs;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct EditorPanelProps {
    pub files: Shared<FilesView>,
    /// A place that the user wants to see, and another number for each wish.
    pub goto: Option<(PlaceView, u32)>,
}

/// The panel.
#[component]
pub fn EditorPanel(props: &EditorPanelProps) -> Html {
    let page = use_page();
    let on_goto = {
        let page = page.clone();
        Callback::from(move |place| page.act(UiAction::Goto(place)))
    };
    let front = props.files.front().cloned();
    let apply_keys = if is_mac() { "⌘ ⏎" } else { "Ctrl ⏎" };
    html! {
        <section id={Panel::Editor.id()} class="panel editor-panel" aria-label={t!(page, "ui.panel-editor")} tabindex="-1">
            <h2 class="visually-hidden">{ t!(page, "ui.panel-editor") }</h2>
            <div class="bar">
                <FileTabs files={props.files.clone()} />
                <button type="button" class="icon-button" aria-label={t!(page, "assist.changes-title")} title={t!(page, "assist.changes-title")}
                    onclick={page.acts(|| UiAction::Dialog(Some(Dialog::Changes)))}><Icon name={IconName::Changes} /></button>
                <button type="button" class="primary" onclick={page.sends(Command::Apply)} aria-keyshortcuts="Control+Enter">
                    { t!(page, "ui.apply") }<kbd>{ apply_keys }</kbd>
                </button>
            </div>
            <div class="editor-body" role="tabpanel" id="tabpanel-file" aria-label={front.as_ref().map(|file| file.name.to_string())}>
                { match &front {
                    Some(file) => html! { <Code file={file.clone()} goto={props.goto.clone()} /> },
                    None => html! { <EmptyEditor /> },
                } }
            </div>
            <div class="editor-foot">
                { match front {
                    Some(file) => html! { <Diagnostics {file} {on_goto} /> },
                    None => html! { <div></div> },
                } }
            </div>
        </section>
    }
}

/// When no file is open.
#[component]
fn EmptyEditor() -> Html {
    let page = use_page();
    let new = page.sends(Command::NewFile { name: None, text: "".into() });
    html! {
        <div class="empty">
            <p>{ t!(page, "ui.editor-empty") }</p>
            <button type="button" class="plain" onclick={new}><Icon name={IconName::Plus} />{ t!(page, "ui.new-file") }</button>
        </div>
    }
}

/// Whether the keyboard has ⌘ where others have Ctrl.
pub fn is_mac() -> bool {
    dom::window().navigator().user_agent().is_ok_and(|agent| agent.contains("Mac"))
}
