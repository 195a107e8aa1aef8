//! Routing in numbers: a Service with 1,000 endpoints among 10,000 Services.
//!
//! `cargo bench --bench network` prints a Markdown table. Not a test: times belong to a machine.

use serde_json::json;
use std::hint::black_box;
use std::net::IpAddr;
use std::time::Instant;
use tabernetes::network::addr::Protocol;
use tabernetes::network::route::{Client, Request, Target, trace};
use tabernetes::network::view::{
    Bind, ClusterConfig, HttpHandler, Key, Listener, NetView, NodeNet, PodNet, ServiceNet, SliceEndpoint, SliceNet,
    SlicePort, Speaks,
};

const SERVICES: u32 = 10_000;
const ENDPOINTS: u32 = 1_000;
const NODES: u32 = 10;
const REQUESTS: u32 = 1_000_000;
const CHANGES: u32 = 1_000;

fn pod(n: u32) -> PodNet {
    let node = n % NODES + 1;
    let mut pod = PodNet::from_object(&json!({
        "metadata": {"name": format!("web-5f6c8d9b7-{n:05}"), "namespace": "default", "labels": {"app": "web"}},
        "spec": {"nodeName": format!("node-{node}"), "containers": [{"name": "c", "image": "server"}]},
        "status": {"phase": "Running", "podIP": format!("10.244.{node}.{}", n / NODES + 2),
            "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"name": "c", "state": {"running": {}}}]}
    }))
    .expect("a pod");
    let handler = HttpHandler {
        host: None,
        path: "".into(),
        status: 200,
        headers: vec![("Content-Type".into(), "text/plain".into())],
        body: "Hello,  {pod}".into(),
        delay: tabernetes::base::time::Duration::ZERO,
    };
    let speaks = Speaks::Http(vec![handler]);
    pod.containers[0].listeners = vec![Listener { protocol: Protocol::Tcp, port: 80, bind: Bind::Any, speaks }];
    pod
}

fn slice(view: &NetView, number: u32, unready: Option<u32>) -> SliceNet {
    let members = (number * 100..(number + 1) * 100).map(|n| {
        let pod = view.pod(&Key::new("default", &format!("web-5f6c8d9b7-{n:05}"))).expect("a pod");
        SliceEndpoint {
            addresses: pod.ip.into_iter().collect(),
            ready: Some(unready != Some(n)),
            serving: Some(unready != Some(n)),
            terminating: Some(false),
            node: pod.node.clone(),
            pod: Some(pod.key.clone()),
            ..SliceEndpoint::default()
        }
    });
    SliceNet {
        key: Key::new("default", &format!("web-{number}")),
        service: Some("web".into()),
        ports: vec![SlicePort { name: "".into(), protocol: Protocol::Tcp, port: Some(80) }],
        endpoints: members.collect(),
    }
}

fn cluster() -> NetView {
    let mut view = NetView::new(ClusterConfig::default());
    for n in 1..=NODES {
        let node = json!({
            "metadata": {"name": format!("node-{n}"), "labels": {"topology.kubernetes.io/zone": "zone-a"}},
            "spec": {"podCIDR": format!("10.244.{n}.0/24")},
            "status": {"addresses": [{"type": "InternalIP", "address": format!("192.168.49.{}", n + 1)}]}
        });
        view.put_node(NodeNet::from_object(&node).expect("a node"));
    }
    (0..ENDPOINTS).for_each(|n| view.put_pod(pod(n)));
    let service = |name: String, ip: String| {
        let ports = json!([{"port": 80}]);
        let object =
            json!({"metadata": {"name": name, "namespace": "default"}, "spec": {"clusterIP": ip, "ports": ports}});
        ServiceNet::from_object(&object).expect("a Service")
    };
    for n in 1..SERVICES {
        view.put_service(service(format!("svc-{n}"), format!("10.0.{}.{}", 100 + n / 256, n % 256)));
        let mut other = slice(&view, n % 10, None);
        other.endpoints.truncate(1);
        other.service = Some(format!("svc-{n}").into());
        other.key = Key::new("default", &format!("svc-{n}-0"));
        view.put_slice(other);
    }
    view.put_service(service("web".into(), "10.0.77.77".into()));
    for number in 0..ENDPOINTS / 100 {
        let slice = slice(&view, number, None);
        view.put_slice(slice);
    }
    view.put_namespace("default");
    add_dns(&mut view);
    view.sync_proxies();
    view
}

/// The name server is a Service like any other: a question to it takes its way as well.
fn add_dns(view: &mut NetView) {
    let mut server = pod(0);
    server.key = Key::new("kube-system", "coredns");
    server.ip = Some(IpAddr::from([10, 244, 1, 250]));
    let speaks = Speaks::Raw("".into());
    server.containers[0].listeners = vec![Listener { protocol: Protocol::Udp, port: 53, bind: Bind::Any, speaks }];
    let endpoint = SliceEndpoint { addresses: server.ip.into_iter().collect(), ..SliceEndpoint::default() };
    let object = json!({
        "metadata": {"name": "kube-dns", "namespace": "kube-system"},
        "spec": {"clusterIP": "10.0.0.10", "ports": [{"port": 53, "protocol": "UDP"}]}
    });
    view.put_service(ServiceNet::from_object(&object).expect("a Service"));
    view.put_slice(SliceNet {
        key: Key::new("kube-system", "kube-dns-1"),
        service: Some("kube-dns".into()),
        ports: vec![SlicePort { name: "".into(), protocol: Protocol::Udp, port: Some(53) }],
        endpoints: vec![endpoint],
    });
    view.put_pod(server);
}

fn main() {
    let mut view = cluster();
    println!("| a Service with {ENDPOINTS} endpoints among {SERVICES} | figure |\n|---|--:|");
    let from = Client::Pod(Key::new("default", "web-5f6c8d9b7-00007"));
    for (what, url) in [("ClusterIP", "http://10.0.77.77"), ("name, looked up each time", "http://web.default")] {
        let request = Request::new(from.clone(), Target::parse(url).expect("a URL"));
        let requests = if what == "ClusterIP" { REQUESTS } else { REQUESTS / 100 };
        let start = Instant::now();
        for pick in 0..u64::from(requests) {
            let trace = black_box(trace(&view, &request, pick.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            assert!(trace.is_answered());
        }
        let rate = f64::from(requests) / start.elapsed().as_secs_f64();
        println!("| routed requests a second with the whole trace, by {what} | {rate:.0} |");
    }
    let slices: Vec<SliceNet> = (0..CHANGES).map(|n| slice(&view, n % 10, Some(n))).collect();
    let start = Instant::now();
    for slice in slices {
        view.put_slice(slice);
        assert_eq!(black_box(view.sync_proxies()).len(), 1);
    }
    println!("| one endpoint changes: new rules for all nodes | {:.0} µs |", micros(start, CHANGES));
    let start = Instant::now();
    for _ in 0..CHANGES {
        black_box(view.clone());
    }
    println!("| a copy of the whole network | {:.2} µs |", micros(start, CHANGES));
}

fn micros(start: Instant, times: u32) -> f64 {
    start.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}
