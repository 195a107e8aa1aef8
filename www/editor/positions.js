// The engine counts lines from 1 and columns from 1 in code points; CodeMirror counts UTF-16 units from the start of the document.

/** Offset in `doc` of (line, column); both are clamped into the document, so stale positions never throw. */
export function offset(doc, line, column) {
  const at = doc.line(Math.min(Math.max(Math.trunc(line) || 1, 1), doc.lines));
  let units = 0;
  let left = Math.max((Math.trunc(column) || 1) - 1, 0);
  for (const point of at.text) {
    if (left-- === 0) break;
    units += point.length;
  }
  return at.from + units;
}

/** `{line, column}` of an offset in `doc`. */
export function lineColumn(doc, position) {
  const at = doc.lineAt(position);
  let column = 1;
  for (const _ of at.text.slice(0, position - at.from)) column += 1;
  return { line: at.number, column };
}
