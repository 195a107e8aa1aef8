//! Help in documents of a kind that a definition made; `▮` is the cursor.

use super::complete::{complete, without_word};
use super::ground::Ground;
use super::hover::hover;
use crate::api::schema::Descriptions;
use crate::base::time::Duration;
use crate::i18n::{Lang, text};
use crate::sim::ClusterConfig;
use crate::view::model::Text;
use crate::view::session::{KeptFile, Options, Session};
use expect_test::{Expect, expect};

const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: services.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: services, kind: Service}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        description: A service of another kind.
        required: [spec]
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, description: How large it is., default: 3}
              colour: {type: string, enum: [red, green]}
              enabled: {type: boolean}
              labels: {type: object, additionalProperties: {type: string}}
              parts:
                type: array
                items: {type: object, required: [key], properties: {key: {type: string}, weight: {x-kubernetes-int-or-string: true}}}
          status: {type: object}
";

fn session() -> Session {
    let file = KeptFile { name: "definition.yaml".to_owned(), text: DEFINITION.to_owned(), applied: true };
    let mut session =
        Session::new(Options { cluster: ClusterConfig::default(), files: Some(vec![file]), ..Options::default() });
    session.run_for(Duration::from_secs(5));
    session
}

fn said(words: &Text) -> String {
    match words {
        Text::Raw(raw) => raw.to_string(),
        Text::Say(message) => text(Lang::En, message),
    }
}

fn completed(marked: &str, expected: Expect) {
    let session = session();
    let cursor = marked.find('▮').unwrap();
    let manifest = marked.replace('▮', "");
    let without = without_word(&manifest, cursor);
    let ground = Ground::new(session.engine().world(), [without.as_str()]);
    let items = complete(&ground, &manifest, cursor).map(|found| found.items).unwrap_or_default();
    let shown: String =
        items.iter().map(|item| format!("{} <{}> {:?}\n", item.label, item.detail, item.apply)).collect();
    expected.assert_eq(&shown);
}

fn hovered(marked: &str, expected: Expect) {
    let session = session();
    let at = marked.find('▮').unwrap();
    let manifest = marked.replace('▮', "");
    let docs = Descriptions::built_in();
    let ground = Ground::new(session.engine().world(), [manifest.as_str()]);
    let Some(found) = hover(&ground, &manifest, at, docs.as_ref()) else { return expected.assert_eq("nothing") };
    let facts: Vec<String> = found.facts.iter().map(said).collect();
    let doc = found.doc.unwrap_or_default();
    expected.assert_eq(&format!(
        "{} <{}> {facts:?} {}",
        found.title,
        found.ty,
        doc.chars().take(60).collect::<String>()
    ));
}

const HEAD: &str = "apiVersion: example.com/v1\nkind: Service\n";

#[test]
fn fields_and_values_of_the_definition() {
    let all = |rest: &str| format!("{HEAD}{rest}");
    completed(
        &all("▮"),
        expect![[r#"
            spec <Object *> "spec:\n  "
            metadata <ObjectMeta> "metadata:\n  "
        "#]],
    );
    completed(
        &all("spec:\n  ▮"),
        expect![[r#"
            size <integer *> "size: "
            colour <string> "colour: "
            enabled <boolean> "enabled: "
            labels <map[string]string> "labels:\n    "
            parts <[]Object> "parts:\n    - key: "
        "#]],
    );
    completed(
        &all("spec:\n  size: 3\n  colour: ▮"),
        expect![[r#"
        red <> "red"
        green <> "green"
    "#]],
    );
    completed(
        &all("spec:\n  parts:\n  - key: a\n    ▮"),
        expect![[r#"
        weight <IntOrString> "weight: "
    "#]],
    );
    completed(
        &all("spec:\n  enabled: ▮"),
        expect![[r#"
        true <> "true"
        false <> "false"
    "#]],
    );
    completed(
        &all("metadata:\n  na▮"),
        expect![[r#"
        name <string> "name: "
        generateName <string> "generateName: "
        namespace <string> "namespace: "
        labels <map[string]string> "labels:\n    "
        annotations <map[string]string> "annotations:\n    "
        ownerReferences <[]OwnerReference> "ownerReferences:\n    - name: "
        finalizers <[]string> "finalizers:\n    - "
    "#]],
    );
}

#[test]
fn words_of_the_definition() {
    let all = |rest: &str| format!("{HEAD}{rest}");
    hovered(
        "apiVersion: example.com/v1\nki▮nd: Service\n",
        expect!["Service <example.com/v1> [] A service of another kind."],
    );
    hovered(
        &all("spec:\n  si▮ze: 3\n"),
        expect![[r#"spec.size <integer> ["required", "default 3"] How large it is."#]],
    );
    hovered(&all("spec:\n  colour: re▮d\n"), expect![[r#"spec.colour <string> ["one of red, green"] "#]]);
    hovered(
        &all("spec:\n  parts:\n  - key: a\n    wei▮ght: 3\n"),
        expect![[r#"spec.parts[0].weight <IntOrString> [] "#]],
    );
    hovered(
        &all("metadata:\n  na▮me: a\n"),
        expect!["metadata.name <string> [] Name must be unique within a namespace. Is required when cre"],
    );
    hovered(&all("spec:\n  nope▮: a\n"), expect!["nothing"]);
}
