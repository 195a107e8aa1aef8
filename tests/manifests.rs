//! Manifests as people write them, and what a real cluster said of each (a dry run of the server). The manifests are data
//! beside the repository (`../shared/conformance`, or `$TABERNETES_CONFORMANCE`); without them there is nothing to check.

#![cfg(not(target_arch = "wasm32"))]

use serde_json::Value;
use std::path::{Path, PathBuf};
use tabernetes::kubectl::exec::{Output, Piece};
use tabernetes::kubectl::session::Session;
use tabernetes::sim::{ClusterConfig, Engine};

/// Sets of manifests, and how many answers may differ: `autoscaling/v1` is not served, and reviews are not stored.
const SETS: &[(&str, usize)] = &[("docs-examples", 16), ("kubectl-testdata", 3), ("upstream-examples", 0)];

fn folder() -> PathBuf {
    std::env::var_os("TABERNETES_CONFORMANCE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"), PathBuf::from)
}

/// What `kubectl create -f -` says of a text: standard output and standard error.
fn answer(engine: &Engine, text: &str) -> (String, String) {
    let mut engine = engine.clone();
    let mut session = Session::default();
    let mut output = Output::default();
    let line = format!("kubectl create --dry-run=server -f - <<'END-OF-MANIFEST'\n{text}\nEND-OF-MANIFEST");
    session.start(&line).run_to_end(&mut session, &mut engine, &mut output);
    let (mut stdout, mut stderr) = (String::new(), String::new());
    for piece in output.pieces {
        match piece {
            Piece::Out(text) => stdout.push_str(&text.replace(" (server dry run)", "")),
            Piece::Err(text) => stderr.push_str(&text),
            Piece::Hint(_) => {}
        }
    }
    (stdout, stderr)
}

#[test]
fn manifests_get_the_answers_of_a_real_cluster() {
    let engine = Engine::new(ClusterConfig::default());
    let mut problems = String::new();
    for (set, allowed) in SETS {
        let folder = folder().join(set);
        let Ok(verdicts) = std::fs::read_to_string(folder.join("verdicts.json")) else {
            println!("{set}: not there, skipped");
            continue;
        };
        let verdicts: Vec<Value> = serde_json::from_str(&verdicts).unwrap();
        let mut wrong = Vec::new();
        for verdict in &verdicts {
            let file = verdict["file"].as_str().unwrap();
            let bytes = std::fs::read(folder.join("manifests").join(file)).unwrap();
            let (stdout, stderr) = answer(&engine, &String::from_utf8_lossy(&bytes));
            if stdout != verdict["stdout"] || stderr != verdict["stderr"] {
                let (out, err) = (&verdict["stdout"], &verdict["stderr"]);
                wrong.push(format!("{set}/{file}:\n{stdout}{stderr}wanted\n{}{}\n", text(out), text(err)));
            }
        }
        println!("{set}: {} of {} answered as by a real cluster", verdicts.len() - wrong.len(), verdicts.len());
        if wrong.len() > *allowed {
            problems.push_str(&wrong.join("\n"));
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
