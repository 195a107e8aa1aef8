//! Taints keep pods off a node; tolerations let a pod ignore them.

use crate::base::Str;

/// What a taint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// New pods do not come.
    NoSchedule,
    /// New pods come only when there is no better place.
    PreferNoSchedule,
    /// New pods do not come, and those that are there go.
    NoExecute,
}

impl Effect {
    /// Reads an effect.
    pub fn parse(text: &str) -> Option<Effect> {
        match text {
            "NoSchedule" => Some(Effect::NoSchedule),
            "PreferNoSchedule" => Some(Effect::PreferNoSchedule),
            "NoExecute" => Some(Effect::NoExecute),
            _ => None,
        }
    }
}

/// A taint of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// Its key.
    pub key: Str,
    /// Its value, often empty.
    pub value: Str,
    /// What it does.
    pub effect: Effect,
}

/// A toleration of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toleration {
    /// The taint's key; empty tolerates every key (then `exists` is set).
    pub key: Str,
    /// Whether the taint's value does not matter (operator `Exists`).
    pub exists: bool,
    /// The taint's value otherwise.
    pub value: Str,
    /// The taint's effect; none tolerates every effect.
    pub effect: Option<Effect>,
}

impl Toleration {
    /// Models `Toleration.ToleratesTaint` of `k8s.io/component-helpers/scheduling/corev1`.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.effect.is_none_or(|effect| effect == taint.effect)
            && (self.key.is_empty() || self.key == taint.key)
            && (self.exists || self.value == taint.value)
    }
}

/// The taints of this kind that no toleration covers.
pub fn untolerated<'a>(
    taints: &'a [Taint],
    tolerations: &'a [Toleration],
    effect: impl Fn(Effect) -> bool + 'a,
) -> impl Iterator<Item = &'a Taint> {
    taints
        .iter()
        .filter(move |taint| effect(taint.effect))
        .filter(|taint| !tolerations.iter().any(|toleration| toleration.tolerates(taint)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerates() {
        let taint = Taint { key: "dedicated".into(), value: "db".into(), effect: Effect::NoSchedule };
        let table = [
            ("dedicated", false, "db", Some(Effect::NoSchedule), true),
            ("dedicated", false, "db", None, true),
            ("dedicated", false, "web", None, false),
            ("dedicated", true, "", Some(Effect::NoSchedule), true),
            ("dedicated", true, "", Some(Effect::NoExecute), false),
            ("other", true, "", None, false),
            ("", true, "", None, true),
        ];
        for (key, exists, value, effect, expected) in table {
            let toleration = Toleration { key: key.into(), exists, value: value.into(), effect };
            assert_eq!(toleration.tolerates(&taint), expected, "{toleration:?}");
        }
    }
}
