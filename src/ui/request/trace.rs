//! What became of a request: the outcome, hop by hop with the reason, and the diagnosis with its fixes.

use crate::ui::context::{Page, t, use_page};
use crate::ui::state::UiAction;
use crate::view::model::request::{DiagnosisView, EvidenceView, HopView, TraceView};
use crate::view::model::{Command, Shared, Tone};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct TraceProps {
    pub trace: Shared<TraceView>,
}

/// The trace.
#[component]
pub fn Trace(props: &TraceProps) -> Html {
    let page = use_page();
    let trace = &props.trace;
    html! {
        <article class="trace">
            <h3 class={trace.tone.class()}>{ page.say(&trace.title) }</h3>
            <p class="muted">{ trace.subtitle.as_ref().map(|words| page.say(words)) }</p>
            <ol class="hops" aria-label={t!(page, "ui.hops")}>
                { for trace.hops.iter().enumerate().map(|(index, hop)| html! { <li key={index} class={hop.tone.class()}>{ self::hop(&page, hop) }</li> }) }
            </ol>
            <div>{ for trace.diagnosis.iter().map(|diagnosis| self::diagnosis(&page, diagnosis)) }</div>
            <div>{ for trace.body.iter().map(|body| html! { <pre key="body" class="body" aria-label={t!(page, "ui.body")}>{ &**body }</pre> }) }</div>
        </article>
    }
}

fn hop(page: &Page, hop: &HopView) -> Html {
    html! {
        <>
            <span class="visually-hidden">{ if hop.tone == Tone::Bad { t!(page, "ui.hop-failed") } else { t!(page, "ui.hop-passed") } }</span>
            <b>{ page.say(&hop.title) }</b>{ " " }
            <span>{ for hop.code.iter().map(|code| html! { <code key="code">{ &**code }</code> }) }</span>
            <div class="muted">{ for hop.details.iter().enumerate().map(|(index, line)| html! { <div key={index}>{ page.say(line) }</div> }) }</div>
        </>
    }
}

fn diagnosis(page: &Page, diagnosis: &DiagnosisView) -> Html {
    let evidence = |(index, evidence): (usize, &EvidenceView)| {
        let words = page.say(&evidence.text);
        let inside = match evidence.key.clone() {
            Some(key) => {
                let page = page.clone();
                let onclick = move |_: MouseEvent| {
                    page.act(UiAction::Picked(key.clone()));
                    page.send(Command::Select(Some(key.clone())));
                };
                html! { <button type="button" class="link" {onclick}>{ words }</button> }
            }
            None => html! { <span>{ words }</span> },
        };
        html! { <li key={index}>{ inside }</li> }
    };
    html! {
        <div key="diagnosis" class={classes!("diagnosis", diagnosis.tone.class())} role="note">
            <p><b>{ t!(page, "ui.why") }</b>{ " " }{ page.say(&diagnosis.cause) }</p>
            <ul>{ for diagnosis.evidence.iter().enumerate().map(evidence) }</ul>
            <div class="fixes">{ for diagnosis.fixes.iter().map(|fix| html! {
                <button key={fix.id.to_string()} type="button" class="plain" onclick={page.sends(Command::ApplyFix(fix.id.clone()))}>{ page.say(&fix.label) }</button>
            }) }</div>
        </div>
    }
}
