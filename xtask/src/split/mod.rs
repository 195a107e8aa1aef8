//! The program in two parts, so that little is loaded before the page works: what runs while it opens and its first cluster comes up,
//! and the rest, which is fetched after the first paint (`www/rest.js`, `src/ui/rest.rs`).
//!
//! Nobody keeps a list of what belongs where. [`site`] marks each piece of each function ([`blocks`], [`instrument`]), opens the marked
//! site in headless Chromium (`page-pieces` of `tests/e2e`) and sees what ran. Functions that never ran are the rest; of functions that
//! ran, so is every branch that did not ([`outline`], [`region`], for which [`live`] knows the locals). [`cut`] then makes two modules of the one. What
//! ran decides about speed and size alone, never about what the program does: each call into the rest brings it where it is not there.

mod blocks;
mod cut;
mod data;
mod instructions;
mod instrument;
mod live;
mod outline;
mod page;
mod read;
mod region;
#[cfg(test)]
mod tests;

use crate::{Result, place, shell};
use data::Objects;
use page::Page;
use std::fs;
use std::path::Path;

/// The import that brings the rest: a function of `www/rest.js`.
const HOOK: &str = "bringNow";

/// What the linker is asked to write for [`data`]: an environment variable of cargo's, and its value.
pub const FLAGS: (&str, &str) = ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Clink-arg=--emit-relocs");

/// Takes off the program of a built site what only [`site`] reads.
pub fn one_part(site: &Path) -> Result {
    let page = Page::of(site)?;
    let program = read::bare(&fs::read(site.join(&page.program))?)?;
    page.replace(site, &program, None)
}

/// Splits the program of a built site.
pub fn site(site: &Path, chromedriver: &Path) -> Result {
    let page = Page::of(site)?;
    let program = fs::read(site.join(&page.program))?;
    let ran = ran(site, &page, &program, chromedriver)?;
    let linked = fs::read(place::target().join("wasm32-unknown-unknown/release/tabernetes.wasm"))?;
    let objects = Objects::of(&linked);
    if let Err(error) = &objects {
        eprintln!("all constants stay in the first part: {error}");
    }
    let parts = split(&program, &|piece| ran.get(piece) == Some(&b'1'), objects.ok().as_ref())?;
    page.replace(site, &parts.first, Some(&parts.rest))
}

/// A module in two parts, by which of its pieces ran and by where its constants are.
fn split(program: &[u8], ran: &dyn Fn(usize) -> bool, objects: Option<&Objects>) -> Result<cut::Parts> {
    let (outlined, first) = outline::module(program, ran)?;
    let parts = cut::cut(&outlined, &first, objects, HOOK)?;
    for part in [&parts.first, &parts.rest] {
        read::validator().validate_all(part)?;
    }
    Ok(parts)
}

/// A digit for each piece of the program: whether it ran while the page opened.
fn ran(site: &Path, page: &Page, program: &[u8], chromedriver: &Path) -> Result<Vec<u8>> {
    let marked = place::target().join("marked-site");
    fs::remove_dir_all(&marked).ok();
    copy(site, &marked)?;
    fs::write(marked.join(&page.program), instrument::instrument(program)?)?;
    fs::write(marked.join(Page::FILE), page.unchecked())?;
    let mut open = shell::cargo();
    open.args(["run", "--quiet", "--locked", "--package", "e2e", "--bin", "page-pieces"]);
    open.env("TABERNETES_SITE", &marked).env("CHROMEDRIVER", chromedriver);
    let ran = shell::answer(&mut open)?;
    if !ran.contains('1') {
        return Err("no piece of the program ran while the page opened".into());
    }
    Ok(ran.into_bytes())
}

fn copy(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() { copy(&path, &to.join(name))? } else { fs::copy(&path, to.join(name)).map(drop)? }
    }
    Ok(())
}
