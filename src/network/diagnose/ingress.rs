//! Rows about Ingresses: what the controller answered itself, and why it did not pass the request on.

use super::facts::{Facts, enumerate};
use super::names::with_host;
use super::{Action, Diagnosis, check_service};
use crate::base::path::FieldPath;
use crate::base::text::nearest;
use crate::base::{Str, Value};
use crate::msg;
use crate::network::ingress::server::{CATCH_ALL, WhyFake};
use crate::network::ingress::{NotMine, acted_on};
use crate::network::route::{IngressVerdict, Outcome, Place, Routed};
use crate::network::view::{Key, ObjectRef, ServiceNet};
use serde_json::json;
use std::rc::Rc;

fn of(key: &Key) -> ObjectRef {
    ObjectRef::new("Ingress", key)
}

fn routed<'f>(facts: &'f Facts<'_>, verdict: &IngressVerdict) -> Option<&'f Routed> {
    facts.trace.routed.as_deref().filter(|routed| routed.verdict == *verdict)
}

/// The URL of the request with another host, for the scheme's own port.
fn url(facts: &Facts<'_>, host: &str) -> String {
    with_host(&facts.trace.request.to, host, facts.trace.request.to.port)
}

/// The Service that the rule leads to.
fn service<'f>(facts: &'f Facts<'_>, routed: &Routed) -> Option<&'f Rc<ServiceNet>> {
    let key = Key::new(&routed.ingress.as_ref()?.namespace, &routed.backend.as_ref()?.service);
    facts.view.service(&key)
}

/// Where the backend of the rule stands in the Ingress.
fn backend_path(routed: &Routed) -> (FieldPath, String) {
    match routed.place {
        Some((rule, path)) => (
            FieldPath::of("spec.rules")
                .index(rule)
                .child("http")
                .child("paths")
                .index(path)
                .child("backend")
                .child("service"),
            format!("/spec/rules/{rule}/http/paths/{path}/backend/service"),
        ),
        None => (FieldPath::of("spec.defaultBackend.service"), "/spec/defaultBackend/service".to_owned()),
    }
}

/// A name that only an Ingress knows, in a cluster without a controller.
pub(super) fn no_controller(facts: &Facts<'_>) -> Option<Diagnosis> {
    let unknown = matches!(facts.trace.outcome, Outcome::NoSuchName { .. });
    let host = &facts.trace.request.to.host;
    let ingress = facts.view.ingresses().find(|one| unknown && facts.is_outside() && one.is_for(host))?;
    Some(
        Diagnosis::new(
            "ingress-controller",
            msg!("net.cause.ingress-controller", ingress = ingress.key.name, host = host),
        )
        .see(of(&ingress.key), FieldPath::of("status.loadBalancer"), msg!("net.evidence.pending"))
        .fix(msg!("net.fix.ingress-controller"), Action::Advice),
    )
}

/// An Ingress would fit, but the controller does not act on it.
pub(super) fn class(facts: &Facts<'_>) -> Option<Diagnosis> {
    let routed = routed(facts, &IngressVerdict::NoRule)?;
    let ingresses = facts.view.ingresses().filter(|one| one.is_for(&routed.host) || one.is_for(""));
    let (ingress, why) = ingresses.into_iter().find_map(|one| Some((one, one.not_mine(facts.view)?)))?;
    let name = &ingress.key.name;
    let field = FieldPath::of("spec.ingressClassName");
    let (cause, path) = match why {
        NotMine::NoClass => (msg!("net.cause.ingress-no-class", ingress = name), field),
        NotMine::Annotation(class) => (
            msg!("net.cause.ingress-other-class", ingress = name, class = class),
            FieldPath::of("metadata.annotations").key(crate::network::ingress::CLASS_ANNOTATION),
        ),
        NotMine::NoSuchClass(class) => (msg!("net.cause.ingress-unknown-class", ingress = name, class = class), field),
        NotMine::OtherController(class, controller) => {
            (msg!("net.cause.ingress-other-controller", ingress = name, class = class, controller = controller), field)
        }
    };
    Some(Diagnosis::new("ingress-class", cause).see(of(&ingress.key), path, msg!("net.evidence.ingress-class")).fix(
        msg!("net.fix.ingress-class"),
        Action::MergePatch(of(&ingress.key), json!({"spec": {"ingressClassName": "nginx"}})),
    ))
}

