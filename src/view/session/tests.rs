//! The page's story, driven as the page drives it: commands in, frames out, virtual time.

use super::*;
use crate::base::time::Duration;
use crate::i18n::{Lang, text};
use crate::view::model::Text;
use crate::view::model::console::LineKind;
use crate::view::model::graph::{EdgeKind, OwnerColumn, PodCard};
use crate::view::model::request::{Ask, TraceView};
use std::collections::BTreeSet;

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: hostname-deployment
spec:
  replicas: 3
  selector:
    matchLabels:
      app: webserver
  template:
    metadata:
      name: my-webserver
      labels:
        app: webserver
    spec:
      containers:
      - name: my-webserver
        image: alicek106/rr-test:echo-hostname
        ports:
        - containerPort: 80
";

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: hostname-svc-clusterip
spec:
  ports:
    - name: web-port
      port: 8080
      targetPort: 80
  selector:
    app: webserver
  type: ClusterIP
";

const CLIENT: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: client
spec:
  containers:
  - name: ubuntu
    image: alicek106/ubuntu:curl
    command: [\"tail\", \"-f\", \"/dev/null\"]
";

const FROM: &str = "pod/default/client";
const TO: &str = "http://hostname-svc-clusterip:8080";

fn say(text_of: &Text) -> String {
    match text_of {
        Text::Raw(raw) => raw.to_string(),
        Text::Say(message) => text(Lang::En, message),
    }
}

/// A session without an example, with the course's files in the editor.
fn course() -> Session {
    let kept = |(name, text): (&str, &str)| KeptFile { name: name.to_owned(), text: text.to_owned(), applied: false };
    let files = [("deployment.yaml", DEPLOYMENT), ("service.yaml", SERVICE), ("client.yaml", CLIENT)];
    Session::new(Options { files: Some(files.map(kept).to_vec()), ..Options::default() })
}

/// The course's cluster, running.
fn running() -> Session {
    let mut session = course();
    session.command(Command::Apply);
    session.run_for(Duration::from_secs(20));
    session
}

fn pods(session: &Session) -> Vec<Shared<PodCard>> {
    let graph = session.frame().graph.clone();
    let all = graph.nodes.iter().flat_map(|node| node.pods.clone()).chain(graph.unscheduled.clone());
    all.filter(|pod| pod.name.starts_with("hostname-deployment")).collect()
}

fn edit(session: &mut Session, name: &str, from: &str, to: &str) {
    let files = session.frame().files.clone();
    let file = files.files.iter().find(|file| &*file.name == name).unwrap();
    assert!(file.text.contains(from), "{}", file.text);
    session.command(Command::EditFile { file: file.id, text: file.text.replace(from, to).into() });
}

fn request(session: &mut Session, from: &str, to: &str, count: u32) -> Shared<TraceView> {
    session.command(Command::Request { ask: Ask::new(from, to), count });
    session.run_for(Duration::from_millis(10));
    session.frame().request.trace.clone().unwrap()
}

fn transcript(session: &Session) -> Vec<String> {
    let console = session.frame().console.clone();
    console.entries.iter().flat_map(|entry| entry.lines.iter().map(|line| say(&line.text))).collect()
}

#[test]
fn a_first_visit_finds_an_example_running() {
    let mut session = Session::new(Options::default());
    session.run_for(Duration::from_secs(20));
    let frame = session.frame();
    assert_eq!(frame.example.as_deref(), Some(examples::FIRST));
    assert_eq!(pods(&session).iter().filter(|pod| &*pod.status == "Running").count(), 3);
    let suggestion = frame.request.suggestion.clone();
    let trace = request(&mut session, &suggestion.from, &suggestion.to, 1);
    assert_eq!(trace.tone, Tone::Ok, "{trace:#?}");
}

#[test]
fn every_example_is_applied_without_an_error_and_its_request_is_answered_or_explained() {
    for example in session_examples() {
        let mut session = Session::new(Options::default());
        session.command(Command::LoadExample(example.clone()));
        session.run_for(Duration::from_secs(30));
        let console = session.frame().console.clone();
        let errors: Vec<String> = console
            .entries
            .iter()
            .flat_map(|entry| &entry.lines)
            .filter(|line| line.kind == LineKind::Err)
            .map(|line| say(&line.text))
            .collect();
        assert!(errors.is_empty(), "{example}: {errors:?}");
        let suggestion = session.frame().request.suggestion.clone();
        let trace = request(&mut session, &suggestion.from, &suggestion.to, 1);
        assert!(trace.tone == Tone::Ok || trace.diagnosis.is_some(), "{example}: {trace:#?}");
    }
}

/// Those in which nothing is meant to go wrong; `tests/scenarios.rs` has the others.
fn session_examples() -> Vec<Str> {
    let plain = examples::EXAMPLES.iter().filter(|example| !example.document.contains("\n```story\n"));
    plain.map(|example| example.id.into()).collect()
}

#[test]
fn pods_are_created_and_run_and_owners_and_services_stand_around_them() {
    let mut session = course();
    assert!(pods(&session).is_empty());
    session.command(Command::Apply);
    let mut seen = BTreeSet::new();
    for _ in 0..2000 {
        session.run_for(Duration::from_millis(10));
        seen.extend(pods(&session).iter().map(|pod| pod.status.to_string()));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["ContainerCreating", "Running"]);
    assert_eq!(
        transcript(&session),
        ["deployment.apps/hostname-deployment created", "service/hostname-svc-clusterip created", "pod/client created",]
    );

    let graph = session.frame().graph.clone();
    let nodes: BTreeSet<&str> =
        graph.nodes.iter().filter(|node| !node.pods.is_empty()).map(|node| &*node.name).collect();
    assert_eq!(nodes.len(), 3, "the scheduler spreads them");
    let near: Vec<_> = graph.owners.iter().filter(|card| card.column == OwnerColumn::Near).collect();
    let far: Vec<_> = graph.owners.iter().filter(|card| card.column == OwnerColumn::Far).collect();
    assert_eq!((near.len(), near[0].revision, near[0].ready), (1, Some(1), 3));
    assert_eq!((far.len(), &*far[0].name, far[0].revision), (1, "hostname-deployment", None));
    assert_eq!(say(far[0].status.as_ref().unwrap()), "3 ready");
    let service = &graph.services[0];
    assert_eq!((service.ready, service.endpoints, service.tone), (3, 3, Tone::Ok));
    let traffic = graph.edges.iter().filter(|edge| edge.kind == EdgeKind::Traffic && edge.from == service.key);
    assert_eq!(traffic.count(), 3);
}

#[test]
fn a_request_is_followed_hop_by_hop_and_a_hundred_are_spread() {
    let mut session = running();
    let trace = request(&mut session, FROM, TO, 1);
    assert_eq!(trace.tone, Tone::Ok);
    let titles: Vec<String> = trace.hops.iter().map(|hop| say(&hop.title)).collect();
    assert_eq!(titles[0], "DNS");
    assert!(titles[1].starts_with("kube-proxy on node-"), "{titles:?}");
    assert!(titles.contains(&"DNAT".to_owned()), "{titles:?}");
    let details: Vec<String> = trace.hops.iter().flat_map(|hop| &hop.details).map(say).collect();
    assert!(details.iter().any(|line| line.starts_with("3 ready endpoints of 3; picked #")), "{details:?}");
    let body = trace.body.as_deref().unwrap();
    assert!(pods(&session).iter().any(|pod| body.contains(&*pod.name)), "{body}");
    let way: Vec<(&str, &str)> = trace.segments.iter().map(|segment| (&*segment.from, &*segment.to)).collect();
    assert_eq!((way.len(), way[0]), (2, (FROM, "service/default/hostname-svc-clusterip")));

    request(&mut session, FROM, TO, 100);
    let spread = session.frame().request.spread.clone().unwrap();
    assert_eq!((spread.total, spread.lost, spread.bars.len()), (100, 0, 3));
    assert_eq!(spread.bars.iter().map(|bar| bar.count).sum::<u32>(), 100);
    assert!(spread.bars.iter().all(|bar| (15..=55).contains(&bar.count)), "{spread:?}");
    assert_eq!(session.frame().request.flights.as_ref().unwrap().ways.len(), 100);
}

#[test]
fn a_steady_stream_flows_with_virtual_time() {
    let mut session = running();
    session.command(Command::StartSteady { ask: Ask::new(FROM, TO), per_second: 10 });
    for _ in 0..30 {
        session.advance(100.0, 1e9, &|| 0.0);
    }
    let steady = session.frame().request.steady.unwrap();
    assert!((29..=32).contains(&steady.sent), "{steady:?}");
    assert_eq!(steady.lost, 0);
    session.command(Command::Pause);
    let before = session.frame().request.steady;
    session.advance(100.0, 1e9, &|| 0.0);
    assert_eq!(session.frame().request.steady, before, "time stands still");
    session.command(Command::StopSteady);
    session.advance(100.0, 1e9, &|| 0.0);
    assert_eq!(session.frame().request.steady, None);
}

#[test]
fn a_service_is_reached_from_outside_in_each_of_its_forms() {
    let mut session = running();
    let service = Str::from("service/default/hostname-svc-clusterip");
    let aim = |session: &mut Session, from: &str| {
        session.command(Command::Aim { from: from.into(), service: service.clone() });
        session.run_for(Duration::ZERO);
        session.frame().request.suggestion.to.to_string()
    };
    assert_eq!(aim(&mut session, FROM), TO);

    let closed = aim(&mut session, "client/internet");
    let trace = request(&mut session, "client/internet", &closed, 1);
    assert_eq!(trace.tone, Tone::Bad);
    let diagnosis = trace.diagnosis.as_ref().expect("a ClusterIP is not reached from outside, and the page says so");
    assert!(!say(&diagnosis.cause).is_empty());

    edit(&mut session, "service.yaml", "ClusterIP", "NodePort");
    session.command(Command::Apply);
    session.run_for(Duration::from_secs(5));
    for from in ["client/laptop", "client/internet"] {
        let to = aim(&mut session, from);
        assert!(to.starts_with("http://192.168.49.2:3"), "{to}");
        let trace = request(&mut session, from, &to, 1);
        assert_eq!((trace.tone, &*trace.segments[0].from), (Tone::Ok, from));
        assert!(session.frame().graph.clients.iter().any(|client| &*client.key == from));
    }

    edit(&mut session, "service.yaml", "NodePort", "LoadBalancer");
    session.command(Command::Apply);
    session.run_for(Duration::from_secs(30));
    let to = aim(&mut session, "client/internet");
    let trace = request(&mut session, "client/internet", &to, 1);
    assert_eq!(trace.tone, Tone::Ok, "{to}: {trace:#?}");
    assert_eq!(trace.segments[0].from.as_ref(), "client/internet");
}

#[test]
fn a_broken_selector_is_explained_at_its_line_and_mended_by_a_click() {
    let mut session = running();
    edit(&mut session, "service.yaml", "app: webserver", "app: webservers");
    session.command(Command::Apply);
    session.run_for(Duration::from_secs(5));

    let files = session.frame().files.clone();
    let file = files.files.iter().find(|file| &*file.name == "service.yaml").unwrap();
    let found: Vec<(u32, String)> = file.diagnostics.iter().map(|item| (item.span.line, say(&item.message))).collect();
    let words = "0 of 4 pods match app=webservers; the nearest label is app=webserver";
    assert_eq!(found, [(11, words.to_owned())]);
    let graph = session.frame().graph.clone();
    assert!(graph.edges.iter().any(|edge| matches!(edge.kind, EdgeKind::Broken(_))));

    let trace = request(&mut session, FROM, TO, 1);
    assert_eq!(trace.tone, Tone::Bad);
    let diagnosis = trace.diagnosis.as_ref().unwrap();
    let cause = say(&diagnosis.cause);
    assert!(cause.contains("app=webservers") && cause.contains("app=webserver"), "{cause}");
    let places: Vec<(&str, u32)> = diagnosis
        .evidence
        .iter()
        .filter_map(|evidence| evidence.place.as_ref().map(|place| (&*place.name, place.line)))
        .collect();
    assert_eq!(places, [("service.yaml", 11), ("deployment.yaml", 14)]);

    session.command(Command::ApplyFix(diagnosis.fixes[0].id.clone()));
    session.run_for(Duration::from_secs(5));
    assert_eq!(transcript(&session).last().unwrap(), "service/hostname-svc-clusterip patched");
    let file = session.frame().files.files[1].clone();
    assert!(file.text.contains("app: webserver\n") && file.revision == 2, "{}", file.text);
    assert_eq!(request(&mut session, FROM, TO, 1).tone, Tone::Ok);
}

#[test]
fn setting_an_image_replaces_one_colour_by_another() {
    let mut session = running();
    let before: BTreeSet<Option<u8>> = pods(&session).iter().map(|pod| pod.colour).collect();
    session
        .command(Command::Console("kubectl set image deployment hostname-deployment my-webserver=nginx:1.27".into()));
    let mut together = false;
    for _ in 0..300 {
        session.run_for(Duration::from_millis(100));
        together |= pods(&session).iter().map(|pod| pod.colour).collect::<BTreeSet<_>>().len() == 2;
    }
    let after: BTreeSet<Option<u8>> = pods(&session).iter().map(|pod| pod.colour).collect();
    assert!(together, "both colours were there");
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before, after);
    assert_eq!(transcript(&session).last().unwrap(), "deployment.apps/hostname-deployment image updated");
}

