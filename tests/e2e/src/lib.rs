//! What an end-to-end test needs: the built site on a server of its own, a headless Chromium of its own, and [`Page`], which finds things the
//! way a user does, by role and name.
//!
//! The tests are in `tests/`; one is
//!
//! ```ignore
//! #[test]
//! fn applies_the_example() {
//!     e2e::run("applies_the_example", async |page| {
//!         page.role("button", "Apply").await.click().await.unwrap();
//!         page.see("deployment.apps/web created").await;
//!     });
//! }
//! ```
//!
//! `cargo xtask test e2e` builds the site and says where it is by `TABERNETES_SITE`; without it every test prints that it is skipped.
//! Screenshots go to `TABERNETES_SCREENS` (`target/screens`), one of each test that fails among them.

mod driver;
mod page;
mod server;

pub use driver::Driver;
pub use fantoccini;
pub use page::Page;
pub use serde_json::{Value, json};
pub use server::Server;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

/// The size of the design's drawing, in CSS pixels.
pub const DESKTOP: (u32, u32) = (1500, 920);
/// A phone.
pub const PHONE: (u32, u32) = (390, 844);

/// Opens the page at [`DESKTOP`] size and runs `test` on it; takes a screenshot when that panics.
pub fn run(name: &str, test: impl AsyncFnOnce(&Page)) {
    run_at(name, DESKTOP, test);
}

/// [`run`] at another size.
pub fn run_at(name: &str, size: (u32, u32), test: impl AsyncFnOnce(&Page)) {
    match site() {
        Some(site) => run_on(site, name, size, test),
        None => println!("{name}: skipped, TABERNETES_SITE is not set (run `cargo xtask test e2e`)"),
    }
}

/// [`run`] on any folder of files; the tab is opened on its `index.html`.
pub fn run_on(site: PathBuf, name: &str, size: (u32, u32), test: impl AsyncFnOnce(&Page)) {
    let server = Server::start(site).expect("a free port on this machine");
    let driver = Driver::start().expect("chromedriver");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let page = runtime.block_on(Page::open(&driver, &server, name, size));
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(test(&page))));
    runtime.block_on(async {
        if outcome.is_err() {
            let shot = page.screenshot("failed").await;
            eprintln!(
                "{name}: screenshot {}\nconsole of the page:\n{}",
                shot.display(),
                page.console().await.join("\n")
            );
        }
        page.close().await;
    });
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// The directory of the built site, when there is one to test.
pub fn site() -> Option<PathBuf> {
    env::var_os("TABERNETES_SITE").map(PathBuf::from)
}
