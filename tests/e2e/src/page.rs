//! The page under test. Every `find` waits: what is not there within [`PATIENCE`] fails the test with what was looked for.

use crate::{Driver, Server};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs};

const PATIENCE: Duration = Duration::from_secs(15);
const FIND: &str = include_str!("find.js");
/// Shift, Control, Alt, Meta.
const MODIFIERS: [char; 4] = ['\u{e008}', '\u{e009}', '\u{e00a}', '\u{e03d}'];
/// The key under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One tab, opened on the site.
pub struct Page {
    /// For what the methods here do not cover.
    pub client: Client,
    name: String,
    url: String,
}

impl Page {
    /// Lets a moment pass: proxies follow a change 100 ms later, which is longer than a driver needs from one click to the next.
    pub async fn rest(&self) {
        let rest = "await new Promise((done) => setTimeout(done, 1500)); return null";
        self.eval_async(rest).await.unwrap();
    }

    /// A new browser of `size` CSS pixels, with the page loaded and mounted.
    pub async fn open(driver: &Driver, server: &Server, name: &str, size: (u32, u32)) -> Self {
        let session =
            ClientBuilder::new(HttpConnector::new()).capabilities(Driver::capabilities()).connect(&driver.url()).await;
        let client = session.expect("chromedriver starts Chromium");
        let page = Page { client, name: name.to_owned(), url: server.url() };
        page.resize(size).await;
        page.visit("").await;
        page
    }

    /// Loads the page with `suffix` (`?embed`, `#...`) and waits until it is mounted.
    pub async fn visit(&self, suffix: &str) {
        self.client.goto(&format!("{}{suffix}", self.url)).await.expect("the server of this test answers");
        self.wait("the page is mounted", "return !document.querySelector('.boot')").await;
    }

    /// The element of that role and name (an exact name wins over a part of one; "" is any).
    pub async fn role(&self, role: &str, name: &str) -> Element {
        let started = Instant::now();
        loop {
            if let Some(first) = self.roles(role, name).await.into_iter().next() {
                return first;
            }
            assert!(started.elapsed() < PATIENCE, "no {role} called {name:?} on the page");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// All elements of that role and name at this moment.
    pub async fn roles(&self, role: &str, name: &str) -> Vec<Element> {
        let found = self.client.execute(FIND, vec![json!(role), json!(name)]).await.expect("find.js runs");
        let ids = found.as_array().into_iter().flatten().filter_map(|element| element[ELEMENT].as_str());
        ids.map(|id| Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned()))).collect()
    }

    /// Presses keys on whatever has the focus, as `fantoccini::key::Key` spells them; Control, Shift, Alt and Meta stay down to the end.
    pub async fn press(&self, keys: &str) {
        let (held, typed): (Vec<char>, Vec<char>) = keys.chars().partition(|key| MODIFIERS.contains(key));
        let down = held.iter().map(|&value| KeyAction::Down { value });
        let strokes = typed.iter().flat_map(|&value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        let up = held.iter().map(|&value| KeyAction::Up { value });
        let actions = down.chain(strokes).chain(up).fold(KeyActions::new("keyboard".into()), KeyActions::then);
        self.client.perform_actions(actions).await.expect("chromedriver takes keys");
    }

    /// Waits until `text` can be read somewhere on the page.
    pub async fn see(&self, text: &str) {
        let shown = format!("return document.body.innerText.includes({})", json!(text));
        self.wait(&format!("{text:?} is on the page"), &shown).await;
    }

    /// Waits until the body of a function answers something true.
    pub async fn wait(&self, what: &str, script: &str) {
        let started = Instant::now();
        while !truthy(&self.eval(script).await) {
            assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the body of a function answers.
    pub async fn eval(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What the body of an async function answers; `Err` has the page's own error.
    pub async fn eval_async(&self, script: &str) -> Result<Value, String> {
        let wrapped = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {script} }})().then((ok) => done({{ ok }}), (error) => done({{ error: String(error.stack || error) }}));"
        );
        let answer = self.client.execute_async(&wrapped, Vec::new()).await.map_err(|error| error.to_string())?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["ok"].clone()),
        }
    }

    /// How long `eval_async` may take.
    pub async fn set_script_timeout(&self, limit: Duration) {
        let timeouts = fantoccini::wd::TimeoutConfiguration::new(Some(limit), None, None);
        self.client.update_timeouts(timeouts).await.expect("chromedriver takes timeouts");
    }

    /// The viewport in CSS pixels, smaller than a window can be too.
    pub async fn resize(&self, (width, height): (u32, u32)) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// The user's wish for a colour scheme: `light` or `dark`. Colours fade into each other: it waits until they have.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
        let faded = "await new Promise((done) => setTimeout(done, 500)); return null";
        self.eval_async(faded).await.expect("the page waits");
    }

    /// Saves what is seen as `<test>-<name>.png`.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let dir = env::var_os("TABERNETES_SCREENS").map_or_else(|| PathBuf::from("target/screens"), PathBuf::from);
        let file = dir.join(format!("{}-{name}.png", self.name));
        let png = self.client.screenshot().await.expect("chromedriver takes screenshots");
        fs::create_dir_all(&dir).and_then(|()| fs::write(&file, png)).expect("the folder of screenshots is writable");
        file
    }

    /// What the browser's console got since it was last asked, as `LEVEL text`.
    pub async fn console(&self) -> Vec<String> {
        let log = self.post("se/log", json!({ "type": "browser" })).await.unwrap_or_default();
        let entries = log.as_array().into_iter().flatten();
        entries.map(|entry| format!("{} {}", text(&entry["level"]), text(&entry["message"]))).collect()
    }

    /// The same, errors only (a request that was refused or not found is one).
    pub async fn console_errors(&self) -> Vec<String> {
        self.console().await.into_iter().filter(|line| line.starts_with("SEVERE")).collect()
    }

    /// Ends the browser.
    pub async fn close(self) {
        self.client.close().await.ok();
    }

    /// A command of the browser's own tools.
    pub async fn devtools(&self, command: &str, params: Value) {
        let body = json!({ "cmd": command, "params": params });
        self.post("goog/cdp/execute", body).await.unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    async fn post(&self, path: &'static str, body: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(Post { path, body }).await
    }
}

/// A command of chromedriver that WebDriver does not have.
#[derive(Debug)]
struct Post {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Post {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

fn truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
