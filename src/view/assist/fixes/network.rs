//! Selectors and labels that do not meet, node ports and target ports that lead nowhere.

use super::{Edit, Fix, begins_line, block};
use crate::apiserver::Store;
use crate::base::path::Step;
use crate::base::text::nearest;
use crate::msg;
use crate::view::assist::ground::{Ground, Sheet, below, fields};
use crate::view::assist::outline::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// A selector that does not match the template: the template follows the selector, or the selector the template.
pub fn selector_mismatch(sheet: &Sheet<'_>) -> Vec<Fix> {
    let selector = below(
        &fields(&["spec", "selector"]),
        if sheet.kind() == "ReplicationController" { &[] } else { &["matchLabels"] },
    );
    let Some(template) = sheet.template_path().filter(|path| !path.is_empty()) else { return Vec::new() };
    let labels = below(&template, &["metadata", "labels"]);
    let (wanted, borne) = (sheet.pairs(&selector), sheet.pairs(&labels));
    let missed: Vec<(&String, &String)> =
        wanted.iter().filter(|(key, value)| borne.get(*key) != Some(*value)).collect();
    if missed.is_empty() {
        return Vec::new();
    }
    let shown = |pairs: &[(&String, &String)]| {
        pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join(", ")
    };
    let entry = |path: &[Step], key: &str| sheet.outline.at(&below(path, &[key]));
    let mut fixes = Vec::new();
    let template_follows: Option<Vec<Edit>> = missed
        .iter()
        .map(|(key, value)| match entry(&labels, key) {
            Some(label) => Some(Edit { range: label.value.clone(), insert: (*value).clone() }),
            None => insert_label(sheet, &template, &labels, key, value),
        })
        .collect();
    if let Some(edits) = template_follows {
        fixes.push(Fix { label: msg!("assist.fix-template-labels", labels = shown(&missed)), edits });
    }
    let mut used: BTreeSet<&String> = wanted.keys().filter(|key| borne.get(*key) == wanted.get(*key)).collect();
    let mut taken = Vec::new();
    let selector_follows: Option<Vec<Edit>> = missed
        .iter()
        .map(|(key, _)| {
            let pair = entry(&selector, key)?;
            if let Some((key, value)) = borne.get_key_value(*key) {
                taken.push((key, value));
                return Some(Edit { range: pair.value.clone(), insert: value.clone() });
            }
            let (other, value) = borne.iter().find(|(other, _)| !wanted.contains_key(*other) && used.insert(other))?;
            taken.push((other, value));
            Some(Edit { range: pair.key.start..pair.value.end, insert: format!("{other}: {value}") })
        })
        .collect();
    if let Some(edits) = selector_follows {
        fixes.push(Fix { label: msg!("assist.fix-selector", labels = shown(&taken)), edits });
    }
    fixes
}

/// Writes a label into the template, with what must stand around it.
fn insert_label(sheet: &Sheet<'_>, template: &[Step], labels: &[Step], key: &str, value: &str) -> Option<Edit> {
    let text = sheet.text;
    let mut missing: Vec<&str> = Vec::new();
    for (path, name) in
        [(labels.to_vec(), ""), (below(template, &["metadata"]), "labels"), (template.to_vec(), "metadata")]
    {
        if !name.is_empty() {
            missing.insert(0, name);
        }
        let Some(holder) =
            sheet.outline.at(&path).filter(|holder| holder.value.is_empty() && begins_line(text, holder))
        else {
            continue;
        };
        let inner = sheet.outline.children(&path).find(|inner| begins_line(text, inner));
        let mut column = inner.map_or(holder.column + 2, |inner| inner.column);
        let mut insert = String::new();
        for name in &missing {
            insert.push_str(&format!("{}{name}:\n", " ".repeat(column)));
            column += 2;
        }
        insert.push_str(&format!("{}{key}: {value}\n", " ".repeat(column)));
        let at = match inner {
            Some(inner) => inner.line,
            None => text.get(holder.line..)?.find('\n').map(|end| holder.line + end + 1)?,
        };
        return Some(Edit { range: at..at, insert });
    }
    None
}

