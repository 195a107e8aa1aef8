//! What routing has to do, statement by statement: `routing/rules.md` says which tests show each, and here stands that those
//! tests exist. Also the chains of recorded rules (`routing/chains.txt`), and statements that have no test elsewhere.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use tabernetes::network::route::{Client, HopKind, Outcome, Request, Target, Trace, trace};
use tabernetes::network::rules::{PortRules, names};
use tabernetes::network::view::{Key, NetView, ProxyMode};
use world::*;

fn go(view: &NetView, from: Client, url: &str, pick: u64) -> Trace {
    trace(view, &Request::new(from, Target::parse(url).unwrap()), pick)
}

/// Whether a file has a test of this name.
fn has_test(file: &str, name: &str) -> bool {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap_or_default();
    let head = format!("fn {name}(");
    text.split("#[test]")
        .skip(1)
        .any(|test| test.lines().find(|line| line.contains("fn ")).is_some_and(|line| line.contains(&head)))
}

/// What is wrong with a reference to a test; nothing, if it exists.
fn wrong_reference(reference: &str) -> Option<String> {
    let known = match reference.split_once("::") {
        Some((file, name)) if file.ends_with(".rs") => has_test(file, name),
        Some((file, name)) => has_test(&format!("tests/{file}.rs"), name),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("www/{reference}.md")).exists(),
    };
    (!known).then(|| format!("{reference} does not exist"))
}

#[test]
fn every_statement_has_tests_and_every_experiment_a_statement() {
    let experiments: BTreeSet<String> = recorded("experiments.json")["experiments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|experiment| experiment["id"].as_str().unwrap().to_owned())
        .collect();
    let (mut wrong, mut named, mut numbers) = (Vec::new(), BTreeSet::new(), BTreeMap::<&str, Vec<String>>::new());
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/routing/rules.md")).unwrap();
    let mut section = "";
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        }
        let [_, number, _, shown, _] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else { continue };
        if number.parse::<usize>().is_err() {
            continue;
        }
        numbers.entry(section).or_default().push(number.to_owned());
        if shown.is_empty() {
            wrong.push(format!("{section} {number}: nothing shows it"));
        }
        for word in shown.split_whitespace() {
            match word.strip_prefix('`').and_then(|word| word.strip_suffix('`')) {
                Some(reference) => wrong.extend(wrong_reference(reference)),
                None if experiments.contains(word) => drop(named.insert(word.to_owned())),
                None => wrong.push(format!("{word}: no such experiment")),
            }
        }
    }
    wrong.extend(experiments.difference(&named).map(|id| format!("{id}: shows no statement")));
    for (section, found) in &numbers {
        let expected: Vec<String> = (1..=found.len()).map(|number| number.to_string()).collect();
        assert_eq!(*found, expected, "{section}");
    }
    let counts: Vec<usize> = numbers.values().map(Vec::len).collect();
    assert_eq!(counts, [3, 24, 22], "{:?}", numbers.keys());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All chains that could be about a port.
fn chains(port: &PortRules, mode: ProxyMode) -> Vec<String> {
    let (name, protocol) = (&port.name, port.protocol);
    let endpoints = port.endpoints.iter().map(|endpoint| endpoint.at);
    match mode {
        ProxyMode::Iptables => [names::service_chain, names::local_chain, names::external_chain, names::firewall_chain]
            .into_iter()
            .map(|chain| chain(name, protocol))
            .chain(endpoints.map(|at| names::endpoint_chain(name, protocol, at)))
            .collect(),
        ProxyMode::Nftables => ["service", "local", "external", "firewall"]
            .into_iter()
            .map(|prefix| names::nftables_chain(prefix, name, protocol))
            .chain(endpoints.map(|at| names::nftables_endpoint_chain(name, protocol, at)))
            .collect(),
    }
}

#[test]
fn chains_are_the_recorded_ones() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/routing/chains.txt")).unwrap();
    let mut by_service = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (service, chain) in text.lines().filter_map(|line| line.split_once(' ')) {
        by_service.entry(service).or_default().insert(chain);
    }
    assert_eq!(by_service.len(), 14);
    for (service, recorded) in by_service {
        let mut view = world();
        let ports = view.newest_rules().service(&Key::new("default", service)).to_vec();
        let of = |mode| ports.iter().flat_map(move |port| chains(port, mode)).collect::<BTreeSet<_>>();
        let all: BTreeSet<String> = of(ProxyMode::Iptables).union(&of(ProxyMode::Nftables)).cloned().collect();
        let unknown: Vec<_> = recorded.iter().filter(|chain| !all.contains(**chain)).collect();
        assert!(unknown.is_empty(), "{service}: {unknown:?}");
        // Of Service web the excerpts have one port only.
        let Some(port) = ports.first().filter(|_| service != "web") else { continue };
        let cluster_ip = format!("http://{}:{}", port.cluster_ip, port.port);
        let node_port = port.node_port.map(|number| format!("http://192.168.49.2:{number}"));
        for mode in [ProxyMode::Iptables, ProxyMode::Nftables] {
            configure(&mut view, |config| config.proxy_mode = mode);
            let inside = Client::Pod(Key::new("default", "cli-1"));
            let outside = Client::Outside(ip("203.0.113.7"));
            let ways = [(inside, Some(cluster_ip.clone())), (outside, node_port.clone())];
            for (client, url) in ways.iter().filter_map(|(client, url)| Some((client, url.as_ref()?))) {
                for pick in 0..20 {
                    let trace = go(&view, client.clone(), url, pick);
                    let hops = trace.hops.iter().filter(|hop| matches!(hop.kind, HopKind::Proxy | HopKind::Dnat));
                    for rule in hops.filter(|hop| !hop.failed).filter_map(|hop| hop.rule()) {
                        assert!(recorded.contains(&*rule.chain), "{service} {url} {mode:?}: {}", rule.chain);
                    }
                }
            }
        }
    }
}

#[test]
fn affinity_is_by_the_address_that_the_node_sees() {
    let mut view = world();
    let port = view.service(&Key::new("default", "f-aff")).unwrap().ports[0].node_port.unwrap();
    let client = ip("203.0.113.7");
    let trace = go(&view, Client::Outside(client), &format!("http://192.168.49.4:{port}"), 1);
    assert_eq!(trace.seen_source.unwrap().ip(), ip("192.168.49.4"), "the pod sees the node");
    view.apply(&trace.effects);
    assert_eq!(view.affinity.keys().map(|one| one.client).collect::<Vec<_>>(), [client]);
}

#[test]
fn a_headless_service_has_the_ports_of_its_pods() {
    let view = world();
    let client = || Client::Pod(Key::new("default", "cli-3"));
    let refused = go(&view, client(), "http://head:80", 1);
    assert!(matches!(refused.outcome, Outcome::Refused { .. }) && refused.matched.is_none(), "{:?}", refused.outcome);
    let answered: BTreeSet<_> =
        (0..30).map(|pick| go(&view, client(), "http://head:8080", pick).answered_by().cloned()).collect();
    assert!(answered.len() > 1 && !answered.contains(&None), "{answered:?}");
}
