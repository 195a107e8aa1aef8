//! The files of a container: those of its image, those that are mounted, and those that were written.
//!
//! Models `pkg/volume/configmap`, `secret`, `downwardapi`, `projected` and `emptydir`.

use super::{Inside, container_of, host_name};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::api::objects::pod::Container;
use crate::base::time::Duration;
use crate::base::{Str, Value};
use crate::kubectl::token;
use crate::kubelet::volumes::{place_of, sources};
use crate::shell::tools::FileKind;
use crate::sim::Engine;
use std::collections::BTreeMap;

/// All files of a container by path, and where writing goes.
pub(in crate::kubectl) struct Tree {
    files: BTreeMap<String, String>,
    directories: Vec<String>,
    mounts: Vec<Mount>,
    /// The container's own place, where what is on no volume is written.
    own: Str,
}

/// A volume in the tree.
struct Mount {
    /// Where it hangs, without a slash at the end.
    path: String,
    /// Its place in `kubelet::files`; `None`: it cannot be written.
    place: Option<Str>,
}

const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// Directories that every image has.
const DIRECTORIES: [&str; 16] = [
    "/bin", "/dev", "/etc", "/home", "/lib", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp",
    "/usr", "/var",
];

impl Tree {
    /// The files of a container as they are now.
    pub(in crate::kubectl) fn of(inside: &Inside, engine: &mut Engine) -> Tree {
        let mut tree = Tree {
            files: BTreeMap::new(),
            directories: DIRECTORIES.iter().map(|path| (*path).to_owned()).collect(),
            mounts: Vec::new(),
            own: inside.id.clone(),
        };
        let key = crate::network::view::Key::new(&inside.key.namespace, &inside.key.name);
        let network = engine.network();
        let hosts = network.pod(&key).map(|pod| pod.hosts_file(&network.config.domain));
        let client = crate::network::route::Client::Pod(key);
        let resolver = crate::network::route::resolver(engine.network(), &client, 0).map(|(conf, _)| conf.to_string());
        let Some(pod) = inside.pod(engine).cloned() else { return tree };
        let Some(container) = container_of(&pod, &inside.name) else { return tree };
        tree.image(container, engine);
        tree.put("/etc/hostname", format!("{}\n", host_name(&pod)));
        tree.put("/etc/hosts", hosts.unwrap_or_default());
        tree.put("/etc/resolv.conf", resolver.unwrap_or_default());
        tree.written(&inside.id, "", engine);
        tree.account(&pod, engine);
        for mount in &container.volume_mounts {
            tree.mount(mount, &pod, container, engine);
        }
        tree
    }

    /// The files that a container's command finds when it starts.
    pub(in crate::kubectl) fn at_start(inside: &Inside, engine: &mut Engine) -> BTreeMap<String, String> {
        // What was written in the container came later.
        let fresh = Inside { id: Str::from(""), ..inside.clone() };
        Tree::of(&fresh, engine).files
    }

    fn put(&mut self, path: &str, text: String) {
        self.files.insert(path.to_owned(), text);
    }

    /// What the image brings.
    fn image(&mut self, container: &Container, engine: &Engine) {
        let catalogue = engine.world().controllers.kubelet.catalogue();
        let file = catalogue.file(&container.image);
        let system = file.and_then(|file| file.get("os")).and_then(Value::as_str).unwrap_or("tools");
        if system == "none" {
            self.directories.clear();
        }
        if let Some(release) = catalogue.system(system).and_then(|system| system.get("release")).and_then(Value::as_str)
        {
            self.put("/etc/os-release", release.to_owned());
        }
        if system != "none" {
            self.put("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n".to_owned());
        }
        for (path, text) in file.and_then(|file| file.get("files")).and_then(Value::as_object).into_iter().flatten() {
            match text.get("answer").and_then(Value::as_str) {
                // A page that the image serves is also a file in it.
                Some(wanted) => {
                    let answers = file.and_then(|file| file.pointer("/listen/0/answers")).and_then(Value::as_array);
                    let answer = answers
                        .into_iter()
                        .flatten()
                        .find(|answer| answer.get("path").and_then(Value::as_str) == Some(wanted));
                    let body = answer.and_then(|answer| answer.get("body")).and_then(Value::as_str);
                    self.put(path, body.unwrap_or_default().to_owned());
                }
                None => self.put(path, text.as_str().unwrap_or_default().to_owned()),
            }
        }
    }

