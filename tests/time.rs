//! Time in the hand: replay, share, rewind, branches, faults and their causes.

#![cfg(not(target_arch = "wasm32"))]

use serde_json::json;
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::api::objects::{Node, Object, Pod};
use tabernetes::apiserver::{Body, Options, Request, Verb};
use tabernetes::base::Value;
use tabernetes::base::time::{Duration, SimTime};
use tabernetes::kubelet::faults::ProbeFault;
use tabernetes::kubelet::probe::Kind as ProbeKind;
use tabernetes::sim::faults::FaultError;
use tabernetes::sim::history::{Difference, compare};
use tabernetes::sim::share::{ShareError, Story};
use tabernetes::sim::why::Subject;
use tabernetes::sim::{ClusterConfig, Engine, Fault, World};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

fn create(engine: &mut Engine, kind: Kind, value: Value) {
    let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let key = Key::new(kind, if kind.info().namespaced { "default" } else { "" }, name);
    engine.request(Request::new(Verb::Create, &key).body(Body::Json { value, duplicates: vec![] })).unwrap();
}

fn deployment(name: &str, replicas: i32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "nginx:1.27",
                    "readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 2}}]}
            }
        }
    })
}

fn scale(engine: &mut Engine, name: &str, replicas: i32) {
    let key = Key::new(Kind::DEPLOYMENT, "default", name);
    let patch = json!({"spec": {"replicas": replicas}});
    let body = Body::Patch(tabernetes::apiserver::PatchType::Merge, patch);
    engine.request(Request::new(Verb::Patch, &key).body(body)).unwrap();
}

/// Every change that was made, oldest first.
fn log(world: &World) -> Vec<String> {
    let marks = world.api.store().marks_back().map(|(rev, mark)| format!("{:?} {rev} {mark:?}", mark.at));
    let newest_first: Vec<String> = marks.collect();
    newest_first.into_iter().rev().collect()
}

/// All objects.
fn state(world: &World) -> Vec<String> {
    let store = world.api.store();
    Kind::all().flat_map(|kind| store.list(kind, "")).map(|object| object.to_value().to_string()).collect()
}

fn pods(world: &World) -> Vec<Pod> {
    world.api.store().list(Kind::POD, "default").filter_map(|object| Pod::of(object)).cloned().collect()
}

fn ready(world: &World) -> usize {
    pods(world).iter().filter(|pod| pod.is_ready() && !pod.meta.is_terminating()).count()
}

fn node(world: &World, name: &str) -> Node {
    Node::of(world.api.store().get(&Key::new(Kind::NODE, "", name)).unwrap()).unwrap().clone()
}

fn events(world: &World, reason: &str) -> Vec<String> {
    let store = world.api.store();
    let texts = store.list(Kind::EVENT, "").filter_map(|object| match &**object {
        Object::Event(event) if &*event.reason == reason => Some(event.message.to_string()),
        _ => None,
    });
    texts.collect()
}

/// A minute in which things happen.
fn story() -> Engine {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 3));
    engine.advance(secs(10));
    scale(&mut engine, "web", 6);
    // In one breath: nobody has reacted to the first when the second comes.
    create(&mut engine, Kind::DEPLOYMENT, deployment("db", 2));
    engine.advance(Duration::from_millis(700));
    scale(&mut engine, "web", 4);
    engine.advance(secs(10));
    engine.fault(Fault::Power { node: "node-2".into(), on: false }).unwrap();
    engine.advance(secs(70));
    engine.fault(Fault::Power { node: "node-2".into(), on: true }).unwrap();
    engine.advance(secs(30));
    engine
}

#[test]
fn the_inputs_are_the_whole_story() {
    let engine = story();
    let again = Engine::replay(ClusterConfig::default(), engine.inputs().clone(), engine.now());
    assert_eq!(log(again.world()), log(engine.world()));
    assert_eq!(again.work(), engine.work());
}

