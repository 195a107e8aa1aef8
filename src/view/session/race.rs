//! One rollout in two ways: each is played on a copy of the cluster as it is now (so with the same seed), under the same steady
//! load, and what was lost is counted and explained. The cluster itself stays as it is.

use super::requests::Line;
use super::until::has_rolled_out;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::apiserver::{Body, Request, Verb};
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::base::{Str, Value};
use crate::msg;
use crate::network::diagnose::diagnose;
use crate::sim::Engine;
use crate::view::model::race::{LaneView, RaceView, Second, Way};
use crate::view::model::request::{Ask, LossView};
use crate::view::model::{Shared, Text};
use serde_json::json;

/// Requests per virtual second.
const RATE: u32 = 50;
/// A rollout that takes longer is not played to its end.
const MOST_SECONDS: usize = 60;
/// How long one looks on after it.
const AFTER: usize = 5;
/// Virtual seconds that the settings have to come into force.
const SETTLING: u32 = 300;
/// What `kubectl rollout restart` writes: the template is another one, so its pods are replaced.
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// Plays both.
pub fn play(engine: &Engine, ask: &Ask, ways: &[Way; 2]) -> Result<RaceView, Msg> {
    let key = behind(engine, ask)?;
    let mut lanes = Vec::new();
    for way in ways {
        lanes.push(lane(engine.clone(), ask, &key, way)?);
    }
    let seconds = lanes.iter().map(|lane| lane.columns.len()).max().unwrap_or(0);
    let [a, b] = <[LaneView; 2]>::try_from(lanes).unwrap_or_default();
    Ok(RaceView { deployment: key.name.clone(), per_second: RATE, seconds, lanes: [Shared::new(a), Shared::new(b)] })
}

/// The Deployment whose pods answer the request.
fn behind(engine: &Engine, ask: &Ask) -> Result<Key, Msg> {
    let mut engine = engine.clone();
    let trace = Line::new(ask)?.send(&mut engine);
    let pod = trace.answered_by().and_then(|key| engine.network().pod(key).cloned());
    let workload = pod.and_then(|pod| pod.workload.clone()).filter(|workload| workload.kind == "Deployment");
    let workload = workload.ok_or_else(|| msg!("session.race-nobody", to = ask.to))?;
    Ok(Key::new(Kind::DEPLOYMENT, workload.key.namespace, workload.key.name))
}

fn lane(mut engine: Engine, ask: &Ask, key: &Key, way: &Way) -> Result<LaneView, Msg> {
    let mut view = LaneView::default();
    // The settings are in force before the rollout that counts: pods that go have their `preStop`, too.
    if let Err(why) = update(&mut engine, key, |value| change(value, way)) {
        view.error = Some(Text::Raw(why));
        return Ok(view);
    }
    settle(&mut engine, key);
    if let Err(why) = update(&mut engine, key, restart) {
        view.error = Some(Text::Raw(why));
        return Ok(view);
    }
    let mut line = Line::new(ask)?;
    let pause = Duration::from_millis(1000 / u64::from(RATE));
    let mut left = AFTER;
    while view.columns.len() < MOST_SECONDS && left > 0 {
        let mut second = Second::default();
        for _ in 0..RATE {
            engine.advance(pause);
            let trace = line.send(&mut engine);
            second.sent += 1;
            if trace.is_answered() {
                continue;
            }
            second.lost += 1;
            let Some(found) = diagnose(engine.network(), &trace) else { continue };
            match view.losses.iter_mut().find(|loss| loss.row == found.row) {
                Some(loss) => loss.count += 1,
                None => view.losses.push(LossView { row: found.row, cause: found.cause.into(), count: 1 }),
            }
        }
        (second.pods, second.ready) = pods(&engine, key);
        view.sent += second.sent;
        view.lost += second.lost;
        view.columns.push(second);
        if view.took.is_none() && is_done(&engine, key) {
            view.took = u32::try_from(view.columns.len()).ok();
        }
        // Pods that go are looked at until they are gone: that is when requests are lost.
        left -= usize::from(view.took.is_some() && second.pods == second.ready);
    }
    Ok(view)
}

/// The Deployment's pods, and those of them that are ready.
fn pods(engine: &Engine, key: &Key) -> (u32, u32) {
    let front = format!("{}-", key.name);
    let pods = engine.world().api.store().list(Kind::POD, &key.namespace).filter_map(|object| Pod::of(object));
    pods.filter(|pod| pod.meta.name.starts_with(&front) && !pod.is_terminal())
        .fold((0, 0), |(all, ready), pod| (all + 1, ready + u32::from(pod.is_ready() && !pod.meta.is_terminating())))
}

fn is_done(engine: &Engine, key: &Key) -> bool {
    engine.world().api.store().get(key).is_some_and(|object| has_rolled_out(object))
}

/// Lets a rollout come to its end, and the old pods go.
fn settle(engine: &mut Engine, key: &Key) {
    let wanted = |engine: &Engine| {
        let (all, ready) = pods(engine, key);
        is_done(engine, key) && all == ready
    };
    for _ in 0..SETTLING {
        engine.advance(Duration::from_secs(1));
        if wanted(engine) {
            break;
        }
    }
}

