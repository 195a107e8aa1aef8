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
