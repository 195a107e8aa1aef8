//! NetworkPolicies: what they allow equals a naive reading of the documentation, and what they never hold up.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use serde_json::{Value, json};
use tabernetes::base::rng::Rng;
use tabernetes::base::time::Duration;
use tabernetes::network::policy::PolicyNet;
use tabernetes::network::route::{Client, HopKind, Outcome, Request, Target, trace};
use tabernetes::network::view::*;
use world::*;

/// A small random choice.
struct Dice(Rng);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }
    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
    fn labels(&mut self) -> Value {
        let mut labels = json!({});
        for key in ["a", "b"] {
            match self.below(3) {
                0 => {}
                n => labels[key] = json!(["x", "y"][n as usize - 1]),
            }
        }
        labels
    }
    fn selector(&mut self) -> Value {
        match self.below(4) {
            0 => json!({}),
            1 => {
                json!({"matchExpressions": [{"key": self.one(&["a", "b"]), "operator": self.one(&["Exists", "DoesNotExist"])}]})
            }
            2 => {
                let operator = self.one(&["In", "NotIn"]);
                json!({"matchExpressions": [{"key": self.one(&["a", "b"]), "operator": operator, "values": [self.one(&["x", "y"])]}]})
            }
            _ => json!({"matchLabels": self.labels()}),
        }
    }
    fn peer(&mut self) -> Value {
        match self.below(4) {
            0 => json!({"podSelector": self.selector()}),
            1 => json!({"namespaceSelector": self.selector()}),
            2 => json!({"podSelector": self.selector(), "namespaceSelector": self.selector()}),
            _ => json!({"ipBlock": {"cidr": self.one(&["10.244.0.0/16", "10.244.1.0/24", "192.168.49.0/24"]),
                "except": [self.one(&["10.244.1.2/31", "10.244.2.0/24"])]}}),
        }
    }
    fn port(&mut self) -> Value {
        match self.below(5) {
            0 => json!({"protocol": self.one(&["TCP", "UDP"])}),
            1 => json!({"port": self.one(&["http", "alt"])}),
            2 => json!({"port": 80, "endPort": 80 + self.below(3)}),
            _ => json!({"port": 80 + self.below(3)}),
        }
    }
    fn rules(&mut self, peers: &str) -> Value {
        let rule = |dice: &mut Dice| {
            let mut rule = json!({});
            rule[peers] = (0..dice.below(3)).map(|_| dice.peer()).collect();
            rule["ports"] = (0..dice.below(2)).map(|_| dice.port()).collect();
            rule
        };
        (0..self.below(3)).map(|_| rule(self)).collect()
    }
    fn policy(&mut self, name: usize) -> Value {
        let mut spec = json!({"podSelector": self.selector()});
        spec["ingress"] = self.rules("from");
        spec["egress"] = self.rules("to");
        match self.below(4) {
            0 => {}
            1 => spec["policyTypes"] = json!(["Ingress"]),
            2 => spec["policyTypes"] = json!(["Egress"]),
            _ => spec["policyTypes"] = json!(["Ingress", "Egress"]),
        }
        json!({"metadata": {"name": format!("p{name}"), "namespace": self.one(&["one", "two"])}, "spec": spec})
    }
}

fn selects(selector: &Value, labels: &Value) -> bool {
    let equal = selector["matchLabels"].as_object().into_iter().flatten().all(|(key, value)| labels[key] == *value);
    let other = selector["matchExpressions"].as_array().into_iter().flatten().all(|line| {
        let value = &labels[line["key"].as_str().unwrap()];
        let listed = line["values"].as_array().is_some_and(|values| values.contains(value));
        match line["operator"].as_str().unwrap() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => !value.is_null(),
            _ => value.is_null(),
        }
    });
    equal && other
}

fn within(ip: &str, block: &str) -> bool {
    let number = |text: &str| text.split('.').fold(0_u32, |sum, part| sum << 8 | part.parse::<u32>().unwrap());
    let (base, bits) = block.split_once('/').unwrap();
    (number(ip) ^ number(base)) >> (32 - bits.parse::<u32>().unwrap()) == 0
}

/// A pod of the small world: its object and the labels of its namespace.
struct Pod {
    object: Value,
    namespace_labels: Value,
}

impl Pod {
    fn at(&self, pointer: &str) -> &str {
        self.object.pointer(pointer).and_then(Value::as_str).unwrap()
    }
}

