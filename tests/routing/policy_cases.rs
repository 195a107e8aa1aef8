//! Rows of the decision table about NetworkPolicies.

use super::{Case, pod};
use serde_json::{Value, json};
use tabernetes::network::policy::PolicyNet;
use tabernetes::network::route::Client;
use tabernetes::network::view::*;

/// Puts a policy of the namespace `default` into force.
pub fn policy(view: &mut NetView, name: &str, spec: Value) {
    let object = json!({"metadata": {"name": name, "namespace": "default"}, "spec": spec});
    view.put_policy(PolicyNet::from_object(&object).unwrap());
}

/// Lets one rule allow something into web.
fn into_web(view: &mut NetView, rule: Value) {
    let pods = json!({"matchLabels": {"app": "web"}});
    policy(view, "web-in", json!({"podSelector": pods, "policyTypes": ["Ingress"], "ingress": [rule]}));
}

pub fn cases() -> Vec<Case> {
    let web = "http://10.244.1.2:8080";
    vec![
        (
            "policy-dns",
            pod("td-1"),
            "http://web",
            |v| policy(v, "deny-out", json!({"podSelector": {}, "policyTypes": ["Egress"]})),
            "td-1 may not ask DNS, so no name means anything to it: deny-out let it call only what their egress rules name, and none names UDP port 53 of kube-dns",
            "NetworkPolicy spec.podSelector",
            r#"[{"op":"add","path":"/spec/egress","value":[{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}],"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"kube-system"}},"podSelector":{"matchLabels":{"k8s-app":"kube-dns"}}}]}]}]"#,
        ),
        (
            "policy-in",
            pod("td-1"),
            "http://web",
            |v| policy(v, "deny-all", json!({"podSelector": {}, "policyTypes": ["Ingress"]})),
            "NetworkPolicy deny-all isolates web-2 and has no ingress rule: nobody may call it",
            "NetworkPolicy spec.podSelector",
            r#"[{"op":"add","path":"/spec/ingress","value":[{"from":[{"podSelector":{"matchLabels":{"app":"td"}}}],"ports":[{"port":8080,"protocol":"TCP"}]}]}]"#,
        ),
        (
            "policy-in",
            pod("td-1"),
            web,
            |v| into_web(v, json!({"from": [{"podSelector": {"matchLabels": {"app": "dt"}}}]})),
            "NetworkPolicy web-in allows pods with app=dt; td-1 has app=td",
            "NetworkPolicy spec.ingress[0].from[0].podSelector.matchLabels[app]",
            r#"[{"op":"add","path":"/spec/ingress/0/from/0/podSelector/matchLabels/app","value":"td"}]"#,
        ),
        (
            "policy-in",
            pod("td-1"),
            "http://web",
            |v| {
                into_web(v, json!({"from": [{"podSelector": {"matchLabels": {"app": "td"}}}], "ports": [{"port": 80}]}))
            },
            "NetworkPolicy web-in lets td-1 call web-2, but only on 80/TCP; the request came to port 8080 (the pod's port, not the Service's)",
            "NetworkPolicy spec.ingress[0].ports",
            r#"[{"op":"add","path":"/spec/ingress/0/ports/-","value":{"port":8080,"protocol":"TCP"}}]"#,
        ),
        (
            "policy-in",
            Client::Pod(Key::new("my-ns", "nsweb")),
            web,
            |v| into_web(v, json!({"from": [{"podSelector": {"matchLabels": {"app": "nsweb"}}}]})),
            "In NetworkPolicy web-in the podSelector stands without a namespaceSelector, so it means pods of default; nsweb is in my-ns",
            "NetworkPolicy spec.ingress[0].from[0]",
            r#"[{"op":"add","path":"/spec/ingress/0/from/0/namespaceSelector","value":{"matchLabels":{"kubernetes.io/metadata.name":"my-ns"}}}]"#,
        ),
        (
            "policy-in",
            Client::Pod(Key::new("my-ns", "nsweb")),
            web,
            |v| into_web(v, json!({"from": [{"namespaceSelector": {"matchLabels": {"team": "a"}}}]})),
            "The pod labels fit, but NetworkPolicy web-in selects other namespaces; nsweb is in my-ns, which has kubernetes.io/metadata.name=my-ns",
            "NetworkPolicy spec.ingress[0].from[0].namespaceSelector",
            r#"[{"op":"add","path":"/spec/ingress/-","value":{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"my-ns"}},"podSelector":{"matchLabels":{"app":"nsweb"}}}],"ports":[{"port":8080,"protocol":"TCP"}]}}]"#,
        ),
        (
            "policy-in",
            Client::Outside("203.0.113.7".parse().unwrap()),
            "http://192.168.49.3:30081",
            |v| into_web(v, json!({"from": [{"ipBlock": {"cidr": "203.0.113.0/24", "except": ["203.0.113.7/32"]}}]})),
            "NetworkPolicy web-in allows a block of addresses except some, and 203.0.113.7 is one of those",
            "NetworkPolicy spec.ingress[0].from[0].ipBlock.except",
            r#"[{"op":"add","path":"/spec/ingress/-","value":{"from":[{"ipBlock":{"cidr":"203.0.113.7/32"}}],"ports":[{"port":8080,"protocol":"TCP"}]}}]"#,
        ),
        (
            "policy-in",
            Client::Outside("203.0.113.7".parse().unwrap()),
            "http://192.168.49.4:30080",
            |v| into_web(v, json!({"from": [{"podSelector": {}}]})),
            "The pod's node sees the request come from 192.168.49.4 of node-3, not from the client (its source was hidden on the way), and NetworkPolicy web-in allows pods only",
            "NetworkPolicy spec.podSelector",
            r#"[{"op":"add","path":"/spec/ingress/-","value":{"from":[{"ipBlock":{"cidr":"192.168.49.4/32"}}],"ports":[{"port":8080,"protocol":"TCP"}]}}]"#,
        ),
        (
            "policy-out",
            pod("td-1"),
            "http://10.244.2.2:8080",
            |v| {
                let to = json!([{"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}]);
                policy(v, "out", json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": to}))
            },
            "out isolate td-1, and no egress rule allows web-2 on port 8080",
            "NetworkPolicy spec.podSelector",
            r#"[{"op":"add","path":"/spec/egress/-","value":{"ports":[{"port":8080,"protocol":"TCP"}],"to":[{"podSelector":{"matchLabels":{"app":"web"}}}]}}]"#,
        ),
        (
            "policy-out",
            pod("td-1"),
            "http://10.244.2.2:8080",
            |v| {
                let to = json!([{"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}, {"port": 9000, "endPort": 9010}]}]);
                policy(v, "out", json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": to}))
            },
            "NetworkPolicy out lets td-1 call web-2, but only on 80/TCP, 53/UDP, 9000-9010/TCP; the request went to port 8080 (the pod's port, not the Service's)",
            "NetworkPolicy spec.egress[0].ports",
            r#"[{"op":"add","path":"/spec/egress/0/ports/-","value":{"port":8080,"protocol":"TCP"}}]"#,
        ),
    ]
}
