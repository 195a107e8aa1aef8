//! The routing core against recordings of a real cluster (`tests/routing/*.json`): which backends answer, which source
//! they see, and how the rest fails.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tabernetes::base::time::{Duration, SimTime};
use tabernetes::network::addr::Protocol;
use tabernetes::network::route::{Answer, Client, Outcome, Place, Request, Scheme, Target, Trace, again, trace};
use tabernetes::network::view::{Key, NetView, ProxyMode};
use world::*;

/// Connections per experiment: enough that each of three backends is missed with a probability below 1e-30.
const TRIES: u64 = 200;

fn client(text: &str) -> Client {
    match text {
        "client" => Client::Outside(ip("203.0.113.7")),
        "client2" => Client::Outside(ip("203.0.113.8")),
        _ => match text.strip_prefix("pod:") {
            Some(pod) => Client::Pod(Key::new("default", pod)),
            None => Client::Node(text.into()),
        },
    }
}

/// Brings the cluster into the state of one experiment.
fn arrange(view: &mut NetView, experiment: &Value) {
    let id = experiment["id"].as_str().unwrap();
    let to = experiment["to"].as_str().unwrap();
    if let Some(node) =
        to.split("CIDR routed to ").chain(to.split("from outside routed to ")).find(|part| part.starts_with("node-"))
    {
        route(view, "10.0.0.0/16", &node[..6]);
    }
    match id {
        "i11" => view.put_slice(
            tabernetes::network::view::SliceNet::from_object(&serde_json::json!({
                "metadata": {"namespace": "default", "name": "i-none-1", "labels": {"kubernetes.io/service-name": "i-none"}},
                "ports": [{"name": "", "port": 5432, "protocol": "TCP"}],
                "endpoints": [{"addresses": ["10.0.144.47"]}]
            }))
            .unwrap(),
        ),
        "e45" => configure(view, |config| config.balancers = false),
        "x21" => configure(view, |config| config.bridge = true),
        "y2h" | "y2l" => change_node(view, "node-3", |node| node.leaving = true),
        _ => {}
    }
    if id.starts_with('z') {
        configure(view, |config| config.masquerade_to_nodes = false);
    }
    let ready: &[&str] = if to.contains("only td-2") {
        &["td-2"]
    } else if to.contains("td-1 (node-1, zone-a) and td-3") {
        &["td-1", "td-3"]
    } else {
        &["td-1", "td-2", "td-3"]
    };
    for pod in ["td-1", "td-2", "td-3"] {
        change_pod(view, pod, |td| td.ready = ready.contains(&pod));
    }
    fill_slices(view);
    match id {
        "x11" | "x12" | "x13" | "x14" => hold_before(view, |view| view.remove_service(&Key::new("default", "x-newi"))),
        "x16" => {
            view.hold_proxy("node-3");
            change_pod(view, "x-a", |pod| pod.ready = false);
            fill_slices(view);
        }
        _ => {}
    }
}

/// node-3's proxy stopped before the last change.
fn hold_before(view: &mut NetView, undo: impl FnOnce(&mut NetView)) {
    let after = view.clone();
    undo(view);
    view.sync_proxies();
    view.hold_proxy("node-3");
    for service in after.services() {
        view.put_service((**service).clone());
    }
    view.sync_proxies();
}

fn request(experiment: &Value) -> Option<Request> {
    let address = experiment["address"].as_str()?;
    let to = experiment["to"].as_str().unwrap();
    let mut target = Target::parse(address).unwrap();
    if experiment["proto"] == "udp" {
        target.scheme = Scheme::Udp;
    }
    let mut request = Request::new(client(experiment["client"].as_str().unwrap()), target);
    request.timeout = Some(Duration::from_secs(2));
    let external = address.starts_with("198.51.100.");
    request.via = external.then(|| {
        let named =
            to.find("node-").filter(|_| to.contains("routed to") || to.ends_with("node-1") || to.contains("via "));
        named.map_or("node-1", |at| &to[at..at + 6]).into()
    });
    Some(request)
}

#[derive(Debug, Default, PartialEq)]
struct Seen {
    backends: BTreeMap<String, u64>,
    sources: BTreeSet<String>,
    failures: BTreeSet<String>,
}

fn failure(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Answered { .. } => "answered",
        Outcome::Refused { .. } => "connection refused",
        Outcome::TimedOut { .. } => "timeout",
        Outcome::NoRoute => "no route to host",
        _ => "other",
    }
}