    /// What was written in a place that hangs at `front`.
    fn written(&mut self, place: &str, front: &str, engine: &Engine) {
        let Some(written) = engine.world().controllers.kubelet.files.of(place) else { return };
        for (path, text) in written {
            let path = format!("{front}{path}");
            match text {
                Some(text) => self.put(&path, text.to_string()),
                None => drop(self.files.remove(&path)),
            }
        }
    }

    /// The token of the pod's account.
    fn account(&mut self, pod: &Pod, engine: &Engine) {
        if pod.spec.automount_service_account_token == Some(false) {
            return;
        }
        let name = if pod.spec.service_account_name.is_empty() { "default" } else { &*pod.spec.service_account_name };
        let store = engine.world().api.store();
        if let Some(account) = store.get(&Key::new(Kind::SERVICE_ACCOUNT, pod.meta.namespace.clone(), name)) {
            let from = pod.meta.creation_timestamp.unwrap_or_default();
            let bound = Some((&pod.meta, &*pod.node_name));
            let seed = engine.world().config.seed;
            let token = token::of(account.meta(), from, Duration::from_secs(3607), seed, bound);
            self.put(&format!("{ACCOUNT}/token"), token);
        }
        self.put(&format!("{ACCOUNT}/namespace"), pod.meta.namespace.to_string());
        self.put(
            &format!("{ACCOUNT}/ca.crt"),
            "-----BEGIN CERTIFICATE-----\nMIIDBTCCAe2gAwIBAgIIdGFiZXJuZXRlczANBgkqhkiG9w0BAQsFADAVMRMwEQYD\n-----END \
             CERTIFICATE-----\n"
                .to_owned(),
        );
        self.mounts.push(Mount { path: ACCOUNT.to_owned(), place: None });
    }

    fn mount(&mut self, mount: &Value, pod: &Pod, container: &Container, engine: &Engine) {
        let text = |field: &str| mount.get(field).and_then(Value::as_str).unwrap_or_default();
        let (name, path) = (text("name"), text("mountPath").trim_end_matches('/'));
        let part = text("subPath").trim_matches('/');
        let named = |volume: &&Value| volume.get("name").and_then(Value::as_str) == Some(name);
        let Some(volume) = pod.spec.volumes.iter().find(named) else { return };
        let inside = sources(volume, pod, container, engine.world().api.store());
        let place = place_of(volume, pod).filter(|_| mount.get("readOnly") != Some(&Value::Bool(true)));
        // A mount hides what is below it.
        let below = format!("{path}/");
        self.files.retain(|file, _| !file.starts_with(&below) && file != path);
        if let Some(inside) = inside {
            for (file, content) in inside {
                match file.strip_prefix(part).filter(|_| !part.is_empty()) {
                    // One file of the volume, mounted as a file.
                    Some("") => self.put(path, content),
                    Some(rest) => self.put(&format!("{path}{rest}"), content),
                    None if part.is_empty() => self.put(&format!("{path}/{file}"), content),
                    None => {}
                }
            }
            self.mounts.push(Mount { path: path.to_owned(), place: None });
        } else if let Some(place) = place_of(volume, pod) {
            let front = if part.is_empty() { path.to_owned() } else { format!("{path}\u{0}") };
            self.written(&place, &front, engine);
            if !part.is_empty() {
                let marked: Vec<String> = self.files.keys().filter(|file| file.starts_with(&front)).cloned().collect();
                for file in marked {
                    let content = self.files.remove(&file).unwrap_or_default();
                    if let Some(rest) = file[front.len()..].strip_prefix(&format!("/{part}")) {
                        self.put(&format!("{path}{rest}"), content);
                    }
                }
            }
        }
        self.directories.push(path.to_owned());
        if place.is_some() || part.is_empty() {
            self.mounts.push(Mount { path: path.to_owned(), place });
        }
    }