#[test]
fn time_stops_steps_and_begins_again() {
    let mut session = course();
    session.command(Command::Pause);
    session.command(Command::Apply);
    session.advance(1000.0, 1e9, &|| 0.0);
    assert_eq!((session.frame().clock.now, pods(&session).len()), (SimTime::ZERO, 0));
    // Lines run although time stands still, one after the other.
    session.command(Command::Console("kubectl get svc -o name".into()));
    session.command(Command::Console("kubectl get deploy -o name".into()));
    session.advance(16.0, 1e9, &|| 0.0);
    assert_eq!(transcript(&session).len(), 6, "{:?}", transcript(&session));
    let mut steps = 0;
    while pods(&session).iter().filter(|pod| pod.tone == Tone::Ok).count() < 3 {
        session.command(Command::Step);
        session.advance(16.0, 1e9, &|| 0.0);
        steps += 1;
        assert!(steps < 500);
    }
    assert!(steps > 10 && session.frame().clock.paused);
    session.command(Command::Speed(16));
    let before = session.frame().clock.now;
    session.advance(100.0, 1e9, &|| 0.0);
    assert_eq!(session.frame().clock.now.0 - before.0, 1_600_000);
    session.command(Command::Reset);
    session.advance(0.0, 1e9, &|| 0.0);
    assert!(pods(&session).is_empty());
    assert_eq!(session.frame().clock.now, SimTime::ZERO);
    assert_eq!(session.frame().files.files.len(), 3, "the files stay");
}