fn run(view: &mut NetView, request: &Request, tries: u64) -> Seen {
    let mut seen = Seen::default();
    for pick in 0..tries {
        let trace = trace(view, request, pick);
        check(view, &trace);
        view.apply(&trace.effects);
        match &trace.outcome {
            Outcome::Answered { by, .. } => {
                let name = match by {
                    Place::Pod(key) => key.name.to_string(),
                    Place::Outside(ip) => format!("outside-{ip}"),
                    other => format!("{other:?}"),
                };
                *seen.backends.entry(name).or_default() += 1;
                seen.sources.insert(trace.seen_source.unwrap().ip().to_string());
            }
            other => {
                seen.failures.insert(failure(other).to_owned());
            }
        }
    }
    seen
}

/// What holds for every trace.
fn check(view: &NetView, trace: &Trace) {
    assert!(trace.hops.len() < 20);
    let candidates = trace.candidates(view);
    let shares: f64 = candidates.iter().map(|candidate| candidate.chance).sum();
    assert!(candidates.iter().all(|one| one.chance == 0.0) || (shares - 1.0).abs() < 1e-9);
    assert_eq!(trace.is_answered(), trace.hops.iter().all(|hop| !hop.failed) && failure(&trace.outcome) == "answered");
    if let (Some(pod), Some(matched)) = (trace.answered_by(), &trace.matched) {
        let listed = candidates.iter().any(|candidate| candidate.pod.as_ref() == Some(pod));
        assert!(listed || view.service(&matched.rules.name.service).is_none_or(|service| service.selector.is_none()));
    }
}

fn expected(recording: &Value) -> Seen {
    let keys = |name: &str| recording[name].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    Seen {
        backends: recording["backends"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, n)| (key.clone(), n.as_u64().unwrap()))
            .collect(),
        sources: keys("sources").iter().map(|text| text.split(' ').next().unwrap().to_owned()).collect(),
        failures: keys("failures").into_iter().collect(),
    }
}

/// Compares what occurs; of counts only that the choice is uniform.
fn compare(id: &str, got: &Seen, want: &Seen, sticky: bool) -> Result<(), String> {
    let names = |seen: &Seen| seen.backends.keys().cloned().collect::<BTreeSet<_>>();
    let same = if sticky {
        // One backend, whichever: its source depends on where it runs.
        got.backends.len() == 1 && want.backends.len() == 1 && got.failures == want.failures
    } else {
        names(got) == names(want) && got.sources == want.sources && got.failures == want.failures
    };
    if !same {
        return Err(format!("{id}: got {got:?}, want {want:?}"));
    }
    let total: u64 = got.backends.values().sum();
    let share = total as f64 / got.backends.len().max(1) as f64;
    let chi2: f64 = got.backends.values().map(|n| (*n as f64 - share).powi(2) / share).sum();
    if chi2 > 16.0 { Err(format!("{id}: not uniform: {got:?}")) } else { Ok(()) }
}

