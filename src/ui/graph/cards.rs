//! The cards that are not pods: headings, clients, Ingresses, Services, nodes, tiles, owners.

use crate::ui::context::{t, use_page};
use crate::ui::dom;
use crate::view::layout::{
    Density, HeadingKind, Layout, OWNER_LETTERS, Rect, SERVICE_LETTERS, ServiceLine, name_lines, service_lines, shorten,
};
use crate::view::model::graph::{ClientCard, IngressCard, NodeCard, OwnerCard, ServiceCard, TileCard};
use crate::view::model::{GraphView, Shared, Tone};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct LayoutProps {
    pub layout: Shared<Layout>,
}

#[derive(Properties, PartialEq)]
pub struct CardsProps {
    pub graph: Shared<GraphView>,
    pub layout: Shared<Layout>,
}

/// The words above the columns.
#[component]
pub fn Headings(props: &LayoutProps) -> Html {
    let page = use_page();
    html! {
        <g class="headings" aria-hidden="true">
            { for props.layout.headings.iter().enumerate().map(|(index, heading)| {
                let words = match heading.kind {
                    HeadingKind::Traffic => format!("{} →", t!(page, "ui.heading-traffic")),
                    HeadingKind::PodsOnNodes => t!(page, "ui.heading-pods-on-nodes").to_string(),
                    HeadingKind::Control => format!("← {}", t!(page, "ui.heading-control")),
                    HeadingKind::Owners => format!("{} →", t!(page, "ui.heading-owners")),
                    HeadingKind::Revisions => format!("{} →", t!(page, "ui.heading-revisions")),
                    HeadingKind::Pods => t!(page, "ui.heading-pods").to_string(),
                    HeadingKind::Selectors => format!("{} →", t!(page, "ui.heading-selectors")),
                    HeadingKind::Labels => t!(page, "ui.heading-labels").to_string(),
                };
                html! { <text key={index} x={heading.x.to_string()} y="26" text-anchor={if heading.end { "end" } else { "start" }}>{ words }</text> }
            }) }
        </g>
    }
}

/// Moves a card to its place; a style, so that a change of place is a smooth one.
pub fn at(place: &Rect) -> String {
    format!("transform:translate({:.1}px,{:.1}px)", place.x, place.y)
}

#[derive(Properties, PartialEq)]
struct CardProps<T: PartialEq> {
    card: T,
    place: Rect,
}

/// All clients.
#[component]
pub fn Clients(props: &CardsProps) -> Html {
    let cards = props.graph.clients.iter().filter_map(|card| Some((card, *props.layout.places.get(&card.key)?)));
    html! {
        <g class="clients">{ for cards.map(|(card, place)| html! {
            <Client key={card.key.to_string()} card={card.clone()} {place} />
        }) }</g>
    }
}

#[component]
fn Client(props: &CardProps<Shared<ClientCard>>) -> Html {
    let page = use_page();
    let CardProps { card, place } = props;
    let name = page.say(&card.name);
    let middle = (place.w / 2.0).to_string();
    html! {
        <g class="card client" id={dom::card_id(&card.key)} data-key={card.key.to_string()} style={at(place)} tabindex="-1" role="button"
            aria-label={t!(page, "ui.card-client", name = name, address = card.address)}>
            <rect class="frame" width={place.w.to_string()} height={place.h.to_string()} rx="10" />
            <text class="name" x={middle.clone()} y="20" text-anchor="middle">{ shorten(&name, 15) }</text>
            <text class="mono small" x={middle} y="35" text-anchor="middle">{ shorten(&card.address, 16) }</text>
        </g>
    }
}

/// All Ingresses.
#[component]
pub fn Ingresses(props: &CardsProps) -> Html {
    let cards = props.graph.ingresses.iter().filter_map(|card| Some((card, *props.layout.places.get(&card.key)?)));
    html! {
        <g class="ingresses">{ for cards.map(|(card, place)| html! {
            <Ingress key={card.key.to_string()} card={card.clone()} {place} />
        }) }</g>
    }
}

#[component]
fn Ingress(props: &CardProps<Shared<IngressCard>>) -> Html {
    let page = use_page();
    let CardProps { card, place } = props;
    let lines = [&card.kind].into_iter().chain(&card.address).chain(card.rules.iter().take(3));
    html! {
        <g class={classes!("card", "service", card.tone.class())} id={dom::card_id(&card.key)} data-key={card.key.to_string()}
            style={at(place)} tabindex="-1" role="button" aria-label={t!(page, "ui.card-ingress", kind = card.kind, name = card.name)}>
            <rect class="frame" width={place.w.to_string()} height={place.h.to_string()} rx="12" />
            <text class="name" x="12" y="21">{ shorten(&card.name, 20) }</text>
            <g>{ for lines.enumerate().map(|(index, line)| html! {
                <text key={index} class={if index == 0 { "small muted" } else { "mono small" }} x="12"
                    y={(37 + 15 * index).to_string()}>{ shorten(line, 23) }</text>
            }) }</g>
        </g>
    }
}

