//! The cards of the labels lens: what selects, and pods by their labels. A pair is a chip; pointing at one lights all that
//! select or bear it.

use super::cards::{CardsProps, at, colour};
use crate::base::Str;
use crate::ui::context::{Page, t, use_page};
use crate::ui::dom;
use crate::view::layout::{CHIP, Rect, groups, shorten};
use crate::view::model::Tone;
use crate::view::model::graph::OwnerColumn;
use yew::prelude::*;

/// Where a new label is added, as a chip.
pub const NEW: &str = "";
/// The letters that fit on a chip.
const LETTERS: usize = 34;

/// All cards.
#[component]
pub fn LabelCards(props: &CardsProps) -> Html {
    let page = use_page();
    let graph = &props.graph;
    let words = t!(page, "ui.no-labels");
    let none = |pairs: &[Str]| match pairs {
        [] => html! { <text class="small muted" x="12" y="41">{ &words }</text> },
        _ => html! { <g></g> },
    };
    let place = |key: &str| props.layout.places.get(key).copied();
    let services = graph.services.iter().filter_map(|card| {
        let (name, look) = (card.name.to_string(), (card.tone, None));
        Some(self::card(&card.key, (name, "Service"), look, &card.selector, place(&card.key)?, none(&card.selector)))
    });
    let near = graph.owners.iter().filter(|card| card.column == OwnerColumn::Near);
    let owners = near.filter_map(|card| {
        let (name, look) = (card.name.to_string(), (Tone::Neutral, card.colour));
        Some(self::card(&card.key, (name, &card.kind), look, &card.selector, place(&card.key)?, none(&card.selector)))
    });
    let groups = groups(graph);
    let pods = groups.iter().filter_map(|group| {
        let (first, place) = (&group.first, place(&group.first.key)?);
        let name = match group.pods.len() {
            1 => first.name.to_string(),
            count => t!(page, "ui.count-pods", count = count).to_string(),
        };
        let extra = html! { <g>{ none(&first.labels) }{ plus(&page, place.w) }</g> };
        Some(self::card(&first.key, (name, ""), (first.tone, first.colour), &first.labels, place, extra))
    });
    html! {
        <g class="label-cards">
            <g>{ for services }</g>
            <g>{ for owners }</g>
            <g>{ for pods }</g>
        </g>
    }
}

/// A card with its pairs, and what else stands on it.
fn card(
    key: &str,
    (name, kind): (String, &str),
    (tone, revision): (Tone, Option<u8>),
    pairs: &[Str],
    place: Rect,
    extra: Html,
) -> Html {
    let label = format!("{kind} {name}: {}", pairs.join(", "));
    let class = classes!("card", "labelled", tone.class(), colour(revision));
    html! {
        <g key={key.to_owned()} {class} id={dom::card_id(key)} data-key={key.to_owned()} style={at(&place)} tabindex="-1" role="button" aria-label={label}>
            <rect class="frame" width={place.w.to_string()} height={place.h.to_string()} rx="11" />
            <text class="name" x="12" y="20">{ shorten(&name, if kind.is_empty() { 26 } else { 21 }) }</text>
            <text class="small muted" x={(place.w - 12.0).to_string()} y="20" text-anchor="end">{ kind.to_owned() }</text>
            { extra }
            <g>{ for pairs.iter().enumerate().map(|(index, pair)| {
                let words = shorten(pair, LETTERS);
                let width = 12.0 + 6.1 * words.chars().count() as f64;
                html! {
                    <g key={index} class="chip pair" data-label={pair.to_string()} transform={format!("translate(12 {})", 30.0 + CHIP * index as f64)}>
                        <rect width={width.to_string()} height="15" rx="4" />
                        <text class="mono tiny" x="6" y="11">{ words }</text>
                    </g>
                }
            }) }</g>
        </g>
    }
}

/// The chip that adds a label, at the upper right of a card of pods.
fn plus(page: &Page, width: f64) -> Html {
    html! {
        <g class="chip pair add" data-label={NEW} transform={format!("translate({} 8)", width - 30.0)}>
            <title>{ t!(page, "assist.label-add") }</title>
            <rect width="20" height="17" rx="5" />
            <path d="M10 4.5v8M6 8.5h8" />
        </g>
    }
}