/// No rule is for the host.
pub(super) fn host(facts: &Facts<'_>) -> Option<Diagnosis> {
    let routed = routed(facts, &IngressVerdict::NoRule).filter(|routed| &*routed.server == CATCH_ALL)?;
    let all = acted_on(facts.view);
    let hosts: Vec<&Str> =
        all.iter().flat_map(|one| one.rules.iter().map(|rule| &rule.host)).filter(|host| !host.is_empty()).collect();
    let row = |cause| Diagnosis::new("ingress-host", cause);
    if hosts.is_empty() {
        let cause = if all.is_empty() { msg!("net.cause.ingress-none") } else { msg!("net.cause.ingress-no-path-any") };
        return Some(
            row(cause).fix(msg!("net.fix.list-ingresses"), Action::Command("kubectl get ingress -A".to_owned())),
        );
    }
    let shown = enumerate(hosts.iter().map(ToString::to_string));
    let near = nearest(&routed.host, hosts.iter().map(|host| &***host));
    let wild = hosts.iter().find(|host| host.strip_prefix("*.").is_some_and(|rest| routed.host.ends_with(rest)));
    let by_address = routed.host.parse::<std::net::IpAddr>().is_ok();
    let cause = match (wild, by_address) {
        (Some(wild), _) => msg!("net.cause.ingress-wildcard", host = routed.host, wild = wild),
        (None, true) => msg!("net.cause.ingress-by-address", host = routed.host, hosts = shown),
        (None, false) => msg!("net.cause.ingress-host", host = routed.host, hosts = shown),
    };
    let meant = near.or_else(|| hosts.iter().map(|host| &***host).find(|host| !host.starts_with('*')))?;
    let owner = all.iter().find(|one| one.rules.iter().any(|rule| *rule.host == *meant))?;
    let at = owner.rules.iter().position(|rule| *rule.host == *meant).unwrap_or(0);
    Some(
        row(cause)
            .see(
                of(&owner.key),
                FieldPath::of("spec.rules").index(at).child("host"),
                msg!("net.evidence.ingress-host", host = meant),
            )
            .fix(msg!("net.fix.use-url", url = url(facts, meant)), Action::Url(url(facts, meant))),
    )
}

/// The host is known, the path is not.
pub(super) fn path(facts: &Facts<'_>) -> Option<Diagnosis> {
    let routed = routed(facts, &IngressVerdict::NoRule)?;
    let asked = facts.trace.request.to.path.split('?').next().unwrap_or_default();
    let all = acted_on(facts.view);
    let is_here = |host: &str| if &*routed.server == CATCH_ALL { host.is_empty() } else { *host == *routed.server };
    let paths = || {
        all.iter().flat_map(|one| {
            let rules = one.rules.iter().enumerate().filter(|(_, rule)| is_here(&rule.host));
            rules.flat_map(move |(number, rule)| {
                rule.paths.iter().enumerate().map(move |(at, path)| (*one, number, at, path))
            })
        })
    };
    let shown =
        enumerate(paths().map(|(.., path)| format!("{}{}", path.path, if path.exact { " (Exact)" } else { "" })));
    // An Exact path that would fit as a prefix is the one that was meant.
    let below = |path: &str| asked.starts_with(path.trim_end_matches('/'));
    let exact = paths().find(|(.., path)| path.exact && below(&path.path));
    if let Some((ingress, rule, at, path)) = exact {
        let cause = msg!("net.cause.ingress-exact", path = path.path, asked = asked, ingress = ingress.key.name);
        let field = FieldPath::of("spec.rules").index(rule).child("http").child("paths").index(at).child("pathType");
        let place = format!("/spec/rules/{rule}/http/paths/{at}/pathType");
        return Some(
            Diagnosis::new("ingress-path", cause).see(of(&ingress.key), field, msg!("net.evidence.ingress-exact")).fix(
                msg!("net.fix.ingress-prefix"),
                Action::JsonPatch(of(&ingress.key), json!([{"op": "replace", "path": place, "value": "Prefix"}])),
            ),
        );
    }
    let meant = nearest(asked, paths().map(|(.., path)| &*path.path)).map(str::to_owned);
    let (ingress, rule, at, path) = match &meant {
        Some(meant) => paths().find(|(.., path)| *path.path == **meant)?,
        None => paths().next()?,
    };
    let cause = msg!("net.cause.ingress-path", host = routed.host, asked = asked, paths = shown);
    let to = format!(
        "{}{}",
        url(facts, &facts.trace.request.to.host).trim_end_matches(&*facts.trace.request.to.path),
        path.path
    );
    Some(
        Diagnosis::new("ingress-path", cause)
            .see(
                of(&ingress.key),
                FieldPath::of("spec.rules").index(rule).child("http").child("paths").index(at).child("path"),
                msg!("net.evidence.ingress-path", path = path.path),
            )
            .fix(msg!("net.fix.use-url", url = to), Action::Url(to)),
    )
}

