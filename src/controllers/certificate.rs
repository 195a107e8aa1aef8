//! The signer: who is approved gets a certificate.
//!
//! There are no keys: the certificate is a text that looks like one and is another for every request. Models
//! `pkg/controller/certificates/signer/signer.go`.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Other};
use crate::apiserver::{Change, Result, Store};
use crate::base::rng::Rng;
use crate::base::{Value, base64};
use crate::controllers::runtime::{Context, Controller, Enqueue};

/// The signers of the cluster itself.
const SIGNERS: [&str; 4] = [
    "kubernetes.io/kube-apiserver-client",
    "kubernetes.io/kube-apiserver-client-kubelet",
    "kubernetes.io/kubelet-serving",
    "kubernetes.io/legacy-unknown",
];

/// Signs what was approved.
#[derive(Clone, Default)]
pub struct CertificateController;

impl Controller for CertificateController {
    fn name(&self) -> &'static str {
        "certificatesigningrequest-signing-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        if change.key.kind == Kind::CERTIFICATE_SIGNING_REQUEST && change.new.is_some() {
            queue.now(change.key.clone());
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let value = object.to_value();
        let conditions = value.pointer("/status/conditions").and_then(Value::as_array);
        let has = |kind: &str| conditions.is_some_and(|all| all.iter().any(|condition| condition["type"] == kind));
        let signer = value.pointer("/spec/signerName").and_then(Value::as_str).unwrap_or_default();
        let signed = value.pointer("/status/certificate").is_some();
        if signed || !has("Approved") || has("Denied") || has("Failed") || !SIGNERS.contains(&signer) {
            return Ok(());
        }
        let mut draw = Rng::stream(context.api.config().seed, "certificate", &object.meta().uid);
        let body: Vec<u8> = (0..96).flat_map(|_| draw.next_u64().to_be_bytes()).collect();
        let lines: Vec<String> = body.chunks(48).map(base64::encode).collect();
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
        let mut status = value.get("status").cloned().unwrap_or_default();
        status["certificate"] = base64::encode(pem.as_bytes()).into();
        let mut signed = (*object).clone();
        if let Object::Other(Other { fields, .. }) = &mut signed {
            fields.insert("status".to_owned(), status);
        }
        context.api.update_status(signed).map(|_| ())
    }
}
