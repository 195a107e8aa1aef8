//! `kubectl run`: one pod.
//!
//! Models `kubectl/pkg/cmd/run/run.go`.

use super::Context;
use super::create::make;
use crate::api::kinds::Kind;
use crate::base::{Fields, Value};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let (names, command) = match args.dash_at {
        Some(at) => args.positional.split_at(at.min(args.positional.len())),
        None => args.positional.split_at(1.min(args.positional.len())),
    };
    let [name] = names else {
        return Err(Failure::usage("kubectl run", "NAME is required for run"));
    };
    let Some(image) = args.text("image").filter(|image| !image.is_empty()) else {
        return Err("required flag(s) \"image\" not set".into());
    };
    if args.on("rm") || args.on("stdin") || args.on("tty") || args.on("attach") {
        return Err("the playground cannot attach to a new pod; create it, wait for it, and use kubectl exec".into());
    }
    let restart = args.text("restart").unwrap_or("Always");
    if !matches!(restart, "Always" | "OnFailure" | "Never") {
        return Err(Failure::usage("kubectl run", &format!("invalid restart policy: {restart}")));
    }
    let mut container = json!({"image": image, "name": name, "resources": {}});
    if !command.is_empty() {
        container[if args.on("command") { "command" } else { "args" }] = command.to_vec().into();
    }
    if let Some(port) = args.text("port").and_then(|port| port.parse::<i32>().ok()) {
        container["ports"] = json!([{"containerPort": port}]);
    }
    if let Some(policy) = args.text("image-pull-policy") {
        container["imagePullPolicy"] = policy.into();
    }
    if !args.list("env").is_empty() {
        let env: Vec<Value> = args
            .list("env")
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| json!({"name": key, "value": value}))
            .collect();
        container["env"] = env.into();
    }
    let labels: Fields = match args.text("labels") {
        Some(text) => {
            text.split(',').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.into())).collect()
        }
        None => [("run".to_owned(), name.as_str().into())].into_iter().collect(),
    };
    let value = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"labels": labels, "name": name},
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart}, "status": {}
    });
    make(context, Kind::POD, value)
}
