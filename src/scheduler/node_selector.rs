//! Which nodes a pod asks for: `nodeSelector` and node affinity.

use crate::api::meta::Labels;
use crate::base::Str;
use std::collections::BTreeMap;

/// How a requirement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label is absent or has none of the values.
    NotIn,
    /// The label is present.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// The label is a number greater than the value.
    Gt,
    /// The label is a number less than the value.
    Lt,
}

impl Operator {
    /// Reads an operator.
    pub fn parse(text: &str) -> Option<Operator> {
        Some(match text {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "Gt" => Operator::Gt,
            "Lt" => Operator::Lt,
            _ => return None,
        })
    }
}

/// One requirement on a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: Str,
    /// How to compare.
    pub operator: Operator,
    /// With what.
    pub values: Vec<Str>,
}

impl Requirement {
    /// Whether a label with this value, or none, is as it asks for.
    pub fn matches(&self, value: Option<&str>) -> bool {
        let listed = |value: &str| self.values.iter().any(|candidate| &**candidate == value);
        let number = |compare: fn(&i64, &i64) -> bool| {
            let wanted = self.values.first().and_then(|wanted| wanted.parse().ok());
            let value = value.and_then(|value| value.parse().ok());
            value.zip(wanted).is_some_and(|(value, wanted)| compare(&value, &wanted))
        };
        match self.operator {
            Operator::In => value.is_some_and(listed),
            Operator::NotIn => !value.is_some_and(listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt => number(i64::gt),
            Operator::Lt => number(i64::lt),
        }
    }
}

/// Requirements that must all hold; one without any holds nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Term {
    /// On the node's labels.
    pub expressions: Vec<Requirement>,
    /// On the node's fields, of which only `metadata.name` exists.
    pub fields: Vec<Requirement>,
}

impl Term {
    /// Whether a node meets the term.
    ///
    /// Models `nodeSelectorTerm.match` of `k8s.io/component-helpers/scheduling/corev1/nodeaffinity`.
    pub fn matches(&self, name: &str, labels: &Labels) -> bool {
        let field = |key: &str| (key == "metadata.name").then_some(name);
        (!self.expressions.is_empty() || !self.fields.is_empty())
            && self.expressions.iter().all(|r| r.matches(labels.get(&r.key).map(|value| &**value)))
            && self.fields.iter().all(|r| r.matches(field(&r.key)))
    }
}

/// All that a pod asks of its node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeAffinity {
    /// `spec.nodeSelector`
    pub selector: BTreeMap<Str, Str>,
    /// The terms of which one must hold, if there are any.
    pub required: Option<Vec<Term>>,
    /// Terms that are worth something.
    pub preferred: Vec<(i32, Term)>,
}

impl NodeAffinity {
    /// Whether the node is possible.
    pub fn matches(&self, name: &str, labels: &Labels) -> bool {
        self.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.required.as_ref().is_none_or(|terms| terms.iter().any(|term| term.matches(name, labels)))
    }

    /// What the node is worth: the sum of the weights of the preferred terms that it meets.
    pub fn preference(&self, name: &str, labels: &Labels) -> i64 {
        self.preferred.iter().filter(|(_, term)| term.matches(name, labels)).map(|(weight, _)| i64::from(*weight)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements() {
        let table: [(Operator, &[&str], Option<&str>, bool); 12] = [
            (Operator::In, &["a", "b"], Some("b"), true),
            (Operator::In, &["a"], None, false),
            (Operator::NotIn, &["a"], Some("a"), false),
            (Operator::NotIn, &["a"], None, true),
            (Operator::Exists, &[], Some(""), true),
            (Operator::Exists, &[], None, false),
            (Operator::DoesNotExist, &[], None, true),
            (Operator::Gt, &["5"], Some("6"), true),
            (Operator::Gt, &["5"], Some("5"), false),
            (Operator::Lt, &["5"], Some("4"), true),
            (Operator::Lt, &["5"], Some("x"), false),
            (Operator::Lt, &[], Some("4"), false),
        ];
        for (operator, values, value, expected) in table {
            let values = values.iter().map(|value| Str::from(*value)).collect();
            let requirement = Requirement { key: "k".into(), operator, values };
            assert_eq!(requirement.matches(value), expected, "{requirement:?} {value:?}");
        }
    }

    #[test]
    fn an_empty_term_matches_no_node() {
        let labels = Labels::default();
        assert!(!Term::default().matches("node-1", &labels));
        assert!(NodeAffinity::default().matches("node-1", &labels));
        let none = NodeAffinity { required: Some(vec![]), ..NodeAffinity::default() };
        assert!(!none.matches("node-1", &labels));
    }
}
