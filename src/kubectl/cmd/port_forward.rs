//! `kubectl port-forward`: ports of the user's machine that lead into a pod.
//!
//! Models `kubectl/pkg/cmd/portforward` and `client-go/tools/portforward`.

use super::{Context, pods};
use crate::api::kinds::Key;
use crate::api::objects::pod::PodPhase;
use crate::api::objects::{Object, Pod};
use crate::base::time::SimTime;
use crate::base::{Value, text::go_quote};
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::session::Forward;
use crate::sim::Engine;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let Some((name, ports)) = context.args.positional.split_first().filter(|(_, ports)| !ports.is_empty()) else {
        return Err(Failure::usage(
            "kubectl port-forward",
            "TYPE/NAME and list of ports are required for port-forward",
        ));
    };
    let (name, ports) = (name.clone(), ports.to_vec());
    let key = pods::key_of(context, &name)?;
    let object = context.client().get(&key)?;
    let mut found = pods::pods_of(&object, context.engine, pods::Rank::Active, "cannot attach to")?;
    if found.is_empty() {
        return Err("timed out waiting for the condition".into());
    }
    let pod = found.remove(0);
    let mut forwards = Vec::new();
    for port in &ports {
        let (local, remote) = port.split_once(':').unwrap_or((port, port));
        let remote_number = match &*object {
            Object::Service(_) => service_port(&object.to_value(), &pod, remote)?,
            _ => pod_port(&pod, remote)?,
        };
        let local = match local {
            // Any free port.
            "" => 40_000 + u16::try_from(context.session.forwards.len() + forwards.len()).unwrap_or(0),
            same if same == remote && remote.parse::<u16>().is_err() => match &*object {
                Object::Service(_) => named_service_port(&object.to_value(), remote)?,
                _ => remote_number,
            },
            number => number.parse().map_err(|_| {
                Failure::Plain(format!(
                    "error parsing local port '{number}': strconv.ParseUint: parsing {}: invalid syntax",
                    go_quote(number)
                ))
            })?,
        };
        forwards.push((local, remote_number));
    }
    if pod.status.phase != PodPhase::Running {
        return Err(Failure::Plain(format!(
            "unable to forward port because pod is not running. Current status={}",
            pod.status.phase
        )));
    }
    let key = Object::Pod(pod).key();
    for (local, remote) in forwards {
        if context.session.forwards.iter().any(|forward| forward.local == local) {
            let text = format!(
                "Unable to listen on port {local}: Listeners failed to create with the following errors: [unable to create \
                 listener: Error listen tcp4 127.0.0.1:{local}: bind: address already in use unable to create listener: \
                 Error listen tcp6 [::1]:{local}: bind: address already in use]"
            );
            context.output.err_line(text);
            return Err(Failure::Plain(format!(
                "unable to listen on any of the requested ports: [{{{local} {remote}}}]"
            )));
        }
        context.session.forwards.push(Forward { local, pod: key.clone(), remote });
        context.output.line(format!("Forwarding from 127.0.0.1:{local} -> {remote}"));
        context.output.line(format!("Forwarding from [::1]:{local} -> {remote}"));
    }
    Ok(Exec::Running(Box::new(Forwarding { pod: key })))
}

/// A port of a pod by its number or name.
fn pod_port(pod: &Pod, port: &str) -> Result<u16, Failure> {
    if port.is_empty() {
        return Err("remote port cannot be empty".into());
    }
    if let Ok(number) = port.parse::<u16>() {
        return Ok(number);
    }
    let ports = pod.spec.containers.iter().flat_map(|container| &container.ports);
    let found =
        ports.into_iter().find(|known| *known.name == *port).and_then(|known| u16::try_from(known.container_port).ok());
    found.ok_or_else(|| Failure::Plain(format!("Pod '{}' does not have a named port '{port}'", pod.meta.name)))
}

fn named_service_port(service: &Value, name: &str) -> Result<u16, Failure> {
    let ports = service.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten();
    let mut named = ports.filter(|port| port.get("name").and_then(Value::as_str) == Some(name));
    let number = named.next().and_then(|port| port.get("port")?.as_u64()).and_then(|port| u16::try_from(port).ok());
    let service_name = service.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    number.ok_or_else(|| Failure::Plain(format!("Service '{service_name}' does not have a named port '{name}'")))
}

/// The container's port behind a Service's port.
fn service_port(service: &Value, pod: &Pod, port: &str) -> Result<u16, Failure> {
    let number = match port.parse::<u16>() {
        Ok(number) => number,
        Err(_) => named_service_port(service, port)?,
    };
    let ports = service.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten();
    let Some(port) = ports.into_iter().find(|port| port.get("port").and_then(Value::as_u64) == Some(number.into()))
    else {
        let name = service.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        return Err(Failure::Plain(format!("Service {name} does not have a service port {number}")));
    };
    if service.pointer("/spec/clusterIP").and_then(Value::as_str) == Some("None") {
        return Ok(number);
    }
    match port.get("targetPort") {
        Some(Value::String(name)) => pod_port(pod, name),
        Some(target) => Ok(target.as_u64().and_then(|target| u16::try_from(target).ok()).unwrap_or(number)),
        None => Ok(number),
    }
}

/// Ports that stay open until Ctrl-C or the end of the pod.
struct Forwarding {
    pod: Key,
}

impl Process for Forwarding {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        if engine.world().api.store().get(&self.pod).is_some() {
            return None;
        }
        output.err_line("error: lost connection to pod");
        Some(1)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        None
    }

    fn interrupt(&mut self, forwards: &mut Vec<Forward>, _: &mut Engine, _: &mut Output) -> bool {
        forwards.retain(|forward| forward.pod != self.pod);
        false
    }
}