#[test]
fn a_story_fits_into_a_link() {
    let engine = story();
    let text = engine.story().encode().unwrap();
    println!("{} inputs, {} characters", engine.inputs().len(), text.len());
    assert!(text.len() < 1500 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{text}");
    let again = Engine::of_story(Story::decode(&text).unwrap());
    assert_eq!(log(again.world()), log(engine.world()));
    for (text, expected) in [("", "version"), ("9.abc", "version"), ("1.@", "encoding"), ("1.AAAA", "compression")] {
        let got = match Story::decode(text).unwrap_err() {
            ShareError::Version => "version",
            ShareError::Encoding => "encoding",
            ShareError::Compression => "compression",
            ShareError::Content(_) => "content",
            ShareError::Unwritable(_) => "unwritable",
        };
        assert_eq!(got, expected, "{text}");
    }
    // Whatever is cut off or changed: an error or a story, never a panic.
    for place in (0..text.len()).step_by(7) {
        let _ = Story::decode(&text[..place]);
        let mut bytes = text.clone().into_bytes();
        bytes[place] = b'A';
        let _ = Story::decode(&String::from_utf8(bytes).unwrap());
    }
}

#[test]
fn looking_around_leaves_no_trace() {
    let mut engine = story();
    let (before, inputs) = (log(engine.world()), engine.inputs().len());
    let value = deployment("dry", 1);
    let key = Key::new(Kind::DEPLOYMENT, "default", "dry");
    let request = Request::new(Verb::Create, &key).body(Body::Json { value, duplicates: vec![] });
    engine.request(request.options(Options { dry_run: true, ..Options::default() })).unwrap();
    engine.request(Request::new(Verb::Delete, &key)).unwrap_err();
    engine.request(Request::new(Verb::Get, &key)).unwrap_err();
    scale(&mut engine, "web", 4);
    assert_eq!((log(engine.world()), engine.inputs().len()), (before, inputs));
}

#[test]
fn rewinding_and_playing_again() {
    let mut engine = story();
    let (end, whole, objects) = (engine.now(), log(engine.world()), state(engine.world()));
    let moments: Vec<SimTime> = engine.moments().iter().copied().collect();
    assert!(moments.len() > 40, "{}", moments.len());
    for moment in moments.iter().rev().step_by(9).chain(moments.iter().step_by(11)) {
        engine.seek(*moment);
        assert_eq!(engine.now(), *moment);
        let part = log(engine.world());
        assert!(whole.starts_with(&part), "at {moment:?}");
        assert!(part.last().is_some_and(|last| last.starts_with(&format!("{moment:?} "))));
        assert_eq!(log(&engine.at(*moment)), part);
        assert_eq!(state(&engine.at(*moment)), state(engine.world()));
    }
    engine.seek(at(5));
    assert_eq!(ready(engine.world()), 3);
    engine.advance_to(end, &mut || true);
    assert_eq!(log(engine.world()), whole);
    assert_eq!(state(engine.world()), objects);
    assert_eq!(engine.moments().iter().copied().collect::<Vec<_>>(), moments);
    assert!(engine.branches().is_empty());
}

#[test]
fn another_future_is_a_branch() {
    let mut engine = story();
    let (end, whole) = (engine.now(), log(engine.world()));
    engine.seek(at(15));
    scale(&mut engine, "web", 1);
    engine.advance(secs(20));
    assert_eq!(pods(engine.world()).len(), 3);
    let other = log(engine.world());
    let left = engine.branches().iter().map(|branch| (branch.left_at, branch.head)).collect::<Vec<_>>();
    assert_eq!(left, [(at(15), end)]);
    let (first, second) = (engine.branches()[0].id, engine.branch());
    assert!(engine.switch(first));
    assert_eq!((log(engine.world()), engine.now()), (whole.clone(), end));
    assert!(engine.switch(second));
    assert_eq!((log(engine.world()), engine.now()), (other, at(35)));
    assert!(!engine.switch(99));
    engine.switch(first);
    engine.seek(at(12));
    engine.advance_to(end, &mut || true);
    assert_eq!(log(engine.world()), whole);
}

#[test]
fn two_moments_compared() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 2));
    engine.advance(secs(10));
    create(&mut engine, Kind::CONFIG_MAP, json!({"metadata": {"name": "new"}}));
    scale(&mut engine, "web", 1);
    engine.advance(secs(10));
    let names = |before: u64, after: u64| {
        let differences = compare(&engine.at(at(before)), &engine.at(at(after)));
        let of = |kind: Kind| differences.iter().filter(|(key, _)| key.kind == kind).map(|(_, how)| *how).collect();
        [of(Kind::CONFIG_MAP), of(Kind::POD), of(Kind::DEPLOYMENT)] as [Vec<Difference>; 3]
    };
    assert_eq!(names(9, 20), [vec![Difference::Added], vec![Difference::Removed], vec![Difference::Changed]]);
    assert_eq!(names(20, 9), [vec![Difference::Removed], vec![Difference::Added], vec![Difference::Changed]]);
    assert_eq!(names(18, 20), [vec![], vec![], vec![]]);
}

