//! The native command: `tabernetes run FILE.md [--check] [--seed N] [--nodes N]` runs a console document.
//!
//! Without `--check` it prints the document with the simulated cluster's answers filled in; with it, only where the document
//! says otherwise. The document's front matter may set the cluster: see [`settings`]. The exit code is 0 when all is well, 1 when a check fails, 2 when the command line or a file is wrong.

use crate::kubectl::doc::ConsoleDoc;
use crate::kubectl::doc::compare::{Named, difference};
use crate::kubectl::exec::Output;
use crate::kubectl::session::Session;
use crate::sim::{ClusterConfig, Engine};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

const USAGE: &str = "usage: tabernetes run FILE.md... [--check] [--seed N] [--nodes N]";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    files: Vec<String>,
    check: bool,
    seed: Option<u64>,
    nodes: Option<usize>,
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
        let exit = match read(file, &run) {
            Err(problem) => {
                eprintln!("{file}: {problem}");
                2
            }
            Ok((source, doc, config)) => {
                let (text, exit) = report(file, &source, &doc, config, run.check);
                // Nobody is there to hear of a closed pipe.
                let _ = out.write_all(text.as_bytes());
                exit
            }
        };
        worst = worst.max(exit);
    }
    worst
}

/// A document, and the cluster that it asks for; flags count more than its front matter.
fn read(file: &str, run: &Run) -> Result<(String, ConsoleDoc, ClusterConfig), String> {
    let source = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let doc = ConsoleDoc::parse(&source).map_err(|error| error.to_string())?;
    let mut config = settings(&doc.front_matter)?;
    if let Some(nodes) = run.nodes {
        config.nodes = ClusterConfig::with_nodes(nodes).nodes;
    }
    config.seed = run.seed.unwrap_or(config.seed);
    Ok((source, doc, config))
}

/// The cluster of a front matter: see [`ClusterConfig::set`]. What is not said is as in the recordings, whose kubelets ran
/// no probes.
pub fn settings(front_matter: &BTreeMap<String, String>) -> Result<ClusterConfig, String> {
    let mut config = ClusterConfig { probes: false, ..ClusterConfig::default() };
    for (name, value) in front_matter {
        if !config.set(name, value)? {
            return Err(format!("{name}: there is no such setting"));
        }
    }
    Ok(config)
}

fn parse(words: &[String]) -> Result<Run, String> {
    let mut words = words.iter();
    match words.next().map(String::as_str) {
        Some("run") => {}
        Some(other) => return Err(format!("unknown command {other}")),
        None => return Err("a command is missing".to_owned()),
    }
    let mut run = Run { files: Vec::new(), check: false, seed: None, nodes: None };
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        let number = |words: &mut std::slice::Iter<'_, String>| -> Result<u64, String> {
            let text =
                value.or_else(|| words.next().map(String::as_str)).ok_or_else(|| format!("{name} needs a number"))?;
            text.parse().map_err(|_| format!("{name} needs a number, not {text}"))
        };
        match name {
            "--check" => run.check = true,
            "--seed" => run.seed = Some(number(&mut words)?),
            "--nodes" => run.nodes = Some(usize::try_from(number(&mut words)?).unwrap_or(usize::MAX)),
            flag if flag.starts_with('-') => return Err(format!("unknown flag {flag}")),
            file => run.files.push(file.to_owned()),
        }
    }
    if run.files.is_empty() { Err("a file is missing".to_owned()) } else { Ok(run) }
}

/// A document as it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Play {
    /// Its steps.
    pub steps: Vec<Played>,
    /// What counted as passed and would have failed if probes were run.
    pub notes: BTreeSet<String>,
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
pub fn play(doc: &ConsoleDoc, config: ClusterConfig) -> Play {
    let mut engine = Engine::new(config);
    // The recorded clusters had run for a while: ages of what a cluster starts with are not zero.
    engine.advance(std::time::Duration::from_secs(300));
    let mut session = Session { files: doc.files.clone(), ..Session::default() };
    let named = Named::by(doc);
    let mut play = Play::default();
    for step in &doc.steps {
        let mut output = Output::default();
        let over = session.start(&step.command).run_to_end(&mut session, &mut engine, &mut output);
        let mut printed = output.terminal();
        if over.is_none() {
            printed.push_str("(the command never ends)\n");
        }
        let difference = difference(step, &printed, &named);
        play.steps.push(Played { printed, difference });
        let failing = engine.world().controllers.kubelet.would_fail(engine.world().api.store());
        play.notes.extend(failing.map(|(container, probe, said)| {
            let probe = probe.as_str().to_lowercase();
            format!("the {probe} probe of container {container} counts as passed; it would fail: {}", said.trim_end())
        }));
    }
    play
}

fn report(file: &str, source: &str, doc: &ConsoleDoc, config: ClusterConfig, check: bool) -> (String, i32) {
    let Play { steps: played, notes } = play(doc, config);
    for note in notes {
        eprintln!("{file}: {note} (`probes: run` in the front matter runs it)");
    }
    if !check {
        let answers: Vec<&str> = played.iter().map(|played| played.printed.as_str()).collect();
        return (doc.filled(source, &answers), 0);
    }
    let mut text = String::new();
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
    use crate::sim::config::ProxyMode;

    #[test]
    fn command_lines() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let run = parse(&words("run a.md --check --seed 7 --nodes=5")).unwrap();
        assert_eq!(run, Run { files: vec!["a.md".to_owned()], check: true, seed: Some(7), nodes: Some(5) });
        assert_eq!(parse(&words("run")).unwrap_err(), "a file is missing");
        assert_eq!(parse(&words("run a.md --seed x")).unwrap_err(), "--seed needs a number, not x");
        assert_eq!(parse(&words("frob")).unwrap_err(), "unknown command frob");
    }
    #[test]
    fn a_document_sets_its_cluster() {
        let of = |text: &str| settings(&ConsoleDoc::parse(text).unwrap().front_matter);
        let pool = of("---\npool: 192.168.49.200-192.168.49.220, fc00::1 - fc00::9\n---\n").unwrap().pool;
        let pool: Vec<String> = pool.iter().map(|(first, last)| format!("{first} to {last}")).collect();
        assert_eq!(pool, ["192.168.49.200 to 192.168.49.220", "fc00::1 to fc00::9"]);
        assert!(of("---\npool: 192.168.49.200-fc00::9\n---\n").is_err());
        let config = of("---\nnodes: 4\nseed: 9\nzones: a b\ncloud: on\nproxy: nftables\n---\n").unwrap();
        assert_eq!((config.nodes.len(), config.seed, config.cloud), (4, 9, true));
        assert_eq!(config.proxy_mode, ProxyMode::Nftables);
        let zones: Vec<_> = config.nodes.iter().map(|node| node.zone.as_deref().unwrap_or_default()).collect();
        assert_eq!(zones, ["a", "b", "b", "b"]);
        assert_eq!(of("---\ncloud: perhaps\n---\n").unwrap_err(), "cloud: perhaps is no value of it");
        assert_eq!(of("---\nclouds: on\n---\n").unwrap_err(), "clouds: there is no such setting");
    }

    #[test]
    fn answers_take_the_place_of_answers() {
        let source = "# A\n\n```console\n$ echo -n a\nold\nold\n$ echo b\n```\n\nThe end.\n";
        let doc = ConsoleDoc::parse(source).unwrap();
        let (text, exit) = report("a.md", source, &doc, ClusterConfig::default(), false);
        assert_eq!(text, "# A\n\n```console\n$ echo -n a\na\n$ echo b\nb\n```\n\nThe end.\n");
        assert_eq!(exit, 0);
    }
}
