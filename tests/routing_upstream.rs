//! What kube-proxy's own tests ask of it and the recordings do not: which endpoints a node may use (`CategorizeEndpoints`),
//! which of its hooks sees which packet, what a node remembers of clients and of connections.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use serde_json::json;
use std::collections::BTreeSet;
use tabernetes::base::time::SimTime;
use tabernetes::network::route::{Client, Outcome, Request, Target, Trace, again, trace};
use tabernetes::network::rules::choice::categorize;
use tabernetes::network::view::*;
use world::*;

/// Endpoints as `NAME FLAGS`, by their last digit: `R`eady, `S`erving, `T`erminating, on our node (`@us`) or another (`@no`),
/// hinted to zones (`z=a+b`) or nodes (`n=us`).
fn endpoint(text: &str) -> SliceEndpoint {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap();
    let mut endpoint = SliceEndpoint {
        addresses: vec![ip(&format!("10.1.2.{name}"))],
        ready: Some(false),
        serving: Some(false),
        terminating: Some(false),
        ..SliceEndpoint::default()
    };
    for word in words {
        let list = |names: &str| names.split('+').map(Into::into).collect();
        match word.split_once('=') {
            Some(("z", zones)) => endpoint.for_zones = list(zones),
            Some(("n", nodes)) => endpoint.for_nodes = list(nodes),
            _ => match word {
                "R" => (endpoint.ready, endpoint.serving) = (Some(true), Some(true)),
                "S" => endpoint.serving = Some(true),
                "ST" => (endpoint.serving, endpoint.terminating) = (Some(true), Some(true)),
                // What the slice does not say is the best that can be thought.
                "?" => (endpoint.ready, endpoint.serving, endpoint.terminating) = (None, None, None),
                node => endpoint.node = Some(node.trim_start_matches('@').into()),
            },
        }
    }
    endpoint
}

/// Our zone, the endpoints, those of policy Cluster, those of policy Local, and whether there are any.
const ENDPOINTS: [(&str, &[&str], &str, &str, bool); 22] = [
    ("a", &["3 R z=a", "4 R z=b", "5 R z=c", "6 R z=a"], "3 6", "", true),
    ("a", &["3 R @us z=a", "4 R @us z=b", "5 R z=c", "6 R z=a"], "3 6", "3 4", true),
    // A node without a zone, and one in a zone that nobody has hints for, use them all.
    ("", &["3 R z=a"], "3", "", true),
    ("b", &["3 R z=a"], "3", "", true),
    // Endpoints that are not ready have no say.
    ("a", &["3 R z=a", "4 R z=b", "6 z=a"], "3", "", true),
    ("a", &["3 z=a", "4 R z=b", "5 R z=c", "6"], "4 5", "", true),
    // One without a hint, and no hint counts.
    ("a", &["3 R z=a", "4 R z=b", "5 R", "6 R z=a"], "3 4 5 6", "", true),
    ("c", &["3 R z=a+b+c", "4 R z=b+c", "5 R z=b+d", "6 R z=c"], "3 4 6", "", true),
    // Nodes before zones, zones before all.
    ("a", &["3 R n=us z=a", "4 R n=no z=a", "5 R n=no z=b"], "3", "", true),
    ("a", &["4 R n=no z=a", "5 R n=no z=b"], "4", "", true),
    ("c", &["4 R n=no z=a", "5 R n=no z=b"], "4 5", "", true),
    ("a", &["3 R n=us z=a", "4 R z=a", "5 R n=no z=b"], "3 4", "", true),
    ("a", &["3 R z=a", "4 R n=us"], "3 4", "", true),
    // Policy Local looks at no hints, and falls back by itself.
    ("", &[], "", "", false),
    ("", &["3 R @no", "4 R @no"], "3 4", "", true),
    ("", &["3 R @us", "4 R @no"], "3 4", "3", true),
    ("", &["3", "4"], "", "", false),
    ("", &["3", "4 R"], "4", "", true),
    ("", &["3 ST @us", "4 ST @no"], "3 4", "3", true),
    ("", &["3 R @no", "4 @us", "5 ST @us", "6 ST @no"], "3", "5", true),
    // Serving alone is not enough, and terminating alone neither.
    ("", &["3 S @us"], "", "", false),
    ("", &["3 ? @us"], "3", "3", true),
];

