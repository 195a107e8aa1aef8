//! Reading a NetworkPolicy as the API server stores it.

use super::{Direction, Peer, PolicyNet, Port, PortNumber, Rule};
use crate::api::json::Json;
use crate::api::selector::LabelSelector;
use crate::base::{Str, Value};
use crate::network::addr::{Cidr, Protocol};
use crate::network::view::Key;

fn items<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn selector(value: &Value, field: &str) -> Option<LabelSelector> {
    value.get(field).filter(|found| !found.is_null()).cloned().and_then(LabelSelector::from_json)
}

impl PolicyNet {
    /// Reads a policy. Without `policyTypes` it speaks of what comes in, and of what goes out if it has rules for that.
    pub fn from_object(object: &Value) -> Option<PolicyNet> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let spec = object.get("spec")?;
        let types: Vec<&str> = items(spec, "policyTypes").filter_map(Value::as_str).collect();
        let rules = |direction: Direction| items(spec, direction.rules()).map(move |rule| read_rule(rule, direction));
        let speaks = |name: &str, by_default: bool| if types.is_empty() { by_default } else { types.contains(&name) };
        let has_egress = items(spec, "egress").next().is_some();
        Some(PolicyNet {
            key: Key::new(text("/metadata/namespace").unwrap_or("default"), text("/metadata/name")?),
            pods: selector(spec, "podSelector").unwrap_or_default(),
            ingress: speaks("Ingress", true).then(|| rules(Direction::Ingress).collect()),
            egress: speaks("Egress", has_egress).then(|| rules(Direction::Egress).collect()),
        })
    }
}

fn read_rule(rule: &Value, direction: Direction) -> Rule {
    Rule {
        peers: items(rule, direction.peers()).filter_map(read_peer).collect(),
        ports: items(rule, "ports").filter_map(read_port).collect(),
    }
}

fn read_peer(peer: &Value) -> Option<Peer> {
    let Some(block) = peer.get("ipBlock") else {
        return Some(Peer::Pods(selector(peer, "podSelector"), selector(peer, "namespaceSelector")));
    };
    let except = items(block, "except").filter_map(|hole| Cidr::parse(hole.as_str()?));
    Some(Peer::Block(Cidr::parse(block.get("cidr")?.as_str()?)?, except.collect()))
}

fn read_port(port: &Value) -> Option<Port> {
    let number = |field: &str| port.get(field).and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
    Some(Port {
        protocol: port.get("protocol").and_then(Value::as_str).and_then(Protocol::parse).unwrap_or_default(),
        number: match port.get("port") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(PortNumber::Name(Str::from(name.as_str()))),
            Some(_) => {
                let first = number("port")?;
                Some(PortNumber::Range(first, number("endPort").unwrap_or(first)))
            }
        },
    })
}
