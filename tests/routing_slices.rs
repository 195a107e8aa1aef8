//! The recorded experiments that are about what controllers and the API server make of a Service, not about packets: slices,
//! hints, mirroring, allocation, defaults (`tests/routing/experiments.json`); and ping.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use serde_json::{Value, json};
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::api::objects::{EndpointSlice, Object, Pod};
use tabernetes::apiserver::{ApiConfig, ApiServer, Body, Change, Options, Request, Verb};
use tabernetes::base::time::SimTime;
use tabernetes::controllers::endpointslice::{EndpointSliceController, MirroringController};
use tabernetes::controllers::runtime::{Context, Controller, Enqueue};
use tabernetes::network::programs;
use tabernetes::network::route::Client;
use tabernetes::network::view::Key as NetKey;
use tabernetes::yaml;

/// Experiments of this file.
const OURS: [&str; 23] = [
    "a21",
    "a22",
    "a23",
    "b00-b-none",
    "b00-b-unready",
    "b00-b-pub",
    "b00-b-term",
    "b00-b-mix",
    "b00-b-tun",
    "d24",
    "d25",
    "e50",
    "f00",
    "l100",
    "l200",
    "l300",
    "l210",
    "l310",
    "l220",
    "l320",
    "m03",
    "i06",
    "i10",
];

fn request(verb: Verb, kind: Kind, value: Value) -> Request {
    let name = value["metadata"]["name"].as_str().unwrap().to_owned();
    let namespace = if kind.info().namespaced { "default" } else { "" };
    Request::new(verb, &Key::new(kind, namespace, name)).body(Body::Json { value, duplicates: Vec::new() })
}

/// An API server with the recorded cluster's nodes and pods, of the latter only those with this label ready that are listed.
fn cluster(ready: &dyn Fn(&str, bool) -> bool) -> ApiServer {
    let service_cidr = (std::net::Ipv4Addr::new(10, 0, 0, 0), 16);
    let mut api = ApiServer::new(ApiConfig { seed: 1, service_cidr, service_cidr6: None, node_ports: (30000, 32767) });
    let make = |api: &mut ApiServer, kind, value| api.create(Object::from_value(kind, value).unwrap()).unwrap();
    for namespace in ["default", "kube-system", "my-ns"] {
        make(&mut api, Kind::NAMESPACE, json!({"metadata": {"name": namespace}}));
    }
    for (node, zone) in [("node-1", "zone-a"), ("node-2", "zone-a"), ("node-3", "zone-b")] {
        let labels = json!({"topology.kubernetes.io/zone": zone});
        make(&mut api, Kind::NODE, json!({"metadata": {"name": node, "labels": labels}}));
    }
    for pod in world::recorded("world.json")["pods"].as_array().unwrap() {
        let mut value = pod.clone();
        let name = value["metadata"]["name"].as_str().unwrap().to_owned();
        let was = value["status"]["conditions"][0]["status"] == "True";
        value["status"]["conditions"][0]["status"] = if ready(&name, was) { "True" } else { "False" }.into();
        let terminating = value["metadata"]["deletionTimestamp"].is_string();
        let Some(Object::Pod(pod)) = Object::from_value(Kind::POD, value.clone()) else { panic!("{name}: a pod") };
        let created = make(&mut api, Kind::POD, value);
        let made = Pod::of(&created).unwrap();
        api.update_status(Pod { status: pod.status, ..made.clone() }).unwrap();
        if terminating {
            api.delete(&created.key(), Options::default()).unwrap();
        }
    }
    api
}

/// Shows a controller all that happened, and lets it look at what it asked for.
fn run(api: &mut ApiServer, controller: &mut dyn Controller, key: &Key) {
    let changes: Vec<Change> = api.store().changes_after(0).map(|change| (**change).clone()).collect();
    let mut queue = Enqueue::default();
    for change in &changes {
        controller.observe(change, api.store(), &mut queue);
    }
    controller.sync(key, &mut Context { api, now: SimTime::ZERO, queue: &mut queue }).unwrap();
}

fn slices(api: &ApiServer, service: &str) -> Vec<EndpointSlice> {
    let (namespace, service) = ("default".into(), service.into());
    let found = api.store().slices_of(&namespace, &service);
    found.filter_map(|object| EndpointSlice::of(object).cloned()).collect()
}

/// Applies the documents of a manifest.
fn apply(api: &mut ApiServer, manifest: &str) {
    for document in yaml::load(manifest) {
        let mut value = document.unwrap().value;
        let kind = Kind::of(value["apiVersion"].as_str().unwrap(), value["kind"].as_str().unwrap()).unwrap();
        value["metadata"]["namespace"] = "default".into();
        api.handle(request(Verb::Create, kind, value)).unwrap();
    }
}

/// Python's way to write a truth.
fn truth(value: Option<bool>) -> &'static str {
    if value.unwrap_or(false) { "True" } else { "False" }
}

