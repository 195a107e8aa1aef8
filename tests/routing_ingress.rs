//! What an ingress controller does with a request: which rule, which path, which answer of its own.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/ingress_world.rs"]
mod ingress_world;
#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use ingress_world::*;
use tabernetes::network::programs;
use tabernetes::network::route::{Client, HopKind, Request, Target, Trace, trace};
use tabernetes::network::view::*;
use world::*;

fn ask(view: &NetView, url: &str, pick: u64) -> Trace {
    let mut request = Request::new(Client::Internet, Target::parse(url).unwrap());
    request.insecure = true;
    trace(view, &request, pick)
}

/// The status, and the first line of what hp says (`path host`), or where a redirect leads.
fn said(trace: &Trace) -> String {
    let Some(answer) = trace.answer() else { return format!("{:?}", trace.outcome) };
    let (status, body) = (answer.status.unwrap(), &answer.body);
    let to = answer.headers.iter().find(|(name, _)| &**name == "Location").map(|(_, to)| to.to_string());
    match (status, to) {
        (_, Some(to)) => format!("{status} {to}"),
        (200, None) => body.lines().next().unwrap_or_default().to_owned(),
        _ => status.to_string(),
    }
}

#[test]
fn hosts_and_paths() {
    let mut view = world();
    install(&mut view);
    for (name, rules) in [
        ("plain", &["a.com /shop Prefix j-hp:80", "a.com /shop/cart Exact web:80", "a.com /slash/ Prefix j-hp:80"][..]),
        ("wild", &["*.w.com / ImplementationSpecific j-hp:80", "x.w.com /only Prefix j-hp:80"][..]),
        ("missing", &["gone.com / Prefix nosuch:80", "port.com / Prefix j-hp:81", "target.com / Prefix j-hp:8080"][..]),
        ("empty", &["empty.com / Prefix b-none:80", "bad.com / Prefix m-bad:80", "alias.com / Prefix web:http"][..]),
    ] {
        ingress(&mut view, name, rules, |_| {});
    }
    ingress(&mut view, "rewrite", &["r.com /app(/|$)(.*) ImplementationSpecific j-hp:80"], |o| {
        note(o, "use-regex", "true");
        note(o, "rewrite-target", "/$2");
    });
    ingress(&mut view, "root", &["root.com /Old Prefix j-hp:80"], |o| note(o, "rewrite-target", "/"));
    ingress(&mut view, "default", &["d.com /x Prefix web:80"], |o| {
        o["spec"]["defaultBackend"] = path("/ Prefix j-hp:80")["backend"].clone();
    });
    ingress(&mut view, "secure", &["s.com / Prefix j-hp:80"], |o| tls(o, "s.com", "gone"));
    ingress(&mut view, "unsecure", &["u.com / Prefix j-hp:80"], |o| {
        tls(o, "u.com", "gone");
        note(o, "ssl-redirect", "false");
    });
    ingress(&mut view, "forced", &["f.com / Prefix j-hp:80"], |o| note(o, "force-ssl-redirect", "true"));
    ingress(&mut view, "moved", &["m.com / Prefix j-hp:80"], |o| note(o, "permanent-redirect", "https://new.example"));
    ingress(&mut view, "rooted", &["app.com / Prefix j-hp:80"], |o| note(o, "app-root", "/login"));
    for (url, expected) in [
        // Elements, exactness, order.
        ("http://a.com/shop", "/shop a.com"),
        ("http://a.com/shop/", "/shop/ a.com"),
        ("http://a.com/shop/x?q=1", "/shop/x?q=1 a.com"),
        ("http://a.com/shopping", "404"),
        ("http://a.com/Shop", "404"),
        ("http://a.com/shop/cart/1", "/shop/cart/1 a.com"),
        ("http://a.com/", "404"),
        ("http://a.com/slash", "301 http://a.com/slash/"),
        ("http://a.com/slash/x", "/slash/x a.com"),
        // Hosts.
        ("http://A.COM/shop", "/shop A.COM"),
        ("http://one.w.com/", "/ one.w.com"),
        ("http://one.two.w.com/", "404"),
        ("http://w.com/", "404"),
        ("http://x.w.com/", "404"),
        ("http://x.w.com/only", "/only x.w.com"),
        ("http://198.51.100.200/", "404"),
        // Rewrites.
        ("http://r.com/app", "/ r.com"),
        ("http://r.com/app/a/b?c=d", "/a/b?c=d r.com"),
        ("http://r.com/apple", "404"),
        ("http://root.com/old/x", "/ root.com"),
        ("http://root.com/older", "/ root.com"),
        // The default backend of an Ingress is for its own hosts.
        ("http://d.com/", "/ d.com"),
        ("http://d.com/y/z", "/y/z d.com"),
        // TLS.
        ("http://s.com/a/", "308 https://s.com/a"),
        ("http://s.com/", "308 https://s.com"),
        ("https://s.com/a", "/a s.com"),
        ("http://u.com/a", "/a u.com"),
        ("http://f.com/", "308 https://f.com"),
        ("https://f.com/", "/ f.com"),
        ("http://m.com/x", "301 https://new.example"),
        ("http://app.com/", "302 http://app.com/login"),
        ("http://app.com/x", "/x app.com"),
        // What is missing.
        ("http://gone.com/", "503"),
        ("http://port.com/", "503"),
        ("http://target.com/", "/ target.com"),
        ("http://empty.com/", "503"),
        ("http://bad.com/", "502"),
    ] {
        // Names outside are those that some Ingress has; for the others the header says the host.
        let target = Target::parse(url).unwrap();
        let mut request = Request::new(Client::Internet, Target { host: ADDRESS.into(), ..target.clone() });
        request.host = Some(target.host.clone());
        request.insecure = true;
        let got = trace(&view, &request, 5);
        assert_eq!(said(&got), expected, "{url}: {:?}", got.routed);
        assert!(got.hops.iter().any(|hop| hop.kind == HopKind::Ingress), "{url}");
    }
    let exact = ask(&view, "http://a.com/shop/cart", 1);
    assert!(exact.answered_by().unwrap().name.starts_with("web-"), "{:?}", exact.outcome);
}

