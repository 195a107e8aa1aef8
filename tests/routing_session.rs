//! From a manifest to a request that fails, its cause, the fix by a click, and the answer.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/page.rs"]
mod page;

use page::{fix, opened, say, send};
use tabernetes::base::time::Duration;
use tabernetes::view::model::{Backend, Command};
use tabernetes::view::session::Session;

const BROKEN: &str = "
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

/// Sends the request; answers its headline, its cause and the first fix's id.
fn ask(session: &mut Session) -> (String, String, String) {
    let trace = send(session, "pod/default/client", "http://web");
    let found = trace.diagnosis.as_ref();
    let cause = found.map_or(String::new(), |found| say(&found.cause));
    let first = found.and_then(|found| found.fixes.first()).map(|fix| fix.id.to_string());
    (say(&trace.title), cause, first.unwrap_or_default())
}

#[test]
fn every_fix_leads_to_the_next_cause_until_it_answers() {
    let mut session = opened(BROKEN, false);
    session.command(Command::Apply);
    session.run_for(Duration::from_secs(60));
    let (_, cause, first) = ask(&mut session);
    assert_eq!(cause, "Service web: 0 of 3 pods match; nearest: 2 pods have app=web where you wrote app=webb");
    fix(&mut session, &first, 5);
    let (_, cause, first) = ask(&mut session);
    assert!(cause.starts_with("web sends to targetPort 8080, where nothing listens; web-"), "{cause}");
    assert!(cause.ends_with("listens on 80/TCP (nginx)"), "{cause}");
    fix(&mut session, &first, 5);
    let (title, cause, _) = ask(&mut session);
    assert_eq!((title.as_str(), cause.as_str()), ("200 OK · 4 hops", ""));
}
