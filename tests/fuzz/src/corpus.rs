//! What is kept: `fuzz/corpus/<target>`, one input per file, where `cargo fuzz` looks for it too.

use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The inputs kept for a target, by file name.
pub fn kept(target: &str) -> Vec<(String, String)> {
    let folder = root().join("fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<(String, String)> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned())
        })
        .collect();
    found.sort();
    found
}

/// The manifests of the recorded questions and of the course: what others' parts are taken from.
pub fn manifests() -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/api")).expect("tests/api") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a file");
        let questions: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
        found.extend(questions.iter().filter_map(|question| question["yaml"].as_str().map(str::to_owned)));
    }
    for entry in std::fs::read_dir(root().join("tests/course")).expect("tests/course") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(std::fs::read_to_string(path).expect("a file"));
        }
    }
    found.sort();
    found
}
