//! Packet flows known from kube-proxy's own tests, and what holds for every request.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;
use tabernetes::network::diagnose::{check_service, diagnose};
use tabernetes::network::route::{Client, Hop, HopKind, Outcome, Request, Target, again, trace};
use tabernetes::network::rules::RuleTable;
use tabernetes::network::view::*;
use world::*;

/// One node whose proxy is looked at, one more; each Service has one endpoint on either.
fn two_nodes() -> NetView {
    let mut view = NetView::new(ClusterConfig {
        service_cidr: tabernetes::network::addr::Cidr::parse("172.30.0.0/16").unwrap(),
        pod_cidr: tabernetes::network::addr::Cidr::parse("10.0.0.0/8").unwrap(),
        routes: vec![(tabernetes::network::addr::Cidr::parse("172.30.0.0/16").unwrap(), "here".into())],
        ..ClusterConfig::default()
    });
    for (name, address, cidr) in [("here", "192.168.1.1", "10.180.0.64/26"), ("there", "192.168.1.2", "10.180.1.64/26")]
    {
        view.put_node(
            NodeNet::from_object(&json!({
                "metadata": {"name": name}, "spec": {"podCIDR": cidr},
                "status": {"addresses": [{"type": "InternalIP", "address": address}]}
            }))
            .unwrap(),
        );
    }
    let pod = |name: &str, node: &str, address: &str, app: &str| {
        let mut pod = PodNet::from_object(&json!({
            "metadata": {"name": name, "namespace": "default", "labels": {"app": app}},
            "spec": {"nodeName": node, "containers": [{"name": "c", "image": "server"}]},
            "status": {"phase": "Running", "podIP": address, "conditions": [{"type": "Ready", "status": "True"}],
                       "containerStatuses": [{"name": "c", "state": {"running": {}}}]}
        }))
        .unwrap();
        pod.containers[0].listeners = vec![Listener {
            protocol: tabernetes::network::addr::Protocol::Tcp,
            port: 80,
            bind: Bind::Any,
            speaks: server(),
        }];
        pod
    };
    view.put_pod(pod("client", "here", "10.180.0.99", "client"));
    for (n, vip) in [(1, "1.2.3.4"), (2, "5.6.7.8"), (3, "9.10.11.12")] {
        view.put_pod(pod(&format!("local-{n}"), "here", &format!("10.180.0.{n}"), &format!("svc{n}")));
        view.put_pod(pod(&format!("remote-{n}"), "there", &format!("10.180.1.{n}"), &format!("svc{n}")));
        let policy = |local| if local { "Local" } else { "Cluster" };
        view.put_service(
            ServiceNet::from_object(&json!({
                "metadata": {"name": format!("svc{n}"), "namespace": "default"},
                "spec": {
                    "type": "LoadBalancer", "clusterIP": format!("172.30.0.4{n}"), "selector": {"app": format!("svc{n}")},
                    "externalTrafficPolicy": policy(n == 2), "internalTrafficPolicy": policy(n == 3),
                    "ports": [{"port": 80, "nodePort": 3000 + n}]
                },
                "status": {"loadBalancer": {"ingress": [{"ip": vip}]}}
            }))
            .unwrap(),
        );
    }
    fill_slices(&mut view);
    view
}

