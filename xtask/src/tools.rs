//! The programs that a build of the page needs, each pinned to one version and kept in the cache under that version's name.

use crate::{Result, place, shell};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// 0.22 needs rustc 1.96.
const TRUNK: &str = "0.21.14";

/// The wasm32 target of the active toolchain.
pub fn wasm_target() -> Result {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = shell::ask(shell::command("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    if shell::find(&["rustup"]).is_none() {
        return Err(format!(
            "rustc has no {TARGET} target, and there is no rustup to add it: install https://rustup.rs"
        )
        .into());
    }
    shell::run(shell::command("rustup").args(["target", "add", TARGET]))
}

/// The directory of `wasm-bindgen` and `wasm-bindgen-test-runner`, built from `tools/` in the version that Cargo.lock has.
pub fn wasm_bindgen() -> Result<PathBuf> {
    let version = locked("wasm-bindgen")?;
    let dir = place::cache().join(format!("wasm-bindgen-{version}"));
    let names =
        ["wasm-bindgen", "wasm-bindgen-test-runner"].map(|name| format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if names.iter().all(|name| dir.join(name).is_file()) {
        return Ok(dir);
    }
    c_compiler()?;
    let build = place::cache().join("build-tools");
    shell::run(
        shell::cargo()
            .args(["build", "--locked", "--package", "tools", "--profile", "tools", "--target-dir"])
            .arg(&build),
    )?;
    fs::create_dir_all(&dir)?;
    for name in &names {
        fs::copy(build.join("tools").join(name), dir.join(name))?;
    }
    Ok(dir)
}

/// The directory of `trunk`.
pub fn trunk() -> Result<PathBuf> {
    let root = place::cache().join(format!("trunk-{TRUNK}"));
    let bin = root.join("bin");
    let version = shell::ask(Command::new(bin.join("trunk")).arg("--version"));
    if version.is_some_and(|version| version == format!("trunk {TRUNK}")) {
        return Ok(bin);
    }
    c_compiler()?;
    eprintln!("trunk {TRUNK} is compiled once for this machine; that takes some minutes");
    let build = place::cache().join("build-trunk");
    shell::run(
        shell::cargo()
            // Outside of the repository: our profiles and lock file are none of its business.
            .current_dir(std::env::temp_dir())
            // Without TLS it can download nothing: what it runs is what we put on its PATH.
            .args(["install", "--locked", "--no-default-features", &format!("trunk@{TRUNK}"), "--root"])
            .arg(&root)
            .arg("--target-dir")
            .arg(&build)
            // It waits for cargo most of its life: compile it fast rather than fast code.
            .envs([
                ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
                ("CARGO_PROFILE_RELEASE_LTO", "off"),
                ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
                ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
            ]),
    )?;
    // Nearly a gigabyte that nobody needs again.
    fs::remove_dir_all(build).ok();
    Ok(bin)
}

/// npm, or what to install.
pub fn npm() -> Result<Command> {
    let npm = shell::find(&["npm"]).ok_or(
        "npm is not on PATH: install Node.js 20 or newer (https://nodejs.org; on Debian: apt install nodejs npm)",
    )?;
    Ok(shell::command(npm))
}

fn c_compiler() -> Result {
    match shell::find(&["cc", "gcc", "clang", "cl"]) {
        Some(_) => Ok(()),
        None => {
            Err("no C compiler on PATH, which Rust needs to link: install one (on Debian: apt install build-essential)"
                .into())
        }
    }
}

/// The version of a package in Cargo.lock.
fn locked(package: &str) -> Result<String> {
    let lock = fs::read_to_string(place::root().join("Cargo.lock"))?;
    version_in(&lock, package).ok_or_else(|| format!("Cargo.lock has no package {package}").into())
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = {package:?}"));
    let version = lines.nth(1)?.strip_prefix("version = ")?;
    Some(version.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn versions_are_those_of_the_whole_name() {
        let lock = "[[package]]\nname = \"trunk-x\"\nversion = \"2.0.0\"\n\n[[package]]\nname = \"trunk\"\nversion = \"1.0.0\"\n";
        assert_eq!(version_in(lock, "trunk").as_deref(), Some("1.0.0"));
        assert_eq!(version_in(lock, "run"), None);
    }
}
