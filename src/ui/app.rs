//! The arrangement: header, four panels with lines between them that can be dragged, dialogs above. It holds the state,
//! runs the driver, and hands parts of the frame to the panels.

use super::api_log::ApiLogPanel;
use super::console::Console;
use super::context::{Page, t};
use super::dialogs::{ChangesDialog, Gallery, Keys, LabelDialog, Settings, Share, Toasts};
use super::dom;
use super::driver::{Bridge, Driver};
use super::editor::EditorPanel;
use super::embed::{self, use_host};
use super::events::EventsPanel;
use super::files::{self, use_kept_files, use_kept_form};
use super::graph::{GraphPanel, Menu};
use super::header::Header;
use super::inspector::Inspector;
use super::parts::{Icon, IconName, Splitter, Tab, Tabs};
use super::request::RequestPanel;
use super::state::{BottomTab, Dialog, Edge, Kept, Panel, RightTab, Sizes, UiAction, UiState};
use super::storage;
use super::time::{FaultsPanel, TimePanel};
use super::visits::use_kept_visit;
use crate::i18n::Lang;
use crate::view::embed::{Part, query, template};
use crate::view::model::{Command, Tone};
use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct AppProps {
    pub bridge: Bridge,
}

/// The page.
#[component]
pub fn App(props: &AppProps) -> Html {
    let state = {
        let bridge = props.bridge.clone();
        use_reducer_eq(move || remembered(&bridge))
    };
    {
        let (bridge, dispatch) = (props.bridge.clone(), state.dispatcher());
        use_effect_with((), move |()| {
            let driver = Driver::start(bridge, dispatch);
            move || drop(driver)
        });
    }
    use_look(&state);
    let page = use_memo((state.lang, state.dark()), {
        let (bridge, dispatch) = (props.bridge.clone(), state.dispatcher());
        move |(lang, dark)| Page { lang: *lang, dark: *dark, bridge, dispatch }
    });
    let page = (*page).clone();
    use_global_keys(page.clone());
    use_kept_files(&page, &state.frame.files);
    use_kept_form(&state.form);
    use_kept_visit(&page, &state.frame, &state.form);
    use_aim(&page, &state);
    use_drop(page.clone());
    use_host(page.clone());
    let parts = use_memo((), |()| embed::parts());

    let frame = &state.frame;
    let Sizes { left, right, bottom } = state.sizes;
    let style = format!("--left:{left}px;--right:{right}px;--bottom:{bottom}px");
    html! {
        <ContextProvider<Page> context={page.clone()}>
            <div class={classes!("app", without(parts.as_deref()))} data-panel={state.phone.id()} {style}>
                <a class="skip" href="#panel-graph">{ t!(page, "ui.skip") }</a>
                <div class="head">{ for parts.is_none().then(|| html! { <Header clock={frame.clock} examples={frame.examples.clone()} example={frame.example.clone()} /> }) }</div>
                <main style={parts.as_deref().map(|parts| format!("grid-template:{}", template(parts)))}>
                    <EditorPanel files={frame.files.clone()} goto={state.goto.clone()} />
                    <GraphPanel graph={frame.graph.clone()} selected={frame.selected.clone()} request={frame.request.clone()}
                        timeline={frame.timeline.clone()} clock={frame.clock} lens={state.lens} outline={state.outline} />
                    <section id={Panel::Right.id()} class="panel right-panel" aria-label={t!(page, "ui.panel-right")} tabindex="-1">
                        <h2 class="visually-hidden">{ t!(page, "ui.panel-right") }</h2>
                        { right_panel(&page, &state) }
                    </section>
                    <section id={Panel::Bottom.id()} class="panel bottom-panel" aria-label={t!(page, "ui.panel-bottom")} tabindex="-1">
                        <h2 class="visually-hidden">{ t!(page, "ui.panel-bottom") }</h2>
                        { bottom_panel(&page, &state) }
                    </section>
                    <Splitter edge={Edge::Left} value={left} label={t!(page, "ui.resize-left")} />
                    <Splitter edge={Edge::Right} value={right} label={t!(page, "ui.resize-right")} />
                    <Splitter edge={Edge::Bottom} value={bottom} label={t!(page, "ui.resize-bottom")} />
                </main>
                <nav class="phone-tabs" aria-label={t!(page, "ui.panels")}>{ phone_tabs(&page, state.phone, parts.as_deref()) }</nav>
                <div class="dialogs">{ match &state.dialog {
                    Some(Dialog::Gallery) => html! { <Gallery examples={frame.examples.clone()} example={frame.example.clone()} /> },
                    Some(Dialog::Settings) => html! { <Settings theme={state.theme} cluster={frame.cluster.clone()} /> },
                    Some(Dialog::Keys) => html! { <Keys /> },
                    Some(Dialog::Share) => html! { <Share form={state.form.clone()} /> },
                    Some(Dialog::Changes) => html! { <ChangesDialog /> },
                    Some(Dialog::Label { pods, pair }) => html! { <LabelDialog pods={pods.clone()} pair={pair.clone()} /> },
                    None => html! { <div></div> },
                } }</div>
                <div>{ for state.menu.iter().map(|at| html! { <Menu at={at.clone()} inspector={frame.inspector.clone()} /> }) }</div>
                <Toasts notices={frame.notices.clone()} storage_refused={state.kept == Kept::No} />
            </div>
        </ContextProvider<Page>>
    }
}

