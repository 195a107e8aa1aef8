//! A visit that is gone on with: across a reload, and by a link.

use super::visit::Visit;
use super::{KeptFile, Options, Session};
use crate::base::time::{Duration, SimTime};
use crate::view::model::backend::Backend;
use crate::view::model::request::Ask;
use crate::view::model::{Command, Tone};

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: 'nginx:1.27'}]}
";

/// A Deployment that was applied, then scaled and relabelled by hand, and a file that was typed and not applied.
fn played() -> Session {
    let file = |name: &str, text: &str, applied| KeptFile { name: name.to_owned(), text: text.to_owned(), applied };
    let files = vec![file("web.yaml", WEB, true), file("notes.yaml", "# mine", false)];
    let mut session = Session::new(Options { files: Some(files), ..Options::default() });
    session.run_for(Duration::from_secs(20));
    session.run_line("kubectl scale deployment web --replicas=4");
    session.run_for(Duration::from_secs(20));
    session.run_line("kubectl set image deployment web c=nginx:1.28");
    session.run_for(Duration::from_secs(20));
    session
}

fn ask() -> Ask {
    Ask { host: "shop.example".into(), ..Ask::new("client/internet", "http://192.168.49.2:30080") }
}

fn text(session: &Session) -> String {
    Backend::visit(session, ask()).unwrap()
}

fn opened(text: &str) -> Session {
    Session::new(Options { visit: Some(Visit::decode(text).unwrap()), ..Options::default() })
}

/// Frames with little time for each, until the story is told.
fn told(session: &mut Session) {
    for _ in 0..10_000 {
        if session.frame().timeline.running.is_none() {
            return;
        }
        let looks = std::cell::Cell::new(0.0);
        session.advance(16.0, 3.0, &|| {
            looks.set(looks.get() + 1.0);
            looks.get()
        });
    }
    panic!("the story has no end");
}

fn pods(session: &mut Session) -> String {
    session.run_line("kubectl get pods -o wide --show-labels").stdout
}

#[test]
fn a_story_is_told_again_bit_by_bit_and_ends_where_it_was_left() {
    let mut before = played();
    let mut after = opened(&text(&before));
    assert_eq!(after.frame().clock.now, SimTime::ZERO);
    assert!(after.frame().timeline.running.is_some(), "it is being told");
    told(&mut after);
    assert_eq!(after.frame().clock.now, before.frame().clock.now);
    assert!(!after.frame().clock.paused, "time had not been stopped");
    assert_eq!(pods(&mut after), pods(&mut before));
    let actions = |session: &Session| session.frame().timeline.marks.iter().map(|mark| mark.at).collect::<Vec<_>>();
    assert_eq!(actions(&after), actions(&before), "the time line has its marks");
    let frame = after.frame();
    let files: Vec<_> = frame.files.files.iter().map(|file| (file.name.to_string(), file.changed)).collect();
    assert_eq!(files, [("web.yaml".to_owned(), false), ("notes.yaml".to_owned(), true)]);
    assert_eq!(*frame.request.suggestion, ask());
}

#[test]
fn whoever_looked_at_the_past_looks_at_it_again_and_the_future_is_still_there() {
    let mut before = played();
    before.command(Command::Seek(SimTime::from_secs(25)));
    let mut after = opened(&text(&before));
    told(&mut after);
    let clock = after.frame().clock;
    assert_eq!((clock.now, clock.paused), (SimTime::from_secs(25), true));
    assert_eq!(pods(&mut after), pods(&mut before));
    before.command(Command::SeekEnd);
    after.command(Command::SeekEnd);
    assert_eq!(pods(&mut after), pods(&mut before));
}

#[test]
fn leaving_in_the_middle_of_a_story_loses_nothing_of_it() {
    let mut before = played();
    before.command(Command::Seek(SimTime::from_secs(25)));
    let link = text(&before);
    let mut middle = opened(&link);
    middle.advance(16.0, 0.0, &|| 1.0);
    assert!(middle.frame().timeline.running.is_some());
    let again = Visit::decode(&text(&middle)).unwrap();
    let first = Visit::decode(&link).unwrap();
    assert_eq!((again.at, again.paused, again.story.until), (first.at, first.paused, first.story.until));
    assert_eq!(again.story.inputs.len(), first.story.inputs.len());
}

#[test]
fn what_is_done_while_a_story_is_told_begins_a_future_of_its_own() {
    let mut session = opened(&text(&played()));
    session.run_line("kubectl create configmap mine");
    told(&mut session);
    assert!(session.run_line("kubectl get configmap mine").stdout.contains("mine"));
    assert_eq!(session.frame().timeline.futures.len(), 2, "the story is kept as the future that was left");
}

#[test]
fn a_link_that_is_damaged_or_asks_for_too_much_is_refused() {
    let link = text(&played());
    for place in (0..link.len()).step_by(7) {
        // Whatever is cut off, reading it is an error and no panic.
        assert!(Visit::decode(&link[..place]).is_err());
    }
    let mut visit = Visit::decode(&link).unwrap();
    visit.story.inputs.reverse();
    assert!(Visit::decode(&visit.encode().unwrap()).is_err(), "time goes one way");
    visit.story.inputs.clear();
    visit.at = SimTime::from_secs(1_000_000);
    let mut session = opened(&visit.encode().unwrap());
    told(&mut session);
    assert_eq!(session.frame().clock.now, visit.story.until, "a moment after the end is the end");
}

#[test]
fn a_notice_can_be_there_from_the_start() {
    let notice = Some((Tone::Bad, crate::msg!("session.nothing-due")));
    let session = Session::new(Options { notice, ..Options::default() });
    assert_eq!(session.frame().notices.len(), 1);
}
