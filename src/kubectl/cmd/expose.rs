//! `kubectl expose`: a Service for a Deployment, a ReplicaSet, a pod or a Service.
//!
//! Models `kubectl/pkg/cmd/expose/expose.go`.

use super::{Context, DryRun, How};
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::base::{Fields, Value, text::go_quote};
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let args = context.args.positional.clone();
    let labels = context.args.text("labels").map(str::to_owned);
    let selection = context.fetch(&args, How::default())?;
    for object in selection.objects() {
        let mut value = service_for(context, object, labels.as_deref())?;
        if context.args.on("save-config") {
            value = super::apply::with_last_applied(&value);
        }
        if dry_run != DryRun::Client {
            let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let key = Client::key(Kind::SERVICE, &object.meta().namespace, &name);
            value = context.client().create(&key, value, dry_run.is_server())?.to_value();
        }
        context.report(&value, "exposed", dry_run, &format)?;
    }
    Failure::all(selection.failures)?;
    Ok(Exec::Done(0))
}

fn service_for(context: &Context<'_>, object: &Object, labels: Option<&str>) -> Result<Value, Failure> {
    let args = &context.args;
    let value = object.to_value();
    let selector = match args.text("selector") {
        Some(text) => pairs(text)?,
        None => selector_of(object.kind(), &value)?,
    };
    let is_headless = args.text("cluster-ip") == Some("None");
    let ports = match args.text("port").filter(|text| !text.is_empty()) {
        Some(text) => text.split(',').map(|port| (port.to_owned(), String::new())).collect(),
        None => ports_of(object.kind(), &value),
    };
    if ports.is_empty() && !is_headless {
        return Err("couldn't find port via --port flag or introspection".into());
    }
    let several = ports.len() > 1;
    let ports = ports.iter().enumerate().map(|(i, (port, protocol))| {
        let number: i64 = port
            .parse()
            .map_err(|_| Failure::Plain(format!("strconv.ParseInt: parsing {}: invalid syntax", go_quote(port))))?;
        let protocol = match (args.text("protocol"), protocol.as_str()) {
            (Some(protocol), _) => protocol,
            (None, "") => "TCP",
            (None, protocol) => protocol,
        };
        let target = args
            .text("target-port")
            .map_or(Value::from(number), |text| text.parse::<i32>().map_or_else(|_| text.into(), Value::from));
        let mut one = json!({"port": number, "protocol": protocol, "targetPort": target});
        if several {
            one["name"] = format!("port-{}", i + 1).into();
        }
        Ok(one)
    });
    let ports = ports.collect::<Result<Vec<Value>, Failure>>()?;
    let name = args.text("name").filter(|name| !name.is_empty()).unwrap_or(&object.meta().name).to_owned();
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": selector}, "status": {"loadBalancer": {}}
    });
    if !ports.is_empty() {
        service["spec"]["ports"] = ports.into();
    }
    let labels = match labels {
        Some(text) => pairs(text)?,
        None => object.labels().iter().map(|(key, value)| (key.to_string(), Value::from(&**value))).collect(),
    };
    if !labels.is_empty() {
        service["metadata"]["labels"] = labels.into();
    }
    let texts = [
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("session-affinity", "sessionAffinity"),
        ("load-balancer-ip", "loadBalancerIP"),
    ];
    for (flag, field) in texts {
        if let Some(text) = args.text(flag).filter(|text| !text.is_empty()) {
            service["spec"][field] = text.into();
        }
    }
    if let Some(ip) = args.text("external-ip").filter(|text| !text.is_empty()) {
        service["spec"]["externalIPs"] = json!([ip]);
    }
    if context.args.has("namespace") {
        service["metadata"]["namespace"] = context.namespace().into();
    }
    Ok(service)
}

/// `a=b,c=d`.
fn pairs(text: &str) -> Result<Fields, Failure> {
    text.split(',')
        .map(|pair| {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| Failure::Plain(format!("unexpected label spec: {pair}")))?;
            Ok((key.to_owned(), value.into()))
        })
        .collect()
}

/// Models `polymorphichelpers/mapbasedselectorforobject.go` and `canbeexposed.go`.
fn selector_of(kind: Kind, value: &Value) -> Result<Fields, Failure> {
    let (pointer, missing) = match kind {
        Kind::DEPLOYMENT | Kind::REPLICA_SET => ("/spec/selector/matchLabels", ""),
        Kind::REPLICATION_CONTROLLER => ("/spec/selector", ""),
        Kind::POD => ("/metadata/labels", "the pod has no labels and cannot be exposed"),
        Kind::SERVICE => ("/spec/selector", "the service has no pod selector set"),
        other => {
            let info = other.info();
            let group = if info.group.is_empty() { String::new() } else { format!(".{}", info.group) };
            return Err(Failure::Plain(format!("cannot expose a {}{group}", info.kind)));
        }
    };
    match value.pointer(pointer).and_then(Value::as_object) {
        Some(selector) if !selector.is_empty() => Ok(selector.clone()),
        _ if missing.is_empty() => Err("invalid deployment: no selectors, therefore cannot be exposed".into()),
        _ => {
            Err(Failure::Plain(format!("couldn't retrieve selectors via --selector flag or introspection: {missing}")))
        }
    }
}

/// The ports of an object and their protocols.
fn ports_of(kind: Kind, value: &Value) -> Vec<(String, String)> {
    let list = |pointer: &str| value.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    let ports: Vec<Value> = match kind {
        Kind::SERVICE => list("/spec/ports"),
        _ => {
            let containers = if kind == Kind::POD { "/spec/containers" } else { "/spec/template/spec/containers" };
            let ports =
                |container: &Value| container.get("ports").and_then(Value::as_array).cloned().unwrap_or_default();
            list(containers).iter().flat_map(ports).collect()
        }
    };
    let port = |port: &Value| {
        let number = port.get("containerPort").or_else(|| port.get("port"))?.as_i64()?;
        let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or_default();
        Some((number.to_string(), protocol.to_owned()))
    };
    ports.iter().filter_map(port).collect()
}
