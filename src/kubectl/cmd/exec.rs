//! `kubectl exec`: a program in a container.
//!
//! Models `kubectl/pkg/cmd/exec/exec.go`. What the program does is [`crate::kubectl::pod`].

use super::{Context, pods};
use crate::api::objects::Pod;
use crate::api::objects::pod::PodPhase;
use crate::base::text::go_quote;
use crate::base::time::SimTime;
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::pod::Inside;
use crate::kubectl::pod::shell::{NoProgram, Running};
use crate::kubectl::session::Forward;
use crate::sim::Engine;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let (names, command) = match args.dash_at {
        Some(at) => args.positional.split_at(at.min(args.positional.len())),
        None => args.positional.split_at(1.min(args.positional.len())),
    };
    if args.dash_at.is_none() && (!command.is_empty() || (names.len() == 1 && !args.list("filename").is_empty())) {
        let text = "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead";
        return Err(Failure::usage("kubectl exec", text));
    }
    if names.is_empty() && args.list("filename").is_empty() {
        return Err("pod, type/name or --filename must be specified".into());
    }
    if command.is_empty() {
        return Err("you must specify at least one command for the container".into());
    }
    let (names, command) = (names.to_vec(), command.to_vec());
    let pod = pods::find(context, names.first().map(String::as_str), "exec")?;
    if matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed) {
        return Err(Failure::Plain(format!(
            "cannot exec into a container in a completed pod; current phase is {}",
            pod.status.phase
        )));
    }
    let container = pods::container(context, &pod)?;
    running(&pod, &container)?;
    let typing = context.args.on("tty") && context.args.on("stdin") && context.stdin.is_none();
    let input = context.stdin.take().filter(|_| context.args.on("stdin"));
    let inside = Inside::of(&pod, &container, context.engine);
    begin(inside, &command, input, typing, context)
}

/// Whether a container runs; else the words of the server.
pub(super) fn running(pod: &Pod, container: &str) -> Result<(), Failure> {
    if pod.node_name.is_empty() {
        let message = format!("pod {} does not have a host assigned", pod.meta.name);
        return Err(crate::apiserver::Status::bad_request(message).into());
    }
    let statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    match statuses.into_iter().any(|status| *status.name == *container && status.state.running.is_some()) {
        true => Ok(()),
        false => Err(Failure::Plain(format!(
            "Internal error occurred: unable to upgrade connection: container not found ({})",
            go_quote(container)
        ))),
    }
}

/// Begins a program in a container.
pub(super) fn begin(
    inside: Inside,
    command: &[String],
    input: Option<String>,
    typing: bool,
    context: &mut Context<'_>,
) -> Result<Exec, Failure> {
    match Running::new(inside, command, input, typing, context.engine) {
        Ok(running) => Ok(Exec::Running(Box::new(Ended { running }))),
        Err(NoProgram(why)) => {
            context.output.err_line(format!(
                "OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown"
            ));
            context.output.err_line("command terminated with exit code 127");
            Ok(Exec::Done(127))
        }
    }
}

/// A program whose exit code kubectl tells of.
struct Ended {
    running: Running,
}

impl Process for Ended {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        let exit = self.running.poll(engine, output)?;
        if exit != 0 {
            output.err_line(format!("command terminated with exit code {exit}"));
        }
        Some(exit)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        self.running.wakes_at()
    }

    fn prompt(&self) -> Option<String> {
        self.running.prompt()
    }

    fn type_line(&mut self, line: Option<&str>) {
        self.running.type_line(line);
    }

    fn interrupt(&mut self, forwards: &mut Vec<Forward>, engine: &mut Engine, output: &mut Output) -> bool {
        self.running.interrupt(forwards, engine, output)
    }
}
