//! The fuzz targets of `fuzz/`, everywhere: recorded manifests, broken at random. No panic, and nothing takes long.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../fuzz/targets.rs"]
mod targets;

use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// What an input may take: 200 ms in a release build, and debug builds are some ten times slower.
const LIMIT: Duration = Duration::from_secs(2);

/// How many inputs each target gets; by hand more, with `PROPTEST_CASES`.
static CASES: LazyLock<u32> =
    LazyLock::new(|| std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(400));

/// The manifests of the recorded questions.
static MANIFESTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let questions = files.iter().flat_map(|file| {
        let text = std::fs::read_to_string(file).unwrap();
        serde_json::from_str::<Vec<serde_json::Value>>(&text).unwrap()
    });
    questions.filter_map(|question| question["yaml"].as_str().map(str::to_owned)).collect()
});

/// An object of the kind that is defined for the fuzzer.
const WIDGET: &str = "\
apiVersion: example.com/v1
kind: Widget
metadata: {name: w, labels: {a: b}, finalizers: [a/b]}
spec:
  replicas: 3
  name: a-b
  port: 80
  labels: {x: y}
  free: {any: [1, {z: null}]}
  set: [10.0.0.1, 10.0.0.2]
  map: [{key: a}, {key: b, on: false}]
status: {replicas: 1}
";

/// Pieces that break things.
const PIECES: [&str; 24] = [
    "null",
    "{}",
    "[]",
    "-1",
    "99999999999999999999",
    "1e400",
    "\"\"",
    "true",
    "~",
    "\n",
    "  ",
    "- ",
    ": ",
    "&a ",
    "*a",
    "<<: ",
    "---\n",
    "!!binary x",
    "{a: b}",
    "0x1F",
    "\u{0}",
    "é",
    "a.b/c",
    "!",
];

fn broken() -> impl Strategy<Value = Vec<u8>> {
    let cut = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..PIECES.len(), 0..12_usize);
    (any::<prop::sample::Index>(), prop::collection::vec(cut, 0..4)).prop_map(|(which, cuts)| {
        let mut text: Vec<char> = which.get(MANIFESTS.as_slice()).chars().collect();
        for (at, from, piece, length) in cuts {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            // Another part of the same text, or a piece that breaks things.
            let new: Vec<char> = if piece % 3 == 0 && !text.is_empty() {
                let from = from.index(text.len());
                text[from..(from + 20).min(text.len())].to_vec()
            } else {
                PIECES[piece].chars().collect()
            };
            text.splice(start..end, new);
        }
        text.into_iter().collect::<String>().into_bytes()
    })
}

fn timed(target: fn(&[u8]), bytes: &[u8]) {
    let start = Instant::now();
    target(bytes);
    let took = start.elapsed();
    assert!(took < LIMIT, "{took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: *CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn yaml(bytes in broken()) {
        timed(targets::yaml, &bytes);
    }

    #[test]
    fn door(bytes in broken()) {
        timed(targets::door, &bytes);
    }

    #[test]
    fn custom(bytes in broken()) {
        let text = String::from_utf8_lossy(&bytes).replace("kind: Pod", "kind: Widget");
        timed(targets::custom, &[WIDGET.as_bytes(), text.as_bytes()].concat());
    }

    #[test]
    fn widgets(at in any::<prop::sample::Index>(), length in 0..9_usize, piece in 0..PIECES.len()) {
        let mut text: Vec<char> = WIDGET.chars().collect();
        let start = at.index(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, PIECES[piece].chars());
        timed(targets::custom, text.into_iter().collect::<String>().as_bytes());
    }

    #[test]
    fn definitions(at in any::<prop::sample::Index>(), length in 0..9_usize, piece in 0..PIECES.len()) {
        let mut text: Vec<char> = targets::DEFINITION.chars().collect();
        let start = at.index(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, PIECES[piece].chars());
        timed(targets::door, text.into_iter().collect::<String>().as_bytes());
    }

    #[test]
    fn regexes(text in "[a-c0-9()\\[\\]{},*+?|^$.\\\\dwspPLxQE:\\-\n]{0,60}") {
        timed(targets::regexes, text.as_bytes());
    }

    #[test]
    fn patches(first in broken(), second in broken()) {
        timed(targets::patches, &[first, b"\n---\n".to_vec(), second].concat());
    }

    #[test]
    fn jsonpath(text in "[{}\\[\\]().@?$*:,'\"a-c0-9 =!<>&|\\\\]{0,40}") {
        timed(targets::jsonpath, text.as_bytes());
    }

    #[test]
    fn selectors(text in "[a-c0-9 =!(),./inotx-]{0,40}") {
        timed(targets::selectors, text.as_bytes());
    }
}

/// What the fuzzer once found.
#[test]
fn a_list_in_place_of_a_custom_object() {
    targets::custom(b"- a");
}
