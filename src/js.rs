//! The JS API: a [`Playground`] for scripts and course material. This module converts and does nothing else.

use crate::api::kinds::Key;
use crate::base::time::Duration;
use crate::kubectl::types;
use crate::sim::ClusterConfig;
use crate::view::model::backend::Backend;
use crate::view::model::files::Severity;
use crate::view::model::request::{Ask, TraceView};
use crate::view::model::{Command, Text};
use crate::view::session::visit::Visit;
use crate::view::session::{Options, Session};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** How a playground is made. */
export interface PlaygroundOptions {
  /** The seed of everything random (default 1). */
  seed?: number;
  /** How many nodes (default 3). */
  nodes?: number;
  /** Whether somebody makes load balancers (default true). */
  cloud?: boolean;
  /** Whether images are on all nodes already (default false). */
  imagesPresent?: boolean;
}
/** What a command printed. */
export interface Exec { stdout: string; stderr: string; /** null: nothing will ever end it. */ exitCode: number | null }
/** Something that is wrong with a manifest. Lines and columns count from 1. */
export interface Diagnostic { severity: "error" | "warning" | "info"; line: number; column: number; message: string }
/** What became of an apply. */
export interface ApplyResult extends Exec { diagnostics: Diagnostic[] }
/** A request: `from` is `internet`, `laptop`, `node/NAME` or `pod/NAMESPACE/NAME`; `to` a URL as for curl. */
export interface PlaygroundRequest { from: string; to: string; count?: number }
/** A hop of a request's way. */
export interface Hop { title: string; code: string | null; details: string[]; failed: boolean }
/** What became of a request. */
export interface Trace {
  ok: boolean; title: string; answeredBy: string | null; body: string | null; hops: Hop[];
  diagnosis: { cause: string; evidence: string[]; fixes: string[] } | null;
  /** Answers by pod, when several requests were sent. */
  spread: { pod: string; count: number }[];
}
"#;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PlaygroundOptions {
    seed: Option<u64>,
    nodes: Option<usize>,
    cloud: Option<bool>,
    images_present: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Exec {
    stdout: String,
    stderr: String,
    exit_code: Option<i32>,
}

#[derive(Serialize)]
struct Diagnostic {
    severity: &'static str,
    line: u32,
    column: u32,
    message: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApplyResult {
    stdout: String,
    stderr: String,
    exit_code: Option<i32>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Deserialize)]
struct Request {
    from: String,
    to: String,
    #[serde(default)]
    count: Option<u32>,
}

#[derive(Serialize)]
struct Hop {
    title: String,
    code: Option<String>,
    details: Vec<String>,
    failed: bool,
}

#[derive(Serialize)]
struct Diagnosis {
    cause: String,
    evidence: Vec<String>,
    fixes: Vec<String>,
}

#[derive(Serialize)]
struct Share {
    pod: String,
    count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    ok: bool,
    title: String,
    answered_by: Option<String>,
    body: Option<String>,
    hops: Vec<Hop>,
    diagnosis: Option<Diagnosis>,
    spread: Vec<Share>,
}

/// A cluster without a page: manifests in, answers out. Time passes only when it is told to.
#[wasm_bindgen]
pub struct Playground {
    session: Session,
    options: Options,
}

#[wasm_bindgen]
impl Playground {
    /// A new cluster.
    #[wasm_bindgen(constructor)]
    pub fn new(options: Option<PlaygroundOptionsJs>) -> Result<Playground, JsError> {
        let options: PlaygroundOptions = match options.map(JsValue::from) {
            Some(value) if !value.is_undefined() && !value.is_null() => read(value)?,
            _ => PlaygroundOptions::default(),
        };
        let cluster = ClusterConfig {
            seed: options.seed.unwrap_or(1),
            cloud: options.cloud.unwrap_or(true),
            images_present: options.images_present.unwrap_or(false),
            ..ClusterConfig::with_nodes(options.nodes.unwrap_or(3))
        };
        let options = Options { cluster, files: Some(Vec::new()), ..Options::default() };
        Ok(Playground { session: Session::new(options.clone()), options })
    }

