//! Requests: where from, where to, and what became of the last one.

use super::files::{FixView, PlaceView};
use super::race::RaceView;
use super::{Shared, Text, Tone};
use crate::base::Str;
use serde::{Deserialize, Serialize};

/// The request panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestView {
    /// Where a request can come from: the keys that [`super::Command::Request`] wants.
    pub sources: Vec<SourceView>,
    /// Filled into the form whenever it changes (an example was loaded, a Service was clicked). An empty source stands
    /// for the one that the form has.
    pub suggestion: Shared<Ask>,
    /// The last request.
    pub trace: Option<Shared<TraceView>>,
    /// Where the last many went.
    pub spread: Option<Shared<SpreadView>>,
    /// A steady stream, when one runs.
    pub steady: Option<SteadyView>,
    /// Why requests of the last stream were lost.
    pub losses: Vec<LossView>,
    /// Requests to draw as moving dots, when more than the one of `trace` are under way.
    pub flights: Option<Shared<Flights>>,
    /// The last rollout that was played in two ways.
    pub race: Option<Shared<RaceView>>,
}

/// Somewhere a request can come from.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceView {
    /// The graph key.
    pub key: Str,
    /// Its name.
    pub label: Text,
}

/// A request as somebody writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ask {
    /// The source's key.
    pub from: Str,
    /// A URL, as for curl.
    pub to: Str,
    /// The HTTP method; empty is `GET`.
    pub method: Str,
    /// The `Host` header; empty is the URL's.
    pub host: Str,
    /// All requests go over one connection, as long as it lasts.
    pub keep_alive: bool,
    /// Further headers, one a line: `X-Test: yes`.
    pub headers: Str,
    /// The body.
    pub body: Str,
}

impl Ask {
    /// A plain request.
    pub fn new(from: &str, to: &str) -> Ask {
        Ask { from: from.into(), to: to.into(), ..Ask::default() }
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceView {
    /// Another number for another request: the picture starts its animation when it changes.
    pub id: u64,
    /// Ok, or Bad.
    pub tone: Tone,
    /// `200 OK · 4 hops`, `Connection refused`, `No answer`.
    pub title: Text,
    /// `answered by web-5f6c8-9hq2d`, or what curl would say.
    pub subtitle: Option<Text>,
    /// Hop by hop, also when it failed.
    pub hops: Vec<HopView>,
    /// How the answer comes back.
    pub back: Option<Text>,
    /// The packet's head after each change, for experts.
    pub packets: Vec<PacketView>,
    /// Why it failed.
    pub diagnosis: Option<DiagnosisView>,
    /// Endpoints that could not have been chosen, and why not; a few of them.
    pub why_not: Vec<WhyNotView>,
    /// The body that came back.
    pub body: Option<Str>,
    /// Its way over the picture.
    pub segments: Vec<Segment>,
}

/// One hop.
#[derive(Clone, Debug, PartialEq)]
pub struct HopView {
    /// Passed, or where it ended.
    pub tone: Tone,
    /// Bold: `DNS`, `kube-proxy on node-1`.
    pub title: Text,
    /// What happened, after the title: `VIP match`.
    pub what: Option<Text>,
    /// In the machine's voice, after the title: `10.0.37.5:8080 → 10.244.1.4:80`.
    pub code: Option<Str>,
    /// The reason, in smaller lines.
    pub details: Vec<Text>,
}

/// The head of a packet.
#[derive(Clone, Debug, PartialEq)]
pub struct PacketView {
    /// The step that made it so.
    pub step: Text,
    /// Where it says it comes from.
    pub source: Str,
    /// Where it goes.
    pub destination: Str,
    /// kube-proxy's mark, while it bears it.
    pub mark: Option<&'static str>,
}

/// Requests that a steady stream lost for one cause.
#[derive(Clone, Debug, PartialEq)]
pub struct LossView {
    /// The row of the decision table.
    pub row: &'static str,
    /// The cause of the first.
    pub cause: Text,
    /// How many.
    pub count: u32,
}

/// Why something is as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagnosisView {
    /// The row of the decision table that found it.
    pub row: &'static str,
    /// How serious: Pending for a remark, Bad for the cause of a failure.
    pub tone: Tone,
    /// The cause, in one sentence.
    pub cause: Text,
    /// What shows it, one line each, with the card it points at.
    pub evidence: Vec<EvidenceView>,
    /// What can be done by a click.
    pub fixes: Vec<FixView>,
    /// What can be done by hand.
    pub advice: Vec<Text>,
}

/// An endpoint that gets no traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyNotView {
    /// Its short name.
    pub name: Str,
    /// The card.
    pub key: Option<Str>,
    /// The reason.
    pub why: Text,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceView {
    /// Whom the words are about, when they do not say it themselves.
    pub subject: Option<Str>,
    /// The words.
    pub text: Text,
    /// The card it points at.
    pub key: Option<Str>,
    /// The line in the editor's files that says so.
    pub place: Option<PlaceView>,
}

/// Where many requests went.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadView {
    /// Requests in all.
    pub total: u32,
    /// Those that got no answer.
    pub lost: u32,
    /// By backend, in a stable order.
    pub bars: Vec<SpreadBar>,
}

/// One backend's share.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadBar {
    /// The card's key.
    pub key: Str,
    /// Its short name.
    pub label: Str,
    /// Requests it answered.
    pub count: u32,
    /// The colour of its revision.
    pub colour: Option<u8>,
}

/// A steady stream of requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SteadyView {
    /// Requests per virtual second.
    pub per_second: u32,
    /// Sent so far.
    pub sent: u64,
    /// Of those, without an answer.
    pub lost: u64,
    /// How long an answer took on average, and at most, in microseconds.
    pub latency: (u64, u64),
}

/// One stretch of a request's way between two cards.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The key of the card it leaves.
    pub from: Str,
    /// The key of the card it reaches.
    pub to: Str,
    /// How long the dot takes, in real milliseconds.
    pub millis: u32,
    /// The hop it belongs to (an index of [`TraceView::hops`]).
    pub hop: usize,
    /// Ok, or Bad for the stretch on which it was lost.
    pub tone: Tone,
}

/// Several requests under way at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Flights {
    /// Another number for another volley.
    pub id: u64,
    /// The way of each; at most a hundred are drawn.
    pub ways: Vec<Vec<Segment>>,
}
