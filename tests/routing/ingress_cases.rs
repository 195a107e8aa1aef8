//! Rows of the decision table about Ingresses.

use super::ingress_world::*;
use super::world::{change_pod, server};
use super::{Case, pod};
use serde_json::json;
use tabernetes::network::addr::Protocol;
use tabernetes::network::route::Client;
use tabernetes::network::view::*;

fn with(view: &mut NetView, rules: &[&str], change: impl FnOnce(&mut serde_json::Value)) {
    install(view);
    ingress(view, "front", rules, change);
}

pub fn cases() -> Vec<Case> {
    let shop = "http://shop.example.com/";
    let outside = || Client::Internet;
    vec![
        (
            "ingress-controller",
            outside(),
            shop,
            |v| ingress(v, "front", &["shop.example.com / Prefix j-hp:80"], |_| {}),
            "shop.example.com is a host of Ingress front, but no ingress controller runs in this cluster, so nobody acts on it",
            "Ingress status.loadBalancer",
            "",
        ),
        (
            "ingress-class",
            outside(),
            shop,
            |v| {
                with(v, &["shop.example.com / Prefix j-hp:80"], |o| {
                    o["spec"].as_object_mut().unwrap().remove("ingressClassName");
                })
            },
            "Ingress front names no IngressClass and there is no default one, so no controller acts on it: 404",
            "Ingress spec.ingressClassName",
            r#"{"spec":{"ingressClassName":"nginx"}}"#,
        ),
        (
            "ingress-class",
            outside(),
            shop,
            |v| with(v, &["shop.example.com / Prefix j-hp:80"], |o| o["spec"]["ingressClassName"] = "ngnix".into()),
            "Ingress front names the IngressClass ngnix, which does not exist, so no controller acts on it: 404",
            "Ingress spec.ingressClassName",
            r#"{"spec":{"ingressClassName":"nginx"}}"#,
        ),
        (
            "ingress-class",
            outside(),
            shop,
            |v| with(v, &["shop.example.com / Prefix j-hp:80"], |o| o["spec"]["ingressClassName"] = "other".into()),
            "The IngressClass other of Ingress front belongs to example.com/other, which does not run here: 404",
            "Ingress spec.ingressClassName",
            r#"{"spec":{"ingressClassName":"nginx"}}"#,
        ),
        (
            "ingress-host",
            outside(),
            "http://198.51.100.200/",
            |v| with(v, &["shop.example.com / Prefix j-hp:80"], |_| {}),
            "404 of the controller: the request names 198.51.100.200 as its host, and the rules are for shop.example.com",
            "Ingress spec.rules[0].host",
            "http://shop.example.com",
        ),
        (
            "ingress-host",
            pod("cli-3"),
            "http://ingress-nginx-controller.ingress-nginx/",
            |v| with(v, &["shop.example.com / Prefix j-hp:80"], |_| {}),
            "404 of the controller: no rule is for the host ingress-nginx-controller.ingress-nginx; there are rules for shop.example.com",
            "Ingress spec.rules[0].host",
            "http://shop.example.com",
        ),
        (
            "ingress-path",
            outside(),
            "http://shop.example.com/crat",
            |v| with(v, &["shop.example.com /cart Prefix j-hp:80", "shop.example.com /api Prefix j-hp:80"], |_| {}),
            "404 of the controller: no path of shop.example.com fits /crat; there are /cart, /api",
            "Ingress spec.rules[0].http.paths[0].path",
            "http://shop.example.com/cart",
        ),
        (
            "ingress-path",
            outside(),
            "http://shop.example.com/cart/1",
            |v| with(v, &["shop.example.com /cart Exact j-hp:80"], |_| {}),
            "404 of the controller: /cart of Ingress front is Exact, so /cart/1 does not fit",
            "Ingress spec.rules[0].http.paths[0].pathType",
            r#"[{"op":"replace","path":"/spec/rules/0/http/paths/0/pathType","value":"Prefix"}]"#,
        ),
        (
            "ingress-service",
            outside(),
            shop,
            |v| with(v, &["shop.example.com / Prefix j-ph:80"], |_| {}),
            "503 of the controller: Ingress front leads to Service j-ph, which does not exist; j-hp does",
            "Ingress spec.rules[0].http.paths[0].backend.service.name",
            r#"[{"op":"replace","path":"/spec/rules/0/http/paths/0/backend/service/name","value":"j-hp"}]"#,
        ),
        (
            "ingress-port",
            outside(),
            shop,
            |v| with(v, &["shop.example.com / Prefix web:81"], |_| {}),
            "503 of the controller: Ingress front leads to port 81 of web, which has 80 (http), 9000 (admin), 53 (dnsu)",
            "Ingress spec.rules[0].http.paths[0].backend.service.port",
            r#"[{"op":"replace","path":"/spec/rules/0/http/paths/0/backend/service/port","value":{"number":80}}]"#,
        ),
        (
            "selector-mismatch",
            outside(),
            shop,
            |v| with(v, &["shop.example.com / Prefix b-none:80"], |_| {}),
            "Service b-none selects app=nothing: 0 of 29 pods match",
            "Service spec.selector",
            "",
        ),
        (
            "pods-not-ready",
            outside(),
            shop,
            |v| with(v, &["shop.example.com / Prefix b-unready:80"], |_| {}),
            "Service b-unready selects 1 pod, and it is not ready",
            "Pod status.conditions",
            "kubectl describe pod unr-2 -n default",
        ),
        (
            "target-port",
            outside(),
            shop,
            |v| with(v, &["shop.example.com / Prefix m-bad:80"], |_| {}),
            "m-bad sends to targetPort 7777, where nothing listens; web-1a listens on 8080/TCP (c), 9090/TCP (c), 5353/UDP (c)",
            "Service spec.ports[0].targetPort",
            r#"[{"op":"add","path":"/spec/ports/0/targetPort","value":8080}]"#,
        ),
        (
            "ingress-endpoints",
            outside(),
            shop,
            |v| {
                with(v, &["shop.example.com / Prefix j-hp:80"], |_| {});
                change_pod(v, "hp", |pod| pod.containers[0].listeners[0].speaks = Speaks::Closes);
            },
            "502 of the controller: no endpoint of j-hp took the connection and spoke HTTP",
            "Service spec",
            "",
        ),
        (
            "ingress-timeout",
            outside(),
            shop,
            |v| {
                with(v, &["shop.example.com / Prefix j-hp:80"], |_| {});
                change_pod(v, "hp", |pod| pod.containers[0].listeners[0].speaks = Speaks::Nothing);
            },
            "504 of the controller: the endpoints of j-hp did not answer in time",
            "",
            "",
        ),
        (
            "ingress-certificate",
            outside(),
            "https://shop.example.com/",
            |v| with(v, &["shop.example.com / Prefix j-hp:80"], |o| tls(o, "shop.example.com", "shop-tls")),
            "Ingress front wants the certificate of Secret shop-tls, which does not exist in default: the controller shows its own fake one",
            "Ingress spec.tls",
            "",
        ),
        (
            "ingress-certificate",
            outside(),
            "https://other.example.com/",
            |v| {
                secret(v, "shop-tls");
                with(v, &["other.example.com / Prefix j-hp:80"], |o| tls(o, "other.example.com", "shop-tls"))
            },
            "The certificate of Secret shop-tls is for shop.example.com, *.shop.example.com and not for other.example.com, so the controller shows its own fake one",
            "Secret data",
            "curl -k https://other.example.com",
        ),
        (
            "ingress-certificate",
            outside(),
            "https://shop.example.com/",
            |v| with(v, &["shop.example.com / Prefix j-hp:80"], |_| {}),
            "No Ingress has a tls entry for shop.example.com, so the controller shows its own fake certificate, which nobody trusts",
            "Ingress spec.tls",
            "curl -k https://shop.example.com",
        ),
        (
            "ingress-redirect",
            outside(),
            "http://shop.example.com/cart",
            |v| {
                secret(v, "shop-tls");
                with(v, &["shop.example.com / Prefix j-hp:80"], |o| tls(o, "shop.example.com", "shop-tls"))
            },
            "shop.example.com has a tls entry, so the controller sends plain HTTP on to https://shop.example.com/cart (308); curl follows with -L",
            "Ingress spec.tls",
            "https://shop.example.com/cart",
        ),
        (
            "ingress-not-allowed",
            outside(),
            shop,
            |v| with(v, &["shop.example.com / Prefix j-hp:80"], |o| note(o, "allowlist-source-range", "10.0.0.0/8")),
            "Ingress front allows some sources only, and 203.0.113.7 is none of them",
            "Ingress metadata.annotations",
            "",
        ),
        (
            "ingress-backend",
            outside(),
            "http://shop.example.com/cart/1",
            |v| {
                with(v, &["shop.example.com /cart Prefix j-hp:80"], |_| {});
                change_pod(v, "hp", |pod| {
                    let Speaks::Http(mut handlers) = server() else { return };
                    handlers[0].path = "/".into();
                    pod.containers[0].listeners = vec![Listener {
                        protocol: Protocol::Tcp,
                        port: 8080,
                        bind: Bind::Any,
                        speaks: Speaks::Http(handlers),
                    }];
                });
            },
            "The controller passed /cart/1 on as it is, and hp knows no such path: /cart stays in front unless it is rewritten",
            "Ingress spec.rules[0].http.paths[0].backend.service",
            REWRITE,
        ),
        (
            "policy-in",
            outside(),
            shop,
            |v| {
                with(v, &["shop.example.com / Prefix j-hp:80"], |_| {});
                super::policy_cases::policy(
                    v,
                    "only-app",
                    json!({"podSelector": {"matchLabels": {"app": "hp"}}, "policyTypes": ["Ingress"],
                        "ingress": [{"from": [{"podSelector": {}}]}]}),
                );
            },
            "In NetworkPolicy only-app the podSelector stands without a namespaceSelector, so it means pods of default; controller is in ingress-nginx",
            "NetworkPolicy spec.ingress[0].from[0]",
            r#"[{"op":"add","path":"/spec/ingress/0/from/0/namespaceSelector","value":{"matchLabels":{"kubernetes.io/metadata.name":"ingress-nginx"}}}]"#,
        ),
    ]
}

const REWRITE: &str = r#"{"metadata":{"annotations":{"nginx.ingress.kubernetes.io/rewrite-target":"/"}}}"#;
