//! Namespaces: what each has from the start, and how it goes with all that is in it.
//!
//! Models `pkg/controller/namespace`, `pkg/controller/serviceaccount` and `pkg/controller/certificates/rootcacertpublisher`.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Namespace, Object};
use crate::apiserver::{Body, Change, Options, Reason, Request, Result, Store, Subresource, Verb};
use crate::base::Value;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use serde_json::json;

/// Furnishes and empties namespaces.
#[derive(Clone, Default)]
pub struct NamespaceController;

impl Controller for NamespaceController {
    fn name(&self) -> &'static str {
        "namespace-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        if change.key.kind == Kind::NAMESPACE {
            queue.now(change.key.clone());
        } else if change.new.is_none() && !change.key.namespace.is_empty() {
            let key = Key::new(Kind::NAMESPACE, "", change.key.namespace.clone());
            let furniture = matches!(change.key.kind, Kind::SERVICE_ACCOUNT | Kind::CONFIG_MAP);
            if furniture || store.get(&key).is_some_and(|namespace| namespace.meta().is_terminating()) {
                queue.now(key);
            }
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(namespace) = Namespace::of(&object) else { return Ok(()) };
        if namespace.meta.is_terminating() { empty(namespace, context) } else { furnish(namespace, context) }
    }
}

/// Makes the default account and the cluster's certificate, if they are not there.
fn furnish(namespace: &Namespace, context: &mut Context<'_>) -> Result<()> {
    let name = &namespace.meta.name;
    let account = json!({"metadata": {"name": "default", "namespace": **name}});
    let description = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such \
                       as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across \
                       distributions of Kubernetes clusters.";
    let certificate = json!({
        "metadata": {
            "name": "kube-root-ca.crt", "namespace": **name,
            "annotations": {"kubernetes.io/description": description},
        },
        "data": {"ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"},
    });
    make(Kind::CONFIG_MAP, certificate, context)?;
    make(Kind::SERVICE_ACCOUNT, account, context)
}

fn make(kind: Kind, value: Value, context: &mut Context<'_>) -> Result<()> {
    let Some(object) = Object::from_value(kind, value) else { return Ok(()) };
    if context.api.store().get(&object.key()).is_some() {
        return Ok(());
    }
    context.api.create(object).map(|_| ())
}

/// Deletes all that is in the namespace; when nothing is left, lets the namespace go.
///
/// Models `pkg/controller/namespace/deletion/namespaced_resources_deleter.go`.
fn empty(namespace: &Namespace, context: &mut Context<'_>) -> Result<()> {
    let name = namespace.meta.name.clone();
    let store = context.api.store();
    let kinds = context.api.kinds();
    let content: Vec<(Key, bool)> = kinds
        .all()
        .filter(|kind| kind.info().namespaced)
        .flat_map(|kind| store.list(kind, &name))
        .map(|object| (object.key(), object.meta().is_terminating()))
        .collect();
    for (key, _) in content.iter().filter(|(_, terminating)| !terminating) {
        match context.api.delete(key, Options::default()) {
            Err(status) if status.reason != Reason::NotFound => return Err(status),
            _ => {}
        }
    }
    let left = content.iter().any(|(key, _)| context.api.store().get(key).is_some());
    if left || namespace.spec.finalizers.is_empty() {
        return Ok(());
    }
    let mut changed = namespace.clone();
    changed.spec.finalizers.clear();
    let object = Object::Namespace(changed);
    let request = Request::new(Verb::Update, &object.key())
        .subresource(Subresource::Finalize)
        .body(Body::Object(Box::new(object)));
    context.api.handle(request).map(|_| ())
}
