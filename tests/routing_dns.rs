//! CoreDNS and the resolver against recordings of real ones.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/dual_world.rs"]
mod dual_world;
#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use dual_world::dual;
use std::collections::BTreeSet;
use tabernetes::network::dns::lookup::{Failure, Family, Reach, resolve};
use tabernetes::network::dns::resolv::ResolvConf;
use tabernetes::network::dns::{Rcode, Record, Type, server};
use tabernetes::network::view::{Key, NetView};
use world::*;

/// Records as a set, without the serial number of a SOA (a time).
fn set(records: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    records
        .into_iter()
        .map(|record| {
            let words: Vec<&str> = record.split(' ').collect();
            if words.get(3) == Some(&"SOA") { words[..6].join(" ") } else { record }
        })
        .collect()
}

fn printed(records: &[Record]) -> BTreeSet<String> {
    set(records.iter().map(ToString::to_string))
}

#[test]
fn recorded_queries() {
    let mut view = world();
    // Services that were made after this part of the recording.
    for later in ["y-aff-local", "y-two"] {
        let key = Key::new("default", later);
        let slices: Vec<Key> = view.slices_of(&key).map(|slice| slice.key.clone()).collect();
        slices.iter().for_each(|key| view.remove_slice(key));
    }
    view.sync_proxies();
    let recorded = recorded("dns.json");
    let mut wrong = Vec::new();
    for query in recorded.as_array().unwrap() {
        let question = query["query"].as_str().unwrap();
        let (name, kind) = question.rsplit_once(' ').unwrap();
        let response = server::answer(&view, name, Type::parse(kind).unwrap());
        let status = match response.is_nodata() {
            true => "NOERROR, no answer (NODATA)".to_owned(),
            false => response.rcode.to_string(),
        };
        let want = |field: &str| {
            set(query[field].as_array().unwrap().iter().map(|record| record.as_str().unwrap().to_owned()))
        };
        let mut same = status == query["status"].as_str().unwrap()
            && printed(&response.answer) == want("answer")
            && printed(&response.additional) == want("additional");
        if response.authoritative {
            // Outside names carry the authority records of that day's upstream server.
            same &= printed(&response.authority) == want("authority");
        }
        if !same {
            wrong.push(format!(
                "{question}: got {status} {:?} {:?} {:?}, want {query}",
                printed(&response.answer),
                printed(&response.authority),
                printed(&response.additional)
            ));
        }
    }
    println!(
        "{} of {} DNS queries match",
        recorded.as_array().unwrap().len() - wrong.len(),
        recorded.as_array().unwrap().len()
    );
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn conf(view: &NetView, text: &str) -> ResolvConf {
    let namespace = if text.contains("my-ns.svc") { "my-ns" } else { "default" };
    let pod = if namespace == "my-ns" { "cli-ns" } else { "cli-3" };
    let mut conf = ResolvConf::of_pod(view, view.pod(&Key::new(namespace, pod)).unwrap());
    if text.contains("ndots:1") {
        conf.options = vec![("ndots".into(), Some("1".into()))];
    }
    assert_eq!(conf.to_string(), text);
    conf
}

#[test]
fn recorded_search_lists() {
    let view = world();
    let recorded = recorded("search-path.json");
    let mut wrong = Vec::new();
    for case in recorded.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let family = if case["family"] == "AF_INET" { Family::Inet } else { Family::Unspecified };
        let lookup = resolve(&view, &conf(&view, case["resolv.conf"].as_str().unwrap()), name, family, Reach::Answers);
        let result = match lookup.failure {
            None => {
                let mut ips: Vec<String> = lookup.addresses.iter().map(|ip| format!("'{ip}'")).collect();
                ips.sort();
                format!("[{}]", ips.join(", "))
            }
            Some(Failure::NotFound) => "gaierror [Errno -2] Name or service not known".to_owned(),
            Some(Failure::NoAddress) => "gaierror [Errno -5] No address associated with hostname".to_owned(),
            Some(Failure::Again) => "gaierror [Errno -3] Temporary failure in name resolution".to_owned(),
        };
        let mut asked: Vec<String> = Vec::new();
        for query in &lookup.queries {
            let forwarded = query.response.forwarded.iter();
            let forwarded = forwarded.map(|(name, kind, rcode)| format!("{kind} {name} -> {rcode}"));
            asked.extend(forwarded);
            asked.push(format!("{} {} -> {}", query.kind, query.name, query.response.rcode));
        }
        let want: Vec<String> =
            case["queries"].as_array().unwrap().iter().map(|query| query.as_str().unwrap().to_owned()).collect();
        // The two questions of a pair are sent at once and arrive in either order.
        let same = if family == Family::Unspecified {
            asked.chunks(2).map(BTreeSet::from_iter).eq(want.chunks(2).map(BTreeSet::from_iter))
        } else {
            asked == want
        };
        if !same || result != case["result"].as_str().unwrap() {
            wrong.push(format!("{name}: got {result} {asked:?}, want {case}"));
        }
    }
    println!(
        "{} of {} look-ups match",
        recorded.as_array().unwrap().len() - wrong.len(),
        recorded.as_array().unwrap().len()
    );
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_answer_takes_time_and_no_name_is_asked_that_cannot_exist() {
    let view = world();
    let conf = conf(
        &view,
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.0.0.10\noptions ndots:5\n",
    );
    let silent = resolve(&view, &conf, "my-service", Family::Unspecified, Reach::Silent);
    assert_eq!((silent.failure, silent.took.as_secs()), (Some(Failure::Again), 20));
    let odd = resolve(&view, &conf, "a..b", Family::Unspecified, Reach::Answers);
    assert_eq!((odd.failure, odd.queries.len()), (Some(Failure::NotFound), 0));
    assert_eq!(server::answer(&view, "", Type::A).rcode, Rcode::NxDomain);
}

/// Rules of CoreDNS that the recordings have no case of (plugin/kubernetes/handler_test.go and its neighbours): question, status,
/// records of the answer.
const UPSTREAM: [(&str, &str, &[&str]); 24] = [
    // Whether a name exists does not depend on the type, except where the plugin does not look.
    ("web.default.svc.cluster.local TXT", "NODATA", &[]),
    ("ext.default.svc.cluster.local TXT", "NODATA", &[]),
    ("nobody.default.svc.cluster.local TXT", "NXDOMAIN", &[]),
    ("cluster.local TXT", "NXDOMAIN", &[]),
    ("nobody.default.svc.cluster.local SOA", "NODATA", &[]),
    ("web.default.svc.cluster.local NS", "NODATA", &[]),
    ("foo.svc.cluster.local NS", "NXDOMAIN", &[]),
    ("foo.cluster.local NS", "NXDOMAIN", &[]),
    ("default.svc.cluster.local NS", "NODATA", &[]),
    ("svc.cluster.local A", "NODATA", &[]),
    ("pod.cluster.local A", "NODATA", &[]),
    ("web.default.svc.cluster.local MX", "NODATA", &[]),
    ("nobody.default.svc.cluster.local MX", "NXDOMAIN", &[]),
    // An alias has nothing below it.
    ("endpoint.ext.default.svc.cluster.local CNAME", "NXDOMAIN", &[]),
    ("a.b.ext.default.svc.cluster.local CNAME", "NXDOMAIN", &[]),
    ("a.b.c.web.default.svc.cluster.local A", "NXDOMAIN", &[]),
    // Endpoints have names also where the Service is not headless.
    (
        "10-244-2-2.web.default.svc.cluster.local A",
        "NOERROR",
        &["10-244-2-2.web.default.svc.cluster.local. 30 IN A 10.244.2.2"],
    ),
    // Names of pods: whether there is such a pod is not looked at, nor what stands before them.
    (
        "10-244-9-9.default.pod.cluster.local A",
        "NOERROR",
        &["10-244-9-9.default.pod.cluster.local. 30 IN A 10.244.9.9"],
    ),
    ("10-244-9-9.default.pod.cluster.local AAAA", "NODATA", &[]),
    ("10-244-9-9.nowhere.pod.cluster.local A", "NXDOMAIN", &[]),
    (
        "x.10-244-9-9.default.pod.cluster.local A",
        "NOERROR",
        &["x.10-244-9-9.default.pod.cluster.local. 30 IN A 10.244.9.9"],
    ),
    ("a.b.c.10-244-9-9.default.pod.cluster.local A", "NXDOMAIN", &[]),
    (
        "10-244-9-9.default.pod.cluster.local SRV",
        "NOERROR",
        &["10-244-9-9.default.pod.cluster.local. 30 IN SRV 0 100 0 10-244-9-9.default.pod.cluster.local."],
    ),
    ("fd00--9.default.pod.cluster.local AAAA", "NOERROR", &["fd00--9.default.pod.cluster.local. 30 IN AAAA fd00::9"]),
];

#[test]
fn upstream_rules() {
    let view = world();
    for (question, status, records) in UPSTREAM {
        let (name, kind) = question.rsplit_once(' ').unwrap();
        let response = server::answer(&view, name, Type::parse(kind).unwrap());
        let got = if response.is_nodata() { "NODATA".to_owned() } else { response.rcode.to_string() };
        assert_eq!(got, status, "{question}");
        assert_eq!(printed(&response.answer), set(records.iter().map(|record| (*record).to_owned())), "{question}");
    }
}

#[test]
fn both_families_have_names() {
    let mut view = dual();
    let name = |view: &NetView, question: &str| {
        let (name, kind) = question.rsplit_once(' ').unwrap();
        printed(&server::answer(view, name, Type::parse(kind).unwrap()).answer).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(
        name(&view, "both.default.svc.cluster.local SRV"),
        ["both.default.svc.cluster.local. 30 IN SRV 0 50 80 both.default.svc.cluster.local."]
    );
    // A label does not end with a dash: an address that would has a 0 there.
    let ip = ip("fd00:10:244:2::");
    change_pod(&mut view, "web-2", |pod| pod.second_ip = Some(ip));
    fill_slices(&mut view);
    let label = "fd00-10-244-2--0.both.default.svc.cluster.local";
    assert_eq!(name(&view, &format!("{label} AAAA")), [format!("{label}. 30 IN AAAA {ip}")]);
}
