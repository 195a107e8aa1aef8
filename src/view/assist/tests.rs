//! Help at a cursor: the text has `▮` where it stands.

use super::complete::{Completion, complete, without_word};
use super::ground::Ground;
use crate::base::time::Duration;
use crate::sim::{ClusterConfig, Engine};
use crate::view::session::{KeptFile, Options, Session};
use expect_test::{Expect, expect};

pub(super) const CLUSTER: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
        tier: front
    spec:
      containers:
      - name: web
        image: nginx:1.31
        ports:
        - name: http
          containerPort: 80
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  colour: blue
  size: big
---
apiVersion: v1
kind: Secret
metadata:
  name: keys
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - name: main
    port: 80
    targetPort: http
";

/// A session with [`CLUSTER`] applied and running.
pub(super) fn session() -> Session {
    let file = KeptFile { name: "cluster.yaml".to_owned(), text: CLUSTER.to_owned(), applied: true };
    let cluster = ClusterConfig { images_present: true, ..ClusterConfig::default() };
    let mut session = Session::new(Options { cluster, files: Some(vec![file]), ..Options::default() });
    session.run_for(Duration::from_secs(20));
    session
}

fn at_cursor(marked: &str) -> (String, usize) {
    let cursor = marked.find('▮').expect("a cursor");
    (marked.replace('▮', ""), cursor)
}

fn completion(engine: &Engine, marked: &str) -> Option<Completion> {
    let (text, cursor) = at_cursor(marked);
    complete(&Ground::new(engine.world(), [without_word(&text, cursor).as_str()]), &text, cursor)
}

/// Completes, and shows the word that is replaced and the first ways to go on.
fn check(marked: &str, expected: Expect) {
    let session = session();
    let Some(found) = completion(session.engine(), marked) else { return expected.assert_eq("nothing\n") };
    let (text, cursor) = at_cursor(marked);
    let word = &text[found.from..cursor];
    let mut shown = format!("[{word}]\n");
    // As the editor does: only what has the word in it.
    let items: Vec<_> = found.items.iter().filter(|item| item.label.contains(word)).collect();
    for item in items.iter().take(8) {
        let apply = if item.apply == item.label { String::new() } else { format!(" → {:?}", item.apply) };
        shown.push_str(&format!("{} <{}>{apply}\n", item.label, item.detail));
    }
    if items.len() > 8 {
        shown.push_str(&format!("… {}\n", items.len()));
    }
    expected.assert_eq(&shown);
}

