//! `kubectl run`: one pod; with `-i` or `--attach` its output, with `--rm` its end.
//!
//! Models `kubectl/pkg/cmd/run/run.go`. What an attached pod prints is what its command prints when it runs in the pod.

use super::create::make;
use super::exec::is_shell;
use super::{Context, DryRun, fail};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::api::objects::pod::PodPhase;
use crate::apiserver::Options;
use crate::base::time::{Duration, SimTime};
use crate::base::{Fields, Value, text::go_quote};
use crate::kubectl::client::Client;
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::shell::pod::{self, Container, Ends};
use crate::sim::Engine;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let usage = |text: &str| Failure::usage("kubectl run", text);
    if !args.has("image") {
        return Err("required flag(s) \"image\" not set".into());
    }
    let (names, command) = match args.dash_at {
        Some(at) => args.positional.split_at(at.min(args.positional.len())),
        None => args.positional.split_at(1.min(args.positional.len())),
    };
    let Some((name, more)) = names.split_first() else { return Err(usage("NAME is required for run")) };
    let command: Vec<String> = more.iter().chain(command).cloned().collect();
    let interactive = args.on("stdin");
    let attach = args.switch("attach", interactive || args.on("tty"));
    if args.on("tty") && !interactive {
        return Err(usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    if args.on("rm") && !attach {
        return Err(usage("--rm should only be used for attached containers"));
    }
    if attach && context.dry_run()? != DryRun::None {
        let text =
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)";
        return Err(usage(text));
    }
    let restart = match args.text("restart").unwrap_or_default() {
        "" if interactive => "OnFailure",
        "" => "Always",
        restart @ ("Always" | "OnFailure" | "Never") => restart,
        other => return Err(usage(&format!("invalid restart policy: {other}"))),
    };
    if attach && command.first().is_none_or(|word| is_shell(word) && command.len() == 1) {
        return Err(
            "the playground opens no shell in a container; give a command after --, as in kubectl run tmp --rm -i \
                    --image=busybox -- wget -qO- http://web"
                .into(),
        );
    }
    let value = pod_of(context, name, &command, restart);
    if !attach {
        return make(context, Kind::POD, value);
    }
    let key = Client::key(Kind::POD, &context.namespace(), name);
    context.client().create(&key, value, false)?;
    let (_, timeout) = context.args.duration("pod-running-timeout").unwrap_or((false, Duration::from_secs(60)));
    Ok(Exec::Running(Box::new(Attached {
        key,
        command,
        remove: context.args.on("rm"),
        ends: None,
        deadline: context.engine.now().after(timeout),
    })))
}

fn pod_of(context: &Context<'_>, name: &str, command: &[String], restart: &str) -> Value {
    let args = &context.args;
    let mut container = json!({"image": args.text("image"), "name": name, "resources": {}});
    if !command.is_empty() {
        container[if args.on("command") { "command" } else { "args" }] = command.to_vec().into();
    }
    if let Some(port) = args.text("port").and_then(|port| port.parse::<i32>().ok()) {
        container["ports"] = json!([{"containerPort": port}]);
    }
    if let Some(policy) = args.text("image-pull-policy") {
        container["imagePullPolicy"] = policy.into();
    }
    if args.on("stdin") {
        container["stdin"] = true.into();
        container["stdinOnce"] = true.into();
    }
    if args.on("tty") {
        container["tty"] = true.into();
    }
    let pairs = |list: &[String]| -> Vec<(String, String)> {
        list.iter().filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    };
    let env: Vec<Value> =
        pairs(args.list("env")).into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    if !env.is_empty() {
        container["env"] = env.into();
    }
    let labels: Fields = match args.text("labels") {
        Some(text) => {
            let texts: Vec<String> = text.split(',').map(str::to_owned).collect();
            pairs(&texts).into_iter().map(|(key, value)| (key, value.into())).collect()
        }
        None => [("run".to_owned(), name.into())].into_iter().collect(),
    };
    let mut value = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"labels": labels, "name": name},
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart}, "status": {}
    });
    let annotations: Fields =
        pairs(args.list("annotations")).into_iter().map(|(key, value)| (key, value.into())).collect();
    if !annotations.is_empty() {
        value["metadata"]["annotations"] = annotations.into();
    }
    value
}

/// A pod whose output is shown here.
struct Attached {
    key: Key,
    command: Vec<String>,
    remove: bool,
    /// The command, once the pod runs.
    ends: Option<Ends>,
    deadline: SimTime,
}

impl Process for Attached {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        if self.ends.is_none() {
            let pod = engine.world().api.store().pod(&self.key).cloned();
            let Some(pod) = pod else { return self.end(Err("object has been deleted".into()), engine, output) };
            if started(&pod) {
                let inside = Container { key: self.key.clone(), name: self.key.name.to_string() };
                self.ends = Some(pod::run(&inside, &self.command, engine));
            } else if engine.now() >= self.deadline {
                return self.end(Err("timed out waiting for the condition".into()), engine, output);
            }
        }
        let exit = self.ends.as_mut()?.poll(engine, output)?;
        self.end(Ok(exit), engine, output)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        Some(self.ends.as_ref().map_or(self.deadline, |ends| ends.at))
    }
}

/// Whether the container runs or has run.
fn started(pod: &Pod) -> bool {
    let state = pod.status.container_statuses.first().map(|status| &status.state);
    state.is_some_and(|state| state.running.is_some() || state.terminated.is_some())
        || matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed)
}

impl Attached {
    /// Removes the pod if that was asked for, and says how it went.
    fn end(&self, result: Result<i32, Failure>, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        if self.remove {
            let deleted = Client::new(engine, output).delete(&self.key, Options::default());
            match deleted {
                Ok(_) => output.line(format!(
                    "pod {} deleted from {} namespace",
                    go_quote(&self.key.name),
                    self.key.namespace
                )),
                Err(failure) => drop(fail(&failure, output)),
            }
        }
        match result {
            Err(failure) => {
                fail(&failure, output);
                Some(1)
            }
            Ok(0) => Some(0),
            Ok(exit) => {
                output.err_line(format!("pod {}/{} terminated (Error)", self.key.namespace, self.key.name));
                Some(exit)
            }
        }
    }
}
