//! Allocation of Services' addresses and node ports. Who has what is an index of the store, so a refused write releases
//! nothing and nothing needs repair.
//!
//! Models `pkg/registry/core/service/storage/{storage,alloc}.go` and the allocators below it.

use super::service_fields as fields;
use super::status::Cause;
use super::{ApiServer, Result, Status};
use crate::api::kinds::{Key, Kind};
use crate::base::text::go_json;
use crate::base::{Fields, Value, path::FieldPath};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The `spec` of a Service before an update.
type Before<'a> = Option<&'a Fields>;

/// A range of Services' addresses.
struct Range {
    base: u128,
    size: u64,
    usable: u64,
    second: bool,
}

impl Range {
    fn address(&self, offset: u64) -> String {
        let number = self.base + u128::from(offset);
        match self.second {
            true => Ipv6Addr::from(number).to_string(),
            false => Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).to_string(),
        }
    }

    fn contains(&self, ip: &str) -> bool {
        let number = match ip.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) if !self.second => u128::from(u32::from(ip)),
            Ok(IpAddr::V6(ip)) if self.second => u128::from(ip),
            _ => return false,
        };
        let offset = number.wrapping_sub(self.base);
        offset > 0 && offset <= u128::from(self.usable)
    }
}

impl ApiServer {
    /// Gives a Service what its type needs and takes what it no longer needs; `old` is the stored object of an update.
    pub(super) fn allocate_service(&mut self, value: &mut Value, old: Option<&Value>) -> Result<()> {
        let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let namespace = value.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = Key::new(Kind::SERVICE, namespace, name.as_str());
        let before = old.and_then(|old| old.get("spec")).and_then(Value::as_object);
        let Some(spec) = value.get_mut("spec").and_then(Value::as_object_mut) else { return Ok(()) };
        if let Some(before) = before {
            fields::patch_allocated(spec, before);
            fields::drop_unused(spec, before);
            fields::drop_second_family(spec, before);
        }
        fields::normalize_cluster_ips(spec, before);
        let invalid = |causes| Status::invalid(Kind::SERVICE, &name, causes);
        if fields::needs_cluster_ip(spec) {
            let errors = super::manifest::cluster_ip_errors(value, old);
            if !errors.is_empty() {
                return Err(invalid(errors));
            }
        }
        let Some(spec) = value.get_mut("spec").and_then(Value::as_object_mut) else { return Ok(()) };
        fields::default_families(spec, self.config().service_cidr6.is_some()).map_err(|cause| invalid(vec![cause]))?;
        self.allocate_cluster_ip(spec, &key).map_err(|cause| invalid(vec![cause]))?;
        self.allocate_node_ports(spec, before, &key)
    }

