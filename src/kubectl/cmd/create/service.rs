//! `kubectl create service clusterip|nodeport|loadbalancer|externalname`.
//!
//! Models `kubectl/pkg/cmd/create/create_service.go`.

use super::super::Context;
use super::{int_or_text, make, only_name, required};
use crate::api::kinds::Kind;
use crate::api::validate::text;
use crate::base::{Value, text::go_quote};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(in super::super) fn service_cluster_ip(context: &mut Context<'_>) -> Result<Exec, Failure> {
    service(context, "ClusterIP")
}

pub(in super::super) fn service_node_port(context: &mut Context<'_>) -> Result<Exec, Failure> {
    service(context, "NodePort")
}

pub(in super::super) fn service_load_balancer(context: &mut Context<'_>) -> Result<Exec, Failure> {
    service(context, "LoadBalancer")
}

pub(in super::super) fn service_external_name(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if !context.args.has("external-name") {
        return Err(required("external-name"));
    }
    service(context, "ExternalName")
}

fn service(context: &mut Context<'_>, kind: &str) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let args = &context.args;
    let cluster_ip = args.text("clusterip").unwrap_or_default().to_owned();
    let tcp = args.list("tcp").to_vec();
    if kind == "ClusterIP" {
        if cluster_ip == "None" && !tcp.is_empty() {
            return Err("can not map ports with clusterip=None".into());
        }
        if cluster_ip != "None" && tcp.is_empty() {
            return Err("at least one tcp port specifier must be provided".into());
        }
    }
    let mut ports = Vec::new();
    for spec in &tcp {
        let mut port = parse_port(spec)?;
        let node_port = args.int("node-port").unwrap_or(0);
        if kind == "NodePort" && node_port != 0 {
            port["nodePort"] = node_port.into();
        }
        ports.push(port);
    }
    let external = args.text("external-name").unwrap_or_default();
    if kind == "ExternalName" && !text::dns_subdomain(external).is_empty() {
        return Err(Failure::Plain(format!("invalid service external name {external}")));
    }
    let labels = json!({"app": name});
    let mut spec = json!({"type": kind, "selector": labels});
    if !ports.is_empty() {
        spec["ports"] = ports.into();
    }
    if !cluster_ip.is_empty() {
        spec["clusterIP"] = cluster_ip.into();
    }
    if let Some(external) = args.text("external-name") {
        spec["externalName"] = external.into();
    }
    make(
        context,
        Kind::SERVICE,
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": labels},
            "spec": spec, "status": {"loadBalancer": {}}
        }),
    )
}

/// `80` or `80:8080` or `80:http`. Models `parsePorts`.
fn parse_port(spec: &str) -> Result<Value, Failure> {
    let mut parts = spec.split(':');
    let port = parts.next().unwrap_or_default();
    let target = parts.next().unwrap_or(port);
    let number: u64 = port
        .parse()
        .map_err(|_| Failure::Plain(format!("strconv.ParseUint: parsing {}: invalid syntax", go_quote(port))))?;
    if number > 65_535 {
        return Err(Failure::Plain(format!("strconv.ParseUint: parsing {}: value out of range", go_quote(port))));
    }
    if spec.contains(':') {
        let flaws = match target.parse::<i64>() {
            Ok(number) => text::port_number(number),
            Err(_) => text::port_name(target),
        };
        if !flaws.is_empty() {
            return Err(Failure::Plain(flaws.join(",")));
        }
    }
    let name = spec.replace(':', "-");
    let name = if spec.contains(':') { name } else { port.to_owned() };
    Ok(json!({"name": name, "port": number, "protocol": "TCP", "targetPort": int_or_text(target)}))
}
