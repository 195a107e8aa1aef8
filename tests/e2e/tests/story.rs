//! The page's story as its user lives it: apply, watch, request, break, mend, roll out, stop time, come back.

use e2e::{DESKTOP, PHONE, Page, run, run_at};

const MANIFESTS: &str = include_str!("hostname.yaml");

/// Replaces the text of the file in front, as a paste does.
async fn paste(page: &Page, text: &str) {
    page.eval("document.querySelector('.cm-content').focus()").await;
    page.press(&format!("{}a", '\u{e009}')).await;
    let script = format!(
        "const clipboardData = new DataTransfer();
         clipboardData.setData('text/plain', {});
         document.querySelector('.cm-content').dispatchEvent(
             new ClipboardEvent('paste', {{ clipboardData, bubbles: true, cancelable: true }}));",
        e2e::json!(text)
    );
    page.eval(&script).await;
}

/// Chooses an option of a select by its words.
async fn choose(page: &Page, select: &str, option: &str) {
    let script = format!(
        "const select = document.querySelector({});
         const option = [...select.options].find((option) => option.textContent === {});
         select.value = option.value;
         select.dispatchEvent(new Event('change', {{ bubbles: true }}));",
        e2e::json!(select),
        e2e::json!(option)
    );
    page.eval(&script).await;
}

/// Asks `to` from a source.
async fn send(page: &Page, from: &str, to: &str, button: &str) {
    choose(page, ".request-form select", from).await;
    page.eval(&format!(
        "const input = document.getElementById('request-to');
         Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, {});
         input.dispatchEvent(new InputEvent('input', {{ bubbles: true }}));",
        e2e::json!(to)
    ))
    .await;
    page.role("button", button).await.click().await.unwrap();
}

/// Types a line into the console.
async fn console(page: &Page, line: &str) {
    page.eval("document.getElementById('console-input').focus()").await;
    page.press(&format!("{line}{}", '\u{e007}')).await;
}

async fn pods_run(page: &Page, count: usize) {
    let script = format!(
        "return document.querySelectorAll('.pod').length >= {count} && document.querySelectorAll('.pod:not(.ok)').length === 0"
    );
    page.wait(&format!("{count} pods run"), &script).await;
}

#[test]
fn a_first_visit_finds_a_cluster_and_a_request_is_followed() {
    run("visit", async |page| {
        pods_run(page, 4).await;
        page.see("3 ready endpoints").await;
        let method = page.eval("return document.querySelector('.request-form details select').value").await;
        assert_eq!(method, e2e::json!("GET"));
        page.role("button", "Send").await.click().await.unwrap();
        for words in ["200 OK", "kube-proxy on node-", "VIP match", "DNAT", "Hello,"] {
            page.see(words).await;
        }
        page.screenshot("request").await;
        page.role("button", "Send 100 requests").await.click().await.unwrap();
        page.wait("three bars", "return document.querySelectorAll('.spread tbody tr').length === 3").await;
        assert!(page.console_errors().await.is_empty());
    });
}

