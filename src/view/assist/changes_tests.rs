//! What an apply will change, in the running cluster of [`session`].

use super::changes::{Verdict, changes};
use super::tests::{CLUSTER, session};
use crate::i18n::{Lang, text};
use crate::view::model::Text;
use expect_test::{Expect, expect};
use std::collections::BTreeMap;

fn check(manifest: &str, expected: Expect) {
    let session = session();
    let rev = session.engine().world().api.store().rev();
    let texts = BTreeMap::from([("a.yaml".to_owned(), manifest.to_owned())]);
    let found = changes(session.engine().world(), &["a.yaml".to_owned()], texts);
    assert_eq!(session.engine().world().api.store().rev(), rev, "nothing was written");
    let mut shown = String::new();
    for object in &found.objects {
        let verdict = match &object.verdict {
            Verdict::Refused(why) => format!("refused: {}", why.join("; ")),
            other => format!("{other:?}").to_lowercase(),
        };
        shown.push_str(&format!("{}/{} {verdict}\n", object.kind, object.name));
        for field in &object.fields {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
            shown.push_str(&format!("  {}: {} → {}\n", field.path, value(&field.old), value(&field.new)));
        }
        for (tone, words) in &object.effects {
            let Text::Say(message) = words else { continue };
            shown.push_str(&format!("  {tone:?}: {}\n", text(Lang::En, message)));
        }
        object.warnings.iter().for_each(|warning| shown.push_str(&format!("  ! {warning}\n")));
    }
    found.unread.iter().for_each(|why| shown.push_str(&format!("{why}\n")));
    expected.assert_eq(&shown);
}

#[test]
fn nothing_changes_when_nothing_did() {
    check(
        CLUSTER,
        expect![[r#"
        Deployment/web unchanged
        ConfigMap/settings unchanged
        Secret/keys unchanged
        Service/web unchanged
    "#]],
    );
}

#[test]
fn fields_and_what_follows_for_pods() {
    check(
        &CLUSTER.replace("nginx:1.31", "nginx:1.30").replace("replicas: 3", "replicas: 5"),
        expect![[r#"
        Deployment/web configured
          spec.replicas: 3 → 5
          spec.template.spec.containers[web].image: nginx:1.31 → nginx:1.30
          Ok: 2 more pods
          Pending: 3 pods will be replaced, one after the other
        ConfigMap/settings unchanged
        Secret/keys unchanged
        Service/web unchanged
    "#]],
    );
    check(
        &CLUSTER.replace("colour: blue\n  size: big", "colour: red"),
        expect![[r#"
        Deployment/web unchanged
        ConfigMap/settings configured
          data.colour: blue → red
          data.size: big → -
        Secret/keys unchanged
        Service/web unchanged
    "#]],
    );
    check(
        &CLUSTER.replace(
            "  - name: main\n    port: 80\n",
            "  - name: main\n    port: 8080\n  - name: more\n    port: 81\n",
        ),
        expect![[r#"
        Deployment/web unchanged
        ConfigMap/settings unchanged
        Secret/keys unchanged
        Service/web configured
          spec.ports[main].port: 80 → 8080
          spec.ports[main].targetPort: http → 8080
          spec.ports[more].name: - → more
          spec.ports[more].port: - → 81
          spec.ports[more].protocol: - → TCP
          spec.ports[more].targetPort: - → http
    "#]],
    );
}

#[test]
fn what_is_new_and_what_is_refused() {
    check(
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\n",
        expect![[r#"
        Namespace/shop created
        ConfigMap/a created
    "#]],
    );
    let immutable = CLUSTER.split("---").next().unwrap().replace("app: web", "app: other");
    check(
        &immutable,
        expect![[r#"
        Deployment/web refused: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Podd\nmetadata:\n  name: a\n---\na: [\n",
        expect![[r#"
        resource mapping not found for name: "a" namespace: "" from "a.yaml": no matches for kind "Podd" in version "v1"
        ensure CRDs are installed first
        error parsing a.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content
    "#]],
    );
}
