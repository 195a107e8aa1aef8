//! The manifests of the course behind this project, the broken ones included: what kubectl and a real cluster said of each
//! (`tests/course/verdicts.json`), word for word.

#![cfg(not(target_arch = "wasm32"))]

use serde_json::Value;
use std::path::Path;
use tabernetes::kubectl::exec::{Output, Piece};
use tabernetes::kubectl::session::Session;
use tabernetes::sim::{ClusterConfig, Engine};

#[test]
fn every_manifest_gets_the_recorded_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/course");
    let verdicts = std::fs::read_to_string(folder.join("verdicts.json")).unwrap();
    let verdicts: Vec<Value> = serde_json::from_str(&verdicts).unwrap();
    assert_eq!(verdicts.len(), 31);
    let mut wrong = Vec::new();
    for verdict in &verdicts {
        let file = verdict["file"].as_str().unwrap();
        let mut session = Session::default();
        session.files.insert(file.to_owned(), std::fs::read_to_string(folder.join(file)).unwrap());
        let mut engine = Engine::new(ClusterConfig::default());
        let revision = engine.world().api.store().rev();
        let mut output = Output::default();
        let job = session.start(&format!("kubectl apply -f {file}"));
        let exit = job.run_to_end(&mut session, &mut engine, &mut output);
        let (mut stdout, mut stderr) = (String::new(), String::new());
        for piece in &output.pieces {
            match piece {
                Piece::Out(text) => stdout.push_str(text),
                Piece::Err(text) => stderr.push_str(text),
                Piece::Hint(_) => {}
            }
        }
        let accepted = verdict["accepted"].as_bool().unwrap();
        let written = engine.world().api.store().rev() > revision;
        if stdout != verdict["stdout"]
            || stderr != verdict["stderr"]
            || (exit == Some(0)) != accepted
            || written != accepted
        {
            wrong.push(format!(
                "{file}: exit {exit:?}\n{stdout}{stderr}wanted\n{}{}",
                verdict["stdout"], verdict["stderr"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), verdicts.len(), wrong.join("\n\n"));
}
