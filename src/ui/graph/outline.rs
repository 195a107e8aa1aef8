//! The picture in words: a list of what is drawn, for those who do not see it, or would rather read.

use crate::base::Str;
use crate::ui::context::{Page, t, use_page};
use crate::view::model::graph::{EdgeKind, PodCard};
use crate::view::model::{GraphView, Shared, Tone};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct OutlineProps {
    pub graph: Shared<GraphView>,
    pub selected: Option<Str>,
}

/// One line of the list.
struct Line {
    key: Str,
    words: String,
    tone: Tone,
    inside: Vec<Line>,
}

/// The list.
#[component]
pub fn Outline(props: &OutlineProps) -> Html {
    let page = use_page();
    let graph = &props.graph;
    let sections = [
        (t!(page, "ui.heading-traffic"), services(&page, graph)),
        (t!(page, "ui.heading-pods-on-nodes"), nodes(&page, graph)),
        (t!(page, "ui.heading-control"), owners(&page, graph)),
    ];
    html! {
        <div class="outline">
            { for sections.into_iter().enumerate().map(|(index, (title, lines))| html! {
                <section key={index}><h3>{ title }</h3>{ list(&page, &props.selected, lines) }</section>
            }) }
        </div>
    }
}

fn list(page: &Page, selected: &Option<Str>, lines: Vec<Line>) -> Html {
    html! {
        <ul>{ for lines.into_iter().map(|line| {
            let onclick = {
                let (page, key) = (page.clone(), line.key.clone());
                move |_: MouseEvent| page.pick(&key)
            };
            let chosen = *selected == Some(line.key.clone());
            html! {
                <li key={line.key.to_string()}>
                    <button type="button" class={line.tone.class()} aria-pressed={chosen.to_string()} {onclick}>
                        <span class={classes!("dot", line.tone.class())}></span>{ line.words }
                    </button>
                    { list(page, selected, line.inside) }
                </li>
            }
        }) }</ul>
    }
}

fn services(page: &Page, graph: &GraphView) -> Vec<Line> {
    let line = |card: &crate::view::model::graph::ServiceCard| {
        let reaches = graph.edges.iter().filter(|edge| edge.from == card.key).map(|edge| {
            let name = edge.to.rsplit('/').next().unwrap_or(&edge.to);
            let (tone, words) = match &edge.kind {
                EdgeKind::Traffic | EdgeKind::Owns => (Tone::Ok, t!(page, "ui.edge-traffic", name = name)),
                EdgeKind::NotReady => (Tone::Pending, t!(page, "ui.edge-not-ready", name = name)),
                EdgeKind::Broken(why) => (Tone::Bad, t!(page, "ui.edge-broken", name = name, why = page.say(why))),
            };
            Line { key: edge.to.clone(), words: words.to_string(), tone, inside: Vec::new() }
        });
        let endpoints = t!(page, "ui.ready-endpoints", count = card.ready);
        let words = t!(page, "ui.card-service", name = card.name, kind = card.kind, endpoints = endpoints);
        let problem = card.problem.iter().map(|problem| Line {
            key: card.key.clone(),
            words: page.say(problem).to_string(),
            tone: Tone::Bad,
            inside: Vec::new(),
        });
        Line {
            key: card.key.clone(),
            words: words.to_string(),
            tone: card.tone,
            inside: problem.chain(reaches).collect(),
        }
    };
    graph.services.iter().map(|card| line(card)).collect()
}

fn pod(page: &Page, pod: &PodCard) -> Line {
    let words =
        t!(page, "ui.card-pod", name = pod.name, status = pod.status, ready = pod.ready, containers = pod.containers);
    Line { key: pod.key.clone(), words: words.to_string(), tone: pod.tone, inside: Vec::new() }
}

fn nodes(page: &Page, graph: &GraphView) -> Vec<Line> {
    let nodes = graph.nodes.iter().map(|card| {
        let status =
            card.status.as_ref().map_or_else(|| AttrValue::from(card.address.to_string()), |status| page.say(status));
        let words = t!(page, "ui.card-node", name = card.name, status = status).to_string();
        let inside = card.pods.iter().map(|card| pod(page, card)).collect();
        Line { key: card.key.clone(), words, tone: card.tone, inside }
    });
    let tiles = graph.tiles.iter().map(|card| {
        let counts = t!(page, "ui.tile-counts", ready = card.ready, total = card.total);
        Line {
            key: card.key.clone(),
            words: format!("{}: {counts}", card.name),
            tone: Tone::Neutral,
            inside: if card.open { graph.unfolded.iter().map(|card| pod(page, card)).collect() } else { Vec::new() },
        }
    });
    let waiting = graph.unscheduled.iter().map(|card| pod(page, card));
    nodes.chain(tiles).chain(waiting).collect()
}

fn owners(page: &Page, graph: &GraphView) -> Vec<Line> {
    let line = |card: &crate::view::model::graph::OwnerCard| {
        let ready = t!(page, "ui.ready-of", ready = card.ready, desired = card.desired);
        let status = card.status.as_ref().map(|status| page.say(status)).unwrap_or_default();
        let words = t!(page, "ui.card-owner", kind = card.kind, name = card.name, ready = ready, status = status);
        Line { key: card.key.clone(), words: words.to_string(), tone: card.tone, inside: Vec::new() }
    };
    graph.owners.iter().map(|card| line(card)).collect()
}