/// Changes the Deployment, as an edit of its manifest would.
fn update(engine: &mut Engine, key: &Key, change: impl FnOnce(&mut Value)) -> Result<(), Str> {
    let Some(mut value) = engine.world().api.store().get(key).map(|object| object.to_value()) else {
        return Err(key.name.clone());
    };
    change(&mut value);
    let request = Request::new(Verb::Update, key).body(Body::Json { value, duplicates: Vec::new() });
    engine.ask(request).map(|_| ()).map_err(|status| Str::from(status.message))
}

/// What `kubectl rollout restart` does.
fn restart(value: &mut Value) {
    if let Some(template) = value.pointer_mut("/spec/template") {
        template["metadata"]["annotations"][RESTARTED] = json!("now");
    }
}

fn change(value: &mut Value, way: &Way) {
    let share = |text: &str| text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number));
    let seconds = |text: &str| text.trim().parse::<i64>().ok();
    for (field, wanted) in [("maxSurge", &way.max_surge), ("maxUnavailable", &way.max_unavailable)] {
        if let Some(rolling) = value.pointer_mut("/spec/strategy/rollingUpdate").filter(|_| !wanted.is_empty()) {
            rolling[field] = share(wanted.trim());
        }
    }
    let Some(template) = value.pointer_mut("/spec/template") else { return };
    if let Some(grace) = seconds(&way.grace) {
        template["spec"]["terminationGracePeriodSeconds"] = json!(grace);
    }
    let containers = template.pointer_mut("/spec/containers").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        if let Some(pause) = seconds(&way.pre_stop) {
            container["lifecycle"] =
                if pause > 0 { json!({"preStop": {"sleep": {"seconds": pause}}}) } else { Value::Null };
        }
        let Some(delay) = seconds(&way.readiness_delay) else { continue };
        let port = container.pointer("/ports/0/containerPort").cloned();
        match (container.get("readinessProbe").is_some(), port) {
            (true, _) => container["readinessProbe"]["initialDelaySeconds"] = json!(delay),
            (false, Some(port)) => {
                container["readinessProbe"] =
                    json!({"tcpSocket": {"port": port}, "initialDelaySeconds": delay, "periodSeconds": 1});
            }
            (false, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::model::{Backend, Command};
    use crate::view::session::{Options, Session};

    const SHOP: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  replicas: 3\n  \
        selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n    spec:\n      \
        containers:\n      - {name: shop, image: nginx, ports: [{containerPort: 80}]}\n---\napiVersion: v1\nkind: Service\n\
        metadata: {name: shop}\nspec:\n  selector: {app: shop}\n  ports: [{port: 80}]\n";

    fn shop() -> Session {
        let mut session = Session::new(Options::default());
        session.command(Command::NewFile { name: Some("shop.yaml".into()), text: SHOP.into() });
        session.command(Command::Apply);
        session.run_for(Duration::from_secs(20));
        session
    }

    fn race(session: &mut Session, ways: [Way; 2]) -> RaceView {
        let ask = Ask::new("node/node-1", "http://shop.default.svc.cluster.local");
        let ip =
            session.engine().world().api.store().get(&Key::new(Kind::SERVICE, "default", "shop")).unwrap().to_value();
        let to = format!("http://{}", ip.pointer("/spec/clusterIP").and_then(Value::as_str).unwrap());
        let ask = Ask { to: to.as_str().into(), ..ask };
        session.command(Command::Race { ask, ways: Box::new(ways) });
        session.run_for(Duration::ZERO);
        let frame = session.frame();
        let race = frame.request.race.as_ref().expect("a race");
        (**race).clone()
    }

    #[test]
    fn a_pause_before_the_end_saves_requests() {
        let mut session = shop();
        let (rev, at) = (session.engine().world().api.store().rev(), session.engine().now());
        let hasty = Way { pre_stop: "0".into(), ..Way::default() };
        let careful = Way {
            pre_stop: "5".into(),
            max_unavailable: "0".into(),
            max_surge: "1".into(),
            readiness_delay: "2".into(),
            ..Way::default()
        };
        let seen = race(&mut session, [hasty.clone(), careful]);
        let [a, b] = &seen.lanes;
        assert_eq!(&*seen.deployment, "shop");
        assert!(a.error.is_none() && b.error.is_none(), "{a:?} {b:?}");
        assert!(a.took.is_some() && b.took > a.took, "{:?} {:?}", a.took, b.took);
        assert!(a.lost > 0, "{a:?}");
        assert_eq!(b.lost, 0, "{:?}", b.losses);
        let explained: u32 = a.losses.iter().map(|loss| loss.count).sum();
        assert_eq!(explained, a.lost, "each loss has a cause");
        assert_eq!(a.columns.iter().map(|second| second.lost).sum::<u32>(), a.lost);
        assert!(b.columns.iter().all(|second| second.ready >= 3), "maxUnavailable 0");
        // The cluster itself is as it was, and the same race has the same end.
        assert_eq!((session.engine().world().api.store().rev(), session.engine().now()), (rev, at));
        assert_eq!(*race(&mut session, [hasty.clone(), hasty]).lanes[0], **a);
    }

    #[test]
    fn what_the_api_server_refuses_is_said() {
        let mut session = shop();
        let wrong = Way { max_surge: "0".into(), max_unavailable: "0".into(), ..Way::default() };
        let seen = race(&mut session, [wrong, Way::default()]);
        let said = seen.lanes[0].error.as_ref().map(|text| format!("{text:?}")).unwrap_or_default();
        assert!(said.contains("may not be 0 when `maxSurge` is 0"), "{said}");
        assert!(seen.lanes[1].error.is_none());
    }
}
