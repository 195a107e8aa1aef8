//! The inside of a container: its files ([`tree`]), its programs (`programs`), its shell (`host`).
//!
//! What there is depends on the image, and images are data (`www/images`). Start with [`Inside`].

mod host;
mod listing;
mod programs;
pub(in crate::kubectl) mod shell;
pub(in crate::kubectl) mod tree;

use crate::api::kinds::Key;
use crate::api::objects::Pod;
use crate::api::objects::pod::Container;
use crate::base::{Str, Value};
use crate::kubelet::catalogue::Task;
use crate::kubelet::env::environment;
use crate::sim::Engine;
use std::collections::BTreeMap;

/// A container that runs, and what its image says of it.
#[derive(Clone, Debug)]
pub(in crate::kubectl) struct Inside {
    /// The pod.
    pub(in crate::kubectl) key: Key,
    /// The container.
    pub(in crate::kubectl) name: String,
    /// The container's id: another one after a restart.
    pub(in crate::kubectl) id: Str,
    /// The programs that there are; `None`: all (nobody knows the image).
    programs: Option<Vec<String>>,
    /// The program whose applets its tools are: `busybox`, or none.
    applets: Option<&'static str>,
    /// Its shell; empty when it has none.
    shell: String,
    /// Before the cursor.
    prompt: String,
    /// Where a shell begins.
    directory: String,
    /// The image's own variables.
    variables: Vec<(String, String)>,
}

/// What an image without a file is taken for.
const UNKNOWN: &str = "tools";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The program whose applets the tools of a system are. Alpine's is always a new one, BusyBox' own image has all releases.
fn applets(system: &str, image: &str) -> Option<&'static str> {
    const LAST_OLD: u32 = 28;
    if !matches!(system, "busybox" | "alpine") {
        return None;
    }
    let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
    let minor = tag.strip_prefix("1.").and_then(|rest| rest.split(['.', '-']).next()?.parse::<u32>().ok());
    let old = system == "busybox" && minor.is_some_and(|minor| minor <= LAST_OLD);
    Some(if old { "busybox-1.28" } else { "busybox" })
}

