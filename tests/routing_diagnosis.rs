//! The decision table of failed requests: a row of this table for every row of that one.

#![cfg(not(target_arch = "wasm32"))]

#[path = "routing/dual_world.rs"]
#[allow(dead_code)]
mod dual_world;
#[path = "routing/family_cases.rs"]
mod family_cases;
#[path = "routing/ingress_cases.rs"]
mod ingress_cases;
#[path = "routing/ingress_world.rs"]
mod ingress_world;
#[path = "routing/policy_cases.rs"]
mod policy_cases;
#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use serde_json::json;
use std::collections::BTreeSet;
use tabernetes::base::time::Duration;
use tabernetes::i18n::{Lang, text};
use tabernetes::network::addr::{Family, Protocol};
use tabernetes::network::diagnose::{Action, Diagnosis, TABLE, check_service, diagnose, near_miss};
use tabernetes::network::route::{Client, Request, Target, trace};
use tabernetes::network::view::*;
use world::*;

fn pod(name: &str) -> Client {
    Client::Pod(Key::new("default", name))
}

/// The sentence of a message.
fn english(message: &tabernetes::base::msg::Msg) -> String {
    text(Lang::En, message)
}

fn service(view: &mut NetView, object: serde_json::Value) {
    view.put_service(ServiceNet::from_object(&object).unwrap());
    fill_slices(view);
}

fn listen(view: &mut NetView, name: &str, speaks: Speaks) {
    change_pod(view, name, |pod| {
        pod.containers[0].listeners =
            vec![Listener { protocol: Protocol::Tcp, port: 8080, bind: Bind::Any, speaks: speaks.clone() }];
    });
}

fn selector(view: &mut NetView, name: &str, key: &str, value: &str) {
    change_service(view, name, |service| {
        service.selector = Some([(key.into(), value.into())].into());
    });
    fill_slices(view);
}

