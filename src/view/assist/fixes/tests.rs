//! Slips and what mends them: the diagnostics of a text with the labels of their fixes, and the text after the first one.

use super::apply;
use crate::i18n::{Lang, text};
use crate::view::assist::tests::session;
use crate::view::model::Text;
use crate::view::session::diagnostics;
use expect_test::{Expect, expect};

fn say(words: &Text) -> String {
    match words {
        Text::Raw(raw) => raw.to_string(),
        Text::Say(message) => text(Lang::En, message),
    }
}

/// Shows what is wrong, the fixes, and the lines that the first fix changes; what it leads to must have fewer faults.
fn check(manifest: &str, expected: Expect) {
    let session = session();
    let world = session.engine().world();
    let found = diagnostics::of(world, manifest);
    let mut shown = String::new();
    for item in &found {
        shown.push_str(&format!("{}: {}\n", item.diagnostic.span.line, say(&item.diagnostic.message)));
        for fix in &item.fixes {
            shown.push_str(&format!("  * {}\n", text(Lang::En, &fix.label)));
            let mended = apply(manifest, &fix.edits);
            shown.push_str(&difference(manifest, &mended));
            let left = diagnostics::of(world, &mended);
            assert!(
                left.len() < found.len() && left.iter().all(|item| item.diagnostic.fixes.is_empty()),
                "{mended}\n{left:#?}"
            );
        }
    }
    expected.assert_eq(&shown);
}

/// The lines that differ, by the longest common begin and end.
fn difference(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let line = |mark: &str, line: &&str| format!("    {mark}|{line}\n");
    let gone = old[head..old.len() - tail].iter().map(|text| line("-", text));
    gone.chain(new[head..new.len() - tail].iter().map(|text| line("+", text))).collect()
}

fn deployment(selector: &str, labels: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  selector:\n    matchLabels:\n      {selector}\n  \
         template:\n    metadata:\n{labels}    spec:\n      containers:\n      - name: a\n        image: nginx\n"
    )
}

