//! Every manifest of the collections that the API server accepts, and everything that controllers make of them.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tabernetes::api::kinds::Kind;
use tabernetes::base::time::Duration;
use tabernetes::kubectl::exec::Output;
use tabernetes::kubectl::session::Session;
use tabernetes::sim::{ClusterConfig, Engine};

/// The manifests: the recorded questions, and other collections where they are.
fn manifests() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = |folder: PathBuf| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.sort();
        files
    };
    let mut texts = Vec::new();
    for file in files(root.join("tests/api")) {
        let questions: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        texts.extend(questions.iter().filter_map(|question| question["yaml"].as_str().map(str::to_owned)));
    }
    let shared = std::env::var_os("TABERNETES_SHARED").map_or(root.join("../shared"), PathBuf::from);
    for folder in ["upstream-examples", "kubectl-testdata", "docs-examples"] {
        let found = files(shared.join("conformance").join(folder).join("manifests"));
        println!("{folder}: {} files", found.len());
        texts.extend(found.iter().filter_map(|file| std::fs::read_to_string(file).ok()));
    }
    texts
}

#[test]
fn objects_are_those_of_kubernetes() {
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let mut count = 0;
    for text in manifests() {
        let mut engine = Engine::new(ClusterConfig::default());
        let mut session = Session::default();
        let line = format!("kubectl create -f - <<'END-OF-MANIFEST'\n{text}\nEND-OF-MANIFEST");
        session.start(&line).run_to_end(&mut session, &mut engine, &mut Output::default());
        engine.advance(Duration::from_secs(3));
        for object in
            Kind::all().flat_map(|kind| engine.world().api.store().list(kind, "").cloned().collect::<Vec<_>>())
        {
            let value = object.to_value();
            let Some(differences) = oracle::differences(&value) else { continue };
            count += 1;
            for difference in differences {
                let kind = value["kind"].as_str().unwrap_or_default();
                let first = difference.split(' ').next().unwrap_or_default().to_owned();
                wrong
                    .entry(format!("{kind} {first}"))
                    .or_insert_with(|| format!("{}: {difference}", object.meta().name));
            }
        }
    }
    println!("{count} objects");
    let lines: Vec<String> = wrong.iter().map(|(what, example)| format!("{what} ({example})")).collect();
    assert!(lines.is_empty(), "{} differences:\n{}", lines.len(), lines.join("\n"));
}
