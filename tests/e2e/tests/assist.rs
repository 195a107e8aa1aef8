//! Help while a manifest is written, on the built page: completion, hover, quick fixes, what Apply will change, the API log,
//! labels by click.

use e2e::fantoccini::key::Key;
use e2e::{PHONE, Page, json, run, run_at};

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: shop
spec:
  selector:
    app: webserver
  ports:
  - name: http
    port: 80
    targetPort: 80
";

/// Puts a text into a new file, which is then in front.
async fn write(page: &Page, text: &str) {
    page.role("button", "New file").await.click().await.unwrap();
    page.wait("it is empty", "return document.querySelector('.cm-content').innerText.trim() === ''").await;
    page.eval("document.querySelector('.cm-content').focus()").await;
    let script = format!(
        "const clipboardData = new DataTransfer();
         clipboardData.setData('text/plain', {});
         document.querySelector('.cm-content').dispatchEvent(
             new ClipboardEvent('paste', {{ clipboardData, bubbles: true, cancelable: true }}));",
        json!(text)
    );
    page.eval(&script).await;
}

async fn text(page: &Page) -> String {
    let lines = "return [...document.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\\n')";
    page.eval(lines).await.as_str().unwrap_or_default().to_owned()
}

async fn pods_run(page: &Page, count: usize) {
    let script = format!(
        "return document.querySelectorAll('.pod').length >= {count} && document.querySelectorAll('.pod:not(.ok)').length === 0"
    );
    page.wait(&format!("{count} pods run"), &script).await;
}

async fn rest(page: &Page, milliseconds: u32) {
    let rest = format!("await new Promise((done) => setTimeout(done, {milliseconds})); return null");
    page.eval_async(&rest).await.unwrap();
}

#[test]
fn a_line_goes_on_by_itself() {
    run("completion", async |page| {
        pods_run(page, 4).await;
        write(page, "apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\nspec:\n  ").await;
        page.press("sel").await;
        page.role("option", "selector").await;
        page.screenshot("field").await;
        rest(page, 150).await;
        page.press(&Key::Enter.to_string()).await;
        // What was opened goes on at once, with labels that are in use.
        page.role("option", "app").await;
        rest(page, 150).await;
        page.press(&Key::Enter.to_string()).await;
        page.role("option", "webserver").await;
        page.screenshot("value").await;
        rest(page, 150).await;
        page.press(&Key::Enter.to_string()).await;
        assert!(text(page).await.ends_with("spec:\n  selector:\n    app: webserver"), "{}", text(page).await);
        // A word that is whole has no list that would swallow the Enter.
        page.press(&format!("{}{}port", Key::Enter, Key::Backspace)).await;
        page.role("option", "ports").await;
        page.press(&Key::Escape.to_string()).await;
        page.press("s: []").await;
        page.press(&format!("{}type: ClusterIP", Key::Enter)).await;
        rest(page, 300).await;
        page.press(&format!("{}x", Key::Enter)).await;
        assert!(text(page).await.ends_with("  ports: []\n  type: ClusterIP\n  x"), "{}", text(page).await);
        assert!(page.console_errors().await.is_empty());
    });
}

#[test]
fn a_slip_is_mended_by_a_click_and_undone_by_a_key() {
    run("fix", async |page| {
        pods_run(page, 4).await;
        let wrong = SERVICE.replace("targetPort", "targetport");
        write(page, &wrong).await;
        page.see("unknown field \"spec.ports[0].targetport\"").await;
        page.screenshot("found").await;
        page.role("button", "Rename to targetPort").await.click().await.unwrap();
        page.wait("it is mended", "return !document.querySelector('.diagnostic')").await;
        assert_eq!(text(page).await.trim_end(), SERVICE.trim_end());
        page.eval("document.querySelector('.cm-content').focus()").await;
        page.press(&(Key::Control + "z")).await;
        page.see("unknown field").await;
        assert_eq!(text(page).await.trim_end(), wrong.trim_end());
    });
}

