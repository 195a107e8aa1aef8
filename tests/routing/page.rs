//! What the tests of the page's session share.

use tabernetes::base::time::Duration;
use tabernetes::i18n::{Lang, text};
use tabernetes::view::model::request::{Ask, TraceView};
use tabernetes::view::model::{Backend, Command, Shared, Text};
use tabernetes::view::session::{KeptFile, Options, Session};

/// A Deployment of two pods that answer on port 80.
pub const DEPLOYMENT: &str = "
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
";

/// Words in English.
pub fn say(words: &Text) -> String {
    match words {
        Text::Raw(raw) => raw.to_string(),
        Text::Say(message) => text(Lang::En, message),
    }
}

/// A session with one file that has the Deployment and more.
pub fn opened(more: &str, applied: bool) -> Session {
    let file = KeptFile { name: "web.yaml".into(), text: format!("{DEPLOYMENT}{more}"), applied };
    Session::new(Options { files: Some(vec![file]), ..Options::default() })
}

/// Sends a request.
pub fn send(session: &mut Session, from: &str, to: &str) -> Shared<TraceView> {
    session.command(Command::Request { ask: Ask::new(from, to), count: 1 });
    session.run_for(Duration::from_millis(1));
    session.frame().request.trace.clone().expect("a trace")
}

/// Clicks a fix, and lets so many seconds pass.
pub fn fix(session: &mut Session, id: &str, seconds: u64) {
    session.command(Command::ApplyFix(id.into()));
    session.run_for(Duration::from_secs(seconds));
}
