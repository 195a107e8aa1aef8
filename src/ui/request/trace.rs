//! What became of a request: the outcome, hop by hop with the reason, and the diagnosis with its fixes.

use crate::base::Str;
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
            <p class="muted back">{ trace.back.as_ref().map(|words| page.say(words)) }</p>
            <div>{ for (!trace.packets.is_empty()).then(|| packets(&page, trace)) }</div>
            <div>{ for trace.diagnosis.iter().map(|diagnosis| self::diagnosis(&page, diagnosis)) }</div>
            <div>{ for (!trace.why_not.is_empty()).then(|| why_not(&page, trace)) }</div>
            <div>{ for trace.body.iter().map(|body| html! { <pre key="body" class="body" aria-label={t!(page, "ui.body")}>{ &**body }</pre> }) }</div>
        </article>
    }
}

fn hop(page: &Page, hop: &HopView) -> Html {
    html! {
        <>
            <span class="visually-hidden">{ if hop.tone == Tone::Bad { t!(page, "ui.hop-failed") } else { t!(page, "ui.hop-passed") } }</span>
            <b>{ page.say(&hop.title) }</b>{ " " }<span>{ hop.what.as_ref().map(|what| page.say(what)) }</span>
            <span>{ for hop.code.iter().map(|code| html! { <code key="code">{ &**code }</code> }) }</span>
            <div class="muted">{ for hop.details.iter().enumerate().map(|(index, line)| html! { <div key={index}>{ page.say(line) }</div> }) }</div>
        </>
    }
}

/// The packet's head after each change.
fn packets(page: &Page, trace: &TraceView) -> Html {
    html! {
        <details key="packets" class="packets">
            <summary class="muted">{ t!(page, "ui.packets") }</summary>
            <ol>{ for trace.packets.iter().enumerate().map(|(index, packet)| html! {
                <li key={index}>
                    <span class="muted">{ page.say(&packet.step) }</span>
                    <span class="fwmark" title={t!(page, "ui.packet-mark")}>{ packet.mark.unwrap_or_default() }</span>
                    <code>{ &*packet.source }{ " → " }{ &*packet.destination }</code>
                </li>
            }) }</ol>
        </details>
    }
}

fn diagnosis(page: &Page, diagnosis: &DiagnosisView) -> Html {
    html! {
        <div key="diagnosis" class={classes!("diagnosis", diagnosis.tone.class())} role="note">
            <p><b>{ t!(page, "ui.why") }</b>{ " " }{ page.say(&diagnosis.cause) }</p>
            <ul>{ for diagnosis.evidence.iter().enumerate().map(|(index, one)| html! { <li key={index}>{ evidence(page, one) }</li> }) }</ul>
            <ul class="advice">{ for diagnosis.advice.iter().enumerate().map(|(index, advice)| html! { <li key={index}>{ page.say(advice) }</li> }) }</ul>
            <div class="fixes">{ for diagnosis.fixes.iter().map(|fix| html! {
                <button key={fix.id.to_string()} type="button" class="plain" onclick={page.sends(Command::ApplyFix(fix.id.clone()))}>{ page.say(&fix.label) }</button>
            }) }</div>
        </div>
    }
}

/// The words lead to the card, the line to its place in the file.
fn evidence(page: &Page, evidence: &EvidenceView) -> Html {
    let place = evidence.place.as_ref().map(|place| {
        let (page, target) = (page.clone(), place.clone());
        let onclick = move |_: MouseEvent| {
            page.send(Command::OpenFile(target.file));
            page.act(UiAction::Goto(target.clone()));
        };
        html! { <button key="place" type="button" class="link place" {onclick}>{ format!("{}:{}", place.name, place.line) }</button> }
    });
    let words = match &evidence.subject {
        Some(subject) => AttrValue::from(format!("{subject}: {}", page.say(&evidence.text))),
        None => page.say(&evidence.text),
    };
    html! { <><span>{ card_link(page, evidence.key.as_ref(), words) }</span>{ " " }<span>{ for place }</span></> }
}

/// Words that select a card, if there is one.
fn card_link(page: &Page, key: Option<&Str>, words: AttrValue) -> Html {
    let Some(key) = key.cloned() else { return html! { <span>{ words }</span> } };
    let page = page.clone();
    let onclick = move |_: MouseEvent| page.pick(&key);
    html! { <button type="button" class="link" {onclick}>{ words }</button> }
}

fn why_not(page: &Page, trace: &TraceView) -> Html {
    html! {
        <div key="why-not" class="diagnosis pending" role="note">{ for trace.why_not.iter().enumerate().map(|(index, one)| html! {
            <p key={index}><b>{ card_link(page, one.key.as_ref(), t!(page, "ui.why-not", name = one.name)) }</b>{ " " }{ page.say(&one.why) }</p>
        }) }</div>
    }
}
