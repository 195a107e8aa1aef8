// Looks come from the page's custom properties, each with a fallback, so light and dark are the style sheet's business alone.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Class names instead of colours. */
export const classes = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.definition(tags.propertyName), class: "cm-key" },
    { tag: [tags.string, tags.content, tags.special(tags.string)], class: "cm-string" },
    { tag: [tags.comment, tags.lineComment], class: "cm-comment" },
    { tag: [tags.labelName, tags.typeName, tags.keyword, tags.attributeValue], class: "cm-anchor" },
    { tag: [tags.meta, tags.documentMeta], class: "cm-meta" },
    { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], class: "cm-punctuation" },
  ]),
);

export const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--ink, #1b2430)", backgroundColor: "var(--panel, #fff)", fontSize: "12.5px" },
  "&.cm-focused": { outline: "none" },
  // Above the gutter and the tinted lines, which would cover an outline.
  "&.cm-focused::after": {
    content: '""',
    position: "absolute",
    inset: "0",
    zIndex: "300",
    pointerEvents: "none",
    boxShadow: "inset 0 0 0 2px var(--focus, var(--accent, #326ce5))",
  },
  ".cm-scroller": { fontFamily: 'var(--mono, ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace)', lineHeight: "1.62" },
  ".cm-content": { caretColor: "var(--ink, #1b2430)", padding: "8px 0" },
  ".cm-line": { padding: "0 12px 0 8px" },
  ".cm-gutters": { color: "var(--muted, #66717f)", backgroundColor: "var(--panel, #fff)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "38px", padding: "0 8px 0 4px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--soft, #eef1f5) 60%, transparent)" },
  ".cm-activeLineGutter": { color: "var(--ink, #1b2430)" },
  ".cm-error-line, .cm-error-line.cm-activeLine, .cm-error-line.cm-activeLineGutter": { backgroundColor: "var(--bad-soft, #fbe4e7)" },
  ".cm-warning-line, .cm-warning-line.cm-activeLine, .cm-warning-line.cm-activeLineGutter": { backgroundColor: "var(--warn-soft, #fdf0d9)" },
  ".cm-key": { color: "var(--accent, #326ce5)" },
  ".cm-string": { color: "var(--ok, #1f9d55)" },
  ".cm-number, .cm-number .cm-string, .cm-constant, .cm-constant .cm-string": { color: "var(--rev1, #7c5cd6)" },
  ".cm-comment": { color: "var(--muted, #66717f)", fontStyle: "italic" },
  ".cm-anchor": { color: "var(--rev2, #0f9aa8)" },
  ".cm-meta, .cm-punctuation": { color: "var(--muted, #66717f)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft, #e6eefc)" },
  ".cm-lintRange": { backgroundImage: "none", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { textDecoration: "underline wavy var(--bad, #d1364a)" },
  ".cm-lintRange-warning": { textDecoration: "underline wavy var(--warn, #c77700)" },
  ".cm-lintRange-info, .cm-lintRange-hint": { textDecoration: "underline dotted var(--accent, #326ce5)" },
  ".cm-tooltip": {
    color: "var(--ink, #1b2430)",
    backgroundColor: "var(--panel, #fff)",
    border: "1px solid var(--line, #dfe4ea)",
    borderRadius: "8px",
    boxShadow: "0 6px 24px rgb(0 0 0 / .16)",
    maxWidth: "min(480px, 90vw)",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "16em" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    color: "var(--ink, #1b2430)",
    backgroundColor: "var(--accent-soft, #e6eefc)",
  },
  ".cm-completionDetail": { color: "var(--muted, #66717f)", fontStyle: "normal" },
  ".cm-diagnostic": { padding: "6px 10px", borderLeftWidth: "3px", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad, #d1364a)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn, #c77700)" },
  ".cm-diagnostic-info, .cm-diagnostic-hint": { borderLeftColor: "var(--accent, #326ce5)" },
  ".cm-diagnosticAction": { color: "#fff", backgroundColor: "var(--accent, #326ce5)", borderRadius: "6px", padding: "2px 8px" },
  ".cm-hint, .cm-hover-text": { color: "var(--muted, #66717f)" },
  ".cm-hover": { padding: "6px 10px", whiteSpace: "pre-wrap" },
  ".cm-hover-title": { fontFamily: "var(--mono, monospace)", fontWeight: "600" },
  ".cm-panels": { color: "var(--ink, #1b2430)", backgroundColor: "var(--soft, #eef1f5)", borderColor: "var(--line, #dfe4ea)" },
  ".cm-textfield": { color: "inherit", backgroundColor: "var(--panel, #fff)", border: "1px solid var(--line, #dfe4ea)", borderRadius: "6px" },
  ".cm-button": {
    color: "inherit",
    background: "var(--panel, #fff)",
    border: "1px solid var(--line, #dfe4ea)",
    borderRadius: "6px",
  },
});
