//! The playground's own commands, which no real machine has: `fault` breaks and mends things, `rewind` goes back in time.
//!
//! What they say is said as hints, in the reader's language, so that nobody takes it for Kubernetes' own words.

use super::durations;
use super::exec::Output;
use crate::api::kinds::{Key, Kind};
use crate::base::Str;
use crate::base::text::nearest;
use crate::base::time::{Duration, SimTime};
use crate::kubelet::faults::ProbeFault;
use crate::kubelet::probe::Kind as ProbeKind;
use crate::msg;
use crate::sim::faults::{self, FaultError};
use crate::sim::{Engine, Fault};

/// The names of the commands.
pub const NAMES: [&str; 2] = ["fault", "rewind"];

const FAULT_HELP: &str = "\
Break things in this cluster, and mend them again (a command of the playground, not of Kubernetes).

Pods:
  fault kill POD [-c CONTAINER]          the kernel kills the container: exit code 137
  fault fail POD [PROBE]                 the probe fails; PROBE is readiness (the default), liveness or startup
  fault slow POD [PROBE] [DURATION]      the probe's answer takes so long (10s)

Nodes:
  fault stop NODE                        switch the machine off
  fault cut NODE                         cut it off from the control plane; its containers run on
  fault fill NODE                        fill its disk
  fault pull NODE [FACTOR]               pulling images takes FACTOR times as long (10)
  fault lag NODE                         its kube-proxy no longer learns of changes

  fault                                  list what is broken
  fault heal TARGET [FAULT]              mend what was done to a pod or a node
  fault heal --all                       mend everything

Options:
  -n, --namespace='default'              the namespace of the pod
";

const REWIND_HELP: &str = "\
Go back in time (a command of the playground, not of Kubernetes).

  rewind DURATION          go back so far: rewind 30s
  rewind to DURATION       go to the moment so long after the start: rewind to 1m30s
  rewind end               back to the present

Playing on from there repeats what happened. Anything done there begins another future; the one that is left is kept.
";

/// Runs one of the playground's commands and says its exit code; `None` when `name` is none of [`NAMES`].
pub(super) fn run(
    name: &str,
    args: &[String],
    namespace: &str,
    engine: &mut Engine,
    output: &mut Output,
) -> Option<i32> {
    let help = args.iter().any(|arg| arg == "-h" || arg == "--help" || arg == "help");
    match name {
        "fault" if help => output.out(FAULT_HELP),
        "rewind" if help || args.is_empty() => output.out(REWIND_HELP),
        "fault" => return Some(fault(args, namespace, engine, output)),
        "rewind" => return Some(rewind(args, engine, output)),
        _ => return None,
    }
    Some(0)
}

/// What stands on the line, beside its options.
struct Line<'a> {
    words: Vec<&'a str>,
    namespace: &'a str,
    container: Option<&'a str>,
    all: bool,
}

impl<'a> Line<'a> {
    /// Reads a line; `Err` is an option that there is not, or that has no value.
    fn read(args: &'a [String], namespace: &'a str) -> Result<Line<'a>, &'a str> {
        let mut line = Line { words: Vec::new(), namespace, container: None, all: false };
        let mut args = args.iter().map(String::as_str);
        while let Some(arg) = args.next() {
            let (name, value) = arg.split_once('=').map_or((arg, None), |(name, value)| (name, Some(value)));
            match name {
                "-n" | "--namespace" => line.namespace = value.or_else(|| args.next()).ok_or(arg)?,
                "-c" | "--container" => line.container = Some(value.or_else(|| args.next()).ok_or(arg)?),
                "--all" => line.all = true,
                _ if arg.starts_with('-') => return Err(arg),
                _ => line.words.push(arg),
            }
        }
        Ok(line)
    }

    fn pod(&self, name: &str) -> Key {
        Key::new(Kind::POD, self.namespace, bare(name))
    }
}

