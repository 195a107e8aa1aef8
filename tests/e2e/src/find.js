// Elements by role and accessible name, as far as this page needs it: explicit roles and those of plain HTML; names from aria-label,
// aria-labelledby, label, title or text. An empty name matches every name. Only what is shown is found.
const [role, name] = arguments;
const IMPLICIT = {
  button: "button, input[type=button], input[type=submit], summary",
  link: "a[href]",
  textbox: "input:not([type]), input[type=text], input[type=url], input[type=search], textarea",
  checkbox: "input[type=checkbox]",
  radio: "input[type=radio]",
  slider: "input[type=range]",
  spinbutton: "input[type=number]",
  combobox: "select",
  option: "option",
  heading: "h1, h2, h3, h4, h5, h6",
  list: "ul, ol",
  listitem: "li",
  table: "table",
  row: "tr",
  cell: "td",
  columnheader: "th",
  dialog: "dialog[open]",
  banner: "header",
  main: "main",
  navigation: "nav",
  region: "section[aria-label], section[aria-labelledby]",
  img: "img, svg[aria-label]",
};
const text = (element) => (element ? element.textContent.replace(/\s+/g, " ").trim() : "");
const nameOf = (element) => {
  const by = element.getAttribute("aria-labelledby");
  if (by) return by.split(/\s+/).map((id) => text(document.getElementById(id))).join(" ");
  return element.getAttribute("aria-label") || text(element.labels && element.labels[0]) || text(element) || element.title || element.placeholder || "";
};
const shown = (element) => !element.closest("[hidden], [aria-hidden=true]") && element.checkVisibility({ visibilityProperty: true });
const selector = `[role~="${role}"]` + (IMPLICIT[role] ? `, :is(${IMPLICIT[role]}):not([role])` : "");
const found = [...document.querySelectorAll(selector)].filter(shown);
const exact = found.filter((element) => !name || nameOf(element) === name);
return exact.length ? exact : found.filter((element) => nameOf(element).includes(name));
