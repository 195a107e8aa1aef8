//! The recorded cluster with an ingress controller in it.

use crate::world::*;
use serde_json::{Value, json};
use tabernetes::network::ingress::IngressNet;
use tabernetes::network::ingress::certificate::Certificate;
use tabernetes::network::view::*;

/// The address of the controller's load balancer.
pub const ADDRESS: &str = "198.51.100.200";

/// Adds the controller: its class, its pod on node-1, its Service.
pub fn install(view: &mut NetView) {
    let labels = json!({"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"});
    view.put_namespace("ingress-nginx");
    view.set_ingress_class(&"nginx".into(), Some("k8s.io/ingress-nginx".into()));
    view.set_ingress_class(&"other".into(), Some("example.com/other".into()));
    let mut pod = PodNet::from_object(&json!({
        "metadata": {"name": "controller", "namespace": "ingress-nginx", "labels": labels},
        "spec": {"nodeName": "node-1", "containers": [{"name": "controller", "image": "ingress-nginx/controller"}]},
        "status": {"phase": "Running", "podIP": "10.244.1.250", "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "controller", "state": {"running": {}}}]}
    }))
    .unwrap();
    pod.containers[0].listeners = [(80, false), (443, true)]
        .map(|(port, tls)| Listener {
            protocol: Default::default(),
            port,
            bind: Bind::Any,
            speaks: Speaks::Ingress { tls },
        })
        .to_vec();
    view.put_pod(pod);
    view.put_service(
        ServiceNet::from_object(&json!({
            "metadata": {"name": "ingress-nginx-controller", "namespace": "ingress-nginx"},
            "spec": {"type": "LoadBalancer", "clusterIP": "10.0.200.1", "externalTrafficPolicy": "Local", "selector": labels,
                "healthCheckNodePort": 30999, "ports": [{"name": "http", "port": 80, "nodePort": 30998},
                {"name": "https", "port": 443, "nodePort": 30997}]},
            "status": {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}
        }))
        .unwrap(),
    );
    // Says what it was asked for.
    change_pod(view, "hp", |pod| {
        let Speaks::Http(mut handlers) = server() else { return };
        handlers[0].body = "{path} {host}\n{headers}".into();
        pod.containers[0].listeners[0].speaks = Speaks::Http(handlers);
    });
    fill_slices(view);
}

/// A path of a rule: `/api Prefix j-hp:80`.
pub fn path(text: &str) -> Value {
    let [path, kind, backend] = text.split(' ').collect::<Vec<_>>()[..] else { panic!("{text}") };
    let (service, port) = backend.split_once(':').unwrap();
    let port = port.parse::<u16>().map_or_else(|_| json!({"name": port}), |number| json!({"number": number}));
    json!({"path": path, "pathType": kind, "backend": {"service": {"name": service, "port": port}}})
}

/// An Ingress of the namespace `default` and the class nginx: `host path kind service:port` per line.
pub fn ingress(view: &mut NetView, name: &str, rules: &[&str], change: impl FnOnce(&mut Value)) {
    let rule = |line: &&str| {
        let (host, rest) = line.split_once(' ').unwrap();
        let mut rule = json!({"http": {"paths": [path(rest)]}});
        if host != "*" {
            rule["host"] = host.into();
        }
        rule
    };
    let rules: Vec<Value> = rules.iter().map(rule).collect();
    let mut object = json!({
        "metadata": {"name": name, "namespace": "default", "annotations": {}},
        "spec": {"ingressClassName": "nginx", "rules": rules}
    });
    change(&mut object);
    view.put_ingress(IngressNet::from_object(&object).unwrap());
}

/// Sets an annotation of the controller.
pub fn note(object: &mut Value, name: &str, value: &str) {
    object["metadata"]["annotations"][format!("nginx.ingress.kubernetes.io/{name}")] = value.into();
}

/// Adds a `tls` entry.
pub fn tls(object: &mut Value, host: &str, secret: &str) {
    object["spec"]["tls"] = json!([{"hosts": [host], "secretName": secret}]);
}

/// A Secret with the certificate for shop.example.com.
pub fn secret(view: &mut NetView, name: &str) {
    let data = json!({"stringData": {"tls.crt": include_str!("san.pem"), "tls.key": "-----BEGIN PRIVATE KEY-----"}});
    view.set_certificate(&Key::new("default", name), Certificate::of_secret(&data));
}
