//! From a manifest to a request that fails, its cause, the fix by a click, and the answer.

#![cfg(not(target_arch = "wasm32"))]

use tabernetes::base::time::Duration;
use tabernetes::i18n::{Lang, text};
use tabernetes::view::model::request::Ask;
use tabernetes::view::model::{Backend, Command, Text};
use tabernetes::view::session::{KeptFile, Options, Session};

const BROKEN: &str = "
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
      - {name: nginx, image: nginx, ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: webb}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  containers:
  - {name: nginx, image: nginx}
";

fn say(words: &Text) -> String {
    match words {
        Text::Raw(raw) => raw.to_string(),
        Text::Say(message) => text(Lang::En, message),
    }
}

/// Sends the request; answers its headline, its cause and the first fix's id.
fn ask(session: &mut Session) -> (String, String, Option<String>) {
    session.command(Command::Request { ask: Ask::new("pod/default/client", "http://web"), count: 1 });
    session.run_for(Duration::from_millis(1));
    let frame = session.frame();
    let trace = frame.request.trace.as_ref().expect("a trace");
    let found = trace.diagnosis.as_ref();
    let cause = found.map_or(String::new(), |found| say(&found.cause));
    let fix = found.and_then(|found| found.fixes.first()).map(|fix| fix.id.to_string());
    (say(&trace.title), cause, fix)
}

#[test]
fn every_fix_leads_to_the_next_cause_until_it_answers() {
    let file = KeptFile { name: "web.yaml".into(), text: BROKEN.into(), applied: false };
    let mut session = Session::new(Options { files: Some(vec![file]), ..Options::default() });
    session.command(Command::Apply);
    session.run_for(Duration::from_secs(60));
    let (_, cause, fix) = ask(&mut session);
    assert_eq!(cause, "Service web: 0 of 3 pods match; nearest: 2 pods have app=web where you wrote app=webb");
    session.command(Command::ApplyFix(fix.expect("a fix").into()));
    session.run_for(Duration::from_secs(5));
    let (_, cause, fix) = ask(&mut session);
    assert!(cause.starts_with("web sends to targetPort 8080, where nothing listens; web-"), "{cause}");
    assert!(cause.ends_with("listens on 80/TCP (nginx)"), "{cause}");
    session.command(Command::ApplyFix(fix.expect("a fix").into()));
    session.run_for(Duration::from_secs(5));
    let (title, cause, _) = ask(&mut session);
    assert_eq!((title.as_str(), cause.as_str()), ("200 OK · 4 hops", ""));
}