/// The classes that hide what an embedded page does not show.
fn without(parts: Option<&[Part]>) -> Classes {
    let Some(parts) = parts else { return Classes::new() };
    let absent =
        Part::ALL.into_iter().filter(|part| !parts.contains(part)).map(|part| format!("without-{}", part.word()));
    let alone = (parts.len() == 1).then(|| "alone".to_owned());
    absent.chain(alone).chain(["embedded".to_owned()]).collect()
}

/// The state of a page that was here before.
fn remembered(bridge: &Bridge) -> UiState {
    let address = embed::address();
    let lang = query(&address, "lang").and_then(Lang::from_tag);
    let lang = lang.or_else(|| storage::read("lang").and_then(|tag| Lang::from_tag(&tag)));
    let lang = lang.or_else(|| dom::window().navigator().language().and_then(|tag| Lang::from_tag(&tag)));
    let theme = query(&address, "theme").and_then(embed::theme);
    let theme = theme.or_else(|| storage::read("theme").and_then(|word| embed::theme(&word)));
    let sizes = storage::read("sizes").map(|words| Sizes::from_words(&words));
    let dark = dom::media("(prefers-color-scheme: dark)");
    let mut state = UiState::new(
        bridge.frame(),
        lang.unwrap_or_default(),
        theme.unwrap_or_default(),
        dark,
        sizes.unwrap_or_default(),
    );
    if let Some(parts) = embed::parts() {
        // A phone shows the picture first, where there is one.
        let shown = Panel::ALL.into_iter().filter(|panel| parts.contains(&panel.part()));
        state.phone = shown.max_by_key(|panel| *panel == Panel::Graph).unwrap_or(Panel::Graph);
    }
    if let Some(form) = files::kept_form().filter(|_| state.form.to.is_empty()) {
        state.form = form;
    }
    state
}

fn right_panel(page: &Page, state: &UiState) -> Html {
    const TABS: [RightTab; 2] = [RightTab::Request, RightTab::Inspect];
    let tabs = vec![
        Tab { id: "request".into(), label: t!(page, "ui.request"), badge: None },
        Tab { id: "inspect".into(), label: t!(page, "ui.inspect"), badge: None },
    ];
    let on_choose = {
        let page = page.clone();
        Callback::from(move |index: usize| TABS.get(index).into_iter().for_each(|tab| page.act(UiAction::Right(*tab))))
    };
    let chosen = TABS.iter().position(|tab| *tab == state.right).unwrap_or(0);
    let (id, labelled) = [("tabpanel-request", "tab-request"), ("tabpanel-inspect", "tab-inspect")][chosen];
    html! {
        <>
            <div class="bar"><Tabs label={t!(page, "ui.panel-right")} {tabs} {chosen} {on_choose} /></div>
            <div class="panel-body" role="tabpanel" {id} aria-labelledby={labelled}>{ match state.right {
                RightTab::Request => html! { <RequestPanel request={state.frame.request.clone()} form={state.form.clone()} /> },
                RightTab::Inspect => html! { <Inspector inspector={state.frame.inspector.clone()} /> },
            } }</div>
        </>
    }
}

