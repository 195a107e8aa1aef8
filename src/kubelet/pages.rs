//! What a web server finds in its directory, where that is another thing than its image brings: because a volume is mounted
//! there, or because somebody wrote there.

use super::catalogue::Catalogue;
use super::files::Files;
use super::volumes::{place_of, sources};
use crate::api::objects::Pod;
use crate::api::objects::pod::Container;
use crate::apiserver::Store;
use crate::base::{Str, Value};
use std::collections::BTreeMap;

/// The files of a web server's directory that are not as the image has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// Whether nothing that the image brings is seen.
    pub hidden: bool,
    /// Files by their paths as a request names them; `None` is one that was removed.
    pub files: BTreeMap<String, Option<Str>>,
}

/// The directory that the web server of an image serves.
fn root<'c>(catalogue: &'c Catalogue, image: &str) -> Option<&'c str> {
    let files = catalogue.file(image)?.get("files")?.as_object()?;
    let page = files.iter().find(|(_, file)| file.get("answer").and_then(Value::as_str) == Some("/"))?;
    page.0.rsplit_once('/').map(|(root, _)| root)
}

impl Pages {
    /// What a container's web server finds; nothing, if that is what the image brings.
    pub fn of(pod: &Pod, container: &Container, catalogue: &Catalogue, files: &Files, store: &Store) -> Option<Pages> {
        let id = pod.status.container_statuses.iter().find(|status| status.name == container.name);
        let id = id.map_or("", |status| &*status.container_id);
        if container.volume_mounts.is_empty() && files.of(id).is_none() {
            return None;
        }
        let root = root(catalogue, &container.image)?;
        let mut pages = Pages::default();
        let mut touched = false;
        for mount in &container.volume_mounts {
            touched |= pages.mount(mount, root, pod, container, files, store);
        }
        if !pages.hidden {
            for (path, text) in files.of(id).into_iter().flatten() {
                touched |= pages.put(root, path, text.clone());
            }
        }
        touched.then_some(pages)
    }

    /// A file, if it is in the directory.
    fn put(&mut self, root: &str, path: &str, text: Option<Str>) -> bool {
        let Some(name) = path.strip_prefix(root).filter(|name| name.starts_with('/')) else { return false };
        self.files.insert(name.to_owned(), text);
        true
    }

    /// Whether the mount has to do with the directory.
    fn mount(
        &mut self,
        mount: &Value,
        root: &str,
        pod: &Pod,
        container: &Container,
        files: &Files,
        store: &Store,
    ) -> bool {
        let text = |field: &str| mount.get(field).and_then(Value::as_str).unwrap_or_default();
        let path = text("mountPath").trim_end_matches('/');
        let below = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        if path != root && !below(path, root) && !below(root, path) {
            return false;
        }
        let named = |volume: &&Value| volume.get("name").and_then(Value::as_str) == Some(text("name"));
        let Some(volume) = pod.spec.volumes.iter().find(named) else { return false };
        let found: Vec<(String, Option<Str>)> = match sources(volume, pod, container, store) {
            Some(found) => found.into_iter().map(|(name, text)| (format!("/{name}"), Some(text.into()))).collect(),
            None => {
                let place = place_of(volume, pod).unwrap_or_default();
                let written = files.of(&place).into_iter().flatten();
                written.map(|(name, text)| (name.to_string(), text.clone())).collect()
            }
        };
        let part = text("subPath").trim_matches('/');
        if part.is_empty() && !below(path, root) {
            self.hidden = true;
            self.files.clear();
        }
        for (name, text) in found {
            let name = match part {
                "" => name.as_str(),
                // One file or directory of the volume.
                part => match name.strip_prefix('/').and_then(|name| name.strip_prefix(part)) {
                    Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
                    _ => continue,
                },
            };
            self.put(root, &format!("{path}{name}"), text);
        }
        true
    }

    /// The answers of a server, given those of the image: path, status, body, and the answer whose headers it takes.
    /// The last answer of the image is that for what is not there.
    pub fn answers<'a, T>(
        &self,
        image: &'a [T],
        missing: &'a T,
        body: impl Fn(&T) -> Str,
    ) -> Vec<(String, u16, Str, &'a T)> {
        let mut answers = Vec::new();
        let page = image.first().unwrap_or(missing);
        // A directory without a page is not shown.
        let closed = Str::from(body(missing).replace("404 Not Found", "403 Forbidden"));
        for (path, text) in &self.files {
            if let Some(directory) = path.strip_suffix("index.html") {
                answers.push(match text {
                    Some(text) => (directory.to_owned(), 200, text.clone(), page),
                    None => (directory.to_owned(), 403, closed.clone(), missing),
                });
            }
            answers.push(match text {
                Some(text) => (path.clone(), 200, text.clone(), page),
                None => (path.clone(), 404, body(missing), missing),
            });
        }
        if self.hidden {
            answers.push(("/".to_owned(), 403, closed, missing));
            answers.push(("*".to_owned(), 404, body(missing), missing));
        }
        answers
    }
}
