//! Paths of fields inside an object, printed as Kubernetes prints them: `spec.ports[0].name`, `metadata.labels[a/b]`.

use std::fmt;

/// One step of a [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A field of an object: `.name`.
    Field(String),
    /// An item of a list: `[3]`.
    Index(usize),
    /// A key of a map: `[app.kubernetes.io/name]`.
    Key(String),
}

/// Where in an object a field stands.
///
/// Models `k8s.io/apimachinery/pkg/util/validation/field.Path`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(pub Vec<Step>);

impl FieldPath {
    /// The path of the object itself.
    pub fn root() -> FieldPath {
        FieldPath::default()
    }

    /// Reads a path written with dots and `[n]`, as in `spec.ports[0].name`. Meant for literals: what is in brackets and
    /// is no number becomes a key.
    pub fn of(text: &str) -> FieldPath {
        let mut steps = Vec::new();
        for part in text.split('.').filter(|part| !part.is_empty()) {
            let (field, rest) = part.split_once('[').map_or((part, ""), |(field, rest)| (field, rest));
            if !field.is_empty() {
                steps.push(Step::Field(field.to_owned()));
            }
            for inside in rest.split('[').filter(|inside| !inside.is_empty()) {
                let inside = inside.trim_end_matches(']');
                steps.push(inside.parse().map_or_else(|_| Step::Key(inside.to_owned()), Step::Index));
            }
        }
        FieldPath(steps)
    }

    /// This path and one field more.
    pub fn child(&self, field: &str) -> FieldPath {
        self.with(Step::Field(field.to_owned()))
    }

    /// This path and a list index.
    pub fn index(&self, index: usize) -> FieldPath {
        self.with(Step::Index(index))
    }

    /// This path and a map key.
    pub fn key(&self, key: &str) -> FieldPath {
        self.with(Step::Key(key.to_owned()))
    }

    /// What stands there in an object.
    pub fn find<'a>(&self, value: &'a super::Value) -> Option<&'a super::Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Field(name) | Step::Key(name) => value.get(name),
            Step::Index(index) => value.get(index),
        })
    }

    fn with(&self, step: Step) -> FieldPath {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        FieldPath(steps)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if i == 0 => write!(f, "{name}")?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => write!(f, "[{key}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_kubernetes_does() {
        let path = FieldPath::root().child("spec").child("ports").index(0).child("name");
        assert_eq!(path.to_string(), "spec.ports[0].name");
        assert_eq!(FieldPath::of("spec.ports[0].name"), path);
        assert_eq!(FieldPath::of("metadata.labels").key("a/b").to_string(), "metadata.labels[a/b]");
    }
}
