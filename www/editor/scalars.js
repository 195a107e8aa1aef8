// Colours plain scalars by the type that kubectl reads (go-yaml v2): `yes` and `on` are booleans there, `0777` is a number. The YAML grammar
// itself does not tell them apart, so the visible ones are marked here.
import { syntaxTree } from "@codemirror/language";
import { Decoration, ViewPlugin } from "@codemirror/view";

const NUMBER = /^[-+]?(0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|\.[0-9][0-9_]*(e[-+]?[0-9]+)?|\.inf|\.nan)$/i;
const CONSTANT = /^(true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|y|Y|n|N|null|Null|NULL|~)$/;
const number = Decoration.mark({ class: "cm-number" });
const constant = Decoration.mark({ class: "cm-constant" });

function marks(view) {
  const found = [];
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter(node) {
        if (node.name !== "Literal" || node.to - node.from > 40 || node.node.parent?.name === "Key") return;
        const text = view.state.sliceDoc(node.from, node.to);
        if (NUMBER.test(text)) found.push(number.range(node.from, node.to));
        else if (CONSTANT.test(text)) found.push(constant.range(node.from, node.to));
      },
    });
  }
  return Decoration.set(found, true);
}

export const scalarColours = ViewPlugin.fromClass(
  class {
    constructor(view) {
      this.decorations = marks(view);
    }
    update(update) {
      const parsed = syntaxTree(update.startState) !== syntaxTree(update.state);
      if (update.docChanged || update.viewportChanged || parsed) this.decorations = marks(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
