//! `kubectl expose`: a Service for a Deployment, a ReplicaSet, a pod or a Service.
//!
//! Models `kubectl/pkg/cmd/expose/expose.go`.

use super::{Context, DryRun, How, record};
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::base::{Fields, Value, text::go_quote};
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::gofmt;
use crate::kubectl::print::Format;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let args = context.args.positional.clone();
    // Here `--selector` does not choose what is exposed.
    let selector = context.args.take("selector");
    let selection = context.fetch(&args, How::default())?;
    let mut failures = Vec::new();
    for object in selection.objects() {
        if let Err(failure) = expose(context, object, selector.as_deref(), dry_run, &format) {
            failures.push(failure);
        }
    }
    failures.extend(selection.failures);
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

fn expose(
    context: &mut Context<'_>,
    object: &Object,
    selector: Option<&str>,
    dry_run: DryRun,
    format: &Format,
) -> Result<(), Failure> {
    let mut value = service_for(context, object, selector)?;
    if let Some(text) = context.args.text("overrides").filter(|text| !text.is_empty()) {
        let overrides = crate::yaml::load(text).into_iter().next().and_then(Result::ok);
        value = crate::api::patch::merge::apply(value, &overrides.ok_or("Invalid JSON Patch")?.value);
    }
    record::annotate(&mut value, record::command_line(context));
    let namespace = context.namespace();
    if dry_run != DryRun::Client {
        if context.args.on("save-config") {
            value = super::apply::with_last_applied(&value);
        }
        let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = Client::key(Kind::SERVICE, &namespace, &name);
        value = context.client().create(&key, value, dry_run.is_server())?.to_value();
    } else if context.args.has("namespace") {
        value["metadata"]["namespace"] = namespace.into();
    }
    context.report(&value, "exposed", dry_run, format)
}

/// The longest name of a Service.
const LONGEST: usize = 63;

/// Models `createService`.
fn service_for(context: &Context<'_>, object: &Object, selector: Option<&str>) -> Result<Value, Failure> {
    let args = &context.args;
    let given = |flag: &str| args.text(flag).filter(|text| !text.is_empty());
    let value = object.to_value();
    can_be_exposed(object.kind())?;
    let selector = match selector.filter(|text| !text.is_empty()) {
        Some(text) => pairs(text)?,
        None => selector_of(object.kind(), &value).map_err(|why| {
            Failure::Plain(format!("couldn't retrieve selectors via --selector flag or introspection: {why}"))
        })?,
    };
    let introspected = ports_of(object.kind(), &value);
    let ports: Vec<String> = match given("port") {
        Some(text) => text.split(',').map(str::to_owned).collect(),
        None => introspected.iter().map(|(port, _)| port.clone()).collect(),
    };
    if ports.is_empty() && given("cluster-ip") != Some("None") {
        return Err("couldn't find port via --port flag or introspection".into());
    }
    let ports = service_ports(&ports, &introspected, given("protocol"), given("target-port"))?;
    let own_name = &object.meta().name;
    let name = given("name").unwrap_or_else(|| own_name.get(..LONGEST).unwrap_or(own_name)).to_owned();
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": selector}, "status": {"loadBalancer": {}}
    });
    if !ports.is_empty() {
        service["spec"]["ports"] = ports.into();
    }
    let labels = match given("labels") {
        Some(text) => pairs(text)?,
        None => object.labels().iter().map(|(key, value)| (key.to_string(), Value::from(&**value))).collect(),
    };
    if !labels.is_empty() {
        service["metadata"]["labels"] = labels.into();
    }
    for (flag, field) in [("type", "type"), ("cluster-ip", "clusterIP"), ("session-affinity", "sessionAffinity")] {
        if let Some(text) = given(flag) {
            service["spec"][field] = text.into();
        }
    }
    if let Some(ip) = given("load-balancer-ip").filter(|_| given("type") == Some("LoadBalancer")) {
        service["spec"]["loadBalancerIP"] = ip.into();
    }
    if let Some(other) = given("session-affinity").filter(|text| !matches!(*text, "None" | "ClientIP")) {
        return Err(Failure::Plain(format!("unknown session affinity: {other}")));
    }
    if let Some(ip) = given("external-ip") {
        service["spec"]["externalIPs"] = json!([ip]);
    }
    Ok(service)
}

