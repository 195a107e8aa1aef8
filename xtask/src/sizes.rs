//! Sizes of the built site, raw and as a server would send them.

use crate::Result;
use flate2::{Compression, write::GzEncoder};
use std::fs;
use std::io::Write;
use std::ops::Add;
use std::path::{Path, PathBuf};

/// What may be loaded before the page works, brotli-compressed. The aim is 600,000. This number says where it stands, so that it does not
/// grow unseen.
const OPENING: usize = 710_000;
/// What the page may weigh with the rest of its program, which is fetched after the first paint.
const WHOLE: usize = 2_020_000;

#[derive(Clone, Copy, Default)]
struct Sizes {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Add for Sizes {
    type Output = Sizes;
    fn add(self, other: Sizes) -> Sizes {
        Sizes { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

/// Prints the sizes of every file that the page loads when it opens, of the rest of its program, and of what it may load later.
///
/// Errors when what opens it is over [`OPENING`], or all of it over [`WHOLE`].
pub fn report(site: &Path) -> Result {
    let mut files = Vec::new();
    collect(site, &mut files)?;
    files.sort();
    let (page, later): (Vec<_>, Vec<_>) = files.into_iter().partition(|path| is_page(path));
    let (rest, opening): (Vec<_>, Vec<_>) = page.into_iter().partition(|path| is_rest(path));

    println!("| file | raw | gzip | brotli |\n|---|--:|--:|--:|");
    let opening = rows(site, &opening)?;
    row("**opens the page**", opening);
    let whole = opening + rows(site, &rest)?;
    if !rest.is_empty() {
        row("**whole page**", whole);
    }
    if !later.is_empty() {
        let sizes = later.iter().map(|path| measure(path)).collect::<Result<Vec<_>>>()?;
        row(
            &format!("fetched when needed ({} files)", sizes.len()),
            sizes.into_iter().fold(Sizes::default(), Add::add),
        );
    }
    within("what opens the page", opening, if rest.is_empty() { WHOLE } else { OPENING })?;
    within("the whole page", whole, WHOLE)
}

fn within(what: &str, size: Sizes, budget: usize) -> Result {
    if size.brotli <= budget {
        return Ok(());
    }
    Err(format!("{what} is {} bytes after brotli; the budget is {budget}", size.brotli).into())
}

/// A row for each file; their sum.
fn rows(site: &Path, files: &[PathBuf]) -> Result<Sizes> {
    let mut total = Sizes::default();
    for path in files {
        let size = measure(path)?;
        row(&path.strip_prefix(site).unwrap_or(path).to_string_lossy(), size);
        total = total + size;
    }
    Ok(total)
}

fn row(name: &str, size: Sizes) {
    println!("| {name} | {} | {} | {} |", size.raw, size.gzip, size.brotli);
}

/// Code and style; everything else (lessons, images, descriptions of fields) is fetched when first needed.
fn is_page(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    ["html", "js", "wasm", "css"].contains(&kind)
}

/// The part of the program that `split` took out of what opens the page.
fn is_rest(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("_rest.wasm"))
}

fn measure(path: &Path) -> Result<Sizes> {
    let bytes = fs::read(path)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&bytes)?;
    let mut brotli = Vec::new();
    let best = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut brotli, &best)?;
    Ok(Sizes { raw: bytes.len(), gzip: gzip.finish()?.len(), brotli: brotli.len() })
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
