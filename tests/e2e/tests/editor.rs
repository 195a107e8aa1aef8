//! The editor bundle by itself, as `www/editor/editor.js` promises it to `src/ui/editor.rs`.

use e2e::fantoccini::key::Key;
use e2e::{DESKTOP, Page, json, run_on};
use std::path::Path;

/// A Service with a problem in line 9, and a character outside of the BMP before a column that counts.
const YAML: &str = "\
# 🐳 a Service
apiVersion: v1
kind: Service
metadata: {name: web, labels: {\"emoji\": \"🐳🐳\", app: web}}
spec:
  type: NodePort
  ports:
  - name: web-port
    nodePort: 8081
    enabled: yes
    targetPort: http
";

const MOUNT: &str = r#"
    document.body.innerHTML = "<button>before</button><div id=parent style='height: 360px; width: 480px'></div><button>after</button>";
    window.api = await import(new URL("editor.bundle.js", location.href));
    window.calls = [];
    const note = (name) => (...given) => calls.push([name, ...given]);
    window.editor = api.create(document.getElementById("parent"), {
      doc: YAML, label: "web.yaml", onChange: note("change"), onApply: () => calls.push(["apply"]), onFix: note("fix"),
    });
"#;

/// Runs `test` in a tab with an editor on [`YAML`]: `editor`, the module `api`, and what was called back in `calls`.
fn run(name: &str, test: impl AsyncFnOnce(&Page)) {
    if e2e::site().is_none() {
        println!("{name}: skipped, no browser was asked for (run `cargo xtask test e2e`)");
        return;
    }
    let www = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www");
    run_on(www, name, DESKTOP, async |page| {
        page.eval_async(&format!("const YAML = {};{MOUNT}", json!(YAML))).await.unwrap();
        test(page).await;
    });
}

#[test]
fn has_a_name_and_colours_what_kubectl_reads() {
    run("editor-colours", async |page| {
        page.role("textbox", "web.yaml").await;
        let classes =
            |class: &str| format!("return [...document.querySelectorAll('.{class}')].map((e) => e.textContent)");
        assert_eq!(page.eval(&classes("cm-number")).await, json!(["8081"]));
        assert_eq!(page.eval(&classes("cm-constant")).await, json!(["yes"]));
        assert_eq!(page.eval("return document.querySelector('.cm-key').textContent").await, json!("apiVersion"));
        page.screenshot("shown").await;
    });
}

#[test]
fn shows_diagnostics_where_they_are() {
    run("editor-diagnostics", async |page| {
        page.eval(
            r#"api.setDiagnostics(editor, [
                { line: 9, column: 15, endLine: 9, endColumn: 19, severity: "error", message: "<b>bad</b> port", hint: "leave it out", fixes: ["fix", "another"] },
                { line: 4, column: 47, endLine: 4, endColumn: 50, severity: "warning", message: "columns are code points" },
                { line: 99, column: 99, severity: "info", message: "far outside" }])"#,
        )
        .await;
        let marked = "return [...document.querySelectorAll('.cm-lintRange')].map((e) => [e.className.split('-').pop(), e.textContent])";
        assert_eq!(page.eval(marked).await, json!([["warning", "app"], ["error", "8081"]]));
        assert_eq!(
            page.eval("return document.querySelector('.cm-line.cm-error-line').textContent.trim()").await,
            json!("nodePort: 8081")
        );
        page.screenshot("shown").await;

        page.eval("api.gotoLine(editor, 9, 16)").await;
        page.press(&format!("{}{}m", Key::Control, Key::Shift)).await;
        page.see("leave it out").await;
        page.role("button", "another").await.click().await.unwrap();
        assert_eq!(page.eval("return calls").await, json!([["fix", 0, 1]]));
        assert_eq!(
            page.eval("return document.querySelector('.cm-panel-lint b')").await,
            json!(null),
            "messages are text"
        );
    });
}

#[test]
fn tells_of_what_is_typed_only() {
    run("editor-typing", async |page| {
        page.eval("api.gotoLine(editor, 11, 21)").await;
        page.press("s").await;
        assert_eq!(page.eval("return calls.length === 1 && calls[0][1].endsWith('https\\n')").await, json!(true));
        page.eval("calls.length = 0; api.setDoc(editor, 'kind: Pod\\n')").await;
        assert_eq!(page.eval("return [calls.length, api.getDoc(editor)]").await, json!([0, "kind: Pod\n"]));
        page.press(&format!("{}{}", Key::Control, Key::Enter)).await;
        assert_eq!(page.eval("return calls").await, json!([["apply"]]));
    });
}

#[test]
fn keeps_the_undo_history_of_each_file() {
    run("editor-files", async |page| {
        page.eval("api.openDoc(editor, 'a', 'kind: A'); api.gotoLine(editor, 1, 8)").await;
        page.press("bc").await;
        page.eval("api.openDoc(editor, 'b', 'kind: B')").await;
        page.press(&(Key::Control + "z")).await;
        assert_eq!(page.eval("return api.getDoc(editor)").await, json!("kind: B"));
        page.eval("api.openDoc(editor, 'a', 'kind: Abc')").await;
        page.press(&(Key::Control + "z")).await;
        assert_eq!(page.eval("return api.getDoc(editor)").await, json!("kind: A"));
    });
}

#[test]
fn a_change_from_outside_leaves_the_cursor_and_can_be_undone() {
    run("editor-outside", async |page| {
        page.eval("api.setDoc(editor, 'kind: Pod\\nspec:\\n  port: 1\\n'); api.gotoLine(editor, 3, 10)").await;
        page.eval("api.setDoc(editor, 'kind: Service\\nspec:\\n  port: 1\\n')").await;
        assert_eq!(page.eval("return api.cursor(editor)").await, json!({ "line": 3, "column": 10 }));
        page.press(&(Key::Control + "z")).await;
        assert_eq!(page.eval("return api.getDoc(editor).split('\\n')[0]").await, json!("kind: Pod"));
    });
}

#[test]
fn does_not_trap_the_keyboard() {
    run("editor-tab", async |page| {
        let focused = "return document.activeElement.textContent";
        page.eval("api.setDoc(editor, 'a:'); api.gotoLine(editor, 1)").await;
        page.press(&Key::Tab.to_string()).await;
        assert_eq!(page.eval("return api.getDoc(editor)").await, json!("  a:"));
        page.press(&format!("{}{}", Key::Escape, Key::Tab)).await;
        assert_eq!(page.eval(focused).await, json!("after"));
    });
}

#[test]
fn completes_and_explains() {
    run("editor-completion", async |page| {
        page.eval(
            r#"api.setDoc(editor, "🐳: na");
               const item = (label) => ({ label, apply: label, detail: "string", type: "property" });
               editor.onComplete = (text, line, column) => (calls.push([text, line, column]), { column: 4, items: [item("namespace"), item("name")] });
               api.gotoLine(editor, 1, 6)"#,
        )
        .await;
        page.press(&(Key::Control + " ")).await;
        page.role("option", "namespace").await;
        assert_eq!(page.eval("return calls").await, json!([["🐳: na", 1, 6]]));
        page.screenshot("completion").await;
        // A list that has only just opened does not take Enter, lest it swallows one that was meant for the text.
        page.eval_async("await new Promise((done) => setTimeout(done, 150))").await.unwrap();
        page.press(&Key::Enter.to_string()).await;
        assert_eq!(page.eval("return api.getDoc(editor)").await, json!("🐳: namespace"));
    });
}
