//! Requests: the form, what became of the last one, where the last many went, and a rollout in two ways.

mod form;
mod race;
mod spread;
mod trace;

use super::context::{t, use_page};
use crate::view::model::Shared;
use crate::view::model::request::{Ask, RequestView};
use form::Form;
use race::Race;
use spread::Spread;
use trace::Trace;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct RequestPanelProps {
    pub request: Shared<RequestView>,
    pub form: Ask,
}

/// The tab's contents.
#[component]
pub fn RequestPanel(props: &RequestPanelProps) -> Html {
    let page = use_page();
    let request = &props.request;
    html! {
        <div class="request">
            <Form sources={request.sources.clone()} form={props.form.clone()} steady={request.steady} />
            <div>{ for (!request.losses.is_empty()).then(|| html! {
                <ul class="losses" aria-label={t!(page, "ui.losses")}>{ for request.losses.iter().map(|loss| html! {
                    <li key={loss.row}><b class="bad">{ format!("{} ×", loss.count) }</b>{ " " }{ page.say(&loss.cause) }</li>
                }) }</ul>
            }) }</div>
            <div>{ for request.spread.iter().map(|spread| html! { <Spread key="spread" spread={spread.clone()} /> }) }</div>
            <div aria-live="polite">
                { match &request.trace {
                    Some(trace) => html! { <Trace trace={trace.clone()} /> },
                    None => html! { <p class="empty">{ t!(page, "ui.request-empty") }</p> },
                } }
            </div>
            <div><Race form={props.form.clone()} race={request.race.clone()} /></div>
        </div>
    }
}
