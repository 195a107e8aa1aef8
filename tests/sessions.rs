//! Console documents that no cluster recorded: their answers were worked out from the sources of Kubernetes 1.36 and
//! kubectl. Each runs on a cluster of its own, which its front matter describes.

#![cfg(not(target_arch = "wasm32"))]

use std::path::Path;

#[test]
fn sessions_go_as_upstream_would() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions");
    let mut files: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().to_string_lossy().into_owned()).collect();
    files.sort();
    assert!(!files.is_empty());
    let words: Vec<String> = ["run", "--check"].into_iter().map(str::to_owned).chain(files).collect();
    assert_eq!(tabernetes::cli::main(&words), 0, "a document differs: see above");
}
