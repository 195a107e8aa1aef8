//! `cargo xtask <command>`: everything that is done to this repository beside `cargo build`.
//!
//! One module per command; `place` knows the paths, `shell` runs programs and `tools` knows where each program comes from. Nothing is
//! downloaded but from crates.io, npm, rustup and (as root on Debian, for the browser) apt; what was built is kept in [`place::cache`],
//! outside of the repository.

mod bench;
mod browser;
mod dist;
mod editor;
mod place;
mod schema;
mod serve;
mod setup;
mod shell;
mod sizes;
mod test;
mod tools;

use std::process::ExitCode;

/// What a command answers: an error is one message for the person at the terminal.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const HELP: &str = "\
cargo xtask <command>

  setup                  install what is missing: wasm32 target, wasm-bindgen, trunk
  serve [trunk options]  setup, then build the page, serve it on http://127.0.0.1:8080 and rebuild on change
  test [native|fuzz|wasm|e2e [--dev]] [cargo test options]
                         all tests, or one kind of them; wasm and e2e run in headless Chromium, e2e against dist/ (--dev: a debug build)
  dist                   the optimised static site in dist/, with its sizes
  bench                  measure the release site in headless Chromium; prints a Markdown table
  editor [--check]       rebuild www/editor.bundle.js from www/editor; --check: compare only
  schema                 rebuild the schema table
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match command {
        "setup" => setup::run(),
        "serve" => serve::run(rest),
        "test" => test::run(rest),
        "dist" => dist::run(),
        "bench" => bench::run(rest),
        "editor" => editor::run(rest),
        "schema" => schema::run(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no command {other:?}\n\n{HELP}").into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
