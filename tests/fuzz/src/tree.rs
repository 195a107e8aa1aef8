//! Changes of YAML as a tree.

use crate::rng::Rng;
use crate::words::PIECES;
use serde_json::{Map, Value, json};
use tabernetes::api::kinds::Kind;
use tabernetes::api::schema::{self, Ty};

/// Numbers at the edge of something.
const NUMBERS: [i64; 16] = [
    0,
    1,
    -1,
    2,
    7,
    80,
    100,
    101,
    65_535,
    65_536,
    30_000,
    i32::MAX as i64,
    i32::MAX as i64 + 1,
    i64::MAX,
    i64::MIN,
    i32::MIN as i64,
];

/// The most that is grown below one place.
const DEEPEST: usize = 4;

/// The documents of a text that are YAML.
pub fn documents(text: &str) -> Vec<Value> {
    tabernetes::yaml::load(text).into_iter().flatten().map(|document| document.value).collect()
}

/// Documents as a text: YAML, or now and then JSON.
pub fn text(rng: &mut Rng, documents: &[Value]) -> String {
    let texts = documents.iter().map(|document| match rng.below(8) {
        0 => document.to_string() + "\n",
        _ => tabernetes::yaml::to_yaml(document),
    });
    texts.collect::<Vec<_>>().join("---\n")
}

/// A few changes of an object; parts come from `others`.
pub fn change(rng: &mut Rng, value: &mut Value, others: &[Value]) {
    for _ in 0..=rng.below(4) {
        let kind = kind_of(value).and_then(schema::of);
        let places = places(value);
        let Some(place) = rng.of(&places).cloned() else { return };
        let ty = kind.and_then(|kind| {
            let mut ty = None;
            for step in place.split('/').skip(1) {
                ty = Some(match ty.map(Ty::base) {
                    None => &schema::field(kind, step)?.ty,
                    Some(Ty::Named(id)) => &schema::field(*id, step)?.ty,
                    Some(Ty::List(item) | Ty::Map(item)) => &**item,
                    _ => return None,
                });
            }
            ty
        });
        let struct_here = if place.is_empty() { kind } else { ty.and_then(Ty::as_struct) };
        match rng.below(10) {
            0 => remove(value, &place),
            // A field that the schema knows.
            1..=3 if struct_here.is_some() => {
                let fields = struct_here.map(|id| id.fields()).unwrap_or_default();
                if let (Some(field), Some(Value::Object(object))) = (rng.of(fields), value.pointer_mut(&place)) {
                    object.insert(field.name.to_owned(), grow(rng, &field.ty, 0));
                }
            }
            // Another value of the type that belongs here.
            1..=5 if ty.is_some() => {
                if let (Some(ty), Some(found)) = (ty, value.pointer_mut(&place)) {
                    *found = grow(rng, ty, 0);
                }
            }
            // What stands under the same name elsewhere, or anything.
            6 => {
                let name = place.rsplit('/').next().unwrap_or_default().to_owned();
                let found = rng.of(others).and_then(|other| {
                    let all = self::places(other);
                    let same: Vec<&String> = all.iter().filter(|place| place.ends_with(&format!("/{name}"))).collect();
                    let from = match rng.of(&same) {
                        Some(from) if !rng.once_in(4) => (*from).clone(),
                        _ => rng.of(&all)?.clone(),
                    };
                    other.pointer(&from).cloned()
                });
                if let (Some(new), Some(found)) = (found, value.pointer_mut(&place)) {
                    *found = new;
                }
            }
            // An item twice, or the items in another order.
            7 => match value.pointer_mut(&place) {
                Some(Value::Array(items)) if !items.is_empty() => {
                    let item = items[rng.below(items.len())].clone();
                    let at = rng.below(items.len() + 1);
                    items.insert(at, item);
                }
                Some(Value::Object(fields)) => {
                    let keys: Vec<String> = fields.keys().cloned().collect();
                    if let Some(value) = rng.of(&keys).and_then(|key| fields.remove(key)) {
                        fields.insert(
                            rng.of(&["a", "name", "", "a.b/c", "$patch", "spec"]).copied().unwrap_or("b").to_owned(),
                            value,
                        );
                    }
                }
                _ => {}
            },
            _ => {
                if let Some(found) = value.pointer_mut(&place) {
                    let new = odd(rng, found);
                    *found = new;
                }
            }
        }
    }
}