/// Row, client, URL, what is changed first, what is said, where it is to be seen, and the first remedy.
type Case = (&'static str, Client, &'static str, fn(&mut NetView), &'static str, &'static str, &'static str);

fn nothing(_: &mut NetView) {}

fn tls(view: &mut NetView, names: &[&str], trusted: bool) {
    let Speaks::Http(handlers) = server() else { return };
    let names = names.iter().map(|name| (*name).into()).collect();
    listen(view, "hp", Speaks::Https { names, trusted, handlers });
}

fn cases() -> Vec<Case> {
    vec![
        ("client", pod("gone"), "http://web", nothing, "Pod gone does not run, so nothing can be sent from it", "", ""),
        (
            "node-down",
            pod("cli-3"),
            "http://j-hp",
            |v| change_node(v, "node-2", |n| n.up = false),
            "Node node-2 is down; its pods stay endpoints until the cluster notices",
            "Node status.conditions",
            "kubectl get nodes",
        ),
        (
            "dns-server",
            pod("cli-3"),
            "http://web",
            |v| {
                v.remove_pod(&Key::new("kube-system", "coredns"));
                fill_slices(v)
            },
            "No name can be resolved: the DNS Service 10.0.0.10 has no ready pod",
            "",
            "kubectl get pods -n kube-system -o wide",
        ),
        (
            "external-name-address",
            pod("cli-3"),
            "http://ext-ip",
            nothing,
            "ExternalName of ext-ip is the address 203.0.113.50; it has to be a DNS name, so there is no record",
            "Service spec.externalName",
            "",
        ),
        (
            "external-name-target",
            pod("cli-3"),
            "http://ext-bad",
            nothing,
            "ext-bad is an alias of nosuch.invalid, which does not exist",
            "Service spec.externalName",
            "",
        ),
        (
            "headless-empty",
            pod("cli-3"),
            "http://head-unready",
            nothing,
            "head-unready is headless and has no ready endpoint, so its name has no address",
            "Pod status.conditions",
            "kubectl describe pod unr-2 -n default",
        ),
        (
            "name-outside-cluster",
            Client::Internet,
            "http://c-np",
            nothing,
            "c-np is a name of the cluster's own DNS; only pods ask that server",
            "",
            "http://192.168.49.2:30080",
        ),
        (
            "other-namespace",
            Client::Pod(Key::new("my-ns", "cli-ns")),
            "http://web",
            nothing,
            "There is no Service web in namespace my-ns; there is one in default",
            "Service metadata.namespace",
            "http://web.default",
        ),
        (
            "pod-name",
            pod("cli-3"),
            "http://web-1a:8080",
            nothing,
            "web-1a is a pod: pods have no name in DNS, Services have",
            "",
            "http://10.244.1.2:8080",
        ),
        (
            "name-typo",
            pod("cli-3"),
            "http://my-servcie",
            nothing,
            "There is no name my-servcie; my-service exists",
            "Service metadata.name",
            "http://my-service",
        ),
        (
            "no-such-name",
            pod("cli-3"),
            "http://completely.different.org",
            nothing,
            "Nothing is called completely.different.org. Services in default: b-mix, b-none, b-none-lb, b-none-local, b-pub, b-term, b-term-local, b-tun, …",
            "",
            "kubectl get services -n default",
        ),
        (
            "ping",
            pod("cli-3"),
            "ping://web",
            nothing,
            "10.0.144.47 of web is a virtual address: rules exist only for its TCP and UDP ports, so nothing answers a ping",
            "",
            "http://web",
        ),
        (
            "rollout-race",
            pod("cli-3"),
            "http://j-hp",
            |v| {
                change_pod(v, "hp", |pod| {
                    pod.terminating = true;
                    pod.containers[0].running = false;
                })
            },
            "hp was told to stop and has closed 10.244.2.7:8080, but kube-proxy on node-3 has not heard of it yet: for a moment j-hp still sends there",
            "Pod metadata.deletionTimestamp",
            "",
        ),
        (
            "starting",
            pod("cli-3"),
            "http://j-hp",
            |v| change_pod(v, "hp", |pod| pod.containers[0].starting = true),
            "hp runs, but c does not listen on 8080 yet; without a readiness probe j-hp sends there from the first moment",
            "Pod status.conditions",
            "",
        ),
        (
            "other-proxy",
            pod("cli-3"),
            "http://10.0.144.47",
            |v| {
                change_service(v, "web", |s| s.other_proxy = Some("mesh".into()));
                v.sync_proxies();
            },
            "The label service.kubernetes.io/service-proxy-name leaves web to a proxy called mesh: kube-proxy writes no rule for it",
            "Service metadata.labels[service.kubernetes.io/service-proxy-name]",
            r#"{"metadata":{"labels":{"service.kubernetes.io/service-proxy-name":null}}}"#,
        ),
        (
            "stale-rules",
            pod("cli-3"),
            "http://web:81",
            |v| {
                v.hold_proxy("node-3");
                change_service(v, "web", |s| s.ports[0].port = 81);
                fill_slices(v)
            },
            "kube-proxy on node-3 has not taken over the latest change of web: older rules are in force",
            "Node ",
            "",
        ),
        (
            "source-ranges",
            Client::Outside(ip("203.0.113.8")),
            "http://198.51.100.13",
            nothing,
            "e-src accepts only 203.0.113.7/32 at its load balancer address; the request came from 203.0.113.8",
            "Service spec.loadBalancerSourceRanges",
            r#"{"spec":{"loadBalancerSourceRanges":["203.0.113.7/32","203.0.113.8/32"]}}"#,
        ),
        (
            "selector-mismatch",
            pod("cli-3"),
            "http://m-def:8080",
            |v| selector(v, "m-def", "app", "wbe"),
            "Service m-def: 0 of 29 pods match; nearest: 3 pods have app=web where you wrote app=wbe",
            "Service spec.selector[app]",
            r#"{"spec":{"selector":{"app":"web"}}}"#,
        ),
        (
            "selector-mismatch",
            pod("cli-3"),
            "http://m-def:8080",
            |v| selector(v, "m-def", "name", "web"),
            "Service m-def: 0 of 29 pods match; nearest: 3 pods have app=web where you wrote name=web",
            "Service spec.selector[name]",
            r#"{"spec":{"selector":{"app":"web","name":null}}}"#,
        ),
        (
            "selector-mismatch",
            pod("cli-3"),
            "http://m-def:8080",
            |v| change_service_selector(v, &[("app", "web"), ("tier", "x")]),
            "Service m-def: 0 of 29 pods match; 3 pods have all that is selected but tier=x",
            "Service spec.selector[tier]",
            r#"{"spec":{"selector":{"tier":null}}}"#,
        ),
        (
            "selector-mismatch",
            pod("cli-3"),
            "http://b-none",
            nothing,
            "Service b-none selects app=nothing: 0 of 29 pods match",
            "Service spec.selector",
            "",
        ),
        (
            "pods-not-ready",
            pod("cli-3"),
            "http://b-unready",
            nothing,
            "Service b-unready selects 1 pod, and it is not ready",
            "Pod status.conditions",
            "kubectl describe pod unr-2 -n default",
        ),
        (
            "named-port-missing",
            pod("cli-3"),
            "http://m-noname",
            nothing,
            "m-noname sends to the port called \"nosuch\", and no selected pod has it; they have http (8080), dnsu (5353)",
            "Service spec.ports[0].targetPort",
            r#"[{"op":"add","path":"/spec/ports/0/targetPort","value":"http"}]"#,
        ),
        (
            "no-selector",
            pod("cli-3"),
            "http://i-name:5432",
            nothing,
            "EndpointSlice i-name-1 names its ports \"other\", but i-name asks for \"pg\"",
            "EndpointSlice ports[0].name",
            r#"[{"op":"add","path":"/ports/0/name","value":"pg"}]"#,
        ),
        (
            "no-selector",
            pod("cli-3"),
            "http://i-nolabel:5432",
            nothing,
            "EndpointSlice i-nolabel-1 lacks the label that ties it to i-nolabel",
            "EndpointSlice metadata.labels",
            r#"{"metadata":{"labels":{"kubernetes.io/service-name":"i-nolabel"}}}"#,
        ),
        (
            "no-selector",
            pod("cli-3"),
            "http://i-none:5432",
            nothing,
            "i-none has no selector, so no pod becomes its endpoint, and no EndpointSlice was written for it",
            "Service spec",
            "",
        ),
        (
            "external-policy-local",
            Client::Internet,
            "http://192.168.49.4:30081",
            nothing,
            "externalTrafficPolicy Local: d-np has no ready pod on node-3, so packets are dropped there. Pods are on: node-1, node-2",
            "Service spec.externalTrafficPolicy",
            r#"{"spec":{"externalTrafficPolicy":"Cluster"}}"#,
        ),
        (
            "internal-policy-local",
            pod("cli-3"),
            "http://g-int",
            nothing,
            "internalTrafficPolicy Local: g-int has no ready pod on node-3, so packets are dropped there. Pods are on: node-1, node-2",
            "Service spec.internalTrafficPolicy",
            r#"{"spec":{"internalTrafficPolicy":"Cluster"}}"#,
        ),
        (
            "wrong-protocol",
            pod("cli-3"),
            "udp://web:80",
            nothing,
            "Port 80 of web is TCP, and the request used UDP",
            "Service spec.ports[0].protocol",
            "",
        ),
        (
            "wrong-service-port",
            pod("cli-3"),
            "http://c-np:8080",
            nothing,
            "8080 is the targetPort of c-np; the Service itself is reached on 80",
            "Service spec.ports[0].port",
            "http://c-np",
        ),
        (
            "wrong-service-port",
            pod("cli-3"),
            "http://c-np:30080",
            nothing,
            "30080 is the nodePort of c-np, which is open on the nodes; the ClusterIP is reached on 80",
            "Service spec.ports[0].port",
            "http://c-np",
        ),
        (
            "wrong-service-port",
            pod("cli-3"),
            "http://web:81",
            nothing,
            "Service web has no port 81; it has 80/TCP (http), 9000/TCP (admin), 53/UDP (dnsu)",
            "Service spec.ports[0].port",
            "http://web",
        ),
        (
            "balancer-port",
            Client::Internet,
            "http://198.51.100.11:81",
            nothing,
            "Service e-lb has no port 81; it has 80/TCP",
            "Service spec.ports",
            "http://198.51.100.11",
        ),
        (
            "loopback-only",
            pod("cli-3"),
            "http://m-lo",
            nothing,
            "Container c in lo-1 listens on 127.0.0.1:8080 only: it is reachable from inside the pod and from nowhere else",
            "Pod spec.containers",
            "",
        ),
        (
            "headless-port",
            pod("cli-3"),
            "http://head",
            nothing,
            "head is headless: no proxy translates port 80. Use 8080, on which the pods listen",
            "Service spec.clusterIP",
            "http://head:8080",
        ),
        (
            "pod-port",
            pod("cli-3"),
            "http://10.244.2.2",
            nothing,
            "Nothing in web-2 listens on 80; it listens on 8080/TCP (c), 9090/TCP (c), 5353/UDP (c)",
            "Pod spec.containers[0].ports",
            "http://10.244.2.2:8080",
        ),
        (
            "target-port",
            pod("cli-3"),
            "http://j-hp",
            |v| {
                change_service(v, "j-hp", |s| s.ports[0].target = TargetPort::Number(84));
                fill_slices(v);
            },
            "j-hp sends to targetPort 84, where nothing listens; hp listens on 8080/TCP (c), 9090/TCP (c)",
            "Service spec.ports[0].targetPort",
            r#"[{"op":"add","path":"/spec/ports/0/targetPort","value":8080}]"#,
        ),
        (
            "wrong-node-port",
            Client::Internet,
            "http://192.168.49.2:80",
            |v| keep_services(v, &["c-np"]),
            "On a node c-np is reached on its nodePort 30080, not on 80",
            "Service spec.ports[0].nodePort",
            "http://192.168.49.2:30080",
        ),
        (
            "wrong-node-port",
            Client::Internet,
            "http://192.168.49.2:31000",
            |v| keep_services(v, &["c-np"]),
            "No Service has the node port 31000; there are 30080 (c-np)",
            "Node ",
            "",
        ),
        (
            "wrong-node-port",
            Client::Internet,
            "http://192.168.49.2:31000",
            |v| keep_services(v, &["web"]),
            "Nothing listens on 31000 of the node, and no Service has a node port",
            "",
            "",
        ),
        (
            "wrong-node-port",
            Client::Node("node-1".into()),
            "http://127.0.0.1:30080",
            |v| configure(v, |c| c.proxy_mode = ProxyMode::Nftables),
            "In nftables mode node port 30080 of c-np is not open on 127.0.0.1",
            "",
            "http://192.168.49.2:30080",
        ),
        (
            "external-name-port",
            pod("cli-3"),
            "http://ext:8080",
            nothing,
            "ext is only an alias of example.com: its ports do nothing. example.com listens on 80, not on 8080",
            "Service spec.ports",
            "http://ext",
        ),
        (
            "external-name-host",
            pod("cli-3"),
            "http://ext",
            |v| virtual_host(v, "example.com"),
            "The server was asked for the host \"ext\", which it does not know; it knows example.com",
            "Service spec.externalName",
            "curl -H 'Host: example.com' http://ext",
        ),
        (
            "tls",
            pod("cli-3"),
            "https://j-hp:80",
            nothing,
            "j-hp:80 speaks plain HTTP, and the request spoke HTTPS",
            "",
            "http://j-hp:80",
        ),
        (
            "tls",
            pod("cli-3"),
            "http://j-hp:80",
            |v| tls(v, &["j-hp"], true),
            "j-hp:80 speaks HTTPS, and the request spoke plain HTTP",
            "",
            "https://j-hp:80",
        ),
        (
            "tls",
            pod("cli-3"),
            "https://j-hp:80",
            |v| tls(v, &["j-hp"], false),
            "The certificate of j-hp is signed by nobody that the client trusts",
            "",
            "curl -k https://j-hp:80",
        ),
        (
            "tls",
            pod("cli-3"),
            "https://j-hp:80",
            |v| tls(v, &["*.example.com"], true),
            "The certificate is not valid for the name j-hp",
            "",
            "",
        ),
        (
            "not-http",
            pod("cli-3"),
            "http://j-hp",
            |v| listen(v, "hp", Speaks::Raw("220 hello".into())),
            "What answers on 80 does not speak HTTP",
            "",
            "",
        ),
        (
            "silent-process",
            pod("cli-3"),
            "http://j-hp",
            |v| listen(v, "hp", Speaks::Nothing),
            "hp took the connection and never answered",
            "Pod spec.containers",
            "kubectl logs hp -n default",
        ),
        (
            "resets",
            pod("cli-3"),
            "http://j-hp",
            |v| listen(v, "hp", Speaks::Resets),
            "hp closed the connection without an answer",
            "",
            "kubectl logs hp -n default",
        ),
        (
            "load-balancer-pending",
            Client::Internet,
            "http://10.0.83.249",
            |v| configure(v, |c| c.balancers = false),
            "e-pending waits for a load balancer for ever: nothing in this cluster makes one (no cloud provider, no MetalLB)",
            "Service status.loadBalancer",
            "http://192.168.49.2:31240",
        ),
        (
            "cluster-ip-from-outside",
            Client::Laptop,
            "http://10.0.144.47",
            nothing,
            "10.0.144.47 is the ClusterIP of web: it can be reached from pods and nodes only",
            "Service spec.type",
            r#"{"spec":{"type":"NodePort"}}"#,
        ),
        (
            "cluster-ip-from-outside",
            Client::Internet,
            "http://10.244.1.2:8080",
            nothing,
            "10.244.1.2 is an address inside the cluster: the network outside has no route to it",
            "",
            "",
        ),
        (
            "node-hidden",
            Client::Laptop,
            "http://192.168.49.2:30080",
            |v| configure(v, |c| c.surroundings = Surroundings::Boxed),
            "Node node-1 is itself a container or virtual machine: its address is not reachable from here",
            "Node status.addresses",
            "http://192.168.49.2:30080 from Node(\"node-1\")",
        ),
        (
            "no-balancer",
            pod("cli-3"),
            "http://198.51.100.17",
            |v| configure(v, |c| c.balancers = false),
            "Nobody answers at the load balancer address 198.51.100.17",
            "Service status.loadBalancer.ingress",
            "",
        ),
        (
            "pod-gone",
            pod("cli-3"),
            "http://m-dead",
            nothing,
            "No pod has the address 10.244.1.200",
            "EndpointSlice endpoints",
            "",
        ),
        (
            "answer-astray",
            pod("cli-1"),
            "http://192.168.49.4:30081",
            |v| configure(v, |c| c.masquerade_to_nodes = false),
            "The pod network passes pod addresses on to other nodes' ports: for d-np with policy Local the answer takes another way and is ignored",
            "Service spec.externalTrafficPolicy",
            "",
        ),
        (
            "unused-cluster-ip",
            pod("cli-3"),
            "http://10.0.99.99",
            nothing,
            "No Service has the ClusterIP 10.0.99.99",
            "",
            "kubectl get services -A",
        ),
        ("nobody-there", pod("cli-3"), "http://198.18.0.1", nothing, "Nothing answers at 198.18.0.1:80", "", ""),
    ]
}

fn change_service_selector(view: &mut NetView, lines: &[(&str, &str)]) {
    change_service(view, "m-def", |service| {
        service.selector = Some(lines.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect());
    });
    fill_slices(view);
}

fn keep_services(view: &mut NetView, names: &[&str]) {
    let all: Vec<Key> = view.services().map(|service| service.key.clone()).collect();
    all.iter().filter(|key| !names.contains(&&*key.name)).for_each(|key| view.remove_service(key));
    view.sync_proxies();
}

fn virtual_host(view: &mut NetView, name: &str) {
    let Speaks::Http(mut handlers) = server() else { return };
    handlers[0].host = Some(name.into());
    let listener = Listener { protocol: Protocol::Tcp, port: 80, bind: Bind::Any, speaks: Speaks::Http(handlers) };
    view.put_host(ExternalHost { ip: ip("203.0.113.80"), name: "outside".into(), listeners: vec![listener] });
}

fn shown(action: &Action) -> String {
    match action {
        Action::JsonPatch(_, patch) | Action::MergePatch(_, patch) => {
            let line = action.console_line().unwrap();
            assert!(line.starts_with("kubectl patch ") && line.ends_with(&format!("-p '{patch}'")), "{line}");
            patch.to_string()
        }
        Action::Command(text) | Action::Url(text) => text.clone(),
        Action::From(client, url) => format!("{url} from {client:?}"),
        Action::Host(..) => action.console_line().unwrap(),
        Action::Advice => String::new(),
    }
}

/// Every sentence has a template, and its placeholders are filled.
fn readable(diagnosis: &Diagnosis) {
    let sentences = [&diagnosis.cause].into_iter();
    let sentences = sentences.chain(diagnosis.evidence.iter().map(|evidence| &evidence.says));
    for message in sentences.chain(diagnosis.fixes.iter().map(|fix| &fix.says)) {
        let sentence = english(message);
        assert!(!sentence.contains('{') && !sentence.starts_with("net."), "{sentence}");
    }
}

#[test]
fn every_row_has_a_case() {
    let cluster = world();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (row, client, url, prepare, cause, evidence, fix) in
        cases().into_iter().chain(family_cases::cases()).chain(policy_cases::cases()).chain(ingress_cases::cases())
    {
        let mut view = cluster.clone();
        prepare(&mut view);
        view.sync_proxies();
        let (family, url) = match url.strip_prefix("-6 ") {
            Some(url) => (Some(Family::V6), url),
            None => (None, url),
        };
        let mut request = Request { family, ..Request::new(client, Target::parse(url).unwrap()) };
        request.timeout = Some(Duration::from_secs(2));
        let trace = trace(&view, &request, 3);
        seen.insert(row);
        let Some(found) = diagnose(&view, &trace) else {
            wrong.push(format!("{row} {url}: nothing found, {:?}", trace.outcome));
            continue;
        };
        readable(&found);
        let first = found.evidence.first().map_or(String::new(), |one| format!("{} {}", one.object.kind, one.path));
        let remedy = found.fixes.first().map_or(String::new(), |fix| shown(&fix.action));
        let got = (found.row, english(&found.cause), first, remedy);
        if (got.0, &*got.1, &*got.2, &*got.3) != (row, cause, evidence, fix) {
            wrong.push(format!("{url}: got {got:#?}\n want {:#?}", (row, cause, evidence, fix)));
        }
    }
    let missing: Vec<&str> = TABLE.iter().map(|row| row.id).filter(|id| !seen.contains(id)).collect();
    assert!(wrong.is_empty() && missing.is_empty(), "no case for {missing:?}; wrong:\n{}", wrong.join("\n"));
}

#[test]
fn a_request_may_be_quicker_than_the_proxies() {
    let request = Request::new(pod("cli-3"), Target::parse("http://m-def:8080").unwrap());
    let row = |view: &NetView| diagnose(view, &trace(view, &request, 0)).map(|found| found.row);
    let (healthy, mut view) = (world(), world());
    selector(&mut view, "m-def", "app", "wbe");
    let key = Key::new("default", "m-def");
    view.put_service((*healthy.service(&key).unwrap().clone()).clone());
    healthy.slices_of(&key).for_each(|slice| view.put_slice((**slice).clone()));
    assert_eq!(row(&view), Some("stale-rules"));
    view.sync_proxies();
    assert_eq!(row(&view), None);
}

#[test]
fn a_node_port_is_not_open_before_the_proxies_follow() {
    let mut view = world();
    let exposed = json!({
        "metadata": {"name": "m-def", "namespace": "default"},
        "spec": {"type": "NodePort", "clusterIP": "10.0.0.99", "selector": {"app": "web"},
            "ports": [{"port": 8080, "targetPort": 8080, "nodePort": 31999, "protocol": "TCP"}]}
    });
    service(&mut view, exposed.clone());
    view.remove_service(&Key::new("default", "m-def"));
    view.sync_proxies();
    view.put_service(ServiceNet::from_object(&exposed).unwrap());
    let node = view.nodes().next().unwrap().ip;
    let request = Request::new(Client::Laptop, Target::parse(&format!("http://{node}:31999")).unwrap());
    let row = |view: &NetView| diagnose(view, &trace(view, &request, 0)).map(|found| found.row);
    assert_eq!(row(&view), Some("stale-rules"));
    view.sync_proxies();
    assert_eq!(row(&view), None);
}

#[test]
fn services_are_checked_before_anybody_asks() {
    let mut view = world();
    let rows = |view: &NetView, name: &str| -> Vec<&str> {
        check_service(view, &Key::new("default", name)).iter().map(|found| found.row).collect()
    };
    for (name, expected) in [
        ("web", vec![]),
        ("b-none", vec!["selector-mismatch"]),
        ("b-unready", vec!["pods-not-ready"]),
        ("b-pub", vec![]),
        ("m-noname", vec!["named-port-missing"]),
        ("m-bad", vec!["target-port"]),
        ("m-lo", vec!["target-port"]),
        ("m-half", vec!["target-port"]),
        ("e-pending", vec!["load-balancer-pending"]),
        ("nosuch", vec![]),
    ] {
        assert_eq!(rows(&view, name), expected, "{name}");
    }
    service(
        &mut view,
        json!({
            "metadata": {"name": "alias", "namespace": "default"},
            "spec": {"type": "ExternalName", "externalName": "example.com", "ports": [{"port": 80}]}
        }),
    );
    assert_eq!(rows(&view, "alias"), ["external-name-port"]);
}

#[test]
fn the_nearest_label_is_the_one_that_was_meant() {
    let mut view = world();
    for (key, value, expected) in [
        ("app", "wbe", Some("app=web x3")),
        ("app", "webserver", Some("app=web x3")),
        ("name", "half", Some("app=half x2")),
        ("App", "web", Some("app=web x3")),
        ("app", "term", None),
        ("team", "blue", None),
    ] {
        selector(&mut view, "m-def", key, value);
        let near = near_miss(&view, view.service(&Key::new("default", "m-def")).unwrap());
        let got = near.and_then(|near| near.found.map(|(key, value)| format!("{key}={value} x{}", near.pods)));
        assert_eq!(got.as_deref(), expected, "{key}={value}");
    }
}