#[test]
fn fields_of_the_place_without_those_that_are_there() {
    check(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n▮",
        expect![[r#"
        []
        spec <PodSpec> → "spec:\n  "
    "#]],
    );
    check(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  re▮\n  template:\n    metadata: {}\n",
        expect![[r#"
            [re]
            replicas <integer> → "replicas: "
            revisionHistoryLimit <integer> → "revisionHistoryLimit: "
            progressDeadlineSeconds <integer> → "progressDeadlineSeconds: "
        "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - name: a\n    ▮\n",
        expect![[r#"
        []
        port <integer *> → "port: "
        protocol <string> → "protocol: "
        appProtocol <string> → "appProtocol: "
        targetPort <IntOrString> → "targetPort: "
        nodePort <integer> → "nodePort: "
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - name: a\n  ▮\n",
        expect![[r#"
        []
        -  <ServicePort> → "- port: "
        selector <map[string]string> → "selector:\n    "
        clusterIP <string> → "clusterIP: "
        clusterIPs <[]string> → "clusterIPs:\n  - "
        type <string> → "type: "
        externalIPs <[]string> → "externalIPs:\n  - "
        sessionAffinity <string> → "sessionAffinity: "
        loadBalancerIP <string> → "loadBalancerIP: "
        … 20
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Pod\nspec:\n  ▮",
        expect![[r#"
        []
        containers <[]Container *> → "containers:\n    - name: "
        volumes <[]Volume> → "volumes:\n    - name: "
        initContainers <[]Container> → "initContainers:\n    - name: "
        ephemeralContainers <[]EphemeralContainer> → "ephemeralContainers:\n    - name: "
        restartPolicy <string> → "restartPolicy: "
        terminationGracePeriodSeconds <integer> → "terminationGracePeriodSeconds: "
        activeDeadlineSeconds <integer> → "activeDeadlineSeconds: "
        dnsPolicy <string> → "dnsPolicy: "
        … 42
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    ▮",
        expect![[r#"
        []
        -  <Container> → "- name: "
    "#]],
    );
    check(
        "▮",
        expect![[r#"
        []
        apiVersion <string> → "apiVersion: "
        kind <string> → "kind: "
        metadata <ObjectMeta> → "metadata:\n  "
        spec <> → "spec:\n  "
    "#]],
    );
    check(
        "kind: Pod\n▮",
        expect![[r#"
        []
        apiVersion <string> → "apiVersion: "
        metadata <ObjectMeta> → "metadata:\n  "
        spec <PodSpec> → "spec:\n  "
    "#]],
    );
}

#[test]
fn a_key_that_has_its_colon_gets_only_its_name() {
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  sel▮: {}\n",
        expect![[r#"
            [sel]
            selector <map[string]string>
        "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nmetadata: {na▮}\n",
        expect![[r#"
            [na]
            name <string> → "name: "
            namespace <string> → "namespace: "
            finalizers <[]string> → "finalizers: "
        "#]],
    );
}

#[test]
fn values_that_are_allowed() {
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  type: ▮\n",
        expect![[r#"
        []
        ClusterIP <>
        ExternalName <>
        LoadBalancer <>
        NodePort <>
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  type: \"Node▮\"\n",
        expect![[r#"
            [Node]
            NodePort <>
        "#]],
    );
    check(
        "apiVersion: v1\nkind: Pod\nspec:\n  hostNetwork: ▮\n",
        expect![[r#"
        []
        true <>
        false <>
    "#]],
    );
    check(
        "apiVersion: apps/v1\nkind: ▮\n",
        expect![[r#"
        []
        ControllerRevision <apps/v1>
        DaemonSet <apps/v1>
        Deployment <apps/v1>
        ReplicaSet <apps/v1>
        StatefulSet <apps/v1>
    "#]],
    );
    check(
        "apiVersion: ▮\nkind: Ingress\n",
        expect![[r#"
        []
        networking.k8s.io/v1 <Ingress>
    "#]],
    );
    check(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nspec:\n  accessModes: [▮]\n",
        expect![[r#"
        []
        ReadOnlyMany <>
        ReadWriteMany <>
        ReadWriteOnce <>
        ReadWriteOncePod <>
    "#]],
    );
    check(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nspec:\n  accessModes:\n  - Read▮\n",
        expect![[r#"
        [Read]
        ReadOnlyMany <>
        ReadWriteMany <>
        ReadWriteOnce <>
        ReadWriteOncePod <>
    "#]],
    );
}

#[test]
fn names_in_use_in_the_cluster_and_the_files() {
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  selector:\n    ▮\n",
        expect![[r#"
        []
        app <web> → "app: "
        tier <front> → "tier: "
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  selector:\n    app: ▮\n",
        expect![[r#"
        []
        web <app>
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nspec:\n  selector: {app: web}\n  ports:\n  - targetPort: ▮\n",
        expect![[r#"
        []
        http <80>
        80 <http>
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    ports:\n    - name: web\n      containerPort: 8080\n    readinessProbe:\n      httpGet:\n        port: ▮\n",
        expect![[r#"
            []
            web <8080>
            8080 <web>
        "#]],
    );
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    ";
    check(
        &format!("{pod}image: ngin▮\n"),
        expect![[r#"
            [ngin]
            nginx <>
            nginx:1.31 <>
            registry.k8s.io/ingress-nginx/controller <>
        "#]],
    );
    check(
        &format!("{pod}envFrom:\n    - configMapRef:\n        name: ▮\n"),
        expect![[r#"
        []
        kube-root-ca.crt <ConfigMap>
        settings <ConfigMap>
    "#]],
    );
    check(
        &format!(
            "{pod}env:\n    - name: A\n      valueFrom:\n        configMapKeyRef:\n          name: settings\n          key: ▮\n"
        ),
        expect![[r#"
            []
            colour <settings>
            size <settings>
        "#]],
    );
    check(
        &format!("{pod}volumeMounts:\n    - name: ▮\n  volumes:\n  - name: cache\n    emptyDir: {{}}\n"),
        expect![[r#"
        []
        cache <name>
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Pod\nspec:\n  nodeSelector:\n    ▮\n",
        expect![[r#"
        []
        beta.kubernetes.io/arch <amd64> → "beta.kubernetes.io/arch: "
        beta.kubernetes.io/os <linux> → "beta.kubernetes.io/os: "
        kubernetes.io/arch <amd64> → "kubernetes.io/arch: "
        kubernetes.io/hostname <node-1, node-2, node-3> → "kubernetes.io/hostname: "
        kubernetes.io/os <linux> → "kubernetes.io/os: "
    "#]],
    );
    check(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec:\n  defaultBackend:\n    service:\n      name: web\n      port:\n        name: ▮\n",
        expect![[r#"
            []
            main <Service>
        "#]],
    );
    check(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec:\n  scaleTargetRef:\n    kind: Deployment\n    name: ▮\n",
        expect![[r#"
            []
            web <Deployment>
        "#]],
    );
}

#[test]
fn nothing_where_nothing_helps() {
    for marked in [
        "apiVersion: v1\nkind: Pod # ▮\n",
        "# ▮",
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    one\n    ▮\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: ▮\n",
        "apiVersion: v1\nkind: Pod\nspec:▮\n",
        "apiVersion: v1\nkind: Nonsense\nspec:\n  ▮\n",
        "- ▮",
        "a: [▮",
        "{▮",
    ] {
        check(marked, expect![["nothing\n"]]);
    }
}

#[test]
fn no_place_in_any_text_is_a_surprise() {
    let session = session();
    for text in
        [CLUSTER, "a: {b: [c, {d: e}], f: \"g: h\"}\n- - x\n\t- y: |\n   z\n'q: r\n---\n---\n\"", "é: ü # ö\n- {ä"]
    {
        for (cursor, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let _ = complete(&Ground::new(session.engine().world(), [text]), text, cursor);
            let (line, column) = super::line_column(text, cursor);
            assert_eq!(super::offset(text, line, column), cursor);
        }
    }
}
