//! The kubeconfig file: clusters, users, contexts, and which context is in use.
//!
//! Models `k8s.io/client-go/tools/clientcmd/api/types.go`.

use crate::base::{Fields, Value};
use std::collections::BTreeMap;

/// Where the file is.
pub const FILE: &str = "/home/user/.kube/config";
/// The cluster that there is, its administrator, and the context of both.
pub const CLUSTER: &str = "kubernetes";
/// See [`CLUSTER`].
pub const USER: &str = "kubernetes-admin";
const CONTEXT: &str = "kubernetes-admin@kubernetes";

/// A part of the file that has named entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Where API servers are.
    Clusters,
    /// Clusters with users and namespaces.
    Contexts,
    /// Who asks.
    Users,
}

impl Section {
    /// All of them, as they stand in the file.
    pub const ALL: [Section; 3] = [Section::Clusters, Section::Contexts, Section::Users];

    /// Its name, and that of what an entry has beside its name.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Section::Clusters => ("clusters", "cluster"),
            Section::Contexts => ("contexts", "context"),
            Section::Users => ("users", "user"),
        }
    }

    /// The fields of an entry.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Section::Clusters => &[
                "server",
                "tls-server-name",
                "insecure-skip-tls-verify",
                "certificate-authority",
                "certificate-authority-data",
                "proxy-url",
                "disable-compression",
            ],
            Section::Contexts => &["cluster", "user", "namespace"],
            Section::Users => &[
                "client-certificate",
                "client-certificate-data",
                "client-key",
                "client-key-data",
                "token",
                "tokenFile",
                "as",
                "username",
                "password",
            ],
        }
    }
}

/// The file.
#[derive(Clone, Debug)]
pub struct KubeConfig {
    sections: [BTreeMap<String, Fields>; 3],
    /// The context in use.
    pub current: String,
}

impl Default for KubeConfig {
    fn default() -> KubeConfig {
        let entry = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), Value::from(*v))).collect();
        let secret = "LS0tLS1CRUdJTg==";
        let cluster = entry(&[("certificate-authority-data", secret)]);
        let context = entry(&[("cluster", CLUSTER), ("user", USER)]);
        let user = entry(&[("client-certificate-data", secret), ("client-key-data", secret)]);
        let one = |name: &str, fields: Fields| BTreeMap::from([(name.to_owned(), fields)]);
        KubeConfig {
            sections: [one(CLUSTER, cluster), one(CONTEXT, context), one(USER, user)],
            current: CONTEXT.to_owned(),
        }
    }
}

impl KubeConfig {
    /// The entries of a section, by name.
    pub fn entries(&self, section: Section) -> &BTreeMap<String, Fields> {
        &self.sections[section as usize]
    }

    /// The same, to be changed.
    pub fn entries_mut(&mut self, section: Section) -> &mut BTreeMap<String, Fields> {
        &mut self.sections[section as usize]
    }

    /// A field of a context; empty when it is absent.
    pub fn of_context(&self, context: &str, field: &str) -> &str {
        let field = self.entries(Section::Contexts).get(context).and_then(|context| context.get(field));
        field.and_then(Value::as_str).unwrap_or_default()
    }

    /// The namespace of a context.
    pub fn namespace(&self, context: &str) -> String {
        match self.of_context(context, "namespace") {
            "" => "default".to_owned(),
            namespace => namespace.to_owned(),
        }
    }
}
