//! The lines, the way of the last request over them, and the rings around what is selected or pointed at.

use super::cards::{LayoutProps, colour};
use crate::base::Str;
use crate::ui::context::use_page;
use crate::view::layout::{Layout, PlacedEdge, Rect};
use crate::view::model::graph::EdgeKind;
use crate::view::model::request::TraceView;
use crate::view::model::{Shared, Text, Tone};
use std::collections::BTreeSet;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct WiresProps {
    pub layout: Shared<Layout>,
    /// The cards whose lines stand out.
    pub lit: Vec<Str>,
}

/// All lines: a still layer that is drawn once per layout, and above it those that stand out.
#[component]
pub fn Wires(props: &WiresProps) -> Html {
    let edges = props
        .layout
        .edges
        .iter()
        .filter(|placed| props.lit.contains(&placed.edge.from) || props.lit.contains(&placed.edge.to));
    html! {
        <g class="wires" aria-hidden="true">
            <Still layout={props.layout.clone()} />
            <g class="lit">{ for edges.map(|placed| html! {
                <path key={placed.edge.key.to_string()} class={class_of(placed)} d={placed.curve.path()} marker-end={arrow(placed)} />
            }) }</g>
        </g>
    }
}

#[component]
fn Still(props: &LayoutProps) -> Html {
    let page = use_page();
    let head = |id: &'static str| {
        html! {
            <marker {id} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">
                <path d="M0 0.5 8 4 0 7.5z" />
            </marker>
        }
    };
    html! {
        <g class="still">
            <defs>{ head("arrow-traffic") }{ head("arrow-broken") }{ head("arrow-route") }</defs>
            <g>{ for props.layout.edges.iter().map(|placed| html! {
                <path key={placed.edge.key.to_string()} class={class_of(placed)} d={placed.curve.path()} marker-end={arrow(placed)} />
            }) }</g>
            <g>{ for reasons(&props.layout).map(|(key, place, reason)| html! {
                <g key={key.to_string()}>{ for page.say(reason).split(", ").enumerate().map(|(line, words)| html! {
                    <text key={line} class="reason" x={(place.x + 4.0).to_string()} y={(place.bottom() + 14.0 + 13.0 * line as f64).to_string()}>{ words.to_owned() }</text>
                }) }</g>
            }) }</g>
        </g>
    }
}

/// The cards from which a line is broken, each with the reason of its first such line: it stands below the card, where
/// there is room for it.
fn reasons(layout: &Layout) -> impl Iterator<Item = (&Str, &Rect, &Text)> {
    let mut seen = BTreeSet::new();
    layout.edges.iter().filter_map(move |placed| match &placed.edge.kind {
        EdgeKind::Broken(reason) if seen.insert(&placed.edge.from) => {
            Some((&placed.edge.from, layout.places.get(&placed.edge.from)?, reason))
        }
        _ => None,
    })
}

fn class_of(placed: &PlacedEdge) -> Classes {
    let kind = match placed.edge.kind {
        EdgeKind::Traffic => "traffic",
        EdgeKind::NotReady => "not-ready",
        EdgeKind::Broken(_) => "broken",
        EdgeKind::Owns => "owns",
    };
    classes!("wire", kind, colour(placed.edge.colour))
}

fn arrow(placed: &PlacedEdge) -> Option<&'static str> {
    match placed.edge.kind {
        EdgeKind::Traffic => Some("url(#arrow-traffic)"),
        EdgeKind::Broken(_) => Some("url(#arrow-broken)"),
        EdgeKind::NotReady | EdgeKind::Owns => None,
    }
}

#[derive(Properties, PartialEq)]
pub struct RouteProps {
    pub layout: Shared<Layout>,
    pub trace: Option<Shared<TraceView>>,
}

/// The way of the last request.
#[component]
pub fn Route(props: &RouteProps) -> Html {
    let segments = props.trace.iter().flat_map(|trace| &trace.segments);
    let ways = segments.filter_map(|segment| Some((segment, props.layout.way(&segment.from, &segment.to)?)));
    html! {
        <g class="route" aria-hidden="true">{ for ways.enumerate().map(|(index, (segment, curve))| html! {
            <path key={index} class={classes!("wire", (segment.tone == Tone::Bad).then_some("bad"))} d={curve.path()} marker-end="url(#arrow-route)" />
        }) }</g>
    }
}

#[derive(Properties, PartialEq)]
pub struct HaloProps {
    pub layout: Shared<Layout>,
    pub selected: Option<Str>,
    pub hovered: Vec<Str>,
}

/// The rings around what is selected and what is pointed at.
#[component]
pub fn Halo(props: &HaloProps) -> Html {
    let hovered = props.hovered.iter().map(|key| ("hovered", key));
    let rings = hovered.chain(props.selected.iter().map(|key| ("selected", key)));
    let rings = rings.filter_map(|(class, key)| Some((class, key, props.layout.places.get(key)?)));
    html! {
        <g class="halo" aria-hidden="true">{ for rings.map(|(class, key, place)| html! {
            <rect key={format!("{class} {key}")} class={class} x={place.x.to_string()} y={place.y.to_string()} width={place.w.to_string()} height={place.h.to_string()}
                rx={(place.h * 0.25).min(12.0).to_string()} />
        }) }</g>
    }
}
