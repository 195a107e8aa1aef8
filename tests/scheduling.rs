//! What the scheduler says of each node, as the inspector shows it.

#![cfg(not(target_arch = "wasm32"))]

use expect_test::expect;
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::kubectl::exec::Output;
use tabernetes::kubectl::session::Session;
use tabernetes::sim::{ClusterConfig, Engine};

/// Runs console lines in a cluster of three nodes, and gives the table of the pod `web`.
fn table(lines: &[&str]) -> String {
    let mut engine = Engine::new(ClusterConfig::default());
    let mut session = Session::default();
    for line in lines {
        let mut output = Output::default();
        session.start(line).run_to_end(&mut session, &mut engine, &mut output);
    }
    engine.advance(std::time::Duration::from_secs(5));
    let world = engine.world();
    let pod = world.api.store().pod(&Key::new(Kind::POD, "default", "web")).expect("the pod is there");
    let table = world.controllers.scheduler.table(pod, world.api.store());
    let rows = table.iter().map(|verdict| match &verdict.rating {
        Ok(points) => format!("{}: {} {points:?}\n", verdict.node, points.total()),
        Err(reasons) => {
            format!("{}: {}\n", verdict.node, reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    });
    rows.collect()
}

#[test]
fn each_node_says_why_not() {
    let refused = table(&[
        "kubectl taint nodes node-1 gpu=yes:NoSchedule",
        "kubectl cordon node-2",
        r#"kubectl run web --image=nginx --overrides='{"spec":{"containers":[{"name":"web","image":"nginx","resources":{"requests":{"cpu":"9"}}}]}}'"#,
    ]);
    expect![[r#"
        node-1: node(s) had untolerated taint(s)
        node-2: node(s) were unschedulable
        node-3: Insufficient cpu
    "#]]
    .assert_eq(&refused);
}

#[test]
fn a_placed_pod_does_not_stand_in_its_own_way() {
    let placed = table(&[
        "kubectl taint nodes node-1 busy=yes:PreferNoSchedule",
        "kubectl run other --image=nginx --overrides='{\"spec\":{\"nodeName\":\"node-2\",\"containers\":[{\"name\":\"other\",\"image\":\"nginx\",\"resources\":{\"requests\":{\"cpu\":\"2\"}}}]}}'",
        "kubectl run web --image=nginx",
    ]);
    expect![[r#"
        node-1: 297 Points { taints: 0, preference: 0, spread: 200, near: 0, free: 97 }
        node-2: 571 Points { taints: 300, preference: 0, spread: 200, near: 0, free: 71 }
        node-3: 597 Points { taints: 300, preference: 0, spread: 200, near: 0, free: 97 }
    "#]]
    .assert_eq(&placed);
}
