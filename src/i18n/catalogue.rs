//! One language's catalogue: `id = template` lines, `#` comments, `{name}` placeholders.

use std::collections::BTreeMap;

/// Message ids to templates.
#[derive(Debug, Default)]
pub struct Catalogue {
    templates: BTreeMap<&'static str, &'static str>,
}

impl Catalogue {
    /// Reads the texts of all areas. Lines that are not `id = template` are passed over (a test refuses them).
    pub fn new(areas: &[&'static str]) -> Catalogue {
        Catalogue { templates: areas.iter().flat_map(|area| area.lines()).filter_map(entry).collect() }
    }

    /// The template of an id.
    pub fn get(&self, id: &str) -> Option<&'static str> {
        self.templates.get(id).copied()
    }

    /// All ids, in order.
    #[cfg(all(test, not(target_arch = "wasm32")))]
    pub fn ids(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.templates.keys().copied()
    }
}

/// The entry of a line; `None` for a comment, an empty line, or one that cannot be read.
pub fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let (id, template) = line.split_once('=')?;
    Some((id.trim(), template.trim()))
}

/// Puts the arguments into a template. A placeholder without an argument stays as it is.
pub fn fill<'a>(template: &str, arg: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|at| open + at) else { break };
        out.push_str(&rest[..open]);
        match arg(&rest[open + 1..close]) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[open..=close]),
        }
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    out
}

/// The names of a template's placeholders, sorted.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub fn placeholders(template: &str) -> std::collections::BTreeSet<&str> {
    let mut rest = template;
    let mut names = std::collections::BTreeSet::new();
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        names.insert(name);
        rest = after;
    }
    names
}
