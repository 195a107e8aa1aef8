//! Versions: `1.2.3-rc.1`.
//!
//! Models `k8s.io/apiserver/pkg/cel/library/semverlib.go` and `github.com/blang/semver/v4`.

use super::super::eval::{Fault, no_overload};
use super::super::value::Val;
use std::cmp::Ordering;

/// A version.
#[derive(Clone, Debug, PartialEq)]
pub struct Semver {
    numbers: [u64; 3],
    /// What stands behind the minus, part by part.
    before: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Numbers come before words.
    Number(u64),
    Word(String),
}

fn number(text: &str) -> Result<u64, String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("Invalid character(s) found in number {text:?}"));
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(format!("Version number must not contain leading zeroes {text:?}"));
    }
    text.parse().map_err(|_| format!("strconv.ParseUint: parsing {text:?}: value out of range"))
}

impl Semver {
    /// Reads a version as the standard has it.
    pub fn parse(text: &str) -> Result<Semver, String> {
        if text.is_empty() {
            return Err("Version string empty".to_owned());
        }
        let Some((major, rest)) = text.split_once('.') else { return Err(NOT_THREE.to_owned()) };
        let Some((minor, rest)) = rest.split_once('.') else { return Err(NOT_THREE.to_owned()) };
        let (rest, build) = rest.split_once('+').map_or((rest, None), |(rest, build)| (rest, Some(build)));
        let (patch, before) = rest.split_once('-').map_or((rest, None), |(patch, before)| (patch, Some(before)));
        let numbers = [number(major)?, number(minor)?, number(patch)?];
        let named = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if let Some(part) = build.into_iter().flat_map(|build| build.split('.')).find(|part| !named(part)) {
            return Err(format!("Invalid character(s) found in build meta data {part:?}"));
        }
        let part = |part: &str| match named(part) {
            true if part.bytes().all(|b| b.is_ascii_digit()) => number(part).map(Part::Number),
            true => Ok(Part::Word(part.to_owned())),
            false => Err(format!("Invalid character(s) found in prerelease {part:?}")),
        };
        let before = before.into_iter().flat_map(|before| before.split('.')).map(part).collect::<Result<_, _>>()?;
        Ok(Semver { numbers, before })
    }

    /// Reads a version; a loose one may begin with `v`, have zeros before its numbers, and fewer than three of them.
    pub fn read(text: &str, loose: bool) -> Result<Semver, String> {
        if !loose {
            return Semver::parse(text);
        }
        let text = text.strip_prefix('v').unwrap_or(text);
        let (numbers, rest) = text.split_at(text.find(['-', '+']).unwrap_or(text.len()));
        let mut parts: Vec<String> = numbers
            .split('.')
            .map(|part| match part.trim_start_matches('0') {
                "" if !part.is_empty() => "0".to_owned(),
                other => other.to_owned(),
            })
            .collect();
        if parts.len() < 3 && !rest.is_empty() {
            return Err("Short version cannot contain PreRelease/Build meta data".to_owned());
        }
        parts.resize(parts.len().max(3), "0".to_owned());
        Semver::parse(&(parts.join(".") + rest))
    }
}

const NOT_THREE: &str = "No Major.Minor.Patch elements found";

impl PartialOrd for Semver {
    fn partial_cmp(&self, other: &Semver) -> Option<Ordering> {
        // What comes before a version is less than the version.
        let before = match (self.before.is_empty(), other.before.is_empty()) {
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => self.before.cmp(&other.before),
        };
        Some(self.numbers.cmp(&other.numbers).then(before))
    }
}

/// The value of a function of a version.
pub(super) fn call(name: &str, a: &Semver, rest: &[Val]) -> Result<Val, Fault> {
    let [major, minor, patch] = a.numbers.map(|number| Val::Int(i64::try_from(number).unwrap_or(i64::MAX)));
    Ok(match (name, rest) {
        ("major", []) => major,
        ("minor", []) => minor,
        ("patch", []) => patch,
        ("isLessThan", [Val::Semver(b)]) => Val::Bool(*a < **b),
        ("isGreaterThan", [Val::Semver(b)]) => Val::Bool(*a > **b),
        ("compareTo", [Val::Semver(b)]) => Val::Int(a.partial_cmp(b).map_or(0, |order| order as i64)),
        _ => return Err(no_overload()),
    })
}