#[test]
fn recorded_experiments() {
    let all = recorded("experiments.json");
    let cluster = world();
    let (mut matching, mut wrong, mut elsewhere) = (0, Vec::new(), Vec::new());
    for experiment in all["experiments"].as_array().unwrap() {
        let id = experiment["id"].as_str().unwrap();
        let verdicts: Vec<Result<(), String>> = [ProxyMode::Iptables, ProxyMode::Nftables]
            .into_iter()
            .filter_map(|mode| {
                let mut view = cluster.clone();
                configure(&mut view, |config| config.proxy_mode = mode);
                arrange(&mut view, experiment);
                let recording = match mode {
                    ProxyMode::Nftables if !experiment["nftables"].is_null() => &experiment["nftables"],
                    _ => &experiment["iptables"],
                };
                match recording["text"].as_str() {
                    Some(text) => {
                        told(&mut view, experiment, text).map(|told| told.map_err(|why| format!("{id}: {why}")))
                    }
                    None => {
                        let sticky = experiment["service"].as_str().is_some_and(|name| name.contains("aff"));
                        let seen = run(&mut view, &request(experiment)?, TRIES);
                        Some(compare(&format!("{id} {mode:?}"), &seen, &expected(recording), sticky))
                    }
                }
            })
            .collect();
        if verdicts.is_empty() {
            elsewhere.push(id);
        } else if verdicts.iter().all(Result::is_ok) {
            matching += 1;
        } else {
            wrong.extend(verdicts.into_iter().filter_map(Result::err));
        }
    }
    println!("{matching} experiments match; {} are not about routing: {elsewhere:?}", elsewhere.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Experiments that were recorded as text. `None`: it is about the API server or a controller, not about routing.
fn told(view: &mut NetView, experiment: &Value, text: &str) -> Option<Result<(), String>> {
    let id = experiment["id"].as_str().unwrap();
    let to = experiment["to"].as_str().unwrap();
    let same = |ok: bool, got: String| Some(if ok { Ok(()) } else { Err(format!("got {got}, want {text}")) });
    let service = Key::new("default", experiment["service"].as_str().unwrap());
    match id {
        _ if to.contains("healthCheckNodePort /healthz")
            || (id.starts_with('y') && to.contains("healthCheckNodePort"))
            || to.contains(":10256/") =>
        {
            let node = &to[..6];
            let port = view.service(&service).and_then(|service| service.health_check_node_port).unwrap_or(10_256);
            let address = view.node(node).unwrap().ip;
            let path = if to.contains("/livez") { "/livez" } else { "/healthz" };
            let target = Target::parse(&format!("http://{address}:{port}{path}")).unwrap();
            let trace = trace(view, &Request::new(client(experiment["client"].as_str().unwrap()), target), 1);
            let Some(Answer { status: Some(status), headers, body }) = trace.answer() else {
                return same(false, format!("{:?}", trace.outcome));
            };
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let body = words(&without_times(&body));
            let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let ok = without_times(text).contains(&body)
                && text.contains(&status.to_string())
                && (!text.contains("HTTP/1.1") || headers.iter().all(|header| text.contains(header)));
            same(ok, format!("{status} {headers:?} {body}"))
        }
        "a24" | "a25" | "f53" => {
            let udp = id == "a25";
            let address = view.service(&service).unwrap().cluster_ips[0];
            let url = if udp { format!("udp://{address}:53") } else { format!("{address}:80") };
            let request = Request::new(client("pod:cli-3"), Target::parse(&url).unwrap());
            let seen = run(view, &request, 20);
            same(seen.failures.is_empty() && (id != "f53" || seen.backends.len() == 1), format!("{seen:?}"))
        }
        "f51" | "f52" => {
            let gap = if id == "f51" { 1 } else { 3 };
            let key = view.service(&service).unwrap().cluster_ips[0];
            let request = Request::new(client("pod:cli-3"), Target::parse(&format!("{key}:80")).unwrap());
            let mut backends = BTreeSet::new();
            for i in 0..14 {
                view.now = SimTime::from_secs(100 + i * gap);
                backends.extend(run_once(view, &request, i));
            }
            same((backends.len() == 1) == (id == "f51"), format!("{backends:?}"))
        }
        "k01" | "y14" => {
            let rules = view.newest_rules().service(&service);
            let none =
                if id == "k01" { rules.is_empty() } else { rules.iter().all(|port| port.balancer_ips.is_empty()) };
            same(none, format!("{rules:?}"))
        }
        "x01" => {
            let request = Request::new(client("pod:cli-3"), Target::parse("http://x-svc").unwrap());
            let open = trace(view, &request, 1);
            let held = open.answered_by()?.clone();
            change_pod(view, &held.name, |pod| pod.ready = false);
            fill_slices(view);
            let stays = again(view, &open) == open.outcome;
            let new = run(view, &request, 30);
            let left = new.failures.is_empty() && new.backends.len() == 1 && !new.backends.contains_key(&*held.name);
            let old = if stays { "same pod still answers" } else { "closed" };
            let others = if left { "only the other pod" } else { "others too" };
            let told = format!("old connection: {old}; 30 new connections go to: {others}");
            same(told == text, told)
        }
        "x21" => {
            let request = Request::new(client("pod:cli-3"), Target::parse("10.244.1.200:8080").unwrap());
            let trace = trace(view, &request, 1);
            same(trace.outcome == Outcome::NoRoute && trace.took == Duration::from_millis(3_100), format!("{trace:?}"))
        }
        _ => None,
    }
}

fn run_once(view: &mut NetView, request: &Request, pick: u64) -> Option<String> {
    let trace = trace(view, request, pick);
    view.apply(&trace.effects);
    trace.answered_by().map(|key| key.name.to_string())
}

/// Removes the times from kube-proxy's health answer.
fn without_times(text: &str) -> String {
    let mut out = text.to_owned();
    for name in ["\"lastUpdated\":", "\"currentTime\":"] {
        while let Some(at) = out.find(name) {
            let end = out[at..].find(',').map_or(out.len(), |end| at + end + 1);
            out.replace_range(at..end, "");
        }
    }
    out
}

#[test]
fn udp_and_tcp_are_different_ports() {
    let view = world();
    assert!(view.newest_rules().vip("10.0.144.47:53".parse().unwrap(), Protocol::Udp).is_some());
    assert!(view.newest_rules().vip("10.0.144.47:53".parse().unwrap(), Protocol::Tcp).is_none());
}
