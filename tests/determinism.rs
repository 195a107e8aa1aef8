//! Same seed and same inputs: same bytes, however the time is sliced.

#![cfg(not(target_arch = "wasm32"))]

use std::fmt::Write;
use std::time::Duration;
use tabernetes::base::time::SimTime;
use tabernetes::kubectl::exec::Output;
use tabernetes::kubectl::session::Session;
use tabernetes::sim::{ClusterConfig, Engine};

const MANIFEST: &str = include_str!("course/deployment-hostname.yaml");

/// What a person does, and when: seconds and a console line.
const STORY: &[(u64, &str)] = &[
    (0, "kubectl apply -f deployment.yaml"),
    (9, "kubectl expose deployment hostname-deployment --port 80"),
    (20, "kubectl set image deployment hostname-deployment my-webserver=nginx:1.27"),
    (24, "kubectl scale deployment hostname-deployment --replicas=7"),
    (40, "kubectl delete pod -l app=webserver --wait=false"),
    (60, "kubectl rollout undo deployment hostname-deployment"),
    (80, "kubectl delete deployment hostname-deployment"),
];

/// Plays the story in slices of time and writes down every change that was made.
fn play(seed: u64, slice: Duration) -> String {
    let mut engine = Engine::new(ClusterConfig { seed, images_present: false, ..ClusterConfig::default() });
    let mut session = Session::default();
    session.files.insert("deployment.yaml".to_owned(), MANIFEST.to_owned());
    let mut text = String::new();
    let mut story = STORY.iter().peekable();
    let end = SimTime::from_secs(120);
    while engine.now() < end {
        while let Some((_, line)) = story.next_if(|(at, _)| SimTime::from_secs(*at) <= engine.now()) {
            let mut output = Output::default();
            // One look is enough: what these commands wait for is not what is tested.
            session.start(line).poll(&mut session, &mut engine, &mut output);
            text.push_str(&output.terminal());
        }
        let next = story.peek().map_or(end, |(at, _)| SimTime::from_secs(*at));
        let until = engine.now().after(slice).min(next.max(engine.now().after(Duration::from_micros(1))));
        engine.advance_to(until, &mut || true);
    }
    for change in engine.world().api.store().changes_after(0) {
        let object = change.new.as_ref().map(|object| object.to_value());
        writeln!(text, "{:?} {:?} {:?} {object:?}", change.at, change.key, change.cause).unwrap();
    }
    text
}

#[test]
fn however_time_is_sliced() {
    let whole = play(1, Duration::from_secs(3600));
    assert!(whole.lines().count() > 300, "something happened");
    for slice in [Duration::from_millis(16), Duration::from_millis(333), Duration::from_secs(7)] {
        let sliced = play(1, slice);
        let first = whole.lines().zip(sliced.lines()).find(|(a, b)| a != b);
        assert!(whole == sliced, "in slices of {slice:?} it differs from here on: {first:#?}");
    }
}

#[test]
fn another_seed_is_another_story() {
    assert_ne!(play(1, Duration::from_secs(1)), play(2, Duration::from_secs(1)));
}
