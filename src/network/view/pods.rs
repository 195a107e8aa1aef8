//! Pods and what runs in them, as the network sees them.

use super::{Key, ObjectRef};
use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::network::addr::{Family, Protocol};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// `status.phase`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Not started.
    Pending,
    /// Started.
    #[default]
    Running,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
}

/// `dnsPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsPolicy {
    /// The cluster's DNS first: the default (`Default` for pods in the host network).
    #[default]
    ClusterFirst,
    /// The cluster's DNS even in the host network.
    ClusterFirstWithHostNet,
    /// The node's own.
    Default,
    /// Only what dnsConfig says.
    None,
}

/// `dnsConfig`.
#[derive(Clone, Debug, Default)]
pub struct DnsConfig {
    /// `nameservers`.
    pub nameservers: Vec<IpAddr>,
    /// `searches`.
    pub searches: Vec<Str>,
    /// `options`: name and value.
    pub options: Vec<(Str, Option<Str>)>,
}

/// A declared port of a container.
#[derive(Clone, Debug)]
pub struct ContainerPort {
    /// Its name; empty when it has none.
    pub name: Str,
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// `containerPort`.
    pub port: u16,
    /// `hostPort`.
    pub host_port: Option<u16>,
}

/// Where a process listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bind {
    /// On all addresses of the pod.
    #[default]
    Any,
    /// On 127.0.0.1 only.
    Loopback,
}

/// What a process does with a connection.
#[derive(Clone, Debug)]
pub enum Speaks {
    /// Answers HTTP; the first handler that fits answers, none fitting is a 404.
    Http(Vec<HttpHandler>),
    /// The same behind TLS; the names its certificate is valid for, and whether a client trusts it.
    Https {
        /// DNS names of the certificate.
        names: Vec<Str>,
        /// Whether a public authority signed it.
        trusted: bool,
        /// As for `Http`.
        handlers: Vec<HttpHandler>,
    },
    /// Sends this text and closes: any other protocol. Placeholders as in [`HttpHandler::body`].
    Raw(Str),
    /// Closes the connection on what is not its own protocol (Redis, PostgreSQL).
    Closes,
    /// Is an ingress controller: passes HTTP on as Ingresses say.
    Ingress {
        /// Whether behind TLS.
        tls: bool,
    },
    /// Accepts and never answers (a frozen process, a deadlock).
    Nothing,
    /// Accepts and resets.
    Resets,
}

/// One answer of an HTTP server.
#[derive(Clone, Debug)]
pub struct HttpHandler {
    /// The `Host` header it is for; `None` is any.
    pub host: Option<Str>,
    /// The path that it is for; one that ends in `*` is for all that begin so; empty is any.
    pub path: Str,
    /// The status code.
    pub status: u16,
    /// Response headers; templates like the body.
    pub headers: Vec<(Str, Str)>,
    /// The body, a template as `kubelet::behaviour::Facts::fill` fills in.
    pub body: Str,
    /// How long the answer takes.
    pub delay: Duration,
}

/// A listening socket.
#[derive(Clone, Debug)]
pub struct Listener {
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// Its port.
    pub port: u16,
    /// Its address.
    pub bind: Bind,
    /// What it does.
    pub speaks: Speaks,
}

/// A container.
#[derive(Clone, Debug)]
pub struct ContainerNet {
    /// Its name.
    pub name: Str,
    /// Its image, for sentences such as "nginx listens on 80".
    pub image: Str,
    /// Its declared ports: information only.
    pub ports: Vec<ContainerPort>,
    /// What it really listens on while it runs.
    pub listeners: Vec<Listener>,
    /// Whether it runs now.
    pub running: bool,
    /// Whether its process has started and does not listen yet.
    pub starting: bool,
    /// Why it waits: `CrashLoopBackOff`, `ImagePullBackOff`.
    pub waiting: Option<Str>,
}

/// A pod.
#[derive(Clone, Debug)]
pub struct PodNet {
    /// Namespace and name.
    pub key: Key,
    /// Its address.
    pub ip: Option<IpAddr>,
    /// The one of the other family.
    pub second_ip: Option<IpAddr>,
    /// Its node.
    pub node: Option<Str>,
    /// Whether it uses the node's network.
    pub host_network: bool,
    /// Its labels.
    pub labels: BTreeMap<Str, Str>,
    /// Whether its Ready condition is True.
    pub ready: bool,
    /// Why it is not ready, where somebody knows better than its phase.
    pub why_not_ready: Option<Msg>,
    /// `status.phase`.
    pub phase: Phase,
    /// Whether it has a deletionTimestamp.
    pub terminating: bool,
    /// Its containers (and sidecars).
    pub containers: Vec<ContainerNet>,
    /// `dnsPolicy`.
    pub dns_policy: DnsPolicy,
    /// `dnsConfig`.
    pub dns_config: DnsConfig,
    /// `spec.hostAliases`: lines of `/etc/hosts`.
    pub host_aliases: Vec<(IpAddr, Vec<Str>)>,
    /// `spec.hostname`.
    pub hostname: Option<Str>,
    /// `spec.subdomain`.
    pub subdomain: Option<Str>,
    /// Whether its network namespace exists on the node, whatever the API says: without it nobody has its address.
    pub alive: bool,
    /// The workload at the top of its owners (a Deployment, not its ReplicaSet): where its labels and ports are written.
    pub workload: Option<ObjectRef>,
}

impl PodNet {
    /// Its address of a family.
    pub fn ip_of(&self, family: Family) -> Option<IpAddr> {
        family.pick([self.ip, self.second_ip])
    }

    /// The sockets of the running containers.
    pub fn listeners(&self) -> impl Iterator<Item = (&ContainerNet, &Listener)> {
        self.containers
            .iter()
            .filter(|container| self.alive && container.running && !container.starting)
            .flat_map(|container| container.listeners.iter().map(move |listener| (container, listener)))
    }

    /// The address that its `/etc/hosts` has for a name.
    pub fn alias(&self, name: &str) -> Option<IpAddr> {
        let has = |names: &[Str]| names.iter().any(|one| one.eq_ignore_ascii_case(name));
        self.host_aliases.iter().find(|(_, names)| has(names)).map(|(ip, _)| *ip)
    }

    /// Its `/etc/hosts`, as the kubelet writes it. Models pkg/kubelet/kubelet_pods.go `managedHostsFileContent`.
    pub fn hosts_file(&self, domain: &str) -> String {
        let mut text = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost \
                        ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\n\
                        fe00::2\tip6-allrouters\n"
            .to_owned();
        let name = self.host_name();
        if let Some(ip) = self.ip {
            text.push_str(&match &self.subdomain {
                Some(sub) => format!("{ip}\t{name}.{sub}.{}.svc.{domain}\t{name}\n", self.key.namespace),
                None => format!("{ip}\t{name}\n"),
            });
        }
        if !self.host_aliases.is_empty() {
            text.push_str("\n# Entries added by HostAliases.\n");
        }
        for (ip, names) in &self.host_aliases {
            text.push_str(&format!("{ip}\t{}\n", names.join("\t")));
        }
        text
    }

    /// What `hostname` prints in it.
    pub fn host_name(&self) -> &str {
        let name = self.hostname.as_deref().unwrap_or(&self.key.name);
        name.get(..63).unwrap_or(name)
    }
}
