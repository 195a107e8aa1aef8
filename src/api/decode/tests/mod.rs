mod recorded;

use super::*;
use crate::api::patch::strategic;
use crate::api::podhash::pod_template_hash;
use crate::api::schema::of_kind;
use crate::base::rng::Rng;
use serde_json::json;

fn told(kind: Kind, value: Value) -> String {
    check(kind, &value, &[]).map_or_else(|error| error.to_string(), |()| "fits".to_owned())
}

#[test]
fn texts_of_the_server() {
    let pod = |container: Value| json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}});
    let quantity = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    let cannot = |rest: &str| format!("json: cannot unmarshal {rest}");
    for (kind, value, expected) in [
        (Kind::POD, pod(json!({"name": "a", "ports": [{"containerPort": 80}]})), "fits".to_owned()),
        (
            Kind::DEPLOYMENT,
            json!({"spec": {"replicas": "3"}}),
            cannot("string into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ),
        (
            Kind::DEPLOYMENT,
            json!({"spec": {"replicas": 1.5}}),
            cannot("number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ),
        (
            Kind::DEPLOYMENT,
            json!({"spec": {"replicas": 99_999_999_999_i64}}),
            cannot("number 99999999999 into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ),
        (Kind::DEPLOYMENT, json!({"spec": {"replicas": 2.0}}), "fits".to_owned()),
        (Kind::DEPLOYMENT, json!({"spec": {"replicas": null, "template": null}}), "fits".to_owned()),
        (
            Kind::CONFIG_MAP,
            json!({"data": {"a": true}}),
            cannot("bool into Go struct field ConfigMap.data of type string"),
        ),
        (
            Kind::POD,
            json!({"spec": {"containers": {}}}),
            cannot("object into Go struct field PodSpec.spec.containers of type []v1.Container"),
        ),
        (
            Kind::POD,
            pod(json!({"command": "sh"})),
            cannot("string into Go struct field Container.spec.containers.command of type []string"),
        ),
        (
            Kind::POD,
            pod(json!({"imagePullPolicy": 1})),
            cannot("number into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy"),
        ),
        (
            Kind::POD,
            json!({"spec": {"volumes": [{"name": "a", "fc": {"lun": "1"}}]}}),
            cannot("string into Go struct field FCVolumeSource.spec.volumes.VolumeSource.fc.lun of type int32"),
        ),
        (
            Kind::POD,
            json!({"spec": {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": []}}}}),
            cannot(
                "array into Go struct field NodeAffinity.spec.affinity.nodeAffinity.\
                 requiredDuringSchedulingIgnoredDuringExecution of type v1.NodeSelector",
            ),
        ),
        (
            Kind::POD,
            pod(json!({"resources": {"limits": []}})),
            cannot(
                "array into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList",
            ),
        ),
        (
            Kind::SERVICE,
            json!({"spec": {"ports": [{"port": "80", "targetPort": true}]}}),
            cannot("bool into Go struct field ServicePort.spec.ports.targetPort of type int32"),
        ),
        (
            Kind::SERVICE,
            json!({"spec": {"ports": [{"targetPort": 80.5}]}}),
            cannot("number 80.5 into Go struct field ServicePort.spec.ports.targetPort of type int32"),
        ),
        (Kind::POD, json!({"spec": 5}), cannot("number into Go struct field Pod.spec of type v1.PodSpec")),
        (Kind::POD, pod(json!({"resources": {"limits": {"cpu": "a lot"}}})), quantity.to_owned()),
        (Kind::POD, pod(json!({"resources": {"limits": {"cpu": 0.5, "memory": "1Gi"}}})), "fits".to_owned()),
        (Kind::SECRET, json!({"data": {"a": "notbase64"}}), "illegal base64 data at input byte 8".to_owned()),
        (
            Kind::POD,
            json!({"metadata": {"creationTimestamp": "now"}}),
            r#"parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006""#.to_owned(),
        ),
        (
            Kind::POD,
            json!({"spec": {"container": [], "containers": [{"port": 1, "Name": "x"}]}, "extra": {}}),
            r#"strict decoding error: unknown field "extra", unknown field "spec.container", "#.to_owned()
                + r#"unknown field "spec.containers[0].Name", unknown field "spec.containers[0].port""#,
        ),
    ] {
        assert_eq!(told(kind, value), expected);
    }
}

#[test]
fn what_is_told_first() {
    let value = json!({"spec": {
        "containers": [{"image": 5, "foo": 1, "resources": {"limits": {"cpu": "x"}}}], "hostNetwork": "yes",
    }});
    let error = check(Kind::POD, &value, &[FieldPath::of("spec.containers[0].image")]).unwrap_err();
    assert_eq!(error.told[0].path, FieldPath::of("spec.containers[0].resources.limits").key("cpu"));
    let all: Vec<String> = error.all.iter().map(|fault| format!("{:?} {}", fault.kind, fault.path)).collect();
    assert_eq!(
        all,
        [
            "Unknown spec.containers[0].foo",
            "WrongType spec.containers[0].image",
            "Refused spec.containers[0].resources.limits[cpu]",
            "WrongType spec.hostNetwork",
            "Duplicate spec.containers[0].image",
        ]
    );
    let value = json!({"spec": {"replica": 1, "selector": {}}});
    let error = check(Kind::DEPLOYMENT, &value, &[FieldPath::of("spec.selector")]).unwrap_err();
    assert_eq!(
        error.message(Kind::DEPLOYMENT),
        "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: \
         unknown field \"spec.replica\", duplicate field \"spec.selector\""
    );
}

#[test]
fn kubectl_decodes_metadata_itself() {
    let told = |metadata: Value| check_metadata(&json!({"metadata": metadata})).unwrap_err().to_string();
    assert_eq!(
        told(json!({"labels": []})),
        "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string"
    );
    assert_eq!(
        told(json!("web")),
        "json: cannot unmarshal string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta"
    );
    assert_eq!(check_metadata(&json!({"metadata": {"foo": 1}})), Ok(()));
}

#[test]
fn normal_forms() {
    let given = json!({
        "apiVersion": "v1", "kind": "Pod", "unknown": 1,
        "metadata": {"name": "web", "creationTimestamp": null, "labels": {"app": null}, "annotations": {}},
        "spec": {
            "hostNetwork": false, "nodeSelector": {}, "priority": 0, "securityContext": {}, "subdomain": "",
            "containers": [{"name": "a", "args": [], "ports": [{"containerPort": 80.0, "hostPort": 0}],
                "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}},
                "livenessProbe": {"httpGet": {"port": 80}}}],
        },
        "status": null,
    });
    let expected = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "labels": {"app": ""}},
        "spec": {
            "priority": 0, "securityContext": {},
            "containers": [{"name": "a", "ports": [{"containerPort": 80}],
                "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}},
                "livenessProbe": {"httpGet": {"port": 80}}}],
        },
        "status": {},
    });
    assert_eq!(normalize(Kind::POD, given), expected);
    assert_eq!(normalize(Kind::POD, expected.clone()), expected);
    let service = normalize(Kind::SERVICE, json!({"spec": {"ports": [{"port": 80, "targetPort": 0}]}}));
    assert_eq!(service, json!({"metadata": {}, "spec": {"ports": [{"port": 80}]}, "status": {"loadBalancer": {}}}));
    let written = as_written(of_kind("", "v1", "Service").unwrap(), service);
    assert_eq!(written.pointer("/spec/ports/0/targetPort"), Some(&json!(0)));
}

/// Any JSON: half the keys are fields of the kind.
fn any_json(ty: Option<TypeId>, rng: &mut Rng, depth: u32) -> Value {
    match rng.below(if depth == 0 { 6 } else { 10 }) {
        0 => Value::Null,
        1 => Value::from(rng.below(2) == 0),
        2 => Value::from(rng.next_u64() as i64),
        3 => Value::from(rng.below(1000) as f64 / 8.0),
        4 => Value::from(["", "1Gi", "a", "2026-01-01T00:00:00Z", "é=\u{1F600}", "1e99"][rng.below(6) as usize]),
        5 => Value::from("$patch"),
        6 => (0..rng.below(4)).map(|_| any_json(ty, rng, depth - 1)).collect(),
        _ => {
            let mut fields = crate::base::Fields::new();
            for _ in 0..rng.below(6) {
                let known = ty.map(TypeId::fields).filter(|fields| !fields.is_empty());
                let (name, inner) = match known.map(|fields| &fields[rng.below(fields.len() as u64) as usize]) {
                    Some(field) => (field.name, field.ty.as_struct().or(item_of(&field.ty))),
                    None => (["name", "$patch", "$retainKeys", "$setElementOrder/ports"][rng.below(4) as usize], None),
                };
                fields.insert(name.to_owned(), any_json(inner, rng, depth - 1));
            }
            Value::Object(fields)
        }
    }
}

fn item_of(ty: &Ty) -> Option<TypeId> {
    match ty.base() {
        Ty::List(item) | Ty::Map(item) => item.as_struct(),
        _ => None,
    }
}

/// What passes keeps its normal form; what does not fit harms nobody, whoever reads it.
#[test]
fn any_json_is_survived() {
    for seed in 0..4000u64 {
        let mut rng = Rng::stream(seed, "decode", "any");
        let kind = [Kind::POD, Kind::SERVICE, Kind::DEPLOYMENT, Kind::CONFIG_MAP][rng.below(4) as usize];
        let ty = schema::of(kind).unwrap();
        let mut json = || any_json(Some(ty), &mut rng, 7);
        let (a, b, c) = (json(), json(), json());
        let normal = normalize(kind, a.clone());
        if check(kind, &a, &[]).is_ok() && a.is_object() {
            assert_eq!(check(kind, &normal, &[]), Ok(()), "{a}");
            assert_eq!(normalize(kind, normal.clone()), normal, "{a}");
        }
        let _ = as_written(ty, a.clone());
        let _ = strategic::apply(ty, &a, &b);
        let _ = strategic::two_way(ty, &a, &b);
        let _ = strategic::three_way(ty, &a, &b, &c);
        let _ = pod_template_hash(&a, None);
    }
}