/// `web-1` of `pod/web-1`.
fn bare(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn fault(args: &[String], namespace: &str, engine: &mut Engine, output: &mut Output) -> i32 {
    let line = match Line::read(args, namespace) {
        Ok(line) => line,
        Err(option) => {
            output.err_line(format!("error: unknown option or missing value: {option}"));
            return 1;
        }
    };
    match *line.words {
        [] | ["list"] => list(engine, output),
        ["heal"] if line.all => heal(None, None, engine, output),
        ["heal", target] => heal(Some(bare(target)), None, engine, output),
        ["heal", target, kind] => heal(Some(bare(target)), Some(kind), engine, output),
        _ => match wanted(&line) {
            Ok(fault) => strike(fault, engine, output),
            Err(problem) => {
                output.err_line(format!("error: {problem}"));
                output.err_line("See 'fault --help' for usage.");
                1
            }
        },
    }
}

/// The fault that a line names.
fn wanted(line: &Line<'_>) -> Result<Fault, String> {
    const VERBS: [&str; 9] = ["kill", "fail", "slow", "stop", "cut", "fill", "pull", "lag", "heal"];
    let (verb, rest) = line.words.split_first().ok_or("what is to break?")?;
    if !VERBS.contains(verb) {
        let near = nearest(verb, VERBS).map(|near| format!(", did you mean \"{near}\"?")).unwrap_or_default();
        return Err(format!("unknown fault \"{verb}\"{near}"));
    }
    let (target, rest) = rest.split_first().ok_or_else(|| format!("\"{verb}\" needs the name of a pod or node"))?;
    let node = Str::from(bare(target));
    Ok(match *verb {
        "kill" => Fault::KillContainer { pod: line.pod(target), container: line.container.map(Str::from) },
        "fail" => Fault::Probe {
            pod: line.pod(target),
            probe: probe(rest.first().copied().unwrap_or("readiness"))?,
            fault: Some(ProbeFault::Fails),
        },
        "slow" => {
            let (spans, probes): (Vec<&str>, Vec<&str>) =
                rest.iter().partition(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            let span = spans.first().map_or(Ok(Duration::from_secs(10)), |text| span(text))?;
            let probe = probe(probes.first().copied().unwrap_or("readiness"))?;
            Fault::Probe { pod: line.pod(target), probe, fault: Some(ProbeFault::Slow(span)) }
        }
        "stop" => Fault::Power { node, on: false },
        "cut" => Fault::Cut { node, cut: true },
        "fill" => Fault::FillDisk { node, full: true },
        "lag" => Fault::LagProxy { node, lag: true },
        "pull" => {
            let text = rest.first().map_or("10", |text| text.trim_end_matches(['x', '×']));
            let factor = text.parse().ok().filter(|factor| *factor > 0);
            Fault::SlowPull { node, factor: factor.ok_or_else(|| format!("\"{text}\" is no factor"))? }
        }
        _ => return Err("\"heal\" needs the name of a pod or node, or --all".to_owned()),
    })
}

fn probe(word: &str) -> Result<ProbeKind, String> {
    let kinds = [ProbeKind::Readiness, ProbeKind::Liveness, ProbeKind::Startup];
    let found = kinds.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word.trim_end_matches("Probe")));
    found.ok_or_else(|| format!("\"{word}\" is no probe: readiness, liveness or startup"))
}

fn span(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    match durations::parse(text) {
        Ok((false, span)) => Ok(span),
        Ok((true, _)) => Err(format!("\"{text}\" is negative")),
        Err(_) => Err(format!("\"{text}\" is no duration: 10s, 1m30s")),
    }
}

fn strike(fault: Fault, engine: &mut Engine, output: &mut Output) -> i32 {
    let label = fault.label();
    match engine.fault(fault) {
        Ok(()) => {
            output.hint(label);
            0
        }
        Err(why) => {
            output.hint(why.message());
            i32::from(why != FaultError::Already)
        }
    }
}

fn list(engine: &Engine, output: &mut Output) -> i32 {
    let running = faults::running(engine.world());
    if running.is_empty() {
        output.hint(msg!("sim.nothing-broken"));
    }
    running.iter().for_each(|fault| output.hint(fault.label()));
    0
}

fn heal(target: Option<&str>, kind: Option<&str>, engine: &mut Engine, output: &mut Output) -> i32 {
    let meant = |fault: &Fault| {
        let (verb, name) = verb_and_target(fault);
        target.is_none_or(|target| *target == **name) && kind.is_none_or(|kind| kind == verb)
    };
    let running = faults::running(engine.world());
    let mended: Vec<Fault> = running.iter().filter(|fault| meant(fault)).filter_map(Fault::mended).collect();
    if mended.is_empty() {
        output.hint(msg!("sim.nothing-broken"));
        return i32::from(target.is_some());
    }
    mended.into_iter().map(|fault| strike(fault, engine, output)).max().unwrap_or(0)
}

/// The word of the command for a fault, and what it is done to.
fn verb_and_target(fault: &Fault) -> (&'static str, &Str) {
    match fault {
        Fault::KillContainer { pod, .. } => ("kill", &pod.name),
        Fault::Probe { pod, fault: Some(ProbeFault::Slow(_)), .. } => ("slow", &pod.name),
        Fault::Probe { pod, .. } => ("fail", &pod.name),
        Fault::Power { node, .. } => ("stop", node),
        Fault::Cut { node, .. } => ("cut", node),
        Fault::SlowPull { node, .. } => ("pull", node),
        Fault::LagProxy { node, .. } => ("lag", node),
        Fault::FillDisk { node, .. } => ("fill", node),
    }
}