/// The documentation, word by word: may `pod` be called by (or call) `other` on this port?
fn documented(policies: &[Value], types: &str, pod: &Pod, other: &Pod, called: &Pod, port: u64) -> bool {
    let (list, peers) = if types == "Ingress" { ("ingress", "from") } else { ("egress", "to") };
    let isolating: Vec<&Value> = policies
        .iter()
        .filter(|policy| {
            let spec = &policy["spec"];
            let speaks = match spec["policyTypes"].as_array() {
                Some(types_listed) => types_listed.contains(&json!(types)),
                None => types == "Ingress" || spec["egress"].as_array().is_some_and(|rules| !rules.is_empty()),
            };
            policy["metadata"]["namespace"] == pod.object["metadata"]["namespace"]
                && selects(&spec["podSelector"], &pod.object["metadata"]["labels"])
                && speaks
        })
        .collect();
    isolating.is_empty()
        || isolating.iter().any(|policy| {
            policy["spec"][list].as_array().into_iter().flatten().any(|rule| {
                let listed = rule[peers].as_array().unwrap();
                let peer = listed.is_empty()
                    || listed.iter().any(|peer| {
                        if peer["ipBlock"].is_object() {
                            let block = &peer["ipBlock"];
                            let ip = other.at("/status/podIP");
                            return within(ip, block["cidr"].as_str().unwrap())
                                && !block["except"]
                                    .as_array()
                                    .unwrap()
                                    .iter()
                                    .any(|hole| within(ip, hole.as_str().unwrap()));
                        }
                        let there = match &peer["namespaceSelector"] {
                            Value::Null => policy["metadata"]["namespace"] == other.object["metadata"]["namespace"],
                            selector => selects(selector, &other.namespace_labels),
                        };
                        there && selects(&peer["podSelector"], &other.object["metadata"]["labels"])
                    });
                let ports = rule["ports"].as_array().unwrap();
                let on_port = ports.is_empty()
                    || ports.iter().any(|allowed| {
                        let tcp = allowed["protocol"].as_str().unwrap_or("TCP") == "TCP";
                        let number = match &allowed["port"] {
                            Value::Null => true,
                            Value::String(name) => {
                                let declared = called.object["spec"]["containers"][0]["ports"].as_array().unwrap();
                                declared.iter().any(|one| one["name"] == **name && one["containerPort"] == port)
                            }
                            first => (first.as_u64().unwrap()
                                ..=allowed["endPort"].as_u64().unwrap_or(first.as_u64().unwrap()))
                                .contains(&port),
                        };
                        tcp && number
                    });
                peer && on_port
            })
        })
}

#[test]
fn evaluation_equals_the_documentation() {
    let (mut let_through, mut dropped) = (0, 0);
    for seed in 0..1_500_u64 {
        let mut dice = Dice(Rng::stream(seed, "test", "policies"));
        let mut view = NetView::new(ClusterConfig::default());
        for n in [1, 2] {
            view.put_node(
                NodeNet::from_object(&json!({
                    "metadata": {"name": format!("node-{n}")}, "spec": {"podCIDR": format!("10.244.{n}.0/24")},
                    "status": {"addresses": [{"type": "InternalIP", "address": format!("192.168.49.{}", n + 1)}]}
                }))
                .unwrap(),
            );
        }
        let mut pods = Vec::new();
        for namespace in ["one", "two"] {
            let labels = dice.labels();
            let map = labels.as_object().unwrap().iter();
            view.label_namespace(
                namespace,
                map.map(|(k, v)| (k.as_str().into(), v.as_str().unwrap().into())).collect(),
            );
            for n in 0..3 {
                let node = 1 + dice.below(2);
                let host = pods.len() + 2;
                let object = json!({
                    "metadata": {"name": format!("pod-{n}"), "namespace": namespace, "labels": dice.labels()},
                    "spec": {"nodeName": format!("node-{node}"), "containers": [{"name": "c", "ports": [
                        {"name": "http", "containerPort": 80}, {"name": "alt", "containerPort": 81}]}]},
                    "status": {"phase": "Running", "podIP": format!("10.244.{node}.{host}"),
                        "containerStatuses": [{"name": "c", "state": {"running": {}}}]}
                });
                let mut net = PodNet::from_object(&object).unwrap();
                net.containers[0].listeners = [80, 81, 82]
                    .map(|port| Listener { protocol: Default::default(), port, bind: Bind::Any, speaks: server() })
                    .to_vec();
                view.put_pod(net);
                pods.push(Pod { object, namespace_labels: labels.clone() });
            }
        }
        let policies: Vec<Value> = (0..1 + dice.below(4) as usize).map(|n| dice.policy(n)).collect();
        for policy in &policies {
            view.put_policy(PolicyNet::from_object(policy).unwrap());
        }
        for from in &pods {
            for to in &pods {
                let port = 80 + dice.below(3);
                let client = Client::Pod(Key::new(from.at("/metadata/namespace"), from.at("/metadata/name")));
                let url = format!("http://{}:{port}", to.at("/status/podIP"));
                let mut request = Request::new(client, Target::parse(&url).unwrap());
                request.timeout = Some(Duration::from_secs(1));
                let got = trace(&view, &request, seed);
                // A pod cannot block access to itself.
                let expected = std::ptr::eq(from, to)
                    || documented(&policies, "Egress", from, to, to, port)
                        && documented(&policies, "Ingress", to, from, to, port);
                assert_eq!(got.is_answered(), expected, "seed {seed}: {} -> {url}\n{policies:#?}", from.object);
                if expected {
                    let_through += 1;
                } else {
                    dropped += 1;
                    assert_eq!(got.outcome, Outcome::TimedOut { connected: false }, "dropped, not refused");
                    let hop = got.hops.last().unwrap();
                    assert!(hop.failed && hop.kind == HopKind::Policy && !hop.refs().is_empty());
                }
            }
        }
    }
    assert!(let_through > 10_000 && dropped > 10_000, "{let_through} {dropped}: too one-sided to say anything");
}

