//! The examples gallery: documents of `www/examples`, each a few manifests and a request to try.

use crate::base::msg::Msg;
use crate::kubectl::doc::ConsoleDoc;
use crate::msg;
use crate::view::model::frame::ExampleView;

/// The example that a first visit finds running.
pub const FIRST: &str = "hostname-clusterip";

/// An example.
pub struct Example {
    /// Its id.
    pub id: &'static str,
    group: fn() -> Msg,
    title: fn() -> Msg,
    summary: fn() -> Msg,
    document: &'static str,
    /// The card that the suggested request comes from.
    pub from: &'static str,
    /// Where it goes.
    pub to: &'static str,
}

macro_rules! examples {
    ($($id:literal $group:literal $title:literal $summary:literal $from:literal $to:literal;)*) => {
        &[$(Example {
            id: $id,
            group: || msg!($group),
            title: || msg!($title),
            summary: || msg!($summary),
            document: include_str!(concat!("../../../www/examples/", $id, ".md")),
            from: $from,
            to: $to,
        }),*]
    };
}

/// All examples, in the order of the gallery.
const EXAMPLES: &[Example] = examples! {
    "hostname-clusterip" "example.group.services" "example.clusterip.title" "example.clusterip.summary" "pod/default/client" "http://hostname-svc-clusterip:8080";
    "hostname-nodeport" "example.group.services" "example.nodeport.title" "example.nodeport.summary" "client/laptop" "http://192.168.49.2:31234";
    "hostname-loadbalancer" "example.group.services" "example.loadbalancer.title" "example.loadbalancer.summary" "client/internet" "http://192.0.2.1";
    "externalname" "example.group.services" "example.externalname.title" "example.externalname.summary" "pod/default/client" "http://externalname-svc";
    "broken-selector" "example.group.broken" "example.selector.title" "example.selector.summary" "pod/default/client" "http://hostname-svc-clusterip:8080";
    "broken-image" "example.group.broken" "example.image.title" "example.image.summary" "pod/default/client" "http://web";
    "pod" "example.group.workloads" "example.pod.title" "example.pod.summary" "node/node-1" "http://10.244.0.2";
    "replicaset" "example.group.workloads" "example.replicaset.title" "example.replicaset.summary" "node/node-1" "http://10.244.0.2";
    "rolling-update" "example.group.workloads" "example.rolling.title" "example.rolling.summary" "pod/default/client" "http://my-nginx";
};

/// The example with an id.
pub fn find(id: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.id == id)
}

/// The cards of the gallery.
pub fn cards() -> Vec<ExampleView> {
    EXAMPLES
        .iter()
        .map(|example| ExampleView {
            id: example.id.into(),
            group: (example.group)().into(),
            title: (example.title)().into(),
            summary: (example.summary)().into(),
        })
        .collect()
}

impl Example {
    /// Its files, name and text each, in the order of the document.
    pub fn files(&self) -> Vec<(String, String)> {
        let parsed = ConsoleDoc::parse(self.document).map(|document| document.files).unwrap_or_default();
        let mut files: Vec<(String, String)> = parsed.into_iter().collect();
        files.sort_by_key(|(name, _)| self.document.find(&format!("```yaml {name}")));
        files
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
        }
        assert!(find(FIRST).is_some());
    }
}