    fn allocate_cluster_ip(&mut self, spec: &mut Fields, key: &Key) -> std::result::Result<(), Cause> {
        if !fields::needs_cluster_ip(spec) || fields::text(spec, "clusterIP") == "None" {
            return Ok(());
        }
        let texts = |name: &str| -> Vec<String> {
            let list = spec.get(name).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let (asked, families) = (texts("clusterIPs"), texts("ipFamilies"));
        let mut given: Vec<String> = Vec::new();
        for index in 0..families.len().max(asked.len()).max(1) {
            let second = families.get(index).is_some_and(|family| family == "IPv6")
                || asked.get(index).is_some_and(|ip| ip.contains(':'));
            let Some(range) = self.range(second) else { continue };
            match asked.get(index) {
                Some(ip) => {
                    self.check_cluster_ip(ip, &range, &asked, key)?;
                    given.push(ip.clone());
                }
                None => given.push(self.free_cluster_ip(&range)?),
            }
        }
        if let Some(first) = given.first() {
            spec.insert("clusterIP".into(), first.as_str().into());
            spec.insert("clusterIPs".into(), serde_json::json!(given));
        }
        Ok(())
    }

    /// The range of a family; none when the cluster has no IPv6.
    fn range(&self, second: bool) -> Option<Range> {
        let (base, prefix, bits) = if second {
            let (network, prefix) = self.config().service_cidr6?;
            (u128::from(network), prefix, 128)
        } else {
            let (network, prefix) = self.config().service_cidr;
            (u128::from(u32::from(network)), prefix, 32)
        };
        let size = 1_u64.checked_shl(bits - u32::from(prefix).min(bits)).unwrap_or(1 << 16);
        // The first address is the network's own; the last one of IPv4 is for broadcasts.
        Some(Range { base, size, usable: size.saturating_sub(if second { 1 } else { 2 }), second })
    }

    fn free_cluster_ip(&mut self, range: &Range) -> std::result::Result<String, Cause> {
        let reserved = if range.size <= 16 { 0 } else { (range.size / 16).clamp(16, 256) };
        let dynamic = range.usable.saturating_sub(reserved);
        let start = self.draw("cluster-ip").below(dynamic);
        let free =
            |offset: u64| Some(range.address(offset + 1)).filter(|ip| self.store().cluster_ip_owner(ip).is_none());
        (0..dynamic)
            .map(|i| reserved + (start + i) % dynamic.max(1))
            .chain(0..reserved.min(range.usable))
            .find_map(free)
            .ok_or_else(|| Cause {
                field: FieldPath::of("spec.clusterIPs"),
                body: "Internal error: failed to allocate a serviceIP: range is full".into(),
            })
    }

    fn check_cluster_ip(&self, ip: &str, range: &Range, all: &[String], key: &Key) -> std::result::Result<(), Cause> {
        let failed = |why: &str| Cause {
            field: FieldPath::of("spec.clusterIPs"),
            body: format!("Invalid value: {}: failed to allocate IP {ip}: {why}", go_json(&serde_json::json!(all))),
        };
        if !range.contains(ip) {
            return Err(failed("the provided network does not match the current range"));
        }
        match self.store().cluster_ip_owner(ip) {
            Some(owner) if owner != key => Err(failed("provided IP is already allocated")),
            _ => Ok(()),
        }
    }

    fn allocate_node_ports(&mut self, spec: &mut Fields, before: Before<'_>, key: &Key) -> Result<()> {
        let had: BTreeSet<i32> = before.map(fields::node_ports).unwrap_or_default();
        if fields::needs_node_ports(spec) {
            // Ports that this object asks for or has been given, with their protocols: TCP and UDP may share a number.
            let mut taken: Vec<(i32, String)> = Vec::new();
            for index in 0..fields::ports(spec).len() {
                let path = FieldPath::of("spec.ports").index(index).child("nodePort");
                let port = fields::port(spec, index);
                let asked = fields::number(&port, "nodePort");
                let protocol = fields::text(&port, "protocol").to_owned();
                let number = if asked != 0 {
                    let shared = taken.iter().any(|(number, other)| *number == asked && *other != protocol);
                    if !shared {
                        self.check_node_port(asked, &had, path, key)?;
                    }
                    asked
                } else {
                    // A port of the same number and another protocol shares its node port.
                    let same = fields::number(&port, "port");
                    let sibling = (0..index).map(|i| fields::port(spec, i)).find(|other| {
                        fields::number(other, "port") == same && fields::text(other, "protocol") != protocol
                    });
                    match sibling.map(|other| fields::number(&other, "nodePort")).filter(|number| *number != 0) {
                        Some(number) => number,
                        None => self.free_node_port(&taken, &key.name)?,
                    }
                };
                taken.push((number, protocol));
                fields::set_port(spec, index, "nodePort", number);
            }
        }
        if fields::needs_health_check_port(spec) {
            let asked = fields::number(spec, "healthCheckNodePort");
            if asked == 0 {
                let number = self.free_node_port(&[], &key.name)?;
                spec.insert("healthCheckNodePort".into(), number.into());
            } else {
                self.check_node_port(asked, &had, FieldPath::of("spec.healthCheckNodePort"), key)?;
            }
        }
        Ok(())
    }

    fn check_node_port(&self, port: i32, had: &BTreeSet<i32>, field: FieldPath, key: &Key) -> Result<()> {
        let (low, high) = self.config().node_ports;
        let why = if !(low..=high).contains(&port) {
            format!("provided port is not in the valid range. The range of valid ports is {low}-{high}")
        } else if !had.contains(&port) && self.store().node_port_owner(port).is_some() {
            "provided port is already allocated".to_owned()
        } else {
            return Ok(());
        };
        let cause = Cause { field, body: format!("Invalid value: {port}: {why}") };
        Err(Status::invalid(Kind::SERVICE, &key.name, vec![cause]))
    }

    /// A free node port: random in the upper band, then whatever is left.
    fn free_node_port(&mut self, taken: &[(i32, String)], name: &str) -> Result<i32> {
        let (low, high) = self.config().node_ports;
        let size = u64::try_from(high - low + 1).unwrap_or(0);
        let reserved = if size < 16 { 0 } else { (size / 32).clamp(16, 128) };
        let dynamic = size.saturating_sub(reserved);
        let start = self.draw("node-port").below(dynamic);
        (0..dynamic)
            .map(|i| reserved + (start + i) % dynamic.max(1))
            .chain(0..reserved.min(size))
            .filter_map(|offset| i32::try_from(offset).ok().map(|offset| low + offset))
            .find(|port| {
                self.store().node_port_owner(*port).is_none() && taken.iter().all(|(number, _)| number != port)
            })
            .ok_or_else(|| {
                let message = "Internal error occurred: failed to allocate a nodePort: range is full";
                Status::new(super::Reason::InternalError, Kind::SERVICE, name, message)
            })
    }
}
