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
