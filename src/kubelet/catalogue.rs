//! The images that are known, read from `www/images`, and what a container does whose image and command line are given.

use super::behaviour::{Appetite, Exit, Listener, Program};
use super::image::{ImageRef, PullError, Tags, resolve};
use super::manual::{amend, behaviour, own_program, read_behaviour};
use super::process;
use crate::api::meta::Labels;
use crate::api::objects::pod::{Container, Protocol};
use crate::base::{Str, Value};
use crate::yaml;
use std::collections::BTreeMap;
use std::time::Duration;

/// The files of `www/images`.
const FILES: &[&str] = &[
    include_str!("../../www/images/agnhost.yaml"),
    include_str!("../../www/images/alpine.yaml"),
    include_str!("../../www/images/busybox.yaml"),
    include_str!("../../www/images/curl.yaml"),
    include_str!("../../www/images/debian.yaml"),
    include_str!("../../www/images/dnsutils.yaml"),
    include_str!("../../www/images/hello-app.yaml"),
    include_str!("../../www/images/hello-world.yaml"),
    include_str!("../../www/images/http-echo.yaml"),
    include_str!("../../www/images/hpa-example.yaml"),
    include_str!("../../www/images/httpd.yaml"),
    include_str!("../../www/images/ingress-nginx.yaml"),
    include_str!("../../www/images/mysql.yaml"),
    include_str!("../../www/images/netshoot.yaml"),
    include_str!("../../www/images/nginx.yaml"),
    include_str!("../../www/images/pause.yaml"),
    include_str!("../../www/images/perl.yaml"),
    include_str!("../../www/images/postgres.yaml"),
    include_str!("../../www/images/redis.yaml"),
    include_str!("../../www/images/rr-test.yaml"),
    include_str!("../../www/images/stress.yaml"),
    include_str!("../../www/images/stress-vish.yaml"),
    include_str!("../../www/images/ubuntu-curl.yaml"),
    include_str!("../../www/images/ubuntu.yaml"),
    include_str!("../../www/images/whoami.yaml"),
];
const SYSTEMS: &str = include_str!("../../www/images/systems.yaml");
const OFFICIAL: &str = include_str!("../../www/images/official.txt");

/// What an image is taken for that has no file: 40 MB, 2 seconds.
const UNKNOWN_SIZE: u64 = 41_943_040;
const UNKNOWN_PULL: Duration = Duration::from_millis(2000);

/// All known images.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    images: BTreeMap<String, Known>,
    official: Vec<&'static str>,
    systems: Value,
}

/// A known image: its file, and what of it is asked for each pull.
#[derive(Clone, Debug)]
struct Known {
    file: Value,
    tags: Option<Tags>,
}

/// What a pull of an image costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Bytes.
    pub size: u64,
    /// How long the first pull on a node takes.
    pub pull: Duration,
}

impl Catalogue {
    /// The images of `www/images`. A file that cannot be read is left out (a test reads them all).
    pub fn embedded() -> Catalogue {
        let mut images = BTreeMap::new();
        for file in FILES.iter().flat_map(|text| yaml::load(text)).filter_map(Result::ok).map(|document| document.value)
        {
            if let Some(name) = file.get("image").and_then(Value::as_str) {
                let tags = file.get("tags").map(tags);
                images.insert(name.to_owned(), Known { file, tags });
            }
        }
        let systems = yaml::load(SYSTEMS).into_iter().filter_map(Result::ok).next().map(|document| document.value);
        Catalogue { images, official: OFFICIAL.split_whitespace().collect(), systems: systems.unwrap_or_default() }
    }

