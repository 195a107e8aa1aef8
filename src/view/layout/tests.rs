use super::*;
use crate::base::Order;
use crate::view::model::graph::{ClientCard, Edge, EdgeKind, GraphView, NodeCard, OwnerCard, OwnerColumn, PodCard};
use crate::view::model::graph::{ServiceCard, TileCard};
use crate::view::model::{Shared, Tone};

fn pod(index: usize) -> Shared<PodCard> {
    Shared::new(PodCard {
        key: Str::from(format!("pod/default/web-{index}")),
        name: Str::from(format!("web-{index}")),
        ip: None,
        ready: 1,
        containers: 1,
        status: "Running".into(),
        restarts: 0,
        tone: Tone::Ok,
        colour: None,
        owner: Some("replicaset/default/web".into()),
        labels: Vec::new(),
    })
}

fn edge(from: &str, to: &str, kind: EdgeKind) -> Shared<Edge> {
    Shared::new(Edge { key: format!("{from}>{to}").into(), from: from.into(), to: to.into(), kind, colour: None })
}

/// `pods` pods of one ReplicaSet behind one Service on `nodes` nodes.
fn cluster(nodes: usize, pods: usize) -> GraphView {
    let mut graph = GraphView::default();
    graph.clients.push(Shared::new(ClientCard {
        key: "client/internet".into(),
        name: "internet".into(),
        address: "203.0.113.7".into(),
    }));
    graph.services.push(Shared::new(ServiceCard {
        key: "service/default/web".into(),
        name: "web".into(),
        kind: "ClusterIP".into(),
        ports: vec!["10.0.0.1:80".into()],
        node_ports: vec![],
        external: None,
        selector: vec!["app=web".into()],
        ready: pods,
        endpoints: pods,
        tone: Tone::Ok,
        problem: None,
    }));
    graph.owners.push(Shared::new(OwnerCard {
        key: "replicaset/default/web".into(),
        kind: "ReplicaSet".into(),
        name: "web".into(),
        column: OwnerColumn::Near,
        revision: Some(1),
        selector: vec!["app=web".into()],
        image: None,
        ready: 1,
        desired: 1,
        status: None,
        tone: Tone::Ok,
        colour: Some(0),
    }));
    for node in 0..nodes {
        let on_it = (0..pods).filter(|index| index % nodes == node).map(pod).collect();
        graph.nodes.push(NodeCard {
            key: format!("node/node-{node}").into(),
            name: format!("node-{node}").into(),
            address: "192.168.49.2".into(),
            zone: None,
            status: None,
            tone: Tone::Ok,
            pods: on_it,
        });
    }
    for index in 0..pods {
        let key = format!("pod/default/web-{index}");
        graph.edges.push(edge("service/default/web", &key, EdgeKind::Traffic));
        graph.edges.push(edge("replicaset/default/web", &key, EdgeKind::Owns));
    }
    graph
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}

#[test]
fn cards_do_not_overlap_and_stay_inside() {
    for (nodes, pods) in [(0, 0), (1, 0), (3, 6), (3, 40), (7, 200), (12, 900), (40, 30)] {
        let graph = cluster(nodes.max(1), pods);
        for lens in Lens::ALL {
            let layout = layout(&graph, lens);
            let boxes: Vec<(&Str, &Rect)> = layout.places.iter().collect();
            for (index, (key, rect)) in boxes.iter().enumerate() {
                assert!(rect.x >= 0.0 && rect.right() <= layout.width, "{nodes}x{pods}: {key} {rect:?}");
                assert!(rect.y >= 0.0 && rect.bottom() <= layout.height, "{nodes}x{pods}: {key} {rect:?}");
                for (other, place) in &boxes[index + 1..] {
                    let nested = key.starts_with("node/") != other.starts_with("node/");
                    assert!(nested || !overlap(rect, place), "{nodes}x{pods}: {key} over {other}");
                }
            }
        }
    }
}

#[test]
fn every_line_runs_between_its_cards() {
    let layout = layout(&cluster(3, 6), Lens::Traffic);
    assert_eq!(layout.edges.len(), 12);
    for placed in &layout.edges {
        let (from, to) = (&layout.places[&placed.edge.from], &layout.places[&placed.edge.to]);
        assert!(placed.curve.from.y > from.y && placed.curve.from.y < from.bottom());
        assert!(placed.curve.to.y > to.y && placed.curve.to.y < to.bottom());
        let start = placed.curve.at(0.0);
        assert_eq!(start, placed.curve.from);
    }
    let mut starts: Vec<String> = layout.edges.iter().map(|e| format!("{:?}", e.curve.from)).collect();
    starts.order();
    starts.dedup();
    assert_eq!(starts.len(), 12, "lines of one card fan out");
}

