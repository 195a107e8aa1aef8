//! A static file server for one test: GET only, one thread per connection, no caching.
//!
//! The site is put into a sub-folder, so that an absolute URL in it is found out.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

const FOLDER: &str = "/some/folder/";

/// Serves until the process ends.
pub struct Server {
    port: u16,
    missing: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves the files of `site`.
    pub fn start(site: PathBuf) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let missing = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&missing);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (site, noted) = (site.clone(), Arc::clone(&noted));
                // A browser that goes away in the middle of an answer is its own business.
                thread::spawn(move || answer(stream, &site, &noted).ok());
            }
        });
        Ok(Server { port, missing })
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}{FOLDER}", self.port)
    }

    /// The paths that were asked for in vain.
    pub fn missing(&self) -> Vec<String> {
        self.missing.lock().map(|paths| paths.clone()).unwrap_or_default()
    }
}

fn answer(mut stream: TcpStream, site: &Path, missing: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for header in lines {
        if header?.is_empty() {
            break;
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let found = file(site, path).and_then(|file| Some((fs::read(&file).ok()?, content_type(&file))));
    let (status, body, kind) = match found {
        Some((body, kind)) => ("200 OK", body, kind),
        None => {
            if let Ok(mut missing) = missing.lock() {
                missing.push(path.to_owned());
            }
            ("404 Not Found", b"not found".to_vec(), "text/plain")
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}

fn file(site: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path.strip_prefix(FOLDER)?);
    let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let name = if relative.as_os_str().is_empty() { Path::new("index.html") } else { relative };
    inside.then(|| site.join(name))
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|kind| kind.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::file;
    use std::path::{Path, PathBuf};

    #[test]
    fn only_files_of_the_site_are_served() {
        let site = Path::new("/site");
        assert_eq!(file(site, "/some/folder/"), Some(PathBuf::from("/site/index.html")));
        assert_eq!(file(site, "/some/folder/a/b.js"), Some(PathBuf::from("/site/a/b.js")));
        for outside in ["/", "/index.html", "/some/folder/../secret", "/some/folder//etc/passwd"] {
            assert_eq!(file(site, outside), None, "{outside}");
        }
    }
}