/// All Services.
#[component]
pub fn Services(props: &CardsProps) -> Html {
    let cards = props.graph.services.iter().filter_map(|card| Some((card, *props.layout.places.get(&card.key)?)));
    html! {
        <g class="services">{ for cards.map(|(card, place)| html! {
            <Service key={card.key.to_string()} card={card.clone()} {place} />
        }) }</g>
    }
}

#[component]
fn Service(props: &CardProps<Shared<ServiceCard>>) -> Html {
    let page = use_page();
    let CardProps { card, place } = props;
    let endpoints = t!(page, "ui.ready-endpoints", count = card.ready);
    let name = name_lines(&card.name, SERVICE_LETTERS);
    let label = t!(page, "ui.card-service", name = card.name, kind = card.kind, endpoints = endpoints);
    html! {
        <g class={classes!("card", "service", card.tone.class())} id={dom::card_id(&card.key)} data-key={card.key.to_string()}
            style={at(place)} tabindex="-1" role="button" aria-label={label}>
            { for card.problem.iter().map(|problem| html! { <title>{ page.say(problem) }</title> }) }
            <rect class="frame" width={place.w.to_string()} height={place.h.to_string()} rx="12" />
            <g>{ for name.iter().enumerate().map(|(index, line)| html! {
                <text key={index} class="name" x="12" y={(21 + 15 * index).to_string()}>{ line }</text>
            }) }</g>
            <g>{ for service_lines(card).into_iter().enumerate().map(|(index, line)| {
                let y = 22 + 15 * (index + name.len());
                let words = |class: &'static str, words: String| html! {
                    <text key={index} class={class} x="12" y={y.to_string()}>{ words }</text>
                };
                match line {
                    ServiceLine::Port(port) => words("mono small muted", shorten(&port, 22)),
                    ServiceLine::NodePorts(ports) => words("mono small pending", shorten(&format!("nodePort {ports}"), 22)),
                    ServiceLine::External(address) if &*address == "<pending>" => words("mono small pending", address.to_string()),
                    ServiceLine::External(address) => words("mono small", shorten(&address, 22)),
                    ServiceLine::Endpoints => words(if card.ready > 0 { "small ok" } else { "small bad" }, endpoints.to_string()),
                    ServiceLine::More(count) => words("small muted", t!(page, "ui.more", count = count).to_string()),
                    ServiceLine::Selector(pair) => {
                        let pair = shorten(&pair, 22);
                        let width = 10.0 + 5.9 * pair.chars().count() as f64;
                        html! {
                            <g key={index} class="chip" transform={format!("translate(12 {})", y - 10)}>
                                <rect width={width.to_string()} height="14" rx="4" />
                                <text class="mono tiny" x="5" y="10.5">{ pair }</text>
                            </g>
                        }
                    }
                }
            }) }</g>
        </g>
    }
}

/// The boxes of nodes, and of the pods that have none.
#[component]
pub fn Nodes(props: &CardsProps) -> Html {
    let page = use_page();
    let nodes = props.graph.nodes.iter().filter_map(|card| Some((card, *props.layout.places.get(&card.key)?)));
    html! {
        <g class="nodes">
            <g>{ for nodes.map(|(card, place)| html! { <Node key={card.key.to_string()} card={card.clone()} {place} /> }) }</g>
            <g>{ for props.layout.waiting.iter().map(|place| html! {
                <g key="waiting" class="node pending" style={at(place)}>
                    <rect class="frame" width={place.w.to_string()} height={place.h.to_string()} rx="14" />
                    <text class="small pending" x="12" y="19">{ t!(page, "ui.unscheduled") }</text>
                </g>
            }) }</g>
        </g>
    }
}

#[component]
fn Node(props: &CardProps<NodeCard>) -> Html {
    let page = use_page();
    let CardProps { card, place } = props;
    let words = match (&card.status, &card.zone) {
        (Some(status), _) => page.say(status).to_string(),
        (None, Some(zone)) => format!("{} · {zone}", card.address),
        (None, None) => card.address.to_string(),
    };
    let line = format!("{} · {words}", card.name);
    let most = (place.w / 6.1) as usize;
    html! {
        <g class={classes!("card", "node", card.tone.class())} id={dom::card_id(&card.key)} data-key={card.key.to_string()}
            style={at(place)} tabindex="-1" role="button" aria-label={t!(page, "ui.card-node", name = card.name, status = words)}>
            <rect class="frame" width={place.w.to_string()} height={place.h.to_string()} rx="14" />
            <text class="small" x="12" y="19">{ shorten(&line, most) }</text>
            <text class="small empty-node" x="12" y="48">{ if card.pods.is_empty() { t!(page, "ui.no-pods") } else { AttrValue::default() } }</text>
        </g>
    }
}

