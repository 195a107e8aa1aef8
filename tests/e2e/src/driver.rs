//! chromedriver, started on a free port and stopped with its owner.

use serde_json::Value;
use std::env;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How Chromium is started; wasm-bindgen-test-runner reads the same file.
const CAPABILITIES: &str = include_str!("../../webdriver.json");
const PATIENCE: Duration = Duration::from_secs(20);

/// A running chromedriver.
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts `$CHROMEDRIVER`, or `chromedriver` on PATH.
    pub fn start() -> io::Result<Self> {
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new(program)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let driver = Driver { child, port };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if started.elapsed() > PATIENCE {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "chromedriver does not listen"));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(driver)
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

impl Drop for Driver {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
