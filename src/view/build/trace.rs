//! The way of a request, as the request panel and the picture show it.

use super::card_key;
use crate::api::kinds::{Key, Kind};
use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::msg;
use crate::network::route::{Client, Flow, Hop, HopKind, Outcome, Place, TlsProblem, Trace, Verdict};
use crate::network::view::{Key as NetKey, NetView, ObjectRef};
use crate::view::model::request::{DiagnosisView, HopView, PacketView, Segment, TraceView, WhyNotView};
use crate::view::model::{Text, Tone};

/// How long a dot takes from card to card.
const STRETCH: Duration = Duration::from_millis(420);

/// How many of those who got no traffic are named.
const WHY_NOT: usize = 3;

/// The card of a pod.
pub fn pod_card(pod: &NetKey) -> Str {
    card_key(&Key::new(Kind::POD, pod.namespace.clone(), pod.name.clone()))
}

/// The card of an object.
pub fn object_card(object: &ObjectRef) -> Option<Str> {
    let kind = Kind::all().find(|kind| kind.info().kind == object.kind)?;
    let namespace = if kind.info().namespaced { object.key.namespace.clone() } else { "".into() };
    Some(card_key(&Key::new(kind, namespace, object.key.name.clone())))
}

/// The card of a client.
pub fn client_card(client: &Client) -> Str {
    match client {
        Client::Pod(pod) => pod_card(pod),
        Client::Node(name) => format!("node/{name}").into(),
        Client::Laptop => "client/laptop".into(),
        Client::Internet | Client::Outside(_) => "client/internet".into(),
    }
}

/// The card of a place, if it has one.
fn place_card(place: &Place) -> Option<Str> {
    match place {
        Place::Pod(pod) => Some(pod_card(pod)),
        Place::Node(name) => Some(format!("node/{name}").into()),
        Place::Internet | Place::Outside(_) => Some("client/internet".into()),
        Place::Laptop => Some("client/laptop".into()),
        Place::Balancer(service) => {
            Some(card_key(&Key::new(Kind::SERVICE, service.namespace.clone(), service.name.clone())))
        }
        Place::Dns => None,
    }
}

/// What the panel shows of a trace.
pub fn trace(id: u64, view: &NetView, trace: &Trace, diagnosis: Option<DiagnosisView>) -> TraceView {
    let (tone, title) = title(trace);
    let body = trace.answer().map(|answer| answer.body).filter(|body| !body.is_empty());
    TraceView {
        id,
        tone,
        title,
        subtitle: trace.answered_by().map(|pod| msg!("session.answered-by", pod = pod.name).into()),
        hops: hops(trace),
        back: trace.way_back().map(Text::from),
        packets: packets(trace),
        // A diagnosis says it better.
        why_not: if diagnosis.is_some() { Vec::new() } else { why_not(view, trace) },
        diagnosis,
        body,
        segments: segments(trace),
    }
}

/// The endpoints that could not have been chosen; of a request to an ingress controller, the paths that were not taken.
fn why_not(view: &NetView, trace: &Trace) -> Vec<WhyNotView> {
    let excluded =
        trace.candidates(view).into_iter().filter(|one| !matches!(one.verdict, Verdict::Chosen | Verdict::Eligible));
    let paths = trace.routed.iter().flat_map(|routed| &routed.considered).map(|(path, why)| WhyNotView {
        name: path.clone(),
        key: None,
        why: why.clone().into(),
    });
    let endpoints = excluded.map(|one| WhyNotView {
        name: one.pod.as_ref().map_or_else(|| one.at.ip().to_string().into(), |pod| short_name(&pod.name)),
        key: one.pod.as_ref().map(pod_card),
        why: one.why.into(),
    });
    paths.chain(endpoints).take(WHY_NOT).collect()
}

/// The part of a generated name that tells it from its siblings.
pub fn short_name(name: &str) -> Str {
    name.rsplit('-').next().unwrap_or(name).into()
}

fn title(trace: &Trace) -> (Tone, Text) {
    let hops = trace.hops.len();
    match &trace.outcome {
        Outcome::Answered { status: Some(status), .. } => {
            let tone = if *status < 400 { Tone::Ok } else { Tone::Bad };
            (tone, msg!("session.answered", status = status, reason = reason(*status), hops = hops).into())
        }
        Outcome::Answered { status: None, .. } => (Tone::Ok, msg!("session.connected", hops = hops).into()),
        Outcome::Refused { .. } => (Tone::Bad, msg!("session.refused").into()),
        Outcome::TimedOut { .. } => (Tone::Bad, msg!("session.timed-out").into()),
        Outcome::NoSuchName { .. } => (Tone::Bad, msg!("session.no-such-name", name = trace.request.to.host).into()),
        Outcome::NoRoute => (Tone::Bad, msg!("session.no-route").into()),
        Outcome::Unreachable => (Tone::Bad, msg!("session.unreachable").into()),
        Outcome::Empty => (Tone::Bad, msg!("session.empty").into()),
        Outcome::Reset => (Tone::Bad, msg!("session.reset").into()),
        Outcome::Tls(TlsProblem::NotTls) => (Tone::Bad, msg!("session.tls-none").into()),
        Outcome::Tls(TlsProblem::Untrusted | TlsProblem::SelfSigned) => {
            (Tone::Bad, msg!("session.tls-untrusted").into())
        }
        Outcome::Tls(TlsProblem::WrongName) => (Tone::Bad, msg!("session.tls-name").into()),
        Outcome::NotHttp => (Tone::Bad, msg!("session.not-http").into()),
        Outcome::NoClient => (Tone::Bad, msg!("session.no-client").into()),
    }
}

