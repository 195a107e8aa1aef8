//! Where a request comes from and goes to, and the buttons that send it.

use crate::base::Str;
use crate::ui::context::{Page, t, use_page};
use crate::ui::state::UiAction;
use crate::view::model::Command;
use crate::view::model::request::{Ask, SourceView, SteadyView};
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

/// Requests of a volley.
const MANY: u32 = 100;
/// Requests per second of the steady stream.
const STEADY: u32 = 10;

/// The methods on offer; the first is the usual one.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

#[derive(Properties, PartialEq)]
pub struct FormProps {
    pub sources: Vec<SourceView>,
    pub form: Ask,
    pub steady: Option<SteadyView>,
}

/// The form.
#[component]
pub fn Form(props: &FormProps) -> Html {
    let page = use_page();
    let form = props.form.clone();
    let Ask { from, to, .. } = form.clone();
    let on_from = change(&page, &form, |form, value| form.from = value);
    let on_method = change(&page, &form, |form, value| form.method = value);
    let on_to = input(&page, &form, |form, field| form.to = field.value().into());
    let on_host = input(&page, &form, |form, field| form.host = field.value().into());
    let on_headers = text(&page, &form, |form, value| form.headers = value);
    let on_body = text(&page, &form, |form, value| form.body = value);
    // A select shows whatever stands last while nothing is chosen.
    let chosen = if form.method.is_empty() { METHODS[0] } else { &*form.method };
    let has_body = !matches!(&*form.method, "" | "GET" | "HEAD");
    let on_keep = input(&page, &form, |form, field| form.keep_alive = field.checked());
    let request = |count| Command::Request { ask: form.clone(), count };
    let onsubmit = {
        let (page, command) = (page.clone(), request(1));
        move |event: SubmitEvent| {
            event.prevent_default();
            page.send(command.clone());
        }
    };
    let steady = match props.steady {
        Some(_) => Command::StopSteady,
        None => Command::StartSteady { ask: form.clone(), per_second: STEADY },
    };
    // A pod that is not there, or not yet, stays chosen.
    let known = from.is_empty() || props.sources.iter().any(|source| source.key == from);
    let missing = (!known).then(|| from.rsplit('/').next().unwrap_or_default().to_owned());
    html! {
        <form class="request-form" {onsubmit}>
            <div class="row">
                <label class="field"><span class="muted">{ t!(page, "ui.from") }</span>
                    <select class="pill" onchange={on_from}>
                        { for missing.into_iter().map(|name| html! { <option key="missing" value={from.to_string()} selected={true}>{ name }</option> }) }
                        { for props.sources.iter().map(|source| html! {
                            <option key={source.key.to_string()} value={source.key.to_string()} selected={source.key == from}>{ page.say(&source.label) }</option>
                        }) }
                    </select>
                </label>
                <label class="muted" for="request-to">{ t!(page, "ui.to") }</label>
            </div>
            <div class="curl">
                <span aria-hidden="true">{ "curl" }</span>
                <input id="request-to" type="text" inputmode="url" spellcheck="false" autocapitalize="off" autocomplete="off"
                    placeholder="http://web:8080" value={to.to_string()} oninput={on_to} />
            </div>
            <details class="more" open={!form.host.is_empty() || !form.headers.is_empty() || has_body}>
                <summary class="muted">{ t!(page, "ui.request-more") }</summary>
                <div class="row">
                    <label class="field"><span class="muted">{ t!(page, "ui.method") }</span>
                        <select class="pill" onchange={on_method}>
                            { for METHODS.iter().map(|method| html! {
                                <option key={*method} value={*method} selected={chosen == *method}>{ *method }</option>
                            }) }
                        </select>
                    </label>
                    <label class="field"><span class="muted">{ "Host" }</span>
                        <input class="pill" type="text" spellcheck="false" autocapitalize="off" autocomplete="off" size="16"
                            value={form.host.to_string()} oninput={on_host} />
                    </label>
                    <label class="field"><input type="checkbox" checked={form.keep_alive} oninput={on_keep} /><span>{ t!(page, "ui.keep-alive") }</span></label>
                </div>
                <div class="row lines">
                    <label><span class="muted">{ t!(page, "ui.headers") }</span>
                        <textarea rows="2" spellcheck="false" placeholder="X-Test: yes" value={form.headers.to_string()} oninput={on_headers} />
                    </label>
                    <label hidden={!has_body}><span class="muted">{ t!(page, "ui.request-body") }</span>
                        <textarea rows="2" spellcheck="false" placeholder={r#"{"a": 1}"#} value={form.body.to_string()} oninput={on_body} />
                    </label>
                </div>
                <p class="muted" hidden={form.host.is_empty() || !form.to.contains("https://")}>{ t!(page, "ui.sni") }</p>
            </details>
            <div class="row">
                <button type="submit" class="primary">{ t!(page, "ui.send") }</button>
                <button type="button" class="pill" onclick={page.sends(request(MANY))} aria-label={t!(page, "ui.send-many", count = MANY)}>{ format!("×{MANY}") }</button>
                <button type="button" class="pill" aria-pressed={props.steady.is_some().to_string()} onclick={page.sends(steady)}>
                    { t!(page, "ui.steady", rate = STEADY) }
                </button>
            </div>
            <p class="muted steady" role="status" hidden={props.steady.is_none()}>{ match props.steady {
                Some(SteadyView { sent, lost, latency: (mean, most), .. }) => {
                    let millis = |micros: u64| format!("{:.1}", micros as f64 / 1000.0);
                    t!(page, "ui.steady-count", sent = sent, lost = lost, mean = millis(mean), most = millis(most))
                }
                None => AttrValue::default(),
            } }</p>
        </form>
    }
}

/// Changes the form when something is chosen.
fn change(page: &Page, form: &Ask, set: fn(&mut Ask, Str)) -> Callback<Event> {
    let (page, form) = (page.clone(), form.clone());
    Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            let mut form = form.clone();
            set(&mut form, select.value().into());
            page.act(UiAction::Form(form));
        }
    })
}

/// Changes the form when lines are typed.
fn text(page: &Page, form: &Ask, set: fn(&mut Ask, Str)) -> Callback<InputEvent> {
    let (page, form) = (page.clone(), form.clone());
    Callback::from(move |event: InputEvent| {
        if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
            let mut form = form.clone();
            set(&mut form, area.value().into());
            page.act(UiAction::Form(form));
        }
    })
}

/// Changes the form when something is typed or ticked.
fn input(page: &Page, form: &Ask, set: fn(&mut Ask, &HtmlInputElement)) -> Callback<InputEvent> {
    let (page, form) = (page.clone(), form.clone());
    Callback::from(move |event: InputEvent| {
        if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
            let mut form = form.clone();
            set(&mut form, &field);
            page.act(UiAction::Form(form));
        }
    })
}
