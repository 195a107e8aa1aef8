//! What stands behind Services on a living cluster.

use super::*;
use crate::base::Order;

fn service(name: &str, spec: Value) -> Value {
    let mut spec = spec;
    for (field, value) in
        [("type", json!("ClusterIP")), ("sessionAffinity", json!("None")), ("clusterIP", json!("10.0.0.77"))]
    {
        if spec.get(field).is_none() {
            spec[field] = value;
        }
    }
    json!({"metadata": {"name": name, "labels": {"team": "red"}}, "spec": spec})
}

/// The slices of a Service: ports, and for each endpoint whether it is ready, serving, terminating.
fn slices(engine: &Engine, name: &str) -> Vec<String> {
    let store = engine.world().api.store();
    let flag = |flag: Option<bool>, letter: &str| if flag == Some(true) { letter.to_owned() } else { "-".to_owned() };
    let (namespace, name) = ("default".into(), name.into());
    let slices = store.slices_of(&namespace, &name).filter_map(|object| match &**object {
        Object::EndpointSlice(slice) => Some(slice),
        _ => None,
    });
    slices
        .map(|slice| {
            let ports: Vec<String> = slice.ports.iter().map(|port| port.port.unwrap_or(0).to_string()).collect();
            let mut endpoints: Vec<String> = slice
                .endpoints
                .iter()
                .map(|endpoint| {
                    let c = &endpoint.conditions;
                    flag(c.ready, "r") + &flag(c.serving, "s") + &flag(c.terminating, "t")
                })
                .collect();
            endpoints.order();
            format!("{}: {}", ports.join(","), endpoints.join(" "))
        })
        .collect()
}

#[test]
fn endpoints_follow_readiness() {
    let mut engine = Engine::new(ClusterConfig::default());
    let ports = json!([{"port": 8080, "targetPort": 80, "protocol": "TCP"}]);
    create(&mut engine, Kind::SERVICE, service("web", json!({"selector": {"app": "web"}, "ports": ports})));
    engine.advance(secs(1));
    assert_eq!(slices(&engine, "web"), [": "], "a placeholder");
    let mut probed = container("nginx:1.27");
    probed["readinessProbe"] = json!({"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 5, "periodSeconds": 1, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3});
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 2, probed));
    engine.advance(secs(3));
    assert_eq!(slices(&engine, "web"), ["80: --- ---"]);
    engine.advance(secs(5));
    assert_eq!(slices(&engine, "web"), ["80: rs- rs-"]);
    let writes = engine.work().writes;
    let name = pods(&engine)[0].meta.name.clone();
    edit(&mut engine, Kind::POD, &name, |value| value["metadata"]["labels"]["app"] = "other".into());
    engine.advance(Duration::from_millis(100));
    assert!(slices(&engine, "web")[0].matches("rs-").count() == 1, "{:?}", slices(&engine, "web"));
    assert!(engine.work().writes - writes < 20);
    let key = Key::new(Kind::ENDPOINTS, "default", "web");
    let value = engine.world().api.get(&key).unwrap().to_value();
    assert_eq!(value.pointer("/subsets/0/addresses").and_then(Value::as_array).map(Vec::len), Some(1));
    assert_eq!(value.pointer("/metadata/labels/team"), Some(&json!("red")));
    engine.request(Request::new(Verb::Delete, &Key::new(Kind::SERVICE, "default", "web"))).unwrap();
    engine.advance(secs(1));
    assert!(slices(&engine, "web").is_empty());
    assert!(engine.world().api.get(&key).is_err());
}

#[test]
fn pods_with_other_numbers_for_a_name_have_slices_of_their_own() {
    let mut engine = Engine::new(ClusterConfig::default());
    let ports = json!([{"port": 80, "targetPort": "http", "protocol": "TCP"}]);
    create(&mut engine, Kind::SERVICE, service("web", json!({"selector": {"app": "web"}, "ports": ports})));
    for (name, port) in [("a", 8001), ("b", 8002), ("c", 8001)] {
        let mut named = container("my/app");
        named["ports"] = json!([{"name": "http", "containerPort": port, "protocol": "TCP"}]);
        create(
            &mut engine,
            Kind::POD,
            json!({"metadata": {"name": name, "labels": {"app": "web"}}, "spec": pod_spec(named)}),
        );
    }
    engine.advance(secs(3));
    let mut got = slices(&engine, "web");
    got.order();
    assert_eq!(got, ["8001: rs- rs-", "8002: rs-"]);
}

#[test]
fn hand_made_endpoints_are_mirrored() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(
        &mut engine,
        Kind::SERVICE,
        service("db", json!({"ports": [{"port": 80, "targetPort": 9376, "protocol": "TCP"}]})),
    );
    create(
        &mut engine,
        Kind::ENDPOINTS,
        json!({"metadata": {"name": "db"}, "subsets": [{"addresses": [{"ip": "192.0.2.42"}], "ports": [{"port": 9376, "protocol": "TCP"}]}]}),
    );
    engine.advance(secs(1));
    assert_eq!(slices(&engine, "db"), ["9376: r--"]);
    engine.request(Request::new(Verb::Delete, &Key::new(Kind::ENDPOINTS, "default", "db"))).unwrap();
    engine.advance(secs(1));
    assert!(slices(&engine, "db").is_empty());
}

#[test]
fn load_balancers_need_a_cloud() {
    let spec = json!({"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}]});
    for cloud in [false, true] {
        let mut engine = Engine::new(ClusterConfig { cloud, ..ClusterConfig::default() });
        create(&mut engine, Kind::SERVICE, service("lb", spec.clone()));
        let address = |engine: &Engine| {
            let value = engine.world().api.get(&Key::new(Kind::SERVICE, "default", "lb")).unwrap().to_value();
            value.pointer("/status/loadBalancer/ingress/0/ip").and_then(Value::as_str).map(str::to_owned)
        };
        engine.advance(secs(1));
        assert_eq!(address(&engine), None);
        engine.advance(secs(2));
        assert_eq!(address(&engine), cloud.then(|| "192.0.2.1".to_owned()));
        let expected: &[&str] = if cloud {
            &["Normal EnsuringLoadBalancer Ensuring load balancer", "Normal EnsuredLoadBalancer Ensured load balancer"]
        } else {
            &[]
        };
        assert_eq!(events(&engine, "Service"), expected);
        engine.request(Request::new(Verb::Delete, &Key::new(Kind::SERVICE, "default", "lb"))).unwrap();
        engine.advance(secs(1));
        assert!(engine.world().api.get(&Key::new(Kind::SERVICE, "default", "lb")).is_err());
    }
}
