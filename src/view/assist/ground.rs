//! The words in use: labels, names, ports and images, of the cluster and of the files in the editor.

use super::outline::{self, Entry, Outline};
use super::spot::{self, Names};
use crate::api::kinds::Kind;
use crate::api::objects::{Object, Pod, PodTemplate};
use crate::apiserver::Store;
use crate::base::path::Step;
use crate::sim::World;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// So many objects of a kind are looked at: a list to choose from needs no more.
const MOST: usize = 500;
/// Labels that controllers set; nobody writes them.
const MADE: &[&str] = &[
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
];

/// What pods are made from: a pod or a template, of the cluster or of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Names and numbers of the containers' ports; the name may be empty.
    pub ports: Vec<(String, i64)>,
}

/// A document of a file.
pub struct Sheet<'a> {
    /// The whole text of the file.
    pub text: &'a str,
    /// Where in it the document stands.
    pub range: Range<usize>,
    /// What stands where.
    pub outline: Outline,
}

/// Cluster and files.
pub struct Ground<'a> {
    /// The cluster.
    pub world: &'a World,
    /// The documents of all files.
    pub sheets: Vec<Sheet<'a>>,
}

impl<'a> Ground<'a> {
    /// The cluster, and the documents of these texts.
    pub fn new(world: &'a World, texts: impl IntoIterator<Item = &'a str>) -> Ground<'a> {
        let sheets = texts.into_iter().flat_map(|text| {
            let sheet = move |range: Range<usize>| Sheet { text, outline: outline::read(text, range.clone()), range };
            outline::documents(text).into_iter().map(sheet)
        });
        Ground { world, sheets: sheets.collect() }
    }

    /// The document of a text around a byte of it.
    pub fn sheet_at(&self, text: &str, offset: usize) -> Option<&Sheet<'a>> {
        let of_text = self.sheets.iter().filter(|sheet| std::ptr::eq(sheet.text, text));
        of_text.take_while(|sheet| sheet.range.start <= offset).last()
    }

    /// The objects.
    pub fn store(&self) -> &Store {
        self.world.api.store()
    }

    /// Keys and values of labels that are in use.
    pub fn labels(&self, whose: Names) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |key: &str, value: &str| {
            if !MADE.contains(&key) && !key.is_empty() {
                let values = found.entry(key.to_owned()).or_default();
                values.extend((!value.is_empty()).then(|| value.to_owned()));
            }
        };
        let kind = if whose == Names::NodeLabelKey { Kind::NODE } else { Kind::POD };
        for object in self.store().list(kind, "").take(MOST) {
            object.labels().iter().for_each(|(key, value)| add(key, value));
        }
        if whose == Names::PodLabelKey {
            for template in self.templates("") {
                template.labels.iter().for_each(|(key, value)| add(key, value));
            }
            for sheet in &self.sheets {
                for entry in sheet.outline.entries.iter().filter(|entry| is_label(&sheet.root_kind(), entry)) {
                    add(entry.name().unwrap_or_default(), entry.text(sheet.text));
                }
            }
        }
        found
    }

    /// The names of a kind's objects.
    pub fn names(&self, kind: Kind, namespace: &str) -> BTreeSet<String> {
        let namespace = if kind.info().namespaced { namespace } else { "" };
        let stored = self.store().list(kind, namespace).take(MOST).map(|object| object.meta().name.to_string());
        let written = self.sheets.iter().filter(|sheet| sheet.kind() == kind.info().kind);
        let written = written.filter(|sheet| !kind.info().namespaced || sheet.namespace() == namespace);
        stored.chain(written.map(|sheet| sheet.name().to_owned())).filter(|name| !name.is_empty()).collect()
    }

    /// The keys of a ConfigMap or Secret.
    pub fn data_keys(&self, kind: Kind, namespace: &str, name: &str) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        let objects = self.store().list(kind, namespace).filter(|object| &*object.meta().name == name);
        for value in objects.map(|object| object.to_value()) {
            for field in ["data", "binaryData", "stringData"] {
                keys.extend(
                    value.get(field).and_then(|data| data.as_object()).into_iter().flatten().map(|(k, _)| k.clone()),
                );
            }
        }
        for sheet in self.sheets.iter().filter(|sheet| sheet.kind() == kind.info().kind && sheet.name() == name) {
            for field in ["data", "binaryData", "stringData"] {
                let path = [Step::Field(field.to_owned())];
                keys.extend(sheet.outline.children(&path).filter_map(|entry| entry.name()).map(str::to_owned));
            }
        }
        keys
    }

    /// The ports of a Service: names, or numbers where they have none.
    pub fn service_ports(&self, namespace: &str, name: &str) -> BTreeSet<String> {
        let mut ports = BTreeSet::new();
        let services = self.store().list(Kind::SERVICE, namespace).filter(|object| &*object.meta().name == name);
        for object in services {
            if let Object::Service(service) = &**object {
                ports.extend(service.spec.ports.iter().map(|port| port.name.to_string()));
            }
        }
        for sheet in self.sheets.iter().filter(|sheet| sheet.kind() == "Service" && sheet.name() == name) {
            let names = sheet.outline.entries.iter().filter(|entry| {
                matches!(entry.path.as_slice(), [Step::Field(a), Step::Field(b), Step::Index(_), Step::Field(c)] if a == "spec" && b == "ports" && c == "name")
            });
            ports.extend(names.map(|entry| entry.text(sheet.text).to_owned()));
        }
        ports.retain(|port| !port.is_empty());
        ports
    }

    /// What pods are made from in a namespace (all of them if it is empty): the files' first, then the cluster's.
    pub fn templates(&self, namespace: &str) -> Vec<Template> {
        let sheets = self.sheets.iter().filter(|sheet| namespace.is_empty() || sheet.namespace() == namespace);
        let mut found: Vec<Template> = sheets.filter_map(Sheet::template).collect();
        let workloads = [Kind::DEPLOYMENT, Kind::REPLICA_SET, Kind::STATEFUL_SET, Kind::DAEMON_SET];
        for kind in workloads {
            let objects = self.store().list(kind, namespace).take(MOST);
            found.extend(
                objects
                    .filter_map(|object| template_of(object))
                    .map(|template| Template::of(&template.meta.labels, &template.spec)),
            );
        }
        let pods = self.store().list(Kind::POD, namespace).filter_map(|object| Pod::of(object));
        found.extend(pods.take(MOST).map(|pod| Template::of(&pod.meta.labels, &pod.spec)));
        found
    }

    /// Images that are known, and those in use.
    pub fn images(&self) -> BTreeSet<String> {
        let known = self.world.controllers.kubelet.catalogue().names();
        let mut images: BTreeSet<String> = known.collect();
        let pods = self.store().list(Kind::POD, "").filter_map(|object| Pod::of(object)).take(MOST);
        images.extend(pods.flat_map(|pod| &pod.spec.containers).map(|container| container.image.to_string()));
        for sheet in &self.sheets {
            let written = sheet.outline.entries.iter().filter(|entry| entry.name() == Some("image"));
            images.extend(written.map(|entry| entry.text(sheet.text).to_owned()));
        }
        images.retain(|image| !image.is_empty());
        images
    }
}

