//! The cluster in which the recordings were made, and a stand-in for the controllers that fill EndpointSlices.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use tabernetes::base::Str;
use tabernetes::base::time::Duration;
use tabernetes::network::addr::{Cidr, Family, Protocol};
use tabernetes::network::view::*;

pub fn recorded(file: &str) -> Value {
    let path = format!("{}/tests/routing/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).expect(&path)).expect(&path)
}

pub fn ip(text: &str) -> IpAddr {
    text.parse().expect(text)
}

/// The server that ran in the pods: it tells who it is and whom it sees.
pub fn server() -> Speaks {
    let body = "{\"pod\": \"{pod}\", \"proto\": \"tcp\", \"local\": \"{ip}:{port}\", \"peer\": \"{client}:{client_port}\", \
                \"peer_ip\": \"{client}\"}\n";
    Speaks::Http(vec![HttpHandler {
        host: None,
        path: "*".into(),
        status: 200,
        headers: Vec::new(),
        body: body.into(),
        delay: Duration::ZERO,
    }])
}

fn listener(value: &Value) -> Listener {
    let protocol = Protocol::parse(value["protocol"].as_str().unwrap()).unwrap();
    Listener {
        protocol,
        port: value["port"].as_u64().unwrap() as u16,
        bind: if value["loopback"] == true { Bind::Loopback } else { Bind::Any },
        speaks: if protocol == Protocol::Udp { Speaks::Raw("{pod}".into()) } else { server() },
    }
}

/// Three nodes, the pods and Services of the recordings.
pub fn world() -> NetView {
    let mut view = NetView::new(ClusterConfig::default());
    for namespace in ["default", "my-ns", "other", "kube-system"] {
        view.put_namespace(namespace);
    }
    for (n, zone) in [(1, "zone-a"), (2, "zone-a"), (3, "zone-b")] {
        view.put_node(
            NodeNet::from_object(&json!({
                "metadata": {"name": format!("node-{n}"), "labels": {"topology.kubernetes.io/zone": zone}},
                "spec": {"podCIDR": format!("10.244.{n}.0/24")},
                "status": {
                    "addresses": [{"type": "InternalIP", "address": format!("192.168.49.{}", n + 1)}],
                    "conditions": [{"type": "Ready", "status": "True"}]
                }
            }))
            .unwrap(),
        );
    }
    let objects = recorded("world.json");
    for object in objects["pods"].as_array().unwrap() {
        let mut pod = PodNet::from_object(object).unwrap();
        let listeners = object["listeners"].as_array().unwrap().iter().map(listener);
        pod.containers[0].listeners = listeners.collect();
        if &*pod.key.namespace == "my-ns" {
            for listener in &mut pod.containers[0].listeners {
                if let Speaks::Http(handlers) = &mut listener.speaks {
                    handlers[0].body = handlers[0].body.replace("{pod}", "{namespace}/{pod}").into();
                }
            }
        }
        view.put_pod(pod);
    }
    for object in objects["services"].as_array().unwrap() {
        view.put_service(ServiceNet::from_object(object).unwrap());
    }
    for object in objects["slices"].as_array().unwrap() {
        view.put_slice(SliceNet::from_object(object).unwrap());
    }
    for (address, name, port) in
        [("203.0.113.50", "outside", 5432), ("203.0.113.80", "outside", 80), ("192.168.49.1", "router", 6443)]
    {
        let listeners = vec![Listener { protocol: Protocol::Tcp, port, bind: Bind::Any, speaks: server() }];
        view.put_host(ExternalHost { ip: ip(address), name: name.into(), listeners });
    }
    view.put_upstream("example.com", UpstreamRecord::Address(ip("203.0.113.80")));
    view.put_upstream("www.example.com", UpstreamRecord::Alias("example.com".into()));
    fill_slices(&mut view);
    view
}

/// The ports of a slice: name, number, protocol.
type Ports = Vec<(String, u16, &'static str)>;

/// Sets the slices of all Services with a selector, as the EndpointSlice controller would.
pub fn fill_slices(view: &mut NetView) {
    let services: Vec<_> = view.services().cloned().collect();
    for service in services {
        let Some(selector) = &service.selector else { continue };
        let old: Vec<Key> = view.slices_of(&service.key).map(|slice| slice.key.clone()).collect();
        for key in old {
            view.remove_slice(&key);
        }
        let mut groups: BTreeMap<(Family, Ports), Vec<SliceEndpoint>> = BTreeMap::new();
        let second = service.cluster_ips.iter().any(|ip| ip.is_ipv6());
        let first = service.cluster_ips.is_empty() || service.cluster_ips.iter().any(|ip| ip.is_ipv4());
        let pods: Vec<_> = view.pods_in(&service.key.namespace).cloned().collect();
        for pod in pods.iter().filter(|pod| selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))) {
            if !matches!(pod.phase, Phase::Running | Phase::Pending) {
                continue;
            }
            let ports = service.ports.iter().filter_map(|port| {
                let number = match &port.target {
                    TargetPort::Number(number) => Some(*number),
                    TargetPort::Name(name) => pod
                        .containers
                        .iter()
                        .flat_map(|container| &container.ports)
                        .find(|declared| declared.name == *name && declared.protocol == port.protocol)
                        .map(|declared| declared.port),
                };
                Some((port.name.to_string(), number?, port.protocol.upper()))
            });
            let node = pod.node.as_deref().and_then(|node| view.node(node));
            let zone = node.and_then(|node| node.zone.clone());
            let ready = service.publish_not_ready || (pod.ready && !pod.terminating);
            let hinted = ready && service.distribution.is_some();
            let by_node = hinted && service.distribution.as_deref() == Some("PreferSameNode");
            let ports: Vec<_> = ports.collect();
            let endpoint = SliceEndpoint {
                addresses: Vec::new(),
                ready: Some(ready),
                serving: Some(pod.ready),
                terminating: Some(pod.terminating),
                hostname: pod.hostname.clone().filter(|_| pod.subdomain.as_ref() == Some(&service.key.name)),
                node: pod.node.clone(),
                zone: zone.clone(),
                for_zones: zone.into_iter().filter(|_| hinted).collect(),
                for_nodes: pod.node.clone().into_iter().filter(|_| by_node).collect(),
                pod: Some(pod.key.clone()),
            };
            for (family, _) in [(Family::V4, first), (Family::V6, second)].iter().filter(|(_, wanted)| *wanted) {
                let Some(address) = pod.ip_of(*family) else { continue };
                let endpoint = SliceEndpoint { addresses: vec![address], ..endpoint.clone() };
                groups.entry((*family, ports.clone())).or_default().push(endpoint);
            }
        }
        for (n, ((_, ports), endpoints)) in groups.into_iter().enumerate() {
            view.put_slice(SliceNet {
                key: Key::new(&service.key.namespace, &format!("{}-{n}", service.key.name)),
                service: Some(service.key.name.clone()),
                ports: ports
                    .into_iter()
                    .map(|(name, port, protocol)| SlicePort {
                        name: name.into(),
                        protocol: Protocol::parse(protocol).unwrap(),
                        port: Some(port),
                    })
                    .collect(),
                endpoints,
            });
        }
    }
    view.sync_proxies();
}

