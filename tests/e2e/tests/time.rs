//! Time in the hand, in a real browser: rewinding and doing otherwise, running until, faults, the menu of a card, embedding, a crash.

use e2e::{DESKTOP, PHONE, Page, run, run_at};

const ENTER: char = '\u{e007}';

async fn console(page: &Page, line: &str) {
    page.role("tab", "Console").await.click().await.unwrap();
    page.eval("document.getElementById('console-input').focus()").await;
    page.press(&format!("{line}{ENTER}")).await;
}

async fn pods(page: &Page, count: usize) {
    let script = format!(
        "return document.querySelectorAll('.pod.ok').length === {count} && document.querySelectorAll('.pod:not(.ok)').length === 0"
    );
    page.wait(&format!("{count} pods run and no other is there"), &script).await;
}

#[test]
fn another_future() {
    run("time-futures", async |page| {
        pods(page, 4).await;
        page.role("button", "16 times as fast as real time").await.click().await.unwrap();
        console(page, "kubectl scale deployment hostname-deployment --replicas=5").await;
        pods(page, 6).await;
        page.role("tab", "Time").await.click().await.unwrap();
        page.screenshot("time-tab").await;
        // Back to before it was scaled: the list of what happened goes there.
        page.eval("[...document.querySelectorAll('.moments li')].find((li) => li.textContent.includes('scale')).querySelector('button').click()").await;
        page.see("You look at the past").await;
        page.role("button", "Back to the change before").await.click().await.unwrap();
        pods(page, 4).await;
        page.screenshot("past").await;
        console(page, "kubectl scale deployment hostname-deployment --replicas=1").await;
        page.role("button", "Play").await.click().await.unwrap();
        pods(page, 2).await;
        page.role("tab", "Time").await.click().await.unwrap();
        page.see("Future 1").await;
        page.screenshot("futures").await;
        page.role("button", "Compare with now: Future 1").await.click().await.unwrap();
        page.see("spec.replicas").await;
        page.screenshot("compared").await;
        page.role("button", "Go there: Future 1").await.click().await.unwrap();
        pods(page, 6).await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    });
}

#[test]
fn breaking_and_mending() {
    run("time-faults", async |page| {
        pods(page, 4).await;
        // By keyboard alone: a card, its menu, an item of it.
        page.eval("document.getElementById('card:node/node-2').focus()").await;
        page.press("m").await;
        page.role("menuitem", "Switch off").await;
        page.screenshot("menu").await;
        page.role("menuitem", "Switch off").await.click().await.unwrap();
        page.see("fault stop node-2").await;
        page.role("tab", "Faults").await.click().await.unwrap();
        page.see("Switched off node-2").await;
        page.role("tab", "Time").await.click().await.unwrap();
        page.eval("const select = document.querySelector('.until select'); select.selectedIndex = 3; select.dispatchEvent(new Event('change', {bubbles: true}))").await;
        page.wait("a place for words", "return !document.querySelector('.until input').hidden").await;
        page.eval("document.querySelector('.until input').focus()").await;
        page.press(&format!("NodeNotReady{ENTER}")).await;
        page.see("There it is").await;
        page.wait("the node is seen to fail", "return document.querySelector('.node.bad') !== null").await;
        page.role("tab", "Faults").await.click().await.unwrap();
        page.screenshot("broken").await;
        page.role("button", "Mend").await.click().await.unwrap();
        page.see("Nothing is broken").await;
        page.role("button", "Play").await.click().await.unwrap();
        page.wait("the node is back", "return document.querySelector('.node.bad') === null").await;
        page.prefer("dark").await;
        page.role("tab", "Time").await.click().await.unwrap();
        page.screenshot("dark").await;
        page.role("button", "한국어").await.click().await.unwrap();
        page.screenshot("dark-ko").await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    });
}