/// The Service of the rule does not exist.
pub(super) fn no_service(facts: &Facts<'_>) -> Option<Diagnosis> {
    let routed = routed(facts, &IngressVerdict::NoService)?;
    let (ingress, wanted) = (routed.ingress.as_ref()?, &routed.backend.as_ref()?.service);
    let (path, place) = backend_path(routed);
    let near = nearest(wanted, facts.view.services_in(&ingress.namespace).map(|one| &*one.key.name));
    let elsewhere = facts.view.services().find(|one| one.key.name == *wanted);
    let cause = match (near, elsewhere) {
        (Some(near), _) => msg!("net.cause.ingress-service-near", ingress = ingress.name, svc = wanted, near = near),
        (None, Some(other)) => {
            msg!(
                "net.cause.ingress-service-elsewhere",
                ingress = ingress.name,
                svc = wanted,
                namespace = ingress.namespace,
                other = other.key.namespace
            )
        }
        (None, None) => {
            msg!("net.cause.ingress-service", ingress = ingress.name, svc = wanted, namespace = ingress.namespace)
        }
    };
    let found = Diagnosis::new("ingress-service", cause).see(
        of(ingress),
        path.child("name"),
        msg!("net.evidence.called", name = wanted),
    );
    Some(match near {
        Some(near) => found.fix(
            msg!("net.fix.ingress-service", svc = near),
            Action::JsonPatch(of(ingress), json!([{"op": "replace", "path": format!("{place}/name"), "value": near}])),
        ),
        None => found.fix(
            msg!("net.fix.list-services"),
            Action::Command(format!("kubectl get services -n {}", ingress.namespace)),
        ),
    })
}

/// The Service of the rule has another port.
pub(super) fn no_port(facts: &Facts<'_>) -> Option<Diagnosis> {
    let routed = routed(facts, &IngressVerdict::NoPort)?;
    let (ingress, backend, service) = (routed.ingress.as_ref()?, routed.backend.as_ref()?, service(facts, routed)?);
    let (path, place) = backend_path(routed);
    let has = enumerate(service.ports.iter().map(|port| match &*port.name {
        "" => port.port.to_string(),
        name => format!("{} ({name})", port.port),
    }));
    let cause =
        msg!("net.cause.ingress-port", ingress = ingress.name, svc = backend.service, port = backend.port, has = has);
    let port = service.ports.first()?.port;
    let patch = json!([{"op": "replace", "path": format!("{place}/port"), "value": {"number": port}}]);
    Some(
        Diagnosis::new("ingress-port", cause)
            .see(of(ingress), path.child("port"), msg!("net.evidence.ingress-port", port = backend.port))
            .see(
                ObjectRef::new("Service", &service.key),
                FieldPath::of("spec.ports"),
                msg!("net.evidence.service-ports", has = has),
            )
            .fix(msg!("net.fix.ingress-port", port = port), Action::JsonPatch(of(ingress), patch)),
    )
}

