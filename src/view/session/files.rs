//! The editor's files.

use super::diagnostics;
use crate::base::Str;
use crate::sim::Engine;
use crate::view::model::Shared;
use crate::view::model::files::{Diagnostic, FileId, FileView, FilesView};
use std::collections::BTreeMap;

/// How long typing must have stopped before the file is checked, in real milliseconds.
const SETTLE_MS: f64 = 250.0;

/// A file.
#[derive(Clone, Debug)]
struct File {
    id: FileId,
    name: Str,
    text: Str,
    revision: u64,
    /// The text that was applied last.
    applied: Option<Str>,
    diagnostics: Vec<Diagnostic>,
}

/// The open files.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: Vec<File>,
    active: FileId,
    next: FileId,
    /// Milliseconds since the last key, when the file was changed and not checked yet.
    unsettled: Option<f64>,
}

impl Files {
    /// Replaces all files.
    pub fn load(&mut self, files: impl IntoIterator<Item = (String, String)>) {
        self.files.clear();
        for (name, text) in files {
            self.add(Some(name.into()), text.into());
        }
        if self.files.is_empty() {
            self.add(None, Str::from(""));
        }
        self.active = self.files.first().map_or(0, |file| file.id);
        self.unsettled = Some(0.0);
    }

    /// Adds a file and brings it to the front.
    pub fn add(&mut self, name: Option<Str>, text: Str) {
        self.next += 1;
        let name = self.free_name(name);
        self.files.push(File { id: self.next, name, text, revision: 1, applied: None, diagnostics: Vec::new() });
        self.active = self.next;
        self.unsettled = Some(0.0);
    }

    /// `web.yaml`, or `web-2.yaml` when that is taken.
    fn free_name(&self, wish: Option<Str>) -> Str {
        let wish = wish.unwrap_or_else(|| "manifest.yaml".into());
        let taken = |name: &str| self.files.iter().any(|file| &*file.name == name);
        if !taken(&wish) {
            return wish;
        }
        let (stem, ending) = wish.rsplit_once('.').unwrap_or((&wish, "yaml"));
        (2..10_000)
            .map(|n| format!("{stem}-{n}.{ending}"))
            .find(|name| !taken(name))
            .map_or_else(|| wish.clone(), Str::from)
    }

    /// The user typed.
    pub fn edit(&mut self, id: FileId, text: Str) {
        if let Some(file) = self.file(id)
            && file.text != text
        {
            file.text = text;
            self.unsettled = Some(0.0);
        }
    }

    /// The session changes a file's text.
    pub fn replace(&mut self, name: &str, text: Str) {
        if let Some(file) = self.files.iter_mut().find(|file| &*file.name == name) {
            file.text = text;
            file.revision += 1;
            self.active = file.id;
            self.unsettled = Some(SETTLE_MS);
        }
    }

    /// Brings a file to the front.
    pub fn open(&mut self, id: FileId) {
        if self.file(id).is_some() {
            self.active = id;
        }
    }

    /// Closes a file; the last one becomes an empty one.
    pub fn close(&mut self, id: FileId) {
        let place = self.files.iter().position(|file| file.id == id).unwrap_or(0);
        self.files.retain(|file| file.id != id);
        if self.files.is_empty() {
            self.add(None, Str::from(""));
        }
        if self.active == id {
            let neighbour = self.files.get(place.min(self.files.len().saturating_sub(1)));
            self.active = neighbour.map_or(0, |file| file.id);
        }
    }

    /// Renames a file, unless the name is empty or taken.
    pub fn rename(&mut self, id: FileId, name: Str) {
        let taken = self.files.iter().any(|file| file.id != id && file.name == name);
        if let Some(file) = self.file(id)
            && !name.trim().is_empty()
            && !taken
        {
            file.name = name;
        }
    }

    fn file(&mut self, id: FileId) -> Option<&mut File> {
        self.files.iter_mut().find(|file| file.id == id)
    }

    /// Names and texts.
    pub fn texts(&self) -> impl Iterator<Item = (&Str, &Str)> {
        self.files.iter().map(|file| (&file.name, &file.text))
    }

    /// The files as the console sees them.
    pub fn by_name(&self) -> BTreeMap<String, String> {
        self.texts().map(|(name, text)| (name.to_string(), text.to_string())).collect()
    }

    /// The console line that applies all files that are not empty.
    pub fn apply_line(&self) -> Option<String> {
        let names: Vec<String> = self
            .files
            .iter()
            .filter(|file| !file.text.trim().is_empty())
            .map(|file| format!("-f {}", shell_word(&file.name)))
            .collect();
        (!names.is_empty()).then(|| format!("kubectl apply {}", names.join(" ")))
    }

    /// All files have been applied as they are.
    pub fn applied(&mut self) {
        for file in &mut self.files {
            file.applied = Some(file.text.clone());
        }
    }

    /// Counts time since the last key; says when it is time to check.
    pub fn settle(&mut self, real_ms: f64) -> bool {
        let Some(waited) = &mut self.unsettled else { return false };
        *waited += real_ms;
        *waited >= SETTLE_MS
    }

    /// Checks all files against the cluster.
    pub fn diagnose(&mut self, engine: &mut Engine) {
        self.unsettled = None;
        for file in &mut self.files {
            file.diagnostics = diagnostics::of(engine, &file.text);
        }
    }

    /// What the page shows.
    pub fn view(&self, old: &Shared<FilesView>) -> Shared<FilesView> {
        let files = self
            .files
            .iter()
            .map(|file| {
                let before = old.files.iter().find(|view| view.id == file.id);
                Shared::keep(
                    before,
                    FileView {
                        id: file.id,
                        name: file.name.clone(),
                        text: file.text.clone(),
                        revision: file.revision,
                        changed: file.applied.as_ref() != Some(&file.text),
                        diagnostics: file.diagnostics.clone(),
                    },
                )
            })
            .collect();
        Shared::keep(Some(old), FilesView { files, active: self.active })
    }
}

/// A file name as a shell needs it written.
fn shell_word(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || "._-/".contains(c));
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}
