//! Tokens of service accounts, as the API server signs them: `header.claims.signature`.
//!
//! Models `pkg/serviceaccount/claims.go`. The signature is made up: nobody checks it.

use crate::api::meta::Meta;
use crate::base::base64::{decode, encode};
use crate::base::rng::Rng;
use crate::base::time::{Duration, Timestamp};
use crate::base::{Value, text::go_json};
use serde_json::json;

/// The token of an account from a moment on; with a pod, as it is mounted there.
pub fn of(account: &Meta, from: Timestamp, lifetime: Duration, seed: u64, pod: Option<(&Meta, &str)>) -> String {
    const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
    let mut random = Rng::stream(seed, "token", &format!("{}/{from}", account.uid));
    let mut bytes = |count: usize| -> Vec<u8> { (0..count).map(|_| random.below(256) as u8).collect() };
    let id: String = bytes(16).iter().map(|byte| format!("{byte:02x}")).collect();
    let id = format!("{}-{}-4{}-a{}-{}", &id[..8], &id[8..12], &id[13..16], &id[17..20], &id[20..]);
    let mut bound = json!({
        "namespace": account.namespace, "serviceaccount": {"name": account.name, "uid": account.uid}
    });
    if let Some((pod, node)) = pod {
        bound["node"] = json!({"name": node});
        bound["pod"] = json!({"name": pod.name, "uid": pod.uid});
        bound["warnafter"] = (from.0 + 3607).into();
    }
    let expires = from.0 + i64::try_from(lifetime.as_secs()).unwrap_or(0);
    let claims = json!({
        "aud": [ISSUER], "exp": expires, "iat": from.0, "iss": ISSUER, "jti": id, "kubernetes.io": bound, "nbf": from.0,
        "sub": format!("system:serviceaccount:{}:{}", account.namespace, account.name)
    });
    let header = json!({"alg": "RS256", "kid": encode(&bytes(32))});
    let part = |value: &Value| url_safe(&encode(go_json(value).as_bytes()));
    format!("{}.{}.{}", part(&header), part(&claims), url_safe(&encode(&bytes(256))))
}

fn url_safe(text: &str) -> String {
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// Whom a token is for.
pub fn subject(token: &str) -> Option<String> {
    let claims = token.split('.').nth(1)?.replace('-', "+").replace('_', "/");
    let claims: Value = serde_json::from_slice(&decode(&claims)).ok()?;
    Some(claims.get("sub")?.as_str()?.to_owned())
}
