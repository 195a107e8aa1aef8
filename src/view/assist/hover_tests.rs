//! What stands at a cursor (`▮`), in the running cluster of [`session`].

use super::ground::Ground;
use super::hover::hover;
use super::tests::session;
use crate::api::schema::Descriptions;
use crate::i18n::{Lang, text};
use crate::view::model::Text;
use expect_test::{Expect, expect};

fn say(words: &Text) -> String {
    match words {
        Text::Raw(raw) => raw.to_string(),
        Text::Say(message) => text(Lang::En, message),
    }
}

fn check(marked: &str, expected: Expect) {
    let session = session();
    let at = marked.find('▮').unwrap();
    let manifest = marked.replace('▮', "");
    let docs = Descriptions::built_in();
    let ground = Ground::new(session.engine().world(), [manifest.as_str()]);
    let Some(found) = hover(&ground, &manifest, at, docs.as_ref()) else { return expected.assert_eq("nothing\n") };
    let mut shown = format!("[{}] {} <{}>\n", &manifest[found.range.clone()], found.title, found.ty);
    found.facts.iter().for_each(|fact| shown.push_str(&format!("- {}\n", say(fact))));
    found.leads.iter().for_each(|(tone, words)| shown.push_str(&format!("{tone:?}: {}\n", say(words))));
    let doc: String = found.doc.unwrap_or_default().chars().take(60).collect();
    shown.push_str(&format!("{doc}\n"));
    expected.assert_eq(&shown);
}

#[test]
fn fields() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  repl▮icas: 3\n  selector: {}\n";
    check(
        deployment,
        expect![[r#"
        [replicas] spec.replicas <integer>
        - default 1
        Number of desired pods. This is a pointer to distinguish bet
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n  - po▮rt: 80\n",
        expect![[r#"
            [port] spec.ports[0].port <integer>
            - required
            The port that will be exposed by this service.
        "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  type: Node▮Port\n",
        expect![[r#"
        [NodePort] spec.type <string>
        - default ClusterIP
        - one of ClusterIP, ExternalName, LoadBalancer, NodePort
        type determines how the Service is exposed. Defaults to Clus
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Serv▮ice\n",
        expect![[r#"
        [Service] Service <v1>
        Service is a named abstraction of software service (for exam
    "#]],
    );
    check("apiVersion: v1\nkind: Service\nspec:\n  nonsense▮: 1\n", expect![["nothing\n"]]);
}

#[test]
fn what_values_lead_to() {
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  sel▮ector:\n    app: web\n",
        expect![[r#"
        [selector] spec.selector <map[string]string>
        Ok: Matches 3 of 3 pods (app=web)
        Route service traffic to pods with label keys and values mat
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  selector:\n    app: wro▮ng\n    tier: front\n",
        expect![[r#"
            [wrong] spec.selector.app <string>
            Bad: Matches 0 of 3 pods (app=wrong, tier=front)
            Bad: 0 of 3 pods bear app=wrong
            Route service traffic to pods with label keys and values mat
        "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  selector: {app: web}\n  ports:\n  - targetPort: ht▮tp\n    nodePort: 80\n",
        expect![[r#"
            [http] spec.ports[0].targetPort <IntOrString>
            Ok: Leads to port 80 of the container
            Number or name of the port to access on the pods targeted by
        "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - nodePort: 8▮0\n",
        expect![[r#"
        [80] spec.ports[0].nodePort <integer>
        Bad: Node ports go from 30000 to 32767
        The port on each node on which this service is exposed when 
    "#]],
    );
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    app: web\nspec:\n  serviceAccountName: none\n  containers:\n  - name: a\n    image: nginx:1.31\n";
    check(
        &pod.replace("none", "no▮ne"),
        expect![[r#"
        [none] spec.serviceAccountName <string>
        Bad: There is no ServiceAccount none
        ServiceAccountName is the name of the ServiceAccount to use 
    "#]],
    );
    check(
        &pod.replace("1.31", "1.▮31"),
        expect![[r#"
        [nginx:1.31] spec.containers[0].image <string>
        Ok: The image can be pulled (60 MB)
        Container image name. More info: https://kubernetes.io/docs/
    "#]],
    );
    check(
        &pod.replace("nginx:1.31", "ngin▮xx"),
        expect![[r#"
        [nginxx] spec.containers[0].image <string>
        Bad: No registry has docker.io/library/nginxx:latest
        Container image name. More info: https://kubernetes.io/docs/
    "#]],
    );
    check(
        &pod.replace("app: web", "app: w▮eb"),
        expect![[r#"
        [web] metadata.labels.app <string>
        Ok: 3 of 3 pods bear app=web
        Neutral: Selected by web
        Map of string keys and values that can be used to organize a
    "#]],
    );
    check(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec:\n  defaultBackend:\n    service:\n      name: we▮b\n",
        expect![[r#"
        [web] spec.defaultBackend.service.name <string>
        - required
        Ok: The Service exists and matches 3 of 3 pods (app=web)
        name is the referenced service. The service must exist in th
    "#]],
    );
}