fn kind_of(value: &Value) -> Option<Kind> {
    Kind::of(value.get("apiVersion")?.as_str()?, value.get("kind")?.as_str()?)
}

/// All places of a value as JSON pointers, itself first.
fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        if found.len() > 500 {
            return;
        }
        found.push(at.to_owned());
        match value {
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, item)| walk(item, &format!("{at}/{i}"), found))
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    walk(value, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

fn remove(value: &mut Value, place: &str) {
    let Some((above, last)) = place.rsplit_once('/') else { return };
    match value.pointer_mut(above) {
        Some(Value::Object(fields)) => drop(fields.remove(&last.replace("~1", "/").replace("~0", "~"))),
        Some(Value::Array(items)) => {
            if let Some(at) = last.parse().ok().filter(|at| *at < items.len()) {
                items.remove(at);
            }
        }
        _ => {}
    }
}

/// Something else in place of a value.
fn odd(rng: &mut Rng, value: &Value) -> Value {
    match (value, rng.below(4)) {
        (_, 0) => documents(rng.of(&PIECES).copied().unwrap_or_default()).pop().unwrap_or_default(),
        (Value::Number(_), _) => number(rng),
        (Value::String(text), 1) => {
            Value::String(crate::words::change(rng, text, &[], &[".", "-", "/", ":", "A", "_"]))
        }
        (Value::String(text), 2) => Value::String(text.repeat(1 + rng.below(40))),
        (Value::String(_), _) => word(rng),
        (Value::Array(items), 1) => items.first().cloned().unwrap_or(Value::Null),
        (Value::Array(items), _) => {
            Value::Array(items.iter().cycle().take(items.len() * (1 + rng.below(5))).cloned().collect())
        }
        (Value::Object(fields), 1) => Value::Array(vec![Value::Object(fields.clone())]),
        (Value::Object(_), 2) => json!({}),
        (Value::Bool(flag), _) => Value::Bool(!flag),
        _ => Value::Null,
    }
}

fn number(rng: &mut Rng) -> Value {
    match rng.below(6) {
        0 => json!(1.5),
        1 => json!(rng.below(300)),
        _ => json!(rng.of(&NUMBERS).copied().unwrap_or_default()),
    }
}

/// Words that some field somewhere takes.
fn word(rng: &mut Rng) -> Value {
    const WORDS: [&str; 40] = [
        "",
        "a",
        "web",
        "Web",
        "web-",
        "10.0.0.1",
        "10.0.0.0/8",
        "fd00::1",
        "::/0",
        "80%",
        "101%",
        "http",
        "TCP",
        "Always",
        "Never",
        "OnFailure",
        "nginx:1.27",
        "500m",
        "1Gi",
        "1.5",
        "-1",
        "1e3Ki",
        "a.b.c/d",
        "kubernetes.io/metadata.name",
        "2024-02-30T00:00:00Z",
        "2024-01-01T00:00:00Z",
        "10s",
        "None",
        "*/5 * * * *",
        "@every 1s",
        "/",
        "/a/../b",
        "app",
        "$(A)",
        "node-1",
        "default",
        "example.com/v1",
        "v1",
        "Recreate",
        "Immediate",
    ];
    Value::String(rng.of(&WORDS).copied().unwrap_or_default().to_owned())
}

/// A value of a type; now and then one of another.
pub fn grow(rng: &mut Rng, ty: &Ty, depth: usize) -> Value {
    if rng.once_in(24) {
        return documents(rng.of(&PIECES).copied().unwrap_or_default()).pop().unwrap_or_default();
    }
    let values = ty.enum_values();
    if !values.is_empty() && !rng.once_in(6) {
        return Value::String(rng.of(values).copied().unwrap_or_default().to_owned());
    }
    match ty.base() {
        Ty::String => word(rng),
        Ty::Int32 | Ty::Int64 => number(rng),
        Ty::Bool => Value::Bool(rng.once_in(2)),
        Ty::Float64 => json!(rng.below(9) as f64 / 2.0),
        Ty::Quantity | Ty::IntOrString => match rng.below(3) {
            0 => number(rng),
            1 => word(rng),
            _ => Value::String(
                rng.of(&["500m", "1Gi", "80", "25%", "http", "0", "1e3"]).copied().unwrap_or_default().to_owned(),
            ),
        },
        Ty::Time | Ty::MicroTime => json!("2024-01-01T00:00:00Z"),
        Ty::Bytes => json!("YQ=="),
        Ty::Any => json!({"a": [1, "x", null]}),
        Ty::List(_) | Ty::Map(_) | Ty::Named(_) if depth >= DEEPEST => Value::Null,
        Ty::List(item) => Value::Array((0..rng.below(4)).map(|_| grow(rng, item, depth + 1)).collect()),
        Ty::Map(item) => {
            let keys = ["app", "a", "a.b/c", "cpu", "memory", "", "kubernetes.io/hostname", "A b"];
            let mut fields = Map::new();
            for _ in 0..rng.below(4) {
                let key = rng.of(&keys).copied().unwrap_or_default().to_owned();
                fields.insert(key, grow(rng, item, depth + 1));
            }
            Value::Object(fields)
        }
        Ty::Named(id) => {
            let mut fields = Map::new();
            for field in id.fields() {
                if (field.required && !rng.once_in(12)) || rng.once_in(6) {
                    fields.insert(field.name.to_owned(), grow(rng, &field.ty, depth + 1));
                }
            }
            Value::Object(fields)
        }
        Ty::Pointer(_) => Value::Null,
    }
}

/// A change of an object as a patch: a part of it (for merges and applies), or a list of operations.
pub fn patch(rng: &mut Rng, object: &Value, others: &[Value]) -> Value {
    let mut wanted = object.clone();
    change(rng, &mut wanted, others);
    if rng.once_in(3) {
        let all = places(&wanted);
        let ops = ["add", "remove", "replace", "copy", "move", "test", "jump"];
        let place = |rng: &mut Rng| match rng.below(6) {
            0 => rng
                .of(&["/", "", "/spec/-", "/metadata/labels/a~1b", "/~2", "spec", "/spec/ports/-1"])
                .copied()
                .unwrap_or_default()
                .to_owned(),
            _ => rng.of(&all).cloned().unwrap_or_default(),
        };
        return Value::Array(
            (0..=rng.below(3))
                .map(|_| {
                    let (path, from) = (place(rng), place(rng));
                    let value = wanted.pointer(&from).cloned().unwrap_or_default();
                    json!({"op": rng.of(&ops), "path": path, "from": from, "value": value})
                })
                .collect(),
        );
    }
    // Directives of strategic merges, and nulls, which take away.
    let all = places(&wanted);
    let place = rng.of(&all).cloned().unwrap_or_default();
    match (wanted.pointer_mut(&place), rng.below(4)) {
        (Some(Value::Object(fields)), 0) => {
            let words = ["delete", "replace", "merge", "jump"];
            fields.insert("$patch".to_owned(), json!(rng.of(&words)));
        }
        (Some(Value::Object(fields)), 1) => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let key = rng.of(&keys).cloned().unwrap_or_default();
            let (name, list) = match rng.below(3) {
                0 => ("$retainKeys".to_owned(), json!(keys)),
                1 => (format!("$setElementOrder/{key}"), json!([{"name": "a"}, "b", {"containerPort": 80}])),
                _ => (format!("$deleteFromPrimitiveList/{key}"), json!(["a", 1])),
            };
            fields.insert(name, list);
        }
        (Some(found), 2) => *found = Value::Null,
        _ => {}
    }
    wanted
}
