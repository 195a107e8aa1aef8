//! `kubectl delete`, which waits until what it deleted is gone.
//!
//! Models `kubectl/pkg/cmd/delete/delete.go`.

use super::{Context, DryRun, How, fail};
use crate::api::kinds::Key;
use crate::apiserver::{Options, Propagation};
use crate::base::Str;
use crate::base::text::go_quote;
use crate::base::time::{Duration, SimTime};
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::print::object_name;
use crate::kubectl::select::Selection;
use crate::sim::Engine;

/// How long `delete` waits when it is not told: a week.
const FOREVER: Duration = Duration::from_secs(168 * 3600);

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let propagation = cascade(context)?;
    let grace = grace_period(context)?;
    let dry_run = context.dry_run()?;
    let args = context.args.positional.clone();
    let output = context.args.text("output").unwrap_or_default().to_owned();
    let selection = context.select(&args, How::default())?;
    check(context, &output, grace)?;
    let by_selector = ["all", "selector", "field-selector"].iter().any(|flag| context.args.has(flag));
    let ignore_missing = context.args.switch("ignore-not-found", by_selector);
    if context.args.on("interactive") && !confirmed(context, &selection) {
        return Ok(Exec::Done(0));
    }
    let options =
        Options { dry_run: dry_run.is_server(), grace_period_seconds: grace, propagation, ..Options::default() };
    let mut failures = selection.failures;
    let mut waiting = Vec::new();
    let mut found = 0;
    if context.args.has("namespace")
        && !context.args.on("all-namespaces")
        && selection.targets.iter().any(|target| !target.key.kind.info().namespaced)
    {
        context.output.warning("deleting cluster-scoped resources, not scoped to the provided namespace");
    }
    for target in &selection.targets {
        found += 1;
        if dry_run != DryRun::Client {
            let uid = context.client().peek(&target.key).map(|object| object.meta().uid.clone());
            match context.client().delete(&target.key, options.clone()) {
                Err(failure) => {
                    let failure = failure.when("deleting", &target.file);
                    if !(ignore_missing && failure.is_not_found()) {
                        failures.push(failure);
                    }
                    continue;
                }
                Ok(_) => waiting.extend(uid.map(|uid| (target.key.clone(), uid))),
            }
        }
        print(context.output, &target.key, &output, grace, dry_run);
    }
    Failure::all(failures)?;
    if found == 0 {
        context.output.line("No resources found");
        return Ok(Exec::Done(0));
    }
    if dry_run != DryRun::None || !context.args.switch("wait", true) {
        return Ok(Exec::Done(0));
    }
    let timeout = context.args.duration("timeout").map_or(Duration::ZERO, |(_, span)| span);
    let timeout = if timeout.is_zero() { FOREVER } else { timeout };
    Ok(Exec::Running(Box::new(Gone { waiting, deadline: context.engine.now().after(timeout) })))
}

/// `--interactive`: shows what is to go, and asks. Only a `y` on standard input is a yes.
///
/// Models `confirmation`.
fn confirmed(context: &mut Context<'_>, selection: &Selection) -> bool {
    let count = selection.targets.len();
    if count == 0 {
        context.output.line("No resources found");
        return false;
    }
    context.output.line(format!("You are about to delete the following {count} resource(s):"));
    for target in &selection.targets {
        context.output.line(object_name(target.key.kind, &target.key.name));
    }
    context.output.out("Do you want to continue? (y/N): ");
    let answer = context.stdin.as_deref().and_then(|text| text.split_whitespace().next());
    let yes = answer.is_some_and(|answer| answer.eq_ignore_ascii_case("y"));
    if !yes {
        context.output.line("deletion is cancelled");
    }
    yes
}

/// How `replace --force` deletes: `--force` has another meaning there.
pub(super) fn options(context: &mut Context<'_>) -> Result<Options, Failure> {
    let grace = context.args.int("grace-period").filter(|seconds| *seconds >= 0).map(|seconds| seconds.max(1));
    Ok(Options { grace_period_seconds: grace, propagation: cascade(context)?, ..Options::default() })
}

fn cascade(context: &mut Context<'_>) -> Result<Propagation, Failure> {
    let text = context.args.text("cascade").unwrap_or("background").to_owned();
    let (propagation, word) = match (text.as_str(), crate::kubectl::args::parse_bool(&text)) {
        ("orphan", _) => return Ok(Propagation::Orphan),
        ("foreground", _) => return Ok(Propagation::Foreground),
        ("background", _) => return Ok(Propagation::Background),
        (_, Some(true)) => (Propagation::Background, "background"),
        (_, Some(false)) => (Propagation::Orphan, "orphan"),
        _ => {
            return Err(Failure::Plain(format!(
                "invalid cascade value ({text}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    };
    context.output.err_line(format!(
        "warning: --cascade={text} is deprecated (boolean value) and can be replaced with --cascade={word}."
    ));
    Ok(propagation)
}

/// Seconds of grace; `None`: the object's own.
fn grace_period(context: &Context<'_>) -> Result<Option<i64>, Failure> {
    let mut grace = context.args.int("grace-period").unwrap_or(-1);
    let force = context.args.on("force");
    if context.args.on("now") {
        if grace != -1 {
            return Err("--now and --grace-period cannot be specified together".into());
        }
        grace = 1;
    }
    if grace == 0 && !force {
        grace = 1;
    }
    if force && grace < 0 {
        grace = 0;
    }
    Ok((grace >= 0).then_some(grace))
}

fn check(context: &mut Context<'_>, output: &str, grace: Option<i64>) -> Result<(), Failure> {
    if !matches!(output, "" | "name") {
        return Err(Failure::Plain(format!("unexpected -o output mode: {output}. We only support '-o name'")));
    }
    match (context.args.on("force"), grace) {
        (true, Some(0)) => context.output.warning(
            "Immediate deletion does not wait for confirmation that the running resource has been terminated. The \
             resource may continue to run on the cluster indefinitely.",
        ),
        (true, _) => return Err("--force and --grace-period greater than 0 cannot be specified together".into()),
        _ => {}
    }
    Ok(())
}

/// Says that an object was deleted.
pub(super) fn print(output: &mut Output, key: &Key, mode: &str, grace: Option<i64>, dry_run: DryRun) {
    let object = object_name(key.kind, &key.name);
    if mode == "name" {
        output.line(object);
        return;
    }
    let kind = object.split_once('/').map_or("", |(kind, _)| kind);
    let deleted = if grace == Some(0) { "force deleted" } else { "deleted" };
    let from = if key.namespace.is_empty() { String::new() } else { format!(" from {} namespace", key.namespace) };
    output.line(format!("{kind} {} {deleted}{from}{}", go_quote(&key.name), dry_run.suffix()));
}

/// Waits until objects are gone: not there, or others of the same name.
pub(super) struct Gone {
    pub(super) waiting: Vec<(Key, Str)>,
    pub(super) deadline: SimTime,
}

impl Process for Gone {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        let store = engine.world().api.store();
        self.waiting.retain(|(key, uid)| store.get(key).is_some_and(|object| object.meta().uid == *uid));
        if self.waiting.is_empty() {
            return Some(0);
        }
        if engine.now() < self.deadline {
            return None;
        }
        let late = self.waiting.iter().map(|(key, _)| super::wait::timed_out(key)).collect();
        if let Err(failure) = Failure::all(late) {
            fail(&failure, output);
        }
        Some(1)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        Some(self.deadline)
    }
}