#[test]
fn indentation_of_the_course() {
    check(
        include_str!("../../../../tests/course/pod-badly-indented.yaml"),
        expect![[r#"
        8: yaml: line 8: mapping values are not allowed in this context
          * Mend the indentation of line 8
            -|        image: busybox:1.25
            +|      image: busybox:1.25
    "#]],
    );
    check(
        include_str!("../../../../tests/course/deployment-badly-indented.yaml"),
        expect![[r#"
        17: yaml: line 16: did not find expected key
          * Mend the indentation (4 lines, from line 17)
            -|    - name: nginx
            -|      image: nginx:latest
            -|      ports:
            -|      - containerPort: 80
            +|      - name: nginx
            +|        image: nginx:latest
            +|        ports:
            +|        - containerPort: 80
    "#]],
    );
    check(
        include_str!("../../../../tests/course/replicaset-badly-indented.yaml"),
        expect![[r#"
        17: yaml: line 16: did not find expected key
          * Mend the indentation (4 lines, from line 17)
            -|    - name: nginx
            -|      image: nginx:latest
            -|      ports:
            -|      - containerPort: 80
            +|      - name: nginx
            +|        image: nginx:latest
            +|        ports:
            +|        - containerPort: 80
    "#]],
    );
    check(
        include_str!("../../../../tests/course/pod-with-sidecar-badly-indented.yaml"),
        expect![[r#"
        10: yaml: line 10: mapping values are not allowed in this context
          * Mend the indentation (3 lines, from line 8)
            -|containers:
            -|- name: my-nginx-container
            -|    image: nginx:latest
            -|    ports:
            -|    - containerPort: 80
            -|      protocol: TCP
            -|- name: ubuntu-sidecar-container
            +|  containers:
            +|  - name: my-nginx-container
            +|    image: nginx:latest
            +|    ports:
            +|    - containerPort: 80
            +|      protocol: TCP
            +|  - name: ubuntu-sidecar-container
    "#]],
    );
}

#[test]
fn fields_in_the_wrong_place() {
    check(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels:\n    app: a\n  spec:\n    ports:\n    - port: 80\n",
        expect![[r#"
        7: unknown field "metadata.spec"
          * Move spec out of metadata
            -|  spec:
            -|    ports:
            -|    - port: 80
            +|spec:
            +|  ports:
            +|  - port: 80
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\ncontainers:\n- name: a\n  image: nginx\n",
        expect![[r#"
        6: unknown field "containers"
          * Move containers into spec
            -|containers:
            -|- name: a
            -|  image: nginx
            +|  containers:
            +|  - name: a
            +|    image: nginx
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n    port:\n    - containerPort: 80\n",
        expect![[r#"
        9: unknown field "spec.containers[0].port"
          * Rename to ports
            -|    port:
            +|    ports:
    "#]],
    );
}

#[test]
fn tabs_and_types_and_values() {
    check(
        "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\nspec:\n\tcontainers:\n\t- name: a\n\t  image: nginx\n",
        expect![[r#"
        4: yaml: line 4: found character that cannot start any token
          * Replace tabs by spaces (4 lines)
            -|	name: a
            -|spec:
            -|	containers:
            -|	- name: a
            -|	  image: nginx
            +|  name: a
            +|spec:
            +|  containers:
            +|  - name: a
            +|    image: nginx
    "#]],
    );
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  size: 3\n",
        expect![[r#"
        6: json: cannot unmarshal number into Go struct field ConfigMap.data of type string
          * Write "3"
            -|  size: 3
            +|  size: "3"
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n  - port: \"80\"\n",
        expect![[r#"
        7: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32
          * Write 80, without quotation marks
            -|  - port: "80"
            +|  - port: 80
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  type: Nodeport\n  ports:\n  - port: 80\n",
        expect![[r#"
        6: spec.type: Unsupported value: "Nodeport": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"
          * Change to NodePort
            -|  type: Nodeport
            +|  type: NodePort
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  type: NodePort\n  type: ClusterIP\n  ports:\n  - port: 80\n",
        expect![[r#"
        7: spec.type stands twice (first on line 6): the last one counts, kubectl says nothing
          * Remove the first type
            -|  type: NodePort
    "#]],
    );
}

#[test]
fn selectors_and_labels() {
    check(
        &deployment("app: web", "      labels:\n        app: webserver\n"),
        expect![[r#"
        12: spec.template.metadata.labels: Invalid value: {"app":"webserver"}: `selector` does not match template `labels`
          * Give the template app: web
            -|        app: webserver
            +|        app: web
          * Select app: webserver
            -|      app: web
            +|      app: webserver
    "#]],
    );
    check(
        &deployment("app: web", "      labels:\n        name: web\n"),
        expect![[r#"
        12: spec.template.metadata.labels: Invalid value: {"name":"web"}: `selector` does not match template `labels`
          * Give the template app: web
            +|        app: web
          * Select name: web
            -|      app: web
            +|      name: web
    "#]],
    );
    check(
        &deployment("app: web", "      name: web\n"),
        expect![[r#"
        11: spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`
          * Give the template app: web
            +|      labels:
            +|        app: web
    "#]],
    );
}

#[test]
fn ports() {
    check(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  type: NodePort\n  ports:\n  - port: 80\n    nodePort: 8081\n",
        expect![[r#"
        9: spec.ports[0].nodePort: Invalid value: 8081: provided port is not in the valid range. The range of valid ports is 30000-32767
          * Use 30081
            -|    nodePort: 8081
            +|    nodePort: 30081
          * Remove the line: the cluster picks a free port
            -|    nodePort: 8081
    "#]],
    );
    check(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  selector: {app: web}\n  ports:\n  - port: 80\n    targetPort: htpp\n",
        expect![[r#"
        9: No container of the selected pods has a port called htpp; they have http (80)
          * Use http
            -|    targetPort: htpp
            +|    targetPort: http
          * Use 80
            -|    targetPort: htpp
            +|    targetPort: 80
    "#]],
    );
}

#[test]
fn kinds_and_versions() {
    let right = deployment("app: web", "      labels:\n        app: web\n");
    check(
        &right.replace("apps/v1", "v1"),
        expect![[r#"
        2: no matches for kind "Deployment" in version "v1"
          * Change apiVersion to apps/v1
            -|apiVersion: v1
            +|apiVersion: apps/v1
        1: apiVersion of Deployment is apps/v1
    "#]],
    );
    check(
        &right.replace("kind: Deployment", "kind: Deploymnet"),
        expect![[r#"
        2: no matches for kind "Deploymnet" in version "apps/v1"
          * Change kind to Deployment
            -|kind: Deploymnet
            +|kind: Deployment
        2: Did you mean Deployment?
    "#]],
    );
    check(
        &right.replace("apiVersion: apps/v1\n", ""),
        expect![[r#"
        1: apiVersion not set
          * Insert apiVersion: apps/v1
            +|apiVersion: apps/v1
    "#]],
    );
    check(
        "kind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n  - port: 80\n",
        expect![[r#"
        1: apiVersion not set
          * Insert apiVersion: v1
            +|apiVersion: v1
    "#]],
    );
    check(
        "apiVersion: v1\nmetadata:\n  name: a\nspec:\n  ports:\n  - port: 80\n",
        expect![[r#"
        1: kind not set
          * Insert kind: Service
            +|kind: Service
    "#]],
    );
    check(
        "metadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n",
        expect![[r#"
        1: apiVersion not set, kind not set
          * Insert apiVersion: v1, kind: Pod
            +|apiVersion: v1
            +|kind: Pod
    "#]],
    );
    check(
        "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  template:\n    metadata:\n      labels:\n        app: a\n    spec:\n      containers:\n      - name: a\n        image: nginx\n",
        expect![[r#"
            2: no matches for kind "Deployment" in version "extensions/v1beta1"
              * Change apiVersion to apps/v1, with what goes with it
                -|apiVersion: extensions/v1beta1
                -|kind: Deployment
                -|metadata:
                -|  name: a
                -|spec:
                +|apiVersion: apps/v1
                +|kind: Deployment
                +|metadata:
                +|  name: a
                +|spec:
                +|  selector:
                +|    matchLabels:
                +|      app: a
            1: extensions/v1beta1 of Deployment was removed in Kubernetes 1.16; it is apps/v1 now
            1: In apps/v1 spec.selector is required and cannot be changed later; spec.rollbackTo is gone
        "#]],
    );
    check(
        "apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata:\n  name: a\nspec:\n  rules:\n  - host: a.example\n    http:\n      paths:\n      - path: /\n        backend:\n          serviceName: web\n          servicePort: 80\n",
        expect![[r#"
            2: no matches for kind "Ingress" in version "networking.k8s.io/v1beta1"
              * Change apiVersion to networking.k8s.io/v1, with what goes with it
                -|apiVersion: networking.k8s.io/v1beta1
                -|kind: Ingress
                -|metadata:
                -|  name: a
                -|spec:
                -|  rules:
                -|  - host: a.example
                -|    http:
                -|      paths:
                -|      - path: /
                -|        backend:
                -|          serviceName: web
                -|          servicePort: 80
                +|apiVersion: networking.k8s.io/v1
                +|kind: Ingress
                +|metadata:
                +|  name: a
                +|spec:
                +|  rules:
                +|  - host: a.example
                +|    http:
                +|      paths:
                +|      - path: /
                +|        pathType: ImplementationSpecific
                +|        backend:
                +|          service:
                +|            name: web
                +|            port:
                +|              number: 80
            1: networking.k8s.io/v1beta1 of Ingress was removed in Kubernetes 1.22; it is networking.k8s.io/v1 now
            1: In v1 backend.serviceName and servicePort are backend.service.name and port, spec.backend is spec.defaultBackend, and every path needs a pathType
        "#]],
    );
    check(
        "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata:\n  name: a\nspec:\n  schedule: \"* * * * *\"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers:\n          - name: a\n            image: busybox\n",
        expect![[r#"
        2: no matches for kind "CronJob" in version "batch/v1beta1"
          * Change apiVersion to batch/v1
            -|apiVersion: batch/v1beta1
            +|apiVersion: batch/v1
        1: batch/v1beta1 of CronJob was removed in Kubernetes 1.25; it is batch/v1 now
    "#]],
    );
    check(
        "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: a\nspec:\n  minAvailable: 1\n",
        expect![[r#"
        2: no matches for kind "PodDisruptionBudget" in version "policy/v1beta1"
          * Change apiVersion to policy/v1
            -|apiVersion: policy/v1beta1
            +|apiVersion: policy/v1
        1: policy/v1beta1 of PodDisruptionBudget was removed in Kubernetes 1.25; it is policy/v1 now
        1: In policy/v1 an empty selector ({}) selects all pods of the namespace; in v1beta1 it selected none
    "#]],
    );
    check(
        "apiVersion: autoscaling/v2beta1\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: a\nspec:\n  maxReplicas: 3\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: web\n  metrics:\n  - type: Resource\n    resource:\n      name: cpu\n      targetAverageUtilization: 50\n",
        expect![[r#"
            2: no matches for kind "HorizontalPodAutoscaler" in version "autoscaling/v2beta1"
              * Change apiVersion to autoscaling/v2, with what goes with it
                -|apiVersion: autoscaling/v2beta1
                -|kind: HorizontalPodAutoscaler
                -|metadata:
                -|  name: a
                -|spec:
                -|  maxReplicas: 3
                -|  scaleTargetRef:
                -|    apiVersion: apps/v1
                -|    kind: Deployment
                -|    name: web
                -|  metrics:
                -|  - type: Resource
                -|    resource:
                -|      name: cpu
                -|      targetAverageUtilization: 50
                +|apiVersion: autoscaling/v2
                +|kind: HorizontalPodAutoscaler
                +|metadata:
                +|  name: a
                +|spec:
                +|  maxReplicas: 3
                +|  scaleTargetRef:
                +|    apiVersion: apps/v1
                +|    kind: Deployment
                +|    name: web
                +|  metrics:
                +|  - type: Resource
                +|    resource:
                +|      name: cpu
                +|      target:
                +|        type: Utilization
                +|        averageUtilization: 50
            1: autoscaling/v2beta1 of HorizontalPodAutoscaler was removed in Kubernetes 1.25; it is autoscaling/v2 now
            1: In autoscaling/v2 a metric's target is a mapping: target.type with averageUtilization, averageValue or value
        "#]],
    );
}

#[test]
fn what_one_document_makes_is_there_for_the_next() {
    let service =
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: new\nspec:\n  ports:\n  - port: 80\n";
    check(
        service,
        expect![[r#"
        5: namespaces "new" not found
    "#]],
    );
    check(&format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: new\n---\n{service}"), expect![[""]]);
}
