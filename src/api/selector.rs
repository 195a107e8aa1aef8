//! Label selectors: as objects carry them, and as the command line writes them.

use crate::api::meta::Labels;
use crate::base::Order;
use crate::base::Str;
use crate::{object, text_enum};
use std::collections::BTreeMap;

text_enum! {
    /// How an expression compares.
    pub enum Operator {
        /// The label is there with one of the values.
        In = "In",
        /// The label is absent or has none of the values.
        NotIn = "NotIn",
        /// The label is there.
        Exists = "Exists",
        /// The label is absent.
        DoesNotExist = "DoesNotExist",
    }
}

object! {
    /// `metav1.LabelSelector`: all of its parts must hold; an empty one matches everything.
    pub struct LabelSelector {
        /// Labels that must be there with these values.
        pub match_labels: BTreeMap<Str, Str> = "matchLabels",
        /// Further conditions.
        pub match_expressions: Vec<Requirement> = "matchExpressions",
    }

    /// An entry of `matchExpressions`.
    pub struct Requirement {
        /// The label's key.
        pub key: Str = "key" always,
        /// The comparison.
        pub operator: Operator = "operator" always,
        /// The values of `In` and `NotIn`.
        pub values: Vec<Str> = "values",
    }
}

impl Requirement {
    /// Whether the labels satisfy this requirement.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.accepts(labels.get(&self.key))
    }

    fn accepts(&self, value: Option<&Str>) -> bool {
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

impl LabelSelector {
    /// A selector of plain equalities.
    pub fn equals<K: Into<Str>, V: Into<Str>>(pairs: impl IntoIterator<Item = (K, V)>) -> LabelSelector {
        LabelSelector {
            match_labels: pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            ..LabelSelector::default()
        }
    }

    /// Whether the labels satisfy every part.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.fits(&labels.0)
    }

    /// The same for labels in a plain map.
    pub fn fits(&self, labels: &BTreeMap<Str, Str>) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|one| one.accepts(labels.get(&one.key)))
    }

    /// Whether the selector has no part (and so matches everything).
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }
}

impl std::fmt::Display for LabelSelector {
    /// Prints as `app=web,tier in (a,b),!old`. Models `metav1.FormatLabelSelector`; `<none>` when empty.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts: Vec<(&str, String)> =
            self.match_labels.iter().map(|(key, value)| (&**key, format!("{key}={value}"))).collect();
        parts.extend(self.match_expressions.iter().map(|requirement| {
            let key = &requirement.key;
            let mut values: Vec<&str> = requirement.values.iter().map(|value| &**value).collect();
            values.order();
            let values = values.join(",");
            let text = match requirement.operator {
                Operator::In => format!("{key} in ({values})"),
                Operator::NotIn => format!("{key} notin ({values})"),
                Operator::Exists => key.to_string(),
                Operator::DoesNotExist => format!("!{key}"),
            };
            (&**key, text)
        }));
        if parts.is_empty() {
            return f.write_str("<none>");
        }
        parts.order_by(|a, b| a.0.cmp(b.0));
        f.write_str(&parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Json;

    #[test]
    fn matches_and_prints() {
        let selector = LabelSelector::from_json(serde_json::json!({
            "matchLabels": {"app": "web"},
            "matchExpressions": [{"key": "tier", "operator": "In", "values": ["b", "a"]}, {"key": "old", "operator": "DoesNotExist"}]
        }))
        .unwrap();
        assert_eq!(selector.to_string(), "app=web,!old,tier in (a,b)");
        let labels: Labels = [("app", "web"), ("tier", "a")].into_iter().collect();
        assert!(selector.matches(&labels));
        assert!(!selector.matches(&[("app", "web"), ("tier", "a"), ("old", "")].into_iter().collect()));
        assert_eq!(LabelSelector::default().to_string(), "<none>");
    }
}