#[test]
fn what_cannot_be_read_shows_at_its_line_and_changes_nothing() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
        d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
        g: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
    let cases: [(&str, String, u32, &str); 6] = [
        ("a bomb", bomb.to_owned(), 2, "excessive aliasing"),
        ("binary", "\u{0}\u{1}\u{fffd}PNG".to_owned(), 1, "control characters are not allowed"),
        ("an unknown kind", "apiVersion: v1\nkind: Podd\nmetadata:\n  name: x\n".to_owned(), 2, "no matches for kind"),
        ("a wrong field", SERVICE.replace("targetPort", "targetport"), 9, "unknown field"),
        ("a wrong type", DEPLOYMENT.replace("replicas: 3", "replicas: many"), 6, ""),
        (
            "a key twice",
            SERVICE.replace("  type: ClusterIP", "  type: ClusterIP\n  type: NodePort"),
            13,
            "stands twice",
        ),
    ];
    for (what, text, line, words) in cases {
        let mut session = running();
        let rev = session.engine().world().api.store().rev();
        let file = session.frame().files.files[0].id;
        session.command(Command::EditFile { file, text: text.as_str().into() });
        session.advance(300.0, 1e9, &|| 0.0);
        let front = session.frame().files.files[0].clone();
        assert_eq!(*front.text, *text, "{what}: the text is the user's");
        let said: Vec<(u32, String)> =
            front.diagnostics.iter().map(|item| (item.span.line, say(&item.message))).collect();
        assert!(said.iter().any(|(at, text)| *at == line && text.contains(words)), "{what}: {said:?}");
        assert_eq!(session.engine().world().api.store().rev(), rev, "{what}: nothing was written");
    }
}

