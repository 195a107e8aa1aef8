//! Thousands of manifests as people write them, through kubectl and the API server: the recorded verdicts, word for word.
//!
//! `api/` is part of this repository; the other collections are looked for in `../shared/conformance` and skipped when
//! they are not there (`TABERNETES_SHARED` names another folder), for they are not ours to copy.

#![cfg(not(target_arch = "wasm32"))]

use serde_json::Value;
use std::path::{Path, PathBuf};
use tabernetes::kubectl::exec::{Output, Piece};
use tabernetes::kubectl::session::Session;
use tabernetes::sim::{ClusterConfig, Engine};

/// What kubectl printed.
struct Answer {
    stdout: String,
    stderr: String,
    accepted: bool,
}

/// `kubectl create -f -`, as a dry run unless the recording really created.
fn create(engine: &mut Engine, text: &str, dry_run: bool) -> Answer {
    let mut session = Session::default();
    let flag = if dry_run { " --dry-run=server" } else { "" };
    let text = text.strip_suffix('\n').unwrap_or(text);
    let line = format!("kubectl create{flag} -f - <<'END-OF-MANIFEST'\n{text}\nEND-OF-MANIFEST");
    let mut output = Output::default();
    let exit = session.start(&line).run_to_end(&mut session, engine, &mut output);
    let (mut stdout, mut stderr) = (String::new(), String::new());
    for piece in &output.pieces {
        match piece {
            Piece::Out(text) => stdout.push_str(text),
            Piece::Err(text) => stderr.push_str(text),
            Piece::Hint(_) => {}
        }
    }
    Answer { stdout: stdout.replace(" (server dry run)", ""), stderr, accepted: exit == Some(0) }
}

fn shared(folder: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("TABERNETES_SHARED").map_or(beside, PathBuf::from).join("conformance").join(folder);
    path.exists().then_some(path)
}

/// Checks a collection; says how many verdicts match, and how the others differ.
fn check(folder: &str) {
    let Some(path) = shared(folder) else {
        println!("{folder}: not there, skipped");
        return;
    };
    let verdicts: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(path.join("verdicts.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for verdict in &verdicts {
        let file = verdict["file"].as_str().unwrap();
        let text = std::fs::read_to_string(path.join("manifests").join(file)).unwrap();
        let answer = create(&mut Engine::new(ClusterConfig::default()), &text, true);
        let wanted = |field: &str| verdict[field].as_str().unwrap_or_default();
        if answer.accepted != verdict["accepted"].as_bool().unwrap()
            || answer.stdout != wanted("stdout")
            || answer.stderr != wanted("stderr")
        {
            wrong.push(format!(
                "{file}\n  got    {}{}  wanted {}{}",
                answer.stdout,
                answer.stderr,
                wanted("stdout"),
                wanted("stderr")
            ));
        }
    }
    println!("{folder}: {} of {} match", verdicts.len() - wrong.len(), verdicts.len());
    assert!(wrong.is_empty(), "{folder}: {} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn kubernetes_examples() {
    check("upstream-examples");
}

#[test]
fn kubectl_testdata() {
    check("kubectl-testdata");
}

#[test]
fn documentation_examples() {
    check("docs-examples");
}

#[test]
fn questions_to_the_api_server() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    let (mut asked, mut wrong) = (0, Vec::new());
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let questions: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for question in questions {
            asked += 1;
            let mut engine = Engine::new(ClusterConfig::default());
            let holder = "apiVersion: v1\nkind: Service\nmetadata: {name: holder}\nspec:\n  type: NodePort\n  ports:\n  - {port: 80, nodePort: 31999}\n";
            assert!(create(&mut engine, holder, false).accepted);
            let is_service = file.file_stem().is_some_and(|stem| stem == "service");
            let yaml = question["yaml"].as_str().unwrap();
            let mut answer = create(&mut engine, yaml, !is_service);
            // A generated name is another one each time.
            let masked = |text: &str| match yaml.contains("generateName") {
                true => text.split(' ').map(|word| word.rsplit_once('-').map_or(word, |(name, _)| name)).collect(),
                false => text.to_owned(),
            };
            answer.stdout = masked(&answer.stdout);
            let wanted = |field: &str| masked(question[field].as_str().unwrap_or_default());
            if answer.accepted != question["accepted"].as_bool().unwrap()
                || answer.stdout != wanted("stdout")
                || answer.stderr != wanted("stderr")
            {
                wrong.push(format!(
                    "{}\n  got    {}{}  wanted {}{}",
                    question["name"],
                    answer.stdout,
                    answer.stderr,
                    wanted("stdout"),
                    wanted("stderr")
                ));
            }
        }
    }
    println!("api: {} of {asked} match", asked - wrong.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a draw or an allocator gave stands for itself: only that it is there counts.
fn masked(value: &mut Value) {
    const DRAWN: [&str; 4] = ["clusterIP", "clusterIPs", "nodePort", "healthCheckNodePort"];
    let is_uid = |text: &str| text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if DRAWN.contains(&name.as_str()) && *value != "None" {
                    *value = "drawn".into();
                } else {
                    masked(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(masked),
        Value::String(text) if is_uid(text) => *value = "uid".into(),
        Value::String(text) if text.starts_with("kube-api-access-") => *value = "token".into(),
        _ => {}
    }
}

/// The object that the whole door makes of a manifest (decode, default, admit, allocate, validate, print) is the recorded one.
#[test]
fn objects_come_through_the_door_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    let (mut compared, mut wrong) = (0, Vec::new());
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let questions: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for question in questions.iter().filter(|question| question["object"].is_object()) {
            let mut engine = Engine::new(ClusterConfig::default());
            let mut session = Session::default();
            let text = question["yaml"].as_str().unwrap().trim_end_matches('\n');
            let line = format!("kubectl create --dry-run=server -o json -f - <<'MANIFEST'\n{text}\nMANIFEST");
            let mut output = Output::default();
            session.start(&line).run_to_end(&mut session, &mut engine, &mut output);
            let pieces =
                output.pieces.iter().map(|piece| if let Piece::Out(text) = piece { text.as_str() } else { "" });
            let out: String = pieces.collect();
            let Ok(mut found) = serde_json::from_str::<Value>(&out) else {
                wrong.push(format!("{}: {out}", question["name"]));
                continue;
            };
            let mut wanted = question["object"].clone();
            compared += 1;
            for object in [&mut found, &mut wanted] {
                masked(object);
                let generated = object["metadata"]["generateName"].is_string();
                let metadata = object["metadata"].as_object_mut().unwrap();
                // The recordings have put these aside.
                for field in ["uid", "generation", "creationTimestamp", "resourceVersion"] {
                    metadata.remove(field);
                }
                if generated {
                    metadata.insert("name".to_owned(), "generated".into());
                }
            }
            if found != wanted {
                wrong.push(format!("{}:\n  wanted {wanted}\n  found  {found}", question["name"]));
            }
        }
    }
    println!("{compared} objects, {} wrong", wrong.len());
    assert!(compared > 50 && wrong.is_empty(), "{} wrong of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}
