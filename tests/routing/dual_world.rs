//! The recorded cluster with both families of addresses: each node, pod and client has an IPv6 address of the same number.

use crate::world::*;
use serde_json::json;
use std::net::IpAddr;
use tabernetes::network::addr::Cidr;
use tabernetes::network::view::*;

/// The IPv6 address that goes with one of IPv4.
pub fn six(ip: IpAddr) -> IpAddr {
    let IpAddr::V4(four) = ip else { return ip };
    let [a, _, c, d] = four.octets().map(u16::from);
    IpAddr::from(match a {
        10 => [0xfd00, 0x10, 0x244, c, 0, 0, 0, d],
        _ => [0xfc00, 0xf853, 0xccd, 0xe793, 0, 0, 0, d],
    })
}

/// Gives the cluster the second family, with these Services: `both` (dual stack, node port 30600), `six` (IPv6 alone, node port
/// 30601), `local` (dual stack, policies Local, node port 30602), `sticky` (dual stack, affinity), `four` (node port 30603).
pub fn dual() -> NetView {
    let mut view = world();
    make_dual(&mut view);
    view
}

/// The same for a cluster that is there.
pub fn make_dual(view: &mut NetView) {
    let block = |text: &str| Cidr::parse(text).unwrap();
    configure(view, |config| {
        config.second = Some(SecondFamily {
            service_cidr: block("fd00:10:96::/112"),
            pod_cidr: block("fd00:10:244::/56"),
            internet_ip: ip("2001:db8::7"),
            laptop_ip: ip("fc00:f853:ccd:e793::1"),
            balancer_ip: ip("2001:db8::c8"),
        });
    });
    for n in 1..=3 {
        change_node(view, &format!("node-{n}"), |node| {
            node.second_ip = Some(six(node.ip));
            node.second_pod_cidr = Some(block(&format!("fd00:10:244:{n}::/64")));
        });
    }
    let pods: Vec<_> = view.pods().cloned().collect();
    for pod in pods {
        view.put_pod(PodNet { second_ip: pod.ip.map(six), ..(*pod).clone() });
    }
    for (name, number, families, more) in [
        ("both", 0, "46", json!({})),
        ("six", 1, "6", json!({})),
        ("local", 2, "64", json!({"externalTrafficPolicy": "Local", "internalTrafficPolicy": "Local"})),
        ("sticky", 4, "46", json!({"sessionAffinity": "ClientIP"})),
        ("four", 3, "4", json!({})),
    ] {
        let ips: Vec<String> = families
            .chars()
            .map(|family| if family == '4' { format!("10.0.66.{number}") } else { format!("fd00:10:96::{number}") })
            .collect();
        let mut object = json!({"metadata": {"name": name, "namespace": "default"}, "spec": {
            "type": "NodePort", "clusterIP": ips[0], "clusterIPs": ips, "selector": {"app": "web"},
            "ports": [{"port": 80, "targetPort": 8080, "nodePort": 30600 + number}]}});
        let spec = object["spec"].as_object_mut().unwrap();
        spec.extend(more.as_object().unwrap().clone());
        view.put_service(ServiceNet::from_object(&object).unwrap());
    }
    fill_slices(view);
}
