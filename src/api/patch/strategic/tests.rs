use super::*;
use crate::api::kinds::Kind;
use crate::base::rng::Rng;
use serde_json::json;

fn ty(kind: Kind) -> TypeId {
    schema::of(kind).unwrap()
}

fn pod(spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec})
}

#[test]
fn two_ways() {
    let containers = |list: Value| pod(json!({"containers": list}));
    let deployment = |strategy: Value| json!({"spec": {"strategy": strategy}});
    for (kind, original, modified, expected) in [
        (Kind::POD, pod(json!({})), pod(json!({})), json!({})),
        (
            Kind::POD,
            containers(json!([{"name": "a", "image": "1"}, {"name": "b", "image": "1"}])),
            containers(json!([{"name": "a", "image": "2"}, {"name": "b", "image": "1"}])),
            json!({"spec": {
                "$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
                "containers": [{"name": "a", "image": "2"}],
            }}),
        ),
        (
            Kind::POD,
            containers(json!([{"name": "a", "args": ["x"]}, {"name": "b"}])),
            containers(json!([{"name": "a", "args": ["y"]}])),
            json!({"spec": {
                "$setElementOrder/containers": [{"name": "a"}],
                "containers": [{"name": "a", "args": ["y"]}, {"name": "b", "$patch": "delete"}],
            }}),
        ),
        (
            Kind::DEPLOYMENT,
            deployment(json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})),
            deployment(json!({"type": "Recreate"})),
            json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate", "rollingUpdate": null}}}),
        ),
        (
            Kind::POD,
            json!({"metadata": {"labels": {"a": "1", "b": "1"}, "finalizers": ["a", "b"]}}),
            json!({"metadata": {"labels": {"a": "2"}, "finalizers": ["b", "c"]}}),
            json!({"metadata": {
                "labels": {"a": "2", "b": null}, "finalizers": ["c"],
                "$deleteFromPrimitiveList/finalizers": ["a"], "$setElementOrder/finalizers": ["b", "c"],
            }}),
        ),
    ] {
        let patch = two_way(ty(kind), &original, &modified);
        assert_eq!(patch, Ok(expected.clone()));
        assert_eq!(apply(ty(kind), &original, &expected), Ok(modified));
    }
}

#[test]
fn what_kubectl_apply_sends() {
    let file = |image: &str, ports: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {
            "replicas": 3, "template": {"spec": {"containers": [{"name": "nginx", "image": image, "ports": ports}]}},
        }})
    };
    let (old, new) = (file("nginx:1", json!([{"containerPort": 80}])), file("nginx:2", json!([{"containerPort": 81}])));
    let mut live = old.clone();
    live["spec"]["replicas"] = json!(5);
    live["spec"]["revisionHistoryLimit"] = json!(10);
    live["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = json!("IfNotPresent");
    live["spec"]["template"]["spec"]["containers"][0]["ports"][0]["protocol"] = json!("TCP");
    let patch = three_way(ty(Kind::DEPLOYMENT), &old, &new, &live).unwrap();
    assert_eq!(
        patch,
        json!({"spec": {"replicas": 3, "template": {"spec": {
            "$setElementOrder/containers": [{"name": "nginx"}],
            "containers": [{
                "name": "nginx", "image": "nginx:2",
                "$setElementOrder/ports": [{"containerPort": 81}],
                "ports": [{"containerPort": 81}, {"containerPort": 80, "$patch": "delete"}],
            }],
        }}}})
    );
    let after = apply(ty(Kind::DEPLOYMENT), &live, &patch).unwrap();
    assert_eq!(after["spec"]["revisionHistoryLimit"], 10);
    assert_eq!(after["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"], "IfNotPresent");
    assert_eq!(after["spec"]["template"]["spec"]["containers"][0]["ports"], json!([{"containerPort": 81}]));
    assert_eq!(three_way(ty(Kind::DEPLOYMENT), &new, &new, &after), Ok(json!({})));
    let mut renamed = new.clone();
    renamed["metadata"]["name"] = json!("other");
    let error = three_way(ty(Kind::DEPLOYMENT), &new, &renamed, &after).unwrap_err();
    assert_eq!(error.to_string(), "precondition failed for: map[metadata:map[name:other]]");
}

#[test]
fn two_ports_with_one_number_collide() {
    let service = |ports: Value| json!({"spec": {"ports": ports}});
    let tcp = json!({"name": "t", "port": 53, "protocol": "TCP"});
    let udp = json!({"name": "u", "port": 53, "protocol": "UDP"});
    let patch = json!({"spec": {"ports": [udp]}});
    assert_eq!(apply(ty(Kind::SERVICE), &service(json!([tcp])), &patch), Ok(service(json!([udp]))));
}

#[test]
fn directives() {
    let two = pod(json!({"containers": [{"name": "a"}, {"name": "b"}], "hostname": "x", "subdomain": "y"}));
    for (patch, expected) in [
        (
            json!({"containers": [{"$patch": "replace"}, {"name": "c"}]}),
            json!({"containers": [{"name": "c"}], "hostname": "x", "subdomain": "y"}),
        ),
        (json!({"$patch": "replace", "hostname": "z"}), json!({"hostname": "z"})),
        (json!({"$patch": "delete"}), json!({})),
        (json!({"$retainKeys": ["hostname"], "hostname": "z"}), json!({"hostname": "z"})),
        (
            json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "hostname": null, "subdomain": null}),
            json!({"containers": [{"name": "b"}, {"name": "a"}]}),
        ),
        (
            json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "c"}], "containers": [{"name": "c"}]}),
            json!({"containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}], "hostname": "x", "subdomain": "y"}),
        ),
        (
            json!({
                "$setElementOrder/containers": [{"name": "c"}],
                "containers": [{"name": "c"}, {"name": "a", "$patch": "delete"}],
            }),
            json!({"containers": [{"name": "b"}, {"name": "c"}], "hostname": "x", "subdomain": "y"}),
        ),
    ] {
        assert_eq!(apply(ty(Kind::POD), &two, &json!({"spec": patch})), Ok(pod(expected)));
    }
}

