//! `kubectl version`, `kubectl cluster-info`, `kubectl options` and `kubectl help`.
//!
//! Models `kubectl/pkg/cmd/version` and `kubectl/pkg/cmd/clusterinfo`.

use super::{Context, config};
use crate::api::kinds::Kind;
use crate::base::Value;
use crate::kubectl::client::Filter;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::msg;
use crate::sim::seed::VERSION;
use serde_json::json;

const KUSTOMIZE: &str = "v5.8.1";

/// The parts of a version, and what a part has, in the order of Go's declaration.
const ORDER: [&str; 16] = [
    "clientVersion",
    "kustomizeVersion",
    "serverVersion",
    "major",
    "minor",
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];

/// The versions as indented JSON.
fn in_order(value: &Value) -> String {
    let fields = |value: &Value, indent: &str, write: &dyn Fn(&Value) -> String| -> String {
        let present = ORDER.iter().filter_map(|name| Some((name, value.get(*name)?)));
        let lines: Vec<String> =
            present.map(|(name, value)| format!("{indent}  \"{name}\": {}", write(value))).collect();
        format!("{{\n{}\n{indent}}}", lines.join(",\n"))
    };
    fields(value, "", &|part| match part.is_object() {
        true => fields(part, "  ", &|leaf| leaf.to_string()),
        false => part.to_string(),
    })
}

pub(super) fn version(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    if !args.positional.is_empty() {
        return Err(Failure::Plain(format!("extra arguments: [{}]", args.positional.join(" "))));
    }
    let form = args.text("output").unwrap_or_default();
    let only_client = args.on("client");
    let part = |server: bool| {
        let mut part = json!({
            "major": "1", "minor": "36", "gitVersion": VERSION,
            "gitCommit": "0000000000000000000000000000000000000000", "gitTreeState": "clean",
            "buildDate": "2026-06-10T00:00:00Z", "goVersion": "go1.26.4", "compiler": "gc", "platform": "linux/amd64"
        });
        if server {
            part["emulationMajor"] = "1".into();
            part["emulationMinor"] = "36".into();
            part["minCompatibilityMajor"] = "1".into();
            part["minCompatibilityMinor"] = "35".into();
        }
        part
    };
    let mut all = json!({"clientVersion": part(false), "kustomizeVersion": KUSTOMIZE});
    if !only_client {
        all["serverVersion"] = part(true);
    }
    match form {
        "" => {
            context.output.line(format!("Client Version: {VERSION}"));
            context.output.line(format!("Kustomize Version: {KUSTOMIZE}"));
            if !only_client {
                context.output.line(format!("Server Version: {VERSION}"));
            }
        }
        "yaml" => context.output.line(crate::yaml::to_yaml(&all)),
        "json" => context.output.line(in_order(&all)),
        _ => return Err("--output must be 'yaml' or 'json'".into()),
    }
    Ok(Exec::Done(0))
}

pub(super) fn cluster_info(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if context.args.positional.first().is_some_and(|word| word == "dump") {
        context.output.hint(msg!("console.no-command", command = "cluster-info dump"));
        return Ok(Exec::Done(1));
    }
    let server = config::server(context.engine);
    context.output.line(format!("Kubernetes control plane is running at {server}"));
    let namespace = match context.args.has("namespace") {
        true => context.namespace(),
        false => "kube-system".to_owned(),
    };
    let filter = Filter { labels: "kubernetes.io/cluster-service=true", fields: "" };
    for object in context.client().list(Kind::SERVICE, &namespace, filter)? {
        let value = object.to_value();
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let meta = object.meta();
        let name = meta.labels.get("kubernetes.io/name").map_or_else(|| meta.name.to_string(), |name| name.to_string());
        let ip = text("/status/loadBalancer/ingress/0/ip");
        let link = if ip.is_empty() {
            let port = text("/spec/ports/0/name");
            let number = value.pointer("/spec/ports/0/port").and_then(Value::as_i64);
            let target = match (port.as_str(), number) {
                ("https", _) | (_, Some(443)) => format!("https:{}:{port}", meta.name),
                ("", _) => meta.name.to_string(),
                (port, _) => format!("{}:{port}", meta.name),
            };
            format!("{server}/api/v1/namespaces/{}/services/{target}/proxy", meta.namespace)
        } else {
            let ports = value.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten();
            ports.filter_map(|port| port.get("port")).map(|port| format!("http://{ip}:{port} ")).collect()
        };
        context.output.line(format!("{name} is running at {link}"));
    }
    context.output.line("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
    Ok(Exec::Done(0))
}
