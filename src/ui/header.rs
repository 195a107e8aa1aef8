//! The header: the name, the example, time, language, theme, help.

use super::context::{Page, t, use_page};
use super::parts::{Icon, IconName, Segment, Segmented};
use super::state::{Dialog, Theme, UiAction};
use crate::base::Str;
use crate::i18n::Lang;
use crate::view::model::frame::MAX_SPEED;
use crate::view::model::{ClockView, Command, ExampleView, Shared};
use yew::prelude::*;

/// The speeds of the clock.
const SPEEDS: [u32; 4] = [1, 4, 16, MAX_SPEED];

#[derive(Properties, PartialEq)]
pub struct HeaderProps {
    pub clock: ClockView,
    pub examples: Shared<Vec<ExampleView>>,
    pub example: Option<Str>,
}

/// The header.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    html! {
        <header class="header">
            <h1 class="logo">{ "taber" }<b>{ "netes" }</b></h1>
            <ExampleButton examples={props.examples.clone()} example={props.example.clone()} />
            <span class="grow"></span>
            <TimeControls clock={props.clock} />
            <Preferences />
        </header>
    }
}

#[derive(Properties, PartialEq)]
struct ExampleButtonProps {
    examples: Shared<Vec<ExampleView>>,
    example: Option<Str>,
}

/// Opens the gallery, and says which example is loaded.
#[component]
fn ExampleButton(props: &ExampleButtonProps) -> Html {
    let page = use_page();
    let loaded = props.examples.iter().find(|example| Some(&example.id) == props.example.as_ref());
    let title = loaded.map_or_else(|| t!(page, "ui.examples"), |example| page.say(&example.title));
    html! {
        <div class="example">
            <button type="button" class="pill" aria-haspopup="dialog" onclick={page.acts(|| UiAction::Dialog(Some(Dialog::Gallery)))}
                aria-label={t!(page, "ui.choose-example", title = title)}>
                <span>{ title }</span><Icon name={IconName::Down} />
            </button>
            <span class="muted summary">{ loaded.map(|example| page.say(&example.summary)) }</span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct TimeControlsProps {
    clock: ClockView,
}

/// Pause, speeds, step, reset, and the clock itself.
#[component]
fn TimeControls(props: &TimeControlsProps) -> Html {
    let ClockView { paused, speed, idle, behind, .. } = props.clock;
    let page = use_page();
    html! {
        <div class="time" role="group" aria-label={t!(page, "ui.time")}>
            <Buttons {paused} {speed} />
            <span class={classes!("pill", "clock", "mono", paused.then_some("paused"), behind.map(|_| "past"))} role="timer" title={if idle { t!(page, "ui.idle") } else { AttrValue::default() }}
                aria-label={t!(page, "ui.clock")}>{ "t = " }{ props.clock.text() }
                <em hidden={behind.is_none()}>{ t!(page, "time.past-short") }</em></span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ButtonsProps {
    paused: bool,
    speed: u32,
}

/// Apart from the clock, which changes with every frame.
#[component]
fn Buttons(props: &ButtonsProps) -> Html {
    let page = use_page();
    let ButtonsProps { paused, speed } = *props;
    let toggle = Segment {
        label: html! { <Icon name={if paused { IconName::Play } else { IconName::Pause }} /> },
        name: if paused { t!(page, "ui.play") } else { t!(page, "ui.pause") },
    };
    let speeds = SPEEDS.iter().map(|speed| match *speed {
        MAX_SPEED => Segment { label: html! { t!(page, "time.max-short") }, name: t!(page, "time.max") },
        speed => Segment { label: html! { format!("{speed}×") }, name: t!(page, "ui.speed", speed = speed) },
    });
    let back = Segment { label: html! { <Icon name={IconName::StepBack} /> }, name: t!(page, "time.step-back") };
    let step = Segment { label: html! { <Icon name={IconName::Step} /> }, name: t!(page, "ui.step") };
    let reset = Segment { label: html! { <Icon name={IconName::Reset} /> }, name: t!(page, "ui.reset") };
    let segments: Vec<Segment> = [toggle].into_iter().chain(speeds).chain([back, step, reset]).collect();
    let chosen = if paused { None } else { SPEEDS.iter().position(|other| *other == speed).map(|index| index + 1) };
    let on_choose = {
        let page = page.clone();
        Callback::from(move |index: usize| {
            page.send(match index {
                0 if paused => Command::Play,
                0 => Command::Pause,
                5 => Command::StepBack,
                6 => Command::Step,
                7 => Command::Reset,
                _ => Command::Speed(SPEEDS[index - 1]),
            });
        })
    };
    html! { <Segmented label={t!(page, "ui.time")} {segments} {chosen} {on_choose} /> }
}

/// Language, link, theme, settings, help.
#[component]
fn Preferences() -> Html {
    let page = use_page();
    let other = if page.lang == Lang::En { Lang::Ko } else { Lang::En };
    let theme = if page.dark { Theme::Light } else { Theme::Dark };
    html! {
        <div class="preferences">
            <button type="button" class="pill" lang={other.tag()} onclick={page.acts(move || UiAction::Lang(other))}>{ other.name() }</button>
            { icon_button(&page, IconName::Share, t!(page, "ui.share"), || UiAction::Dialog(Some(Dialog::Share))) }
            { icon_button(&page, IconName::Theme, if page.dark { t!(page, "ui.theme-light") } else { t!(page, "ui.theme-dark") }, move || UiAction::Theme(theme)) }
            { icon_button(&page, IconName::Settings, t!(page, "ui.settings"), || UiAction::Dialog(Some(Dialog::Settings))) }
            { icon_button(&page, IconName::Help, t!(page, "ui.keys"), || UiAction::Dialog(Some(Dialog::Keys))) }
        </div>
    }
}

fn icon_button(page: &Page, icon: IconName, name: AttrValue, action: impl Fn() -> UiAction + 'static) -> Html {
    html! {
        <button type="button" class="icon-button round" aria-label={name.clone()} title={name} onclick={page.acts(action)}><Icon name={icon} /></button>
    }
}
