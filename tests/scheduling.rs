//! What the scheduler says of each node, as the inspector shows it.

#![cfg(not(target_arch = "wasm32"))]

use expect_test::expect;
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::i18n::{Lang, text};
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
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            let because: Vec<String> = verdict.because.iter().map(|words| text(Lang::En, words)).collect();
            format!("{}: {}: {}\n", verdict.node, reasons.join(", "), because.join(" "))
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
        node-1: node(s) had untolerated taint(s): No toleration covers its taint gpu=yes:NoSchedule.
        node-2: node(s) were unschedulable: It is cordoned: kubectl uncordon node-2 opens it.
        node-3: Insufficient cpu: The pod requests 9 cpu; the whole node has 4.
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

/// A pod `web` with this in its spec, as `--overrides` has it.
fn web(spec: &str) -> String {
    format!(r#"kubectl run web --image=nginx --labels=app=web --overrides='{{"spec":{spec}}}'"#)
}

#[test]
fn what_stands_behind_a_refusal_is_said() {
    let labels = table(&[
        "kubectl label node node-1 disk=hdd",
        "kubectl label node node-3 disk=ssd",
        "kubectl taint node node-3 gpu=yes:NoExecute",
        &web(r#"{"nodeSelector":{"disk":"ssd"}}"#),
    ]);
    expect![[r#"
        node-1: node(s) didn't match Pod's node affinity/selector: The pod wants disk=ssd; the node has disk=hdd.
        node-2: node(s) didn't match Pod's node affinity/selector: The pod wants disk=ssd; the node has no label disk.
        node-3: node(s) had untolerated taint(s): No toleration covers its taint gpu=yes:NoExecute.
    "#]]
    .assert_eq(&labels);
    let requirements = r#"{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":
        [{"matchExpressions":[{"key":"zone","operator":"In","values":["a","b"]}]}]}}}}"#;
    expect![[r#"
        node-1: node(s) didn't match Pod's node affinity/selector: The pod wants zone in (a, b); the node has no label zone.
        node-2: node(s) didn't match Pod's node affinity/selector: The pod wants zone in (a, b); the node has zone=c.
        node-3: node(s) didn't match Pod's node affinity/selector: The pod wants zone in (a, b); the node has no label zone.
    "#]].assert_eq(&table(&["kubectl label node node-2 zone=c", &web(requirements)]));
    let amounts = table(&[
        r#"kubectl run other --image=nginx --overrides='{"spec":{"nodeName":"node-1","containers":[{"name":"other","image":"nginx","resources":{"requests":{"cpu":"3500m","memory":"1Gi"}}}]}}'"#,
        "kubectl cordon node-3",
        &web(
            r#"{"containers":[{"name":"web","image":"nginx","resources":{"requests":{"cpu":"1","memory":"900Gi"}}}]}"#,
        ),
    ]);
    expect![[r#"
        node-1: Insufficient cpu, Insufficient memory: The pod requests 1 cpu; of the node's 4, 500m are not requested yet. The pod requests 900Gi memory; the whole node has 8Gi.
        node-2: Insufficient memory: The pod requests 900Gi memory; the whole node has 8Gi.
        node-3: node(s) were unschedulable: It is cordoned: kubectl uncordon node-3 opens it.
    "#]].assert_eq(&amounts);
    let port = r#"{"nodeName":"","containers":[{"name":"web","image":"nginx","ports":[{"containerPort":80,"hostPort":8080}]}]}"#;
    let ports = table(&[
        r#"kubectl run other --image=nginx --overrides='{"spec":{"nodeName":"node-1","containers":[{"name":"other","image":"nginx","ports":[{"containerPort":80,"hostPort":8080}]}]}}'"#,
        "kubectl cordon node-2",
        "kubectl cordon node-3",
        &web(port),
    ]);
    expect![[r#"
        node-1: node(s) didn't have free ports for the requested pod ports: Port 8080/TCP of the node belongs to the pod other.
        node-2: node(s) were unschedulable: It is cordoned: kubectl uncordon node-2 opens it.
        node-3: node(s) were unschedulable: It is cordoned: kubectl uncordon node-3 opens it.
    "#]].assert_eq(&ports);
}

#[test]
fn company_that_is_missed_or_not_wanted_is_named_by_its_place() {
    let term = |kind: &str, app: &str| {
        web(&format!(
            r#"{{"affinity":{{"{kind}":{{"requiredDuringSchedulingIgnoredDuringExecution":[{{"topologyKey":"kubernetes.io/hostname","labelSelector":{{"matchLabels":{{"app":"{app}"}}}}}}]}}}}}}"#
        ))
    };
    let other = r#"kubectl run other --image=nginx --labels=app=other --overrides='{"spec":{"nodeName":"node-1"}}'"#;
    expect![[r#"
        node-1: node(s) didn't match pod anti-affinity rules: A pod that it does not want to be with is at kubernetes.io/hostname=node-1.
        node-2: node(s) were unschedulable: It is cordoned: kubectl uncordon node-2 opens it.
        node-3: node(s) were unschedulable: It is cordoned: kubectl uncordon node-3 opens it.
    "#]].assert_eq(&table(&[
        "kubectl cordon node-2",
        "kubectl cordon node-3",
        other,
        &term("podAntiAffinity", "other"),
    ]));
    expect![[r#"
        node-1: node(s) were unschedulable: It is cordoned: kubectl uncordon node-1 opens it.
        node-2: node(s) didn't match pod affinity rules: No pod that it wants to be with is at kubernetes.io/hostname=node-2.
        node-3: node(s) didn't match pod affinity rules: No pod that it wants to be with is at kubernetes.io/hostname=node-3.
    "#]].assert_eq(&table(&["kubectl cordon node-1", other, &term("podAffinity", "other")]));
    expect![[r#"
        node-1: node(s) didn't match pod affinity rules: No pod that it wants to be with is anywhere.
        node-2: node(s) didn't match pod affinity rules: No pod that it wants to be with is anywhere.
        node-3: node(s) didn't match pod affinity rules: No pod that it wants to be with is anywhere.
    "#]]
    .assert_eq(&table(&[&term("podAffinity", "nobody")]));
    let spread = r#"{"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"kubernetes.io/hostname","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}}]}"#;
    let first = r#"kubectl run first --image=nginx --labels=app=web --overrides='{"spec":{"nodeName":"node-1"}}'"#;
    expect![[r#"
        node-1: node(s) didn't match pod topology spread constraints: kubernetes.io/hostname=node-1 has 1 of these pods, the emptiest place 0; they may differ by 1.
        node-2: node(s) had untolerated taint(s): No toleration covers its taint a=b:NoSchedule.
        node-3: node(s) had untolerated taint(s): No toleration covers its taint a=b:NoSchedule.
    "#]].assert_eq(&table(&[
        first,
        "kubectl taint node node-2 a=b:NoSchedule",
        "kubectl taint node node-3 a=b:NoSchedule",
        &web(spread),
    ]));
}
