//! The tab in which time is held: run until something happens, futures that were left, what happened, two moments compared;
//! and beside it the tab of what is broken ([`faults`]).

mod compare;
mod faults;
mod until;

pub use faults::FaultsPanel;

use super::context::{Page, t, use_page};
use super::parts::{Icon, IconName};
use crate::view::model::frame::clock_text;
use crate::view::model::time::{FutureView, TimelineMark, TimelineView};
use crate::view::model::{Command, Shared};
use compare::Compare;
use until::UntilForm;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct TimePanelProps {
    pub timeline: Shared<TimelineView>,
}

/// The tab.
#[component]
pub fn TimePanel(props: &TimePanelProps) -> Html {
    let page = use_page();
    let timeline = &props.timeline;
    html! {
        <div class="time-panel">
            <section>
                <h3>{ t!(page, "time.until") }</h3>
                <UntilForm running={timeline.running.clone()} />
                <h3>{ t!(page, "time.futures") }</h3>
                { futures(&page, &timeline.futures) }
            </section>
            <section>
                <h3>{ t!(page, "time.moments") }</h3>
                { moments(&page, &timeline.marks) }
            </section>
            <section class="compare">
                <h3>{ t!(page, "time.compare") }</h3>
                <Compare timeline={timeline.clone()} />
            </section>
        </div>
    }
}

fn futures(page: &Page, futures: &[FutureView]) -> Html {
    if futures.len() < 2 {
        return html! { <p class="muted">{ t!(page, "time.futures-empty") }</p> };
    }
    html! { <ul class="futures">{ for futures.iter().map(|future| self::future(page, future)) }</ul> }
}

fn future(page: &Page, future: &FutureView) -> Html {
    let name = t!(page, "time.future", number = future.id + 1);
    let when = if future.current {
        t!(page, "time.future-current")
    } else {
        t!(page, "time.future-left", at = clock_text(future.left_at), head = clock_text(future.head))
    };
    let button = |words: AttrValue, command: Command| {
        let label = format!("{words}: {name}");
        html! { <button type="button" class="plain" aria-label={label} onclick={page.sends(command)}>{ words }</button> }
    };
    html! {
        <li key={future.id} class={classes!(future.current.then_some("current"))} aria-current={future.current.then_some("true")}>
            <p><b>{ name.clone() }</b>{ " " }<span class="muted">{ when }</span></p>
            <p class="mono last">{ future.last.as_ref().map(|last| page.say(last)) }</p>
            <div class="row">{ for (!future.current).then(|| html! {
                <>
                    { button(t!(page, "time.future-go"), Command::SwitchFuture(future.id)) }
                    { button(t!(page, "time.future-compare"), Command::CompareFuture(future.id)) }
                    { button(t!(page, "time.future-drop"), Command::DropFuture(future.id)) }
                </>
            }) }</div>
        </li>
    }
}

fn moments(page: &Page, marks: &[TimelineMark]) -> Html {
    if marks.is_empty() {
        return html! { <p class="muted">{ t!(page, "time.moments-empty") }</p> };
    }
    html! {
        <ol class="moments">{ for marks.iter().enumerate().rev().map(|(index, mark)| {
            let words = page.say(&mark.label);
            let at = clock_text(mark.at);
            html! {
                <li key={index}>
                    <button type="button" class="mono" aria-label={t!(page, "time.go-to", at = at)} onclick={page.sends(Command::Seek(mark.at))}>{ &at[..] }</button>
                    <i class={classes!("mark", mark.kind.class(), mark.tone.class())} aria-hidden="true"></i>
                    { match mark.card.clone().filter(|card| !card.is_empty()) {
                        Some(card) => {
                            let page = page.clone();
                            html! { <button type="button" class="link" onclick={move |_: MouseEvent| page.pick(&card)}>{ words }</button> }
                        }
                        None => html! { <span>{ words }</span> },
                    } }
                </li>
            }
        }) }</ol>
    }
}

/// Above the picture: what is shown is the past.
#[derive(Properties, PartialEq)]
pub struct PastProps {
    /// How far the present is ahead, in tenths of a second.
    pub tenths: u64,
}

/// The sign that one looks at the past, and the way back.
#[component]
pub fn Past(props: &PastProps) -> Html {
    let page = use_page();
    let span = format!("{}.{} s", props.tenths / 10, props.tenths % 10);
    html! {
        <div class="past">
            <Icon name={IconName::Rewind} />
            <p>{ t!(page, "time.past", span = span) }</p>
            <button type="button" class="plain" onclick={page.sends(Command::SeekEnd)}>{ t!(page, "time.present") }</button>
        </div>
    }
}
