//! Updates: of an object, of its status, of its scale, of a pod's node.
//!
//! Models `k8s.io/apiserver/pkg/registry/generic/registry/store.go` `Update` and `registry/rest/update.go`.

use super::{
    ApiServer, Body, Request, Response, Result, Status, Subresource, admission, custom, has_generation, manifest,
};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::PodStatus;
use crate::api::objects::{Object, Pod};
use crate::base::{Str, Value};
use std::rc::Rc;

impl ApiServer {
    pub(super) fn update_request(&mut self, request: Request) -> Result<Response> {
        let old = self.get(&request.key())?;
        if request.subresource == Subresource::Status && !self.status_is_apart(request.kind) {
            return Err(no_such_part(&old));
        }
        let deprecation = self.deprecation(&request);
        let (new, mut warnings) = match request.body {
            Body::Json { value, duplicates } if request.subresource == Subresource::Scale => {
                (self.scaled(&old, manifest::decode_scale(&value, &duplicates)?)?, Vec::new())
            }
            Body::Json { value, duplicates } => {
                let (kind, validation) = (old.kind(), request.options.field_validation);
                let (value, unknown) = manifest::decode(&self.kinds, kind, value, &duplicates, validation)?;
                manifest::check_name(&value, &request.name)?;
                let uid = value.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
                same_uid(uid, &old)?;
                let (new, warnings) = self.updated_manifest(&old, value, request.subresource, &request.namespace)?;
                (new, [unknown, warnings].concat())
            }
            Body::Object(object) => (*object, Vec::new()),
            Body::None | Body::Patch(..) => {
                return Err(Status::bad_request("the body of the request is missing"));
            }
        };
        warnings.extend(deprecation);
        self.put(&old, new, request.subresource, request.options.dry_run, warnings)
    }

    /// What a user wrote in place of `old`, decoded: defaulted, allocated and validated.
    pub(super) fn updated_manifest(
        &mut self,
        old: &Rc<Object>,
        mut value: Value,
        subresource: Subresource,
        namespace: &Str,
    ) -> Result<(Object, Vec<String>)> {
        let kind = old.kind();
        manifest::set_namespace(kind, &mut value, namespace)?;
        manifest::default(&self.kinds, kind, &mut value);
        let before = old.to_value();
        if kind == Kind::SERVICE && subresource == Subresource::None {
            self.allocate_service(&mut value, Some(&before))?;
        }
        manifest::keep_server_fields(&self.kinds, kind, &mut value, &before, subresource);
        if kind == Kind::CUSTOM_RESOURCE_DEFINITION && subresource == Subresource::None {
            custom::note_storage(&mut value);
        }
        let warnings = manifest::validate_update(&self.kinds, kind, &value, &before, subresource)?;
        if subresource == Subresource::None {
            admission::check(self.store(), kind, &value, Some(&before))?;
        }
        let object = Object::from_value(kind, value)
            .ok_or_else(|| Status::bad_request(format!("{} cannot be read", kind.info().kind)))?;
        Ok((object, warnings))
    }

    /// Writes `new` in place of `old`, if it says anything new.
    pub(super) fn put(
        &mut self,
        old: &Rc<Object>,
        mut new: Object,
        subresource: Subresource,
        dry_run: bool,
        warnings: Vec<String>,
    ) -> Result<Response> {
        let key = old.key();
        let asked = new.meta().resource_version;
        if asked.0 != 0 && asked != old.meta().resource_version {
            return Err(Status::modified(key.kind, &key.name));
        }
        same_uid(&new.meta().uid, old)?;
        match subresource {
            Subresource::Status => new = with_status_of(old, new),
            // A definition's status was looked after already, and an Event has none.
            Subresource::None if matches!(key.kind, Kind::EVENT | Kind::CUSTOM_RESOURCE_DEFINITION) => {}
            Subresource::None if self.status_is_apart(key.kind) => new.take_status_of(old),
            _ => {}
        }
        keep_identity(&mut new, old);
        count_template(&mut new, old);
        if subresource != Subresource::Status && has_generation(key.kind) && desired_state_differs(old, &new) {
            new.meta_mut().generation += 1;
        }
        if new == **old {
            return Ok(Response { warnings, ..Response::of(old.clone()) });
        }
        if dry_run {
            return Ok(Response { warnings, ..Response::of(Rc::new(new)) });
        }
        let gone = new.meta().is_terminating() && may_go(&new);
        if gone {
            self.commit(key, None);
            return Ok(Response { warnings, ..Response::of(Rc::new(new)) });
        }
        Ok(Response { object: self.commit(key, Some(new)), warnings, ..Response::default() })
    }