#[test]
fn endpoints_by_node_and_zone() {
    for (zone, endpoints, cluster, local, any) in ENDPOINTS {
        let mut view = NetView::new(ClusterConfig::default());
        let key = Key::new("default", "s");
        let object = json!({"metadata": {"name": "s", "namespace": "default"},
            "spec": {"type": "NodePort", "clusterIP": "10.0.0.9", "ports": [{"port": 80, "nodePort": 30009}]}});
        view.put_service(ServiceNet::from_object(&object).unwrap());
        view.put_slice(SliceNet {
            key: key.clone(),
            service: Some("s".into()),
            ports: vec![SlicePort { name: "".into(), protocol: Default::default(), port: Some(80) }],
            endpoints: endpoints.iter().map(|text| endpoint(text)).collect(),
        });
        view.sync_proxies();
        let rules = &view.newest_rules().service(&key)[0];
        let choice = categorize(rules, "us", Some(zone).filter(|zone| !zone.is_empty()));
        let names = |list: &[u32]| {
            let last =
                |i: &u32| rules.endpoints[*i as usize].at.ip().to_string().rsplit('.').next().unwrap().to_owned();
            list.iter().map(last).collect::<Vec<_>>().join(" ")
        };
        let got = (names(choice.cluster), names(choice.local), choice.any);
        assert_eq!(got, (cluster.to_owned(), local.to_owned(), any), "zone {zone:?}, {endpoints:?}");
    }
}

fn pod(name: &str) -> Client {
    Client::Pod(Key::new("default", name))
}

fn go(view: &NetView, from: Client, url: &str, via: &str, pick: u64) -> Trace {
    let request =
        Request { via: (!via.is_empty()).then(|| via.into()), ..Request::new(from, Target::parse(url).unwrap()) };
    trace(view, &request, pick)
}

/// `refused by node-1`, `timeout`.
fn end(trace: &Trace) -> String {
    match &trace.outcome {
        Outcome::Refused { by: Place::Node(node) } => format!("refused by {node}"),
        Outcome::TimedOut { .. } => "timeout".to_owned(),
        Outcome::Answered { .. } => "answered".to_owned(),
        other => format!("{other:?}"),
    }
}

use tabernetes::network::route::Place;

/// The rule against Services without endpoints is not asked for what a node itself sends to their outer addresses; in iptables
/// mode the firewall of `loadBalancerSourceRanges` is only written for Services with endpoints.
#[test]
fn hooks_see_different_packets() {
    let node = |name: &str| Client::Node(name.into());
    let other = || Client::Outside(ip("203.0.113.8"));
    let none = "http://198.51.100.20";
    let ranges = "http://198.51.100.13";
    let table: [(ProxyMode, Client, &str, &str, bool, &str); 15] = [
        // The VIP of a Service without endpoints. The router gives the packet to another node, or back to the same one.
        (ProxyMode::Iptables, node("node-1"), none, "node-2", false, "refused by node-2"),
        (ProxyMode::Iptables, node("node-1"), none, "node-1", false, "timeout"),
        (ProxyMode::Iptables, pod("cli-1"), none, "node-1", false, "refused by node-1"),
        (ProxyMode::Nftables, node("node-1"), none, "node-2", false, "refused by node-1"),
        (ProxyMode::Nftables, node("node-1"), none, "node-1", false, "refused by node-1"),
        // Its ClusterIP and its node port are rejected wherever they are asked for.
        (ProxyMode::Iptables, node("node-1"), "http://10.0.5.120", "", false, "refused by node-1"),
        (ProxyMode::Iptables, node("node-1"), "http://192.168.49.2:30100", "", false, "refused by node-1"),
        (ProxyMode::Iptables, node("node-1"), "http://127.0.0.1:30100", "", false, "refused by node-1"),
        (ProxyMode::Iptables, node("node-1"), "http://192.168.49.3:30100", "", false, "refused by node-2"),
        // A client that is in none of the ranges, with and without endpoints.
        (ProxyMode::Iptables, other(), ranges, "node-1", false, "timeout"),
        (ProxyMode::Iptables, other(), ranges, "node-1", true, "refused by node-1"),
        (ProxyMode::Iptables, pod("cli-1"), ranges, "node-1", true, "refused by node-1"),
        (ProxyMode::Nftables, other(), ranges, "node-1", false, "timeout"),
        (ProxyMode::Nftables, other(), ranges, "node-1", true, "timeout"),
        (ProxyMode::Nftables, pod("cli-1"), ranges, "node-1", true, "timeout"),
    ];
    for (mode, from, url, via, emptied, expected) in table {
        let mut view = world();
        configure(&mut view, |config| config.proxy_mode = mode);
        if emptied {
            change_service(&mut view, "e-src", |service| {
                service.selector = Some([("app".into(), "nothing".into())].into())
            });
            fill_slices(&mut view);
        }
        let got = end(&go(&view, from.clone(), url, via, 1));
        assert_eq!(got, expected, "{mode:?} {from:?} {url} via {via:?}, emptied: {emptied}");
    }
}

