//! The editor's files.

use super::KeptFile;
use super::checks;
use super::diagnostics::{self, Found};
use crate::base::path::FieldPath;
use crate::base::{Str, Value};
use crate::network::view::ObjectRef;
use crate::sim::Engine;
use crate::view::assist::fixes::{self, Fix};
use crate::view::build::diagnosis::Edit;
use crate::view::model::Shared;
use crate::view::model::files::{Diagnostic, FileId, FileView, FilesView, FixView, PlaceView};
use crate::yaml::{self, Document};
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
    /// The text that the diagnostics are of; their fixes fit no other.
    checked: Str,
    /// What the fixes of the diagnostics do, by their ids.
    fixes: Vec<(Str, Fix)>,
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
        self.files.push(File {
            id: self.next,
            name,
            text,
            revision: 1,
            applied: None,
            diagnostics: Vec::new(),
            checked: Str::from(""),
            fixes: Vec::new(),
        });
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

    /// The texts of the files beside one.
    pub fn around(&self, id: FileId) -> impl Iterator<Item = &str> {
        let others = self.files.iter().filter(move |file| file.id != id && file.text.len() <= diagnostics::LONGEST);
        others.map(|file| &*file.text)
    }

    /// The files as they are kept for another visit.
    pub fn kept(&self) -> Vec<KeptFile> {
        let kept = |file: &File| KeptFile {
            name: file.name.to_string(),
            text: file.text.to_string(),
            applied: file.applied.as_ref() == Some(&file.text),
        };
        self.files.iter().map(kept).collect()
    }

    /// Names and texts.
    pub fn texts(&self) -> impl Iterator<Item = (&Str, &Str)> {
        self.files.iter().map(|file| (&file.name, &file.text))
    }

    /// The files as the console sees them.
    pub fn by_name(&self) -> BTreeMap<String, String> {
        self.texts().map(|(name, text)| (name.to_string(), text.to_string())).collect()
    }

    /// The names of the manifests that are not empty. What a command wrote into `out.txt` is none.
    pub fn filled(&self) -> impl Iterator<Item = &str> {
        let is_manifest =
            |name: &str| name.rsplit_once('.').is_none_or(|(_, ending)| matches!(ending, "yaml" | "yml" | "json"));
        let files = self.files.iter().filter(|file| !file.text.trim().is_empty()).map(|file| &*file.name);
        files.filter(move |name| is_manifest(name))
    }

    /// A command wrote a file: it is there from now on, in front if that is wished.
    pub fn put(&mut self, name: &str, text: &str, front: bool) {
        let active = self.active;
        match self.files.iter_mut().find(|file| &*file.name == name) {
            Some(file) if &*file.text == text => {}
            Some(file) => {
                file.text = text.into();
                file.revision += 1;
            }
            None => {
                self.add(Some(name.into()), text.into());
                self.active = if front { self.active } else { active };
            }
        }
        self.unsettled = Some(0.0);
    }

    /// A command removed a file.
    pub fn drop_named(&mut self, name: &str) {
        if let Some(id) = self.files.iter().find(|file| &*file.name == name).map(|file| file.id) {
            self.close(id);
        }
    }

    /// Brings the file of this name to the front.
    pub fn show(&mut self, name: &str) {
        if let Some(file) = self.files.iter().find(|file| &*file.name == name) {
            self.active = file.id;
        }
    }

    /// The console line that applies files.
    pub fn apply_line<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
        let names: Vec<String> = names.map(|name| format!("-f {}", shell_word(name))).collect();
        (!names.is_empty()).then(|| format!("kubectl apply {}", names.join(" ")))
    }

    /// All files have been applied as they are.
    pub fn applied(&mut self) {
        for file in &mut self.files {
            file.applied = Some(file.text.clone());
        }
    }

    /// All files are as they were when they were applied, or not.
    pub fn applied_before(&mut self, names: &[String]) {
        for file in &mut self.files {
            file.applied = names.iter().any(|name| **name == *file.name).then(|| file.text.clone());
        }
    }

    /// Where the files say something about a field of an object.
    pub fn place(&self, object: &ObjectRef, path: &FieldPath) -> Option<PlaceView> {
        self.documents_of(object).next().map(|(file, document)| {
            let start = document.spans.value(path).start;
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            PlaceView { file: file.id, name: file.name.clone(), line: number(start.line), column: number(start.column) }
        })
    }

    /// Writes a scalar into the file in which the object stands, where it has that field already.
    pub fn edit_field(&mut self, edit: &Edit) {
        let found = self.documents_of(&edit.object).find_map(|(file, document)| {
            let span = document.spans.exact(&edit.path)?;
            Some((file.id, span.start.offset..span.end.offset))
        });
        let Some((id, range)) = found else { return };
        if let Some(file) = self.file(id)
            && let (Some(before), Some(after)) = (file.text.get(..range.start), file.text.get(range.end..))
        {
            file.text = format!("{before}{}{after}", scalar(&edit.value)).into();
            file.revision += 1;
            self.unsettled = Some(SETTLE_MS);
        }
    }

    fn documents_of<'a>(&'a self, object: &'a ObjectRef) -> impl Iterator<Item = (&'a File, Document)> {
        let files = self.files.iter().filter(|file| file.text.len() <= diagnostics::LONGEST);
        let documents = files.flat_map(|file| yaml::load(&file.text).into_iter().flatten().map(move |doc| (file, doc)));
        documents.filter(|(_, document)| is_about(document, object))
    }

    /// Counts time since the last key; says when it is time to check.
    pub fn settle(&mut self, real_ms: f64) -> bool {
        let Some(waited) = &mut self.unsettled else { return false };
        *waited += real_ms;
        *waited >= SETTLE_MS
    }

    /// The cluster changed: what was said of the files may be out of date.
    pub fn cluster_changed(&mut self) {
        self.unsettled.get_or_insert(0.0);
    }

    /// Checks all files against the cluster.
    pub fn diagnose(&mut self, engine: &mut Engine) {
        self.unsettled = None;
        let texts: Vec<&str> = self.files.iter().map(|file| &*file.text).collect();
        let mut found = diagnostics::all(engine.world(), &texts);
        for (text, found) in texts.iter().zip(&mut found) {
            found.extend(checks::in_text(engine, text));
        }
        for (file, found) in self.files.iter_mut().zip(found) {
            file.checked = file.text.clone();
            file.diagnostics.clear();
            file.fixes.clear();
            for Found { mut diagnostic, fixes } in found {
                for fix in fixes {
                    let id = Str::from(format!("file-{}-{}", file.id, file.fixes.len()));
                    diagnostic.fixes.push(FixView { id: id.clone(), label: fix.label.clone().into() });
                    file.fixes.push((id, fix));
                }
                file.diagnostics.push(diagnostic);
            }
        }
    }

    /// Does what a fix of a diagnostic says. `None`: there is no such fix; `Some(false)`: the text has changed since.
    pub fn fix(&mut self, id: &str) -> Option<bool> {
        let file = self.files.iter_mut().find(|file| file.fixes.iter().any(|(known, _)| **known == *id))?;
        let (_, fix) = file.fixes.iter().find(|(known, _)| **known == *id)?;
        if file.checked != file.text {
            return Some(false);
        }
        file.text = fixes::apply(&file.text, &fix.edits).into();
        file.revision += 1;
        self.unsettled = Some(SETTLE_MS);
        Some(true)
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

/// Whether a document describes an object.
fn is_about(document: &Document, object: &ObjectRef) -> bool {
    let text = |pointer: &str| document.value.pointer(pointer).and_then(Value::as_str);
    let namespace = text("/metadata/namespace").unwrap_or("default");
    text("/kind") == Some(object.kind)
        && text("/metadata/name") == Some(&object.key.name)
        && (object.key.namespace.is_empty() || *namespace == *object.key.namespace)
}

/// A scalar as YAML: plain where that cannot be read as anything but the same string.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if yaml::load(&format!("- {text}")).iter().flatten().any(|doc| doc.value[0] == *value) => {
            text.clone()
        }
        other => other.to_string(),
    }
}

/// A file name as a shell needs it written.
fn shell_word(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || "._-/".contains(c));
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}