fn bottom_panel(page: &Page, state: &UiState) -> Html {
    const TABS: [BottomTab; 5] =
        [BottomTab::Console, BottomTab::Events, BottomTab::ApiLog, BottomTab::Time, BottomTab::Faults];
    let broken = !state.frame.timeline.faults.is_empty();
    let tabs = vec![
        Tab { id: "console".into(), label: t!(page, "ui.console"), badge: None },
        Tab { id: "events".into(), label: t!(page, "ui.events"), badge: None },
        Tab { id: "api-log".into(), label: t!(page, "ui.api-log"), badge: None },
        Tab { id: "time".into(), label: t!(page, "time.title"), badge: None },
        Tab {
            id: "faults".into(),
            label: t!(page, "time.faults"),
            badge: broken.then(|| (Tone::Bad, t!(page, "time.faults"))),
        },
    ];
    let on_choose = {
        let page = page.clone();
        Callback::from(move |index: usize| TABS.get(index).into_iter().for_each(|tab| page.act(UiAction::Bottom(*tab))))
    };
    let chosen = TABS.iter().position(|tab| *tab == state.bottom).unwrap_or(0);
    let id = tabs[chosen].id.clone();
    let (id, labelled) = (format!("tabpanel-{id}"), format!("tab-{id}"));
    let frame = &state.frame;
    html! {
        <>
            <div class="bar"><Tabs label={t!(page, "ui.panel-bottom")} {tabs} {chosen} {on_choose} /></div>
            <div class="panel-body" role="tabpanel" {id} aria-labelledby={labelled}>{ match state.bottom {
                BottomTab::Console => html! { <Console console={frame.console.clone()} /> },
                BottomTab::Events => html! { <EventsPanel events={frame.events.clone()} selected={frame.selected.clone()} /> },
                BottomTab::ApiLog => html! { <ApiLogPanel log={frame.api_log.clone()} /> },
                BottomTab::Time => html! { <TimePanel timeline={frame.timeline.clone()} /> },
                BottomTab::Faults => html! { <FaultsPanel timeline={frame.timeline.clone()} graph={frame.graph.clone()} selected={frame.selected.clone()} /> },
            } }</div>
        </>
    }
}

fn phone_tabs(page: &Page, chosen: Panel, parts: Option<&[Part]>) -> Html {
    let tabs = [
        (Panel::Editor, IconName::File, t!(page, "ui.files")),
        (Panel::Graph, IconName::Graph, t!(page, "ui.cluster")),
        (Panel::Right, IconName::Send, t!(page, "ui.request")),
        (Panel::Bottom, IconName::Console, t!(page, "ui.console")),
    ];
    html! {
        <>{ for tabs.into_iter().filter(|(panel, ..)| parts.is_none_or(|parts| parts.contains(&panel.part()))).map(|(panel, icon, words)| html! {
            <button key={panel.id()} type="button" aria-current={(panel == chosen).then_some("true")} onclick={page.acts(move || UiAction::Phone(panel))}>
                <Icon name={icon} /><span>{ words }</span>
            </button>
        }) }</>
    }
}

