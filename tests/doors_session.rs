//! An Ingress and NetworkPolicies on the page: drawn, asked through, explained, and mended by clicks until it answers.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/page.rs"]
mod page;

use page::{fix, opened, say, send};
use tabernetes::base::time::Duration;
use tabernetes::view::model::graph::EdgeKind;
use tabernetes::view::model::{Backend, Command};
use tabernetes::view::session::Session;

/// Everything is wrong, one thing behind the other.
const BROKEN: &str = "
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: webb}
  ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front}
spec:
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: wep, port: {number: 8080}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec:
  podSelector: {matchLabels: {app: web}}
";

/// The lines of the picture that touch a card: where from, where to, what they say.
fn lines(session: &Session, card: &str) -> Vec<String> {
    let graph = session.frame().graph.clone();
    let touching = graph.edges.iter().filter(|edge| &*edge.from == card || &*edge.to == card);
    let mut found: Vec<String> = touching
        .map(|edge| {
            let kind = match &edge.kind {
                EdgeKind::Broken(why) => format!("✗ {}", say(why)),
                other => format!("{other:?}"),
            };
            let end =
                |key: &str| key.rsplit('/').next().unwrap_or_default().split('-').next().unwrap_or_default().to_owned();
            format!("{}>{} {kind}", end(&edge.from), end(&edge.to))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn every_click_leads_to_the_next_cause_until_the_ingress_answers() {
    let mut session = opened(BROKEN, false);
    session.command(Command::Apply);
    session.run_for(Duration::from_secs(90));
    assert_eq!(lines(&session, "ingress/default/front"), ["internet>front ✗ no class, so no controller acts on it"]);
    assert_eq!(lines(&session, "networkpolicy/default/closed"), ["closed>web ✗ closed: nobody may call it"; 2]);
    let mut causes = Vec::new();
    let mut title = String::new();
    for _ in 0..8 {
        let trace = send(&mut session, "client/internet", "http://shop.example.com");
        title = say(&trace.title);
        let Some(found) = &trace.diagnosis else { break };
        let words = say(&found.cause);
        let words = words.split(' ').map(|word| if word.starts_with("web-") { "web" } else { word });
        causes.push(words.collect::<Vec<_>>().join(" "));
        let first = found.fixes.first().unwrap_or_else(|| panic!("no fix for {}", causes.last().unwrap()));
        fix(&mut session, &first.id, 70);
    }
    assert_eq!(
        causes,
        [
            "Ingress front names no IngressClass and there is no default one, so no controller acts on it: 404",
            "503 of the controller: Ingress front leads to Service wep, which does not exist; web does",
            "503 of the controller: Ingress front leads to port 8080 of web, which has 80",
            "Service web: 0 of 2 pods match; nearest: 2 pods have app=web where you wrote app=webb",
            "NetworkPolicy closed isolates web and has no ingress rule: nobody may call it",
        ]
        .map(|cause| cause.to_owned())
    );
    assert!(title.starts_with("200 OK"), "{title}");
    assert_eq!(lines(&session, "ingress/default/front"), ["front>web Traffic", "internet>front Traffic"]);
    let graph = session.frame().graph.clone();
    assert_eq!(graph.ingresses[0].address.as_deref(), Some("192.0.2.1"));
    // The dot goes from the internet through the Ingress and the Service to a pod.
    let trace = session.frame().request.trace.clone().expect("a trace");
    let stops: Vec<&str> = trace.segments.iter().map(|one| one.to.split('/').next().unwrap_or_default()).collect();
    assert_eq!(stops, ["ingress", "service", "pod"]);
}

#[test]
fn an_ingress_that_is_selected_is_what_the_next_request_goes_to() {
    let mut session = opened(BROKEN, true);
    session.run_for(Duration::from_secs(1));
    session.command(Command::Aim { from: "client/internet".into(), service: "ingress/default/front".into() });
    session.run_for(Duration::from_millis(1));
    assert_eq!(&*session.frame().request.suggestion.to, "http://shop.example.com");
}
