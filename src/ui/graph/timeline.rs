//! The time line under the picture: marks on it, and a handle to rewind with where the session can return.

use crate::base::time::SimTime;
use crate::ui::context::{t, use_page};
use crate::view::model::time::TimelineView;
use crate::view::model::{ClockView, Command, Shared};
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    pub timeline: Shared<TimelineView>,
    pub now: SimTime,
    /// There is more to come that was played already.
    pub past: bool,
}

/// The time line.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let page = use_page();
    let end = props.timeline.end.map_or(0, |end| end.0).max(props.now.0).max(1);
    let percent = |at: SimTime| at.0 as f64 / end as f64 * 100.0;
    let oninput = {
        let page = page.clone();
        move |event: InputEvent| {
            let value = event.target_dyn_into::<HtmlInputElement>().and_then(|input| input.value().parse::<f64>().ok());
            if let Some(value) = value {
                page.send(Command::Seek(SimTime(value.max(0.0) as u64 * 100_000)));
            }
        }
    };
    let words = ClockView { now: props.now, ..ClockView::default() }.text();
    html! {
        <div class={classes!("timeline", props.past.then_some("past"))}>
            <span class="muted" id="timeline-label">{ t!(page, "ui.timeline") }</span>
            <div class="timeline-track" style={format!("--at:{:.3}%", percent(props.now))}>
                <div class="timeline-marks" aria-hidden="true">{ for props.timeline.marks.iter().enumerate().map(|(index, mark)| html! {
                    <i key={index} class={classes!("mark", mark.kind.class(), mark.tone.class())} style={format!("left:{:.3}%", percent(mark.at))} title={page.say(&mark.label)}></i>
                }) }</div>
                <div>{ for props.timeline.end.map(|_| html! {
                    <input key="handle" type="range" min="0" max={(end / 100_000).to_string()} value={(props.now.0 / 100_000).to_string()}
                        aria-labelledby="timeline-label" aria-valuetext={words} {oninput} />
                }) }</div>
            </div>
            <span class="muted hint" hidden={props.timeline.end.is_none() || props.past}>{ t!(page, "ui.timeline-hint") }</span>
        </div>
    }
}