/// The line that mends a fault; nothing for what mends itself.
pub fn healing(fault: &Fault) -> Option<String> {
    let (verb, target) = verb_and_target(fault);
    let namespace = match fault {
        Fault::KillContainer { .. } => return None,
        Fault::Probe { pod, .. } if &*pod.namespace != "default" => format!(" -n {}", pod.namespace),
        _ => String::new(),
    };
    Some(format!("fault heal {target} {verb}{namespace}"))
}

fn rewind(args: &[String], engine: &mut Engine, output: &mut Output) -> i32 {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let moment = match *words {
        ["end"] => Ok(engine.head()),
        ["to", text] => span(text).map(|span| SimTime::ZERO.after(span)),
        [text] => span(text).map(|span| SimTime::ZERO.after(engine.now().since(SimTime::ZERO.after(span)))),
        _ => Err("one duration is wanted".to_owned()),
    };
    match moment {
        Ok(moment) => {
            engine.seek(moment.min(engine.head()));
            output.hint(msg!("sim.rewound", seconds = engine.now().0 as f64 / 1e6));
            0
        }
        Err(problem) => {
            output.err_line(format!("error: {problem}"));
            output.err_line("See 'rewind --help' for usage.");
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::ClusterConfig;

    fn said(engine: &mut Engine, line: &str) -> (i32, Vec<&'static str>) {
        let mut output = Output::default();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let exit = run(&words[0], &words[1..], "default", engine, &mut output).unwrap();
        let ids = output.pieces.iter().map(|piece| match piece {
            crate::kubectl::exec::Piece::Hint(msg) => msg.id,
            crate::kubectl::exec::Piece::Err(_) => "err",
            crate::kubectl::exec::Piece::Out(_) => "out",
        });
        (exit, ids.collect())
    }

    #[test]
    fn every_node_fault_is_listed_and_healed() {
        let mut engine = Engine::new(ClusterConfig::default());
        for verb in ["stop", "cut", "fill", "pull", "lag"] {
            assert_eq!(said(&mut engine, &format!("fault {verb} node-2")).0, 0, "{verb}");
        }
        let all = ["sim.power-off", "sim.cut", "sim.disk-full", "sim.slow-pull", "sim.lag"];
        assert_eq!(said(&mut engine, "fault"), (0, all.to_vec()));
        assert_eq!(said(&mut engine, "fault heal node-2 pull"), (0, vec!["sim.normal-pull"]));
        assert_eq!(said(&mut engine, "fault heal node-1"), (1, vec!["sim.nothing-broken"]));
        assert_eq!(said(&mut engine, "fault heal --all").1.len(), 4);
        assert_eq!(faults::running(engine.world()), []);
        for fault in
            [Fault::Cut { node: "node-1".into(), cut: true }, Fault::LagProxy { node: "node-1".into(), lag: true }]
        {
            engine.fault(fault.clone()).unwrap();
            let line = healing(&fault).unwrap();
            assert_eq!(said(&mut engine, &line).0, 0, "{line}");
        }
        assert_eq!(faults::running(engine.world()), []);
    }

    #[test]
    fn what_cannot_be_is_refused_in_words() {
        let mut engine = Engine::new(ClusterConfig::default());
        assert_eq!(said(&mut engine, "fault stop node-9"), (1, vec!["sim.no-node"]));
        assert_eq!(said(&mut engine, "fault kil web"), (1, vec!["err", "err"]));
        assert_eq!(said(&mut engine, "fault slow web 3parsecs"), (1, vec!["err", "err"]));
        assert_eq!(said(&mut engine, "fault stop node-1 --hard"), (1, vec!["err"]));
        assert_eq!(said(&mut engine, "fault kill web-1 -n shop"), (1, vec!["sim.no-pod"]));
        assert_eq!(said(&mut engine, "fault --help"), (0, vec!["out"]));
    }

    #[test]
    fn rewinding_goes_back_and_never_beyond_the_present() {
        let mut engine = Engine::new(ClusterConfig::default());
        engine.advance(Duration::from_secs(100));
        assert_eq!(said(&mut engine, "rewind 30s"), (0, vec!["sim.rewound"]));
        assert_eq!(engine.now(), SimTime::from_secs(70));
        said(&mut engine, "rewind to 10");
        assert_eq!(engine.now(), SimTime::from_secs(10));
        said(&mut engine, "rewind to 1h");
        assert_eq!(engine.now(), SimTime::from_secs(100));
        said(&mut engine, "rewind 1h");
        assert_eq!(engine.now(), SimTime::ZERO);
        said(&mut engine, "rewind end");
        assert_eq!(engine.now(), SimTime::from_secs(100));
        assert_eq!(said(&mut engine, "rewind soon"), (1, vec!["err", "err"]));
    }
}
