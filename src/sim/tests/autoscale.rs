//! Load moves autoscalers, memory beyond the limit kills, and a deadline ends a pod.

use super::*;

fn served(engine: &mut Engine) -> Key {
    let mut web = container("registry.k8s.io/hpa-example");
    web["resources"] = json!({"requests": {"cpu": "200m"}});
    create(engine, Kind::DEPLOYMENT, deployment("web", 1, web));
    let ports = json!([{"port": 80, "protocol": "TCP"}]);
    let spec = json!({"type": "ClusterIP", "selector": {"app": "web"}, "ports": ports});
    create(engine, Kind::SERVICE, json!({"metadata": {"name": "web", "namespace": "default"}, "spec": spec}));
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
    let cpu = json!({"type": "Utilization", "averageUtilization": 50});
    let metrics = json!([{"type": "Resource", "resource": {"name": "cpu", "target": cpu}}]);
    create(
        engine,
        Kind::HORIZONTAL_POD_AUTOSCALER,
        json!({"metadata": {"name": "web", "namespace": "default"},
            "spec": {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 8, "metrics": metrics}}),
    );
    Key::new(Kind::SERVICE, "default", "web")
}

#[test]
fn load_comes_and_goes() {
    let mut engine = Engine::new(ClusterConfig::default());
    let service = served(&mut engine);
    engine.advance(secs(60));
    assert_eq!(status(&engine, "web").0, 1);
    // 5 requests of 60 ms each second: 300 thousandths of a core, of which each pod may use 100.
    engine.load(service.clone(), 5);
    engine.advance(secs(120));
    assert_eq!(status(&engine, "web").0, 3);
    engine.load(service, 0);
    engine.advance(secs(240));
    assert_eq!(status(&engine, "web").0, 3, "five minutes have not passed");
    engine.advance(secs(240));
    assert_eq!(status(&engine, "web").0, 1);
    let again = Engine::of_story(engine.story());
    assert_eq!(again.world().api.store().rev(), engine.world().api.store().rev());
}

#[test]
fn a_settled_autoscaler_costs_nothing() {
    let mut engine = Engine::new(ClusterConfig::default());
    let service = served(&mut engine);
    engine.load(service, 5);
    engine.advance(secs(1200));
    let work = engine.work();
    engine.advance(secs(86_400));
    assert_eq!(engine.work(), work);
}

#[test]
fn memory_beyond_the_limit_kills() {
    let mut engine = Engine::new(ClusterConfig::default());
    let hungry = json!({"name": "c", "image": "polinux/stress", "command": ["stress"], "args": ["--vm", "1", "--vm-bytes", "250M"],
        "resources": {"limits": {"memory": "100Mi"}, "requests": {"memory": "50Mi"}}});
    create(
        &mut engine,
        Kind::POD,
        json!({"metadata": {"name": "hungry", "namespace": "default"}, "spec": pod_spec(hungry)}),
    );
    engine.advance(secs(3));
    let pods = pods(&engine);
    let status = &pods[0].status.container_statuses[0];
    let end = status.state.terminated.as_ref().or(status.last_state.terminated.as_ref()).unwrap();
    assert_eq!((&*end.reason, end.exit_code), ("OOMKilled", 137));
}

#[test]
fn a_pod_is_active_for_as_long_as_it_may() {
    let mut engine = Engine::new(ClusterConfig::default());
    let mut spec = pod_spec(container("nginx"));
    spec["activeDeadlineSeconds"] = 20.into();
    create(&mut engine, Kind::POD, json!({"metadata": {"name": "brief", "namespace": "default"}, "spec": spec}));
    engine.advance(secs(15));
    assert!(pods(&engine)[0].is_ready());
    engine.advance(secs(15));
    let pod = &pods(&engine)[0];
    let status = &pod.status;
    assert_eq!((status.phase.as_str(), &*status.reason), ("Failed", "DeadlineExceeded"));
    assert_eq!(&*status.message, "Pod was active on the node longer than the specified deadline");
    assert_eq!(status.container_statuses[0].restart_count, 0);
    let told = events(&engine, "Pod");
    assert!(told.contains(&format!("Normal DeadlineExceeded {}", status.message)), "{told:?}");
    let work = engine.work();
    engine.advance(secs(3600));
    assert_eq!(engine.work(), work, "it stays as it is");
}
