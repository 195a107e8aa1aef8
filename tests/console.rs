//! Sessions recorded with real kubectl 1.36.2 against a real cluster, played on the simulated one.

#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;
use std::path::{Path, PathBuf};
use tabernetes::cli::{play, settings};
use tabernetes::kubectl::doc::ConsoleDoc;
use tabernetes::kubectl::exec::Output;
use tabernetes::kubectl::session::Session;
use tabernetes::sim::{ClusterConfig, Engine};

fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/console");
    let mut documents: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    documents.sort();
    documents
}

#[test]
fn recorded_sessions_are_answered_as_recorded() {
    let mut problems = String::new();
    for path in documents() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let doc = ConsoleDoc::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let played = play(&doc, settings(&doc.front_matter).unwrap()).steps;
        let wrong: Vec<String> = doc
            .steps
            .iter()
            .zip(&played)
            .filter_map(|(step, played)| {
                let difference = played.difference.as_ref()?;
                Some(format!("{name}:{}: $ {}\n{difference}", step.line, step.command))
            })
            .collect();
        println!("{name}: {} of {} match", played.len() - wrong.len(), played.len());
        problems.push_str(&wrong.join("\n"));
    }
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for name in ["rollout.md", "imperative.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/console").join(name);
        let doc = ConsoleDoc::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let config = || ClusterConfig { seed: 42, ..ClusterConfig::default() };
        assert_eq!(play(&doc, config()), play(&doc, config()));
    }
}

/// Words that lines are made of: commands, types, names, flags, and what shells and templates trip over.
const WORDS: &[&str] = &[
    "kubectl",
    "get",
    "apply",
    "delete",
    "describe",
    "create",
    "rollout",
    "status",
    "history",
    "undo",
    "scale",
    "set",
    "image",
    "env",
    "label",
    "annotate",
    "wait",
    "patch",
    "expose",
    "run",
    "exec",
    "config",
    "set-context",
    "service",
    "clusterip",
    "deployment",
    "configmap",
    "pods",
    "po,svc",
    "all",
    "deploy/web",
    "svc/web",
    "node-1",
    "web",
    "-f",
    "a.yaml",
    "-",
    "-o",
    "yaml",
    "json",
    "wide",
    "name",
    "jsonpath={.items[*].metadata.name}",
    "jsonpath={..}",
    "jsonpath='{range .items[*]}{@}{end'",
    "custom-columns=A:.b,C:{.d[0]}",
    "-l",
    "a=b",
    "a in (",
    "-n",
    "-A",
    "--all",
    "--record",
    "--replicas=3",
    "--image=nginx",
    "--tcp=80:x",
    "--port=x",
    "--for=condition=Ready",
    "--for=jsonpath={.a}=1",
    "--type=json",
    "-p",
    "'[{\"op\":\"add\",\"path\":\"/a\",\"value\":1}]'",
    "'{\"spec\":null}'",
    "nginx=nginx:1",
    "k-",
    "k=v",
    "--dry-run=client",
    "--sort-by=.metadata.name",
    "--to-revision=1",
    "--",
    "curl",
    "http://web",
    "|",
    "&&",
    ";",
    "grep",
    "head",
    "'",
    "\"",
    "$X",
    "\\",
    "ü",
    "--watch",
    "--timeout=1s",
    "--field-selector",
    "status.phase=Running",
    "sh",
    "-c",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_makes_the_console_panic(
        words in prop::collection::vec(prop::sample::select(WORDS), 1..9),
        file in prop::sample::select(&[
            "", "kind: Pod\nmetadata: x\n", "apiVersion: v1\nkind: Pod\nmetadata: [1]\nspec: 3\n", "a: [", "---\n---\n",
            "apiVersion: v1\nkind: List\nitems: [1, null, {kind: Pod}]\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: 5}\n",
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n",
        ][..]),
    ) {
        thread_local!(static ENGINE: Engine = Engine::new(ClusterConfig::default()));
        let mut engine = ENGINE.with(Engine::clone);
        let mut session = Session::default();
        session.files.insert("a.yaml".to_owned(), file.to_owned());
        for line in [format!("kubectl {}", words.join(" ")), words.join(" ")] {
            let mut output = Output::default();
            let mut job = session.start(&line);
            for _ in 0..3 {
                if job.poll(&mut session, &mut engine, &mut output).is_some() {
                    break;
                }
                engine.advance(std::time::Duration::from_secs(1));
            }
        }
    }
}
