//! The tabs of the open files: choose, close, rename (double click or F2), add.

use crate::ui::context::{t, use_page};
use crate::ui::dom;
use crate::ui::parts::{Icon, IconName};
use crate::view::model::files::{FileId, FileView, FilesView, Severity};
use crate::view::model::{Command, Shared};
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct FileTabsProps {
    pub files: Shared<FilesView>,
}

/// The tabs.
#[component]
pub fn FileTabs(props: &FileTabsProps) -> Html {
    let page = use_page();
    let renaming = use_state_eq(|| None::<FileId>);
    let active = props.files.active;
    let onkeydown = {
        let (page, files, renaming) = (page.clone(), props.files.clone(), renaming.clone());
        move |event: KeyboardEvent| {
            if renaming.is_some() {
                return;
            }
            let here = files.files.iter().position(|file| file.id == active).unwrap_or(0);
            let count = files.files.len().max(1);
            let to = match event.key().as_str() {
                "ArrowRight" => (here + 1) % count,
                "ArrowLeft" => (here + count - 1) % count,
                "F2" => return renaming.set(Some(active)),
                "Delete" => return page.send(Command::CloseFile(active)),
                _ => return,
            };
            event.prevent_default();
            if let Some(file) = files.files.get(to) {
                page.send(Command::OpenFile(file.id));
                dom::focus_id(&format!("tab-file-{}", file.id));
            }
        }
    };
    let new = page.sends(Command::NewFile { name: None, text: "".into() });
    html! {
        <>
            <div class="tabs file-tabs" role="tablist" aria-label={t!(page, "ui.files")} {onkeydown}>
                { for props.files.files.iter().map(|file| {
                    let (id, renaming) = (file.id, renaming.clone());
                    let is_renaming = *renaming == Some(id);
                    let on_rename = Callback::from(move |on: bool| renaming.set(on.then_some(id)));
                    html! { <FileTab key={id} file={file.clone()} chosen={id == active} {is_renaming} {on_rename} /> }
                }) }
            </div>
            <button type="button" class="icon-button" aria-label={t!(page, "ui.new-file")} title={t!(page, "ui.new-file")} onclick={new}>
                <Icon name={IconName::Plus} />
            </button>
            <span class="grow"></span>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct FileTabProps {
    file: Shared<FileView>,
    chosen: bool,
    is_renaming: bool,
    on_rename: Callback<bool>,
}

#[component]
fn FileTab(props: &FileTabProps) -> Html {
    let page = use_page();
    let file = &props.file;
    if props.is_renaming {
        return html! { <span class="tab renaming"><NameInput file={file.clone()} on_done={props.on_rename.reform(|()| false)} /></span> };
    }
    let worst = file.diagnostics.iter().map(|diagnostic| diagnostic.severity).min();
    let (dot, words) = match worst {
        Some(Severity::Error) => ("dot bad", t!(page, "ui.file-errors")),
        Some(Severity::Warning) => ("dot pending", t!(page, "ui.file-warnings")),
        _ if file.changed => ("dot changed", t!(page, "ui.file-changed")),
        _ => ("dot none", AttrValue::default()),
    };
    let close = page.sends(Command::CloseFile(file.id));
    html! {
        <span class={classes!("tab", "file-tab", props.chosen.then_some("chosen"))} role="presentation">
            <button type="button" role="tab" id={format!("tab-file-{}", file.id)} aria-selected={props.chosen.to_string()}
                aria-controls="tabpanel-file" tabindex={if props.chosen { "0" } else { "-1" }} aria-keyshortcuts="F2 Delete"
                title={t!(page, "ui.file-tab-title")}
                onclick={page.sends(Command::OpenFile(file.id))} ondblclick={props.on_rename.reform(|_| true)}>
                { &*file.name }
                <span class={dot} role={(!words.is_empty()).then_some("img")} aria-label={(!words.is_empty()).then_some(words.clone())} title={words}></span>
            </button>
            <button type="button" class="close" tabindex="-1" aria-hidden="true" title={t!(page, "ui.close-file", file = file.name)} onclick={close}>
                <Icon name={IconName::Close} />
            </button>
        </span>
    }
}

#[derive(Properties, PartialEq)]
struct NameInputProps {
    file: Shared<FileView>,
    on_done: Callback<()>,
}

/// The field in which a file gets another name: Enter takes it, Escape does not.
#[component]
fn NameInput(props: &NameInputProps) -> Html {
    let page = use_page();
    let node = use_node_ref();
    use_effect_with(node.clone(), |node| {
        if let Some(input) = node.cast::<HtmlInputElement>() {
            input.select();
            dom::focus(&input);
        }
    });
    let rename = {
        let (node, page, id, old) = (node.clone(), page.clone(), props.file.id, props.file.name.clone());
        let on_done = props.on_done.clone();
        move || {
            let name = node.cast::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default();
            let name = name.trim();
            if !name.is_empty() && *name != *old {
                page.send(Command::RenameFile { file: id, name: name.into() });
            }
            on_done.emit(());
        }
    };
    let onkeydown = {
        let (rename, on_done) = (rename.clone(), props.on_done.clone());
        move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => rename(),
            "Escape" => on_done.emit(()),
            _ => {}
        }
    };
    html! {
        <input ref={node} class="rename" value={props.file.name.to_string()} aria-label={t!(page, "ui.file-name")} {onkeydown}
            onblur={move |_| rename()} />
    }
}
