//! The selected thing: what can be done with it, its facts, its events, its YAML.

mod nodes;

use super::context::{Page, t, use_page};
use super::parts::{Tab, Tabs};
use crate::view::model::events::EventRow;
use crate::view::model::frame::clock_text;
use crate::view::model::inspector::{CauseView, FactView, InspectorView, SectionView};
use crate::view::model::{Command, Shared};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct InspectorProps {
    pub inspector: Option<Shared<InspectorView>>,
}

/// The tab's contents.
#[component]
pub fn Inspector(props: &InspectorProps) -> Html {
    let page = use_page();
    html! {
        <div class="inspector">{ match &props.inspector {
            Some(thing) => html! { <Thing thing={thing.clone()} /> },
            None => html! { <p class="empty">{ t!(page, "ui.inspect-empty") }</p> },
        } }</div>
    }
}

#[derive(Properties, PartialEq)]
struct ThingProps {
    thing: Shared<InspectorView>,
}

#[component]
fn Thing(props: &ThingProps) -> Html {
    let page = use_page();
    let open = use_state_eq(|| 0_usize);
    let thing = &props.thing;
    let tab = |id: &'static str, label: AttrValue| Tab { id: id.into(), label, badge: None };
    let tabs = vec![
        tab("summary", t!(page, "ui.summary")),
        tab("object-events", t!(page, "ui.events")),
        tab("yaml", AttrValue::Static("YAML")),
    ];
    let panel = ["tabpanel-summary", "tabpanel-object-events", "tabpanel-yaml"][(*open).min(2)];
    let labelled = ["tab-summary", "tab-object-events", "tab-yaml"][(*open).min(2)];
    let on_choose = {
        let open = open.clone();
        Callback::from(move |index| open.set(index))
    };
    html! {
        <article>
            <p class="kind muted">{ &*thing.kind }{ thing.namespace.as_ref().map(|namespace| format!(" · {namespace}")) }</p>
            <h3>{ &*thing.name }</h3>
            <p class={classes!("status", thing.tone.class())}><span class={classes!("dot", thing.tone.class())}></span>{ page.say(&thing.status) }</p>
            <div class="actions">{ for thing.actions.iter().enumerate().map(|(index, action)| html! {
                <button key={index} type="button" class={classes!("plain", action.danger.then_some("danger"))} title={action.line.to_string()}
                    onclick={page.sends(Command::Console(action.line.clone()))}>
                    { page.say(&action.label) }
                </button>
            }) }</div>
            <Tabs label={t!(page, "ui.inspect")} {tabs} chosen={*open} {on_choose} />
            <div class="inspector-body" role="tabpanel" id={panel} aria-labelledby={labelled} tabindex="0">
                { match *open {
                    0 => html! { <div>
                        <div>{ for thing.sections.iter().enumerate().map(|(index, section)| self::section(&page, index, section)) }</div>
                        <div>{ for thing.nodes.iter().map(|nodes| nodes::say(&page, nodes)) }</div>
                        { causes(&page, t!(page, "time.why"), &thing.why) }
                        { causes(&page, t!(page, "time.changes"), &thing.changes) }
                    </div> },
                    1 => html! { <ul class="object-events">{ for thing.events.iter().map(event) }
                        { for thing.events.is_empty().then(|| html! { <li key="empty" class="muted">{ t!(page, "ui.events-empty") }</li> }) }</ul> },
                    _ => html! { <pre class="yaml">{ &*thing.yaml }</pre> },
                } }
            </div>
        </article>
    }
}

fn section(page: &Page, index: usize, section: &SectionView) -> Html {
    html! {
        <section key={index}>
            <h4 hidden={section.title.is_none()}>{ section.title.as_ref().map(|title| page.say(title)) }</h4>
            <dl class="facts">{ for section.facts.iter().enumerate().map(|(index, fact)| self::fact(page, index, fact)) }</dl>
        </section>
    }
}

fn fact(page: &Page, index: usize, fact: &FactView) -> Html {
    let words = page.say(&fact.value);
    let value = match fact.link.clone() {
        Some(key) => {
            let page = page.clone();
            let onclick = move |_: MouseEvent| page.pick(&key);
            html! { <button type="button" class="link" {onclick}>{ words }</button> }
        }
        None => html! { <span>{ words }</span> },
    };
    html! {
        <div key={index}>
            <dt>{ page.say(&fact.name) }</dt>
            <dd class={classes!(fact.tone.class(), fact.code.then_some("mono"))}>{ value }</dd>
        </div>
    }
}

/// A chain of causes, or what happened: each with the moment and the object to go to.
fn causes(page: &Page, title: AttrValue, list: &[CauseView]) -> Html {
    html! {
        <section class="causes" hidden={list.is_empty()}>
            <h4>{ title }</h4>
            <ol>{ for list.iter().enumerate().map(|(index, cause)| {
                let words = page.say(&cause.what);
                let what = match cause.card.clone() {
                    Some(card) => {
                        let page = page.clone();
                        html! { <button type="button" class="link" onclick={move |_: MouseEvent| page.pick(&card)}>{ words }</button> }
                    }
                    None => html! { <span>{ words }</span> },
                };
                html! {
                    <li key={index} class={classes!(cause.by_user.then_some("by-user"))}>
                        <span>{ for cause.at.map(|at| html! {
                            <button type="button" class="mono" aria-label={t!(page, "time.go-to", at = clock_text(at))} onclick={page.sends(Command::Seek(at))}>{ clock_text(at) }</button>
                        }) }</span>
                        { what }
                    </li>
                }
            }) }</ol>
        </section>
    }
}

fn event(event: &EventRow) -> Html {
    html! {
        <li key={event.key.to_string()} class={event.tone.class()}>
            <b>{ &*event.reason }</b><time class="muted">{ &*event.time }</time>
            <p>{ &*event.message }{ if event.count > 1 { format!(" (×{})", event.count) } else { String::new() } }</p>
        </li>
    }
}
