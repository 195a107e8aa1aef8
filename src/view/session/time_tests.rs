//! Time in the hand, as the page has it.

use super::{KeptFile, Options, Session};
use crate::base::time::{Duration, SimTime};
use crate::view::model::backend::Backend;
use crate::view::model::time::{MarkKind, Until};
use crate::view::model::{Command, Text};

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: nginx:1.27
        readinessProbe: {httpGet: {port: 80}, periodSeconds: 2}
";

fn session() -> Session {
    let file = KeptFile { name: "web.yaml".to_owned(), text: WEB.to_owned(), applied: true };
    let mut session = Session::new(Options { files: Some(vec![file]), ..Options::default() });
    session.run_for(Duration::from_secs(30));
    session
}

/// A second of frames, none of which is short of time.
fn frames(session: &mut Session) {
    for _ in 0..60 {
        session.advance(16.0, 1000.0, &|| 0.0);
    }
}

fn pods(session: &Session) -> usize {
    session.frame().graph.nodes.iter().map(|node| node.pods.len()).sum()
}

fn labels(session: &Session, kind: MarkKind) -> Vec<String> {
    let timeline = session.frame().timeline.clone();
    let marks = timeline.marks.iter().filter(|mark| mark.kind == kind);
    marks.map(|mark| said(&mark.label)).collect()
}

fn said(text: &Text) -> String {
    match text {
        Text::Raw(text) => text.to_string(),
        Text::Say(message) => crate::i18n::text(crate::i18n::Lang::En, message),
    }
}

#[test]
fn doing_something_in_the_past_begins_a_future_and_the_other_one_can_be_returned_to() {
    let mut session = session();
    session.command(Command::Console("kubectl scale deployment/web --replicas=5".into()));
    session.run_for(Duration::from_secs(20));
    assert_eq!(pods(&session), 5);
    assert_eq!(session.frame().timeline.futures.len(), 1);

    session.command(Command::Seek(SimTime::from_secs(29)));
    frames(&mut session);
    assert_eq!(pods(&session), 2);
    assert!(session.frame().clock.paused && session.frame().clock.behind == Some(Duration::from_secs(21)));

    session.command(Command::Console("kubectl scale deployment/web --replicas=1".into()));
    session.run_for(Duration::from_secs(20));
    let frame = session.frame();
    assert_eq!((pods(&session), frame.clock.behind), (1, None));
    let futures = &frame.timeline.futures;
    assert_eq!(futures.iter().map(|one| (one.id, one.current)).collect::<Vec<_>>(), [(0, false), (1, true)]);
    assert_eq!(futures[0].left_at, SimTime::from_secs(29));
    assert_eq!(said(futures[0].last.as_ref().unwrap()), "kubectl scale deployment/web --replicas=5");
    assert!(labels(&session, MarkKind::Action).iter().all(|label| !label.contains("replicas=5")));
    assert!(frame.notices.iter().any(|notice| said(&notice.text).contains("future 2")));

    session.command(Command::SwitchFuture(0));
    frames(&mut session);
    assert_eq!(pods(&session), 5);
    assert!(labels(&session, MarkKind::Action).iter().any(|label| label.contains("replicas=5")));
    session.command(Command::DropFuture(1));
    frames(&mut session);
    assert_eq!(session.frame().timeline.futures.len(), 1);
}

#[test]
fn playing_again_marks_nothing_twice() {
    let mut session = session();
    session.command(Command::Console("kubectl set image deployment/web c=niginx".into()));
    session.run_for(Duration::from_secs(30));
    let marks = session.frame().timeline.marks.clone();
    assert!(marks.iter().any(|mark| mark.kind == MarkKind::Warning), "{marks:?}");
    let rollouts = labels(&session, MarkKind::Rollout);
    assert_eq!(
        rollouts,
        ["web: rollout of revision 1", "web: revision 1 has rolled out", "web: rollout of revision 2"]
    );
    session.command(Command::Seek(SimTime::from_secs(10)));
    session.command(Command::Play);
    session.command(Command::Speed(1000));
    frames(&mut session);
    let again = session.frame().timeline.marks.clone();
    assert_eq!(again[..marks.len()], marks[..]);
}

#[test]
fn stepping_goes_back_as_it_goes_on() {
    let mut session = session();
    session.command(Command::Seek(SimTime::ZERO));
    let mut seen = vec![SimTime::ZERO];
    for _ in 0..6 {
        session.command(Command::Step);
        seen.push(session.engine().now());
    }
    let mut back = Vec::new();
    for _ in 0..6 {
        back.push(session.engine().now());
        session.command(Command::StepBack);
    }
    back.push(session.engine().now());
    seen.reverse();
    seen.dedup();
    back.dedup();
    assert_eq!(back, seen);
    assert!(seen.len() > 3, "{seen:?}");
}