    /// Writes the status of a pod, for its kubelet: as [`ApiServer::update_status`] does, without a whole pod to say it.
    pub fn report(&mut self, key: &Key, uid: &Str, status: PodStatus) -> Result<()> {
        let old = self.get(key)?;
        let Some(pod) = Pod::of(&old) else { return Err(no_such_part(&old)) };
        same_uid(uid, &old)?;
        if pod.status == status {
            return Ok(());
        }
        let new = Object::Pod(pod.with_status(status));
        let gone = new.meta().is_terminating() && may_go(&new);
        self.commit(key.clone(), Some(new).filter(|_| !gone));
        Ok(())
    }

    /// Binds a pod to a node, for the scheduler.
    ///
    /// Models `pkg/registry/core/pod/storage/storage.go` `BindingREST`.
    pub fn bind(&mut self, pod: &Key, node: &Str) -> Result<Rc<Object>> {
        let old = self.get(pod)?;
        let mut new = (*old).clone();
        let Object::Pod(changed) = &mut new else {
            return Err(Status::bad_request("only pods are bound"));
        };
        if !changed.node_name.is_empty() {
            let why = format!(
                "pod {} is already assigned to node {}",
                pod.name,
                crate::base::text::go_quote(&changed.node_name)
            );
            return Err(Status::conflict(Kind::POD, &pod.name, &why));
        }
        if changed.meta.is_terminating() {
            let why = format!("pod {} is being deleted, cannot be assigned to a host", pod.name);
            return Err(Status::conflict(Kind::POD, &pod.name, &why));
        }
        changed.node_name = node.clone();
        changed.status.rest.remove("nominatedNodeName");
        set_scheduled(changed, self.now.timestamp());
        changed.meta.generation += 1;
        self.commit(pod.clone(), Some(new)).ok_or_else(|| Status::not_found(Kind::POD, &pod.name))
    }
}

/// Whoever names another uid means another object.
fn same_uid(uid: &str, old: &Object) -> Result<()> {
    if uid.is_empty() || *uid == *old.meta().uid {
        return Ok(());
    }
    let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", old.meta().uid);
    Err(Status::conflict(old.kind(), &old.meta().name, &why))
}

/// Sets the condition that a pod has a node.
fn set_scheduled(pod: &mut crate::api::objects::Pod, now: crate::base::time::Timestamp) {
    use crate::api::objects::pod::{ConditionStatus, PodCondition};
    pod.status.conditions.retain(|condition| &*condition.kind != "PodScheduled");
    pod.status.conditions.push(PodCondition {
        kind: "PodScheduled".into(),
        status: ConditionStatus::True,
        last_transition_time: Some(now),
        observed_generation: pod.meta.generation,
        ..PodCondition::default()
    });
}

/// The fields that no update changes.
fn keep_identity(new: &mut Object, old: &Object) {
    let old = old.meta();
    let meta = new.meta_mut();
    meta.uid = old.uid.clone();
    meta.creation_timestamp = old.creation_timestamp;
    meta.deletion_timestamp = old.deletion_timestamp;
    meta.deletion_grace_period_seconds = old.deletion_grace_period_seconds;
    meta.generation = old.generation;
    meta.resource_version = old.resource_version;
}

/// The annotation in which a DaemonSet's templates are counted.
pub const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// A DaemonSet counts its templates in an annotation that users do not write.
///
/// Models `daemonSetStrategy.PrepareForUpdate` of `pkg/registry/apps/daemonset/strategy.go`.
fn count_template(new: &mut Object, old: &Object) {
    let (Object::DaemonSet(new), Object::DaemonSet(old)) = (new, old) else { return };
    let present = old.meta.annotations.get(TEMPLATE_GENERATION).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    let number = present + i64::from(new.spec.template != old.spec.template);
    let text = number.to_string();
    if new.meta.annotations.get(TEMPLATE_GENERATION).is_none_or(|present| **present != *text) {
        new.meta.annotations.insert(TEMPLATE_GENERATION, text);
    }
}

