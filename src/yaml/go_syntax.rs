//! Values in Go's own syntax (`%#v`), which some of go-yaml's errors quote.

use std::collections::BTreeMap;

use crate::base::text::go_quote;

use super::number::go_float;
use super::resolve::{Scalar, scalar};
use super::tree::{NodeId, NodeKind, Tree};

/// A node that has been decoded without a fault, as a value that stands alone. Keys keep the types that JSON would lose.
pub(super) fn value(tree: &Tree, id: NodeId) -> String {
    match inner(tree, id) {
        nil if nil == NIL => "<nil>".to_owned(),
        text => text,
    }
}

const NIL: &str = "interface {}(nil)";

/// A node inside a map or a list of `interface{}`. It ends because decoding it did.
fn inner(tree: &Tree, id: NodeId) -> String {
    match tree.nodes.get(id).map(|node| &node.kind) {
        None => NIL.to_owned(),
        Some(NodeKind::Alias { target, .. }) => inner(tree, *target),
        Some(NodeKind::Scalar { text, tag, plain }) => go_scalar(&scalar(text, tag, *plain).unwrap_or(Scalar::Null)),
        Some(NodeKind::Sequence(items)) => {
            let items: Vec<String> = items.iter().map(|item| inner(tree, *item)).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Some(NodeKind::Mapping(children)) => {
            let mut fields = BTreeMap::new();
            for pair in children.chunks_exact(2) {
                let &[key, value] = pair else { continue };
                let text = inner(tree, key);
                fields.insert((rank(tree, key), text), inner(tree, value));
            }
            let fields: Vec<String> = fields.into_iter().map(|((_, key), value)| format!("{key}:{value}")).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", fields.join(", "))
        }
    }
}

fn go_scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Null => NIL.to_owned(),
        Scalar::Bool(bool) => bool.to_string(),
        Scalar::Int(integer) => integer.to_string(),
        Scalar::Uint(integer) => format!("{integer:#x}"),
        Scalar::Float(float) if float.is_nan() => "NaN".to_owned(),
        Scalar::Float(float) if float.is_infinite() => if *float > 0.0 { "+Inf" } else { "-Inf" }.to_owned(),
        Scalar::Float(float) => go_float(*float),
        Scalar::Text(text) | Scalar::Timestamp(text) => go_quote(text),
    }
}

/// Go prints maps in order: nil first, numbers by size. Across types its order is that of memory; ours is fixed.
fn rank(tree: &Tree, id: NodeId) -> (u8, i64) {
    match tree.nodes.get(id).map(|node| &node.kind) {
        Some(NodeKind::Alias { target, .. }) => rank(tree, *target),
        Some(NodeKind::Scalar { text, tag, plain }) => match scalar(text, tag, *plain) {
            Ok(Scalar::Null) => (0, 0),
            Ok(Scalar::Bool(bool)) => (1, i64::from(bool)),
            Ok(Scalar::Int(integer)) => (2, integer),
            Ok(Scalar::Uint(_) | Scalar::Float(_)) => (3, 0),
            _ => (4, 0),
        },
        _ => (5, 0),
    }
}
