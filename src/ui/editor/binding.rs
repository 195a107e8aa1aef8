//! CodeMirror, as `www/editor/editor.js` offers it. Lines and columns count from 1, columns in Unicode characters.

use crate::view::model::files::{Diagnostic, Severity};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::Element;

#[wasm_bindgen(module = "/www/editor.bundle.js")]
extern "C" {
    fn create(parent: &Element, options: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = openDoc)]
    fn open_doc(handle: &JsValue, key: &str, text: &str);
    #[wasm_bindgen(js_name = setDiagnostics)]
    fn set_diagnostics(handle: &JsValue, items: &JsValue);
    #[wasm_bindgen(js_name = setDark)]
    fn set_dark(handle: &JsValue, dark: bool);
    #[wasm_bindgen(js_name = setLabel)]
    fn set_label(handle: &JsValue, label: &str);
    #[wasm_bindgen(js_name = gotoLine)]
    fn goto_line(handle: &JsValue, line: u32, column: u32);
    fn destroy(handle: &JsValue);
}

/// A mounted editor; dropping it removes it.
pub struct Editor {
    handle: JsValue,
    /// Called by the editor for as long as it lives.
    _on_change: Closure<dyn FnMut(String)>,
    _on_apply: Closure<dyn FnMut()>,
    _on_fix: Closure<dyn FnMut(usize, usize)>,
    _on_complete: Closure<dyn FnMut(String, u32, u32) -> JsValue>,
    _on_hover: Closure<dyn FnMut(String, u32, u32) -> JsValue>,
}

/// What the editor reports.
pub struct Listeners {
    /// The user typed: the whole text.
    pub change: Box<dyn FnMut(String)>,
    /// Ctrl or Cmd with Enter.
    pub apply: Box<dyn FnMut()>,
    /// A fix was chosen: the index of the diagnostic, and of the fix in it.
    pub fix: Box<dyn FnMut(usize, usize)>,
    /// How the text can go on at a line and column: a [`Completion`], or null.
    pub complete: Box<dyn FnMut(String, u32, u32) -> JsValue>,
    /// What stands at a line and column: a [`Hover`], a promise of one, or null.
    pub hover: Box<dyn FnMut(String, u32, u32) -> JsValue>,
}

/// Ways to go on, as the editor wants them.
#[derive(Serialize)]
pub struct Completion {
    /// Where the word begins that is replaced.
    pub column: u32,
    /// The best first.
    pub items: Vec<CompletionItem>,
}

/// One of them.
#[derive(Serialize)]
pub struct CompletionItem {
    /// What it is called.
    pub label: String,
    /// What is written.
    pub apply: String,
    /// Its type.
    pub detail: String,
    /// `property`, `enum`, ...
    #[serde(rename = "type")]
    pub shape: &'static str,
}

/// What stands somewhere, as the editor wants it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hover {
    /// Where it begins on its line.
    pub column: u32,
    /// Where it ends.
    pub end_column: u32,
    /// What it is.
    pub title: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Short words on it.
    pub facts: Vec<String>,
    /// What it leads to.
    pub leads: Vec<Lead>,
    /// Its documentation.
    pub text: Option<String>,
}

/// What something leads to.
#[derive(Serialize)]
pub struct Lead {
    /// `ok`, `bad`, ...
    pub tone: &'static str,
    /// In words.
    pub text: String,
}

/// A plain value for the editor; null when there is none.
pub fn plain<T: Serialize>(value: Option<&T>) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.and_then(|value| value.serialize(&serializer).ok()).unwrap_or(JsValue::NULL)
}

/// A diagnostic as the editor wants it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    severity: &'static str,
    message: String,
    fixes: Vec<String>,
}

impl Editor {
    /// Mounts an editor into `parent`.
    pub fn new(parent: &Element, listeners: Listeners) -> Editor {
        let on_change = Closure::wrap(listeners.change);
        let on_apply = Closure::wrap(listeners.apply);
        let on_fix = Closure::wrap(listeners.fix);
        let on_complete = Closure::wrap(listeners.complete);
        let on_hover = Closure::wrap(listeners.hover);
        let options = js_sys::Object::new();
        let parts: [(&str, &JsValue); 5] = [
            ("onChange", on_change.as_ref()),
            ("onApply", on_apply.as_ref()),
            ("onFix", on_fix.as_ref()),
            ("onComplete", on_complete.as_ref()),
            ("onHover", on_hover.as_ref()),
        ];
        for (name, value) in parts {
            // Setting a property of a fresh plain object cannot fail.
            let _ = js_sys::Reflect::set(&options, &name.into(), value);
        }
        let handle = create(parent, &options);
        Editor {
            handle,
            _on_change: on_change,
            _on_apply: on_apply,
            _on_fix: on_fix,
            _on_complete: on_complete,
            _on_hover: on_hover,
        }
    }

    /// Shows a file. Each key keeps its own undo history.
    pub fn open(&self, key: &str, text: &str) {
        open_doc(&self.handle, key, text);
    }

    /// Marks what is wrong, in `words`.
    pub fn mark(&self, diagnostics: &[Diagnostic], words: impl Fn(&crate::view::model::Text) -> String) {
        let items: Vec<Item> = diagnostics
            .iter()
            .map(|diagnostic| Item {
                line: diagnostic.span.line,
                column: diagnostic.span.column,
                end_line: diagnostic.span.end_line,
                end_column: diagnostic.span.end_column,
                severity: match diagnostic.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Info => "info",
                },
                message: words(&diagnostic.message),
                fixes: diagnostic.fixes.iter().map(|fix| words(&fix.label)).collect(),
            })
            .collect();
        set_diagnostics(&self.handle, &plain(Some(&items)));
    }

    /// Light or dark.
    pub fn dark(&self, dark: bool) {
        set_dark(&self.handle, dark);
    }

    /// The accessible name.
    pub fn label(&self, label: &str) {
        set_label(&self.handle, label);
    }

    /// Puts the cursor there and takes the focus.
    pub fn goto(&self, line: u32, column: u32) {
        goto_line(&self.handle, line, column);
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        destroy(&self.handle);
    }
}
