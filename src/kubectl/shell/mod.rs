//! The programs that a console line may name: `kubectl`, and a few small ones that people put beside it.

mod filters;
pub(in crate::kubectl) mod pod;

use super::cmd;
use super::exec::{Exec, Output, Process};
use super::playground;
use super::session::Session;
use crate::base::time::SimTime;
use crate::sim::Engine;

/// Runs one command of a line. `stdin` is what the command before it in a pipeline, or a here-document, gives it.
pub(super) fn run(
    words: &[String],
    stdin: Option<String>,
    session: &mut Session,
    engine: &mut Engine,
    output: &mut Output,
) -> Exec {
    let Some((program, args)) = words.split_first() else { return Exec::Done(0) };
    match program.as_str() {
        "kubectl" | "k" => cmd::run(args, stdin, session, engine, output),
        "sleep" => sleep(args, engine, output),
        "true" => Exec::Done(0),
        "false" => Exec::Done(1),
        name if playground::NAMES.contains(&name) => {
            let exit = playground::run(name, args, &session.namespace, engine, output);
            Exec::Done(exit.unwrap_or(127))
        }
        name => match filters::run(name, args, stdin.as_deref(), session, output) {
            Some(exit) => Exec::Done(exit),
            None => {
                output.err_line(format!("bash: {name}: command not found"));
                Exec::Done(127)
            }
        },
    }
}

fn sleep(args: &[String], engine: &Engine, output: &mut Output) -> Exec {
    let seconds = |text: &String| {
        let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
        let scale = match unit {
            "" | "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        number.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0).map(|number| number * scale)
    };
    if args.is_empty() {
        output.err_line("sleep: missing operand");
        return Exec::Done(1);
    }
    let mut total = 0.0;
    for arg in args {
        match seconds(arg) {
            Some(seconds) => total += seconds,
            None => {
                output.err_line(format!("sleep: invalid time interval '{arg}'"));
                return Exec::Done(1);
            }
        }
    }
    let span = std::time::Duration::try_from_secs_f64(total).unwrap_or(std::time::Duration::from_secs(u32::MAX.into()));
    Exec::Running(Box::new(Sleep { until: engine.now().after(span) }))
}

struct Sleep {
    until: SimTime,
}

impl Process for Sleep {
    fn poll(&mut self, engine: &mut Engine, _: &mut Output) -> Option<i32> {
        (engine.now() >= self.until).then_some(0)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        Some(self.until)
    }
}
