// The YAML editor of the page: CodeMirror 6 behind the few functions that `src/ui/editor.rs` binds. Lines and columns are 1-based, columns in
// code points. A handle is opaque to the caller and belongs to one element; `destroy` it when the element goes.
//
// Start reading at `create`. Rebuild `www/editor.bundle.js` with `cargo xtask editor` after a change here.
import { acceptCompletion, autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, Prec } from "@codemirror/state";
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { diagnosticLines, showDiagnostics } from "./diagnostics.js";
import { lineColumn, offset } from "./positions.js";
import { scalarColours } from "./scalars.js";
import { classes, theme } from "./theme.js";

/** Marks a change that came from the program: `onChange` is not told of it. */
const programmatic = Annotation.define();

/** What differs between languages and themes, replaced as a whole by `applyLook`. */
const look = new Compartment();

function lookExtensions({ dark, label, phrases }) {
  return [
    EditorView.theme({}, { dark }),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off", translate: "no" }),
    EditorState.phrases.of(phrases),
  ];
}

function applyLook(handle) {
  handle.view.dispatch({ effects: look.reconfigure(lookExtensions(handle)) });
}

async function complete(handle, context) {
  if (!handle.completions) return null;
  const { doc } = context.state;
  const { line, column } = lineColumn(doc, context.pos);
  const answer = await handle.completions(line, column, context.explicit);
  if (!answer || !answer.items.length) return null;
  // The caller's order breaks ties between equally good matches.
  const options = answer.items.map((item, index) => ({ ...item, boost: -index / answer.items.length }));
  return { from: offset(doc, line, answer.column), options, validFor: /^[\w./-]*$/ };
}

async function hover(handle, view, position) {
  if (!handle.hover) return null;
  const { doc } = view.state;
  const { line, column } = lineColumn(doc, position);
  const answer = await handle.hover(line, column);
  if (!answer) return null;
  return {
    pos: offset(doc, line, answer.column),
    end: offset(doc, line, answer.endColumn),
    create() {
      const dom = document.createElement("div");
      dom.className = "cm-hover";
      for (const part of ["title", "text"]) {
        if (!answer[part]) continue;
        const element = document.createElement("div");
        element.className = `cm-hover-${part}`;
        element.textContent = answer[part];
        dom.append(element);
      }
      return { dom };
    },
  };
}

function extensions(handle) {
  const apply = { key: "Mod-Enter", run: () => (handle.onApply?.(), true) };
  return [
    Prec.highest(keymap.of([apply])),
    // Tab indents; Escape then Tab leaves the editor, so the keyboard is not trapped (CodeMirror's own rule).
    keymap.of([
      { key: "Tab", run: acceptCompletion },
      ...completionKeymap,
      ...lintKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...defaultKeymap,
      indentWithTab,
    ]),
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    history(),
    indentOnInput(),
    bracketMatching(),
    search({ top: true }),
    autocompletion({ override: [(context) => complete(handle, context)] }),
    hoverTooltip((view, position) => hover(handle, view, position)),
    indentUnit.of("  "),
    EditorState.tabSize.of(2),
    yaml(),
    classes,
    scalarColours,
    diagnosticLines,
    theme,
    look.of(lookExtensions(handle)),
    EditorView.updateListener.of((update) => {
      const typed = update.docChanged && update.transactions.some((t) => t.docChanged && !t.annotation(programmatic));
      if (typed) handle.onChange?.(update.state.doc.toString());
    }),
  ];
}

function newState(handle, doc) {
  return EditorState.create({ doc, extensions: extensions(handle) });
}

/**
 * Mounts an editor into `parent`.
 * @param {{doc?: string, dark?: boolean, label?: string, phrases?: Object<string, string>, onChange?: (text: string) => void,
 *   onApply?: () => void, onFix?: (index: number) => void}} options `phrases` translates CodeMirror's own words (search panel and such);
 *   `onFix` gets the index of the diagnostic whose `fix` was chosen
 */
export function create(parent, { doc = "", dark = false, label = "YAML", phrases = {}, onChange, onApply, onFix } = {}) {
  const handle = { dark, label, phrases, onChange, onApply, onFix, completions: null, hover: null, key: "", closed: new Map() };
  handle.view = new EditorView({ parent, state: newState(handle, doc) });
  return handle;
}

/** Replaces the text of the open file; one step in its undo history. `onChange` is not called. */
export function setDoc(handle, text) {
  const { state } = handle.view;
  if (state.doc.toString() === text) return;
  handle.view.dispatch({
    changes: { from: 0, to: state.doc.length, insert: text },
    annotations: programmatic.of(true),
  });
}

/** Shows another file; each key keeps its own undo history, selection and search. Diagnostics must be set anew. */
export function openDoc(handle, key, text) {
  if (key === handle.key) return setDoc(handle, text);
  handle.closed.set(handle.key, handle.view.state);
  const kept = handle.closed.get(key);
  handle.key = key;
  handle.view.setState(kept && kept.doc.toString() === text ? kept : newState(handle, text));
  applyLook(handle);
  setDiagnostics(handle, []);
}

/** Forgets what was kept for a file that is gone. */
export function forgetDoc(handle, key) {
  handle.closed.delete(key);
}

export function getDoc(handle) {
  return handle.view.state.doc.toString();
}

/**
 * Replaces all diagnostics.
 * @param {{line: number, column: number, endLine?: number, endColumn?: number, severity?: "error" | "warning" | "info" | "hint",
 *   message: string, hint?: string, fix?: string}[]} items end exclusive; `fix` is the label of a button that calls `onFix`
 */
export function setDiagnostics(handle, items) {
  showDiagnostics(handle.view, items, handle.onFix);
}

export function setDark(handle, dark) {
  handle.dark = dark;
  applyLook(handle);
}

/** The accessible name, and optionally CodeMirror's own words, in the page's language. */
export function setLabel(handle, label, phrases) {
  handle.label = label;
  handle.phrases = phrases ?? handle.phrases;
  applyLook(handle);
}

export function focus(handle) {
  handle.view.focus();
}

/** Puts the cursor at a place, scrolls it into view and takes the focus. */
export function gotoLine(handle, line, column = 1) {
  const { view } = handle;
  const position = offset(view.state.doc, line, column);
  view.dispatch({ selection: { anchor: position }, effects: EditorView.scrollIntoView(position, { y: "center" }) });
  view.focus();
}

/** `{line, column}` of the cursor. */
export function cursor(handle) {
  return lineColumn(handle.view.state.doc, handle.view.state.selection.main.head);
}

/**
 * @param {?(line: number, column: number, explicit: boolean) => ?{column: number, items: {label: string, apply?: string, detail?: string,
 *   info?: string, type?: string}[]}} fn `column` is where the replaced text begins on that line; may return a promise
 */
export function setCompletions(handle, fn) {
  handle.completions = fn;
}

/** @param {?(line: number, column: number) => ?{column: number, endColumn: number, title?: string, text?: string}} fn may return a promise */
export function setHover(handle, fn) {
  handle.hover = fn;
}

export function destroy(handle) {
  handle.onChange = handle.onApply = handle.onFix = handle.completions = handle.hover = null;
  handle.closed.clear();
  handle.view.destroy();
}