/// kube-proxy hears of no Service that is left to another proxy; DNS does.
#[test]
fn other_proxies_have_their_services() {
    let mut view = world();
    let labelled = json!({
        "metadata": {"name": "web", "namespace": "default", "labels": {"service.kubernetes.io/service-proxy-name": "mesh"}},
        "spec": {"clusterIP": "10.0.144.47", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}
    });
    view.put_service(ServiceNet::from_object(&labelled).unwrap());
    view.sync_proxies();
    assert!(view.newest_rules().service(&Key::new("default", "web")).is_empty());
    for (mode, name, expected) in
        [(ProxyMode::Iptables, "http://web", "timeout"), (ProxyMode::Nftables, "http://10.0.144.47", "timeout")]
    {
        configure(&mut view, |config| config.proxy_mode = mode);
        assert_eq!(end(&go(&view, pod("cli-3"), name, "", 1)), expected, "{mode:?}");
    }
}

/// Ranges of the other family are no matter of a family's rules.
#[test]
fn source_ranges_of_the_other_family_do_not_count() {
    let mut view = world();
    let other = || Client::Outside(ip("203.0.113.8"));
    for (ranges, expected) in [
        (&["203.0.113.7/32"][..], "timeout"),
        (&["fd00::/8"], "answered"),
        (&["fd00::/8", "203.0.113.7/32"], "timeout"),
        (&["203.0.113.7/32", "0.0.0.0/0"], "answered"),
    ] {
        change_service(&mut view, "e-src", |service| {
            service.source_ranges =
                ranges.iter().filter_map(|range| tabernetes::network::addr::Cidr::parse(range)).collect();
        });
        view.sync_proxies();
        assert_eq!(end(&go(&view, other(), "http://198.51.100.13", "node-1", 1)), expected, "{ranges:?}");
    }
}

fn backends(view: &mut NetView, from: &Client, url: &str, tries: u64) -> BTreeSet<String> {
    let names = (0..tries).filter_map(|pick| {
        let trace = go(view, from.clone(), url, "", pick);
        view.apply(&trace.effects);
        trace.answered_by().map(|key| key.name.to_string())
    });
    names.collect()
}

