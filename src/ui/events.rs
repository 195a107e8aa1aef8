//! Events, newest first; those of the selected thing when there is one and the box is ticked.

use super::context::{Page, t, use_page};
use super::parts::Rows;
use crate::base::Str;
use crate::view::model::events::{EventRow, EventsView};
use crate::view::model::{Shared, Tone};
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct EventsPanelProps {
    pub events: Shared<EventsView>,
    pub selected: Option<Str>,
}

/// The list.
#[component]
pub fn EventsPanel(props: &EventsPanelProps) -> Html {
    let page = use_page();
    let only = use_state_eq(|| false);
    let wanted = props.selected.clone().filter(|_| *only);
    let shown = use_memo((props.events.clone(), wanted), |(events, wanted)| {
        let fits = |row: &&EventRow| wanted.is_none() || row.link == *wanted;
        events.rows.iter().filter(fits).cloned().collect::<Vec<EventRow>>()
    });
    let row = use_callback((shown.clone(), page.clone()), |index: usize, (shown, page)| {
        shown.get(index).map(|event| event_row(page, event)).unwrap_or_default()
    });
    let onchange = move |event: Event| {
        only.set(event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.checked()));
    };
    html! {
        <div class="events-panel">
            <label class="only" hidden={props.selected.is_none()}>
                <input type="checkbox" {onchange} />{ t!(page, "ui.only-selected") }
            </label>
            <p class="empty" hidden={!shown.is_empty()}>{ t!(page, "ui.events-empty") }</p>
            <Rows count={shown.len()} height={24.0} {row} class="events" label={t!(page, "ui.events")} />
        </div>
    }
}

/// One event as a row of the list.
fn event_row(page: &Page, event: &EventRow) -> Html {
    let object = match event.link.clone() {
        Some(key) => {
            let page = page.clone();
            let onclick = move |_: MouseEvent| page.pick(&key);
            html! { <button type="button" class="link object" {onclick}>{ &*event.object }</button> }
        }
        None => html! { <span class="object">{ &*event.object }</span> },
    };
    let kind = if event.tone == Tone::Pending || event.tone == Tone::Bad { "Warning" } else { "Normal" };
    html! {
        <div key={event.key.to_string()} class={classes!("event", event.tone.class())} role="listitem">
            <time>{ &*event.time }</time>
            <span class="kind">{ kind }</span>
            <b class="reason">{ &*event.reason }</b>
            { object }
            <span class="message" title={event.message.to_string()}>{ &*event.message }{ if event.count > 1 { format!(" (×{})", event.count) } else { String::new() } }</span>
        </div>
    }
}