#[test]
fn running_until_something_holds() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 3));
    assert!(engine.run_until(at(60), &mut |world| ready(world) == 2));
    assert!(ready(engine.world()) == 2 && engine.now() < at(5));
    assert!(!engine.run_until(at(60), &mut |world| ready(world) == 9));
    assert_eq!(engine.now(), at(60));
    assert!(!engine.step_visible(at(3600)));
    assert_eq!(engine.now(), at(60), "nothing to step to");
}

#[test]
fn a_dead_node_is_noticed_and_its_pods_move() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 6));
    engine.advance(secs(10));
    let on_node = |world: &World| pods(world).iter().filter(|pod| &*pod.node_name == "node-2").count();
    assert!(on_node(engine.world()) > 0);
    engine.fault(Fault::Power { node: "node-2".into(), on: false }).unwrap();
    engine.advance(secs(49));
    assert!(node(engine.world(), "node-2").is_ready());
    engine.advance(secs(2));
    let dead = node(engine.world(), "node-2");
    assert!(
        dead.status.conditions.iter().all(|condition| &*condition.message == "Kubelet stopped posting node status.")
    );
    let taints: Vec<_> = dead.spec.taints.iter().map(|taint| format!("{}:{}", taint.key, taint.effect)).collect();
    let key = "node.kubernetes.io/unreachable";
    assert_eq!(taints, [format!("{key}:NoSchedule"), format!("{key}:NoExecute")]);
    assert!(
        events(engine.world(), "NodeNotReady").iter().any(|text| text == "Node node-2 status is now: NodeNotReady")
    );
    let lost = on_node(engine.world());
    assert_eq!(ready(engine.world()), 6 - lost);
    engine.advance(secs(290));
    assert_eq!(pods(engine.world()).len(), 6, "they are borne for 300 s");
    engine.advance(secs(30));
    assert_eq!(ready(engine.world()), 6);
    let gone = pods(engine.world()).into_iter().filter(|pod| pod.meta.is_terminating()).count();
    assert_eq!(gone, lost, "they stay Terminating: nobody there says that they have ended");
    assert!(events(engine.world(), "TaintManagerEviction")[0].starts_with("Marking for deletion Pod default/web-"));
    engine.fault(Fault::Power { node: "node-2".into(), on: true }).unwrap();
    engine.advance(secs(40));
    let back = node(engine.world(), "node-2");
    assert!(back.is_ready() && back.spec.taints.is_empty());
    assert_eq!(pods(engine.world()).len(), 6);
}

#[test]
fn a_node_that_comes_back_in_time_keeps_its_pods() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 6));
    engine.advance(secs(10));
    let names = |world: &World| pods(world).iter().map(|pod| pod.meta.name.clone()).collect::<Vec<_>>();
    let before = names(engine.world());
    engine.fault(Fault::Cut { node: "node-1".into(), cut: true }).unwrap();
    engine.advance(secs(120));
    assert!(ready(engine.world()) < 6);
    engine.fault(Fault::Cut { node: "node-1".into(), cut: false }).unwrap();
    engine.advance(secs(20));
    assert_eq!((names(engine.world()), ready(engine.world())), (before, 6));
    assert!(pods(engine.world()).iter().all(|pod| pod.status.container_statuses[0].restart_count == 0));
    assert!(events(engine.world(), "TaintManagerEviction").iter().any(|text| text.starts_with("Cancelling deletion")));
}

