//! `kubectl attach`, `kubectl debug` and `kubectl cp`.
//!
//! Models `kubectl/pkg/cmd/attach`, `kubectl/pkg/cmd/debug` and `kubectl/pkg/cmd/cp`.

use super::{Context, exec, logs, pods};
use crate::api::kinds::Kind;
use crate::api::objects::pod::PodPhase;
use crate::base::rng::Rng;
use crate::base::text::go_quote;
use crate::kubectl::client::Client;
use crate::kubectl::exec::{Exec, Output};
use crate::kubectl::failure::Failure;
use crate::kubectl::pod::Inside;
use crate::kubectl::pod::tree::Tree;
use crate::msg;
use crate::shell::tools::{FileKind, absolute};

/// What stands above a session whose input goes to a container.
pub(super) fn greet(output: &mut Output) {
    output.err_line(
        "All commands and output from this session will be recorded in container logs, including credentials and sensitive \
         information passed through the command prompt.",
    );
    output.err_line("If you don't see a command prompt, try pressing enter.");
}

pub(super) fn attach(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let name = match args.positional.as_slice() {
        [] => return Err("at least 1 argument is required for attach".into()),
        [name] => name.clone(),
        [kind, name] => format!("{kind}/{name}"),
        all => {
            return Err(Failure::Plain(format!(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                all.len(),
                all.join(" ")
            )));
        }
    };
    let pod = pods::find(context, Some(&name), "attach")?;
    if matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed) {
        return Err(Failure::Plain(format!(
            "cannot attach a container in a completed pod; current phase is {}",
            pod.status.phase
        )));
    }
    let container = pods::container(context, &pod)?;
    exec::running(&pod, &container)?;
    let spec = crate::kubectl::pod::container_of(&pod, &container);
    let has = |field: &str| spec.is_some_and(|spec| spec.rest.get(field) == Some(&true.into()));
    let (stdin, mut tty) = (context.args.on("stdin"), context.args.on("tty"));
    if tty && !has("tty") {
        tty = false;
        let text = format!("error: Unable to use a TTY - container {container} did not allocate one");
        context.output.err_line(text);
    }
    let inside = Inside::of(&pod, &container, context.engine);
    let shell = inside.waiting_shell(&pod, context.engine);
    match shell.filter(|_| stdin) {
        Some(shell) => {
            if tty && !context.args.on("quiet") {
                greet(context.output);
            }
            exec::begin(inside, &[shell], context.stdin.take(), tty, context)
        }
        // Nobody reads what is typed: only the output is shown, from now on.
        None => match logs::follow(context.engine, &mut Output::default(), &pod, &container) {
            Some(process) => Ok(Exec::Running(process)),
            None => Ok(Exec::Done(0)),
        },
    }
}

pub(super) fn debug(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let names = &args.positional[..args.dash_at.unwrap_or(args.positional.len()).min(args.positional.len())];
    let command: Vec<String> = args.dash_at.map_or_else(Vec::new, |at| args.positional[at..].to_vec());
    let image = args.text("image").unwrap_or_default().to_owned();
    if image.is_empty() {
        return Err("you must specify --image when not using --copy-to.".into());
    }
    let Some(name) = names.first().cloned() else { return Err("NAME or filename is required for debug".into()) };
    if args.on("tty") && !args.on("stdin") {
        return Err("-i/--stdin is required for containers with -t/--tty=true".into());
    }
    let key = pods::key_of(context, &name)?;
    if key.kind != Kind::POD {
        let info = key.kind.info();
        if key.kind == Kind::NODE {
            context.client().get(&key)?;
            return Err("the playground has no debugging pods on nodes".into());
        }
        let text = format!("{}/{}, Kind={}", info.group, info.version, info.kind);
        return Err(Failure::Plain(format!("{} not supported by debug", go_quote(text.trim_start_matches('/')))));
    }
    let pod = pods::find(context, Some(&name), "debug")?;
    if let Some(target) = context.args.text("target").map(str::to_owned) {
        pods::known(&pod, &target)?;
        context.output.line(format!(
            "Targeting container {}. If you don't see processes from this container it may be because the container runtime \
             doesn't support this feature.",
            go_quote(&target)
        ));
    }
    if !context.args.has("container") {
        let seed = format!("{}/{}", pod.meta.uid, context.engine.now().0);
        let suffix = Rng::stream(context.engine.world().config.seed, "debugger", &seed).name_suffix(5);
        context.output.line(format!("Defaulting debug container name to debugger-{suffix}."));
    }
    let first = pod.spec.containers.first().map(|container| container.name.to_string()).unwrap_or_default();
    exec::running(&pod, &first)?;
    context.output.hint(msg!("console.debug-container"));
    let inside = Inside::of(&pod, &first, context.engine).with_image(&image, context.engine);
    let typing = context.args.on("stdin") && context.args.on("tty") && context.stdin.is_none();
    let command = if command.is_empty() { vec![inside.shell_name().to_owned()] } else { command };
    if typing {
        greet(context.output);
    }
    let input = context.stdin.take();
    exec::begin(inside, &command, input, typing, context)
}

/// One side of a copy: a pod (its namespace and name) or the user's machine, and a path.
struct Place {
    pod: Option<(Option<String>, String)>,
    path: String,
}

