//! `kubectl create deployment`.
//!
//! Models `kubectl/pkg/cmd/create/create_deployment.go`.

use super::super::Context;
use super::{make, only_name, required};
use crate::api::kinds::Kind;
use crate::base::{Value, rng::Rng};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(in super::super) fn deployment(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if !context.args.has("image") {
        return Err(required("image"));
    }
    let name = only_name(context)?;
    let args = &context.args;
    let images = args.list("image").to_vec();
    let command: Vec<String> = args.dash_at.map_or_else(Vec::new, |at| args.positional[at..].to_vec());
    if images.len() > 1 && !command.is_empty() {
        return Err("cannot specify multiple --image options and command".into());
    }
    let replicas = args.int("replicas").unwrap_or(1);
    let port = args.int("port").unwrap_or(-1);
    let containers: Vec<Value> = images
        .iter()
        .enumerate()
        .map(|(i, image)| {
            let mut container = json!({"name": container_name(image, i), "image": image, "resources": {}});
            if port >= 0 && i == 0 {
                container["ports"] = json!([{"containerPort": port}]);
            }
            if !command.is_empty() {
                container["command"] = command.clone().into();
            }
            container
        })
        .collect();
    let labels = json!({"app": name});
    make(
        context,
        Kind::DEPLOYMENT,
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "labels": labels},
            "spec": {
                "replicas": replicas, "selector": {"matchLabels": labels}, "strategy": {},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}
            },
            "status": {}
        }),
    )
}

/// The image's last path part, without tag and digest; with a random ending when letters had to be replaced.
fn container_name(image: &str, place: usize) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split('@').next().unwrap_or(name);
    let name = name.split(':').next().unwrap_or(name);
    if name.contains(['_', '.']) {
        let suffix = Rng::stream(0, "container-name", &format!("{image} {place}")).name_suffix(5);
        let name: String = name.chars().map(|c| if matches!(c, '_' | '.') { '-' } else { c }).collect();
        return format!("{name}-{suffix}");
    }
    name.to_owned()
}