#[test]
fn the_older_ingress_has_the_path() {
    let mut view = world();
    install(&mut view);
    for (name, created, backend) in
        [("young", "2026-01-01T00:00:09Z", "web:80"), ("old", "2026-01-01T00:00:01Z", "j-hp:80")]
    {
        ingress(&mut view, name, &[&format!("a.com / Prefix {backend}")], |o| {
            o["metadata"]["creationTimestamp"] = created.into();
        });
    }
    assert_eq!(said(&ask(&view, "http://a.com/", 1)), "/ a.com");
    ingress(&mut view, "all", &[], |o| o["spec"]["defaultBackend"] = path("/ Prefix j-hp:80")["backend"].clone());
    assert_eq!(
        said(&ask(&view, "http://198.51.100.200/any", 1)),
        "/any 198.51.100.200",
        "a backend without rules takes all"
    );
}

#[test]
fn the_pod_sees_the_controller_and_the_headers_tell_of_the_client() {
    let mut view = world();
    install(&mut view);
    ingress(&mut view, "front", &["a.com / Prefix j-hp:80"], |_| {});
    let got = ask(&view, "https://a.com/x", 1);
    let body = got.answer().unwrap().body;
    for line in [
        "X-Forwarded-For: 203.0.113.7\n",
        "X-Forwarded-Host: a.com\n",
        "X-Forwarded-Port: 443\n",
        "X-Forwarded-Proto: https\n",
        "X-Real-Ip: 203.0.113.7\n",
    ] {
        assert!(body.contains(line), "{line} {body}");
    }
    assert_eq!(got.seen_source.unwrap().ip(), ip("10.244.1.250"), "the controller calls endpoints itself");
    assert!(got.hops.iter().filter(|hop| hop.kind == HopKind::Dnat).count() <= 1, "no Service address in between");
}

#[test]
fn endpoints_are_drawn_evenly_and_a_cookie_sticks() {
    let mut view = world();
    install(&mut view);
    ingress(&mut view, "front", &["a.com / Prefix web:80"], |_| {});
    ingress(&mut view, "sticky", &["b.com / Prefix web:80"], |o| note(o, "affinity", "cookie"));
    let mut counts = std::collections::BTreeMap::<String, f64>::new();
    for pick in 0..3_000 {
        *counts.entry(ask(&view, "http://a.com/", pick).answered_by().unwrap().name.to_string()).or_default() += 1.0;
    }
    let chi: f64 = counts.values().map(|count| (count - 1_000.0).powi(2) / 1_000.0).sum();
    assert!(counts.len() == 3 && chi < 13.8, "{counts:?}");
    let headers = ask(&view, "http://b.com/", 1).answer().unwrap().headers;
    let cookie = headers.iter().find(|(name, _)| &**name == "Set-Cookie").unwrap().1.to_string();
    assert!(cookie.starts_with("INGRESSCOOKIE=") && cookie.ends_with("; Path=/; HttpOnly"), "{cookie}");
    let mut request = Request::new(Client::Internet, Target::parse("http://b.com/").unwrap());
    request.headers = vec![("Cookie".into(), cookie.split(';').next().unwrap().into())];
    let pods: std::collections::BTreeSet<_> =
        (0..50).map(|pick| trace(&view, &request, pick).answered_by().unwrap().name.clone()).collect();
    assert_eq!(pods.len(), 1);
}

#[test]
fn curl_tells_certificates_apart() {
    let mut view = world();
    install(&mut view);
    secret(&mut view, "shop");
    ingress(&mut view, "front", &["shop.example.com / Prefix j-hp:80"], |o| tls(o, "shop.example.com", "shop"));
    let follow = |words: &[&str]| programs::run(&view, &Client::Internet, words, 3).unwrap().stdout;
    let code = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "http://shop.example.com/x"];
    assert_eq!(follow(&[&["curl"][..], &code].concat()), "308");
    assert_eq!(follow(&[&["curl", "-kL"][..], &code].concat()), "200");
    let curl = |words: &[&str]| {
        let run = programs::run(&view, &Client::Internet, words, 3).unwrap();
        (run.exit, run.stderr.lines().next().unwrap_or_default().to_owned())
    };
    for (words, exit, says) in [
        (
            &["curl", "-s", "-S", "https://shop.example.com"][..],
            60,
            "curl: (60) SSL certificate problem: self-signed certificate",
        ),
        (&["curl", "-ks", "https://shop.example.com"][..], 0, ""),
        (&["curl", "-s", "http://shop.example.com"][..], 0, ""),
        (&["curl", "-ks", "--resolve", "shop.example.com:443:198.51.100.200", "https://shop.example.com"][..], 0, ""),
        (
            &["curl", "-sS", "-m", "1", "--resolve", "shop.example.com:80:198.51.100.77", "http://shop.example.com"][..],
            28,
            "curl: (28) Connection timed out after 1000 milliseconds",
        ),
    ] {
        assert_eq!(curl(words), (exit, says.to_owned()), "{words:?}");
    }
}
