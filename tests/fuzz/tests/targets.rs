//! Each target of `fuzz/` for a while: `cargo xtask test fuzz`, or `FUZZ_SECONDS=600 cargo test --profile fuzz -p fuzzing door`.

#[path = "../../../fuzz/targets.rs"]
mod targets;

use fuzzing::memory::Counting;
use fuzzing::rng::Rng;
use fuzzing::run::{Target, fuzz};
use fuzzing::{corpus, tree, words};
use std::sync::LazyLock;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Manifests that parts are taken from.
static MANIFESTS: LazyLock<Vec<String>> = LazyLock::new(corpus::manifests);

/// YAML is changed as a text or as a tree; what follows an object may be a patch of it.
fn manifest(rng: &mut Rng, text: &str, pool: &[String]) -> String {
    let others = if rng.once_in(2) { &MANIFESTS } else { pool };
    if rng.once_in(3) {
        return words::change(rng, text, others, &[]);
    }
    let text = match rng.once_in(6) {
        true => rng.of(&MANIFESTS).map_or(text, String::as_str),
        false => text,
    };
    let mut documents = tree::documents(text);
    let others = rng.of(others).map(|other| tree::documents(other)).unwrap_or_default();
    let at = rng.below(documents.len());
    if let Some(document) = documents.get_mut(at) {
        if rng.once_in(2) {
            tree::change(rng, document, &others);
        }
        for _ in 0..rng.below(3) {
            let patch = tree::patch(rng, &documents[at], &others);
            documents.insert(at + 1, patch);
        }
    }
    documents.truncate(8);
    tree::text(rng, &documents)
}

/// What a line of a small language is changed with.
fn with(rng: &mut Rng, text: &str, pool: &[String], alphabet: &[&str]) -> String {
    words::change(rng, text, pool, alphabet)
}

const YAML: [&str; 14] = ["- ", ": ", "\n", "  ", "&a ", "*a", "<<: ", "|", ">", "? ", "!!", "[", "{", "#"];
const JSONPATH: [&str; 22] = [
    "{", "}", "[", "]", "(", ")", ".", "..", "@", "?", "$", "*", ":", ",", "'", "range ", "end", "==", ">=", "-1",
    "\\", "\"",
];
const TEMPLATE: [&str; 30] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "|",
    "(",
    ")",
    "$x",
    ":=",
    "=",
    ".",
    "range ",
    "end",
    "if ",
    "else ",
    "with ",
    "define ",
    "template ",
    "block ",
    "printf ",
    "index ",
    "slice ",
    "len ",
    "\"%*d\"",
    "eq ",
    "`",
    "'",
    ",",
    "not ",
    "break",
];
const CEL: [&str; 40] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ".",
    ".?",
    "[?",
    "?",
    ":",
    ",",
    "&&",
    "||",
    "!",
    "-",
    "==",
    "in",
    "self",
    "oldSelf",
    "has(",
    ".all(x, ",
    ".map(x, ",
    ".exists(i, v, ",
    "cel.bind(",
    ".format([",
    "optional.",
    "duration(",
    "timestamp(",
    "quantity(",
    "'",
    "\"",
    "r'",
    "b'",
    "1u",
    "1.5",
    "-9223372036854775808",
    "null",
    "type(",
    "string(",
];
const SELECTOR: [&str; 14] = ["=", "==", "!=", " in (", " notin (", ")", ",", "!", ">", "<", "\\", ".", "/", " "];
const REGEX: [&str; 28] = [
    "(",
    ")",
    "(?:",
    "(?i)",
    "(?P<a>",
    "[",
    "[^",
    "]",
    "-",
    "{2,5}",
    "{1000}",
    "{,3}",
    "*",
    "+",
    "?",
    "|",
    "^",
    "$",
    ".",
    "\\d",
    "\\w",
    "\\b",
    "\\pL",
    "\\Q",
    "\\x{10ffff}",
    "[[:alpha:]]",
    "\\",
    "\n",
];

macro_rules! targets {
    ($($name:ident $patience:literal $change:expr;)*) => {$(
        #[test]
        fn $name() {
            fuzz(&Target { name: stringify!($name), run: targets::$name, change: $change, patience: $patience });
        }
    )*};
}

targets! {
    yaml 1 |rng, text, pool| match rng.below(4) {
        0 => manifest(rng, text, pool),
        1 => with(rng, text, &MANIFESTS, &YAML),
        _ => with(rng, text, pool, &YAML),
    };
    door 1 manifest;
    custom 1 manifest;
    patches 1 manifest;
    editor 1 manifest;
    // Two minutes of a whole cluster.
    living 20 manifest;
    jsonpath 1 |rng, text, pool| with(rng, text, pool, &JSONPATH);
    templates 1 |rng, text, pool| with(rng, text, pool, &TEMPLATE);
    cel 1 |rng, text, pool| with(rng, text, pool, &CEL);
    selectors 1 |rng, text, pool| with(rng, text, pool, &SELECTOR);
    regexes 1 |rng, text, pool| with(rng, text, pool, &REGEX);
}