impl Inside {
    /// The container of this name.
    pub(in crate::kubectl) fn of(pod: &Pod, name: &str, engine: &Engine) -> Inside {
        let catalogue = engine.world().controllers.kubelet.catalogue();
        let image = container_of(pod, name).map(|container| &*container.image).unwrap_or_default();
        let file = catalogue.file(image);
        let text = |value: Option<&Value>, field: &str| {
            value.and_then(|value| value.get(field)).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let system_name = file.map_or(UNKNOWN.to_owned(), |file| text(Some(file), "os"));
        let system = catalogue.system(&system_name);
        let mut programs: Vec<String> = text(system, "programs").split_whitespace().map(str::to_owned).collect();
        programs.extend(text(file, "has").split_whitespace().map(str::to_owned));
        let own = text(file, "program");
        programs.extend(Some(own).filter(|own| !own.is_empty()));
        let variables = file.and_then(|file| file.get("env")).and_then(Value::as_object).into_iter().flatten();
        let statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
        let id = statuses.into_iter().find(|status| *status.name == *name).map(|status| status.container_id.clone());
        let directory = container_of(pod, name).and_then(|container| container.rest.get("workingDir")?.as_str());
        let directory = directory.map_or_else(|| text(file, "workdir"), str::to_owned);
        let shell = text(system, "shell");
        Inside {
            key: Key::new(crate::api::kinds::Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone()),
            name: name.to_owned(),
            id: id.unwrap_or_default(),
            programs: file.map(|_| programs),
            applets: applets(&system_name, image),
            prompt: text(system, "prompt"),
            shell,
            directory: if directory.is_empty() { "/".to_owned() } else { directory },
            variables: variables.map(|(name, value)| (name.clone(), plain(value))).collect(),
        }
    }

    /// The same pod seen from another image, as a debugging container sees it.
    pub(in crate::kubectl) fn with_image(mut self, image: &str, engine: &Engine) -> Inside {
        let catalogue = engine.world().controllers.kubelet.catalogue();
        let file = catalogue.file(image);
        let text = |value: Option<&Value>, field: &str| {
            value.and_then(|value| value.get(field)).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let system_name = file.map_or(UNKNOWN.to_owned(), |file| text(Some(file), "os"));
        let system = catalogue.system(&system_name);
        self.applets = applets(&system_name, image);
        let mut programs: Vec<String> = text(system, "programs").split_whitespace().map(str::to_owned).collect();
        programs.extend(text(file, "has").split_whitespace().map(str::to_owned));
        self.programs = file.map(|_| programs);
        self.shell = text(system, "shell");
        self.prompt = text(system, "prompt");
        self
    }

    /// The name of its shell.
    pub(in crate::kubectl) fn shell_name(&self) -> &str {
        if self.shell.is_empty() { "sh" } else { &self.shell }
    }

    /// Where a shell begins.
    pub(in crate::kubectl) fn directory(&self) -> &str {
        &self.directory
    }

    /// The shell that is the container's own program and waits for somebody to type, if it is one.
    pub(in crate::kubectl) fn waiting_shell(&self, pod: &Pod, engine: &Engine) -> Option<String> {
        let container = container_of(pod, &self.name)?;
        match engine.world().controllers.kubelet.catalogue().task(container) {
            Task::Command(argv) => match argv.as_slice() {
                [one] => matches!(one.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash")).then(|| one.clone()),
                _ => None,
            },
            Task::Own(file, _) => {
                let own = file.get("program").and_then(Value::as_str).unwrap_or_default();
                (own.is_empty() && file.get("listen").is_none() && !self.shell.is_empty()).then(|| self.shell.clone())
            }
            Task::Unknown => None,
        }
    }

    /// Whether the image has a program.
    pub(in crate::kubectl) fn has(&self, program: &str) -> bool {
        let name = program.rsplit('/').next().unwrap_or(program);
        match &self.programs {
            Some(programs) => programs.iter().any(|known| known == name),
            None => true,
        }
    }

    /// The pod, as it is now.
    fn pod<'e>(&self, engine: &'e Engine) -> Option<&'e Pod> {
        engine.world().api.store().pod(&self.key)
    }

    /// The variables of its processes, in the order in which `env` prints them.
    pub(in crate::kubectl) fn environment(&self, engine: &Engine) -> Vec<(String, String)> {
        let Some(pod) = self.pod(engine) else { return Vec::new() };
        let mut all = vec![("PATH".to_owned(), PATH.to_owned()), ("HOSTNAME".to_owned(), host_name(pod))];
        all.extend(self.variables.iter().cloned());
        if let Some(container) = container_of(pod, &self.name) {
            let started = self.started(pod);
            for (name, value) in environment(pod, container, engine.world().api.store(), started) {
                match all.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, old)) => *old = value,
                    None => all.push((name, value)),
                }
            }
        }
        if !all.iter().any(|(name, _)| name == "HOME") {
            all.push(("HOME".to_owned(), "/root".to_owned()));
        }
        all
    }

    fn started(&self, pod: &Pod) -> crate::base::time::Timestamp {
        let statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
        let status = statuses.into_iter().find(|status| *status.name == *self.name);
        let running = status.and_then(|status| status.state.running.as_ref());
        running.and_then(|running| running.started_at).or(pod.meta.creation_timestamp).unwrap_or_default()
    }

    /// The same as a shell keeps them.
    pub(in crate::kubectl) fn variables(&self, engine: &Engine) -> BTreeMap<String, String> {
        self.environment(engine).into_iter().collect()
    }
}

/// A text, or a number as text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A container of a pod, of either sort.
pub(in crate::kubectl) fn container_of<'p>(pod: &'p Pod, name: &str) -> Option<&'p Container> {
    pod.spec.containers.iter().chain(&pod.spec.init_containers).find(|container| *container.name == *name)
}

/// What `hostname` says in a pod.
pub(in crate::kubectl) fn host_name(pod: &Pod) -> String {
    match (pod.spec.host_network, &*pod.spec.hostname) {
        (true, _) => pod.node_name.to_string(),
        (false, "") => pod.meta.name.chars().take(63).collect(),
        (false, name) => name.to_owned(),
    }
}
