//! What is broken, and a small form to break more. Each button runs the console's `fault`, so that the line can be learnt.

use crate::base::Str;
use crate::ui::context::{Page, t, use_page};
use crate::view::model::time::TimelineView;
use crate::view::model::{Command, GraphView, Shared};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Pods that are offered.
const PODS: usize = 300;

#[derive(Properties, PartialEq)]
pub struct FaultsPanelProps {
    pub timeline: Shared<TimelineView>,
    pub graph: Shared<GraphView>,
    pub selected: Option<Str>,
}

/// The tab.
#[component]
pub fn FaultsPanel(props: &FaultsPanelProps) -> Html {
    let page = use_page();
    let faults = &props.timeline.faults;
    html! {
        <div class="time-panel faults">
            <section>
                <h3>{ t!(page, "time.faults") }</h3>
                <p class="muted" hidden={!faults.is_empty()}>{ t!(page, "time.faults-empty") }</p>
                <ul class="running-faults">{ for faults.iter().enumerate().map(|(index, fault)| {
                    let onclick = {
                        let (page, card) = (page.clone(), fault.card.clone());
                        move |_: MouseEvent| page.pick(&card)
                    };
                    let words = page.say(&fault.label);
                    let label = format!("{}: {words}", t!(page, "time.heal"));
                    html! {
                        <li key={index}>
                            <span class="dot bad"></span>
                            <button type="button" class="link" {onclick}>{ words }</button>
                            <button type="button" class="plain" aria-label={label} onclick={page.sends(fault.heal.clone())}>{ t!(page, "time.heal") }</button>
                        </li>
                    }
                }) }</ul>
                <button type="button" class="plain" hidden={faults.len() < 2} onclick={page.sends(Command::Console("fault heal --all".into()))}>{ t!(page, "time.heal-all") }</button>
            </section>
            <section>
                <h3>{ t!(page, "time.break") }</h3>
                <BreakForm timeline={props.timeline.clone()} graph={props.graph.clone()} selected={props.selected.clone()} />
            </section>
        </div>
    }
}

/// What can be broken: the word of `fault`, what follows the name, and whether it is done to a pod.
const KINDS: [(&str, &str, bool); 8] = [
    ("kill", "", true),
    ("fail", "", true),
    ("slow", " readiness 10s", true),
    ("stop", "", false),
    ("cut", "", false),
    ("fill", "", false),
    ("pull", " 10", false),
    ("lag", "", false),
];

#[component]
fn BreakForm(props: &FaultsPanelProps) -> Html {
    let page = use_page();
    let kind = use_state_eq(|| 3_usize);
    let place = use_node_ref();
    let (verb, rest, of_pods) = KINDS[(*kind).min(KINDS.len() - 1)];
    let targets: Vec<(Str, Str)> = if of_pods { pods(&props.graph) } else { nodes(&props.timeline) };
    let onchange = {
        let kind = kind.clone();
        move |event: Event| {
            let index = event.target_dyn_into::<HtmlSelectElement>().map_or(0, |select| select.selected_index());
            kind.set(usize::try_from(index).unwrap_or(0));
        }
    };
    let onsubmit = {
        let (page, place) = (page.clone(), place.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let target = place.cast::<HtmlSelectElement>().map(|select| select.value()).unwrap_or_default();
            let mut parts = target.split('/').skip(1);
            let line = match (parts.next(), parts.next()) {
                (Some(name), None) => format!("fault {verb} {name}{rest}"),
                (Some("default"), Some(name)) => format!("fault {verb} {name}{rest}"),
                (Some(namespace), Some(name)) => format!("fault {verb} {name}{rest} -n {namespace}"),
                _ => return,
            };
            page.send(Command::Console(line.into()));
        }
    };
    html! {
        <form class="until" {onsubmit}>
            <select class="pill" aria-label={t!(page, "time.break-what")} {onchange}>
                { for kinds(&page).into_iter().enumerate().map(|(index, words)| html! { <option key={index} selected={index == *kind}>{ words }</option> }) }
            </select>
            <select ref={place} class="pill" aria-label={t!(page, "time.break-where")} hidden={targets.is_empty()}>
                { for targets.iter().map(|(key, name)| html! {
                    <option key={key.to_string()} value={key.to_string()} selected={props.selected.as_ref() == Some(key)}>{ &**name }</option>
                }) }
            </select>
            <p class="muted" hidden={!targets.is_empty()}>{ t!(page, "time.no-pods") }</p>
            <div class="row"><button type="submit" class="primary" disabled={targets.is_empty()}>{ t!(page, "time.break") }</button></div>
        </form>
    }
}

fn kinds(page: &Page) -> [AttrValue; 8] {
    [
        t!(page, "time.fault-kill"),
        t!(page, "time.fault-fail"),
        t!(page, "time.fault-slow"),
        t!(page, "time.fault-stop"),
        t!(page, "time.fault-cut"),
        t!(page, "time.fault-fill"),
        t!(page, "time.fault-pull"),
        t!(page, "time.fault-lag"),
    ]
}

fn pods(graph: &GraphView) -> Vec<(Str, Str)> {
    let drawn = graph.nodes.iter().flat_map(|node| &node.pods).chain(&graph.unscheduled).chain(&graph.unfolded);
    drawn.take(PODS).map(|pod| (pod.key.clone(), pod.name.clone())).collect()
}

fn nodes(timeline: &TimelineView) -> Vec<(Str, Str)> {
    timeline.nodes.iter().map(|name| (format!("node/{name}").into(), name.clone())).collect()
}
