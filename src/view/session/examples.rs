//! The examples gallery: documents of `www/examples`, each a few manifests and a request to try, and of `www/scenarios`, in
//! which something goes wrong: `tests/scenarios.rs` plays the story that each of those tells.
//!
//! The front matter of a document says where the request comes from (`from:`), where it goes (`to:`), and may set the
//! cluster ([`ClusterConfig::set`]). A card's words are `example.<id>.title` and `.summary` of the catalogues.

use crate::base::Order;
use crate::base::msg::Msg;
use crate::kubectl::doc::ConsoleDoc;
use crate::sim::ClusterConfig;
use crate::view::model::frame::ExampleView;
use crate::view::model::request::Ask;

/// The example that a first visit finds running.
pub const FIRST: &str = "hostname-clusterip";

/// An example.
pub struct Example {
    /// Its id.
    pub id: &'static str,
    group: &'static str,
    title: &'static str,
    summary: &'static str,
    /// Its file.
    pub document: &'static str,
}

macro_rules! examples {
    ($area:literal: $($folder:literal $group:literal: $($id:literal)*;)*) => {
        &[$($(Example {
            id: $id,
            group: concat!($area, "group.", $group),
            title: concat!($area, $id, ".title"),
            summary: concat!($area, $id, ".summary"),
            document: include_str!(concat!("../../../www/", $folder, "/", $id, ".md")),
        }),*),*]
    };
}

/// All examples, in the order of the gallery.
pub const EXAMPLES: &[Example] = examples! { "example.":
    "examples" "services": "hostname-clusterip" "hostname-nodeport" "hostname-loadbalancer" "externalname";
    "examples" "workloads": "pod" "replicaset" "rolling-update";
    "examples" "broken": "broken-selector" "broken-image";
    "scenarios" "wrong": "labels-differ" "not-ready" "target-port" "loopback" "named-port" "node-on-laptop" "node-port-range" "pending" "alias-ports" "alias-host" "external-local" "internal-local" "affinity" "headless-port" "ping" "other-namespace" "immutable-selector" "undo" "change-cause" "surge" "lost-requests" "keep-alive" "ingress-class" "hairpin";
};

/// The example with an id.
pub fn find(id: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.id == id)
}

/// The cards of the gallery.
pub fn cards() -> Vec<ExampleView> {
    let say = |id| Msg { id, args: Vec::new() }.into();
    let card = |example: &Example| ExampleView {
        id: example.id.into(),
        group: say(example.group),
        title: say(example.title),
        summary: say(example.summary),
    };
    EXAMPLES.iter().map(card).collect()
}

impl Example {
    /// Its files, name and text each, in the order of the document.
    pub fn files(&self) -> Vec<(String, String)> {
        let mut files: Vec<(String, String)> = self.read().files.into_iter().collect();
        files.order_by_key(|(name, _)| self.document.find(&format!("```yaml {name}")));
        files
    }

    fn read(&self) -> ConsoleDoc {
        ConsoleDoc::parse(self.document).unwrap_or_default()
    }

    /// The request to try.
    pub fn ask(&self) -> Ask {
        let document = self.read();
        let said = |name: &str| document.front_matter.get(name).map_or("", String::as_str);
        Ask::new(said("from"), said("to"))
    }

    /// The cluster that it wants, if it is not `base`.
    pub fn cluster(&self, base: &ClusterConfig) -> ClusterConfig {
        let mut config = base.clone();
        for (name, value) in self.read().front_matter {
            // What is no setting is about the request; a test reads all values.
            let _ = config.set(&name, &value);
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_has_files_that_load() {
        for example in EXAMPLES {
            let files = example.files();
            assert!(!files.is_empty(), "{}", example.id);
            for (name, text) in files {
                assert!(crate::yaml::load(&text).iter().all(Result::is_ok), "{} {name}", example.id);
            }
            let ask = example.ask();
            assert!(!ask.from.is_empty() && !ask.to.is_empty(), "{}", example.id);
            let mut config = ClusterConfig::default();
            for (name, value) in example.read().front_matter {
                let known = config.set(&name, &value).expect(example.id);
                assert!(known || ["block", "from", "to"].contains(&&*name), "{}: {name}", example.id);
            }
            for id in [example.group, example.title, example.summary] {
                let said = crate::i18n::text(crate::i18n::Lang::Ko, &Msg { id, args: Vec::new() });
                assert_ne!(said, id);
            }
        }
        assert!(find(FIRST).is_some());
    }
}
