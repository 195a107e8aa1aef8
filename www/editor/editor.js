// The YAML editor of the page: CodeMirror 6 behind the few functions that `src/ui/editor.rs` binds. Lines and columns are 1-based, columns in
// code points. A handle is opaque to the caller and belongs to one element; `destroy` it when the element goes.
//
// Start reading at `create`. Rebuild `www/editor.bundle.js` with `cargo xtask editor` after a change here.
import { acceptCompletion, autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
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

function complete(handle, context) {
  if (!handle.onComplete) return null;
  const { doc } = context.state;
  const { line, column } = lineColumn(doc, context.pos);
  const answer = handle.onComplete(doc.toString(), line, column);
  if (!answer || !answer.items.length) return null;
  const from = offset(doc, line, answer.column);
  // Unasked, only a word that has begun is completed, or what was just opened by another completion.
  if (!context.explicit && from === context.pos && !handle.opened) return null;
  handle.opened = false;
  // A word that is whole needs no list: Enter then begins a new line.
  const words = new Set(answer.items.map(({ label }) => label));
  if (!context.explicit && words.has(doc.sliceString(from, context.pos))) return null;
  // The caller's order breaks ties between equally good matches.
  const options = answer.items.map((item, index) => ({ ...item, boost: -index / answer.items.length }));
  return { from, options, validFor: (word) => /^[\w./-]*$/.test(word) && !words.has(word) };
}

function element(className, text) {
  const node = document.createElement("div");
  node.className = className;
  if (text) node.textContent = text;
  return node;
}

async function hover(handle, view, position) {
  if (!handle.onHover) return null;
  const { doc } = view.state;
  const { line, column } = lineColumn(doc, position);
  const answer = await handle.onHover(doc.toString(), line, column);
  if (!answer || view.state.doc !== doc) return null;
  return {
    pos: offset(doc, line, answer.column),
    end: offset(doc, line, answer.endColumn),
    create() {
      const dom = element("cm-hover");
      const head = element("cm-hover-title", answer.title);
      const type = document.createElement("span");
      type.textContent = answer.type;
      head.append(" ", type);
      dom.append(head);
      if (answer.facts.length) dom.append(element("cm-hover-facts", answer.facts.join(" · ")));
      for (const { tone, text } of answer.leads) dom.append(element(`cm-hover-lead ${tone}`, text));
      if (answer.text) dom.append(element("cm-hover-text", answer.text));
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
    autocompletion({
      override: [(context) => complete(handle, context)],
      icons: false,
      // What ends in the middle of something (`kind: `) goes on at once.
      activateOnCompletion: ({ apply }) => (handle.opened = /[:-] $|\n\s*$/.test(apply)),
    }),
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
 *   onApply?: () => void, onFix?: (index: number, which: number) => void, onComplete?: Complete, onHover?: Hover}} options
 *   `phrases` translates CodeMirror's own words (search panel and such); `onFix` gets the diagnostic and which of its fixes was chosen
 * @typedef {(text: string, line: number, column: number) => ?{column: number, items: {label: string, apply: string, detail: string,
 *   type: string}[]}} Complete `column` is where the replaced text begins on that line
 * @typedef {(text: string, line: number, column: number) => ?{column: number, endColumn: number, title: string, type: string,
 *   facts: string[], leads: {tone: string, text: string}[], text?: string}} Hover may return a promise
 */
export function create(parent, options = {}) {
  const { doc = "", dark = false, label = "YAML", phrases = {}, onChange, onApply, onFix, onComplete, onHover } = options;
  const handle = { dark, label, phrases, onChange, onApply, onFix, onComplete, onHover, key: "", closed: new Map() };
  handle.view = new EditorView({ parent, state: newState(handle, doc) });
  return handle;
}

/** Replaces the text of the open file; one step in its undo history. `onChange` is not called. */
export function setDoc(handle, text) {
  const before = handle.view.state.doc.toString();
  if (before === text) return;
  // Only what differs is replaced, so that the cursor and the fold of the rest stay where they are.
  let from = 0;
  while (from < before.length && before[from] === text[from]) from += 1;
  let tail = 0;
  const most = Math.min(before.length, text.length) - from;
  while (tail < most && before[before.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
  handle.view.dispatch({
    changes: { from, to: before.length - tail, insert: text.slice(from, text.length - tail) },
    annotations: [programmatic.of(true), isolateHistory.of("full")],
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
 *   message: string, hint?: string, fixes?: string[]}[]} items end exclusive; `fixes` are the labels of buttons that call `onFix`
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

export function destroy(handle) {
  handle.onChange = handle.onApply = handle.onFix = handle.onComplete = handle.onHover = null;
  handle.closed.clear();
  handle.view.destroy();
}
