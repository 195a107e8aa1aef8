//! Opens a site whose program notes which of its functions were called, lets its first cluster come up, and prints them.

use e2e::{DESKTOP, Driver, Page, Server};
use std::error::Error;

/// A digit for each piece, from the marks that `xtask`'s `split::instrument` puts there.
const RAN: &str = "
    const { marks } = await window.wasmBindings.default();
    return new TextDecoder().decode(new Uint8Array(marks.buffer).map((mark) => 48 + mark));";

const DRAWN: &str = "return document.querySelectorAll('.pod.ok').length >= 4 && document.querySelectorAll('.pod:not(.ok)').length === 0";

fn main() -> Result<(), Box<dyn Error>> {
    let site = e2e::site().ok_or("TABERNETES_SITE is not set")?;
    let server = Server::start(site)?;
    let driver = Driver::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let page = Page::open(&driver, &server, "calls", DESKTOP).await;
        page.wait("the first cluster is drawn", DRAWN).await;
        page.rest().await;
        let ran = page.eval_async(RAN).await?;
        println!("{}", ran.as_str().unwrap_or_default());
        page.close().await;
        Ok(())
    })
}
