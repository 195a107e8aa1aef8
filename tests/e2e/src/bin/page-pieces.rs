//! Opens a site whose program notes which of its pieces ran, lets its first cluster come up, and prints a digit for each piece.

use e2e::{DESKTOP, Driver, Page, Server, json};
use std::error::Error;

/// From the marks that `xtask`'s `split::instrument` puts there.
const RAN: &str = "
    const { marks } = await window.wasmBindings.default();
    return new TextDecoder().decode(new Uint8Array(marks.buffer).map((mark) => 48 + mark));";

const DRAWN: &str = "return document.querySelectorAll('.pod.ok').length >= 4 && document.querySelectorAll('.pod:not(.ok)').length === 0";

/// How many times slower the processor is in the second visit: what is late takes other ways.
const SLOW: u32 = 6;

fn main() -> Result<(), Box<dyn Error>> {
    let site = e2e::site().ok_or("TABERNETES_SITE is not set")?;
    let server = Server::start(site)?;
    let driver = Driver::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ran = runtime.block_on(async {
        let page = Page::open(&driver, &server, "pieces", DESKTOP).await;
        let mut ran = ran(&page).await?;
        page.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": SLOW })).await;
        page.eval("localStorage.clear()").await;
        page.visit("").await;
        let again = self::ran(&page).await?;
        page.close().await;
        ran.iter_mut().zip(again).for_each(|(ran, again)| *ran = again.max(*ran));
        Ok::<_, Box<dyn Error>>(ran)
    })?;
    println!("{}", String::from_utf8(ran)?);
    Ok(())
}

async fn ran(page: &Page) -> Result<Vec<u8>, Box<dyn Error>> {
    page.wait("the first cluster is drawn", DRAWN).await;
    page.rest().await;
    let ran = page.eval_async(RAN).await?;
    Ok(ran.as_str().unwrap_or_default().as_bytes().to_vec())
}
