//! IPv6 packets, and Services of one family or both: each family has rules, slices, names and a node's addresses of its own.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/dual_world.rs"]
mod dual_world;
#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use dual_world::{dual, six};
use std::collections::BTreeSet;
use tabernetes::network::addr::{Family, in_url};
use tabernetes::network::programs::run;
use tabernetes::network::route::{Client, Outcome, Request, Target, Trace, trace};
use tabernetes::network::view::*;
use world::*;

fn client(text: &str) -> Client {
    match text.split_once(':') {
        Some(("pod", name)) => Client::Pod(Key::new("default", name)),
        _ if text == "laptop" => Client::Laptop,
        _ if text == "internet" => Client::Internet,
        _ => Client::Node(text.into()),
    }
}

fn go(view: &NetView, from: &str, url: &str, family: Option<Family>, pick: u64) -> Trace {
    trace(view, &Request { family, ..Request::new(client(from), Target::parse(url).unwrap()) }, pick)
}

/// Who answers, and from where each sees the request: `web-1a web-1b web-2; 10.244.1.4`; or how it fails.
fn seen(view: &NetView, from: &str, url: &str) -> String {
    let (mut backends, mut sources, mut failures) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for pick in 0..120 {
        let trace = go(view, from, url, None, pick);
        match &trace.outcome {
            Outcome::Answered { .. } => {
                backends.insert(trace.answered_by().map_or("?".to_owned(), |pod| pod.name.to_string()));
                sources.insert(trace.seen_source.unwrap().ip().to_string());
            }
            Outcome::Refused { .. } => drop(failures.insert("refused")),
            Outcome::TimedOut { .. } => drop(failures.insert("timeout")),
            Outcome::NoRoute => drop(failures.insert("no route")),
            Outcome::Unreachable => drop(failures.insert("unreachable")),
            _ => drop(failures.insert("other")),
        }
    }
    let join = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>().join(" ");
    let failures = failures.into_iter().collect::<Vec<_>>().join(" ");
    match backends.is_empty() {
        true => failures,
        false => format!("{}; {}{failures}", join(backends), join(sources)),
    }
}

