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
    _on_fix: Closure<dyn FnMut(usize)>,
}

/// What the editor reports.
pub struct Listeners {
    /// The user typed: the whole text.
    pub change: Box<dyn FnMut(String)>,
    /// Ctrl or Cmd with Enter.
    pub apply: Box<dyn FnMut()>,
    /// The fix of the diagnostic with this index was chosen.
    pub fix: Box<dyn FnMut(usize)>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Editor {
    /// Mounts an editor into `parent`.
    pub fn new(parent: &Element, listeners: Listeners) -> Editor {
        let on_change = Closure::wrap(listeners.change);
        let on_apply = Closure::wrap(listeners.apply);
        let on_fix = Closure::wrap(listeners.fix);
        let options = js_sys::Object::new();
        let parts: [(&str, &JsValue); 3] =
            [("onChange", on_change.as_ref()), ("onApply", on_apply.as_ref()), ("onFix", on_fix.as_ref())];
        for (name, value) in parts {
            // Setting a property of a fresh plain object cannot fail.
            let _ = js_sys::Reflect::set(&options, &name.into(), value);
        }
        let handle = create(parent, &options);
        Editor { handle, _on_change: on_change, _on_apply: on_apply, _on_fix: on_fix }
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
                fix: diagnostic.fixes.first().map(|fix| words(&fix.label)),
            })
            .collect();
        if let Ok(items) = items.serialize(&serde_wasm_bindgen::Serializer::json_compatible()) {
            set_diagnostics(&self.handle, &items);
        }
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
