//! Sessions recorded with real kubectl 1.36.2 against a real cluster, played on the simulated one.

use std::path::{Path, PathBuf};
use tabernetes::cli::play;
use tabernetes::kubectl::doc::ConsoleDoc;
use tabernetes::sim::ClusterConfig;

/// Documents of which some commands do not match yet: how many, and why.
const PARTLY: &[(&str, usize, &str)] = &[
    ("daemonset.md", 5, "no DaemonSet controller"),
    ("describe.md", 3, "the recording's stand-in kubelet let the probe of /ready succeed"),
    ("explain.md", 4, "no explain"),
    ("job.md", 6, "no Job controller"),
    ("statefulset.md", 8, "no StatefulSet controller"),
];

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
        let played = play(&doc, ClusterConfig::default());
        let wrong: Vec<String> = doc
            .steps
            .iter()
            .zip(&played)
            .filter_map(|(step, played)| {
                let difference = played.difference.as_ref()?;
                Some(format!("{name}:{}: $ {}\n{difference}", step.line, step.command))
            })
            .collect();
        let (allowed, why) =
            PARTLY.iter().find(|(partly, ..)| *partly == name).map_or((0, ""), |(_, n, why)| (*n, *why));
        println!("{name}: {} of {} match {why}", played.len() - wrong.len(), played.len());
        if wrong.len() > allowed {
            problems.push_str(&wrong.join("\n"));
        } else if wrong.len() < allowed {
            problems
                .push_str(&format!("{name}: only {} commands differ, not {allowed}: say so in PARTLY\n", wrong.len()));
        }
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