#[test]
fn the_pods_of_a_node_that_is_taken_away_are_removed() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 6));
    engine.advance(secs(10));
    engine.request(Request::new(Verb::Delete, &Key::new(Kind::NODE, "", "node-3"))).unwrap();
    engine.advance(secs(60));
    assert!(pods(engine.world()).iter().all(|pod| &*pod.node_name != "node-3"));
    assert_eq!(ready(engine.world()), 6);
}

#[test]
fn a_killed_container_is_started_again() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 1));
    engine.advance(secs(10));
    let key = Key::new(Kind::POD, "default", pods(engine.world())[0].meta.name.clone());
    engine.fault(Fault::KillContainer { pod: key.clone(), container: Some("other".into()) }).unwrap_err();
    engine.fault(Fault::KillContainer { pod: key.clone(), container: None }).unwrap();
    engine.advance(Duration::from_millis(100));
    assert_eq!(ready(engine.world()), 0);
    assert_eq!(
        engine.fault(Fault::KillContainer { pod: key.clone(), container: None }),
        Err(FaultError::NotRunning(key))
    );
    engine.advance(secs(10));
    let pod = pods(engine.world()).remove(0);
    let status = &pod.status.container_statuses[0];
    assert_eq!((status.restart_count, pod.is_ready()), (1, true));
    assert_eq!(status.last_state.terminated.as_ref().map(|ended| ended.exit_code), Some(137));
}

#[test]
fn a_probe_that_fails_and_heals() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 1));
    engine.advance(secs(10));
    let pod = Key::new(Kind::POD, "default", pods(engine.world())[0].meta.name.clone());
    let fault = |how| Fault::Probe { pod: pod.clone(), probe: ProbeKind::Readiness, fault: how };
    assert_eq!(engine.fault(fault(None)), Err(FaultError::Already));
    let liveness = Fault::Probe { pod: pod.clone(), probe: ProbeKind::Liveness, fault: Some(ProbeFault::Fails) };
    assert_eq!(engine.fault(liveness), Err(FaultError::NoProbe(pod.clone(), ProbeKind::Liveness)));
    for (how, text) in [
        (ProbeFault::Fails, "Readiness probe failed: HTTP probe failed with statuscode: 500"),
        (ProbeFault::Slow(secs(3)), "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"),
    ] {
        engine.fault(fault(Some(how))).unwrap();
        engine.advance(secs(3));
        assert_eq!(ready(engine.world()), 1, "three tries must fail");
        engine.advance(secs(4));
        assert_eq!(ready(engine.world()), 0);
        assert!(events(engine.world(), "Unhealthy").last().unwrap().ends_with(text), "{text}");
        engine.fault(fault(None)).unwrap();
        engine.advance(secs(3));
        assert_eq!(ready(engine.world()), 1);
    }
    engine.fault(fault(Some(ProbeFault::Slow(Duration::from_millis(900))))).unwrap();
    engine.advance(secs(60));
    assert_eq!(ready(engine.world()), 1, "slow, but in time");
}

#[test]
fn a_full_disk_keeps_new_pods_away() {
    let mut engine = Engine::new(ClusterConfig::with_nodes(2));
    engine.fault(Fault::FillDisk { node: "node-1".into(), full: true }).unwrap();
    engine.advance(secs(1));
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 4));
    engine.advance(secs(10));
    assert!(pods(engine.world()).iter().all(|pod| &*pod.node_name == "node-2"));
    engine.fault(Fault::FillDisk { node: "node-1".into(), full: false }).unwrap();
    engine.advance(secs(290));
    assert!(!node(engine.world(), "node-1").spec.taints.is_empty());
    engine.advance(secs(11));
    assert!(node(engine.world(), "node-1").spec.taints.is_empty());
}

#[test]
fn images_come_slowly() {
    let ready_after = |factor| {
        let mut engine = Engine::new(ClusterConfig { images_present: false, ..ClusterConfig::with_nodes(1) });
        if factor > 1 {
            engine.fault(Fault::SlowPull { node: "node-1".into(), factor }).unwrap();
        }
        create(&mut engine, Kind::DEPLOYMENT, deployment("web", 1));
        assert!(engine.run_until(at(3600), &mut |world| ready(world) == 1));
        engine.now().0 / 1_000_000
    };
    assert!(ready_after(10) > 5 * ready_after(1));
}