#[test]
fn running_stops_when_it_is_there_or_never_will_be() {
    let mut session = session();
    let last = |session: &Session| session.frame().notices.last().map(|notice| said(&notice.text)).unwrap_or_default();
    session.command(Command::Console("kubectl scale deployment/web --replicas=4".into()));
    session.command(Command::RunUntil(Until::AllReady));
    frames(&mut session);
    let pods_ready = |session: &Session| {
        session.frame().graph.nodes.iter().flat_map(|node| &node.pods).filter(|pod| pod.ready == 1).count()
    };
    assert_eq!(pods_ready(&session), 4);
    assert!(last(&session).starts_with("There it is"), "{}", last(&session));
    let ready_at = session.engine().now();
    assert!(ready_at < SimTime::from_secs(40), "{ready_at:?}");
    assert!(session.frame().clock.paused);

    session.command(Command::RunUntil(Until::PodFails("".into())));
    frames(&mut session);
    assert!(last(&session).contains("never"), "{}", last(&session));
    session.command(Command::Console("kubectl set image deployment/web c=niginx".into()));
    session.command(Command::RunUntil(Until::PodFails("web".into())));
    frames(&mut session);
    assert!(session.engine().now() < ready_at.after(Duration::from_secs(60)));
    let bad = session.frame().graph.nodes.iter().flat_map(|node| &node.pods).any(|pod| pod.tone == super::Tone::Bad);
    assert!(bad);

    session.command(Command::RunUntil(Until::Moment("+90".into())));
    let goal = session.engine().now().after(Duration::from_secs(90));
    frames(&mut session);
    assert_eq!(session.engine().now(), goal);
    session.command(Command::RunUntil(Until::Moment("someday".into())));
    assert!(session.frame().timeline.running.is_none());
}

#[test]
fn a_run_can_be_stopped_and_does_its_work_in_slices() {
    let mut session = session();
    session.command(Command::Console("kubectl scale deployment/web --replicas=60".into()));
    session.command(Command::RunUntil(Until::AllReady));
    // No frame has any time: only a little is done in each.
    session.advance(16.0, 0.0, &|| 1.0);
    assert!(session.frame().timeline.running.is_some());
    session.command(Command::StopRun);
    session.advance(16.0, 1000.0, &|| 0.0);
    assert!(session.frame().timeline.running.is_none());
}

#[test]
fn two_moments_are_compared_field_by_field() {
    let mut session = session();
    session.command(Command::Pin(0));
    session.command(Command::Console("kubectl set image deployment/web c=nginx:1.28".into()));
    session.run_for(Duration::from_secs(40));
    session.command(Command::Pin(1));
    frames(&mut session);
    let timeline = session.frame().timeline.clone();
    let view = timeline.comparison.clone().unwrap();
    assert_eq!(view.replaced, [("web".into(), 2)]);
    let web = view.rows.iter().find(|row| &*row.kind == "Deployment").unwrap();
    let image = web.fields.iter().find(|field| field.path.ends_with("containers[c].image")).unwrap();
    assert_eq!((image.old.as_deref(), image.new.as_deref()), (Some("nginx:1.27"), Some("nginx:1.28")));
    assert!(web.fields.iter().all(|field| !field.path.contains("resourceVersion")));
    session.command(Command::Unpin);
    frames(&mut session);
    assert_eq!(session.frame().timeline.comparison, None);

    session.command(Command::Seek(SimTime::from_secs(29)));
    session.command(Command::Console("kubectl scale deployment/web --replicas=3".into()));
    session.run_for(Duration::from_secs(10));
    session.command(Command::CompareFuture(0));
    frames(&mut session);
    let view = session.frame().timeline.comparison.clone().unwrap();
    let web = view.rows.iter().find(|row| &*row.kind == "Deployment").unwrap();
    assert!(web.fields.iter().any(|field| &*field.path == "spec.replicas" && field.new.as_deref() == Some("3")));
}

#[test]
fn what_the_menu_offers_does_what_it_says() {
    let mut session = session();
    let pod = session.frame().graph.nodes.iter().flat_map(|node| &node.pods).next().unwrap().key.clone();
    session.command(Command::Select(Some(pod)));
    frames(&mut session);
    let lines = |session: &Session| -> Vec<String> {
        session
            .frame()
            .inspector
            .iter()
            .flat_map(|thing| &thing.actions)
            .map(|action| action.line.to_string())
            .collect()
    };
    let fail = lines(&session).into_iter().find(|line| line.starts_with("fault fail")).unwrap();
    session.command(Command::Console(fail.into()));
    frames(&mut session);
    let faults = session.frame().timeline.faults.clone();
    assert_eq!(faults.len(), 1);
    assert!(lines(&session).iter().any(|line| line.starts_with("fault heal")));
    session.command(faults[0].heal.clone());
    frames(&mut session);
    assert_eq!(session.frame().timeline.faults, []);

    session.command(Command::Select(Some("node/node-2".into())));
    frames(&mut session);
    for line in lines(&session).into_iter().filter(|line| line.starts_with("fault")) {
        session.command(Command::Console(line.into()));
    }
    session.command(Command::Console("kubectl cordon node-2".into()));
    frames(&mut session);
    assert_eq!(session.frame().timeline.faults.len(), 5);
    assert!(lines(&session).contains(&"kubectl uncordon node-2".to_owned()));
}

#[test]
fn the_inspector_says_why_and_remembers_what_is_gone() {
    let mut session = session();
    let pod = session.frame().graph.nodes.iter().flat_map(|node| &node.pods).next().unwrap().key.clone();
    session.command(Command::Select(Some(pod)));
    frames(&mut session);
    let thing = session.frame().inspector.clone().unwrap();
    assert!(thing.why.last().unwrap().by_user);
    assert!(thing.why.iter().any(|cause| cause.card.as_deref().is_some_and(|card| card.starts_with("replicaset/"))));
    assert!(thing.changes.len() > 3);
    session.command(Command::Console("kubectl delete deployment/web".into()));
    session.run_for(Duration::from_secs(60));
    let thing = session.frame().inspector.clone().unwrap();
    assert_eq!(said(&thing.status), "gone");
    assert!(said(&thing.why.last().unwrap().what).contains("You deleted"), "{:?}", thing.why);
    assert!(thing.actions.is_empty());
}
