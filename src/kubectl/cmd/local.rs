//! `--local`: commands that change what files say, and ask no server.

use super::Context;
use crate::api::objects::Object;
use crate::kubectl::client::Client;
use crate::kubectl::failure::Failure;
use crate::kubectl::files::{self, Namespace};
use crate::kubectl::select::{Selection, Target};
use std::rc::Rc;

impl Context<'_> {
    /// Whether the command has a Go struct in hand, which prints its fields in the order of their declaration.
    pub(super) fn is_typed(&self) -> bool {
        let made = self.path.starts_with("create ") || matches!(self.path, "run" | "expose" | "autoscale" | "taint");
        made || self.path.starts_with("set ") || self.path.starts_with("rollout ")
    }

    /// `--local`: the command works on files and asks no server.
    pub(super) fn is_local(&self) -> bool {
        self.args.on("local") && self.path != "wait"
    }

    /// The objects of files, for a command that asks no server.
    pub(super) fn local(&mut self, args: &[String]) -> Result<Selection, Failure> {
        const FILES: &str = "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set";
        if !args.is_empty() {
            return Err(FILES.into());
        }
        let names = self.args.list("filename");
        if names.is_empty() {
            return Err("one or more files must be specified as -f pod.yaml or --filename=pod.json".into());
        }
        let namespace = Namespace { name: "", required: false };
        let manifests = files::read(names, self.stdin.as_deref(), self.session, namespace, self.kinds())?;
        let mut selection = Selection { failures: manifests.failures, named: true, ..Selection::default() };
        selection.single = manifests.found.len() == 1;
        for manifest in manifests.found {
            let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
            let object = Object::from_value(manifest.kind, manifest.value).map(Rc::new);
            selection.kinds.push(manifest.kind);
            selection.targets.push(Target { key, file: manifest.file, object });
        }
        Ok(selection)
    }
}
