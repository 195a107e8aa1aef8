//! Which pod and which container a command means: `exec deploy/web`, `logs svc/web`, `-c`.
//!
//! Models `kubectl/pkg/polymorphichelpers` and `kubectl/pkg/cmd/util/podcmd`.

use super::{Context, How};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::PodPhase;
use crate::api::objects::{Object, Pod};
use crate::base::Order;
use crate::base::text::go_quote;
use crate::kubectl::client::Client;
use crate::kubectl::failure::Failure;
use crate::kubectl::types;
use crate::sim::Engine;
use std::cmp::Reverse;

/// How pods of a workload are ranked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    /// The best one to run something in.
    Active,
    /// The best one to read the log of.
    Logging,
}

/// The key of an argument such as `web` or `deploy/web`.
pub(super) fn key_of(context: &Context<'_>, name: &str) -> Result<Key, Failure> {
    let (kind, name) = match name.split_once('/') {
        Some((word, name)) => (types::kind_of(word, context.kinds())?, name),
        None => (Kind::POD, name),
    };
    Ok(Client::key(kind, &context.namespace(), name))
}

/// The pod of an argument, or of the files of `-f`.
pub(super) fn find(context: &mut Context<'_>, name: Option<&str>, verb: &str) -> Result<Pod, Failure> {
    let key = match name {
        None => {
            let selection = context.select(&[], How::default())?;
            let nothing = || Failure::Plain(format!("no objects passed to {verb}"));
            selection.targets.into_iter().next().map(|target| target.key).ok_or_else(nothing)?
        }
        Some(name) => key_of(context, name)?,
    };
    let object = context.client().get(&key)?;
    let mut pods = pods_of(&object, context.engine, Rank::Active, "cannot attach to")?;
    if pods.is_empty() { Err("timed out waiting for the condition".into()) } else { Ok(pods.remove(0)) }
}

/// The pods that an object stands for, the best first. `cannot` begins the complaint about kinds that stand for none.
pub(super) fn pods_of(object: &Object, engine: &Engine, rank: Rank, cannot: &str) -> Result<Vec<Pod>, Failure> {
    if let Object::Pod(pod) = object {
        return Ok(vec![pod.clone()]);
    }
    let key = object.key();
    let info = key.kind.info();
    let selector = object.pod_selector();
    if let (Object::Service(_), true) = (object, selector.as_ref().is_none_or(|selector| selector.is_empty())) {
        let text = format!(
            "{cannot} *{}.{}: invalid service '{}': Service is defined without a selector",
            info.version, info.kind, key.name
        );
        return Err(Failure::Plain(text));
    }
    let Some(selector) = selector else {
        let kind = format!("*{}.{}", info.version, info.kind);
        return Err(Failure::Plain(format!("{cannot} {kind}: selector for {kind} not implemented")));
    };
    let store = engine.world().api.store();
    let mut pods: Vec<Pod> =
        store.matching_pods(&key.namespace, &selector).filter_map(|object| Pod::of(object)).cloned().collect();
    pods.order_by_key(|pod| {
        let phase = match pod.status.phase {
            PodPhase::Running => 0,
            PodPhase::Unknown => 1,
            PodPhase::Pending => 2,
            _ => 3,
        };
        let ready =
            pod.condition("Ready").filter(|_| pod.is_ready()).and_then(|condition| condition.last_transition_time);
        let restarts = pod.status.container_statuses.iter().map(|status| status.restart_count).max().unwrap_or(0);
        // Where to run something: the one that is ready for the shortest time comes last; which log to read is the same.
        let restarts = if rank == Rank::Logging { Reverse(restarts) } else { Reverse(-restarts) };
        (
            Reverse(!pod.node_name.is_empty()),
            phase,
            Reverse(pod.is_ready()),
            ready,
            restarts,
            pod.meta.creation_timestamp,
        )
    });
    Ok(pods)
}

/// The annotation that names the container that is meant.
const DEFAULT: &str = "kubectl.kubernetes.io/default-container";

/// All containers of a pod, as kubectl lists them.
pub(super) fn container_names(pod: &Pod) -> String {
    let main = pod.spec.containers.iter().map(|container| container.name.to_string());
    let ephemeral =
        pod.spec.rest.get("ephemeralContainers").and_then(crate::base::Value::as_array).into_iter().flatten();
    let ephemeral =
        ephemeral.filter_map(|container| container.get("name")?.as_str()).map(|name| format!("{name} (ephem)"));
    let init = pod.spec.init_containers.iter().map(|container| format!("{} (init)", container.name));
    main.chain(ephemeral).chain(init).collect::<Vec<_>>().join(", ")
}

/// The container that is meant; says so when there was a choice.
pub(super) fn container(context: &mut Context<'_>, pod: &Pod) -> Result<String, Failure> {
    let asked = context.args.text("container").filter(|name| !name.is_empty()).map(str::to_owned);
    let asked = asked.or_else(|| pod.meta.annotations.get(DEFAULT).map(|name| name.to_string()));
    if let Some(name) = asked {
        return known(pod, &name).map(|()| name);
    }
    Ok(first(pod, !context.args.on("quiet"), context))
}

/// Whether a pod has a container.
pub(super) fn known(pod: &Pod, name: &str) -> Result<(), Failure> {
    match crate::kubectl::pod::container_of(pod, name) {
        Some(_) => Ok(()),
        None => {
            let all = container_names(pod);
            Err(Failure::Plain(format!("container {name} is not valid for pod {} out of: {all}", pod.meta.name)))
        }
    }
}

/// The container whose log is meant when none was named.
pub(super) fn default_for_logs(context: &mut Context<'_>, pod: &Pod) -> String {
    if let Some(name) = pod.meta.annotations.get(DEFAULT).map(|name| name.to_string()).filter(|name| !name.is_empty()) {
        if known(pod, &name).is_ok() {
            return name;
        }
        let text = format!("Default container name {} not found in pod {}", go_quote(&name), pod.meta.name);
        context.output.err_line(text);
    }
    first(pod, true, context)
}

/// The first container.
fn first(pod: &Pod, say: bool, context: &mut Context<'_>) -> String {
    let first = pod.spec.containers.first().map(|container| container.name.to_string()).unwrap_or_default();
    if say && (pod.spec.containers.len() > 1 || !pod.spec.init_containers.is_empty()) {
        context.output.err_line(format!("Defaulted container {} out of: {}", go_quote(&first), container_names(pod)));
    }
    first
}