#[test]
fn texts_of_errors() {
    let original = pod(json!({"containers": [{"name": "a", "image": "i"}], "hostname": "x"}));
    for (patch, code, text) in [
        (json!([]), 400, "invalid JSON document"),
        (
            json!({"spec": {"containers": [{"image": "x"}]}}),
            500,
            "map: map[image:x] does not contain declared merge key: name",
        ),
        (
            json!({"spec": {"$patch": "x", "hostname": "y"}}),
            500,
            "unknown patch type: x in map: map[$patch:x hostname:y]",
        ),
        (json!({"spec": {"$retainKeys": ["a"], "hostname": "y"}}), 400, "invalid patch format of retainKeys"),
        (
            json!({"spec": {"$setElementOrder/containers": "x"}}),
            500,
            "expected a []interface {}, but received a string",
        ),
        (
            json!({"spec": {"containers": ["x"]}}),
            500,
            "list element types are not identical: [[map[image:i name:a]] [x]]",
        ),
    ] {
        let error = apply(ty(Kind::POD), &original, &patch).unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), (code, text));
    }
    let unknown = |n: i32| json!({"spec": {"foo": {"a": n}}});
    let error = two_way(ty(Kind::POD), &unknown(1), &unknown(2)).unwrap_err();
    assert_eq!(error.to_string(), "unable to find api field in struct PodSpec for the json field \"foo\"");
}

/// A random value of a type: merged lists have unique keys, nothing is null.
fn random(ty: &Ty, rng: &mut Rng, depth: u32) -> Value {
    let letter = |rng: &mut Rng| ["a", "b", "c", "d"][rng.below(4) as usize];
    match ty.base() {
        Ty::Named(id) => {
            let mut fields = Fields::new();
            for field in id.fields() {
                let keyed =
                    field.merge_key.is_some() || ["name", "type", "port", "containerPort"].contains(&field.name);
                if rng.below(10) < if keyed { 6 } else { 2 } && depth > 0 {
                    let mut value = random(&field.ty, rng, depth - 1);
                    if let (true, Value::Array(items)) = (field.patch_strategy.merge, &mut value) {
                        unique(items, field.merge_key, meta_of_list(ty, field.name).unwrap().ty, rng);
                    }
                    fields.insert(field.name.to_owned(), value);
                }
            }
            Value::Object(fields)
        }
        Ty::List(item) => (0..rng.below(4)).map(|_| random(item, rng, depth)).collect(),
        Ty::Map(item) => {
            let value = random(item, rng, depth);
            let other = random(item, rng, depth);
            Value::Object([(letter(rng).to_owned(), value), (letter(rng).to_owned(), other)].into_iter().collect())
        }
        Ty::Bool => Value::from(rng.below(2) == 0),
        Ty::Int32 | Ty::Int64 | Ty::IntOrString => Value::from(rng.below(5)),
        _ => Value::from(letter(rng)),
    }
}

fn unique(items: &mut Vec<Value>, key: Option<&str>, ty: &Ty, rng: &mut Rng) {
    if let Some(key) = key {
        let key_ty = meta_of_object(ty, key).unwrap().ty;
        for item in items.iter_mut() {
            item[key] = random(key_ty, rng, 1);
        }
    }
    let mut kept: Vec<Value> = Vec::new();
    for item in items.drain(..) {
        let same = |other: &Value| key.map_or(other == &item, |key| other[key] == item[key]);
        if !kept.iter().any(same) {
            kept.push(item);
        }
    }
    *items = kept;
}

#[test]
fn a_diff_leads_from_one_object_to_the_other() {
    for kind in [Kind::POD, Kind::DEPLOYMENT, Kind::SERVICE, Kind::STATEFUL_SET, Kind::NODE] {
        for seed in 0..300u64 {
            let mut rng = Rng::stream(seed, "patch", "two");
            let mut object = || {
                let mut value = random(&Ty::Named(ty(kind)), &mut rng, 6);
                for (key, fixed) in
                    [("metadata", json!({"name": "a"})), ("apiVersion", json!("v1")), ("kind", json!("K"))]
                {
                    value[key] = fixed;
                }
                value
            };
            let (a, b, c) = (object(), object(), object());
            let patch = two_way(ty(kind), &a, &b).unwrap();
            let after = apply(ty(kind), &a, &patch).unwrap();
            assert_eq!(after, b, "{kind:?} {seed} {patch}");
            assert_eq!(apply(ty(kind), &after, &patch).unwrap(), b, "{kind:?} {seed} {patch}");
            let patch = three_way(ty(kind), &a, &b, &c).unwrap();
            let applied = apply(ty(kind), &c, &patch).unwrap();
            let again = three_way(ty(kind), &b, &b, &applied).unwrap();
            assert_eq!(apply(ty(kind), &applied, &again).unwrap(), applied, "{kind:?} {seed} {again}");
        }
    }
}