/// A node keeps a list of clients for each endpoint, which the rules for all endpoints and those for the local ones share; it
/// goes with the endpoint's rules.
#[test]
fn nodes_remember_clients_by_endpoint() {
    // A client that both policies have sent somewhere stays with the first of the two in the order of the rules.
    let mut view = world();
    change_service(&mut view, "y-aff-local", |service| service.cluster_ips = vec![ip("10.0.77.1")]);
    view.sync_proxies();
    let (inside, outside) = ("http://10.0.77.1", "http://192.168.49.3:30289");
    route(&mut view, "10.0.0.0/16", "node-2");
    let client = Client::Outside(ip("203.0.113.7"));
    let mut seen = BTreeSet::new();
    for first in 0..12 {
        let mut view = view.clone();
        let trace = go(&view, client.clone(), inside, "", first);
        view.apply(&trace.effects);
        let began = trace.answered_by().unwrap().name.to_string();
        assert_eq!(backends(&mut view, &client, outside, 5), ["web-2".to_owned()].into(), "local pods only");
        // web-1a and web-1b stand before web-2 in the rules.
        assert_eq!(backends(&mut view, &client, inside, 20), [began.clone()].into());
        seen.insert(began);
    }
    assert_eq!(seen.len(), 3);

    // One that left and came back is one of several again.
    let mut view = world();
    let url = "http://10.0.103.19";
    let held = backends(&mut view, &pod("cli-3"), url, 10);
    let [name] = held.iter().map(String::as_str).collect::<Vec<_>>()[..] else { panic!("{held:?}") };
    for ready in [false, true] {
        change_pod(&mut view, name, |pod| pod.ready = ready);
        fill_slices(&mut view);
    }
    let after: BTreeSet<String> = (0..40)
        .flat_map(|pick| go(&view, pod("cli-3"), url, "", pick).answered_by().map(|key| key.name.to_string()))
        .collect();
    assert_eq!(after.len(), 3);
    // A node whose proxy stands still forgets nothing.
    let mut view = world();
    let held = backends(&mut view, &pod("cli-3"), url, 10);
    view.hold_proxy("node-3");
    for ready in [false, true] {
        held.iter().for_each(|name| change_pod(&mut view, name, |pod| pod.ready = ready));
        fill_slices(&mut view);
    }
    assert_eq!(backends(&mut view, &pod("cli-3"), url, 20), held);
}

#[test]
fn affinity_ends_when_its_time_is_over() {
    let mut view = world();
    let first = backends(&mut view, &pod("cli-3"), "http://10.0.103.19", 3);
    view.now = SimTime::from_secs(10_800);
    assert_eq!(backends(&mut view, &pod("cli-3"), "http://10.0.103.19", 1), first);
    view.now = SimTime::from_secs(10_800 + 10_801);
    let later = (0..30).flat_map(|pick| go(&view, pod("cli-3"), "http://10.0.103.19", "", pick).answered_by().cloned());
    assert_eq!(later.map(|key| key.name).collect::<BTreeSet<_>>().len(), 3);
}

/// Connections are tracked by the node: TCP stays as long as the pod lives, datagrams as long as the endpoint serves.
#[test]
fn connections_and_datagrams_are_tracked() {
    for (url, leaves, expected) in [
        ("http://10.0.144.47", "unready", "answered"),
        ("http://10.0.144.47", "another label", "answered"),
        ("http://10.0.144.47", "no Service", "answered"),
        ("http://10.0.144.47", "dead", "Reset"),
        ("udp://10.0.144.47:53", "", "answered"),
        ("udp://10.0.144.47:53", "terminating", "answered"),
        ("udp://10.0.144.47:53", "unready", "Reset"),
        ("udp://10.0.144.47:53", "another label", "Reset"),
        ("udp://10.0.144.47:53", "no Service", "Reset"),
    ] {
        let mut view = world();
        let open = go(&view, pod("cli-3"), url, "", 5);
        let name = open.answered_by().expect(url).name.to_string();
        match leaves {
            "no Service" => view.remove_service(&Key::new("default", "web")),
            "" => {}
            _ => change_pod(&mut view, &name, |pod| match leaves {
                "unready" => pod.ready = false,
                "terminating" => pod.terminating = true,
                "dead" => pod.alive = false,
                _ => pod.labels = [("app".into(), "other".into())].into(),
            }),
        }
        fill_slices(&mut view);
        let outcome = again(&view, &open);
        let got =
            if matches!(outcome, Outcome::Answered { .. }) { "answered".to_owned() } else { format!("{outcome:?}") };
        assert_eq!(got, expected, "{url}, {leaves}");
    }
}