#[test]
fn a_text_of_megabytes_is_not_checked_while_it_is_typed() {
    let mut session = running();
    let file = session.frame().files.files[0].id;
    session.command(Command::EditFile { file, text: "kind: Pod\n---\n".repeat(400_000).into() });
    let start = std::time::Instant::now();
    session.advance(300.0, 1e9, &|| 0.0);
    assert!(start.elapsed().as_millis() < 500, "{:?}", start.elapsed());
    let front = session.frame().files.files[0].clone();
    assert_eq!(front.diagnostics.len(), 1);
    assert!(say(&front.diagnostics[0].message).starts_with("5468 kB: too long"), "{:?}", front.diagnostics);
}

#[test]
fn files_of_an_earlier_visit_come_back_with_the_cluster_that_they_made() {
    let kept = |name: &str, text: &str, applied| KeptFile { name: name.into(), text: text.into(), applied };
    let files = vec![kept("service.yaml", SERVICE, false), kept("deployment.yaml", DEPLOYMENT, true)];
    let mut session = Session::new(Options { files: Some(files), ..Options::default() });
    session.run_for(Duration::from_secs(20));
    assert_eq!((pods(&session).len(), session.frame().graph.services.len()), (3, 0));
    let changed: Vec<bool> = session.frame().files.files.iter().map(|file| file.changed).collect();
    assert_eq!(changed, [true, false]);
}

