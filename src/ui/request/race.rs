//! One rollout in two ways: the settings of both, and what became of each on one time line.

use crate::base::Str;
use crate::ui::context::{Page, t, use_page};
use crate::view::model::race::{LaneView, RaceView, Way};
use crate::view::model::request::Ask;
use crate::view::model::{Command, Shared};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The names of the two.
const NAMES: [&str; 2] = ["A", "B"];
/// The height of a time line, in units of its own.
const HEIGHT: f64 = 20.0;

/// A setting: its name in a manifest or its message, and where it stands.
type Setting = (&'static str, fn(&mut Way) -> &mut Str);

const SETTINGS: [Setting; 5] = [
    ("maxSurge", |way| &mut way.max_surge),
    ("maxUnavailable", |way| &mut way.max_unavailable),
    ("readinessProbe", |way| &mut way.readiness_delay),
    ("preStop", |way| &mut way.pre_stop),
    ("terminationGracePeriod", |way| &mut way.grace),
];

#[derive(Properties, PartialEq)]
pub struct RaceProps {
    pub form: Ask,
    pub race: Option<Shared<RaceView>>,
}

/// The two.
#[component]
pub fn Race(props: &RaceProps) -> Html {
    let page = use_page();
    let ways =
        use_state(|| [Way::default(), Way { pre_stop: "5".into(), max_unavailable: "0".into(), ..Way::default() }]);
    let field = |(name, place): &Setting, which: usize| {
        let place = *place;
        let value = place(&mut ways[which].clone()).to_string();
        let oninput = {
            let ways = ways.clone();
            move |event: InputEvent| {
                if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                    let mut changed = (*ways).clone();
                    *place(&mut changed[which]) = field.value().into();
                    ways.set(changed);
                }
            }
        };
        html! {
            <td><input class="pill" type="text" size="5" aria-label={format!("{name} {}", NAMES[which])}
                placeholder={t!(page, "ui.race-as-is")} {value} {oninput} /></td>
        }
    };
    let play = Command::Race { ask: props.form.clone(), ways: Box::new((*ways).clone()) };
    html! {
        <details class="more race" open={props.race.is_some()}>
            <summary class="muted">{ t!(page, "ui.race") }</summary>
            <table>
                <thead><tr><th></th>{ for NAMES.iter().map(|name| html! { <th scope="col">{ *name }</th> }) }</tr></thead>
                <tbody>{ for SETTINGS.iter().map(|setting| html! {
                    <tr key={setting.0}><th scope="row">{ setting_words(&page, setting.0) }</th>{ field(setting, 0) }{ field(setting, 1) }</tr>
                }) }</tbody>
            </table>
            <button type="button" class="pill" onclick={page.sends(play)}>{ t!(page, "ui.race-play") }</button>
            <div aria-live="polite">{ for props.race.iter().map(|race| shown(&page, race)) }</div>
        </details>
    }
}

fn setting_words(page: &Page, name: &str) -> AttrValue {
    match name {
        "readinessProbe" => t!(page, "ui.race-readiness"),
        "preStop" => t!(page, "ui.race-pre-stop"),
        "terminationGracePeriod" => t!(page, "ui.race-grace"),
        other => other.to_owned().into(),
    }
}

fn shown(page: &Page, race: &RaceView) -> Html {
    html! {
        <>
            <p class="muted">{ t!(page, "ui.race-of", deployment = race.deployment, rate = race.per_second) }</p>
            { for race.lanes.iter().zip(NAMES).map(|(lane, name)| html! {
                <section key={name} class="lane">{ self::lane(page, race, lane, name) }</section>
            }) }
            <p class="axis muted" aria-hidden="true"><span>{ "0 s" }</span><span>{ format!("{} s", race.seconds) }</span></p>
        </>
    }
}

fn lane(page: &Page, race: &RaceView, lane: &LaneView, name: &str) -> Html {
    if let Some(why) = &lane.error {
        return html! { <p><b>{ name }</b>{ " " }<span class="bad">{ page.say(why) }</span></p> };
    }
    let most = race.lanes.iter().flat_map(|lane| &lane.columns).map(|second| second.pods).max().unwrap_or(1).max(1);
    let bar = |class: &'static str, at: usize, share: f64| {
        let height = share * HEIGHT;
        html! { <rect {class} x={at.to_string()} width="0.9" y={format!("{:.2}", HEIGHT - height)} height={format!("{height:.2}")} /> }
    };
    let columns = lane.columns.iter().enumerate().map(|(at, second)| {
        let ready = f64::from(second.ready) / f64::from(most);
        let lost = f64::from(second.lost) / f64::from(second.sent.max(1));
        html! { <g key={at}>{ bar("ready", at, ready) }{ for (second.lost > 0).then(|| bar("lost", at, lost.max(0.1))) }</g> }
    });
    let took = match lane.took {
        Some(seconds) => t!(page, "ui.race-took", seconds = seconds),
        None => t!(page, "ui.race-not-done"),
    };
    html! {
        <>
            <p><b>{ name }</b>{ " " }<span class={if lane.lost > 0 { "bad" } else { "ok" }}>
                { t!(page, "ui.race-lost", lost = lane.lost, sent = lane.sent) }</span>{ " · " }{ took }</p>
            <svg viewBox={format!("0 0 {} {HEIGHT}", race.seconds.max(1))} preserveAspectRatio="none" role="img"
                aria-label={t!(page, "ui.race-line", name = name)}>{ for columns }</svg>
            <ul class="losses">{ for lane.losses.iter().map(|loss| html! {
                <li key={loss.row}><b class="bad">{ format!("{} ×", loss.count) }</b>{ " " }{ page.say(&loss.cause) }</li>
            }) }</ul>
        </>
    }
}