/// An address in a sentence about IPv4, as IPv6 has it.
fn in_six(text: &str) -> String {
    let word = |word: &str| word.parse().map_or_else(|_| word.to_owned(), |ip| six(ip).to_string());
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// What holds for IPv4 holds for IPv6 (the recordings have the one). Client, IPv4 URL, IPv6 URL, what is seen with IPv4.
const ALIKE: [(&str, &str, &str, &str); 14] = [
    ("pod:cli-3", "http://10.0.66.0", "http://[fd00:10:96::]", "web-1a web-1b web-2; 10.244.3.2"),
    ("pod:cli-1", "http://10.0.66.0", "http://[fd00:10:96::]", "web-1a web-1b web-2; 10.244.1.4"),
    ("node-3", "http://10.0.66.0", "http://[fd00:10:96::]", "web-1a web-1b web-2; 192.168.49.4"),
    (
        "pod:cli-3",
        "http://192.168.49.3:30600",
        "http://[fc00:f853:ccd:e793::3]:30600",
        "web-1a web-1b web-2; 10.244.2.1 192.168.49.3",
    ),
    (
        "laptop",
        "http://192.168.49.4:30600",
        "http://[fc00:f853:ccd:e793::4]:30600",
        "web-1a web-1b web-2; 192.168.49.4",
    ),
    ("laptop", "http://192.168.49.2:30602", "http://[fc00:f853:ccd:e793::2]:30602", "web-1a web-1b; 192.168.49.1"),
    ("laptop", "http://192.168.49.4:30602", "http://[fc00:f853:ccd:e793::4]:30602", "timeout"),
    (
        "pod:cli-3",
        "http://192.168.49.4:30602",
        "http://[fc00:f853:ccd:e793::4]:30602",
        "web-1a web-1b web-2; 10.244.3.2",
    ),
    ("pod:cli-1", "http://10.0.66.2", "http://[fd00:10:96::2]", "web-1a web-1b; 10.244.1.4"),
    ("pod:cli-3", "http://10.0.66.2", "http://[fd00:10:96::2]", "timeout"),
    ("pod:cli-3", "http://10.244.2.2:8080", "http://[fd00:10:244:2::2]:8080", "web-2; 10.244.3.2"),
    ("node-1", "http://10.244.1.2:8080", "http://[fd00:10:244:1::2]:8080", "web-1a; 10.244.1.1"),
    ("pod:cli-3", "http://10.0.66.99", "http://[fd00:10:96::99]", "timeout"),
    ("internet", "http://10.0.66.0", "http://[fd00:10:96::]", "timeout"),
];

#[test]
fn both_families_travel_alike() {
    let mut view = dual();
    for mode in [ProxyMode::Iptables, ProxyMode::Nftables] {
        configure(&mut view, |config| config.proxy_mode = mode);
        for (from, four, six, expected) in ALIKE {
            assert_eq!(seen(&view, from, four), expected, "{mode:?} {from} {four}");
            let sorted = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
            assert_eq!(sorted(&seen(&view, from, six)), sorted(&in_six(expected)), "{mode:?} {from} {six}");
        }
    }
}

/// Client, URL, iptables mode, nftables mode.
const APART: [(&str, &str, &str, &str); 9] = [
    // A Service of one family has no rules for the other.
    (
        "pod:cli-3",
        "http://[fd00:10:96::1]",
        "web-1a web-1b web-2; fd00:10:244:3::2",
        "web-1a web-1b web-2; fd00:10:244:3::2",
    ),
    ("laptop", "http://192.168.49.2:30601", "refused", "refused"),
    ("laptop", "http://[fc00:f853:ccd:e793::2]:30603", "refused", "refused"),
    (
        "laptop",
        "http://[fc00:f853:ccd:e793::4]:30601",
        "web-1a web-1b web-2; fc00:f853:ccd:e793::4",
        "web-1a web-1b web-2; fc00:f853:ccd:e793::4",
    ),
    // 127.0.0.1 can be rerouted, ::1 cannot.
    ("node-3", "http://127.0.0.1:30600", "web-1a web-1b web-2; 192.168.49.4", "refused"),
    ("node-3", "http://[::1]:30600", "refused", "refused"),
    // A port that the Service does not have.
    ("pod:cli-3", "http://[fd00:10:96::]:81", "timeout", "refused"),
    // Its own Service: the node hides who asks.
    (
        "pod:web-1a",
        "http://[fd00:10:96::2]",
        "web-1a web-1b; fd00:10:244:1::1 fd00:10:244:1::2",
        "web-1a web-1b; fd00:10:244:1::1 fd00:10:244:1::2",
    ),
    ("pod:cli-3", "http://[2001:db8::99]", "timeout", "timeout"),
];

#[test]
fn each_family_has_rules_of_its_own() {
    let mut view = dual();
    for (from, url, iptables, nftables) in APART {
        for (mode, expected) in [(ProxyMode::Iptables, iptables), (ProxyMode::Nftables, nftables)] {
            configure(&mut view, |config| config.proxy_mode = mode);
            assert_eq!(seen(&view, from, url), expected, "{mode:?} {from} {url}");
        }
    }
    assert_eq!(seen(&world(), "pod:cli-3", "http://[fd00:10:96::1]"), "unreachable");
    assert_eq!(seen(&world(), "node-1", "http://[fd00:10:96::1]"), "unreachable");
    assert_eq!(seen(&world(), "pod:cli-3", "http://[::1]:8080"), "refused");
}

/// A client sticks to one endpoint for each family: it is another client there.
#[test]
fn affinity_is_by_family() {
    let mut view = dual();
    let mut ask = |url: &str, pick| {
        let trace = go(&view, "pod:cli-3", url, None, pick);
        view.apply(&trace.effects);
        trace.answered_by().unwrap().name.to_string()
    };
    for url in ["http://10.0.66.4", "http://[fd00:10:96::4]"] {
        let first = ask(url, 1);
        (2..30).for_each(|pick| assert_eq!(ask(url, pick), first, "{url}"));
    }
    assert_eq!(view.affinity.len(), 2);
}

/// The destination of the packet in the end of the look-up.
fn target(trace: &Trace) -> String {
    trace
        .hops
        .last()
        .map(|hop| hop.before.dst.ip())
        .filter(|_| trace.lookup.is_some())
        .map_or("-".to_owned(), |ip| if ip.is_ipv4() { "IPv4".to_owned() } else { "IPv6".to_owned() })
}

/// A name with both kinds of addresses leads to IPv6 first, if the client has IPv6; what does not work is tried by IPv4.
#[test]
fn names_lead_to_ipv6_first() {
    let view = dual();
    for (url, family, expected) in [
        ("http://both", None, "IPv6"),
        ("http://both", Some(Family::V4), "IPv4"),
        ("http://both", Some(Family::V6), "IPv6"),
        ("http://six", None, "IPv6"),
        ("http://four", None, "IPv4"),
        ("http://web", None, "IPv4"),
    ] {
        let trace = go(&view, "pod:cli-3", url, family, 3);
        assert!(trace.is_answered(), "{url}");
        assert_eq!(target(&trace), expected, "{url} {family:?}");
    }
    for (url, family) in [("http://four", Family::V6), ("http://six", Family::V4)] {
        let trace = go(&view, "pod:cli-3", url, Some(family), 3);
        assert!(matches!(trace.outcome, Outcome::NoSuchName { .. }), "{url} {family}");
    }
    // IPv6 has no endpoints: refused at once, and IPv4 is next. It is lost on the way: IPv4 is tried after 200 ms.
    let without_six = |view: &mut NetView| {
        let key = Key::new("default", "both");
        let six = |slice: &SliceNet| slice.endpoints.iter().all(|one| one.addresses.iter().all(|ip| ip.is_ipv6()));
        let gone: Vec<Key> = view.slices_of(&key).filter(|slice| six(slice)).map(|slice| slice.key.clone()).collect();
        gone.iter().for_each(|key| view.remove_slice(key));
        view.sync_proxies();
    };
    let mut refused = dual();
    without_six(&mut refused);
    let trace = go(&refused, "pod:cli-3", "http://both", None, 3);
    assert!(trace.is_answered() && trace.addresses_tried == 2);
    let mut lost = dual();
    change_service(&mut lost, "both", |service| service.internal = TrafficPolicy::Local);
    let key = Key::new("default", "both");
    let slices: Vec<SliceNet> = lost.slices_of(&key).map(|slice| (**slice).clone()).collect();
    for mut slice in slices {
        let six = slice.endpoints.iter_mut().filter(|one| one.addresses.iter().all(|ip| ip.is_ipv6()));
        six.for_each(|one| one.node = None);
        lost.put_slice(slice);
    }
    lost.sync_proxies();
    let trace = go(&lost, "pod:cli-1", "http://both", None, 3);
    assert!(trace.is_answered() && trace.addresses_tried == 2);
    assert!((200..300).contains(&trace.took.as_millis()), "{:?}", trace.took);
    assert_eq!(
        go(&lost, "pod:cli-1", "http://both", Some(Family::V6), 3).outcome,
        Outcome::TimedOut { connected: false }
    );
}

#[test]
fn programs_know_both_families() {
    let view = dual();
    let pod = client("pod:cli-3");
    let run = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let got = run(&view, &pod, &words, 4).unwrap();
        format!("{}{}{}", got.stdout, got.stderr, got.exit)
    };
    for (line, expected) in [
        ("curl -s -o /dev/null -w %{remote_ip}|%{http_code} http://both", "fd00:10:96::|2000"),
        ("curl -4 -s -o /dev/null -w %{remote_ip} http://both", "10.0.66.00"),
        ("curl -6 -s -o /dev/null -w %{remote_ip} http://both", "fd00:10:96::0"),
        (
            "curl -g -s -o /dev/null -w %{local_ip}|%{url_effective} http://[fd00:10:96::1]/",
            "fd00:10:244:3::2|http://[fd00:10:96::1]/0",
        ),
        ("curl -6 -sS http://four", "curl: (6) Could not resolve host: four\n6"),
        ("dig +short AAAA both.default.svc.cluster.local", "fd00:10:96::\n0"),
        ("dig +short A six.default.svc.cluster.local", "0"),
        ("dig +short -x fd00:10:96::1", "six.default.svc.cluster.local.\n0"),
        ("getent hosts both", "fd00:10:96::    both.default.svc.cluster.local\n0"),
        ("getent hosts four", "10.0.66.3       four.default.svc.cluster.local\n0"),
        ("ping6 -c1 four", "ping: four: No address associated with hostname\n2"),
    ] {
        assert_eq!(run(line), expected, "{line}");
    }
    let verbose = run("curl -v http://[fd00:10:96::1]/");
    assert!(
        verbose
            .contains("*   Trying [fd00:10:96::1]:80...\n* Connected to fd00:10:96::1 (fd00:10:96::1) port 80 (#0)\n"),
        "{verbose}"
    );
    assert!(verbose.contains("> Host: [fd00:10:96::1]\n"), "{verbose}");
    let alone = world();
    let got = tabernetes::network::programs::run(&alone, &pod, &["ping", "-c1", "fd00::1"], 1).unwrap();
    assert_eq!((&*got.stderr, got.exit), ("ping: connect: Network is unreachable\n", 2));
    let got = tabernetes::network::programs::run(&alone, &pod, &["curl", "-sS", "http://[fd00::1]"], 1).unwrap();
    assert_eq!(got.stderr, "curl: (7) Failed to connect to fd00::1 port 80 after 0 ms: Couldn't connect to server\n");
}

#[test]
fn a_proxying_balancer_speaks_a_family_that_the_service_has() {
    // Service, address of its balancer, the source of the balancer's own connection.
    for (name, address, source) in [
        ("local", "198.51.100.9", "203.0.113.200"),
        ("local", "2001:db8:9::1", "2001:db8::c8"),
        ("six", "2001:db8:9::1", "2001:db8::c8"),
        ("six", "198.51.100.9", "2001:db8::c8"),
        ("four", "2001:db8:9::1", "203.0.113.200"),
    ] {
        let mut view = dual();
        change_service(&mut view, name, |service| {
            service.kind = ServiceType::LoadBalancer;
            service.external = TrafficPolicy::Local;
            service.ingress = vec![Ingress { ip: Some(ip(address)), hostname: None, proxy_mode: true }];
        });
        view.sync_proxies();
        let url = format!("http://{}", in_url(ip(address)));
        for from in ["pod:cli-3", "internet", "laptop"] {
            assert_eq!(seen(&view, from, &url), format!("web-1a web-1b web-2; {source}"), "{name} {from} {address}");
        }
    }
}
