// Problems found by the engine: squiggle, hover text with a hint and a fix, and the whole line tinted.
import { setDiagnostics as lintDiagnostics } from "@codemirror/lint";
import { RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, gutterLineClass } from "@codemirror/view";
import { offset } from "./positions.js";

class GutterTint extends GutterMarker {
  constructor(elementClass) {
    super();
    this.elementClass = elementClass;
  }
}

const TINTS = Object.fromEntries(
  ["error", "warning"].map((severity) => {
    const name = `cm-${severity}-line`;
    return [severity, { line: Decoration.line({ class: name }), gutter: new GutterTint(name) }];
  }),
);

const setTints = StateEffect.define();

/** The tint of lines that carry a problem, number included; it moves with the text until the next diagnostics arrive. */
export const diagnosticLines = StateField.define({
  create: () => ({ line: Decoration.none, gutter: RangeSet.empty }),
  update({ line, gutter }, { changes, effects }) {
    const set = effects.find((effect) => effect.is(setTints));
    return set ? set.value : { line: line.map(changes), gutter: gutter.map(changes) };
  },
  provide: (field) => [
    EditorView.decorations.from(field, ({ line }) => line),
    gutterLineClass.from(field, ({ gutter }) => gutter),
  ],
});

function tints(doc, diagnostics) {
  const worst = new Map();
  for (const { from, severity } of diagnostics) {
    const start = doc.lineAt(from).from;
    if (severity === "error" || (severity === "warning" && worst.get(start) !== "error")) worst.set(start, severity);
  }
  const of = (part) => RangeSet.of([...worst].map(([start, severity]) => TINTS[severity][part].range(start)), true);
  return { line: of("line"), gutter: of("gutter") };
}

function paragraph(className, text) {
  const element = document.createElement("div");
  element.className = className;
  element.textContent = text;
  return element;
}

/** Text and hint as DOM text nodes: nothing in a message can become markup. */
function render({ message, hint }) {
  const element = document.createElement("div");
  element.append(paragraph("cm-problem", message));
  if (hint) element.append(paragraph("cm-hint", hint));
  return element;
}

function range(doc, item) {
  const from = offset(doc, item.line, item.column);
  const to = item.endLine ? offset(doc, item.endLine, item.endColumn) : from;
  // An empty range would be invisible: cover the rest of the line, or its last character.
  if (to > from) return { from, to };
  const line = doc.lineAt(from);
  return from < line.to ? { from, to: line.to } : { from: Math.max(line.from, line.to - 1), to: line.to };
}

export function showDiagnostics(view, items, onFix) {
  const { doc } = view.state;
  const diagnostics = items.map((item, index) => ({
    ...range(doc, item),
    severity: item.severity || "error",
    message: item.hint ? `${item.message}\n${item.hint}` : item.message,
    renderMessage: () => render(item),
    actions: onFix ? (item.fixes ?? []).map((name, which) => ({ name, apply: () => onFix(index, which) })) : [],
  }));
  view.dispatch(lintDiagnostics(view.state, diagnostics), { effects: setTints.of(tints(doc, diagnostics)) });
}