/// The old object with the new one's status. A Deployment's annotations go with it: that is how its controller writes the
/// revision without asking for anything new (pkg/registry/apps/deployment/strategy.go, `deploymentStatusStrategy`).
fn with_status_of(old: &Object, new: Object) -> Object {
    match (old, new) {
        // Of pods there are most.
        (Object::Pod(old), Object::Pod(new)) => Object::Pod(old.with_status(new.status)),
        (old, new) => {
            let mut result = old.clone();
            result.take_status_of(&new);
            if let (Object::Deployment(result), Object::Deployment(new)) = (&mut result, new) {
                result.meta.annotations = new.meta.annotations;
            }
            result
        }
    }
}

/// Whether the new object asks for something else than the old one.
fn desired_state_differs(old: &Object, new: &Object) -> bool {
    match (old, new) {
        (Object::Pod(old), Object::Pod(new)) => {
            old.spec != new.spec || old.node_name != new.node_name || old.token_volume != new.token_volume
        }
        (Object::ReplicaSet(old), Object::ReplicaSet(new)) => old.spec != new.spec,
        // A Deployment's generation also counts its annotations (pkg/registry/apps/deployment/strategy.go).
        (Object::Deployment(old), Object::Deployment(new)) => {
            old.spec != new.spec || old.meta.annotations != new.meta.annotations
        }
        (Object::EndpointSlice(old), Object::EndpointSlice(new)) => {
            old.meta.labels != new.meta.labels || old.endpoints != new.endpoints || old.ports != new.ports
        }
        (Object::DaemonSet(old), Object::DaemonSet(new)) => old.spec != new.spec,
        (Object::StatefulSet(old), Object::StatefulSet(new)) => old.spec != new.spec,
        (Object::Job(old), Object::Job(new)) => old.spec != new.spec,
        (Object::CronJob(old), Object::CronJob(new)) => old.spec != new.spec,
        (Object::ReplicationController(old), Object::ReplicationController(new)) => old.spec != new.spec,
        (Object::PodDisruptionBudget(old), Object::PodDisruptionBudget(new)) => old.spec != new.spec,
        (Object::Other(old), Object::Other(new)) if old.kind.is_custom() => old.fields != new.fields,
        (Object::Other(old), Object::Other(new)) => old.fields.get("spec") != new.fields.get("spec"),
        _ => false,
    }
}

/// Whether an object that is being deleted has nobody left to wait for.
pub(super) fn may_go(object: &Object) -> bool {
    let meta = object.meta();
    let namespace_is_empty = match object {
        Object::Namespace(namespace) => namespace.spec.finalizers.is_empty(),
        _ => true,
    };
    meta.finalizers.is_empty() && namespace_is_empty && meta.deletion_grace_period_seconds.unwrap_or(0) == 0
}

impl ApiServer {
    /// The object with another number of replicas.
    fn scaled(&self, old: &Object, replicas: i32) -> Result<Object> {
        let mut new = old.clone();
        match &mut new {
            Object::Deployment(deployment) => deployment.spec.replicas = replicas,
            Object::ReplicaSet(rs) => rs.spec.replicas = replicas,
            Object::StatefulSet(set) => set.spec.replicas = replicas,
            Object::ReplicationController(rc) => rc.spec.replicas = replicas,
            other => {
                let pointer = self.replicas_of(old.kind()).ok_or_else(|| no_such_part(old))?;
                let mut value = other.to_value();
                custom::set(&mut value, &pointer, replicas.into());
                *other = Object::from_value(old.kind(), value).ok_or_else(|| no_such_part(old))?;
            }
        }
        Ok(new)
    }

    /// Where a kind's wanted number of replicas stands, as a JSON pointer.
    pub(super) fn replicas_of(&self, kind: Kind) -> Option<String> {
        match (self.kinds.custom(kind), kind) {
            (Some(custom), _) => custom.replicas(&kind.api_version()),
            (None, Kind::DEPLOYMENT | Kind::REPLICA_SET | Kind::STATEFUL_SET | Kind::REPLICATION_CONTROLLER) => {
                Some("/spec/replicas".to_owned())
            }
            _ => None,
        }
    }

    /// Whether the status of a kind's objects is written apart from the rest.
    pub(super) fn status_is_apart(&self, kind: Kind) -> bool {
        self.kinds.custom(kind).is_none_or(|custom| custom.has_status(&kind.api_version()))
    }
}

/// 404 for a subresource that a kind does not have.
pub(super) fn no_such_part(object: &Object) -> Status {
    let message = "the server could not find the requested resource";
    Status { message: message.into(), ..Status::not_found(object.kind(), &object.meta().name) }
}
