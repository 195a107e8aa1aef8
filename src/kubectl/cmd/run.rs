//! `kubectl run`: one pod; with `-i` or `--attach` its output, with `--rm` its end.
//!
//! Models `kubectl/pkg/cmd/run/run.go`. What an attached pod prints is what its command prints when it runs in the pod.

use super::create::{created, env_name_flaw};
use super::{Context, DryRun, attach, fail, logs};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::api::objects::pod::PodPhase;
use crate::apiserver::Options;
use crate::base::time::{Duration, SimTime};
use crate::base::{Fields, Value, text::go_quote};
use crate::kubectl::client::Client;
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::pod::Inside;
use crate::kubectl::pod::shell::Running;
use crate::kubectl::session::Forward;
use crate::sim::Engine;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let usage = |text: &str| Failure::usage("kubectl run", text);
    if !args.has("image") {
        return Err("required flag(s) \"image\" not set".into());
    }
    let image = args.text("image").unwrap_or_default();
    if crate::kubelet::image::ImageRef::parse(image).is_err() {
        return Err(Failure::Plain(format!("Invalid image name {}: invalid reference format", go_quote(image))));
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
    if args.on("expose") && args.text("port").unwrap_or_default().is_empty() {
        return Err(usage("--port must be set when exposing a service"));
    }
    if args.text("port").is_some_and(|port| !port.is_empty() && port.parse::<i64>().is_err()) {
        let port = args.text("port").unwrap_or_default();
        return Err(Failure::Plain(format!("strconv.Atoi: parsing {}: invalid syntax", go_quote(port))));
    }
    if let Some(policy) = args.text("image-pull-policy").filter(|policy| !policy.is_empty())
        && !matches!(policy, "Always" | "IfNotPresent" | "Never")
    {
        return Err(usage(&format!("invalid image pull policy: {policy}")));
    }
    for pair in args.list("env") {
        let name = pair.split_once('=').map(|(name, _)| name);
        if name.is_none_or(|name| env_name_flaw(name).is_some()) {
            return Err(Failure::Plain(format!("invalid env: {pair}")));
        }
    }
    for spec in args.text("labels").into_iter().filter(|text| !text.is_empty()).flat_map(|text| text.split(',')) {
        match spec.split('=').collect::<Vec<_>>().as_slice() {
            ["", _] => return Err("unexpected empty label key".into()),
            [_, _] => {}
            _ => return Err(Failure::Plain(format!("unexpected label spec: {spec}"))),
        }
    }
    let name = name.clone();
    let restarts = restart != "Never";
    let mut value = pod_of(context, &name, &command, restart);
    if let Some(text) = context.args.text("overrides").filter(|text| !text.is_empty()) {
        let overrides: Value = crate::yaml::load(text)
            .into_iter()
            .next()
            .and_then(Result::ok)
            .map(|document| document.value)
            .ok_or("Invalid JSON Patch")?;
        value = crate::api::patch::merge::apply(value, &overrides);
    }
    let (dry_run, format) = (context.dry_run()?, context.result_format()?);
    let value = created(context, Kind::POD, value)?;
    let mut failures = Vec::new();
    if context.args.on("expose") {
        // The Service is told of before the pod.
        match created(context, Kind::SERVICE, service_of(context, &name)) {
            Ok(service) => {
                context.report(&service, "created", dry_run, &format)?;
                if context.args.text("output") == Some("yaml") {
                    context.output.out("---\n");
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    if !attach {
        context.report(&value, "created", dry_run, &format)?;
        Failure::all(failures)?;
        return Ok(Exec::Done(0));
    }
    let key = Client::key(Kind::POD, &context.namespace(), &name);
    let (_, timeout) = context.args.duration("pod-running-timeout").unwrap_or((false, Duration::from_secs(60)));
    Ok(Exec::Running(Box::new(Attached {
        key,
        command,
        remove: context.args.on("rm"),
        quiet: context.args.on("quiet"),
        typing: interactive && context.args.on("tty") && context.stdin.is_none(),
        stays: interactive && context.args.on("tty") && restarts,
        input: context.stdin.take().filter(|_| interactive),
        within: None,
        deadline: context.engine.now().after(timeout),
    })))
}

/// `--expose`. Models `generateService`.
fn service_of(context: &Context<'_>, name: &str) -> Value {
    let labels = context.args.text("labels").map_or(json!({"run": name}), |_| pod_labels(context, name).into());
    let port = context.args.int("port").unwrap_or(0);
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"ports": [{"port": port, "protocol": "TCP", "targetPort": port}], "selector": labels},
        "status": {"loadBalancer": {}}
    });
    if context.args.has("labels") {
        service["metadata"]["labels"] = labels;
    }
    service
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
    if args.on("privileged") {
        container["securityContext"] = json!({"privileged": true});
    }
    if args.on("stdin") {
        container["stdin"] = true.into();
        container["stdinOnce"] = true.into();
    }
    if args.on("tty") {
        container["tty"] = true.into();
    }
    let env: Vec<Value> =
        pairs(args.list("env")).into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    if !env.is_empty() {
        container["env"] = env.into();
    }
    let labels = pod_labels(context, name);
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

fn pairs(list: &[String]) -> Vec<(String, String)> {
    list.iter().filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// `-l`, or `run=NAME`.
fn pod_labels(context: &Context<'_>, name: &str) -> Fields {
    match context.args.text("labels").filter(|text| !text.is_empty()) {
        Some(text) => {
            let texts: Vec<String> = text.split(',').map(str::to_owned).collect();
            pairs(&texts).into_iter().map(|(key, value)| (key, value.into())).collect()
        }
        None => [("run".to_owned(), name.into())].into_iter().collect(),
    }
}

/// A pod whose output is shown here.
struct Attached {
    key: Key,
    command: Vec<String>,
    remove: bool,
    quiet: bool,
    /// Somebody types.
    typing: bool,
    /// The pod runs on after the session.
    stays: bool,
    input: Option<String>,
    /// The command or the log, once the pod runs.
    within: Option<Box<dyn Process>>,
    deadline: SimTime,
}

impl Process for Attached {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        if self.within.is_none() {
            let pod = engine.world().api.store().pod(&self.key).cloned();
            let Some(pod) = pod else { return self.end(Err("object has been deleted".into()), engine, output) };
            if started(&pod) {
                match self.begin(&pod, engine, output) {
                    Some(within) => self.within = Some(within),
                    None => return self.end(Ok(0), engine, output),
                }
            } else if engine.now() >= self.deadline {
                return self.end(Err("timed out waiting for the condition".into()), engine, output);
            }
        }
        let exit = self.within.as_mut()?.poll(engine, output)?;
        if self.stays && !self.remove && !self.quiet {
            let name = &self.key.name;
            output.line(format!(
                "Session ended, resume using 'kubectl attach {name} -c {name} -i -t' command when the pod is running"
            ));
        }
        self.end(Ok(exit), engine, output)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        match &self.within {
            Some(within) => within.wakes_at(),
            None => Some(self.deadline),
        }
    }

    fn prompt(&self) -> Option<String> {
        self.within.as_ref().and_then(|within| within.prompt())
    }

    fn type_line(&mut self, line: Option<&str>) {
        if let Some(within) = &mut self.within {
            within.type_line(line);
        }
    }

    fn interrupt(&mut self, forwards: &mut Vec<Forward>, engine: &mut Engine, output: &mut Output) -> bool {
        if self.within.as_mut().is_some_and(|within| within.interrupt(forwards, engine, output)) {
            return true;
        }
        if self.remove {
            self.within = None;
            self.end(Ok(0), engine, output);
        }
        false
    }
}

impl Attached {
    /// What the container does: a shell that waits, a command, or the program of its image.
    fn begin(&mut self, pod: &Pod, engine: &mut Engine, output: &mut Output) -> Option<Box<dyn Process>> {
        let inside = Inside::of(pod, &self.key.name, engine);
        let command = match inside.waiting_shell(pod, engine) {
            Some(shell) => vec![shell],
            None => self.command.clone(),
        };
        if command.is_empty() {
            return logs::follow(engine, output, pod, &self.key.name);
        }
        if self.typing && !self.quiet {
            attach::greet(output);
        }
        match Running::new(inside, &command, self.input.take(), self.typing, engine) {
            Ok(running) => Some(Box::new(running.attached())),
            // The kubelet says what is wrong with the pod.
            Err(_) => None,
        }
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
                Ok(_) if self.quiet => {}
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