#[test]
fn the_api_log_has_what_was_asked_and_nothing_of_the_editor() {
    let mut session = running();
    session.command(Command::Console("kubectl get pod nobody".into()));
    session.run_for(Duration::from_secs(1));
    let log = session.frame().api_log.clone();
    let first: Vec<(&str, &str, u16)> = log.rows.iter().take(2).map(|row| (&*row.verb, &*row.path, row.code)).collect();
    assert_eq!(first[0], ("GET", "/api/v1/namespaces/default/pods/nobody", 404));
    assert!(log.rows.iter().all(|row| !row.path.contains("dryRun")));
    let created = log.rows.iter().filter(|row| row.code == 201).count();
    assert_eq!(created, 3);
}

#[test]
fn time_goes_back_and_plays_the_same_again() {
    let mut session = Session::new(Options::default());
    session.run_for(Duration::from_secs(20));
    let pods = |session: &Session| {
        let frame = session.frame();
        let pods = frame.graph.nodes.iter().flat_map(|node| &node.pods);
        pods.map(|pod| (pod.name.clone(), pod.status.clone())).collect::<Vec<_>>()
    };
    let later = pods(&session);
    assert!(later.iter().all(|(_, status)| &**status == "Running"), "{later:?}");
    session.command(Command::Seek(SimTime::from_secs(0)));
    session.run_for(Duration::ZERO);
    assert!(pods(&session).iter().all(|(_, status)| &**status != "Running"), "{:?}", pods(&session));
    session.run_for(Duration::from_secs(20));
    assert_eq!(pods(&session), later);
}

#[test]
fn a_node_that_is_switched_off_is_seen_to_fail() {
    let mut session = Session::new(Options::default());
    session.run_for(Duration::from_secs(20));
    session.command(Command::Console("fault stop node-1".into()));
    session.run_for(Duration::from_secs(60));
    let frame = session.frame();
    let node = frame.graph.nodes.iter().find(|node| &*node.name == "node-1").unwrap();
    assert_eq!(node.tone, Tone::Bad);
}