/// All counted tiles.
#[component]
pub fn Tiles(props: &CardsProps) -> Html {
    let cards = props.graph.tiles.iter().filter_map(|card| Some((card, *props.layout.places.get(&card.key)?)));
    html! {
        <g class="tiles">{ for cards.map(|(card, place)| html! {
            <Tile key={card.key.to_string()} card={card.clone()} {place} />
        }) }</g>
    }
}

#[component]
fn Tile(props: &CardProps<Shared<TileCard>>) -> Html {
    let page = use_page();
    let CardProps { card, place } = props;
    let inner = place.w - 24.0;
    let share = |count: usize| if card.total == 0 { 0.0 } else { inner * count as f64 / card.total as f64 };
    let counts = t!(page, "ui.tile-counts", ready = card.ready, total = card.total);
    let tone = if card.bad > 0 {
        Tone::Bad
    } else if card.ready < card.total {
        Tone::Pending
    } else {
        Tone::Ok
    };
    html! {
        <g class={classes!("card", "tile", tone.class(), colour(card.colour))} id={dom::card_id(&card.key)} data-key={card.key.to_string()}
            style={at(place)} tabindex="-1" role="button" aria-label={format!("{}, {counts}", card.name)}>
            <rect class="frame" width={place.w.to_string()} height={place.h.to_string()} rx="10" />
            <path class="stripe" d={super::pods::stripe(place.h, Density::Full)} />
            <text class="name" x="14" y="19">{ shorten(&card.name, 22) }</text>
            <text class="small mono muted" x="14" y="35">{ &counts }</text>
            <rect class="track" x="14" y="44" width={inner.to_string()} height="6" rx="3" />
            <rect class="part ok" x="14" y="44" width={share(card.ready).to_string()} height="6" rx="3" />
            <rect class="part bad" x={(14.0 + inner - share(card.bad)).to_string()} y="44" width={share(card.bad).to_string()} height="6" rx="3" />
        </g>
    }
}

/// The class of a revision's colour.
pub fn colour(colour: Option<u8>) -> Option<String> {
    colour.map(|colour| format!("rev{}", colour % crate::view::model::graph::COLOURS))
}

/// All owners.
#[component]
pub fn Owners(props: &CardsProps) -> Html {
    let cards = props.graph.owners.iter().filter_map(|card| Some((card, *props.layout.places.get(&card.key)?)));
    html! {
        <g class="owners">{ for cards.map(|(card, place)| html! {
            <Owner key={card.key.to_string()} card={card.clone()} {place} />
        }) }</g>
    }
}

#[component]
fn Owner(props: &CardProps<Shared<OwnerCard>>) -> Html {
    let page = use_page();
    let CardProps { card, place } = props;
    let middle = (place.w / 2.0).to_string();
    let ready = t!(page, "ui.ready-of", ready = card.ready, desired = card.desired);
    let status = card.status.as_ref().map(|status| page.say(status));
    let label = t!(
        page,
        "ui.card-owner",
        kind = card.kind,
        name = card.name,
        ready = ready,
        status = status.clone().unwrap_or_default()
    );
    let (title, lines) = match (card.revision, &card.image) {
        (Some(revision), image) => {
            // What tells two revisions apart stands behind the last slash.
            let image = image.as_ref().and_then(|image| image.rsplit('/').next()).unwrap_or_default();
            let image = AttrValue::from(image.to_owned());
            (t!(page, "ui.replicaset-revision", revision = revision), [(image, "muted"), (ready, "muted")])
        }
        (None, _) => {
            let status = status.map_or((ready, "muted"), |status| (status, card.tone.class()));
            (AttrValue::from(card.name.to_string()), [(AttrValue::from(card.kind.to_string()), "muted"), status])
        }
    };
    let title = name_lines(&title, OWNER_LETTERS);
    let top = place.h / 2.0 - 10.0 - 6.5 * (title.len() - 1) as f64;
    let below = top + 14.0 * (title.len() - 1) as f64;
    html! {
        <g class={classes!("card", "owner", colour(card.colour))} id={dom::card_id(&card.key)} data-key={card.key.to_string()} style={at(place)}
            tabindex="-1" role="button" aria-label={label}>
            <rect class="frame" width={place.w.to_string()} height={place.h.to_string()} rx="11" />
            <g>{ for title.iter().enumerate().map(|(index, line)| html! {
                <text key={index} class="name" x={middle.clone()} y={(top + 14.0 * index as f64).to_string()} text-anchor="middle">{ line }</text>
            }) }</g>
            <g>{ for lines.into_iter().enumerate().map(|(index, (words, class))| html! {
                <text key={index} class={classes!("tiny", class)} x={middle.clone()} y={(below + 15.0 + 13.0 * index as f64).to_string()} text-anchor="middle">
                    { shorten(&words, 16) }
                </text>
            }) }</g>
        </g>
    }
}

/// What is drawn of a pod at a density.
pub fn letters(density: Density) -> usize {
    match density {
        Density::Full => 19,
        Density::Compact => 9,
        Density::Dot | Density::Tiles => 0,
    }
}
