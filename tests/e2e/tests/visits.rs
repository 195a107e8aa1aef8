//! Going on with what was there: after a reload, and by a link that somebody sent.

use e2e::{DESKTOP, PHONE, Page, json, run, run_at};

async fn pods_run(page: &Page, count: usize) {
    let script = format!(
        "return document.querySelectorAll('.pod').length === {count} && document.querySelectorAll('.pod:not(.ok)').length === 0"
    );
    page.wait(&format!("{count} pods run"), &script).await;
}

/// Types a line into the console.
async fn console(page: &Page, line: &str) {
    page.eval("document.getElementById('console-input').focus()").await;
    page.press(&format!("{line}{}", '\u{e007}')).await;
}

/// The names of the pods that are drawn, in order.
async fn pods(page: &Page) -> String {
    let names = "return [...document.querySelectorAll('.pod')].map((pod) => pod.dataset.key).sort().join(' ')";
    page.eval(names).await.as_str().unwrap_or_default().to_owned()
}

/// Seconds on the clock.
async fn clock(page: &Page) -> f64 {
    let script =
        "const [h, m, s] = document.querySelector('.clock').textContent.match(/[\\d.:]+/)[0].split(':').map(Number);
                  return h * 3600 + m * 60 + s";
    page.eval(script).await.as_f64().unwrap_or_default()
}

/// Scales by hand, which no file knows of.
async fn scale(page: &Page) {
    pods_run(page, 4).await;
    console(page, "kubectl scale deployment hostname-deployment --replicas=5").await;
    page.see("deployment.apps/hostname-deployment scaled").await;
    pods_run(page, 6).await;
    page.role("button", "Pause").await.click().await.unwrap();
}

#[test]
fn a_reload_finds_the_cluster_and_its_time_as_they_were() {
    run("reload-cluster", async |page| {
        scale(page).await;
        page.rest().await;
        let (names, time) = (pods(page).await, clock(page).await);
        page.visit("").await;
        page.wait("the story is told", "return document.querySelectorAll('.pod').length === 6").await;
        pods_run(page, 6).await;
        page.wait("it stands", "return document.querySelector('.clock.paused')").await;
        assert_eq!(pods(page).await, names);
        assert!((clock(page).await - time).abs() < 0.2, "the clock stands where it stood");
        let marks = page.eval("return document.querySelectorAll('.timeline .mark').length").await;
        assert!(marks.as_u64() >= Some(3), "what was done is on the time line: {marks}");
        // The past is there too.
        page.role("button", "Back to the change before").await.click().await.unwrap();
        page.see("past").await;
        assert!(page.console_errors().await.is_empty());
    });
}

#[test]
fn a_link_repeats_it_elsewhere_and_leaves_the_readers_own_work_alone() {
    run("share", async |page| {
        scale(page).await;
        let names = pods(page).await;
        page.role("button", "Share").await.click().await.unwrap();
        page.see("Nothing is sent to a server").await;
        page.screenshot("dialog").await;
        let link = page.eval("return document.getElementById('share-0').value").await;
        let link = link.as_str().unwrap_or_default().to_owned();
        assert!(link.contains("#story=1."), "{link}");
        assert!(link.len() < 8000, "a short story is a short link: {}", link.len());
        page.role("button", "Close").await.click().await.unwrap();

        // Another reader, who has a cluster of their own.
        page.eval(
            "localStorage.clear(); sessionStorage.clear(); addEventListener('pagehide', () => localStorage.clear())",
        )
        .await;
        page.visit("?lang=en").await;
        pods_run(page, 4).await;
        console(page, "kubectl create deployment mine --image=nginx:1.27").await;
        pods_run(page, 5).await;
        page.rest().await;
        let story = link.split_once('#').unwrap_or_default().1;
        page.visit(&format!("?lang=en#{story}")).await;
        page.see("This came with a link").await;
        pods_run(page, 6).await;
        assert_eq!(pods(page).await, names);
        page.screenshot("opened").await;
        page.role("button", "Play").await.click().await.unwrap();
        console(page, "kubectl delete pod client --now").await;
        pods_run(page, 5).await;
        page.rest().await;

        // What was done with it lasts as long as the tab.
        page.eval("location.reload()").await;
        page.rest().await;
        page.see("This came with a link").await;
        pods_run(page, 5).await;

        page.visit("?lang=en").await;
        pods_run(page, 5).await;
        assert!(pods(page).await.contains("mine"), "their own cluster is as it was: {}", pods(page).await);

        page.visit("?lang=en#story=1.damaged").await;
        page.see("The link cannot be opened: the link is damaged").await;
        assert!(pods(page).await.contains("mine"));
        assert!(page.console_errors().await.is_empty());
    });
}

#[test]
fn the_dialog_fits_a_phone() {
    run_at("share-phone", PHONE, async |page| {
        page.eval("localStorage.setItem('tabernetes.lang', 'ko'); location.reload()").await;
        page.rest().await;
        page.role("button", "공유").await.click().await.unwrap();
        page.see("서버로 보내는 것은 없으며").await;
        page.screenshot("dialog").await;
        let wide = page.eval("return document.documentElement.scrollWidth").await;
        assert_eq!(wide, json!(390), "nothing sticks out");
    });
}

#[test]
fn a_story_can_be_embedded() {
    run_at("share-embed", DESKTOP, async |page| {
        scale(page).await;
        page.role("button", "Share").await.click().await.unwrap();
        let frame = page.eval("return document.getElementById('share-1').value").await;
        let frame = frame.as_str().unwrap_or_default().to_owned();
        let address = frame.split('"').find(|part| part.contains("#story=")).unwrap_or_default().to_owned();
        let suffix = address.split_once("/?").unwrap_or_default().1;
        page.visit(&format!("?{suffix}")).await;
        pods_run(page, 6).await;
        page.wait("no header", "return !document.querySelector('.header')").await;
        assert!(page.eval("return document.querySelector('.toast') === null").await.as_bool().unwrap_or(false));
        page.screenshot("frame").await;
    });
}
