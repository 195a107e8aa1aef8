//! The pods, in groups of fifty: a group whose pods kept their pointers and places is not drawn again.

use super::cards::{CardsProps, at, colour, letters};
use crate::ui::context::{t, use_page};
use crate::ui::dom;
use crate::view::layout::{Density, Rect, shorten};
use crate::view::model::graph::PodCard;
use crate::view::model::{Shared, Tone};
use yew::prelude::*;

/// Pods per group.
const GROUP: usize = 50;

/// All pods.
#[component]
pub fn Pods(props: &CardsProps) -> Html {
    let nodes = props.graph.nodes.iter().flat_map(|node| &node.pods);
    let all = nodes.chain(&props.graph.unscheduled).chain(&props.graph.unfolded);
    let placed: Vec<(Shared<PodCard>, Rect)> =
        all.filter_map(|pod| Some((pod.clone(), *props.layout.places.get(&pod.key)?))).collect();
    let density = props.layout.density;
    html! {
        <g class="pods">{ for placed.chunks(GROUP).enumerate().map(|(index, pods)| html! {
            <Group key={index} pods={pods.to_vec()} {density} />
        }) }</g>
    }
}

#[derive(Properties, PartialEq)]
struct GroupProps {
    pods: Vec<(Shared<PodCard>, Rect)>,
    density: Density,
}

#[component]
fn Group(props: &GroupProps) -> Html {
    let density = props.density;
    html! {
        <g>{ for props.pods.iter().map(|(pod, place)| html! {
            <Pod key={pod.key.to_string()} pod={pod.clone()} place={*place} {density} />
        }) }</g>
    }
}

#[derive(Properties, PartialEq)]
struct PodProps {
    pod: Shared<PodCard>,
    place: Rect,
    density: Density,
}

#[component]
fn Pod(props: &PodProps) -> Html {
    let page = use_page();
    let PodProps { pod, place, density } = props;
    let class = classes!("card", "pod", pod.tone.class(), colour(pod.colour));
    let label =
        t!(page, "ui.card-pod", name = pod.name, status = pod.status, ready = pod.ready, containers = pod.containers);
    let (width, height) = (place.w.to_string(), place.h.to_string());
    let inside = match density {
        Density::Full => html! {
            <>
                <text class="name" x="13" y="17">{ shorten(&pod.name, letters(*density)) }</text>
                <text class={classes!("tiny", if pod.tone == Tone::Ok { "mono" } else { pod.tone.class() })} x="13" y="31">{ shorten(&second_line(pod), 26) }</text>
            </>
        },
        Density::Compact => html! {
            <text class="tiny name" x="10" y="15">{ pod.name.chars().rev().take(letters(*density)).collect::<Vec<char>>().into_iter().rev().collect::<String>() }</text>
        },
        Density::Dot | Density::Tiles => html! { <title>{ &*pod.name }</title> },
    };
    let radius = match density {
        Density::Full => "9",
        Density::Compact => "6",
        Density::Dot | Density::Tiles => "3",
    };
    html! {
        <g {class} id={dom::card_id(&pod.key)} data-key={pod.key.to_string()} style={at(place)} tabindex="-1" role="button" aria-label={label}>
            <rect class="frame" {width} height={height.clone()} rx={radius} />
            <path class="stripe" d={stripe(place.h, *density)} />
            <g>{ inside }</g>
        </g>
    }
}

/// The colour of the revision along the left side, inside the frame's round corners.
pub fn stripe(height: f64, density: Density) -> String {
    let (width, corner) = match density {
        Density::Full => (5.5, 5.5),
        Density::Compact => (4.0, 4.0),
        Density::Dot | Density::Tiles => (3.0, 2.0),
    };
    let straight = height - 2.0 * corner;
    format!(
        "M{width} 0v{height}a{corner} {corner} 0 0 1 -{width} -{corner}v-{straight}a{corner} {corner} 0 0 1 {width} -{corner}z"
    )
}

/// Below the name: the address and readiness of a pod that is well, the trouble of one that is not.
fn second_line(pod: &PodCard) -> String {
    let ready = format!("{}/{}", pod.ready, pod.containers);
    let restarts = if pod.restarts > 0 { format!(" ↻{}", pod.restarts) } else { String::new() };
    match (&pod.ip, pod.tone) {
        (Some(ip), Tone::Ok | Tone::Neutral) => format!("{ip} · {ready}{restarts}"),
        _ if pod.ready < pod.containers && &*pod.status == "Running" => format!("{} · {ready}{restarts}", pod.status),
        _ => format!("{}{restarts}", pod.status),
    }
}