#[test]
fn on_a_phone() {
    run_at("time-phone", PHONE, async |page| {
        pods(page, 4).await;
        page.screenshot("graph").await;
        // A finger that rests on a pod, in a browser that does not say so by itself.
        page.eval(
            "const pod = document.querySelector('.pod'), box = pod.getBoundingClientRect();
             const at = { clientX: box.x + 20, clientY: box.y + 10, pointerId: 7, pointerType: 'touch', bubbles: true };
             pod.dispatchEvent(new PointerEvent('pointerdown', at));
             setTimeout(() => pod.dispatchEvent(new PointerEvent('pointerup', at)), 900)",
        )
        .await;
        page.wait("the pod's menu", "return document.querySelector('[role=menu]')").await;
        page.eval("document.querySelector('.menu-outside').click()").await;
        page.eval("[...document.querySelectorAll('.phone-tabs button')].pop().click()").await;
        page.role("tab", "Time").await.click().await.unwrap();
        page.screenshot("time").await;
        page.role("tab", "Faults").await.click().await.unwrap();
        page.screenshot("faults").await;
        assert_eq!(page.eval("return document.documentElement.scrollWidth").await, e2e::json!(390));
    });
}

#[test]
fn settings_make_another_cluster() {
    run("time-settings", async |page| {
        pods(page, 4).await;
        page.role("button", "Settings").await.click().await.unwrap();
        page.screenshot("dialog").await;
        page.eval("const set = (name, value) => { const input = document.querySelector(`.cluster-form [name=${name}]`); input.value = value; };
            set('nodes', 5); set('zones', 2); set('seed', 7); set('pod-cidr', '10.9.0.0/30')").await;
        page.role("button", "Start a new cluster").await.click().await.unwrap();
        page.see("is no range for this").await;
        page.screenshot("refused").await;
        page.eval("document.querySelector('.cluster-form [name=pod-cidr]').value = '10.9.0.0/16'").await;
        page.role("button", "Start a new cluster").await.click().await.unwrap();
        page.wait("five nodes", "return document.querySelectorAll('.card.node').length === 5").await;
        page.see("zone-b").await;
        pods(page, 4).await;
        page.wait(
            "pods have addresses of the range",
            "return document.querySelector('.pods').textContent.includes('10.9.')",
        )
        .await;
        page.screenshot("five").await;
        page.visit("").await;
        page.wait("still five nodes", "return document.querySelectorAll('.card.node').length === 5").await;
    });
}

#[test]
fn embedded() {
    run_at("time-embed", DESKTOP, async |page| {
        page.visit("?embed=graph,console&theme=dark&lang=ko").await;
        page.wait("pods", "return document.querySelectorAll('.pod').length > 0").await;
        assert_eq!(page.roles("banner", "").await.len(), 0);
        let root = "const root = document.documentElement; return [root.lang, root.dataset.theme]";
        assert_eq!(page.eval(root).await, e2e::json!(["ko", "dark"]));
        assert_eq!(
            page.eval("return getComputedStyle(document.getElementById('panel-editor')).display").await,
            e2e::json!("none")
        );
        page.screenshot("dark-ko").await;
        // The host page of this test is the page itself: its parent is its own window.
        page.eval("postMessage({ tabernetes: { theme: 'light', lang: 'en' } }, '*')").await;
        page.wait(
            "it follows",
            "return document.documentElement.lang === 'en' && document.documentElement.dataset.theme === 'light'",
        )
        .await;
        page.screenshot("light-en").await;
    });
}

#[test]
fn a_crash_says_so() {
    run("time-crash", async |page| {
        page.visit("?crash-test").await;
        pods(page, 4).await;
        page.eval("dispatchEvent(new Event('tabernetes-crash-test'))").await;
        page.see("The page stopped").await;
        page.see("a crash was asked for").await;
        page.screenshot("dialog").await;
        page.role("link", "Reload the page").await.click().await.unwrap();
        page.wait("the page is back", "return document.querySelectorAll('.pod').length > 0").await;
    });
}