/// The ports of the Service: their protocols are those of the ports that the object itself has.
fn service_ports(
    ports: &[String],
    introspected: &[(String, Vec<String>)],
    protocol: Option<&str>,
    target: Option<&str>,
) -> Result<Vec<Value>, Failure> {
    let mut made = Vec::new();
    let several = ports.len() > 1;
    for (i, port) in ports.iter().enumerate() {
        let number: i64 = port
            .parse()
            .map_err(|_| Failure::Plain(format!("strconv.Atoi: parsing {}: invalid syntax", go_quote(port))))?;
        let target =
            target.map_or(Value::from(number), |text| text.parse::<i32>().map_or_else(|_| text.into(), Value::from));
        let own = introspected.iter().find(|(own, _)| own == port).map_or(&[][..], |(_, protocols)| protocols);
        let named = |name: Option<String>, protocol: &str| {
            let mut one = json!({"port": number, "protocol": protocol, "targetPort": target});
            if let Some(name) = name {
                one["name"] = name.into();
            }
            one
        };
        let name = several.then(|| format!("port-{}", i + 1));
        match (protocol, own) {
            (Some(protocol), _) => made.push(named(name, protocol)),
            (None, []) => made.push(named(name, "TCP")),
            (None, [one]) => made.push(named(name, one)),
            (None, own) => {
                let name = |protocol: &str| Some(format!("port-{}-{}", i + 1, protocol.to_lowercase()));
                made.extend(own.iter().map(|protocol| named(name(protocol), protocol)));
            }
        }
    }
    Ok(made)
}

/// `a=b,c=d`. Models `parseLabels`.
fn pairs(text: &str) -> Result<Fields, Failure> {
    text.split(',')
        .map(|pair| match pair.split('=').collect::<Vec<_>>().as_slice() {
            ["", _] => Err("unexpected empty label key".into()),
            [key, value] => Ok(((*key).to_owned(), (*value).into())),
            _ => Err(Failure::Plain(format!("unexpected label spec: {pair}"))),
        })
        .collect()
}

/// Models `polymorphichelpers/canbeexposed.go`.
fn can_be_exposed(kind: Kind) -> Result<(), Failure> {
    let exposable =
        [Kind::DEPLOYMENT, Kind::REPLICA_SET, Kind::REPLICATION_CONTROLLER, Kind::POD, Kind::SERVICE].contains(&kind);
    if exposable { Ok(()) } else { Err(Failure::Plain(format!("cannot expose a {}", kind.qualified()))) }
}

/// Models `polymorphichelpers/mapbasedselectorforobject.go`.
fn selector_of(kind: Kind, value: &Value) -> Result<Fields, String> {
    let (pointer, missing) = match kind {
        Kind::POD => ("/metadata/labels", "the pod has no labels and cannot be exposed"),
        Kind::SERVICE => ("/spec/selector", "the service has no pod selector set"),
        Kind::REPLICATION_CONTROLLER => ("/spec/selector", ""),
        Kind::REPLICA_SET => {
            ("/spec/selector/matchLabels", "invalid replicaset: no selectors, therefore cannot be exposed")
        }
        _ => ("/spec/selector/matchLabels", "invalid deployment: no selectors, therefore cannot be exposed"),
    };
    let selector = value.pointer(pointer).and_then(Value::as_object).filter(|selector| !selector.is_empty());
    let selector = selector.ok_or(missing)?;
    let expressions = value.pointer("/spec/selector/matchExpressions").and_then(Value::as_array);
    let Some(expressions) = expressions.filter(|list| !list.is_empty()) else { return Ok(selector.clone()) };
    let shown = |expression: &Value| {
        let field = |name: &str| expression.get(name).map_or("[]".to_owned(), gofmt::sprint);
        format!("{{Key:{} Operator:{} Values:{}}}", field("key"), field("operator"), field("values"))
    };
    let shown: Vec<String> = expressions.iter().map(shown).collect();
    Err(format!("couldn't convert expressions - \"[{}]\" to map-based selector format", shown.join(" ")))
}

/// The ports of an object, each once, and their protocols.
///
/// Models `portsforobject.go` and `multiprotocolsforobject.go` of `polymorphichelpers`.
fn ports_of(kind: Kind, value: &Value) -> Vec<(String, Vec<String>)> {
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
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for port in &ports {
        let Some(number) = port.get("containerPort").or_else(|| port.get("port")).and_then(Value::as_i64) else {
            continue;
        };
        let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP").to_owned();
        match found.iter_mut().find(|(known, _)| *known == number.to_string()) {
            Some((_, protocols)) if !protocols.contains(&protocol) => protocols.push(protocol),
            Some(_) => {}
            None => found.push((number.to_string(), vec![protocol])),
        }
    }
    found
}
