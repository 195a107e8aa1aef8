//! The page opens, from any folder, alone.

use e2e::{DESKTOP, PHONE, run_at};

#[test]
fn opens() {
    run_at("opens", DESKTOP, async |page| {
        for scheme in ["light", "dark"] {
            page.prefer(scheme).await;
            page.screenshot(scheme).await;
        }
        page.resize(PHONE).await;
        page.screenshot("phone").await;
        let errors = page.console_errors().await;
        assert!(errors.is_empty(), "console errors: {errors:#?}");
    });
}

#[test]
fn asks_no_other_host() {
    run_at("asks_no_other_host", DESKTOP, async |page| {
        let script = "return performance.getEntriesByType('resource').map((entry) => entry.name)
                        .filter((url) => !url.startsWith('data:') && !url.startsWith(new URL('.', location.href)))";
        assert_eq!(page.eval(script).await, e2e::json!([]));
    });
}

const REST: &str =
    "return performance.getEntriesByType('resource').filter((entry) => entry.name.endsWith('_rest.wasm'))";

/// A site in one part, as debug builds are, has no rest.
fn in_two_parts() -> bool {
    let files = e2e::site().and_then(|site| std::fs::read_dir(site).ok());
    files.is_some_and(|files| files.flatten().any(|file| file.file_name().to_string_lossy().ends_with("_rest.wasm")))
}

/// What runs while the page opens and its first cluster comes up needs one part of the program; the rest arrives meanwhile.
#[test]
fn the_rest_of_the_program_comes_after_the_first_paint() {
    if !in_two_parts() {
        return;
    }
    run_at("rest", DESKTOP, async |page| {
        page.wait("the rest is asked for", &format!("{REST}.length > 0")).await;
        let late = "const painted = performance.getEntriesByName('first-paint')[0];
                    return entries.every((entry) => entry.startTime > painted.startTime)";
        assert_eq!(page.eval(&late.replace("entries", &REST.replace("return ", ""))).await, e2e::json!(true));
        page.wait("the cluster runs", "return document.querySelectorAll('.pod.ok').length >= 4").await;
        // First not by a call that could not wait; a page as slow as a busy machine's may still have one.
        let how = format!("{REST}.map((entry) => entry.initiatorType)[0]");
        assert_eq!(page.eval(&how).await, e2e::json!("fetch"));
    });
}

/// A call into a part that is not there brings it: here nothing else does.
#[test]
fn a_call_brings_the_rest_of_the_program() {
    if !in_two_parts() {
        return;
    }
    run_at("rest-by-call", DESKTOP, async |page| {
        let never = "const real = window.fetch;
            window.fetch = (what, how) => String(what).endsWith('_rest.wasm') ? Promise.reject(new Error('no')) : real(what, how);";
        page.devtools("Page.addScriptToEvaluateOnNewDocument", e2e::json!({ "source": never })).await;
        page.visit("").await;
        page.wait("the cluster runs", "return document.querySelectorAll('.pod.ok').length >= 4").await;
        page.eval("document.getElementById('console-input').focus()").await;
        page.press(&format!("kubectl describe node node-1{}", '\u{e007}')).await;
        page.see("Allocated resources").await;
        let how = format!("{REST}.map((entry) => entry.initiatorType)");
        assert_eq!(page.eval(&how).await, e2e::json!(["xmlhttprequest"]));
        assert!(page.console_errors().await.is_empty());
    });
}

/// The documentation of the API is no part of the program: it is fetched when somebody asks, from wherever the site lies.
#[test]
fn explains_what_it_fetches_when_asked() {
    run_at("explains", DESKTOP, async |page| {
        let fetched = "return performance.getEntriesByType('resource').some((entry) => entry.name.includes('schema/'))";
        assert_eq!(page.eval(fetched).await, e2e::json!(false));
        page.eval("document.getElementById('console-input').focus()").await;
        page.press(&format!("kubectl explain pods.spec.nodeName{}", '\u{e007}')).await;
        page.see("NodeName indicates in which node this pod is scheduled").await;
        assert_eq!(page.eval(fetched).await, e2e::json!(true));
    });
}
