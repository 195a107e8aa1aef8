//! The tree keeps its own rules: layers point downwards, the engine is deterministic, files are short.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

/// The layer of each module of `src`. A module may use modules of its own and of lower layers; within a layer only what
/// [`SIDEWAYS`] allows.
const LAYERS: &[(&str, u8)] = &[
    ("base", 0),
    ("yaml", 1),
    ("api", 1),
    ("shell", 1),
    ("apiserver", 2),
    ("controllers", 3),
    ("scheduler", 3),
    ("kubelet", 3),
    ("network", 3),
    ("sim", 4),
    ("kubectl", 5),
    ("view", 5),
    ("i18n", 5),
    ("ui", 6),
    ("js", 6),
    ("cli", 6),
    ("main", 7),
    ("lib", 7),
];

/// Who may use whom within a layer.
const SIDEWAYS: &[(&str, &str)] = &[
    // DaemonSets ask the scheduler's filters which nodes they may use.
    ("controllers", "scheduler"),
    // Autoscalers ask what images need of CPU and memory.
    ("controllers", "kubelet"),
    // Everybody who reacts to changes is a controller.
    ("scheduler", "controllers"),
    ("kubelet", "controllers"),
    ("network", "controllers"),
    // Image behaviours say who listens where.
    ("network", "kubelet"),
    ("view", "kubectl"),
    ("view", "i18n"),
    // Both fetch the documentation of the API from the site.
    ("js", "ui"),
];

/// Only these modules may see a browser.
const BROWSER: &[&str] = &["ui", "js", "main"];

/// What would make two runs differ, or a run end in a panic.
const BANNED: &[&str] = &[
    "HashMap",
    "HashSet",
    "Instant::",
    "SystemTime",
    "thread_rng",
    ".unwrap()",
    ".expect(\"",
    "panic!(",
    "unreachable!(",
    "todo!(",
    "unimplemented!(",
    "dbg!(",
    "println!(",
    "web_sys",
    "wasm_bindgen",
];

struct Source {
    path: PathBuf,
    module: String,
    /// The text without its tests and comments.
    code: String,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let relative = path.strip_prefix(&root).unwrap();
            let module = relative.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
            let is_test = relative
                .iter()
                .any(|part| part == "tests" || part == "tests.rs" || part.to_string_lossy().ends_with("_tests.rs"));
            let end = if is_test { 0 } else { text.find("\n#[cfg(test)]").unwrap_or(text.len()) };
            let code: String =
                text[..end].lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            Source { lines: text[..end].lines().count(), path: relative.to_owned(), module, code }
        })
        .collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn layers_point_downwards() {
    let layer = |module: &str| LAYERS.iter().find(|(name, _)| *name == module).map(|(_, layer)| *layer);
    let mut wrong = Vec::new();
    for source in sources() {
        let from = layer(&source.module).unwrap_or_else(|| panic!("{} has no layer", source.module));
        for part in source.code.split("crate::").skip(1) {
            let first = part.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            let names: Vec<&str> = if first.is_empty() {
                // `use crate::{api::…, base::…}`: the names at the first level of braces.
                part.trim_start_matches('{')
                    .split([',', '}'])
                    .filter_map(|item| item.trim().split("::").next())
                    .collect()
            } else {
                vec![first]
            };
            for name in names.into_iter().filter(|name| *name != source.module) {
                let Some(to) = layer(name) else { continue };
                let sideways = to == from && SIDEWAYS.contains(&(source.module.as_str(), name));
                if to > from || (to == from && from > 1 && !sideways) {
                    wrong.push(format!("{}: {} uses {name}", source.path.display(), source.module));
                }
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_engine_is_deterministic_and_does_not_panic() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !BROWSER.contains(&source.module.as_str()) && source.module != "cli")
    {
        for (number, line) in source.code.lines().enumerate() {
            // `PLookup` is the one hashed map: for look-ups, never iterated.
            for word in BANNED.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{}:~{}: {word}: {}", source.path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_hold_one_idea() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| source.lines > 550)
        .map(|source| format!("{}: {} lines", source.path.display(), source.lines))
        .collect();
    assert!(long.is_empty(), "too long for one idea:\n{}", long.join("\n"));
}