/// The usual words of an HTTP status.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        308 => "Permanent Redirect",
        404 => "Not Found",
        405 => "Method Not Allowed",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// The packet's head at the start and after each change. kube-proxy marks what is to be masqueraded (`0x4000`); the mark
/// goes when the packet leaves the node with another source.
fn packets(trace: &Trace) -> Vec<PacketView> {
    let view = |step: Text, flow: Flow, mark| PacketView {
        step,
        source: flow.src.to_string().into(),
        destination: flow.dst.to_string().into(),
        mark,
    };
    let way = || trace.hops.iter().filter(|hop| hop.kind != HopKind::Dns);
    let Some(first) = way().next() else { return Vec::new() };
    let mut rows = vec![view(msg!("session.packet-sent").into(), first.before, None)];
    let (mut last, mut mark) = (first.before, None);
    for hop in way() {
        if hop.before.src != last.src && hop.before.dst == last.dst {
            mark = None;
            rows.push(view("KUBE-POSTROUTING".into(), hop.before, mark));
        }
        if hop.marks() {
            mark = Some("0x4000");
        }
        if hop.after != hop.before {
            rows.push(view(hop.title().into(), hop.after, mark));
        }
        last = hop.after;
    }
    rows
}

/// All hops. A source that a node hid shows where the packet next comes to light.
fn hops(trace: &Trace) -> Vec<HopView> {
    let mut views: Vec<HopView> = trace.hops.iter().map(hop).collect();
    for (pair, view) in trace.hops.windows(2).zip(views.iter_mut().skip(1)) {
        let [left, here] = pair else { continue };
        let (from, to) = (left.after.src.ip(), here.before.src.ip());
        if left.kind == HopKind::Dnat && from != to {
            view.details.push(msg!("session.source-became", from = from, to = to).into());
        }
    }
    views
}

fn hop(hop: &Hop) -> HopView {
    let (before, after) = (hop.before, hop.after);
    let code: Option<Str> = match hop.kind {
        HopKind::Dns => hop.what().arg("name").map(Str::from),
        _ if before.dst != after.dst => Some(format!("{} → {}", before.dst, after.dst).into()),
        _ if before.src != after.src => Some(format!("{} → {}", before.src.ip(), after.src.ip()).into()),
        _ => None,
    };
    let said = |message: Msg| (!message.id.is_empty()).then(|| Text::from(message));
    // The addresses say what happened to them.
    let what = if code.is_some() { None } else { said(hop.what()) };
    let rule = hop.rule().map(|rule| Text::raw(format!("{} → {}", rule.chain, rule.verdict)));
    HopView {
        tone: if hop.failed { Tone::Bad } else { Tone::Ok },
        title: hop.title().into(),
        what,
        code,
        details: said(hop.why()).into_iter().chain(rule).collect(),
    }
}

/// The way over the picture: from the client, through the Service, to the pod.
pub fn segments(trace: &Trace) -> Vec<Segment> {
    let mut stops: Vec<(Str, usize)> = Vec::new();
    stops.push((client_card(&trace.request.from), 0));
    let visit = |stops: &mut Vec<(Str, usize)>, card: Str, hop: usize| {
        if stops.last().is_none_or(|(last, _)| *last != card) {
            stops.push((card, hop));
        }
    };
    for (index, hop) in trace.hops.iter().enumerate() {
        match hop.kind {
            HopKind::Proxy | HopKind::Dnat | HopKind::Balancer => {
                if let Some(matched) = hop.refs().iter().find(|object| object.kind == "Service")
                    && let Some(card) = object_card(matched)
                {
                    visit(&mut stops, card, index);
                }
            }
            HopKind::Deliver => {
                if let Some(card) = place_card(&hop.at) {
                    visit(&mut stops, card, index);
                }
            }
            // What came before was the way to the controller.
            HopKind::Ingress => {
                stops.truncate(1);
                for object in hop.refs().iter().filter(|object| matches!(object.kind, "Ingress" | "Service")) {
                    if let Some(card) = object_card(object) {
                        stops.push((card, index));
                    }
                }
            }
            // What passes leads on; what does not ends at the pod that is guarded.
            HopKind::Policy if hop.failed => {
                if let Some(card) = place_card(&hop.at) {
                    visit(&mut stops, card, index);
                }
            }
            HopKind::Dns | HopKind::Transit | HopKind::Policy => {}
        }
    }
    let failed = !trace.is_answered();
    let last = stops.len().saturating_sub(2);
    stops
        .windows(2)
        .enumerate()
        .filter_map(|(index, pair)| {
            let [(from, _), (to, hop)] = pair else { return None };
            Some(Segment {
                from: from.clone(),
                to: to.clone(),
                millis: u32::try_from(STRETCH.as_millis()).unwrap_or(0),
                hop: *hop,
                tone: if failed && index == last { Tone::Bad } else { Tone::Ok },
            })
        })
        .collect()
}