fn deny(view: &mut NetView, types: &[&str]) {
    let object = json!({"metadata": {"name": "deny", "namespace": "default"}, "spec": {"podSelector": {}, "policyTypes": types}});
    view.put_policy(PolicyNet::from_object(&object).unwrap());
}

#[test]
fn what_no_policy_holds_up() {
    let mut view = world();
    deny(&mut view, &["Ingress", "Egress"]);
    let pod = |name: &str| Client::Pod(Key::new("default", name));
    let node = |name: &str| Client::Node(name.into());
    for (client, url, passes, why) in [
        (node("node-1"), "http://10.244.1.2:8080", true, "a pod's own node, kubelet probes with it"),
        (node("node-3"), "http://10.244.1.2:8080", false, "another node"),
        (pod("hp"), "http://10.244.2.7:8080", true, "a pod calls itself"),
        (pod("hp"), "hairpin", true, "a pod calls itself through a Service (hairpin)"),
        (pod("hn"), "http://10.244.2.2:8080", true, "a pod in the host network is its node"),
        (pod("cli-3"), "http://10.244.2.2:8080", false, "another pod"),
        (pod("td-1"), "http://10.244.3.4:8080", false, "out, to a pod that is not isolated"),
        (pod("cli-3"), "http://192.168.49.4:10256", true, "out to its own node"),
        (pod("cli-3"), "http://192.168.49.2:10256", false, "out to another node"),
        (Client::Pod(Key::new("my-ns", "cli-ns")), "http://10.244.3.4:8080", true, "a namespace without a policy"),
    ] {
        let url = match url {
            "hairpin" => {
                let service = view.service(&Key::new("default", "j-hp")).unwrap();
                format!("http://{}", service.cluster_ips[0])
            }
            _ => url.to_owned(),
        };
        let request = Request::new(client.clone(), Target::parse(&url).unwrap());
        let got = trace(&view, &request, 1);
        assert_eq!(got.is_answered(), passes, "{why}: {:?} {:?}", got.outcome, got.hops.last().map(|hop| hop.why()));
    }
}

#[test]
fn the_source_is_looked_at_where_the_pod_is() {
    let mut view = world();
    let rule = json!([{"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}]);
    let object = json!({"metadata": {"name": "outside", "namespace": "default"},
        "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"], "ingress": rule}});
    view.put_policy(PolicyNet::from_object(&object).unwrap());
    let mut passed = [0, 0];
    for pick in 0..60 {
        // Node port of policy Cluster on node-1: the source is hidden only on the way to another node.
        let request = Request::new(Client::Internet, Target::parse("http://192.168.49.2:30080").unwrap());
        let got = trace(&view, &request, pick);
        let local = got.hops.iter().any(|hop| hop.after.dst.ip().to_string().starts_with("10.244.1."));
        passed[usize::from(local)] += 1;
        assert_eq!(got.is_answered(), local, "{:?}", got.hops.last());
    }
    assert!(passed[0] > 0 && passed[1] > 0);
}