    /// The playground that a text of [`Playground::story`] describes, or what stands behind `#story=` in a link of the page.
    #[wasm_bindgen(js_name = ofStory)]
    pub fn of_story(text: &str) -> Result<Playground, JsError> {
        let visit = Visit::decode(text).map_err(|why| JsError::new(&why.to_string()))?;
        let options = Options { visit: Some(visit), files: Some(Vec::new()), ..Options::default() };
        let mut session = Session::new(options.clone());
        session.tell();
        Ok(Playground { session, options })
    }

    /// All of it as a text: the cluster, everything that was done to it, the files, the moment. `Playground.ofStory` takes it up again,
    /// and so does the page behind `#story=`.
    pub fn story(&self) -> Result<String, JsError> {
        self.session.visit(Ask::default()).map_err(|why| JsError::new(&why.to_string()))
    }

    /// Applies a manifest, as `kubectl apply -f` does, and says what is wrong with it line by line.
    #[wasm_bindgen(unchecked_return_type = "ApplyResult")]
    pub fn apply(&mut self, yaml: &str) -> Result<JsValue, JsError> {
        let file = self.session.frame().files.active;
        self.session.command(Command::EditFile { file, text: yaml.into() });
        let diagnostics = self.found(yaml);
        let done = self.session.run_line("kubectl apply -f manifest.yaml");
        write(&ApplyResult { stdout: done.stdout, stderr: done.stderr, exit_code: done.exit, diagnostics })
    }

    /// Says what is wrong with a manifest, and applies nothing.
    #[wasm_bindgen(unchecked_return_type = "Diagnostic[]")]
    pub fn diagnose(&self, yaml: &str) -> Result<JsValue, JsError> {
        write(&self.found(yaml))
    }

    /// Runs a console line to its end; virtual time passes while it waits.
    #[wasm_bindgen(unchecked_return_type = "Exec")]
    pub fn kubectl(&mut self, line: &str) -> Result<JsValue, JsError> {
        let done = self.session.run_line(line);
        write(&Exec { stdout: done.stdout, stderr: done.stderr, exit_code: done.exit })
    }

    /// Fetches the documentation of the API from the site that this module came from: `kubectl explain` needs it.
    pub async fn documentation(&mut self) -> Result<(), JsValue> {
        let text = crate::ui::documentation::fetch().await?;
        self.session.command(Command::Documentation(Some(text)));
        Ok(())
    }

    /// Sends a request and says how it went. No packet leaves the page.
    #[wasm_bindgen(unchecked_return_type = "Trace")]
    pub fn request(&mut self, request: PlaygroundRequestJs) -> Result<JsValue, JsError> {
        let request: Request = read(request.into())?;
        let from = match request.from.as_str() {
            client @ ("internet" | "laptop") => format!("client/{client}"),
            other => other.to_owned(),
        };
        let count = request.count.unwrap_or(1);
        self.session.command(Command::Request { ask: Ask::new(&from, &request.to), count });
        self.session.run_for(Duration::ZERO);
        let frame = self.session.frame();
        let Some(trace) = &frame.request.trace else { return Err(JsError::new("the request could not be sent")) };
        let spread = frame.request.spread.iter().flat_map(|spread| &spread.bars);
        let spread = spread.map(|bar| Share { pod: bar.key.to_string(), count: bar.count }).collect();
        write(&trace_of(trace, spread))
    }