/// Keeps the document's language and theme, and what is remembered, as the state has them.
#[hook]
fn use_look(state: &UseReducerHandle<UiState>) {
    let dispatch = state.dispatcher();
    use_effect_with((), move |()| {
        let query = dom::window().match_media("(prefers-color-scheme: dark)").ok().flatten();
        let listener = query.map(|query| {
            let target = query.clone();
            EventListener::new(&target, "change", move |_| dispatch.dispatch(UiAction::SystemDark(query.matches())))
        });
        move || drop(listener)
    });
    use_effect_with((state.lang, state.theme, state.dark()), |(lang, theme, dark)| {
        if let Some(root) = gloo::utils::document().document_element() {
            // Setting an attribute with a valid name cannot fail.
            let _ = root.set_attribute("lang", lang.tag());
            let _ = root.set_attribute("data-theme", if *dark { "dark" } else { "light" });
        }
        storage::write("theme", theme.word());
    });
    let first = use_mut_ref(|| true);
    use_effect_with(state.lang, move |lang| {
        // The browser's language is followed until the user chooses one.
        if !first.replace(false) {
            storage::write("lang", lang.tag());
        }
    });
    use_effect_with(state.sizes, |sizes| {
        // Storage that is full or forbidden: the sizes then last as long as the page.
        storage::write("sizes", &sizes.to_words());
    });
}

/// A Service or Ingress that is selected is what the next request goes to.
#[hook]
fn use_aim(page: &Page, state: &UseReducerHandle<UiState>) {
    let (page, from) = (page.clone(), state.form.from.clone());
    use_effect_with(state.frame.selected.clone(), move |selected| {
        if let Some(service) = selected.clone().filter(|key| key.starts_with("service/") || key.starts_with("ingress/"))
        {
            page.send(Command::Aim { from, service });
        }
    });
}

/// Keys that work everywhere: F6 walks the panels, `?` shows the keys, Ctrl or Cmd with Enter applies.
#[hook]
fn use_global_keys(page: Page) {
    use_effect_with(page, |page| {
        let page = page.clone();
        let options = EventListenerOptions::enable_prevent_default();
        let listener = EventListener::new_with_options(&dom::window(), "keydown", options, move |event| {
            let Some(key) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
            if key.default_prevented() {
                return;
            }
            match key.key().as_str() {
                "F6" => walk_panels(&page, key.shift_key()),
                "?" if !dom::is_typing(event) => page.act(UiAction::Dialog(Some(Dialog::Keys))),
                "Enter" if key.ctrl_key() || key.meta_key() => page.send(Command::Apply),
                _ => return,
            }
            event.prevent_default();
        });
        move || drop(listener)
    });
}

fn walk_panels(page: &Page, back: bool) {
    let active = gloo::utils::document().active_element().and_then(|element| element.closest(".panel").ok().flatten());
    let here = active.and_then(|panel| Panel::ALL.iter().position(|other| other.id() == panel.id()));
    let count = Panel::ALL.len();
    let to = match here {
        Some(here) if back => (here + count - 1) % count,
        Some(here) => (here + 1) % count,
        None => 0,
    };
    let panel = Panel::ALL[to];
    page.act(UiAction::Phone(panel));
    dom::focus_id(panel.id());
}

/// Files dropped anywhere on the page are opened.
#[hook]
fn use_drop(page: Page) {
    use_effect_with(page, |page| {
        let options = EventListenerOptions::enable_prevent_default();
        let over =
            EventListener::new_with_options(&dom::window(), "dragover", options, |event| event.prevent_default());
        let page = page.clone();
        let dropped = EventListener::new_with_options(&dom::window(), "drop", options, move |event| {
            event.prevent_default();
            let transfer = event.dyn_ref::<web_sys::DragEvent>().and_then(web_sys::DragEvent::data_transfer);
            let Some(files) = transfer.and_then(|transfer| transfer.files()) else { return };
            for file in (0..files.length()).filter_map(|index| files.get(index)) {
                open(page.clone(), file);
            }
        });
        move || drop((over, dropped))
    });
}

fn open(page: Page, file: web_sys::File) {
    let name = file.name().into();
    yew::platform::spawn_local(async move {
        // What is not text, or cannot be read, is not opened.
        if let Ok(text) = wasm_bindgen_futures::JsFuture::from(file.text()).await {
            page.send(Command::NewFile { name: Some(name), text: text.as_string().unwrap_or_default().into() });
        }
    });
}
