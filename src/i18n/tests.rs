use super::*;
use crate::msg;
use catalogue::{entry, placeholders};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Ids without their plural suffix, each with the placeholders of its forms taken together.
fn messages(lang: Lang) -> BTreeMap<String, BTreeSet<&'static str>> {
    let catalogue = catalogue(lang);
    let mut messages: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for id in catalogue.ids() {
        let stem = [".one", ".few", ".other"].iter().find_map(|suffix| id.strip_suffix(suffix)).unwrap_or(id);
        let template = catalogue.get(id).unwrap();
        messages.entry(stem.to_owned()).or_default().extend(placeholders(template));
    }
    messages
}

#[test]
fn both_languages_say_the_same_messages_with_the_same_arguments() {
    let (english, korean) = (messages(Lang::En), messages(Lang::Ko));
    let missing: Vec<&String> = english.keys().filter(|id| !korean.contains_key(*id)).collect();
    let extra: Vec<&String> = korean.keys().filter(|id| !english.contains_key(*id)).collect();
    assert!(missing.is_empty() && extra.is_empty(), "not in Korean: {missing:?}; not in English: {extra:?}");
    for (id, names) in english {
        assert_eq!(names, korean[&id], "placeholders of {id}");
    }
}

#[test]
fn every_line_is_an_entry_of_its_area_and_stands_once() {
    for lang in Lang::ALL {
        let folder = root().join("www/i18n").join(lang.tag());
        let mut seen = BTreeSet::new();
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let area = path.file_stem().unwrap().to_str().unwrap().to_owned();
            assert!(areas::NAMES.contains(&area.as_str()), "{} is not in areas.rs", path.display());
            let text = std::fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate() {
                if line.trim().is_empty() || line.trim().starts_with('#') {
                    continue;
                }
                let (id, template) = entry(line).unwrap_or_else(|| panic!("{}:{}", path.display(), number + 1));
                assert!(id.starts_with(&format!("{area}.")), "{}:{}: {id}", path.display(), number + 1);
                assert!(!template.is_empty() && seen.insert(id.to_owned()), "{}:{}: {id}", path.display(), number + 1);
            }
        }
    }
}

/// `msg!("id", ...)` and the page's `t!(lang, "id", ...)`.
fn ids_in_source(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            ids_in_source(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            for call in code.join("\n").split("msg!(").skip(1).chain(code.join("\n").split("t!(").skip(1)) {
                let call = call.trim_start_matches(|c: char| c.is_alphanumeric() || ".,_ \n".contains(c));
                let Some(id) = call.strip_prefix('"').and_then(|call| call.split('"').next()) else { continue };
                found.push((path.clone(), id.to_owned()));
            }
        }
    }
}

#[test]
fn every_message_of_the_source_has_words() {
    let mut found = Vec::new();
    ids_in_source(&root().join("src"), &mut found);
    let known = messages(Lang::En);
    let is_id = |id: &str| {
        id.contains('.') && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b))
    };
    let missing: BTreeSet<String> = found
        .iter()
        .filter(|(_, id)| is_id(id) && !known.contains_key(id))
        .map(|(path, id)| format!("{id} ({})", path.strip_prefix(root()).unwrap().display()))
        .collect();
    assert!(missing.is_empty(), "no words for: {missing:#?}");
}

#[test]
fn plurals_and_fallbacks() {
    assert_eq!(text(Lang::En, &msg!("ui.count-pods", count = 1)), "1 pod");
    assert_eq!(text(Lang::En, &msg!("ui.count-pods", count = 6)), "6 pods");
    assert_eq!(text(Lang::En, &msg!("nobody.knows", a = 1, b = "x")), "nobody.knows a=1 b=x");
    assert_eq!(Lang::from_tag("ko-KR"), Some(Lang::Ko));
    assert_eq!(Lang::from_tag("fr"), None);
}