/// A node port out of range: one in the range that ends alike, or none, so that the cluster picks one.
pub fn node_port(sheet: &Sheet<'_>, store: &Store, (low, high): (i32, i32), path: &[Step]) -> Vec<Fix> {
    let Some(entry) = sheet.outline.at(path) else { return Vec::new() };
    let mut fixes = Vec::new();
    let size = i64::from(high) - i64::from(low) + 1;
    if let Ok(number) = entry.text(sheet.text).parse::<i64>() {
        let wish = (number.rem_euclid(1000) + 80 * i64::from(number == 0)).rem_euclid(size);
        let free = (0..size).filter_map(|step| i32::try_from(i64::from(low) + (wish + step) % size).ok());
        let free = free.take(100).find(|port| store.node_port_owner(*port).is_none());
        fixes.extend(
            free.map(|port| Fix::one(msg!("assist.fix-node-port", port = port), entry.value.clone(), port.to_string())),
        );
    }
    fixes.extend(drop_line(sheet, entry).map(|range| Fix::one(msg!("assist.fix-node-port-any"), range, "")));
    fixes
}

fn drop_line(sheet: &Sheet<'_>, entry: &Entry) -> Option<std::ops::Range<usize>> {
    begins_line(sheet.text, entry).then(|| block(sheet.text, entry))
}

/// A target port that no container of the selected pods has under that name.
pub struct NoSuchPort {
    /// Where the field stands.
    pub path: Vec<Step>,
    /// The name.
    pub name: String,
    /// What the containers have.
    pub known: BTreeSet<(String, i64)>,
    /// What can be done.
    pub fixes: Vec<Fix>,
}

/// The target ports of a Service that lead to no container, among pods and templates that its selector picks.
pub fn target_ports(ground: &Ground<'_>, sheet: &Sheet<'_>) -> Vec<NoSuchPort> {
    let selector = sheet.pairs(&fields(&["spec", "selector"]));
    if sheet.kind() != "Service" || selector.is_empty() {
        return Vec::new();
    }
    let named: Vec<&Entry> = sheet
        .outline
        .entries
        .iter()
        .filter(|entry| {
            matches!(entry.path.as_slice(), [Step::Field(spec), Step::Field(ports), Step::Index(_), Step::Field(name)]
                if spec == "spec" && ports == "ports" && name == "targetPort")
        })
        .filter(|entry| entry.text(sheet.text).parse::<i64>().is_err() && !entry.text(sheet.text).is_empty())
        .collect();
    if named.is_empty() {
        return Vec::new();
    }
    let selected: Vec<_> =
        ground.templates(sheet.namespace()).into_iter().filter(|template| template.is_selected(&selector)).collect();
    let known: BTreeMap<(String, i64), ()> =
        selected.iter().flat_map(|template| &template.ports).map(|port| (port.clone(), ())).collect();
    let known: BTreeSet<(String, i64)> = known.into_keys().collect();
    let lost = named
        .into_iter()
        .filter(|entry| !selected.is_empty() && !known.iter().any(|(name, _)| name == entry.text(sheet.text)));
    lost.map(|entry| {
        let word = entry.text(sheet.text);
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty()).collect();
        // A near name, or the only one there is.
        let near =
            nearest(word, names.iter().copied()).or(if names.len() == 1 { names.first().copied() } else { None });
        let numbers: BTreeSet<i64> = known.iter().map(|(_, number)| *number).filter(|number| *number > 0).collect();
        let mut fixes: Vec<Fix> = Vec::new();
        fixes.extend(near.map(|name| Fix::one(msg!("assist.fix-target-port", port = name), entry.value.clone(), name)));
        fixes.extend(numbers.into_iter().take(2).map(|number| {
            Fix::one(msg!("assist.fix-target-port", port = number), entry.value.clone(), number.to_string())
        }));
        NoSuchPort { path: entry.path.clone(), name: word.to_owned(), known: known.clone(), fixes }
    })
    .collect()
}