/// Models `extractFileSpec` in `kubectl/pkg/cmd/cp/cp.go`.
fn place(text: &str) -> Result<Place, Failure> {
    const FORMAT: &str = "filespec must match the canonical format: [[namespace/]pod:]file/path";
    let Some((pod, path)) = text.split_once(':') else {
        return Ok(Place { pod: None, path: text.to_owned() });
    };
    let pod = match pod.split('/').collect::<Vec<_>>().as_slice() {
        [""] => return Err(FORMAT.into()),
        [name] => (None, (*name).to_owned()),
        [namespace, name] => (Some((*namespace).to_owned()), (*name).to_owned()),
        _ => return Err(FORMAT.into()),
    };
    Ok(Place { pod: Some(pod), path: path.to_owned() })
}

pub(super) fn copy(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let [from, to] = context.args.positional.as_slice() else {
        return Err("source and destination are required".into());
    };
    let (from, to) = (place(from)?, place(to)?);
    if from.pod.is_some() && to.pod.is_some() {
        return Err("one of src or dest must be a local file specification".into());
    }
    if from.path.is_empty() || to.path.is_empty() {
        return Err("filepath can not be empty".into());
    }
    match (&from.pod, &to.pod) {
        (Some(pod), None) => copy_from(context, pod.clone(), &from.path, &to.path),
        (None, Some(pod)) => copy_to(context, pod.clone(), &from.path, &to.path),
        _ => Err("one of src or dest must be a remote file specification".into()),
    }
}

/// The container of a copy; it must have `tar`, as every image with a shell has here.
fn inside(context: &mut Context<'_>, pod: (Option<String>, String)) -> Result<Option<Inside>, Failure> {
    let namespace = pod.0.unwrap_or_else(|| context.namespace());
    let key = Client::key(Kind::POD, &namespace, &pod.1);
    let object = context.client().get(&key)?;
    let Some(pod) = crate::api::objects::Pod::of(&object).cloned() else { return Ok(None) };
    if matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed) {
        return Err(Failure::Plain(format!(
            "cannot exec into a container in a completed pod; current phase is {}",
            pod.status.phase
        )));
    }
    let container = pods::container(context, &pod)?;
    exec::running(&pod, &container)?;
    let inside = Inside::of(&pod, &container, context.engine);
    if inside.has("cat") {
        return Ok(Some(inside));
    }
    context.output.err_line(
        "OCI runtime exec failed: exec failed: unable to start container process: exec: \"tar\": executable file not found \
         in $PATH: unknown",
    );
    context.output.err_line("command terminated with exit code 127");
    Ok(None)
}

fn copy_from(context: &mut Context<'_>, pod: (Option<String>, String), from: &str, to: &str) -> Result<Exec, Failure> {
    let Some(inside) = inside(context, pod)? else { return Ok(Exec::Done(127)) };
    let tree = Tree::of(&inside, context.engine);
    let whole = absolute(from, "/");
    if from.starts_with('/') {
        context.output.err_line("tar: removing leading '/' from member names");
    }
    let found = tree.below(&whole);
    if found.is_empty() {
        context
            .output
            .err_line(format!("tar: {}: Cannot stat: No such file or directory", whole.trim_start_matches('/')));
        context.output.err_line("tar: Exiting with failure status due to previous errors");
        context.output.err_line("command terminated with exit code 2");
        return Ok(Exec::Done(2));
    }
    let to = to.trim_start_matches("./").trim_end_matches('/');
    let directory = tree.kind(&whole) == Some(FileKind::Directory);
    let base = whole.rsplit('/').next().unwrap_or_default();
    for (path, text) in found {
        let name = match (directory, to) {
            (true, to) => format!("{to}{}", &path[whole.len()..]),
            (false, "" | ".") => base.to_owned(),
            (false, to) => to.to_owned(),
        };
        context.session.write_file(name.trim_start_matches('/'), text);
    }
    Ok(Exec::Done(0))
}

fn copy_to(context: &mut Context<'_>, pod: (Option<String>, String), from: &str, to: &str) -> Result<Exec, Failure> {
    let one = context.session.file(from).cloned();
    let mut files: Vec<(String, String)> = match one {
        Some(text) => vec![(String::new(), text)],
        None => {
            let inside = context.session.directory(from);
            inside.into_iter().map(|(name, text)| (format!("/{name}"), text.to_owned())).collect()
        }
    };
    if files.is_empty() {
        return Err(Failure::Plain(format!("{from} doesn't exist in local filesystem")));
    }
    let Some(inside) = inside(context, pod)? else { return Ok(Exec::Done(127)) };
    let mut tree = Tree::of(&inside, context.engine);
    let mut target = absolute(to, inside.directory());
    if tree.kind(&target) == Some(FileKind::Directory) {
        target = format!("{target}/{}", from.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
    }
    for (name, text) in files.drain(..) {
        let path = format!("{target}{name}");
        if !name.is_empty() && tree.kind(&target).is_none() {
            let _ = tree.make_directory(&target, context.engine);
        }
        if let Err(why) = tree.write(&path, Some(&text), context.engine) {
            context.output.err_line(format!("tar: can't open '{}': {why}", path.trim_start_matches('/')));
            context.output.err_line("command terminated with exit code 1");
            return Ok(Exec::Done(1));
        }
    }
    Ok(Exec::Done(0))
}