/// Models `TestInternalExternalMasquerade` of pkg/proxy/iptables/proxier_test.go.
#[test]
fn internal_external_masquerade() {
    let view = two_nodes();
    let pod = || Client::Pod(Key::new("default", "client"));
    let node = || Client::Node("here".into());
    let outside = || Client::Outside(ip("203.0.113.99"));
    type Cell = (bool, bool);
    // Flow, then for each Service: local endpoints only, masqueraded.
    let (all, local) = (false, true);
    let table: [(&str, Client, &str, [Cell; 3]); 10] = [
        ("pod to ClusterIP", pod(), "cluster", [(all, false), (all, false), (local, false)]),
        ("pod to NodePort", pod(), "node", [(all, true), (all, false), (all, true)]),
        ("pod to LB", pod(), "lb", [(all, true), (all, false), (all, true)]),
        ("node to ClusterIP", node(), "cluster", [(all, true), (all, true), (local, true)]),
        ("node to NodePort", node(), "node", [(all, true), (all, true), (all, true)]),
        ("localhost to NodePort", node(), "localhost", [(all, true), (all, true), (all, true)]),
        ("node to LB", node(), "lb", [(all, true), (all, true), (all, true)]),
        ("external to ClusterIP", outside(), "cluster", [(all, true), (all, true), (local, true)]),
        ("external to NodePort", outside(), "node", [(all, true), (local, false), (all, true)]),
        ("external to LB", outside(), "lb", [(all, true), (local, false), (all, true)]),
    ];
    for (flow, client, kind, cells) in table {
        for (i, (local_only, masqueraded)) in cells.into_iter().enumerate() {
            let n = i + 1;
            let address = match kind {
                "cluster" => format!("172.30.0.4{n}:80"),
                "node" => format!("192.168.1.1:{}", 3000 + n),
                "localhost" => format!("127.0.0.1:{}", 3000 + n),
                _ => format!("{}:80", ["1.2.3.4", "5.6.7.8", "9.10.11.12"][i]),
            };
            let mut request = Request::new(client.clone(), Target::parse(&address).unwrap());
            request.via = Some("here".into());
            let mut backends = BTreeSet::new();
            for pick in 0..40 {
                let trace = trace(&view, &request, pick);
                let by = trace.answered_by().unwrap_or_else(|| panic!("{flow} svc{n}: {trace:#?}"));
                backends.insert(by.name.to_string());
                let seen = trace.seen_source.unwrap().ip();
                let hidden = seen == ip("192.168.1.1") || seen == ip("10.180.0.65");
                assert_eq!(hidden, masqueraded, "{flow} svc{n}: {seen}");
            }
            assert_eq!(backends.len(), if local_only { 1 } else { 2 }, "{flow} svc{n}: {backends:?}");
            assert!(backends.contains(&format!("local-{n}")));
        }
    }
}

#[test]
fn the_four_hops_of_a_plain_request() {
    let view = world();
    let request = Request::new(Client::Pod(Key::new("default", "cli-3")), Target::parse("http://my-service").unwrap());
    let trace = trace(&view, &request, 5);
    let kinds: Vec<HopKind> = trace.hops.iter().map(|hop| hop.kind).collect();
    assert_eq!(kinds, [HopKind::Dns, HopKind::Proxy, HopKind::Dnat, HopKind::Deliver]);
    let chains: Vec<String> = trace.hops.iter().filter_map(Hop::rule).map(|rule| rule.chain[..9].to_owned()).collect();
    assert_eq!(chains, ["KUBE-SVC-", "KUBE-SEP-"]);
    assert_eq!(trace.candidates(&view).len(), 3);
    assert!(trace.is_answered() && trace.way_back().is_some() && diagnose(&view, &trace).is_none());
}

#[test]
fn open_connections_stay_with_their_pod() {
    let mut view = world();
    let request = Request::new(Client::Pod(Key::new("default", "cli-3")), Target::parse("http://x-svc").unwrap());
    let first = trace(&view, &request, 5);
    let pod = first.answered_by().unwrap().clone();
    change_pod(&mut view, &pod.name, |pod| pod.ready = false);
    fill_slices(&mut view);
    assert_eq!(again(&view, &first), first.outcome, "the old connection");
    for pick in 0..30 {
        assert_ne!(trace(&view, &request, pick).answered_by(), Some(&pod), "a new one");
    }
    view.remove_pod(&pod);
    assert_eq!(again(&view, &first), Outcome::Reset);
}

