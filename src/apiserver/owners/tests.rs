//! Applies: who owns what afterwards, what conflicts, what goes away.

use super::*;
use crate::api::kinds::Kind;
use crate::api::schema;
use serde_json::json;

fn deployment() -> Type<'static> {
    Type::Struct(schema::of(Kind::DEPLOYMENT).unwrap())
}

fn writer(manager: &str) -> Writer {
    Writer { manager: manager.into(), subresource: "".into(), api_version: "apps/v1".into(), time: Timestamp(0) }
}

fn web(replicas: Option<i32>, containers: Value) -> Value {
    let mut value = json!({"spec": {"template": {"spec": {"containers": containers}}}});
    if let Some(replicas) = replicas {
        value["spec"]["replicas"] = replicas.into();
    }
    value
}

fn applied(live: &Value, config: &Value, owners: &[Owner], by: &str) -> Result<(Value, Vec<Owner>), String> {
    apply(deployment(), live, (config, config), owners, &writer(by), false).map_err(|conflicts| conflicts.message())
}

#[test]
fn what_is_applied_no_more_goes_away() {
    let first = web(Some(3), json!([{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]));
    let (live, owners) = applied(&json!({}), &first, &[], "x").unwrap();
    assert_eq!(live, first);
    let second = web(None, json!([{"name": "b", "image": "b:2"}]));
    let (live, owners) = applied(&live, &second, &owners, "x").unwrap();
    assert_eq!(live, second);
    assert_eq!(
        to_value(&owners)[0]["fieldsV1"],
        json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {
            "k:{\"name\":\"b\"}": {".": {}, "f:image": {}, "f:name": {}}}}}}})
    );
}

#[test]
fn a_field_of_another_owner_conflicts_unless_the_value_is_the_same() {
    let x = web(Some(3), json!([{"name": "a", "image": "a:1"}]));
    let (live, owners) = applied(&json!({}), &x, &[], "x").unwrap();
    let y = json!({"spec": {"replicas": 5}});
    let one = "Apply failed with 1 conflict: conflict with \"x\": .spec.replicas";
    assert_eq!(applied(&live, &y, &owners, "y").unwrap_err(), one);
    let same = json!({"spec": {"replicas": 3}});
    let (live, shared) = applied(&live, &same, &owners, "y").unwrap();
    let gone = web(None, json!([{"name": "a", "image": "a:1"}]));
    let (live, _) = applied(&live, &gone, &shared, "x").unwrap();
    assert_eq!(live["spec"]["replicas"], 3, "y still owns it");
    let forced = apply(deployment(), &live, (&y, &y), &owners, &writer("y"), true).unwrap();
    assert_eq!(forced.0["spec"]["replicas"], 5);
    assert!(
        forced
            .1
            .iter()
            .all(|owner| &*owner.manager == "y"
                || !to_value(std::slice::from_ref(owner)).to_string().contains("replicas"))
    );
}

#[test]
fn an_update_takes_over_and_kubectl_takes_back_what_it_applied_on_the_client() {
    let config = web(Some(3), json!([{"name": "a", "image": "a:1"}]));
    let mut live = config.clone();
    live["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = config.to_string().into();
    let owners = update(deployment(), None, &live, &[], &writer("kubectl-client-side-apply"));
    let mut scaled = live.clone();
    scaled["spec"]["replicas"] = 5.into();
    let changed = update(deployment(), Some(&live), &scaled, &owners, &writer("kubectl-edit"));
    let next = web(Some(4), json!([{"name": "a", "image": "a:2"}]));
    assert_eq!(
        applied(&scaled, &next, &changed, "kubectl").unwrap_err(),
        "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.replicas"
    );
    assert!(applied(&live, &next, &owners, "kubectl").is_ok(), "its own fields, in another way");
    assert_eq!(
        applied(&live, &next, &owners, "robot").unwrap_err(),
        "Apply failed with 2 conflicts: conflicts with \"kubectl-client-side-apply\" using apps/v1:\n- .spec.replicas\n- \
         .spec.template.spec.containers[name=\"a\"].image"
    );
}