fn answer(experiment: &Value) -> String {
    let id = experiment["id"].as_str().unwrap();
    let name = experiment["service"].as_str().unwrap();
    let to = experiment["to"].as_str().unwrap();
    let alone = to.contains("only td-2");
    let two = to.contains("td-1 (node-1, zone-a) and td-3");
    let ready = |pod: &str, was: bool| match pod {
        "td-1" | "td-3" => !alone,
        "td-2" => !two,
        _ => was,
    };
    let mut api = cluster(&ready);
    let key = Key::new(Kind::SERVICE, "default", name);
    apply(&mut api, experiment["manifest"].as_str().unwrap());
    match id {
        "i06" => run(&mut api, &mut MirroringController, &Key::new(Kind::ENDPOINTS, "default", name)),
        _ => run(&mut api, &mut EndpointSliceController::default(), &key),
    }
    let service = api.get(&key).unwrap().to_value();
    let slices = slices(&api, name);
    let endpoints = || slices.iter().flat_map(|slice| &slice.endpoints);
    let pod = |endpoint: &tabernetes::api::objects::service::Endpoint| {
        let target = endpoint.target_ref.as_ref().map(|target| target.name.to_string()).unwrap_or_default();
        format!("{} (pod {target})", endpoint.addresses[0])
    };
    let mut lines: Vec<String> = match id {
        _ if id.starts_with("b00") => endpoints()
            .map(|endpoint| {
                let is = &endpoint.conditions;
                let words = [truth(is.ready), truth(is.serving), truth(is.terminating)];
                format!("{}: ready={} serving={} terminating={}", pod(endpoint), words[0], words[1], words[2])
            })
            .collect(),
        _ if id.starts_with('l') => endpoints()
            .map(|endpoint| {
                let value = tabernetes::api::json::Json::to_json(endpoint);
                let (zone, hints) = (value["zone"].as_str().unwrap(), python(&value["hints"]));
                format!("{} zone={zone} hints={hints}", pod(endpoint))
            })
            .collect(),
        "d24" | "d25" => vec![service["spec"]["healthCheckNodePort"].as_i64().map_or("None".into(), |n| n.to_string())],
        "e50" => vec![python(&service["spec"]["ports"])],
        "f00" => vec![python(&service["spec"]["sessionAffinityConfig"])],
        "m03" => {
            let shown = slices.iter().map(|slice| {
                let ports = &Object::from(slice.clone()).to_value()["ports"];
                json!({"ports": ports, "endpoints": slice.endpoints.len()})
            });
            vec![shown.map(|one| format!("[{}]", python(&one))).collect()]
        }
        "i06" => {
            let value = Object::from(slices[0].clone()).to_value();
            let (labels, ports) = (&value["metadata"]["labels"], &value["ports"]);
            vec![python(&json!([{"labels": labels, "ports": ports, "endpoints": value["endpoints"]}]))]
        }
        "i10" => {
            let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": {"name": "i-lo", "namespace": "default", "labels": {"kubernetes.io/service-name": name}},
                "endpoints": [{"addresses": ["127.0.0.1"]}], "ports": [{"port": 5432}]});
            let status = api.handle(request(Verb::Create, Kind::ENDPOINT_SLICE, slice)).unwrap_err();
            vec![format!("The EndpointSlice \"i-lo\" is invalid: {}", status.causes[0])]
        }
        _ => unreachable!("{id}"),
    };
    lines.sort();
    if lines.is_empty() { "no endpoints".to_owned() } else { lines.join("; ") }
}

/// JSON as Python prints it: a blank after commas and colons.
fn python(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("\"{key}\": {}", python(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// What of ping's answer does not differ from run to run.
fn ping(experiment: &Value) -> String {
    let view = world::world();
    let client = match experiment["client"].as_str().unwrap().strip_prefix("pod:") {
        Some(pod) => Client::Pod(NetKey::new("default", pod)),
        None => Client::Node(experiment["client"].as_str().unwrap().into()),
    };
    let (count, target) = if experiment["id"] == "a23" { ("2", "10.244.2.2") } else { ("3", "10.0.144.47") };
    let run = programs::run(&view, &client, &["ping", "-c", count, "-i", "0.3", "-W", "1", target], 1).unwrap();
    let text = format!("{}{}", run.stdout, run.stderr);
    let line = text.lines().find(|line| line.contains("packets transmitted")).unwrap_or_default();
    format!("exit {}: {}", run.exit, line.split(", time").next().unwrap_or_default())
}

#[test]
fn recorded_experiments() {
    let all = world::recorded("experiments.json");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for experiment in all["experiments"].as_array().unwrap() {
        let id = experiment["id"].as_str().unwrap();
        if !OURS.contains(&id) {
            continue;
        }
        seen += 1;
        let text = experiment["iptables"]["text"].as_str().unwrap();
        let same = match id {
            "a21" | "a22" | "a23" => {
                let got = ping(experiment);
                let (exit, packets) = got.split_once(": ").unwrap();
                (text.starts_with(exit) && text.contains(packets), got)
            }
            "i06" | "m03" => {
                // The order of an object's fields, and a random name, are the recorder's.
                let known: Value = serde_json::from_str(text).unwrap();
                let got: Value = serde_json::from_str(&answer(experiment)).unwrap();
                let fields = got[0].as_object().unwrap().iter();
                (fields.clone().all(|(key, value)| known[0][key] == *value), got.to_string())
            }
            _ => {
                let got = answer(experiment);
                (got == text, got)
            }
        };
        if !same.0 {
            wrong.push(format!("{id}: got {}\n  want {text}", same.1));
        }
    }
    assert_eq!(seen, OURS.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
