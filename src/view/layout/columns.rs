//! The columns: clients, Ingresses, Services, pods on nodes, owners, owners of owners.

use super::{Heading, HeadingKind, Layout, Rect, cards, nodes, wires};
use crate::base::Str;
use crate::view::model::graph::{GraphView, OwnerCard, OwnerColumn};

/// Room around the picture.
pub const MARGIN: f64 = 14.0;
/// Where the cards begin, below the headings.
pub const TOP: f64 = 44.0;
/// Room between the columns, for the lines.
const LANE: f64 = 48.0;
/// The least room between the cards of a column.
const GAP: f64 = 22.0;
/// The most room a card is given when a column has few.
const AIRY: f64 = 210.0;
/// The picture is never lower than this, so that a small cluster does not swell.
const LEAST_HEIGHT: f64 = 330.0;

/// Places every card of `graph` and runs the lines.
pub fn layout(graph: &GraphView) -> Layout {
    let density = nodes::density(graph);
    let mut layout = Layout { density, ..Layout::default() };
    let near: Vec<&OwnerCard> = owners(graph, OwnerColumn::Near);
    let far: Vec<&OwnerCard> = owners(graph, OwnerColumn::Far);

    let clients: Vec<Sized> = graph.clients.iter().map(|card| (card.key.clone(), cards::CLIENT_HEIGHT)).collect();
    let ingresses: Vec<Sized> =
        graph.ingresses.iter().map(|card| (card.key.clone(), cards::ingress_height(card))).collect();
    let services: Vec<Sized> =
        graph.services.iter().map(|card| (card.key.clone(), cards::service_height(card))).collect();
    let near: Vec<Sized> = near.iter().map(|card| (card.key.clone(), cards::NEAR_HEIGHT)).collect();
    let far: Vec<Sized> = far.iter().map(|card| (card.key.clone(), cards::FAR_HEIGHT)).collect();

    let ingress_x = MARGIN + cards::CLIENT_WIDTH + LANE;
    let service_x = if ingresses.is_empty() { ingress_x } else { ingress_x + cards::SERVICE_WIDTH + LANE };
    let node_x = service_x + cards::SERVICE_WIDTH + LANE;
    let (nodes_right, nodes_bottom) = nodes::place(graph, density, node_x, TOP, &mut layout);
    let near_x = nodes_right + LANE + 12.0;
    let far_x = if near.is_empty() { near_x } else { near_x + cards::NEAR_WIDTH + LANE - 16.0 };

    let columns = [
        (clients, MARGIN, cards::CLIENT_WIDTH),
        (ingresses, ingress_x, cards::SERVICE_WIDTH),
        (services, service_x, cards::SERVICE_WIDTH),
        (near, near_x, cards::NEAR_WIDTH),
        (far, far_x, cards::FAR_WIDTH),
    ];
    let tallest = columns.iter().map(|(cards, ..)| needed(cards)).fold(0.0, f64::max);
    let height = tallest.max(nodes_bottom - TOP).max(LEAST_HEIGHT);
    let right = far_x + cards::FAR_WIDTH;
    for (cards, x, width) in columns {
        spread(&cards, x, width, height, &mut layout);
    }
    layout.headings = vec![
        Heading { kind: HeadingKind::Traffic, x: MARGIN, end: false },
        Heading { kind: HeadingKind::PodsOnNodes, x: node_x, end: false },
        Heading { kind: HeadingKind::Control, x: right, end: true },
    ];
    layout.width = right + MARGIN;
    layout.height = TOP + height + MARGIN;
    layout.edges = wires::run(graph, &layout, &wires::bundles(graph, density));
    layout
}

/// A card's key and height.
pub type Sized = (Str, f64);

fn owners(graph: &GraphView, column: OwnerColumn) -> Vec<&OwnerCard> {
    graph.owners.iter().map(|card| &**card).filter(|card| card.column == column).collect()
}

/// The least height a column of these cards needs.
fn needed(cards: &[Sized]) -> f64 {
    cards.iter().map(|(_, height)| height + GAP).sum::<f64>() - GAP
}

/// Spreads a column's cards over `height`: evenly, but no further apart than [`AIRY`], and then around the middle.
fn spread(cards: &[Sized], x: f64, w: f64, height: f64, layout: &mut Layout) {
    if cards.is_empty() {
        return;
    }
    let count = cards.len() as f64;
    let own: f64 = cards.iter().map(|(_, height)| height).sum();
    let gap = ((height - own) / count).clamp(GAP, (AIRY - own / count).max(GAP));
    let mut y = TOP + ((height - own - gap * (count - 1.0)) / 2.0).max(0.0);
    for (key, h) in cards {
        layout.places.insert(key.clone(), Rect { x, y, w, h: *h });
        y += h + gap;
    }
}
