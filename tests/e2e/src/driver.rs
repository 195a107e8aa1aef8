//! chromedriver, started on a free port and stopped with its owner.

use serde_json::Value;
use std::env;
use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;

/// How Chromium is started; wasm-bindgen-test-runner reads the same file.
const CAPABILITIES: &str = include_str!("../../webdriver.json");
/// What chromedriver says, followed by the port, once it listens.
const STARTED: &str = "started successfully on port ";

/// A running chromedriver.
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts `$CHROMEDRIVER`, or `chromedriver` on PATH.
    pub fn start() -> io::Result<Self> {
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut child = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let said = child.stdout.take().expect("stdout is piped");
        let (port, rest) = match port(BufReader::new(said)) {
            Ok(found) => found,
            Err(error) => {
                child.kill().ok();
                child.wait().ok();
                return Err(error);
            }
        };
        // A full pipe would stop it.
        thread::spawn(move || io::copy(&mut { rest }, &mut io::sink()));
        Ok(Driver { child, port })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The capabilities of a new session.
    pub fn capabilities() -> serde_json::Map<String, Value> {
        serde_json::from_str(CAPABILITIES).expect("tests/webdriver.json is a JSON object")
    }
}

/// The port that chromedriver chose. It must choose: of tests that run side by side and look for a free one beforehand, two may find the same.
fn port<R: BufRead>(mut said: R) -> io::Result<(u16, R)> {
    let mut line = String::new();
    while said.read_line(&mut line)? > 0 {
        let number = line.split_once(STARTED).map(|(_, rest)| rest.trim_end().trim_end_matches('.'));
        if let Some(port) = number.and_then(|number| number.parse().ok()) {
            return Ok((port, said));
        }
        line.clear();
    }
    Err(io::Error::new(io::ErrorKind::UnexpectedEof, "chromedriver ended without a port to listen on"))
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