    /// The known images as people write them: without Docker Hub's registry, with the newest release, and with all tags
    /// where there are few.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.images.iter().flat_map(|(repository, known)| {
            let short = repository.strip_prefix("docker.io/").unwrap_or(repository);
            let short = short.strip_prefix("library/").unwrap_or(short);
            let mut names = vec![short.to_owned()];
            if let Some(tags) = &known.tags {
                names.extend(tags.newest.iter().map(|(major, minor)| format!("{short}:{major}.{minor}")));
                names.extend(tags.words.iter().filter(|_| tags.only).map(|tag| format!("{short}:{tag}")));
            }
            names
        })
    }

    /// Asks the registry for an image.
    pub fn resolve(&self, image: &ImageRef) -> Result<(), PullError> {
        resolve(image, &self.official, self.images.get(&image.repository).and_then(|known| known.tags.as_ref()))
    }

    /// What pulling the image costs.
    pub fn weight(&self, image: &ImageRef) -> Weight {
        let file = self.images.get(&image.repository).map(|known| &known.file);
        let number = |field: &str| file.and_then(|file| file.get(field)).and_then(Value::as_u64);
        Weight {
            size: number("size").unwrap_or(UNKNOWN_SIZE),
            pull: number("pull").map_or(UNKNOWN_PULL, Duration::from_millis),
        }
    }

    /// The image's file, or that of its tag.
    pub fn file(&self, image: &str) -> Option<&Value> {
        let image = ImageRef::parse(image).ok()?;
        let file = &self.images.get(&image.repository)?.file;
        let tagged = file.get("tagged").and_then(|tagged| tagged.get(image.tag.as_deref()?));
        Some(tagged.unwrap_or(file))
    }

    /// What stands in images of a system (`debian`, `busybox`, …).
    pub fn system(&self, name: &str) -> Option<&Value> {
        self.systems.get(name)
    }

    /// What the container does. Its command line tells more than its image, where it can be read; an image without a file
    /// runs, and answers on the ports that the container declares.
    pub fn program(&self, container: &Container) -> Program {
        self.program_in(container, &Labels::default())
    }

    /// What the container does in a pod with these annotations: `behaviour.tabernetes/<container>` says in the words of
    /// `www/images` what is different with it. What cannot be read changes nothing ([`manual::problems`] says why).
    ///
    /// [`manual::problems`]: super::manual::problems
    pub fn program_in(&self, container: &Container, annotations: &Labels) -> Program {
        let program = self.usual(container);
        match behaviour(annotations, &container.name).map(|text| read_behaviour(text)) {
            Some(Ok(said)) => amend(program, &said, &[]),
            _ => program,
        }
    }

    fn usual(&self, container: &Container) -> Program {
        let interactive = ["stdin", "tty"].iter().any(|field| container.rest.get(field) == Some(&Value::Bool(true)));
        match self.task(container) {
            Task::Command(argv) => {
                let line: Vec<&str> = argv.iter().map(String::as_str).collect();
                let read = process::read(&line, interactive);
                read.unwrap_or_else(|| match self.file(&container.image) {
                    Some(file) => own_program(file, &argv, interactive),
                    None => unknown(container),
                })
            }
            Task::Own(file, flags) => own_program(file, &flags, interactive),
            Task::Unknown => unknown(container),
        }
    }

    /// What a container is there for: the program of its image, or a command that stands in its place.
    pub fn task(&self, container: &Container) -> Task<'_> {
        let file = self.file(&container.image);
        let own = file.and_then(|file| file.get("program")).and_then(Value::as_str).unwrap_or_default();
        let entrypoint = file.and_then(|file| file.get("entrypoint")).and_then(Value::as_bool).unwrap_or(false);
        let words = |list: &'_ [Str]| list.iter().map(|word| word.to_string()).collect::<Vec<String>>();
        let (mut argv, mut args) = (words(&container.command), words(&container.args));
        if !argv.is_empty() || !entrypoint {
            argv.append(&mut args);
        }
        let is_own = argv.first().is_none_or(|first| {
            let name = first.rsplit('/').next().unwrap_or(first);
            !own.is_empty() && name == own || first.starts_with('-')
        });
        let flags = if argv.is_empty() { args } else { argv };
        match file {
            _ if !is_own => Task::Command(flags),
            Some(file) => Task::Own(file, flags),
            None => Task::Unknown,
        }
    }
}

/// What a container is there for.
#[derive(Debug)]
pub enum Task<'c> {
    /// The program of its image (its file), with these flags.
    Own(&'c Value, Vec<String>),
    /// A command.
    Command(Vec<String>),
    /// Nobody knows the image, and there is no command.
    Unknown,
}

/// What an unknown image does: it serves on the ports that the container declares, and stops when asked to.
fn unknown(container: &Container) -> Program {
    let listener = |port: &crate::api::objects::pod::ContainerPort| {
        let http = Listener::http(port.container_port, "Hello from {pod}\n");
        Listener { protocol: port.protocol, http: http.http.clone().filter(|_| port.protocol == Protocol::Tcp), ..http }
    };
    Program {
        start: Duration::from_millis(50),
        listeners: container.ports.iter().map(listener).collect(),
        on_term: Some(Exit { after: Duration::from_millis(50), code: 0 }),
        appetite: Appetite::default(),
        ..Program::idle()
    }
}