#[test]
fn host_ports_are_the_pods_own() {
    let mut view = world();
    change_pod(&mut view, "hp", |pod| {
        let name = "".into();
        pod.containers[0].ports.push(ContainerPort {
            name,
            protocol: tabernetes::network::addr::Protocol::Tcp,
            port: 8080,
            host_port: Some(8888),
        });
    });
    let ask = |view: &NetView, client: Client, url: &str| {
        let trace = trace(view, &Request::new(client, Target::parse(url).unwrap()), 1);
        (trace.answered_by().map(|key| key.name.to_string()), trace.seen_source.map(|source| source.ip().to_string()))
    };
    let hp = |source: &str| (Some("hp".to_owned()), Some(source.to_owned()));
    assert_eq!(ask(&view, Client::Internet, "192.168.49.3:8888"), hp("203.0.113.7"));
    assert_eq!(ask(&view, Client::Node("node-2".into()), "127.0.0.1:8888"), hp("10.244.2.1"));
    assert_eq!(ask(&view, Client::Internet, "192.168.49.2:8888").0, None, "another node");
    view.remove_pod(&Key::new("default", "hp"));
    assert_eq!(ask(&view, Client::Internet, "192.168.49.3:8888").0, None, "the pod is gone");
}

#[test]
fn balancers_use_nodes_that_pass_the_health_check() {
    let mut view = world();
    let receivers = |view: &NetView, url: &str| -> BTreeSet<String> {
        (0..60)
            .flat_map(|pick| {
                let trace = trace(view, &Request::new(Client::Internet, Target::parse(url).unwrap()), pick);
                trace.matched.map(|matched| matched.node.name.to_string())
            })
            .collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(receivers(&view, "198.51.100.11"), set(&["node-1", "node-2", "node-3"]), "policy Cluster");
    assert_eq!(receivers(&view, "198.51.100.12"), set(&["node-1", "node-2"]), "policy Local: node-3 has no pod");
    change_node(&mut view, "node-1", |node| node.leaving = true);
    assert_eq!(receivers(&view, "198.51.100.11"), set(&["node-2", "node-3"]), "a node that is about to go");
    change_node(&mut view, "node-2", |node| node.up = false);
    assert_eq!(receivers(&view, "198.51.100.11"), set(&["node-3"]), "a node that is off");
}

/// A small random change of the cluster.
#[derive(Clone, Debug)]
enum Change {
    Ready(usize, bool),
    Terminating(usize, bool),
    Delete(usize),
    Target(usize, u16),
    Policy(usize, bool, bool),
    DropService(usize),
    NodeUp(usize, bool),
    Hold(usize, bool),
    Mode(bool),
}

fn change() -> impl Strategy<Value = Change> {
    let n = 0..64usize;
    prop_oneof![
        (n.clone(), any::<bool>()).prop_map(|(n, on)| Change::Ready(n, on)),
        (n.clone(), any::<bool>()).prop_map(|(n, on)| Change::Terminating(n, on)),
        n.clone().prop_map(Change::Delete),
        (n.clone(), prop_oneof![Just(8080), Just(7), Just(9090)]).prop_map(|(n, port)| Change::Target(n, port)),
        (n.clone(), any::<bool>(), any::<bool>()).prop_map(|(n, a, b)| Change::Policy(n, a, b)),
        n.clone().prop_map(Change::DropService),
        (n.clone(), any::<bool>()).prop_map(|(n, on)| Change::NodeUp(n, on)),
        (n, any::<bool>()).prop_map(|(n, on)| Change::Hold(n, on)),
        any::<bool>().prop_map(Change::Mode),
    ]
}

fn apply(view: &mut NetView, change: &Change) {
    let pods: Vec<Key> = view.pods().map(|pod| pod.key.clone()).collect();
    let services: Vec<Key> = view.services().map(|service| service.key.clone()).collect();
    let pod = |view: &NetView, n: usize| (**view.pod(&pods[n % pods.len()]).unwrap()).clone();
    let service = |view: &NetView, n: usize| (**view.service(&services[n % services.len()]).unwrap()).clone();
    let policy = |local| if local { TrafficPolicy::Local } else { TrafficPolicy::Cluster };
    let node = |n: usize| format!("node-{}", n % 3 + 1);
    match change {
        Change::Ready(n, on) => view.put_pod(PodNet { ready: *on, ..pod(view, *n) }),
        Change::Terminating(n, on) => view.put_pod(PodNet { terminating: *on, ..pod(view, *n) }),
        Change::Delete(n) => view.remove_pod(&pods[n % pods.len()]),
        Change::Target(n, port) => {
            let mut service = service(view, *n);
            service.ports.iter_mut().for_each(|one| one.target = TargetPort::Number(*port));
            view.put_service(service);
        }
        Change::Policy(n, internal, external) => {
            view.put_service(ServiceNet {
                internal: policy(*internal),
                external: policy(*external),
                ..service(view, *n)
            });
        }
        Change::DropService(n) => view.remove_service(&services[n % services.len()]),
        Change::NodeUp(n, on) => change_node(view, &node(*n), |node| node.up = *on),
        Change::Hold(n, true) => view.hold_proxy(&node(*n)),
        Change::Hold(n, false) => view.release_proxy(&node(*n)),
        Change::Mode(nftables) => configure(view, |config| {
            config.proxy_mode = if *nftables { ProxyMode::Nftables } else { ProxyMode::Iptables };
        }),
    }
}

fn target() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        "[a-z0-9.-]{0,12}",
        Just("web".to_owned()),
        Just("head".to_owned()),
        Just("e-lb".to_owned()),
        Just("ext".to_owned()),
        Just("d-np.default".to_owned()),
        Just("10.0.144.47".to_owned()),
        Just("192.168.49.2".to_owned()),
        Just("198.51.100.12".to_owned()),
        Just("127.0.0.1".to_owned()),
        Just("10.244.1.2".to_owned()),
        (0..=255u8, 0..=255u8).prop_map(|(a, b)| format!("10.0.{a}.{b}")),
    ];
    let scheme =
        prop_oneof![Just("http://"), Just("https://"), Just("udp://"), Just("tcp://"), Just("ping://"), Just("")];
    let port = prop_oneof![Just(80u16), Just(8080), Just(30081), Just(53), any::<u16>()];
    (scheme, host, port).prop_map(|(scheme, host, port)| format!("{scheme}{host}:{port}/x?{{pod}}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// No request panics or goes on for ever; the same pick gives the same way; who answers was listed; and rules that
    /// were changed step by step are those that one would make from scratch.
    #[test]
    fn every_request_ends(changes in prop::collection::vec(change(), 0..12), targets in prop::collection::vec(target(), 1..6), pick in any::<u64>()) {
        let mut view = CLUSTER.with(NetView::clone);
        for change in &changes {
            apply(&mut view, change);
            fill_slices(&mut view);
        }
        let mut scratch = RuleTable::default();
        for service in view.services() {
            let slices: Vec<_> = view.slices_of(&service.key).cloned().collect();
            scratch.replace(&service.key, Some(service), &slices);
        }
        prop_assert_eq!(&scratch, view.newest_rules());
        let clients = [
            Client::Pod(Key::new("default", "cli-1")), Client::Pod(Key::new("default", "hn")), Client::Node("node-2".into()),
            Client::Internet, Client::Laptop, Client::Pod(Key::new("", "")),
        ];
        for text in &targets {
            let Ok(target) = Target::parse(text) else { continue };
            for client in &clients {
                let request = Request::new(client.clone(), target.clone());
                let once = trace(&view, &request, pick);
                let twice = trace(&view, &request, pick);
                prop_assert_eq!(format!("{once:?}"), format!("{twice:?}"));
                prop_assert!(once.hops.len() < 24);
                let diagnosis = diagnose(&view, &once);
                let well = matches!(once.outcome, Outcome::Answered { status: None | Some(200), .. });
                prop_assert!(well || diagnosis.is_some(), "{text} from {client:?}: {:?}", once.outcome);
                if let (Some(pod), Some(matched)) = (once.answered_by(), &once.matched) {
                    let ip = view.pod(pod).and_then(|pod| pod.ip);
                    let ports = view.rules(&matched.node.name).service(&matched.rules.name.service);
                    let mut endpoints = ports.iter().flat_map(|port| port.endpoints.iter());
                    prop_assert!(endpoints.any(|one| one.pod.as_ref() == Some(pod) || Some(one.at.ip()) == ip));
                    prop_assert!(once.candidates(&view).iter().any(|one| one.pod.as_ref() == Some(pod) || one.pod.is_none()));
                }
            }
        }
        let services: Vec<Key> = view.services().map(|service| service.key.clone()).collect();
        for key in services {
            check_service(&view, &key);
        }
    }
}

thread_local! {
    static CLUSTER: NetView = world();
}

/// The largest cluster that Kubernetes supports: a request costs microseconds, a change of one Service as much as that
/// Service. Run by hand: `cargo test --release --test routing_flows -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn at_the_limits() {
    let mut view = NetView::new(ClusterConfig {
        pod_cidr: tabernetes::network::addr::Cidr::parse("10.128.0.0/9").unwrap(),
        ..ClusterConfig::default()
    });
    let started = std::time::Instant::now();
    for n in 0..5000u32 {
        let (a, b) = (n / 256, n % 256);
        view.put_node(
            NodeNet::from_object(&json!({
                "metadata": {"name": format!("node-{n}")}, "spec": {"podCIDR": format!("10.{}.{b}.0/24", 128 + a)},
                "status": {"addresses": [{"type": "InternalIP", "address": format!("192.168.{a}.{b}")}]}
            }))
            .unwrap(),
        );
        for i in 0..30u32 {
            let mut pod = PodNet::from_object(&json!({
                "metadata": {"name": format!("pod-{n}-{i}"), "namespace": "default", "labels": {"app": format!("a{}", if n < 400 { 0 } else { n * 30 + i })}},
                "spec": {"nodeName": format!("node-{n}"), "containers": [{"name": "c", "image": "server"}]},
                "status": {"phase": "Running", "podIP": format!("10.{}.{b}.{}", 128 + a, i + 2),
                    "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"name": "c", "state": {"running": {}}}]}
            }))
            .unwrap();
            pod.containers[0].listeners = vec![Listener {
                protocol: tabernetes::network::addr::Protocol::Tcp,
                port: 80,
                bind: Bind::Any,
                speaks: server(),
            }];
            view.put_pod(pod);
        }
    }
    for n in 0..10_000u32 {
        view.put_service(
            ServiceNet::from_object(&json!({
                "metadata": {"name": format!("svc-{n}"), "namespace": "default"},
                "spec": {"clusterIP": format!("10.0.{}.{}", n / 256, n % 256), "ports": [{"port": 80}]}
            }))
            .unwrap(),
        );
    }
    let endpoints = |count: usize| -> Vec<SliceEndpoint> {
        view.pods()
            .take(count)
            .map(|pod| SliceEndpoint {
                addresses: pod.ip.into_iter().collect(),
                node: pod.node.clone(),
                pod: Some(pod.key.clone()),
                ..SliceEndpoint::default()
            })
            .collect()
    };
    let all = endpoints(12_000);
    for (n, part) in all.chunks(100).enumerate() {
        let ports =
            vec![SlicePort { name: "".into(), protocol: tabernetes::network::addr::Protocol::Tcp, port: Some(80) }];
        view.put_slice(SliceNet {
            key: Key::new("default", &format!("svc-0-{n}")),
            service: Some("svc-0".into()),
            ports,
            endpoints: part.to_vec(),
        });
    }
    view.sync_proxies();
    println!("built in {:?}", started.elapsed());
    let slice = (**view.slices().next().unwrap()).clone();
    let started = std::time::Instant::now();
    view.put_slice(slice);
    view.sync_proxies();
    println!("one slice of a Service with 12,000 endpoints: {:?}", started.elapsed());
    let started = std::time::Instant::now();
    let request = Request::new(Client::Pod(Key::new("default", "pod-7-7")), Target::parse("http://10.0.0.0").unwrap());
    for pick in 0..100 {
        assert!(trace(&view, &request, pick).is_answered());
    }
    println!("a request over 12,000 endpoints: {:?}", started.elapsed() / 100);
    let started = std::time::Instant::now();
    let copy = view.clone();
    println!("a clone: {:?} ({} pods)", started.elapsed(), copy.pods().count());
}
