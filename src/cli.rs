//! The native command: `tabernetes run FILE.md [--check] [--seed N] [--nodes N]` runs a console document.
//!
//! Without `--check` it prints the session as the simulated cluster answers it; with it, only where the document says
//! otherwise. The exit code is 0 when all is well, 1 when a check fails, 2 when the command line or a file is wrong.

use crate::kubectl::doc::ConsoleDoc;
use crate::kubectl::doc::compare::{Named, difference};
use crate::kubectl::exec::Output;
use crate::kubectl::session::Session;
use crate::sim::{ClusterConfig, Engine};
use std::io::Write;

const USAGE: &str = "usage: tabernetes run FILE.md... [--check] [--seed N] [--nodes N]";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    files: Vec<String>,
    check: bool,
    seed: u64,
    nodes: usize,
}

/// Runs the command with these words (without the program's name), and says its exit code.
pub fn main(words: &[String]) -> i32 {
    let mut out = std::io::stdout().lock();
    let run = match parse(words) {
        Ok(run) => run,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return 2;
        }
    };
    let mut worst = 0;
    for file in &run.files {
        let doc = match std::fs::read_to_string(file).map_err(|error| error.to_string()) {
            Ok(text) => ConsoleDoc::parse(&text).map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        let exit = match doc {
            Err(problem) => {
                eprintln!("{file}: {problem}");
                2
            }
            Ok(doc) => {
                let (text, exit) = report(file, &doc, &run);
                // Nobody is there to hear of a closed pipe.
                let _ = out.write_all(text.as_bytes());
                exit
            }
        };
        worst = worst.max(exit);
    }
    worst
}

fn parse(words: &[String]) -> Result<Run, String> {
    let mut words = words.iter();
    match words.next().map(String::as_str) {
        Some("run") => {}
        Some(other) => return Err(format!("unknown command {other}")),
        None => return Err("a command is missing".to_owned()),
    }
    let mut run = Run { files: Vec::new(), check: false, seed: 1, nodes: 3 };
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        let number = |words: &mut std::slice::Iter<'_, String>| -> Result<u64, String> {
            let text =
                value.or_else(|| words.next().map(String::as_str)).ok_or_else(|| format!("{name} needs a number"))?;
            text.parse().map_err(|_| format!("{name} needs a number, not {text}"))
        };
        match name {
            "--check" => run.check = true,
            "--seed" => run.seed = number(&mut words)?,
            "--nodes" => run.nodes = usize::try_from(number(&mut words)?).unwrap_or(usize::MAX),
            flag if flag.starts_with('-') => return Err(format!("unknown flag {flag}")),
            file => run.files.push(file.to_owned()),
        }
    }
    if run.files.is_empty() { Err("a file is missing".to_owned()) } else { Ok(run) }
}

/// A step of a document as it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// What was printed.
    pub printed: String,
    /// How it differs from what the document says.
    pub difference: Option<String>,
}

/// Plays a document on a new cluster.
pub fn play(doc: &ConsoleDoc, config: ClusterConfig) -> Vec<Played> {
    let mut engine = Engine::new(config);
    // The recorded clusters had run for a while: ages of what a cluster starts with are not zero.
    engine.advance(std::time::Duration::from_secs(300));
    let mut session = Session { files: doc.files.clone(), ..Session::default() };
    let named = Named::by(doc);
    let mut played = Vec::new();
    for step in &doc.steps {
        let mut output = Output::default();
        let over = session.start(&step.command).run_to_end(&mut session, &mut engine, &mut output);
        let mut printed = output.terminal();
        if over.is_none() {
            printed.push_str("(the command never ends)\n");
        }
        let difference = difference(step, &printed, &named);
        played.push(Played { printed, difference });
    }
    played
}

fn report(file: &str, doc: &ConsoleDoc, run: &Run) -> (String, i32) {
    let config = ClusterConfig { seed: run.seed, ..ClusterConfig::with_nodes(run.nodes) };
    let played = play(doc, config);
    let mut text = String::new();
    if !run.check {
        for (step, played) in doc.steps.iter().zip(&played) {
            text.push_str(&format!("$ {}\n{}", step.command, played.printed));
        }
        return (text, 0);
    }
    let mut wrong = 0;
    for (step, played) in doc.steps.iter().zip(&played) {
        if let Some(difference) = &played.difference {
            wrong += 1;
            text.push_str(&format!("{file}:{}: $ {}\n{difference}\n", step.line, step.command));
        }
    }
    text.push_str(&format!("{file}: {} of {} commands match\n", played.len() - wrong, played.len()));
    (text, i32::from(wrong > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let run = parse(&words("run a.md --check --seed 7 --nodes=5")).unwrap();
        assert_eq!(run, Run { files: vec!["a.md".to_owned()], check: true, seed: 7, nodes: 5 });
        assert_eq!(parse(&words("run")).unwrap_err(), "a file is missing");
        assert_eq!(parse(&words("run a.md --seed x")).unwrap_err(), "--seed needs a number, not x");
        assert_eq!(parse(&words("frob")).unwrap_err(), "unknown command frob");
    }
}
