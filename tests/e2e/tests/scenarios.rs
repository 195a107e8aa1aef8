//! Three of the gallery's scenarios on the built page: load, send, read the cause, click the fix, send again.
//! `tests/scenarios.rs` at the root plays all of them natively.

use e2e::{Page, run};

/// Loads an example by the title of its card, and waits until so many pods run.
async fn load(page: &Page, title: &str, pods: usize) {
    page.role("button", "Choose an example").await.click().await.unwrap();
    page.role("dialog", "").await;
    page.role("button", title).await.click().await.unwrap();
    page.role("button", &format!("Choose an example; loaded: {title}")).await;
    let script = format!(
        "return document.querySelectorAll('.pod').length === {pods} && document.querySelectorAll('.pod:not(.ok)').length === 0"
    );
    page.wait(&format!("{pods} pods run"), &script).await;
    page.rest().await;
}

/// Sends the request, and sees how it ends.
async fn send(page: &Page, outcome: &str) {
    page.role("button", "Send").await.click().await.unwrap();
    page.see(outcome).await;
}

#[test]
fn a_selector_that_no_pod_fits_is_mended_by_a_click() {
    run("scenario-selector", async |page| {
        load(page, "A selector that no pod fits", 3).await;
        page.wait("the card is red", "return document.querySelector('.service.bad')").await;
        send(page, "Connection refused").await;
        page.see("nearest: 2 pods have app=web where you wrote name=web").await;
        page.screenshot("cause").await;
        page.role("button", "Select app=web").await.click().await.unwrap();
        page.see("2 ready endpoints").await;
        page.rest().await;
        send(page, "200 OK").await;
        assert!(page.console_errors().await.is_empty());
    });
}

#[test]
fn a_target_port_where_nobody_listens_shows_before_anybody_asks() {
    run("scenario-port", async |page| {
        load(page, "containerPort opens nothing", 3).await;
        page.wait(
            "the card says why",
            "return document.querySelector('.service.bad title')?.textContent.includes('8080')",
        )
        .await;
        send(page, "Connection refused").await;
        page.see("web sends to targetPort 8080, where nothing listens").await;
        page.role("button", "Set targetPort to 80").await.click().await.unwrap();
        page.wait("the card is well", "return document.querySelector('.service.ok')").await;
        page.rest().await;
        send(page, "200 OK").await;
        page.screenshot("answered").await;
    });
}

#[test]
fn a_node_without_a_pod_drops_under_policy_local() {
    run("scenario-local", async |page| {
        load(page, "externalTrafficPolicy: Local", 1).await;
        send(page, "No answer").await;
        page.see("web has no ready pod on node-3, so packets are dropped there").await;
        page.screenshot("dropped").await;
        page.role("button", "Set externalTrafficPolicy to Cluster").await.click().await.unwrap();
        page.rest().await;
        send(page, "200 OK").await;
        page.role("button", "Packets").await.click().await.unwrap();
        page.see("0x4000").await;
        page.screenshot("packets").await;
    });
}