/// Changes one pod.
pub fn change_pod(view: &mut NetView, name: &str, change: impl FnOnce(&mut PodNet)) {
    let mut pod = (**view.pod(&Key::new("default", name)).expect(name)).clone();
    change(&mut pod);
    view.put_pod(pod);
}

/// Changes one node.
pub fn change_node(view: &mut NetView, name: &str, change: impl FnOnce(&mut NodeNet)) {
    let mut node = (**view.node(name).expect(name)).clone();
    change(&mut node);
    view.put_node(node);
}

/// Changes one Service of the namespace `default`.
pub fn change_service(view: &mut NetView, name: &str, change: impl FnOnce(&mut ServiceNet)) {
    let mut service = (**view.service(&Key::new("default", name)).expect(name)).clone();
    change(&mut service);
    view.put_service(service);
}

/// Changes what the cluster was set up with.
pub fn configure(view: &mut NetView, change: impl FnOnce(&mut ClusterConfig)) {
    let mut config = (*view.config).clone();
    change(&mut config);
    view.config = config.into();
}

/// The outside network sends a block to a node.
pub fn route(view: &mut NetView, block: &str, node: &str) {
    let block = Cidr::parse(block).expect(block);
    configure(view, |config| config.routes.push((block, Str::from(node))));
}