/// The template of a workload.
pub fn template_of(object: &Object) -> Option<&PodTemplate> {
    match object {
        Object::Deployment(deployment) => Some(&deployment.spec.template),
        Object::ReplicaSet(set) => Some(&set.spec.template),
        Object::StatefulSet(set) => Some(&set.spec.template),
        Object::DaemonSet(set) => Some(&set.spec.template),
        _ => None,
    }
}

/// Whether an entry of a file is a label of pods, or asks for one.
fn is_label(root: &Option<crate::api::schema::TypeId>, entry: &Entry) -> bool {
    let spot = root.and_then(|root| spot::at(root, &entry.path));
    spot.is_some_and(|spot| spot.key.is_some() && spot.labels() == Some(Names::PodLabelKey))
}

impl Template {
    fn of(labels: &crate::api::meta::Labels, spec: &crate::api::objects::PodSpec) -> Template {
        let labels = labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let ports = spec.containers.iter().flat_map(|container| &container.ports);
        Template { labels, ports: ports.map(|port| (port.name.to_string(), i64::from(port.container_port))).collect() }
    }

    /// Whether a selector of plain pairs picks it.
    pub fn is_selected(&self, selector: &BTreeMap<String, String>) -> bool {
        selector.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }
}

impl Sheet<'_> {
    /// The kind that the document names.
    pub fn kind(&self) -> &str {
        self.outline.text(self.text, &["kind"])
    }

    /// The name of its object.
    pub fn name(&self) -> &str {
        self.outline.text(self.text, &["metadata", "name"])
    }

    /// The namespace of its object.
    pub fn namespace(&self) -> &str {
        match self.outline.text(self.text, &["metadata", "namespace"]) {
            "" => "default",
            namespace => namespace,
        }
    }

    fn root_kind(&self) -> Option<crate::api::schema::TypeId> {
        spot::root(self.outline.text(self.text, &["apiVersion"]), self.kind()).map(|(_, root)| root)
    }

    /// The pairs of the mapping at a path.
    pub fn pairs(&self, path: &[Step]) -> BTreeMap<String, String> {
        let pair = |entry: &Entry| Some((entry.name()?.to_owned(), entry.text(self.text).to_owned()));
        self.outline.children(path).filter_map(pair).collect()
    }

    /// Where its pods are described.
    pub fn template_path(&self) -> Option<Vec<Step>> {
        let path: &[&str] = match self.kind() {
            "Pod" => &[],
            "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicationController" => {
                &["spec", "template"]
            }
            "CronJob" => &["spec", "jobTemplate", "spec", "template"],
            _ => return None,
        };
        Some(fields(path))
    }

    fn template(&self) -> Option<Template> {
        let root = self.template_path()?;
        let labels = self.pairs(&below(&root, &["metadata", "labels"]));
        let containers = below(&root, &["spec", "containers"]);
        let ports = self.ports(&containers);
        Some(Template { labels, ports })
    }

    /// The ports of the containers below a path.
    pub fn ports(&self, containers: &[Step]) -> Vec<(String, i64)> {
        let mut ports: BTreeMap<&[Step], (String, i64)> = BTreeMap::new();
        for entry in self.outline.entries.iter().filter(|entry| entry.path.starts_with(containers)) {
            let [item @ .., Step::Field(name)] = entry.path.as_slice() else { continue };
            let [.., Step::Field(list), Step::Index(_)] = item else { continue };
            if list != "ports" {
                continue;
            }
            let port = ports.entry(item).or_default();
            match name.as_str() {
                "name" => port.0 = entry.text(self.text).to_owned(),
                "containerPort" => port.1 = entry.text(self.text).parse().unwrap_or_default(),
                _ => {}
            }
        }
        ports.into_values().collect()
    }
}

/// A path of fields.
pub fn fields(names: &[&str]) -> Vec<Step> {
    names.iter().map(|name| Step::Field((*name).to_owned())).collect()
}

/// A path and fields below it.
pub fn below(path: &[Step], names: &[&str]) -> Vec<Step> {
    path.iter().cloned().chain(fields(names)).collect()
}
