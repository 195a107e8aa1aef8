//! Measures the built page: `page-bench <folder of scripts>`; prints a Markdown table.
//!
//! Each `*.js` of the folder is the body of an async function. It gets the JS API as `Playground` and answers a list of
//! `{ name, value, unit }`, which are the rows of the table; a list without entries is a script whose feature is not there yet.

use e2e::{DESKTOP, Driver, Page, Server};
use std::error::Error;
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

/// The largest cluster has a minute in it.
const LIMIT: Duration = Duration::from_secs(300);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("page-bench <folder of scripts>")?;
    let only = env::args().nth(2);
    let site = e2e::site().ok_or("TABERNETES_SITE is not set: run `cargo xtask bench`")?;
    let mut scripts: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    scripts.retain(|path| path.extension().is_some_and(|kind| kind == "js"));
    scripts.retain(|path| only.as_ref().is_none_or(|only| path.file_stem().is_some_and(|stem| stem == only.as_str())));
    scripts.sort();

    let server = Server::start(site)?;
    let driver = Driver::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("| measurement | value | unit |\n|---|--:|---|");
    for script in scripts {
        runtime.block_on(measure(&driver, &server, &script))?;
    }
    Ok(())
}

/// Every script has a fresh tab: nothing left by one is measured by the next.
async fn measure(driver: &Driver, server: &Server, script: &Path) -> Result<(), Box<dyn Error>> {
    let name = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let page = Page::open(driver, server, &name, DESKTOP).await;
    page.set_script_timeout(LIMIT).await;
    let body = format!("const {{ Playground }} = window.wasmBindings ?? {{}};\n{}", fs::read_to_string(script)?);
    let rows = page.eval_async(&body).await;
    page.close().await;
    for row in rows.map_err(|error| format!("{name}: {error}"))?.as_array().into_iter().flatten() {
        let value = row["value"].as_f64().map_or_else(|| "?".to_owned(), |value| format!("{value:.1}"));
        println!(
            "| {name}: {} | {value} | {} |",
            row["name"].as_str().unwrap_or("?"),
            row["unit"].as_str().unwrap_or("")
        );
    }
    Ok(())
}