#[test]
fn every_change_has_a_cause() {
    let mut engine = Engine::new(ClusterConfig::default());
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 1));
    engine.advance(secs(10));
    let pod = Key::new(Kind::POD, "default", pods(engine.world())[0].meta.name.clone());
    let ids: Vec<&str> = engine.why(&Subject::Object(&pod)).iter().map(|link| link.what.id).collect();
    assert_eq!(ids.last(), Some(&"why.you-created"));
    assert!(ids.len() >= 4 && ids.contains(&"why.bound"), "{ids:?}");
    engine.fault(Fault::Power { node: pods(engine.world())[0].node_name.clone(), on: false }).unwrap();
    engine.advance(secs(60));
    let links = engine.why(&Subject::Object(&pod));
    assert_eq!(links.last().map(|link| (link.what.id, link.input)), Some(("sim.power-off", Some(1))));
    for change in engine.world().api.store().changes_after(0) {
        let links = engine.why(&Subject::Change(change.rev));
        let last = links.last().unwrap();
        assert!(last.input.is_some() || last.what.id == "why.seed", "{change:?}");
    }
}

/// A readiness flip among many pods, and a day in which nothing happens.
#[test]
fn work_is_proportional_to_change() {
    let mut engine = Engine::new(ClusterConfig::with_nodes(20));
    create(&mut engine, Kind::DEPLOYMENT, deployment("web", 2000));
    let spec = json!({"selector": {"app": "web"}, "ports": [{"port": 80}]});
    create(&mut engine, Kind::SERVICE, json!({"metadata": {"name": "web"}, "spec": spec}));
    engine.advance(secs(300));
    assert_eq!(ready(engine.world()), 2000);
    let name = pods(engine.world())[1234].meta.name.clone();
    let pod = Key::new(Kind::POD, "default", name);
    for fault in [Some(ProbeFault::Fails), None] {
        let before = engine.work();
        engine.fault(Fault::Probe { pod: pod.clone(), probe: ProbeKind::Readiness, fault }).unwrap();
        engine.advance(secs(60));
        let after = engine.work();
        assert_eq!(ready(engine.world()), if fault.is_some() { 1999 } else { 2000 });
        let changes: Vec<_> = engine.world().api.store().changes_after(before.writes).cloned().collect();
        let slices = changes.iter().filter(|change| change.key.kind == Kind::ENDPOINT_SLICE).count();
        let syncs = after.syncs - before.syncs;
        println!("{fault:?}: {syncs} keys looked at, {} changes, {slices} of slices", changes.len());
        assert!(syncs <= 12, "{syncs}");
        assert_eq!(slices, 1);
    }
    let before = engine.work();
    engine.advance(secs(86_400));
    assert_eq!(engine.work(), before, "an idle day costs nothing");
}

/// A kind that a definition made is gone in the time before it, is there again afterwards, and travels in a share link.
#[test]
fn kinds_that_users_define_come_and_go_with_time() {
    let mut engine = Engine::new(ClusterConfig::default());
    engine.advance_to(at(10), &mut || true);
    create(
        &mut engine,
        Kind::CUSTOM_RESOURCE_DEFINITION,
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.com"},
            "spec": {
                "group": "example.com", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                    "type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]
            }
        }),
    );
    engine.advance_to(at(20), &mut || true);
    let kind = engine.world().api.kinds().of("example.com/v1", "Widget").expect("it is served");
    create(
        &mut engine,
        kind,
        json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 1}}),
    );
    engine.advance_to(at(30), &mut || true);
    let whole = log(engine.world());
    let served = |engine: &Engine| engine.world().api.kinds().of("example.com/v1", "Widget");
    engine.seek(at(5));
    assert_eq!(served(&engine), None);
    engine.seek(at(15));
    assert_eq!(served(&engine), Some(kind));
    assert_eq!(engine.world().api.store().list(kind, "").count(), 0);
    engine.seek(at(30));
    assert_eq!(engine.world().api.store().list(kind, "").count(), 1);
    assert_eq!(log(engine.world()), whole);
    let link = serde_json::to_string(&engine.story()).unwrap();
    let mut other = Engine::of_story(serde_json::from_str(&link).unwrap());
    other.advance_to(at(30), &mut || true);
    assert_eq!(log(other.world()), whole);
}
