//! Warnings about Services.
//!
//! Models `pkg/api/service/warnings.go`.

use crate::api::node::Node;
use crate::api::validate::ip;

pub fn warnings(object: &Node, warnings: &mut Vec<String>) {
    let (metadata, spec) = (object.get("metadata"), object.get("spec"));
    let annotations = metadata.get("annotations");
    if annotations.key("service.kubernetes.io/topology-aware-hints").exists() {
        warnings.push(
            "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead"
                .to_owned(),
        );
    }
    let kind = spec.get("type").str();
    let headless = kind == "ClusterIP" && spec.get("clusterIP").str() == "None";
    let external_name = kind == "ExternalName";
    if !external_name && !matches!(spec.get("clusterIP").str(), "" | "None") {
        warnings.extend(spec.get("clusterIPs").items().filter_map(|address| ip::address_warning(&address)));
    }
    let external_ips = spec.get("externalIPs");
    let mut warn = |when: bool, text: &str| {
        if when {
            warnings.push(text.to_owned());
        }
    };
    if headless {
        warn(!spec.get("loadBalancerIP").str().is_empty(), "spec.loadBalancerIP is ignored for headless services");
        warn(!external_ips.is_empty(), "spec.externalIPs is ignored for headless services");
        warn(spec.get("sessionAffinity").str() != "None", "spec.SessionAffinity is ignored for headless services");
    }
    warnings.extend(external_ips.items().filter_map(|address| ip::address_warning(&address)));
    if !external_ips.is_empty() && !headless && !external_name {
        warnings.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters".to_owned());
    }
    warnings.extend(ip::address_warning(&spec.get("loadBalancerIP")));
    for range in spec.get("loadBalancerSourceRanges").items() {
        warnings.extend(ip::cidr_warnings(&range));
    }
    if external_name && !external_ips.is_empty() {
        warnings.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned());
    }
    if !external_name && !spec.get("externalName").str().is_empty() {
        warnings.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_owned());
    }
    if spec.get("trafficDistribution").str() == "PreferClose" {
        warnings.push("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"".to_owned());
    }
}
