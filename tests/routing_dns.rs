//! CoreDNS and the resolver against recordings of real ones.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

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