    /// A file's text.
    pub(in crate::kubectl) fn read(&self, path: &str) -> Result<String, &'static str> {
        match self.files.get(path) {
            Some(text) => Ok(text.clone()),
            None if self.kind(path) == Some(FileKind::Directory) => Err("Is a directory"),
            None => Err("No such file or directory"),
        }
    }

    /// What a path leads to.
    pub(in crate::kubectl) fn kind(&self, path: &str) -> Option<FileKind> {
        let path = if path == "/" { "" } else { path.trim_end_matches('/') };
        if self.files.contains_key(path) {
            return Some(FileKind::File);
        }
        let below = format!("{path}/");
        let is_directory = path.is_empty()
            || self.directories.iter().any(|known| known == path || known.starts_with(&below))
            || self.files.keys().any(|file| file.starts_with(&below));
        is_directory.then_some(FileKind::Directory)
    }

    /// Whether a directory is that of a volume of configuration, whose files are links.
    pub(in crate::kubectl) fn is_linked(&self, path: &str) -> bool {
        self.mounts.iter().any(|mount| mount.place.is_none() && mount.path == path)
    }

    /// What stands in a directory.
    pub(in crate::kubectl) fn list(&self, path: &str) -> Vec<(String, FileKind)> {
        let below = format!("{}/", path.trim_end_matches('/'));
        let files = self.files.keys().map(|file| (file, FileKind::File));
        let all = files.chain(self.directories.iter().map(|directory| (directory, FileKind::Directory)));
        let mut found: BTreeMap<String, FileKind> = BTreeMap::new();
        for (path, kind) in all {
            let Some(rest) = path.strip_prefix(&below).filter(|rest| !rest.is_empty()) else { continue };
            match rest.split_once('/') {
                // A file that keeps an empty directory is not shown.
                Some((directory, _)) => drop(found.insert(directory.to_owned(), FileKind::Directory)),
                None if rest == KEEP => {}
                None => drop(found.insert(rest.to_owned(), kind)),
            }
        }
        found.into_iter().collect()
    }

    /// All files at or below a path.
    pub(in crate::kubectl) fn below(&self, path: &str) -> Vec<(String, String)> {
        let below = format!("{}/", path.trim_end_matches('/'));
        let own = |file: &str| file == path || file.starts_with(&below);
        self.files.iter().filter(|(file, _)| own(file)).map(|(file, text)| (file.clone(), text.clone())).collect()
    }

    /// Writes a file, or removes it.
    pub(in crate::kubectl) fn write(
        &mut self,
        path: &str,
        text: Option<&str>,
        engine: &mut Engine,
    ) -> Result<(), &'static str> {
        if self.kind(path) == Some(FileKind::Directory) {
            return Err("Is a directory");
        }
        let parent = path.rsplit_once('/').map_or("", |(front, _)| front);
        if text.is_some() && self.kind(if parent.is_empty() { "/" } else { parent }).is_none() {
            return Err("No such file or directory");
        }
        let below = |mount: &&Mount| path == mount.path || path.starts_with(&format!("{}/", mount.path));
        let mount = self.mounts.iter().filter(below).max_by_key(|mount| mount.path.len());
        match mount {
            Some(Mount { place: None, .. }) => return Err("Read-only file system"),
            Some(Mount { path: front, place: Some(place) }) => {
                engine.write_file(place, &path[front.len()..], text);
            }
            None if path.starts_with("/proc/") || path.starts_with("/sys/") => return Err("Permission denied"),
            None => engine.write_file(&self.own, path, text),
        }
        match text {
            Some(text) => self.put(path, text.to_owned()),
            None => drop(self.files.remove(path)),
        }
        Ok(())
    }

    /// Makes a directory.
    pub(in crate::kubectl) fn make_directory(&mut self, path: &str, engine: &mut Engine) -> Result<(), &'static str> {
        self.directories.push(path.to_owned());
        self.write(&format!("{}/{KEEP}", path.trim_end_matches('/')), Some(""), engine)
    }
}

/// The file that keeps a directory that was made.
const KEEP: &str = ".tabernetes-directory";