#[test]
fn the_course_from_apply_to_rollout() {
    run("story", async |page| {
        pods_run(page, 4).await;
        // One file with everything beside the client's, in an empty cluster.
        page.role("tab", "service.yaml").await.click().await.unwrap();
        page.wait(
            "it is in front",
            "return document.querySelector('[role=tab][aria-selected=true]').textContent.includes('service')",
        )
        .await;
        page.press(&'\u{e017}'.to_string()).await;
        page.wait("it is closed", "return document.querySelectorAll('.file-tab').length === 2").await;
        page.role("tab", "deployment.yaml").await.click().await.unwrap();
        page.wait(
            "the other one is in front",
            "return document.querySelector('.cm-content').innerText.includes('replicas')",
        )
        .await;
        paste(page, MANIFESTS).await;
        page.wait("the session has it", "return document.querySelector('.file-tab .dot.changed')").await;
        page.role("button", "Start again with these files").await.click().await.unwrap();
        page.wait("the cluster is empty", "return !document.querySelector('.pod')").await;
        page.press(&format!("{}{}", '\u{e009}', '\u{e007}')).await;
        page.see("deployment.apps/hostname-deployment created").await;
        page.wait("pods are being made", "return document.querySelector('.pod.pending')").await;
        page.screenshot("creating").await;
        pods_run(page, 4).await;
        let near = "return [...document.querySelectorAll('.owner')].map((owner) => owner.getAttribute('aria-label'))";
        let owners = page.eval(near).await.to_string();
        assert!(owners.contains("ReplicaSet") && owners.contains("Deployment"), "{owners}");

        send(page, "client", "http://hostname-svc-clusterip:8080", "Send").await;
        page.see("200 OK").await;

        // From outside, as a NodePort and as a LoadBalancer.
        let node_port = MANIFESTS
            .replace("type: ClusterIP", "type: NodePort")
            .replace("targetPort: 80", "targetPort: 80\n    nodePort: 31234");
        paste(page, &node_port).await;
        page.role("button", "Apply").await.click().await.unwrap();
        page.see("nodePort 31234").await;
        page.rest().await;
        send(page, "laptop in the nodes' network", "http://192.168.49.3:31234", "Send").await;
        page.see("node port match").await;
        page.see("200 OK").await;
        page.screenshot("node-port").await;
        paste(page, &node_port.replace("NodePort", "LoadBalancer")).await;
        page.role("button", "Apply").await.click().await.unwrap();
        page.wait(
            "the balancer has an address",
            "return /external|\\d+\\.\\d+\\.\\d+\\.\\d+/.test(document.querySelector('.service.ok')?.textContent ?? '') && !document.querySelector('.service.pending')",
        )
        .await;
        page.screenshot("load-balancer").await;

        // One letter too many.
        paste(
            page,
            &MANIFESTS.replace("  selector:\n    app: webserver\n  ports", "  selector:\n    app: webservers\n  ports"),
        )
        .await;
        page.role("button", "Apply").await.click().await.unwrap();
        page.see("pods match app=webservers; the nearest label is app=webserver").await;
        page.wait("the line is marked", "return document.querySelector('.cm-line .cm-lintRange')").await;
        send(page, "client", "http://hostname-svc-clusterip:8080", "Send").await;
        page.see("Connection refused").await;
        page.see("0 of 4 pods match").await;
        page.screenshot("broken").await;
        page.role("button", "Select app=webserver").await.click().await.unwrap();
        page.see("service/hostname-svc-clusterip patched").await;
        page.rest().await;
        page.role("button", "Send").await.click().await.unwrap();
        page.see("200 OK").await;

        // One colour replaces another.
        console(page, "kubectl set image deployment hostname-deployment my-webserver=nginx:1.27").await;
        page.wait(
            "both revisions are there",
            "return document.querySelector('.pod.rev0') && document.querySelector('.pod.rev1')",
        )
        .await;
        page.screenshot("rolling").await;
        page.role("button", "16 times as fast as real time").await.click().await.unwrap();
        page.wait(
            "only the new one is left",
            "return !document.querySelector('.pod.rev0') && document.querySelectorAll('.pod.rev1').length === 3",
        )
        .await;

        // Time stops and steps.
        page.role("button", "Pause").await.click().await.unwrap();
        let clock = "return document.querySelector('.clock').textContent";
        page.wait("the clock stands", "return document.querySelector('.clock.paused')").await;
        let before = page.eval(clock).await;
        console(page, "kubectl scale deployment hostname-deployment --replicas=5").await;
        page.see("hostname-deployment scaled").await;
        assert_eq!(page.eval(clock).await, before);
        page.role("button", "Step to the next change").await.click().await.unwrap();
        page.wait("the deployment wants five", "return document.body.textContent.includes('/5 ready')").await;
        let errors = page.console_errors().await;
        assert!(errors.is_empty(), "{errors:#?}");
    });
}

#[test]
fn what_is_wrong_shows_at_its_line_and_breaks_nothing() {
    run("wrong", async |page| {
        pods_run(page, 4).await;
        let nested = format!("a: {}{}\n", "[".repeat(400), "]".repeat(400));
        for (text, words) in [
            ("apiVersion: v1\nkind: Podd\nmetadata: {name: x}\n", "no matches for kind \"Podd\""),
            (&MANIFESTS.replace("replicas", "replicass"), "unknown field \"spec.replicass\""),
            ("kind: Pod\n  bad: [\n", "line 2"),
            (&nested, "line 1"),
        ] {
            paste(page, text).await;
            page.see(words).await;
        }
        page.screenshot("diagnostics").await;
        page.role("button", "Apply").await.click().await.unwrap();
        page.wait("the cluster is as it was", "return document.querySelectorAll('.pod.ok').length === 4").await;
        // Five megabytes are taken, and the page answers.
        paste(page, &"# nothing but a remark, again and again\n".repeat(130_000)).await;
        page.see("too long to be checked").await;
        page.role("tab", "Events").await.click().await.unwrap();
        page.see("Scheduled").await;
    });
}

#[test]
fn files_and_their_cluster_survive_a_reload() {
    run("reload", async |page| {
        pods_run(page, 4).await;
        paste(page, "# mine\n").await;
        page.wait("the file is kept", "return (localStorage.getItem('tabernetes.files.1') || '').includes('# mine')")
            .await;
        page.visit("").await;
        page.see("# mine").await;
        // The cluster is as it was: the Deployment's text had been changed, and not applied.
        let service = "return document.querySelector('[data-key=\"service/default/hostname-svc-clusterip\"]')";
        page.wait("the Service is there", service).await;
        pods_run(page, 4).await;
    });
}

#[test]
fn looks_good_everywhere() {
    run_at("looks", DESKTOP, async |page| {
        pods_run(page, 4).await;
        page.role("button", "Send 100 requests").await.click().await.unwrap();
        page.see("Spread of the last 100").await;
        for (language, tag) in [("English", "en"), ("한국어", "ko")] {
            if tag == "ko" {
                page.role("button", language).await.click().await.unwrap();
            }
            for scheme in ["light", "dark"] {
                page.prefer(scheme).await;
                page.resize(DESKTOP).await;
                page.screenshot(&format!("desktop-{tag}-{scheme}")).await;
                page.resize(PHONE).await;
                page.screenshot(&format!("phone-{tag}-{scheme}")).await;
                let wide = "return document.documentElement.scrollWidth > innerWidth";
                assert_eq!(page.eval(wide).await, e2e::json!(false), "{tag} {scheme}: the page scrolls sideways");
            }
        }
        for panel in ["panel-editor", "panel-right", "panel-bottom"] {
            page.eval(&format!("document.querySelector('.app').dataset.panel = '{panel}'")).await;
            page.screenshot(&format!("phone-{panel}")).await;
        }
    });
}
