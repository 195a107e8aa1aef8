//! What is to be done for the containers of a pod spec, worked out once for all pods that share it.

use super::behaviour::Program;
use super::catalogue::{Catalogue, Weight};
use super::image::{ImageRef, PullError};
use super::manual::said;
use crate::api::meta::Labels;
use crate::api::objects::PodSpec;
use crate::api::objects::pod::{Container, RestartPolicy};
use crate::api::quantity::Quantity;
use crate::base::{Str, Value};
use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

/// The plan of a pod spec.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The spec.
    pub spec: Rc<PodSpec>,
    /// The annotations that say what containers do.
    pub behaviour: Vec<(Str, Str)>,
    /// Init containers, then containers.
    pub containers: Vec<ContainerPlan>,
    /// The types of the pods' conditions, which they share.
    pub conditions: [Str; 5],
    /// ConfigMaps and Secrets without which volumes cannot be mounted: volume, `configmap` or `secret`, name.
    pub volumes: Vec<(Str, &'static str, Str)>,
}

/// The plan of a container.
#[derive(Clone, Debug)]
pub struct ContainerPlan {
    /// Whether it is an init container.
    pub init: bool,
    /// Whether it is an init container that stays (a sidecar).
    pub sidecar: bool,
    /// Its place among the (init) containers of the spec.
    pub place: usize,
    /// The image with everything written out; or why it is none.
    pub image: Result<Str, String>,
    /// The digest of the image, computed when it is first needed.
    pub image_id: OnceCell<Str>,
    /// Why the registry does not have it.
    pub refusal: Option<PullError>,
    /// What pulling it costs.
    pub weight: Weight,
    /// What the container does.
    pub program: Rc<Program>,
    /// Whether it takes more memory than its limit allows.
    pub starves: bool,
    /// ConfigMaps and Secrets without which it cannot be made: `configmap` or `secret`, and the name.
    pub needs: Vec<(&'static str, Str)>,
}

impl Plan {
    /// Works out what the containers do.
    pub fn of(spec: &Rc<PodSpec>, annotations: &Labels, catalogue: &Catalogue) -> Plan {
        let plan = |init: bool| {
            move |(place, container): (usize, &Container)| {
                let image = ImageRef::parse(&container.image);
                let program = catalogue.program_in(container, annotations);
                ContainerPlan {
                    init,
                    sidecar: init && container.restart_policy == Some(RestartPolicy::Always),
                    place,
                    refusal: image.as_ref().ok().and_then(|image| catalogue.resolve(image).err()),
                    weight: image
                        .as_ref()
                        .map_or(Weight { size: 0, pull: Duration::ZERO }, |image| catalogue.weight(image)),
                    image: image.map(|image| Str::from(image.to_string())),
                    image_id: OnceCell::new(),
                    starves: limit(container, "memory").is_some_and(|limit| limit < program.appetite.memory),
                    program: Rc::new(program),
                    needs: needs(container),
                }
            }
        };
        let init = spec.init_containers.iter().enumerate().map(plan(true));
        let containers = init.chain(spec.containers.iter().enumerate().map(plan(false))).collect();
        let volumes = spec.volumes.iter().filter_map(volume).collect();
        let behaviour = said(annotations).map(|(name, text)| (name.clone(), text.clone())).collect();
        Plan { spec: spec.clone(), behaviour, containers, conditions: super::status::OURS.map(Str::from), volumes }
    }

    /// Whether it is the plan of such a pod.
    pub fn fits(&self, spec: &Rc<PodSpec>, annotations: &Labels) -> bool {
        let known = || self.behaviour.iter().map(|(name, text)| (name, text));
        Rc::ptr_eq(&self.spec, spec) && known().eq(said(annotations))
    }

    /// The container of a plan.
    pub fn container(&self, plan: &ContainerPlan) -> Option<&Container> {
        let list = if plan.init { &self.spec.init_containers } else { &self.spec.containers };
        list.get(plan.place)
    }
}

/// The limit of a resource in whole units.
fn limit(container: &Container, resource: &str) -> Option<i64> {
    let text = container.resources.limits.get(resource)?;
    Quantity::parse(text).ok().map(Quantity::value)
}

/// What a volume is made of, if that is an object that must be there.
fn volume(volume: &Value) -> Option<(Str, &'static str, Str)> {
    let sources = [("configmap", "configMap", "name"), ("secret", "secret", "secretName")];
    sources.into_iter().find_map(|(kind, field, name)| {
        let source = volume.get(field)?;
        let optional = source.get("optional").and_then(Value::as_bool).unwrap_or(false);
        let name = source.get(name).and_then(Value::as_str).filter(|_| !optional)?;
        Some((volume.get("name")?.as_str()?.into(), kind, name.into()))
    })
}

fn needs(container: &Container) -> Vec<(&'static str, Str)> {
    let from = container.rest.get("envFrom").and_then(Value::as_array).into_iter().flatten();
    let from = from.flat_map(|entry| [("configmap", entry.get("configMapRef")), ("secret", entry.get("secretRef"))]);
    let keys = container.env.iter().filter_map(|entry| entry.get("valueFrom"));
    let keys = keys.flat_map(|from| [("configmap", from.get("configMapKeyRef")), ("secret", from.get("secretKeyRef"))]);
    from.chain(keys)
        .filter_map(|(kind, reference)| {
            let reference = reference?;
            let optional = reference.get("optional").and_then(Value::as_bool).unwrap_or(false);
            let name = reference.get("name").and_then(Value::as_str)?;
            (!optional).then(|| (kind, Str::from(name)))
        })
        .collect()
}