/// The prompt, and all that the console shows.
fn console_of(session: &Session) -> (String, String) {
    let console = session.frame().console.clone();
    let entries = console.entries.iter().map(|entry| {
        let command = entry.command.as_deref().unwrap_or_default().to_owned();
        let lines = entry.lines.iter().filter(|line| line.kind != LineKind::Hint).map(|line| say(&line.text));
        std::iter::once(command).chain(lines).collect::<Vec<_>>().join("\n")
    });
    (console.prompt.as_deref().unwrap_or_default().to_owned(), entries.collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_shell_in_a_container_reads_what_is_typed() {
    let mut session = Session::new(Options { files: Some(Vec::new()), ..Options::default() });
    let mut line = |line: &str| {
        session.command(Command::Console(line.into()));
        session.run_for(std::time::Duration::from_secs(8));
        console_of(&session)
    };
    line("kubectl run box --image=busybox --restart=Never -- sleep 3600");
    assert_eq!(line("kubectl exec -it box -- sh").0, "/ #");
    assert_eq!(line("cd /tmp; X=1; echo a >> f").0, "/tmp #");
    assert_eq!(line("for i in 1 2; do").0, ">");
    let (prompt, shown) = line("echo $i$X; done; cat f; hostname");
    assert_eq!(prompt, "/tmp #");
    assert!(shown.ends_with("11\n21\na\nbox"), "{shown}");
    assert_eq!(line("sleep 100").0, "$");
    session.command(Command::Interrupt);
    session.run_for(std::time::Duration::from_secs(1));
    assert_eq!(console_of(&session).0, "/tmp #");
    session.command(Command::EndInput);
    session.run_for(std::time::Duration::from_secs(1));
    assert_eq!(console_of(&session).0, "$");
}

#[test]
fn what_a_command_writes_is_a_file_of_the_editor() {
    let mut session = Session::new(Options { files: Some(Vec::new()), ..Options::default() });
    for line in [
        "kubectl create deployment web --image=nginx --dry-run=client -o yaml > web.yaml",
        "kubectl apply -f - <<EOF",
        "apiVersion: v1",
        "kind: ConfigMap",
        "metadata: {name: typed}",
        "EOF",
        "kubectl edit cm typed",
    ] {
        session.command(Command::Console(line.into()));
        session.run_for(std::time::Duration::from_secs(1));
    }
    let frame = session.frame();
    let names: Vec<&str> = frame.files.files.iter().map(|file| &*file.name).collect();
    assert!(names.contains(&"web.yaml") && names.contains(&"edit-configmap-typed.yaml"), "{names:?}");
    assert!(console_of(&session).1.contains("configmap/typed created"), "{}", console_of(&session).1);
    assert_eq!(session.complete("kubectl get cm ty"), ["typed".into()]);
}

#[test]
fn a_slip_in_a_file_is_mended_by_its_fix() {
    let mut session = running();
    edit(&mut session, "service.yaml", "targetPort", "targetport");
    session.advance(300.0, 1e9, &|| 0.0);
    let file = session.frame().files.files[1].clone();
    let fix = file.diagnostics[0].fixes[0].clone();
    assert_eq!(say(&fix.label), "Rename to targetPort");
    session.command(Command::ApplyFix(fix.id.clone()));
    session.advance(300.0, 1e9, &|| 0.0);
    let mended = session.frame().files.files[1].clone();
    assert_eq!((&*mended.text, mended.revision), (SERVICE, file.revision + 1));
    assert!(mended.diagnostics.is_empty(), "{:?}", mended.diagnostics);

    // A fix of a text that is no more does nothing.
    edit(&mut session, "service.yaml", "targetPort", "targetport");
    session.advance(300.0, 1e9, &|| 0.0);
    let fix = session.frame().files.files[1].diagnostics[0].fixes[0].clone();
    edit(&mut session, "service.yaml", "name: web-port", "name: port");
    session.command(Command::ApplyFix(fix.id));
    session.advance(10.0, 1e9, &|| 0.0);
    assert!(session.frame().files.files[1].text.contains("targetport"));
    assert_eq!(session.frame().notices.len(), 1);
}

#[test]
fn a_label_is_changed_and_a_pod_leaves_its_set() {
    let mut session = running();
    let pod = pods(&session)[0].clone();
    let label = |pair: &str| Command::Label { keys: vec![pod.key.clone()], pairs: vec![pair.into()] };
    session.command(label("app-"));
    session.run_for(Duration::from_secs(20));
    let console = session.frame().console.clone();
    let line = format!("$ kubectl label pod {} app-", pod.name);
    assert_eq!(console.entries.last().unwrap().command.as_deref(), Some(line.as_str()));
    assert_eq!(pods(&session).len(), 4, "the ReplicaSet makes another one");
    session.command(label("app=webserver"));
    session.run_for(Duration::from_secs(40));
    assert_eq!(pods(&session).len(), 3, "and has one too many when it comes back");
}

#[test]
fn a_request_is_asked_again_edited_and_the_log_follows_the_clock() {
    let mut session = running();
    let log = session.frame().api_log.clone();
    let created = log.rows.iter().find(|row| &*row.verb == "POST" && row.path.ends_with("services")).unwrap();
    let exchange = session.exchange(created.id).unwrap();
    assert_eq!((exchange.method, exchange.code), ("POST", 201));
    assert!(exchange.sent.contains("\"hostname-svc-clusterip\"") && exchange.answer.contains("\"clusterIP\""));
    let before = session.engine().now();

    let ask = |body: String| Command::Ask {
        method: exchange.method.into(),
        url: exchange.url.as_str().into(),
        content_type: "".into(),
        body: body.into(),
    };
    session.run_for(Duration::from_secs(5));
    session.command(ask(exchange.sent.clone()));
    session.run_for(Duration::from_secs(1));
    let refused = session.exchange(session.frame().api_log.rows[0].id).unwrap();
    assert_eq!(refused.code, 409);
    assert!(refused.answer.contains("already exists"));
    session.command(ask(exchange.sent.replace("hostname-svc-clusterip", "another")));
    session.run_for(Duration::from_secs(1));
    assert_eq!(session.frame().api_log.rows[0].code, 201);
    let all = session.frame().api_log.rows.len();
    session.command(ask("{".to_owned()));
    session.run_for(Duration::from_millis(1));
    assert_eq!((session.frame().notices.len(), session.frame().api_log.rows.len()), (1, all));

    // Back in time the log knows nothing of what comes, and playing on brings it back.
    session.command(Command::Seek(before));
    session.advance(1.0, 1e9, &|| 0.0);
    assert_eq!(session.frame().api_log.rows.len(), all - 2);
    session.run_for(Duration::from_secs(10));
    assert_eq!(session.frame().api_log.rows.len(), all);
    // Another deed there begins another future.
    session.command(Command::Seek(before));
    session.command(Command::Console("kubectl delete service hostname-svc-clusterip".into()));
    session.run_for(Duration::from_secs(10));
    let log = session.frame().api_log.clone();
    assert!(log.rows.iter().all(|row| row.code != 409), "{log:#?}");
}

#[test]
fn explain_waits_for_the_documentation() {
    let mut session = Session::new(Options { files: Some(Vec::new()), ..Options::default() });
    session.fetch_documentation();
    assert!(!session.wants_documentation());
    let said = |session: &mut Session| {
        session.advance(16.0, 100.0, &|| 0.0);
        let entry = session.frame().console.entries.last().cloned().unwrap();
        entry.lines.iter().map(|line| format!("{:?}", line.text)).collect::<String>()
    };
    session.command(Command::Console("kubectl explain pods.spec.nodeName".into()));
    assert_eq!(said(&mut session), "");
    assert!(session.wants_documentation());
    session.command(Command::Documentation(Some("PodSpec.nodeName\tWhere it runs.".into())));
    assert!(said(&mut session).contains("Where it runs."));
    session.command(Command::Console("kubectl explain pods.spec.nodeName".into()));
    assert!(said(&mut session).contains("Where it runs."), "it is not asked for again");

    let mut session = Session::new(Options { files: Some(Vec::new()), ..Options::default() });
    session.fetch_documentation();
    session.command(Command::Console("kubectl explain pods".into()));
    session.command(Command::Documentation(None));
    assert!(said(&mut session).contains("could not be fetched"));
    session.command(Command::Console("kubectl explain pods".into()));
    said(&mut session);
    assert!(session.wants_documentation(), "another command tries again");
}
