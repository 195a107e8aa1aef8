//! A pod's DNS settings and its hosts file.

use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::api::validate::{ip, meta, text};

type Errors = Vec<FieldError>;

/// Models `validatePodDNSConfig`.
pub fn config(spec: &Node, errors: &mut Errors) {
    let at = spec.get("dnsConfig");
    let (servers, searches) = (at.get("nameservers"), at.get("searches"));
    if spec.get("dnsPolicy").str() == "None" {
        if !at.exists() {
            errors.push(at.required("must provide `dnsConfig` when `dnsPolicy` is None"));
            return;
        }
        if servers.is_empty() {
            errors.push(servers.required("must provide at least one DNS nameserver when `dnsPolicy` is None"));
            return;
        }
    }
    if servers.len() > 3 {
        errors.push(servers.invalid("must not have more than 3 nameservers"));
    }
    for server in servers.items() {
        meta::flaws(&server, ip::address(server.str(), true), errors);
    }
    if searches.len() > 32 {
        errors.push(searches.invalid("must not have more than 32 search paths"));
    }
    if searches.strs().map(|search| search.len() + 1).sum::<usize>() > 2049 {
        errors.push(searches.invalid("must not have more than 2048 characters (including spaces) in the search list"));
    }
    for search in searches.items().filter(|search| search.str() != ".") {
        let name = search.str().strip_suffix('.').unwrap_or(search.str());
        errors.extend(text::dns_subdomain_underscore(name).into_iter().map(|flaw| search.invalid_as(name, flaw)));
    }
    for option in at.get("options").items() {
        if option.get("name").str().is_empty() {
            errors.push(option.required("must not be empty"));
        }
    }
}

/// Models `ValidateHostAliases`.
pub fn host_aliases(at: &Node, errors: &mut Errors) {
    for alias in at.items() {
        let address = alias.get("ip");
        meta::flaws(&address, ip::address(address.str(), true), errors);
        for host in alias.get("hostnames").items() {
            meta::flaws(&host, text::dns_subdomain(host.str()), errors);
        }
    }
}
