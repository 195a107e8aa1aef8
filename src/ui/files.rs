//! The editor's files across visits: kept in the browser after each change, read back at the start.

use super::storage;
use crate::view::model::files::FilesView;
use serde::{Deserialize, Serialize};

/// Where they are kept. The number is the form's version.
const KEY: &str = "tabernetes.files.1";

#[derive(Serialize, Deserialize)]
struct File {
    name: String,
    text: String,
}

/// The files of the last visit; `None` on a first one, or when storage is forbidden.
pub fn kept() -> Option<Vec<(String, String)>> {
    let files: Vec<File> = serde_json::from_str(&storage::read(KEY)?).ok()?;
    (!files.is_empty()).then(|| files.into_iter().map(|file| (file.name, file.text)).collect())
}

/// Keeps the files. Says whether storage took them.
pub fn keep(view: &FilesView) -> bool {
    let files: Vec<File> =
        view.files.iter().map(|file| File { name: file.name.to_string(), text: file.text.to_string() }).collect();
    serde_json::to_string(&files).is_ok_and(|text| storage::write(KEY, &text))
}
