//! Where a request comes from and goes to, and the buttons that send it.

use crate::ui::context::{t, use_page};
use crate::ui::state::{RequestForm, UiAction};
use crate::view::model::Command;
use crate::view::model::request::{SourceView, SteadyView};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Requests of a volley.
const MANY: u32 = 100;
/// Requests per second of the steady stream.
const STEADY: u32 = 10;

#[derive(Properties, PartialEq)]
pub struct FormProps {
    pub sources: Vec<SourceView>,
    pub form: RequestForm,
    pub steady: Option<SteadyView>,
}

/// The form.
#[component]
pub fn Form(props: &FormProps) -> Html {
    let page = use_page();
    let RequestForm { from, to } = props.form.clone();
    let on_from = {
        let page = page.clone();
        move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                page.act(UiAction::From(select.value().into()));
            }
        }
    };
    let on_to = {
        let page = page.clone();
        move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                page.act(UiAction::To(input.value().into()));
            }
        }
    };
    let request = |count| Command::Request { from: from.clone(), to: to.clone(), count };
    let onsubmit = {
        let (page, command) = (page.clone(), request(1));
        move |event: SubmitEvent| {
            event.prevent_default();
            page.send(command.clone());
        }
    };
    let steady = match props.steady {
        Some(_) => Command::StopSteady,
        None => Command::StartSteady { from: from.clone(), to: to.clone(), per_second: STEADY },
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
            <div class="row">
                <button type="submit" class="primary">{ t!(page, "ui.send") }</button>
                <button type="button" class="pill" onclick={page.sends(request(MANY))} aria-label={t!(page, "ui.send-many", count = MANY)}>{ format!("×{MANY}") }</button>
                <button type="button" class="pill" aria-pressed={props.steady.is_some().to_string()} onclick={page.sends(steady)}>
                    { t!(page, "ui.steady", rate = STEADY) }
                </button>
            </div>
            <p class="muted steady" role="status" hidden={props.steady.is_none()}>{ match props.steady {
                Some(SteadyView { sent, lost, .. }) => t!(page, "ui.steady-count", sent = sent, lost = lost),
                None => AttrValue::default(),
            } }</p>
        </form>
    }
}