#[test]
fn what_apply_will_change_is_shown_first() {
    run("changes", async |page| {
        pods_run(page, 4).await;
        write(page, SERVICE).await;
        page.role("tab", "deployment.yaml").await.click().await.unwrap();
        page.wait("it is in front", "return document.querySelector('.cm-content').innerText.includes('replicas')")
            .await;
        // The number of replicas, typed over.
        page.eval("document.querySelector('.cm-content').focus()").await;
        page.press(&(Key::Control + "f")).await;
        page.press("replicas: 3").await;
        page.press(&format!("{}{}", Key::Enter, Key::Escape)).await;
        page.press("replicas: 5").await;
        page.role("button", "Show what will change").await.click().await.unwrap();
        page.see("1 created").await;
        page.see("1 configured").await;
        page.see("spec.replicas").await;
        page.see("2 more pods").await;
        page.screenshot("light").await;
        page.prefer("dark").await;
        page.screenshot("dark").await;
        page.prefer("light").await;
        let dialog = "return document.querySelector('dialog[open] footer button').click()";
        page.eval(dialog).await;
        page.see("deployment.apps/hostname-deployment configured").await;
        page.see("service/shop created").await;
        pods_run(page, 6).await;
        page.role("button", "Show what will change").await.click().await.unwrap();
        page.see("nothing will change").await;
        assert!(page.console_errors().await.is_empty());
    });
}

#[test]
fn a_field_is_explained_when_the_pointer_rests_on_it() {
    run("hover", async |page| {
        pods_run(page, 4).await;
        write(page, SERVICE).await;
        let place = page
            .eval(
                "const word = [...document.querySelectorAll('.cm-line')].find((line) => line.textContent.includes('selector'));
                 const range = document.createRange();
                 range.selectNodeContents(word);
                 const { left, top, width, height } = range.getBoundingClientRect();
                 return [Math.round(left + width / 2), Math.round(top + height / 2)]",
            )
            .await;
        let mouse = |x: i64, y: i64| {
            let body = json!({ "type": "mouseMoved", "x": x, "y": y });
            page.devtools("Input.dispatchMouseEvent", body)
        };
        let (x, y) = (place[0].as_i64().unwrap(), place[1].as_i64().unwrap());
        mouse(x - 3, y).await;
        mouse(x, y).await;
        page.see("Matches 3 of 4 pods").await;
        page.see("Route service traffic to pods").await;
        page.screenshot("selector").await;
        assert!(page.console_errors().await.is_empty());
    });
}

#[test]
fn a_request_is_looked_at_and_sent_again() {
    run("api-log", async |page| {
        pods_run(page, 4).await;
        page.role("tab", "API log").await.click().await.unwrap();
        page.eval("[...document.querySelectorAll('.api-row')].find((row) => /POST.*services/.test(row.textContent)).querySelector('button').click()").await;
        page.see("Edit and send again").await;
        page.screenshot("exchange").await;
        page.role("button", "Edit and send again").await.click().await.unwrap();
        page.eval(
            "const area = document.querySelector('.again textarea');
             area.value = area.value.replaceAll('hostname-svc-clusterip', 'another');",
        )
        .await;
        page.screenshot("form").await;
        page.role("button", "Send").await;
        page.eval("document.querySelector('.again [type=submit]').click()").await;
        page.wait("another Service", "return document.querySelector('[data-key=\"service/default/another\"]')").await;
        assert!(page.console_errors().await.is_empty());
    });
}

#[test]
fn a_label_is_taken_away_by_a_click() {
    run("labels", async |page| {
        pods_run(page, 4).await;
        page.eval("[...document.querySelectorAll('button')].find((button) => button.textContent === 'Labels').click()")
            .await;
        page.wait("labels", "return document.querySelector('.labelled .pair')").await;
        let chip = "[...document.querySelectorAll('[data-key^=\"pod/\"] [data-label=\"app=webserver\"]')][0]";
        page.eval(&format!("{chip}.dispatchEvent(new MouseEvent('click', {{ bubbles: true }}))")).await;
        page.see("kubectl label pod").await;
        page.screenshot("dialog").await;
        page.role("button", "Remove").await.click().await.unwrap();
        page.see("unlabeled").await;
        page.screenshot("after").await;
        assert!(page.console_errors().await.is_empty());
    });
}

#[test]
fn help_fits_a_phone() {
    run_at("assist-phone", PHONE, async |page| {
        page.eval("localStorage.setItem('tabernetes.lang', 'ko'); location.reload()").await;
        rest(page, 500).await;
        page.wait("the page is mounted", "return !document.querySelector('.boot') && document.querySelector('.app')")
            .await;
        page.role("button", "파일").await.click().await.unwrap();
        page.role("button", "새 파일").await.click().await.unwrap();
        page.wait("it is empty", "return document.querySelector('.cm-content').innerText.trim() === ''").await;
        page.role("button", "바뀔 것 보기").await.click().await.unwrap();
        page.see("적용하면 바뀔 것").await;
        page.screenshot("changes").await;
        let wide = page.eval("return document.documentElement.scrollWidth").await;
        assert_eq!(wide, json!(390), "nothing sticks out");
    });
}
