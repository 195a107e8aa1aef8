//! `kubectl exec`: a program in a container.
//!
//! Models `kubectl/pkg/cmd/exec/exec.go` and `kubectl/pkg/cmd/util/podcmd`. What the program prints is made by
//! `network::programs`, and by [`crate::kubectl::shell::pod`] for what needs no network.

use super::{Context, How};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::PodPhase;
use crate::api::objects::{Object, Pod};
use crate::base::text::go_quote;
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::shell::pod::{self, Container};
use crate::kubectl::types;
use std::cmp::Reverse;

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
    let pod = find_pod(context, names.first().map(String::as_str))?;
    if matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed) {
        return Err(Failure::Plain(format!(
            "cannot exec into a container in a completed pod; current phase is {}",
            pod.status.phase
        )));
    }
    let container = container_of(context, &pod)?;
    if pod.node_name.is_empty() {
        let message = format!("pod {} does not have a host assigned", pod.meta.name);
        return Err(crate::apiserver::Status::bad_request(message).into());
    }
    let running = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    if !running.into_iter().any(|status| *status.name == *container && status.state.running.is_some()) {
        return Err(Failure::Plain(format!(
            "Internal error occurred: unable to upgrade connection: container not found ({})",
            go_quote(&container)
        )));
    }
    if context.args.on("tty") && context.args.on("stdin") && matches!(command.as_slice(), [only] if is_shell(only)) {
        return Err(
            "the playground opens no shell in a container; give the command after --, as in kubectl exec POD -- \
                    curl http://web"
                .into(),
        );
    }
    let inside =
        Container { key: Key::new(Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone()), name: container };
    let mut ends = pod::run(&inside, &command, context.engine);
    if ends.exit != 0 {
        ends.output.err_line(format!("command terminated with exit code {}", ends.exit));
    }
    Ok(Exec::Running(Box::new(ends)))
}

/// Whether a program is a shell, which waits for somebody to type.
pub(super) fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("sh" | "bash" | "ash" | "zsh"))
}

fn find_pod(context: &mut Context<'_>, name: Option<&str>) -> Result<Pod, Failure> {
    let key = match name {
        None => {
            let selection = context.select(&[], How::default())?;
            selection.targets.into_iter().next().map(|target| target.key).ok_or("no objects passed to exec")?
        }
        Some(name) => {
            let (kind, name) = match name.split_once('/') {
                Some((word, name)) => (types::kind_of(word, context.kinds())?, name),
                None => (Kind::POD, name),
            };
            Client::key(kind, &context.namespace(), name)
        }
    };
    let object = context.client().get(&key)?;
    if let Object::Pod(pod) = &*object {
        return Ok(pod.clone());
    }
    let Some(selector) = object.pod_selector() else {
        let info = key.kind.info();
        return Err(Failure::Plain(format!("cannot attach to *{}.{}: not implemented", info.version, info.kind)));
    };
    let store = context.engine.world().api.store();
    let pods = store.matching_pods(&key.namespace, &selector).filter_map(|object| Pod::of(object));
    // The most settled one: bound, running, ready, oldest.
    let best = pods.min_by_key(|pod| {
        (
            Reverse(!pod.node_name.is_empty()),
            Reverse(pod.status.phase == PodPhase::Running),
            Reverse(pod.is_ready()),
            pod.meta.creation_timestamp,
        )
    });
    best.cloned().ok_or_else(|| Failure::Plain("timed out waiting for the condition".to_owned()))
}

/// The container that is meant; says so when there was a choice.
fn container_of(context: &mut Context<'_>, pod: &Pod) -> Result<String, Failure> {
    const DEFAULT: &str = "kubectl.kubernetes.io/default-container";
    let main = pod.spec.containers.iter().map(|container| container.name.to_string());
    let init = pod.spec.init_containers.iter().map(|container| format!("{} (init)", container.name));
    let all = main.chain(init).collect::<Vec<_>>().join(", ");
    let asked = context.args.text("container").filter(|name| !name.is_empty()).map(str::to_owned);
    let asked = asked.or_else(|| pod.meta.annotations.get(DEFAULT).map(|name| name.to_string()));
    if let Some(name) = asked {
        let containers = pod.spec.containers.iter().chain(&pod.spec.init_containers);
        return match containers.into_iter().any(|container| *container.name == *name) {
            true => Ok(name),
            false => {
                Err(Failure::Plain(format!("container {name} is not valid for pod {} out of: {all}", pod.meta.name)))
            }
        };
    }
    let first = pod.spec.containers.first().map(|container| container.name.to_string()).unwrap_or_default();
    let several = pod.spec.containers.len() > 1 || !pod.spec.init_containers.is_empty();
    if several && !context.args.on("quiet") {
        context.output.err_line(format!("Defaulted container {} out of: {all}", go_quote(&first)));
    }
    Ok(first)
}
