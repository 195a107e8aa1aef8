//! The decision table: the first row that fits is the cause.

use super::facts::Facts;
use super::{Diagnosis, endpoints, family, ingress, names, policy, ports, reach, rollout};

/// A row.
pub struct Row {
    /// Its name, as in [`Diagnosis::row`].
    pub id: &'static str,
    /// The number in the list of what learners trip over, for rows that are on it.
    pub block: Option<u8>,
    pub(super) check: fn(&Facts<'_>) -> Option<Diagnosis>,
}

const fn row(id: &'static str, block: u8, check: fn(&Facts<'_>) -> Option<Diagnosis>) -> Row {
    Row { id, block: if block == 0 { None } else { Some(block) }, check }
}

/// All rows, in the order in which they are asked. Blocks 7 and 17 to 20 are about the API and rollouts, not about requests.
pub const TABLE: &[Row] = &[
    row("client", 0, reach::client),
    row("node-down", 0, reach::node_down),
    // What a NetworkPolicy dropped went no further.
    row("policy-dns", 0, policy::dns),
    row("policy-in", 0, policy::inwards),
    row("policy-out", 0, policy::outwards),
    // What an ingress controller answered, or what it is asked for where there is none.
    row("ingress-controller", 0, ingress::no_controller),
    row("ingress-class", 0, ingress::class),
    row("ingress-host", 0, ingress::host),
    row("ingress-path", 0, ingress::path),
    row("ingress-service", 0, ingress::no_service),
    row("ingress-port", 0, ingress::no_port),
    row("ingress-endpoints", 0, ingress::endpoints),
    row("ingress-timeout", 0, ingress::timeout),
    row("ingress-certificate", 0, ingress::certificate),
    row("ingress-redirect", 0, ingress::redirected),
    row("ingress-not-allowed", 0, ingress::not_allowed),
    row("ingress-backend", 0, ingress::backend_answer),
    // Families.
    row("client-family", 0, family::client),
    row("service-family", 0, family::service),
    // Names.
    row("dns-server", 0, names::dns_server),
    row("load-balancer-pending", 8, reach::balancer_pending),
    row("external-name-address", 9, names::external_name_address),
    row("external-name-target", 9, names::external_name_target),
    row("headless-empty", 14, names::headless_empty),
    row("name-outside-cluster", 16, names::name_outside_cluster),
    row("other-namespace", 16, names::other_namespace),
    row("pod-name", 16, names::pod_name),
    row("name-typo", 16, names::typo),
    row("no-such-name", 16, names::no_such_name),
    // Virtual addresses.
    row("ping", 15, reach::ping),
    row("rollout-race", 21, rollout::race),
    row("starting", 21, rollout::starting),
    row("other-proxy", 0, reach::other_proxy),
    row("stale-rules", 0, reach::stale_rules),
    row("source-ranges", 0, reach::source_ranges),
    row("endpoint-family", 0, family::endpoints),
    row("selector-mismatch", 1, endpoints::selector_mismatch),
    row("pods-not-ready", 2, endpoints::pods_not_ready),
    row("named-port-missing", 5, endpoints::named_port_missing),
    row("no-selector", 0, endpoints::no_selector),
    row("external-policy-local", 11, reach::external_local),
    row("internal-policy-local", 12, reach::internal_local),
    row("wrong-protocol", 0, ports::wrong_protocol),
    row("wrong-service-port", 3, ports::wrong_service_port),
    row("balancer-port", 0, ports::balancer_port),
    // The other end.
    row("loopback-only", 4, ports::loopback_only),
    row("headless-port", 14, ports::headless_port),
    row("pod-port", 3, ports::pod_port),
    row("target-port", 3, ports::target_port),
    row("node-port-family", 0, family::node_port),
    row("wrong-node-port", 6, ports::wrong_node_port),
    row("external-name-port", 9, ports::external_name_port),
    row("external-name-host", 10, names::external_name_host),
    row("tls", 10, reach::tls),
    row("not-http", 0, reach::not_http),
    row("silent-process", 0, reach::silent_process),
    row("resets", 0, reach::resets),
    // Places.
    row("cluster-ip-from-outside", 6, reach::cluster_ip_from_outside),
    row("node-hidden", 6, reach::node_hidden),
    row("no-balancer", 8, reach::no_balancer),
    row("pod-gone", 0, reach::pod_gone),
    row("answer-astray", 0, reach::answer_astray),
    row("unused-cluster-ip", 0, reach::unused_cluster_ip),
    row("nobody-there", 0, reach::nobody_there),
];
