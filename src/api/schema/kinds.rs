//! Reads `kinds.txt`: what `kubectl api-resources` of 1.36 lists.

use std::sync::LazyLock;

/// A line of `kubectl api-resources -o wide`.
#[derive(Debug, PartialEq, Eq)]
pub struct KindRow {
    /// Empty for core.
    pub group: &'static str,
    /// `v1`.
    pub version: &'static str,
    /// `Deployment`.
    pub kind: &'static str,
    /// `deployments`.
    pub plural: &'static str,
    /// `deploy`.
    pub short_names: Vec<&'static str>,
    /// `all`.
    pub categories: Vec<&'static str>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// What requests it serves, sorted.
    pub verbs: Vec<&'static str>,
}

static ROWS: LazyLock<Vec<KindRow>> = LazyLock::new(|| include_str!("kinds.txt").lines().filter_map(row).collect());

/// All kinds that 1.36 serves by default, in the order of `kubectl api-resources`. A kind that is served in two versions
/// has the preferred one first.
pub fn kind_rows() -> &'static [KindRow] {
    &ROWS
}

fn row(line: &'static str) -> Option<KindRow> {
    let words: Vec<&str> = line.split(' ').collect();
    let [api_version, kind, plural, short, categories, scope, verbs] = words.as_slice() else { return None };
    if line.starts_with('#') {
        return None;
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let list = |text: &'static str| text.split(',').filter(|word| *word != "-").collect();
    let verbs = if *verbs == "*" { "create,delete,deletecollection,get,list,patch,update,watch" } else { verbs };
    Some(KindRow {
        group,
        version,
        kind,
        plural,
        short_names: list(short),
        categories: list(categories),
        namespaced: *scope == "N",
        verbs: list(verbs),
    })
}