/// No endpoint is ready (503), or none takes the connection (502): the Service says why.
pub(super) fn endpoints(facts: &Facts<'_>) -> Option<Diagnosis> {
    let routed = routed(facts, &IngressVerdict::NoEndpoints).or_else(|| routed(facts, &IngressVerdict::BadGateway))?;
    let service = service(facts, routed)?;
    let empty = routed.verdict == IngressVerdict::NoEndpoints;
    check_service(facts.view, &service.key).into_iter().next().or_else(|| {
        let svc = &service.key.name;
        let cause = match (empty, &service.selector) {
            (true, None) => msg!("net.cause.no-selector", svc = svc),
            (true, Some(_)) => msg!("net.cause.ingress-no-endpoints", svc = svc),
            (false, _) => msg!("net.cause.ingress-bad-gateway", svc = svc),
        };
        Some(Diagnosis::new("ingress-endpoints", cause).see(
            ObjectRef::new("Service", &service.key),
            FieldPath::of("spec"),
            msg!("net.evidence.ingress-backend"),
        ))
    })
}

/// The endpoint took the connection and did not answer in time.
pub(super) fn timeout(facts: &Facts<'_>) -> Option<Diagnosis> {
    let routed = routed(facts, &IngressVerdict::GatewayTimeout)?;
    let svc = &routed.backend.as_ref()?.service;
    Some(Diagnosis::new("ingress-timeout", msg!("net.cause.ingress-timeout", svc = svc)))
}

/// The certificate that the client did not like.
pub(super) fn certificate(facts: &Facts<'_>) -> Option<Diagnosis> {
    let IngressVerdict::Certificate(why) = &facts.trace.routed.as_deref()?.verdict else { return None };
    let host = &facts.trace.request.to.host;
    let row = |cause| Diagnosis::new("ingress-certificate", cause);
    let tls = FieldPath::of("spec.tls");
    let secret_of = |key: &Key| ObjectRef::new("Secret", key);
    let found =
        match why {
            None => row(msg!("net.cause.untrusted", host = host)),
            Some(WhyFake::NoTls) => {
                let ingress = acted_on(facts.view).into_iter().find(|one| one.is_for(host));
                let cause = msg!("net.cause.ingress-no-tls", host = host);
                match ingress {
                    Some(ingress) => row(cause).see(of(&ingress.key), tls, msg!("net.evidence.ingress-no-tls")),
                    None => row(cause),
                }
            }
            Some(WhyFake::NoSecretName(ingress)) => row(msg!(
                "net.cause.ingress-tls-host",
                host = host,
                ingress = ingress.name
            ))
            .see(of(ingress), tls, msg!("net.evidence.ingress-tls")),
            Some(WhyFake::NoSecret(ingress, secret)) => {
                let line = format!(
                    "kubectl create secret tls {} --cert=tls.crt --key=tls.key -n {}",
                    secret.name, secret.namespace
                );
                let cause = msg!(
                    "net.cause.ingress-no-secret",
                    secret = secret.name,
                    namespace = secret.namespace,
                    ingress = ingress.name
                );
                row(cause)
                    .see(of(ingress), tls, msg!("net.evidence.ingress-tls"))
                    .fix(msg!("net.fix.make-secret", line = line), Action::Advice)
            }
            Some(WhyFake::NoCertificate(_, secret)) => row(msg!("net.cause.ingress-bad-secret", secret = secret.name))
                .see(secret_of(secret), FieldPath::of("data"), msg!("net.evidence.ingress-secret")),
            Some(WhyFake::OtherNames(_, secret, names)) => {
                row(msg!("net.cause.ingress-cert-names", secret = secret.name, names = names, host = host)).see(
                    secret_of(secret),
                    FieldPath::of("data"),
                    msg!("net.evidence.ingress-secret"),
                )
            }
        };
    Some(found.fix(msg!("net.fix.insecure"), Action::Command(format!("curl -k {}", url(facts, host)))))
}

