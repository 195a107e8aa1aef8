//! `kubectl autoscale`: a HorizontalPodAutoscaler for a workload.
//!
//! Models `kubectl/pkg/cmd/autoscale/autoscale.go`.

use super::{Context, DryRun, How, record};
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::api::quantity::Quantity;
use crate::base::Value;
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if !context.args.has("max") {
        return Err("required flag(s) \"max\" not set".into());
    }
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let metrics = metrics(context)?;
    let args = context.args.positional.clone();
    let selection = context.select(&args, How::default())?;
    let mut failures = selection.failures;
    let mut count = 0;
    for target in &selection.targets {
        let object = match context.client().get(&target.key) {
            Ok(object) => object,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        count += 1;
        let mut value = match autoscaler(context, &object, &metrics) {
            Ok(value) => value,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        record::annotate(&mut value, record::command_line(context));
        if dry_run == DryRun::Client {
            context.report(&value, "created", dry_run, &format)?;
            continue;
        }
        if context.args.on("save-config") {
            value = super::apply::with_last_applied(&value);
        }
        let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = Client::key(Kind::HORIZONTAL_POD_AUTOSCALER, &context.namespace(), &name);
        match context.client().create(&key, value, dry_run.is_server()) {
            Ok(created) => context.report(&created.to_value(), "autoscaled", dry_run, &format)?,
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)?;
    if count == 0 { Err("no objects passed to autoscale".into()) } else { Ok(Exec::Done(0)) }
}

/// What the flags aim at; they are checked in upstream's order.
fn metrics(context: &Context<'_>) -> Result<Vec<Value>, Failure> {
    let args = &context.args;
    let (min, max) = (args.int("min").unwrap_or(-1), args.int("max").unwrap_or(-1));
    if max < 1 {
        return Err(Failure::Plain(format!("--max=MAXPODS is required and must be at least 1, max: {max}")));
    }
    if max < min {
        let why = format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}");
        return Err(Failure::Plain(why));
    }
    let percent = args.int("cpu-percent").unwrap_or(-1);
    let cpu = args.text("cpu").unwrap_or_default();
    if percent > 0 && !cpu.is_empty() {
        return Err("--cpu-percent and --cpu are mutually exclusive".into());
    }
    let mut metrics = Vec::new();
    let mut add = |resource: &str, target: Value| {
        metrics.push(json!({"type": "Resource", "resource": {"name": resource, "target": target}}));
    };
    if percent > 0 {
        add("cpu", json!({"type": "Utilization", "averageUtilization": percent}));
    }
    for (resource, text) in [("cpu", cpu), ("memory", args.text("memory").unwrap_or_default())] {
        if !text.is_empty() {
            add(resource, target(resource, text)?);
        }
    }
    Ok(metrics)
}

/// `70%`, `500m` or `500`. Models `parseResourceInput`.
fn target(resource: &str, text: &str) -> Result<Value, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Err("empty input".into());
    }
    if let Some(percent) = text.strip_suffix('%') {
        return match percent.parse::<i32>() {
            Ok(percent) if percent >= 0 => Ok(json!({"type": "Utilization", "averageUtilization": percent})),
            _ => Err(Failure::Plain(format!("invalid percentage value: {percent}"))),
        };
    }
    let unit = if resource == "cpu" { "m" } else { "Mi" };
    let text = text.parse::<f64>().map_or_else(|_| text.to_owned(), |number| format!("{number}{unit}"));
    match Quantity::parse(&text) {
        Ok(quantity) => Ok(json!({"type": "AverageValue", "averageValue": quantity.to_string()})),
        Err(_) => Err(Failure::Plain(format!("invalid resource {resource} value: {text}"))),
    }
}

fn autoscaler(context: &Context<'_>, object: &Object, metrics: &[Value]) -> Result<Value, Failure> {
    let kind = object.kind();
    let scales = [Kind::DEPLOYMENT, Kind::REPLICA_SET, Kind::STATEFUL_SET, Kind::REPLICATION_CONTROLLER];
    if !scales.contains(&kind) {
        let why = format!("cannot autoscale a {}: could not find scale subresource for", kind.info().kind);
        let info = kind.info();
        return Err(Failure::Plain(format!(
            "{why} {}/{}, Resource={} in discovery information",
            info.group, info.version, info.plural
        )));
    }
    let args = &context.args;
    let target = &object.meta().name;
    let name = args.text("name").filter(|name| !name.is_empty()).unwrap_or(target);
    let mut spec = json!({
        "scaleTargetRef": {"apiVersion": kind.api_version(), "kind": kind.info().kind, "name": &**target},
        "maxReplicas": args.int("max").unwrap_or(1),
    });
    if let Some(min) = args.int("min").filter(|min| *min > 0) {
        spec["minReplicas"] = min.into();
    }
    if !metrics.is_empty() {
        spec["metrics"] = metrics.to_vec().into();
    }
    let mut value = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": spec,
        "status": {"currentMetrics": null, "desiredReplicas": 0}
    });
    if args.has("namespace") {
        value["metadata"]["namespace"] = context.namespace().into();
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        let of = |resource: &str, text: &str| target(resource, text).map_err(|failure| failure.text());
        assert_eq!(of("cpu", "70%").unwrap(), json!({"type": "Utilization", "averageUtilization": 70}));
        assert_eq!(of("cpu", "500").unwrap(), json!({"type": "AverageValue", "averageValue": "500m"}));
        assert_eq!(of("memory", "200").unwrap(), json!({"type": "AverageValue", "averageValue": "200Mi"}));
        assert_eq!(of("memory", "1Gi").unwrap(), json!({"type": "AverageValue", "averageValue": "1Gi"}));
        assert_eq!(of("cpu", "x%").unwrap_err(), "error: invalid percentage value: x");
        assert_eq!(of("cpu", "much").unwrap_err(), "error: invalid resource cpu value: much");
    }
}
