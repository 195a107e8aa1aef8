//! The middle: nodes and the pods on them, as dense as their number asks for.

use super::{Density, Layout, Rect, cards};
use crate::base::Str;
use crate::view::model::Shared;
use crate::view::model::graph::{GraphView, PodCard};

/// Room between nodes.
const GAP: f64 = 14.0;
/// Room inside a node, around its pods.
const PAD: f64 = 12.0;
/// The node's own line.
const TITLE: f64 = 30.0;
/// Nodes stand in one column up to this height, then in more.
const TALL: f64 = 860.0;

/// Pods of an unfolded tile that stand beside each other.
const UNFOLDED: usize = 40;

/// A pod's size, the room between pods, and how many stand beside each other.
struct Grid {
    w: f64,
    h: f64,
    gap: f64,
    columns: usize,
}

impl Grid {
    /// The grid all nodes share, so that they line up.
    fn new(density: Density, busiest: usize) -> Grid {
        match density {
            Density::Full => Grid { w: 176.0, h: 38.0, gap: 10.0, columns: if busiest > 6 { 2 } else { 1 } },
            Density::Compact => Grid { w: 74.0, h: 22.0, gap: 6.0, columns: if busiest > 30 { 4 } else { 3 } },
            Density::Dot | Density::Tiles => {
                Grid { w: 13.0, h: 13.0, gap: 4.0, columns: if busiest > 120 { 20 } else { 14 } }
            }
        }
    }

    fn width(&self) -> f64 {
        self.columns as f64 * (self.w + self.gap) - self.gap + 2.0 * PAD
    }

    fn height(&self, pods: usize) -> f64 {
        let rows = pods.div_ceil(self.columns).max(1) as f64;
        TITLE + rows * (self.h + self.gap) - self.gap + PAD
    }

    fn place(&self, origin: &Rect, index: usize) -> Rect {
        let (column, row) = ((index % self.columns) as f64, (index / self.columns) as f64);
        Rect {
            x: origin.x + PAD + column * (self.w + self.gap),
            y: origin.y + TITLE + row * (self.h + self.gap),
            w: self.w,
            h: self.h,
        }
    }
}

/// How dense the pods must stand.
pub fn density(graph: &GraphView) -> Density {
    let pods = graph.unscheduled.len() + graph.nodes.iter().map(|node| node.pods.len()).sum::<usize>();
    match pods {
        _ if !graph.tiles.is_empty() => Density::Tiles,
        0..=36 => Density::Full,
        37..=220 => Density::Compact,
        _ => Density::Dot,
    }
}

/// Places the nodes and their pods (or the tiles) from `x`, `y` on; answers the right edge and the bottom.
pub fn place(graph: &GraphView, density: Density, x: f64, y: f64, layout: &mut Layout) -> (f64, f64) {
    if density == Density::Tiles {
        return place_tiles(graph, x, y, layout);
    }
    let busiest = graph.nodes.iter().map(|node| node.pods.len()).chain([graph.unscheduled.len()]).max().unwrap_or(0);
    let grid = Grid::new(density, busiest);
    let boxes = graph.nodes.iter().map(|node| (Some(&node.key), &node.pods));
    let waiting = (!graph.unscheduled.is_empty()).then_some((None, &graph.unscheduled));
    let boxes: Vec<(Option<&Str>, &Vec<Shared<PodCard>>)> = boxes.chain(waiting).collect();
    let total: f64 = boxes.iter().map(|(_, pods)| grid.height(pods.len()) + GAP).sum();
    let column_height = total / (total / TALL).ceil().max(1.0) + 1.0;

    let (mut left, mut top, mut bottom) = (x, y, y);
    for (key, pods) in boxes {
        let height = grid.height(pods.len());
        if top > y && top - y + height / 2.0 > column_height {
            (left, top) = (left + grid.width() + GAP, y);
        }
        let place = Rect { x: left, y: top, w: grid.width(), h: height };
        match key {
            Some(key) => drop(layout.places.insert(key.clone(), place)),
            None => layout.waiting = Some(place),
        }
        for (index, pod) in pods.iter().enumerate() {
            layout.places.insert(pod.key.clone(), grid.place(&place, index));
        }
        top += height + GAP;
        bottom = place.bottom().max(bottom);
    }
    (left + grid.width(), bottom)
}

fn place_tiles(graph: &GraphView, x: f64, y: f64, layout: &mut Layout) -> (f64, f64) {
    let rows = graph.tiles.len().clamp(1, 12);
    for (index, tile) in graph.tiles.iter().enumerate() {
        let (column, row) = ((index / rows) as f64, (index % rows) as f64);
        let place = Rect {
            x: x + column * (cards::TILE_WIDTH + GAP),
            y: y + row * (cards::TILE_HEIGHT + GAP),
            w: cards::TILE_WIDTH,
            h: cards::TILE_HEIGHT,
        };
        layout.places.insert(tile.key.clone(), place);
    }
    let columns = graph.tiles.len().div_ceil(rows) as f64;
    let (right, bottom) =
        (x + columns * (cards::TILE_WIDTH + GAP) - GAP, y + rows as f64 * (cards::TILE_HEIGHT + GAP) - GAP);
    if graph.unfolded.is_empty() {
        return (right, bottom);
    }
    // The pods of the tile that is open stand below all tiles.
    let columns = UNFOLDED.min(graph.unfolded.len());
    let grid = Grid { columns, ..Grid::new(Density::Tiles, 0) };
    let field = Rect { x: x - PAD, y: bottom + GAP - TITLE, w: 0.0, h: 0.0 };
    for (index, pod) in graph.unfolded.iter().enumerate() {
        layout.places.insert(pod.key.clone(), grid.place(&field, index));
    }
    let end = grid.place(&field, graph.unfolded.len() - 1).bottom();
    (right.max(x + grid.width() - 2.0 * PAD), end)
}