    /// An object by its kind and name (`get("deployment", "web")`, `get("node", "node-1")`), or null.
    #[wasm_bindgen(unchecked_return_type = "any")]
    pub fn get(&self, kind: &str, name: &str, namespace: Option<String>) -> Result<JsValue, JsError> {
        let Ok(kind) = types::kind_of(kind, self.session.engine().world().api.kinds()) else {
            return Err(JsError::new(&format!("the server doesn't have a resource type {kind:?}")));
        };
        let namespace =
            if kind.info().namespaced { namespace.unwrap_or_else(|| "default".into()) } else { String::new() };
        let object = self.session.engine().world().api.store().get(&Key::new(kind, namespace, name)).cloned();
        match object {
            Some(object) => write(&object.to_value()),
            None => Ok(JsValue::NULL),
        }
    }

    /// Lets virtual milliseconds pass, at once.
    pub fn run(&mut self, milliseconds: f64) {
        self.session.run_for(Duration::from_micros((milliseconds.max(0.0) * 1000.0) as u64));
    }

    /// Lets time pass until the next change.
    pub fn step(&mut self) {
        self.session.command(Command::Step);
    }

    /// Stops time: `run` and `step` still let it pass.
    pub fn pause(&mut self) {
        self.session.command(Command::Pause);
    }

    /// Begins anew: with an empty cluster, or with the story that the playground was made of.
    pub fn reset(&mut self) {
        self.session = Session::new(self.options.clone());
        self.session.tell();
    }

    /// Virtual milliseconds since the cluster was made.
    #[wasm_bindgen(getter)]
    pub fn now(&self) -> f64 {
        self.session.engine().now().0 as f64 / 1000.0
    }
}

#[wasm_bindgen]
extern "C" {
    /// Options of a playground.
    #[wasm_bindgen(typescript_type = "PlaygroundOptions")]
    pub type PlaygroundOptionsJs;
    /// A request.
    #[wasm_bindgen(typescript_type = "PlaygroundRequest")]
    pub type PlaygroundRequestJs;
}

impl Playground {
    fn found(&self, yaml: &str) -> Vec<Diagnostic> {
        let found = crate::view::session::diagnostics::of(self.session.engine().world(), yaml);
        let shown = |item: crate::view::model::files::Diagnostic| Diagnostic {
            severity: Severity::class(item.severity),
            line: item.span.line,
            column: item.span.column,
            message: words(&item.message),
        };
        found.into_iter().map(|found| shown(found.diagnostic)).collect()
    }
}

fn words(text: &Text) -> String {
    match text {
        Text::Raw(text) => text.to_string(),
        Text::Say(message) => crate::i18n::text(crate::i18n::Lang::En, message),
    }
}

fn trace_of(trace: &TraceView, spread: Vec<Share>) -> Trace {
    let last = trace.segments.last().map(|segment| segment.to.to_string());
    let ok = trace.tone == crate::view::model::Tone::Ok;
    Trace {
        ok,
        title: words(&trace.title),
        answered_by: last.filter(|_| ok),
        body: trace.body.as_ref().map(ToString::to_string),
        hops: trace
            .hops
            .iter()
            .map(|hop| Hop {
                title: words(&hop.title),
                code: hop.code.as_ref().map(ToString::to_string),
                details: hop.what.iter().chain(&hop.details).map(words).collect(),
                failed: hop.tone == crate::view::model::Tone::Bad,
            })
            .collect(),
        diagnosis: trace.diagnosis.as_ref().map(|diagnosis| Diagnosis {
            cause: words(&diagnosis.cause),
            evidence: diagnosis.evidence.iter().map(|evidence| words(&evidence.text)).collect(),
            fixes: diagnosis.fixes.iter().map(|fix| words(&fix.label)).collect(),
        }),
        spread,
    }
}

fn read<T: for<'de> Deserialize<'de>>(value: JsValue) -> Result<T, JsError> {
    serde_wasm_bindgen::from_value(value).map_err(|error| JsError::new(&error.to_string()))
}

fn write<T: Serialize>(value: &T) -> Result<JsValue, JsError> {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| JsError::new(&error.to_string()))
}
