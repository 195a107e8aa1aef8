//! The form of what time is to run until.

use crate::base::Str;
use crate::ui::context::{t, use_page};
use crate::view::model::time::Until;
use crate::view::model::{Command, Text};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct UntilFormProps {
    pub running: Option<Text>,
}

/// The form; while time runs, what it runs until, and the way to stop.
#[component]
pub fn UntilForm(props: &UntilFormProps) -> Html {
    let page = use_page();
    let kind = use_state_eq(|| 0_i32);
    let words = use_node_ref();
    let choices = [
        t!(page, "time.choice-ready"),
        t!(page, "time.choice-rolled-out"),
        t!(page, "time.choice-fails"),
        t!(page, "time.choice-event"),
        t!(page, "time.choice-moment"),
    ];
    let hint = match *kind {
        1 => t!(page, "time.hint-rolled-out"),
        2 => t!(page, "time.hint-fails"),
        3 => t!(page, "time.hint-event"),
        4 => t!(page, "time.hint-moment"),
        _ => AttrValue::default(),
    };
    let onsubmit = {
        let (page, kind, words) = (page.clone(), *kind, words.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let text = words.cast::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default();
            let text = Str::from(text.trim());
            page.send(Command::RunUntil(match kind {
                1 => Until::RolledOut(text),
                2 => Until::PodFails(text),
                3 => Until::EventAppears(text),
                4 => Until::Moment(text),
                _ => Until::AllReady,
            }));
        }
    };
    let onchange = {
        let kind = kind.clone();
        move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            kind.set(select.map_or(0, |select| select.selected_index()));
        }
    };
    html! {
        <form class="until" {onsubmit}>
            <select class="pill" aria-label={t!(page, "time.until-kind")} {onchange}>
                { for choices.into_iter().enumerate().map(|(index, words)| html! { <option key={index} selected={i32::try_from(index) == Ok(*kind)}>{ words }</option> }) }
            </select>
            <input ref={words} class="pill" type="text" hidden={*kind == 0} aria-label={hint.clone()} placeholder={hint} />
            <div class="row">
                <button type="submit" class="primary" disabled={props.running.is_some()}>{ t!(page, "time.run") }</button>
                <button type="button" class="plain" hidden={props.running.is_none()} onclick={page.sends(Command::StopRun)}>{ t!(page, "time.stop") }</button>
            </div>
            <p class="muted" role="status">{ props.running.as_ref().map(|what| t!(page, "time.running", what = page.say(what))) }</p>
        </form>
    }
}
