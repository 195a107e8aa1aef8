//! Pods as cards.

use super::card_key;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::api::objects::pod::PodPhase;
use crate::api::objects::pod_summary::summarize;
use crate::base::Str;
use crate::view::model::Tone;
use crate::view::model::graph::PodCard;

/// How a pod is doing. What has a reason to wait for but makes no progress is bad; what comes is pending.
pub fn tone(pod: &Pod, status: &str) -> Tone {
    if pod.meta.is_terminating() {
        return Tone::Gone;
    }
    match pod.status.phase {
        PodPhase::Succeeded => Tone::Neutral,
        PodPhase::Failed | PodPhase::Unknown => Tone::Bad,
        _ if pod.is_ready() => Tone::Ok,
        _ => match status.strip_prefix("Init:").unwrap_or(status) {
            "ErrImagePull"
            | "ImagePullBackOff"
            | "CrashLoopBackOff"
            | "Error"
            | "OOMKilled"
            | "InvalidImageName"
            | "ErrImageNeverPull"
            | "CreateContainerConfigError" => Tone::Bad,
            _ => Tone::Pending,
        },
    }
}

/// The card of a pod.
pub fn card(pod: &Pod, colour: Option<u8>) -> PodCard {
    let summary = summarize(pod);
    let key = Key::new(Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone());
    let owner = pod.meta.controller().and_then(|owner| {
        let kind = Kind::of(&owner.api_version, &owner.kind)?;
        Some(card_key(&key.sibling(kind, owner.name.clone())))
    });
    PodCard {
        key: card_key(&key),
        name: pod.meta.name.clone(),
        ip: (!pod.status.pod_ip.is_empty()).then(|| pod.status.pod_ip.clone()),
        ready: u32::try_from(summary.ready).unwrap_or(u32::MAX),
        containers: u32::try_from(summary.total).unwrap_or(u32::MAX),
        tone: tone(pod, &summary.status),
        status: summary.status,
        restarts: u32::try_from(summary.restarts).unwrap_or(0),
        colour,
        owner,
        labels: pod.meta.labels.iter().map(|(key, value)| Str::from(format!("{key}={value}"))).collect(),
    }
}