fn tags(value: &Value) -> Tags {
    let list = |field: &str| value.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let newest = value.get("newest").and_then(Value::as_object).into_iter().flatten();
    Tags {
        words: list("words").chain(list("only")).map(Str::from).collect(),
        only: value.get("only").is_some(),
        newest: newest
            .filter_map(|(major, minor)| Some((major.parse().ok()?, u32::try_from(minor.as_u64()?).ok()?)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::behaviour::Facts;
    use super::*;
    use crate::api::json::Json;
    use serde_json::json;

    #[test]
    fn all_files_can_be_read() {
        for text in FILES {
            for document in yaml::load(text) {
                let value = document.expect("valid YAML").value;
                let name = value.get("image").and_then(Value::as_str).expect("an image").to_owned();
                assert!(value.get("size").and_then(Value::as_u64).is_some(), "{name}");
            }
        }
        assert_eq!(Catalogue::embedded().images.len(), FILES.len());
    }

    #[test]
    fn containers_do_what_their_image_and_command_say() {
        let catalogue = Catalogue::embedded();
        let table = [
            (json!({"image": "nginx"}), "runs, :80 200 '<!DOCTYPE html>', stops 0"),
            (
                json!({"image": "nginx:1.10", "command": ["nginx", "-g", "daemon off;"]}),
                "runs, :80 200 '<!DOCTYPE html>', stops 0",
            ),
            (json!({"image": "nginx", "command": ["sleep", "60"]}), "ends 0"),
            (json!({"image": "busybox"}), "ends 0"),
            (json!({"image": "busybox", "stdin": true, "tty": true}), "runs"),
            (json!({"image": "busybox:1.36", "args": ["sleep", "infinity"]}), "runs"),
            (json!({"image": "busybox", "command": ["sh", "-c", "exit 2"]}), "ends 2"),
            (json!({"image": "ubuntu"}), "ends 0"),
            (json!({"image": "alicek106/rr-test:echo-hostname"}), "runs, :80 200 '<!DOCTYPE html>', stops 0"),
            (json!({"image": "alicek106/rr-test:curl", "command": ["tail"], "args": ["-f", "/dev/null"]}), "runs"),
            (
                json!({"image": "hashicorp/http-echo", "args": ["-text=hi from {pod}"]}),
                "runs, :5678 200 'hi from web-1', stops 0",
            ),
            (
                json!({"image": "hashicorp/http-echo", "args": ["-listen=:8080", "-text", "x"]}),
                "runs, :8080 200 'x', stops 0",
            ),
            (
                json!({"image": "hashicorp/http-echo", "args": ["-listen=127.0.0.1:8080"]}),
                "runs, lo:8080 200 'hello-world', stops 0",
            ),
            (
                json!({"image": "registry.k8s.io/e2e-test-images/agnhost:2.53", "args": ["netexec", "--http-port=80"]}),
                "runs, :80 200 'NOW: 2026-01-01 00:00:00 +0000 UTC', :8081, stops 2",
            ),
            (
                json!({"image": "registry.k8s.io/e2e-test-images/agnhost:2.53", "command": ["/agnhost", "serve-hostname"]}),
                "runs, :9376 200 'web-1', stops 2",
            ),
            (json!({"image": "traefik/whoami"}), "runs, :80 200 'Hostname: web-1', stops 2"),
            (json!({"image": "redis:7"}), "runs, :6379, stops 0"),
            (
                json!({"image": "my/app", "ports": [{"containerPort": 3000}]}),
                "runs, :3000 200 'Hello from web-1', stops 0",
            ),
            (json!({"image": "my/app", "command": ["/app", "serve"]}), "runs, stops 0"),
        ];
        for (container, expected) in table {
            let container = Container::from_json(container).unwrap();
            let program = catalogue.program(&container);
            let mut out = match program.exit {
                Some(exit) => format!("ends {}", exit.code),
                None => "runs".to_owned(),
            };
            let facts = Facts { pod: "web-1", path: "/", ..Facts::default() };
            for listener in &program.listeners {
                out.push_str(&format!(", {}:{}", if listener.loopback { "lo" } else { "" }, listener.port));
                if let Some(response) = listener.answer(&facts) {
                    let line = response.body.lines().next().unwrap_or_default().to_owned();
                    out.push_str(&format!(" {} '{line}'", response.status));
                }
            }
            if let (Some(exit), None) = (program.on_term, program.exit) {
                out.push_str(&format!(", stops {}", exit.code));
            }
            assert_eq!(out, expected, "{container:?}");
        }
    }

    #[test]
    fn registries_are_asked() {
        let catalogue = Catalogue::embedded();
        for (image, exists) in [
            ("nginx:1.14.2", true),
            ("nginx:1.161", false),
            ("niginx", false),
            ("nginx:does-not-exist", false),
            ("postgres:16", true),
            ("perl:5.34", true),
            ("fluentd:v1.16", true),
            ("busybox:1.36", true),
            ("busybox:glibc", true),
            ("redis:7-alpine", true),
            ("alicek106/rr-test:latest", false),
            ("registry.k8s.io/pause:3.10.1", true),
            ("my-company/app:v3-hotfix", true),
            ("k8s.gcr.io/whatever:x", true),
        ] {
            assert_eq!(catalogue.resolve(&ImageRef::parse(image).unwrap()).is_ok(), exists, "{image}");
        }
    }
}
