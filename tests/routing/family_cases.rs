//! The rows about families of addresses. `-6 URL` asks for IPv6 only.

use super::Case;
use super::dual_world::make_dual;
use super::world::*;
use super::{nothing, pod};
use tabernetes::network::view::*;

pub fn cases() -> Vec<Case> {
    vec![
        (
            "client-family",
            pod("cli-3"),
            "http://[fd00:10:96::1]",
            nothing,
            "fd00:10:96::1 is an IPv6 address, and where the request comes from there is none of that family",
            "Pod status.podIPs",
            "",
        ),
        (
            "service-family",
            pod("cli-3"),
            "-6 http://web",
            make_dual,
            "Service web has no IPv6 address, only IPv4",
            "Service spec.ipFamilyPolicy",
            r#"{"spec":{"ipFamilyPolicy":"PreferDualStack"}}"#,
        ),
        (
            "service-family",
            pod("cli-3"),
            "-6 http://web",
            nothing,
            "Service web has no IPv6 address, only IPv4",
            "Service spec.ipFamilyPolicy",
            "",
        ),
        (
            "node-port-family",
            pod("cli-3"),
            "http://[fc00:f853:ccd:e793::3]:30603",
            make_dual,
            "Node port 30603 of Service four is open on the nodes' IPv4 addresses only: the Service has no IPv6 address",
            "Service spec.ipFamilyPolicy",
            r#"{"spec":{"ipFamilyPolicy":"PreferDualStack"}}"#,
        ),
        (
            "endpoint-family",
            pod("cli-3"),
            "-6 http://both",
            |view| {
                make_dual(view);
                let six: Vec<Key> = view
                    .slices_of(&Key::new("default", "both"))
                    .filter(|slice| slice.endpoints.iter().all(|one| one.addresses.iter().all(|ip| ip.is_ipv6())))
                    .map(|slice| slice.key.clone())
                    .collect();
                six.iter().for_each(|key| view.remove_slice(key));
                // A Service that picks its endpoints would have them in both families.
                change_service(view, "both", |service| service.selector = None);
            },
            "No endpoint of Service both has an IPv6 address; those with IPv4 are ready",
            "EndpointSlice addressType",
            "http://10.0.66.0",
        ),
    ]
}
