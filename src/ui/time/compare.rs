//! Two moments compared: the pins, and what differs between them.

use crate::ui::context::{Page, t, use_page};
use crate::view::model::frame::clock_text;
use crate::view::model::time::{AnswersView, ComparisonView, DifferenceView, FieldChange, PinView, TimelineView};
use crate::view::model::{Command, Shared};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct CompareProps {
    pub timeline: Shared<TimelineView>,
}

/// The pins and what differs.
#[component]
pub fn Compare(props: &CompareProps) -> Html {
    let page = use_page();
    let pins = &props.timeline.pins;
    let pin = |which: usize, words: AttrValue| {
        html! {
            <p class="pin">
                <button type="button" class="plain" onclick={page.sends(Command::Pin(which))}>{ words }</button>
                <span class="muted mono">{ pins[which].as_ref().map(|pin| pin_words(&page, pin)) }</span>
            </p>
        }
    };
    html! {
        <div>
            { pin(0, t!(page, "time.pin-a")) }
            { pin(1, t!(page, "time.pin-b")) }
            <div>{ match (&props.timeline.comparison, pins) {
                (Some(view), _) => differences(&page, view),
                (None, [None, None]) => html! { <p class="muted">{ t!(page, "time.compare-empty") }</p> },
                (None, _) => html! { <p class="muted">{ t!(page, "time.compare-one") }</p> },
            } }</div>
            <button type="button" class="link" hidden={pins.iter().all(Option::is_none)} onclick={page.sends(Command::Unpin)}>{ t!(page, "time.unpin") }</button>
        </div>
    }
}

fn pin_words(page: &Page, pin: &PinView) -> AttrValue {
    t!(page, "time.pin-at", at = clock_text(pin.at), number = pin.future + 1)
}

fn differences(page: &Page, view: &ComparisonView) -> Html {
    if view.rows.is_empty() {
        return html! { <>{ answers(page, view.answers.as_ref()) }<p class="muted">{ t!(page, "time.compare-same") }</p></> };
    }
    html! {
        <div class="differences">
            <p>{ t!(page, "time.counts", added = view.added, removed = view.removed, changed = view.changed) }</p>
            <ul>{ for view.replaced.iter().map(|(name, count)| html! {
                <li key={name.to_string()}>{ t!(page, "time.pods-replaced", name = name, count = count) }</li>
            }) }</ul>
            { answers(page, view.answers.as_ref()) }
            <ul>{ for view.rows.iter().map(|row| difference(page, row)) }</ul>
            <p class="muted" hidden={view.more == 0}>{ t!(page, "time.more", count = view.more) }</p>
        </div>
    }
}

fn answers(page: &Page, view: Option<&AnswersView>) -> Html {
    html! {
        <div>{ for view.iter().map(|view| html! {
            <div class="answers">
                <p>{ t!(page, "time.answer", to = view.to) }</p>
                { for view.answers.iter().zip(["A", "B"]).map(|((tone, words), side)| html! {
                    <p key={side}><b>{ side }</b>{ " " }<span class={classes!("dot", tone.class())}></span>{ " " }{ page.say(words) }</p>
                }) }
            </div>
        }) }</div>
    }
}

fn difference(page: &Page, row: &DifferenceView) -> Html {
    let onclick = {
        let (page, card) = (page.clone(), row.card.clone());
        move |_: MouseEvent| page.pick(&card)
    };
    html! {
        <li key={row.card.to_string()} class={classes!("difference", row.tone.class())}>
            <p>
                <span class={classes!("dot", row.tone.class())}></span>
                <button type="button" class="link" {onclick}>{ &*row.kind }{ " " }{ &*row.name }</button>
                <span class="muted">{ page.say(&row.what) }</span>
            </p>
            <ul class="mono">{ for row.fields.iter().map(|field| self::field(page, field)) }</ul>
        </li>
    }
}

fn field(page: &Page, field: &FieldChange) -> Html {
    let side = |value: &Option<crate::base::Str>| match value {
        Some(value) => AttrValue::from(value.to_string()),
        None => t!(page, "time.absent"),
    };
    html! {
        <li key={field.path.to_string()}>
            <span class="muted">{ &*field.path }{ ": " }</span><del>{ side(&field.old) }</del>{ " → " }<ins>{ side(&field.new) }</ins>
        </li>
    }
}