/// The client was sent on, and did not go.
pub(super) fn redirected(facts: &Facts<'_>) -> Option<Diagnosis> {
    let routed = facts.trace.routed.as_deref()?;
    let IngressVerdict::Redirected(status) = routed.verdict else { return None };
    let answer = facts.trace.answer()?;
    let (_, to) = answer.headers.iter().find(|(name, _)| &**name == "Location")?;
    let cause = if status == 308 {
        msg!("net.cause.ingress-to-https", host = routed.host, to = to)
    } else {
        msg!("net.cause.ingress-redirect", status = status, to = to)
    };
    let found = Diagnosis::new("ingress-redirect", cause);
    let found = match (&routed.ingress, status) {
        (Some(ingress), 308) => found.see(of(ingress), FieldPath::of("spec.tls"), msg!("net.evidence.ingress-tls")),
        _ => found,
    };
    let found = found.fix(msg!("net.fix.use-url", url = to), Action::Url(to.to_string()));
    Some(match (&routed.ingress, status) {
        (Some(ingress), 308) => {
            found.fix(msg!("net.fix.ingress-no-redirect"), annotate(ingress, "ssl-redirect", "false"))
        }
        _ => found,
    })
}

fn annotate(ingress: &Key, name: &str, value: &str) -> Action {
    let mut annotations = serde_json::Map::new();
    annotations.insert(format!("nginx.ingress.kubernetes.io/{name}"), Value::from(value));
    Action::MergePatch(of(ingress), json!({"metadata": {"annotations": annotations}}))
}

/// The source is not on the list.
pub(super) fn not_allowed(facts: &Facts<'_>) -> Option<Diagnosis> {
    let routed = routed(facts, &IngressVerdict::NotAllowed)?;
    let ingress = routed.ingress.as_ref()?;
    let path = FieldPath::of("metadata.annotations");
    let ip = facts.trace.client_ip?;
    Some(
        Diagnosis::new("ingress-not-allowed", msg!("net.cause.ingress-not-allowed", ingress = ingress.name, ip = ip))
            .see(of(ingress), path, msg!("net.evidence.ingress-allows")),
    )
}

/// The backend answered, but not what was hoped for: it was asked for a path that it does not know, or in plain HTTP.
pub(super) fn backend_answer(facts: &Facts<'_>) -> Option<Diagnosis> {
    let routed = routed(facts, &IngressVerdict::Passed)?;
    let Outcome::Answered { status: Some(status), by: Place::Pod(pod), .. } = &facts.trace.outcome else { return None };
    let key = routed.ingress.as_ref()?;
    let ingress = facts.view.ingresses().find(|one| one.key == *key)?;
    if *status == 400 && facts.trace.answer()?.body.contains("HTTPS server") {
        return Some(
            Diagnosis::new("ingress-backend", msg!("net.cause.ingress-backend-https", pod = pod.name))
                .see(of(key), FieldPath::of("metadata.annotations"), msg!("net.evidence.ingress-http"))
                .fix(msg!("net.fix.ingress-https"), annotate(key, "backend-protocol", "HTTPS")),
        );
    }
    let path = routed.place.and_then(|(rule, path)| ingress.rules.get(rule)?.paths.get(path))?;
    let rewrites = ingress.note("rewrite-target").is_some();
    if *status != 404 || &*path.path == "/" || rewrites {
        return None;
    }
    let cause = msg!(
        "net.cause.ingress-no-rewrite",
        pod = pod.name,
        path = facts.trace.request.to.path.split('?').next().unwrap_or_default(),
        prefix = path.path
    );
    let (place, _) = backend_path(routed);
    Some(
        Diagnosis::new("ingress-backend", cause)
            .see(of(key), place, msg!("net.evidence.ingress-path", path = path.path))
            .fix(msg!("net.fix.ingress-rewrite"), annotate(key, "rewrite-target", "/")),
    )
}
