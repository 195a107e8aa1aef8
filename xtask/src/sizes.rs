//! Sizes of the built site, raw and as a server would send them.

use crate::Result;
use flate2::{Compression, write::GzEncoder};
use std::fs;
use std::io::Write;
use std::ops::Add;
use std::path::{Path, PathBuf};

/// What the page may weigh today, brotli-compressed. The aim is 600,000: it is missed by far, and each feature of the engine moves it
/// further away until the module is split (see the changelog). This number says where it stands, so that it does not grow unseen.
pub const BUDGET: usize = 1_660_000;

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

/// Prints the sizes of every file that the page loads when it opens, and of what it may load later.
///
/// Errors when the first sum is over [`BUDGET`].
pub fn report(site: &Path) -> Result {
    let mut files = Vec::new();
    collect(site, &mut files)?;
    files.sort();
    let (page, later): (Vec<_>, Vec<_>) = files.into_iter().partition(|path| is_page(path));

    println!("| file | raw | gzip | brotli |\n|---|--:|--:|--:|");
    let mut total = Sizes::default();
    for path in &page {
        let size = measure(path)?;
        row(&path.strip_prefix(site).unwrap_or(path).to_string_lossy(), size);
        total = total + size;
    }
    row("**page**", total);
    if !later.is_empty() {
        let sizes = later.iter().map(|path| measure(path)).collect::<Result<Vec<_>>>()?;
        row(
            &format!("fetched when needed ({} files)", sizes.len()),
            sizes.into_iter().fold(Sizes::default(), Add::add),
        );
    }
    if total.brotli > BUDGET {
        return Err(format!("the page is {} bytes after brotli; the budget is {BUDGET}", total.brotli).into());
    }
    Ok(())
}

fn row(name: &str, size: Sizes) {
    println!("| {name} | {} | {} | {} |", size.raw, size.gzip, size.brotli);
}

/// Code and style; everything else (lessons, images, descriptions of fields) is fetched when first needed.
fn is_page(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    ["html", "js", "wasm", "css"].contains(&kind)
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