#[test]
fn many_pods_are_bundled_by_node() {
    let layout = layout(&cluster(3, 600), Lens::Traffic);
    assert_eq!(layout.density, Density::Dot);
    assert_eq!(layout.edges.len(), 6);
}

#[test]
fn tiles_take_the_place_of_pods() {
    let mut graph = cluster(3, 0);
    graph.tiles.push(Shared::new(TileCard {
        open: false,
        key: "tile/replicaset/default/web".into(),
        owner: "replicaset/default/web".into(),
        name: "web".into(),
        total: 10_000,
        ready: 9_997,
        bad: 1,
        colour: Some(0),
    }));
    graph.edges.push(edge("service/default/web", "tile/replicaset/default/web", EdgeKind::Traffic));
    let layout = layout(&graph, Lens::Traffic);
    assert_eq!(layout.density, Density::Tiles);
    assert_eq!(layout.edges.len(), 1);
    assert!(!layout.places.contains_key("node/node-0"));
}

#[test]
fn a_new_pod_moves_nobody_on_other_nodes() {
    let before = layout(&cluster(3, 3), Lens::Traffic);
    let mut graph = cluster(3, 3);
    graph.nodes[2].pods.push(pod(77));
    let after = layout(&graph, Lens::Traffic);
    for key in ["node/node-0", "node/node-1", "node/node-2", "pod/default/web-2", "client/internet"] {
        assert_eq!(before.places[key].x, after.places[key].x, "{key}");
    }
    assert_eq!(before.places["pod/default/web-2"], after.places["pod/default/web-2"]);
}

#[test]
fn arrow_keys_walk_to_the_nearest_card() {
    let layout = layout(&cluster(1, 2), Lens::Traffic);
    let walk = |key, dx, dy| layout.neighbour(key, dx, dy).map(|key| key.to_string());
    assert_eq!(walk("client/internet", 1.0, 0.0).as_deref(), Some("service/default/web"));
    assert_eq!(walk("pod/default/web-0", 0.0, 1.0).as_deref(), Some("pod/default/web-1"));
    assert_eq!(walk("pod/default/web-1", 0.0, -1.0).as_deref(), Some("pod/default/web-0"));
    assert_eq!(walk("client/internet", -1.0, 0.0), None);
}

#[test]
fn the_ownership_lens_has_no_traffic() {
    let layout = layout(&cluster(3, 6), Lens::Ownership);
    assert!(layout.places.contains_key("pod/default/web-5") && !layout.places.contains_key("service/default/web"));
    assert_eq!(layout.edges.len(), 2, "one line per row");
    assert!(layout.places["replicaset/default/web"].right() < layout.places["pod/default/web-0"].x);
}

#[test]
fn pods_with_the_same_labels_are_one_card_of_the_labels_lens() {
    let mut graph = cluster(3, 7);
    for node in &mut graph.nodes {
        for pod in &mut node.pods {
            let labels = if &*pod.name == "web-6" { "app=old" } else { "app=web" };
            *pod = Shared::new(PodCard { labels: vec![labels.into()], ..(**pod).clone() });
        }
    }
    let sizes: Vec<usize> = groups(&graph).iter().map(|group| group.pods.len()).collect();
    assert_eq!(sizes, [6, 1]);
    let placed = layout(&graph, Lens::Labels);
    let rects: Vec<&Rect> = placed.places.values().collect();
    assert_eq!(rects.len(), 4, "a Service, a ReplicaSet and two groups");
    assert!(rects.iter().enumerate().all(|(i, a)| rects[i + 1..].iter().all(|b| !overlap(a, b))));
    assert_eq!(placed.edges.len(), 4, "one line from each selector to each group that it reaches");

    assert_eq!(lit(&graph, "pod/default/web-0").len(), 6, "all pods of the group");
    let touched = lit(&graph, "label/app=web");
    assert!(touched.contains(&"service/default/web".into()) && touched.contains(&"replicaset/default/web".into()));
    assert_eq!(touched.len(), 8);
}
