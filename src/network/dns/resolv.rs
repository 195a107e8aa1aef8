//! `/etc/resolv.conf` as the kubelet writes it.
//!
//! Models pkg/kubelet/network/dns/dns.go.

use crate::base::Str;
use crate::network::view::{DnsPolicy, NetView, PodNet};
use std::fmt;
use std::net::IpAddr;

/// At most so many name servers are kept.
const MAX_NAMESERVERS: usize = 3;
/// At most so many search domains are kept.
const MAX_SEARCHES: usize = 32;

/// The resolver's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// `search`.
    pub search: Vec<Str>,
    /// `nameserver`.
    pub nameservers: Vec<IpAddr>,
    /// `options`: name and value.
    pub options: Vec<(Str, Option<Str>)>,
}

impl ResolvConf {
    /// How many dots make a name be tried as it is first; the resolver's default is 1.
    pub fn ndots(&self) -> usize {
        self.options
            .iter()
            .rev()
            .find(|(name, _)| &**name == "ndots")
            .and_then(|(_, value)| value.as_ref()?.parse().ok())
            .unwrap_or(1)
            .min(15)
    }

    /// The settings of a process on a node itself.
    pub fn of_node(view: &NetView) -> ResolvConf {
        let node = &view.config.node_resolv;
        ResolvConf { search: node.search.clone(), nameservers: node.nameservers.clone(), options: Vec::new() }
    }

    /// The settings of a pod.
    pub fn of_pod(view: &NetView, pod: &PodNet) -> ResolvConf {
        let cluster_first = match pod.dns_policy {
            DnsPolicy::ClusterFirst => !pod.host_network,
            DnsPolicy::ClusterFirstWithHostNet => true,
            DnsPolicy::Default | DnsPolicy::None => false,
        };
        let mut conf = match pod.dns_policy {
            DnsPolicy::None => ResolvConf::default(),
            _ if cluster_first => {
                let domain = &view.config.domain;
                let own = [
                    format!("{}.svc.{domain}", pod.key.namespace).into(),
                    format!("svc.{domain}").into(),
                    domain.clone(),
                ];
                ResolvConf {
                    search: without_repeats(own.into_iter().chain(view.config.node_resolv.search.iter().cloned())),
                    nameservers: vec![view.config.dns_ip],
                    options: vec![("ndots".into(), Some("5".into()))],
                }
            }
            _ => ResolvConf::of_node(view),
        };
        let extra = &pod.dns_config;
        conf.nameservers = without_repeats(conf.nameservers.into_iter().chain(extra.nameservers.iter().copied()));
        conf.search = without_repeats(conf.search.into_iter().chain(extra.searches.iter().cloned()));
        for (name, value) in &extra.options {
            match conf.options.iter_mut().find(|(known, _)| known == name) {
                Some(known) => known.1.clone_from(value),
                None => conf.options.push((name.clone(), value.clone())),
            }
        }
        conf.nameservers.truncate(MAX_NAMESERVERS);
        conf.search.truncate(MAX_SEARCHES);
        conf
    }
}

fn without_repeats<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

impl fmt::Display for ResolvConf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.search.is_empty() {
            writeln!(f, "search {}", self.search.join(" "))?;
        }
        for server in &self.nameservers {
            writeln!(f, "nameserver {server}")?;
        }
        if !self.options.is_empty() {
            let options: Vec<String> = self
                .options
                .iter()
                .map(|(name, value)| value.as_ref().map_or_else(|| name.to_string(), |value| format!("{name}:{value}")))
                .collect();
            writeln!(f, "options {}", options.join(" "))?;
        }
        Ok(())
    }
}
