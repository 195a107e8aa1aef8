//! The page that loads the program: Trunk wrote the program's name, size and digest into it.

use crate::Result;
use base64::Engine;
use sha2::{Digest, Sha256, Sha384};
use std::fs;
use std::path::Path;

const INTEGRITY: &str = " integrity=\"";

/// `index.html`, and the program it loads.
pub struct Page {
    text: String,
    /// The program's file.
    pub program: String,
}

impl Page {
    pub const FILE: &str = "index.html";

    pub fn of(site: &Path) -> Result<Page> {
        let text = fs::read_to_string(site.join(Page::FILE))?;
        let end = text.find("_bg.wasm").ok_or("index.html loads no program")? + "_bg.wasm".len();
        let start = text[..end].rfind(['/', '\'', '"']).map_or(0, |at| at + 1);
        Ok(Page { program: text[start..end].to_owned(), text })
    }

    /// The page for a program of other bytes under the same name.
    pub fn unchecked(&self) -> String {
        let mut rest = self.text.as_str();
        let mut text = String::new();
        while let Some((before, after)) = rest.split_once(INTEGRITY) {
            text.push_str(before);
            rest = after.split_once('"').map_or("", |(_, after)| after);
        }
        text + rest
    }

    /// Puts a program in one or two parts into the site where the program was.
    pub fn replace(&self, site: &Path, program: &[u8], rest: Option<&[u8]>) -> Result {
        let name = file("bg", program);
        let text = renamed(&self.text, &self.program, &name, program)?;
        fs::remove_file(site.join(&self.program))?;
        fs::write(site.join(name), program)?;
        if let Some(rest) = rest {
            fs::write(site.join(file("rest", rest)), rest)?;
        }
        Ok(fs::write(site.join(Page::FILE), text)?)
    }
}

/// The file of a part: another name for other bytes, so that a server may let browsers keep it for ever.
pub fn file(part: &str, bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("tabernetes-{hash}_{part}.wasm")
}

/// The page with another program, of these bytes.
fn renamed(text: &str, old: &str, new: &str, bytes: &[u8]) -> Result<String> {
    // The loader's call: name and size.
    let call = format!("{old}', ");
    let (before, after) = text.split_once(&call).ok_or("index.html does not say how large the program is")?;
    let after = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let text = format!("{before}{old}', {}{after}", bytes.len());
    // The link that loads it early: name and digest.
    let link = format!("{old}\"");
    let (before, after) = text.split_once(&link).ok_or("index.html does not load the program early")?;
    let (head, tail) = after.split_once(INTEGRITY).ok_or("index.html has no digest of the program")?;
    let tail = tail.split_once('"').map_or("", |(_, tail)| tail);
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha384::digest(bytes));
    Ok(format!("{before}{link}{head}{INTEGRITY}sha384-{digest}\"{tail}").replace(old, new))
}

#[cfg(test)]
mod tests {
    use super::{Page, renamed};

    const PAGE: &str = "x(init, './a-1_bg.wasm', 6, i);<link href=\"./b.js\" integrity=\"sha384-b\"><link href=\"./a-1_bg.wasm\" c=\"d\" integrity=\"sha384-a\" e>";

    #[test]
    fn a_new_program_has_its_name_size_and_digest() {
        let page = renamed(PAGE, "a-1_bg.wasm", "a-2_bg.wasm", b"four").unwrap();
        let digest = "sha384-";
        assert!(page.starts_with(
            "x(init, './a-2_bg.wasm', 4, i);<link href=\"./b.js\" integrity=\"sha384-b\"><link href=\"./a-2_bg.wasm\""
        ));
        assert!(page.ends_with("\" e>") && page.matches(digest).count() == 2 && !page.contains("sha384-a\""));
    }

    #[test]
    fn a_marked_program_is_not_checked() {
        let page = Page { text: PAGE.to_owned(), program: String::new() };
        assert_eq!(
            page.unchecked(),
            "x(init, './a-1_bg.wasm', 6, i);<link href=\"./b.js\"><link href=\"./a-1_bg.wasm\" c=\"d\" e>"
        );
    }
}
